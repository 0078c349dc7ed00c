"""The period of each figure: told beside it, by the sentence, by what stands before, by the bulletin as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from collector.evidence.directions import COMPARED, TARGET, Direction
from collector.evidence.figures import Figure
from collector.evidence.lexicon import Role
from collector.evidence.periods import When
from collector.evidence.sentences import Sentence
from collector.evidence.tokens import MARK, NUMBER, REFERENCE, TIME_, WORD, WORDS, Token

#: Before a time: what follows is planned, and what follows was reached.
_PLANNING = re.compile(
    r"phương hướng|triển khai (?:công tác|kế hoạch|nhiệm vụ|phương)|kế hoạch công tác|phấn đấu|mục tiêu|chỉ tiêu"
    r"|(?<!thực hiện )(?<!hoàn thành )(?<!các )nhiệm vụ"
)
_STOCK = (
    "đến",
    "hết",
    "cuối",
    "tính đến",
    "đến hết",
    "đến cuối",
    "tới",
    "đến tháng",
    "cuối tháng",
    "đến thời điểm",
    "tính đến hết",
    "đến ngày",
)
_CLOCK = re.compile(r"\d{1,2} ?(?:giờ|h|g|:) ?(?:\d{2})?(?: ?phút)?,? *$")
#: "gấp 1,7 lần năm 2021", "bằng 97% năm 2014"
_COMPARED = re.compile(r"(?:lần|bằng (?:[^\W\d_]+ )?[\d.,]+ ?%)(?: so với)? $")
_BESIDE = 42  #: characters between a figure and a time that belongs to it: "hộ nghèo đa chiều theo chuẩn mới vào cuối năm 2023"
_EARLY_MONTHS = 6  #: up to June "năm qua" is the year before


_NEW_CLAUSE = Role.REACHED | Role.AGAINST | Role.DOWN | Role.UP | Role.RESULT | Role.AND


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

    def told(self, low: str, tokens: list[Token], sentence: Sentence, used: set[int]) -> list[Told]:
        """Return the times of a sentence that speak of figures; years without one are taken from the context."""
        found: list[Told] = []
        for index in range(sentence.first, sentence.last):
            token = tokens[index]
            if token.kind != TIME_ or index in used or token.value.clock:
                continue
            said: When = token.value
            if said.bare and index and tokens[index - 1].kind == MARK and tokens[index - 1].value in "/-–":
                continue
            if self._of_something_else(low, tokens, index, sentence):
                continue
            before = _CLOCK.sub("", low[max(sentence.start, token.start - 24) : token.start]).rstrip()
            stock = before.endswith(_STOCK) or low.startswith(_STOCK, token.start)
            if said.since:
                if self._published is not None and said.year is not None and said.year < self._published.year:
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
        if said.shift == -1 and self.year is not None:
            return self.year + 1  # undone by the shift: "năm qua" on a page without a date is the year it speaks of
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
        if _COMPARED.search(low, max(sentence.start, token.start - 24), token.start):
            return True
        for back in range(index - 1, max(sentence.first - 1, index - 5), -1):
            before = tokens[back]
            gap = token.start - before.end
            if gap > 40 or before.kind in (NUMBER, WORDS) or (before.kind == MARK and before.value in ";.:"):  # noqa: PLR2004
                return False
            if before.kind == REFERENCE:
                return token.value.dated or token.value.last_year is not None
            if before.kind == TIME_:
                continue
            if before.kind == MARK and before.value == ",":
                return False
            if before.kind == WORD:
                roles = before.value.roles
                if roles & Role.AGAINST:
                    return True
                if roles & Role.PROGRAMME and token.value.last_year is not None:
                    return True
        return False

    def ahead(self, told: list[Told], figure: Figure) -> bool:
        """Tell whether the time before a figure lies beyond the year of the page's date."""
        last = next((one for one in reversed(told) if one.token < figure.token), None)
        return last is not None and not last.dated and self._in_future(last.period)

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

    # --- a figure ---------------------------------------------------------------------------------------------------

    def period(
        self,
        low: str,
        tokens: list[Token],
        figure: Figure,
        direction: Direction,
        told: list[Told],
        previous: list[Figure],
    ) -> tuple[str | None, str]:
        """Return the period of a figure and what told it."""
        beside = self._beside(tokens, figure, told)
        if beside is not None:
            return beside.period, "beside"
        before = self._right_before(low, tokens, figure)
        if before is not None:
            return before, "beside"
        planned = direction.name == TARGET
        spans = [one for one in told if one.token < figure.token and not one.dated]
        taken = {
            one.token
            for one in told
            for other in previous
            if other.after <= one.token and self._belongs(tokens, other, one)
        }
        for one in reversed(spans):
            if one.token in taken and any(
                o.after <= one.token < figure.token and self._is_from(tokens, o) for o in previous
            ):
                continue
            if planned or not one.planned or len(spans) == 1:
                return one.period, "sentence"
        frame = (self.plan or self.result) if planned else self.result
        return (frame, "context") if frame is not None else (None, "")

    def earlier(
        self,
        low: str,
        tokens: list[Token],
        figure: Figure,
        direction: Direction,
        previous: Figure | None,
        period: str | None,
    ) -> str | None:
        """Return the period of a level that a change is told from: "từ 38,4% xuống 32,9%", "tăng 12% (cùng kỳ: 50 người)"."""
        if direction.why == COMPARED and previous is not None:
            between = tokens[previous.after : figure.token]
            if not any(token.kind == WORD and "kỳ" in token.value.text for token in between) and not any(
                token.kind == TIME_ for token in between
            ):
                return period
            for token in between:
                if token.kind == TIME_ and token.value.year is not None:
                    return str(token.value.period())
        elif not direction.from_level:
            return period
        if period is None or len(period) == len("2021-2025"):
            return period
        year = str(int(period[:4]) - 1)
        # Half a year is compared with the same half, a stock falls from what it was when the year before ended.
        return year + period[4:] if direction.why == COMPARED else year

    def _beside(self, tokens: list[Token], figure: Figure, told: list[Told]) -> Told | None:
        for one in told:
            if one.token < figure.after or one.dated:
                continue
            if self._belongs(tokens, figure, one) and not self._of_next(tokens, figure, one):
                return one
            break
        return None

    def _of_next(self, tokens: list[Token], figure: Figure, one: Told) -> bool:
        """Tell whether a time behind a figure heads the next one: "98 người đi thì năm 2018 là 131"."""
        if self._is_from(tokens, figure):
            return False
        for token in tokens[one.token + 1 : one.token + 4]:
            if token.kind in (NUMBER, WORDS):
                return True
            if token.kind == TIME_ or (token.kind == MARK and token.value != ":"):
                return False
            if token.kind == WORD and token.value.roles & (Role.BREAK | Role.DOWN | Role.UP):
                return False
        return False

    def _right_before(self, low: str, tokens: list[Token], figure: Figure) -> str | None:
        """ "trong khi cùng kỳ 2018 là 21 vụ": what is compared with has a figure of its own."""
        index = figure.token - 1
        if index >= 0 and tokens[index].kind == WORD and tokens[index].value.roles & Role.QUALIFIER:
            index -= 1
        if index < 1 or tokens[index].kind != TIME_ or tokens[index - 1].kind != WORD:
            return None
        if tokens[index - 1].value.roles & Role.AGAINST and low[tokens[index].end : figure.start].strip() in {
            "là",
            "có",
            "chỉ có",
            "đạt",
        }:
            said = tokens[index].value
            return str(said.with_year(self.year).period() or "") or None
        return None

    def default(self) -> tuple[str | None, str]:
        """Return what a figure is of that nothing tells a time of: the bulletin's period, else its event's year."""
        if self._home is not None:
            return self._home, "bulletin"
        if self.event_year is not None:
            return str(self.event_year), "event"
        if self._weak is not None:
            return self._weak, "bulletin"
        return (str(self._latest_day), "day") if self._latest_day is not None else (None, "")

    def _belongs(self, tokens: list[Token], figure: Figure, one: Told) -> bool:
        if tokens[one.token].start - figure.unit_end > _BESIDE:
            return False
        for token in tokens[figure.after : one.token]:
            if token.kind in (NUMBER, WORDS) or (token.kind == MARK and token.value not in "(/"):
                return False
            if token.kind == WORD and token.value.roles & (
                Role.REACHED | Role.AGAINST | Role.DOWN | Role.UP | Role.RESULT
            ):
                return False
        return True

    def _is_from(self, tokens: list[Token], figure: Figure) -> bool:
        before = tokens[figure.token - 1] if figure.token else None
        if before is not None and before.kind == WORD and before.value.roles & Role.QUALIFIER and figure.token > 1:
            before = tokens[figure.token - 2]
        return before is not None and before.kind == WORD and bool(before.value.roles & Role.FROM)
