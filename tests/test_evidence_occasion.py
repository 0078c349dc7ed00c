"""The day of the event and the place of a bulletin, and the many days and places that are another's."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.evidence.occasion import occasion
from collector.evidence.sentences import opening

_PUBLISHED = date(2024, 1, 9)


def _day(body: str, published_on: date | None = _PUBLISHED, title: str = "") -> date | None:
    return occasion(title, body, published_on)[0]


def _place(title: str, body: str = "") -> str | None:
    return occasion(title, body, None)[1]


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("Chiều ngày 08/01/2024, Sở tổ chức hội nghị tổng kết.", (2024, 1, 8)),
        ("Sáng 5/1, đoàn đến thăm các gia đình.", (2024, 1, 5)),
        ("Sáng nay (7/1), hội nghị khai mạc tại huyện.", (2024, 1, 7)),
        ("Hôm nay, 6/1, huyện bàn giao nhà.", (2024, 1, 6)),
        ("Hôm qua 8/1, 12 căn nhà đã được bàn giao.", (2024, 1, 8)),
        ("Lễ trao do huyện tổ chức ngày 5/1 vừa qua.", (2024, 1, 5)),
        ("Chiều thứ Sáu (5/1), tỉnh họp mặt người cao tuổi.", (2024, 1, 5)),
        ("Tối thứ 7, ngày 6.1, chương trình diễn ra tại quảng trường.", (2024, 1, 6)),
        ("(BL) - Ngày 28-12-01-1-2024, Hội ra quân tuyên truyền.", (2023, 12, 28)),
        ("Trong 02 ngày 4-5/1, lớp tập huấn diễn ra tại huyện.", (2024, 1, 4)),
        ("Ngày 4 và 5/1, đoàn đã thăm ba xã.", (2024, 1, 4)),
        ("Từ ngày 3 đến 5/1, hội thi diễn ra tại trường.", (2024, 1, 3)),
        ("Ngày 08 tháng 01 năm 2024, Sở tổ chức hội nghị.", (2024, 1, 8)),
        ("Ngày 28-12, phường trao 20 suất quà.", (2023, 12, 28)),
        ("Sáng 29.12, Hội tổ chức phiên giao dịch.", (2023, 12, 29)),
    ],
)
def test_an_event_has_its_day(body: str, day: tuple[int, int, int]) -> None:
    assert _day(body) == date(*day)


@pytest.mark.parametrize(
    "body",
    [
        "Đến 31/12/2023, toàn tỉnh còn 2.101 hộ nghèo.",
        "Tính đến ngày 05/01/2024, đã chi trả cho 300 người.",
        "Tính đến 17 giờ ngày 5/1, 10/10 phường đã chi xong.",
        "Đến chiều 5/1, các xã đã chi trả xong.",
        "Thực hiện Quyết định số 971/QĐ-TTg ngày 05/01/2024, huyện mở 5 lớp.",
        "Theo Nghị quyết số 02 ngày 5/1 của HĐND tỉnh, mức chuẩn tăng.",
        "UBND tỉnh ban hành Kế hoạch số 12/KH-UBND ngày 03/01/2024 về giảm nghèo.",
        "Quà tặng nhân kỷ niệm 76 năm Ngày Thương binh - Liệt sĩ 27/7 đã đến tay mọi nhà.",
        "Nhân dịp ngày 8/1, các cấp hội chăm lo cho hội viên.",
        "Chặng đường 1/10/1990 - 1/10/2023 của Hội ghi nhiều dấu ấn.",
        "Hồ sơ nhận trước ngày 5/1 tại trung tâm.",
        "Từ ngày 01/01/2024, mức chuẩn trợ giúp xã hội là 500.000 đồng.",
        "Chính sách có hiệu lực ngày 5/1.",
        "Ngày 20/1, Sở sẽ mở phiên giao dịch việc làm.",
        "Thời gian vừa qua, huyện đã làm tốt công tác giảm nghèo.",
        "Ngày nay, cuộc sống ở bản đã khác, tỷ lệ hộ nghèo còn 5,1%.",
        "Đạt 5/1 chỉ tiêu, 13/13 xã về đích; lãi 3-5 triệu đồng mỗi ngày.",
        "Thứ Sáu, ngày 05 tháng 01 năm 2024\nToàn tỉnh có 300 người hưởng trợ cấp.",
        "Ngày 05/01/2024 - 10:12\nToàn tỉnh có 300 người hưởng trợ cấp.",
        "Ông sinh ngày 5/1/1950, đi bộ đội năm 1968.",
        "Người bị nạn mất ngày 31/2.",
    ],
)
def test_other_days_are_not_the_event(body: str) -> None:
    assert _day(body) is None


def test_the_event_is_found_behind_days_of_other_things() -> None:
    body = (
        "Nhân kỷ niệm 34 năm Ngày Quốc tế Người cao tuổi (1/10/1990 - 1/10/2024), sáng 1/10, tỉnh tổ chức gặp mặt. "
        "Đến ngày 30/9/2024 toàn tỉnh có 70.000 hội viên."
    )

    assert _day(body, date(2024, 10, 2)) == date(2024, 10, 1)


def test_the_day_that_fits_the_publication_wins_over_an_old_one() -> None:
    body = "Ngày 20/8/2023, hai đơn vị đã ký kết phối hợp. Chiều 5/1, hai bên họp đánh giá kết quả."

    assert _day(body) == date(2024, 1, 5)


def test_a_day_without_a_year_is_never_far_in_the_future() -> None:
    assert _day("Sáng 20/12, huyện tổ chức hội nghị.") == date(2023, 12, 20)
    assert _day("Sáng 10/1, huyện tổ chức hội nghị.") == date(2024, 1, 10)


def test_a_plan_far_ahead_is_no_event() -> None:
    assert _day("Ngày 27/7/2024, tỉnh tổ chức khánh thành tượng đài.") is None


def test_this_morning_is_the_day_of_publication() -> None:
    assert _day("Sáng nay, hội nghị khai mạc.") == _PUBLISHED
    assert _day("Chiều qua, đoàn đến thăm trung tâm.") == _PUBLISHED - timedelta(days=1)
    assert _day("Cuộc sống hôm nay đã khác xưa.") is None


def test_without_a_publication_the_text_gives_the_year() -> None:
    assert _day("Sáng 5/6, huyện phát động Tháng hành động vì trẻ em năm 2024.", None) == date(2024, 6, 5)
    assert _day("Ngày 12/1, huyện tổng kết chương trình giảm nghèo năm 2017.", None) == date(2018, 1, 12)
    assert _day("Ngày 30/12, Phòng tổ chức tổng kết công tác năm 2022, bàn nhiệm vụ năm 2023.", None) == date(
        2022, 12, 30
    )
    assert _day("Sáng nay, hội nghị khai mạc.", None) is None
    assert _day("Ngày 12/10, Hội trao 2 mái ấm.", None) is None


def test_a_title_may_tell_the_day() -> None:
    assert _day("Có 45 doanh nghiệp tham gia.", title="Ngày hội việc làm sáng 7/1 ở Quy Nhơn") == date(2024, 1, 7)


@pytest.mark.parametrize(
    ("title", "body", "place"),
    [
        ("Sóc Trăng tổng kết công tác lao động", "", "Sóc Trăng"),
        ("Hội nghị tổng kết năm 2023", "Chiều ngày 8/1, UBND tỉnh Sóc Trăng tổ chức hội nghị.", "Sóc Trăng"),
        ("HUYỆN HỒNG DÂN: TRAO 40 CĂN NHÀ", "", "huyện Hồng Dân"),
        ("QUẢNG NAM: XUẤT KHẨU LAO ĐỘNG", "", "Quảng Nam"),
        ("TPHCM: 16 vạn người có việc", "", "Thành phố Hồ Chí Minh"),
        ("TP. Cần Thơ chi trả hỗ trợ", "", "Cần Thơ"),
        ("Trao nhà tại TP. Tân An", "", "thành phố Tân An"),
        ("Quận 7 tặng quà hộ nghèo", "", "quận 7"),
        ("Sơn Hà trao nhà ở", "Lễ trao do UBND huyện Sơn Hà tổ chức.", "huyện Sơn Hà"),
        ("Mù Cang Chải vượt chỉ tiêu", "Trưởng phòng LĐ-TBXH huyện Mù Cang Chải cho biết.", "huyện Mù Cang Chải"),
        ("Huyện Quảng Ninh giảm nghèo", "Huyện Quảng Ninh (tỉnh Quảng Bình) giải ngân vốn.", "huyện Quảng Ninh"),
        ("Hòa Bình sơ kết công tác", "Ngày 27/6, UBND huyện Hòa Bình (Bạc Liêu) tổ chức.", "huyện Hòa Bình"),
        ("Huyện Châu Thành (Trà Vinh) phát động Tháng trẻ em", "", "huyện Châu Thành"),
        ("Huyện Quảng Ninh dẫn đầu Quảng Bình về xuất khẩu lao động", "", "Quảng Bình"),
        ("Giảm nghèo ở An Minh", "An Minh (Kiên Giang) có 8.219 người đi làm xa.", "An Minh"),
        ("Quan Hóa: Kết quả an sinh xã hội", "Toàn huyện có 2.873 hộ nghèo.", "huyện Quan Hóa"),
        ("Lãnh đạo tỉnh Ninh Thuận thăm gia đình chính sách huyện Bác Ái", "", "Ninh Thuận"),
        ("Ninh Bình phát động Tháng trẻ em", "Sáng 1/6, tại huyện Nho Quan, UBND tỉnh phát động.", "Ninh Bình"),
        ("Phiên việc làm ở tỉnh Khánh Hòa", "Sáng 5/6, phiên thứ 12 của Khánh Hòa có 40 công ty.", "Khánh Hòa"),
        ("Tìm hiểu việc làm tại tỉnh Khánh Hòa", "Đoàn tỉnh Sóc Trăng cho biết còn 6.618 hộ nghèo.", "Sóc Trăng"),
    ],
)
def test_a_bulletin_is_about_a_place(title: str, body: str, place: str) -> None:
    assert _place(title, body) == place


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Cả nước còn 2,07% hộ nghèo", "Hà Giang còn 30%."),
        ("Kết nối sáu tỉnh", "Các tỉnh Tiền Giang, Long An, Bến Tre cùng mở phiên."),
        ("Học tập đạo đức Hồ Chí Minh", "Đoàn TNCS Hồ Chí Minh phát động phong trào."),
        ("Người thợ đường Điện Biên Phủ", ""),
        ("Sinh viên Trường Đại học Cần Thơ giúp dân", ""),
        ("Đi xem cách giảm nghèo ở tỉnh Khánh Hòa", "Sóc Trăng còn 6.618 hộ nghèo, Khánh Hòa 9.120 hộ."),
        ("Mường La hỗ trợ các hộ", "Chủ tịch UBND huyện Cầm Văn Huân đã có mặt."),
        ("Trao quà cho người cao tuổi", "Cụ Nguyễn Thái Bình, 90 tuổi, nhận quà."),
        ("", ""),
    ],
)
def test_where_the_place_is_not_plain_there_is_none(title: str, body: str) -> None:
    assert _place(title, body) is None


_PIECES = st.sampled_from(
    "ngày sáng chiều 5/6 31/2 2024 (7/10) - / . , đến từ tại huyện tỉnh Quảng Ninh Sơn TP HCM hôm nay 28-02-01-3-2022 tháng năm \n".split(
        " "
    )
)


@given(st.text(max_size=300), st.text(max_size=2000), st.none() | st.dates())
def test_any_text_is_read(title: str, body: str, published_on: date | None) -> None:
    occasion(title, body, published_on)


@given(st.lists(_PIECES, max_size=60), st.dates())
def test_a_day_is_never_far_ahead_of_the_publication(pieces: list[str], published_on: date) -> None:
    day, place = occasion(" ".join(pieces[:10]), " ".join(pieces), published_on)

    assert day is None or day - published_on <= timedelta(days=14)
    assert place is None or place.split()[-1].casefold() in " ".join(pieces).casefold() or "Hồ Chí Minh" in place


@pytest.mark.parametrize(
    "piece", ["ngày 5/6 ", "ngày ", "1/", "huyện A ", "Chủ tịch huyện ", "Sơn ", "(", "sáng 1-1-", "\u0301"]
)
def test_a_megabyte_takes_no_longer_than_a_page(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))

    began = time.perf_counter()
    occasion(text, text, _PUBLISHED)
    assert time.perf_counter() - began < 0.1


@given(st.integers(0, 1400))
def test_a_name_is_not_cut_where_the_reading_of_a_long_text_ends(before: int) -> None:
    words = "Các hộ được hỗ trợ vốn, giống và kỹ thuật để phát triển sản xuất "
    body = (words * 30)[:before].rpartition(" ")[0] + " tại huyện Cù Lao Dung. " + words * 20
    _, place = occasion("Hỗ trợ sinh kế cho hộ nghèo", body)
    assert place in (None, "huyện Cù Lao Dung")


@given(st.text(), st.integers(0, 60))
def test_an_opening_is_the_beginning_and_no_longer_than_asked(text: str, length: int) -> None:
    begun = opening(text, length)
    assert text.startswith(begun)
    assert len(begun) <= length or begun == text
