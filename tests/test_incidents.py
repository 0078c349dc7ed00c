"""The watch over an archive: one incident a cause, every message sent, nothing lost while a disk is full."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import spoiled_answers as spoiled
from collector.alerting import Delivery
from collector.archive import Archive
from collector.config import replace_base
from collector.demo.loopback import Response
from collector.incident import Trouble
from collector.plan.incidents import Notice
from collector.plan.troubles import finding
from collector.watch import Watch
from conftest import Replica
from stored import PROFILE
from story_clock import StoryClock
from watching import DEAD, OK, Place, run


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


def test_it_is_known_until_when_there_is_nothing_to_send_and_whether_all_is_written(place: Place) -> None:
    assert (place.watch.silent_until(), place.watch.written) == (None, True)
    place.answer = lambda: DEAD
    place.polls("down", "down", "down")
    assert (place.watch.silent_until(), place.watch.written) == (place.clock.now(), True), "somebody is to be told"
    place.answer = lambda: OK
    place.polls("down")
    assert place.watch.silent_until() == place.clock.now() + timedelta(days=1), "the first reminder"
    place.watch.use(None)
    place.polls("well")
    assert not place.watch.written
    place.watch.use(place.archive)
    assert (place.watch.silent_until(), place.watch.written) == (None, True)


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


# --- real runs --------------------------------------------------------------------------------------------------------


def test_what_a_portal_does_to_real_runs_is_told_by_its_own_name(
    replica: Replica,
) -> None:
    watch = Watch(replica.archive, lambda _: OK, strikes=1, remind=0, now=replica.clock.now)

    def causes(answer: Response | None = None) -> set[tuple[str, str | None]]:
        replica.site.fault = None if answer is None else (lambda _: answer)
        watch.after_run(replica.run())
        return {(one.trouble.cause, one.trouble.section) for one in watch.open()}

    section = f"{replica.profile.id}/{replica.profile.sections[0].id}"
    assert causes() == set()
    assert causes(spoiled.LOGIN) == {("blocked", None)}
    assert causes() == set()
    replica.clock.pass_time(days=1)
    assert causes(spoiled.NOTHING) == {("layout_changed", section)}
    assert causes() == set()
    assert causes(Response(500)) == {("unreachable", None)}
    replica.clock.pass_time(days=2)
    assert causes() == set()


def test_a_name_that_is_gone_and_name_servers_that_are_silent_are_told_apart_in_real_runs(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    def causes(number: int) -> list[str]:
        def addresses(*_: object, **__: object) -> list[str]:
            raise socket.gaierror(number, "no")

        monkeypatch.setattr(socket, "getaddrinfo", addresses)
        return [trouble.cause for trouble in finding(replica.run()).seen]

    replica.profile = replace_base(replica.profile, "http://cong.example/")
    assert causes(socket.EAI_NONAME) == ["no_such_host"]
    assert causes(socket.EAI_AGAIN) == ["resolver"]
