"""A daemon in a process of its own: what it says, what its door answers, and what its archive must hold in the end."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from collector.demo.site import ReplicaPortal
from collector.health import ask_health
from ports import free_port
from workplace import Workplace

#: What is done first in each process of the daemon: nothing; or it waits a fifth of a second for a lock, not half a minute.
PATIENT = ""
IMPATIENT = """
from collector.archive import connection
connection.BUSY_TIMEOUT = 200
"""
#: The same, and whoever polls rests where nothing is due for a second and a half, until a second before; a poll is due
#: every three.
RESTING = (
    """
from datetime import timedelta
from collector import handover, supervisor
handover.RESTS = timedelta(seconds=1.5)
supervisor._LONGEST_LEAD = supervisor._LEAST_LEAD = 1.0
"""
    + IMPATIENT
)
#: The same with an archive of which nothing stays in memory, as one of a gigabyte: damage is met at once.
FORGETFUL = (
    """
from collector.archive import connection
prepare = connection.Connection._prepare
def prepared(opened):
    prepare(opened)
    opened.db.execute("pragma cache_size = 0")
connection.Connection._prepare = prepared
"""
    + IMPATIENT
)
_SECOND = timedelta(seconds=1)


class Living:
    """``collector daemon`` beside a replica, in a folder of its own; it ends with its block."""

    def __init__(
        self,
        folder: Path,
        portal: ReplicaPortal,
        *,
        program: str = IMPATIENT,
        environ: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
        settings: str = "",
    ) -> None:
        self.portal, self.port = portal, free_port()
        self.place = Workplace(folder, portal.base_url, port=self.port)
        self.archive = self.place.archive
        self.settings = folder / "config" / "collector.toml"
        if settings:
            self.configure(settings)
        self.before = before  #: a program that starts it
        # Python itself runs a module of this name first, in a process that the daemon starts as well.
        (folder / "first").mkdir()
        (folder / "first" / "sitecustomize.py").write_text(program, encoding="utf-8")
        paths = [str(folder / "first"), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._environ = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environ or {})}
        self._options = ["--archive", str(self.archive), "--log-format", "json"]
        self.lines: list[dict[str, Any]] = []  #: what it logged
        self.said: list[str] = []  #: lines that are no log
        self.must: set[str] = set()  #: ids of the bulletins that may not be lost
        self.process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*self.before, sys.executable, "-m", "collector", *self._options, "daemon"],
            cwd=self.place.folder,
            env=self._environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(process,))
        self._reader.start()
        return process

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.said.append(line.rstrip())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.close()
        if error is not None:
            print("\n".join([*self.said, *map(str, self.lines[-40:])]))

    def close(self) -> None:
        """Read the last of what an ended process said."""
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def configure(self, settings: str) -> None:
        """Put further tables before those of the workplace; a table given replaces the workplace's own."""
        text = self.settings.read_text(encoding="utf-8")
        for head in (line for line in settings.splitlines() if line.startswith("[")):
            start, found, rest = text.partition(f"{head}\n")
            text = start + ("[" + rest.partition("\n[")[2] if found and "\n[" in rest else "")
        self.settings.write_text(f"{text.rstrip()}\n{settings}\n", encoding="utf-8")

    # --- what it does -------------------------------------------------------------------------------------------------

    @property
    def shift(self) -> int | None:
        """The process that polls; None: nobody does."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(found[0]) if found else None

    def limit(self, what: int, limits: tuple[int, int]) -> tuple[int, int]:
        """Limit every process of the daemon, and return the limits before."""
        pids = [self.process.pid, *([] if self.shift is None else [self.shift])]
        before, *_ = [resource.prlimit(pid, what, limits) for pid in pids]
        return before

    def health(self) -> tuple[bool, dict[str, Any]]:
        return ask_health("127.0.0.1", self.port)

    def wait(self, what: Callable[[], object], seconds: float = 30) -> None:
        """Wait until something holds, as long as the process lives."""
        end = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, f"it ended with {self.process.returncode}"
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)

    def logged(self, event: str) -> list[dict[str, Any]]:
        return [line for line in list(self.lines) if line["event"] == event]

    def now(self) -> str:
        """Return the time as the door writes it."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the archive from outside; nothing where it cannot be asked now."""
        try:
            with closing(sqlite3.connect(f"{self.archive.as_uri()}?mode=ro", uri=True)) as opened:
                return opened.execute(sql).fetchall()
        except sqlite3.DatabaseError:
            return []

    def alive(self) -> Self:
        """Wait until it has polled twice, and remember what it has."""
        self.wait(self.archive.exists)
        self.polls(2)
        self.must |= self.stored()
        return self

    def stored(self) -> set[str]:
        return {row[0] for row in self.rows("select source_id from articles")}

    def polls(self, more: int = 1) -> None:
        """Wait until so many polls more have done their work."""
        sql = "select count(*) from runs where verdict in ('complete', 'empty_expected')"
        before = sum(row[0] for row in self.rows(sql))
        self.wait(lambda: sum(row[0] for row in self.rows(sql)) >= before + more)

    def unwell(self) -> str:
        """Wait until the door says that something is wrong, and return what."""
        self.wait(lambda: not self.health()[0])
        return str(self.health()[1].get("detail"))

    def well(self, seconds: float = 30) -> None:
        self.wait(lambda: self.health()[0], seconds)

    def publish(self, number: int = 2) -> set[str]:
        fresh = {str(one) for one in self.portal.newsroom.publish(number)}
        self.must |= fresh
        return fresh

    def stop(self, number: signal.Signals = signal.SIGTERM, *, times: int = 1) -> tuple[int, float]:
        """Send a signal, and return the exit code and how many seconds the end took."""
        started = time.monotonic()
        for _ in range(times):
            self.process.send_signal(number)
            time.sleep(0.05 if times > 1 else 0)  # two of a kind at once are one
        self.process.wait(timeout=20)
        taken = time.monotonic() - started
        self.close()
        return self.process.returncode, taken

    def again(self) -> None:
        """Start it anew after it ended."""
        self.lines, self.said = [], []
        self.process = self._started()

    # --- what must hold -----------------------------------------------------------------------------------------------

    def incidents(self) -> list[tuple[str, bool]]:
        """Return cause and whether it is closed, of each incident."""
        return self.rows("select cause, closed_at is not null from incidents order by id")

    def lost(self) -> list[str]:
        """Return everything that is not as it must be once a fault is over."""
        found = self.place.faults()
        found += [f"{one} is missing" for one in sorted(self.must - self.stored())]
        return found + self.unaccounted()

    def unaccounted(self) -> list[str]:
        """Return due times without a row or (where it is one a second) with two, and runs without a due time of their own.

        A poll that was interrupted is due once more, and what comes then is counted from there.
        """
        rows = self.rows("select due_at, state, run from ticks where portal = 'tinh' order by id")
        dues = [datetime.fromisoformat(row[0]) for row in rows]
        found = []
        if every := re.search(r'every = "([0-9]+)s"', self.settings.read_text(encoding="utf-8")):
            step = int(every[1]) * _SECOND
            found += [f"from {one} to {next_one}" for one, next_one in pairwise(dues) if next_one - one > step]
            found += [f"twice {one}" for one, next_one in pairwise(dues) if step == _SECOND and next_one <= one]
        own = [run for _, state, run in rows if state in ("ran", "late") and run is not None]
        runs = {row[0] for row in self.rows("select id from runs where portal = 'tinh'")}
        found += [f"run {run} has two due times" for run in set(own) if own.count(run) > 1]
        found += [f"run {run} has no due time" for run in sorted(runs - set(own))]
        last = max((number for number, row in enumerate(rows) if row[2] is not None), default=0)
        found += [f"{row} has no run" for row in rows[:last] if row[2] is None and row[1] != "missed"]
        return found


#: The schedule of a daemon that rests between its polls.
RESTS_BETWEEN = '[schedule]\nevery = "3s"'


def resting(folder: Path, portal: ReplicaPortal, **more: object) -> Living:
    """Return a daemon that polls every three seconds, and rests between."""
    return Living(folder, portal, program=RESTING, settings=RESTS_BETWEEN, **more)  # type: ignore[arg-type]


def rests(daemon: Living) -> None:
    """Wait until it has begun a rest that lasts another second at least."""
    daemon.wait(lambda: daemon.shift is not None)
    daemon.wait(lambda: daemon.shift is None)


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def polling(daemon: Living, latency: float) -> int:
    """Let something be published, and return the process that polls once the portal lets it wait so many seconds."""
    daemon.portal.latency = latency
    daemon.publish()
    daemon.wait(lambda: daemon.shift is not None and daemon.portal.pending)
    assert daemon.shift is not None
    return daemon.shift
