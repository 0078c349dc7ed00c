"""The place of a figure: where a list or a sentence gives a district or a commune a number of its own."""

from __future__ import annotations

import re

from collector.evidence.figures import Figure
from collector.vietnamese.characters import CAPITALS

_KIND = (
    r"(?:[Hh]uyện|[Tt]hị xã|TX\.?|[Tt]hành phố|TP\.?|Tp\.?|[Qq]uận|[Xx]ã|[Pp]hường|[Tt]hị trấn|TT\.?|[Tt]ỉnh"
    r"|[Đđ]ặc khu) ?"
)
_SYLLABLE = rf"[{CAPITALS}][^\W\d_]*(?:'[^\W\d_]+)?"
_NAME = rf"{_SYLLABLE}(?:(?: - | ?['’-]| ){_SYLLABLE}){{0,4}}"
#: "Pác Nặm 35,22%", "huyện Kế Sách giảm 214 hộ", "Ô Lâm: 322", "Nhơn Trạch (29.614)", "TP Bắc Kạn thấp nhất, 1,93%".
_BEFORE = re.compile(
    rf"(?:^|[,;:.(\n–-]|(?<![^\W_])(?={_KIND}))\s*"
    r"(?:(?:và|kế đó|tiếp đến|tiếp theo|cao nhất|thấp nhất|riêng|là|nhất là|gồm|xếp sau là|đến|ở|tại) )*"
    rf"(?P<place>(?P<kind>{_KIND})?(?P<name>{_NAME}))"
    r"(?: (?:là|có|đạt|còn|với|giảm|tăng|giảm còn|chiếm|được|thấp nhất,|cao nhất,|trên|gần|khoảng|hơn"
    r"|lên|khi))*\s*[:(–-]?\s*$"
)
#: The words of that pattern behind the name, one by one.
_LINKS = frozenset("là có đạt còn với giảm tăng chiếm được thấp cao nhất, trên gần khoảng hơn lên khi".split())
_REACH = 70  #: characters looked at before a figure
#: Capitals that begin no place.
_NO_PLACE = frozenset(
    "sở ban ubnd hđnd hội trung phòng chi liên đoàn ủy đảng chương nghị quyết quỹ ngân công bảo bộ chính tổng "
    "toàn năm tỷ số trong ngoài hiện theo đến từ người lao hộ cả các những tại đã riêng nhờ bhxh bhyt bhtn lđ "
    "nhật hàn đài mặt mttq".split()
)
_FEW = 2


def places(text: str, figures: list[Figure], first: int) -> list[str | None]:
    """Return the place of each figure of a sentence, or None.

    A name alone is a place only where two figures at least have one: a list. With "huyện", "xã" … before it, it is one
    by itself.

    Args:
        text: as printed.
        figures: of one sentence.
        first: where the sentence begins.
    """
    found: list[tuple[str, bool] | None] = []
    floor = first
    for figure in figures:
        found.append(_place(text, max(floor, figure.start - _REACH), figure.start))
        floor = figure.end
    listed = sum(one is not None for one in found) >= _FEW
    return [one[0] if one is not None and (listed or one[1]) else None for one in found]


def _place(text: str, start: int, end: int) -> tuple[str, bool] | None:
    before = text[start:end]
    if before.islower() or not _may_end_with_a_name(before):
        return None
    match = _BEFORE.search(before)
    if match is None or match["name"].isupper():
        return None
    # "huyện Ngân Sơn" is a place, "Ngân hàng" none.
    if not match["kind"] and (" " not in match["name"] or match["name"].split()[0].lower() in _NO_PLACE):
        return None
    return match["place"], bool(match["kind"])


def _may_end_with_a_name(before: str) -> bool:
    """Tell whether the last word but the linking ones has a capital, as a name has: a tenth of the pattern's time."""
    for word in reversed(before.rsplit(None, 3)):
        if word not in _LINKS and (word := word.rstrip(":(–-")) and word not in _LINKS:
            return not word.islower()
    return True
