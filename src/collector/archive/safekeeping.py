"""Keeping the archive safe: a consistent copy while it is written, and the proof that nothing in it is damaged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector.archive.captures import Captures
from collector.archive.connection import Connection
from collector.archive.evidence import misplaced
from collector.archive.kept import differing
from collector.errors import ArchiveCorrupt, ArchiveForeign, ArchiveUnwritable

#: SQLite stops after so many problems of one kind; the first ones tell enough.
_MOST = 100


@dataclass(slots=True)
class Examination:
    """What :func:`examine` found; all lists empty: nothing is wrong."""

    integrity: list[str] = field(default_factory=list)  #: what SQLite's integrity_check says
    foreign_keys: list[str] = field(default_factory=list)  #: rows that point nowhere
    captures: list[str] = field(default_factory=list)  #: raw pages that cannot be given back as they were
    search: list[str] = field(default_factory=list)  #: articles that the search index misses
    evidence: list[str] = field(default_factory=list)  #: findings that do not stand where they say they do
    kept: list[str] = field(default_factory=list)  #: tables that are not what the rest of the archive says
    checked: dict[str, int] = field(default_factory=dict)  #: how many of what was looked at

    @property
    def sound(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong, a line each."""
        return [*self.integrity, *self.foreign_keys, *self.captures, *self.search, *self.evidence, *self.kept]


def examine(
    connection: Connection, *, checkpoint: Callable[[int, int], None] = lambda _done, _all: None
) -> Examination:
    """Look at everything in an archive; reads only, one page's bytes at a time.

    ``checkpoint`` is called after each capture with how many were looked at, and how many there are.

    Raises:
        ArchiveCorrupt: it is damaged so that SQLite reads no further.
    """
    found = Examination()
    rows = connection.rows(f"pragma integrity_check({_MOST})")
    found.integrity = [text for row in rows for text in row.values() if text != "ok"]
    found.foreign_keys = [
        f"{row['table']} row {row['rowid']} points to a row of {row['parent']} that is not there"
        for row in connection.rows("select * from pragma_foreign_key_check limit ?", [_MOST])
    ]
    found.captures = list(_damaged_captures(connection, checkpoint))
    # Archives of schema 1 have no index yet.
    if connection.has("articles_fts"):
        missing = "select id from articles where id not in (select id from articles_fts_docsize) limit ?"
        found.search = [f"article {row['id']} is not in the index" for row in connection.rows(missing, [_MOST])]
    tables = ["articles", "revisions", "captures"]
    # Those of schema 2 no figures.
    if connection.has("indicators"):
        found.evidence = misplaced(connection, _MOST)
        tables.append("indicators")
    found.kept = differing(connection)
    found.checked = {table: connection.value(f"select count(*) from {table}") for table in tables}
    return found


def _damaged_captures(connection: Connection, checkpoint: Callable[[int, int], None]) -> Iterator[str]:
    captures = Captures(connection)
    last, done, number = 0, 0, connection.value("select count(*) from captures")
    while found := connection.value("select id from captures where id > ? order by id limit 1", [last]):
        last, done, name = found, done + 1, f"capture {found}"
        try:
            row = connection.row("select url, sha256, size from captures where id = ?", [last]) or {}
            name += f" ({row.get('url')})"
            size = len(captures.body(row.get("sha256", "")))
        except ArchiveCorrupt as error:
            yield f"{name}: {error}"
        else:
            if size != row["size"]:
                yield f"{name}: {size} bytes, not the {row['size']} of its row"
        checkpoint(done, number)


def backup(connection: Connection, target: Path) -> int:
    """Write a consistent copy of a live archive to ``target`` and return its size in bytes.

    The copy is made beside the target, looked at, and only then put in its place: a copy that was there before stays
    until the new one is whole. A collector may go on writing meanwhile.

    Raises:
        ArchiveForeign: something stands at ``target`` that is not an archive, or it is the archive itself.
        ArchiveUnwritable: no folder, no room, no permission.
    """
    source = Path(connection.path)
    if target.exists():
        if target.samefile(source):
            raise ArchiveForeign(f"{target} is the archive itself; name another file")
        # Opening it refuses what is not ours: a slip of the hand must not overwrite somebody's file.
        Connection(target, readonly=True, any_version=True).close()
    if not target.parent.is_dir():
        raise ArchiveUnwritable(f"the folder {target.parent} does not exist")
    partial = target.with_name(f"{target.name}.partial")
    with _removed_unless_finished(partial):
        try:
            # VACUUM INTO refuses a file that is there: one may be left of a backup that was killed.
            partial.unlink(missing_ok=True)
            connection.copy_to(partial)
            with closing(Connection(partial, readonly=True, any_version=True)) as copy:
                _refuse_damage(copy)
            to_the_disk(partial)
            partial.replace(target)
            to_the_disk(target.parent)
        except OSError as error:
            raise ArchiveUnwritable(f"{target} cannot be written: {error.strerror}") from error
    return target.stat().st_size


def _refuse_damage(copy: Connection) -> None:
    for row in copy.rows("pragma quick_check(1)"):
        text: Any = next(iter(row.values()))
        if text != "ok":
            raise ArchiveCorrupt(f"the copy came out damaged ({text}); an earlier backup was left as it was")


@contextmanager
def _removed_unless_finished(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            with suppress(OSError):
                one.unlink(missing_ok=True)


def to_the_disk(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
