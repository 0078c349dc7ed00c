"""What a figure means: how exact it is, a level or a change, a plan or a result, and of which period.

The letters and numbers beside the examples are the traps of VIETNAMESE.
"""

from __future__ import annotations

from datetime import date

import pytest

from collector.findings import Indicator
from stored import EXAMINING

PUBLISHED = date(2024, 1, 9)


def read(body: str, *, title: str = "Tin", published_on: date | None = PUBLISHED) -> tuple[Indicator, ...]:
    return EXAMINING.evidence(title, body, published_on=published_on).indicators


def directions(body: str) -> list[tuple[str, str]]:
    return [(one.printed, one.direction) for one in read(body)]


def periods(body: str, *, title: str = "Tin", published_on: date | None = PUBLISHED) -> list[str | None]:
    return [one.period for one in read(body, title=title, published_on=published_on)]


# --- B 1, B 7: qualifiers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "qualifier"),
    [
        ("Có 500 lao động.", "exact"),
        ("Có trên 500 lao động.", "over"),
        ("Có hơn 500 lao động.", "over"),
        ("Có gần 500 lao động.", "nearly"),
        ("Có khoảng 500 lao động.", "about"),
        ("Có xấp xỉ 500 lao động.", "about"),
        ("Số lao động ước 500 người.", "estimated"),
        ("Số lao động ước đạt 500 người.", "estimated"),
        ("Số hộ nghèo ước giảm 500 hộ.", "estimated"),
        ("Tỷ lệ hộ nghèo ước còn 2,5%.", "estimated"),
        ("Có dưới 500 lao động.", "at_most"),
        ("Có không quá 500 lao động.", "at_most"),
        ("Có ít nhất 500 lao động.", "at_least"),
        ("Có 500 lao động trở lên.", "at_least"),
        ("Tỷ lệ hộ nghèo giảm từ 0,45% trở lên.", "at_least"),
    ],
)
def test_the_word_at_a_number_says_how_exact_it_is(body: str, qualifier: str) -> None:
    (figure,) = read(body)
    assert figure.qualifier == qualifier


# --- B 4, B 6: changes and levels -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("Tỷ lệ hộ nghèo giảm 1,5%.", [("1,5", "decrease")]),
        ("Tỷ lệ hộ nghèo giảm còn 2,8%.", [("2,8", "level")]),
        ("Tỷ lệ hộ nghèo giảm xuống còn 2,8%.", [("2,8", "level")]),
        ("Tỷ lệ hộ nghèo còn 2,8%.", [("2,8", "level")]),
        ("Tỷ lệ lao động qua đào tạo tăng 3%.", [("3", "increase")]),
        ("Tỷ lệ lao động qua đào tạo tăng lên 71%.", [("71", "level")]),
        ("Tỷ lệ lao động qua đào tạo đạt 71%.", [("71", "level")]),
        ("Toàn huyện có 500 hộ thoát nghèo.", [("500", "decrease")]),
        (
            "Tỷ lệ hộ nghèo từ 38,4% xuống còn 32,9% (giảm 5,5%).",
            [("38,4", "level"), ("32,9", "level"), ("5,5", "decrease")],
        ),
        ("Tỷ lệ hộ nghèo giảm từ 7,57% xuống 6,60%.", [("7,57", "level"), ("6,60", "level")]),
        ("Số hộ nghèo giảm 747 hộ (1,02%).", [("747", "decrease"), ("1,02", "decrease")]),  # B 5
        ("Có 240 vụ tai nạn lao động (-3%).", [("240", "level"), ("3", "decrease")]),
        ("Có 240 vụ tai nạn lao động (+34%).", [("240", "level"), ("34", "increase")]),
        (
            "Lao động ở nông thôn và thành thị đều tăng (tương ứng 0,3 triệu người và 0,1 triệu).",  # B 11
            [("0,3", "increase"), ("0,1", "increase")],
        ),
        (
            "Tỷ lệ hộ nghèo qua ba năm giảm lần lượt 3,4%, 3,1% và 2,8%.",
            [("3,4", "decrease"), ("3,1", "decrease"), ("2,8", "decrease")],
        ),
        ("Số vụ giảm 48 vụ và 51 người bị nạn.", [("48", "decrease"), ("51", "decrease")]),
    ],
)
def test_a_change_is_told_from_the_level_it_leads_to(body: str, told: list[tuple[str, str]]) -> None:
    assert directions(body) == told


