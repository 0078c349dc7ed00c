"""The daemon: polls each portal whenever it is due, until somebody says stop, or there is nothing to do for a while.

Due times come from a timetable, and this loop keeps them itself. APScheduler, whose triggers know the calendar, drops
what is late (its issues 146 and 292), stops for two hours when the clock is set back by two, waits for ever when it is
shut down (157), and keeps no record; what it is asked for here are dates.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from collector import __version__, plan
from collector.archive import Archive
from collector.clock import MOST_AHEAD, Clocks, SteadyClock, StepWatch
from collector.courier import Courier
from collector.duty import Duty, Memory, Rest
from collector.errors import ArchiveError, CollectorError, ConfigError, Interrupted
from collector.hands import Hands
from collector.health import DaemonState, PortalState
from collector.lookout import Lookout
from collector.mending import Mending
from collector.model import RunReport
from collector.roster import Roster
from collector.rota import Rota
from collector.spare import give_back
from collector.stop import Bell
from collector.sweep import Sweep

_log = structlog.get_logger()

#: Seconds that polls under way get to finish or roll back after SIGTERM; the orchestrators' own limit is 10.
_GRACE = 7.0
#: Seconds between two looks at the clocks, whatever is due: a step is noticed within so many.
_WATCH = 30.0
#: Seconds after which a daemon that rests does so between any two polls: where one is due every second its process grew
#: from 102 to 134 MB in 780 polls, and only its end gives that back.
_LONG_ENOUGH = 3600.0
#: Seconds until the loop looks again after a bug, or after it had no memory.
_AFTER_A_CRASH = 5.0


class Daemon:
    """Polls on schedule; of one portal one poll at a time, and none is dropped for being late."""

    def __init__(
        self,
        sweep: Sweep,
        duty: Duty,
        *,
        clocks: Clocks,
        reread: Callable[[], Duty],
        bell: Bell | None = None,
        hands: Hands | None = None,
        chance: random.Random | None = None,
        memory: Memory | None = None,
        rests: timedelta | None = None,
        told: Callable[[DaemonState], None] = lambda _: None,
    ) -> None:
        """Read from the ledger where the last daemon stopped, or go on in the place of another one.

        Args:
            sweep: does the polls; its clock is replaced by one that never goes back.
            duty: what to do.
            clocks: what time it is.
            reread: reads the configuration anew.
            bell: rung to wake the loop, and to have the configuration read anew.
            hands: whose threads poll.
            chance: spreads the starts within ``jitter``.
            memory: of a daemon with the same configuration that this one goes on for; None: this is a start.
            rests: :meth:`run` returns when there is nothing to do for so long, or after an hour; None: never.
            told: is called with its state at each look, twice a minute at least.

        Raises:
            ArchiveError: the ledger cannot be read; with a ``memory`` that is met as under a living daemon.
        """
        since = memory.said if memory and memory.said else _newest_instant(sweep.archive, can_wait=memory is not None)
        steady = SteadyClock(clocks.wall, clocks.monotonic, since=since)
        self._sweep = replace(sweep, now=steady.now)
        self._duty, self._reread, self._clocks, self._steady = duty, reread, clocks, steady
        self._bell = bell or Bell()
        self._hands = hands or Hands(self._over)
        self._roster = Roster(sweep.archive, clocks=clocks, chance=chance or random.Random())  # noqa: S311
        self._watch_steps = StepWatch(clocks.wall, clocks.monotonic, seen=memory.seen if memory else None)
        self._guard = threading.Lock()
        self._rests, self._told, self._is_start = rests, told, memory is None
        self._begun_at = clocks.monotonic()
        memory = memory or Memory(clocks.wall())
        self._steps, self._started_at, self._refused = memory.clock_steps, memory.started_at, memory.refused
        self._mending = Mending(sweep.archive, clocks.monotonic)
        judged = None if self._is_start else memory.judged
        self._lookout = Lookout(
            sweep.archive, duty.telling, steady.now, duty.profiles, judged=judged, failing=memory.failing
        )
        self._courier = Courier(self._hands, self._lookout.settle, clocks.monotonic)
        self._clock_told: str | None = ""  # what was last said of the clock; "": nothing yet
        self._troubles = dict(memory.troubles)
        self._crash: str | None = None  # why the last look failed
        if memory.standings is not None:
            self._roster.resume(memory.standings, duty.profiles, duty.schedule, duty.timezone)
        elif self._is_start:
            self._enrol()
        else:
            self._take_up(self._enrol)

    # --- the loop -------------------------------------------------------------------------------------------------

    def run(self) -> Rest | None:
        """Poll until a stop is requested; then finish or roll back the bulletins under way.

        Returns:
            None after a stop. A daemon that ``rests`` also ends when nothing is to be done, and says until when.
        """
        stop = self._sweep.stop
        if self._is_start:
            _log.info("daemon started", version=__version__, portals=self._roster.portals)
            for rota in self._roster:
                _log.info("next poll", portal=rota.profile.id, due_at=rota.due_at.isoformat(timespec="seconds"))
        rest: Rest | None = None
        try:
            while rest is None:
                wait = self._looked()
                self._told(self.state())
                rest = self._rest()
                if rest is None:
                    stop.sleep(wait, self._bell)
        except Interrupted:
            _log.info("stopping")
        finally:
            if rest is None:
                stop.request()
            if not self._hands.rest(_GRACE):
                _log.warning("the poll under way did not end in time; what it had not committed is rolled back")
            if self._hands.busy:
                # A connection attempt cannot be aborted, nor a mail server hurried, and the interpreter would wait for
                # their threads: the archive is safe against an end at any moment, an orchestrator's patience is not.
                os._exit(0)
        return rest

    def _rest(self) -> Rest | None:
        """Return what another one goes on from, if all is well and nothing is under way or due for long enough."""
        wrong = self._mending.trouble or self._mending.needed or self._crash or self._clock_trouble()
        standings = self._roster.standings
        busy = self._hands.busy or self._bell.hung_up or self._sweep.stop.requested or not self._lookout.written
        if self._rests is None or wrong or busy or not standings:
            return None
        if standings.keys() != {profile.id for profile in self._duty.profiles}:
            return None
        wall, told = self._clocks.wall(), self._lookout.silent_until()
        until = min(one.starts_at for one in standings.values())
        if told is not None:  # by the clock that never goes back
            until = min(until, wall + (told - self._steady.now()))
        if until - wall < self._rests and self._clocks.monotonic() - self._begun_at < _LONG_ENOUGH:
            return None
        memory = Memory(
            self._started_at,
            clock_steps=self._steps,
            refused=self._refused,
            troubles=dict(self._troubles),
            judged=dict(self._lookout.judged),
            failing=self._lookout.failing,
            standings=standings,
            hosts=self._sweep.gate.ended,
            seen=self._watch_steps.seen,
            said=self._steady.said,
        )
        return Rest(memory, until)

    def lost(self, portals: Sequence[str], how: str) -> None:
        """Take in that a daemon before this one ended while it polled these portals, and how."""
        for portal in portals:
            self._troubles[portal] = how
            self._lookout.crashed(portal, how)
            _log.error("poll crashed", portal=portal, error=how)

    def _looked(self) -> float:
        """Look; whatever is wrong with a look, the next one may go well (FAULTS 32)."""
        try:
            wait = self.look()
        except Exception as error:  # noqa: BLE001 - no memory, no file descriptor, or a bug: the daemon lives
            if self._crash != repr(error):
                _log.error("a look at what is due crashed", exc_info=error)
            self._crash = repr(error)
            return _AFTER_A_CRASH
        self._crash = None
        return wait

    def look(self) -> float:
        """Start what is due, and return after how many seconds to look again, if nobody rings before."""
        if self._bell.hung_up:
            self._bell.hung_up = False
            self._read_anew()
        self._look_at_the_clock()
        if self._mending.needed:
            if self._roster.polling:
                return _WATCH  # a poll is at it; it meets the same fault or none, and its end rings the bell
            if pause := self._mending.mend():
                if self._mending.tried:  # else somebody rang, and nothing was seen
                    self._lookout.state("archive", self._mending.trouble)
                    self._courier.send()
                return pause
            self._lookout.use(self._sweep.archive)
            self._take_up(self._roster.reopened)
        if set(self._roster.portals) != {profile.id for profile in self._duty.profiles}:
            self._take_up(self._enrol)  # a portal was added while the archive could not be written
        for rota in self._roster:
            self._start_if_due(rota)
        if self._courier.due:
            self._courier.send()
        waits = [rota.wait() for rota in self._roster]
        return min([_WATCH, *(seconds for seconds in waits if seconds is not None)])

    def _take_up(self, take_up: Callable[[], None]) -> None:
        try:
            with self._guard:
                take_up()
        except ArchiveError as error:
            self._archive_failed(error)

    def _start_if_due(self, rota: Rota) -> None:
        try:
            with self._guard:
                if not rota.take():
                    return
            self._hands.give(rota.profile.id, lambda: self._poll(rota))
        except ArchiveError as error:
            self._archive_failed(error, rota.profile.id)
        except Exception as error:  # noqa: BLE001 - no room for a thread, say: this poll fails, the daemon lives
            self._crashed(rota, error)
            rota.ended(None)

    def _look_at_the_clock(self) -> None:
        step, trouble = self._watch_steps.step(), self._clock_trouble()
        # At each look: a clock that was ahead is believed again when the time has come, and nobody sets it then.
        if trouble != self._clock_told:
            self._lookout.state("clock", trouble)
            self._clock_told = trouble
        if not step:
            return
        self._steps += 1
        _log.warning("the clock was set, or the machine slept", seconds=round(step.total_seconds()))
        with self._guard:
            self._roster.stepped(step)

    # --- a poll, in its portal's thread ---------------------------------------------------------------------------

    def _poll(self, rota: Rota) -> None:
        portal, report = rota.profile.id, None
        try:
            report = self._sweep.over([rota.profile], self._duty.task)[0]
            _tell(report)
            self._troubles.pop(portal, None)
        except Interrupted:
            pass
        except ArchiveError as error:
            self._archive_failed(error, portal)
        except CollectorError as error:
            self._troubles[portal] = str(error)
            _log.error("poll failed", portal=portal, error=str(error))
        except Exception as error:  # noqa: BLE001 - a bug, or no memory: the poll fails, the daemon lives (FAULTS 32)
            self._crashed(rota, error)
        finally:
            self._end(rota, report)
            give_back()
            self._bell.ring()

    def _over(self) -> None:
        """Look whether it can rest, once something is over; what is wrong is looked at at its own pace."""
        if self._mending.trouble is None:
            self._bell.ring()

    def _end(self, rota: Rota, report: RunReport | None) -> None:
        try:
            with self._guard:
                rota.ended(report)
            if report is not None:
                self._mending.proven()
                self._lookout.polled(rota.profile, report)
        except ArchiveError as error:
            self._archive_failed(error, rota.profile.id)
        except Exception as error:  # noqa: BLE001 - a bug; nobody else would hear of it in this thread
            self._crashed(rota, error)
        self._courier.send()

    def _archive_failed(self, error: ArchiveError, portal: str | None = None) -> None:
        self._mending.failed(error, portal=portal)
        self._lookout.state("archive", str(error))
        self._courier.send()

    def _crashed(self, rota: Rota, error: Exception) -> None:
        self._troubles[rota.profile.id] = f"the last poll crashed: {error!r}"
        self._lookout.crashed(rota.profile.id, repr(error)[:300])
        _log.error("poll crashed", portal=rota.profile.id, exc_info=error)

    # --- the configuration ----------------------------------------------------------------------------------------

    def _enrol(self) -> None:
        self._roster.enrol(self._duty.profiles, self._duty.schedule, self._duty.timezone)
        for portal in self._troubles.keys() - set(self._roster.portals):
            self._troubles.pop(portal, None)

    def _read_anew(self) -> None:
        """Read the configuration anew; with a mistake in it, the old one stays in force (FAULTS 36)."""
        try:
            duty = self._reread()
        except CollectorError as error:
            mistakes = error.mistakes if isinstance(error, ConfigError) else [error]
            self._refused = "; ".join(map(str, mistakes))
            self._lookout.state("configuration", self._refused)
            for mistake in mistakes:
                _log.error("the new configuration is refused, the old one stays", mistake=str(mistake))
            return
        before, self._refused = self._duty, None
        self._lookout.change(duty.telling, duty.profiles)
        self._lookout.state("configuration", None)
        with self._guard:
            self._duty = duty
            self._sweep = replace(self._sweep, http=duty.http, examining=duty.examining, places=duty.places)
            try:
                self._enrol()
            except ArchiveError as error:
                self._mending.failed(error)  # enrolled once it can be used
            if (before.schedule, before.timezone) != (duty.schedule, duty.timezone):
                self._roster.reschedule(duty.schedule, duty.timezone)
        _log.info("the configuration was read anew", portals=self._roster.portals)

    # --- what others may know -------------------------------------------------------------------------------------

    def state(self) -> DaemonState:
        """Return what the daemon knows of itself, for health and metrics."""
        portals = tuple(
            PortalState(rota.profile.id, rota.starts_at, rota.polling_since, self._troubles.get(rota.profile.id))
            for rota in self._roster
        )
        return DaemonState(
            started_at=self._started_at,
            portals=portals,
            clock_steps=self._steps,
            clock=self._clock_trouble(),
            configuration=self._refused,
            trouble=self._mending.trouble or self._crash,
        )

    def _clock_trouble(self) -> str | None:
        ahead = self._steady.ahead
        if ahead > MOST_AHEAD:
            return f"the archive holds instants that this clock reaches only in {ahead.days} days: one of them is wrong"
        return None


def _newest_instant(archive: Archive, *, can_wait: bool) -> datetime | None:
    try:
        return archive.ticks.newest_instant()
    except ArchiveError:
        if can_wait:
            return None
        raise


def _tell(report: RunReport) -> None:
    say = _log.warning if plan.EXIT_CODES[report.verdict] else _log.info
    say(
        "run finished",
        portal=report.portal,
        run=report.run,
        verdict=report.verdict.value,
        added=report.added,
        revised=report.revised,
        gone=report.gone,
        failed=report.failed,
        requests=report.requests,
    )
