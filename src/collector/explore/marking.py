"""A text with what was found in it, cut into pieces that a page can show: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands from ``start`` to ``end`` (code points) of a text."""

    start: int
    end: int
    kind: str  #: ``figure``, ``person`` or ``document``
    ids: tuple[int, ...]  #: of the rows that point here
    hint: str = ""  #: what a reader is told when pointing at it


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one paragraph, marked or not."""

    text: str
    mark: Mark | None = None
    #: rows that point into this piece besides the mark's own: spans may overlap, and each needs a place to link to
    also: tuple[tuple[str, int], ...] = ()


def paragraphs(text: str, marks: Iterable[Mark]) -> list[list[Piece]]:
    """Return the text's paragraphs (its lines), each cut where marks begin and end.

    Joined, the pieces of a paragraph are its line. Of marks that overlap the one that begins first is shown, of those
    that begin together the longest; the others' ids go into its ``also``. Marks outside the text are cut to it.
    """
    shown = _apart(text, marks)
    lines: list[list[Piece]] = []
    start, upcoming = 0, 0
    for line in text.split("\n"):
        end = start + len(line)
        pieces: list[Piece] = []
        at = start
        while upcoming < len(shown) and shown[upcoming][0].start < end:
            mark, also = shown[upcoming]
            if mark.start > at:
                pieces.append(Piece(text[at : mark.start]))
            at = min(mark.end, end)
            pieces.append(Piece(text[max(mark.start, start) : at], mark, also))
            if mark.end <= end + 1:  # the line's end itself shows nothing
                upcoming += 1
            else:
                # Over the end of a line: the rest is a piece of the next one, and only the first is linked to.
                shown[upcoming] = (replace(mark, start=end + 1, ids=()), ())
                break
        if at < end:
            pieces.append(Piece(text[at:end]))
        lines.append(pieces)
        start = end + 1
    return lines


def _apart(text: str, marks: Iterable[Mark]) -> list[tuple[Mark, tuple[tuple[str, int], ...]]]:
    """Return marks that do not overlap, in order, each with the ids of those that it hides."""
    shown: list[tuple[Mark, tuple[tuple[str, int], ...]]] = []
    inside = (replace(mark, start=max(0, mark.start), end=min(len(text), mark.end)) for mark in marks)
    for mark in sorted((one for one in inside if one.start < one.end), key=lambda one: (one.start, -one.end)):
        if not shown or mark.start >= shown[-1][0].end:
            shown.append((mark, ()))
            continue
        before, also = shown[-1]
        if (mark.start, mark.end, mark.kind) == (before.start, before.end, before.kind):
            hints = dict.fromkeys(hint for hint in (before.hint, mark.hint) if hint)
            shown[-1] = (replace(before, ids=before.ids + mark.ids, hint="; ".join(hints)), also)
        else:
            shown[-1] = (before, also + tuple((mark.kind, number) for number in mark.ids))
    return shown
