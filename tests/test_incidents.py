"""The watch over an archive: one incident a cause, every message sent, nothing lost by a kill or a full disk."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from structlog.testing import capture_logs

from collector.alerting import Delivery
from collector.archive import Archive
from collector.model import RunReport, Trouble, Verdict
from collector.plan.incidents import Notice
from collector.watch import Watch
from stored import PROFILE
from story_clock import StoryClock

OK = [Delivery("json://127.0.0.1")]
DEAD = [Delivery("json://127.0.0.1", "refused")]
DOWN: dict[str, object] = {
    "sections": [{"section": "tinh/tin", "stopped": "failed", "cause": "unreachable", "reason": "timeout"}]
}
LOGIN: dict[str, object] = {
    "sections": [{"section": "tinh/tin", "stopped": "failed", "cause": "blocked", "reason": "login"}]
}
WELL: dict[str, object] = {
    "sections": [{"section": "tinh/tin", "stopped": "known_page", "pages": 1}],
    "outcomes": {"added": 1},
}
RUNS: dict[str, tuple[Verdict, dict[str, object]]] = {
    "down": (Verdict.UNREACHABLE, DOWN),
    "blocked": (Verdict.BLOCKED, LOGIN),
    "well": (Verdict.COMPLETE, WELL),
    "unread": (Verdict.INCOMPLETE, {**WELL, "outcomes": {"failed": 1}}),
    "crashed": (Verdict.INCOMPLETE, {**WELL, "outcomes": {"crashed": 1}}),
    "stopped": (Verdict.INTERRUPTED, {}),
}


def run(what: str) -> RunReport:
    verdict, evidence = RUNS[what]
    return RunReport(1, "tinh", "live", verdict, evidence)


class Killed(BaseException):
    """Stands for ``kill -9``: nothing catches it."""


class Place:
    """An archive with a portal, a clock, somebody who listens, and a watch that can be started again."""

    def __init__(self, path: Path | None = None) -> None:
        self.archive = Archive(path)
        self.archive.portals.register(PROFILE)
        self.clock = StoryClock()
        self.heard: list[tuple[str, str]] = []
        self.answer: Callable[[], Sequence[Delivery]] = lambda: OK
        self.watch = self.begin()

    def begin(self) -> Watch:
        self.watch = Watch(self.archive, self.tell, strikes=3, remind=86_400, now=self.clock.now)
        return self.watch

    def tell(self, notices: Sequence[Notice]) -> Sequence[Delivery]:
        answer = self.answer()
        if any(one.error is None for one in answer):
            self.heard += [(one.kind, one.incident.trouble.cause) for one in notices]
        return answer

    def polls(self, *whats: str) -> None:
        for what in whats:
            self.clock.pass_time(minutes=30)
            self.watch.after_run(run(what))
            self.watch.settle()

    def rows(self) -> list[dict[str, Any]]:
        return self.archive.connection.rows("select * from incidents order by id")

    @contextmanager
    def readonly(self) -> Iterator[None]:
        self.archive.connection.db.execute("pragma query_only = on")
        yield
        self.archive.connection.db.execute("pragma query_only = off")


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    with made.archive:
        yield made


def test_three_strikes_open_an_incident_that_is_told_reminded_of_and_closed(place: Place) -> None:
    with capture_logs() as lines:
        place.polls("down", "down")
        assert (place.heard, place.rows()) == ([], [])
        place.polls("down", *["down"] * 47, "down", "well", "well")
    assert place.heard == [("opened", "unreachable"), ("reminder", "unreachable"), ("recovered", "unreachable")]
    (row,) = place.rows()
    assert (row["portal"], row["section"], row["strikes"], row["reminders"]) == ("tinh", None, 51, 1)
    assert row["first_at"] < row["opened_at"] == row["told_at"] < row["reminded_at"] <= row["last_at"]
    assert row["last_at"] < row["closed_at"] == row["recovery_told_at"]
    assert place.archive.incidents.brewing() == []
    told = [(line["log_level"], line["event"], line["cause"], line["incident"], line["portal"]) for line in lines]
    assert told == [
        ("error", "incident opened", "unreachable", row["id"], "tinh"),
        ("warning", "incident still open", "unreachable", row["id"], "tinh"),
        ("info", "incident closed", "unreachable", row["id"], "tinh"),
    ]
    assert all(line["since"] and line["detail"] and line["strikes"] for line in lines)


def test_strikes_go_on_after_a_restart(place: Place) -> None:
    place.polls("down", "down")
    place.begin()
    place.polls("stopped", "down")
    assert place.heard == [("opened", "unreachable")]
    place.begin()
    place.polls("down", "well")
    assert place.heard == [("opened", "unreachable"), ("recovered", "unreachable")]


def test_an_outage_that_turns_into_another_is_closed_when_the_host_answers(place: Place) -> None:
    place.polls("down", "down", "down", "blocked")
    assert [row["cause"] for row in place.rows() if row["closed_at"]] == ["unreachable"]
    place.polls("blocked", "blocked", "well")
    assert place.heard == [
        ("opened", "unreachable"),
        ("recovered", "unreachable"),
        ("opened", "blocked"),
        ("recovered", "blocked"),
    ]


def test_without_an_address_the_log_is_all_there_is(place: Place) -> None:
    place.answer = list
    with capture_logs() as lines:
        place.polls("down", "down", "down", "down", "well")
    assert [line["event"] for line in lines] == ["incident opened", "incident closed"]
    (row,) = place.rows()
    assert row["told_at"]
    assert row["recovery_told_at"]


def test_what_nobody_took_is_sent_later_and_complained_of_once(place: Place) -> None:
    place.answer = lambda: DEAD
    with capture_logs() as lines:
        place.polls("down", "down", "down", "down", "down")
        assert place.heard == []
        assert place.rows()[0]["told_at"] is None
        place.answer = lambda: OK
        place.polls("down", "down")
    assert place.heard == [("opened", "unreachable")]
    assert [line["event"] for line in lines] == ["incident opened", "an alert could not be sent, it is tried again"]
    assert lines[1]["address"] == "json://127.0.0.1"
    assert lines[1]["error"] == "refused"


def test_one_address_that_takes_it_is_enough(place: Place) -> None:
    place.answer = lambda: [*OK, Delivery("mailto://example.vn", "hangs")]
    place.polls("down", "down", "down", "down")
    assert place.heard == [("opened", "unreachable")]


def test_what_was_over_before_it_could_be_told_is_not_told(place: Place) -> None:
    place.answer = lambda: DEAD
    place.polls("down", "down", "down", "well")
    place.answer = lambda: OK
    place.polls("well")
    assert place.heard == []
    assert place.rows()[0]["closed_at"]


def test_a_bug_in_the_telling_stops_nothing(place: Place) -> None:
    def broken() -> Sequence[Delivery]:
        raise ZeroDivisionError

    place.answer = broken
    with capture_logs() as lines:
        place.polls("down", "down", "down")
    assert lines[-1]["error"] == "ZeroDivisionError: "
    place.answer = lambda: OK
    place.polls("stopped")
    assert place.heard == [("opened", "unreachable")]


def test_many_at_once_are_few_messages(place: Place) -> None:
    calls: list[int] = []

    def tell(notices: Sequence[Notice]) -> Sequence[Delivery]:
        calls.append(len(notices))
        return OK

    watch = Watch(place.archive, tell, strikes=1, remind=0, now=place.clock.now)
    for section in [f"tinh/{one.id}" for one in PROFILE.sections]:
        watch.note(Trouble("quiet", "nothing since May", "tinh", section))
    for cause in ("clock", "configuration", "archive", "crashed", "resolver"):
        watch.note(Trouble(cause, "so"))
    watch.settle()
    assert calls == [5, 2]
    assert [one.trouble.cause for one in watch.open()][:2] == ["quiet", "quiet"]
    watch.clear("quiet", "tinh", "tinh/tin")
    watch.settle()
    assert calls == [5, 2, 1]


# --- an archive that cannot be written --------------------------------------------------------------------------------


def test_while_the_archive_cannot_be_written_an_incident_lives_in_memory(tmp_path: Path) -> None:
    place = Place(tmp_path / "archive.db")
    full = Trouble("archive", "no room left on the disk")
    with capture_logs() as lines, place.readonly():
        for _ in range(5):
            place.clock.pass_time(minutes=30)
            place.watch.note(full)
            place.watch.settle()
        assert place.heard == [("opened", "archive")]
        assert [(one.id, one.strikes) for one in place.watch.open()] == [(None, 5)]
        assert place.rows() == []
    assert [line["event"] for line in lines] == [
        "incidents are kept in memory until the archive can be written",
        "incident opened",
    ]
    place.polls("well")
    (row,) = place.rows()
    assert (row["cause"], row["portal"], row["strikes"], row["detail"]) == ("archive", None, 5, full.detail)
    assert row["first_at"] < row["told_at"] < row["closed_at"] == row["recovery_told_at"]
    assert place.heard == [("opened", "archive"), ("recovered", "archive")]
    place.archive.close()


def test_a_watch_begins_without_an_archive_and_joins_what_it_knows(tmp_path: Path) -> None:
    place = Place(tmp_path / "archive.db")
    place.polls("down", "down", "down")
    watch = Watch(None, place.tell, strikes=1, remind=0, now=place.clock.now)
    watch.note(Trouble("archive", "locked"))
    watch.note(Trouble("unreachable", "still", "tinh"))
    watch.settle()
    watch.use(place.archive)
    assert [(row["cause"], row["detail"]) for row in place.rows()] == [("unreachable", "still"), ("archive", "locked")]
    watch.after_run(run("well"))
    assert all(row["closed_at"] for row in place.rows())
    place.archive.close()


def test_a_restored_backup_loses_no_incident(tmp_path: Path) -> None:
    place = Place(tmp_path / "archive.db")
    place.polls("unread", "unread", "unread")
    restored = Place(tmp_path / "backup.db")
    restored.polls("down", "down", "down")
    place.watch.use(restored.archive)
    assert [row["cause"] for row in restored.rows()] == ["unreachable", "incomplete"]
    place.watch.after_run(run("well"))
    assert all(row["closed_at"] for row in restored.rows())
    place.archive.close()
    restored.archive.close()


def test_a_portal_that_is_not_registered_yet_waits_in_memory() -> None:
    with Archive(None) as archive:
        clock = StoryClock()
        watch = Watch(archive, lambda _: OK, strikes=1, remind=0, now=clock.now)
        watch.note(Trouble("crashed", "before anything", "tinh"))
        assert archive.incidents.open() == []
        archive.portals.register(PROFILE)
        watch.settle()
        assert [row["cause"] for row in archive.incidents.open()] == ["crashed"]


# --- kills ------------------------------------------------------------------------------------------------------------


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
