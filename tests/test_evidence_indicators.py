"""Figures as bulletins print them: every format of a number, what it counts, and the numbers that count nothing.

The letters and numbers beside the examples are the traps of ``quality/README.md``; what a figure means is in the file
beside this.
"""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.demo.newsroom import SEED_ID, Newsroom
from collector.findings import Evidence, Indicator
from collector.vietnamese.characters import clean
from fuzzing_evidence import assert_sound
from stored import EXAMINING

PUBLISHED = date(2024, 1, 9)


def examined(body: str, *, title: str = "Tin", published_on: date | None = PUBLISHED) -> Evidence:
    return EXAMINING.evidence(title, body, published_on=published_on)


def read(body: str) -> tuple[Indicator, ...]:
    return examined(body).indicators


def only(body: str) -> Indicator:
    (figure,) = read(body)
    return figure


def counted(body: str) -> list[tuple[str, float, str | None]]:
    return [(one.printed, one.value, one.unit) for one in read(body)]


# --- A: the formats of numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "printed", "value", "unit"),
    [
        ("Đã hỗ trợ 12.345 người.", "12.345", 12_345, "người"),  # A 1
        ("Dư nợ là 12.774.218.233 đồng.", "12.774.218.233", 12_774_218_233, "đồng"),
        ("Tỷ lệ hộ nghèo còn 4,54%.", "4,54", 4.54, "%"),  # A 2
        ("Quỹ vận động được 50,4 tỷ đồng.", "50,4", 50.4e9, "đồng"),
        ("Toàn vùng có 21,6 vạn lao động.", "21,6", 216_000, "lao động"),  # A 3
        ("Đã tư vấn cho 735,2 nghìn lượt người.", "735,2", 735_200, "lượt người"),
        ("Hộ ông vay 1 tỷ 200 triệu đồng.", "1 tỷ 200", 1.2e9, "đồng"),
        ("Bàn giao 02 căn nhà.", "02", 2, "căn nhà"),  # A 5
        ("Xã được cấp 08 tỷ đồng.", "08", 8e9, "đồng"),
        ("Nguồn vốn là 10,117 tỷ đồng.", "10,117", 10.117e9, "đồng"),  # A 7
        ("Tổng kinh phí 108.961 triệu đồng.", "108.961", 108_961e6, "đồng"),  # A 8
        ("Mức chi 1.550 nghìn đồng.", "1.550", 1_550_000, "đồng"),
        ("Tỉnh đã tặng 8463 suất quà.", "8463", 8463, "suất quà"),  # A 9
        ("Tạo việc làm đạt 101.86% kế hoạch.", "101.86", 101.86, "%"),  # A 10
        ("Ủng hộ năm trăm triệu đồng.", "năm trăm triệu", 5e8, "đồng"),  # A 11
        ("Huyện đưa hai mươi lăm lao động đi.", "hai mươi lăm", 25, "lao động"),
        ("Cho vay sáu triệu rưỡi.", "sáu triệu rưỡi", 6.5e6, "đồng"),
        ("Giải quyết việc làm cho 21,700 người.", "21,700", 21_700, "người"),  # A 12
        ("Có 1,204,369 người tham gia.", "1,204,369", 1_204_369, "người"),
        ("Tham gia bảo hiểm bắt buộc93 người.", "93", 93, "người"),  # A 13
        ("Toàn tỉnh còn 7 286 hộ nghèo.", "7 286", 7286, "hộ"),
        ("Trao sổ tiết kiệm trị giá 105.000.000đ.", "105.000.000", 105e6, "đ"),
        ("Kinh phí thực hiện là 48. 730 triệu đồng.", "48. 730", 48_730e6, "đồng"),
        ("Tỷ lệ đạt 32 ,9%.", "32 ,9", 32.9, "%"),
    ],
)
def test_a_number_is_read_in_base_units_and_kept_as_printed(body: str, printed: str, value: float, unit: str) -> None:
    figure = only(body)
    assert (figure.printed, figure.unit) == (printed, unit)
    assert figure.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("body", "printed", "low", "high"),
    [
        ("Mỗi năm giảm 2 đến 3% hộ nghèo.", "2 đến 3", 2, 3),
        ("Tỷ lệ hộ nghèo giảm 0,6 - 1,0%.", "0,6 - 1,0", 0.6, 1.0),
        ("Mỗi năm có 575- 655 hộ thoát nghèo.", "575- 655", 575, 655),
        ("Hằng năm xây 950-1050 căn nhà.", "950-1050", 950, 1050),
        ("Tạo việc làm cho từ 200 đến 300 lao động.", "200 đến 300", 200, 300),
        ("Mỗi hộ vay từ 5 triệu - 10 triệu đồng.", "5 triệu - 10", 5e6, 10e6),
        ("Mức vay 50-100 triệu đồng.", "50-100", 50e6, 100e6),
    ],
)
def test_a_range_is_one_figure_with_two_ends(body: str, printed: str, low: float, high: float) -> None:
    figure = only(body)
    assert (figure.printed, figure.value, figure.value_max) == (printed, low, high)


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        ("Đã đào tạo 22.151/19.500 lao động.", "22.151"),
        ("Có 110/241 xã đạt chuẩn.", "110"),
        ("Có 13/13 xã tham gia.", "13"),
        ("Ngành đạt 08/9 chỉ tiêu.", "08"),
        ("Có 12 trong tổng số 15 xã đạt tiêu chí.", "12"),
        ("Có 12 trong số 15 xã đạt tiêu chí.", "12"),
        ("Huyện có 9 trên tổng số 11 chỉ tiêu đạt.", "9"),
        ("Có 12 trên 15 xã đạt tiêu chí.", "12"),
    ],
)
def test_of_x_of_y_the_x_is_the_figure(body: str, printed: str) -> None:
    assert only(body).printed == printed


