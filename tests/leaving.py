"""An archive in which every table has rows, hostile ones too, and readers that take an export at its word."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyarrow import parquet

from collector.archive import Archive
from collector.config import load_shipped, load_texts
from collector.demo.newsroom import Newsroom
from collector.duetimes import Tick, TickState
from collector.errors import FieldMissing
from collector.exports import Wanted, Written, export_tables
from collector.exports.cells import restored
from collector.incident import Incident, Trouble
from collector.model import Attachment, IndexPage, Memento, RunReport, Verdict
from kept_pages import NEW, Keeper
from stored import BULLETIN, EXAMINING, NOW, PROFILE, append, note

#: What spreadsheets run, readers stumble over and eyes are deceived by.
HOSTILE = (
    '=HYPERLINK("https://portal.example/?"&A1,"Xem")',
    "＝1+1",
    "＋84 299",
    "－5",
    "＠SUM(A1)",
    "'=1+1",
    "''-1",
    "'",
    "''",
    "-5",
    "+84 299 3822339",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "\n=1",
    " =1",
    '"',
    'một "hai", ba',
    "a\x00b",
    "\x00=1",
    "\u202egnơưht\u202c",
    "dòng\nhai\r\nba\rbốn",
    "a\u2028b\ufeffc",
    "\ufeff=1",
    "a;b|c\td",
    "NULL",
    "\\N",
    "<script>alert(1)</script>",
    "👩‍🌾 tiếng Việt, dạng NFD: " + "việc",
)
LONG = "=" + "Tiêu đề dài. " * 80_000  #: a megabyte


def fill(path: Path, *, long: bool = False) -> None:
    """Make an archive of a replica's bulletins and of a second portal's hostile ones; every table has rows."""
    path.write_bytes(_filled(long=long))


@cache
def _filled(*, long: bool) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        _fill(path, long=long)
        return path.read_bytes()  # closed: nothing of it is in a -wal


def _fill(path: Path, *, long: bool) -> None:
    with Archive(path) as archive:
        archive.portals.know(load_shipped().places)
        keeper = Keeper(archive, replace(NEW, place="soc-trang"), EXAMINING, newsroom=Newsroom(count=24))
        keeper.take_all()
        keeper.edit(keeper.newsroom.listing()[0])
        archive.portals.register(PROFILE)
        run = archive.ledger.begin_run(kind="poll", portal="tinh", source="live", now=NOW)
        lost = append(
            archive, replace(BULLETIN, source_id="lost", url="https://portal.example/tin/lost", title="=Đã mất")
        )
        for seen in (run, archive.ledger.begin_run(kind="poll", portal="tinh", source="live", now=NOW)):
            archive.looks.strike(lost, kind="gone", run=seen, now=NOW)
        for number, text in enumerate((*HOSTILE, *([LONG] if long else []))):
            bulletin = replace(
                BULLETIN,
                source_id=str(number),
                url=f"https://portal.example/tin/{number}",
                title=text,
                lead=text,
                body=f"{text}\nĐoạn hai.",
                byline=text,
                published_on=date(2024, 1, 1) + timedelta(days=number) if number % 5 else None,
                attachments=(
                    Attachment("https://portal.example/a.pdf", text, "file"),
                    Attachment("/b.png", "", "image"),
                ),
            )
            append(archive, bulletin, at=NOW + timedelta(days=number))
            note(archive, run, str(number))
        archive.ledger.fail(
            portal="tinh",
            url="https://portal.example/hỏng",
            source_id=None,
            stage="article",
            error=FieldMissing("", field="title"),
            trace='File "x", line 1\n=1',
            capture=archive.captures.ids(portal="tinh")[0],
            run=run,
            now=NOW,
            backoff=lambda _attempts, now: now,
        )
        memento = Memento("https://portal.example/tin/1", NOW - timedelta(days=900), 200, "text/html")
        archive.mementos.note(
            IndexPage((memento,), None),
            [(memento, "article", "1")],
            portal="tinh",
            source="wayback",
            prefix="portal.example/",
            since=None,
            now=NOW,
        )
        report = RunReport(run, "tinh", "live", Verdict.INCOMPLETE, {"why": ["=1", None, 2.5]})
        archive.ledger.finish_run(report, NOW)
        ticks = [Tick(NOW - timedelta(hours=1), TickState.MISSED), Tick(NOW, TickState.RAN)]
        archive.ticks.note(ticks, portal="tinh", started_at=NOW)
        archive.ticks.ended(portal="tinh", run=run)
        trouble = Trouble("blocked", '=cmd|"\n<b>trang đăng nhập</b>', "tinh")
        incidents = [
            Incident(None, trouble, NOW, NOW, NOW, 3, told_at=NOW, closed_at=NOW),
            Incident(None, replace(trouble, cause="archive", portal=None), NOW, NOW, NOW, 3),
        ]
        archive.incidents.keep(incidents, [], [])


def exported(path: Path, dest: Path, form: str, **wanted: Any) -> tuple[Written, ...]:
    """Export as the command does."""
    with Archive(path, readonly=True, current=True) as archive:
        return export_tables(archive, dest, form=form, wanted=Wanted(**wanted), texts=load_texts(), now=NOW)


def described(dest: Path) -> dict[str, Any]:
    """Return the data package."""
    found: dict[str, Any] = json.loads((dest / "datapackage.json").read_text(encoding="utf-8"))
    return found


def resources(dest: Path) -> dict[str, dict[str, Any]]:
    """Return its resources by name."""
    return {one["name"]: one for one in described(dest)["resources"]}


def stored_rows(path: Path, table: str) -> list[tuple[Any, ...]]:
    """Return a table's rows as the standard library's SQLite gives them."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"select * from [{table}]").fetchall()


# --- what reads an export without knowing how it was written -----------------------------------------------------------

_CSV_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)')


def csv_records(text: str) -> Iterator[list[str | None]]:
    """Yield the records of RFC 4180; a cell without quotes and letters is None, as PostgreSQL has it."""
    record: list[str | None] = []
    at = 0
    while at < len(text):
        found = _CSV_CELL.match(text, at)
        assert found, f"not RFC 4180 at {at}: {text[at : at + 40]!r}"
        quoted, plain, end = found.groups()
        record.append(quoted.replace('""', '"') if quoted is not None else plain or None)
        at = found.end()
        if end == "\r\n":
            yield record
            record = []
    assert not record, "the last record ends with CRLF, too"


def read_csv(dest: Path, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a CSV as the archive has them: NULL and empty texts apart, defused texts restored."""
    fields = resources(dest)[table]["schema"]["fields"]
    text = (dest / f"{table}.csv").read_bytes().decode("utf-8-sig")
    header, *records = csv_records(text)
    assert header == [field["name"] for field in fields]
    read: dict[str, Callable[[str], Any]] = {"integer": int, "number": float}
    readers = [read.get(field["type"], restored) for field in fields]
    return [
        tuple(None if cell is None else reader(cell) for reader, cell in zip(readers, record, strict=True))
        for record in records
    ]


def read_jsonl(dest: Path, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a JSON Lines file; what is JSON in the archive as Python's objects."""
    fields = [field["name"] for field in resources(dest)[table]["schema"]["fields"]]
    rows = [json.loads(line) for line in (dest / f"{table}.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    assert all(list(row) == fields for row in rows)
    return [tuple(row.values()) for row in rows]


def read_parquet(dest: Path, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a Parquet file, days and instants as the archive writes them."""
    with parquet.ParquetFile(dest / f"{table}.parquet") as file:
        found = file.read().to_pylist()
    return [tuple(_as_stored(value) for value in row.values()) for row in found]


def _as_stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
