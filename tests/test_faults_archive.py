"""Faults of the disk and the database: refused or rolled back with one clear line, and made good.

A part of the table of faults; see ``test_faults``.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.archive import connection
from collector.archive.lock import ArchiveLock
from collector.demo.loopback import Request
from fault_bench import Bench, Benches, is_article, publish
from fault_rows import at_request
from fault_table import Note

# --- the disk and the database ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One fault of the archive's file: nothing can be recorded, and exit code 4 with one line says why."""

    number: str
    fault: str
    says: str  #: a pattern of that line
    begins: Callable[[Bench], object]
    untouched: bool = False  #: whether not one byte of the archive may change


def few_pages(bench: Bench) -> None:
    """The disk takes a few pages more, and then no more."""
    prepare = connection.Connection._prepare

    def prepared(opened: connection.Connection) -> None:
        prepare(opened)
        opened.value(f"pragma max_page_count = {opened.value('pragma page_count') + 6}")

    bench.patch.setattr(connection.Connection, "_prepare", prepared)
    bench.undo.callback(bench.patch.setattr, connection.Connection, "_prepare", prepare)


def small_files(bench: Bench) -> None:
    """No file may grow beyond 100 KB: a quota."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    bench.undo.callback(resource.setrlimit, resource.RLIMIT_FSIZE, before)


def small_disk(bench: Bench) -> Path:
    """Move the archive to a disk of its own; skipped where none can be mounted."""
    disk = bench.place.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    bench.last.callback(lambda: subprocess.run(["umount", "-l", disk], check=True))
    bench.place.archive = Path(shutil.copy(bench.archive, disk))
    return disk


def full_disk(bench: Bench) -> None:
    """Leave room for a little, so that the fault meets the run in its middle."""
    disk = small_disk(bench)
    room = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"x" * (room.f_bavail * room.f_frsize - 120_000))
    bench.undo.callback(filler.unlink)


def read_only_disk(bench: Bench) -> None:
    disk = small_disk(bench)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    bench.undo.callback(lambda: subprocess.run(["mount", "-o", "remount,rw", disk], check=True))


def read_only_folder(bench: Bench) -> None:
    (bench.place.folder / "archive.db.lock").unlink(missing_ok=True)
    bench.place.folder.chmod(0o555)
    bench.undo.callback(bench.place.folder.chmod, 0o755)
    if os.access(bench.place.folder, os.W_OK):
        pytest.skip("no folder is read-only for root")


def saved(bench: Bench) -> None:
    """Keep a copy that ends the fault."""
    backup = bench.archive.with_suffix(".backup")
    shutil.copy(bench.archive, backup)
    bench.undo.callback(shutil.copy, backup, bench.archive)


def damaged(table: str) -> Callable[[Bench], None]:
    """Overwrite the first page of a table, as a failing disk does."""

    def begin(bench: Bench) -> None:
        saved(bench)
        page = bench.value("select rootpage from sqlite_master where name = ?", table)
        size = bench.value("pragma page_size")
        with bench.archive.open("rb+") as file:
            file.seek((page - 1) * size)
            file.write(b"\xa5" * size)

    return begin


def cut_in_half(bench: Bench) -> None:
    saved(bench)
    os.truncate(bench.archive, bench.archive.stat().st_size // 2)


def overwritten(bench: Bench) -> None:
    saved(bench)
    bench.archive.write_text("Kính gửi: Văn phòng UBND tỉnh\n" * 40, encoding="utf-8")


def of_the_future(bench: Bench) -> None:
    saved(bench)
    with closing(sqlite3.connect(bench.archive)) as opened:
        opened.execute("pragma user_version = 999")


def of_another_program(bench: Bench) -> None:
    saved(bench)
    bench.archive.unlink()
    with closing(sqlite3.connect(bench.archive)) as opened:
        opened.execute("create table theirs (x)")


def impatient(bench: Bench) -> None:
    known = connection.BUSY_TIMEOUT
    bench.patch.setattr(connection, "BUSY_TIMEOUT", 200)
    bench.undo.callback(bench.patch.setattr, connection, "BUSY_TIMEOUT", known)


#: Another program: does something to the archive, says so, and lets go when its standard input ends.
_OTHER_PROGRAM = """
import sqlite3, sys
opened = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    opened.execute(statement).fetchall()
print("done", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_program(bench: Bench, *statements: str) -> Iterator[subprocess.Popen[str]]:
    """A process and not a connection in ours, because POSIX locks of one process never meet."""
    command = [sys.executable, "-c", _OTHER_PROGRAM, str(bench.archive), *statements]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        try:
            yield process
        finally:
            process.stdin.close()


def locked(bench: Bench) -> None:
    impatient(bench)
    bench.undo.enter_context(another_program(bench, "begin immediate"))


def locked_in_the_middle(bench: Bench) -> None:
    """Another program takes the archive while the first article is on its way, and keeps it."""
    impatient(bench)
    taken: list[Request] = []

    def take(request: Request) -> None:
        if is_article(request) and not taken:
            taken.append(request)
            bench.undo.enter_context(another_program(bench, "begin immediate"))

    bench.switch_on(take)


def held(bench: Bench) -> None:
    lock = ArchiveLock(bench.archive, command="daemon", now=bench.clock.now())
    bench.undo.callback(lock.release)


ROWS = [
    Row("3", "disk full: no page more", "no room left on the disk", few_pages),
    Row("3", "disk full: a quota", "cannot be written|no room left", small_files),
    Row("3", "disk full: a small disk", "no room left on the disk|cannot be written", full_disk),
    Row("7", "second instance", "is held by `collector daemon`", held, untouched=True),
    Row("28", "archive locked", "locked by another program", locked, untouched=True),
    Row("28", "archive locked in the middle of a run", "locked by another program", locked_in_the_middle),
    Row("29", "read-only disk", "cannot be written: Read-only file system", read_only_disk, untouched=True),
    Row("29", "read-only folder", "cannot be written: Permission denied", read_only_folder, untouched=True),
    Row("30", "damaged: runs", "is damaged .*Restore a backup", damaged("runs"), untouched=True),
    Row("30", "damaged: articles", "is damaged .*Restore a backup", damaged("articles")),
    Row("30", "damaged: captures", "is damaged .*Restore a backup", damaged("captures")),
    Row("30", "cut in half", "is damaged .*Restore a backup", cut_in_half, untouched=True),
    Row("30", "not a database", "is not a SQLite database; it was not touched", overwritten, untouched=True),
    Row("30", "another program's database", "not an archive of collector", of_another_program, untouched=True),
    Row("31", "newer schema", "newer collector", of_the_future, untouched=True),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.fault}")
def test_an_archive_that_cannot_be_written_is_exit_code_4_with_one_line_and_made_good(
    row: Row, benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    bench = benches.bench(monkeypatch)
    publish(bench)
    with bench.last:
        with bench.undo:
            row.begins(bench)
            before = bench.archive.read_bytes()
            ended = bench.run()
            assert (ended.code, ended.out) == (4, ""), ended
            assert re.search(row.says, ended.err), ended
            assert ended.err.count("Error: ") == 1
            assert "Traceback" not in ended.err
            assert not row.untouched or bench.archive.read_bytes() == before
            bench.portal.fault = None
        assert bench.harm() == []
        following = bench.run()
        assert (following.code, following.verdict) == (0, "complete"), following
        assert bench.harm() == []
        assert bench.missing() == []
    note(row.number, row.fault, "–", 4, "intact", f"{following.verdict}, all there")


def test_a_reader_that_never_ends_and_a_lock_that_does_cost_nothing(
    benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    bench = benches.bench(monkeypatch)
    publish(bench)
    waited: list[float] = []

    def lock() -> None:
        """Take the archive for half a second, beginning while the first article is on its way."""
        waited.append(time.monotonic())
        writer = bench.undo.enter_context(another_program(bench, "begin immediate"))
        assert writer.stdin is not None
        threading.Timer(0.5, writer.stdin.close).start()

    with another_program(bench, "begin", "select count(*) from articles"):
        with at_request(bench, 2, lock):
            ended = bench.run()
        assert (ended.code, ended.verdict) == (0, "complete"), ended
        assert time.monotonic() - waited[0] > 0.4
        assert bench.harm() == []
    bench.undo.close()
    assert bench.missing() == []
    following = bench.run()
    assert following.verdict == "empty_expected"
    note("28", "stuck reader, passing lock", ended.verdict, 0, "intact", f"{following.verdict}, all there")


def test_a_backup_taken_while_a_run_writes_is_whole_and_a_run_goes_on_from_it(
    benches: Benches, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, note: Note
) -> None:
    bench = benches.bench(monkeypatch)
    publish(bench)
    copy = tmp_path / "copy.db"
    command = [sys.executable, "-m", "collector", "--archive", str(bench.archive), "backup", str(copy)]
    with at_request(bench, 2, lambda: subprocess.run(command, check=True, capture_output=True)):
        ended = bench.run()
    assert (ended.code, ended.verdict) == (0, "complete"), ended
    assert bench.missing() == []
    verified = subprocess.run([*command[:5], "verify", str(copy)], check=False, capture_output=True, text=True)
    assert (verified.returncode, "sound" in verified.stdout) == (0, True), verified
    for rest in ("-wal", "-shm"):
        bench.archive.with_name(bench.archive.name + rest).unlink(missing_ok=True)
    shutil.copyfile(copy, bench.archive)
    assert bench.missing() != [], "the copy is of the middle of the run"
    following = bench.run()
    assert following.verdict == "complete"
    assert bench.harm() == []
    assert bench.missing() == []
    note("33", "backup while writing, restored", ended.verdict, 0, "intact", "complete, all there")


def test_an_affected_build_of_sqlite_is_said_at_the_start(
    benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    bench = benches.bench(monkeypatch)
    publish(bench)
    monkeypatch.setattr("collector.archive.files.sqlite3.sqlite_version", "3.46.1")
    ended = bench.run()
    assert "SQLite 3.46.1 can damage an archive" in ended.err
    assert ended.verdict == "complete"
    assert bench.missing() == []
    monkeypatch.undo()
    following = bench.run()
    assert (following.verdict, following.err) == ("empty_expected", "")
    note("34", "affected SQLite build", ended.verdict, 0, "intact", f"{following.verdict}, all there")
