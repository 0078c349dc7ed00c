"""Sentences and paragraphs of a text, by the tokens that end them."""

from __future__ import annotations

from dataclasses import dataclass

from collector.evidence.tokens import MARK, Token

_ENDS = frozenset(".!?…")
_TITLES = frozenset(
    {"tp", "ths", "ts", "bs", "th", "gs", "pgs", "tx", "tt", "đ/c", "đc", "ks", "cn", "st", "q", "p", "h", "mr", "bv"}
)
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

    def is_heading(self, low: str) -> bool:
        """Whether it is a whole short line that ends without a full stop."""
        text = low[self.start : self.end]
        return self.opens and self.closes and len(text) <= _HEADING and not text.endswith((".", ";", "!", "…"))

    def is_item(self, low: str) -> bool:
        """Whether it is an item of a list: it begins with a dash, a sign or a number."""
        return low[self.start] in "-–+•*" or low[self.start].isdigit()


#: A sentence with more is cut: what is looked for in it again and again must have an end.
_MOST_TOKENS, MOST_CHARACTERS = 300, 6000


def sentences(low: str, tokens: list[Token]) -> list[Sentence]:
    """Return the sentences of a text; a line's end ends one, too."""
    found: list[Sentence] = []
    first, start, line, opens = 0, 0, 0, True
    for index, token in enumerate(tokens):
        if index - first >= _MOST_TOKENS or token.start - start >= MOST_CHARACTERS:
            if _add(found, low, first, index, start, token.start, line, opens):
                opens = False
            first, start = index, token.start
        if token.kind != MARK:
            continue
        if token.value == "\n":
            _add(found, low, first, index, start, token.start, line, opens, closes=True)
            first, start, line, opens = index + 1, token.end, line + 1, True
        elif token.value[0] in _ENDS and not _abbreviated(low, token.start):
            if _add(found, low, first, index + 1, start, token.end, line, opens):
                opens = False
            first, start = index + 1, token.end
    _add(found, low, first, len(tokens), start, len(low), line, opens, closes=True)
    return found


def _add(
    found: list[Sentence],
    low: str,
    first: int,
    last: int,
    start: int,
    end: int,
    line: int,
    opens: bool,
    *,
    closes: bool = False,
) -> bool:
    while start < end and low[start].isspace():
        start += 1
    while end > start and low[end - 1].isspace():
        end -= 1
    if start == end:
        if closes and found and found[-1].line == line:
            found[-1].closes = True
        return False
    found.append(Sentence(first, last, start, end, line, opens, closes))
    return True


def _abbreviated(low: str, dot: int) -> bool:
    start = dot
    while start and (low[start - 1].isalpha() or low[start - 1] == "/"):
        start -= 1
    return low[start:dot] in _TITLES
