"""Changes: an increase, a decrease, or the new level after one (VIETNAMESE, B 4-7)."""

from __future__ import annotations

from dataclasses import dataclass

from collector.evidence import role
from collector.evidence.figures import (
    COMPARED,
    DECREASE,
    INCREASE,
    LEVEL,
    PLAN_IN_BRACKETS,
    TARGET,
    Direction,
    Figure,
)
from collector.evidence.sentences import Sentence
from collector.evidence.tokens import MARK, NUMBER, NUMERAL, REFERENCE, TIME_, WORD, Token

#: How far a direction reaches: "giảm tỷ lệ hộ nghèo đa chiều trong vùng đồng bào dân tộc thiểu số 3%" has 63.
_REACH = 100
_BRACKET = 60  #: tokens; how far back the beginning of a bracket is looked for
_NEAR = 16  #: "thoát nghèo được khoảng 500 hộ"
_CHANGES = frozenset({INCREASE, DECREASE})
#: Words that make a figure more than a level; where a sentence has none of them its first figure is one.
_TURNS = role.SAME | role.REACHED | role.DOWN | role.UP | role.FROM | role.TO
_SAYING = _TURNS | role.BREAK
_LEVEL = Direction(LEVEL)
_FILLING = frozenset({"", "là", "khoảng", "từ", "gần", "trên", "hơn", "mức", "được", "bình quân"})
_QUALIFIERS = frozenset({"gần", "trên", "hơn", "khoảng", "ước", "xấp xỉ", "dưới"})


@dataclass(slots=True)
class _Walk:
    """The way back from a figure: what was met so far."""

    figure: Figure
    previous: Figure | None
    before: Direction | None
    commas: int = 0
    came_from: bool = False  #: "từ" stands before the figure
    same: bool = False  #: "tương đương" does
    listed: bool = False  #: "lần lượt" does


#: Nothing before this place belongs to the figure.
_STOP = Direction("")


