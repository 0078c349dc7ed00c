"""Faults under a daemon that lives: it says so once, stays alive, and makes good what it missed; at its start it refuses.

Each row of the table goes through both: the fault comes, lasts, goes; the daemon ends; it comes before a start.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.demo.newsroom import Newsroom
from collector.demo.site import ReplicaPortal
from fault_table import Note
from living import FORGETFUL, IMPATIENT, Living
from test_faults_archive import _OTHER_PROGRAM

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")

#: What fails is written in a file: the name of a call and its errno. SQLite writes by pwrite, the log by write.
_SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int fails(const char *call) {
  char told[64] = {0}, name[16] = {0};
  const char *path = getenv("FAILING");
  int number = 0, file = path ? open(path, O_RDONLY) : -1;
  if (file < 0) return 0;
  if (read(file, told, sizeof told - 1) > 0) sscanf(told, "%15s %d", name, &number);
  close(file);
  if (strcmp(name, call)) return 0;
  errno = number;
  return 1;
}
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
int fsync(int file) { return fails("fsync") ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails("fsync") ? -1 : REAL(fdatasync)(file); }
ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
  return fails("pwrite") ? -1 : REAL(pwrite)(file, data, size, at);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
  return fails("pwrite") ? -1 : REAL(pwrite64)(file, data, size, at);
}
"""


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that lets calls of the system fail in a program that is started with it."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        assert "CI" not in os.environ, "a C compiler is needed to let fsync fail"
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(_SHIM)
    made = folder / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, folder / "shim.c", "-ldl"], check=True)
    return made


Fault = Callable[[Living], AbstractContextManager[None]]


@dataclass(frozen=True)
class Row:
    """One fault of the archive under the daemon's feet."""

    number: str
    fault: str
    says: str  #: in the one line that tells it while the daemon lives
    comes: Fault
    at_start: Fault | None = None  #: where it has to come otherwise before a start
    says_at_start: str = ""
    program: str = IMPATIENT


def failing(call: str, number: int) -> Fault:
    @contextmanager
    def fault(daemon: Living) -> Iterator[None]:
        told = daemon.place.folder / "failing"
        told.write_text(f"{call} {number}")
        yield
        told.unlink()

    return fault


@contextmanager
def quota(daemon: Living) -> Iterator[None]:
    """The kernel refuses every byte that would make a file longer."""
    daemon.limit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    daemon.limit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def quota_at_start(daemon: Living) -> Iterator[None]:
    daemon.before = ["prlimit", "--fsize=0"]
    yield
    daemon.before = []


