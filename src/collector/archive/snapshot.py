"""One moment of the archive, read table by table while a collector goes on writing: what exports are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from collector.archive.connection import Connection
from collector.archive.files import in_our_words

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or view."""

    name: str
    declared: str  #: ``integer``, ``real`` or ``text``; empty where a view computes it
    required: bool  #: never null
    words: tuple[str | int, ...] = ()  #: the only values that a check lets in


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one column; in a view the one that the tables behind it declare."""

    column: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A public table or view."""

    name: str
    view: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...]  #: the primary key's columns; a view has none
    references: tuple[Reference, ...] = ()

    def has(self, column: str) -> bool:
        """Say whether it has a column of this name."""
        return any(one.name == column for one in self.columns)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are wanted; all fields empty: all of them."""

    portal: str | None = None
    since: str | None = None  #: local day ``YYYY-MM-DD``
    since_at: str | None = None  #: the instant at which that day begins, as the archive writes it
    #: By table or view: the column that says when; ``article``: rows go with their bulletin. Others leave whole.
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def everything(self) -> bool:
        """Nothing is left out."""
        return self.portal is None and self.since is None


class Snapshot:
    """What :func:`taken` yields: relations, counts and rows, all of one moment."""

    def __init__(self, connection: Connection, choice: Choice) -> None:
        self._connection = connection
        self._choice = choice
        #: Public tables and views by name.
        self.relations = {one.name: one for one in _relations(connection)}
        #: By table or view its condition; those that are not here leave whole.
        self._values = {"portal": choice.portal, "since": choice.since, "since_at": choice.since_at}
        self._narrowed = {} if choice.everything else self._narrow()

    def count(self, name: str) -> int:
        """Return how many rows of a table or view are chosen."""
        where, values = self._where(self.relations[name])
        return int(self._connection.value(f"select count(*) from [{name}]{where}", values))

    def batches(self, name: str, *, rows: int = 4_000, characters: int = 2_000_000) -> Iterator[list[Row]]:
        """Yield the chosen rows of a table by its key, of a view as it comes, in lists of bounded size.

        A list ends with the row that brings it to ``rows`` rows or ``characters`` of text: a body may have megabytes.
        10,000 rows and 8 million letters cost 60 MB more and save no time (``benchmarks/exports.py``).

        Raises:
            ArchiveCorrupt: the database is damaged.
        """
        relation = self.relations[name]
        columns = ", ".join(f"[{one.name}]" for one in relation.columns)
        where, values = self._where(relation)
        order = f" order by {', '.join(f'[{one}]' for one in relation.key)}" if relation.key else ""
        with in_our_words(self._connection.path):
            cursor = self._connection.db.conn.execute(f"select {columns} from [{name}]{where}{order}", values)
        while batch := self._next(cursor, rows, characters):
            yield batch

    def _next(self, cursor: Any, rows: int, characters: int) -> list[Row]:
        batch: list[Row] = []
        with in_our_words(self._connection.path):
            for row in cursor:
                batch.append(row)
                characters -= sum(len(cell) for cell in row if type(cell) is str)
                if characters <= 0 or len(batch) >= rows:
                    break
        return batch

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the chosen rows of a small table by column."""
        names = [one.name for one in self.relations[name].columns]
        return [dict(zip(names, row, strict=True)) for batch in self.batches(name) for row in batch]

    def _where(self, relation: Relation) -> tuple[str, dict[str, str | None]]:
        condition = self._narrowed.get(relation.name)
        return (f" where {condition}", self._values) if condition else ("", {})

    def _narrow(self) -> dict[str, str]:
        """Return the condition of each table and view that does not leave whole.

        What a chosen row points to is chosen too, whatever its day, so that no reference of an export leads nowhere:
        ids that a table's own condition leaves out are noted beside it.
        """
        own = {one.name: condition for one in self.relations.values() if (condition := self._own(one))}
        tables = [one for one in self.relations.values() if not one.view]
        for name in [one.name for one in tables if one.name in own]:
            self._connection.execute(f"create temp table [{_also(name)}] (id integer primary key)")
        narrowed = {
            name: condition if self.relations[name].view else f"({condition} or +rowid in temp.[{_also(name)}])"
            for name, condition in own.items()
        }
        before, after = -1, 0
        # Ends, because what was chosen stays chosen; the longest way is a few references long.
        while before != after:
            before = after
            for table in tables:
                for one in table.references:
                    if one.table in own:
                        self._note(table.name, one, narrowed.get(table.name, "true"), own[one.table])
            after = int(self._connection.value("select total_changes()"))
        return narrowed

    def _note(self, table: str, reference: Reference, chosen: str, own: str) -> None:
        """Note what the chosen rows of a table point to, where its own condition leaves it out."""
        pointed = f"select [{reference.column}] from [{table}] where {chosen}"
        self._connection.db.conn.execute(
            f"insert or ignore into temp.[{_also(reference.table)}] select rowid from [{reference.table}] "
            f"where [{reference.target}] in ({pointed}) and {own} is not true",
            self._values,
        )

    def _own(self, relation: Relation) -> str | None:
        """Return the condition on a relation's own columns, in brackets; None: it leaves whole.

        A plus before a column keeps SQLite from its index: rows found by one come in its order, and would be sorted by
        the key in memory, bodies and all (pysqlite3 has no temporary files). A scan costs a second per million rows.
        """
        column = self._choice.columns.get(relation.name)
        if column == "article":
            articles = self._own(self.relations["articles"])
            if articles is None:
                return None
            also = f"article in temp.[{_also('articles')}]"
            return f"(+article in (select id from articles where {articles}) or +{also})"
        terms = []
        owner = "id" if relation.name == "portals" else "portal"
        if self._choice.portal is not None and relation.has(owner):
            terms.append(f"+[{owner}] = :portal")
        if self._choice.since is not None and column is not None:
            bound = ":since_at" if column.endswith("_at") else ":since"
            # Cut to the column's length, for one may hold hours or months. What has no date may be as new as any.
            terms.append(f"([{column}] is null or +[{column}] >= substr({bound}, 1, length([{column}])))")
        return f"({' and '.join(terms)})" if terms else None


