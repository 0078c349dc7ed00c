"""Tries the questions of a bundle on an archive without rows: what SQL says is told at the start, not on a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from collector.archive import Archive
from collector.config.queries import CannedQuery
from collector.errors import Mistake
from collector.explore.hooks import prepare_connection
from collector.explore.reading import DATABASE


def tried(queries: tuple[CannedQuery, ...], folder: Path) -> list[Mistake]:
    """Return what SQLite has against the queries, their lists of choices and the columns of their plots.

    Args:
        queries: of the bundle.
        folder: where their files are.
    """
    with Archive(None) as archive:
        connection = archive.connection.db.conn
        prepare_connection(connection, DATABASE)
        return [
            Mistake(str(folder / f"{query.name}.sql"), key, message)
            for query in queries
            for key, message in _against(connection, query)
        ]


def _against(connection: sqlite3.Connection, query: CannedQuery) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, each with what it is of."""
    for one in query.parameters:
        if one.choices is not None:
            try:
                connection.execute(one.choices)
            except sqlite3.Error as error:
                yield f"param {one.name}", f"SQLite says of its choices: {error}"
    try:
        answer = connection.execute(query.sql, {one.name: "" for one in query.parameters})
    except sqlite3.Error as error:
        yield "SQL", f"SQLite says: {error}"
        return
    columns = [column[0] for column in answer.description]
    if query.plot is not None:
        for place in (query.plot.x, query.plot.y, query.plot.color):
            if place is not None and place not in columns:
                yield "plot", f"the result has no column {place}; it has {', '.join(columns)}"
