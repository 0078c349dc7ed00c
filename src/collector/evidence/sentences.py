"""Sentences and paragraphs of a text, by the tokens that end them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collector.evidence.tokens import MARK, TIME_, WORD, Token

_ENDS = frozenset(".!?…")
_TITLES = frozenset(
    {"tp", "ths", "ts", "bs", "th", "gs", "pgs", "tx", "tt", "đ/c", "đc", "ks", "cn", "st", "q", "p", "h", "mr", "bv"}
)
_HEADING_NEVER = ".;!…"  #: ends one
_HEADING = 160  #: characters; a longer line is no heading


@dataclass(slots=True)
class Sentence:
    """Tokens ``first`` to ``last`` (not included), characters ``start`` to ``end``."""

    first: int
    last: int
    start: int
    end: int
    line: int  #: number of its paragraph
    opens: bool  #: the first of its paragraph
    closes: bool = False  #: the last of it
    roles: int = 0  #: of all its words together: what no word of it does need not be looked for
    times: Sequence[int] = ()  #: its tokens that are times

    def is_heading(self, low: str) -> bool:
        """Whether it is a whole short line that ends without a full stop."""
        return (
            self.opens and self.closes and self.end - self.start <= _HEADING and low[self.end - 1] not in _HEADING_NEVER
        )

    def is_item(self, low: str) -> bool:
        """Whether it is an item of a list: it begins with a dash, a sign or a number."""
        return low[self.start] in "-–+•*" or low[self.start].isdigit()


#: A sentence with more is cut: what is looked for in it again and again must have an end.
_MOST_TOKENS, MOST_CHARACTERS = 300, 6000
_AROUND = 100  #: tokens; so far a rule may look beyond a cut, or beyond dots, which end only a sentence


def sentences(low: str, tokens: list[Token]) -> list[Sentence]:
    """Return the sentences of a text; a line's end ends one, too."""
    found = _Found(low)
    times: list[int] = []
    first, start, roles = 0, 0, 0
    for index, token in enumerate(tokens):
        if index - first >= _MOST_TOKENS or token.start - start >= MOST_CHARACTERS:
            around = _roles(tokens[max(0, index - _AROUND) : index + _AROUND])
            found.add(first, index, start, token.start, roles | around, times)
            first, start, roles, times = index, token.start, around, []
        kind = token.kind
        if kind == WORD:
            roles |= token.roles
        elif kind == TIME_:
            times.append(index)
        elif kind == MARK:
            mark = token.value
            if mark == "\n":
                found.add(first, index, start, token.start, roles, times)
                found.end_line()
            elif mark[0] in _ENDS and not _abbreviated(low, token.start):
                found.add(first, index + 1, start, token.end, roles, times)
            else:
                continue
            first, start, times = index + 1, token.end, []
            roles = 0 if len(mark) == 1 else _roles(tokens[max(0, index - _AROUND) : index])
    found.add(first, len(tokens), start, len(low), roles, times)
    found.end_line()
    return found.sentences


def _roles(tokens: list[Token]) -> int:
    roles = 0
    for token in tokens:
        roles |= token.roles
    return roles


class _Found:
    """The sentences of a text, as far as it was read."""

    def __init__(self, low: str) -> None:
        self._low = low
        self.sentences: list[Sentence] = []
        self._line = 0
        self._opens = True

    def add(self, first: int, last: int, start: int, end: int, roles: int, times: list[int]) -> None:
        """Add a sentence without the blanks around it, if anything else stands in it."""
        text = self._low[start:end].strip()
        if text:
            start = self._low.index(text, start)
            self.sentences.append(
                Sentence(first, last, start, start + len(text), self._line, self._opens, roles=roles, times=times)
            )
            self._opens = False

    def end_line(self) -> None:
        """End the line, and with it its last sentence."""
        if self.sentences and self.sentences[-1].line == self._line:
            self.sentences[-1].closes = True
        self._line, self._opens = self._line + 1, True


def _abbreviated(low: str, dot: int) -> bool:
    start = dot
    while start and (low[start - 1].isalpha() or low[start - 1] == "/"):
        start -= 1
    return low[start:dot] in _TITLES
