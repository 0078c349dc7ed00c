"""The archive as a file: opened, upgraded, locked, rehearsed on, and refused when it is not ours or not whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlite_utils
from click.testing import CliRunner
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from collector.archive import Archive
from collector.archive.connection import Connection
from collector.archive.lock import ArchiveLock
from collector.archive.schema import APPLICATION_ID, SCHEMA_VERSION, migrations
from collector.cli import cli
from collector.errors import ArchiveBusy, ArchiveCorrupt, ArchiveForeign, ArchiveHeld, ArchiveUnwritable
from collector.model import (
    Attachment,
    RobotsCopy,
)
from stored import BULLETIN, NOW, PROFILE, append, begin, note


def test_a_write_that_fails_in_the_middle_leaves_nothing(archive: Archive) -> None:
    broken = replace(BULLETIN, attachments=(Attachment("https://portal.example/a", "x", "neither"),))
    with pytest.raises(Exception, match="CHECK"):
        append(archive, broken)
    for table in ("articles", "revisions", "article_urls", "attachments"):
        assert archive.connection.value(f"select count(*) from {table}") == 0
    assert archive.connection.value("select count(*) from captures") == 1, "the raw page was kept before it was read"


def test_an_archive_says_whose_it_is_and_follows_its_own_rules(archive: Archive) -> None:
    assert archive.connection.value("pragma application_id") == APPLICATION_ID
    assert archive.connection.value("pragma user_version") == SCHEMA_VERSION == len(migrations._migrations)
    assert archive.connection.value("pragma journal_mode") == "wal"
    assert archive.connection.value("pragma synchronous") == 2
    assert archive.connection.rows("pragma foreign_key_check") == []


def test_an_empty_archive_of_the_tests_is_the_one_that_the_migrations_make(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``once`` copies it; here a new file is migrated by the product's own code alone."""
    monkeypatch.setattr("collector.archive.connection.migrations", migrations)
    with Archive(tmp_path / "migrated.db") as migrated:
        for sql in (
            "select type, name, tbl_name, sql from sqlite_master order by type, name",
            "select name from _sqlite_migrations order by name",
            *(f"pragma {name}" for name in ("application_id", "user_version", "journal_mode", "page_size", "encoding")),
        ):
            assert archive.connection.rows(sql) == migrated.connection.rows(sql)
            assert migrated.connection.rows(sql)


def test_every_foreign_key_has_an_index(archive: Archive) -> None:
    tables = [row["name"] for row in archive.connection.rows("select name from sqlite_master where type = 'table'")]
    for table in tables:
        for key in archive.connection.rows(f"pragma foreign_key_list([{table}])"):
            indexes = archive.connection.rows(f"pragma index_list([{table}])")
            first = {archive.connection.rows(f"pragma index_info([{one['name']}])")[0]["name"] for one in indexes}
            info = archive.connection.rows(f"pragma table_info([{table}])")
            first |= {column["name"] for column in info if column["pk"] == 1}
            if key["from"] not in first:
                assert (table, key["from"]) in {
                    # Small machinery tables, read whole.
                    ("_capture_bodies", "dictionary"),
                    ("_capture_dictionaries", "sha256"),
                    ("_section_walks", "caught_up_run"),
                }


