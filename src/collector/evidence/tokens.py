"""A text as the pieces that matter around figures: numbers, times, phrases of the lexicon and marks, in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from collector.evidence.lexicon import Word
from collector.evidence.periods import DIGITS_TIME, TIME_PHRASES, TIME_WORDS, WORDS_TIME, when
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
#: The longest number below a thousand billions has 22 words more; a word repeated for a megabyte is none.
_WORDS = rf"(?<![^\W_])(?:{_FIRST_NUMERAL})(?: +(?:{_ONE_NUMERAL})){{1,24}}(?![^\W_])"
_DIGITS = re.compile(rf"(?P<reference>{_REFERENCE})|{DIGITS_TIME}|(?P<number>{_NUMBER})")
_WORDS_TIME = re.compile(rf"(?:{WORDS_TIME})")
_NUMERALS = re.compile(_WORDS)
#: A text cut wherever its kind changes; blanks stay, so that lengths add up to places.
_PIECE = re.compile(r"[^\W\d_]+ ?|\d+(?:[.,]\d+)*| +|\.\.+|.", re.DOTALL)
_MARKS = frozenset(';:!?…()[]\n,"“”/%‰+-–—.')


class Token(NamedTuple):
    """A piece of the text: ``text[start:end]``."""

    kind: int
    start: int
    end: int
    value: Any  #: a :class:`Word`, a :class:`When`, the mark, the digits, or the value of numeral words


class _Node:
    """A place in the tree of phrases: what ends here, and what may follow."""

    __slots__ = ("follows", "numeral", "time", "word")

    def __init__(self) -> None:
        self.word: Word | None = None
        self.follows: dict[str, _Node] = {}
        self.time = 0  #: 1: a time may begin with this word if a digit follows soon, 2: in any case
        self.numeral = False  #: a number in words may begin with it


class Lexer:
    """Cuts texts into tokens by one lexicon."""

    def __init__(self, words: Mapping[str, Word]) -> None:
        self._first: dict[str, _Node] = {}
        for phrase, word in words.items():
            follows, node = self._first, None
            for piece in map(str.strip, _PIECE.findall(phrase)):
                if piece:
                    # A word's piece holds the blank behind it.
                    node = follows[f"{piece} "] = follows.setdefault(piece, _Node())
                    follows = node.follows
            if node is not None:
                node.word = word
        for name in FIRST_NUMERAL_WORDS | TIME_WORDS | TIME_PHRASES:
            node = self._first[f"{name} "] = self._first.setdefault(name, _Node())
            node.numeral = name in FIRST_NUMERAL_WORDS
            node.time = 2 if name in TIME_PHRASES else 1 if name in TIME_WORDS else 0

    def tokens(self, low: str) -> list[Token]:
        """Return the tokens of ``low``, a text as :func:`lowered` makes it; what says nothing is left out."""
        pieces = _PIECE.findall(low)
        starts = list(accumulate(map(len, pieces), initial=0))
        node_of, phrase = self._first.get, self._phrase
        found: list[Token] = []
        end = 0
        for index, piece in enumerate(pieces):
            start = starts[index]
            if start < end:
                continue
            node = node_of(piece)
            if node is not None:
                token = phrase(low, pieces, starts, index, node)
            elif piece[0] == " ":
                continue
            elif "0" <= piece[0] <= "9":
                token = _digits(low, start)
            elif piece[0] in _MARKS:
                token = _mark(low, piece, start)
            else:
                continue
            if token is not None:
                found.append(token)
                end = token[2]
        return found

    def _phrase(self, low: str, pieces: list[str], starts: list[int], index: int, node: _Node) -> Token | None:
        """Return the longest phrase that begins here, or the time or the number in words."""
        if node.time and (node.time > 1 or _digit_soon(pieces, index)):
            match = _WORDS_TIME.match(low, starts[index])
            if match is not None:
                return Token(TIME_, starts[index], match.end(), when(match))
        if node.numeral and (match := _NUMERALS.match(low, starts[index])) and (token := _spoken(match)):
            return token
        best, end = node.word, index + 1
        follow, count = index + 1, len(pieces)
        while node.follows and follow < count:
            if pieces[follow][0] == " ":
                follow += 1
                continue
            after = node.follows.get(pieces[follow])
            if after is None:
                break
            node = after
            follow += 1
            if node.word is not None:
                best, end = node.word, follow
        if best is None:
            return None
        return Token(WORD, starts[index], starts[end] - (pieces[end - 1][-1] == " "), best)


def _digit_soon(pieces: list[str], index: int) -> bool:
    return any("0" <= piece[0] <= "9" for piece in pieces[index + 1 : index + 5])


def _mark(low: str, piece: str, start: int) -> Token | None:
    if piece == "." and low[start + 1 : start + 2] not in _BEHIND_STOP:
        return None
    return Token(MARK, start, start + len(piece), piece)


#: What stands behind a full stop; "nothing" is in every set of letters.
_BEHIND_STOP = frozenset({"", " ", "\n", '"', "”", ")"})


def _digits(low: str, start: int) -> Token | None:
    match = _DIGITS.match(low, start)
    if match is None:
        return None
    kind = match.lastgroup
    if kind == "number":
        return Token(NUMBER, start, match.end(), match[0])
    if kind == "reference":
        return Token(REFERENCE, start, match.end(), match[0])
    return Token(TIME_, start, match.end(), when(match))


def _spoken(match: re.Match[str]) -> Token | None:
    words, start = match[0].split(), match.start()
    value = number_in_words(words)
    if value is None and words[0] == "năm":  # "mỗi năm ba trăm triệu"
        value, start = number_in_words(words[1:]), start + len("năm ")
    return None if value is None else Token(WORDS, start, match.end(), value)


_BLANK = re.compile("[\t\u00a0\u2007\u2009\u202f\u3000\r\x0b\x0c\u2028\u2029\x85]")


def lowered(text: str) -> str:
    """Return text in lower case, every kind of blank as a space, each letter at its place."""
    low = text.lower()
    if len(low) != len(text):  # İ becomes two letters
        low = "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)
    return _BLANK.sub(" ", low)
