"""What the daemon says of its clock and its configuration is taken back when it is over, whoever mended it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from collector.alerting import Delivery
from collector.archive import Archive
from collector.clock import Clocks
from collector.config import load_shipped
from collector.daemon import Daemon
from collector.duty import Duty
from collector.errors import ConfigError, Mistake
from collector.examining import Examining
from collector.fetch import HttpSettings
from collector.hands import Hands
from collector.lookout import Telling
from collector.model import RunKind, Task
from collector.plan.incidents import Notice
from collector.stop import Bell, Stop
from collector.sweep import Sweep
from year_daemon import Schedule

NOON = datetime(2024, 1, 8, 12, tzinfo=UTC)


class Place:
    """A daemon without portals, under clocks that the test moves."""

    def __init__(self) -> None:
        self.archive, self.at, self.seconds = Archive(None), NOON, 0.0
        self.told: list[tuple[str, str]] = []
        self.bell, self.stop = Bell(), Stop()
        self.hands = Hands()
        self.mistaken = False
        self.daemon = self.started()

    def started(self) -> Daemon:
        shipped = load_shipped()
        examining = Examining(shipped.vocabulary, threshold=0.5)
        telling = Telling(self.tell, 3, 86_400, shipped.holidays, "Asia/Ho_Chi_Minh")
        duty = Duty([], Task(RunKind.POLL), Schedule(1800, None), "UTC", HttpSettings(), examining, (), telling)

        def reread() -> Duty:
            if self.mistaken:
                raise ConfigError([Mistake("collector.toml", "http.delay", "expected a number")])
            return duty

        sweep = Sweep(self.archive, HttpSettings(), self.stop, lambda: self.at, examining)
        clocks = Clocks(lambda: self.at, lambda: self.seconds)
        made: Daemon = Daemon(sweep, duty, clocks=clocks, reread=reread, bell=self.bell, hands=self.hands)
        return made

    def tell(self, notices: Sequence[Notice]) -> Sequence[Delivery]:
        self.told += [(one.kind, one.incident.trouble.cause) for one in notices]
        return [Delivery("json://127.0.0.1")]

    def looks(self, time: timedelta) -> None:
        self.at += time
        self.seconds += time.total_seconds()
        self.daemon.look()

    def open(self) -> list[str]:
        return [row["cause"] for row in self.archive.incidents.open()]


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield made
    assert made.hands.rest(10)
    made.bell.close()
    made.stop.close()
    made.archive.close()


def test_a_clock_that_was_days_ahead_is_believed_again_when_the_time_has_come(place: Place) -> None:
    place.looks(timedelta(minutes=1))
    place.at += timedelta(days=3)
    place.mistaken = True
    place.bell.hang_up()
    place.looks(timedelta(minutes=1))  # something is written down with an instant of that time
    place.at -= timedelta(days=3)
    place.looks(timedelta(minutes=1))
    assert "clock" in place.open()
    place.looks(timedelta(days=3))
    assert place.open() == ["configuration"]


def test_a_refused_configuration_that_a_new_start_has_mended_is_over(place: Place) -> None:
    place.mistaken = True
    place.bell.hang_up()
    place.looks(timedelta(minutes=1))
    assert place.open() == ["configuration"]
    place.daemon = place.started()
    place.looks(timedelta(minutes=1))
    assert place.open() == []
