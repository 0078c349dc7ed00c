"""The archive's tables as files: one moment, one folder, one file a table, and what they mean beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from collector.archive import Archive
from collector.archive.snapshot import Choice, Row, Snapshot
from collector.archive.stamps import day, stamp
from collector.config import TableText
from collector.errors import UsageError
from collector.exports.csvs import CsvFile
from collector.exports.fields import Field, fields_of
from collector.exports.folders import DESCRIPTOR, replacing
from collector.exports.jsonl import JsonlFile
from collector.exports.package import Form, Written, package, resource
from collector.exports.parquets import ParquetFile, require_pyarrow
from collector.exports.sinks import Sink, sink


class TableFile(Protocol):
    """A file that rows are appended to."""

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""

    def finish(self) -> None:
        """Write what belongs at the end."""

    def abandon(self) -> None:
        """Let go of a file that will not be whole."""


FORMS: dict[str, tuple[Form, Callable[[Sink, Sequence[Field]], TableFile]]] = {
    "csv": (Form("csv", "text/csv"), CsvFile),
    "jsonl": (Form("jsonl", "application/jsonl"), JsonlFile),
    "parquet": (Form("parquet", "application/vnd.apache.parquet"), ParquetFile),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows leave the archive; nothing given: all of every table."""

    tables: tuple[str, ...] = ()  #: empty: every one
    portal: str | None = None
    since: date | None = None  #: a local day
    since_at: datetime | None = None  #: the instant at which it begins; given with ``since``


def export_tables(
    archive: Archive,
    dest: Path,
    *,
    form: str,
    wanted: Wanted,
    texts: Mapping[str, TableText],
    now: datetime,
    checkpoint: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Written, ...]:
    """Write tables and views to the folder ``dest`` and return what each file holds.

    All of it is the archive of one moment, whatever a collector writes meanwhile, and in memory are some thousand rows
    at a time. An earlier export at ``dest`` is replaced once the new one is whole.

    Args:
        archive: to be read.
        dest: new, empty, or an earlier export.
        form: a key of :data:`FORMS`.
        wanted: which rows.
        texts: what tables and columns are called; their order is that of the tables.
        now: the instant of the export.
        checkpoint: called after each batch with how many rows are written, and how many there are; may raise to stop.

    Raises:
        UsageError: no such table; something else is at ``dest``; pyarrow is not there.
        ArchiveUnwritable: ``dest`` cannot be written.
        ArchiveCorrupt: the archive is damaged, or a value is not what its column is declared to hold.
    """
    kind, opened = FORMS[form]
    if form == "parquet":
        require_pyarrow()
    choice = Choice(
        portal=wanted.portal,
        since=day(wanted.since),
        since_at=None if wanted.since_at is None else stamp(wanted.since_at),
        columns={name: text.since for name, text in texts.items() if text.since is not None},
    )
    with replacing(dest, archive=archive.path) as folder, archive.snapshot(choice) as snapshot:
        names = _names(snapshot, wanted.tables, texts)
        total = sum(snapshot.count(name) for name in names)
        written: list[Written] = []
        resources = []
        for name in names:
            relation, text = snapshot.relations[name], texts[name]
            fields = fields_of(relation, text)
            done, rows = sum(one.rows for one in written), 0
            with sink(folder / f"{name}.{form}") as stream, _finished(opened(stream, fields)) as table:
                for batch in snapshot.batches(name):
                    table.write(batch)
                    rows += len(batch)
                    checkpoint(done + rows, total)
            written.append(Written(name, f"{name}.{form}", rows, stream.size, stream.sha256))
            resources.append(resource(kind, written[-1], relation, fields, text, exported=names, choice=choice))
        described = package(
            kind,
            resources,
            portals=snapshot.rows("portals"),
            measures=snapshot.rows("measures"),
            choice=choice,
            created=stamp(now),
        )
        with sink(folder / DESCRIPTOR) as stream:
            stream.write(json.dumps(described, ensure_ascii=False, indent=2).encode() + b"\n")
    return tuple(written)


@contextmanager
def _finished(table: TableFile) -> Iterator[TableFile]:
    try:
        yield table
        table.finish()
    except BaseException:
        table.abandon()
        raise


def _names(snapshot: Snapshot, asked: Sequence[str], texts: Mapping[str, TableText]) -> list[str]:
    """Return the tables to be written, in the texts' order; what somebody else added to the archive is not ours."""
    known = [name for name in texts if name in snapshot.relations]
    for name in asked:
        if name not in known:
            raise UsageError(f"there is no table {name!r} to export; there are: {', '.join(known)}")
    return [name for name in known if name in asked or not asked]
