"""The archive's file while it is shown: written by others, replaced, damaged, locked, of another schema, only read."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the one that the archive uses

import stored
from collector.archive import Archive
from collector.archive.connection import Connection
from collector.archive.schema import SCHEMA_VERSION
from collector.incident import Incident, Trouble
from explored import TEXT, Explored, archived, count, explored
from stored import BULLETIN


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return archived(tmp_path / "archive.db")


@pytest.fixture
def served(path: Path) -> Iterator[Explored]:
    with explored(path) as found:
        yield found


def test_a_damaged_capture_is_told_and_not_given(path: Path) -> None:
    with closing(Connection(path)) as connection, connection.writing():
        connection.execute("update _capture_bodies set body = x'00112233'")
    with explored(path) as served:
        answer = served.ask("/captures/1")
        assert answer.status_code == 503
        assert "does not decompress" in answer.text
        assert served.get("/bulletins/tinh/7")


def test_what_a_collector_writes_meanwhile_is_seen(served: Explored, path: Path) -> None:
    assert count(served) == 1
    assert "29.412" in served.get("/bulletins/tinh/7").text
    archived(path, "8", "9")
    assert count(served) == 3
    assert served.get("/bulletins/tinh/9")
    rows = served.get("/archive/articles.json").json()
    assert rows["filtered_table_rows_count"] == 3


def test_an_archive_that_was_replaced_is_the_one_that_is_shown(served: Explored, path: Path, tmp_path: Path) -> None:
    assert count(served) == 1
    archived(tmp_path / "other.db", "8", "9").replace(path)
    assert count(served) == 2
    assert served.ask("/bulletins/tinh/7").status_code == 404
    path.unlink()
    gone = served.ask("/bulletins/tinh/8")
    assert (gone.status_code, "archive.db cannot be read" in gone.text) == (503, True)
    assert str(tmp_path) not in gone.text, "where the server keeps its files is nobody's business"
    archived(path, "7")
    assert count(served) == 1


@pytest.mark.parametrize(
    ("version", "told"),
    [(SCHEMA_VERSION + 1, "upgrade collector"), (SCHEMA_VERSION - 1, "the next run brings it up to date")],
)
def test_an_archive_of_another_schema_is_refused_with_what_to_do(
    served: Explored, path: Path, version: int, told: str
) -> None:
    assert served.get("/")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"pragma user_version = {version}")
    for asked in ("/", "/bulletins/tinh/7", "/captures/1"):
        answer = served.ask(asked)
        assert (answer.status_code, told in answer.text) == (503, True)


def test_a_damaged_archive_is_told_on_every_page(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with explored(path) as served:
        for asked in ("/", "/bulletins/tinh/7", "/archive/articles"):
            answer = served.ask(asked)
            assert (answer.status_code, "damaged" in answer.text) == (503, True), asked


def test_an_archive_that_is_locked_is_told(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("pragma journal_mode = delete")
        holder.execute("begin exclusive")
        with explored(path) as served:
            answer = served.ask("/archive/articles")
    assert (answer.status_code, "locked by another program" in answer.text) == (503, True)


def test_on_a_disk_that_is_only_read_the_archive_is_shown(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root nothing is forbidden, so the folder's answer is forged; that SQLite writes nothing is seen by the files."""
    place = tmp_path / "backup"
    place.mkdir()
    with closing(Connection(path, readonly=True)) as connection:
        connection.copy_to(place / "a b?c#d%41.db")
    copy = place / "a b?c#d%41.db"
    monkeypatch.setattr("collector.archive.files.os.access", lambda *_: False)
    with explored(copy) as served:
        assert count(served) == 1
        assert served.get("/bulletins/tinh/7")
        assert sorted(one.name for one in place.iterdir()) == [copy.name]
        # Only we may not write there: somebody else's collector begins to, and ends.
        with Archive(copy) as archive:
            stored.append(archive, replace(BULLETIN, source_id="8", url="https://portal.example/tin/8", body=TEXT))
            assert count(served) == 2, "beside it"
        assert count(served) == 2, "and when it has gone"


def test_an_open_incident_is_on_the_home_page_and_leads_to_its_row(path: Path, served: Explored) -> None:
    assert "/archive/incidents" not in served.get("/").text
    with Archive(path) as archive:
        portal = archive.connection.value("select id from portals")
        at = datetime(2024, 1, 8, tzinfo=UTC)
        incident = Incident(None, Trouble("blocked", "trang đăng nhập", portal), at, at, at, 3)
        archive.incidents.keep(
            [incident, replace(incident, closed_at=at, trouble=Trouble("quiet", "", portal))], [], []
        )
    link = re.search(r'href="([^"]*/archive/incidents[^"]*)">1<', served.get("/").text)
    assert link is not None
    rows = served.get(html.unescape(link.group(1)).replace("/incidents?", "/incidents.json?_shape=array&")).json()
    assert [row["cause"] for row in rows] == ["blocked"]
