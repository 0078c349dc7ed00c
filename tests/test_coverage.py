"""The ledger: what is known of, what of it is here, in which month, and from where the rest could come."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import sqlite_utils
from click.testing import CliRunner

from collector import plan
from collector.archive import Archive
from collector.archive.schema import migrations
from collector.cli import cli
from collector.cli.covering import _cell
from collector.errors import Unreachable
from collector.model import ArticleRef, IndexPage, KnownBulletin, KnownSection, Memento, Unread, Validators
from collector.plan import Month
from stored import BULLETIN, NOW, PROFILE, append, begin, note

TIN, VIEC = "tinh/tin", "tinh/viec"
SECTIONS = [KnownSection(TIN, "https://portal.example/tin"), KnownSection(VIEC, "https://portal.example/viec")]


def known(source_id: str, day: date | None = None, **more: object) -> KnownBulletin:
    """A bulletin as section TIN lists it, at the place that its id names."""
    facts = {"section": TIN, "state": "archived", "held": True, "last_walk": 1, "position": int(source_id), **more}
    return KnownBulletin("tinh", source_id, f"https://portal.example/tin/{source_id}", published_on=day, **facts)  # type: ignore[arg-type]


def months(*bulletins: KnownBulletin, section: str = TIN) -> dict[str | None, tuple[int, int]]:
    """Month → how many, and how many of them estimated."""
    found = next(one for one in plan.coverage(bulletins, SECTIONS) if one.section == section)
    return {month.month: (month.listed, month.estimated) for month in found.months}


def mementos(
    archive: Archive, *ids: str, state: str = "found", source: str = "wayback", status: int | None = 200
) -> None:
    """Let the index of a web archive name captures of bulletins."""
    at = datetime(2019, 5, 6, tzinfo=UTC)
    found = [Memento(f"https://portal.example/tin/{one}", at, status=status) for one in ids]
    kinds = [(one, "article", one.url.rsplit("/", 1)[1]) for one in found]
    archive.mementos.note(
        IndexPage(tuple(found), None),
        kinds,
        portal="tinh",
        source=source,
        prefix="portal.example/",
        since=None,
        now=NOW,
    )
    for name in ids:
        for one in archive.mementos.of(portal="tinh", source=source, source_id=name):
            archive.mementos.settle(one.id, state, now=NOW)


def ledger(archive: Archive) -> tuple[plan.SectionCoverage, ...]:
    return plan.coverage(archive.coverage.bulletins(portal="tinh"), archive.coverage.sections(portal="tinh"))


def missing(archive: Archive) -> dict[str, plan.Missing]:
    found = plan.missing(archive.coverage.bulletins(portal="tinh"), archive.coverage.sections(portal="tinh"))
    return {one.source_id: one for one in found}


def fail(archive: Archive, source_id: str, run: int) -> None:
    archive.ledger.fail(
        portal="tinh",
        url=f"https://portal.example/tin/{source_id}",
        source_id=source_id,
        stage="article",
        error=Unreachable("status 500", cause="broken", url=""),
        trace=None,
        capture=None,
        run=run,
        now=NOW,
        backoff=lambda attempts, now: now + timedelta(days=1),
    )


# --- what is where -----------------------------------------------------------------------------------------------------


def test_every_bulletin_that_is_known_of_stands_somewhere_and_only_once(archive: Archive) -> None:
    run = begin(archive)
    note(archive, run, "7", "8", "9", "10", "11")
    append(archive)
    fail(archive, "8", run)
    archive.ledger.settle("tinh", "9", "gone")
    archive.ledger.out_of_range("tinh", "10", date(2020, 2, 2))
    tin = ledger(archive)[0]
    assert {month.month: dict(month.counts) for month in tin.months} == {
        "2020-02": {"gone": 1, "out_of_range": 1, "missing": 1},
        "2024-01": {"archived": 1, "failed": 1},
    }
    found = missing(archive)
    assert found.keys() == {"8", "11"}
    assert (found["8"].standing, found["8"].why, found["8"].sources) == ("failed", "Unreachable: status 500", ("live",))
    assert (found["11"].standing, found["11"].why) == ("missing", "listed, never fetched")
    assert plan.totals(archive.coverage.bulletins(portal="tinh")) == {
        "listed": 5, "archived": 1, "missing": 1, "failed": 1, "gone": 1, "out_of_range": 1
    }  # fmt: skip


def test_a_bulletin_in_two_sections_stands_in_both_and_counts_once(archive: Archive) -> None:
    run = begin(archive)
    note(archive, run, "7", "8")
    note(archive, run, "7", "8", section=VIEC)
    append(archive)
    assert [sum(month.listed for month in section.months) for section in ledger(archive)] == [2, 2]
    known_of = archive.coverage.bulletins(portal="tinh")
    assert plan.totals(known_of)["listed"] == 2
    assert plan.still_missing(known_of, SECTIONS) == ("8",)
    assert plan.still_missing(known_of, SECTIONS, within=frozenset({"viec"})) == ("8",)
    assert plan.still_missing(known_of, SECTIONS, within=frozenset({"other"})) == ()


def test_what_only_a_web_archives_index_names_is_missing_in_the_section_that_its_address_tells(
    archive: Archive,
) -> None:
    append(archive)
    mementos(archive, "7", "21", "22")
    found = missing(archive)
    assert found.keys() == {"21", "22"}, "what is here is not missing, whoever else has it"
    one = found["21"]
    assert (one.section, one.month, one.sources) == (TIN, "2019-05", ("wayback",))
    assert "no listing shows it" in one.why
    told = ledger(archive)[0]
    assert (told.months[0].month, told.months[0].estimated) == ("2019-05", 2)


def test_an_address_that_tells_no_section_is_listed_nowhere() -> None:
    elsewhere = replace(known("5"), url="https://portal.example/5", section=None, state="indexed", held=False)
    assert [one.section for one in plan.missing([elsewhere], SECTIONS)] == ["tinh/(not listed)"]
    by_number = [
        KnownSection("a/x", "/Default.aspx?sid=1292&catid=63645&catname=doan-the"),
        KnownSection("a/y", "/Default.aspx?sid=1292&catid=63648&catname=tong-hop"),
    ]
    for url, section in {
        "https://a.example/vpubnd/1292/32237/63645/71/Doan/Tin.aspx": "a/x",
        "https://a.example/mDefault.aspx?sid=1292&catid=63648&id=71": "a/y",
        "https://a.example/tong-hop/tin-71": "a/y",
        "https://a.example/1292/1/9/71/khac/tin": "a/(not listed)",
    }.items():
        one = KnownBulletin("a", "71", url, sources=("wayback",))
        assert plan.missing([one], by_number)[0].section == section, url


def test_a_bulletin_whose_every_capture_is_absent_stays_missing_and_nobody_has_it(archive: Archive) -> None:
    mementos(archive, "21", state="absent")
    mementos(archive, "22", state="absent")
    mementos(archive, "22", source="commoncrawl")
    found = missing(archive)
    assert found["21"].sources == ()
    assert "nobody has it" in found["21"].why
    assert found["22"].sources == ("commoncrawl",)
    known_of = archive.coverage.bulletins(portal="tinh")
    assert plan.still_missing(known_of, SECTIONS, source="wayback") == ()
    assert plan.still_missing(known_of, SECTIONS, source="commoncrawl") == ("22",)
    assert set(plan.still_missing(known_of, SECTIONS)) == {"21", "22"}


def test_a_capture_of_an_error_is_no_sign_of_a_bulletin(archive: Archive) -> None:
    mementos(archive, "21", status=404)
    mementos(archive, "22", status=None)
    assert missing(archive).keys() == {"22"}


def test_what_a_capture_turned_out_to_be_counts_as_it_does_for_the_run_that_read_it(archive: Archive) -> None:
    mementos(archive, "21", state="no_content")
    mementos(archive, "22", state="out_of_range")
    mementos(archive, "23", state="no_content")
    mementos(archive, "23", state="absent", source="commoncrawl")
    assert missing(archive).keys() == {"23"}, "neither a captured login page nor a day that nobody asked for is missing"
    assert plan.totals(archive.coverage.bulletins(portal="tinh"))["out_of_range"] == 1
    assert archive.mementos.lost(portal="tinh", source="wayback") == 0


def test_what_was_gone_before_it_was_read_is_missing_only_while_somebody_may_have_it(archive: Archive) -> None:
    note(archive, begin(archive), "9")
    archive.ledger.settle("tinh", "9", "gone")
    assert missing(archive) == {}
    mementos(archive, "9")
    assert (missing(archive)["9"].why, missing(archive)["9"].sources) == (
        "gone from the portal before it was read",
        ("wayback",),
    )
    mementos(archive, "9", state="absent")
    assert missing(archive) == {}


# --- in which month ----------------------------------------------------------------------------------------------------


def test_an_undated_item_is_in_the_month_of_its_nearest_dated_neighbour() -> None:
    march, june = date(2024, 3, 5), date(2024, 6, 5)
    assert months(known("0", june), known("1"), known("2"), known("3"), known("4", march)) == {
        "2024-03": (2, 1),
        "2024-06": (3, 2),
    }


def test_without_dated_neighbours_a_capture_bounds_the_month_and_else_it_is_unknown() -> None:
    captured = known("0", first_captured_at=datetime(2021, 7, 1, tzinfo=UTC))
    assert months(captured, known("1")) == {"2021-07": (1, 1), None: (1, 0)}


def test_items_of_an_earlier_walk_stand_below_those_of_the_latest() -> None:
    """Positions of two walks cannot be compared: the news of the second have pushed the first one's down."""
    newest = [known(str(place), date(2024, 6, 1), last_walk=2, position=place) for place in range(3)]
    older = [known("10", last_walk=1, position=0), known("11", date(2024, 1, 1), last_walk=1, position=1)]
    assert months(*newest, *older)["2024-06"] == (4, 1), "between June and January, and as near to both: the one above"
    deeper = [known("10", last_walk=1, position=0), known("12", last_walk=1, position=1), *older[1:]]
    assert months(*newest, *deeper)["2024-01"] == (2, 1)


