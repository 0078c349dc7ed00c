"""Which rows leave with ``--since``, ``--portal`` and ``--table``, and that none of them points to one that stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from collector import plan
from collector.archive import Archive
from collector.archive.snapshot import Choice, Snapshot
from collector.cli import cli
from collector.config import load_texts
from collector.model import Change, Correction, Outcome
from leaving import described, exported, fill, read_jsonl, resources
from stored import BULLETIN, NOW, PROFILE, append, begin

TEXTS = load_texts()
COLUMNS = {name: text.since for name, text in TEXTS.items() if text.since}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "archive.db"
    fill(path)
    return path


def rows(dest: Path, table: str) -> list[dict[str, Any]]:
    names = [field["name"] for field in resources(dest)[table]["schema"]["fields"]]
    return [dict(zip(names, row, strict=True)) for row in read_jsonl(dest, table)]


def dangling(dest: Path) -> Iterator[str]:
    """Yield every value of a foreign key that the export itself does not hold."""
    held: dict[tuple[str, str], set[Any]] = {}
    for name, resource in resources(dest).items():
        for key in resource["schema"].get("foreignKeys", []):
            [column], target = key["fields"], key["reference"]["resource"] or name
            [wanted] = key["reference"]["fields"]
            if (target, wanted) not in held:
                held[target, wanted] = {row[wanted] for row in rows(dest, target)}
            for row in rows(dest, name):
                if row[column] is not None and row[column] not in held[target, wanted]:
                    yield f"{name}.{column} = {row[column]!r}"


CHOICES: list[dict[str, Any]] = [
    {},
    {"since": date(2024, 1, 10)},
    {"since": date(2024, 1, 20)},
    {"since": date(2024, 6, 10)},
    {"since": date(2030, 1, 1)},
    {"portal": "tinh"},
    {"portal": "demo"},
    {"portal": "tinh", "since": date(2024, 1, 15)},
    {"since": date(2024, 6, 10), "tables": ("indicators", "articles", "revisions", "captures", "visit_counts")},
]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_nothing_that_leaves_points_to_what_stays(path: Path, tmp_path: Path, choice: dict[str, Any]) -> None:
    since = choice.get("since")
    begins = None if since is None else datetime.combine(since, datetime.min.time(), UTC) - timedelta(hours=7)
    exported(path, tmp_path / "out", "jsonl", **choice, since_at=begins)
    assert list(dangling(tmp_path / "out")) == []
    everything = [name for name in TEXTS if name in choice.get("tables", TEXTS)]
    assert list(resources(tmp_path / "out")) == everything


def test_the_check_for_what_points_nowhere_finds_it(path: Path, tmp_path: Path) -> None:
    exported(path, tmp_path / "out", "jsonl")
    people = tmp_path / "out" / "people.jsonl"
    first, rest = people.read_text(encoding="utf-8").split("\n", 1)
    people.write_text(rest, encoding="utf-8")
    name = json.loads(first)["name"]
    assert f"appearances.person = {name!r}" in set(dangling(tmp_path / "out"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """One portal, bulletins of five days and an undated one; of each an edit a month later."""
    with Archive(tmp_path / "archive.db") as archive:
        fill_by_day(archive)
        yield archive


def fill_by_day(archive: Archive) -> None:
    archive.portals.register(PROFILE)
    begin(archive)
    for number in range(6):
        seen = datetime(2024, 3, 1, 17, 0, tzinfo=UTC) + timedelta(days=number)
        bulletin = replace(
            BULLETIN,
            source_id=str(number),
            url=f"https://portal.example/{number}",
            published_on=date(2024, 3, 1 + number) if number else None,
        )
        append(archive, bulletin, at=seen)
        edited = replace(bulletin, title=f"Đã sửa {number}")
        change = Change(
            Outcome.REVISED, plan.content_hash(edited), (Correction("title", bulletin.title, edited.title),)
        )
        append(archive, edited, at=seen + timedelta(days=30), change=change)


def chosen(snapshot: Snapshot, table: str, column: str) -> list[Any]:
    return [row[column] for row in snapshot.rows(table)]


def test_a_bulletin_counts_by_its_printed_day_and_an_undated_one_is_never_left_out(archive: Archive) -> None:
    with archive.snapshot(Choice(since="2024-03-04", since_at="2024-03-03T17:00:00Z", columns=COLUMNS)) as snapshot:
        assert chosen(snapshot, "articles", "source_id") == ["0", "3", "4", "5"]
        assert snapshot.count("articles") == 4


def test_all_that_hangs_on_a_bulletin_leaves_with_it_and_nothing_of_another(archive: Archive) -> None:
    with archive.snapshot(Choice(since="2024-03-05", since_at="2024-03-04T17:00:00Z", columns=COLUMNS)) as snapshot:
        ids = chosen(snapshot, "articles", "id")
        for table in ("revisions", "corrections", "attachments", "article_urls"):
            assert set(chosen(snapshot, table, "article")) == set(ids), table
        assert len(snapshot.rows("revisions")) == 2 * len(ids)


def test_what_is_no_bulletins_counts_by_the_instant_at_which_the_local_day_begins(archive: Archive) -> None:
    with archive.connection.writing():
        for at in ("2024-03-03T16:59:59Z", "2024-03-03T17:00:00Z", "2024-03-03T17:00:01Z"):
            archive.connection.execute(
                "insert into visit_counts (portal, observed_at, own_requests) values ('tinh', ?, 1)", [at]
            )
    with archive.snapshot(Choice(since="2024-03-04", since_at="2024-03-03T17:00:00Z", columns=COLUMNS)) as snapshot:
        assert chosen(snapshot, "visit_counts", "observed_at") == ["2024-03-03T17:00:00Z", "2024-03-03T17:00:01Z"]


def test_a_page_of_before_leaves_with_the_bulletin_that_was_read_from_it(archive: Archive) -> None:
    """Every capture here is of 8 January, every bulletin of March."""
    with archive.snapshot(Choice(since="2024-03-05", since_at="2024-03-04T17:00:00Z", columns=COLUMNS)) as snapshot:
        wanted = set(chosen(snapshot, "revisions", "capture"))
        assert set(chosen(snapshot, "captures", "id")) == wanted
        assert 0 < len(wanted) < archive.connection.value("select count(*) from captures")


def test_a_row_of_a_new_table_brings_along_what_it_points_to_and_what_that_points_to(archive: Archive) -> None:
    """A table that a later schema brings, with its own day: the closure knows nothing of tables by name."""
    with archive.connection.writing():
        archive.connection.execute(
            "create table notices (id integer primary key, article integer references articles(id), "
            "revision integer references revisions(id), sent_at text)"
        )
        archive.connection.execute("insert into notices values (1, 2, 3, '2024-05-01T00:00:00Z'), (2, 3, 5, '2020')")
    choice = Choice(since="2024-03-06", since_at="2024-03-05T17:00:00Z", columns={**COLUMNS, "notices": "sent_at"})
    with archive.snapshot(choice) as snapshot:
        assert chosen(snapshot, "notices", "id") == [1]
        assert chosen(snapshot, "articles", "id") == [1, 2, 6]
        assert {3} < set(chosen(snapshot, "revisions", "id"))
        assert {row["id"] for row in snapshot.rows("captures")} == set(chosen(snapshot, "revisions", "capture"))
        assert {row["article"] for row in snapshot.rows("revisions")} == {1, 2, 6}


def test_one_portal_leaves_alone(path: Path, tmp_path: Path) -> None:
    exported(path, tmp_path / "out", "jsonl", portal="tinh")
    for table in resources(tmp_path / "out"):
        found = rows(tmp_path / "out", table)
        if found and "portal" in found[0]:
            assert {row["portal"] for row in found} == {"tinh"}, table
    assert [row["id"] for row in rows(tmp_path / "out", "portals")] == ["tinh"]
    assert described(tmp_path / "out")["attribution"] == ["Tỉnh"]
    articles = {row["id"] for row in rows(tmp_path / "out", "articles")}
    assert {row["article"] for row in rows(tmp_path / "out", "indicators")} <= articles
    assert len(rows(tmp_path / "out", "places")) > 60, "what explains others leaves whole"


def test_references_to_tables_that_stay_are_not_promised(path: Path, tmp_path: Path) -> None:
    exported(path, tmp_path / "out", "jsonl", tables=("indicators", "articles"))
    keys = resources(tmp_path / "out")["indicators"]["schema"]["foreignKeys"]
    assert [key["reference"]["resource"] for key in keys] == ["articles"]


def test_the_package_says_how_rows_were_chosen(path: Path, tmp_path: Path) -> None:
    begins = datetime(2024, 1, 14, 17, 0, tzinfo=UTC)
    exported(path, tmp_path / "out", "jsonl", portal="tinh", since=date(2024, 1, 15), since_at=begins)
    found = resources(tmp_path / "out")
    also = "; besides those that other exported rows refer to"
    assert found["articles"]["selection"] == f"published_on from 2024-01-15 on, or empty, of the portal tinh{also}"
    instant = "observed_at from 2024-01-14T17:00:00Z on, or empty, of the portal tinh"
    assert found["visit_counts"]["selection"] == f"{instant}{also}"
    assert found["revisions"]["selection"] == "the rows of the chosen bulletins, whatever their own day"
    assert found["measures"]["selection"] == "every row"
    told = described(tmp_path / "out")["collector"]
    assert (told["portal"], told["since"], told["since_at"]) == ("tinh", "2024-01-15", "2024-01-14T17:00:00Z")


def test_a_view_of_hours_or_months_can_be_chosen_from_too(archive: Archive) -> None:
    with archive.connection.writing():
        archive.connection.execute(
            "create view months as select substr(published_on, 1, 7) as month_on, count(*) as bulletins from articles "
            "where published_on is not null group by 1 union all select '2024-02', 1"
        )
    for day, months in (("2024-02-15", ["2024-02", "2024-03"]), ("2024-03-31", ["2024-03"]), ("2024-04-01", [])):
        choice = Choice(since=day, since_at=f"{day}T00:00:00Z", columns={**COLUMNS, "months": "month_on"})
        with archive.snapshot(choice) as snapshot:
            assert sorted(chosen(snapshot, "months", "month_on")) == months


def test_a_local_day_begins_in_the_configured_time_zone(path: Path, tmp_path: Path) -> None:
    arguments = ["-q", "--archive", str(path), "export", "jsonl", str(tmp_path / "out"), "--since", "2024-01-15"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert described(tmp_path / "out")["collector"]["since_at"] == "2024-01-14T17:00:00Z"
    assert {row["published_on"] or "2024-01-15" for row in rows(tmp_path / "out", "articles")} >= {"2024-01-15"}
    assert min(row["published_on"] or "9" for row in rows(tmp_path / "out", "articles")) == "2024-01-15"


def test_captures_leave_by_the_day_of_their_capture(archive: Archive) -> None:
    with archive.connection.writing():
        archive.connection.execute("update captures set fetched_at = '2024-02-01T00:00:00Z' where id > 3")
    assert len(archive.captures.ids()) == 12
    assert archive.captures.ids(since=NOW + timedelta(seconds=1)) == list(range(4, 13))
    assert archive.captures.ids(portal="tinh", since=datetime(2025, 1, 1, tzinfo=UTC)) == []


def test_two_choices_in_one_archive_do_not_disturb_each_other(archive: Archive) -> None:
    counts = []
    for day in ("2024-03-03", "2024-03-05", "2024-03-03"):
        with archive.snapshot(Choice(since=day, since_at=f"{day}T00:00:00Z", columns=COLUMNS)) as snapshot:
            counts.append(snapshot.count("articles"))
    assert counts == [5, 3, 5]
    with closing(archive.connection.db.conn.execute("select count(*) from temp.sqlite_master")) as left:
        assert left.fetchone() == (0,)
