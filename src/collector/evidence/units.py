"""The unit of a figure: printed behind it, or left out and carried from where a list or a sentence told it."""

from __future__ import annotations

import re

from collector.evidence import role
from collector.evidence.carrying import carry
from collector.evidence.figures import NEXT_WORDS, Figure, blank
from collector.evidence.lexicon import class_of
from collector.evidence.tokens import MARK, WORD, WORDS, Token
from collector.vietnamese.numbers import NUMERAL_WORDS

#: Nouns that count by themselves; behind any other the noun is taken to have two syllables, as most have.
_CLASSIFIERS = frozenset(
    "cuộc buổi đợt chiếc cái con bộ tấm cây quyển cuốn bản tờ chuyến đoàn đội nhóm tổ ban lớp khóa khoá phiên "
    "gian ngôi căn giường suất phần lá vụ ca điểm trạm trường phòng giải thẻ sổ đơn lượt máy xe tin bài hạng lô "
    "loại mũi bức".split()
)
#: What a unit never begins with.
_NOT_COUNTED = (
    frozenset(
        "của và cho là được đã trong tại ở so với từ đến do để thì mà có còn giảm tăng đạt năm tháng ngày khi sau "
        "trước bằng vào hoặc hay này đó thuộc nhằm cùng theo về trên dưới gồm bao chiếm nên cũng sẽ vẫn tương tức "
        "như ngoài nhưng qua lên xuống đang bị các những mỗi một nếu thứ phát vì cả nhất hơn bình gần vượt không "
        "chưa tới toàn quý giờ phút tuổi ra rất lại hết ước khoảng hàng trở tất kế chỉ đầu cuối đồng hằng sang "
        "làm muốn đi đang xin tự cần có".split()
    )
    | NUMERAL_WORDS
)
_PER = re.compile(
    r" ?/ ?(?:(?:\d+|ba|sáu) (?=tháng|năm|ngày|kỳ|quý|tuần|đợt|giờ|lần))?"
    r"(?!(?:kh|kế|chỉ|so|dự|mục)(?![^\W_]))[^\W\d_]+"
    r"(?: (?:gia đình|lao động|nhà|trẻ em|em|quà|tượng|nghèo|đợt|hợp))?"
)
_PER_BEGINS = ("/", " /")
_MILLION = 1_000_000


def take_unit(low: str, tokens: list[Token], figure: Figure, before: list[Figure]) -> None:
    """Give a figure its unit, or the class ``none`` where what it counts is no indicator (ages, areas, days).

    Args:
        low: the text in lower case.
        tokens: of that text.
        figure: number and scale word are read, ``after`` is behind them.
        before: the figures before it, from which a list's unit is carried.
    """
    end = max(figure.end, figure.unit_end)
    has_scale = figure.unit_end > figure.end and figure.total is None
    figure.unit_end = end
    position = figure.after
    token = tokens[position] if position < len(tokens) else None
    if token is not None and blank(low, end, token.start):
        if token.kind == MARK and token.value == "%":
            _set_unit(low, figure, "%", "%", token.end, position + 1)
            return
        if token.kind == WORD and not (has_scale and token.roles & role.SCALE):
            roles = token.roles
            if roles & role.PERCENT:
                _set_unit(low, figure, "%", "%", token.end, position + 1)
                return
            if roles & role.NO_UNIT and not (has_scale and token.value.text == "năm"):
                figure.unit, figure.unit_class = token.value.text, "none"
                return
            if roles & role.MONEY:
                _set_unit(low, figure, low[token.start : token.end], "đồng", token.end, position + 1)
                return
            length = token.value.unit_length or (len(low[token.start : token.end]) if roles & role.UNIT else 0)
            if length:
                _set_counted(low, tokens, figure, position, length)
                return
    if has_scale and tokens[figure.after - 1].roles & role.MONEY:
        _set_unit(low, figure, "đ", "đồng", end, figure.after)  # "2trđ/suất"
        return
    if tokens[figure.token].kind == WORDS and tokens[figure.token].value >= _MILLION:
        has_scale = True  # "sáu triệu rưỡi"
    if has_scale and _money_without_unit(low, figure, before):
        return
    match = NEXT_WORDS.match(low, end)
    if match and match[1] not in _NOT_COUNTED and match.start(1) > end:
        _open_unit(tokens, figure, match)
        return
    carry(low, tokens, figure, before)


def _set_counted(low: str, tokens: list[Token], figure: Figure, position: int, length: int) -> None:
    token = tokens[position]
    text = " ".join(low[token.start : token.start + length].split())
    _set_unit(low, figure, text, token.value.unit_class or class_of(text) or text, token.start + length, position)
    if token.end == figure.unit_end:
        figure.after = position + 1


def _set_unit(low: str, figure: Figure, unit: str, unit_class: str, end: int, after: int) -> None:
    figure.unit_class, figure.after = unit_class, after
    # "đồng/người/3 tháng": the 3 is no number of its own.
    rest = end
    while low.startswith(_PER_BEGINS, rest) and (match := _PER.match(low, rest)):
        rest = match.end()
    figure.unit = unit if rest == end else unit + _tidy(low[end:rest])
    figure.unit_end = rest


def _tidy(per: str) -> str:
    return "/".join(part.strip() for part in per.split("/"))


def _money_without_unit(low: str, figure: Figure, before: list[Figure]) -> bool:
    """Tell what "0,1 triệu" is of: of people where the figure before it was, else of đồng."""
    last = before[-1] if before else None
    match = NEXT_WORDS.match(low, figure.unit_end)
    if match and match[1] not in _NOT_COUNTED and match.start(1) > figure.unit_end:
        return False
    if (
        last is not None
        and last.scaled
        and last.unit_class not in {"%", "đồng"}
        and "\n" not in low[last.end : figure.start]
    ):
        figure.unit, figure.unit_class, figure.carried = last.unit, last.unit_class, True
        return True
    figure.unit, figure.unit_class = "đồng", "đồng"
    return True


def _open_unit(tokens: list[Token], figure: Figure, match: re.Match[str]) -> None:
    first, second = match[1], match[2]
    pair = second is not None and first not in _CLASSIFIERS and second not in _NOT_COUNTED
    unit = f"{first} {second}" if pair else first
    end = match.end(2) if pair else match.end(1)
    figure.unit, figure.unit_class, figure.unit_end, figure.opened = unit, unit, end, match.start(1)
    while figure.after < len(tokens) and tokens[figure.after].end <= end:
        figure.after += 1