def test_a_share_in_brackets_is_of_what_stands_before_them() -> None:
    households, share = read("Số hộ nghèo giảm 747 hộ (1,02%).")
    assert (households.measure, share.measure) == ("poor_households", "poverty_rate")


def test_the_second_of_a_pair_takes_the_unit_of_the_first() -> None:
    countryside, town = read("Lao động ở nông thôn và thành thị đều tăng (tương ứng 0,3 triệu người và 0,1 triệu).")
    assert (countryside.value, countryside.unit) == (300_000, "người")
    assert (town.value, town.unit) == (100_000, "người")


# --- B 2, B 3, B 8 to 10: plans ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behind", "printed", "direction"),
    [
        (", bằng 54% kế hoạch.", "54", "target_attainment"),
        (", đạt 105% KH năm.", "105", "target_attainment"),
        (", đạt 105% chỉ tiêu.", "105", "target_attainment"),
        (" (đạt 107%).", "107", "target_attainment"),
        (", vượt 44% kế hoạch.", "44", "target_attainment"),
        (", đạt 102% so với cùng kỳ.", "102", "level"),
        (", bằng 126% so với năm 2022.", "126", "level"),
        (", tăng 12% so với cùng kỳ.", "12", "increase"),
    ],
)
def test_a_share_of_a_plan_is_no_level_and_one_of_last_year_no_attainment(
    behind: str, printed: str, direction: str
) -> None:
    assert directions(f"Năm 2023, tỉnh tạo việc làm cho 30.000 lao động{behind}") == [
        ("30.000", "level"),
        (printed, direction),
    ]


def test_a_gap_to_a_plan_is_measured_by_it_and_the_plan_stands_in_brackets() -> None:
    assert directions("Tỷ lệ hộ nghèo là 35,1%, thấp hơn 0,4% so với chỉ tiêu (35,5%).") == [
        ("35,1", "level"),
        ("0,4", "target_attainment"),
        ("35,5", "plan_target"),
    ]
    assert directions("Tỷ lệ lao động qua đào tạo là 71%, cao hơn 2% so với năm 2022.") == [
        ("71", "level"),
        ("2", "increase"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "Phấn đấu năm 2024 tạo việc làm cho 28.000 lao động.",
        "Mục tiêu năm 2024: tạo việc làm cho 28.000 lao động.",
        "Chỉ tiêu năm 2024 là tạo việc làm cho 28.000 lao động.",
        "Năm 2024, dự kiến tạo việc làm cho 28.000 lao động.",
        "Kế hoạch năm 2024 là 28.000 lao động.",
    ],
)
def test_what_is_to_be_reached_is_a_target(body: str) -> None:
    assert directions(body) == [("28.000", "plan_target")]
    assert periods(body) == ["2024"]


def test_results_and_targets_of_one_paragraph_are_kept_apart() -> None:
    done, planned = read("Năm 2023, tỉnh tạo việc làm cho 30.000 lao động. Năm 2024: tạo việc làm cho 28.000 lao động.")
    assert (done.direction, done.period) == ("level", "2023")
    assert (planned.direction, planned.period) == ("plan_target", "2024")


def test_a_heading_makes_targets_of_the_list_below_it() -> None:
    body = "Năm 2023, tỉnh tạo việc làm cho 500 lao động.\nPhấn đấu năm 2024:\n- Tạo việc làm cho 600 lao động.\n- Giảm 200 hộ nghèo."
    assert directions(body) == [("500", "level"), ("600", "plan_target"), ("200", "plan_target")]
    assert periods(body) == ["2023", "2024", "2024"]


