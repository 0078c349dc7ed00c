"""The times that a bulletin tells, and what they make the frame of: its sentence, its paragraphs, the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from collector.evidence import role
from collector.evidence.figures import Figure
from collector.evidence.periods import When
from collector.evidence.sentences import Sentence
from collector.evidence.tokens import MARK, NUMERAL, REFERENCE, TIME_, WORD, Token

#: Before a time: what follows is planned, and what follows was reached.
_PLANNING = re.compile(
    # Each form begins with letters: a search then passes over all others in C, a quarter of the time.
    r"phương hướng|triển khai (?:công tác|kế hoạch|nhiệm vụ|phương)|kế hoạch công tác|phấn đấu|mục tiêu|chỉ tiêu"
    r"|nhiệm vụ(?<!thực hiện nhiệm vụ)(?<!hoàn thành nhiệm vụ)(?<!các nhiệm vụ)"
)
#: Before a day or a month: the months up to it, not the day alone.
_STOCK = ("đến", "hết", "cuối", "tới", "đến tháng", "cuối tháng", "đến thời điểm", "đến ngày")
_STOCK_INSIDE = ("đến", "hết", "cuối", "tính đến", "tới")
_CLOCK = re.compile(r"\d{1,2} ?(?:giờ|h|g|:) ?(?:\d{2})?(?: ?phút)?,? *$")
#: "gấp 1,7 lần năm 2021", "bằng 97% năm 2014"
_COMPARED = re.compile(r"(?:lần|bằng (?:[^\W\d_]+ )?[\d.,]+ ?%)(?: so với)? $")
_COMPARED_ENDS = ("lần ", "% ", "so với ")
_EARLY_MONTHS = 6  #: up to June "năm qua" is the year before


@dataclass(slots=True)
class Told:
    """A time that says of which period figures are, at its place among the tokens."""

    token: int
    period: str
    planned: bool
    dated: bool  #: the day of an event: it says so only where nothing else does


class Calendar:
    """What times a bulletin has told so far."""

    def __init__(self, published_on: date | None, event_on: date | None, first_year: int | None) -> None:
        """``first_year`` is the first that the text names: what it speaks of where the page has no date."""
        self._published = published_on
        self._first_year = published_on.year if published_on else first_year
        self.year = self._first_year  #: that a time without one is of
        self.event_year = event_on.year if event_on else None
        self._latest_day: int | None = None  #: year of the latest day told
        self.result: str | None = None
        self.plan: str | None = None
        self._home: str | None = None  #: what a new paragraph falls back to
        self._home_plan: str | None = None
        self._weak: str | None = None  #: the first time told anywhere
        self._line = -1

    # --- reading times ----------------------------------------------------------------------------------------------

    def told(self, low: str, tokens: list[Token], sentence: Sentence, times: Iterable[int]) -> list[Told]:
        """Return which of a sentence's ``times`` speak of figures; years without one are taken from the context."""
        found: list[Told] = []
        for index in times:
            token = tokens[index]
            if token.value.clock:
                continue
            said: When = token.value
            if said.bare and index and tokens[index - 1].kind == MARK and tokens[index - 1].value in "/-–":
                continue
            if self._of_something_else(low, tokens, index, sentence):
                continue
            stock = low.startswith(_STOCK_INSIDE, token.start) or _behind_stock(
                low[max(sentence.start, token.start - 24) : token.start]
            )
            if (
                said.since
                and self._published is not None
                and said.year is not None
                and said.year < self._published.year
            ):
                said = replace(said, last_year=self._published.year)
            full = said.with_year(self._context_year(said))
            period = full.period(stock=stock)
            if period is None:
                continue
            if said.year is not None and said.last_year is None and not said.dated and self._home is None:
                self.year = said.year
            if said.dated and said.year is not None:
                self._latest_day = max(self._latest_day or 0, said.year)
            since = tokens[found[-1].token].end if found else sentence.start
            planned = self._in_future(period) or _PLANNING.search(low, since, token.start) is not None
            found.append(Told(index, period, planned, said.dated and not stock))
        return found

    def _context_year(self, said: When) -> int | None:
        published = self._published
        if said.shift is not None and published is not None:
            back = said.shift == -1 and published.month > _EARLY_MONTHS
            return published.year + (1 if back else 0)
        if said.shift is not None:
            # Without a date "năm nay", "năm qua" are the year that the bulletin reports, if it names one.
            return None if self._home is None else int(self._home[:4]) - said.shift
        year = self.year
        if published is not None and year == published.year:
            month = said.month or (3 * int(said.part[1]) - 2 if said.part.startswith("Q") else 0)
            if month > published.month:
                return year - 1  # "tháng 12" on a page of January
        return year

    def _in_future(self, period: str) -> bool:
        return self._published is not None and int(period[:4]) > self._published.year

    def _of_something_else(self, low: str, tokens: list[Token], index: int, sentence: Sentence) -> bool:
        """Tell times that are compared with, or that belong to a programme or a document."""
        token = tokens[index]
        start = max(sentence.start, token.start - 24)
        if low.endswith(_COMPARED_ENDS, start, token.start) and _COMPARED.search(low, start, token.start):
            return True
        for back in range(index - 1, max(sentence.first - 1, index - 5), -1):
            before = tokens[back]
            gap = token.start - before.end
            if gap > 40 or before.kind & NUMERAL or (before.kind == MARK and before.value in ";.:"):  # noqa: PLR2004
                return False
            if before.kind == REFERENCE:
                return token.value.dated or token.value.last_year is not None
            if before.kind == TIME_:
                continue
            if before.kind == MARK and before.value == ",":
                return False
            if before.kind == WORD:
                roles = before.roles
                if roles & role.AGAINST:
                    return True
                if roles & role.PROGRAMME and token.value.last_year is not None:
                    return True
        return False

    def ahead(self, told: list[Told], figure: Figure) -> bool:
        """Tell whether the time before a figure lies beyond the year of the page's date."""
        for one in reversed(told):
            if one.token < figure.token:
                return not one.dated and self._in_future(one.period)
        return False

    def beyond_results(self, one: Told) -> bool:
        """Tell whether a time lies beyond what the bulletin reports: "Năm 2024: …" in a report of 2023."""
        if one.dated or self._home is None or len(one.period) == len("2021-2025"):
            return False
        year, reported = int(one.period[:4]), int(self._home[:4])
        if self._home_plan is not None:
            return year > reported and year == int(self._home_plan[:4])
        # The conferences that look back on a year and ahead to the next are held from December to March.
        published = self._published
        return published is not None and published.month <= 3 and year == published.year == reported + 1  # noqa: PLR2004

    # --- the frame --------------------------------------------------------------------------------------------------

    def open_title(self, told: list[Told]) -> None:
        """Take the title's times as the bulletin's."""
        for one in told:
            if one.dated:
                continue
            if one.planned:
                self._home_plan = self._home_plan or one.period
            else:
                self._home = self._home or one.period
        self.result, self.plan = self._home, self._home_plan

    def open_sentence(self, sentence: Sentence, *, listed: bool) -> None:
        """Fall back to the bulletin's period where a paragraph begins that is no item of a list."""
        if sentence.opens and sentence.line != self._line:
            self._line = sentence.line
            if not listed:
                if self._home is not None:
                    self.year = int(self._home[:4])
                else:
                    self.year = self._first_year
                frame = None if self.event_year is not None else self.result
                self.result, self.plan = self._home or frame, self._home_plan or self.plan

    def close_sentence(
        self, low: str, sentence: Sentence, told: list[Told], figures: list[Figure], *, aimed: bool
    ) -> None:
        """Remember what a sentence has told for those behind it."""
        if not told:
            return
        first_figure = figures[0].token if figures else sentence.last
        heading = sentence.is_heading(low) or (sentence.line == 0 and sentence.opens)
        for one in told:
            if one.dated:
                continue
            if one.token > first_figure:
                self._note_weak(one, planned=one.planned or aimed)
            elif one.planned or aimed:
                self.plan = one.period
                if heading or self._home_plan is None:
                    self._home_plan = one.period
            else:
                self.result = one.period
                self._note_weak(one, planned=False)
                if heading:
                    self._home = one.period

    def _note_weak(self, one: Told, *, planned: bool) -> None:
        """Take the first time told anywhere, where it is not history: a page of 2017 does not report on 2004."""
        recent = self._published is None or int(one.period[:4]) >= self._published.year - 1
        if self._weak is None and recent and not planned:
            self._weak = one.period

    def default(self) -> tuple[str | None, str]:
        """Return what a figure is of that nothing tells a time of: the bulletin's period, else its event's year."""
        if self._home is not None:
            return self._home, "bulletin"
        if self.event_year is not None:
            return str(self.event_year), "event"
        if self._weak is not None:
            return self._weak, "bulletin"
        return (str(self._latest_day), "day") if self._latest_day is not None else (None, "")


def _behind_stock(before: str) -> bool:
    """Tell by what stands before a day or a month that the time up to it is meant: "đến", "hết 15 giờ"."""
    if before.rstrip().endswith(_STOCK):
        return True
    clock = _CLOCK.search(before)
    return clock is not None and before[: clock.start()].rstrip().endswith(_STOCK)