@contextmanager
def locked(daemon: Living) -> Iterator[None]:
    """Another program begins a write and does not end it."""
    wait = "pragma busy_timeout = 10000"
    command = [sys.executable, "-c", _OTHER_PROGRAM, str(daemon.archive), wait, "begin exclusive"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        yield
        process.stdin.close()


def backup(daemon: Living) -> Path:
    made = daemon.place.folder / "backup.db"
    made.unlink(missing_ok=True)
    assert daemon.place.run("--archive", str(daemon.archive), "backup", str(made)).returncode == 0
    return made


def damaged(restored: Callable[[Path, Path], object]) -> Fault:
    """Overwrite everything but the first page, as a failing disk does."""

    @contextmanager
    def fault(daemon: Living) -> Iterator[None]:
        whole = backup(daemon)
        size = daemon.archive.stat().st_size
        with daemon.archive.open("rb+") as file:
            file.seek(4096)
            file.write(b"\xa5" * (size - 4096))
        yield
        restored(whole, daemon.archive)

    return fault


@contextmanager
def missing(daemon: Living) -> Iterator[None]:
    away = daemon.archive.with_suffix(".away")
    daemon.archive.rename(away)
    yield
    away.rename(daemon.archive)


@contextmanager
def overwritten(daemon: Living) -> Iterator[None]:
    """Something that is no database is moved into the archive's place."""
    away, other = daemon.archive.with_suffix(".away"), daemon.archive.with_suffix(".txt")
    shutil.copyfile(backup(daemon), away)
    other.write_text("Kính gửi: Văn phòng UBND tỉnh\n" * 40, encoding="utf-8")
    other.replace(daemon.archive)
    yield
    away.replace(daemon.archive)


@contextmanager
def newer(daemon: Living) -> Iterator[None]:
    def written(version: int) -> int:
        with closing(sqlite3.connect(daemon.archive, timeout=10)) as opened:
            before = opened.execute("pragma user_version").fetchone()[0]
            opened.execute(f"pragma user_version = {version}")
        return int(before)

    before = written(999)
    yield
    written(before)


_FULL, _REFUSED, _DAMAGED = "no room left on the disk", "cannot be written (disk I/O error)", "is damaged ("
_SLOW = pytest.mark.slow
ROWS = [
    pytest.param(
        # Already the -shm file of an opening does not find its room.
        Row("3", "disk full", _FULL, failing("pwrite", 28), says_at_start="cannot be written (disk I/O error)"),
        marks=_SLOW,
    ),
    pytest.param(Row("3", "disk full: a quota", _REFUSED, quota, quota_at_start, "cannot be written"), marks=_SLOW),
    Row("4", "fsync error", _REFUSED, failing("fsync", 5)),
    pytest.param(Row("28", "archive locked", "is locked by another program", locked), marks=_SLOW),
    pytest.param(Row("29", "disk turned read-only", "cannot be written (", failing("pwrite", 30)), marks=_SLOW),
    pytest.param(
        Row("30", "damaged, backup copied over", _DAMAGED, damaged(shutil.copyfile), program=FORGETFUL), marks=_SLOW
    ),
    pytest.param(
        Row("30", "damaged, backup moved there", _DAMAGED, damaged(Path.replace), program=FORGETFUL), marks=_SLOW
    ),
    pytest.param(Row("30", "no database", "is not a SQLite database; it was not touched", overwritten), marks=_SLOW),
    Row("31", "newer schema", "was written by a newer collector (schema 999", newer),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.fault}")
def test_a_fault_of_the_archive_is_told_once_outlived_and_made_good_and_refused_at_a_start(
    row: Row, shim: Path, tmp_path: Path, note: Note
) -> None:
    environ = {"LD_PRELOAD": str(shim), "FAILING": str(tmp_path / "failing")}
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal, program=row.program, environ=environ) as daemon:
        well_again = outlived(daemon.alive(), row.comes, row.says)
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
        with (row.at_start or row.comes)(daemon):
            daemon.again()
            assert daemon.process.wait(timeout=30) == 4
            daemon.close()
            told = [line for line in daemon.said if line.startswith("Error: ")]
            assert len(told) == 1
            assert (row.says_at_start or row.says) in told[0]
            assert "Traceback" not in "".join(daemon.said)
        daemon.again()
        daemon.polls()
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
    note(row.number, f"daemon: {row.fault}", "unwell", 4, "intact", f"well {well_again:.1f} s later, all there")


def outlived(daemon: Living, comes: Fault, says: str) -> float:
    """Let a fault come, last and go; return after how many seconds all was well."""
    before = len(daemon.lines)
    with comes(daemon):
        daemon.wait(lambda: any(line.get("cause") == "archive" for line in daemon.logged("incident opened")))
        assert says in daemon.unwell()
        fresh = daemon.publish()
        time.sleep(1.5)  # another due time passes
    started = time.monotonic()
    daemon.well()
    taken = time.monotonic() - started
    daemon.wait(lambda: fresh <= daemon.stored())
    daemon.wait(lambda: ("archive", 1) in daemon.incidents())
    told = [line for line in daemon.lines[before:] if line["event"].startswith("the archive cannot be")]
    assert len({line["error"] for line in told}) == len(told), "each line once"
    assert says in told[0]["error"]
    assert [cause for cause, _ in daemon.incidents()].count("archive") == 1
    # It has seen the trouble at its own pace, and not at that of its own messages.
    assert max(row[0] for row in daemon.rows("select strikes from incidents where cause = 'archive'")) < 20
    assert all(daemon.health()[1][name] == "ok" for name in ("status", "archive", "configuration", "clock"))
    assert daemon.said == []
    return taken


@pytest.mark.slow
def test_an_archive_that_is_gone_is_not_made_anew_and_goes_on_where_it_is_put_back(tmp_path: Path, note: Note) -> None:
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal) as daemon:
        well_again = outlived(daemon.alive(), missing, "archive.db is gone; put it back")
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
    note("30", "daemon: archive moved away", "unwell", 0, "intact", f"well {well_again:.1f} s later, all there")


@pytest.mark.slow
def test_a_full_disk_of_its_own_is_outlived_too(tmp_path: Path, note: Note) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")

    @contextmanager
    def full(daemon: Living) -> Iterator[None]:
        filler = disk / "filler"
        room = os.statvfs(disk)
        filler.write_bytes(b"x" * (room.f_bavail * room.f_frsize))
        daemon.publish(8)  # until what the -wal has room for is used up
        yield
        filler.unlink()

    try:
        with ReplicaPortal(newsroom=Newsroom(count=24)) as portal, Living(disk, portal) as daemon:
            well_again = outlived(daemon.alive(), full, "no room left on the disk")
            assert daemon.stop()[0] == 0
            assert daemon.lost() == []
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    note("3", "daemon: a small disk full", "unwell", 0, "intact", f"well {well_again:.1f} s later, all there")