def test_items_of_a_captured_listing_stand_below_those_of_every_walk(archive: Archive) -> None:
    """A capture of 2012 that is taken in after today's poll is no later walk."""
    june, old = date(2024, 6, 1), date(2012, 2, 3)
    live, past = begin(archive), begin(archive, source="wayback")
    undated = [(one, None) for one in ("34", "33", "32", "31")]
    for run, items in ((live, [*undated, ("30", june)]), (past, [("3", old), ("2", None)])):
        refs = [ArticleRef(f"https://portal.example/tin/{one}", one, f"Tin {one}", day) for one, day in items]
        if run == live:
            archive.ledger.note_items(refs, portal="tinh", section=TIN, first_position=0, run=run, now=NOW)
        else:
            archive.ledger.note_past_items(refs, portal="tinh", section=TIN, run=run, at=NOW)
    found = {one.month: (one.listed, one.estimated) for one in ledger(archive)[0].months}
    assert found == {"2024-06": (5, 4), "2012-02": (2, 1)}


def test_only_a_walk_through_the_portal_breaks_off(archive: Archive) -> None:
    def broke_off() -> bool:
        return not archive.coverage.sections(portal="tinh")[0].caught_up

    def captured(*ids: str) -> None:
        refs = [ArticleRef(f"https://portal.example/tin/{one}", one, f"Tin {one}") for one in ids]
        run = begin(archive, source="wayback")
        archive.ledger.note_past_items(refs, portal="tinh", section=TIN, run=run, at=NOW)

    captured("1", "2")
    assert not broke_off(), "nobody has walked yet"
    note(archive, begin(archive), "5")
    assert broke_off()
    run = begin(archive)
    note(archive, run, "5", "6")
    archive.ledger.caught_up(TIN, run=run, validators=Validators(), items_hash="")
    captured("3", "4")
    assert not broke_off(), "what somebody captured is no news of the portal's"
    note(archive, begin(archive), "3")
    assert broke_off(), "new to the walks, though a capture had shown it"


