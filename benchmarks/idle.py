"""What a daemon that has nothing to do costs, beside a bare process that imports the same libraries.

Both idle side by side for a minute: python benchmarks/idle.py [--seconds 60]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from collector.demo.newsroom import Newsroom
from collector.demo.site import ReplicaPortal
from workplace import Workplace

#: What the daemon's modules import that is not ours, asked of the program itself.
_LIST = """
import sys
import collector.cli, collector.metrics, collector.daemon
print(*sorted({name.partition(".")[0] for name in sys.modules} - {"collector", "__main__"}))
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


def modules() -> list[str]:
    """Return every module of a library that the daemon has imported once it runs, submodules too."""
    listing = _LIST.replace('.partition(".")[0] for name in sys.modules}', " for name in sys.modules}")
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split() if not name.startswith(("collector", "__mp"))]


def main() -> None:
    """Print both processes' memory and processor time, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ReplicaPortal(newsroom=Newsroom(count=30)) as portal:
        place = Workplace(Path(folder), portal.base_url, port=0)
        settings = place.folder / "config" / "collector.toml"
        settings.write_text(settings.read_text().replace('every = "1s"', 'every = "2h"'))
        with (
            place.start("-q", "daemon") as daemon,
            subprocess.Popen([sys.executable, "-c", _BARE, *modules()], stdout=subprocess.PIPE, text=True) as bare,
        ):
            try:
                while not place.archive.exists() or not place.rows("select 1 from runs where verdict is not null"):
                    time.sleep(0.2)
                assert bare.stdout is not None
                bare.stdout.readline()
                time.sleep(2)
                before = {process.pid: (processor(process.pid), switches(process.pid)) for process in (daemon, bare)}
                time.sleep(given.seconds)
                print(f"{'':<8}{'RSS MB':>8}{'CPU ms a minute':>17}{'wakes a minute':>16}")
                for name, process in (("daemon", daemon), ("bare", bare)):
                    spent, slept = before[process.pid]
                    minute = 60 / given.seconds
                    print(
                        f"{name:<8}{resident(process.pid):>8.1f}{(processor(process.pid) - spent) * minute:>17.0f}"
                        f"{(switches(process.pid) - slept) * minute:>16.0f}"
                    )
                print(f"ratio   {resident(daemon.pid) / resident(bare.pid):>8.2f}")
            finally:
                bare.kill()


if __name__ == "__main__":
    main()
