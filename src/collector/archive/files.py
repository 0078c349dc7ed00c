"""The archive's file before and around SQLite: whether it is there and ours to open, and errors in our own words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where installed, else the stdlib's

from collector.errors import ArchiveBusy, ArchiveCorrupt, ArchiveForeign, ArchiveFull, ArchiveUnwritable

#: How long a reader whose own reader waits does so, in seconds: beside a writer it need not wait at all.
_PATIENCE = 2.0

_MAGIC = b"SQLite format 3\x00"


@contextmanager
def in_our_words(path: str, *, written: str | None = None) -> Iterator[None]:
    """Map what SQLite raises onto the archive's errors.

    The message names ``path``, or where the disk is the trouble ``written``, the file that was to be written.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _translated(error, path, written or path) from error
    except UnicodeDecodeError as error:
        # What SQLite says of a damaged schema quotes it, byte for byte.
        raise damaged(path, error) from error


def _translated(error: Exception, path: str, written: str) -> Exception:
    name = str(getattr(error, "sqlite_errorname", ""))
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return ArchiveUnwritable(f"{path} was closed because something was wrong with it, and is not open again yet")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ArchiveBusy(f"{path} is locked by another program; close it or try again")
    # A text that is no UTF-8 has no error name: it is Python that cannot read it. We never write one.
    if name.startswith("SQLITE_CORRUPT") or str(error).startswith("Could not decode to UTF-8"):
        return damaged(path, error)
    if name.startswith("SQLITE_NOTADB"):
        return ArchiveForeign(f"{path} is not a SQLite database; it was not touched")
    if name.startswith("SQLITE_FULL"):
        return ArchiveFull(f"no room left on the disk of {written}; make room and run again, nothing is lost")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_AUTH")):
        return ArchiveUnwritable(
            f"{written} cannot be written ({error}); check the disk, and whether user {os.geteuid()} may write the "
            "folder, the file and its -wal and -shm"
        )
    return error


def damaged(path: str, error: object) -> ArchiveCorrupt:
    """Return the error of a database in which damage was found, and what to do."""
    said = " ".join(str(error).split())[:200]
    return ArchiveCorrupt(
        f"{path} is damaged ({said}); nothing more was written to it. Restore a backup, or try: sqlite3 {path} .recover"
    )


def opened_to_read(path: Path) -> sqlite3.Connection:
    """Return SQLite's own connection to an archive that is only read, for any thread; it is the caller's to close.

    Raises:
        ArchiveError: the file cannot be opened.
    """
    with in_our_words(str(path)):
        where = path.absolute().as_uri() + how_to_read(path)
        return sqlite3.connect(where, timeout=_PATIENCE, check_same_thread=False, uri=True)


def opened_as(path: Path) -> tuple[object, ...]:
    """Return what has to stay as it is for a connection of :func:`opened_to_read` to be good.

    Another file at the path is another archive; and one that was taken for unchangeable, because only others may write
    its folder, is opened anew when they have.

    Raises:
        ArchiveUnwritable: the file is gone, or cannot be looked at.
    """
    try:
        found, how = path.stat(), how_to_read(path)
    except OSError as error:
        raise ArchiveUnwritable(f"{path.name} cannot be read: {error.strerror}") from error
    changes = (found.st_mtime_ns, found.st_size) if "immutable" in how else ()
    return found.st_dev, found.st_ino, how, *changes


def beside(path: Path, ending: str) -> Path:
    """Return a file that SQLite keeps beside an archive, by its ending: ``-wal``, ``-shm``."""
    return path.with_name(path.name + ending)


#: Device and number of a file; None: there is none.
Identity: TypeAlias = tuple[int, int] | None


def identity(path: Path) -> Identity:
    """Return what tells the file that stands at a path from any other; None: none stands there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def how_to_read(path: Path) -> str:
    """Return how to open a file that is only read.

    Even a reader of a WAL database writes: the -shm file beside it. Where the folder does not let it, and no -wal waits
    to be read, the file is all there is: a backup on a read-only disk. A -wal that is there must not be passed over.
    """
    lonely = not any(path.with_name(path.name + rest).exists() for rest in ("-wal", "-shm"))
    return "?mode=ro&immutable=1" if lonely and not os.access(path.parent, os.W_OK) else "?mode=ro"


def look_before_opening(path: Path, *, readonly: bool) -> None:
    """Say plainly what SQLite would only call "unable to open database file"."""
    if path.is_dir():
        raise ArchiveForeign(f"{path} is a folder, not an archive")
    if not path.exists():
        if readonly:
            raise ArchiveUnwritable(
                f"there is no archive at {path}; `collector run` makes one, `collector demo` one to try"
            )
        if not path.parent.is_dir():
            raise ArchiveUnwritable(f"the folder {path.parent} does not exist; make it or choose another --archive")
        return
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise ArchiveUnwritable(f"{path} cannot be read: {error.strerror}") from error
    if head and head != _MAGIC:
        raise ArchiveForeign(f"{path} is not a SQLite database; it was not touched")


def affected_build() -> str | None:
    """Say why this SQLite build is a risk, or return None.

    3.7.0 to 3.51.2 can corrupt a WAL file when two connections checkpoint at once.
    """
    version = tuple(int(part) for part in sqlite3.sqlite_version.split("."))
    if (3, 7, 0) <= version <= (3, 51, 2):
        return (
            f"SQLite {sqlite3.sqlite_version} can damage an archive that several programs write; "
            "3.51.3 or later is safe"
        )
    return None
