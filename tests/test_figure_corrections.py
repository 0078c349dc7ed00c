"""Corrections of figures: which measure an edit took from what to what, and what is no correction."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import plan
from collector.findings import Evidence, Indicator
from collector.model import Bulletin, Correction
from collector.plan.figures import as_printed

_MEASURES = {"cận nghèo": "near_poor_households", "hộ nghèo": "poor_households", "việc làm": "jobs_created"}
_SCALES = {"": 1, "nghìn": 1000, "triệu": 1_000_000}
_NUMBER = re.compile(r"(?P<printed>\d[\d.]*(?:,\d+)?)(?: (?P<scale>nghìn|triệu))?(?P<gap> ?)(?P<unit>hộ|người|%)?")


def examined(title: str, body: str, period: str | None = None) -> Evidence:
    """Read figures as simply as can be: measure by the words behind the number, period by a year in the sentence."""
    found = []
    for part, text in (("title", title), ("body", body)):
        for sentence in re.finditer(r"[^.\n]+(?:\.\d[^.\n]*)*\.?", text):
            year = re.search(r"năm (\d{4})", sentence[0])
            for one in _NUMBER.finditer(text, sentence.start(), sentence.end()):
                if re.fullmatch(r"\d{4}", one["printed"]) and not one["unit"]:
                    continue
                printed = one["printed"].rstrip(".")
                behind = text[one.end() : sentence.end()]
                words = (one["unit"] or "") + behind.split(",")[0]
                value = float(printed.replace(".", "").replace(",", ".")) * _SCALES[one["scale"] or ""]
                measure = next((name for words_of, name in _MEASURES.items() if words_of in words), None)
                found.append(
                    Indicator(
                        measure,
                        "thứ khác",
                        part,
                        printed,
                        value,
                        None,
                        one["unit"] or "hộ",
                        "exact",
                        "decrease" if "iảm" in sentence[0] else "level",
                        year[1] if year else period,
                        None,
                        sentence[0].strip(),
                        one.start(),
                        one.start() + len(printed),
                        "by hand",
                    )
                )
    return Evidence(tuple(found))


def bulletin(body: str, title: str = "Tin") -> Bulletin:
    return Bulletin("https://portal.example/7", "7", title, body)


def told(before: Bulletin, after: Bulletin, *, later: str | None = None) -> list[tuple[str, str | None, str | None]]:
    """Return the corrections of figures; ``later``: the period that the new state gives figures without one."""
    changed = plan.corrections(before, after)
    old, new = examined(before.title, before.body), examined(after.title, after.body, later)
    found = plan.figures_corrected((before, old), (after, new), changed)
    return [(one.field, one.before, one.after) for one in found]


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        ("Còn 1.234 hộ nghèo.", "Còn 1.243 hộ nghèo.", [("poor_households", "1.234 hộ", "1.243 hộ")]),
        ("Có 1,2 triệu người có việc làm.", "Có 1,3 triệu người có việc làm.",
         [("jobs_created", "1,2 triệu người", "1,3 triệu người")]),
        ("Đạt 63,05% dân số.", "Đạt 65,03 % dân số.", [("thứ khác", "63,05%", "65,03 %")]),
        # The unit changed, the number did not.
        ("Có 500 hộ vay vốn.", "Có 500 người vay vốn.", [("thứ khác", "500 hộ", "500 người")]),
        # The scale word was forgotten.
        ("Có 21,6 người có việc làm.", "Có 21,6 nghìn người có việc làm.",
         [("jobs_created", "21,6 người", "21,6 nghìn người")]),
        # Only its spelling.
        ("Còn 1234 hộ nghèo.", "Còn 1.234 hộ nghèo.", []),
        # Something came into a sentence that was there, or went out of it.
        ("Huyện giảm 500 hộ nghèo trong năm.", "Huyện giảm 500 hộ nghèo, 300 hộ cận nghèo trong năm.",
         [("near_poor_households", None, "300 hộ")]),
        ("Huyện giảm 500 hộ nghèo, 300 hộ cận nghèo trong năm.", "Huyện giảm 500 hộ nghèo trong năm.",
         [("near_poor_households", "300 hộ", None)]),
        ("Huyện đã giảm nhiều hộ nghèo.", "Huyện đã giảm 500 hộ nghèo.", [("poor_households", None, "500 hộ")]),
        # A sentence that came or went is told by its paragraph.
        ("Còn 500 hộ nghèo.", "Còn 500 hộ nghèo.\nToàn tỉnh tạo việc làm cho 29.412 người có việc làm.", []),
        ("Còn 500 hộ nghèo.\nToàn tỉnh tạo việc làm cho 29.412 người có việc làm.", "Còn 500 hộ nghèo.", []),
        ("Còn 500 hộ nghèo.", "Đã bàn giao 12 người cho đơn vị mới tiếp nhận.", []),
        # The period changed with the number: still the figure of that sentence; without it, none.
        ("Trong năm 2022 giảm 500 hộ nghèo.", "Trong năm 2023 giảm 700 hộ nghèo.",
         [("poor_households", "500 hộ", "700 hộ")]),
        ("Trong năm 2022 giảm 500 hộ nghèo.", "Trong năm 2023 giảm 500 hộ nghèo.", []),
        # Two of one kind keep their order, and a third between them takes nobody's place.
        ("Xã A còn 10 hộ nghèo, xã B còn 20 hộ nghèo.", "Xã A còn 11 hộ nghèo, xã B còn 20 hộ nghèo.",
         [("poor_households", "10 hộ", "11 hộ")]),
        ("Xã A còn 10 hộ nghèo, xã B còn 20 hộ nghèo.", "Xã A còn 10 hộ nghèo, xã C còn 15 hộ nghèo, xã B còn 20 hộ nghèo.",
         [("poor_households", None, "15 hộ")]),
    ],
)  # fmt: skip
def test_what_an_edit_did_to_the_figures(
    before: str, after: str, rows: list[tuple[str, str | None, str | None]]
) -> None:
    assert told(bulletin(before), bulletin(after)) == rows


def test_a_figure_of_title_and_body_is_told_once() -> None:
    before = bulletin("Toàn tỉnh còn 500 hộ nghèo trong năm nay.", title="Tỉnh còn 500 hộ nghèo")
    after = bulletin("Toàn tỉnh còn 510 hộ nghèo trong năm nay.", title="Tỉnh còn 510 hộ nghèo")
    assert told(before, after) == [("poor_households", "500 hộ", "510 hộ")]


def test_only_the_part_that_the_editor_changed_is_looked_at() -> None:
    """The body was filled by a selector then and by the fallback now: what differs there is our reading."""
    before = replace(bulletin("Còn 500 hộ nghèo."), provenance={"body": "selector:div.b"})
    after = replace(bulletin("Còn 510 hộ nghèo.", title="Tin mới"), provenance={"body": "fallback:x"})
    assert plan.corrections(before, after) == (Correction("title", "Tin", "Tin mới"),)
    assert told(before, after) == []


def test_another_date_moves_the_periods_of_all_figures_and_corrects_none() -> None:
    before = bulletin("Còn 500 hộ nghèo.\nGiảm 20 hộ cận nghèo.\nChào mừng năm mới.")
    after = bulletin("Còn 500 hộ nghèo.\nGiảm 25 hộ cận nghèo.\nChào mừng các bạn.")
    assert told(before, after, later="2024") == [("near_poor_households", "20 hộ", "25 hộ")]


def test_a_unit_from_the_head_of_a_list_is_shown_with_the_number() -> None:
    text = "Số hộ thoát nghèo: xã A 12, xã B 1,5  nghìn."
    one = examined("", text).indicators[0]
    assert as_printed(replace(one, unit="hộ"), text) == "12 hộ"
    start = text.index("1,5")
    assert as_printed(replace(one, unit="hộ", span_start=start, span_end=start + 3), text) == "1,5 nghìn hộ"
    assert as_printed(replace(one, unit=None), text) == "12"


# --- any text -----------------------------------------------------------------------------------------------------

_SENTENCES = st.builds(
    "{} {} {} {}{}".format,
    st.sampled_from(["Huyện", "Toàn tỉnh", "Năm 2023, thành phố", "Xã A, xã B"]),
    st.sampled_from(["giảm", "còn", "có", "đạt"]),
    st.integers(1, 99_999),
    st.sampled_from(["hộ nghèo", "hộ cận nghèo", "người có việc làm", "nghìn người", "% kế hoạch"]),
    st.sampled_from(["", ", tăng 12%", ", trong đó 5 hộ nghèo thuộc xã B", " so với năm 2022"]),
)
_BODIES = st.lists(_SENTENCES, min_size=1, max_size=8)


def written(sentences: list[str]) -> Bulletin:
    return bulletin("\n".join(f"{one}." for one in sentences))


def shown(one: Bulletin) -> Counter[str]:
    found = examined(one.title, one.body).indicators
    return Counter(as_printed(figure, one.title if figure.part == "title" else one.body) for figure in found)


@given(_BODIES)
def test_where_nothing_was_edited_nothing_is_told(sentences: list[str]) -> None:
    assert told(written(sentences), written(sentences)) == []


@given(_BODIES, st.randoms(use_true_random=False))
def test_sentences_that_only_changed_places_tell_nothing(sentences: list[str], chance: object) -> None:
    moved = list(sentences)
    chance.shuffle(moved)  # type: ignore[attr-defined]
    assert told(written(sentences), written(moved)) == []


@given(_BODIES, st.data())
def test_one_number_edited_is_one_row_whichever_it_is(sentences: list[str], data: st.DataObject) -> None:
    # All sentences different, so that the edited one has no double.
    before = written([f"{number} {one}" for number, one in zip("abcdefgh", sentences, strict=False)])
    figures = examined(before.title, before.body).indicators
    one = data.draw(st.sampled_from(figures))
    number = data.draw(st.integers(100_000, 200_000).map(str))
    after = replace(before, body=before.body[: one.span_start] + number + before.body[one.span_end :])
    (row,) = told(before, after)
    changed = next(new for new in examined("", after.body).indicators if new.span_start == one.span_start)
    assert row == (one.measure or one.label, as_printed(one, before.body), as_printed(changed, after.body))


@given(_BODIES, _BODIES)
def test_every_row_shows_figures_that_were_there_and_tells_none_twice(old: list[str], new: list[str]) -> None:
    before, after = written(old), written(new)
    rows = told(before, after)
    assert len(rows) == len(set(rows))
    assert {row[1] for row in rows if row[1]} <= shown(before).keys()
    assert {row[2] for row in rows if row[2]} <= shown(after).keys()
    assert all(row[1] != row[2] for row in rows)


@given(_BODIES, _BODIES, _BODIES)
def test_what_stays_around_an_edit_is_not_told(first: list[str], old: list[str], new: list[str]) -> None:
    kept = [f"Ở nơi khác {one}" for one in first]
    before, after = written([*kept, *old, *kept]), written([*kept, *new, *kept])
    assert told(before, after) == told(written(old), written(new))


def test_a_whole_new_report_is_left_to_its_paragraphs_and_takes_no_time() -> None:
    before, after = (
        bulletin("\n".join(f"Xã {name} {number} còn {number * factor} hộ nghèo." for number in range(1, 3000)))
        for name, factor in (("A", 7), ("B", 11))
    )
    assert told(before, after) == []
