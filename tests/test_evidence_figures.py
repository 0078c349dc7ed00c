"""What single phrases say: one for each trap that bulletins lay (tests/quality/README.md has the list)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import load, shipped_folder
from collector.demo.composing import seed_story
from collector.evidence import Examiner
from collector.model import Indicator


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner(load(shipped_folder(), environ={}, cwd=shipped_folder()).vocabulary)


def figures(examiner: Examiner, text: str, *, title: str = "", published_on: date | None = None) -> list[Indicator]:
    return list(examiner.examine(title, text, published_on=published_on).indicators)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Có 12.345 người.", [(12345, None, "người")]),
        ("Chi 3.000.000 đồng.", [(3_000_000, None, "đồng")]),
        ("Đạt 4,54%.", [(4.54, None, "%")]),
        ("Vốn 50,4 tỷ đồng.", [(50.4e9, None, "đồng")]),
        ("Trên 21,6 vạn người.", [(216_000, None, "người")]),
        ("Giảm 2 đến 3% hộ nghèo.", [(2, 3, "%")]),
        ("Giảm 0,6 - 1,0%.", [(0.6, 1.0, "%")]),
        ("Khoảng 575- 655 hộ.", [(575, 655, "hộ")]),
        ("Vay từ 90 triệu đồng đến 130 triệu đồng.", [(90e6, 130e6, "đồng")]),
        ("Trao 02 căn nhà.", [(2, None, "căn nhà")]),
        ("Có 13/13 xã.", [(13, None, "xã")]),
        ("Tạo việc làm cho 22.151/19.500 lao động.", [(22151, None, "lao động")]),
        ("Kinh phí 10,117 tỷ đồng.", [(10.117e9, None, "đồng")]),
        ("Vốn 108.961 triệu đồng.", [(108_961e6, None, "đồng")]),
        ("Tặng 8463 suất quà.", [(8463, None, "suất quà")]),
        ("Đạt 101.86% kế hoạch.", [(101.86, None, "%")]),
        ("Hỗ trợ năm trăm triệu đồng.", [(500e6, None, "đồng")]),
        ("Vay ba mươi hai triệu rưỡi đồng.", [(32.5e6, None, "đồng")]),
        ("Cai nghiện bắt buộc93 người.", [(93, None, "người")]),
        ("Tặng quà 1 tỷ 200 triệu đồng.", [(1.2e9, None, "đồng")]),
        ("Hỗ trợ 105.000.000đ.", [(105e6, None, "đ")]),
        ("Vay bình quân 40trđ.", [(40e6, None, "đ")]),
        ("Trợ cấp 750 ngàn đồng/người/3 tháng.", [(750_000, None, "đồng/người/3 tháng")]),
        ("Mở 05 lớp/148 học viên.", [(5, None, "lớp"), (148, None, "học viên")]),
        ("Người nghiện là 912, giảm 360.", [(912, None, "người"), (360, None, "người")]),
        ("Có 9.120 người trong nước và 6.180 ngoài nước.", [(9120, None, "người"), (6180, None, "người")]),
        ("Giảm tương ứng 350, 300 và 180 hộ.", [(350, None, "hộ"), (300, None, "hộ"), (180, None, "hộ")]),
        ("Tăng 0,3 triệu người và 0,1 triệu.", [(300_000, None, "người"), (100_000, None, "người")]),
    ],
)
def test_numbers_are_read_as_printed(
    examiner: Examiner, text: str, expected: list[tuple[float, float | None, str]]
) -> None:
    assert [(one.value, one.value_max, one.unit) for one in figures(examiner, text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Ngày 15/9/2023, Sở họp.",
        "Chiều 6/1 và sáng 29.10, đoàn làm việc.",
        "Quyết định số 1142/QĐ-UBND và Nghị quyết số 42.",
        "Chương trình 135, Ban chỉ đạo 138.",
        "Lúc 14h05, điện thoại 0299.3822339.",
        "Chuẩn nghèo 2022-2025.",
        "Kỷ niệm 77 năm ngày 27/7, trẻ dưới 16 tuổi.",
        "Nhà rộng 30m2 trên 4.125,14ha.",
        "Phòng, chống dịch Covid-19.",
        "Hàng tỷ đồng, hàng chục nghìn người.",
        "Phường 2, tổ 5, khóa XV, lần thứ 3.",
        "Gian hàng 0 đồng, tiêu chí “3 cứng”.",
        "Lượt xem: 98. Ảnh 1. Quý II.",
        "1. Việc làm\n2) Giảm nghèo",
        "Công ty CIENCO1, số 01 Châu Văn Tiếp.",
    ],
)
def test_what_counts_nothing_is_no_figure(examiner: Examiner, text: str) -> None:
    assert figures(examiner, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tỷ lệ hộ nghèo giảm 1,5%.", ["decrease"]),
        ("Tỷ lệ hộ nghèo giảm còn 2,8%.", ["level"]),
        ("Giảm tỷ lệ hộ nghèo từ 7,57% năm 2014 xuống 6,60% (giảm 0,97%).", ["level", "level", "decrease"]),
        ("Giảm 747 hộ nghèo (1,02%).", ["decrease", "decrease"]),
        ("Có 500 nữ (chiếm 40%).", ["level", "level"]),
        ("Đạt 54% kế hoạch.", ["target_attainment"]),
        ("Lao động qua đào tạo đạt 71%.", ["level"]),
        ("Tạo việc làm cho 2.100 lao động, vượt 44% kế hoạch.", ["level", "target_attainment"]),
        ("Giải quyết việc làm cho 26.742 người (đạt 107%).", ["level", "target_attainment"]),
        ("Kinh phí 460 tỷ đồng (đạt 102% so với cùng kỳ năm 2022).", ["level", "level"]),
        ("Phấn đấu giảm 1% hộ nghèo.", ["plan_target"]),
        ("Chỉ tiêu năm 2024: việc làm 23.000 người, đào tạo nghề 500 người.", ["plan_target", "plan_target"]),
        ("Tỷ lệ đạt 35,1%, thấp hơn 0,4% so với chỉ tiêu (35,5%).", ["level", "target_attainment", "plan_target"]),
        ("Cao hơn 2% so với năm 2022.", ["increase"]),
        ("Xảy ra 17 vụ (-19%).", ["level", "decrease"]),
        ("Có 07 hộ thoát nghèo.", ["decrease"]),
        ("Tạo việc làm tăng thêm cho 500 người.", ["level"]),
        ("Giảm 48 vụ và 51 người.", ["decrease", "decrease"]),
        ("Giảm lần lượt 3,4%, 3,1% và 2,8%.", ["decrease", "decrease", "decrease"]),
    ],
)
def test_what_a_figure_says_is_told_by_the_words_beside_it(examiner: Examiner, text: str, expected: list[str]) -> None:
    assert [one.direction for one in figures(examiner, text)] == expected


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [
        ("trên 500 hộ", "over"),
        ("gần 500 hộ", "nearly"),
        ("khoảng 500 hộ", "about"),
        ("ước 500 hộ", "estimated"),
        ("ít nhất 500 hộ", "at_least"),
        ("không quá 500 hộ", "at_most"),
        ("500 hộ trở lên", "at_least"),
        ("có 500 hộ", "exact"),
    ],
)
def test_a_qualifier_stands_beside_its_number(examiner: Examiner, text: str, qualifier: str) -> None:
    assert [one.qualifier for one in figures(examiner, f"Toàn huyện {text}.")] == [qualifier]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"text": "Năm 2023, tạo 500 việc làm."}, ["2023"]),
        ({"text": "Quý II năm 2022 có 12 người."}, ["2022-Q2"]),
        ({"text": "9 tháng đầu năm 2023 có 12 người."}, ["2023-M09"]),
        ({"text": "6 tháng đầu năm có 12 người.", "published_on": date(2017, 6, 6)}, ["2017-H1"]),
        ({"text": "Tính đến ngày 30/9/2023 có 12 người."}, ["2023-M09"]),
        ({"text": "Đến 31/12/2021 còn 12 hộ."}, ["2021"]),
        ({"text": "Tháng 9/2023 có 12 người."}, ["2023-09"]),
        ({"text": "Giai đoạn 2021 - 2025 có 12 người."}, ["2021-2025"]),
        ({"text": "Năm qua có 12 người.", "published_on": date(2024, 1, 8)}, ["2023"]),
        ({"text": "Toàn tỉnh có 12 hộ.", "title": "Tổng kết năm 2023"}, ["2023"]),
        ({"text": "Năm 2022 có 30 hộ; năm 2023: 28 hộ."}, ["2022", "2023"]),
        ({"text": "Năm 2023 có 30 hộ, tăng 2 hộ so với năm 2022."}, ["2023", "2023"]),
        ({"text": "Từ 7,57% năm 2014 xuống 6,60% năm 2015."}, ["2014", "2015"]),
        ({"text": "Sáng 15/11/2024, huyện trao 9 căn nhà."}, ["2024"]),
        ({"text": "Hiện nay có 12 hộ.", "published_on": date(2024, 5, 1)}, [None]),
    ],
)
def test_the_period_is_taken_from_where_a_reader_takes_it(
    examiner: Examiner, given: dict[str, Any], expected: list[str | None]
) -> None:
    assert [one.period for one in figures(examiner, **given)] == expected


def test_the_place_of_a_list_is_each_figure_s_own(examiner: Examiner) -> None:
    found = figures(examiner, "Tỷ lệ hộ nghèo: Na Rì 25,11%; Ba Bể 23,8%; huyện Pác Nặm 35,22%.")
    assert [one.place for one in found] == ["Na Rì", "Ba Bể", "huyện Pác Nặm"]
    assert {one.measure for one in found} == {"poverty_rate"}


@pytest.mark.parametrize(("text", "value"), [("Có 21,700 người.", 21_700), ("Có 2020 suất quà.", 2020)])
def test_a_form_that_allows_two_values_is_flagged(examiner: Examiner, text: str, value: float) -> None:
    assert [(one.value, one.ambiguous) for one in figures(examiner, text)] == [(value, True)]


def test_money_for_one_of_many_and_a_share_of_the_poor_are_no_totals(examiner: Examiner) -> None:
    found = figures(
        examiner, "Mỗi hộ nghèo được hỗ trợ 50 triệu đồng; hộ nghèo Khmer 998 hộ, chiếm 40,49% tổng số hộ nghèo."
    )
    assert found[0].measure is None
    assert found[-1].measure is None


def test_the_seed_bulletin_is_read_figure_by_figure(examiner: Examiner) -> None:
    story = seed_story()
    found = examiner.examine(story.title, "\n".join(map(str, story.blocks)), published_on=story.dated)
    assert [(one.printed, one.unit, one.measure, one.direction, one.period) for one in found.indicators] == [
        ("2", "chỉ tiêu", None, "level", "2023"),
        ("63,05", "%", "trained_labour_rate", "level", "2023"),
        ("31,99", "%", "certified_labour_rate", "level", "2023"),
        ("84,1", "%", "employment_rate", "level", "2023"),
        ("6.618", "hộ", "poor_households", "decrease", "2023"),
        ("2", "%", "poverty_rate", "decrease", "2023"),
        ("4.427", "hộ", "near_poor_households", "decrease", "2023"),
        ("2", "%", "near_poverty_rate", "decrease", "2023"),
        ("29.412", "lao động", "jobs_created", "level", "2023"),
        ("105,04", "%", "jobs_created", "target_attainment", "2023"),
        ("513", "người", "overseas_contract_workers", "level", "2023"),
        ("49.428", "đối tượng", "social_allowance_recipients", "level", "2023"),
    ]
    assert found.people[0].name == "Huỳnh Thị Diễm Ngọc"
    assert found.people[0].title == "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh Sóc Trăng"
    assert found.event_on == date(2024, 1, 8)


_PIECES = st.sampled_from(
    "12.345 4,54% 3/5 2 đến 3% năm 2023 giảm còn từ xuống hộ nghèo người triệu đồng ( ) , ; . : “ ” - / \n İ ß Ð １２ ٣ 💡 "
    "đồng chí Nguyễn Văn A phấn đấu kế hoạch so với cùng kỳ mỗi hộ ngày 27/7 năm trăm".split(" ")
)


@given(st.one_of(st.lists(_PIECES, max_size=60).map(" ".join), st.lists(_PIECES, max_size=60).map("".join), st.text()))
def test_any_text_is_read_without_complaint_and_each_span_is_exact(examiner: Examiner, text: str) -> None:
    found = examiner.examine(text[:40].replace("\n", " "), text, published_on=date(2024, 1, 8))
    parts = {"title": text[:40].replace("\n", " "), "body": text}
    for one in found.indicators:
        assert parts[one.part][one.span_start : one.span_end] == one.printed
        assert one.sentence in parts[one.part]
    for person in found.people:
        assert parts[person.part][person.span_start : person.span_end] == person.name
    for document in found.documents:
        assert parts[document.part][document.span_start : document.span_end] == document.number
