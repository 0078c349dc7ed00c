"""What leaves the archive is what is in it, in every format, row by row and value by value."""

from __future__ import annotations

import csv
import hashlib
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.archive import Archive
from collector.archive.captures import Captures
from collector.archive.snapshot import Choice, Snapshot
from collector.config import load_texts
from collector.errors import ArchiveCorrupt, UsageError
from collector.exports import Wanted, export_tables
from leaving import (
    HOSTILE,
    LONG,
    csv_records,
    described,
    exported,
    fill,
    read_csv,
    read_jsonl,
    read_parquet,
    resources,
    stored_rows,
)
from stored import BULLETIN, NOW, append

TABLES = list(load_texts())
READERS: dict[str, Callable[[Path, str], list[tuple[Any, ...]]]] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "archive.db"
    fill(path, long=True)
    return path


@pytest.fixture(scope="module", params=list(READERS))
def export(request: pytest.FixtureRequest, path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("export") / str(request.param)
    exported(path, dest, request.param)
    return dest


@pytest.mark.parametrize("table", TABLES)
def test_every_row_comes_back_as_it_is_stored(path: Path, export: Path, table: str) -> None:
    form = export.name
    stored = stored_rows(path, table)
    assert stored, "a table without rows proves nothing"
    if form == "jsonl":
        kinds = [field["type"] for field in resources(export)[table]["schema"]["fields"]]
        stored = [
            tuple(
                json.loads(cell) if kind in ("object", "array") and cell is not None else cell
                for kind, cell in zip(kinds, row, strict=True)
            )
            for row in stored
        ]
    assert sorted(READERS[form](export, table), key=repr) == sorted(stored, key=repr)


def test_hostile_texts_and_empty_ones_are_among_them(path: Path) -> None:
    titles = {row[6] for row in stored_rows(path, "articles")}
    assert titles >= {*HOSTILE, LONG}
    assert "" in {row[4] for row in stored_rows(path, "attachments")}
    assert "" in {row[6] for row in stored_rows(path, "failures")}
    assert None in {row[3] for row in stored_rows(path, "failures")}


@pytest.fixture(scope="module")
def sheet(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("export") / "csv"
    exported(path, dest, "csv")
    return dest


def test_a_strict_csv_reader_takes_it(sheet: Path) -> None:
    before = csv.field_size_limit(100_000_000)
    try:
        for name, resource in resources(sheet).items():
            with (sheet / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
                header, *rows = csv.reader(file, strict=True)
            assert header == [field["name"] for field in resource["schema"]["fields"]]
            assert len(rows) == resource["rows"]
            assert {len(row) for row in rows} <= {len(header)}
    finally:
        csv.field_size_limit(before)


def test_no_cell_of_a_csv_would_run(sheet: Path) -> None:
    for name, resource in resources(sheet).items():
        texts = [field["type"] not in ("integer", "number") for field in resource["schema"]["fields"]]
        for record in csv_records((sheet / f"{name}.csv").read_bytes().decode("utf-8-sig")):
            for is_text, cell in zip(texts, record, strict=True):
                assert not (is_text and cell and cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))), (name, cell)


def test_excel_is_told_that_a_csv_is_utf8_and_no_other_format_has_a_mark(export: Path) -> None:
    marks = {file.read_bytes()[:3] == b"\xef\xbb\xbf" for file in export.glob(f"*.{export.name}")}
    assert marks == {export.name == "csv"}


def test_the_package_counts_and_hashes_every_file(export: Path) -> None:
    found = resources(export)
    assert list(found) == TABLES
    assert {one.name for one in export.iterdir()} == {"datapackage.json", *(one["path"] for one in found.values())}
    for one in found.values():
        data = (export / one["path"]).read_bytes()
        assert (one["bytes"], one["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")


def test_the_package_says_whose_it_is_and_what_columns_mean(export: Path) -> None:
    package = described(export)
    lines = {one["title"] for one in package["sources"]}
    assert lines == set(package["attribution"])
    assert {"Tỉnh"} < lines, "a portal that asks for nothing is named all the same"
    assert all(any(line in one["title"] for one in package["licenses"]) for line in lines)
    assert package["created"] == "2024-01-08T10:00:00Z"
    assert {"id": "poor_households", "unit": "hộ"}.items() <= next(
        one for one in package["measures"] if one["id"] == "poor_households"
    ).items()
    fields = {one["name"]: one for one in resources(export)["indicators"]["schema"]["fields"]}
    assert (fields["value"]["type"], fields["value"]["title_en"]) == ("number", "Value")
    assert "measures.unit" in fields["value"]["unit"]
    assert fields["part"]["constraints"] == {"required": True, "enum": ["title", "body"]}
    references = resources(export)["indicators"]["schema"]["foreignKeys"]
    assert {"fields": ["measure"], "reference": {"resource": "measures", "fields": ["id"]}} in references
    places = resources(export)["places"]["schema"]["foreignKeys"]
    assert {one["reference"]["resource"] for one in places} == {""}, "a table's own rows"


def test_the_same_archive_gives_the_same_bytes(path: Path, export: Path, tmp_path: Path) -> None:
    exported(path, tmp_path / "again", export.name)
    for one in export.iterdir():
        assert (tmp_path / "again" / one.name).read_bytes() == one.read_bytes(), one.name


def test_pages_and_machinery_stay(export: Path) -> None:
    assert not [name for name in resources(export) if name.startswith(("_", "articles_fts", "sqlite"))]


def test_it_is_one_moment_while_a_collector_writes(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    fill(path)
    before = {table: len(stored_rows(path, table)) for table in TABLES}
    told: list[tuple[int, int]] = []
    with Archive(path) as collector, Archive(path, readonly=True, current=True) as reader:

        def goes_on(done: int, everything: int) -> None:
            told.append((done, everything))
            append(
                collector, replace(BULLETIN, source_id=f"mới {len(told)}", url=f"https://portal.example/{len(told)}")
            )
            collector.connection.execute("update articles set title = 'đổi rồi'")

        arguments: dict[str, Any] = {"form": "csv", "wanted": Wanted(), "texts": load_texts(), "now": NOW}
        export_tables(reader, tmp_path / "out", **arguments, checkpoint=goes_on)
    found = resources(tmp_path / "out")
    assert {name: one["rows"] for name, one in found.items()} == before
    assert "đổi rồi" not in (tmp_path / "out" / "revisions.csv").read_text(encoding="utf-8")
    assert "đổi rồi" not in (tmp_path / "out" / "current_indicators.csv").read_text(encoding="utf-8")
    assert len(stored_rows(path, "articles")) == before["articles"] + len(told), "the writer was not held up"
    assert told[-1] == (sum(before.values()), sum(before.values()))
    assert told == sorted(told)


def test_rows_come_in_lists_of_bounded_size(path: Path) -> None:
    with Archive(path, readonly=True) as archive, archive.snapshot() as snapshot:
        assert {len(one) for one in snapshot.batches("articles", rows=7)} <= {7, snapshot.count("articles") % 7}
        sizes = [
            sum(len(cell) for row in batch for cell in row if isinstance(cell, str))
            for batch in snapshot.batches("articles", characters=5_000)
        ]
        longest = max(sum(len(cell) for cell in row if isinstance(cell, str)) for row in next(all_at_once(snapshot)))
    assert len(sizes) > 5
    assert max(sizes) < 5_000 + longest


def all_at_once(snapshot: Snapshot) -> Iterator[list[tuple[Any, ...]]]:
    return snapshot.batches("articles", rows=10**6, characters=10**9)


@pytest.mark.parametrize("form", list(READERS))
def test_sixty_megabytes_of_text_leave_through_a_third_of_it(tmp_path: Path, form: str) -> None:
    path = tmp_path / "archive.db"
    fill(path)
    with Archive(path) as archive, archive.connection.writing():
        archive.connection.execute("update attachments set label = ?", ["=" * 1_000_000])
    exported(path, tmp_path / "warm", form, tables=("measures",))  # what is imported late is no row
    tracemalloc.start()
    try:
        written = exported(path, tmp_path / "out", form, tables=("attachments",))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written[0].rows > 60
    assert peak < 20_000_000


def test_no_table_is_sorted_in_memory(path: Path) -> None:
    """pysqlite3 has no temporary files: what is sorted is in memory, bodies and all."""
    asked: list[str] = []
    texts = load_texts()
    columns = {name: text.since for name, text in texts.items() if text.since}
    for choice in (Choice(), Choice("tinh", "2024-01-05", "2024-01-04T17:00:00Z", columns)):
        with Archive(path, readonly=True) as archive:
            archive.connection.db.conn.set_trace_callback(asked.append)
            with archive.snapshot(choice) as snapshot:
                for name in snapshot.relations:
                    next(snapshot.batches(name), None)
            archive.connection.db.conn.set_trace_callback(None)
            with archive.snapshot(choice):
                plans = [
                    row["detail"]
                    for sql in asked
                    if " order by [" in sql
                    for row in archive.connection.rows(f"explain query plan {sql}")
                ]
    assert len(plans) > 2 * 15
    assert not [plan for plan in plans if "TEMP B-TREE FOR ORDER" in plan.upper()]


@pytest.mark.parametrize(("form", "value"), [("parquet", "hôm qua"), ("parquet", "2024-13-45")])
def test_a_day_that_is_none_is_damage_and_leaves_nothing_behind(tmp_path: Path, form: str, value: str) -> None:
    path = tmp_path / "archive.db"
    fill(path)
    with Archive(path) as archive, archive.connection.writing():
        archive.connection.execute("update articles set published_on = ? where id = 3", [value])
    with pytest.raises(ArchiveCorrupt, match="published_on holds what is no date"):
        exported(path, tmp_path / "out", form)
    assert [one.name for one in tmp_path.iterdir() if "out" in one.name] == []


def test_infinity_is_written_as_readers_know_it(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    fill(path)
    with Archive(path) as archive, archive.connection.writing():
        archive.connection.execute("update indicators set value = 9e999, value_max = -9e999 where id = 1")
    for form, reader in READERS.items():
        exported(path, tmp_path / form, form, tables=("indicators",))
        row = next(row for row in reader(tmp_path / form, "indicators") if row[0] == 1)
        assert (row[7], row[8]) == (float("inf"), float("-inf")), form


def test_what_should_be_json_and_is_not_is_kept_as_a_text(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    fill(path)
    broken = ("không phải JSON", "NaN", "[" * 100_000)
    with Archive(path) as archive, archive.connection.writing():
        for number, text in enumerate(broken, 1):
            archive.connection.execute("update articles set fields = ? where id = ?", [text, number])
    exported(path, tmp_path / "out", "jsonl", tables=("articles",))
    assert [row[16] for row in read_jsonl(tmp_path / "out", "articles")[:3]] == list(broken)


def test_parquet_without_pyarrow_names_the_extra(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UsageError, match=r"-m pip install pyarrow$"):
        exported(path, tmp_path / "out", "parquet")
    assert not list(tmp_path.iterdir())


def test_the_bytes_of_pages_are_not_read(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Captures, "body", None)
    exported(path, tmp_path / "out", "csv", tables=("captures",))
