"""What others read exports with: frictionless, pyarrow, duckdb, a BibTeX parser, warcio."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from bibtexparser.entrypoint import parse_string
from click.testing import CliRunner
from frictionless import Package, Resource
from pyarrow import csv, parquet
from warcio.archiveiterator import ArchiveIterator

from collector.archive import Archive
from collector.archive.snapshot import Snapshot
from collector.cli import cli
from collector.config import load_texts
from collector.exports import parquets
from leaving import HOSTILE, LONG, described, exported, fill, read_csv, resources, stored_rows
from stored import BULLETIN, PROFILE, append

TABLES = list(load_texts())


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "archive.db"
    fill(path, long=True)
    return path


@pytest.fixture(scope="module")
def exports(path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One export in each format."""
    folder = tmp_path_factory.mktemp("exports")
    for form in ("csv", "jsonl", "parquet"):
        exported(path, folder / form, form)
    return {form: folder / form for form in ("csv", "jsonl", "parquet")}


def ask(path: Path, sql: str) -> tuple[Any, ...]:
    with closing(sqlite3.connect(path)) as connection:
        row: tuple[Any, ...] = connection.execute(sql).fetchone()
        return row


# --- frictionless ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_descriptor_is_a_data_package(exports: dict[str, Path], form: str) -> None:
    assert list(Package.metadata_validate(described(exports[form]))) == []


def test_frictionless_finds_nothing_wrong_in_a_csv_package(exports: dict[str, Path]) -> None:
    """Types, constraints, keys, foreign keys, number of rows, bytes and hashes of every file."""
    report = Package(str(exports["csv"] / "datapackage.json")).validate()
    assert [(task.name, task.errors[:2]) for task in report.tasks if not task.valid] == []
    assert report.errors == []
    assert [task.name for task in report.tasks] == TABLES