def test_what_is_no_archive_is_refused_untouched(tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("không phải cơ sở dữ liệu")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("create table theirs (x)")
    connection.close()
    before = {path: path.read_bytes() for path in (text, other)}
    for path in (text, other, tmp_path):
        with pytest.raises(ArchiveForeign):
            Archive(path)
    assert {path: path.read_bytes() for path in (text, other)} == before


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(ArchiveForeign, match="newer"):
        Archive(path)


def test_a_missing_folder_and_a_missing_archive_are_told(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnwritable, match="does not exist"):
        Archive(tmp_path / "no" / "archive.db")
    with pytest.raises(ArchiveUnwritable, match="no archive"):
        Archive(tmp_path / "archive.db", readonly=True)


def test_a_damaged_archive_is_told_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
    data = bytearray(path.read_bytes())
    data[100:4096] = b"\xff" * 3996
    path.write_bytes(data)
    with pytest.raises(ArchiveCorrupt):
        Archive(path)


def test_a_locked_archive_is_told_as_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By the archive's own driver: two copies of SQLite in one process do not see each other's locks.
    monkeypatch.setattr("collector.archive.connection.BUSY_TIMEOUT", 50)
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(ArchiveBusy):
            archive.portals.register(PROFILE)
        other.execute("rollback")
        other.close()
        archive.portals.register(PROFILE)


def test_a_full_archive_rolls_back_and_goes_on_when_there_is_room(archive: Archive) -> None:
    archive.connection.value("pragma max_page_count = 60")

    def fill() -> None:
        for number in range(200):
            body = "\n".join(f"{number} {line}" for line in range(400))
            append(archive, replace(BULLETIN, source_id=str(number), body=body))

    with pytest.raises(ArchiveUnwritable, match="no room"):
        fill()
    archive.connection.value("pragma max_page_count = 100000")
    append(archive, replace(BULLETIN, source_id="after"))
    assert archive.connection.value("pragma integrity_check") == "ok"
    assert (
        archive.connection.value(
            "select count(*) from articles a where not exists (select 1 from revisions where article = a.id)"
        )
        == 0
    )


def test_the_second_collector_says_who_holds_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with ArchiveLock(path, command="daemon", now=NOW):
        script = (
            "import sys, datetime, pathlib\n"
            "from collector.archive.lock import ArchiveLock\n"
            "from collector.errors import ArchiveHeld\n"
            "try:\n"
            "    ArchiveLock(pathlib.Path(sys.argv[1]), command='run', now=datetime.datetime.now(datetime.UTC))\n"
            "except ArchiveHeld as error:\n"
            "    print(error)\n"
        )
        said = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True).stdout
    assert "collector daemon" in said
    assert "2024-01-08T10:00:00Z" in said
    ArchiveLock(path, command="run", now=NOW).release()
    with ArchiveLock(path, command="run", now=NOW), pytest.raises(ArchiveHeld):
        ArchiveLock(path, command="run", now=NOW)


def test_a_rehearsal_knows_the_ledger_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        append(archive)
        note(archive, begin(archive), "7")
    before = path.read_bytes()
    with Archive.rehearsal(path) as rehearsal:
        assert rehearsal.ledger.items("tinh/tin")["7"].published_on == BULLETIN.published_on
        assert rehearsal.connection.value("select sum(length(body)) from articles") == 0, (
            "texts are no decision's ground"
        )
        note(rehearsal, begin(rehearsal), "8")
    assert path.read_bytes() == before


def test_a_rehearsal_beside_a_running_collector_sees_one_moment(tmp_path: Path) -> None:
    """A run begun while the tables are copied would leave an item that names a run which is not there."""
    path = tmp_path / "archive.db"
    with Archive(path) as archive, Archive(None) as copy:
        archive.portals.register(PROFILE)
        note(archive, begin(archive), "7")

        def tables() -> Iterator[str]:
            yield from ("portals", "sections", "runs")
            note(archive, begin(archive), "8")
            yield "listings"

        copy.connection.copy_from(path, tables(), instead={})
        assert list(copy.ledger.items("tinh/tin")) == ["7"]
        assert set(archive.ledger.items("tinh/tin")) == {"7", "8"}


def test_a_rehearsal_from_a_read_only_disk_leaves_nothing_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        note(archive, begin(archive), "7")
    monkeypatch.setattr("os.access", lambda folder, mode: False)
    with Archive.rehearsal(path) as rehearsal:
        assert list(rehearsal.ledger.items("tinh/tin")) == ["7"]
    assert [one.name for one in tmp_path.iterdir()] == ["archive.db"]


