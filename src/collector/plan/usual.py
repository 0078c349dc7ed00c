"""What a portal's bulletins are like, and what of a newly read one is unlike all of them.

Selectors that hit something else after a redesign fill every field: with the site's name, a menu, the page's clock.
What tells is the portal's own custom. One odd bulletin proves nothing, for a notice of one sentence is a bulletin too:
whether the layout is sound is asked of another page (:mod:`collector.plan.straying`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from collector.model import Bulletin, StoredReading
from collector.plan.fills import LEAST_HISTORY, by_fallback, by_selector

#: What at least one bulletin in twenty does is the portal's way, however odd. Rarer is odd, and costs a control look;
#: "at least one" would let a single page that was read wrongly hide all that follow it.
_ONE_IN = 20
#: A length may leave the range of the middle nine tenths by this factor. Lengths are spread like logarithms: the
#: replica's 200 bodies have 239 to 739 characters there and 186 to 2,179 in all.
_FACTOR = 2.0
#: A day may carry so many times the bulletins of the busiest other day: a date that never changes passes that soon.
_CROWD = 3
#: A time of day as young as this when it is read is the page's clock, or a bulletin that a poll met in being published.
_CLOCK = timedelta(minutes=2)
#: Days earlier than anything known are odd, but for the length of what is known, and at least a year.
_LEAST_SPAN = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing in which a reading is unlike what it is held against."""

    field: str  #: ``title``, ``body``, ``published_on``; ``page``: it could not be read at all
    mark: str  #: see :meth:`Usual.oddities` and :func:`collector.plan.straying.strayed`
    told: str  #: for a person

    def evidence(self) -> dict[str, str]:
        """Return it ready for JSON."""
        return {"field": self.field, "mark": self.mark, "told": self.told}


@dataclass(frozen=True, slots=True)
class _Range:
    """The middle nine tenths of some numbers, widened."""

    lowest: float
    highest: float

    def outside(self, value: float) -> bool:
        return not self.lowest <= value <= self.highest


