"""Numbers that count nothing: parts of names, of telephone numbers, of a list's numbering (VIETNAMESE, D)."""

from __future__ import annotations

from collector.evidence import role
from collector.evidence.figures import NEXT_WORDS, Figure, blank
from collector.evidence.tokens import MARK, NUMBER, WORD, WORDS, Token

_LARGEST_NAME = 12  #: "phường 12", "lớp 12"; above that a known unit behind the number makes it a count
_LARGEST_PLACE = 30  #: "Tổ 28," without a unit
_ZEROS = 3  #: "08 lớp", "019 hộ"; longer numbers that begin with 0 are telephones
#: Before four digits that are a year, though a unit stands behind them: "năm 2020 người dân".
_BEFORE_A_YEAR = ("năm", "tháng", "quý", "-", "–", "và", ",", "đến", "hồi", "từ", "cuối", "đầu", "giữa", "kỳ")


def is_name(low: str, tokens: list[Token], index: int) -> bool:
    """Tell a number that is a part of a name, a date, a telephone number or a list's numbering."""
    token = tokens[index]
    start, end = token.start, token.end
    if start and low[start - 1] != " " and _is_glued(low, start):
        return True
    before = tokens[index - 1] if index else None
    if before is not None and before.kind & (NUMBER | MARK) and _follows_a_name(low, tokens, index):
        return True
    if end < len(low) and low[end].isalpha() and not (index + 1 < len(tokens) and tokens[index + 1].start == end):
        return True  # 12A1
    if low[start] == "0" and end - start > _ZEROS and token.kind == NUMBER and token.value.isdigit():
        return True  # a telephone number
    if before is None or (before.kind == MARK and before.value == "\n"):
        line_start = 0 if before is None else before.end
        if (
            blank(low, line_start, start)
            and low[end : end + 1] in {".", ")", "/"}
            and low[end + 1 : end + 2] in {" ", ""}
        ):
            return True  # "1. ", "2) "
    return False


def _is_glued(low: str, start: int) -> bool:
    """Tell "K1", "m2", "covid-19", "U-23"; a number glued to a whole word stays: "bắt buộc93 người"."""
    last, word = low[start - 1], start > 1 and low[start - 2].isalpha()
    return word if last in "-–" else last.isalpha() and not word


def _follows_a_name(low: str, tokens: list[Token], index: int) -> bool:
    """Tell by the number or mark before it: "0908 123 400", "(0290) 3550.226", “3 tại chỗ”, “4 trong 1”."""
    token, before = tokens[index], tokens[index - 1]
    if before.kind == MARK and before.value in '“"':
        return before.end == token.start and token.end - token.start == 1
    if before.kind == MARK and before.value == ")" and index > 1:
        before = tokens[index - 2]
    telephone = before.kind == NUMBER and low[before.start] == "0" and before.end - before.start > _ZEROS
    return telephone and token.start - before.end <= len(") ")


def is_vague(low: str, tokens: list[Token], index: int) -> bool:
    """Tell "hàng trăm nghìn"."""
    before = tokens[index - 1] if index else None
    return (
        before is not None
        and bool(before.roles & role.VAGUE)
        and tokens[index].kind == WORDS
        and blank(low, before.end, tokens[index].start)
    )


def is_numbered(low: str, tokens: list[Token], index: int, figure: Figure) -> bool:
    """Tell "phường 2", "Nghị quyết 42" and the like from counts."""
    if index == 0 or figure.scaled or figure.unit_class in {"%", "đồng"} or figure.value_max is not None:
        return False
    before = tokens[index - 1]
    if before.kind == MARK and before.value == ":" and index > 1:
        colon, before = before, tokens[index - 2]
        return blank(low, before.end, colon.start) and bool(before.roles & role.NUMBERED)
    if before.kind != WORD or not blank(low, before.end, figure.start):
        return False
    if before.roles & role.NUMBERED:
        return "." not in low[figure.start : figure.end] or figure.carried
    if before.roles & role.PERHAPS_NUMBERED:
        largest = _LARGEST_PLACE if figure.carried or figure.opened else _LARGEST_NAME
        return figure.value <= largest and low[figure.start] != "0"
    return False


def is_no_year(low: str, figure: Figure) -> bool:
    """Tell "2020 suất quà" from a year: a unit stands behind it, and no word for a year before it."""
    if figure.carried or figure.opened:
        return False
    figure.ambiguous = True
    return not low[max(0, figure.start - 10) : figure.start].rstrip().endswith(_BEFORE_A_YEAR)


def is_printed_as_count(text: str, figure: Figure) -> bool:
    """Tell by capitals what is counted from a name: "8 nghìn HSSV"; not "số 01 Châu Văn Tiếp", not "CIENCO1"."""
    if figure.start and text[figure.start - 1].isupper():
        return False
    if not figure.opened:
        return True
    match = NEXT_WORDS.match(text, figure.opened)
    return match is not None and (match[1][0].islower() or (match[1].isupper() and len(match[1]) > 1))
