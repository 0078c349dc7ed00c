"""The watch over an archive that is killed, asked by many threads, and led through weeks of anything."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from structlog.testing import capture_logs

from collector.alerting import Delivery
from collector.incident import Trouble
from watching import DEAD, OK, RUNS, Place, run


class Killed(BaseException):
    """Stands for ``kill -9``: nothing catches it."""


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    with made.archive:
        yield made


@pytest.mark.parametrize("moment", range(1, 11))
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_write_or_sending_nothing_is_lost_and_nothing_opened_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch, moment: int, after: bool
) -> None:
    steps = 0

    def killing(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == moment and not after:
                raise Killed
            done = real(*arguments)
            if steps == moment:
                raise Killed
            return done

        return step

    monkeypatch.setattr(place.archive.incidents, "keep", killing(place.archive.incidents.keep))
    place.tell = killing(place.tell)  # type: ignore[method-assign]
    with suppress(Killed):
        place.begin()
        place.polls("down", "down", "down", "down", "well")
    assert steps >= moment, "the story has fewer steps than that"
    monkeypatch.undo()
    del place.tell
    place.begin()
    place.polls("down", "down", "down", "well", "well")
    (row,) = place.rows()
    assert row["closed_at"]
    assert row["recovery_told_at"]
    heard = Counter(place.heard)
    assert 1 <= heard["opened", "unreachable"] <= 2
    assert 1 <= heard["recovered", "unreachable"] <= 2
    assert sum(heard.values()) <= 3


def test_a_killed_transaction_leaves_no_half(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.polls("down", "down")
    real = place.archive.connection.execute

    def execute(sql: str, *parameters: Any) -> None:
        if sql.startswith("delete from _troubles"):
            raise Killed
        real(sql, *parameters)

    monkeypatch.setattr(place.archive.connection, "execute", execute)
    with pytest.raises(Killed):
        place.polls("down")
    monkeypatch.undo()
    assert place.rows() == []
    assert [one.strikes for one in place.archive.incidents.brewing()] == [2]


# --- threads ----------------------------------------------------------------------------------------------------------


def test_portals_that_end_at_once_open_one_incident(place: Place) -> None:
    together = threading.Barrier(8)

    def portal() -> None:
        together.wait()
        for _ in range(5):
            place.watch.after_run(run("down"))
            place.watch.settle()

    threads = [threading.Thread(target=portal) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place.watch.settle()
    assert [(row["cause"], row["strikes"]) for row in place.rows()] == [("unreachable", 40)]
    assert place.heard == [("opened", "unreachable")]


def test_a_sending_that_hangs_does_not_stop_the_polls(place: Place) -> None:
    hanging, go_on = threading.Event(), threading.Event()

    def hang() -> Sequence[Delivery]:
        hanging.set()
        assert go_on.wait(20)
        return OK

    place.answer = hang
    place.polls("down", "down")
    place.watch.after_run(run("down"))
    sender = threading.Thread(target=place.watch.settle)
    sender.start()
    assert hanging.wait(20)
    place.watch.after_run(run("well"))
    place.watch.settle()  # somebody is at it
    assert place.heard == []
    go_on.set()
    sender.join()
    assert place.heard == [("opened", "unreachable"), ("recovered", "unreachable")]


# --- whatever happens -------------------------------------------------------------------------------------------------


class Weeks(RuleBasedStateMachine):
    """Any sequence of runs, outages of the messengers, restarts, read-only disks and steps of the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.logs = capture_logs()
        self.lines = self.logs.__enter__()
        self.place, self.restarts = Place(), 0

    def teardown(self) -> None:
        place = self.place
        place.answer = lambda: OK
        place.polls("well", "well")
        rows = place.rows()
        assert all(row["closed_at"] for row in rows)
        assert place.archive.incidents.brewing() == []
        assert place.watch.open() == []
        told = [row for row in rows if row["told_at"]]
        assert all(row["recovery_told_at"] for row in told)
        kinds = Counter(kind for kind, _ in place.heard)
        assert kinds["opened"] == kinds["recovered"] == len(told)
        assert kinds["reminder"] == sum(row["reminders"] for row in rows)
        place.archive.close()
        self.logs.__exit__(None, None, None)
        events = Counter(line["event"] for line in self.lines)
        # Once for each, and once more where a restart found it untold.
        assert len(rows) <= events["incident opened"] <= len(rows) + self.restarts
        assert events["incident closed"] == len(rows)

    @rule(whats=st.lists(st.sampled_from(sorted(RUNS)), min_size=1, max_size=6))
    def runs(self, whats: list[str]) -> None:
        self.place.polls(*whats)

    @rule(hours=st.integers(-3, 60))
    def time_passes(self, hours: int) -> None:
        self.place.clock.pass_time(hours=hours)
        self.place.watch.settle()

    @rule(dead=st.booleans())
    def messengers(self, dead: bool) -> None:
        self.place.answer = (lambda: DEAD) if dead else (lambda: OK)

    @rule()
    def restart(self) -> None:
        self.restarts += 1
        self.place.begin()

    @rule(times=st.integers(1, 4))
    def full_disk(self, times: int) -> None:
        with self.place.readonly():
            for _ in range(times):
                self.place.watch.note(Trouble("archive", "full"))
                self.place.watch.settle()
        self.place.watch.settle()  # writes it down; a kill before that would lose what only the memory has

    @invariant()
    def one_is_open_a_cause_and_each_has_had_its_strikes(self) -> None:
        open_ones = Counter((row["portal"], row["cause"]) for row in self.place.rows() if row["closed_at"] is None)
        assert all(number == 1 for number in open_ones.values())
        assert all(row["strikes"] >= 3 for row in self.place.rows())
        shown = [one.trouble.cause for one in self.place.watch.open()]
        assert len(shown) == len(set(shown))


TestWeeks = Weeks.TestCase
TestWeeks.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
