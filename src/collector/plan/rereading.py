"""What a second reading of a stored page finds otherwise than the first, by field and by measure.

Nothing is judged here as an edit: page and capture are the same, so whatever differs is our reading.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.findings import Evidence, Indicator
from collector.model import Bulletin, Verdict
from collector.plan.edits import changed_paragraphs
from collector.plan.figures import as_printed

#: The fields of a bulletin that a revision holds, in the order in which they are told.
FIELDS = ("title", "lead", "body", "byline", "published_on", "published_at", "attachments")
#: What is told of a page of which only the way to its fields changed.
PROVENANCE = "provenance"
#: What a figure can be read otherwise in, in the order in which it is told.
ASPECTS = ("value", "unit", "direction", "period", "qualifier", "place", "ambiguous")
#: Characters of an example: a paragraph is shortened to them around its first difference.
_SHOWN = 160
#: Figures of so many on one side are compared by their place only: pairing them by meaning is quadratic.
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the second reading finds otherwise."""

    kind: str  #: ``field``, ``figure`` or ``finding``
    name: str  #: a column; of a figure its measure, or ``unmeasured``; ``people``, ``documents``, ``topic`` …
    change: str  #: ``changed``, ``gained``, ``lost``, or of a figure one of :data:`ASPECTS`
    before: str | None  #: shortened for people
    after: str | None


def reading_differs(before: Bulletin, after: Bulletin) -> tuple[Difference, ...]:
    """Return one difference for each field that is read otherwise, white space and all.

    Where no field is, but another selector fills one, that is told as ``provenance``.
    """
    found = []
    for name in FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        a, b = changed_paragraphs(old, new) if name == "body" else (_told(old), _told(new))
        found.append(Difference("field", name, "changed", *_shortened(a, b)))
    if not found and dict(before.provenance) != dict(after.provenance):
        found.append(Difference("field", PROVENANCE, "changed", *_shortened(*_filled_by(before, after))))
    return tuple(found)


def changes_text(differences: Iterable[Difference]) -> bool:
    """Say whether a revision of its own is due: what filled a field is none of what a bulletin says."""
    return any(one.kind == "field" and one.name != PROVENANCE for one in differences)


def evidence_differs(
    before: tuple[Bulletin, Evidence], after: tuple[Bulletin, Evidence], *, whole: bool
) -> tuple[Difference, ...]:
    """Return what a second examination finds otherwise: figures, officials, documents.

    Args:
        before: the text as it is stored, with its evidence.
        after: as it is read now.
        whole: it is the article's latest text: what is said of it as a whole (``event_on``, ``place``) is compared too.
    """
    found = list(_figures(before, after))
    for name, old, new in (
        ("people", _named(before[1]), _named(after[1])),
        ("documents", _cited(before[1]), _cited(after[1])),
    ):
        found += [Difference("finding", name, "lost", one, None) for one in sorted((old - new).elements())]
        found += [Difference("finding", name, "gained", None, one) for one in sorted((new - old).elements())]
    if whole:
        for name in ("event_on", "place"):
            a, b = _told(getattr(before[1], name)), _told(getattr(after[1], name))
            if a != b:
                found.append(Difference("finding", name, "changed", a, b))
    return tuple(found)


def topic_differs(before: str | None, after: str | None) -> tuple[Difference, ...]:
    """Return how an article's topic changed, if it did."""
    if before == after:
        return ()
    change = "gained" if before is None else "lost" if after is None else "changed"
    return (Difference("finding", "topic", change, before, after),)


def _told(value: object) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, tuple):
        return "\n".join(f"{one.kind} {one.label}: {one.url}" for one in value)
    return str(value)


def _filled_by(before: Bulletin, after: Bulletin) -> tuple[str, str]:
    """Return ``body by selector:div.Content`` of each field that another selector fills now, for both readings."""
    old, new = before.provenance, after.provenance
    moved = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    a, b = (", ".join(f"{name} by {one.get(name, 'nothing')}" for name in moved) for one in (old, new))
    return a, b


