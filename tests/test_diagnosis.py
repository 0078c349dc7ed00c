"""Whether the daemon is well: by its own work and its archive, never by a portal's troubles."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.archive import Archive
from collector.archive.files import affected_build
from collector.archive.onlooker import FileSizes, Onlooker, sqlite_version
from collector.archive.schema import SCHEMA_VERSION
from collector.archive.stamps import stamp
from collector.diagnosis import diagnose
from collector.health import DaemonState, PortalState
from collector.model import RunReport, Verdict
from stored import NOW, append, begin

HOUR = timedelta(hours=1)
PORTAL = PortalState("tinh", due_at=NOW + HOUR, polling_since=None, trouble=None)
STATE = DaemonState(NOW - HOUR, (PORTAL,), clock_steps=0, clock=None, configuration=None, trouble=None)
POLLING = replace(STATE, portals=(replace(PORTAL, polling_since=NOW),))


@pytest.fixture
def onlooker(archive: Archive) -> Iterator[Onlooker]:
    assert archive.path is not None
    with Onlooker(archive.path) as opened:
        yield opened


def finish(archive: Archive, run: int, verdict: Verdict, at: datetime, source: str = "live") -> None:
    archive.ledger.finish_run(RunReport(run, "tinh", source, verdict, {}), at)


def open_incident(archive: Archive, portal: str | None, cause: str) -> None:
    row = {
        "cause": cause,
        "detail": "x",
        "strikes": 3,
        **dict.fromkeys(("first_at", "opened_at", "last_at"), stamp(NOW)),
    }
    with archive.connection.writing():
        archive.connection.insert("incidents", {"portal": portal, **row})


def test_the_facts_of_a_daemon_that_is_well(archive: Archive, onlooker: Onlooker) -> None:
    finish(archive, begin(archive), Verdict.COMPLETE, NOW - 3 * HOUR)
    finish(archive, begin(archive), Verdict.EMPTY_EXPECTED, NOW - 2 * HOUR)
    finish(archive, begin(archive, source="archive"), Verdict.COMPLETE, NOW - HOUR, "archive")
    finish(archive, begin(archive), Verdict.UNREACHABLE, NOW)
    well, facts = diagnose(STATE, onlooker, NOW)
    assert (well, facts["archive"], facts["clock"], facts["configuration"]) == (True, "ok", "ok", "ok")
    assert "detail" not in facts
    assert (facts["next_due_at"], facts["polling"]) == (stamp(NOW + HOUR), False)
    (portal,) = facts["portals"]
    assert (portal["portal"], portal["last_verdict"]) == ("tinh", "unreachable")
    assert portal["last_success_at"] == stamp(NOW - 2 * HOUR), "reading again asks no portal"
    assert portal["last_success_age_seconds"] == 7200
    file = facts["archive_file"]
    assert (file["name"], file["writable"]) == ("archive.db", True)
    assert archive.path is not None
    assert file["bytes"] == archive.path.stat().st_size
    assert file["wal_bytes"] == archive.path.with_name("archive.db-wal").stat().st_size > 0
    assert file["free_bytes"] > 0
    assert facts["sqlite"] == {"version": sqlite_version(), "risk": affected_build()}


def test_what_the_portals_do_wrong_is_told_and_makes_nobody_unwell(archive: Archive, onlooker: Onlooker) -> None:
    run = begin(archive)
    archive.ledger.fail(
        portal="tinh",
        url="https://portal.example/tin/1",
        source_id="1",
        stage="article",
        error=ValueError("x"),
        trace=None,
        capture=None,
        run=run,
        now=NOW,
        backoff=lambda _, at: at + HOUR,
    )
    finish(archive, run, Verdict.UNREACHABLE, NOW - 400 * HOUR)
    open_incident(archive, "tinh", "unreachable")
    open_incident(archive, None, "clock_stepped")
    well, facts = diagnose(STATE, onlooker, NOW)
    assert well
    (portal,) = facts["portals"]
    assert (portal["last_success_at"], portal["last_success_age_seconds"]) == (None, None)
    assert portal["open_failures"] == 1
    assert [one["cause"] for one in portal["open_incidents"]] == ["unreachable"]
    assert [one["cause"] for one in facts["incidents"]] == ["clock_stepped"]
    with archive.connection.writing():
        archive.connection.execute("update incidents set closed_at = opened_at")
    assert diagnose(STATE, onlooker, NOW)[1]["portals"][0]["open_incidents"] == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (replace(STATE, trouble="no room left"), "no room left"),
        (replace(STATE, portals=()), "no portal is polled"),
        (replace(STATE, portals=(replace(PORTAL, trouble="the last poll crashed: KeyError"),)), "tinh: the last poll"),
        (replace(STATE, portals=(replace(PORTAL, due_at=None),)), "tinh: no poll is scheduled"),
        (replace(STATE, portals=(replace(PORTAL, due_at=NOW - timedelta(seconds=301)),)), "has not begun"),
        (replace(STATE, portals=(replace(PORTAL, polling_since=NOW - 49 * HOUR),)), "does not end"),
        (
            replace(STATE, portals=(PORTAL, replace(PORTAL, portal="other", due_at=NOW - HOUR))),
            "other: the poll due at",
        ),
    ],
)
def test_what_somebody_has_to_mend_here_makes_it_unwell(onlooker: Onlooker, state: DaemonState, said: str) -> None:
    well, facts = diagnose(state, onlooker, NOW)
    assert not well
    assert said in facts["detail"]
    assert facts["archive"] == "ok"


@pytest.mark.parametrize(
    "state",
    [
        replace(STATE, configuration="collector.toml: http.delay: must not be negative"),
        replace(STATE, portals=(replace(PORTAL, due_at=NOW - timedelta(seconds=299)),)),
        replace(STATE, portals=(replace(PORTAL, due_at=NOW - HOUR, polling_since=NOW - 47 * HOUR),)),
        replace(STATE, portals=(replace(PORTAL, due_at=None, polling_since=NOW),)),
    ],
)
def test_what_goes_on_as_before_makes_nobody_unwell(onlooker: Onlooker, state: DaemonState) -> None:
    well, facts = diagnose(state, onlooker, NOW)
    assert well
    assert facts["configuration"] == (state.configuration or "ok")


def test_a_polls_transaction_is_not_waited_for(archive: Archive, onlooker: Onlooker) -> None:
    found: list[tuple[bool, dict[str, Any]]] = []
    with archive.connection.writing():
        append(archive)
        # In a thread of its own, as probes are: the poll's thread holds the lock of the writer's connection.
        probe = threading.Thread(target=lambda: found.append(diagnose(POLLING, onlooker, NOW)), daemon=True)
        probe.start()
        probe.join(5)
        assert found, "it waits for the poll"
        # Nothing polls, and yet somebody writes: another program keeps the archive locked.
        locked, told = diagnose(STATE, onlooker, NOW)
    assert found[0][0]
    assert (found[0][1]["archive"], found[0][1]["archive_file"]["writable"]) == ("ok", None)
    assert not locked
    assert "is locked by another program" in told["archive"]
    assert archive.connection.value("select count(*) from articles") == 1, "and the poll was not disturbed"
    assert diagnose(STATE, onlooker, NOW)[0]


@pytest.mark.parametrize("harm", ["missing", "damaged", "foreign", "newer"])
def test_an_archive_that_is_not_there_not_whole_or_not_ours_is_told(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "archive.db"
    if harm != "missing":
        Archive(path).close()
    if harm == "damaged":
        whole = path.read_bytes()
        path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    elif harm == "foreign":
        path.write_text("không phải cơ sở dữ liệu")
    elif harm == "newer":
        with Archive(path) as archive:
            archive.connection.db.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    with Onlooker(path) as onlooker:
        well, facts = diagnose(STATE, onlooker, NOW)
        said = {"missing": "No such file", "damaged": "is damaged", "foreign": "is not a SQLite database"}
        assert not well
        assert said.get(harm, "was written by a newer collector") in facts["archive"]
        assert "\n" not in facts["detail"]
        assert facts["portals"][0]["due_at"] == stamp(NOW + HOUR), "what the daemon itself knows is told all the same"
        assert path.exists() == (harm != "missing")
        path.unlink(missing_ok=True)
        Archive(path).close()
        assert diagnose(STATE, onlooker, NOW)[0], "and what stands there later is looked at anew"


def test_a_disk_without_room_makes_it_unwell(onlooker: Onlooker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Onlooker, "sizes", lambda _: FileSizes(500_000, 4_000_000, 8_192))
    well, facts = diagnose(STATE, onlooker, NOW)
    assert not well
    assert facts["archive"] == "no room left on the disk of archive.db: 8,192 bytes are free"
    assert facts["archive_file"]["writable"] is False


def test_looking_on_and_leaving_takes_nothing_from_the_writer(archive: Archive) -> None:
    assert archive.path is not None
    append(archive)
    with Onlooker(archive.path) as onlooker:
        diagnose(STATE, onlooker, NOW)
        onlooker.counts()
    # Had our locks gone with the onlooker's files, a program that leaves would take itself for the last one, fold the
    # WAL in and delete it under the writer.
    reading = f"import sqlite3; c = sqlite3.connect({str(archive.path)!r}); c.execute('select * from runs'); c.close()"
    subprocess.run([sys.executable, "-c", reading], check=True, timeout=60)
    assert archive.path.with_name("archive.db-wal").exists()


def test_a_clock_that_erred_is_in_the_facts_and_no_reason_to_start_a_container_anew(onlooker: Onlooker) -> None:
    well, facts = diagnose(replace(STATE, clock="it was set back by 2 h"), onlooker, NOW)
    assert (well, facts["clock"]) == (True, "it was set back by 2 h")
