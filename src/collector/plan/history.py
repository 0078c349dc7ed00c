"""Which of the captures that somebody else keeps are worth fetching."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.model import Memento

#: What a page may call itself in an index: ``unk`` and nothing are no denial, a revisit repeats an earlier page.
_PAGES = ("text/html", "application/xhtml", "warc/revisit", "unk", "application/octet-stream")
_ABSENT = frozenset({404, 410})
#: Nothing more comes of them: they are here, they hold nothing, or nobody has them.
_SETTLED = frozenset({"imported", "same", "no_content", "absent"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A capture with what is known of it; ``key`` is whoever asks's own."""

    key: int
    memento: Memento
    state: str  #: as in ``mementos.state``
    page: bool = False  #: whether its page is in the archive, read or not


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to become of one capture."""

    key: int
    what: str  #: ``fetch``, or the state that it is in without being fetched
    like: int | None = None  #: key of the capture before, whose page it is again


def choose(
    captures: Sequence[Kept], *, absences: bool = False, became: Mapping[int, Kept] | None = None
) -> Iterator[Choice]:
    """Yield what is to become of each capture of one bulletin that is not settled.

    Args:
        captures: of one bulletin from one source, by time.
        absences: whether an answer that a bulletin is not there is worth having: in a file they may be looks of ours.
        became: captures as they are by now, by key, where they changed: looked at when the next one's turn comes.

    A redirect or an error holds no bulletin (``no_content``). One whose payload is that of the capture before it is
    that page seen again, ``same``, and what became of that became of it: only next to each other, because a text may go
    back to what it was, and only where that page was had.
    """
    now = {} if became is None else became
    before: Kept | None = None
    for kept in captures:
        if not _may_hold_a_page(kept.memento):
            # Two looks count, though both were answered by the same words.
            if kept.state not in _SETTLED:
                fetch = absences and kept.memento.status in _ABSENT
                yield Choice(kept.key, "fetch" if fetch else "no_content")
            continue
        first = None if before is None else now.get(before.key, before)
        again = first is not None and _same_page(first, kept)
        if kept.state not in _SETTLED:
            if not again or first is None:
                yield Choice(kept.key, "fetch")
            elif first.state != "failed":  # its page is here and could not be read: this one's turn comes after it
                yield Choice(kept.key, _LIKEWISE.get(first.state, "same"), like=first.key)
        # What nobody has any more says nothing about the next one, though its digest is known.
        if not again and now.get(kept.key, kept).state != "absent":
            before = kept


#: What a page seen again is, by what the page is.
_LIKEWISE = {"no_content": "no_content", "out_of_range": "out_of_range"}


def _same_page(first: Kept, again: Kept) -> bool:
    """Say whether two captures have one payload, and the first one's was had or may yet be."""
    digest = first.memento.digest
    had = first.state != "absent" and (first.state != "failed" or first.page)
    return had and digest is not None and digest == again.memento.digest


def _may_hold_a_page(memento: Memento) -> bool:
    if memento.status is not None and memento.status != 200:  # noqa: PLR2004
        return False
    return memento.mimetype is None or memento.mimetype.lower().startswith(_PAGES)
