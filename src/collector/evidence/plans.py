"""Plans: shares of one that was reached, gaps to one, figures that are planned (VIETNAMESE, B 2, 3, 8 and 10)."""

from __future__ import annotations

from collector.evidence import role
from collector.evidence.figures import (
    ATTAINMENT,
    DECREASE,
    INCREASE,
    LEVEL,
    PLAN_IN_BRACKETS,
    Direction,
    Figure,
)
from collector.evidence.tokens import MARK, NUMBER, NUMERAL, REFERENCE, TIME_, WORD, Token

#: Of what a plan tells how much: people, households, money, houses.
_PLANNED = frozenset({"người", "hộ", "đồng", "căn nhà", "lớp", "phiên", "suất", "việc làm"})
_RATES = frozenset({"tỷ lệ", "tỉ lệ", "tỷ trọng"})
_WHOLE = 100  #: per cent
_BEHIND = 45  #: characters: "54% so với kế hoạch được Hội đồng nhân dân tỉnh giao"
_NEAR = 16  #: "4.376 nhà còn lại sẽ"
_WORDS_BETWEEN = 6
_PLAN_WORDS = 10  #: "kế hoạch năm 2023 được Hội đồng nhân dân tỉnh giao là"
_EARLIER = ("kỳ", "trước", "năm", "ngoái")
_AGAINST = "so với"  #: an earlier time stands where a plan would
#: Words without one of which a sentence has no gap to a plan, and no plan that a figure is named as.
GAPS, PLANS = role.HIGHER | role.LOWER, role.PLAN | role.PERHAPS_AIM
_REACHES = role.RESULT | role.SURPLUS
_BEFORE_SURPLUS = role.SURPLUS | role.QUALIFIER
_NOT_PLANNED = _REACHES | role.AGAINST | role.DONE | role.DOWN | role.UP
_OTHER = MARK | NUMERAL | REFERENCE
_GAP_WORDS = role.QUALIFIER | role.PLAN | role.AGAINST | role.SAME