@pytest.fixture
def first_schema(tmp_path: Path) -> Path:
    """An archive as the program wrote it before there was a search: one portal, one item."""
    path = tmp_path / "old.db"
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="full_text_search")
    db.execute("pragma user_version = 1")
    db.execute("insert into portals (id, name, base_url, installation) values ('tinh', 'Tỉnh', 'https://x/', 'tinh')")
    db.execute("insert into sections (id, portal, url) values ('tinh/tin', 'tinh', 'https://x/tin')")
    db.execute("insert into runs (id, kind, portal, source, started_at) values (1, 'poll', 'tinh', 'live', '2024')")
    db.execute(
        "insert into listings (portal, section, url, source_id, first_listed_at, last_listed_at, position, state, "
        "first_run, last_run) values ('tinh', 'tinh/tin', 'https://x/7', '7', '2024', '2024', 0, 'listed', 1, 1)"
    )
    db.conn.commit()
    db.close()
    return path


def test_an_archive_of_the_first_schema_is_looked_at_and_rehearsed_on_without_being_changed(first_schema: Path) -> None:
    before = first_schema.read_bytes()
    result = CliRunner().invoke(cli, ["--archive", str(first_schema), "status", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["sections"][0]["missing"] == 1
    with Archive.rehearsal(first_schema) as rehearsal:
        assert list(rehearsal.ledger.items("tinh/tin")) == ["7"]
    assert first_schema.read_bytes() == before


def test_a_look_that_did_not_find_a_bulletin_is_no_sighting_of_it_in_an_archive_brought_up_to_date(
    tmp_path: Path,
) -> None:
    """What an older archive says of the last look, ``_checks``, is of looks that found nothing too."""
    path, days = tmp_path / "old.db", [NOW + timedelta(days=number) for number in range(4)]
    with Archive(tmp_path / "new.db") as archive:
        archive.portals.register(PROFILE)
        found = append(archive)
        archive.bulletins.unchanged(found, days[1])
        for day in days[2:]:
            archive.looks.strike(found, kind="gone", run=begin(archive), now=day)
        looked = archive.connection.rows("select seen_at from _sightings order by seen_at")
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="history_tables")
    db.execute("pragma user_version = 3")
    db.execute("attach database ? as full", [str(tmp_path / "new.db")])
    for (
        table
    ) in "portals sections runs captures _capture_bodies articles article_urls revisions _checks _strikes".split():
        names = ", ".join(row[1] for row in db.execute(f"pragma main.table_info([{table}])"))
        db.execute(f"insert into main.[{table}] ({names}) select {names} from full.[{table}]")
    db.conn.commit()
    db.close()
    with Archive(path) as archive:
        assert archive.connection.rows("select seen_at from _sightings order by seen_at") == looked
        assert archive.connection.value("select count(*) from _strikes") == 2
        assert archive.connection.value("select state from articles") == "gone"


def test_an_empty_file_is_no_archive_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(ArchiveForeign, match="is empty"):
        Archive(tmp_path / "empty.db", readonly=True)


def test_a_reader_reads_while_a_writer_writes(archive: Archive) -> None:
    append(archive)
    assert archive.path is not None
    with archive.connection.writing():
        reader = Connection(archive.path, readonly=True)
        assert reader.value("select count(*) from articles") == 1
        reader.close()


def test_a_closed_archive_is_read_where_nothing_may_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup on a read-only disk: SQLite's own way to read a WAL database writes beside it."""
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        append(archive)
    monkeypatch.setattr("os.access", lambda folder, mode: False)
    with Archive(path, readonly=True) as archive:
        assert archive.connection.value("select count(*) from articles") == 1
    assert [one.name for one in tmp_path.iterdir()] == ["archive.db"], "not even a -shm was left"
    # With a -wal beside it, it must not be read without it: what is newest stands there.
    with Archive(path) as writer:
        append(writer, replace(BULLETIN, source_id="8"))
        with Archive(path, readonly=True) as archive:
            assert archive.connection.value("select count(*) from articles") == 2


def test_a_rehearsal_knows_what_robots_said_and_leaves_the_texts_behind(archive: Archive) -> None:
    append(archive)
    copy = RobotsCopy(NOW, 200, b"User-agent: *\nDisallow: /kin/\n")
    archive.hosts.keep_robots("https://portal.example", copy)
    assert archive.path is not None
    with Archive.rehearsal(archive.path) as rehearsal:
        assert rehearsal.hosts.robots("https://portal.example") == copy
        row = rehearsal.connection.row("select title, body from articles")
        assert row == {"title": BULLETIN.title, "body": ""}
