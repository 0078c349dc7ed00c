"""Who is named with an office, and who is not."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.evidence.people import people


def named(text: str) -> list[tuple[str, str | None]]:
    return [(found.name, found.title) for found in people("", text)]


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        (
            "đồng chí Hứa Thị Bích Loan, Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh chủ trì hội nghị.",
            "Hứa Thị Bích Loan",
            "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh",
        ),
        ("Bà Phan Thị Mộc - Phó Giám đốc BHXH tỉnh nói", "Phan Thị Mộc", "Phó Giám đốc BHXH tỉnh"),
        (
            "bà Rmah Sa Liên-Phó Giám đốc Sở Lao động-Thương binh và Xã hội",
            "Rmah Sa Liên",
            "Phó Giám đốc Sở Lao động-Thương binh và Xã hội",
        ),
        ("Theo ông Lê Hoàng Tứ- Giám đốc NHCSXH tỉnh, đến nay", "Lê Hoàng Tứ", "Giám đốc NHCSXH tỉnh"),
        ("ông Thạch Sà Rên (Phó Trưởng Ban Dân tộc tỉnh) nói", "Thạch Sà Rên", "Phó Trưởng Ban Dân tộc tỉnh"),
        ("TS. Lê Quốc Đoan, Thứ trưởng Bộ Y tế phát biểu", "Lê Quốc Đoan", "Thứ trưởng Bộ Y tế"),
        (
            "ThS Nguyễn Hữu Kha - Giám đốc Trung tâm Công tác xã hội tỉnh trình bày",
            "Nguyễn Hữu Kha",
            "Giám đốc Trung tâm Công tác xã hội tỉnh",
        ),
        (
            "Đ/c Sơn Thị Xuyến - TUV, Trưởng Ban Dân vận Huyện ủy chủ trì",
            "Sơn Thị Xuyến",
            "TUV, Trưởng Ban Dân vận Huyện ủy",
        ),
        ("Thiếu tướng Lâm Thành Đấu, Giám đốc Công an tỉnh dự lễ", "Lâm Thành Đấu", "Giám đốc Công an tỉnh"),
        ("đoàn do ông Trần Văn Nhâm làm trưởng đoàn đến thăm", "Trần Văn Nhâm", "trưởng đoàn"),
        (
            "ông Trương Văn Nhị được bầu giữ chức Chủ tịch Hội Nông dân huyện",
            "Trương Văn Nhị",
            "Chủ tịch Hội Nông dân huyện",
        ),
        (
            "ông Hồ Văn Đệ, Chủ tịch HĐQT kiêm Tổng Giám đốc Công ty CP Thủy sản tặng",
            "Hồ Văn Đệ",
            "Chủ tịch HĐQT kiêm Tổng Giám đốc Công ty CP Thủy sản",
        ),
        (
            "Ông Đỗ Văn Sáng - Ủy viên Thường trực Ủy ban Kinh tế của Quốc hội",
            "Đỗ Văn Sáng",
            "Ủy viên Thường trực Ủy ban Kinh tế của Quốc hội",
        ),
        (
            "Ông Ngô Văn C, Phó Chủ tịch UBND xã Tân Hòa, huyện Long Phú cho biết",
            "Ngô Văn C",
            "Phó Chủ tịch UBND xã Tân Hòa, huyện Long Phú",
        ),
        (
            "Ông Vi Ngọc Tịnh, Trưởng phòng Việc làm - An toàn lao động (Sở LĐ-TB&XH) nói",
            "Vi Ngọc Tịnh",
            "Trưởng phòng Việc làm - An toàn lao động (Sở LĐ-TB&XH)",
        ),
        ("bà Ngô Thị Lan Chi Phó Chủ tịch UBND huyện dự", "Ngô Thị Lan Chi", "Phó Chủ tịch UBND huyện"),
        ("Bà Trần Thị Hoài, cán bộ LĐ-TB&XH xã Tân Hưng cho biết", "Trần Thị Hoài", "cán bộ LĐ-TB&XH xã Tân Hưng"),
        ("Bà Nguyễn Thị B, nguyên Chủ tịch Hội LHPN tỉnh xúc động", "Nguyễn Thị B", "nguyên Chủ tịch Hội LHPN tỉnh"),
        ("Đồng chí\u00a0Trần\u00a0Văn Lượng\u00a0- Chủ tịch UBND tỉnh", "Trần\u00a0Văn Lượng", "Chủ tịch UBND tỉnh"),
        (
            "Hòa thượng Thích Minh Hiển, Trưởng ban Trị sự GHPGVN tỉnh",
            "Thích Minh Hiển",
            "Trưởng ban Trị sự GHPGVN tỉnh",
        ),
        ("Ông Lee Jae Bum, Giám đốc Công ty Hansol Vina trao", "Lee Jae Bum", "Giám đốc Công ty Hansol Vina"),
    ],
)
def test_an_office_behind_a_name_is_read_whole(text: str, name: str, title: str) -> None:
    assert named(text) == [(name, title)]


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        (
            "Phó Chủ tịch UBND tỉnh Sóc Trăng Hứa Thị Bích Loan yêu cầu",
            "Hứa Thị Bích Loan",
            "Phó Chủ tịch UBND tỉnh Sóc Trăng",
        ),
        ("Giám đốc Sở LĐ-TB&XH Võ Thành Quảng cho biết", "Võ Thành Quảng", "Giám đốc Sở LĐ-TB&XH"),
        ("Chủ tịch UBND huyện Lý Sơn Đặng Tấn Thọ yêu cầu", "Đặng Tấn Thọ", "Chủ tịch UBND huyện Lý Sơn"),
        ("Bí thư Tỉnh ủy Hà Giang Hầu Minh Tú dự", "Hầu Minh Tú", "Bí thư Tỉnh ủy Hà Giang"),
        (
            "Chủ tịch UBND phường 5, TP. Sóc Trăng Lý Thanh Tòng trao quà",
            "Lý Thanh Tòng",
            "Chủ tịch UBND phường 5, TP. Sóc Trăng",
        ),
        (
            "Giám đốc Trung tâm Dịch vụ việc làm tỉnh Bà Rịa - Vũng Tàu Ngô Văn Ngà",
            "Ngô Văn Ngà",
            "Giám đốc Trung tâm Dịch vụ việc làm tỉnh Bà Rịa - Vũng Tàu",
        ),
        (
            "Bộ trưởng Bộ Lao động - Thương binh và Xã hội Lê Văn Dụng cho biết",
            "Lê Văn Dụng",
            "Bộ trưởng Bộ Lao động - Thương binh và Xã hội",
        ),
        (
            "Phó Chủ tịch Hội Liên hiệp Phụ nữ Việt Nam Tôn Thị Hoàn dự",
            "Tôn Thị Hoàn",
            "Phó Chủ tịch Hội Liên hiệp Phụ nữ Việt Nam",
        ),
        (
            "Trưởng phòng Người có công Trần Đình Tường (Sở LĐ-TB&XH) cho biết",
            "Trần Đình Tường",
            "Trưởng phòng Người có công",
        ),
        ("Phó Cục trưởng Cục Việc làm Tào Bằng Huyên nhận định", "Tào Bằng Huyên", "Phó Cục trưởng Cục Việc làm"),
        (
            "Phó Trưởng Ban Kinh tế - Ngân sách HĐND tỉnh Lê Thanh Hoài đề nghị",
            "Lê Thanh Hoài",
            "Phó Trưởng Ban Kinh tế - Ngân sách HĐND tỉnh",
        ),
        ("Trưởng bản Và Bá Tình kể chuyện", "Và Bá Tình", "Trưởng bản"),
        ("Phó Chủ tịch HĐND tỉnh Rơ Châm La Na nói", "Rơ Châm La Na", "Phó Chủ tịch HĐND tỉnh"),
        ("Phó Chủ tịch UBND xã K'Brình cho hay", "K'Brình", "Phó Chủ tịch UBND xã"),
        (
            "Chủ tịch UBND Thành phố Hồ Chí Minh Phan Văn Mười phát biểu",
            "Phan Văn Mười",
            "Chủ tịch UBND Thành phố Hồ Chí Minh",
        ),
        (
            "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh Vương Quốc Năm dự",
            "Vương Quốc Năm",
            "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh",
        ),
        ("Phó Chủ tịch UBND tỉnh, ông Trần Văn Lượng, nhấn mạnh", "Trần Văn Lượng", "Phó Chủ tịch UBND tỉnh"),
        ("Giám đốc Sở là bà Nguyễn Thị Thu Nguyện thông tin", "Nguyễn Thị Thu Nguyện", "Giám đốc Sở"),
        ("Trưởng ban: Đ/c Lê Trung Hiền", "Lê Trung Hiền", "Trưởng ban"),
        ("Dự lễ có Thiếu tướng Lâm Thành Đấu cùng các sở ngành", "Lâm Thành Đấu", "Thiếu tướng"),
        ("PHÓ CHỦ TỊCH UBND TỈNH NGUYỄN THỊ BÉ BA THĂM, TẶNG QUÀ", "NGUYỄN THỊ BÉ BA", "PHÓ CHỦ TỊCH UBND TỈNH"),
        ("KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\n(Đã ký)\nNguyễn Văn Tuyến", "Nguyễn Văn Tuyến", "PHÓ CHỦ TỊCH"),
    ],
)
def test_an_office_before_a_name_ends_where_the_name_begins(text: str, name: str, title: str) -> None:
    assert named(text) == [(name, title)]


@pytest.mark.parametrize(
    "name",
    [
        "Y Thanh Hà Niê Kđăm",
        "H'Yim Kđăm",
        "Ksor H’Bơ Khăn",
        "Nay H'Nan",
        "Giàng Seo Vừ",
        "Và Bá Tình",
        "Neáng Sa Rôm",
        "Chamaléa Thị Thuận",
        "Arất Blang",
        "Thạch Sà Rên",
        "NGUYỄN VĂN ÁNH",
        "Nguyễn Hùng",
    ],
)
def test_names_of_every_people_are_names(name: str) -> None:
    assert named(f"{name}, Phó Chủ tịch UBND tỉnh phát biểu.") == [(name, "Phó Chủ tịch UBND tỉnh")]


def test_each_of_a_list_has_an_office_of_its_own() -> None:
    text = (
        "Dự có các đồng chí: Trần A Lử - PCT HĐND; Lê Thị Bưởi - Trưởng phòng LĐ-TB&XH huyện; "
        "Y Nhương (HUV, Phó Trưởng phòng), Hoàng Công Lộc (Chủ tịch UBND thị trấn)."
    )
    assert named(text) == [
        ("Trần A Lử", "PCT HĐND"),
        ("Lê Thị Bưởi", "Trưởng phòng LĐ-TB&XH huyện"),
        ("Y Nhương", "HUV, Phó Trưởng phòng"),
        ("Hoàng Công Lộc", "Chủ tịch UBND thị trấn"),
    ]


def test_offices_before_names_in_a_row_are_told_apart() -> None:
    text = (
        "Chủ tịch UBND huyện Lý A Sình, Phó Bí thư Thường trực Huyện ủy Mã Văn Thượng "
        "và Chủ tịch Hội LHPN huyện Dương Thị Nhàn đã trao quà"
    )
    assert named(text) == [
        ("Lý A Sình", "Chủ tịch UBND huyện"),
        ("Mã Văn Thượng", "Phó Bí thư Thường trực Huyện ủy"),
        ("Dương Thị Nhàn", "Chủ tịch Hội LHPN huyện"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ông Ngô Văn An và bà Trần Thị Bé, Phó Giám đốc Sở dự.",
        "các đồng chí Ngô Văn An, Trần Thị Bé - Phó Giám đốc Sở",
        "Các Phó Giám đốc Sở: Ngô Văn An, Trần Thị Bé dự.",
        "hai Phó Giám đốc Sở Ngô Văn An và Trần Thị Bé chủ trì",
    ],
)
def test_two_may_share_an_office(text: str) -> None:
    assert named(text) == [("Ngô Văn An", "Phó Giám đốc Sở"), ("Trần Thị Bé", "Phó Giám đốc Sở")]


@pytest.mark.parametrize(
    "text",
    [
        "Đoàn thăm bà Trần Thị A, 80 tuổi, ngụ ấp Phú Hòa và gia đình ông Lê Văn B.",
        "Chủ tịch UBND xã trao quà cho mẹ VNAH Nguyễn Thị Bảy và hộ ông Trần Văn Tám.",
        "thăm các ông, bà: Trần Văn Hẩn (thương binh 4/4), Đàm Văn Bẩm (người có công) do Chủ tịch UBND tỉnh dẫn đầu",
        "Bà Trần Thị Hoài, cán bộ hưu trí ở khóm 3",
        "gia đình bà Nguyễn Thị B, nguyên Phó Chủ tịch huyện",
    ],
)
def test_who_is_helped_is_no_official(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Học tập tấm gương Chủ tịch Hồ Chí Minh",
        "Chủ tịch UBND xã Lê Minh Xuân cho biết xã còn 12 hộ nghèo",
        "Chủ tịch UBND huyện Trần Văn Thời chỉ đạo",
        "Chủ tịch UBND huyện Lý Sơn yêu cầu các xã",
        "Bí thư Tỉnh ủy Cao Bằng, Trưởng đoàn ĐBQH dự",
        "lễ tại đường Nguyễn Trãi, Chủ tịch UBND phường dự",
        "Trường THPT Hoàng Diệu, Quỹ Vừ A Dính và Giám đốc Sở Nội vụ",
        "Sở Lao động - Thương binh và Xã hội, Chủ tịch UBND các huyện",
    ],
)
def test_places_and_those_remembered_are_no_officials(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Tin, ảnh: Nguyễn Văn An",
        "(Theo Nguyễn Văn An)",
        "Giám đốc Sở phát biểu. Ảnh: Trần Bình\nNguyễn Văn An",
        "đồng chí Nguyễn Văn An nhấn mạnh",
        "tăng trưởng ban đầu; ứng phó; đối phó",
        "Thủ tướng ký ban hành Quyết định",
    ],
)
def test_a_name_without_an_office_and_an_office_without_a_name_give_nobody(text: str) -> None:
    assert named(text) == []


def test_who_was_named_with_an_office_appears_again_without_one() -> None:
    text = "Đồng chí Trần Văn Lượng, Chủ tịch UBND tỉnh dự. Đồng chí Trần Văn Lượng nhấn mạnh. Đồng chí Lượng nói."
    assert named(text) == [("Trần Văn Lượng", "Chủ tịch UBND tỉnh"), ("Trần Văn Lượng", None)]


def test_the_title_names_them_again_in_capitals() -> None:
    found = people("ĐỒNG CHÍ TRẦN VĂN LƯỢNG THĂM XÃ", "Ông Trần Văn Lượng, Chủ tịch UBND tỉnh dự.")
    assert [(one.part, one.name, one.title) for one in found] == [
        ("title", "TRẦN VĂN LƯỢNG", None),
        ("body", "Trần Văn Lượng", "Chủ tịch UBND tỉnh"),
    ]


def test_a_longer_name_is_another_person() -> None:
    text = "Bà Nguyễn Thị Thu, Giám đốc Sở dự. Em Nguyễn Thị Thu Hà nhận quà."
    assert named(text) == [("Nguyễn Thị Thu", "Giám đốc Sở")]


_PIECES = st.sampled_from(
    "Phó_ Chủ_tịch UBND tỉnh xã Sóc_Trăng Giám_đốc Sở Lao_động đồng_chí ông_ các_ TS. Nguyễn Văn_ An H'Yim Y_ CHỦ_TỊCH TRẦN"
    " _là_ _và_ kiêm làm , ; : - – ( ) . \n \u00a0 İ ß uv pct Thiếu_tướng cán_bộ Đã_ký K' Trưởng_ban".replace(
        "_", "\u2002"
    ).split(" ")
)
_TEXTS = st.lists(_PIECES | st.just(" ") | st.text(max_size=3), max_size=40).map(
    lambda pieces: "".join(pieces).replace("\u2002", " ")
)


@given(_TEXTS, _TEXTS)
def test_every_name_is_printed_where_its_span_says(title: str, body: str) -> None:
    parts = {"title": title, "body": body}
    for found in people(title, body):
        text = parts[found.part]
        assert text[found.span_start : found.span_end] == found.name
        assert found.name.strip() == found.name != ""
        assert found.title is None or found.title in text


@given(_TEXTS)
def test_no_two_names_overlap(text: str) -> None:
    found = people("", text)
    assert all(first.span_end <= second.span_start for first, second in itertools.pairwise(found))


@given(
    st.sampled_from(["Nguyễn", "Trần", "Lò", "Sùng", "Thạch"]),
    st.sampled_from(["Văn", "Thị", "Hữu"]),
    st.sampled_from(["Bình", "Sáng", "Mỵ", "Oanh"]),
    st.sampled_from(["Giám đốc Sở Nội vụ", "Bí thư Huyện ủy", "Phó Chủ tịch HĐND tỉnh"]),
)
def test_both_orders_give_the_same_person_and_office(surname: str, middle: str, given_name: str, title: str) -> None:
    name = f"{surname} {middle} {given_name}"
    assert named(f"{title} {name} dự") == named(f"ông {name}, {title} dự") == [(name, title)]