class Plans:
    """Reads figures that are told against a plan, in one text."""

    def __init__(self, low: str, tokens: list[Token]) -> None:
        self._low, self._tokens = low, tokens

    def gap(self, figure: Figure, before: Direction | None) -> Direction | None:
        """Tell "thấp hơn 0,4% so với chỉ tiêu", measured by a plan, from "cao hơn 2% so với năm 2022", a change."""
        found = self._compared(figure)
        if found is None:
            return None
        higher, index, since = found
        changed = Direction(INCREASE if higher else DECREASE, "gap to an earlier time")
        if before is not None and before.why == PLAN_IN_BRACKETS:
            return Direction(ATTAINMENT, "gap to plan")  # "so với chỉ tiêu giao (35,5%) thấp hơn 0,4%"
        if since:
            return changed
        if any(token.roles & role.PLAN for token in self._tokens[index : figure.token]):
            return Direction(ATTAINMENT, "gap to plan")
        for token in self._tokens[figure.after : figure.after + 5]:
            if token.kind == MARK and token.value != "/":
                break
            if token.kind == TIME_:
                return changed
            if token.roles & role.PLAN:
                return Direction(ATTAINMENT, "gap to plan")
            if token.roles & role.AGAINST and token.value.text.endswith(_EARLIER):
                return changed
        return Direction(LEVEL, "gap")

    def _compared(self, figure: Figure) -> tuple[bool, int, bool] | None:
        """Return whether "cao hơn" or "thấp hơn" leads a figure, the place of it, and whether a time follows it."""
        since = False
        for index in range(figure.token - 1, max(-1, figure.token - 5), -1):
            token = self._tokens[index]
            if token.kind == TIME_:
                since = True
            elif token.kind != WORD:
                return None
            elif token.roles & GAPS:
                near = len(self._text(token.end, figure.start).split()) <= _WORDS_BETWEEN
                return (bool(token.roles & role.HIGHER), index, since) if near else None
            elif not token.roles & _GAP_WORDS:
                return None
        return None

    def attainment(self, figure: Figure, previous: Figure | None) -> Direction | None:
        """Return that a figure is a share of a plan, or that it is a level measured by an earlier time, or None.

        Args:
            figure: to be judged.
            previous: the figure before it in the sentence, if any.
        """
        if figure.unit_class != "%" and not (figure.token and self._tokens[figure.token - 1].roles & _BEFORE_SURPLUS):
            return None
        lead = self._lead(figure)
        if lead & role.SURPLUS:
            return Direction(ATTAINMENT, "vượt")
        if figure.unit_class != "%":
            return None
        of_total = previous is not None and previous.total is not None
        if (lead & role.PLAN and self._surplus_before(figure)) or (
            not lead and of_total and figure.value > _WHOLE and self._bare_bracket(figure)
        ):
            return Direction(ATTAINMENT, "vượt plan, x/y")
        plan = self._plan_behind(figure)
        if plan == _AGAINST:
            return Direction(LEVEL, "% so với") if lead & role.RESULT else None
        if plan and not lead & (role.DOWN | role.UP):
            return Direction(ATTAINMENT, f"% {plan}", stated=bool(lead & role.RESULT))
        if not lead & role.RESULT:
            return None
        if self._plan_before(figure):
            return Direction(ATTAINMENT, "plan before %")
        return Direction(ATTAINMENT, "count, đạt %") if self._of_count(figure, previous) else None

    def _of_count(self, figure: Figure, previous: Figure | None) -> bool:
        """Tell "29.412 lao động, đạt 105%", "26.742 người (đạt 107%)": of a count, a share of the plan.

        Of files it is one of those that came in, of x/y the share; a word behind it says what it is a share of.
        """
        if previous is None or previous.unit_class not in _PLANNED or not self._ends(figure):
            return False
        if previous.total is not None and figure.value <= _WHOLE:
            return False
        between = self._tokens[previous.after : figure.token]
        if any(token.kind == WORD and (token.roles & role.MEASURE or token.value.text in _RATES) for token in between):
            return False
        marks = [token.value for token in between if token.kind == MARK]
        near = self._text(previous.unit_end, figure.start).count(" ") <= _WORDS_BETWEEN
        return near and marks in ([","], ["("], [])

    def _ends(self, figure: Figure) -> bool:
        """Whether a clause ends behind a figure."""
        if figure.after >= len(self._tokens):
            return not self._low[figure.unit_end :].strip()
        token = self._tokens[figure.after]
        return token.kind == MARK and not self._text(figure.unit_end, token.start).strip()

    def _bare_bracket(self, figure: Figure) -> bool:
        token = self._tokens[figure.token - 1] if figure.token else None
        return token is not None and token.kind == MARK and token.value == "("

    def _surplus_before(self, figure: Figure) -> bool:
        return any(token.roles & role.SURPLUS for token in self._tokens[max(0, figure.token - 3) : figure.token])

    def _lead(self, figure: Figure) -> int:
        """Return the roles of the word right before a figure, its qualifier passed over; 0: no such word."""
        index, end = figure.token - 1, figure.start
        while index >= 0:
            token = self._tokens[index]
            if token.kind != WORD or len(self._text(token.end, end).split()) > 1:
                return 0
            roles: int = token.roles
            if not roles & role.QUALIFIER or roles & _REACHES:
                return roles
            index, end = index - 1, token.start
        return 0

    def _plan_behind(self, figure: Figure) -> str:
        """Return the plan that is named behind a percentage, or that an earlier time is, or nothing."""
        against = False
        for token in self._tokens[figure.after : figure.after + 6]:
            if token.start - figure.unit_end > _BEHIND or token.kind & NUMERAL:
                break
            if token.kind == MARK and token.value not in '/"“”(-–':
                break
            if token.kind == TIME_ and against:
                return _AGAINST
            if token.kind != WORD:
                continue
            roles, text = token.roles, token.value.text
            if roles & role.PLAN:
                return str(text)
            if roles & role.AGAINST:
                against = True
                if "cùng kỳ" in text or "năm" in text:
                    return _AGAINST
            elif roles & (role.DOWN | role.UP | role.BREAK):
                break
        return ""

    def _plan_before(self, figure: Figure) -> bool:
        """Tell whether "so với kế hoạch đạt 98%": a plan is named before the percentage, in the same clause."""
        for index in range(figure.token - 1, max(-1, figure.token - 8), -1):
            token = self._tokens[index]
            if (token.kind == MARK and token.value in ",;.\n:") or token.kind == NUMBER:
                return False
            if token.roles & role.AND:
                return False
            if token.roles & role.PLAN:
                return True
        return False

    def planned(self, figure: Figure) -> str:
        """Return the plan that a figure is named as: "kế hoạch năm 2023 là 20.000", "4.376 nhà sẽ hoàn thành"."""
        ahead = self._tokens[figure.after] if figure.after < len(self._tokens) else None
        if ahead is not None and ahead.roles & role.PERHAPS_AIM and ahead.start - figure.unit_end < _NEAR:
            return str(ahead.value.text)
        for index in range(figure.token - 1, max(-1, figure.token - 6), -1):
            token = self._tokens[index]
            if token.kind == MARK and token.value in ":(" and index:
                continue
            if token.kind & _OTHER:
                return ""
            if token.kind != WORD:
                continue
            if token.roles & _NOT_PLANNED:
                return ""
            if token.roles & role.PLAN:
                if index and self._measures_results(self._tokens[index - 1]):
                    return ""
                if len(self._text(token.end, figure.start).split()) <= _PLAN_WORDS:
                    return str(token.value.text)
                return ""
        return ""

    def _measures_results(self, token: Token) -> bool:
        """Tell by what stands before a plan whether results are measured by it: "105% kế hoạch", "08/09 chỉ tiêu"."""
        if token.kind == MARK:
            return token.value in "%/"
        return token.kind == NUMBER or bool(token.roles & (role.RESULT | role.PERCENT | role.PLAN))

    def _text(self, start: int, end: int) -> str:
        return self._low[start:end]
