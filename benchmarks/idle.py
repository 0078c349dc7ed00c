"""What a daemon that has nothing to do costs, beside a bare process that imports the same libraries.

It has polled, and was asked for its health and its metrics. Both idle side by side for a minute, while nobody polls:
python benchmarks/idle.py [--seconds 60]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from collector.demo.newsroom import Newsroom
from collector.demo.site import ReplicaPortal
from ports import free_port
from workplace import Workplace

#: What the modules of a daemon that waits import, and of one that polls; those that are not ours are listed.
_WAITS = (
    "collector.cli.serving, collector.archive.onlooker, collector.diagnosis, collector.supervisor, collector.metrics"
)
_POLLS = "collector.cli.polling"
_LIST = """
import sys
import {modules}
print(*sorted(name for name in sys.modules if not name.startswith(("collector", "__m"))))
"""
_BARE = """
import importlib, sys, time
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
print("there", flush=True)
time.sleep(3600)
"""
_TICKS = 100  # of the kernel's clock in a second, as Linux has it everywhere


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def processor(pid: int) -> float:
    """Return the processor time of a process in milliseconds, user's and system's."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS * 1000


def switches(pid: int) -> int:
    """Return how often a process has gone to sleep by itself, in all its threads."""
    tasks = Path(f"/proc/{pid}/task").glob("*/status")
    return sum(int(task.read_text().split("\nvoluntary_ctxt_switches:")[1].split()[0]) for task in tasks)


def libraries(ours: str) -> list[str]:
    """Return every module of Python's and of libraries that these modules of ours import, submodules too."""
    listing = _LIST.format(modules=ours)
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return done.stdout.split()


def bare(ours: str) -> subprocess.Popen[str]:
    """Start a process that imports the libraries of these modules, and does nothing."""
    process = subprocess.Popen([sys.executable, "-c", _BARE, *libraries(ours)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def asked(port: int) -> None:
    """Ask as a probe and as a scraper do."""
    for path in ("health", "metrics"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
            assert answer.read()


def main() -> None:
    """Print both processes' memory and processor time, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ReplicaPortal(newsroom=Newsroom(count=30)) as portal:
        port = free_port()
        place = Workplace(Path(folder), portal.base_url, port=port)
        settings = place.folder / "config" / "collector.toml"
        settings.write_text(settings.read_text().replace('every = "1s"', 'every = "2h"'))
        with place.start("-q", "daemon") as daemon, bare(_WAITS) as waits, bare(_POLLS) as polls:
            try:
                most = 0.0
                while not place.archive.exists() or not place.rows("select 1 from runs where verdict is not null"):
                    most = max([most, *map(resident, children(daemon.pid))])
                    time.sleep(0.1)
                while children(daemon.pid):
                    time.sleep(0.1)
                asked(port)
                time.sleep(2)
                before = {process.pid: (processor(process.pid), switches(process.pid)) for process in (daemon, waits)}
                time.sleep(given.seconds)
                assert not children(daemon.pid), "it rests"
                print(f"{'':<20}{'RSS MB':>8}{'CPU ms a minute':>17}{'wakes a minute':>16}")
                for name, process in (("daemon at rest", daemon), ("the same libraries", waits)):
                    spent, slept = before[process.pid]
                    minute = 60 / given.seconds
                    print(
                        f"{name:<20}{resident(process.pid):>8.1f}{(processor(process.pid) - spent) * minute:>17.0f}"
                        f"{(switches(process.pid) - slept) * minute:>16.0f}"
                    )
                print(f"ratio               {resident(daemon.pid) / resident(waits.pid):>8.2f}")
                print(f"its first shift     {most:>8.1f}\nthe same libraries  {resident(polls.pid):>8.1f}")
            finally:
                for process in (waits, polls):
                    process.kill()


if __name__ == "__main__":
    main()
