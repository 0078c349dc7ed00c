"""The archive as somebody sees it who stands beside its writer: probes and scrapes.

An onlooker has connections of its own and never waits for a poll's transaction. They are SQLite's: a file that a
process opens otherwise and closes drops the locks of its connections (POSIX locks belong to the process,
https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where installed, else the stdlib's

from collector.archive.connection import Connection
from collector.archive.files import Identity, identity, in_our_words, opened_as, opened_to_read
from collector.archive.metrics import Counting, Counts, last_success
from collector.errors import ArchiveError, ArchiveUnwritable

#: How long a trial of writing waits for whoever writes, in seconds: a probe has to answer within five.
_TRIAL = 0.25
#: Kilobytes of the archive that each connection keeps in memory.
_CACHE = 256


def sqlite_version() -> str:
    """Return the version of the SQLite that writes the archive."""
    return str(sqlite3.sqlite_version)


@dataclass(frozen=True, slots=True)
class FileSizes:
    """How large the archive's files are, in bytes."""

    database: int
    wal: int  #: 0: there is none
    free: int  #: on their disk, for this user


class Onlooker:
    """Questions of ``/health`` and ``/metrics``; any thread may ask, and none keeps the writer waiting."""

    def __init__(self, path: Path, used: Callable[[], Identity] | None = None) -> None:
        """Open nothing yet: the archive may be missing or damaged, and to say so is an onlooker's work.

        ``used``: says which file its writer uses. Another one that was moved there is the writer's to open first: with
        the -wal of the old one beside it, it would be misread, and held so that the writer could not have it to itself.
        """
        self._path = path
        self._probed = _Opened(path, opened_to_read, used)
        # Apart, because the first count of a large archive takes seconds and a probe has none.
        self._counted = _Opened(path, opened_to_read, used)
        self._tried = _Opened(path, _opened_to_write, used)
        self._counting: Counting | None = None

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self._path.name

    def sizes(self) -> FileSizes:
        """Return how large the files are.

        Raises:
            ArchiveUnwritable: the archive is gone, or cannot be looked at.
        """
        try:
            database = self._path.stat().st_size
            disk = os.statvfs(self._path.parent)
        except OSError as error:
            raise ArchiveUnwritable(f"{self.name} cannot be read: {error.strerror}") from error
        try:
            wal = self._path.with_name(f"{self.name}-wal").stat().st_size
        except OSError:
            wal = 0  # it comes and goes with the writer
        return FileSizes(database, wal, disk.f_bavail * disk.f_frsize)

    def stay(self) -> None:
        """Hold the archive that stands there now open, if it can be opened.

        Where nobody has it open, its -wal and -shm vanish, and whoever may read the folder and not write it has to take
        the file for unchangeable (:func:`~collector.archive.files.how_to_read`), while the next poll changes it.
        """
        with suppress(ArchiveError), self._probed.held() as (raw, _), in_our_words(str(self._path)):
            raw.execute("select 1 from sqlite_master limit 1").fetchall()

    def try_to_write(self) -> None:
        """Begin a write and take it back: nothing is written, and a poll waits for a millisecond at most.

        Raises:
            ArchiveBusy: somebody writes, perhaps a poll of ours.
            ArchiveError: it cannot be written; a full disk is told only by the write that meets it.
        """
        with self._tried.held() as (raw, _), in_our_words(str(self._path)):
            Connection.over(raw, str(self._path))
            raw.execute("begin immediate")
            raw.execute("rollback")

    def portals(self) -> dict[str, dict[str, Any]]:
        """Return by portal the last run's verdict, the last success, open failures and open incidents.

        Raises:
            ArchiveError: the archive cannot be read.
        """
        with self._probed.held() as (raw, _), in_our_words(str(self._path)):
            connection = Connection.over(raw, str(self._path))
            with _one_moment(raw):
                return {
                    row["portal"]: {
                        **row,
                        "last_success_at": last_success(connection, row["portal"]),
                        "open_incidents": self._incidents(connection, row["portal"]),
                    }
                    for row in connection.rows(
                        "select p.id as portal, r.id as last_run, r.kind as last_kind, r.started_at as "
                        "last_started_at, r.finished_at as last_finished_at, r.verdict as last_verdict, "
                        "(select count(*) from failures where portal = p.id and resolved_at is null) as open_failures "
                        "from portals p left join runs r on r.id = "
                        "(select id from runs where portal = p.id order by started_at desc, id desc limit 1) "
                        "order by p.id"
                    )
                }

    def incidents(self) -> list[dict[str, Any]]:
        """Return the open incidents that are the archive's own, and no portal's.

        Raises:
            ArchiveError: the archive cannot be read.
        """
        with self._probed.held() as (raw, _), in_our_words(str(self._path)):
            return self._incidents(Connection.over(raw, str(self._path)), None)

    def counts(self) -> Counts:
        """Return what is counted for ``/metrics``, all of one moment; counted anew only where something was written.

        Raises:
            ArchiveError: the archive cannot be read.
        """
        with self._counted.held() as (raw, new), in_our_words(str(self._path)):
            connection = Connection.over(raw, str(self._path))
            if new or self._counting is None:
                self._counting = Counting()
            with _one_moment(raw):
                return self._counting.counts(connection)

    def close(self) -> None:
        """Close what was opened."""
        for opened in (self._probed, self._counted, self._tried):
            opened.close()

    def __enter__(self) -> Onlooker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @staticmethod
    def _incidents(connection: Connection, portal: str | None) -> list[dict[str, Any]]:
        return connection.rows(
            "select cause, section, opened_at, detail from incidents where portal is ? and closed_at is null "
            "order by opened_at, id",
            [portal],
        )


