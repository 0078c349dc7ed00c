"""What people quote, on archives unlike the demo's: rows are what Python works out from the figures that were put in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asked import QUERIES, Asked
from collector.archive import Archive
from collector.findings import Appearance, CitedDocument, Evidence, Indicator, TopicScore
from collector.profile import SectionProfile
from stored import BULLETIN, NOW, PROFILE, SHIPPED, append

MONTHS = {"2022": 12, "2023": 12, "2023-H1": 6, "2023-Q1": 3, "2023-M09": 9, "2023-04": 1}


@dataclass(frozen=True, slots=True)
class Told:
    """A bulletin: its title, what it is about, its figures, and which portal has it."""

    figures: tuple[Indicator, ...]
    place: str | None = None
    title: str = "Hội nghị tổng kết"
    day: date | None = date(2024, 1, 8)


def figure(measure: str, value: float, **more: Any) -> Indicator:
    printed = f"{value:g}"
    known = Indicator(
        measure, "", "body", printed, value, None, "người", "exact", "level", "2023", None, f"Toàn tỉnh có {printed}.",
        0, len(printed), "test",
    )  # fmt: skip
    return replace(known, **more)


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Put bulletins into an archive and return what a query answers."""

    def asked(bulletins: Sequence[Told], name: str, **given: object) -> list[dict[str, Any]]:
        tell(tmp_path / "archive.db", bulletins)
        return answered(tmp_path / "archive.db", name, **given)

    return asked


def tell(path: Path, bulletins: Sequence[Told]) -> None:
    """Put bulletins into an archive of their own."""
    path.write_bytes(_untold())
    with Archive(path) as archive:
        for number, told in enumerate(bulletins):
            append(
                archive,
                replace(BULLETIN, source_id=str(number), title=told.title, published_on=told.day,
                        url=f"https://portal.example/tin/{number}"),
                evidence=Evidence(
                    told.figures, (Appearance("Đặng Ánh", None, "body", 0, 8),),
                    (CitedDocument("7/2023/NQ-HĐND", None, "body", 0, 14),), place=told.place, topic=TopicScore(0.9)
                ),
            )  # fmt: skip


