"""The tables, as named migrations that are never edited once released.

Observations (captures, articles, revisions, visit counts, runs) are append-only and migrated. Tables that only the
program needs begin with an underscore. The statements are in ``tables/``. ``*_at`` is a UTC instant
``YYYY-MM-DDTHH:MM:SSZ``, ``*_on`` a local date.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where installed, else the stdlib's

from collector.archive import search

if TYPE_CHECKING:
    from sqlite_utils import Database

#: ``PRAGMA application_id`` of an archive: the letters "BTin" (bản tin, bulletin).
APPLICATION_ID = int.from_bytes(b"BTin", "big")

#: What ``PRAGMA user_version`` of an up-to-date archive says: the number of migrations.
SCHEMA_VERSION = 6
#: The oldest schema that `status` and a rehearsal can read: what came later only added tables and columns to it.
OLDEST_READABLE = 1

migrations = Migrations("collector")


@migrations()
def first_tables(db: Database) -> None:
    """Portals to failures: everything that a run observes."""
    _each(db, _tables("first"))
    db.execute(f"pragma application_id = {APPLICATION_ID}")


@migrations()
def full_text_search(db: Database) -> None:
    """The index over title and body, filled from what is there."""
    _each(db, search.TABLES)
    search.rebuild(db)


@migrations()
def evidence_tables(db: Database) -> None:
    """What the bulletins' words say; of those that are there the next run examines the texts."""
    _each(db, _tables("evidence"))


@migrations()
def history_tables(db: Database) -> None:
    """The latest revision by its time, captures that others keep, what of a pager was read, places over the years."""
    _each(db, _tables("history"))


@migrations()
def exploring(db: Database) -> None:
    """What people look at: views, the figures that count, the counter by the hour, and the indexes behind them."""
    _each(db, _tables("exploring"))


@migrations()
def daemon_tables(db: Database) -> None:
    """The ticks of the schedule, incidents, and hosts that do not answer."""
    _each(db, _tables("daemon"))


def _tables(name: str) -> str:
    return resources.files(__package__).joinpath("tables", f"{name}.sql").read_text(encoding="utf-8")


def _each(db: Database, script: str) -> None:
    # One statement at a time: executescript() would commit the migration's transaction.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
