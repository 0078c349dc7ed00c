"""The process that polls and the one that keeps it: one is killed, hangs, is another program, and the daemon lives or ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import collector
from collector.demo.site import ReplicaPortal
from fault_table import Note
from living import RESTING, RESTS_BETWEEN, Living, is_alive, polling, resting, rests
from workplace import Workplace

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux says whose child a process is")


def test_a_shift_that_is_killed_in_a_poll_is_replaced_and_makes_good_what_it_missed(tmp_path: Path, note: Note) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        shift = polling(daemon, 1.0)
        os.kill(shift, signal.SIGKILL)
        started = time.monotonic()
        portal.latency = 0
        assert "the process that polls was killed by signal 9" in daemon.unwell()
        daemon.wait(lambda: daemon.must <= daemon.stored())
        daemon.well()
        taken = time.monotonic() - started
        gone = daemon.logged("the process that polls is gone, and another one takes its place")
        assert [(one["how"], one["portals"]) for one in gone] == [("was killed by signal 9", ["tinh"])]
        assert len(daemon.logged("poll crashed")) == 1
        rests(daemon)
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
    note("32", "daemon: the polling process killed", "unwell", 0, "intact", f"all there {taken:.1f} s later")


@pytest.mark.slow
def test_a_shift_whose_supervisor_is_killed_ends_too_and_the_next_daemon_goes_on(tmp_path: Path) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        shift = polling(daemon, 2.0)
        daemon.process.kill()
        daemon.process.wait()
        end = time.monotonic() + 5
        while is_alive(shift):
            assert time.monotonic() < end, "nobody is there any more for whom it would poll"
            time.sleep(0.02)
        portal.latency = 0
        daemon.close()
        daemon.again()
        daemon.wait(lambda: daemon.must <= daemon.stored())
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []


@pytest.mark.slow
def test_signals_to_every_process_of_the_daemon_as_a_service_manager_sends_them_end_it_with_0(tmp_path: Path) -> None:
    with ReplicaPortal(count=24) as portal, resting(tmp_path, portal) as daemon:
        daemon.alive()
        shift = polling(daemon, 0.5)
        os.kill(shift, signal.SIGHUP)  # `pkill -HUP`: the supervisor's to hear
        daemon.process.send_signal(signal.SIGTERM)
        os.kill(shift, signal.SIGTERM)
        assert daemon.process.wait(timeout=20) == 0
        daemon.close()
        assert not is_alive(shift)
        assert daemon.rows("select verdict from runs order by id desc limit 1") == [("interrupted",)]


@pytest.mark.slow
def test_a_shift_that_hangs_is_killed_by_the_second_signal_and_after_the_patience_of_the_first(tmp_path: Path) -> None:
    for times, code in ((2, 130), (1, 0)):
        (tmp_path / str(times)).mkdir()
        with ReplicaPortal(count=24) as portal, resting(tmp_path / str(times), portal) as daemon:
            daemon.alive()
            daemon.wait(lambda daemon=daemon: daemon.shift is not None)  # type: ignore[misc]
            shift = daemon.shift
            assert shift is not None
            os.kill(shift, signal.SIGSTOP)
            ended, seconds = daemon.stop(times=times)
            assert ended == code
            assert seconds < 10
            assert not is_alive(shift)
            assert daemon.place.inside("--archive", str(daemon.archive), "run").returncode == 0, "nobody holds it"


@pytest.mark.slow
def test_a_program_that_is_upgraded_under_a_daemon_is_started_anew_by_its_next_shift(tmp_path: Path) -> None:
    program = f"""
import pathlib, collector
told = pathlib.Path("version")
if told.exists():
    collector.__version__ = told.read_text()
    from collector import handover
    handover.PROGRAM = told.read_bytes()
{RESTING}
"""
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal, program=program, settings=RESTS_BETWEEN) as daemon:
        daemon.alive()
        rests(daemon)
        (tmp_path / "version").write_text("9.9")
        daemon.wait(lambda: daemon.health()[1].get("version") == "9.9")
        fresh = daemon.publish()
        daemon.wait(lambda: fresh <= daemon.stored())
        rests(daemon)
        daemon.well()
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
        assert len(daemon.logged("the program was upgraded, and the daemon starts anew")) == 1


@pytest.mark.slow
def test_the_process_that_polls_is_of_the_same_program_as_its_supervisor(tmp_path: Path) -> None:
    """A checkout that is run from its own folder, beside an installed one."""
    shutil.copytree(Path(collector.__file__).parent, tmp_path / "elsewhere" / "collector")
    (tmp_path / "place").mkdir()
    with ReplicaPortal(count=24) as portal:
        place = Workplace(tmp_path / "place", portal.base_url)
        marked = tmp_path / "elsewhere" / "collector" / "cli" / "polling.py"
        marked.write_text(
            marked.read_text().replace("def main() -> None:\n", "def main() -> None:\n    open('marked', 'w')\n")
        )
        command = [
            "-m",
            "collector",
            "--config",
            str(place.folder / "config"),
            "--archive",
            str(place.archive),
            "daemon",
        ]
        with subprocess.Popen([sys.executable, *command], cwd=tmp_path / "elsewhere") as process:
            end = time.monotonic() + 20
            while not (tmp_path / "elsewhere" / "marked").exists():
                assert time.monotonic() < end
                time.sleep(0.05)
            process.terminate()
            assert process.wait(20) == 0


def test_a_port_that_is_taken_ends_the_daemon_with_2_and_no_process_stays(tmp_path: Path) -> None:
    with ReplicaPortal(count=24) as portal, socket.create_server(("127.0.0.1", 0)) as taken:
        settings = f"{RESTS_BETWEEN}\n[health]\nport = {taken.getsockname()[1]}"
        with Living(tmp_path, portal, program=RESTING, settings=settings) as daemon:
            assert daemon.process.wait(timeout=30) == 2
            daemon.close()
            assert [line.partition(" cannot be served")[0] for line in daemon.said] == [
                f"Error: [health] 127.0.0.1:{taken.getsockname()[1]}"
            ]
            assert portal.requests == []
            assert daemon.place.inside("--archive", str(daemon.archive), "run").returncode == 0, "nobody holds it"
