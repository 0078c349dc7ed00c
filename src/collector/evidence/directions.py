"""What a figure says: a level, a change, a share of a plan that was reached, or what is planned.

"giảm 1,5%" is a change, "giảm còn 2,8%" the new level, "đạt 54% kế hoạch" a share of a plan, "phấn đấu 54%" a plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from collector.evidence.figures import Figure
from collector.evidence.lexicon import Role
from collector.evidence.tokens import MARK, NUMBER, REFERENCE, TIME_, WORD, WORDS, Token

LEVEL, INCREASE, DECREASE = "level", "increase", "decrease"
ATTAINMENT, TARGET = "target_attainment", "plan_target"
COMPARED = "(compared with)"  #: why a figure in brackets is the earlier one

#: How far a direction reaches: "giảm tỷ lệ hộ nghèo đa chiều trong vùng đồng bào dân tộc thiểu số 3%" has 63.
_REACH = 100
_ROLE_STOPS = Role.BREAK


@dataclass(frozen=True, slots=True)
class Direction:
    """How a figure is meant, and the word that says so."""

    name: str
    why: str = ""
    from_level: bool = False  #: the a of "từ a xuống b": a level of an earlier time
    listed: bool = False  #: one of several that "lần lượt", "tương ứng" announce
    stated: bool = False  #: a share of a plan that "đạt" or "bằng" introduces


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
        found = (
            self._signed(figure)
            or self._gap(figure, before)
            or self._attainment(figure, previous)
            or self._change(figure, previous, before)
        )
        if found.from_level:
            return found
        if aimed and not (found.name == ATTAINMENT and found.stated):
            return Direction(TARGET, f"aim {found.why}".strip())
        planned = self._planned(figure) if found.name != ATTAINMENT else ""
        return Direction(TARGET, planned) if planned else found

    def _signed(self, figure: Figure) -> Direction | None:
        """ "(-3%)", "(+34%)"."""
        if figure.unit_class != "%" or figure.token < 2:  # noqa: PLR2004
            return None
        sign, opening = self._tokens[figure.token - 1], self._tokens[figure.token - 2]
        if sign.kind != MARK or sign.end != figure.start or opening.kind != MARK or opening.value != "(":
            return None
        return {"-": Direction(DECREASE, "(-"), "–": Direction(DECREASE, "(-"), "+": Direction(INCREASE, "(+")}.get(
            sign.value
        )

    # --- a gap ------------------------------------------------------------------------------------------------------

    def _gap(self, figure: Figure, before: Direction | None) -> Direction | None:
        """ "thấp hơn 0,4% so với chỉ tiêu" measures by a plan, "cao hơn 2% so với năm 2022" is a change."""
        higher = None
        earlier = False
        for index in range(figure.token - 1, max(-1, figure.token - 5), -1):
            token = self._tokens[index]
            if token.kind == TIME_:
                earlier = True
                continue
            if token.kind != WORD:
                break
            roles = token.value.roles
            if roles & (Role.HIGHER | Role.LOWER):
                if len(self._text(token.end, figure.start).split()) > 6:  # noqa: PLR2004
                    return None
                higher = bool(roles & Role.HIGHER)
                break
            if not roles & (Role.QUALIFIER | Role.PLAN | Role.AGAINST | Role.SAME):
                break
        if higher is None:
            return None
        if before is not None and before.why == "(plan)":
            return Direction(ATTAINMENT, "gap to plan")  # "so với chỉ tiêu giao (35,5%) thấp hơn 0,4%"
        if earlier:
            return Direction(INCREASE if higher else DECREASE, "gap to an earlier time")
        if any(token.kind == WORD and token.value.roles & Role.PLAN for token in self._tokens[index : figure.token]):
            return Direction(ATTAINMENT, "gap to plan")
        against = False
        for token in self._tokens[figure.after : figure.after + 5]:
            if token.kind == MARK and token.value not in "/":
                break
            if token.kind == TIME_:
                return Direction(INCREASE if higher else DECREASE, "gap to an earlier time")
            if token.kind == WORD:
                if token.value.roles & Role.PLAN:
                    return Direction(ATTAINMENT, "gap to plan")
                if token.value.roles & Role.AGAINST:
                    against = True
                    if token.value.text.endswith(("kỳ", "trước", "năm", "ngoái")):
                        return Direction(INCREASE if higher else DECREASE, "gap to an earlier time")
        return Direction(LEVEL, "gap" if against else "cao hơn")

    # --- a share of a plan ------------------------------------------------------------------------------------------

    def _attainment(self, figure: Figure, previous: Figure | None) -> Direction | None:
        lead = self._lead(figure)
        if lead is not None and lead & Role.SURPLUS:
            return Direction(ATTAINMENT, "vượt")
        if figure.unit_class != "%":
            return None
        if lead is not None and lead & Role.PLAN and self._surplus_before(figure):
            return Direction(ATTAINMENT, "vượt plan %")
        if (
            lead is None
            and previous is not None
            and previous.total is not None
            and self._bare_bracket(figure)
            and figure.value > 100
        ):  # noqa: PLR2004
            return Direction(ATTAINMENT, "x/y (%)")
        plan = self._plan_behind(figure)
        if plan == "against":
            return Direction(LEVEL, "% so với") if lead is not None and lead & Role.RESULT else None
        if plan and (lead is None or not lead & (Role.DOWN | Role.UP)):
            return Direction(ATTAINMENT, f"% {plan}", stated=lead is not None and bool(lead & Role.RESULT))
        if lead is None or not lead & Role.RESULT:
            return None
        if self._plan_before(figure):
            return Direction(ATTAINMENT, "plan before %")
        # "29.412 lao động, đạt 105%", "26.742 người (đạt 107%)": of a count, a share of the plan. Of files it is one of
        # those that came in, and a word behind the percentage says what it is a share of.
        if previous is None or previous.unit_class not in _PLANNED or not self._ends(figure):
            return None
        if previous.total is not None and figure.value <= 100:  # noqa: PLR2004
            return None
        between = self._tokens[previous.after : figure.token]
        named = any(token.kind == WORD and (token.value.measures or token.value.text in _RATES) for token in between)
        marks = [token.value for token in between if token.kind == MARK]
        if not named and marks in ([","], ["("], []) and self._text(previous.unit_end, figure.start).count(" ") <= 6:  # noqa: PLR2004
            return Direction(ATTAINMENT, "count, đạt %")
        return None

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
        return any(
            token.kind == WORD and token.value.roles & Role.SURPLUS
            for token in self._tokens[max(0, figure.token - 3) : figure.token]
        )

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
            if (token.kind == MARK and token.value in ",;.\n:") or token.kind == NUMBER:
                return False
            if token.kind == WORD and token.value.roles & Role.AND:
                return False
            if token.kind == WORD and token.value.roles & Role.PLAN:
                return True
        return False

    # --- a change ---------------------------------------------------------------------------------------------------

    def _change(self, figure: Figure, previous: Figure | None, before: Direction | None) -> Direction:
        if behind := self._behind(figure):
            return behind
        if previous is not None and before is not None and self._joined(previous, figure, before):
            return Direction(before.name, f"joined: {before.why}", listed=before.listed)
        index = figure.token - 1
        commas = 0
        came_from = False
        same = listed = False
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
                        return self._in_bracket(figure, previous, token, before, same=same)
                if mark == ",":
                    commas += 1
                    if commas > 1 or not (same or self._against_between(index, figure.token)):
                        break
                elif mark in ";.!?\n…:":
                    break
            elif kind in (NUMBER, WORDS):
                if same and before is not None:
                    return Direction(before.name, f"same as before: {before.why}")
                if (
                    previous is not None
                    and index < previous.after
                    and before is not None
                    and self._joined(previous, figure, before)
                ):
                    return Direction(before.name, f"joined: {before.why}", listed=before.listed)
                break
            elif kind == WORD:
                roles = token.value.roles
                if roles & Role.SAME:
                    same = True
                    listed = listed or token.value.text.startswith(("lần lượt", "tương ứng"))
                elif roles & Role.REACHED:
                    return Direction(LEVEL, token.value.text, listed=listed)
                elif roles & Role.DOWN and "thoát" in token.value.text and figure.start - token.end > _NEAR:
                    pass  # "hộ thoát nghèo" as the subject of something else
                elif token.value.text == "tăng thêm" and self._low[: token.start].rstrip().endswith("việc làm"):
                    pass  # "tạo việc làm tăng thêm cho 500 người": so many got work
                elif roles & (Role.DOWN | Role.UP):
                    name = DECREASE if roles & Role.DOWN else INCREASE
                    if came_from and figure.value_max is None and self._leads_on(figure):
                        return Direction(LEVEL, "từ a", from_level=True)
                    return Direction(name, token.value.text, listed=listed)
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
            return Direction(before.name, f"same as before: {before.why}")
        return Direction(LEVEL, listed=listed)

    def _against_between(self, first: int, last: int) -> bool:
        return any(token.kind == WORD and token.value.roles & Role.AGAINST for token in self._tokens[first:last])

    def _joined(self, previous: Figure, figure: Figure, before: Direction) -> bool:
        """Tell "tương ứng 0,3 triệu người và 0,1 triệu", "giảm 48 vụ và 51 người", "lần lượt 3,4%, 3,1% và 2,8%"."""
        between = self._tokens[previous.after : figure.token]
        if len(between) != 1 or self._text(previous.unit_end, between[0].start).count(" ") > 2:  # noqa: PLR2004
            return False
        link = between[0]
        if self._text(link.end, figure.start).strip():
            return False
        if link.kind == WORD:
            return bool(link.value.roles & Role.AND)
        return before.listed and link.kind == MARK and link.value in ",;" and figure.unit_class == previous.unit_class

    def _in_bracket(
        self, figure: Figure, previous: Figure | None, opening: Token, before: Direction | None, *, same: bool
    ) -> Direction:
        """A bare figure in brackets tells the figure before it once more: "giảm 747 hộ (1,02%)"."""
        said = self._text(opening.end, figure.start).strip()
        if before is None or previous is None or not (same or said in _FILLING or said in _QUALIFIERS):
            return Direction(LEVEL)
        outside = [token for token in self._tokens[previous.after : figure.token] if token.kind == WORD]
        document = any(token.kind == REFERENCE for token in self._tokens[previous.after : figure.token])
        if document or any(token.value.roles & Role.PLAN for token in outside):
            return Direction(TARGET, "(plan)")  # "thấp hơn 0,4% so với chỉ tiêu (35,5%)"
        if any(token.value.roles & Role.AGAINST for token in outside):
            return Direction(LEVEL, COMPARED)  # "tăng 2,3 lần so quý I (60 người)"
        return Direction(before.name, f"bracket: {before.why}")

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
            if (
                token.kind in (NUMBER, WORDS)
                or (token.kind == MARK and token.value != "(")
                or token.start - figure.unit_end > 30
            ):  # noqa: PLR2004
                return None
            if token.kind == WORD and _LEFT_POVERTY.match(token.value.text):
                return Direction(DECREASE, token.value.text)
        return None

    # --- a plan -----------------------------------------------------------------------------------------------------

    def _planned(self, figure: Figure) -> str:
        """Return the plan that a figure is named as: "kế hoạch năm 2023 là 20.000 lao động", "4.376 nhà sẽ hoàn thành"."""
        ahead = self._tokens[figure.after] if figure.after < len(self._tokens) else None
        if (
            ahead is not None
            and ahead.kind == WORD
            and ahead.value.roles & Role.PERHAPS_AIM
            and ahead.start - figure.unit_end < _NEAR
        ):
            return str(ahead.value.text)
        for index in range(figure.token - 1, max(-1, figure.token - 6), -1):
            token = self._tokens[index]
            if token.kind == MARK and token.value in ":(" and index:
                continue
            if token.kind in (MARK, NUMBER, WORDS, REFERENCE):
                return ""
            if token.kind != WORD:
                continue
            if token.value.roles & (Role.RESULT | Role.SURPLUS | Role.AGAINST | Role.DONE | Role.DOWN | Role.UP):
                return ""
            if token.value.roles & Role.PLAN:
                if index and self._measures_results(self._tokens[index - 1]):
                    return ""
                if len(self._text(token.end, figure.start).split()) <= 10:  # noqa: PLR2004
                    return str(token.value.text)
                return ""
        return ""

    def _measures_results(self, token: Token) -> bool:
        """Tell by what stands before a plan whether results are measured by it: "105% kế hoạch", "08/09 chỉ tiêu"."""
        if token.kind == MARK:
            return token.value in "%/"
        return token.kind == NUMBER or (
            token.kind == WORD and bool(token.value.roles & (Role.RESULT | Role.PERCENT | Role.PLAN))
        )

    def _text(self, start: int, end: int) -> str:
        return self._low[start:end]


_LEFT_POVERTY = re.compile(r"(?:hộ )?(?:được )?thoát (?:cận )?nghèo")
_NEAR = 16  #: "thoát nghèo được khoảng 500 hộ"
#: Of what a plan tells how much: people, households, money, houses.
_PLANNED = frozenset({"người", "hộ", "đồng", "căn nhà", "lớp", "phiên", "suất", "việc làm"})
_FILLING = frozenset({"", "là", "khoảng", "từ", "gần", "trên", "hơn", "mức", "được", "bình quân"})
_QUALIFIERS = frozenset({"gần", "trên", "hơn", "khoảng", "ước", "xấp xỉ", "dưới"})
_RATES = frozenset({"tỷ lệ", "tỉ lệ", "tỷ trọng"})
