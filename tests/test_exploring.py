"""What is kept of views is what they say: figures that count, what is known of, and the counter by the hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils
from hypothesis import given
from hypothesis import strategies as st

from asked import Asked
from collector import plan
from collector.archive import Archive
from collector.archive.schema import migrations
from collector.findings import Appearance, CitedDocument, Evidence, Indicator, TopicScore
from collector.model import Change, Memento, Outcome, VisitCount
from collector.vocabulary import Measure
from stored import BULLETIN, NOW, PROFILE, SHIPPED, append, begin, note, page

#: Table → the view that it is kept of.
KEPT = {
    "_current_figures": "_figures_that_count",
    "_current_offices": "_offices_that_count",
    "_current_citations": "_citations_that_count",
    "_current_fields": "_fields_that_count",
    "_known_bulletins": "_bulletins_known_of",
}
FIGURE = Indicator(
    "jobs_created", "việc làm", "body", "2.000", 2000.0, None, "người", "exact", "level", "2023", None,
    "Toàn tỉnh có 2.000 người.", 0, 5, "test",
)  # fmt: skip
FOUND = Evidence(
    (FIGURE,),
    (Appearance("Đặng Minh", "Chủ tịch", "body", 0, 5), Appearance("Đặng Minh", "Chủ tịch", "body", 9, 14)),
    (CitedDocument("1/QĐ-UBND", "Quyết định", "body", 0, 9),),
    topic=TopicScore(0.9, fields=("employment", "poverty")),
)


def kept(archive: Archive) -> dict[str, int]:
    """Return how many rows each table has, which are what its view says."""
    counts = {}
    for table, view in KEPT.items():
        for one, other in ((table, view), (view, table)):
            rows = archive.connection.rows(f"select * from {one} except select * from {other}")
            assert rows == [], f"in {one} and not in {other}"
        counts[table] = archive.connection.value(f"select count(*) from {table}")
        assert counts[table] == archive.connection.value(f"select count(*) from {view}")
    return counts


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        opened.portals.know(SHIPPED.places)
        opened.portals.register(replace(PROFILE, place="soc-trang"))
        opened.findings.know(SHIPPED.vocabulary.measures)
        yield opened


def test_the_demo_leaves_everything_kept(demo_archive: Path) -> None:
    with Archive(demo_archive, readonly=True) as archive:
        counts = kept(archive)
    assert counts["_current_figures"] > 1500
    assert counts["_known_bulletins"] == 217  # 214 entries of three sections, and three published later


def test_figures_follow_the_text_that_counts(archive: Archive) -> None:
    article = append(archive, evidence=FOUND)
    assert kept(archive) == {
        "_current_figures": 1, "_current_offices": 1, "_current_citations": 1, "_current_fields": 3, "_known_bulletins": 1,
    }  # fmt: skip
    edited = replace(BULLETIN, title="Hội nghị sơ kết")
    change = Change(Outcome.REVISED, plan.content_hash(edited))
    second = replace(FIGURE, printed="2.500", value=2500.0)
    append(
        archive, edited, at=NOW + timedelta(days=1), change=change, evidence=replace(FOUND, indicators=(FIGURE, second))
    )
    assert kept(archive)["_current_figures"] == 2
    assert archive.connection.value("select count(*) from indicators") == 3
    for number in range(2):
        archive.looks.strike(article, kind="gone", run=begin(archive), now=NOW + timedelta(days=number))
    assert not any(count for table, count in kept(archive).items() if table != "_known_bulletins")
    assert archive.connection.value("select standing from _known_bulletins") == "gone"
    archive.bulletins.unchanged(article, NOW + timedelta(days=3))
    assert kept(archive)["_current_figures"] == 2
    archive.findings.note(article=article, revision=2, evidence=None, version="2", topic="labour")
    assert kept(archive)["_current_figures"] == 0
    archive.findings.note(article=article, revision=2, evidence=FOUND, version="2", topic="labour")
    assert kept(archive)["_current_figures"] == 1


def test_what_is_decided_of_a_topic_is_followed(archive: Archive) -> None:
    append(archive, evidence=replace(FOUND, topic=TopicScore(0.4)))
    assert archive.findings.decide_topics(portal="tinh", threshold=0.5) == 1
    assert kept(archive)["_current_figures"] == 0
    assert archive.findings.decide_topics(portal="tinh", threshold=0.3) == 1
    assert kept(archive)["_current_figures"] == 1


def test_a_measure_a_province_and_a_portal_that_are_said_anew_are_followed(archive: Archive) -> None:
    append(archive, evidence=FOUND)
    where = "select province, province_now, field from _current_figures"
    assert archive.connection.row(where) == {"province": "Sóc Trăng", "province_now": "Cần Thơ", "field": "employment"}
    places = [replace(one, name="Ba Xuyên") if one.id == "soc-trang" else one for one in SHIPPED.places]
    archive.portals.know(places)
    kept(archive)
    assert archive.connection.value("select province from _current_figures") == "Ba Xuyên"
    archive.portals.register(replace(PROFILE, place="an-giang"))
    archive.findings.know([Measure("jobs_created", "training", "Việc", "Jobs", "%", ("việc",))])
    kept(archive)
    row = archive.connection.row(where)
    assert row is not None
    assert (row["field"], row["province"]) == ("training", "An Giang")


@pytest.mark.parametrize(
    ("period", "year", "months", "until"),
    [
        ("2023", 2023, 12, "2023-12"), ("2024-H1", 2024, 6, "2024-06"), ("2024-H2", 2024, 6, "2024-12"),
        ("2024-Q3", 2024, 3, "2024-09"), ("2023-M09", 2023, 9, "2023-09"), ("2023-09", 2023, 1, "2023-09"),
        ("2023-M12", 2023, 12, "2023-12"), ("2021-2025", None, None, "2025-12"), (None, None, None, None),
    ],
)  # fmt: skip
def test_a_period_is_a_year_the_months_it_covers_and_the_last_of_them(
    archive: Archive, period: str | None, year: int | None, months: int | None, until: str | None
) -> None:
    append(archive, evidence=replace(FOUND, indicators=(replace(FIGURE, period=period),)))
    row = archive.connection.row("select year, months, until_month, series from _current_figures")
    assert row == {"year": year, "months": months, "until_month": until, "series": int(period is not None)}


@pytest.mark.parametrize(
    ("place", "article_place", "sentence", "whole"),
    [
        (None, None, "Có 2.000 người.", 1),
        (None, "Sóc Trăng", "Có 2.000 người.", 1),
        ("tỉnh Sóc Trăng", "huyện Kế Sách", "Toàn tỉnh có 2.000 người.", 1),
        (None, "huyện Kế Sách", "Toàn tỉnh có 2.000 người.", 1),
        (None, "huyện Kế Sách", "TOÀN TỈNH CÓ 2.000 NGƯỜI", 1),
        (None, "huyện Kế Sách", "Có 2.000 người, cao nhất toàn tỉnh.", 0),
        (None, "huyện Kế Sách", "Có 2.000 người.", 0),
        ("huyện Kế Sách", None, "Toàn tỉnh có 2.000 người.", 0),
        ("thành phố Sóc Trăng", None, "Có 2.000 người.", 0),
    ],
)
def test_a_figure_is_of_the_whole_province_where_nothing_says_otherwise(
    archive: Archive, place: str | None, article_place: str | None, sentence: str, whole: int
) -> None:
    figure = replace(FIGURE, place=place, sentence=sentence)
    append(archive, evidence=replace(FOUND, indicators=(figure,), place=article_place))
    assert archive.connection.value("select whole_province from _current_figures") == whole
    assert archive.connection.value("select province from current_indicators") == "Sóc Trăng"


def test_a_share_of_what_is_counted_is_told_apart(archive: Archive) -> None:
    rate = replace(FIGURE, measure="poverty_rate", unit="%")
    append(archive, evidence=replace(FOUND, indicators=(FIGURE, replace(FIGURE, unit="%/năm"), rate)))
    rows = archive.connection.rows("select measure, unit, relative from figure_series order by indicator")
    assert [row["relative"] for row in rows] == [0, 1, 0]


def test_views_say_what_the_tables_behind_them_say(demo_archive: Path) -> None:
    """The joins that ``current_indicators`` was in schema 4."""
    archive = Asked(demo_archive)
    joined = archive.rows(
        "select i.id, a.portal, a.published_on, a.event_on, a.title, a.url, a.place as article_place, m.field, i.measure, "
        "m.name_vi, m.name_en, i.label, i.part, i.printed, i.value, i.value_max, i.unit, i.qualifier, i.direction, "
        "i.period, i.place, i.sentence, i.span_start, i.span_end, i.rule, i.ambiguous, i.article, i.revision "
        "from articles a join indicators i on i.revision = a.revision left join measures m on m.id = i.measure "
        "where a.state = 'live' and a.topic = 'labour' order by i.id"
    )
    columns = ", ".join(joined[0])
    assert archive.rows(f"select {columns} from current_indicators order by id") == joined
    series = archive.rows("select indicator from figure_series order by indicator")
    assert [row["indicator"] for row in series] == [row["id"] for row in joined if row["measure"] and row["period"]]
    archive.connection.close()


# --- what is known of --------------------------------------------------------------------------------------------------


def test_what_is_known_of_follows_listings_articles_and_indexes(archive: Archive) -> None:
    run = begin(archive)
    note(archive, run, "7", "8", "9")
    kept(archive)
    append(archive)
    append(archive, replace(BULLETIN, source_id="70", url="https://portal.example/x/70"))
    with archive.connection.writing():
        archive.connection.execute("update listings set state = 'failed' where source_id = '8'")
        archive.connection.execute(
            "update listings set state = 'gone', published_on = '2020-02-03' where source_id = '9'"
        )
    kept(archive)
    assert coverage(archive) == {("tinh/tin", "2024-01"): "archived:2", ("tinh/tin", "2020-02"): "gone:1",
                                 ("tinh/tin", None): "failed:1"}  # fmt: skip
    found = [Memento(f"https://portal.example/tin/{number}", NOW - timedelta(days=9), 200) for number in ("9", "99")]
    with archive.connection.writing():
        for one, number in zip(found, ("9", "99"), strict=True):
            archive.connection.execute(
                "insert into mementos (portal, source, url, source_id, kind, captured_at, http_status, locator, state, "
                "found_at) values ('tinh', 'wayback', ?, ?, 'article', '2020-01-01T00:00:00Z', 200, '', 'found', '2024')",
                [one.url, number],
            )
    kept(archive)
    assert coverage(archive)["tinh/tin", "2020-02"] == "missing:1"
    assert coverage(archive)["tinh/(not listed)", None] == "missing:1"
    for state, expected in (("out_of_range", "out_of_range:1"), ("no_content", None), ("absent", "missing:1")):
        with archive.connection.writing():
            archive.connection.execute("update mementos set state = ?", [state])
        kept(archive)
        assert coverage(archive).get(("tinh/(not listed)", None)) == expected
        assert coverage(archive) == ledger(archive, "tinh")
    assert coverage(archive)["tinh/tin", "2020-02"] == "gone:1"


def coverage(archive: Archive) -> dict[tuple[str, str | None], str]:
    rows = archive.connection.rows("select * from coverage_by_month")
    told = ("archived", "missing", "failed", "gone", "out_of_range")
    for row in rows:
        assert row["listed"] == sum(row[one] for one in told)
    return {(row["section"], row["month"]): " ".join(f"{one}:{row[one]}" for one in told if row[one]) for row in rows}


def ledger(archive: Archive, portal: str) -> dict[tuple[str, str | None], str]:
    """Return what ``collector coverage`` goes by, with no month estimated and no section told by an address."""
    counts: dict[tuple[str, str | None], Counter[str]] = {}
    for one in archive.coverage.bulletins(portal=portal):
        month = None if one.published_on is None else f"{one.published_on:%Y-%m}"
        counts.setdefault((one.section or f"{portal}/(not listed)", month), Counter())[plan.standing(one)] += 1
    return {
        key: " ".join(f"{name}:{found[name]}" for name in plan.STANDINGS if name in found)
        for key, found in counts.items()
    }


def test_coverage_agrees_with_the_ledger(demo_archive: Path) -> None:
    with Archive(demo_archive, readonly=True) as archive:
        told = coverage(archive)
        assert told == ledger(archive, "demo")
        assert len(told) > 60
        sections = archive.coverage.sections(portal="demo")
        for one in plan.coverage(archive.coverage.bulletins(portal="demo"), sections):
            assert sum(month.listed for month in one.months) == archive.connection.value(
                "select sum(listed) from coverage_by_month where section = ?", [one.section]
            )


# --- the counter by the hour -------------------------------------------------------------------------------------------

#: Seconds after the story's beginning, the total (None: the page showed none), our own views, and whether it was found
#: in an archive of the past.
Look = tuple[int, int | None, int, bool]
LOOKS = st.lists(
    st.tuples(st.integers(0, 3 * 3600) | st.sampled_from([0, 3599, 3600]), st.none() | st.integers(0, 50), st.integers(0, 3),
              st.booleans()),
    max_size=14,
)  # fmt: skip


@pytest.fixture(scope="module")
def series() -> Iterator[Archive]:
    with Archive(None) as opened:
        opened.portals.register(PROFILE)
        opened.portals.register(replace(PROFILE, id="other"))
        yield opened


def by_the_hour(archive: Archive) -> dict[tuple[str, str], tuple[int, ...]]:
    """Work it out from the observations, one after the other."""
    hours: dict[tuple[str, str], list[int]] = {}
    last: dict[str, int] = {}
    rows = archive.connection.rows("select * from visit_counts where total is not null order by observed_at, id")
    for row in rows:
        hour = hours.setdefault((row["portal"], f"{row['observed_at'][:13]}:00Z"), [0, 0, 0, 0, 0, 0])
        hour[0] += 1
        hour[1] += row["reset"]
        hour[2] = max(hour[2], row["total"])
        hour[4] += row["own_requests"]
        if row["reset"]:
            hour[5] += row["own_requests"]
        elif row["portal"] in last:
            hour[3] += row["total"] - last[row["portal"]]
            hour[5] += row["own_requests"]
        last[row["portal"]] = row["total"]
    return {key: tuple(hour) for key, hour in hours.items()}


def told(archive: Archive) -> dict[tuple[str, str], tuple[int, ...]]:
    rows = archive.connection.rows("select * from visit_hours")
    names = ("observations", "resets", "total", "risen", "own", "own_risen")
    return {(row["portal"], row["hour"]): tuple(row[name] for name in names) for row in rows}


@given(LOOKS)
def test_the_hours_are_what_the_observations_say_in_whatever_order_they_come(
    series: Archive, looks: list[Look]
) -> None:
    start = datetime(2024, 1, 8, 22, 59, 30, tzinfo=UTC)
    with series.connection.writing():
        for table in "visit_hours visit_counts _capture_dictionaries captures _capture_bodies _uncounted_views".split():
            series.connection.execute(f"delete from {table}")
    for number, (seconds, total, own, past) in enumerate(looks):
        seen = replace(page(b"%d" % number), fetched_at=start + timedelta(seconds=seconds))
        capture = series.captures.keep(seen, portal="tinh", kind="article")
        if past:
            series.visits.record_past(VisitCount(total=total), seen, portal="tinh", capture=capture)
        else:
            portal = ("tinh", "other")[number % 5 == 4]
            series.visits.record(VisitCount(total=total), seen, portal=portal, own_views=own, capture=capture)
    assert told(series) == by_the_hour(series)
    expected = [
        {"hour": hour, "total": row[2], "own": row[4], "others": max(0, row[3] - row[5])}
        for (portal, hour), row in sorted(by_the_hour(series).items())
        if portal == "tinh"
    ]
    assert series.status.visits_by_hour("tinh") == expected


def test_days_are_local_and_tell_since_when_their_visits_are_counted(series: Archive) -> None:
    with series.connection.writing():
        for table in ("visit_hours", "visit_counts"):
            series.connection.execute(f"delete from {table}")
    looks = [("2024-01-08T16:00", 100), ("2024-01-08T17:30", 130), ("2024-01-09T02:00", 140), ("2024-01-09T16:59", 90),
             ("2024-01-12T03:00", 95)]  # fmt: skip
    for at, total in looks:
        seen = replace(page(), fetched_at=datetime.fromisoformat(f"{at}:00+00:00"))
        series.visits.record(VisitCount(total=total), seen, portal="tinh", own_views=1, capture=None)
    rows = series.connection.rows("select day, others, own, total, resets, since_day from visits_daily order by day")
    assert [tuple(row.values()) for row in rows] == [
        ("2024-01-08", 0, 1, 100, 0, None),
        ("2024-01-09", 38, 3, 140, 1, "2024-01-08"),
        ("2024-01-12", 4, 1, 95, 0, "2024-01-09"),
    ]
    hours = series.connection.rows("select hour, others, since_hour from visits_hourly order by hour")
    assert [tuple(row.values()) for row in hours][:3] == [
        ("2024-01-08T23:00", 0, None),
        ("2024-01-09T00:00", 29, "2024-01-08T23:00"),
        ("2024-01-09T09:00", 9, "2024-01-09T00:00"),
    ]


# --- archives of before ------------------------------------------------------------------------------------------------


def test_an_archive_of_schema_4_is_brought_up_to_date_with_all_that_is_kept(demo_archive: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    db = sqlite_utils.Database(old)
    migrations.apply(db, stop_before="exploring")
    db.execute("pragma user_version = 4")
    db.execute("pragma foreign_keys = off")
    db.execute("attach database ? as full", [str(demo_archive)])
    rows = db.execute(
        "select name from main.sqlite_master where type = 'table' and name not like '%articles_fts%'"
    ).fetchall()
    for (table,) in rows:
        if not table.startswith(("sqlite_", "_sqlite")):
            names = ", ".join(f"[{row[1]}]" for row in db.execute(f"pragma main.table_info([{table}])"))
            db.execute(f"insert into main.[{table}] ({names}) select {names} from full.[{table}]")
    db.conn.commit()
    db.close()
    with Archive(old) as upgraded, Archive(demo_archive, readonly=True) as whole:
        assert kept(upgraded) == kept(whole)
        for table in (*KEPT, "visit_hours"):
            everything = f"select * from {table} order by 1, 2, 3"
            assert upgraded.connection.rows(everything) == whole.connection.rows(everything)
        folded = "select person from _people_fts where _people_fts match '\"dang minh\"' order by 1"
        assert upgraded.connection.rows(folded) == whole.connection.rows(folded) != []


def test_a_rehearsal_knows_the_ledger_and_follows_nothing(archive: Archive) -> None:
    note(archive, begin(archive), "7")
    assert archive.path is not None
    with Archive.rehearsal(archive.path) as rehearsal:
        assert list(rehearsal.ledger.items("tinh/tin")) == ["7"]
        assert rehearsal.connection.value("select count(*) from sqlite_master where type = 'trigger'") == 0


def test_freshness_counts_days_from_today(archive: Archive) -> None:
    append(archive, replace(BULLETIN, published_on=date(2024, 1, 8)))
    row = archive.connection.row("select * from section_freshness where section = 'tinh/tin'")
    today = archive.connection.value("select date('now', '+7 hours')")
    assert row is not None
    assert row["newest_published_on"] == "2024-01-08"
    assert row["days_since_newest"] == (date.fromisoformat(str(today)) - date(2024, 1, 8)).days
    assert (row["last_verdict"], row["last_success_at"], row["open_failures"]) == (None, None, 0)
