"""Figures within the boundaries of their day, and within today's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from collector import plan
from collector.archive import Archive
from collector.model import Change, Outcome
from stored import BULLETIN, EXAMINING, PROFILE, SHIPPED, append

SOC_TRANG = replace(PROFILE, place="soc-trang", valid_to=date(2025, 6, 30), successor="can-tho")


@pytest.fixture
def archive() -> Iterator[Archive]:
    with Archive(None) as opened:
        opened.portals.know(SHIPPED.places)
        opened.portals.register(SOC_TRANG)
        opened.findings.know(EXAMINING.measures)
        yield opened


def tell(archive: Archive, number: int, title: str, body: str, day: date) -> None:
    bulletin = replace(BULLETIN, source_id=str(number), title=title, body=body, published_on=day, attachments=())
    evidence = EXAMINING.evidence(title, body, published_on=day)
    append(archive, bulletin, change=Change(Outcome.ADDED, plan.content_hash(bulletin)), evidence=evidence)


def provinces(archive: Archive) -> list[tuple[object, object, object]]:
    rows = archive.connection.rows(
        "select printed, province, province_now from current_indicators order by article, span_start"
    )
    return [(row["printed"], row["province"], row["province_now"]) for row in rows]


def test_a_figure_without_a_place_is_the_portals(archive: Archive) -> None:
    tell(
        archive,
        1,
        "Kết quả giải quyết việc làm",
        "Năm 2023, giải quyết việc làm cho 29.412 lao động.",
        date(2024, 1, 8),
    )
    assert provinces(archive) == [("29.412", "Sóc Trăng", "Cần Thơ")]


def test_a_bulletin_about_another_province_is_counted_there(archive: Archive) -> None:
    tell(archive, 1, "Tỉnh Trà Vinh giảm nghèo", "Năm 2023, Trà Vinh giảm 3.210 hộ nghèo.", date(2024, 1, 8))
    assert provinces(archive) == [("3.210", "Trà Vinh", "Vĩnh Long")]


def test_one_name_means_the_place_of_its_day(archive: Archive) -> None:
    """Cần Thơ of 2019 and the one of 2026 have other boundaries, and both lie in today's."""
    for number, day in enumerate((date(2019, 5, 1), date(2026, 5, 1))):
        tell(archive, number, "Thành phố Cần Thơ giảm nghèo", "Cần Thơ giảm 1.234 hộ nghèo.", day)
    rows = archive.connection.rows(
        "select i.province, p.id from current_indicators i join places p on p.name = i.province "
        "and i.published_on >= coalesce(p.valid_from, '') and i.published_on <= coalesce(p.valid_to, '9999') "
        "order by i.published_on"
    )
    assert [row["id"] for row in rows] == ["can-tho", "can-tho-2025"]
    assert {row[2] for row in provinces(archive)} == {"Cần Thơ"}


def test_a_series_can_be_asked_for_in_old_and_in_new_boundaries(archive: Archive) -> None:
    told = {"Sóc Trăng": 4000, "Hậu Giang": 2500, "Cần Thơ": 1500, "Trà Vinh": 3000}
    for number, (name, count) in enumerate(told.items()):
        text = f"Năm 2022, {name} giảm {count // 1000}.{count % 1000:03d} hộ nghèo."
        tell(archive, number, f"{name} giảm nghèo", text, date(2023, 1, 5))
    old = archive.connection.rows(
        "select province, sum(value) as households from current_indicators where measure = 'poor_households' "
        "group by province order by province"
    )
    assert {row["province"]: row["households"] for row in old} == told
    new = archive.connection.rows(
        "select province_now, sum(value) as households from current_indicators where measure = 'poor_households' "
        "group by province_now"
    )
    assert {row["province_now"]: row["households"] for row in new} == {"Cần Thơ": 8000, "Vĩnh Long": 3000}


def test_places_are_brought_up_to_the_configuration_and_none_is_lost(archive: Archive) -> None:
    places = SHIPPED.places
    assert archive.connection.value("select count(*) from places") == len(places)
    before = archive.connection.rows("select * from places order by id")
    archive.portals.know(places)
    archive.portals.know([replace(one, name="Sóc Trăng (cũ)") for one in places if one.id == "soc-trang-x"])
    assert archive.connection.rows("select * from places order by id") == before
    portal = archive.connection.row("select place, valid_to, successor from portals")
    assert portal == {"place": "soc-trang", "valid_to": "2025-06-30", "successor": "can-tho"}
    assert archive.connection.rows("pragma foreign_key_check") == []


def test_a_place_that_got_another_id_counts_no_figure_twice(archive: Archive) -> None:
    """A place that the configuration has no longer stays, for portals point to it; its name is told once all the same."""
    tell(archive, 1, "Trà Vinh giảm nghèo", "Năm 2022, Trà Vinh giảm 3.210 hộ nghèo.", date(2023, 1, 5))
    assert provinces(archive) == [("3.210", "Trà Vinh", "Vĩnh Long")]
    archive.portals.know([replace(one, id="tra-vinh-cu") if one.id == "tra-vinh" else one for one in SHIPPED.places])
    assert provinces(archive) == [("3.210", "Trà Vinh", "Vĩnh Long")]


def test_a_place_that_the_archive_does_not_know_is_left_out(archive: Archive) -> None:
    archive.portals.register(replace(PROFILE, place="nowhere"))
    assert archive.connection.value("select place from portals") is None