def test_the_larger_number_behind_over_is_a_figure_of_its_own() -> None:
    assert counted("Giai đoạn 2 trên 1 tỷ đồng.") == [("1", 1e9, "đồng")]


@pytest.mark.parametrize(
    ("body", "is_ambiguous"),
    [
        ("Giải quyết việc làm cho 21,700 người.", True),  # thousands, or a fraction
        ("Nguồn vốn là 10,117 tỷ đồng.", False),
        ("Tỷ lệ đạt 41.225%.", True),
        ("Tỷ lệ đạt 101.86%.", False),
        ("Tỉnh đã tặng 2020 suất quà.", True),  # a year, or so many
        ("Tỉnh đã tặng 8463 suất quà.", False),
        ("Có 1,204,369 người tham gia.", False),
        ("Có 12.345 người tham gia.", False),
    ],
)
def test_a_form_that_allows_two_values_is_flagged(body: str, is_ambiguous: bool) -> None:
    assert only(body).ambiguous is is_ambiguous


# --- C: units ---------------------------------------------------------------------------------------------------------


def test_persons_and_visits_keep_the_word_they_are_counted_in() -> None:
    figures = read("Tư vấn cho 25.500 lượt người, trong đó 10.300 người tìm được việc; hỗ trợ 12 trường hợp.")
    assert [one.unit for one in figures] == ["lượt người", "người", "trường hợp"]


def test_money_for_each_stands_beside_the_sum() -> None:
    each, people, total = read("Trợ cấp 750 ngàn đồng/người/3 tháng cho 100 người, tổng kinh phí 75 triệu đồng.")
    assert (each.value, each.unit) == (750_000, "đồng/người/3 tháng")
    assert (people.value, people.unit) == (100, "người")
    assert (total.value, total.unit) == (75_000_000, "đồng")


@pytest.mark.parametrize(
    ("body", "figures"),
    [
        ("Số người nghiện có hồ sơ quản lý là 912, giảm 360.", [("912", 912, "người"), ("360", 360, "người")]),
        (
            "Ba xã có tương ứng 350, 300 và 180 hộ nghèo.",
            [("350", 350, "hộ"), ("300", 300, "hộ"), ("180", 180, "hộ")],
        ),
        ("Có 120 người cai nghiện, trong đó bắt buộc 80, tự nguyện 40.", [("120", 120, "người"), ("80", 80, "người"), ("40", 40, "người")]),
        ("Số vụ tai nạn là 45, số người chết: 31.", [("45", 45, "vụ"), ("31", 31, "người")]),
    ],
)  # fmt: skip
def test_a_unit_told_once_holds_for_a_list(body: str, figures: list[tuple[str, float, str]]) -> None:
    assert counted(body) == figures


@pytest.mark.parametrize(
    ("body", "value", "unit"),
    [
        ("Có 513 LĐ đi XKLĐ.", 513, "lđ"),
        ("Chi 2 triệu đ/người.", 2_000_000, "đ/người"),
        ("Trao cho mỗi hộ 2trđ.", 2_000_000, "đ"),
    ],
)
def test_an_abbreviated_unit_is_a_unit(body: str, value: float, unit: str) -> None:
    figure = only(body)
    assert (figure.value, figure.unit) == (value, unit)


