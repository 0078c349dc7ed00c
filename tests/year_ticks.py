"""Which due times a ledger must hold, reckoned apart from the program: from what was done to daemon and clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from year_daemon import Configuration

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Moment:
    """Something that happened to the daemon or to its clock."""

    what: str  #: ``start``, ``end``, ``step`` or ``reload``
    wall: datetime  #: what the machine's clock showed (before the step)
    configuration: Configuration | None = None  #: of a start or a reload
    interrupted: frozenset[str] = frozenset()  #: at a start: portals whose last poll had not come to its end
    step: timedelta = timedelta(0)
    seen: Mapping[str, datetime] = field(default_factory=dict)  #: at an end: up to when a portal's due times were seen


def due_times(moments: list[Moment], portal: str) -> list[datetime]:
    """Return the due times of one portal in the order in which they came, from its first start on."""
    book = _Book()
    for moment in moments:
        if moment.what == "start":
            book.start(moment.wall, moment.configuration, interrupted=portal in moment.interrupted)
            continue
        book.comes_to(moment.seen.get(portal, moment.wall))
        if moment.what == "step":
            book.stepped(moment.wall + moment.step, moment.step)
        elif moment.what == "reload":
            book.reload(moment.wall, moment.configuration)
    return book.written


class _Book:
    def __init__(self) -> None:
        self.written: list[datetime] = []
        self._due = datetime.max.replace(tzinfo=UTC)
        self._anchor = self._due
        self._configuration = Configuration(30)

    def start(self, wall: datetime, configuration: Configuration | None, *, interrupted: bool) -> None:
        assert configuration is not None
        self._configuration, now = configuration, wall.replace(microsecond=0)
        last = self.written[-1] if self.written else None
        if last is None or last > now:  # a ledger from the future is begun anew
            self._anchor = self._due = now
        else:
            self._anchor = last
            self._due = self._after(last)
            if self._due > now and interrupted:
                self._due = now  # once more, because nobody knows what the killed one has left
        self.comes_to(wall)

    def comes_to(self, wall: datetime) -> None:
        while self._due <= wall:
            self.written.append(self._due)
            self._due = self._after(self._due)

    def stepped(self, wall: datetime, step: timedelta) -> None:
        """An interval lasts as long as it would have; of a calendar the times that come once more are due once more."""
        if step >= timedelta(0):
            self.comes_to(wall)
        elif self._configuration.every is not None:
            self._due += step
            self._anchor = self._due
        else:
            self._due = min(self._due, self._after(wall))

    def reload(self, wall: datetime, configuration: Configuration | None) -> None:
        assert configuration is not None
        changed = (self._configuration.every, self._configuration.cron) != (configuration.every, configuration.cron)
        self._configuration = configuration
        if changed:
            self._anchor = self.written[-1]
            self._due = self._after(max(self._anchor, wall))

    def _after(self, instant: datetime) -> datetime:
        if self._configuration.every is not None:
            every = timedelta(minutes=self._configuration.every)
            return self._anchor + ((instant - self._anchor) // every + 1) * every
        return next(at for at in calendar(self._configuration, instant - timedelta(hours=4)) if at > instant)


def calendar(configuration: Configuration, since: datetime) -> Iterator[datetime]:
    """Yield the instants of ``*/M * * * *`` or ``0 */H * * *``, found by trying each minute of the zone's wall clock."""
    assert configuration.cron is not None
    minutes, hours = (
        _numbers(field, most) for field, most in zip(configuration.cron.split()[:2], (60, 24), strict=True)
    )
    zone = ZoneInfo(configuration.timezone)
    day = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    while True:
        found = set()
        for minute in range(24 * 60):
            at = day + minute * _MINUTE
            if at.hour not in hours or at.minute not in minutes:
                continue
            first, second = (at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
            found.add(first)
            # A date that a clock leaves out in spring comes as much later as the clock was set; one of autumn twice.
            if second > first:
                found.add(second)
        yield from sorted(at for at in found if at > since)
        day += timedelta(days=1)


def _numbers(field: str, most: int) -> frozenset[int]:
    if field.startswith("*"):
        return frozenset(range(0, most, int(field.partition("/")[2] or 1)))
    return frozenset({int(field)})
