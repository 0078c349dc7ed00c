"""One portal's turn: when it is due, which due times a poll stands for, and what the ledger of ticks is told."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import structlog

from collector import plan
from collector.archive import Archive
from collector.archive.hosts import Silence
from collector.clock import Clocks
from collector.duetimes import Tick, TickState
from collector.model import RunReport, Verdict
from collector.profile import Profile, host_of
from collector.schedule import ScheduleSettings, Timetable

_log = structlog.get_logger()

#: A poll that starts later than that after its due time (and its jitter) was late.
LATE = timedelta(minutes=1)
#: Due times that are written down at once: a month of a poll every five minutes. A clock that stood at 1970 has more.
MOST_TICKS = 10_000


@dataclass(frozen=True, slots=True)
class Coming:
    """What the ledger says of the polls to come, to whoever is not the daemon."""

    timetable: Timetable
    after: datetime  #: the next poll is the first due time later than that
    polled: bool  #: whether a daemon ever polled this portal
    silent_since: datetime | None  #: None: the host answers


def coming(profile: Profile, archive: Archive, schedule: ScheduleSettings, timezone: str, *, now: datetime) -> Coming:
    """Return when a portal is polled next, by its rota's own rules; an archive of before schema 6 knows nothing."""
    last = archive.ticks.last_due(profile.id)
    table = Timetable(schedule, timezone, anchor=last or _second(now))
    silence, after = archive.hosts.silence(host_of(profile)), last or now
    if silence is not None and _is_left_alone(silence, table, now):
        after = max(after, silence.next_try_at - timedelta(seconds=1))
    return Coming(table, after, last is not None, None if silence is None else silence.since)