def test_money_for_one_and_a_share_of_the_poor_have_no_measure_of_a_total() -> None:
    one, households, share = read(
        "Mỗi hộ nghèo nhận 50 triệu đồng; hộ nghèo Khmer 998 hộ, chiếm 40,49% tổng số hộ nghèo."
    )
    assert (one.measure, share.measure) == (None, None)
    assert households.measure == "poor_households_ethnic_minority"


def test_households_are_houses_beneficiaries_or_poor() -> None:
    helped, poor = read("Sửa nhà cho 4 hộ và còn 290 hộ nghèo.")
    assert (helped.measure, poor.measure) == (None, "poor_households")


def test_a_list_of_places_tells_its_indicator_once() -> None:
    figures = read("Tỷ lệ hộ nghèo: Pác Nặm 35,22%; Ngân Hà 34,4%; huyện Đầm Dơi 25,1%.")
    assert {one.measure for one in figures} == {"poverty_rate"}
    assert [one.value for one in figures] == [35.22, 34.4, 25.1]
    assert (figures[0].place, figures[2].place) == ("Pác Nặm", "huyện Đầm Dơi")


@pytest.mark.parametrize("place", ["huyện Ngân Sơn", "huyện Đầm Dơi", "xã Ô Lâm", "thị xã Ngã Năm", "huyện Ứng Hòa"])
def test_one_figure_has_a_place_where_the_sentence_names_its_kind(place: str) -> None:
    assert only(f"Cuối năm, {place} còn 214 hộ nghèo.").place == place


def test_a_quantity_of_an_unknown_measure_is_recorded_with_its_words() -> None:
    figure = only("Hội đã phát 350 chiếc nón lá cho bà con.")
    assert (figure.measure, figure.value) == (None, 350)
    assert figure.label.startswith("chiếc nón lá")


# --- D: numbers that count nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "Chiều ngày 19-04-2021, đoàn đến thăm xã.",  # D 1
        "Ngày 28/6/ 2016, sở họp với doanh nghiệp.",
        "Sáng 29.10, Hội khai mạc lớp nghề.",  # D 2
        "Chiều 6/1 và ngày 25-1, đoàn đến thăm xã.",
        "Theo Quyết định số 1142/QĐ-UBND, Nghị quyết số 42 được triển khai.",  # D 3
        "Đề án 09-ĐA/TU, Chương trình 135 và Ban chỉ đạo 138.",
        "Điều 5, khoản 3 của Luật.",
        "Quốc lộ 1A và đường 30/4.",
        "2:07:39 PM, Lượt xem: 98",  # D 4
        "Lúc 9 giờ 30 phút ngày 2/9.",
        "Điện thoại: 0290 3550 226, 0908123400.",
        "Giai đoạn 2016 2020, tỉnh thực hiện chuẩn nghèo 2022-2025.",  # D 5
        "Năm học 2023 - 2024 bắt đầu.",
        "Kỷ niệm 77 năm ngày 27/7.",  # D 6
        "Trẻ em dưới 16 tuổi và người từ 15 tuổi trở lên.",
        "Các em 13, 14 tuổi.",
        "Nhà rộng 30m2 trên đất 4.125,14ha.",  # D 7
        "Dịch Covid-19 đã lùi xa.",  # D 8
        "Khu phố 3, phường 12 và Tổ 28 họp.",
        "Lớp 12A1 có học sinh giỏi.",
        "Hội nghị lần thứ 8 của Ban Chấp hành khóa XIV.",
        "Phương châm “4 tại chỗ” và “3 cùng”.",
        "1. Công tác lao động\n2) Công tác trẻ em",
        "Hưởng ứng Ngày vì người nghèo 17/10.",
        "Gian hàng 0 đồng được mở.",
        "Trong 3 ngày và 2 đêm, sau 12 tháng.",
        "Công trình trị giá hàng tỷ đồng, giúp hàng chục nghìn lao động.",  # A 14
        "Nhiều người, hàng trăm hộ, vài nghìn lao động.",
        "",
        "Không có con số nào ở đây.",
    ],
)
def test_dates_names_and_vague_words_are_no_figures(body: str) -> None:
    assert read(body) == ()


# --- the bulletin that the project began with -------------------------------------------------------------------------