class _Opened:
    """A connection that is opened when it is first wanted, and anew when another file stands at the path."""

    def __init__(
        self, path: Path, opening: Callable[[Path], sqlite3.Connection], used: Callable[[], Identity] | None
    ) -> None:
        self._path, self._opening, self._used = path, opening, used
        self._guard = threading.Lock()
        self._raw: sqlite3.Connection | None = None
        self._identity: tuple[object, ...] = ()
        self._closed = False

    @contextmanager
    def held(self) -> Iterator[tuple[sqlite3.Connection, bool]]:
        """Hold the connection, and say whether it is a new one."""
        with self._guard:
            if self._closed:
                raise ArchiveUnwritable(f"{self._path.name} is not looked at any more")
            opened = opened_as(self._path)
            if self._used is not None and identity(self._path) != self._used():
                self._let_go()
                raise ArchiveUnwritable(f"{self._path.name} is another file than before; it is looked at first")
            new = self._raw is None or opened != self._identity
            if new:
                self._let_go()
                self._raw, self._identity = self._opening(self._path), opened
            assert self._raw is not None
            try:
                if new:
                    # SQLite would keep 2 MB for the next question, which comes in a quarter of a minute at best.
                    with in_our_words(str(self._path)):  # it reads the schema
                        self._raw.execute(f"pragma cache_size = -{_CACHE}")
                yield self._raw, new
            except BaseException:
                self._let_go()  # whatever it was: the next look begins with nothing
                raise

    def close(self) -> None:
        self._closed = True
        # A count under way may take seconds, and who stops the daemon has ten: then the process's end closes it.
        if self._guard.acquire(timeout=1.0):
            try:
                self._let_go()
            finally:
                self._guard.release()

    def _let_go(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None


def _opened_to_write(path: Path) -> sqlite3.Connection:
    with in_our_words(str(path)):
        where = f"{path.absolute().as_uri()}?mode=rw"  # none is made where there is none
        return sqlite3.connect(where, timeout=_TRIAL, isolation_level=None, check_same_thread=False, uri=True)


@contextmanager
def _one_moment(raw: sqlite3.Connection) -> Iterator[None]:
    """Read everything in the block as it is at one moment, and let it go: an old state held makes the WAL grow."""
    raw.execute("begin")
    try:
        yield
    finally:
        raw.rollback()
