"""The period of each figure: told beside it, by the sentence, by what stands before, by the bulletin as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from collector.evidence.directions import TARGET, Direction
from collector.evidence.figures import Figure
from collector.evidence.lexicon import Role
from collector.evidence.periods import When
from collector.evidence.sentences import Sentence
from collector.evidence.tokens import MARK, NUMBER, REFERENCE, TIME_, WORD, WORDS, Token

#: Before a time: what follows is planned, and what follows was reached.
_PLANNING = (
    "phương hướng",
    "nhiệm vụ",
    "triển khai công tác",
    "triển khai kế hoạch",
    "kế hoạch công tác",
    "phấn đấu",
    "mục tiêu",
    "chỉ tiêu",
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
_BESIDE = 42  #: characters between a figure and a time that belongs to it: "hộ nghèo đa chiều theo chuẩn mới vào cuối năm 2023"
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

    def __init__(self, published_on: date | None) -> None:
        self._published = published_on
        self.year = published_on.year if published_on else None  #: that a time without one is of
        self.result: str | None = None
        self.plan: str | None = None
        self._home: str | None = None  #: what a new paragraph falls back to
        self._home_plan: str | None = None
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
            if said.bare and not self._is_year(low, tokens, index):
                continue
            if self._of_something_else(low, tokens, index, sentence):
                continue
            before = low[max(sentence.start, token.start - 24) : token.start].rstrip()
            stock = before.endswith(_STOCK) or low.startswith(_STOCK, token.start)
            full = said.with_year(self._context_year(said))
            period = full.period(stock=stock)
            if period is None:
                continue
            if said.year is not None and not said.dated:
                self.year = said.last_year or said.year
            elif said.year is not None:
                self.year = self.year or said.year
            since = tokens[found[-1].token].end if found else sentence.start
            planned = any(word in low[since : token.start] for word in _PLANNING) or self._in_future(period)
            found.append(Told(index, period, planned, said.dated and not stock))
        return found

    def _context_year(self, said: When) -> int | None:
        if said.shift is not None and self._published is not None:
            back = said.shift == -1 and self._published.month > _EARLY_MONTHS
            return self._published.year + (1 if back else 0)
        return self.year

    def _in_future(self, period: str) -> bool:
        return (
            self._published is not None and int(period[-4:] if len(period) == 9 else period[:4]) > self._published.year
        )  # noqa: PLR2004

    def _is_year(self, low: str, tokens: list[Token], index: int) -> bool:
        before = tokens[index - 1] if index else None
        if before is not None and before.kind == MARK and before.value in "/-–":
            return False
        return (
            low[max(0, tokens[index].start - 12) : tokens[index].start]
            .rstrip()
            .endswith(("năm", "(", ",", "và", "đến", "từ", "với", "nay", "đoạn", "kỳ", "cuối", "đầu", ":"))
            or not low[: tokens[index].start].strip()
        )

    def _of_something_else(self, low: str, tokens: list[Token], index: int, sentence: Sentence) -> bool:
        """Tell times that are compared with, or that belong to a programme or a document."""
        token = tokens[index]
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
                self.result, self.plan = self._home or self.result, self._home_plan or self.plan

    def close_sentence(
        self, low: str, sentence: Sentence, told: list[Told], figures: list[Figure], *, aimed: bool
    ) -> None:
        """Remember what a sentence has told for those behind it."""
        first_figure = figures[0].token if figures else sentence.last
        leading = [one for one in told if not one.dated and one.token < first_figure]
        heading = sentence.is_heading(low)
        for one in leading:
            if one.planned or aimed:
                self.plan = one.period
                if heading or self._home_plan is None:
                    self._home_plan = one.period
            else:
                self.result = one.period
                if heading or self._home is None:
                    self._home = one.period

    # --- a figure ---------------------------------------------------------------------------------------------------

    def period(
        self, tokens: list[Token], figure: Figure, direction: Direction, told: list[Told], previous: list[Figure]
    ) -> tuple[str | None, str]:
        """Return the period of a figure and what told it."""
        beside = self._beside(tokens, figure, told, from_level=direction.from_level)
        if beside is not None:
            return beside.period, "beside"
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
        if frame is not None:
            return frame, "context"
        return None, ""

    def _beside(self, tokens: list[Token], figure: Figure, told: list[Told], *, from_level: bool) -> Told | None:
        for one in told:
            if one.token < figure.after or one.dated:
                continue
            if self._belongs(tokens, figure, one):
                return one
            break
        return None

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
