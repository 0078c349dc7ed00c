"""A text as the pieces that matter around figures: numbers, times, phrases of the lexicon and marks, in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from collector.evidence.lexicon import Word
from collector.evidence.periods import TIME, When, when
from collector.evidence.phrases import pattern_of
from collector.vietnamese.numbers import FIRST_NUMERAL_WORDS, NUMERAL_WORDS, number_in_words

# Kinds of tokens. Plain numbers: they are asked for at every token.
NUMBER, TIME_, WORD, MARK, REFERENCE, WORDS = range(6)

#: Document numbers: 1142/QĐ-UBND, 09-ĐA/TU, 49/2010/QĐ-TTg, 30a/2008/NQ-CP, 42-NQ/TW, 05/KH-UBND.
_REFERENCE = (
    r"\d{1,6}[a-z]?(?: ?/ ?(?:19|20)\d{2})? ?[/-] ?[a-zđ]{1,6}\d{0,2}(?: ?[-/&] ?[a-zđ]{1,10}\d{0,2})+(?![^\W_])"
    r"|\d{1,6}[a-z]?/(?:19|20)\d{2}/[a-zđ]+\d*(?![^\W_])"
)
_NUMBER = (
    r"[1-9]\d{0,2}(?: \d{3})+(?![.,]?\d)"
    # A typist's space beside the separator: "48. 730 triệu", "33, 471 tỷ", "32 ,9%".
    r"|\d{1,3}(?:\.\d{3})*[.,] \d{3}(?= ?(?:nghìn|ngàn|triệu|tr|tỷ|tỉ|đồng|đ)(?![^\W_]))|\d+ ,\d+(?= ?%)"
    r"|\d+(?:[.,]\d+)*"
)
_ONE_NUMERAL = "|".join(sorted(NUMERAL_WORDS, key=len, reverse=True))
_FIRST_NUMERAL = "|".join(sorted(FIRST_NUMERAL_WORDS))
_WORDS = rf"(?<![^\W_])(?:{_FIRST_NUMERAL})(?: +(?:{_ONE_NUMERAL}))+(?![^\W_])"
_MARK = r"[;:!?…()\[\]\n,\"“”/%‰+]|\.(?=[\s\"”)]|$)|\.\.+|[-–—]"


class Token(NamedTuple):
    """A piece of the text: ``text[start:end]``."""

    kind: int
    start: int
    end: int
    value: Any  #: a :class:`Word`, a :class:`When`, the mark, the digits, or the value of numeral words


class Lexer:
    """Cuts texts into tokens by one lexicon."""

    def __init__(self, words: Mapping[str, Word]) -> None:
        self._words = words
        # The lookbehind lets a unit be glued to its number: 105.000.000đ, 30m2.
        self._pattern = re.compile(
            rf"(?P<reference>{_REFERENCE})|(?P<time>{TIME})|(?P<number>{_NUMBER})|(?P<words>{_WORDS})"
            rf"|(?<![^\W\d_])(?P<word>{pattern_of(words)})|(?P<mark>{_MARK})"
        )

    def tokens(self, low: str) -> list[Token]:
        """Return the tokens of ``low``, a text as :func:`lowered` makes it; what says nothing is left out."""
        found = []
        words = self._words
        for match in self._pattern.finditer(low):
            kind = match.lastgroup
            start, end = match.span()
            if kind == "word":
                text = match[0]
                word = words.get(text) or words[" ".join(text.split())]
                found.append(Token(WORD, start, end, word))
            elif kind == "mark":
                found.append(Token(MARK, start, end, match[0]))
            elif kind == "number":
                found.append(Token(NUMBER, start, end, match[0]))
            elif kind == "time":
                found.append(_time(match, start, end))
            elif kind == "words":
                spoken = match[0].split()
                value = number_in_words(spoken)
                if value is None and spoken[0] == "năm":  # "mỗi năm ba trăm triệu"
                    value, start = number_in_words(spoken[1:]), start + len("năm ")
                if value is not None:
                    found.append(Token(WORDS, start, end, value))
            else:
                found.append(Token(REFERENCE, start, end, match[0]))
        return found


def _time(match: re.Match[str], start: int, end: int) -> Token:
    said: When = when(match)
    return Token(TIME_, start, end, said)


#: One for one, so that places stay: every kind of blank as a space.
_BLANKS = {ord(blank): " " for blank in "\t\u00a0\u2007\u2009\u202f\u3000\r\x0b\x0c\u2028\u2029\x85"}


def lowered(text: str) -> str:
    """Return text in lower case, blanks as spaces, each letter at its place."""
    low = text.lower()
    if len(low) != len(text):  # İ becomes two letters
        low = "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)
    return low.translate(_BLANKS)
