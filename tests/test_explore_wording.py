"""How pages word what the archive holds: periods, numbers, codes, heads of columns, cells, links to questions."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from collector.config.queries import Plot, shipped_queries
from collector.explore.bundle import metadata
from collector.explore.headings import heading, of_table
from collector.explore.phrasing import amount, around, middle, one, period, query_path
from collector.explore.plots import drawing, worded
from collector.explore.tables import cell, shown_columns
from collector.explore.words import CODES, coded
from collector.exports.citing import Citation, text
from collector.model import Verdict
from explored import BUNDLE


@pytest.mark.parametrize(
    ("code", "vi", "en"),
    [
        ("2023", "2023", "2023"),
        ("2024-H1", "6 tháng đầu năm 2024", "first half of 2024"),
        ("2024-H2", "6 tháng cuối năm 2024", "second half of 2024"),
        ("2024-Q3", "quý III/2024", "Q3 2024"),
        ("2023-M09", "9 tháng đầu năm 2023", "January to September 2023"),
        ("2023-09", "tháng 9/2023", "September 2023"),
        ("2021-2025", "2021–2025", "2021–2025"),
        (None, "", ""),
    ],
)
def test_periods_are_told_as_people_say_them(code: str | None, vi: str, en: str) -> None:
    assert (period(code, "vi"), period(code, "en")) == (vi, en)


@pytest.mark.parametrize("code", ["2023-M13", "2023-00", "2023-Q", "", "<b>", "2023-M0"])
def test_what_is_no_period_is_told_all_the_same(code: str) -> None:
    assert isinstance(period(code, "en"), str)
    assert isinstance(period(code, "vi"), str)


@pytest.mark.parametrize(
    ("value", "column", "vi", "en"),
    [
        (29412, "value", "29.412", "29,412"),
        (29412.0, "value", "29.412", "29,412"),
        (88.21, "value", "88,21", "88.21"),
        (-5, "change", "-5", "-5"),
        (2023, "year", None, None),
        (204, "article", None, None),
        (204, "newest_article", None, None),
        (200, "http_status", None, None),
        (True, "value", None, None),
        ("12", "value", None, None),
        (None, "value", None, None),
    ],
)
def test_numbers_are_grouped_as_the_language_does_and_names_are_not(
    value: Any, column: str, vi: str | None, en: str | None
) -> None:
    assert (amount(value, column, "vi"), amount(value, column, "en")) == (vi, en)


@pytest.mark.parametrize(
    ("column", "raw", "vi", "en"),
    [
        ("until_month", "2022-12", "12/2022", "December 2022"),
        ("month", "2022-13", "2022-13", "2022-13"),
        ("since_day", "2024-07-01", "01/07/2024", "1 July 2024"),
        ("since_hour", "2024-07-06T12:00", "12:00, 06/07/2024", "12:00, 6 July 2024"),
        ("hour", "noon", "noon", "noon"),
        ("whole_province", 0, "không", "no"),
        ("ambiguous", 1, "có", "yes"),
        ("topic", "labour", "lao động – xã hội", "labour and social affairs"),
        ("origin", "live", "từ cổng", "from the portal"),
    ],
)
def test_months_hours_and_flags_of_a_question_are_told_as_people_write_them(
    column: str, raw: Any, vi: str, en: str
) -> None:
    for language, told in (("vi", vi), ("en", en)):
        assert f">{told}<" in cell(column, raw, raw, "", language, wording=True)
        assert f">{raw}<" in cell(column, raw, raw, "", language), "a table shows what is stored"


def test_every_verdict_has_a_name_in_both_languages() -> None:
    for verdict in Verdict:
        assert coded(verdict.value, "verdict", "vi")
        assert coded(verdict.value, "verdict", "en")


def test_every_code_is_named_in_both_languages_and_no_two_alike() -> None:
    for column, codes in CODES.items():
        for place in (0, 1):
            names = [pair[place] for pair in codes.values()]
            assert all(names), column
            assert len(set(names)) == len(names), column


def test_every_field_of_the_vocabulary_is_named() -> None:
    vocabulary = tomllib.loads((BUNDLE.parent / "measures.toml").read_text(encoding="utf-8"))
    fields = {measure["field"] for measure in vocabulary["measures"]}
    assert {name for name in fields if not coded(name, "field", "vi") or not coded(name, "field", "en")} == set()
    assert len(fields) > 5


def test_a_column_is_called_as_its_table_says_else_as_the_bundle_does_else_by_its_name() -> None:
    words = {"jobs_created": {"vi": "Việc làm", "en": "Jobs"}}
    assert heading("printed", "indicators", words, "en").title == "Printed"
    assert heading("printed", "indicators", words, "vi").about.startswith("con số đúng như in")
    assert heading("value", "indicators", words, "en").unit
    assert heading("title", "appearances", words, "en").title == "Office"
    assert heading("title", None, words, "en").title == "Title"
    assert heading("jobs_created", None, words, "vi").title == "Việc làm"
    assert heading("max_of_all", None, words, "vi").title == "max of all"
    assert of_table("articles", "en")["title"] == "Bulletins"
    assert of_table("elsewhere", "en") == {"title": "elsewhere", "about": ""}


def test_a_link_to_a_question_asks_with_its_defaults() -> None:
    questions = metadata(BUNDLE)["databases"]["archive"]["queries"]
    series = {"name": "indicator_series", **questions["indicator_series"]}
    assert query_path(series) == "indicator_series?measure=jobs_created&direction=level"
    assert query_path(series, measure="poor_households") == "indicator_series?measure=poor_households&direction=level"
    assert query_path(series, ".json").startswith("indicator_series.json?measure=")
    assert query_path({"name": "coverage", **questions["coverage"]}) == "coverage"


def test_a_text_of_the_metadata_is_told_in_one_language() -> None:
    assert one("Bản tin · Bulletins", "vi") == "Bản tin"
    assert one("Bản tin · Bulletins", "en") == "Bulletins"
    assert one("a · b · c · d", "en") == "c · d"
    assert one("alone", "en") == "alone"
    assert one("three · of · them", "vi") == "three · of · them"


def test_a_sentence_has_its_number_marked_and_nothing_runs() -> None:
    assert str(around("còn <b>12</b> hộ", "12")) == "còn &lt;b&gt;<mark>12</mark>&lt;/b&gt; hộ"
    assert str(around("còn 13 hộ", "12")) == "còn 13 hộ"
    assert str(around(None, None)) == ""


def test_what_stands_between_two_changes_loses_its_middle_at_a_word() -> None:
    text = "một hai ba bốn năm sáu bảy tám chín mười"
    assert middle(text, 100) == text
    assert middle(text, 20) == "một hai … chín mười"


def test_a_cell_says_what_it_is_and_is_escaped() -> None:
    made = str(cell("value", "29412", 29412, "Giá trị", "vi"))
    assert 'class="number"' in made
    assert ">29.412<" in made
    assert 'data-title="Giá trị"' in made
    assert 'class="empty"' in str(cell("value", "", None, "Value", "en"))
    assert ' lang="vi"' in str(cell("title", "Việc làm", "Việc làm", "Title", "en"))
    assert ' lang="vi"' not in str(cell("title", "Việc làm", "Việc làm", "Title", "vi"))
    hostile = '"><script>x</script>'
    assert "<script" not in str(cell("title", hostile, hostile, hostile, "en"))


def test_codes_are_worded_on_the_pages_of_questions_only() -> None:
    assert "so với kế hoạch" in str(
        cell("direction", "target_attainment", "target_attainment", "x", "vi", wording=True)
    )
    assert ">target_attainment<" in str(cell("direction", "target_attainment", "target_attainment", "x", "vi"))
    assert ">09:35, 06/07/2024<" in str(
        cell("seen_at", "2024-07-06T02:35:30Z", "2024-07-06T02:35:30Z", "x", "vi", wording=True)
    )
    assert ">19 June 2024<" in str(cell("published_on", "2024-06-19", "2024-06-19", "x", "en", wording=True))


def test_a_page_leaves_out_what_it_says_otherwise() -> None:
    columns = ["year", "measure", "name_vi", "name_en", "value", "article", "url", "installation"]
    assert [columns[place] for place in shown_columns(columns, "vi")] == ["year", "name_vi", "value", "article"]
    assert [columns[place] for place in shown_columns(columns, "en")] == ["year", "name_en", "value", "article"]
    assert shown_columns(["url", "measure", "name_en"], "vi") == [0, 1, 2]
    assert shown_columns(["portal", "portal_name", "section", "section_name"], "vi") == [1, 3]
    assert shown_columns(["portal", "section"], "vi") == [0, 1]


def test_a_plot_speaks_the_readers_language() -> None:
    spec = drawing(Plot("bar", "day", "runs", "verdict"))
    words = {"runs": {"vi": "Lượt chạy", "en": "Runs"}}
    spoken = worded(spec, lambda name: heading(name, None, words, "vi"), "vi")
    assert spoken["encoding"]["y"]["title"] == "Lượt chạy"
    assert spoken["usermeta"]["words"]["empty_expected"] == "không có gì mới"
    assert spoken["usermeta"]["embedOptions"]["formatLocale"]["thousands"] == "."
    assert spoken["usermeta"]["embedOptions"]["ast"] is True
    assert spec == drawing(Plot("bar", "day", "runs", "verdict")), "the metadata stays as it is"
    assert (
        "formatLocale" not in worded(spec, lambda name: heading(name, None, {}, "en"), "en")["usermeta"]["embedOptions"]
    )


def test_series_are_called_in_the_readers_language() -> None:
    spec = drawing(Plot("bar", "year", "value", "name_vi"))
    for language in ("vi", "en"):
        encoding = worded(spec, lambda name: heading(name, None, {}, language), language)["encoding"]  # noqa: B023
        fields = {encoding["color"]["field"], encoding["xOffset"]["field"], encoding["tooltip"][2]["field"]}
        assert fields == {f"name_{language}"}


def test_an_axis_of_days_months_or_hours_is_written_as_vietnamese_does() -> None:
    for plot, key, told in (
        (Plot("line", "day", "runs"), "format", "%d/%m/%Y"),
        (Plot("point", "until_month", "value"), "format", "%m/%Y"),
        (Plot("bar", "month", "runs"), "labelExpr", "slice(datum.label, 5, 7) + '/' + slice(datum.label, 0, 4)"),
    ):
        spoken = worded(drawing(plot), lambda name: heading(name, None, {}, "vi"), "vi")
        assert spoken["encoding"]["x"]["axis"][key] == told
        read = worded(drawing(plot), lambda name: heading(name, None, {}, "en"), "en")
        assert read["encoding"]["x"] == drawing(plot)["encoding"]["x"]
    bare = worded({"encoding": {"x": {"field": "day", "axis": None}}}, lambda name: heading(name, None, {}, "vi"), "vi")
    assert bare["encoding"]["x"]["axis"] is None, "a chart that wants no axis has none"


def test_every_plot_of_the_bundle_is_drawn_in_colours_of_the_stylesheet() -> None:
    css = (BUNDLE / "static" / "archive.css").read_text(encoding="utf-8")
    for query in shipped_queries():
        if query.plot is not None:
            encoding = drawing(query.plot)["encoding"]
            for colour in encoding.get("color", {}).get("scale", {}).get("range", []):
                assert css.count(colour.removeprefix("var(").removesuffix(")") + ": #") == 2, colour


def test_a_citation_says_the_same_in_both_languages() -> None:
    cited = Citation(
        article=7, attribution="Cổng tỉnh", title="Việc làm 2023", published_on="2024-01-08", url="https://tinh.vn/7",
        state="gone", gone_at="2024-07-06T04:35:41Z", fetched_at="2024-01-08T03:00:00Z", origin="live",
        sha256="ab" * 32, capture=36, wayback_url=None,
    )  # fmt: skip
    for language, captured, gone in (
        ("en", "Captured 2024-01-08T03:00:00Z (live)", "It was gone from the portal by 2024-07-06T04:35:41Z."),
        ("vi", "Bản chụp lúc 2024-01-08T03:00:00Z (live)", "Đến 2024-07-06T04:35:41Z bản tin không còn trên cổng."),
    ):
        told = text(cited, language)
        assert captured in told
        assert told.endswith(gone)
        for part in ("Cổng tỉnh: “Việc làm 2023”", "2024-01-08. https://tinh.vn/7. ", f"sha256 {'ab' * 32}", " 36."):
            assert part in told
