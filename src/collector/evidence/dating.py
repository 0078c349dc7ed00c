"""The period of each figure: told beside it, by the sentence, by what stands before, by the bulletin as a whole."""

from __future__ import annotations

from collector.evidence import role
from collector.evidence.calendar import Calendar, Told
from collector.evidence.figures import COMPARED, TARGET, Direction, Figure
from collector.evidence.tokens import MARK, NUMERAL, TIME_, WORD, Token

_BESIDE = 42  #: characters to a time of its own: "hộ nghèo đa chiều theo chuẩn mới vào cuối năm 2023"
_NEW_CLAUSE = role.REACHED | role.AGAINST | role.DOWN | role.UP | role.RESULT | role.AND
_NEXT_FIGURE = role.BREAK | role.DOWN | role.UP
_LINKS = frozenset({"là", "có", "chỉ có", "đạt"})
_SEVERAL_YEARS = len("2021-2025")
_NEAR = 8  #: so many figures and times back are looked at: a sentence tells few, a hostile one a thousand


class Dater:
    """Dates the figures of one text by what a calendar has been told."""

    def __init__(self, low: str, tokens: list[Token], calendar: Calendar) -> None:
        self._low, self._tokens, self._calendar = low, tokens, calendar

    def of(
        self, figure: Figure, direction: Direction, told: list[Told], previous: list[Figure]
    ) -> tuple[str | None, str]:
        """Return the period of a figure and what told it, or None and nothing.

        Args:
            figure: to be dated.
            direction: of the figure.
            told: the times of its sentence, in order.
            previous: the figures before it in the sentence.
        """
        beside = (self._beside(figure, told) if told else None) or self._right_before(figure)
        if beside is not None:
            return beside, "beside"
        planned = direction.name == TARGET
        period = self._of_sentence(figure, told, previous, planned=planned) if told else None
        source = "sentence"
        if period is None:
            calendar = self._calendar
            period, source = (calendar.plan or calendar.result if planned else calendar.result), "context"
        return self._earlier(figure, direction, previous[-1] if previous else None, period), source if period else ""

    def _of_sentence(self, figure: Figure, told: list[Told], previous: list[Figure], *, planned: bool) -> str | None:
        """Return the nearest time before the figure that is not told of an earlier figure's level."""
        spans = [one for one in told if one.token < figure.token and not one.dated][-_NEAR:]
        for one in reversed(spans):
            if any(
                other.after <= one.token and self._is_from(other) and self._belongs(other, one)
                for other in previous[-_NEAR:]
            ):
                continue  # "từ 7,57% năm 2014 xuống 6,60%"
            if planned or not one.planned or len(spans) == 1:
                return one.period
        return None

    def _earlier(self, figure: Figure, direction: Direction, previous: Figure | None, period: str | None) -> str | None:
        """Put a level that a change is told from before it: "từ 38,4% xuống 32,9%", "tăng 12% (cùng kỳ: 50 người)"."""
        compared = previous is not None and direction.why == COMPARED
        if compared and previous is not None:
            between = self._tokens[previous.after : figure.token]
            times = [token for token in between if token.kind == TIME_]
            if not times and not any(token.kind == WORD and "kỳ" in token.value.text for token in between):
                return period
            for token in times:
                if token.value.year is not None:
                    return str(token.value.period())
        elif not direction.from_level:
            return period
        if period is None or len(period) == _SEVERAL_YEARS:
            return period
        year = str(int(period[:4]) - 1)
        # Half a year is compared with the same half, a stock falls from what it was when the year before ended.
        return year + period[4:] if compared else year

    def _beside(self, figure: Figure, told: list[Told]) -> str | None:
        for one in told:
            if one.token >= figure.after and not one.dated:
                return one.period if self._belongs(figure, one) and not self._heads_next(figure, one) else None
        return None

    def _heads_next(self, figure: Figure, one: Told) -> bool:
        """Tell whether a time behind a figure heads the next one: "98 người đi thì năm 2018 là 131"."""
        if self._is_from(figure):
            return False
        for token in self._tokens[one.token + 1 : one.token + 4]:
            if token.kind & NUMERAL:
                return True
            if token.kind == TIME_ or (token.kind == MARK and token.value != ":"):
                return False
            if token.roles & _NEXT_FIGURE:
                return False
        return False

    def _right_before(self, figure: Figure) -> str | None:
        """Read "trong khi cùng kỳ 2018 là 21 vụ": what is compared with has a figure of its own."""
        index = figure.token - 1
        if index >= 0 and self._has(index, role.QUALIFIER):
            index -= 1
        if index < 1 or self._tokens[index].kind != TIME_ or not self._has(index - 1, role.AGAINST):
            return None
        if self._low[self._tokens[index].end : figure.start].strip() not in _LINKS:
            return None
        return self._tokens[index].value.with_year(self._calendar.year).period() or None

    def _belongs(self, figure: Figure, one: Told) -> bool:
        """Tell whether nothing of another clause stands between a figure and the time behind it."""
        if self._tokens[one.token].start - figure.unit_end > _BESIDE:
            return False
        for token in self._tokens[figure.after : one.token]:
            if token.kind & NUMERAL or (token.kind == MARK and token.value not in "(/"):
                return False
            if token.roles & _NEW_CLAUSE:
                return False
        return True

    def _is_from(self, figure: Figure) -> bool:
        index = figure.token - 1
        if index > 0 and self._has(index, role.QUALIFIER):
            index -= 1
        return index >= 0 and self._has(index, role.FROM)

    def _has(self, index: int, bits: int) -> bool:
        token = self._tokens[index]
        return bool(token.roles & bits)