def test_the_empty_middle_is_told() -> None:
    found = plan.coverage([known("0", date(2024, 2, 1)), known("1", date(2023, 10, 9))], SECTIONS)[0]
    assert found.empty == (("2023-11", "2024-01"),)
    assert (found.first_day, found.last_day) == (date(2023, 10, 9), date(2024, 2, 1))


# --- ids ---------------------------------------------------------------------------------------------------------------


def test_ids_tell_of_unseen_ones_only_where_they_lie_dense() -> None:
    dense = [str(number) for number in range(1000, 1100) if number % 4]
    assert plan.ids(dense) == plan.Ids(seen=75, span=99, unseen=24)
    sparse = [str(number) for number in range(640_000, 650_000, 90)]
    found = plan.ids([*sparse, "bai-viet", "²"])
    assert found.density < plan.DENSE
    assert found.unseen == 0
    imported = [str(number) for number in range(5)]
    assert plan.ids([*dense, *imported]) == plan.ids(dense), "a handful far away is no block to judge by"
    assert plan.ids([]) == plan.Ids(0, 0, 0)


# --- pages, and archives of before -------------------------------------------------------------------------------------


@pytest.fixture
def third_schema(tmp_path: Path) -> Path:
    """An archive that a release of before the ledger left: walked to the pager's end, and no page was noted."""
    path = tmp_path / "archive.db"
    db = sqlite_utils.Database(path)

    def table(name: str) -> sqlite_utils.db.Table:
        return cast("sqlite_utils.db.Table", db[name])

    migrations.apply(db, stop_before="history_tables")
    db.execute("pragma user_version = 3")
    table("portals").insert(
        {"id": "tinh", "name": "Tỉnh", "base_url": "https://portal.example/", "installation": "tinh"}
    )
    for one in SECTIONS:
        table("sections").insert({"id": one.id, "portal": "tinh", "url": one.url})
    table("runs").insert({"kind": "backfill", "portal": "tinh", "source": "live", "started_at": "2024-01-08T10:00:00Z"})
    item = {"portal": "tinh", "section": TIN, "url": "https://portal.example/tin/7", "source_id": "7", "position": 0}
    at = {"first_listed_at": "2024-01-08T10:00:00Z", "last_listed_at": "2024-01-08T10:00:00Z"}
    table("listings").insert({**item, **at, "state": "failed", "first_run": 1, "last_run": 1})
    table("_section_walks").insert({"section": TIN, "caught_up_run": 1, "reached_end": 1})
    db.close()
    return path