def test_an_empty_archive_and_a_portal_that_names_nobody_give_valid_packages(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    fill(path)  # without texts of a megabyte: frictionless guesses at every file's quotes, which takes 40 s of them
    Archive(tmp_path / "empty.db").close()
    exported(tmp_path / "empty.db", tmp_path / "empty", "csv")
    exported(path, tmp_path / "tinh", "csv", portal="tinh")
    for name, sources in (("empty", 0), ("tinh", 1)):
        assert Package(str(tmp_path / name / "datapackage.json")).validate().valid, name
        assert len(described(tmp_path / name).get("sources", [])) == sources
        assert "contributors" not in described(tmp_path / name)


def test_frictionless_finds_what_is_wrong_in_a_csv_package(path: Path, tmp_path: Path) -> None:
    """The test above could not fail otherwise: another byte, another word, a reference to nobody."""
    exported(path, tmp_path / "csv", "csv", tables=("people", "appearances"))
    file = tmp_path / "csv" / "appearances.csv"
    first, rest = file.read_bytes().split(b"\r\n", 1)
    file.write_bytes(first + b"\r\n" + rest.replace(b'"body"', b'"foot"', 1).replace(b"\r\n1,", b"\r\nx,", 1))
    people = tmp_path / "csv" / "people.csv"
    people.write_bytes(b"\r\n".join(people.read_bytes().split(b"\r\n")[:2]) + b"\r\n")
    report = Package(str(tmp_path / "csv" / "datapackage.json")).validate()
    kinds = {error.type for task in report.tasks for error in task.errors}
    assert {"constraint-error", "hash-count", "byte-count", "foreign-key"} <= kinds


def test_an_empty_text_is_one_where_null_cannot_be(exports: dict[str, Path]) -> None:
    with Package(str(exports["csv"] / "datapackage.json")).get_resource("attachments") as attachments:
        labels = {row["label"] for row in attachments.row_stream}
    assert "" in labels
    assert None not in labels


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_rows_of_the_other_formats_pass_the_same_schema(exports: dict[str, Path], form: str) -> None:
    """Frictionless reads JSON Lines and Parquet through further packages only; the rows are given to it as objects."""
    for name, resource in resources(exports[form]).items():
        file = exports[form] / resource["path"]
        if form == "jsonl":
            rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n")[:-1]]
        else:
            rows = as_objects(parquet.ParquetFile(file).read().to_pylist(), resource["schema"]["fields"])
        descriptor = {"name": name, "data": rows, "schema": resource["schema"]}
        report = Resource.from_descriptor(descriptor).validate()
        assert report.valid, (name, report.flatten(["fieldName", "rowNumber", "message"])[:3])


def as_objects(rows: list[dict[str, Any]], fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with what Parquet holds as a text of JSON taken apart."""
    nested = {field["name"] for field in fields if field["type"] in ("object", "array")}
    return [
        {name: json.loads(cell) if name in nested and cell is not None else cell for name, cell in row.items()}
        for row in rows
    ]


# --- pyarrow, duckdb -----------------------------------------------------------------------------------------------------

SUMS = {
    "indicators": "count(*), sum(value), count(value_max), sum(span_end - span_start), count(distinct measure)",
    "current_indicators": "count(*), sum(value), count(distinct province_now), count(distinct article)",
    "visit_counts": "count(*), sum(total), sum(own_requests), count(yesterday)",
    "articles": "count(*), sum(strlen(body)), count(published_on), sum(revision_count)",
    "captures": "count(*), sum(size), sum(stored_size), count(distinct sha256)",
}


#: SQLite's length() ends at a NUL.
BYTES = "length(cast(body as blob))"


@pytest.mark.parametrize("table", SUMS)
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_duckdb_comes_to_the_same_sums(path: Path, exports: dict[str, Path], form: str, table: str) -> None:
    file = exports[form] / f"{table}.{form}"
    read = {
        # As large as the largest row with a title, a lead, a byline and a body of a megabyte each.
        "csv": f"read_csv('{file}', allow_quoted_nulls = false, max_line_size = 20000000, strict_mode = true)",
        "jsonl": f"read_json('{file}', maximum_object_size = 20000000)",
        "parquet": f"read_parquet('{file}')",
    }
    sums = SUMS[table]
    if form == "csv" and table == "articles":
        sums = sums.replace("sum(strlen(body)), ", "")  # an apostrophe stands before some
    with duckdb.connect() as connection:
        found = connection.execute(f"select {sums} from {read[form]}").fetchone()
    assert found == pytest.approx(ask(path, f"select {sums.replace('strlen(body)', BYTES)} from {table}"))


def test_parquet_columns_have_types_and_texts(exports: dict[str, Path]) -> None:
    schema = parquet.read_schema(exports["parquet"] / "articles.parquet")
    types = {field.name: str(field.type) for field in schema}
    assert types["published_on"] == "date32[day]"
    assert types["first_seen_at"] == "timestamp[ms, tz=UTC]"
    assert (types["id"], types["topic_score"], types["title"]) == ("int64", "double", "string")
    assert schema.field("title").metadata[b"title_vi"].decode() == "Tiêu đề"
    assert not schema.field("title").nullable
    assert schema.field("lead").nullable


def test_parquet_has_row_groups_of_bounded_size(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Snapshot.batches
    monkeypatch.setattr(Snapshot, "batches", lambda self, name: honest(self, name, rows=10))
    monkeypatch.setattr(parquets, "GROUP_BYTES", 8_000)
    exported(path, tmp_path / "out", "parquet", tables=("indicators",))
    with parquet.ParquetFile(tmp_path / "out" / "indicators.parquet") as file:
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        assert file.read().to_pylist()[0]["id"] == 1
    assert len(groups) > 3
    assert all(10 < group.num_rows < 60 and group.num_rows % 10 == 0 for group in groups[:-1])
    assert sum(group.num_rows for group in groups) == len(stored_rows(path, "indicators"))


def test_pyarrow_reads_the_csv_too(exports: dict[str, Path]) -> None:
    options = csv.ParseOptions(newlines_in_values=True)
    found = csv.read_csv(
        exports["csv"] / "articles.csv",
        parse_options=options,
        read_options=csv.ReadOptions(block_size=30_000_000),
        convert_options=csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False),
    )
    assert found.column("published_on").null_count == sum(
        row[10] is None for row in read_csv(exports["csv"], "articles")
    )
    assert found.column_names[0] == "id", "the byte order mark is no part of the name"


# --- cite, warc ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title", [*HOSTILE, LONG, "{", "}", "}{", "\\", "50 % & $5 # 3_4 ^ ~", "\\end{x}", "@article{x,"]
)
def test_a_bibtex_parser_takes_any_title(tmp_path: Path, title: str) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(replace(PROFILE, attribution=f"Cổng {title[:40]}"))
        append(archive, replace(BULLETIN, title=title))
    done = CliRunner().invoke(cli, ["-q", "--archive", str(path), "cite", "1", "--format", "bibtex"])
    assert done.exit_code == 0
    assert balanced(done.stdout)
    library = parse_string(done.stdout)
    assert library.failed_blocks == []
    assert [entry.key for entry in library.entries] == ["collector-1"]
    assert len(library.blocks) == 1, "nothing of a title becomes an entry of its own"
    fields = {field.key: field.value for field in library.entries[0].fields}
    assert set(fields) == {"author", "title", "date", "year", "url", "urldate", "note", "langid"}
    assert fields["year"] == "2024"
    assert plain(fields["title"]) == " ".join(title.split())


def balanced(entry: str) -> bool:
    """Say whether braces match as BibTeX itself counts them: a backslash before one means nothing to it."""
    depth, depths = 0, []
    for letter in entry.rstrip():
        depth += (letter == "{") - (letter == "}")
        depths.append(depth)
    return (
        depth == 0 and min(depths) == 0 and depths.index(1) < len(depths) - 1 and 0 not in depths[depths.index(1) : -1]
    )


def plain(text: str) -> str:
    """Undo LaTeX's escapes as LaTeX does: white space folded, controls without a glyph gone."""
    words = {
        r"\textbackslash{}": "\\",
        r"\textasciitilde{}": "~",
        r"\textasciicircum{}": "^",
        r"\textbraceleft{}": "{",
        r"\textbraceright{}": "}",
    }
    for said, meant in words.items():
        text = text.replace(said, f"\x01{ord(meant):03d}")
    for letter in "%#&$_":
        text = text.replace(f"\\{letter}", letter)
    for meant in words.values():
        text = text.replace(f"\x01{ord(meant):03d}", meant)
    return " ".join(text.split())


def test_warcio_reads_the_captures(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "captures.warc.gz"
    done = CliRunner().invoke(cli, ["-q", "--archive", str(path), "export", "warc", str(file), "--json"])
    told = json.loads(done.stdout)
    with file.open("rb") as stream:
        found = [
            record.rec_headers["WARC-Target-URI"] for record in ArchiveIterator(stream) if record.rec_type == "response"
        ]
    assert len(found) == told["captures"] == len(stored_rows(path, "captures"))
    assert told["bytes"] == file.stat().st_size


def test_warc_captures_leave_from_a_day_on(path: Path, tmp_path: Path) -> None:
    for day, some in (("2024-01-09", True), ("2030-01-01", False)):
        arguments = [
            "-q",
            "--archive",
            str(path),
            "export",
            "warc",
            str(tmp_path / f"{day}.warc.gz"),
            "--json",
            "--since",
            day,
        ]
        told = json.loads(CliRunner().invoke(cli, arguments).stdout)
        begins = f"strftime('%Y-%m-%dT%H:%M:%SZ', '{day}', '-7 hours')"
        [number] = ask(path, f"select count(*) from captures where fetched_at >= {begins}")
        assert told["captures"] == number
        assert bool(number) is some
