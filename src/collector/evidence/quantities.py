"""Quantities: the figures of a text in order, each read from its tokens."""

from __future__ import annotations

import re

from collector.evidence import role
from collector.evidence.figures import NEXT_WORDS, Figure, blank
from collector.evidence.named_numbers import is_name, is_no_year, is_numbered, is_printed_as_count, is_vague
from collector.evidence.tokens import MARK, NUMBER, NUMERAL, TIME_, WORD, WORDS, Token
from collector.evidence.units import take_unit
from collector.vietnamese.numbers import Numeral, numeral

_FEW_DIGITS = 5  #: by themselves, they are what they say
_ENGLISH, _VIETNAMESE = re.compile(r"\d\.\d{1,2} ?%"), re.compile(r"\d,\d{1,2}(?!\d)")
_MOST = 1e17  #: more than anybody counts in đồng
_INNER = 2  #: words that may stand inside a range: "90 triệu đồng đến 130 triệu đồng"
#: Between "ước" and a number: "ước giảm 214 hộ", "ước còn 2,07%"; some are phrases with it.
_TELLING = role.RESULT | role.REACHED | role.DOWN | role.UP
_ESTIMATED = "ước "
_QUALIFYING = role.QUALIFIER | _TELLING
#: Between x and y of x/y.
_OF = re.compile(r"/ ?| (?:trong|trên) (?:tổng )?số | trên ")
_OF_BEGINS = ("/", " tr")  #: how such a link begins, or none is there
_COUNTING = NUMERAL | TIME_
_INSIDE = role.SCALE | role.UNIT | role.MONEY


def quantities(text: str, low: str, tokens: list[Token]) -> list[Figure]:
    """Return the figures of a text in order.

    Args:
        text: as it is printed.
        low: the text in lower case.
        tokens: of that text.
    """
    found: list[Figure] = []
    english: bool | None = None
    after = 0  # the first token behind the figure before
    for index in [index for index, token in enumerate(tokens) if token.kind & _COUNTING]:
        if index < after or (tokens[index].kind == TIME_ and not tokens[index].value.bare):
            continue
        figure = _figure(low, tokens, index, found)
        if figure is None or not is_printed_as_count(text, figure):
            continue
        if figure.scaled and not figure.ambiguous and "." in low[figure.start : figure.end]:
            if english is None:
                english = _VIETNAMESE.search(low) is None and _ENGLISH.search(low) is not None
            # "1.875 tỷ đồng" where every share is printed like "41.6%": it may be less than two.
            figure.ambiguous = english
        found.append(figure)
        after = figure.after
    return found


def _figure(low: str, tokens: list[Token], index: int, before: list[Figure]) -> Figure | None:
    token = tokens[index]
    if is_name(low, tokens, index) or (token.kind == WORDS and is_vague(low, tokens, index)):
        return None
    figure = Figure(index, index + 1, token.start, token.end, 0.0)
    second = _take_range(low, tokens, figure)
    if second is None and low.startswith(_OF_BEGINS, token.end) and token.kind != WORDS:
        _take_total(low, tokens, figure)
    scale = _take_scale(low, tokens, figure)
    take_unit(low, tokens, figure, before)
    if figure.unit is None or figure.unit_class == "none":
        return None
    if figure.total is None and not figure.carried and low.startswith("/", figure.unit_end):
        _take_late_total(low, tokens, figure)
    if not _take_values(low, token, second, figure, scale):
        return None
    if token.kind == TIME_ and not is_no_year(low, figure):
        return None
    if is_numbered(low, tokens, index, figure):
        return None
    _take_qualifier(low, tokens, figure)
    return figure


def _take_values(low: str, token: Token, second: Token | None, figure: Figure, scale: float) -> bool:
    """Read the number, or both ends of a range; False where they are none."""
    if token.kind == WORDS:
        figure.value = float(token.value)
        return True
    least = _value(low, token, figure, scale)
    most = None if second is None else _value(low, second, figure, scale)
    if least is None or (second is not None and (most is None or least >= most)):
        return False
    if least == 0 and figure.unit_class == "đồng":
        return False  # "gian hàng 0 đồng"
    if least * scale > _MOST:
        # "14.714.669.968/9,5 tỷ đồng": the scale word is the second number's alone.
        scale, figure.ambiguous = 1.0, True
    figure.value += _times(least, scale)
    figure.value_max = None if most is None else _times(most, scale)
    figure.scaled = scale > 1
    return True


def _value(low: str, token: Token, figure: Figure, scale: float) -> float | None:
    text = low[token.start : token.end]
    if text.isdecimal() and len(text) < _FEW_DIGITS:
        return float(text)
    said = numeral(
        text.replace(" ", "") if "." in text or "," in text else text,  # "48. 730 triệu", "32 ,9%"
        # Rice is told in fractions of tons.
        scaled=scale > 1 or figure.unit_class == "kg",
        percent=figure.unit_class == "%",
    )
    if said is None:
        return None
    figure.ambiguous = figure.ambiguous or said.ambiguous
    return said.value


def _times(value: float, scale: float) -> float:
    return value if scale == 1 else round(value * scale, 2)


