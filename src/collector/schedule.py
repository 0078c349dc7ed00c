"""When a portal is due: an interval, or a cron expression in a time zone, as instants that only go forward.

APScheduler's triggers know the calendar. What they do not know: 3.11.3's ``CronTrigger`` answers with times that have
passed in the hour that a clock repeats in autumn (``*/30 * * * *`` in Europe/Berlin goes round in a circle there for
ever), so here it is asked about the dates on a wall clock, and this module says which instants those are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

_SECOND = timedelta(seconds=1)
_YEAR = timedelta(days=366)
#: Clocks are set forward or back by at most two hours (Antarctica/Troll); with one more on either side.
_NEAR = timedelta(hours=3)


class ScheduleSettings(Protocol):
    """``[schedule]`` of the configuration: one of ``every`` (seconds) and ``cron``."""

    @property
    def every(self) -> float | None: ...  # noqa: D102
    @property
    def cron(self) -> str | None: ...  # noqa: D102
    @property
    def jitter(self) -> float: ...  # noqa: D102


class Timetable:
    """The due times of one portal."""

    def __init__(self, schedule: ScheduleSettings, timezone: str, *, anchor: datetime) -> None:
        """Make it of a checked schedule.

        Args:
            schedule: when.
            timezone: an IANA name; a container's own clock is UTC.
            anchor: a due time that intervals are counted from, in whole seconds; a cron expression needs none.
        """
        self._schedule, self._zone = schedule, ZoneInfo(timezone)
        self.every: timedelta | None = None
        if schedule.cron is None:
            assert schedule.every is not None
            seconds = max(1, round(schedule.every))
            self.every = timedelta(seconds=seconds)
            # The trigger knows no time before its start, and a ledger that was put back may end long before the anchor.
            start = anchor.astimezone(UTC) - _YEAR // self.every * self.every
            self._interval = IntervalTrigger(seconds=seconds, start_date=start, timezone=UTC)
        else:
            # Asked about dates as if there were no daylight saving; ``_instants`` knows better.
            self._calendar = CronTrigger.from_crontab(schedule.cron, timezone=UTC)
            # As Vixie's cron has it: what comes every hour comes in the repeated hour too, a fixed time comes once.
            self._hourly = schedule.cron.split()[1].startswith("*")

    def after(self, instant: datetime) -> datetime:
        """Return the first due time after an instant, as UTC."""
        if self.every is not None:
            found: datetime = self._interval.get_next_fire_time(None, instant + timedelta(microseconds=1))
            return found.astimezone(UTC)
        here = instant.astimezone(self._zone)
        # Cut to the second: what is due within the second that has begun is later than the instant all the same.
        date = self._next_date(here.replace(tzinfo=UTC, fold=0, microsecond=0) + _SECOND)
        at = self._instants(date)[0]
        around = (instant - _NEAR, instant, at, at + _NEAR)
        if len({one.astimezone(self._zone).utcoffset() for one in around}) == 1:
            return at
        return self._beside_a_change(instant)

    def distance(self, instant: datetime) -> timedelta:
        """Return how far apart due times are: the interval, or of a calendar the next two after an instant."""
        if self.every is not None:
            return self.every
        first = self.after(instant)
        return self.after(first) - first

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the due times later than ``after`` and not later than ``until``, in order."""
        at = self.after(after)
        while at <= until:
            yield at
            at = self.after(at)

    def anchored(self, anchor: datetime) -> Timetable:
        """Return the same timetable, its interval counted from another due time."""
        return Timetable(self._schedule, self._zone.key, anchor=anchor)

    def local(self, instant: datetime) -> datetime:
        """Return an instant in the schedule's time zone."""
        return instant.astimezone(self._zone)

    def _next_date(self, date: datetime) -> datetime:
        found: datetime | None = self._calendar.get_next_fire_time(None, date)
        assert found is not None, "the configuration refuses what never comes due"
        return found

    def _instants(self, date: datetime) -> list[datetime]:
        """Return the instants at which a wall clock shows a date: two in autumn; one that is left out comes later."""
        first = date.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
        second = date.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        return [first, second] if second > first and self._hourly else [first]

    def _beside_a_change(self, instant: datetime) -> datetime:
        """Return the first due time after an instant near which the clock is set forward or back."""
        date = instant.astimezone(self._zone).replace(tzinfo=UTC, fold=0) - _NEAR
        best: datetime | None = None
        while True:
            date = self._next_date(date)
            instants = self._instants(date)
            best = min((one for one in (*instants, best) if one is not None and one > instant), default=None)
            if best is not None and instants[0] > best + _NEAR:
                return best
            date += _SECOND


def runs_a_day(schedule: ScheduleSettings, timezone: str, now: datetime) -> int:
    """Return how many polls a schedule brings in the day that begins at ``now``."""
    if schedule.every is not None:
        return math.ceil(86_400 / max(1, round(schedule.every)))
    return sum(1 for _ in Timetable(schedule, timezone, anchor=now).between(now, now + timedelta(days=1)))