def test_the_seed_bulletin_is_read_whole_and_nothing_is_invented() -> None:
    seed = Newsroom(count=12).expected()[str(SEED_ID)]
    found = examined(seed.body, title=seed.title, published_on=seed.published_on)
    figures = [one for one in found.indicators if one.unit != "chỉ tiêu"]  # "2/3 chỉ tiêu" may be there too
    assert [(one.printed, one.unit, one.measure, one.direction) for one in figures] == [
        ("63,05", "%", "trained_labour_rate", "level"),
        ("31,99", "%", "certified_labour_rate", "level"),
        ("84,1", "%", "employment_rate", "level"),
        ("6.618", "hộ", "poor_households", "decrease"),
        ("2", "%", "poverty_rate", "decrease"),
        ("4.427", "hộ", "near_poor_households", "decrease"),
        ("2", "%", "near_poverty_rate", "decrease"),
        ("29.412", "lao động", "jobs_created", "level"),
        ("105,04", "%", "jobs_created", "target_attainment"),
        ("513", "người", "overseas_contract_workers", "level"),
        ("49.428", "đối tượng", "social_allowance_recipients", "level"),
    ]
    assert {one.period for one in found.indicators} == {"2023"}
    assert {(one.qualifier, one.ambiguous, one.part) for one in found.indicators} == {("exact", False, "body")}
    assert all(one.printed in one.sentence and one.sentence in seed.body for one in found.indicators)
    assert found.event_on == date(2024, 1, 8)
    first = found.people[0]
    assert (first.name, first.title) == (
        "Huỳnh Thị Diễm Ngọc",
        "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh Sóc Trăng",
    )
    assert {one.name for one in found.people} == {"Huỳnh Thị Diễm Ngọc"}


# --- of any text ------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    "giảm |giảm còn |tăng |từ |đến |xuống |so với |kế hoạch |đạt |vượt |trên |ước |và |, |. |; |: |(|) |\n|- |/|% |triệu |tỷ |"
    "hộ nghèo |lao động |người |đồng |năm 2020 |6 tháng đầu năm |ngày 30/9 |năm qua |cùng kỳ |huyện Kế Sách |Chủ tịch |"
    "Nguyễn Văn A |Quyết định số |1142/QĐ-UBND |tỷ lệ |mỗi |hai mươi |một |rưỡi |12.345 |4,54 |10,117 |2020 |0 |575- 655 |1/2 ".split(
        "|"
    )
)
DAYS = st.none() | st.dates(date(1990, 1, 1), date(2100, 12, 31))


@given(st.text(), st.text(), DAYS)
def test_any_text_is_examined(title: str, body: str, published_on: date | None) -> None:
    assert_sound(title, body, examined(body, title=title, published_on=published_on))


@given(st.lists(PIECES, max_size=5).map("".join), st.lists(PIECES, max_size=60).map("".join), DAYS)
def test_any_words_around_figures_are_examined_the_same_way_twice(
    title: str, body: str, published_on: date | None
) -> None:
    found = examined(body, title=title, published_on=published_on)
    assert_sound(title, body, found)
    assert examined(body, title=title, published_on=published_on) == found


@given(st.integers(32, 10**9).filter(lambda number: not 1900 <= number < 2100))
def test_a_count_is_read_however_its_thousands_are_told(number: int) -> None:
    for separator in ".\u00a0 ":
        printed = f"{number:,}".replace(",", separator)
        figure = only(f"Đã hỗ trợ {printed} người lao động.")
        assert (figure.printed, figure.value) == (printed, number)


@given(st.integers(1, 99), st.integers(0, 99))
def test_a_share_is_read_to_its_last_digit(whole: int, rest: int) -> None:
    figure = only(f"Tỷ lệ hộ nghèo giảm còn {whole},{rest:02}%.")
    assert (figure.value, figure.unit, figure.direction) == (float(f"{whole}.{rest:02}"), "%", "level")


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_break_spaces_change_no_value_and_no_direction(body: str) -> None:
    shown = [(one.span_start, one.value, one.direction) for one in read(body)]
    assert [(one.span_start, one.value, one.direction) for one in read(body.replace(" ", "\u00a0"))] == shown


def test_a_decomposed_text_is_read_like_any_other_once_it_is_clean() -> None:
    body = "Giải quyết việc làm cho 29.412 lao động, đạt 105,04% kế hoạch."
    assert read(clean(unicodedata.normalize("NFD", body))) == read(body)
