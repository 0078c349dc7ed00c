"""The way from a page to the archive's rooms, through Datasette's own connections and its time limit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Base400

from collector.archive.connection import Connection

#: The archive's name in Datasette: in addresses, metadata and dashboards. `collector explore` gives it to any file.
DATABASE = "archive"

UNSAID = r"^/-/(?:databases|threads)(?:\.json)?$"

_Answer = TypeVar("_Answer")


class Absent(Base400):  # type: ignore[misc]  # Datasette ships no types
    """The archive has nothing at this address.

    Not Datasette's NotFound: that one sends a path with a ``%`` on to one with ``~`` in its place.
    """

    status = 404


async def unsaid(datasette: Any, request: Any) -> Any:
    """Answer nothing where Datasette tells anybody the paths of its files and what its threads do.

    Raises:
        Absent: always.
    """
    del datasette, request
    raise Absent("There is no such page here")


def served(datasette: Any) -> bool:
    """Say whether an archive is served: the plugin may be loaded beside other databases only."""
    return DATABASE in datasette.databases


async def ask(datasette: Any, question: Callable[[Connection], _Answer]) -> _Answer:
    """Return what a question finds, in one of Datasette's threads.

    Raises:
        sqlite3.OperationalError: "interrupted": it took longer than Datasette's ``sql_time_limit_ms``.
        ArchiveError: the archive cannot be read, or is of another schema than this program's.
    """
    database = datasette.get_database(DATABASE)

    def asked(raw: Any) -> _Answer:
        with sqlite_timelimit(raw, datasette.setting("sql_time_limit_ms")):
            return question(Connection.over(raw, Path(database.path).name))

    found: _Answer = await database.execute_fn(asked)
    return found
