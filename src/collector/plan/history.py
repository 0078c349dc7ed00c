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


def choose(captures: Sequence[Kept], *, absences: bool = False) -> Iterator[tuple[Kept, str]]:
    """Yield what is to become of each capture of one address's bulletin that is not settled: ``fetch`` or a state.

    Args:
        captures: of one bulletin from one source, by time.
        absences: whether an answer that a bulletin is not there is worth having: in a file they may be looks of ours.

    A redirect or an error holds no bulletin (``no_content``). One whose payload is that of the capture before it is the
    ``same`` page seen again: only next to each other, because a text may go back to what it was.
    """
    before: Memento | None = None
    for kept in captures:
        memento = kept.memento
        if not _may_hold_a_page(memento) and not (absences and memento.status in _ABSENT):
            if kept.state not in _SETTLED:
                yield kept, "no_content"
            continue
        repeated = before is not None and memento.digest is not None and memento.digest == before.digest
        if kept.state not in _SETTLED:
            yield kept, "same" if repeated else "fetch"
        # What nobody has any more says nothing about the next one, though its digest is known.
        if kept.state != "absent":
            before = memento


def _may_hold_a_page(memento: Memento) -> bool:
    if memento.status is not None and memento.status != 200:  # noqa: PLR2004
        return False
    return memento.mimetype is None or memento.mimetype.lower().startswith(_PAGES)
