"""What a daemon says of itself and of an archive from the moment of its start on."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from collector.archive import Archive
from collector.archive.onlooker import Onlooker
from collector.clock import Clocks
from collector.config import load_shipped
from collector.daemon import Daemon
from collector.diagnosis import diagnose
from collector.duty import Duty
from collector.fetch import HttpSettings
from collector.hands import Hands
from collector.incident import Trouble
from collector.lookout import Telling
from collector.model import Task
from collector.stop import Stop
from collector.sweep import Sweep
from stored import EXAMINING, PROFILE
from test_rota import Schedule
from watching import Place

NOON = datetime(2024, 1, 8, 12, tzinfo=UTC)


HTTP = HttpSettings()


class Idle(Hands):
    """Whoever is given a poll and does nothing."""

    def give(self, portal: str, poll: Callable[[], None], *, awaited: bool = True) -> None:
        """Leave it undone."""


class Start:
    """A daemon whose clock the test moves, and whose polls are never begun."""

    def __init__(
        self, archive: Archive, stop: Stop, schedule: Schedule | None = None, *, rests: timedelta | None = None
    ) -> None:
        self.at, self.seconds = NOON, 0.0
        settings = load_shipped()
        clocks = Clocks(lambda: self.at, lambda: self.seconds)
        telling = Telling(lambda _: (), strikes=3, remind=0, holidays=settings.holidays, timezone="Etc/UTC")
        duty = Duty([PROFILE], Task(), schedule or Schedule(), "Etc/UTC", HTTP, EXAMINING, settings.places, telling)
        sweep = Sweep(archive=archive, http=HTTP, stop=stop, now=clocks.wall, examining=EXAMINING)
        self.daemon = Daemon(
            sweep, duty, clocks=clocks, reread=lambda: duty, hands=Idle(), chance=random.Random(3), rests=rests
        )


def polled_last(archive: Archive, at: datetime) -> None:
    with archive.connection.writing():
        archive.connection.insert("ticks", {"portal": "tinh", "due_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "state": "missed"})


def causes(archive: Archive) -> list[str]:
    return [row["cause"] for row in archive.incidents.open()]


def test_a_poll_that_waits_out_its_jitter_is_not_overdue(archive: Archive) -> None:
    polled_last(archive, NOON - timedelta(seconds=3599))
    assert archive.path is not None
    with closing(Stop()) as stop, Onlooker(archive.path) as onlooker:
        start = Start(archive, stop, Schedule(every=3600, jitter=3500))
        start.at = NOON + timedelta(minutes=6)
        assert start.daemon.look() > 0, "its start has not come"
        well, facts = diagnose(start.daemon.state(), onlooker, start.at)
    assert well, facts.get("detail")


@pytest.mark.parametrize("days", [3, 900])
def test_a_clock_that_is_wrong_at_the_start_is_told_and_closed_once_it_is_right(archive: Archive, days: int) -> None:
    archive.ledger.begin_run(kind="poll", portal="tinh", source="live", now=NOON + timedelta(days=days))
    polled_last(archive, NOON)
    with closing(Stop()) as stop:
        start = Start(archive, stop)
        start.daemon.look()
        assert causes(archive) == ["clock"]
    with closing(Stop()) as stop:
        start = Start(archive, stop)
        start.daemon.look()
        start.at, start.seconds = start.at + timedelta(days=days), days * 86_400.0
        start.daemon.look()
        assert causes(archive) == []


def test_a_start_leaves_open_what_is_still_polled_alone() -> None:
    place = Place()
    place.watch.note(Trouble("configuration", "portals[0]: no such file"))
    place.watch.note(Trouble("quiet", "nothing since", "tinh", "tinh/no-more"))
    place.watch.note(Trouble("quiet", "nothing since", "tinh"))
    polled_last(place.archive, NOON)
    with closing(Stop()) as stop:
        Start(place.archive, stop)
    assert [(row["section"], row["cause"]) for row in place.archive.incidents.open()] == [(None, "quiet")]


def test_a_daemon_whose_polls_leave_no_rest_between_them_rests_once_an_hour_all_the_same(archive: Archive) -> None:
    polled_last(archive, NOON)
    with closing(Stop()) as stop:
        start = Start(archive, stop, Schedule(every=3620), rests=timedelta(hours=2))
        start.daemon.look()
        assert start.daemon._rest() is None, "something is due within two hours"
        start.at, start.seconds = start.at + timedelta(seconds=3601), 3601.0
        start.daemon.look()
        rest = start.daemon._rest()
        assert rest is not None
        assert rest.until == NOON + timedelta(seconds=3620)
