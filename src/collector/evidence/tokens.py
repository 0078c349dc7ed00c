"""A text as the pieces that matter around figures: numbers, times, phrases of the lexicon and marks, in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from collector.evidence import role
from collector.evidence.blanks import small, spaced
from collector.evidence.lexicon import Word
from collector.evidence.periods import DIGITS_TIME, TIME_PHRASES, TIME_WORDS, WORDS_TIME, when
from collector.evidence.phrases import pattern_of_pieces
from collector.vietnamese.numbers import FIRST_NUMERAL_WORDS, NUMERAL_WORDS, number_in_words

# Kinds of tokens. Plain numbers, one bit each: they are asked for at every token.
NUMBER, TIME_, WORD, MARK, REFERENCE, WORDS = 1, 2, 4, 8, 16, 32
NUMERAL = NUMBER | WORDS  #: in digits or in words

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
#: The longest number below a thousand billions has 22 words more; a word repeated for a megabyte is none.
_WORDS = rf"(?<![^\W_])(?:{_FIRST_NUMERAL})(?: +(?:{_ONE_NUMERAL})){{1,24}}(?![^\W_])"
_DIGITS = re.compile(rf"(?P<reference>{_REFERENCE})|{DIGITS_TIME}|(?P<number>{_NUMBER})")
_WORDS_TIME = re.compile(rf"(?:{WORDS_TIME})")
_NUMERALS = re.compile(_WORDS)
#: A number that is nothing else, by what stands behind it: "12.345 hộ", "5,2%;"; no year, month, clock or document has
#: that form. Three of four numbers are recognised so, without a look at the 25 forms of the others.
_PLAIN = (
    r"(?!(?:19|20)\d\d(?!\d))\d+(?:[.,]\d{3})*(?:[.,]\d{1,2})?"
    r"(?= ?[%|]|[;()\n”]|\.\n|[.,] [^\W\d_]| (?!tháng|(?:giờ|[hg]) ?\d)[^\W\d_])"
)
_ENDS = ".!?…\n"
_SIGNS = ';:!?…()[]\n"“”/%‰+-–—'
#: A full stop ends something where nothing follows it directly: "tp.hcm" has none.
_MARK = rf"[{re.escape(_SIGNS)}]|,(?!\d)|(?<!\d),|\.\.+|\.(?=[ \n\"”)]|\Z)"
#: A text cut wherever its kind changes.
_PIECE = r"[^\W\d_]+ ?| +|\.\.+|\d+(?:[.,]\d+)*|."
_PIECES = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|\.\.+|[^ ]", re.DOTALL)
#: A digit within four pieces behind a word.
_DIGIT_SOON = re.compile(rf"(?>{_PIECE})(?:(?>{_PIECE})){{0,3}}?[0-9]", re.DOTALL)


@dataclass(slots=True)
class Token:
    """A piece of the text: ``text[start:end]``."""

    kind: int
    start: int
    end: int
    value: Any  #: a :class:`Word`, a :class:`When`, the mark, the digits, or the value of numeral words
    roles: int = 0  #: :mod:`role` bits


@dataclass(slots=True)
class _Known:
    """What a phrase or a mark says by itself, and what else may begin with its first word."""

    kind: int
    value: Any  #: of the token; None: only what begins with it says something
    roles: int = 0
    time: int = 0  #: 1: a time may begin with it if a digit follows soon, 2: in any case
    numeral: bool = False  #: a number in words may begin with it
    begins: bool = False  #: either may


class Lexer:
    """Cuts texts into tokens by one lexicon."""

    def __init__(self, words: Mapping[str, Word]) -> None:
        phrases = {_joined(phrase): word for phrase, word in words.items()}
        known = {
            phrase: _known(phrase, phrases.get(phrase))
            for phrase in {*phrases, *FIRST_NUMERAL_WORDS, *TIME_WORDS, *TIME_PHRASES}
        }
        self._phrases = tuple(known)
        self._known = known | {phrase: known[_joined(phrase)] for phrase in words}
        self._known |= {mark: _Known(MARK, mark, role.END if mark in _ENDS else 0) for mark in (*_SIGNS, ",", ".")}

    @cached_property
    def _next(self) -> re.Pattern[str]:
        """Whatever a token may begin with: one search from token to token takes a third of a look at each word.

        Made when it is first needed: it takes 0.15 s, and most runs find no new bulletin.
        """
        pattern = pattern_of_pieces(map(_PIECES.findall, self._phrases))
        return re.compile(
            rf"(?<![^\W\d_])(?=[^\W\d_]){pattern}|(?=[{re.escape(_SIGNS)},.0-9])"
            rf"(?:(?P<mark>{_MARK})|(?=[0-9])(?<!\d)(?<!\d[.,])(?:(?P<plain>{_PLAIN})|(?P<digits>.)))"
        )

    def tokens(self, low: str) -> list[Token]:
        """Return the tokens of ``low``, a text as :func:`lowered` makes it; what says nothing is left out."""
        found: list[Token] = []
        place = 0
        while place >= 0:
            place = self._read(low, place, found)
        return found

    def _read(self, low: str, place: int, found: list[Token]) -> int:
        """Read on from a place; return where to begin again, behind a token longer than its beginning, or -1."""
        add, known_of = found.append, self._known.get
        for match in self._next.finditer(low, place):
            text = match[0]
            start, end = match.span()
            known = known_of(text)
            if known is not None and not known.begins:
                add(Token(known.kind, start, end, known.value, known.roles))
                continue
            group = match.lastgroup
            if group == "plain":
                add(Token(NUMBER, start, end, text))
            elif group == "mark":
                add(Token(MARK, start, end, text, role.END))  # dots in a row
            else:
                token = _digits(low, start) if group else self._worded(low, start, end, known)
                if token is not None:
                    add(token)
                    if token.end != end:
                        return token.end
        return -1

    def _worded(self, low: str, start: int, end: int, known: _Known | None) -> Token | None:
        """Return the time or the number in words that begins with a phrase's first word, or else the phrase."""
        if known is None:
            known = self._known[_joined(low[start:end])]
        if known.time and (known.time > 1 or _DIGIT_SOON.match(low, start)):
            match = _WORDS_TIME.match(low, start)
            if match is not None:
                return Token(TIME_, start, match.end(), when(match), role.TIME)
        if known.numeral and (match := _NUMERALS.match(low, start)) and (token := _spoken(match)):
            return token
        return None if known.value is None else Token(WORD, start, end, known.value, known.roles)


