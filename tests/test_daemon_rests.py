"""A daemon between polls: nobody polls and little memory is held, and whatever happens meanwhile is met all the same."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from collector.archive.files import how_to_read
from collector.demo.loopback import Response
from collector.demo.site import ReplicaPortal
from fault_table import Note
from living import RESTING, RESTS_BETWEEN, Living, polling, resting, rests
from test_daemon_faults import backup, locked, missing, newer, outlived
from test_daemon_machine import WITH_FAKETIME, faketime

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux says whose child a process is")

_SLOW = pytest.mark.slow


def states(daemon: Living) -> list[str]:
    return [row[0] for row in daemon.rows("select distinct state from ticks")]


def open_files(daemon: Living) -> int:
    return len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir()))


def resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def test_between_polls_there_is_no_process_that_polls_and_nothing_is_missed(tmp_path: Path) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        shifts = set()
        for _ in range(3):
            rests(daemon)
            well, facts = daemon.health()
            assert well, facts
            assert facts["polling"] is False
            # Else whoever may not write the folder would take the archive for one that nobody changes.
            assert "immutable" not in how_to_read(daemon.archive.with_name("archive.db"))
            assert all(daemon.archive.with_name(f"archive.db{rest}").exists() for rest in ("-wal", "-shm"))
            assert facts["portals"][0]["due_at"] >= daemon.now()
            fresh = daemon.publish(1)
            daemon.wait(lambda: daemon.shift is not None)
            shifts.add(daemon.shift)
            daemon.wait(lambda fresh=fresh: fresh <= daemon.stored())  # type: ignore[misc]
        assert len(shifts) == 3
        files = open_files(daemon)
        rests(daemon)
        assert open_files(daemon) <= files, "nothing of a shift stays behind"
        second = daemon.place.run("--archive", str(daemon.archive), "run")
        assert second.returncode == 4, "the archive is held though nobody polls"
        assert f"(process {daemon.process.pid}, " in second.stderr
        assert daemon.stop()[0] == 0
        # A machine that is busy may take longer to start a process than there is between two due times.
        assert "ran" in states(daemon)
        assert {*states(daemon)} <= {"ran", "coalesced", "overlapped"}, "a shift that rests is no daemon that is away"
        assert daemon.lost() == []
    assert len(daemon.logged("daemon started")) == len(daemon.logged("health and metrics are served")) == 1
    assert daemon.said == []


def test_a_configuration_that_is_being_edited_is_not_read_by_the_next_shift_but_at_sighup_also_at_rest(
    tmp_path: Path,
) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        right = daemon.settings.read_text(encoding="utf-8")
        daemon.settings.write_text(right.replace('"3s"', '"often"'), encoding="utf-8")
        rests(daemon)
        daemon.polls()
        rests(daemon)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait(lambda: daemon.logged("the new configuration is refused, the old one stays"))
        daemon.wait(lambda: "schedule.every" in daemon.health()[1]["configuration"])
        rests(daemon)
        assert "schedule.every" in daemon.health()[1]["configuration"]
        daemon.polls()
        assert ("configuration", 0) in daemon.incidents()
        daemon.settings.write_text(right.replace('"3s"', '"4s"'), encoding="utf-8")
        rests(daemon)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait(lambda: daemon.logged("the configuration was read anew"))
        daemon.wait(lambda: daemon.health()[1]["configuration"] == "ok")
        assert daemon.incidents() == [("configuration", 1)]
        daemon.polls(2)
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
        assert len(daemon.logged("the new configuration is refused, the old one stays")) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=_SLOW)])
def test_a_signal_ends_a_daemon_at_rest(number: signal.Signals, tmp_path: Path, note: Note) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        rests(daemon)
        code, seconds = daemon.stop(number)
        assert code == 0
        assert seconds < 3
        assert daemon.lost() == []
    note("27", f"daemon: {number.name}, at rest", "stopped", code, "intact", f"ended in {seconds:.1f} s, all there")


@pytest.mark.slow
@pytest.mark.parametrize("asked", [False, True], ids=["nobody looks", "health is asked"])
def test_a_backup_that_is_moved_into_the_place_of_an_archive_at_rest_is_used_and_whole(
    asked: bool, tmp_path: Path, note: Note
) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        whole = backup(daemon)
        before = daemon.stored()
        later = daemon.publish(3)
        daemon.wait(lambda: later <= daemon.stored())
        if asked:
            daemon.well()
        rests(daemon)
        if asked:
            daemon.well()  # whoever looks on has the archive open, and keeps its -wal there
        whole.replace(daemon.archive)
        assert daemon.stored() == before
        daemon.wait(lambda: later <= daemon.stored())
        daemon.well()
        rests(daemon)
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
    note("30", "daemon: a backup moved there at rest", "well", 0, "intact", "all there")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param(missing, "archive.db is gone; put it back", id="moved away"),
        pytest.param(newer, "was written by a newer collector (schema 999", id="newer schema"),
        pytest.param(locked, "is locked by another program", id="locked"),
    ],
)
def test_what_happens_to_an_archive_at_rest_is_told_once_outlived_and_made_good(
    fault: object, says: str, tmp_path: Path, note: Note
) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        rests(daemon)
        well_again = outlived(daemon, fault, says)  # type: ignore[arg-type]
        rests(daemon)
        daemon.polls()
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
    note("30", f"daemon: {says[:30]}…, at rest", "unwell", 0, "intact", f"well {well_again:.1f} s later, all there")


@pytest.mark.slow
@WITH_FAKETIME
@pytest.mark.parametrize("hours", [2, -2], ids=["forward", "back"])
def test_a_clock_that_is_set_at_rest_is_seen_and_stops_no_poll(hours: int, tmp_path: Path, note: Note) -> None:
    told, environ = faketime(tmp_path)
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal, environ=environ) as daemon:
        daemon.alive()
        rests(daemon)
        told.write_text(f"{hours * 3600:+d}\n")
        fresh = daemon.publish()
        started = time.monotonic()
        daemon.wait(lambda: fresh <= daemon.stored(), 60)
        taken = time.monotonic() - started
        steps = daemon.logged("the clock was set, or the machine slept")
        assert [round(line["seconds"] / 3600) for line in steps] == [hours]
        daemon.wait(lambda: daemon.health()[1]["clock_steps"] == 1)
        rests(daemon)
        daemon.polls(2)
        assert daemon.stop()[0] == 0
        assert daemon.place.faults() == []
        stamps = [row[0] for row in daemon.rows("select started_at from runs order by id")]
        assert stamps == sorted(stamps), "no instant goes back"
    note(
        "5",
        f"daemon: clock set by {hours:+d} h at rest",
        "well",
        0,
        "intact",
        f"what was new is there {taken:.1f} s later",
    )


@pytest.mark.slow
def test_an_incident_lasts_over_shifts_and_is_told_once(tmp_path: Path) -> None:
    settings = f"{RESTS_BETWEEN}\n[alerts]\nstrikes = 2"
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal, program=RESTING, settings=settings) as daemon:
        daemon.alive()
        portal.fault = lambda _: Response(503, b"down")
        daemon.wait(lambda: daemon.logged("incident opened"), 60)
        rests(daemon)
        assert daemon.health()[1]["portals"][0]["open_incidents"][0]["cause"] == "unreachable"
        rests(daemon)
        portal.fault = None
        daemon.wait(lambda: daemon.logged("incident closed"), 60)
        assert len(daemon.logged("incident opened")) == 1
        assert daemon.incidents() == [("unreachable", 1)]
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []


@pytest.mark.slow
def test_what_waits_is_half_as_large_as_what_polls(tmp_path: Path) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        shift = polling(daemon, 0.3)
        polls = resident(shift)
        portal.latency = 0
        rests(daemon)
        assert resident(daemon.process.pid) < 0.6 * polls
