"""What filled the fields of the bulletins that a run read, against what used to fill them.

The fallback fills what selectors no longer find, so a portal that changes its layout would look as healthy as ever.
What a selector used to fill and does not any more is what tells. It is told of a whole run and needs no known page:
where those stayed in their old layout, no control look (:mod:`collector.plan.straying`) shows that new ones changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

#: Field → what filled it, as :attr:`collector.model.Bulletin.provenance` has it.
Provenance = Mapping[str, str]

#: How many earlier bulletins are compared with: some months of a portal, read in under a millisecond.
HISTORY = 300
#: Fewer earlier ones are no custom yet: a portal that is read for the first time cannot have changed.
LEAST_HISTORY = 20
#: Fewer bulletins without a selector's help are odd pages. Three also make it the third poll with one bulletin each:
#: what a run lacks to three is taken from the last bulletins before it.
_LEAST_LOST = 3
#: Most of what was read must lack it: one odd section among several is no change of layout.
_LOST_SHARE = 0.5
#: How likely so many odd pages may be under the portal's own rate of them. With 300 faultless ones before, three in a
#: row come to 4 in 100 million, with 20 to 9 in 100,000; where every eighth page was odd anyway it takes four.
_CHANCE = 0.001


@dataclass(frozen=True, slots=True)
class Drift:
    """One field that selectors filled and do not fill any more."""

    field: str
    rate_now: float  #: share of the bulletins read whose field a selector filled, 0 to 1
    rate_before: float  #: the same of those before
    read: int  #: how many the first share is of
    known: int  #: how many the second is of
    fallback: int  #: of those read, how many the fallback filled; the rest stayed empty

    def evidence(self) -> dict[str, object]:
        """Return it ready for JSON, shares to three places."""
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}


def by_fallback(provenance: Provenance, field: str) -> bool:
    """Say whether the fallback filled a field."""
    return provenance.get(field, "").startswith("fallback:")


def by_selector(provenance: Provenance, field: str) -> bool:
    """Say whether a selector filled a field."""
    return provenance.get(field, "").startswith("selector:")


def drifts(read: Sequence[Provenance], before: Sequence[Provenance], fields: Sequence[str]) -> list[Drift]:
    """Return the fields whose selectors have stopped working.

    Args:
        read: of the bulletins that this run read, in any order.
        before: of the revisions that were there before it, the latest first.
        fields: those that count. Optional ones do not belong here: years whose bulletins have no lead are no change.
    """
    found = [_drift(read, before, field) for field in fields]
    return [one for one in found if one is not None]


def _drift(read: Sequence[Provenance], before: Sequence[Provenance], field: str) -> Drift | None:
    if not _mostly_lost(read, field):
        return None  # a run that reads well is healthy, whatever went before
    borrowed = max(0, _LEAST_LOST - len(read))
    sample, history = [*read, *before[:borrowed]], before[borrowed:]
    lost = _lost(sample, field)
    if lost < _LEAST_LOST or len(history) < LEAST_HISTORY or not _mostly_lost(sample, field):
        return None
    # Never nothing: what has not happened in so many pages may still happen in the next.
    usual = (_lost(history, field) + 1) / (len(history) + 2)
    if _at_least(lost, len(sample), usual) >= _CHANCE:
        return None
    return Drift(
        field=field,
        rate_now=1 - lost / len(sample),
        rate_before=1 - _lost(history, field) / len(history),
        read=len(sample),
        known=len(history),
        fallback=sum(by_fallback(one, field) for one in sample),
    )


def _lost(sample: Sequence[Provenance], field: str) -> int:
    return sum(not by_selector(one, field) for one in sample)


def _mostly_lost(sample: Sequence[Provenance], field: str) -> bool:
    return bool(sample) and _lost(sample, field) >= _LOST_SHARE * len(sample)


def _at_least(hits: int, tries: int, chance: float) -> float:
    """Return how likely at least so many hits are (binomial), ``chance`` strictly between 0 and 1."""
    if hits <= tries * chance:
        return 1.0  # no more than is to be expected
    whole = math.lgamma(tries + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(count + 1)
            - math.lgamma(tries - count + 1)
            + count * math.log(chance)
            + (tries - count) * math.log1p(-chance)
        )
        for count in range(hits, tries + 1)
    )
