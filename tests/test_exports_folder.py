"""An export never takes the place of somebody's files, and is never half there."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from collector.archive import Archive
from collector.cli import cli
from collector.config import load_texts
from collector.errors import ArchiveUnwritable, Interrupted, UsageError
from collector.exports import Wanted, export_tables, folders
from collector.exports.sinks import Sink
from leaving import described, exported, fill
from stored import BULLETIN, NOW, append

PART: dict[str, Any] = {"tables": ("portals", "sections", "measures")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    fill(path)
    return path


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too; of the archive only what it says."""
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file() and not one.name.startswith("archive.db")
    }


def test_a_new_and_an_empty_folder_are_taken(path: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        exported(path, tmp_path / name, "csv", **PART)
        assert len(described(tmp_path / name)["resources"]) == 3


def test_an_earlier_export_is_replaced_whole(path: Path, tmp_path: Path) -> None:
    dest = tmp_path / "out"
    exported(path, dest, "csv")
    exported(path, dest, "jsonl", **PART)
    assert {one.name for one in dest.iterdir()} == {
        "datapackage.json",
        "portals.jsonl",
        "sections.jsonl",
        "measures.jsonl",
    }
    assert [one.name for one in tmp_path.iterdir() if "out" in one.name] == ["out"]


def made_by_somebody(dest: Path, what: str, path: Path) -> None:
    if what == "a file":
        dest.write_text("của ai đó")
        return
    dest.mkdir()
    if what == "a folder with files":
        (dest / "ghi chú.txt").write_text("của ai đó")
    elif what == "a folder with a hidden file":
        (dest / ".gitignore").write_text("*")
    elif what == "somebody's data package":
        (dest / "datapackage.json").write_text('{"name": "theirs", "resources": []}')
    elif what == "a data package that is a list":
        (dest / "datapackage.json").write_text("[]")
    elif what == "a folder called datapackage.json":
        (dest / "datapackage.json").mkdir()
    else:
        exported(path, dest, "csv", **PART)
        if what == "an export and notes":
            (dest / "ghi chú.txt").write_text("của ai đó")
        elif what == "an export with an edited table":
            data = (dest / "portals.csv").read_bytes()
            (dest / "portals.csv").write_bytes(data.replace(b"demo", b"DEMO"))
        elif what == "an export with a longer table":
            (dest / "portals.csv").write_bytes((dest / "portals.csv").read_bytes() + b"1\r\n")


@pytest.mark.parametrize(
    "what",
    [
        "a file",
        "a folder with files",
        "a folder with a hidden file",
        "somebody's data package",
        "a data package that is a list",
        "a folder called datapackage.json",
        "an export and notes",
        "an export with an edited table",
        "an export with a longer table",
    ],
)
def test_what_somebody_made_is_not_touched(path: Path, tmp_path: Path, what: str) -> None:
    dest = tmp_path / "out"
    made_by_somebody(dest, what, path)
    before = everything(tmp_path)
    with pytest.raises(UsageError, match="was not touched") as refused:
        exported(path, dest, "csv")
    assert "\n" not in str(refused.value)
    assert everything(tmp_path) == before
    assert not list(tmp_path.glob(".out*"))


def test_what_somebody_puts_there_while_it_is_written_stays_too(path: Path, tmp_path: Path) -> None:
    dest = tmp_path / "out"

    def somebody(_done: int, _all: int) -> None:
        dest.mkdir(exist_ok=True)
        (dest / "ghi chú.txt").write_text("của ai đó")

    with Archive(path, readonly=True) as archive, pytest.raises(UsageError, match="was not touched"):
        export_tables(
            archive, dest, form="csv", wanted=Wanted(**PART), texts=load_texts(), now=NOW, checkpoint=somebody
        )
    assert everything(tmp_path) == {"out/ghi chú.txt": "của ai đó".encode()}


@pytest.mark.parametrize("name", ["archive.db", "archive.db-wal", "archive.db-shm", "archive.db.lock", "archive.db/in"])
def test_the_archive_and_its_files_are_refused(path: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for dest in (tmp_path / name, tmp_path / "link" / name):
        with pytest.raises(UsageError, match="is the archive, or a file of it"):
            exported(path, dest, "csv")
    with Archive(path) as archive:
        append(archive, BULLETIN)


def test_the_archives_own_folder_is_refused(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for dest in (tmp_path, Path()):
        with pytest.raises(UsageError, match="holds other files"):
            exported(path, dest, "csv")


def test_a_link_to_a_folder_stays_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for _ in range(2):
        exported(path, tmp_path / "link", "csv", **PART)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "portals.csv").exists()


@contextmanager
def full_after(monkeypatch: pytest.MonkeyPatch, size: int) -> Any:
    """Let the disk be full once so many bytes are on it."""
    room = [size]
    honest = Sink.write

    def write(self: Sink, data: bytes) -> int:
        room[0] -= len(data)
        if room[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return honest(self, data)

    with monkeypatch.context() as patched:
        patched.setattr(Sink, "write", write)
        yield


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_full_disk_leaves_the_earlier_export_and_nothing_else(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    dest = tmp_path / "out"
    size = sum(one.size for one in exported(path, dest, form))
    before = everything(tmp_path)
    for room in (0, 1, size // 2, size - 1, size + 10):
        with full_after(monkeypatch, room), pytest.raises(ArchiveUnwritable, match="No space left") as refused:
            exported(path, dest, form)
        assert str(dest) in str(refused.value)
        assert refused.value.exit_code == 4
        assert everything(tmp_path) == before, room
        assert not list(tmp_path.glob(".out*"))


def test_a_rename_that_fails_puts_the_earlier_export_back(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "out"
    exported(path, dest, "csv", **PART)
    before = everything(tmp_path)
    honest = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name == ".out.partial":
            raise OSError(errno.EBUSY, "Device or resource busy")
        return honest(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(ArchiveUnwritable, match="Device or resource busy"):
        exported(path, dest, "csv")
    assert everything(tmp_path) == before


def test_a_folder_that_is_not_there_or_may_not_be_written_is_told(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnwritable, match=r"the folder .*no does not exist"):
        exported(path, tmp_path / "no" / "out", "csv")
    with pytest.raises(ArchiveUnwritable, match="cannot be written"):
        exported(path, Path("/proc/out"), "csv")


def test_an_interrupted_export_leaves_nothing(path: Path, tmp_path: Path) -> None:
    def stop(done: int, everything: int) -> None:
        if done > everything // 2:
            raise Interrupted("stop")

    with Archive(path, readonly=True) as archive, pytest.raises(Interrupted):
        export_tables(
            archive, tmp_path / "out", form="csv", wanted=Wanted(), texts=load_texts(), now=NOW, checkpoint=stop
        )
    assert everything(tmp_path) == {}


# --- killed ------------------------------------------------------------------------------------------------------------

#: Exports like the command, and at a given step does what no handler can soften.
_KILLED = """
import os, signal, sys
from pathlib import Path
from collector.exports import folders
from leaving import exported
from collector.archive import snapshot

path, dest, step = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if step == "batch":
    honest = snapshot.Snapshot.batches
    def batches(self, name, **bounds):
        if name == "captures":
            die()
        return honest(self, name, **bounds)
    snapshot.Snapshot.batches = batches
elif step == "marked":
    os.fsync = die
elif step == "between":
    rename = Path.rename
    def renamed(self, target):
        rename(self, target)
        if target.name == ".out.replaced":
            die()
    Path.rename = renamed
elif step == "cleaning":
    folders.shutil.rmtree = die
exported(path, dest, "csv")
"""


@pytest.mark.parametrize("step", ["batch", "marked", "between", "cleaning"])
def test_killed_on_the_way_the_earlier_export_is_there_and_the_next_one_goes_through(
    path: Path, tmp_path: Path, step: str
) -> None:
    dest = tmp_path / "out"
    exported(path, dest, "jsonl")
    before = everything(dest)
    arguments = [sys.executable, "-c", _KILLED, str(path), str(dest), step]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    killed = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    whole = {
        "batch": dest,
        "marked": dest,
        "between": tmp_path / ".out.replaced",  # the one instant at which it is under another name
        "cleaning": tmp_path / ".out.replaced",
    }[step]
    assert everything(whole) == before
    if step == "between":
        assert not dest.exists(), "nothing that is half there looks whole"
    if step == "cleaning":
        assert len(described(dest)["resources"]) == len(load_texts()), "the new one is whole too"
    exported(path, dest, "csv", **PART)
    assert len(described(dest)["resources"]) == 3
    assert not list(tmp_path.glob(".out*"))


def test_two_exports_to_one_place_do_not_mix(path: Path, tmp_path: Path) -> None:
    dest = tmp_path / "out"

    def another(_done: int, _all: int) -> None:
        with pytest.raises(UsageError, match="another export writes"):
            exported(path, dest, "jsonl", **PART)

    with Archive(path, readonly=True) as archive:
        export_tables(archive, dest, form="csv", wanted=Wanted(**PART), texts=load_texts(), now=NOW, checkpoint=another)
    assert (dest / "portals.csv").exists()


def test_a_folder_of_that_name_that_no_export_made_is_left_alone(path: Path, tmp_path: Path) -> None:
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "ghi chú.txt").write_text("của ai đó")
    with pytest.raises(UsageError, match="in the way"):
        exported(path, tmp_path / "out", "csv")
    assert everything(tmp_path) == {".out.partial/ghi chú.txt": "của ai đó".encode()}


# --- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, ["-q", "--archive", str(path), "export", *map(str, arguments)])


def test_the_command_prints_tables_rows_and_sizes(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("csv", "out", "--table", "measures", "--table", "portals")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["table", "rows", "size"]
    assert [line.split()[:2] for line in lines[1:3]] == [["measures", "84"], ["portals", "2"]]
    assert lines[3].startswith("out: 2 tables, 86 rows, ")
    assert run("csv", "out", "--table", "measures").stdout.splitlines()[-1].startswith("out: 1 table, 84 rows, ")
    told = json.loads(run("jsonl", "out2", "--table", "portals", "--json").stdout)
    size = (tmp_path / "out2" / "portals.jsonl").stat().st_size
    row = {"table": "portals", "file": "portals.jsonl", "rows": 2, "bytes": size}
    assert told == {"dest": "out2", "format": "jsonl", "rows": 2, "bytes": size, "tables": [row]}


def test_mistakes_are_one_line_and_write_nothing(run: Callable[..., Any], tmp_path: Path) -> None:
    wrong = {
        "there is no table 'artcles' to export; there are: articles, article_urls": (
            "csv",
            "out",
            "--table",
            "artcles",
        ),
        "there is no table '_checks'": ("csv", "out", "--table", "_checks"),
        "no portal 'nowhere' is in the archive": ("csv", "out", "--portal", "nowhere"),
        "--table goes with csv, jsonl and parquet": ("warc", "out", "--table", "articles"),
        "is a folder": ("warc", "."),
    }
    for message, arguments in wrong.items():
        done = run(*arguments)
        assert isinstance(done.exception, UsageError), arguments
        assert message in str(done.exception)
        assert "\n" not in str(done.exception)
    assert not (tmp_path / "out").exists()
    assert run("xls", "out").exit_code == 2


def test_an_archive_of_an_older_schema_is_told_what_brings_it_up_to_date(path: Path, run: Callable[..., Any]) -> None:
    with Archive(path) as archive:
        archive.connection.execute("pragma user_version = 3")
    done = run("csv", "out")
    assert "the next run brings it up to date" in str(done.exception)
    assert done.exception.exit_code == 4


def test_no_export_waits_for_a_lock(path: Path, tmp_path: Path) -> None:
    with Archive(path) as archive, archive.connection.writing():
        archive.connection.execute("update articles set title = 'chưa xong'")
        began = time.monotonic()
        exported(path, tmp_path / "out", "csv", tables=("articles",))
        assert time.monotonic() - began < 20
    assert "chưa xong" not in (tmp_path / "out" / "articles.csv").read_text(encoding="utf-8")
    assert folders.DESCRIPTOR in {one.name for one in (tmp_path / "out").iterdir()}
