"""The supervisor: when it starts a shift, what it leaves to the next one, and what it says when there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.archive.connection import Files
from collector.archive.files import identity
from collector.clock import Clocks, Reading
from collector.errors import UsageError
from collector.handover import GO, HANG_UP, UPGRADED, Inheritance, Orders, Rested
from collector.health import DaemonState, PortalState
from collector.stop import Bell, Stop
from collector.supervisor import Supervisor

NOON = datetime(2024, 1, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def state(*polling: str) -> DaemonState:
    portals = tuple(
        PortalState(one, NOON + HOUR, NOON if one in polling else None, None) for one in ("soctrang", "cantho")
    )
    return DaemonState(NOON, portals, 0, None, None, None)


class FakeShift:
    """A shift that does what the test says."""

    def __init__(self, begun: Begin, orders: Orders, lock: int | None) -> None:
        self.orders, self.lock, self.told, self.stopped = orders, lock, list[str](), 0
        self.inheritance = orders.inheritance
        self.state: DaemonState | None = None
        self.rested: Rested | None = None
        self.took: float | None = None
        self.asked, self.answered, self.ended, self.code, self.seconds = int(orders.reread), 0, False, 0, 5.0
        self.hangs, self.excused = False, 0
        self._begun = begun
        if begun.meets:
            self.meets()

    def meets(self, *polling: str) -> None:
        self.inheritance = self.inheritance or self._begun.inheritance
        self.lock, self.took, self.state = self.lock or 7, 1.5, state(*polling)
        self.answered = self.asked

    def rests(self, until: datetime, memory: bytes = b"memory") -> None:
        assert self.inheritance is not None
        left = Inheritance(self.inheritance.archive, "::1", 9, self.inheritance.files, b"configuration", memory)
        seen = Reading(self._begun.wall, self._begun.seconds)
        self.inheritance, self.rested, self.ended = left, Rested(left, state(), until, seen), True

    def dies(self, code: int = -9) -> None:
        self.code, self.ended = code, True

    def tell(self, word: str) -> None:
        self.told.append(word)
        self.asked += word == HANG_UP

    def kill(self) -> None:
        self.dies()

    def excuse(self) -> None:
        self.excused += 1

    def stop(self, seconds: float) -> bool:
        assert 0 < seconds < 10
        self.stopped += 1
        self.ended = True
        return True


class Begin:
    """Starts shifts, and has them all."""

    def __init__(self, archive: Path) -> None:
        self.shifts: list[FakeShift] = []
        self.meets = True
        self.wall, self.seconds = NOON, 0.0  #: what the clocks showed to a shift that rests
        self.error: OSError | None = None
        self.inheritance = Inheritance(archive, "::1", 9, Files(identity(archive), None), b"configuration")

    def __call__(self, orders: Orders, *, lock: int | None, ring: Any) -> Any:
        if self.error is not None:
            raise self.error
        self.shifts.append(FakeShift(self, orders, lock))
        return self.shifts[-1]

    @property
    def last(self) -> FakeShift:
        return self.shifts[-1]


class Kept:
    """A supervisor whose clocks the test moves, from its first shift on."""

    def __init__(self, folder: Path) -> None:
        self.archive = folder / "archive.db"
        self.archive.write_bytes(b"SQLite")
        self.wall, self.seconds = NOON, 0.0
        self.stop, self.bell, self.begin = Stop(), Bell(), Begin(self.archive)
        self.doors: list[str] = []
        self.supervisor = Supervisor(
            Orders(None, None, "json", 0),
            clocks=Clocks(lambda: self.wall, lambda: self.seconds),
            stop=self.stop,
            bell=self.bell,
            begin=self.begin,
        )

    def trouble(self) -> str | None:
        return self.supervisor.state.trouble

    def run(self) -> int:
        return self.supervisor.run(self.door)

    def started(self) -> FakeShift:
        """Let it come to its loop, and go on by hand from there."""
        self.stop.request()
        assert self.run() == 0
        first = self.begin.last
        assert (first.told, first.stopped) == ([GO], 1)
        first.stopped, first.ended = 0, False
        self.stop.requested = False
        return first

    @contextmanager
    def door(self, told: Inheritance) -> Iterator[Callable[[], None]]:
        self.doors.append(f"{told.host} {told.port}")
        yield lambda: self.doors.append("stays")

    def passes(self, seconds: float) -> float:
        """Let so much time pass, and look."""
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds
        return self.supervisor.look()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.stop.close()
    made.bell.close()


def test_a_shift_is_started_a_little_before_something_is_due_and_has_all_that_the_last_one_left(kept: Kept) -> None:
    kept.started().rests(NOON + HOUR)
    assert kept.passes(1) == 30
    assert kept.passes(3590) == pytest.approx(6), "twice the 1.5 seconds that the last one took, and the rest of them"
    assert len(kept.begin.shifts) == 1
    kept.passes(6)
    assert len(kept.begin.shifts) == 2
    orders = kept.begin.last.orders
    assert orders.inheritance is not None
    assert (orders.inheritance.memory, orders.reread, kept.begin.last.lock) == (b"memory", False, 7)
    assert kept.doors == ["::1 9", "stays"]


@pytest.mark.parametrize("step", [timedelta(hours=2), timedelta(hours=-2), timedelta(seconds=5)])
def test_a_clock_that_is_set_or_a_machine_that_slept_is_a_shifts_to_see_to_at_once(kept: Kept, step: timedelta) -> None:
    kept.started().rests(NOON + 4 * HOUR)
    kept.passes(30)
    kept.wall += step
    kept.passes(30)
    assert len(kept.begin.shifts) == 2


def test_a_clock_that_was_set_after_the_last_look_of_a_shift_is_seen(kept: Kept) -> None:
    kept.started()
    kept.begin.wall = NOON + 72 * HOUR
    kept.begin.last.rests(NOON + 73 * HOUR)
    kept.supervisor.look()
    assert len(kept.begin.shifts) == 2


def test_an_archive_that_is_gone_or_another_is_a_shifts_to_see_to_at_once(kept: Kept) -> None:
    kept.started().rests(NOON + HOUR)
    kept.passes(30)
    assert len(kept.begin.shifts) == 1
    kept.archive.rename(kept.archive.with_name("away.db"))
    kept.passes(30)
    assert len(kept.begin.shifts) == 2


def test_the_configuration_is_read_anew_by_the_shift_that_is_there_or_by_a_new_one(kept: Kept) -> None:
    first = kept.started()
    kept.bell.hang_up()
    kept.passes(1)
    assert first.told == [GO, HANG_UP]
    first.answered = first.asked
    first.rests(NOON + HOUR)
    kept.passes(1)
    kept.bell.hang_up()
    kept.passes(1)
    assert len(kept.begin.shifts) == 2
    assert kept.begin.last.orders.reread


def test_a_shift_that_rests_before_it_has_heard_of_a_new_configuration_is_followed_by_one_that_reads_it(
    kept: Kept,
) -> None:
    first = kept.started()
    kept.bell.hang_up()
    kept.passes(1)
    first.rests(NOON + HOUR)
    kept.passes(1)
    assert kept.begin.last.orders.reread
    kept.begin.last.rests(NOON + HOUR)
    kept.passes(30)
    assert len(kept.begin.shifts) == 2, "once"


def test_a_shift_that_is_killed_is_replaced_after_a_pause_that_grows_and_its_portals_are_told(kept: Kept) -> None:
    kept.started().meets("soctrang")
    pauses = []
    for number in range(1, 9):
        kept.supervisor.look()
        kept.begin.meets = False
        kept.begin.last.dies()
        pauses.append(kept.passes(0))
        assert kept.trouble() == "the process that polls was killed by signal 9"
        assert not [one for one in kept.supervisor.state.portals if one.polling_since]
        kept.passes(pauses[-1])
        kept.passes(30)
        assert len(kept.begin.shifts) == number + 1
        inheritance = kept.begin.last.orders.inheritance
        assert inheritance is not None
        assert inheritance.memory is None
        assert inheritance.loss is not None
        assert inheritance.loss.portals == ["soctrang"], "told until a shift has taken it in"
    assert pauses == [2, 4, 8, 16, 30, 30, 30, 30], "it looks every 30 seconds"
    kept.begin.last.meets()
    kept.supervisor.look()
    assert kept.trouble() is None
    kept.begin.last.seconds = 100
    kept.begin.last.dies(1)
    assert kept.passes(0) == 1
    assert kept.trouble() == "the process that polls ended with code 1"
    kept.passes(1)
    inheritance = kept.begin.last.orders.inheritance
    assert inheritance is not None
    assert inheritance.loss is not None
    assert inheritance.loss.portals == []


def test_what_a_shift_left_is_good_until_one_has_begun(kept: Kept) -> None:
    kept.started().rests(NOON + HOUR)
    kept.begin.meets = False
    kept.passes(3600)
    for code in (-9, 1, -11, 1):
        inheritance = kept.begin.last.orders.inheritance
        assert inheritance is not None
        assert inheritance.memory == b"memory"
        kept.begin.last.dies(code)
        kept.supervisor.look()
        kept.passes(60)
    assert len(kept.begin.shifts) == 6


def test_where_shifts_fail_before_they_have_begun_the_program_is_to_be_started_anew(kept: Kept) -> None:
    kept.started().rests(NOON)
    kept.begin.meets = False
    kept.passes(60)
    upgraded = []
    for code in (1, -9, 1, 1):
        kept.begin.last.dies(code)
        kept.supervisor.look()
        upgraded.append(kept.supervisor._upgraded)
        kept.passes(60)
    assert upgraded == [False, False, False, True]


def test_a_shift_that_hangs_is_given_up(kept: Kept) -> None:
    kept.started().rests(NOON + HOUR)
    kept.begin.meets = False
    kept.passes(3600)
    kept.passes(30)
    assert not kept.begin.last.ended
    excused = kept.begin.last.excused
    kept.passes(30)
    assert kept.begin.last.excused == excused
    kept.passes(1000)
    assert kept.begin.last.excused == excused + 1, "the supervisor was stopped itself"
    kept.begin.last.hangs = True
    kept.passes(30)
    assert kept.begin.last.ended


def test_an_upgraded_program_is_to_be_started_anew(kept: Kept) -> None:
    first = kept.started()
    first.ended, first.code = True, UPGRADED
    assert kept.supervisor.look() >= 0
    assert kept.supervisor.state.trouble is None


def test_where_no_process_can_be_started_that_is_said_and_tried_again(kept: Kept) -> None:
    kept.started().rests(NOON + HOUR)
    kept.passes(1)
    kept.begin.error = BlockingIOError(11, "Resource temporarily unavailable")
    kept.passes(3600)
    told = "the process that polls cannot be started: [Errno 11] Resource temporarily unavailable"
    assert kept.trouble() == told
    kept.begin.error = None
    kept.passes(30)
    assert len(kept.begin.shifts) == 2
    kept.supervisor.look()
    assert kept.trouble() is None
    inheritance = kept.begin.last.orders.inheritance
    assert inheritance is not None
    assert inheritance.memory == b"memory"


@pytest.mark.parametrize(("code", "exits"), [(2, 2), (4, 4), (-9, 1), (0, 1), (UPGRADED, 1)])
def test_a_first_shift_that_cannot_begin_ends_the_daemon_with_its_code(kept: Kept, code: int, exits: int) -> None:
    kept.begin.meets = False
    begin = kept.begin.__call__

    def dying(*given: Any, **more: Any) -> Any:
        begin(*given, **more).dies(code)
        return kept.begin.last

    supervisor = Supervisor(
        Orders(None, None, "json", 0),
        clocks=Clocks(lambda: kept.wall, lambda: kept.seconds),
        stop=kept.stop,
        bell=kept.bell,
        begin=dying,
    )
    assert supervisor.run(kept.door) == exits
    assert kept.doors == []


def test_a_door_that_cannot_be_had_ends_the_shift_too(kept: Kept) -> None:
    def door(_: Inheritance) -> AbstractContextManager[Callable[[], None]]:
        raise UsageError("the port is taken")

    with pytest.raises(UsageError):
        kept.supervisor.run(door)
    assert (kept.begin.last.told, kept.begin.last.stopped) == ([], 1)
