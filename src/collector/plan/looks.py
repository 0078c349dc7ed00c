"""When a bulletin is looked at again: often while it is new, ever more rarely later, and never for the last time.

Edits come early: a typing error is mended in hours, a figure in days; what stood for a year is seldom touched. Looks
at a fixed pace cost the more the larger the archive is (diffengine's issue 31). So the pause between two looks is a
share of the bulletin's age: each look lies a third further from its publication than the one before (1 / (1 - 1/4)),
and what a bulletin costs grows with the logarithm of its age: 14 looks between its second day and its sixtieth, 28 in
ten years.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from collector.clock import MOST_AHEAD
from collector.model import LookedAt

#: Of a bulletin's age so much passes between two looks.
LOOK_SHARE = 0.25
#: Nobody prints the hour of publication: on its first day a bulletin counts as a day old, and is looked at every 6 h.
YOUNGEST = timedelta(days=1)


def pause(age: timedelta) -> timedelta:
    """Return how long a bulletin of this age may have been left alone."""
    return max(age, YOUNGEST) * LOOK_SHARE


def overdue(one: LookedAt, now: datetime) -> float:
    """Return the time since the last look as a multiple of the pause: from 1 on a look is due.

    A look that lies ahead was noted by a clock that was wrong: nobody knows when it was, and it counts as long ago.
    (By a day an archive may be ahead: after a clock is set back its instants go on where they were.)
    """
    if one.looked_at > now + MOST_AHEAD:
        return math.inf
    return (now - one.looked_at) / pause(now - one.published_at)


def due_looks(bulletins: Iterable[LookedAt], now: datetime) -> list[int]:
    """Return the articles whose look is due, the most overdue first."""
    due = [(overdue(one, now), one.article) for one in bulletins]
    return [article for times, article in sorted(due, key=lambda one: (-one[0], one[1])) if times >= 1]


def looks_within(days: float) -> float:
    """Return how many looks a bulletin costs in its first ``days``."""
    first = min(days, YOUNGEST / timedelta(days=1)) / LOOK_SHARE
    return first if days <= 1 else first + math.log(days) / -math.log1p(-LOOK_SHARE)


def looks_a_day(published_a_day: float, days: int) -> float:
    """Return how many looks a day come due in the long run, where so many bulletins are published a day."""
    return published_a_day * looks_within(days) if days else 0.0
