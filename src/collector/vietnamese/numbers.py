"""Numbers as texts print them: separators of two schools, and numbers in words.

``12.345`` is twelve thousand, ``4,54`` four and a half; English typists write both the other way round. A separator
with three digits behind it is the only doubtful form (VIETNAMESE, A 7, 10 and 12).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Numeral(NamedTuple):
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
    if text.isdecimal():
        return Numeral(float(text)) if len(text) <= _LONGEST else None
    if len(text) > _LONGEST + 7:
        return None
    if match := _GROUPS.fullmatch(text):
        return _grouped(text, match[1], scaled, percent)
    if match := _DECIMAL.fullmatch(text):
        # Three digits that are no group of thousands: "0,375", "2020,123".
        return Numeral(float(f"{match[1]}.{match[3]}"))
    if match := _MIXED.fullmatch(text):
        whole, rest = (match[1], match[2]) if match[1] else (match[3], match[4])
        return Numeral(float(f"{whole.replace('.', '').replace(',', '')}.{rest}"))
    return None


def _grouped(text: str, separator: str, scaled: bool, percent: bool) -> Numeral:
    plain = text.replace(separator, "")
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

    None too where nothing but ones stand there ("một" is an article as often as a number), and where two numbers stand
    side by side ("hai mươi ba mươi người": twenty or thirty).
    """
    count = _Count()
    return count.value() if all(count.takes(word) for word in words) else None


@dataclass(slots=True)
class _Count:
    """A number in words, as far as it was read."""

    total: float = 0  #: what is closed by a scale word
    group: int = 0  #: below a thousand
    one: int | None = None
    scale: int = 1  #: the last
    large: bool = False  #: more than ones

    def takes(self, word: str) -> bool:
        """Read one more word; False where it cannot stand here."""
        if word in _ONES:
            known, self.one = self.one, _ONES[word]
            return known is None  # "hai ba": two numbers, or none
        if word in _FILLING:
            return True
        self.large = True
        if word in _TENS:
            if self.group % 100:
                return False  # "hai mươi ba mươi"
            self._add(10 * (1 if self.one is None else self.one))
        elif word == _HUNDRED:
            if self.one is None or self.group:
                return False  # "hai trăm ba trăm"
            self._add(100 * self.one)
        elif word in _SCALES:
            return self._close(_SCALES[word])
        elif word == _HALF:
            closed = self.scale > 1 and not self.group and self.one is None
            self.total += self.scale // 2  # "một triệu rưỡi"
            return closed
        return word in NUMERAL_WORDS

    def _add(self, value: int) -> None:
        self.group, self.one = self.group + value, None

    def _close(self, scale: int) -> bool:
        if self.scale <= scale <= self.total:
            return False  # "hai nghìn ba nghìn"; "một nghìn hai trăm tỷ" goes up all the same
        self._add(self.one or 0)
        self.scale = scale
        if self.group == 0:
            self.total *= scale  # "hai nghìn tỷ"
            return self.total > 0  # "triệu đồng" by itself
        if 0 < self.total < scale:
            self.total = (self.total + self.group) * scale  # "một nghìn hai trăm tỷ"
        else:
            self.total += self.group * scale
        self.group = 0
        return True

    def value(self) -> float | None:
        """Return what was read, or None where it was only ones."""
        value = self.total + self.group + (self.one or 0)
        return value if self.large and 0 < value < 10**_LONGEST else None
