"""The way from a page to the archive's rooms, through Datasette's own connections and its time limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from datasette.utils import sqlite_timelimit

from collector.archive.connection import Connection

#: The archive's name in Datasette: in addresses, metadata and dashboards. `collector explore` gives it to any file.
DATABASE = "archive"

_Answer = TypeVar("_Answer")


def served(datasette: Any) -> bool:
    """Say whether an archive is served: the plugin may be loaded beside other databases only."""
    return DATABASE in datasette.databases


async def ask(datasette: Any, question: Callable[[Connection], _Answer]) -> _Answer:
    """Return what a question finds, in one of Datasette's threads.

    Raises:
        sqlite3.OperationalError: "interrupted": it took longer than Datasette's ``sql_time_limit_ms``.
        ArchiveError: the archive cannot be read.
    """
    database = datasette.get_database(DATABASE)

    def asked(raw: Any) -> _Answer:
        with sqlite_timelimit(raw, datasette.setting("sql_time_limit_ms")):
            return question(Connection.over(raw, str(database.path)))

    found: _Answer = await database.execute_fn(asked)
    return found
