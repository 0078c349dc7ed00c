"""``collector schedule`` and the next poll in ``status``: what the daemon will do, and what it did."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collector.archive import Archive
from collector.duetimes import Tick, TickState
from collector.model import RunReport, Verdict
from collector.plan import next_ask
from stored import PROFILE
from workplace import Workplace

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path, "http://127.0.0.1:9/")
    settings = tmp_path / "config" / "collector.toml"
    settings.write_text(settings.read_text().replace('every = "1s"', 'every = "1h"\njitter = "30s"'))
    return made


def polled(place: Workplace, *ticks: Tick, verdict: Verdict = Verdict.COMPLETE) -> None:
    with Archive(place.archive) as archive:
        archive.portals.register(PROFILE)
        run = archive.ledger.begin_run(kind="poll", portal="tinh", source="live", now=NOW)
        archive.ticks.note(ticks, portal="tinh", started_at=ticks[-1].due_at + timedelta(seconds=90))
        archive.ticks.ended(portal="tinh", run=run)
        archive.ledger.finish_run(RunReport(run, "tinh", "live", verdict, {}), NOW)


def asked(place: Workplace, *arguments: str) -> dict[str, Any]:
    done = place.inside("schedule", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_without_an_archive_it_is_counted_from_now(place: Workplace) -> None:
    before = datetime.now(UTC)
    due = [datetime.fromisoformat(row["due_at"]) for row in asked(place, "-n", "3")["due"]]
    assert [later - earlier for earlier, later in pairwise(due)] == [HOUR, HOUR]
    assert due[0] >= before + HOUR - timedelta(seconds=1)
    assert due[0] <= datetime.now(UTC) + HOUR
    assert not place.archive.exists(), "it only looks"


def test_with_one_it_goes_on_from_the_last_due_time_in_both_time_zones(place: Workplace) -> None:
    last = NOW - timedelta(minutes=20)
    polled(place, Tick(last, TickState.RAN))
    row, *_ = asked(place)["due"]
    assert datetime.fromisoformat(row["due_at"]) == last + HOUR
    assert row["local"].endswith("+07:00")
    assert datetime.fromisoformat(row["local"]) == last + HOUR
    table = place.inside("schedule", "-n", "1").stdout
    assert (last + HOUR).strftime("%Y-%m-%d %H:%M:%SZ") in table
    assert "Each poll starts up to 30 s later." in table
    status = json.loads(place.inside("status", "--json").stdout)["portals"][0]
    assert datetime.fromisoformat(status["next_due_at"]) == last + HOUR


def test_a_silent_portal_is_told_with_when_it_is_asked_again(place: Workplace) -> None:
    last = NOW - timedelta(minutes=20)
    polled(place, Tick(last, TickState.RAN), verdict=Verdict.UNREACHABLE)
    with Archive(place.archive) as archive:
        for _ in range(4):
            archive.hosts.stayed_silent(
                "127.0.0.1:9",
                cause="refused",
                now=NOW,
                next_try=lambda polls, at: next_ask(polls, at, every=HOUR, cause="refused"),
            )
    told = asked(place)
    assert datetime.fromisoformat(told["due"][0]["due_at"]) == last + 5 * HOUR, "four hours, and then the next due time"
    assert "tinh" in told["silent_since"]
    assert "has not answered since" in place.inside("schedule").stdout
    assert "no answer since" in place.inside("status").stdout


def test_the_past_is_the_ledger_newest_first(place: Workplace) -> None:
    ticks = [Tick(NOW - number * HOUR, state) for number, state in ((3, TickState.MISSED), (2, TickState.COALESCED))]
    polled(place, *ticks, Tick(NOW - HOUR, TickState.LATE))
    rows = asked(place, "--past", "-n", "2")["ticks"]
    assert [(row["state"], row["run"], row["verdict"], row["seconds_late"]) for row in rows] == [
        ("late", 1, "complete", 90),
        ("coalesced", 1, "complete", None),
    ]
    table = place.inside("schedule", "--past").stdout.splitlines()
    assert [line.split()[3] for line in table[1:]] == ["late", "coalesced", "missed"]


def test_a_due_time_long_past_asks_whether_the_daemon_runs(place: Workplace) -> None:
    polled(place, Tick(NOW - 5 * HOUR, TickState.RAN))
    assert "is the daemon running?" in place.inside("status").stdout


def test_a_portal_that_is_not_configured_is_a_mistake(place: Workplace) -> None:
    done = place.inside("schedule", "--portal", "tỉnh-khác")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no portal 'tỉnh-khác' is configured" in done.stderr