def test_pages_that_no_walk_has_noted_are_unknown_and_not_read(third_schema: Path) -> None:
    def told() -> str:
        return CliRunner().invoke(cli, ["--archive", str(third_schema), "coverage", "--missing"]).output

    before = third_schema.read_bytes()
    read_only = told()
    assert "pages  unknown: no walk has noted which pages it read; to the pager's end" in read_only
    assert "pages  unknown: no walk has noted which pages it read; no walk came to the pager's end" in read_only
    assert "https://portal.example/tin/7" in read_only
    assert third_schema.read_bytes() == before, "looking changes nothing"
    with Archive(third_schema) as archive:
        tin = archive.coverage.sections(portal="tinh")[0]
        assert (tin.unread, tin.reached_end) == (None, True)
        assert plan.has_gap(tin)
    assert told() == read_only


def test_a_dry_run_of_gaps_over_an_archive_of_before_knows_of_no_page(third_schema: Path) -> None:
    with Archive.rehearsal(third_schema) as rehearsal:
        assert rehearsal.ledger.unread(TIN) is None
        assert rehearsal.ledger.items(TIN)["7"].state == "failed"


def test_the_table_names_unread_pages_and_the_strip_shows_each_month(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        run = begin(archive)
        for day, ids in ((date(2023, 11, 2), "12"), (date(2024, 1, 8), "789")):
            refs = [ArticleRef(f"https://portal.example/tin/{one}", one, f"Tin {one}", day) for one in ids]
            archive.ledger.note_items(refs, portal="tinh", section=TIN, first_position=0, run=run, now=NOW)
        append(archive)
        append(archive, replace(BULLETIN, source_id="8", url="https://portal.example/tin/8"))
        for one in "12":
            append(archive, replace(BULLETIN, source_id=one, published_on=date(2023, 11, 2)))
        archive.ledger.note_unread(TIN, Unread(((24, 36), (72, 84)), 12, 12))
        mementos(archive, "21")
    runner = CliRunner()
    told = runner.invoke(cli, ["--archive", str(path), "coverage", "--section", "tin", "--missing"]).output
    assert "10 of 12 read; never read: 3, 7" in told
    assert "empty  2019-06 to 2023-10, 2023-12: nothing is known of" in told
    assert "  2023   ··········█·\n  2024   6···········" in told
    assert re.search(r"tinh/tin +2024-01 +9 +https://portal.example/tin/9 +Tin 9 +listed, never fetched +live\n", told)
    assert "\x1b" not in told, "no colours where nobody looks at a terminal"
    said = json.loads(runner.invoke(cli, ["--archive", str(path), "coverage", "--missing", "--json"]).output)
    portal = said["portals"][0]
    tin = portal["sections"][0]
    assert tin["pages"] == {"promised": 12, "read": 10, "never_read": [[3, 3], [7, 7]]}
    assert tin["reached_end"] is False
    assert {one["source_id"]: one["sources"] for one in portal["missing"]} == {"9": ["live"], "21": ["wayback"]}
    assert portal["ids"]["dense_from"] == plan.DENSE
    mistake = runner.invoke(cli, ["--archive", str(path), "coverage", "--portal", "nobody"])
    assert "no portal 'nobody'" in str(mistake.exception)


@pytest.mark.parametrize(
    ("counts", "mark"),
    [
        ({}, "·"),
        ({"archived": 3}, "█"),
        ({"archived": 9, "failed": 1}, "9"),
        ({"missing": 2}, "0"),
        ({"archived": 99, "missing": 1}, "9"),
        ({"gone": 3}, "░"),
        ({"archived": 1, "gone": 1}, "▒"),
        ({"archived": 4, "out_of_range": 1}, "▓"),
    ],
)
def test_a_month_is_one_character_and_what_is_missing_never_looks_whole(counts: dict[str, int], mark: str) -> None:
    assert mark in _cell(Month("2024-01", counts))


def test_what_the_ids_tell_is_said_beside_the_ledger_and_never_counted_in_it(tmp_path: Path) -> None:
    def told(*ids: int) -> str:
        path = tmp_path / f"{len(ids)}.db"
        with Archive(path) as archive:
            archive.portals.register(PROFILE)
            note(archive, begin(archive), *map(str, ids))
        return CliRunner().invoke(cli, ["--archive", str(path), "coverage"]).output

    dense, sparse = [number for number in range(1000, 1100) if number % 4], range(2000, 12_000, 90)
    said = "ids: 75 seen of a span of 99, 0.76 (dense from 0.5): 24 between them were never seen"
    assert said in told(*dense)
    assert "tinh: 75 listed, 0 archived, 75 missing" in told(*dense)
    assert said in told(*dense, *sparse), "a block is judged by itself"
    assert "0.01 (dense from 0.5): gaps between them tell nothing" in told(*sparse)
    assert "none between them is unseen" in told(*range(50))


def test_colours_are_left_out_where_no_color_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        note(archive, begin(archive), "7")
        append(archive)
    asked = ["--archive", str(path), "coverage"]
    assert "\x1b[" in CliRunner().invoke(cli, asked, color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in CliRunner().invoke(cli, asked, color=True).output
