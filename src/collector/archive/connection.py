"""The way into the database: guards at the door, one writer, whole transactions; opened anew when it failed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import sqlite_utils
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where installed, else the stdlib's

from collector.archive.files import Identity, beside, damaged, how_to_read, identity, in_our_words, look_before_opening
from collector.archive.schema import APPLICATION_ID, OLDEST_READABLE, SCHEMA_VERSION, migrations
from collector.errors import ArchiveError, ArchiveForeign, ArchiveUnwritable

#: How long a write waits for a program that holds the database, in milliseconds.
BUSY_TIMEOUT = 30_000


@dataclass(frozen=True, slots=True)
class Files:
    """Which files an archive was, as :func:`~collector.archive.files.identity` tells them apart."""

    database: Identity
    log: Identity  #: its -wal


class Connection:
    """A connection that many threads may use: one at a time, each write in a whole ``BEGIN IMMEDIATE``."""

    def __init__(
        self,
        path: Path | None,
        *,
        readonly: bool = False,
        any_version: bool = False,
        oldest: int = OLDEST_READABLE,
        left: Files | None = None,
    ) -> None:
        """Open ``path`` (None: in memory).

        A reader is let at schemas from ``oldest`` on, one of no particular table (``any_version``) at any.
        ``left``: what the archive was when this daemon used it last. If it is another one now, or cannot be opened, the
        connection is a closed one, for :meth:`reopen`; nothing is raised, and :attr:`trouble` says why.

        Raises:
            ArchiveForeign: no database, not ours, or newer than this program.
            ArchiveUnwritable: the file or its folder cannot be written.
            ArchiveCorrupt: the database is damaged.
            ArchiveBusy: somebody else holds it.
        """
        self.path = str(path) if path is not None else ":memory:"
        self._guard = threading.RLock()
        self._file, self._readonly, self._oldest = path, readonly, 0 if not readonly or any_version else oldest
        self.trouble: ArchiveError | None = None  #: why it was not opened
        if left is not None:
            self._resume(left)
            return
        if path is not None:
            look_before_opening(path, readonly=readonly)
        self._open()

    def _resume(self, left: Files) -> None:
        assert self._file is not None
        self._identity, self._log = left.database, left.log
        try:
            self._refuse_if_gone()
            if self.replaced():
                raise ArchiveUnwritable(f"{self.path} is another file than before; it is looked at first")
            look_before_opening(self._file, readonly=True)
            self._open()
        except ArchiveError as error:
            self.trouble = error
            raw = sqlite3.connect(":memory:", check_same_thread=False)
            self.db = sqlite_utils.Database(raw, execute_plugins=False)
            raw.close()

    def _open(self) -> None:
        path, readonly = self._file, self._readonly
        with in_our_words(self.path):
            target = ":memory:" if path is None else path.absolute().as_uri() + (how_to_read(path) if readonly else "")
            raw = sqlite3.connect(target, isolation_level=None, check_same_thread=False, uri=True)
        try:
            with in_our_words(self.path):
                raw.execute(f"pragma busy_timeout = {BUSY_TIMEOUT}")
                raw.execute("pragma foreign_keys = on")
            self.db = sqlite_utils.Database(raw, execute_plugins=False)
            self._recognise(oldest=self._oldest)
            if not readonly:
                self._prepare()
        except BaseException:
            raw.close()
            raise
        self._identity = None if path is None else identity(path)
        # SQLite makes the -wal anew only when nobody has the archive open.
        self._log = None if path is None else identity(beside(path, "-wal"))

    @property
    def files(self) -> Files:
        """Which files were opened last."""
        return Files(self._identity, self._log)

    def replaced(self) -> bool:
        """Say whether another file, or none, stands where the archive was opened: what is written now is lost."""
        return self._file is not None and identity(self._file) != self._identity

    def reopen(self) -> None:
        """Close the archive, open the file that stands there now, and check it: once something was wrong with it.

        After an fsync that failed nobody knows what of the old handle's is on the disk (FAULTS 4), and a backup that
        was put back is another file. Until it succeeds the connection stays closed, and every use of it raises.

        Raises:
            ArchiveError: as on opening, and where the check finds damage; or the file is gone.
        """
        with self._guard:
            self.db.conn.close()
            self._refuse_if_gone()
            self._part_from_the_old_log()
            self._open()
            try:
                self._check()
            except BaseException:
                self.db.conn.close()
                raise

    def _refuse_if_gone(self) -> None:
        """Refuse to make it anew: whoever reads an empty archive would not learn that the old one is missing."""
        # Only asked whether it is there: to open and close the file would drop the locks of its other connections.
        if self._file is not None and not self._file.exists():
            raise ArchiveUnwritable(f"{self.path} is gone; put it back, or start again to begin a new one")

    def _part_from_the_old_log(self) -> None:
        """Put aside the -wal of an archive in whose place another file was moved.

        It bears the archive's name and not its identity: SQLite would play it into the backup that stands there now,
        and damage it (https://www.sqlite.org/howtocorrupt.html, 1.4). It is kept, for what it holds is nowhere else.
        """
        if self._file is None or not self.replaced():
            return
        log = beside(self._file, "-wal")
        if self._log is None or identity(log) != self._log:
            return  # it came with the new file
        try:
            log.replace(beside(self._file, "-wal.replaced"))
            beside(self._file, "-shm").unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveUnwritable(
                f"{log}, which belongs to no file now, cannot be moved: {error.strerror}"
            ) from error
        self._log = None

    def _check(self) -> None:
        found = str(self.value("pragma quick_check(1)"))
        if found != "ok":
            raise damaged(self.path, found)
        # A page is really written: to begin a write and take it back succeeds on a full disk too.
        with self.writing():
            self.execute(f"pragma user_version = {SCHEMA_VERSION}")

    @classmethod
    def over(cls, raw: sqlite3.Connection, path: str) -> Connection:
        """Return a connection that reads through one that somebody else opened on an archive, and closes.

        Raises:
            ArchiveForeign: it is not ours, or of another schema than this program's.
            ArchiveCorrupt, ArchiveBusy: it cannot be read.
        """
        borrowed = cls.__new__(cls)
        borrowed.path = path
        borrowed._guard = threading.RLock()
        borrowed._file = borrowed._identity = None
        borrowed.db = sqlite_utils.Database(raw, execute_plugins=False)
        # Each time: a newer collector may have brought the archive up to date since it was opened.
        borrowed._recognise(oldest=SCHEMA_VERSION)
        return borrowed

    def _recognise(self, *, oldest: int) -> None:
        """Refuse, untouched, what is not ours, is newer than we are or of a schema before ``oldest``."""
        with in_our_words(self.path):
            owner = self.value("pragma application_id")
            version = self.value("pragma user_version")
            tables = self.value("select count(*) from sqlite_master")
        if tables and owner != APPLICATION_ID:
            raise ArchiveForeign(f"{self.path} is a database, but not an archive of collector; it was not touched")
        self._refuse_a_newer(version)
        if version < oldest:
            has = f"has the older schema {version}" if tables else "is empty"
            raise ArchiveForeign(f"{self.path} {has}; the next run brings it up to date")

    def _refuse_a_newer(self, version: int) -> None:
        if version > SCHEMA_VERSION:
            raise ArchiveForeign(
                f"{self.path} was written by a newer collector (schema {version}, this one knows {SCHEMA_VERSION}); "
                "upgrade collector"
            )

    def _prepare(self) -> None:
        with in_our_words(self.path):
            # WAL so that Datasette reads while we write; FULL because commits are few and power can fail (FAULTS 2).
            self.db.execute("pragma journal_mode = wal")
            self.db.execute("pragma synchronous = full")
            self.db.execute("begin immediate")
            self.db.execute("rollback")
            if self.value("pragma user_version") < SCHEMA_VERSION:
                migrations.apply(self.db)
                self.db.execute(f"pragma user_version = {SCHEMA_VERSION}")

    @contextmanager
    def writing(self) -> Iterator[sqlite_utils.Database]:
        """All or nothing: the block's statements are committed together, or none is.

        A block inside a block joins the outer one. IMMEDIATE, because a deferred transaction that reads first fails
        at once with "database is locked" and ignores the busy timeout.
        """
        with self._guard, in_our_words(self.path):
            if self.db.conn.in_transaction:
                yield self.db
                return  # joined: the outer block commits
            self.db.execute("begin immediate")
            try:
                # Each time (2 µs): whoever lives for a year may find that a newer program was there meanwhile.
                self._refuse_a_newer(self.db.execute("pragma user_version").fetchone()[0])
                yield self.db
                self.db.execute("commit")
            except BaseException:
                # A full disk makes SQLite roll back by itself; rollback() then has nothing to do.
                self.db.conn.rollback()
                raise

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        """Return all rows of a query as dictionaries."""
        with self._guard, in_our_words(self.path):
            return list(self.db.query(sql, parameters))

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> dict[str, Any] | None:
        """Return the first row of a query, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        with self._guard, in_our_words(self.path):
            found = self.db.execute(sql, parameters).fetchone()
        return None if found is None else found[0]

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> None:
        """Run one statement inside the transaction of :meth:`writing`."""
        self.db.execute(sql, parameters)

    def has(self, table: str) -> bool:
        """Say whether there is such a table: archives of earlier schemas are read too."""
        return self.value("select 1 from sqlite_master where name = ?", [table]) is not None

    def insert(self, table: str, row: dict[str, Any]) -> int:
        """Insert one row and return its rowid; call it inside :meth:`writing`."""
        inserted = cast("sqlite_utils.db.Table", self.db[table]).insert(row)
        return cast("int", inserted.last_rowid)

    def insert_all(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows of the same columns; call it inside :meth:`writing`.

        A bulletin has dozens of figures, and sqlite-utils takes 0.2 ms to think about each row.
        """
        if rows:
            columns = ", ".join(f"[{name}]" for name in rows[0])
            values = ", ".join(f":{name}" for name in rows[0])
            self.db.conn.executemany(f"insert into [{table}] ({columns}) values ({values})", rows)

    def update(self, table: str, key: int, row: dict[str, Any]) -> None:
        """Set columns of one row; call it inside :meth:`writing`."""
        cast("sqlite_utils.db.Table", self.db[table]).update(key, row)

    def copy_from(self, path: Path, tables: Iterable[str], *, instead: Mapping[str, str]) -> None:
        """Copy tables, as they are at one moment, from an archive that is only read.

        ``instead`` gives for a column, as ``table.column``, the SQL literal that is written in place of its values.
        """
        with self._guard, in_our_words(str(path)):
            self.db.execute("attach database ? as source", [path.absolute().as_uri() + how_to_read(path)])
            # One transaction: its writer may go on, and a row copied later would point to one that was not there yet.
            with self.writing():
                # What triggers keep up is derived from these tables and read by nobody here, and to follow 100,000 rows
                # one by one takes seconds.
                for row in self.rows("select name from main.sqlite_master where type = 'trigger'"):
                    self.db.execute(f"drop trigger main.[{row['name']}]")
                for table in tables:
                    # By the source's columns: one of an older schema lacks the later ones, which stay empty.
                    info = self.rows("select name from pragma_table_info(?, 'source')", [table])
                    names = [row["name"] for row in info]
                    if not names:
                        continue  # a table that a later schema brought
                    values = ", ".join(instead.get(f"{table}.{name}", f"[{name}]") for name in names)
                    columns = ", ".join(f"[{name}]" for name in names)
                    self.db.execute(f"insert into main.[{table}] ({columns}) select {values} from source.[{table}]")
            self.db.execute("detach database source")

    def fold_in(self) -> int:
        """Move what the WAL holds into the database, as far as readers let it; return how many bytes stay behind."""
        with self._guard, in_our_words(self.path):
            row = self.db.execute("pragma wal_checkpoint(passive)").fetchone()
            size = self.db.execute("pragma page_size").fetchone()[0]
        # (-1, -1) in memory, where there is no WAL.
        return max(0, int(row[1]) - int(row[2])) * int(size)

    def copy_to(self, target: Path) -> None:
        """Write a copy of the database as it is at this moment to a file that does not exist."""
        with self._guard, in_our_words(self.path, written=str(target)):
            self.db.execute("vacuum into ?", [str(target)])

    def close(self) -> None:
        """Close; what was not committed is rolled back."""
        with self._guard:
            self.db.conn.close()
