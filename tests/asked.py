"""An archive as Datasette asks it: the connection only reads, and SQL has the functions that our plugin brings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the build that Datasette finds too

from collector.config.queries import CannedQuery, shipped_queries
from collector.explore.hooks import prepare_connection
from collector.explore.reading import DATABASE

QUERIES = {query.name: query for query in shipped_queries()}


class Asked:
    """One archive, opened read-only."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        prepare_connection(self.connection, DATABASE)

    def rows(self, sql: str, /, **parameters: object) -> list[dict[str, Any]]:
        cursor = self.connection.execute(sql, parameters)
        columns = [one[0] for one in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor]

    def ask(self, name: str, /, **given: object) -> list[dict[str, Any]]:
        """Return the rows of a canned query; what is not given is empty, as Datasette has it."""
        query = QUERIES[name]
        assert {*given} <= {one.name for one in query.parameters}
        return self.rows(query.sql, **{**dict.fromkeys((one.name for one in query.parameters), ""), **given})

    def columns(self, query: CannedQuery) -> list[str]:
        cursor = self.connection.execute(query.sql, dict.fromkeys((one.name for one in query.parameters), ""))
        return [one[0] for one in cursor.description]

    def read_whole(self, sql: str, /, **parameters: object) -> set[str]:
        """Return the tables and indexes that a statement goes through from one end, by what SQLite does for it.

        A plan (``explain query plan``) names aliases; its code names the pages at which tables and indexes begin.
        """
        names = {row["rootpage"]: row["name"] for row in self.rows("select name, rootpage from sqlite_master")}
        opened: dict[int, str] = {}
        found = set()
        for _, code, cursor, page, _, _, _, _ in self.connection.execute(f"explain {sql}", parameters):
            if code == "OpenRead":
                opened[cursor] = names.get(page, "")
            elif code in {"Rewind", "Last", "Sort"} and cursor in opened:
                found.add(opened[cursor])
        return found - {"sqlite_schema", ""}

    def sorts(self, sql: str, /) -> bool:
        """Say whether a statement sorts rows."""
        return any("TEMP B-TREE" in row[3] for row in self.connection.execute(f"explain query plan {sql}"))


@contextmanager
def asked(path: Path) -> Iterator[Asked]:
    found = Asked(path)
    yield found
    found.connection.close()


__all__ = ["QUERIES", "Asked", "asked"]
