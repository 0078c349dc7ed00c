"""The way into the database file: guards at the door, one writer, whole transactions, errors in our own words."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import sqlite_utils
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where installed, else the stdlib's

from collector.archive.schema import APPLICATION_ID, OLDEST_READABLE, SCHEMA_VERSION, migrations
from collector.errors import ArchiveBusy, ArchiveCorrupt, ArchiveForeign, ArchiveFull, ArchiveUnwritable

#: How long a write waits for a program that holds the database, in milliseconds.
BUSY_TIMEOUT = 30_000
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
        raise _damaged(path, error) from error


def _translated(error: Exception, path: str, written: str) -> Exception:
    name = str(getattr(error, "sqlite_errorname", ""))
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return ArchiveUnwritable(f"{path} was closed because something was wrong with it, and is not open again yet")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ArchiveBusy(f"{path} is locked by another program; close it or try again")
    # A text that is no UTF-8 has no error name: it is Python that cannot read it. We never write one.
    if name.startswith("SQLITE_CORRUPT") or str(error).startswith("Could not decode to UTF-8"):
        return _damaged(path, error)
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


def _damaged(path: str, error: object) -> ArchiveCorrupt:
    said = " ".join(str(error).split())[:200]
    return ArchiveCorrupt(
        f"{path} is damaged ({said}); nothing more was written to it. Restore a backup, or try: sqlite3 {path} .recover"
    )


class Connection:
    """A connection that many threads may use: one at a time, each write in a whole ``BEGIN IMMEDIATE``."""

    def __init__(
        self,
        path: Path | None,
        *,
        readonly: bool = False,
        any_version: bool = False,
        oldest: int = OLDEST_READABLE,
    ) -> None:
        """Open ``path`` (None: in memory).

        A reader is let at schemas from ``oldest`` on, one of no particular table (``any_version``) at any.

        Raises:
            ArchiveForeign: no database, not ours, or newer than this program.
            ArchiveUnwritable: the file or its folder cannot be written.
            ArchiveCorrupt: the database is damaged.
            ArchiveBusy: somebody else holds it.
        """
        self.path = str(path) if path is not None else ":memory:"
        self._guard = threading.RLock()
        self._file, self._readonly, self._oldest = path, readonly, 0 if not readonly or any_version else oldest
        if path is not None:
            look_before_opening(path, readonly=readonly)
        self._open()

    def _open(self) -> None:
        path, readonly = self._file, self._readonly
        with in_our_words(self.path):
            target = ":memory:" if path is None else path.absolute().as_uri() + (_how(path) if readonly else "")
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
        self._identity = None if path is None else _identity(path)
        # SQLite makes the -wal anew only when nobody has the archive open.
        self._log = None if path is None else _identity(_beside(path, "-wal"))

    def replaced(self) -> bool:
        """Say whether another file, or none, stands where the archive was opened: what is written now is lost."""
        return self._file is not None and _identity(self._file) != self._identity

    def reopen(self) -> None:
        """Close the archive, open the file that stands there now, and check it: once something was wrong with it.

        After an fsync that failed nobody knows what of the old handle's is on the disk (FAULTS 4), and a backup that
        was put back is another file. Until it succeeds the connection stays closed, and every use of it raises.

        Raises:
            ArchiveError: as on opening, and where the check finds damage; or the file is gone.
        """
        with self._guard:
            self.db.conn.close()
            # Only asked whether it is there: to open and close the file would drop the locks of its other connections.
            if self._file is not None and not self._file.exists():
                # Not made anew: whoever reads an empty archive would not learn that the old one is missing.
                raise ArchiveUnwritable(f"{self.path} is gone; put it back, or start again to begin a new one")
            self._part_from_the_old_log()
            self._open()
            try:
                self._check()
            except BaseException:
                self.db.conn.close()
                raise

    def _part_from_the_old_log(self) -> None:
        """Put aside the -wal of an archive in whose place another file was moved.

        It bears the archive's name and not its identity: SQLite would play it into the backup that stands there now,
        and damage it (https://www.sqlite.org/howtocorrupt.html, 1.4). It is kept, for what it holds is nowhere else.
        """
        if self._file is None or not self.replaced():
            return
        log = _beside(self._file, "-wal")
        if self._log is None or _identity(log) != self._log:
            return  # it came with the new file
        try:
            log.replace(_beside(self._file, "-wal.replaced"))
            _beside(self._file, "-shm").unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveUnwritable(
                f"{log}, which belongs to no file now, cannot be moved: {error.strerror}"
            ) from error
        self._log = None

    def _check(self) -> None:
        found = str(self.value("pragma quick_check(1)"))
        if found != "ok":
            raise _damaged(self.path, found)
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
            self.db.execute("attach database ? as source", [path.absolute().as_uri() + _how(path)])
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


def opened_to_read(path: Path) -> sqlite3.Connection:
    """Return SQLite's own connection to an archive that is only read, for any thread; it is the caller's to close.

    Raises:
        ArchiveError: the file cannot be opened.
    """
    with in_our_words(str(path)):
        where = path.absolute().as_uri() + _how(path)
        return sqlite3.connect(where, timeout=_PATIENCE, check_same_thread=False, uri=True)


def opened_as(path: Path) -> tuple[object, ...]:
    """Return what has to stay as it is for a connection of :func:`opened_to_read` to be good.

    Another file at the path is another archive; and one that was taken for unchangeable, because only others may write
    its folder, is opened anew when they have.

    Raises:
        ArchiveUnwritable: the file is gone, or cannot be looked at.
    """
    try:
        found, how = path.stat(), _how(path)
    except OSError as error:
        raise ArchiveUnwritable(f"{path.name} cannot be read: {error.strerror}") from error
    changes = (found.st_mtime_ns, found.st_size) if "immutable" in how else ()
    return found.st_dev, found.st_ino, how, *changes


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _how(path: Path) -> str:
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
