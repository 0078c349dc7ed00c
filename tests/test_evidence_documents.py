"""The legal and party documents that a bulletin cites."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.evidence.documents import documents


def cited(text: str) -> list[tuple[str, str | None]]:
    return [(found.number, found.kind) for found in documents("", text)]


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("Quyết định số 1142/QĐ-UBND ngày 5/6/2023", "1142/QĐ-UBND", "Quyết định"),
        ("Quyết định số 49/2010/QĐ-TTg của Thủ tướng", "49/2010/QĐ-TTg", "Quyết định"),
        ("Nghị quyết số 42-NQ/TW, hội nghị", "42-NQ/TW", "Nghị quyết"),
        ("Đề án số 09-ĐA/TU ngày 27/11", "09-ĐA/TU", "Đề án"),
        ("thực hiện Nghị quyết 30a/2008/NQ-CP", "30a/2008/NQ-CP", "Nghị quyết"),
        ("Kế hoạch 05/KH-UBND.", "05/KH-UBND", "Kế hoạch"),
        ("Thông tư liên tịch số 28/2013/TTLT-BLĐTBXH-BQP.", "28/2013/TTLT-BLĐTBXH-BQP", "Thông tư liên tịch"),
        ("Công văn số 456/LĐ-TB&XH-NCC đề nghị", "456/LĐ-TB&XH-NCC", "Công văn"),
        ("Quy chế phối hợp số 1215/QCPH-BHXH-CA,", "1215/QCPH-BHXH-CA", "Quy chế phối hợp"),
        ("Pháp lệnh số 02/2020/UBTVQH14", "02/2020/UBTVQH14", "Pháp lệnh"),
        ("CHỈ THỊ SỐ 40-CT/TW", "40-CT/TW", "Chỉ thị"),
    ],
)
def test_a_number_with_letters_is_cited_with_the_kind_said_before_it(text: str, number: str, kind: str) -> None:
    assert cited(text) == [(number, kind)]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("1142/QĐ-UBND", "Quyết định"),
        ("68/NQ-CP", "Nghị quyết"),
        ("37-CT/TW", "Chỉ thị"),
        ("20/2021/NĐ-CP", "Nghị định"),
        ("15/2022/TT-BTC", "Thông tư"),
        ("35/TTr-SLĐTBXH", "Tờ trình"),
        ("15/BC-LĐTBXH", "Báo cáo"),
        ("1063/CĐ-TTg", "Công điện"),
        ("62-KL/TW", "Kết luận"),
        ("12-HD/BTGTW", "Hướng dẫn"),
        ("12/TB-VPCP", "Thông báo"),
        ("238/UBND-KGVX", "Công văn"),
        ("45/2019/QH14", None),
    ],
)
def test_where_no_kind_is_said_the_letters_tell_it(number: str, kind: str | None) -> None:
    assert cited(f"Căn cứ {number} vừa ban hành") == [(number, kind)]


@pytest.mark.parametrize("number", ["1142 /QĐ - UBND", "1142/ QĐ-UBND", "1142\u00a0/QĐ\u00a0-\u00a0UBND", "11 -NQ/TW"])
def test_blanks_of_typists_stay_in_the_number(number: str) -> None:
    assert [found[0] for found in cited(f"văn bản số: {number} ngày")] == [number]


def test_what_is_said_behind_a_dash_is_no_part_of_the_number() -> None:
    assert cited("Nghị quyết 68/NQ-CP - Sở LĐ-TB&XH triển khai") == [("68/NQ-CP", "Nghị quyết")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nghị quyết số 68 và Nghị quyết 42 của Chính phủ", [("68", "Nghị quyết"), ("42", "Nghị quyết")]),
        ("Quyết định 1719, tổng vốn 12 tỷ đồng", [("1719", "Quyết định")]),
        ("Nghị định 20/2021 có hiệu lực", [("20/2021", "Nghị định")]),
        ("kế hoạch số 05 của huyện", [("05", "Kế hoạch")]),
        ("các Nghị định số 20, số 28 và 31", [("20", "Nghị định"), ("28", "Nghị định"), ("31", "Nghị định")]),
    ],
)
def test_a_number_without_letters_is_cited_behind_its_kind(text: str, expected: list[tuple[str, str]]) -> None:
    assert cited(text) == expected


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("tuyên truyền Luật Trẻ em năm 2016 nêu rõ", "Luật Trẻ em năm 2016", "Luật"),
        ("theo Luật Người cao tuổi 2009.", "Luật Người cao tuổi 2009", "Luật"),
        ("theo Luật Việc làm, năm 2023 tỉnh", "Luật Việc làm", "Luật"),
        ("Bộ luật Lao động quy định", "Bộ luật Lao động", "Bộ luật"),
        (
            "Pháp lệnh Ưu đãi người có công với cách mạng",
            "Pháp lệnh Ưu đãi người có công với cách mạng",
            "Pháp lệnh",
        ),
    ],
)
def test_a_law_is_cited_by_its_name_and_year(text: str, number: str, kind: str) -> None:
    assert cited(text) == [(number, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "Chương trình 135, Chương trình số 135 và Đề án 1956 kết thúc",
        "Ngày 12/7/2023 - UBND tỉnh tổ chức",
        "22.151/19.500 lao động; 08/9 chỉ tiêu; 13/13 xã; 2/3 TP",
        "750 ngàn đồng/người/tháng; 1,5 - 2%/năm; đạt 12/KH 15",
        "Quyết định 5 vấn đề; Nghị quyết 2023; Quyết định 1.200 hộ; Nghị quyết 20,5%",
        "kế hoạch 5 năm; hướng dẫn 12 xã; quyết định 3 nội dung",
        "Luật sư Nguyễn; Luật chơi; kỷ luật Lao động; trò chuyện",
        "https://example.vn/Trang/2025/Tin-tuc.aspx",
    ],
)
def test_programmes_dates_shares_and_verbs_are_no_documents(text: str) -> None:
    assert cited(text) == []


def test_title_and_body_are_read_each_by_itself() -> None:
    found = documents("Triển khai Nghị quyết 68", "Quyết định số 23/2021/QĐ-TTg")
    assert [(one.part, one.span_start, one.number) for one in found] == [
        ("title", 22, "68"),
        ("body", 14, "23/2021/QĐ-TTg"),
    ]


_PIECES = st.sampled_from(
    "Nghị_quyết Quyết_định Luật_ Bộ_luật_ Trẻ_em năm số Số : các và , . / - – 1142 30a 2021 QĐ NQ UBND TTg CP TW TB&XH QH14"
    " \u00a0 \n İ ß 𝟙 ( ) %".replace("_", "\u2002").split(" ")
)


@given(st.lists(_PIECES | st.text(max_size=3), max_size=30).map("".join).map(lambda text: text.replace("\u2002", " ")))
def test_every_number_is_printed_where_its_span_says(text: str) -> None:
    found = documents(text, text)
    assert all(text[one.span_start : one.span_end] == one.number and one.number.strip() == one.number for one in found)
    assert all(
        first.span_end <= second.span_start for first, second in itertools.pairwise(found) if first.part == second.part
    )


@given(st.integers(1, 99999), st.sampled_from(["QĐ", "NQ", "KH", "CT"]), st.text("abc ,.;\n", max_size=8))
def test_a_number_is_found_in_whatever_stands_around_it(number: int, letters: str, around: str) -> None:
    printed = f"{number}/{letters}-UBND"
    assert printed in [one.number for one in documents("", f"{around} {printed} {around}")]