def _also(table: str) -> str:
    """Return the name of a temporary table of row ids; it ends with the snapshot."""
    return f"_also_{table}"


@contextmanager
def taken(connection: Connection, choice: Choice) -> Iterator[Snapshot]:
    """Yield the archive as it is now, for as long as the block lasts; a collector may go on writing.

    One read transaction: a row that is read later points to nothing that was written later. Meanwhile the -wal file
    grows, as it does under every reader.
    """
    with in_our_words(connection.path):
        connection.execute("begin")
    try:
        # A deferred transaction begins with its first read.
        connection.value("select count(*) from sqlite_master")
        yield Snapshot(connection, choice)
    finally:
        connection.db.conn.rollback()


def _relations(connection: Connection) -> Iterator[Relation]:
    """Yield the public tables, then the views; machinery and the search index are none."""
    named = connection.rows(
        "select name, type, sql from sqlite_master where type in ('table', 'view') and substr(name, 1, 1) <> '_' "
        "and name not glob 'sqlite_*' and name not glob 'articles_fts*' order by type, rowid"
    )
    found = [_relation(connection, row) for row in named]
    tables = [one for one in found if not one.view]
    agreed = _agreed(tables)
    yield from tables
    for view in (one for one in found if one.view):
        own = tuple(agreed[one.name] for one in view.columns if one.name in agreed)
        yield replace(view, references=own)


def _relation(connection: Connection, row: Mapping[str, Any]) -> Relation:
    name, view = row["name"], row["type"] == "view"
    info = connection.rows(
        "select name, lower(type) as type, [notnull], pk from pragma_table_info(?) order by cid", [name]
    )
    keys = connection.rows("select [from], [table], [to] from pragma_foreign_key_list(?) order by id desc", [name])
    key = sorted((one for one in info if one["pk"]), key=lambda one: one["pk"])
    return Relation(
        name,
        view,
        tuple(
            # An integer primary key is never null, declared so or not.
            Column(one["name"], one["type"], bool(one["notnull"] or one["pk"]), _words(row["sql"], one["name"]))
            for one in info
        ),
        tuple(one["name"] for one in key),
        tuple(Reference(one["from"], one["table"], one["to"]) for one in keys),
    )


def _words(sql: str, column: str) -> tuple[str | int, ...]:
    """Return what ``check (column in (…))`` lets in."""
    found = re.search(rf"check \({column} in \(([^)]*)\)\)", sql)
    items = re.findall(r"'([^']*)'|(\d+)", found.group(1)) if found else []
    return tuple(int(number) if number else word for word, number in items)


def _agreed(tables: Sequence[Relation]) -> dict[str, Reference]:
    """Return the columns that point to the same wherever a table has one of that name: ``article``, not ``place``."""
    by_name: dict[str, set[Reference | None]] = {}
    for table in tables:
        own = {one.column: one for one in table.references}
        for column in table.columns:
            by_name.setdefault(column.name, set()).add(own.get(column.name))
    return {name: one for name, found in by_name.items() if len(found) == 1 and (one := next(iter(found))) is not None}