def _is_left_alone(silence: Silence, table: Timetable, now: datetime) -> bool:
    longest = plan.longest_silence(every=table.distance(now), cause=silence.cause)
    return plan.waits(silence.next_try_at, now, longest)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rota stands while nothing is under way: another one goes on from there."""

    due_at: datetime
    starts_at: datetime
    accounted: datetime | None
    ended_at: datetime | None
    unsettled: bool


class Rota:
    """The due times of one portal, from the last one that the ledger knows on."""

    _accounted: datetime | None  # the last due time that is dealt with
    _unwritten: list[Tick]  # due times that a full disk kept from being written
    _unsettled: bool  # whether a poll ended without a report
    _ended_at: datetime | None  # when the last poll was over
    polling_since: datetime | None

    def __init__(
        self,
        profile: Profile,
        *,
        archive: Archive,
        schedule: ScheduleSettings,
        timezone: str,
        clocks: Clocks,
        chance: random.Random,
        standing: Standing | None = None,
    ) -> None:
        """Catch up with what the ledger knows; or go on where another one of the same schedule stood, and read nothing.

        Raises:
            ArchiveError: the ledger cannot be used.
        """
        self.profile, self._archive, self._clocks, self._chance = profile, archive, clocks, chance
        self._host = host_of(profile)
        self._jitter = timedelta(seconds=schedule.jitter)
        if standing is not None:
            self._timetable = Timetable(schedule, timezone, anchor=standing.due_at)
            self._unwritten, self._unsettled = [], standing.unsettled
            self._due, self._start = standing.due_at, standing.starts_at
            self._accounted, self._ended_at = standing.accounted, standing.ended_at
            self.polling_since = None
            return
        now = _second(clocks.wall())
        archive.ticks.settle(profile.id, TickState.MISSED)
        last = archive.ticks.last_due(profile.id)
        # A ledger from the future: the clock was set back while nobody was there.
        self._accounted = last if last is not None and last <= now else None
        self._timetable = Timetable(schedule, timezone, anchor=self._accounted or now)
        self._unwritten = []
        self._unsettled = False
        self.polling_since = None
        self._ended_at = None
        if self._accounted is None:
            self._aim(now)
            return
        self._aim(self._timetable.after(self._accounted))
        self._catch_up(now)
        if self._due > now and archive.ticks.was_interrupted(profile.id):
            self._aim(now)

    # --- what comes -----------------------------------------------------------------------------------------------

    @property
    def starts_at(self) -> datetime:
        """When the next poll begins, UTC: its due time and what jitter adds to it."""
        return self._start

    @property
    def due_at(self) -> datetime:
        """When the next poll is due, UTC."""
        return self._due

    @property
    def standing(self) -> Standing | None:
        """Where it stands; None: a poll is under way, or something is to be written yet."""
        if self.polling_since is not None or self._unwritten:
            return None
        return Standing(self._due, self._start, self._accounted, self._ended_at, self._unsettled)

    def wait(self) -> float | None:
        """Return seconds until there is something to do; None: a poll is under way, and its end will tell."""
        if self.polling_since is not None:
            return None
        return max(0.0, (self._start - self._clocks.wall()).total_seconds())

    def reschedule(self, schedule: ScheduleSettings, timezone: str) -> None:
        """Go on by another schedule, counted from the last due time."""
        self._jitter = timedelta(seconds=schedule.jitter)
        self._timetable = Timetable(schedule, timezone, anchor=self._accounted or self._due)
        if self._accounted is not None:
            self._aim(self._timetable.after(max(self._accounted, _second(self._clocks.wall()))))

    def stepped(self, step: timedelta) -> None:
        """Arm anew after the wall clock was set.

        Forward, what was passed over is due at once. Backward, an interval is waited for as long as it would have been,
        not longer by the step, and of a cron expression the times that come once more are due once more.
        """
        if step >= timedelta(0):
            return
        self._ended_at = None  # by a clock that nobody goes by any more
        if self._timetable.every is not None:
            self._aim(_second(self._due + step))
            self._timetable = self._timetable.anchored(self._due)
        elif -step > LATE:  # a small one would only bring back the time that has just been due
            self._aim(min(self._due, self._timetable.after(_second(self._clocks.wall()))))

    # --- what is due ----------------------------------------------------------------------------------------------

    def take(self) -> bool:
        """Say whether a poll is to start now, and write down what was due until now.

        Raises:
            ArchiveError: nothing can be written; what was due is written once it can be.
        """
        now = self._clocks.wall()
        if self.polling_since is not None or now < self._start:
            return False
        dues = list(islice(self._dues(now), MOST_TICKS))
        # Before anything is read or written: a fault that meets it must not make this due time come again at once.
        self._accounted = dues[-1]
        self._aim(self._timetable.after(max(dues[-1], _second(now))))
        *passed, last = dues
        try:
            if self._unsettled:
                self._archive.ticks.settle(self.profile.id, TickState.COALESCED)
                self._unsettled = False
            silent = self._left_alone(now)
            late = now - last > LATE + self._jitter
            state = TickState.COALESCED if silent else TickState.LATE if late else TickState.RAN
            ticks = [*self._unwritten, *map(self._passed, passed), Tick(last, state)]
            self._archive.ticks.note(ticks, portal=self.profile.id, started_at=now)
        except BaseException:
            self._keep(dues)
            raise
        self._unwritten = []
        if silent:
            return False
        self.polling_since = now
        return True

    def reopened(self) -> None:
        """Go on in a ledger that was opened anew: a backup lacks what was due since.

        Raises:
            ArchiveError: it cannot be used.
        """
        self._archive.ticks.settle(self.profile.id, TickState.COALESCED)  # a backup that was taken during a poll
        last = self._archive.ticks.last_due(self.profile.id)
        if last is not None and self._accounted is not None and last < self._accounted:
            self._unwritten = []  # later than the ledger's last: they are among these
            self._keep(list(islice(self._timetable.between(last, self._accounted), MOST_TICKS)))

    def _dues(self, now: datetime) -> Iterable[datetime]:
        yield self._due
        yield from self._timetable.between(self._due, now)

    def _passed(self, due: datetime) -> Tick:
        overlapped = self._ended_at is not None and due <= self._ended_at
        return Tick(due, TickState.OVERLAPPED if overlapped else TickState.COALESCED)

    def _left_alone(self, now: datetime) -> bool:
        known = self._archive.hosts.silence(self._host)
        return known is not None and _is_left_alone(known, self._timetable, now)

    def _keep(self, dues: Sequence[datetime]) -> None:
        """Keep due times to be written once that can be: the run that comes then stands for all of them."""
        ticks = [*self._unwritten, *(Tick(due, TickState.COALESCED) for due in dues)]
        self._unwritten = [Tick(tick.due_at, TickState.COALESCED) for tick in ticks][-MOST_TICKS:]

    # --- what came of it ------------------------------------------------------------------------------------------

    def ended(self, report: RunReport | None) -> None:
        """Note that the poll under way is over; None: it could not even be reported."""
        self._ended_at, self.polling_since = self._clocks.wall(), None
        if report is None:
            self._unsettled = True
            return
        self._archive.ticks.ended(portal=self.profile.id, run=report.run)
        if report.verdict is Verdict.UNREACHABLE:
            every, at = self._timetable.distance(self._ended_at), self._ended_at
            known = self._archive.hosts.stayed_silent(
                self._host,
                cause=plan.silence_cause(report),
                now=self._ended_at,
                counts=lambda polls, next_try: plan.is_another_round(polls, next_try, at, every=every),
                next_try=lambda polls, at: plan.next_ask(polls, at, every=every, cause=plan.silence_cause(report)),
            )
            if known.next_try_at > self._ended_at:
                _log.warning(
                    "a silent portal is asked more rarely",
                    portal=self.profile.id,
                    host=self._host,
                    cause=known.cause,
                    silent_since=known.since.isoformat(timespec="seconds"),
                    next_try_at=known.next_try_at.isoformat(timespec="seconds"),
                )
        elif report.verdict is not Verdict.INTERRUPTED and self._archive.hosts.silence(self._host) is not None:
            self._archive.hosts.answered(self._host)
            _log.info("a silent portal answers again", portal=self.profile.id, host=self._host)

    # --- the past -------------------------------------------------------------------------------------------------

    def _catch_up(self, now: datetime) -> None:
        """Write down what was due while no daemon was there; the last of it is polled for at once, late."""
        missed = list(islice(self._timetable.between(self._due - timedelta(seconds=1), now), MOST_TICKS))
        if not missed:
            return
        self._archive.ticks.note([Tick(due, TickState.MISSED) for due in missed[:-1]], portal=self.profile.id)
        self._accounted = missed[-2] if len(missed) > 1 else self._accounted
        self._aim(missed[-1])
        if len(missed) == 1:
            _log.info("a poll that was due is made good", portal=self.profile.id, due_at=missed[0].isoformat())
            return
        _log.warning(
            "polls were missed while no daemon was there",
            portal=self.profile.id,
            missed=len(missed) - 1,
            since=missed[0].isoformat(timespec="seconds"),
        )

    def _aim(self, due: datetime) -> None:
        self._due = due
        self._start = due + self._chance.random() * self._jitter


def _second(instant: datetime) -> datetime:
    """Return an instant cut to the whole second, which is what an archive keeps."""
    return instant.replace(microsecond=0)
