"""What a figure says: a level, a change, a share of a plan that was reached, or what is planned.

"giảm 1,5%" is a change, "giảm còn 2,8%" the new level, "đạt 54% kế hoạch" a share of a plan, "phấn đấu 54%" a plan.
"""

from __future__ import annotations

from dataclasses import dataclass

from collector.evidence.figures import Figure
from collector.evidence.lexicon import Role
from collector.evidence.tokens import MARK, NUMBER, TIME_, WORD, WORDS, Token

LEVEL, INCREASE, DECREASE = "level", "increase", "decrease"
ATTAINMENT, TARGET = "target_attainment", "plan_target"

#: How far a direction reaches: "giảm tỷ lệ hộ nghèo đa chiều trong vùng đồng bào dân tộc thiểu số 3%" has 63.
_REACH = 100
_ROLE_STOPS = int(Role.BREAK)


@dataclass(frozen=True, slots=True)
class Direction:
    """How a figure is meant, and the word that says so."""

    name: str
    why: str = ""
    from_level: bool = False  #: the a of "từ a xuống b": a level of an earlier time
    inherited: bool = False  #: told of the figure before it


class Directions:
    """Reads the figures of one text in order; what a bracket says depends on the figure before it."""

    def __init__(self, low: str, tokens: list[Token]) -> None:
        self._low, self._tokens = low, tokens

    def of(self, figure: Figure, previous: Figure | None, before: Direction | None, *, aimed: bool) -> Direction:
        """Return the direction of ``figure``.

        Args:
            figure: to be judged.
            previous: the figure before it in the same sentence, if any.
            before: that figure's direction.
            aimed: it stands where plans are told.
        """
        found = self._attainment(figure, previous) or self._change(figure, previous, before)
        if found.name in (LEVEL, INCREASE, DECREASE) and not found.from_level:
            planned = self._planned(figure)
            if planned:
                return Direction(TARGET, planned)
            if aimed:
                return Direction(TARGET, f"aim {found.why}".strip())
        return found

    # --- a share of a plan ------------------------------------------------------------------------------------------

    def _attainment(self, figure: Figure, previous: Figure | None) -> Direction | None:
        if figure.unit_class != "%":
            return None
        lead = self._lead(figure)
        if lead is not None and lead & Role.SURPLUS:
            return Direction(ATTAINMENT, "vượt %")
        plan = self._plan_behind(figure)
        if plan == "against":
            return Direction(LEVEL, "% so với") if lead is not None and lead & Role.RESULT else None
        if plan and (lead is None or not lead & (Role.DOWN | Role.UP)):
            return Direction(ATTAINMENT, f"% {plan}")
        if lead is None or not lead & Role.RESULT:
            return None
        if self._plan_before(figure):
            return Direction(ATTAINMENT, "plan before %")
        # "29.412 lao động, đạt 105%", "26.742 người (đạt 107%)": of a count, a share of the plan.
        if previous is not None and previous.unit_class != "%" and previous.total is None:
            between = self._tokens[previous.after : figure.token]
            named = any(
                token.kind == WORD and (token.value.measures or token.value.text in _RATES) for token in between
            )
            marks = [token.value for token in between if token.kind == MARK]
            if (
                not named
                and marks in ([","], ["("], [])
                and self._text(previous.unit_end, figure.start).count(" ") <= 6
            ):  # noqa: PLR2004
                return Direction(ATTAINMENT, "count, đạt %")
        return None

    def _lead(self, figure: Figure) -> int | None:
        """Return the roles of the word right before a figure, its qualifier and filling passed over."""
        index = figure.token - 1
        while index >= 0:
            token = self._tokens[index]
            if token.kind != WORD or self._letters(token.end, figure.start if index == figure.token - 1 else None) > 1:
                return None
            if token.value.roles & Role.QUALIFIER and not token.value.roles & (Role.RESULT | Role.SURPLUS):
                index -= 1
                continue
            return int(token.value.roles)
        return None

    def _letters(self, start: int, end: int | None) -> int:
        """Count the words between two places that are no tokens."""
        if end is None:
            return 0
        return len(self._low[start:end].split())

    def _plan_behind(self, figure: Figure) -> str:
        """Return the plan that is named behind a percentage, ``against`` where an earlier time is, or nothing."""
        against = False
        for token in self._tokens[figure.after : figure.after + 6]:
            if token.start - figure.unit_end > 45:  # noqa: PLR2004
                break
            if token.kind in (NUMBER, WORDS):
                break
            if token.kind == MARK and token.value not in '/"“”':
                if token.value == "(" or token.value in "-–":
                    continue
                break
            if token.kind == WORD:
                if token.value.roles & Role.PLAN:
                    return str(token.value.text)
                if token.value.roles & Role.AGAINST:
                    against = True
                    if "cùng kỳ" in token.value.text or "năm" in token.value.text:
                        return "against"
                elif token.value.roles & (Role.DOWN | Role.UP | Role.BREAK):
                    break
            if token.kind == TIME_ and against:
                return "against"
        return ""

    def _plan_before(self, figure: Figure) -> bool:
        """Tell whether "so với kế hoạch đạt 98%": a plan is named before the percentage, in the same clause."""
        for index in range(figure.token - 1, max(-1, figure.token - 8), -1):
            token = self._tokens[index]
            if token.kind == MARK and token.value in ",;.\n:" or token.kind == NUMBER:
                return False
            if token.kind == WORD and token.value.roles & Role.PLAN:
                return True
        return False

    # --- a change ---------------------------------------------------------------------------------------------------

    def _change(self, figure: Figure, previous: Figure | None, before: Direction | None) -> Direction:
        index = figure.token - 1
        commas = 0
        came_from = False
        same = False
        while index >= 0:
            token = self._tokens[index]
            kind = token.kind
            if figure.start - token.end > _REACH:
                break
            if kind == MARK:
                mark = token.value
                if mark == ")":
                    index = self._opening(index) - 1
                    continue
                if mark in "([":
                    if previous is not None or not same:
                        return self._in_bracket(figure, token, before, same=same)
                if mark == ",":
                    commas += 1
                    if commas > 1 or not self._against_between(index, figure.token):
                        break
                elif mark in ";.!?\n…:":
                    break
            elif kind in (NUMBER, WORDS):
                if same and before is not None:
                    return Direction(before.name, f"same as before: {before.why}", inherited=True)
                if (
                    previous is not None
                    and index < previous.after
                    and before is not None
                    and self._joined(previous, figure)
                ):
                    return Direction(before.name, f"joined: {before.why}", inherited=True)
                break
            elif kind == WORD:
                roles = token.value.roles
                if roles & Role.SAME:
                    same = True
                elif roles & Role.REACHED:
                    return Direction(LEVEL, token.value.text)
                elif roles & (Role.DOWN | Role.UP):
                    name = DECREASE if roles & Role.DOWN else INCREASE
                    if came_from and figure.value_max is None and self._leads_on(figure):
                        return Direction(LEVEL, "từ a", from_level=True)
                    return Direction(name, token.value.text)
                elif roles & Role.FROM and not came_from and self._text(token.end, figure.start).strip() in _FILLING:
                    came_from = True
                    if figure.value_max is None and self._leads_on(figure):
                        return Direction(LEVEL, "từ a", from_level=True)
                elif roles & Role.TO and self._b_of_a(index):
                    return Direction(LEVEL, "đến b")
                elif roles & _ROLE_STOPS:
                    break
            index -= 1
        if same and before is not None and previous is not None:
            return Direction(before.name, f"same as before: {before.why}", inherited=True)
        return self._behind(figure) or Direction(LEVEL)

    def _against_between(self, first: int, last: int) -> bool:
        return any(token.kind == WORD and token.value.roles & Role.AGAINST for token in self._tokens[first:last])

    def _joined(self, previous: Figure, figure: Figure) -> bool:
        """Tell "tương ứng 0,3 triệu người và 0,1 triệu": nothing but "và" or a comma stands between two figures."""
        between = self._tokens[previous.after : figure.token]
        return (
            len(between) == 1
            and (between[0].kind == WORD and bool(between[0].value.roles & Role.AND))
            and figure.unit_class == previous.unit_class
            and self._text(previous.unit_end, figure.start).count(" ") <= 2
        )  # noqa: PLR2004

    def _in_bracket(self, figure: Figure, opening: Token, before: Direction | None, *, same: bool) -> Direction:
        """A bare figure in brackets tells the figure before it once more: "giảm 747 hộ (1,02%)"."""
        said = self._text(opening.end, figure.start).strip()
        if before is not None and (same or said in _FILLING or said in _QUALIFIERS):
            return Direction(before.name, f"bracket: {before.why}", inherited=True)
        return Direction(LEVEL)

    def _opening(self, index: int) -> int:
        while index > 0 and not (self._tokens[index].kind == MARK and self._tokens[index].value in "(["):
            index -= 1
        return index

    def _leads_on(self, figure: Figure) -> bool:
        """Tell whether "từ a" goes on with "xuống b" or, a time between them, "đến b"."""
        time_seen = False
        for token in self._tokens[figure.after : figure.after + 6]:
            if token.kind == TIME_:
                time_seen = True
            elif token.kind == MARK and token.value not in "(),":
                return False
            elif token.kind in (NUMBER, WORDS):
                return False
            elif token.kind == WORD:
                if token.value.roles & Role.REACHED:
                    return True
                if token.value.roles & Role.TO:
                    return time_seen or token.end - figure.unit_end > 5  # noqa: PLR2004
        return False

    def _b_of_a(self, index: int) -> bool:
        """Tell whether the "đến" at ``index`` belongs to "từ a (năm x) đến b"."""
        return any(
            token.kind == WORD and token.value.roles & Role.FROM for token in self._tokens[max(0, index - 6) : index]
        ) and any(token.kind == NUMBER for token in self._tokens[max(0, index - 6) : index])

    def _behind(self, figure: Figure) -> Direction | None:
        """ "500 hộ thoát nghèo" are so many fewer."""
        for token in self._tokens[figure.after : figure.after + 4]:
            if token.kind in (NUMBER, WORDS, MARK) or token.start - figure.unit_end > 30:  # noqa: PLR2004
                return None
            if token.kind == WORD and "thoát" in token.value.text and token.value.roles & Role.DOWN:
                return Direction(DECREASE, token.value.text)
        return None

    # --- a plan -----------------------------------------------------------------------------------------------------

    def _planned(self, figure: Figure) -> str:
        """Return the plan that a figure is named as: "kế hoạch năm 2023 là 20.000 lao động"."""
        for index in range(figure.token - 1, max(-1, figure.token - 6), -1):
            token = self._tokens[index]
            if token.kind == MARK and token.value in ":(":
                continue
            if token.kind in (MARK, NUMBER, WORDS):
                return ""
            if token.kind != WORD:
                continue
            if token.value.roles & (Role.RESULT | Role.SURPLUS | Role.AGAINST | Role.DONE | Role.DOWN | Role.UP):
                return ""
            if token.value.roles & Role.PLAN:
                ahead = self._tokens[index - 1] if index else None
                if ahead is not None and (
                    ahead.kind == MARK
                    and ahead.value == "%"
                    or ahead.kind == WORD
                    and ahead.value.roles & (Role.RESULT | Role.SURPLUS | Role.AGAINST | Role.PERCENT)
                ):
                    return ""
                if len(self._text(token.end, figure.start).split()) <= 6:  # noqa: PLR2004
                    return str(token.value.text)
                return ""
        return ""

    def _text(self, start: int, end: int) -> str:
        return self._low[start:end]


_FILLING = frozenset({"", "là", "khoảng", "từ", "gần", "trên", "hơn", "mức", "được", "bình quân"})
_QUALIFIERS = frozenset({"gần", "trên", "hơn", "khoảng", "ước", "xấp xỉ", "dưới"})
_RATES = frozenset({"tỷ lệ", "tỉ lệ", "tỷ trọng"})
