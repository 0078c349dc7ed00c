"""The daemon's supervisor: waits until something is due, has a shift do it, and answers for the daemon meanwhile.

A process that has polled needs 95 MB, of which 40 are the reading of pages and of the vocabulary, and it hardly gives
any back: only its end does. Portals are polled twice an hour, so that a shift ends when there is nothing to do, and
leaves its memory to the next one; to start that takes a second of processor. A shift that the system kills, or a fault
in a library of C, does not end the daemon either.

The supervisor never reads the configuration, the network or a page, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

import structlog

from collector.archive.files import Identity, identity
from collector.clock import Clocks, StepWatch
from collector.errors import Interrupted
from collector.handover import GO, HANG_UP, UPGRADED, Inheritance, Loss, Orders
from collector.health import DaemonState
from collector.shift import Shift
from collector.stop import PATIENCE, Bell, Stop

_log = structlog.get_logger()

#: Seconds between two looks at the clocks and the archive's file while nobody polls.
_WATCH = 30.0
#: Times that a shift's start may take longer than the last one before a poll is late, and seconds that are the least.
_HASTE, _LEAST_LEAD, _LONGEST_LEAD = 2.0, 2.0, 60.0
#: Seconds until a shift that was lost is replaced, at first and at most; and for how long one must live for the first.
_FIRST_PAUSE, _LONGEST_PAUSE, _SETTLED = 1.0, 60.0, 60.0
#: Shifts in a row that fail before they have begun: what they inherit cannot be unpacked any more, since a library was
#: upgraded, or nothing works. A daemon that starts anew inherits nothing, and if it fails, says so by its exit code.
_FAILURES = 3


class Supervisor:
    """Has one shift after the other; safe to be asked for its state by any thread."""

    def __init__(
        self,
        orders: Orders,
        *,
        clocks: Clocks,
        stop: Stop,
        bell: Bell,
        begin: Callable[..., Shift] = Shift,
    ) -> None:
        """Begin nothing yet.

        Args:
            orders: for the first shift.
            clocks: what time it is.
            stop: ends the daemon.
            bell: wakes it, and has the configuration read anew.
            begin: starts a shift.
        """
        self._orders, self._clocks, self._stop, self._bell, self._begin = orders, clocks, stop, bell, begin
        self._shift: Shift | None = None
        self._lock: int | None = None
        self._until: datetime | None = None  # when something is to be done; None: as soon as the pause is over
        self._lead = _LEAST_LEAD  # seconds before that at which a shift is started
        self._not_before, self._pause = clocks.monotonic(), _FIRST_PAUSE
        self._steps = StepWatch(clocks.wall, clocks.monotonic)
        self._failures = 0  # shifts in a row that have not begun
        self._upgraded = False
        self._looked_at = clocks.monotonic()
        self._unstarted: str | None = None  # why no shift could be started
        self._state: DaemonState | None = None

    def run(self, door: Callable[[Inheritance], AbstractContextManager[Callable[[], None]]]) -> int:
        """Keep shifts until a stop is requested, and return the exit code.

        A first shift that cannot begin ends the daemon with its own code, having said why. ``UPGRADED``: somebody has
        upgraded the program, which is to be started anew.

        Args:
            door: answers for the daemon inside the block, once it is known where; it gives what holds the archive open.

        Raises:
            UsageError: by ``door``.
        """
        try:
            self._started()
            if (shift := self._shift) is None:
                return 1
            while shift.inheritance is None or shift.state is None:
                if shift.ended:
                    if 0 < shift.code < UPGRADED:
                        return shift.code  # it has said itself what is wrong
                    _log.error("the process that polls is gone", how=_how(shift.code))
                    return 1
                self._stop.sleep(_WATCH, self._bell)
            self._met(shift)
            with door(shift.inheritance) as stay:
                stay()
                shift.tell(GO)
                try:
                    while not self._upgraded:
                        self._stop.sleep(self.look(), self._bell)
                        stay()
                finally:
                    self._end()  # whoever asks meanwhile is answered
        except Interrupted:
            pass
        finally:
            self._end()
        if self._upgraded and not self._stop.requested:
            return UPGRADED
        _log.info("daemon stopped")
        return 0

    def _end(self) -> None:
        if self._shift is None or self._shift.ended:
            return
        # Before the signal's own patience is at an end, and the door is closed.
        if not self._shift.stop(PATIENCE - 1.0):
            _log.warning("the process that polls did not end in time, and was killed")

    def kill(self) -> None:
        """End the shift at once: so will the supervisor, and nobody would tell it."""
        if self._shift is not None and not self._shift.ended:
            self._shift.kill()

    def look(self) -> float:
        """Do what is to be done, and return after how many seconds to look again, if nobody rings before."""
        if self._bell.hung_up:
            self._bell.hung_up = False
            if self._shift is None:
                self._orders = replace(self._orders, reread=True)
                self._until = None
            else:
                self._shift.tell(HANG_UP)
        if (shift := self._shift) is not None:
            if shift.state is not None:
                self._met(shift)
            if not shift.ended:
                if self._was_away():
                    shift.excuse()
                if shift.hangs:
                    _log.error("the process that polls hangs, and is killed")
                    shift.kill()
                return _WATCH
            self._over(shift)
        wait = self._wait()
        return min(wait, _WATCH) if wait > 0 else self._started()

    def _was_away(self) -> bool:
        """Say whether it was stopped itself since its last look (`docker pause`), and the shift perhaps as well."""
        before, self._looked_at = self._looked_at, self._clocks.monotonic()
        return self._looked_at - before > 2 * _WATCH

    def used(self) -> Identity:
        """Return which file the archive is, as the shifts have it."""
        shift = self._shift
        inheritance = self._orders.inheritance if shift is None or shift.inheritance is None else shift.inheritance
        return None if inheritance is None else inheritance.files.database

    @property
    def state(self) -> DaemonState:
        """What is known of the daemon."""
        assert self._state is not None, "nobody asks before the first shift has begun"
        if self._unstarted is None:
            return self._state
        return replace(self._state, trouble=self._state.trouble or self._unstarted)

    # --- shifts -------------------------------------------------------------------------------------------------------

    def _met(self, shift: Shift) -> None:
        """Take in what a shift has said."""
        self._state, self._lock, self._unstarted, self._failures = shift.state, shift.lock, None, 0
        if shift.took is not None:
            self._lead = min(max(_HASTE * shift.took, _LEAST_LEAD), _LONGEST_LEAD)

    def _over(self, shift: Shift) -> None:
        """Take in that a shift has ended: it rests, or it is lost."""
        self._shift = None
        assert shift.inheritance is not None
        assert self._state is not None
        # What it was asked and had not answered is asked of the next one.
        self._orders = replace(self._orders, inheritance=shift.inheritance, reread=shift.asked > shift.answered)
        if shift.rested is not None:
            self._pause, self._until = _FIRST_PAUSE, None if self._orders.reread else shift.rested.until
            # From the shift's last look on: a clock that was set since is nobody's otherwise.
            self._steps = StepWatch(self._clocks.wall, self._clocks.monotonic, seen=shift.rested.seen)
            return
        if shift.code == UPGRADED:
            self._upgraded = True
            return
        how = _how(shift.code)
        self._unstarted = f"the process that polls {how}"
        loss = Loss(self._unstarted, self._state)
        if shift.state is None:  # it never began, and what it had been left is still good
            self._failures += shift.code > 0
            self._upgraded = self._failures == _FAILURES
            inheritance = replace(shift.inheritance, loss=shift.inheritance.loss or loss)
        else:
            inheritance = replace(shift.inheritance, memory=None, loss=loss)
        self._orders = replace(self._orders, inheritance=inheritance)
        self._state = replace(
            self._state, portals=tuple(replace(one, polling_since=None) for one in self._state.portals)
        )
        self._pause = _FIRST_PAUSE if shift.seconds > _SETTLED else min(2 * self._pause, _LONGEST_PAUSE)
        self._not_before, self._until = self._clocks.monotonic() + self._pause, None
        _log.error("the process that polls is gone, and another one takes its place", how=how, portals=loss.portals)

    def _wait(self) -> float:
        """Return seconds until a shift is to be started."""
        inheritance = self._orders.inheritance
        assert inheritance is not None
        if self._until is not None:
            # A shift whose clock or archive is not what it was has to see to that, whatever is due.
            same = not self._steps.step() and identity(inheritance.archive) == inheritance.files.database
            early = (self._until - self._clocks.wall()).total_seconds() - self._lead
            if same and early > 0:
                return early
        return self._not_before - self._clocks.monotonic()

    def _started(self) -> float:
        try:
            self._shift = self._begin(self._orders, lock=self._lock, ring=self._bell.ring)
        except (OSError, RuntimeError, MemoryError) as error:  # there may be room soon (FAULTS 32)
            told = f"the process that polls cannot be started: {error}"
            if told != self._unstarted:
                _log.error(told)
            self._unstarted, self._until = told, None
            pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE)
            self._not_before = self._clocks.monotonic() + pause
            return min(pause, _WATCH)
        self._orders = replace(self._orders, reread=False)
        return _WATCH


def _how(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