def _take_range(low: str, tokens: list[Token], figure: Figure) -> Token | None:
    """Take "2 đến 3", "0,6 - 1,0", "575- 655", "2% - 3" with the number before it."""
    first = figure.after
    position = _link_at(tokens, first)
    if position is None or tokens[position + 1].kind != NUMBER:
        return None
    end = figure.end
    for token in tokens[first : position + 2]:
        if not blank(low, end, token.start):
            return None
        end = token.end
    after = position + 2
    inner = tokens[first:position]  # "90 triệu đồng đến 130 triệu đồng", "2% đến 3%"
    if [_text(token) for token in inner] != [_text(token) for token in tokens[after : after + len(inner)]]:
        return None
    figure.end, figure.after = end, after
    return tokens[position + 1]


def _link_at(tokens: list[Token], position: int) -> int | None:
    """Return the index of the dash or the "đến" that leads on to the other end of a range, if a token follows it."""
    for index in range(position, min(position + _INNER + 1, len(tokens) - 1)):
        token = tokens[index]
        if token.kind == MARK:
            if token.value in "-–—":
                return index
            if token.value != "%":
                return None
        elif token.roles & role.TO:
            return index
        elif not token.roles & _INSIDE:
            return None
    return None


def _text(token: Token) -> str:
    return str(token.value.text if token.kind == WORD else token.value)


def _take_total(low: str, tokens: list[Token], figure: Figure) -> None:
    """Take y of x/y: "22.151/19.500 lao động", "12 trong tổng số 15 xã", "12 trên 15 xã"."""
    for position in range(figure.after, min(figure.after + 3, len(tokens))):
        second = tokens[position]
        if not second.kind & (NUMBER | TIME_):
            continue
        link = low[figure.end : second.start]
        total = numeral(low[second.start : second.end]) if _OF.fullmatch(link) else None
        if total is None or (link[0] != "/" and second.kind == TIME_):
            return
        if link.strip() != "trên" or _is_less(low[figure.start : figure.end], total):
            figure.total, figure.after, figure.unit_end = total.value, position + 1, second.end
        return


def _is_less(printed: str, total: Numeral) -> bool:
    """Tell "12 trên 15 xã" from "đợt 2 trên 1 tỷ đồng", where "trên" belongs to what follows."""
    count = numeral(printed)
    return count is not None and count.value < total.value


def _take_late_total(low: str, tokens: list[Token], figure: Figure) -> None:
    """Take y of "320 người/200 (150%)"; "05 lớp/148 học viên" are two figures."""
    position = figure.after
    if position + 1 >= len(tokens) or tokens[position].kind != MARK or tokens[position].value != "/":
        return
    second = tokens[position + 1]
    if second.kind != NUMBER or tokens[position].start != figure.unit_end or NEXT_WORDS.match(low, second.end):
        return
    if position + 2 < len(tokens) and tokens[position + 2].kind != MARK:
        return
    total = numeral(second.value)
    if total is not None:
        figure.total, figure.after, figure.unit_end = total.value, position + 2, second.end


def _take_scale(low: str, tokens: list[Token], figure: Figure) -> float:
    """Take scale words and what is added below them: "1 tỷ 200 triệu"."""
    position = figure.after
    if not _scale_at(low, tokens, position, max(figure.end, figure.unit_end)):
        return 1.0
    scale: float = tokens[position].value.scale
    figure.after, figure.unit_end = position + 1, tokens[position].end
    below = position + 1
    if (
        below + 1 < len(tokens)
        and tokens[below].kind == NUMBER
        and blank(low, tokens[position].end, tokens[below].start)
        and _scale_at(low, tokens, below + 1, tokens[below].end)
        and tokens[below + 1].value.scale < scale
        and (added := numeral(tokens[below].value, scaled=True)) is not None
    ):
        figure.value = added.value * tokens[below + 1].value.scale
        figure.end = tokens[below].end
        figure.after, figure.unit_end = below + 2, tokens[below + 1].end
    return scale


def _scale_at(low: str, tokens: list[Token], position: int, end: int) -> bool:
    return (
        position < len(tokens) and bool(tokens[position].roles & role.SCALE) and blank(low, end, tokens[position].start)
    )


def _take_qualifier(low: str, tokens: list[Token], figure: Figure) -> None:
    index = figure.token - 1
    if index >= 0 and tokens[index].roles & _QUALIFYING and blank(low, tokens[index].end, figure.start):
        figure.qualifier = _qualifier(low, tokens, index)
    behind = tokens[figure.after] if figure.after < len(tokens) else None
    if behind is not None and behind.roles & role.SUFFIX and blank(low, figure.unit_end, behind.start):
        figure.qualifier = behind.value.qualifier


def _qualifier(low: str, tokens: list[Token], index: int) -> str:
    """Return what the word at ``index``, right before a number, says of it: "trên", "ước đạt", "ước giảm còn"."""
    word = tokens[index].value
    if word.roles & role.QUALIFIER:
        return str(word.qualifier)
    while word.roles & _TELLING:
        if word.text.startswith(_ESTIMATED):
            return "estimated"
        index -= 1
        if index < 0 or tokens[index].kind != WORD or not blank(low, tokens[index].end, tokens[index + 1].start):
            break
        word = tokens[index].value
        if word.qualifier == "estimated":
            return "estimated"
    return "exact"
