"""What an edit changed, readable: by paragraphs, and within a changed paragraph by words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

Change = Literal["same", "added", "removed"]

_WORDS = re.compile(r"\s+|[^\W_]+|[\W_]")
#: difflib compares every word with every equal one: 1,000 times 1,000 equal words take 0.1 s, ten times as many 10 s.
#: What is longer is shown as replaced, whole.
_MOST_PAIRS = 1_000_000
#: Unchanged paragraphs that are shown around a change.
_AROUND = 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that were there before and after, only after, or only before."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of the comparison; ``left_out``: how many unchanged ones are not shown instead."""

    stretches: tuple[Stretch, ...] = ()
    left_out: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything in it is not as it was."""
        return any(one.change != "same" for one in self.stretches)


def compare(before: str, after: str) -> list[Line]:
    """Return the paragraphs of two texts side by side; runs of unchanged ones are left out but for their ends."""
    return list(_shortened(list(_lines(before.split("\n"), after.split("\n")))))


def _lines(before: list[str], after: list[str]) -> Iterator[Line]:
    for kind, low, high, start, stop in _blocks(before, after):
        if kind == "equal":
            yield from (Line((Stretch("same", text),)) for text in before[low:high])
            continue
        for old, new in zip_longest(before[low:high], after[start:stop]):
            if old is None:
                yield Line((Stretch("added", new),))
            elif new is None:
                yield Line((Stretch("removed", old),))
            else:
                yield Line(tuple(_stretches(_WORDS.findall(old), _WORDS.findall(new))))


def _stretches(before: list[str], after: list[str]) -> Iterator[Stretch]:
    for kind, low, high, start, stop in _blocks(before, after):
        if kind == "equal":
            yield Stretch("same", "".join(before[low:high]))
            continue
        if low < high:
            yield Stretch("removed", "".join(before[low:high]))
        if start < stop:
            yield Stretch("added", "".join(after[start:stop]))


def _blocks(before: list[str], after: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Return difflib's opcodes; what is equal at both ends is never compared twice."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(old) * len(new) > _MOST_PAIRS:
        inner = [("replace", 0, len(old), 0, len(new))]
    else:
        inner = list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    found = [("equal", 0, head, 0, head)] if head else []
    found += [(kind, low + head, high + head, start + head, stop + head) for kind, low, high, start, stop in inner]
    if tail:
        found.append(("equal", len(before) - tail, len(before), len(after) - tail, len(after)))
    return found


def _shortened(lines: list[Line]) -> Iterator[Line]:
    changed = [number for number, line in enumerate(lines) if line.changed]
    near = {near for number in changed for near in range(number - _AROUND, number + _AROUND + 1)}
    left_out = 0
    for number, line in enumerate(lines):
        if number in near:
            if left_out:
                yield Line(left_out=left_out)
            left_out = 0
            yield line
        else:
            left_out += 1
    if left_out:
        yield Line(left_out=left_out)
