"""The coverage ledger: what is known to exist in each section and month, what of it is here, and what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from urllib.parse import parse_qsl, unquote, urlsplit

from collector.model import KnownBulletin, KnownSection, Unread
from collector.plan.unread import unread_pages

#: The section of what no listing shows and no address tells.
NOT_LISTED = "(not listed)"
#: Where a bulletin stands; everything that is known of is exactly one of these.
STANDINGS = ("archived", "missing", "failed", "gone", "out_of_range")


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a section."""

    month: str | None  #: ``2024-03``; None: nothing tells when
    counts: Mapping[str, int]  #: standing → bulletins; those of :data:`STANDINGS` that are not 0
    estimated: int = 0  #: of them without a printed date: by their neighbours in the listing, or by a capture

    @property
    def listed(self) -> int:
        """How many are known of."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class SectionCoverage:
    """What is known of one section."""

    section: str  #: ``portal/section``, or ``portal/(not listed)``
    months: tuple[Month, ...]  #: those with a bulletin, in order; the unknown one last
    first_day: date | None  #: of the bulletins with a printed date
    last_day: date | None
    unread: Unread | None = None  #: None: no page was ever noted
    reached_end: bool | None = None  #: a walk came to the pager's end; None: it is no section that can be walked
    caught_up: bool | None = None  #: False: a walk found news and broke off; None: as above

    @property
    def pages(self) -> tuple[tuple[int, int | None], ...] | None:
        """Ranges of the pages that were never read (None as an end: nobody has seen it); None: nobody knows."""
        return None if self.unread is None else unread_pages(self.unread)

    @property
    def empty(self) -> tuple[tuple[str, str], ...]:
        """Ranges of months between the first and the last one for which nothing at all is known."""
        known = [month.month for month in self.months if month.month is not None]
        gaps = [(_next(before), _before(after)) for before, after in pairwise(known)]
        return tuple((first, last) for first, last in gaps if first <= last)


@dataclass(frozen=True, slots=True)
class Missing:
    """A bulletin that is known of and not here."""

    section: str
    source_id: str
    url: str
    title: str | None
    month: str | None
    standing: str  #: ``missing`` or ``failed``
    why: str
    sources: tuple[
        str, ...
    ]  #: where it could come from, the best first: ``live``, ``wayback``, …; empty: nobody has it


def has_gap(section: KnownSection) -> bool:
    """Say whether a section has pages that nobody read, or of which nobody knows whether they were read."""
    unread = section.unread is None or bool(section.unread.spans)
    return unread or not section.reached_end or not section.caught_up


def standing(one: KnownBulletin) -> str:
    """Return where a bulletin stands: one of :data:`STANDINGS`.

    One that was gone before it was read is missing as long as a web archive may have it, and gone when nobody has.
    """
    if one.state == "gone":
        return "missing" if one.sources and not one.held else "gone"
    if one.held:
        return "archived"
    return {"out_of_range": "out_of_range", "failed": "failed"}.get(one.state, "missing")


def coverage(bulletins: Sequence[KnownBulletin], sections: Sequence[KnownSection]) -> tuple[SectionCoverage, ...]:
    """Return the ledger of one portal: its sections, then what belongs to none."""
    placed = _by_section(bulletins, sections)
    known = {section.id: section for section in sections}
    found = []
    for name in [*known, *sorted(placed.keys() - known.keys())]:
        dated = list(_dated(placed.get(name, ())))
        days = [one.published_on for one, _, _ in dated if one.published_on is not None]
        section = known.get(name)
        found.append(
            SectionCoverage(
                name,
                _months(dated),
                min(days, default=None),
                max(days, default=None),
                None if section is None else section.unread,
                None if section is None else section.reached_end,
                None if section is None else section.caught_up,
            )
        )
    return tuple(found)


def totals(bulletins: Iterable[KnownBulletin]) -> dict[str, int]:
    """Return per standing how many bulletins there are, one that several sections list counted once."""
    counts = Counter({one.source_id: standing(one) for one in bulletins}.values())
    return {"listed": counts.total(), **{name: counts[name] for name in STANDINGS}}


def missing(bulletins: Sequence[KnownBulletin], sections: Sequence[KnownSection]) -> tuple[Missing, ...]:
    """Return what is missing, section by section, the newest first."""
    found = []
    for name, here in _by_section(bulletins, sections).items():
        for one, month, _ in _dated(here):
            where = standing(one)
            if where in {"missing", "failed"}:
                sources = tuple(["live"] * (one.state not in {"gone", "indexed"}) + list(one.sources))
                found.append(Missing(name, one.source_id, one.url, one.title, month, where, _why(one), sources))
    return tuple(found)


def still_missing(
    bulletins: Sequence[KnownBulletin],
    sections: Sequence[KnownSection],
    *,
    within: frozenset[str] = frozenset(),
    source: str | None = None,
) -> tuple[str, ...]:
    """Return the ids of what is missing, each once.

    Args:
        bulletins: what is known of the portal.
        sections: its sections.
        within: only in these sections, as ``section`` or ``portal/section``; empty: everywhere.
        source: only what could come from there: ``live``, ``wayback``, ``commoncrawl`` …; None: all of it.
    """
    ids = {
        one.source_id: None
        for one in missing(bulletins, sections)
        if (not within or {one.section, one.section.partition("/")[2]} & within)
        and (source is None or source in one.sources)
    }
    return tuple(ids)


def _why(one: KnownBulletin) -> str:
    if one.state == "gone":
        return "gone from the portal before it was read"
    if one.state == "indexed":
        lost = "" if one.sources else ", and nobody has it: no capture could be had"
        return f"no listing shows it; {one.captures} captures are named by web archives{lost}"
    return one.failure or "listed, never fetched"


# --- which section ---------------------------------------------------------------------------------------------------


def _by_section(bulletins: Iterable[KnownBulletin], sections: Sequence[KnownSection]) -> dict[str, list[KnownBulletin]]:
    marks = _marks(sections)
    placed: dict[str, list[KnownBulletin]] = {}
    for one in bulletins:
        name = one.section or _told_by(one.url, marks) or f"{one.portal}/{NOT_LISTED}"
        placed.setdefault(name, []).append(one)
    return placed


def _marks(sections: Sequence[KnownSection]) -> dict[str, str]:
    """Return what tells each section's addresses from the others': the number or the name that only it has."""
    words = [(section.id, word) for section in sections for word in _words(section.url)]
    shared = Counter(word for _, word in set(words))
    return {word: section for section, word in words if shared[word] == 1}


def _told_by(url: str, marks: Mapping[str, str]) -> str | None:
    named = {marks[word] for word in _words(url) if word in marks}
    return named.pop() if len(named) == 1 else None


def _words(url: str) -> set[str]:
    parts = urlsplit(url)
    steps = [step for step in unquote(parts.path).split("/") if step]
    return {word.casefold() for word in [*steps, *(value for _, value in parse_qsl(parts.query))]}


# --- which month -----------------------------------------------------------------------------------------------------


def _dated(bulletins: Sequence[KnownBulletin]) -> Iterable[tuple[KnownBulletin, str | None, bool]]:
    """Yield the bulletins of one section in their order, each with its month and whether that is an estimate.

    What a later walk saw stands above what only an earlier one did: every walk begins at the top. What only a capture
    of the past shows stands below all walks, whenever it was taken in.
    """
    places = [(-one.last_walk, one.position, one) for one in bulletins if one.position is not None]
    listed = [one for _, _, one in sorted(places, key=lambda place: place[:2])]
    above = _nearest(listed)
    below = _nearest(listed[::-1])[::-1]
    for place, one in enumerate(listed):
        near = [found for found in (above[place], below[place]) if found is not None]
        by_order = min(near, key=lambda found: found[0])[1] if near else None
        yield _in_month(one, by_order)
    for one in bulletins:
        if one.position is None:
            yield _in_month(one, None)


def _nearest(listed: Sequence[KnownBulletin]) -> list[tuple[int, date] | None]:
    """Return for each place how far back the last dated bulletin stands, and its day."""
    found: list[tuple[int, date] | None] = []
    last: tuple[int, date] | None = None
    for place, one in enumerate(listed):
        if one.published_on is not None:
            last = place, one.published_on
        found.append(None if last is None else (place - last[0], last[1]))
    return found


def _in_month(one: KnownBulletin, by_order: date | None) -> tuple[KnownBulletin, str | None, bool]:
    if one.published_on is not None:
        return one, f"{one.published_on:%Y-%m}", False
    estimate = by_order or one.first_captured_at
    return one, None if estimate is None else f"{estimate:%Y-%m}", estimate is not None


def _months(dated: Iterable[tuple[KnownBulletin, str | None, bool]]) -> tuple[Month, ...]:
    counts: dict[str | None, Counter[str]] = {}
    estimated: Counter[str | None] = Counter()
    for one, month, guessed in dated:
        counts.setdefault(month, Counter())[standing(one)] += 1
        estimated[month] += guessed
    order = sorted(counts, key=lambda month: (month is None, month or ""))
    return tuple(Month(month, dict(counts[month]), estimated[month]) for month in order)


def _next(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02}"


def _before(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year - (number == 1)}-{(number - 2) % 12 + 1:02}"


# --- ids -------------------------------------------------------------------------------------------------------------

#: Of the ids between the lowest and the highest of a block this share must have been seen for the others to mean
#: anything: ids are shared by all sites of an installation; where we see one in a hundred, a gap is the other sites'.
DENSE = 0.5
#: So many ids that follow one another unseen end a block: an import, another site, years without us.
_BREAK = 100
#: Fewer ids than this are no block to judge by.
_FEWEST = 20
_ID = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ids:
    """What the portal's ids tell of bulletins that nobody has named."""

    seen: int  #: numeric ids, in the dense blocks; where there is none, in all that can be judged
    span: int  #: ids from each of these blocks' first to its last
    unseen: int  #: perhaps missing: the others of the dense blocks

    @property
    def density(self) -> float:
        """Share of the span that was seen."""
        return self.seen / self.span if self.span else 0.0


def ids(source_ids: Iterable[str]) -> Ids:
    """Return how dense the ids lie, and where they are dense, how many between them nobody has named."""
    numbers = sorted({int(one) for one in source_ids if _ID.fullmatch(one)})
    blocks: list[list[int]] = []
    for number in numbers:
        if blocks and number - blocks[-1][-1] <= _BREAK:
            blocks[-1].append(number)
        else:
            blocks.append([number])
    judged = [block for block in blocks if len(block) >= _FEWEST]
    dense = [block for block in judged if len(block) >= DENSE * (block[-1] - block[0] + 1)]
    told = dense or judged
    seen = sum(map(len, told))
    span = sum(block[-1] - block[0] + 1 for block in told)
    return Ids(seen, span, span - seen if dense else 0)
