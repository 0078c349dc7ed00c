"""Numbers as texts print them: separators of two schools, and numbers in words.

``12.345`` is twelve thousand, ``4,54`` four and a half; English typists write both the other way round. A separator
with three digits behind it is the only doubtful form (VIETNAMESE, A 7, 10 and 12).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Numeral:
    """What a printed number is worth."""

    value: float
    ambiguous: bool = False  #: its form allows another value


_GROUPS = re.compile(r"[1-9]\d{0,2}(?:([., \u00a0\u202f])\d{3})(?:\1\d{3})*")
_DECIMAL = re.compile(r"(\d+)([.,])(\d+)")
_MIXED = re.compile(r"(\d{1,3}(?:\.\d{3})+),(\d+)|(\d{1,3}(?:,\d{3})+)\.(\d+)")
#: More digits than any count of people or sum of money has; longer runs are telephone or account numbers.
_LONGEST = 18


def numeral(text: str, *, scaled: bool = False, percent: bool = False) -> Numeral | None:
    """Return the value of digits with separators, or None where they are no number (``1,2,3``, ``12.5.20``).

    Args:
        text: digits, with ``.``, ``,`` or spaces between them.
        scaled: the number stands before a scale word (``triệu``), where a fraction is to be expected: ``10,117 tỷ`` is
            10.117 billions, ``21,700 người`` is 21,700 people.
        percent: it stands before ``%``: thousands of per cent are no share.
    """
    if text.isdigit():
        return Numeral(float(text)) if len(text) <= _LONGEST else None
    if len(text) > _LONGEST + 7:
        return None
    if _GROUPS.fullmatch(text):
        return _grouped(text, scaled=scaled, percent=percent)
    if match := _DECIMAL.fullmatch(text):
        # Three digits that are no group of thousands: "0,375", "2020,123".
        return Numeral(float(f"{match[1]}.{match[3]}"))
    if match := _MIXED.fullmatch(text):
        whole, rest = (match[1], match[2]) if match[1] else (match[3], match[4])
        return Numeral(float(f"{whole.replace('.', '').replace(',', '')}.{rest}"))
    return None


def _grouped(text: str, *, scaled: bool, percent: bool) -> Numeral:
    plain = "".join(filter(str.isdigit, text))
    separator = next(letter for letter in text if not letter.isdigit())
    alone = text.count(separator) == 1
    if alone and percent and separator in ".,":
        return Numeral(float(text.replace(",", ".")), ambiguous=separator == ".")
    if alone and separator == ",":
        return Numeral(float(text.replace(",", "."))) if scaled else Numeral(float(plain), ambiguous=True)
    return Numeral(float(plain))


#: What a numeral word is worth among the ones, by itself or behind "mươi" and "mười".
_ONES = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5, "sáu": 6,
    "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_TENS = {"mười": 10, "mươi": 10, "chục": 10}
_HUNDRED = "trăm"
_SCALES = {"nghìn": 10**3, "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}
_FILLING = {"linh", "lẻ"}
_HALF = "rưỡi"
#: Every word that a number in words is made of.
NUMERAL_WORDS = frozenset({*_ONES, *_TENS, _HUNDRED, *_SCALES, *_FILLING, _HALF})
#: Those that a number in words begins with.
FIRST_NUMERAL_WORDS = frozenset({*_ONES, "mười"})


def number_in_words(words: Iterable[str]) -> float | None:
    """Return the value of numeral words in lower case (``năm trăm hai mươi lăm triệu``), or None.

    None too where nothing but ones stand there: "một" is an article as often as a number.
    """
    total: float = 0  # what is closed by a scale word
    last = 1  # the last scale
    group = 0  # below a thousand
    one: int | None = None
    large = False
    for word in words:
        if word in _ONES:
            if one is not None:
                return None  # "hai ba": two numbers, or none
            one = _ONES[word]
        elif word in _TENS:
            large = True
            group += 10 * (1 if one is None else one)
            one = None
        elif word == _HUNDRED:
            large = True
            if one is None:
                return None
            group += 100 * one
            one = None
        elif word == _HALF:
            if last == 1 or group or one is not None:
                return None
            total += last // 2  # "một triệu rưỡi"
        elif word in _SCALES:
            large = True
            last = _SCALES[word]
            group += one or 0
            one = None
            scale = _SCALES[word]
            if group == 0:
                if total == 0:
                    return None  # "triệu đồng" by itself
                total *= scale  # "hai nghìn tỷ"
            else:
                total = (total + group) * scale if 0 < total < scale else total + group * scale
            group = 0
        elif word not in _FILLING:
            return None
    value = total + group + (one or 0)
    return value if large and value else None