def _joined(phrase: str) -> str:
    """Return a phrase as it is looked up: one blank between its pieces, however many are printed."""
    return " ".join(_PIECES.findall(phrase))


def _known(phrase: str, word: Word | None) -> _Known:
    first = phrase.partition(" ")[0]
    time = 2 if first in TIME_PHRASES else 1 if first in TIME_WORDS else 0
    numeral = first in FIRST_NUMERAL_WORDS
    return _Known(WORD, word, 0 if word is None else word.roles, time, numeral, begins=time > 0 or numeral)


def _digits(low: str, start: int) -> Token:
    match = _DIGITS.match(low, start)
    assert match is not None, "a digit is a number at least"
    kind = match.lastgroup
    if kind == "number":
        return Token(NUMBER, start, match.end(), match[0])
    if kind == "reference":
        return Token(REFERENCE, start, match.end(), match[0])
    return Token(TIME_, start, match.end(), when(match), role.TIME)


def _spoken(match: re.Match[str]) -> Token | None:
    words, start = match[0].split(), match.start()
    value = number_in_words(words)
    if value is None and words[0] == "năm":  # "mỗi năm ba trăm triệu"
        value, start = number_in_words(words[1:]), start + len("năm ")
    return None if value is None else Token(WORDS, start, match.end(), value)


def lowered(text: str) -> str:
    """Return text in lower case, every kind of blank as a space, each letter at its place."""
    return small(spaced(text))
