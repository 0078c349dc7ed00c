"""Every canned query on the demo's archive: what it answers stands in the bulletins, which the newsroom knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from asked import QUERIES, Asked, asked
from collector.demo.newsroom import SECTIONS, Expected, Newsroom
from collector.demo.tour import _READERS  # what the others' views between two polls were

LABOUR = f"demo/{SECTIONS[0].slug}"
#: The two bulletins that the tour changes.
DELETED, EDITED = "756269", "757065"


@pytest.fixture(scope="module")
def told() -> Mapping[str, Expected]:
    """What the replica published in all, by id; not read from any page."""
    newsroom = Newsroom()
    newsroom.publish(3)
    return newsroom.expected()


@pytest.fixture(scope="module")
def live(told: Mapping[str, Expected]) -> Mapping[str, Expected]:
    """Those about labour that are still there."""
    return {number: one for number, one in told.items() if one.labour and number != DELETED}


@pytest.fixture(scope="module")
def archive(demo_archive: Path) -> Iterator[Asked]:
    with asked(demo_archive) as opened:
        yield opened


def some(rows: list[dict[str, object]], *columns: str) -> list[tuple[object, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def test_jobs_created_are_those_of_the_whole_province_for_most_of_the_year(archive: Asked) -> None:
    """2024: a quarter is all that is told; 2023: the year, not the 17,386 of its first half; 2022: half a year."""
    rows = archive.ask("jobs_created_by_year")
    columns = ("year", "province", "province_now", "jobs_created", "period", "percent_of_plan", "planned", "printed")
    assert some(rows, *columns) == [
        (2024, "Sóc Trăng", "Cần Thơ", 7918, "2024-Q1", 28.28, None, "7.918"),
        (2023, "Sóc Trăng", "Cần Thơ", 29412, "2023", 105.04, None, "29.412"),
        (2022, "Sóc Trăng", "Cần Thơ", 16204, "2022-H1", 60.01, 27000, "16.204"),
    ]
    assert all(row["printed"] in str(row["sentence"]) for row in rows)
    assert archive.ask("jobs_created_by_year", province="Cần Thơ") == rows
    assert archive.ask("jobs_created_by_year", province="Sóc Trăng") == rows
    assert archive.ask("jobs_created_by_year", province="An Giang") == []


def test_a_series_has_each_figure_as_it_is_printed(archive: Asked) -> None:
    rows = archive.ask("indicator_series", measure="jobs_created", direction="level", extent="province")
    whole = some(rows, "published_on", "period", "until_month", "value", "printed", "qualifier", "place")
    assert set(whole) == {
        ("2022-07-08", "2022-H1", "2022-06", 16204, "16.204", "exact", "Sóc Trăng"),
        ("2023-07-12", "2023-H1", "2023-06", 17000, "17.000", "over", "Sóc Trăng"),
        ("2023-07-12", "2023-H1", "2023-06", 17386, "17.386", "exact", "Sóc Trăng"),
        ("2024-01-08", "2023", "2023-12", 29412, "29.412", "exact", "Sóc Trăng"),
        ("2024-03-29", "2024-Q1", "2024-03", 7918, "7.918", "exact", "Sóc Trăng"),
    }
    days = [row["published_on"] for row in rows]
    assert days == sorted(days, reverse=True)
    parts = archive.ask("indicator_series", measure="jobs_created", period="2022-M05")
    assert {(row["place"], row["value"]) for row in parts if row["direction"] == "level"} == {
        ("huyện Châu Thành", 725), ("xã An Hiệp", 99), ("xã Thiện Mỹ", 62), ("xã Thuận Hòa", 20),
    }  # fmt: skip
    assert {row["period"] for row in archive.ask("indicator_series", measure="jobs_created", period="2024")} == {
        "2024", "2024-Q1", "2024-M04",
    }  # fmt: skip


def test_all_measures_are_meant_where_none_is_given(archive: Asked) -> None:
    rows = archive.ask("indicator_series")
    figures = archive.rows("select count(*) as n from figure_series")[0]["n"]
    assert len(rows) == min(1000, figures) > 800
    assert len({row["measure"] for row in rows}) > 60


def test_poverty_of_a_year_is_told_by_its_last_review(archive: Asked) -> None:
    columns = ("year", "province", "poor_households", "households_until_month", "fewer_poor_households", "poverty_rate")
    rows = archive.ask("poverty_by_year")
    assert some(rows, *columns) == [
        (2023, "Sóc Trăng", None, None, 6618, None),
        (2022, "Sóc Trăng", 21352, "2022-12", None, 6.45),
        (2021, "Sóc Trăng", None, None, None, 8.26),
    ]
    last = some(rows[1:2], "rate_low", "rate_high", "near_poor_households", "near_poverty_rate", "published_on")
    assert last == [(6.45, 6.45, 31204, 9.43, "2022-12-30")]


def test_merit_and_allowances_are_one_row_for_each_way_of_counting(archive: Asked) -> None:
    rows = archive.ask("merit_and_allowances", measure="social_allowance_recipients", province="Sóc Trăng")
    assert (2023, 49428, "đối tượng", "2023") in some(rows, "year", "value", "unit", "period")
    assert (2022, 47000, "đối tượng", "2022-Q1") in some(rows, "year", "value", "unit", "period"), '"Trên 47.000"'
    merit = archive.ask("merit_and_allowances", measure="merit_people", province="Sóc Trăng")
    counted = some(merit, "year", "value", "unit")
    assert {(2022, 8915, "liệt sĩ"), (2022, 2176, "bà mẹ việt nam anh hùng")} <= set(counted)
    keys = some(archive.ask("merit_and_allowances"), "year", "measure", "province", "unit")
    assert len(keys) == len(set(keys))


def test_a_month_is_told_alone(archive: Asked) -> None:
    rows = archive.ask("months_told_alone")
    assert some(rows, "month", "value", "place", "published_on") == [("2023-02", 2915, "Sóc Trăng", "2023-02-17")]
    assert {row["month"] for row in archive.ask("months_told_alone", measure="jobs_created")} == {"2023-01"}


def test_provinces_of_one_year_stand_side_by_side(archive: Asked) -> None:
    rows = archive.ask("provinces_compared", year="2023")
    assert some(rows, "province", "value", "period") == [("Sóc Trăng", 29412, "2023")]
    assert len(archive.ask("provinces_compared")) == 3


def test_what_was_corrected_has_before_and_after(archive: Asked, told: Mapping[str, Expected]) -> None:
    rows = archive.ask("what_was_corrected")
    assert {row["title"] for row in rows} == {told[EDITED].title}
    by_field = {row["field"]: (row["before"], row["after"]) for row in rows}
    lead = told[EDITED].lead
    assert lead is not None
    assert by_field == {
        "lead": (lead, lead.replace("2.454", "12.454")),
        "voluntary_social_insurance_participants": ("2.454 người", "12.454 người"),
    }
    assert len(archive.ask("what_was_corrected", field="lead")) == 1
    assert archive.ask("what_was_corrected", field="body") == []


def test_what_disappeared_is_kept(archive: Asked, told: Mapping[str, Expected]) -> None:
    rows = archive.ask("disappearances")
    assert some(rows, "title", "published_on", "section", "revisions", "topic") == [
        (told[DELETED].title, str(told[DELETED].published_on), LABOUR, 1, "labour")
    ]
    assert rows[0]["last_seen_at"] < rows[0]["gone_at"]
    assert archive.ask("disappearances", portal="demo") == rows
    assert archive.ask("disappearances", portal="other") == []


@pytest.mark.parametrize(
    ("name", "person", "office", "bulletins"),
    [
        ("quach thanh tuyen", "Quách Thanh Tuyền", "Trưởng Ban Văn hóa - Xã hội HĐND tỉnh", 1),
        ("Thanh Tuyền", "Quách Thanh Tuyền", "Trưởng Ban Văn hóa - Xã hội HĐND tỉnh", 1),
        ("Diễm Ngọc", "Huỳnh Thị Diễm Ngọc", "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh Sóc Trăng", 1),
        ("Diễm Ngọc", "Huỳnh Thị Diễm Ngọc", "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh", 1),
        ("dang minh", "Đặng Minh Khởi", "Chủ tịch UBND huyện Mỹ Tú", 1),
        ("Đặng Minh", "Đặng Minh Khởi", "Chủ tịch UBND huyện Mỹ Tú", 1),
        ("HUỲNH THỊ", "Huỳnh Thị Diễm Ngọc", "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh", 1),
    ],
)
def test_officials_are_found_with_and_without_accents(
    archive: Asked, name: str, person: str, office: str, bulletins: int
) -> None:
    rows = archive.ask("officials", name=name)
    assert (person, office, bulletins) in some(rows, "person", "office", "bulletins")
    assert len(rows) <= 3


def test_officials_are_counted_by_bulletin_and_by_office(archive: Asked, live: Mapping[str, Expected]) -> None:
    """Huỳnh Thị Diễm Ngọc is named twice in one bulletin, with two wordings of her office."""
    rows = archive.ask("officials")
    offices = {(row["person"], row["office"]): row["bulletins"] for row in rows}
    assert sum(offices.values()) == len(rows)
    for (person, office), number in offices.items():
        naming = [one for one in live.values() if person in f"{one.title} {one.text()}"]
        assert len(naming) >= number
        assert office is None or any(office in one.text() for one in naming)
    assert archive.ask("officials", name='"*(') == archive.ask("officials", name="Nguyễn Ái Quốc") == []
    assert archive.ask("officials", name="\0") == archive.ask("officials", name="Lâm\0Văn") == []


def test_documents_are_counted_by_bulletin(archive: Asked, live: Mapping[str, Expected]) -> None:
    number = re.compile(r"\d+/(?:\d{4}/)?(?:NĐ-CP|NQ-HĐND|QĐ-UBND|QĐ-TTg|CT-TTg)")
    cited = Counter(one for bulletin in live.values() for one in set(number.findall(bulletin.text())))
    rows = archive.ask("documents_cited")
    assert {row["number"]: row["bulletins"] for row in rows} == cited
    assert rows[0] | {"article": 0} == {
        "number": "20/2021/NĐ-CP", "kind": "Nghị định", "bulletins": 4, "first_on": "2022-04-29", "last_on": "2023-12-12",
        "article": 0,
    }  # fmt: skip
    assert some(archive.ask("documents_cited", number="nq-hđnd"), "number") == [("21/2023/NQ-HĐND",)]
    assert some(archive.ask("documents_cited", number="21/2023/nq"), "number") == [("21/2023/NQ-HĐND",)]


def test_bulletins_are_counted_by_month(archive: Asked, live: Mapping[str, Expected]) -> None:
    rows = archive.ask("bulletins_by_month", field="(all)")
    months = Counter(f"{one.published_on:%Y-%m}" for one in live.values())
    assert {row["month"]: row["bulletins"] for row in rows} == months
    by_field = archive.ask("bulletins_by_month", year="2023")
    assert {row["month"][:4] for row in by_field} == {"2023"}
    assert all(row["bulletins"] <= months[row["month"]] for row in by_field)
    merit = archive.ask("bulletins_by_month", field="merit", year="2023")
    assert {row["field"] for row in merit} == {"merit"}
    assert {(row["month"], row["bulletins"]) for row in merit} < set(some(by_field, "month", "bulletins"))


def test_visits_are_those_of_others_between_two_looks(archive: Asked) -> None:
    """Six polls, each after so many readers; what was there before the backfill began nobody knows."""
    hours = archive.ask("visits_by_hour")
    assert [row["others"] for row in reversed(hours)] == [0, *_READERS]
    assert [row["hour"] for row in reversed(hours)] == [
        "2024-07-01T07:00", "2024-07-01T08:00", "2024-07-01T09:00", "2024-07-06T09:00", "2024-07-06T10:00",
        "2024-07-06T11:00", "2024-07-06T12:00",
    ]  # fmt: skip
    days = archive.ask("visits_by_day")
    assert some(days, "day", "others", "since_day", "resets") == [
        ("2024-07-06", sum(_READERS[2:]), "2024-07-01", 0),
        ("2024-07-01", sum(_READERS[:2]), None, 0),
    ]
    assert {row["portal_name"] for row in [*hours, *days]} == {archive.rows("select name from portals")[0]["name"]}
    assert sum(row["own"] for row in days) == sum(row["own"] for row in hours)
    assert archive.ask("visits_by_hour", day="2024-07-06") == hours[:4]


def test_freshness_and_health_are_those_of_the_runs(archive: Asked, told: Mapping[str, Expected]) -> None:
    rows = archive.ask("freshness")
    newest: dict[str, date] = {}
    for one in told.values():
        section = f"demo/{one.sections[0]}"
        newest[section] = max(one.published_on, newest.get(section, date.min))
    assert {row["section"]: row["newest_published_on"] for row in rows} == {
        section: str(day) for section, day in newest.items()
    }
    assert {(row["last_verdict"], row["open_failures"]) for row in rows} == {("empty_expected", 0)}
    assert {row["last_success_at"][:10] for row in rows} == {"2024-07-06"}
    health = archive.ask("collection_health")
    assert some(health, "day", "verdict", "runs", "added", "revised", "gone") == [
        ("2024-07-06", "complete", 2, 0, 1, 1),
        ("2024-07-06", "empty_expected", 2, 0, 0, 0),
        ("2024-07-01", "complete", 2, 204, 0, 0),
        ("2024-07-01", "empty_expected", 1, 0, 0, 0),
    ]


def test_coverage_is_what_the_sections_list(archive: Asked, told: Mapping[str, Expected]) -> None:
    listed = Counter((f"demo/{slug}", f"{one.published_on:%Y-%m}") for one in told.values() for slug in one.sections)
    rows = archive.ask("coverage")
    assert {(row["section"], row["month"]): row["listed"] for row in rows} == listed
    assert sum(row["gone"] for row in rows) == len(told[DELETED].sections)
    assert all(row["listed"] == row["archived"] + row["gone"] for row in rows)
    assert {row["section"] for row in archive.ask("coverage", section=LABOUR)} == {LABOUR}
    names = {row["id"]: row["name"] for row in archive.rows("select id, name from sections")}
    assert all(row["section_name"] == names[row["section"]] for row in rows)


def test_measures_and_provinces_are_those_that_are_told(archive: Asked) -> None:
    measures = {row["measure"]: row for row in archive.ask("measures_told")}
    assert measures["jobs_created"]["name_en"] == "People for whom jobs were created"
    assert measures.keys() == {
        row["measure"]
        for row in archive.rows("select distinct measure from current_indicators where period is not null")
    } - {None}
    assert {row["province"] for row in archive.ask("provinces")} == {"Cần Thơ", "Khánh Hòa", "Sóc Trăng"}


def test_search_finds_what_stands_in_the_bulletins(archive: Asked, told: Mapping[str, Expected]) -> None:
    rows = archive.ask("search", q="20/2021/NĐ-CP")
    holding = {number for number, one in told.items() if "20/2021/NĐ-CP" in one.text()}
    assert {row["source_id"] for row in rows} == holding
    for typed in ("quách thanh tuyền", "QUACH THANH TUYEN", '"Quách Thanh Tuyền"', "quach* tuyen"):
        assert [row["published_on"] for row in archive.ask("search", q=typed)] == ["2023-08-25"], typed
    assert "\u2068" in archive.ask("search", q="29412")[0]["snippet"]
    newest = archive.ask("search", q="việc làm", sort="newest")
    days = [row["published_on"] for row in newest]
    assert days == sorted(days, reverse=True)
    assert len(days) == 50
    assert some(archive.ask("search"), "published_on") == [
        (str(day),) for day in sorted((one.published_on for one in told.values()), reverse=True)[:50]
    ]
    assert archive.ask("search", q="'zebra") == archive.ask("search", q="???") == []


def test_feeds_have_what_a_feed_needs(
    archive: Asked, told: Mapping[str, Expected], live: Mapping[str, Expected]
) -> None:
    new = archive.ask("feed_new_bulletins")
    assert len(new) == 100
    by_id = {f"tag:collector.invalid,2024:demo/{number}": one.title for number, one in live.items()}
    assert all(by_id[row["atom_id"]] == row["atom_title"] for row in new)
    corrected = archive.ask("feed_corrections")
    assert [row["atom_title"] for row in corrected] == [told[EDITED].title]
    assert "2.454 người → 12.454 người" in corrected[0]["atom_content"]
    gone = archive.ask("feed_disappearances")
    assert [row["atom_title"] for row in gone] == [told[DELETED].title]
    for row in [*new, *corrected, *gone]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["atom_updated"])
        assert row["atom_link"].startswith("http://127.0.0.1")
        assert row["atom_author_name"] == "Cổng thông tin điện tử Văn phòng Ủy ban nhân dân tỉnh Sóc Trăng"
    ids = [row["atom_id"] for row in [*new, *corrected, *gone]]
    assert len(ids) == len(set(ids))


def test_every_query_is_asked_above() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert {name for name in QUERIES if f'ask("{name}"' not in here} == set()


@pytest.mark.parametrize("name", [name for name, one in QUERIES.items() if one.plot and one.plot.kind != "point"])
def test_no_bar_and_no_line_adds_up_rows(archive: Asked, name: str) -> None:
    """Two bars of one place and colour would stand one before the other, or one upon the other."""
    plot = QUERIES[name].plot
    assert plot is not None
    rows = archive.ask(name, **{one.name: one.default for one in QUERIES[name].parameters})
    drawn = Counter((row[plot.x], plot.color and row[plot.color]) for row in rows)
    assert drawn
    assert max(drawn.values()) == 1
