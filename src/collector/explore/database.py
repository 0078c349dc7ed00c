"""The archive's file as Datasette asks it: to be read only, on a read-only disk too, and anew when it was replaced."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from datasette.database import Database
from datasette.utils.sqlite import sqlite3

from collector.archive.files import in_our_words, look_before_opening, opened_as, opened_to_read
from collector.errors import ArchiveUnwritable
from collector.explore import paring

_Answer = TypeVar("_Answer")

#: Seconds after which tables are counted again.
_COUNTS_LAST = 30


def _allowed(action: int, what: str | None, *_where: str | None) -> int:
    """Leave out which files are open: ``pragma_database_list`` is empty for whoever asks in SQL."""
    hidden = action == sqlite3.SQLITE_PRAGMA and what == "database_list"
    return int(sqlite3.SQLITE_IGNORE if hidden else sqlite3.SQLITE_OK)


class ArchiveDatabase(Database):  # type: ignore[misc]  # Datasette ships no types
    """An archive behind Datasette's own interface.

    Datasette opens a file once for each of its threads, by a name in which ``?``, ``#`` and ``%`` mean something, and
    keeps it for ever: a restored backup would not be seen before the next start. It is never ``immutable`` for
    Datasette, which would go on showing the counts of its start while a collector writes; whether SQLite may write its
    ``-shm`` is decided for each connection.
    """

    def __init__(self, datasette: Any, path: Path) -> None:
        super().__init__(datasette, path=str(path.absolute()), is_mutable=True)
        self._file = path.absolute()
        self._held = threading.local()
        self._counted: tuple[float, dict[str, int | None]] | None = None

    def connect(self, write: bool = False) -> Any:
        """Return a connection that reads.

        Raises:
            ArchiveError: somebody wants to write, or the file cannot be read.
        """
        if write:
            raise ArchiveUnwritable(f"{self._file.name} is only read here")
        look_before_opening(self._file, readonly=True)
        connection = opened_to_read(self._file)
        connection.set_authorizer(_allowed)
        self._all_file_connections.append(connection)
        return connection

    async def execute(self, sql: str, *given: Any, **more: Any) -> Any:
        """Return the rows of a statement; its mistakes are told to who made them, and the log is spared."""
        results = await super().execute(sql, *given, **{**more, "log_sql_errors": False})
        question = paring.page.get()
        # The first that is asked so is the reader's question; what comes after it lists the choices of its parameters.
        if question is not None and question.found is None and more.get("truncate"):
            question.found = len(results.rows)
            results.rows = results.rows[: paring.MOST]
        return results

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """Return how many rows each table has, as of the last half minute; None: counting takes more than ``limit`` ms.

        The page of the archive asks for all 60 of them, which is most of its time.
        """
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > _COUNTS_LAST:
            self._counted = now, await super().table_counts(limit)
        return self._counted[1]

    async def execute_fn(self, fn: Callable[[Any], _Answer]) -> _Answer:
        """Return what ``fn`` finds through a connection of one of Datasette's threads.

        Raises:
            ArchiveError: the file is locked, damaged, gone or cannot be read; what is wrong with a statement is raised
                as SQLite does.
        """

        def asked() -> _Answer:
            # By its name alone: readers are told this, and where the server keeps its files is none of their business.
            with in_our_words(self._file.name):
                return fn(self._connection())

        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, asked)

    def _connection(self) -> Any:
        """Return this thread's connection to the file that stands at the path now."""
        identity = opened_as(self._file)
        if getattr(self._held, "identity", None) != identity:
            if (before := getattr(self._held, "connection", None)) is not None:
                self._held.identity = self._held.connection = None
                self._all_file_connections.remove(before)
                before.close()
            connection = self.connect()
            self.ds._prepare_connection(connection, self.name)
            self._held.connection, self._held.identity = connection, identity
        return self._held.connection