@cache
def _untold() -> bytes:
    """An archive that knows places, measures and a portal, and no bulletin."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        with Archive(path) as archive:
            archive.portals.know(SHIPPED.places)
            archive.portals.register(replace(PROFILE, place="soc-trang"))
            archive.findings.know(SHIPPED.vocabulary.measures)
        return path.read_bytes()


def answered(path: Path, name: str, **given: object) -> list[dict[str, Any]]:
    with closing((asked := Asked(path)).connection):
        return asked.ask(name, **given)


def test_of_several_rates_the_largest_is_told(ask: Callable[..., list[dict[str, Any]]]) -> None:
    """Rates that differ by less than one: added to 12e15 they are one number."""
    rates = tuple(figure("poverty_rate", value, unit="%") for value in (1.2, 1.9, 1.3))
    assert [row["value"] for row in ask([Told(rates)], "provinces_compared", measure="poverty_rate")] == [1.9]
    counts = tuple(figure("merit_people", value) for value in (2601.0, 2602.0))
    assert [row["value"] for row in ask([Told(counts)], "merit_and_allowances")] == [2602.0]
    spent = tuple(
        figure("merit_allowance_spending", value, unit="đồng", period=period)
        for value, period in ((2e15, "2023-04"), (1e12, "2023"))
    )
    assert [row["value"] for row in ask([Told(spent)], "merit_and_allowances")] == [1e12], "the year's, not the month's"


def test_a_year_without_a_rate_leads_to_the_bulletin_of_its_households(
    ask: Callable[..., list[dict[str, Any]]],
) -> None:
    told = [Told((figure("poor_households", 3000),)), Told((figure("poor_households", 4000),))]
    [row] = ask(told, "poverty_by_year")
    assert (row["poor_households"], row["poverty_rate"], row["article"]) == (4000, None, 2)


def test_runs_and_sections_of_several_portals_are_told_apart_or_counted_together(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        for portal in ("tinh", "huyện"):
            sections = (SectionProfile("tin", f"https://{portal}.example/", name="Tin tức"),)
            archive.portals.register(
                replace(PROFILE, id=portal, installation=portal, name=f"Cổng {portal}", sections=sections)
            )
            archive.ledger.begin_run(kind="poll", portal=portal, source="live", now=NOW)
        append(archive)
    with closing((asked := Asked(path)).connection):
        [row] = asked.ask("collection_health")
        assert (row["day"], row["verdict"], row["runs"]) == ("2024-01-08", "unfinished", 2)
        assert [one["runs"] for one in asked.ask("collection_health", portal="tinh")] == [1]
        assert [one["section_name"] for one in asked.ask("coverage")] == ["Tin tức (Cổng tinh)"]
        choices = asked.connection.execute(QUERIES["coverage"].parameters[0].choices or "").fetchall()
        assert choices == [("huyện/tin", "Tin tức (Cổng huyện)"), ("tinh/tin", "Tin tức (Cổng tinh)")]


@pytest.mark.parametrize(
    ("name", "given"),
    [("jobs_created_by_year", {}), ("provinces_compared", {}), ("provinces_compared", {"measure": "poverty_rate"}),
     ("merit_and_allowances", {}), ("poverty_by_year", {})],
)  # fmt: skip
def test_what_may_be_read_otherwise_is_none_of_what_is_quoted(
    ask: Callable[..., list[dict[str, Any]]], name: str, given: dict[str, str]
) -> None:
    """Of "1.875 tỷ", which may be less than two, thousands would always be the largest."""
    measures = ("jobs_created", "poverty_rate", "poor_households", "merit_people", "near_poor_households")
    sure = tuple(figure(measure, 20.0) for measure in measures)
    unsure = tuple(figure(measure, 90.0, ambiguous=True) for measure in measures)
    rows = ask([Told(sure), Told(unsure)], name, **given)
    assert rows == ask([Told(sure), Told(())], name, **given) != []
    assert [row["ambiguous"] for row in ask([Told(unsure)], "indicator_series", measure="merit_people")] == [1]


def test_a_share_of_the_plan_is_of_the_figure_beside_it(ask: Callable[..., list[dict[str, Any]]]) -> None:
    share = figure("jobs_created", 103.5, unit="%", direction="target_attainment")
    small, large = figure("jobs_created", 2000.0), figure("jobs_created", 2600.0)
    columns = ("jobs_created", "percent_of_plan")
    others = ask([Told((small, share)), Told((large,))], "jobs_created_by_year")
    assert [tuple(row[one] for one in columns) for row in others] == [(2600.0, None)]
    for bulletins in ([Told((large, share)), Told((large,))], [Told((large,)), Told((large, share))]):
        rows = ask(bulletins, "jobs_created_by_year")
        assert [tuple(row[one] for one in columns) for row in rows] == [(2600.0, 103.5)]


@pytest.mark.parametrize(
    ("sentence", "title", "place", "whole"),
    [
        ("Cả nước có 90 người.", "Hội nghị", None, 0),
        ("Toàn quốc có 90 người.", "Hội nghị", "Sóc Trăng", 0),
        ("Tỉnh có 30 người, toàn vùng có 90 người.", "Hội nghị", "Sóc Trăng", 0),
        ("Cả nước có 30 người, toàn tỉnh có 90 người.", "Hội nghị", None, 1),
        ("Cả nước có 63 tỉnh, thành phố điều chỉnh cho 90 người.", "Hội nghị", None, 0),
        ("Cả nước, nhất là các tỉnh phía Nam, có 90 người.", "Hội nghị", None, 0),
        ("So với cả nước, tỉnh có 90 người.", "Hội nghị", None, 1),
        ("So với cả nước, Sóc Trăng có 90 người.", "Hội nghị", None, 1),
        ("Có 90 người, cao nhất cả nước.", "Hội nghị", None, 1),
        ("Có 90 người.", "Tai nạn lao động cả nước năm 2023", None, 0),
        ("Toàn tỉnh có 90 người.", "Tai nạn lao động cả nước năm 2023", None, 1),
        ("Có 90 người.", "Sóc Trăng đứng đầu cả nước", "Sóc Trăng", 1),
    ],
)
def test_what_the_whole_country_has_is_no_provinces_figure(
    ask: Callable[..., list[dict[str, Any]]], sentence: str, title: str, place: str | None, whole: int
) -> None:
    told = Told((figure("jobs_created", 90.0, sentence=sentence),), place, title)
    [row] = ask([told], "indicator_series")
    assert (row["whole_province"], row["province"]) == (whole, "Sóc Trăng" if whole else None)
    assert len(ask([told], "jobs_created_by_year")) == whole


def test_a_place_named_beside_the_whole_country_has_its_own_figure(ask: Callable[..., list[dict[str, Any]]]) -> None:
    sentence = "So với cả nước, huyện Kế Sách có 90 người."
    [row] = ask([Told((figure("jobs_created", 90.0, sentence=sentence, place="huyện Kế Sách"),))], "indicator_series")
    assert (row["whole_province"], row["province"], row["place"]) == (0, "Sóc Trăng", "huyện Kế Sách")


@pytest.mark.parametrize("typed", ["NQ-HĐND", "nq-hđnd", " nq-hdnd ", "7/2023", ""])
def test_a_document_is_found_in_small_letters(ask: Callable[..., list[dict[str, Any]]], typed: str) -> None:
    assert [row["bulletins"] for row in ask([Told(()), Told(())], "documents_cited", number=typed)] == [2]


FIGURES = st.tuples(
    st.sampled_from(["jobs_created", "poverty_rate"]), st.integers(0, 40).map(lambda tenths: tenths / 10),
    st.sampled_from([*MONTHS, "2021-2025", None]), st.sampled_from(["level", "increase", "target_attainment"]),
    st.sampled_from(["Có", "Toàn tỉnh có"]), st.booleans(),
)  # fmt: skip
BULLETINS = st.lists(
    st.tuples(
        st.lists(FIGURES, max_size=4), st.sampled_from([None, "Sóc Trăng", "huyện Kế Sách", "Cà Mau"]),
        st.sampled_from([None, date(2024, 1, 8), date(2025, 8, 1)]),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BULLETINS)
def test_a_year_of_a_province_is_its_longest_period_and_the_largest_figure_of_it(
    tmp_path: Path, bulletins: list[tuple[list[Any], str | None, date | None]]
) -> None:
    told: list[Told] = []
    expected: dict[tuple[str, int, str], tuple[int, float]] = {}
    for figures, place, day in bulletins:
        made = []
        for measure, value, period, direction, words, unsure in figures:
            one = figure(
                measure, value, period=period, direction=direction, ambiguous=unsure, unit=None,
                sentence=f"{words} {value:g}.",
            )  # fmt: skip
            made.append(one)
            province = "Cà Mau" if place == "Cà Mau" else "Sóc Trăng"
            whole = words == "Toàn tỉnh có" or place in (None, province)
            if period in MONTHS and direction == "level" and whole and not unsure:
                key = (measure, int(period[:4]), province)
                expected[key] = max(expected.get(key, (0, 0.0)), (MONTHS[period], value))
        told.append(Told(tuple(made), place, day=day))
    tell(tmp_path / "archive.db", told)
    for measure in ("jobs_created", "poverty_rate"):
        rows = answered(tmp_path / "archive.db", "provinces_compared", measure=measure)
        got = {(measure, row["year"], row["province"]): (MONTHS[row["period"]], row["value"]) for row in rows}
        assert got == {key: best for key, best in expected.items() if key[0] == measure}
        assert len(rows) == len(got)