def _shortened(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Cut two texts to what can be shown, beginning a little before where they part."""
    a, b = (None if text is None else " / ".join(text.split("\n")) for text in (before, after))
    start = 0
    if a is not None and b is not None:
        same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        start = max(0, same - _SHOWN // 3) if max(len(a), len(b)) > _SHOWN else 0
    return _cut(a, start), _cut(b, start)


def _cut(text: str | None, start: int) -> str | None:
    if text is None:
        return None
    shown = text[start : start + _SHOWN]
    return f"{'…' if start else ''}{shown}{'…' if start + _SHOWN < len(text) else ''}"


# --- figures ----------------------------------------------------------------------------------------------------------


def _figures(before: tuple[Bulletin, Evidence], after: tuple[Bulletin, Evidence]) -> Iterator[Difference]:
    pairs, gone, come = _paired(list(before[1].indicators), list(after[1].indicators))
    for old, new in pairs:
        if _measure(old) != _measure(new):
            # It counts something else now: one measure has a figure less, another one more.
            gone.append(old)
            come.append(new)
            continue
        for aspect in ASPECTS:
            if _aspect(old, aspect) != _aspect(new, aspect):
                a, b = _printed(old, before[0]), _printed(new, after[0])
                if aspect != "value":
                    a, b = f"{a}: {getattr(old, aspect)}", f"{b}: {getattr(new, aspect)}"
                yield Difference("figure", _measure(old), aspect, a, b)
    for old in gone:
        yield Difference("figure", _measure(old), "lost", _printed(old, before[0]), None)
    for new in come:
        yield Difference("figure", _measure(new), "gained", None, _printed(new, after[0]))


def _paired(
    old: list[Indicator], new: list[Indicator]
) -> tuple[list[tuple[Indicator, Indicator]], list[Indicator], list[Indicator]]:
    """Pair the figures that are the same one: by their place first, then by what they mean."""
    keys: list[Callable[[Indicator], Hashable]] = [
        lambda one: (one.part, " ".join(one.sentence.split()), one.printed),
        lambda one: (_measure(one), one.part, " ".join(one.sentence.split())),
        lambda one: (_measure(one), one.label.casefold(), one.direction, one.period, one.place),
    ]
    pairs: list[tuple[Indicator, Indicator]] = []
    for key in keys if max(len(old), len(new)) <= _MOST else keys[:1]:
        waiting: dict[Hashable, list[Indicator]] = defaultdict(list)
        for one in reversed(new):
            waiting[key(one)].append(one)
        left = []
        for one in old:
            if found := waiting.get(key(one)):
                pairs.append((one, found.pop()))
            else:
                left.append(one)
        taken = {id(two) for _, two in pairs}
        old, new = left, [one for one in new if id(one) not in taken]
    return pairs, old, new


def _measure(figure: Indicator) -> str:
    return figure.measure or "unmeasured"


def _aspect(figure: Indicator, name: str) -> object:
    return (figure.value, figure.value_max) if name == "value" else getattr(figure, name)


def _printed(figure: Indicator, bulletin: Bulletin) -> str:
    return as_printed(figure, bulletin.title if figure.part == "title" else bulletin.body)


def _named(evidence: Evidence) -> Counter[str]:
    return Counter(f"{one.name}, {one.title}" if one.title else one.name for one in evidence.people)


def _cited(evidence: Evidence) -> Counter[str]:
    return Counter(f"{one.kind} {one.number}" if one.kind else one.number for one in evidence.documents)


# --- what it comes to -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Rereadings:
    """What reading a portal's pages again came to; filled as it goes, the same whether or not anything is written."""

    examples: int  #: at most so many of each kind of difference are kept
    bulletins: int = 0  #: looked at
    pages: int = 0  #: read
    examined: int = 0  #: texts
    unchanged: int = 0  #: states that are read as they stand there
    technical: int = 0  #: revisions of what is there, because our reading changed
    evidence: int = 0  #: texts that stand, with evidence written anew
    added: int = 0  #: bulletins whose page could not be read before
    revised: int = 0  #: an editor's states among the pages that could not be read before
    seen: int = 0  #: of those pages, those that show a state that was known
    out_of_range: int = 0  #: of those pages, those of another day than asked for
    visits: int = 0  #: observations of the counter that nobody had read
    listings: int = 0  #: captured listings whose items nobody had read
    lost: list[str] = field(default_factory=list)  #: pages that could be read and cannot be any more
    unread: list[str] = field(default_factory=list)  #: pages that could not be read, and still cannot
    unexamined: list[str] = field(default_factory=list)  #: texts on which the examination crashed
    limit_reached: bool = False
    stopped_early: str = ""
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    told: dict[tuple[str, str, str], list[dict[str, str | None]]] = field(default_factory=dict)

    def add(self, differences: Sequence[Difference], *, title: str, url: str) -> None:
        """Count what was found in one state of a bulletin, and keep an example of what has too few."""
        for one in differences:
            key = (one.kind, one.name, one.change)
            self.counts[key] += 1
            kept = self.told.setdefault(key, [])
            if len(kept) < self.examples and not any(example["url"] == url for example in kept):
                kept.append({"title": title, "url": url, "before": one.before, "after": one.after})

    def verdict(self, *, interrupted: bool) -> Verdict:
        """Return what the run may claim (CONTRACT 4)."""
        if interrupted:
            return Verdict.INTERRUPTED
        if self.lost or self.unread or self.unexamined or self.stopped_early:
            return Verdict.INCOMPLETE
        news = self.technical + self.evidence + self.added + self.revised + self.visits + self.listings
        return Verdict.COMPLETE if news or self.limit_reached else Verdict.EMPTY_EXPECTED

    def summary(self) -> dict[str, Any]:
        """Return the counts, ready for JSON; the run's evidence."""
        numbers = ("bulletins", "pages", "examined", "unchanged", "technical", "evidence", "added", "revised", "seen")
        found: dict[str, Any] = {name: getattr(self, name) for name in (*numbers, "out_of_range", "visits", "listings")}
        found["fields"] = {
            name: number for name in (*FIELDS, PROVENANCE) if (number := self.counts["field", name, "changed"])
        }
        found["measures"] = self._by_name("figure")
        found["findings"] = self._by_name("finding")
        for name in ("lost", "unread", "unexamined"):
            lines = getattr(self, name)
            found[name] = {"number": len(lines), "first": lines[:20]} if lines else {"number": 0}
        if self.limit_reached:
            found["limit_reached"] = True
        if self.stopped_early:
            found["stopped_early"] = self.stopped_early
        return found

    def _by_name(self, kind: str) -> dict[str, dict[str, int]]:
        table: dict[str, dict[str, int]] = {}
        for (one, name, change), number in sorted(self.counts.items()):
            if one == kind:
                table.setdefault(name, {})[change] = number
        return table

    def shown(self) -> list[dict[str, str | None]]:
        """Return the examples as a flat list, those of the fields first."""
        return [
            {"kind": kind, "name": name, "change": change, **example}
            for (kind, name, change), kept in sorted(self.told.items())
            for example in kept
        ]