# --- periods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "period"),
    [
        ("Năm 2022", "2022"),
        ("Cả năm 2022", "2022"),
        ("6 tháng đầu năm 2023", "2023-H1"),
        ("6 tháng cuối năm 2023", "2023-H2"),
        ("Ba tháng đầu năm 2023", "2023-M03"),
        ("11 tháng năm 2022", "2022-M11"),
        ("Quý III/2021", "2021-Q3"),
        ("Quý 2 năm 2023", "2023-Q2"),
        ("Tháng 9/2023", "2023-09"),
        ("Tháng 12", "2023-12"),  # on a page of January
        ("Đến 30/9/2023", "2023-M09"),
        ("Đến tháng 6/2023", "2023-H1"),
        ("Đến cuối quý III/2023", "2023-M09"),
        ("Đến hết năm 2022", "2022"),
        ("Đến ngày 31/12/2022", "2022"),
        ("Giai đoạn 2021 - 2025", "2021-2025"),
        ("Từ năm 2021 đến nay", "2021-2024"),
        ("Năm nay", "2024"),
        ("Đến nay", None),
    ],
)
def test_the_time_of_a_sentence_is_the_period_of_its_figures(time: str, period: str | None) -> None:
    assert periods(f"{time}, tỉnh tạo việc làm cho 500 lao động.") == [period]


@pytest.mark.parametrize(
    ("published_on", "period"), [(date(2024, 1, 9), "2023"), (date(2024, 12, 20), "2024"), (None, None)]
)
def test_the_past_year_is_the_one_that_ends_when_the_page_appears(published_on: date | None, period: str) -> None:
    assert periods("Trong năm qua, tỉnh tạo việc làm cho 500 lao động.", published_on=published_on) == [period]


def test_months_without_a_year_are_of_the_pages_year() -> None:
    body = "9 tháng đầu năm, tỉnh tạo việc làm cho 500 lao động."
    assert periods(body, published_on=date(2023, 10, 2)) == ["2023-M09"]
    assert periods(body, published_on=None) == [None]


def test_a_title_and_a_heading_tell_the_period_of_what_tells_none() -> None:
    body = "Tỉnh tạo việc làm cho 500 lao động."
    assert periods(body, title="Kết quả công tác lao động năm 2022") == ["2022"]
    assert periods(f"Kết quả năm 2022\n{body}\n{body}") == ["2022", "2022"]


def test_a_time_beside_a_figure_counts_more_than_the_sentences() -> None:
    assert periods("Tỷ lệ hộ nghèo giảm từ 7,57% năm 2014 xuống 6,60% năm 2015.") == ["2014", "2015"]


def test_what_a_rate_has_fallen_from_is_of_the_year_before() -> None:
    assert periods("Năm 2023, tỷ lệ hộ nghèo giảm từ 7,57% xuống còn 6,60% (giảm 0,97%).") == ["2022", "2023", "2023"]


@pytest.mark.parametrize("time", ["Năm 2022", "6 tháng đầu năm 2022", "Quý III/2022"])
def test_what_is_compared_with_is_of_the_same_time_a_year_before(time: str) -> None:
    now, change, before = read(f"{time}, tỉnh có 50 vụ tai nạn lao động, tăng 11% (cùng kỳ: 45 vụ).")
    assert before.direction == "level"
    assert before.period is not None
    assert now.period == change.period == before.period.replace("2021", "2022")


def test_the_day_of_an_event_is_the_last_resort() -> None:
    assert periods("Chiều ngày 08/01/2024, đoàn tặng 30 suất quà.") == ["2024"]
    assert periods("Chiều ngày 08/01/2024, sở họp. Năm 2023, tỉnh tạo việc làm cho 500 lao động.") == ["2023"]


# --- B 12: what is not decided ----------------------------------------------------------------------------------------


def test_a_headline_that_disagrees_with_the_text_is_recorded_beside_it() -> None:
    title, body = read("Quỹ có gần 200 triệu đồng.", title="Quỹ có trên 200 triệu đồng")
    assert (title.part, title.qualifier) == ("title", "over")
    assert (body.part, body.qualifier) == ("body", "nearly")
    assert title.value == body.value == 200_000_000
