"""What an edit changed, readable: by paragraphs, and within a changed paragraph by words. Pure.

The shortest way from one text to the other, by the greedy algorithm of E. W. Myers (An O(ND) difference algorithm and
its variations, 1986), because its cost can be bounded while it runs: it grows with the number of changes, and what has
too many is shown as replaced, which is what it is. difflib took 6 s for two paragraphs of 1,000 words of which every
second one was the same word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Literal

Change = Literal["same", "added", "removed"]

#: Words, and numbers whole: of 2.454 and 12.454 nobody wants to read that 2 became 12.
_WORDS = re.compile(r"\s+|\d+(?:[.,/]\d+)*|[^\W_]+|[\W_]")
#: Unchanged paragraphs that are shown around a change.
_AROUND = 1
#: Steps that the comparisons of one page may take: 0.2 s. 600 changed words in a paragraph take half of them.
_STEPS = 400_000


@dataclass(slots=True)
class Effort:
    """What the comparisons of one page may still cost; they share it."""

    steps: int = _STEPS


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


def compare(before: str, after: str, effort: Effort | None = None) -> list[Line]:
    """Return the paragraphs of two texts side by side; runs of unchanged ones are left out but for their ends.

    Of a line, the stretches that were there before, joined, are the paragraph before; those that are there after, the
    one after. What is left of ``effort`` bounds the comparison and is used up by it; beyond it texts are replaced.
    """
    return list(_shortened(list(_lines(before.split("\n"), after.split("\n"), effort or Effort()))))


def _lines(before: list[str], after: list[str], effort: Effort) -> Iterator[Line]:
    for same, old, new in _blocks(before, after, effort):
        if same:
            yield from (Line((Stretch("same", text),)) for text in old)
            continue
        for was, now in zip_longest(old, new):
            if was is None:
                yield Line((Stretch("added", now),))
            elif now is None:
                yield Line((Stretch("removed", was),))
            else:
                yield Line(tuple(_stretches(_WORDS.findall(was), _WORDS.findall(now), effort)))


def _stretches(before: list[str], after: list[str], effort: Effort) -> Iterator[Stretch]:
    blocks = [(same, "".join(old), "".join(new)) for same, old, new in _blocks(before, after, effort)]
    last = len(blocks) - 1
    # A blank that two changes have in common is part of them: ten words replaced are one change and not ten.
    joined = [
        (same and not (0 < number < last and not any(map(str.isalnum, old))), old, new)
        for number, (same, old, new) in enumerate(blocks)
    ]
    for same, run in groupby(joined, key=lambda block: block[0]):
        parts = list(run)
        old, new = "".join(part[1] for part in parts), "".join(part[2] for part in parts)
        if same:
            yield Stretch("same", old)
            continue
        if old:
            yield Stretch("removed", old)
        if new:
            yield Stretch("added", new)


def _blocks(
    before: Sequence[str], after: Sequence[str], effort: Effort
) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Yield what is the same and what is not, in turns, as the part before and the part after."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if head:
        yield True, before[:head], after[:head]
    i, j = 0, 0
    for at, other, length in _in_common(old, new, effort):
        if i < at or j < other:
            yield False, old[i:at], new[j:other]
        yield True, old[at : at + length], new[other : other + length]
        i, j = at + length, other + length
    if i < len(old) or j < len(new):
        yield False, old[i:], new[j:]
    if tail:
        yield True, before[len(before) - tail :], after[len(after) - tail :]


def _in_common(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[tuple[int, int, int]]:
    """Return what both have in common, in order: place in the old, in the new, length; nothing where it costs too much.

    ``ways[d]`` holds for d changes how far the old is used up on each diagonal: place in the old less that in the new.
    """
    numbers: dict[str, int] = {}
    a, b = ([numbers.setdefault(one, len(numbers)) for one in words] for words in (old, new))
    if not a or not b:
        return []
    far = {1: 0}
    ways: list[dict[int, int]] = []
    for changes in range(len(a) + len(b) + 1):
        ways.append(far)
        reached: dict[int, int] = {}
        for diagonal in range(-changes, changes + 1, 2):
            down = diagonal == -changes or (diagonal != changes and far[diagonal - 1] < far[diagonal + 1])
            x = far[diagonal + 1] if down else far[diagonal - 1] + 1
            begun = x
            while x < len(a) and 0 <= x - diagonal < len(b) and a[x] == b[x - diagonal]:
                x += 1
            reached[diagonal] = x
            effort.steps -= 1 + x - begun
            if x >= len(a) and x - diagonal >= len(b):
                return _traced(ways, len(a), len(b))
        if effort.steps < 0:
            effort.steps = 0
            return []
        far = reached
    raise AssertionError("two texts are never further apart than both of them")


def _traced(ways: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, int]]:
    """Return the way that led to ``x`` and ``y``, as stretches in common."""
    found: list[tuple[int, int, int]] = []
    for changes in range(len(ways) - 1, -1, -1):
        far, diagonal = ways[changes], x - y
        down = diagonal == -changes or (diagonal != changes and far[diagonal - 1] < far[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        start = far[before] if down else far[before] + 1
        if x > start:
            found.append((start, start - diagonal, x - start))
        x = far[before]
        y = x - before
    return found[::-1]


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
