"""Which of the captures that somebody else keeps are worth fetching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to become of one capture."""

    key: int
    what: str  #: ``fetch``, or the state that it is in without being fetched
    like: int | None = None  #: for ``same``: key of the capture before, whose page it is again


def choose(captures: Sequence[Kept], *, absences: bool = False) -> Iterator[Choice]:
    """Yield what is to become of each capture of one bulletin that is not settled.

    Args:
        captures: of one bulletin from one source, by time.
        absences: whether an answer that a bulletin is not there is worth having: in a file they may be looks of ours.

    A redirect or an error holds no bulletin (``no_content``). One whose payload is that of the capture before it is the
    ``same`` page seen again: only next to each other, because a text may go back to what it was.
    """
    before: Kept | None = None
    for kept in captures:
        memento, settled = kept.memento, kept.state in _SETTLED
        if not _may_hold_a_page(memento):
            # Two looks count, though both were answered by the same words.
            if not settled:
                yield Choice(kept.key, "fetch" if absences and memento.status in _ABSENT else "no_content")
            continue
        digest = memento.digest
        if not settled and before is not None and digest is not None and digest == before.memento.digest:
            yield Choice(kept.key, "same", like=before.key)
        elif not settled:
            yield Choice(kept.key, "fetch")
        # What nobody has any more says nothing about the next one, though its digest is known.
        if kept.state != "absent" and (before is None or digest is None or digest != before.memento.digest):
            before = kept


def _may_hold_a_page(memento: Memento) -> bool:
    if memento.status is not None and memento.status != 200:  # noqa: PLR2004
        return False
    return memento.mimetype is None or memento.mimetype.lower().startswith(_PAGES)
