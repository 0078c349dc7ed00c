"""The machine under a living daemon: a clock that is set, file descriptors that run out."""

from __future__ import annotations

import os
import resource
import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from collector.demo.site import ReplicaPortal
from fault_table import Note
from living import IMPATIENT, Living

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process"),
]

_LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
WITH_FAKETIME = pytest.mark.skipif(_LIBRARY is None and "CI" not in os.environ, reason="there is no libfaketime")


def faketime(folder: Path) -> tuple[Path, dict[str, str]]:
    """Return a file that says by how many seconds a process's wall clock is wrong, and the environment to start it in."""
    told = folder / "offset"
    told.write_text("+0\n")
    return told, {
        "LD_PRELOAD": str(_LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(told),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@WITH_FAKETIME
@pytest.mark.parametrize("hours", [2, -2], ids=["forward", "back"])
def test_a_clock_that_is_set_by_two_hours_stops_no_poll_and_no_instant_goes_back(
    hours: int, tmp_path: Path, note: Note
) -> None:
    told, environ = faketime(tmp_path)
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal, environ=environ) as daemon:
        daemon.alive()
        told.write_text(f"{hours * 3600:+d}\n")
        started = time.monotonic()
        daemon.polls(3)
        taken = time.monotonic() - started
        fresh = daemon.publish()
        daemon.wait(lambda: fresh <= daemon.stored())
        assert [round(line["seconds"] / 3600) for line in daemon.logged("the clock was set, or the machine slept")] == [
            hours
        ]
        assert daemon.health()[1]["clock_steps"] == 1
        assert daemon.stop()[0] == 0
        assert daemon.place.faults() == []
        assert daemon.must <= daemon.stored()
        stamps = [row[0] for row in daemon.rows("select started_at from runs order by id")]
        assert all(earlier <= later for earlier, later in pairwise(stamps)), "no instant goes back"
        dues = [datetime.fromisoformat(row[0]) for row in daemon.rows("select due_at from ticks order by id")]
        steps = [later - earlier for earlier, later in pairwise(dues)]
        assert [step for step in steps if step > timedelta(seconds=1)] == [], "none is left out"
        assert sum(step < timedelta(0) for step in steps) == (hours < 0)
    note("5", f"daemon: clock set by {hours:+d} h", "well", 0, "intact", f"three polls within {taken:.1f} s")


def test_a_daemon_without_file_descriptors_lives_and_goes_on_when_it_has_some(tmp_path: Path, note: Note) -> None:
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal, program=IMPATIENT) as daemon:
        daemon.alive()
        before = daemon.limit(resource.RLIMIT_NOFILE, (4, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        fresh = daemon.publish()
        time.sleep(4)
        assert daemon.process.poll() is None
        assert not fresh <= daemon.stored(), "it had nothing left to work with"
        daemon.limit(resource.RLIMIT_NOFILE, before)
        started = time.monotonic()
        daemon.wait(lambda: fresh <= daemon.stored())
        daemon.well()
        taken = time.monotonic() - started
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
    note("32", "daemon: no file descriptors left", "unwell", 0, "intact", f"well {taken:.1f} s later, all there")
