"""Clocks that a long-lived process can trust: when the wall clock was stepped, and instants that never go back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Daemons that keep the time slew by at most 0.5 ms a second; what differs by more between two looks was set.
STEP = timedelta(seconds=2)
#: So far ahead of the wall clock :class:`SteadyClock` may be. Further, the wall clock was wrong (a dead battery, a slip
#: of the keyboard), and no slowness would mend it.
MOST_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What time it is: the wall clock, which people read and may set, and the one that nobody sets, in seconds."""

    wall: Callable[[], datetime]
    monotonic: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What both clocks showed at one moment; the monotonic one is the machine's, and the same in each process."""

    wall: datetime
    monotonic: float  #: seconds


class StepWatch:
    """Compares the wall clock with the monotonic one, which nobody can set."""

    def __init__(
        self, wall: Callable[[], datetime], monotonic: Callable[[], float], *, seen: Reading | None = None
    ) -> None:
        """Look from now on, or from another watch's last look on."""
        self._wall, self._monotonic = wall, monotonic
        self.seen = seen or Reading(wall(), monotonic())  #: at the last look

    def step(self) -> timedelta:
        """Return by how much the wall clock was set since the last look; zero when it was not.

        Forward also means that the machine slept: Linux stops the monotonic clock then.
        """
        now = Reading(self._wall(), self._monotonic())
        step = (now.wall - self.seen.wall) - timedelta(seconds=now.monotonic - self.seen.monotonic)
        self.seen = now
        return step if abs(step) > STEP else timedelta(0)


class SteadyClock:
    """The wall clock, but never earlier than it said before.

    The archive tells by its instants which state of a bulletin came first, so that a clock that is set back two hours
    would make an edit older than the text that it changed. Until the wall clock has caught up this one goes at half
    speed, as time daemons slew. What it says is then ahead of the truth by at most the step, and in the right order.
    """

    def __init__(
        self, wall: Callable[[], datetime], monotonic: Callable[[], float], *, since: datetime | Reading | None = None
    ) -> None:
        """Begin not before ``since``: the newest instant that is written down, or what another clock said last."""
        self._wall, self._monotonic = wall, monotonic
        self._guard = threading.Lock()
        if isinstance(since, Reading):
            self._said = since
        else:
            self._said = Reading(wall() if since is None else max(wall(), since), monotonic())
        self._newest = self._said.wall

    @property
    def said(self) -> Reading:
        """What was said last, and when that was."""
        with self._guard:
            return self._said

    @property
    def ahead(self) -> timedelta:
        """How far the newest instant that was said or written down is ahead of the wall clock; zero: it is not."""
        with self._guard:
            return max(self._newest - self._wall(), timedelta(0))

    def now(self) -> datetime:
        """Return the present instant."""
        with self._guard:
            wall, monotonic = self._wall(), self._monotonic()
            said, then = self._said.wall, self._said.monotonic
            if wall < said <= wall + MOST_AHEAD:
                wall = max(wall, said + timedelta(seconds=(monotonic - then) / 2))
            self._said = Reading(wall, monotonic)
            self._newest = max(self._newest, wall)
            return wall
