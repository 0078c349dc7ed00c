"""What two readings of one page differ in, by field and by measure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from collector.findings import Appearance, CitedDocument, Evidence, Indicator
from collector.model import Attachment, Bulletin, Verdict
from collector.plan.rereading import (
    Difference,
    Rereadings,
    changes_text,
    evidence_differs,
    reading_differs,
    topic_differs,
)

BULLETIN = Bulletin(
    url="https://x.example/7",
    source_id="7",
    title="Kết quả rà soát",
    body="Toàn tỉnh còn 1.234 hộ nghèo.\nĐoạn hai.\nĐoạn ba.",
    published_on=date(2024, 1, 8),
    provenance={"title": "selector:h1", "body": "selector:div"},
)


def figure(printed: str = "1.234", text: str = BULLETIN.body, **other: Any) -> Indicator:
    start = text.index(printed)
    given = {
        "measure": "poor_households", "label": "hộ nghèo", "part": "body", "printed": printed,
        "value": float(printed.replace(".", "")), "value_max": None, "unit": "hộ", "qualifier": "exact",
        "direction": "level", "period": None, "place": None, "sentence": text.split("\n", maxsplit=1)[0],
        "span_start": start, "span_end": start + len(printed), "rule": "trigger",
    }  # fmt: skip
    return Indicator(**{**given, **other})


def found(old: list[Indicator], new: list[Indicator], text: str = BULLETIN.body) -> list[tuple[str, str, Any, Any]]:
    differences = evidence_differs(
        (BULLETIN, Evidence(tuple(old))), (replace(BULLETIN, body=text), Evidence(tuple(new))), whole=True
    )
    return [(one.name, one.change, one.before, one.after) for one in differences]


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "Kết quả"), ("lead", "Toàn tỉnh"), ("byline", "Thanh Nhã"), ("published_on", None),
     ("attachments", (Attachment("https://x.example/a.pdf", "Báo cáo", "file"),))],
)  # fmt: skip
def test_each_field_that_is_read_otherwise_is_told_once(field: str, value: Any) -> None:
    [one] = reading_differs(BULLETIN, replace(BULLETIN, **{field: value}, provenance={}))
    assert (one.kind, one.name, one.change) == ("field", field, "changed")
    assert changes_text([one])


def test_of_a_body_the_paragraphs_that_differ_are_shown_from_where_they_part() -> None:
    long = "một hai ba " * 40
    before = replace(BULLETIN, body=f"Đoạn một.\n{long}cũ.\nĐoạn ba.")
    [one] = reading_differs(before, replace(BULLETIN, body=f"Đoạn một.\n{long}mới.\nĐoạn ba."))
    assert str(one.before).startswith("…")
    assert (str(one.before)[-3:], str(one.after)[-4:]) == ("cũ.", "mới.")
    assert len(str(one.before)) < 170


def test_white_space_counts_because_figures_point_into_the_text() -> None:
    assert changes_text(
        reading_differs(BULLETIN, replace(BULLETIN, body=BULLETIN.body.replace("Đoạn hai", "Đoạn  hai")))
    )


def test_what_filled_a_field_is_told_only_where_nothing_else_differs() -> None:
    moved = replace(BULLETIN, provenance={"title": "selector:h1", "body": "fallback:readability"})
    assert reading_differs(BULLETIN, moved) == (
        Difference("field", "provenance", "changed", "body by selector:div", "body by fallback:readability"),
    )
    assert not changes_text(reading_differs(BULLETIN, moved))
    assert [one.name for one in reading_differs(BULLETIN, replace(moved, title="Khác"))] == ["title"]
    assert reading_differs(BULLETIN, BULLETIN) == ()


def test_a_figure_read_otherwise_is_told_by_what_of_it_is() -> None:
    old = figure()
    assert found([old], [replace(old, value=1234000.0)]) == [("poor_households", "value", "1.234 hộ", "1.234 hộ")]
    assert found([old], [replace(old, direction="decrease", period="2023")]) == [
        ("poor_households", "direction", "1.234 hộ: level", "1.234 hộ: decrease"),
        ("poor_households", "period", "1.234 hộ: None", "1.234 hộ: 2023"),
    ]
    assert found([old], [replace(old, rule="other", label="nghèo")]) == []


def test_a_figure_of_another_text_is_the_same_figure_with_another_number() -> None:
    text = BULLETIN.body.replace("1.234", "1.243")
    assert found([figure()], [figure("1.243", text)], text) == [
        ("poor_households", "value", "1.234 hộ", "1.243 hộ")
    ]  # fmt: skip


def test_a_figure_of_another_measure_is_lost_to_one_and_gained_by_the_other() -> None:
    old = figure(measure=None)
    assert found([old], [figure()]) == [
        ("unmeasured", "lost", "1.234 hộ", None), ("poor_households", "gained", None, "1.234 hộ")
    ]  # fmt: skip


def test_figures_of_one_sentence_keep_their_order_and_a_moved_paragraph_is_no_difference() -> None:
    text = "Năm 2023 có 10 hộ, 10 hộ và 12 hộ."
    figures = [figure("10", text), replace(figure("10", text), span_start=19, span_end=21), figure("12", text)]
    shifted = [replace(one, span_start=one.span_start + 50, span_end=one.span_end + 50) for one in figures]
    assert found(figures, shifted, "x" * 50 + text) == []
    assert [change for _, change, _, _ in found(figures, figures[1:])] == ["lost"]


def test_officials_documents_day_and_place_are_compared_as_well() -> None:
    before = Evidence(people=(Appearance("Trần Văn An", "Chủ tịch", "body", 0, 3),), place="Sóc Trăng")
    after = Evidence(documents=(CitedDocument("12/QĐ", "Quyết định", "body", 0, 3),), event_on=date(2024, 1, 5))
    told = evidence_differs((BULLETIN, before), (BULLETIN, after), whole=True)
    assert [(one.name, one.change, one.before, one.after) for one in told] == [
        ("people", "lost", "Trần Văn An, Chủ tịch", None),
        ("documents", "gained", None, "Quyết định 12/QĐ"),
        ("event_on", "changed", None, "2024-01-05"),
        ("place", "changed", "Sóc Trăng", None),
    ]
    past = evidence_differs((BULLETIN, before), (BULLETIN, after), whole=False)
    assert [one.name for one in past] == ["people", "documents"]
    assert [one.change for one in (*topic_differs(None, "labour"), *topic_differs("labour", None))] == [
        "gained",
        "lost",
    ]
    assert topic_differs("labour", "labour") == ()


def test_every_difference_is_counted_and_so_many_examples_are_kept_of_different_bulletins() -> None:
    tally = Rereadings(examples=2)
    one = Difference("figure", "poor_households", "gained", None, "1.234 hộ")
    for number in range(4):
        tally.add([one, one], title="Tin", url=f"https://x.example/{number}")
    assert tally.summary()["measures"] == {"poor_households": {"gained": 8}}
    assert [example["url"] for example in tally.shown()] == ["https://x.example/0", "https://x.example/1"]


@pytest.mark.parametrize(
    ("what", "verdict"),
    [({}, Verdict.EMPTY_EXPECTED), ({"technical": 1}, Verdict.COMPLETE), ({"limit_reached": True}, Verdict.COMPLETE),
     ({"technical": 1, "lost": ["x"]}, Verdict.INCOMPLETE), ({"unread": ["x"]}, Verdict.INCOMPLETE),
     ({"unexamined": ["x"]}, Verdict.INCOMPLETE), ({"stopped_early": "killed"}, Verdict.INCOMPLETE)],
)  # fmt: skip
def test_a_run_claims_no_more_than_it_has_read(what: dict[str, Any], verdict: Verdict) -> None:
    tally = Rereadings(examples=0, **what)
    assert tally.verdict(interrupted=False) is verdict
    assert tally.verdict(interrupted=True) is Verdict.INTERRUPTED
