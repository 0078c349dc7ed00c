"""A page that could not be read when it came in, and can be now: judged between its neighbours in time."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from collector import plan
from collector.judging import Judge
from collector.model import Bulletin, Correction, Outcome
from collector.rereading import Recovered


@dataclass(slots=True)
class Sighting:
    """A look at a bulletin, and the state that it was seen in."""

    seen_at: datetime
    state: int  #: the page that first showed that state: two sightings with the same one are one state
    content_hash: str  #: as stored, and once ``shown_by`` was read, as today's parser has it
    shown_by: int  #: the page that showed it


def recover(
    found: Recovered, sightings: list[Sighting], *, judge: Judge, read_again: Callable[[int], Bulletin | None]
) -> tuple[Recovered, int]:
    """Return ``found`` with what it changed, and how many texts were examined for it.

    Args:
        found: the page with its bulletin.
        sightings: of the bulletin, by time; this one is added.
        judge: of the page's portal.
        read_again: reads the page of a capture, so that two neighbours are both read by today's parser.
    """
    bulletin = found.bulletin
    assert bulletin is not None
    place = bisect.bisect_right([one.seen_at for one in sightings], found.captured_at)
    before, after = sightings[place - 1] if place else None, sightings[place] if place < len(sightings) else None
    previous, later = (None if one is None else read_again(one.shown_by) for one in (before, after))
    for neighbour, reading in ((before, previous), (after, later)):
        if neighbour is not None and reading is not None:
            neighbour.content_hash = plan.content_hash(reading)
    change = plan.judge(bulletin, stored_hash=None if before is None else before.content_hash, previous=previous)
    if after is not None and change.outcome is Outcome.REREAD:
        # Between two states nothing is said of how today's reading differs from an earlier one.
        change = replace(change, outcome=Outcome.UNCHANGED)
    seen = Sighting(found.captured_at, found.capture, change.content_hash, found.capture)
    sightings.insert(place, seen)
    if change.outcome is Outcome.UNCHANGED and before is not None:
        seen.state = before.state
        return replace(found, change=change), 0
    evidence, crash = judge.examined(bulletin)
    if evidence is not None and previous is not None:
        change = judge.with_figures(change, previous, bulletin, evidence)
    began = after is not None and change.content_hash == after.content_hash
    corrections: tuple[Correction, ...] = ()
    if after is not None and later is not None:
        said = plan.judge(later, stored_hash=change.content_hash, previous=bulletin)
        began = began or said.outcome is Outcome.UNCHANGED
        then = None if began else judge.examined(later)[0]
        corrections = (said if then is None else judge.with_figures(said, bulletin, later, then)).corrections
    if began and after is not None:
        seen.state = after.state
    return replace(
        found,
        change=change,
        began=began,
        corrections=corrections,
        evidence=evidence,
        crash="" if crash is None else f"{found.url}: {type(crash).__name__}: {crash}",
    ), 1