class Usual:
    """The custom of one portal, from its last bulletins; what a run reads is noted and counts with them."""

    def __init__(self, history: Sequence[StoredReading], fields: Sequence[str]) -> None:
        """Learn the custom.

        Args:
            history: the portal's last readings, in any order.
            fields: those that selectors are to fill: the required ones, and the date where the profile looks for one.
        """
        self._history = [one.bulletin for one in history]
        #: Of how many bulletins the custom is.
        self.known = len(history)
        #: The fields that are filled by selectors as a rule.
        self.by_selector = tuple(
            name for name in fields if self._rare(not by_selector(one.provenance, name) for one in self._history)
        )
        self._title = self._range(len(one.title) for one in self._history)
        self._body = self._range(len(one.body) for one in self._history)
        self._line = self._range(_line_length(one.body) for one in self._history)
        self._lines = self._range((_lines(one.body) for one in self._history), factor=1)
        self._days = Counter(one.published_on for one in self._history if one.published_on is not None)
        dated = sorted(self._days.elements())
        self._dated = dated[_cut(len(dated)) :]
        self._named: dict[bytes, set[str]] = {}
        self._saying: dict[bytes, set[str]] = {}
        for one in self._history:
            self._remember(one)
        self._repeats = {
            name: not self._rare(self._others(of, getattr(one, name), one.source_id) for one in self._history)
            for name, of in (("title", self._named), ("body", self._saying))
        }
        self._lists_titles = self._agree(
            same_title(one.bulletin.title, one.listed_title) for one in history if one.listed_title is not None
        )
        self._lists_days = self._agree(
            one.bulletin.published_on == one.listed_on for one in history if one.listed_on is not None
        )
        self._future = not self._rare(_ahead(one.bulletin, one.seen_at) for one in history)

    def note(self, bulletin: Bulletin) -> None:
        """Remember a bulletin that this run has read, whatever became of it."""
        self._remember(bulletin)
        if bulletin.published_on is not None:
            self._days[bulletin.published_on] += 1

    def oddities(
        self, bulletin: Bulletin, *, listed_title: str | None, listed_on: date | None, news: bool, now: datetime
    ) -> tuple[Oddity, ...]:
        """Return what of a bulletin is unlike the portal's own; nothing as long as fewer than 20 are known.

        ``fallback``, ``empty``: what selectors fill as a rule; ``short``, ``long``, ``lines`` (their number and
        length): out of the portal's range; ``repeated``: another bulletin's; ``listed``: not as the listing has it;
        ``future``, ``early``, ``crowded``: of days; ``clock``: the very minute in which it was read.

        Args:
            bulletin: as it was read, not noted yet.
            listed_title: its title in the portal's listing; None: it shows none.
            listed_on: its day there; None: it shows none.
            news: it is read because it is new: a backfill comes to days before anything known.
            now: when its page came, UTC.
        """
        if self.known < LEAST_HISTORY:
            return ()
        found = [*self._unfilled(bulletin), *self._lengths(bulletin), *self._repeated(bulletin)]
        title, day = bulletin.title, bulletin.published_on
        if self._lists_titles and listed_title is not None and not same_title(title, listed_title):
            found.append(Oddity("title", "listed", f"{title!r}, which is listed as {listed_title!r}"))
        if self._lists_days and listed_on is not None and day is not None and day != listed_on:
            found.append(Oddity("published_on", "listed", f"{day}, which is listed as of {listed_on}"))
        if bulletin.published_at is not None and abs(now - bulletin.published_at) < _CLOCK:
            found.append(Oddity("published_on", "clock", f"{bulletin.published_at:%Y-%m-%d %H:%M}, when it was read"))
        if day is not None:
            found += self._odd_day(day, ahead=_ahead(bulletin, now), news=news)
        return tuple(found)

    def _unfilled(self, bulletin: Bulletin) -> Iterable[Oddity]:
        for name in self.by_selector:
            if by_fallback(bulletin.provenance, name):
                yield Oddity(name, "fallback", "filled by the fallback, where selectors fill it as a rule")
            elif not by_selector(bulletin.provenance, name):
                yield Oddity(name, "empty", "empty, where selectors fill it as a rule")

    def _lengths(self, bulletin: Bulletin) -> Iterable[Oddity]:
        for name, own, length in (
            ("title", self._title, len(bulletin.title)),
            ("body", self._body, len(bulletin.body)),
        ):
            if own.outside(length):
                mark = "short" if length < own.lowest else "long"
                told = f"{length} characters, where {own.lowest:.0f} to {own.highest:.0f} are the portal's way"
                yield Oddity(name, mark, told)
        lines, line = _lines(bulletin.body), _line_length(bulletin.body)
        if lines < self._lines.lowest:
            yield Oddity("body", "lines", f"{lines} paragraphs, where {self._lines.lowest:.0f} are the least as a rule")
        if self._line.outside(line):
            told = f"{line:.0f} characters a paragraph, where {self._line.lowest:.0f} to {self._line.highest:.0f} are"
            yield Oddity("body", "lines", f"{told} the portal's way")

    def _repeated(self, bulletin: Bulletin) -> Iterable[Oddity]:
        for name, of in (("title", self._named), ("body", self._saying)):
            text = getattr(bulletin, name)
            if not self._repeats[name] and self._others(of, text, bulletin.source_id):
                also = ", ".join(sorted(of[_digest(text)] - {bulletin.source_id})[:3])
                yield Oddity(name, "repeated", f"the same as that of {also}")

    def _odd_day(self, day: date, *, ahead: bool, news: bool) -> Iterable[Oddity]:
        if ahead and not self._future:
            yield Oddity("published_on", "future", f"{day} has not come")
        known = self._dated
        if news and known and day < known[0] - max(known[-1] - known[0], _LEAST_SPAN):
            yield Oddity("published_on", "early", f"{day}, where the known ones begin with {known[0]}")
        if self._days[day] + 1 <= _CROWD:
            return
        others = max((number for one, number in self._days.items() if one != day), default=0)
        if self._days[day] + 1 > _CROWD * max(others, 1):
            told = f"{day} would have {self._days[day] + 1} bulletins, where no other has more than {others}"
            yield Oddity("published_on", "crowded", told)

    def _rare(self, signs: Iterable[bool]) -> bool:
        return sum(signs) * _ONE_IN < max(self.known, 1)

    def _agree(self, signs: Iterable[bool]) -> bool:
        found = list(signs)
        return len(found) >= LEAST_HISTORY and (len(found) - sum(found)) * _ONE_IN < len(found)

    def _range(self, numbers: Iterable[float], *, factor: float = _FACTOR) -> _Range:
        found = sorted(numbers)
        inner = found[_cut(len(found)) : len(found) - _cut(len(found))]
        return _Range(inner[0] / factor, inner[-1] * factor) if inner else _Range(0, 0)

    def _remember(self, bulletin: Bulletin) -> None:
        self._named.setdefault(_digest(bulletin.title), set()).add(bulletin.source_id)
        self._saying.setdefault(_digest(bulletin.body), set()).add(bulletin.source_id)

    def _others(self, of: dict[bytes, set[str]], text: str, source_id: str) -> bool:
        return bool(of.get(_digest(text), set()) - {source_id})


def same_title(title: str, listed: str) -> bool:
    """Say whether a listing's title, perhaps cut off with an ellipsis, is a page's, case and white space aside."""
    whole, shown = (" ".join(text.split()).casefold() for text in (title, listed))
    cut = shown.rstrip(" .…")
    return whole == shown or (shown.endswith(("…", "...")) and bool(cut) and whole.startswith(cut))


def _cut(number: int) -> int:
    """Return how many of so many are fewer than one in twenty: what is cut off at an end."""
    return max(0, number - 1) // _ONE_IN


def _lines(body: str) -> int:
    return body.count("\n") + 1


def _line_length(body: str) -> float:
    return len(body) / _lines(body)


def _ahead(bulletin: Bulletin, now: datetime) -> bool:
    # No portal is a day ahead of UTC.
    return bulletin.published_on is not None and bulletin.published_on > (now + timedelta(days=1)).date()


def _digest(text: str) -> bytes:
    # A backfill remembers a hundred thousand.
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