class Changes:
    """Reads figures that tell a change, in one text."""

    def __init__(self, low: str, tokens: list[Token]) -> None:
        self._low, self._tokens = low, tokens

    def signed(self, figure: Figure) -> Direction | None:
        """Tell a sign in brackets: "(-3%)", "(+34%)"."""
        if figure.unit_class != "%" or figure.token < 2:  # noqa: PLR2004
            return None
        sign, opening = self._tokens[figure.token - 1], self._tokens[figure.token - 2]
        if sign.kind != MARK or sign.end != figure.start or opening.kind != MARK or opening.value != "(":
            return None
        return {"-": Direction(DECREASE, "(-"), "–": Direction(DECREASE, "(-"), "+": Direction(INCREASE, "(+")}.get(
            sign.value
        )

    def change(
        self, sentence: Sentence, figure: Figure, previous: Figure | None, before: Direction | None
    ) -> Direction:
        """Return the change that the words before a figure tell, walking back from it; else a level.

        Args:
            sentence: where it stands.
            figure: to be judged.
            previous: the figure before it in the sentence, if any.
            before: that figure's direction.
        """
        if sentence.roles & role.LEFT_POVERTY and (behind := self._behind(figure)):
            return behind
        if previous is not None and before is not None:
            if self._joined(previous, figure, before):
                return Direction(before.name, f"joined: {before.why}", listed=before.listed)
        elif not sentence.roles & _TURNS and ")" not in self._text(max(0, figure.start - _REACH), figure.start):
            return _LEVEL  # behind a bracket the walk goes on before it, in whatever sentence that is
        return self._walked(figure, previous, before)

    def _walked(self, figure: Figure, previous: Figure | None, before: Direction | None) -> Direction:
        walk = _Walk(figure, previous, before)
        index = figure.token - 1
        while index >= 0 and figure.start - self._tokens[index].end <= _REACH:
            token = self._tokens[index]
            if token.kind == MARK and token.value == ")":
                index = self._opening(index) - 1
                continue
            found = None
            if token.roles & _SAYING:
                found = self._at_word(walk, token, index)
            elif token.kind == MARK:
                found = self._at_mark(walk, token, index)
            elif token.kind & NUMERAL:
                break
            if found is _STOP:
                break
            if found is not None:
                return found
            index -= 1
        if walk.same and before is not None:
            return Direction(before.name, f"same as before: {before.why}")
        return Direction(LEVEL, listed=True) if walk.listed else _LEVEL

    def _at_mark(self, walk: _Walk, token: Token, index: int) -> Direction | None:
        if token.value in "([":
            if walk.previous is None and walk.same:
                return None  # "đều tăng (tương ứng 0,3 triệu người …"
            return self._in_bracket(walk.figure, walk.previous, token, walk.before, same=walk.same)
        if token.value == ",":
            walk.commas += 1
            passes = walk.same or self._against_between(index, walk.figure.token)
            return None if walk.commas == 1 and passes else _STOP
        if token.value == ":" and self._against_between(max(0, index - 2), index):
            return None  # "(cùng kỳ: 50 người)", "(cùng kỳ năm 2022: 50 người)"
        return _STOP if token.value in ";.!?\n…:" else None

    def _at_word(self, walk: _Walk, token: Token, index: int) -> Direction | None:
        roles, text = token.roles, token.value.text
        found = None
        if roles & role.SAME:
            walk.same = True
            walk.listed = walk.listed or text.startswith(("lần lượt", "tương ứng"))
        elif roles & role.REACHED:
            found = Direction(LEVEL, text, listed=walk.listed)
        elif roles & (role.DOWN | role.UP):
            found = self._moved(walk, token)
        elif roles & role.FROM and not walk.came_from and self._text(token.end, walk.figure.start).strip() in _FILLING:
            walk.came_from = True
            if walk.figure.value_max is None and self._leads_on(walk.figure):
                found = Direction(LEVEL, "từ a", from_level=True)
        elif roles & role.TO and self._b_of_a(index):
            found = Direction(LEVEL, "đến b")
        elif roles & role.BREAK:
            found = _STOP
        return found

    def _moved(self, walk: _Walk, token: Token) -> Direction | None:
        text = token.value.text
        if "thoát" in text and walk.figure.start - token.end > _NEAR:
            return None  # "hộ thoát nghèo" as the subject of something else
        if text == "tăng thêm" and self._low[max(0, token.start - 12) : token.start].rstrip().endswith("việc làm"):
            return None  # "tạo việc làm tăng thêm cho 500 người": so many got work
        if walk.came_from and walk.figure.value_max is None and self._leads_on(walk.figure):
            return Direction(LEVEL, "từ a", from_level=True)
        return Direction(DECREASE if token.roles & role.DOWN else INCREASE, text, listed=walk.listed)

    def _against_between(self, first: int, last: int) -> bool:
        return any(token.roles & role.AGAINST for token in self._tokens[first:last])

    def _joined(self, previous: Figure, figure: Figure, before: Direction) -> bool:
        """Tell "tương ứng 0,3 triệu người và 0,1 triệu", "giảm 48 vụ và 51 người", "lần lượt 3,4%, 3,1% và 2,8%"."""
        if figure.token - previous.after != 1:
            return False
        link = self._tokens[previous.after]
        if self._text(previous.unit_end, link.start).count(" ") > 2:  # noqa: PLR2004
            return False
        if self._text(link.end, figure.start).strip():
            return False
        if link.kind == WORD:
            return bool(link.roles & role.AND)
        return before.listed and link.kind == MARK and link.value in ",;" and figure.unit_class == previous.unit_class

    def _in_bracket(
        self, figure: Figure, previous: Figure | None, opening: Token, before: Direction | None, *, same: bool
    ) -> Direction:
        """A bare figure in brackets tells the figure before it once more: "giảm 747 hộ (1,02%)"."""
        said = self._text(opening.end, figure.start).strip()
        if before is not None and before.name in _CHANGES and self._compares(opening, figure):
            return Direction(LEVEL, COMPARED)  # "tăng 12% (cùng kỳ: 50 người)"
        if before is None or previous is None or not (same or said in _FILLING or said in _QUALIFIERS):
            return Direction(LEVEL)
        outside = [token for token in self._tokens[previous.after : figure.token] if token.kind == WORD]
        document = any(token.kind == REFERENCE for token in self._tokens[previous.after : figure.token])
        if document or any(token.roles & role.PLAN for token in outside):
            return Direction(TARGET, PLAN_IN_BRACKETS)  # "thấp hơn 0,4% so với chỉ tiêu (35,5%)"
        if any(token.roles & role.AGAINST for token in outside):
            return Direction(LEVEL, COMPARED)  # "tăng 2,3 lần so quý I (60 người)"
        return Direction(before.name, f"bracket: {before.why}")

    def _compares(self, opening: Token, figure: Figure) -> bool:
        """Tell whether nothing but an earlier time stands between a bracket and a figure."""
        told = False
        for index in range(figure.token - 1, max(-1, figure.token - 6), -1):
            token = self._tokens[index]
            if token is opening:
                break
            if token.roles & role.AGAINST:
                told = True
            elif token.kind != TIME_ and not (token.kind == MARK and token.value == ":"):
                return False
        return told

    def _opening(self, index: int) -> int:
        stop = max(0, index - _BRACKET)
        while index > stop and not (self._tokens[index].kind == MARK and self._tokens[index].value in "(["):
            index -= 1
        return index

    def _leads_on(self, figure: Figure) -> bool:
        """Tell whether "từ a" goes on with "xuống b" or, a time between them, "đến b"."""
        time_seen = False
        for token in self._tokens[figure.after : figure.after + 6]:
            if token.kind == TIME_:
                time_seen = True
            elif token.kind & NUMERAL or (token.kind == MARK and token.value not in "(),"):
                return False
            elif token.kind == WORD:
                if token.roles & role.REACHED:
                    return True
                if token.roles & role.TO:
                    return time_seen or token.end - figure.unit_end > 5  # noqa: PLR2004
        return False

    def _b_of_a(self, index: int) -> bool:
        """Tell whether the "đến" at ``index`` belongs to "từ a (năm x) đến b"."""
        return any(token.roles & role.FROM for token in self._tokens[max(0, index - 6) : index]) and any(
            token.kind == NUMBER for token in self._tokens[max(0, index - 6) : index]
        )

    def _behind(self, figure: Figure) -> Direction | None:
        """Tell "500 hộ thoát nghèo": so many poor households fewer."""
        for token in self._tokens[figure.after : figure.after + 4]:
            ends = token.kind == MARK and token.value != "("
            if ends or token.kind & NUMERAL or token.start - figure.unit_end > 2 * _NEAR:
                return None
            if token.roles & role.LEFT_POVERTY:
                return Direction(DECREASE, token.value.text)
        return None

    def _text(self, start: int, end: int) -> str:
        return self._low[start:end]
