"""Units that are left out: a list tells its unit once, at its head or behind its last number (VIETNAMESE, C 3)."""

from __future__ import annotations

import re

from collector.evidence import role
from collector.evidence.figures import NEXT_WORDS, Figure, blank
from collector.evidence.lexicon import class_of, unit_length
from collector.evidence.tokens import MARK, NUMBER, TIME_, WORD, Token
from collector.vietnamese.numbers import numeral

_MONTHS_A_YEAR, _DAYS_A_MONTH = 12, 31
_LEAST_IN_BRACKETS = 100  #: "(33)" is a note's number, "(41.377)" a figure
#: Classes whose unit may stand once, at the head of a list or a sentence.
_CARRIED = frozenset(
    {"người", "hộ", "căn nhà", "suất", "vụ", "hồ sơ", "doanh nghiệp", "việc làm", "phiên", "lớp", "thẻ"}
)
#: Behind a number whose unit the list's head has told: "9.120 trong nước và 6.180 ngoài nước".
_GOES_ON = frozenset(
    "mỗi trong ngoài ở tại sang thuộc là đã được có chưa bị đang đi làm đạt với cho so từ nữ nam".split()
)
_FRACTION = re.compile(r",(?:\d{1,2}|\d{4,})$")
_ENDS = frozenset(",;.!?()[]\n…:")
_TOKENS_BACK = 200  #: how far a unit is looked for; no sentence of prose has more
_LIST_BACK = 400  #: characters: over how many a list's items carry a unit on
_LINE_BACK = 4000
_MOST_LISTED = 20  #: numbers on either side that a list's unit is looked for over; no list of prose has more


def carry(low: str, tokens: list[Token], figure: Figure, before: list[Figure]) -> None:
    """Give a number without a unit that of the list's head: "hồ sơ quản lý là 912, giảm 360"."""
    printed = low[figure.start : figure.end]
    if printed.endswith(".000.000") and _may_be_bare(low, tokens, figure):
        figure.unit, figure.unit_class, figure.carried = "đồng", "đồng", True
        return
    ahead = _list_unit(low, tokens, figure)
    if ahead is not None:
        _carry_from(low, figure, ahead)
        return
    if not _may_be_bare(low, tokens, figure):
        return
    index = figure.token - 1
    heads: list[Token] = []  # from the figure back to the sentence's beginning
    since_last = len(tokens)
    last = before[-1] if before else None
    stop = max(-1, index - _TOKENS_BACK)
    while index > stop and not (tokens[index].kind == MARK and tokens[index].value in ".!?\n"):
        token = tokens[index]
        if token.kind == WORD and class_of(_head(low, token)) in _CARRIED:
            heads.append(token)
            if last is not None and index >= last.after:
                since_last = index
        index -= 1
    if since_last < len(tokens) and _is_number_of(low, tokens[since_last]):
        _carry_from(low, figure, tokens[since_last])  # "Số người chết: 31"
        return
    known = _last_counted(low, figure, before)
    if known is not None:
        figure.unit, figure.unit_class, figure.carried = known.unit, known.unit_class, True
    elif heads:
        _carry_from(low, figure, heads[-1])


def _last_counted(low: str, figure: Figure, before: list[Figure]) -> Figure | None:
    """Return the last figure of the line, of a list's items also of the lines above, that is no share and no money."""
    line = low.rfind("\n", max(0, figure.start - _LINE_BACK), figure.start)
    listed = low[line + 1 : line + 3].strip()[:1] in {"-", "+", "•", "*", "–"}
    reach = max(0, line - _LIST_BACK) if listed else line
    for one in before[: -_MOST_LISTED - 1 : -1]:
        if one.start <= reach:
            return None
        if one.unit_class not in {"%", "đồng"}:
            return one
    return None


def _head(low: str, token: Token) -> str:
    """Return the unit that a phrase begins with, "số" passed over: ``người`` of "số người chết"."""
    text: str = token.value.text
    for prefix in ("tổng số ", "số "):
        if text.startswith(prefix):
            rest = text[len(prefix) :]
            return rest[: unit_length(rest)]
    length = token.value.unit_length or (token.end - token.start if token.roles & role.UNIT else 0)
    return " ".join(low[token.start : token.start + length].split())


def _is_number_of(low: str, token: Token) -> bool:
    """Tell "Số người chết: 31": whatever was counted before, this is of people."""
    return token.value.text.startswith("số ") or low[max(0, token.start - 4) : token.start].rstrip().endswith("số")


def _list_unit(low: str, tokens: list[Token], figure: Figure) -> Token | None:
    """Return the unit that stands behind the last of several numbers: "tương ứng 350, 300 và 180 hộ"."""
    index, end = figure.after, figure.unit_end
    last = min(len(tokens) - 1, index + 2 * _MOST_LISTED)
    while index < last:
        link, number = tokens[index], tokens[index + 1]
        joins = (link.kind == MARK and link.value == ",") or link.roles & role.AND
        if not joins or number.kind != NUMBER or low[end : link.start].strip() or low[link.end : number.start].strip():
            return None
        index, end = index + 2, number.end
        token = tokens[index] if index < len(tokens) else None
        goes_on = token is not None and token.roles & role.AND
        if token is not None and token.kind == WORD and not goes_on and blank(low, end, token.start):
            return token if class_of(_head(low, token)) in _CARRIED else None
    return None


def _carry_from(low: str, figure: Figure, token: Token) -> None:
    text = _head(low, token)
    figure.unit, figure.unit_class, figure.carried = text, class_of(text) or text, True


def _may_be_bare(low: str, tokens: list[Token], figure: Figure) -> bool:
    """Tell whether a number without a unit stands as the member of a list or a sentence does."""
    printed = low[figure.start : figure.end]
    if figure.value_max is None and _FRACTION.search(printed):
        return False  # "3,5" of nothing
    index = figure.token - 1
    if figure.total is not None and figure.value <= _DAYS_A_MONTH and figure.total <= _MONTHS_A_YEAR:
        return False  # "Ngày vì người nghèo 17/10"
    if index >= 0 and tokens[index].kind == MARK and tokens[index].value == "(" and figure.total is not None:
        return True
    if index >= 0 and tokens[index].kind == MARK and tokens[index].value in "([/":
        return tokens[index].value != "/" and _value(printed) >= _LEAST_IN_BRACKETS
    token = tokens[figure.after] if figure.after < len(tokens) else None
    if token is None or token.start > figure.unit_end + 1:
        match = NEXT_WORDS.match(low, figure.unit_end)
        return token is None if match is None else match[1] in _GOES_ON
    if not blank(low, figure.unit_end, token.start):
        return False
    if token.kind == MARK:
        return token.value in _ENDS and not _of_ages(tokens, figure.after)
    if token.kind == TIME_:
        # "trong 2 năm 2021 - 2022" is a span of time.
        return not (len(printed) <= len("12") and low.startswith("năm", token.start))
    return token.kind == WORD and (
        bool(token.roles & (role.AGAINST | role.REACHED | role.AND | role.DOWN | role.UP))
        or token.value.text.partition(" ")[0] in _GOES_ON
    )


def _of_ages(tokens: list[Token], comma: int) -> bool:
    """Tell "các em 13, 14 tuổi": of what the next number is."""
    if comma + 2 >= len(tokens) or tokens[comma].value != "," or tokens[comma + 1].kind != NUMBER:
        return False
    behind = tokens[comma + 2]
    return bool(behind.roles & role.NO_UNIT)


def _value(printed: str) -> float:
    said = numeral(printed)
    return 0.0 if said is None else said.value
