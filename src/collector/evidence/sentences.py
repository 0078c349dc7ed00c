"""Sentences and paragraphs of a text, by the tokens that end them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from collector.evidence import role
from collector.evidence.tokens import Token

_TITLES = frozenset(
    {"tp", "ths", "ts", "bs", "th", "gs", "pgs", "tx", "tt", "đ/c", "đc", "ks", "cn", "st", "q", "p", "h", "mr", "bv"}
)
_HEADING_NEVER = ".;!…"  #: ends one
_HEADING = 160  #: characters; a longer line is no heading


#: Where a text may be cut: behind a line, a sentence or a part of one; a number's own separators are none.
_CUT = re.compile(r"\n|[.,;:!?…)](?=\s)")


def opening(text: str, length: int) -> str:
    """Return the beginning of a text, of at most ``length`` characters, that ends where names do.

    Cut anywhere, "huyện Cù Lao Dung" was once "huyện Cù Lao", and another time "huyện C".
    """
    if len(text) <= length:
        return text
    ends = [match.end() for match in _CUT.finditer(text, length // 2, length)]
    return text[: ends[-1]] if ends else text[:length].rpartition(" ")[0]


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
    roles: int = 0  #: of all its tokens together: what none of them does need not be looked for

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
    found = _Found(low, tokens)
    for index in [index for index, token in enumerate(tokens) if token.roles & role.END]:
        mark = tokens[index]
        found.cut(index)
        if mark.value == "\n":
            found.end(index, mark.start)
            found.end_line()
            found.begin(index + 1, mark.end)
        elif not _abbreviated(low, mark.start):
            found.end(index + 1, mark.end)
            # No rule stops at dots.
            found.begin(
                index + 1, mark.end, 0 if len(mark.value) == 1 else _roles(tokens[max(0, index - _AROUND) : index])
            )
    if tokens:
        found.cut(len(tokens) - 1)
    found.end(len(tokens), len(low))
    found.end_line()
    return found.sentences


def _roles(tokens: list[Token]) -> int:
    roles = 0
    for token in tokens:
        roles |= token.roles
    return roles


class _Found:
    """The sentences of a text, as far as it was read, and the open one."""

    def __init__(self, low: str, tokens: list[Token]) -> None:
        self._low, self._tokens = low, tokens
        self.sentences: list[Sentence] = []
        self._line, self._opens = 0, True
        self.begin(0, 0)

    def begin(self, first: int, start: int, around: int = 0) -> None:
        """Begin a sentence; ``around``: roles of what its rules may meet beyond it."""
        self._first, self._start, self._around = first, start, around

    def cut(self, last: int) -> None:
        """Cut the open sentence wherever it has too many tokens or characters up to the token ``last``."""
        tokens = self._tokens
        while last - self._first >= _MOST_TOKENS or tokens[last].start - self._start >= MOST_CHARACTERS:
            index, far = self._first, self._start + MOST_CHARACTERS
            while index - self._first < _MOST_TOKENS and tokens[index].start < far:
                index += 1
            around = _roles(tokens[max(0, index - _AROUND) : index + _AROUND])
            self._around |= around
            self.end(index, tokens[index].start)
            self.begin(index, tokens[index].start, around)

    def end(self, last: int, end: int) -> None:
        """End the open sentence without the blanks around it; it is none if nothing else stands in it."""
        text = self._low[self._start : end].strip()
        if not text:
            return
        start = self._low.index(text, self._start)
        roles = self._around | _roles(self._tokens[self._first : last])
        self.sentences.append(
            Sentence(self._first, last, start, start + len(text), self._line, self._opens, roles=roles)
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
