"""A page that could not be read when it came in, and can be now: judged between its neighbours in time."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from collector import plan
from collector.judging import Judge
from collector.model import Bulletin, Change, Correction, Outcome
from collector.rereading import Recovered


@dataclass(slots=True)
class State:
    """A state of a bulletin at its place in time."""

    captured_at: datetime
    content_hash: str  #: as stored, and once it was read, as today's parser has it
    capture: int
    bulletin: Bulletin | None = None  #: as today's parser reads it; None: it has not been read


def recover(
    found: Recovered, states: list[State], *, judge: Judge, read_again: Callable[[int], Bulletin | None]
) -> tuple[Recovered, int]:
    """Return ``found`` with what it changed, and how many texts were examined for it.

    Args:
        found: the page with its bulletin.
        states: of the bulletin, by time; the page's own is added where it is one.
        judge: of the page's portal.
        read_again: reads the page of a capture, so that two neighbours are both read by today's parser.
    """
    bulletin = found.bulletin
    assert bulletin is not None
    place = bisect.bisect_right([one.captured_at for one in states], found.captured_at)
    before, after = states[place - 1] if place else None, states[place] if place < len(states) else None
    for neighbour in (before, after):
        if neighbour is not None and neighbour.bulletin is None:
            neighbour.bulletin = read_again(neighbour.capture)
            if neighbour.bulletin is not None:
                neighbour.content_hash = plan.content_hash(neighbour.bulletin)
    previous = None if before is None else before.bulletin
    change = plan.judge(bulletin, stored_hash=None if before is None else before.content_hash, previous=previous)
    if after is not None and change.outcome is Outcome.REREAD:
        # Between two states nothing is said of how today's reading differs from an earlier one.
        change = replace(change, outcome=Outcome.UNCHANGED)
    if change.outcome is Outcome.UNCHANGED:
        return replace(found, change=change), 0
    evidence, crash = judge.examined(bulletin)
    if evidence is not None and previous is not None:
        change = judge.with_figures(change, previous, bulletin, evidence)
    began = after is not None and change.content_hash == after.content_hash
    corrections: tuple[Correction, ...] = ()
    if not began:
        corrections = _changed_by(after, bulletin, change, judge)
        states.insert(place, State(found.captured_at, change.content_hash, found.capture, bulletin))
    return replace(
        found,
        change=change,
        began=began,
        corrections=corrections,
        evidence=evidence,
        crash="" if crash is None else f"{found.url}: {type(crash).__name__}: {crash}",
    ), 1


def _changed_by(after: State | None, bulletin: Bulletin, change: Change, judge: Judge) -> tuple[Correction, ...]:
    """Return what the state after a page changed in it."""
    if after is None or after.bulletin is None:
        return ()
    said = plan.judge(after.bulletin, stored_hash=change.content_hash, previous=bulletin)
    evidence = judge.examined(after.bulletin)[0]
    return (said if evidence is None else judge.with_figures(said, bulletin, after.bulletin, evidence)).corrections
