"""Deciding: what is an edit, how far a listing is walked, what a run may claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector import plan
from collector.errors import EmptyListing, FieldMissing, RobotsForbid, Unreachable, WrongPage
from collector.model import ArticleRef, Attachment, Bulletin, Listing, Outcome, PageRequest, RunKind, Task, Verdict

BULLETIN = Bulletin(
    url="https://portal.example/1",
    source_id="1",
    title="Kết quả giải quyết việc làm quý I",
    lead="Toàn tỉnh tạo việc làm cho 7.250 lao động.",
    body="Toàn tỉnh tạo việc làm cho 7.250 lao động.\nTrong đó 120 người đi làm việc ở nước ngoài.\nCông tác tiếp tục.",
    published_on=date(2024, 4, 2),
)
MORE = PageRequest("https://portal.example/list", number=2)
POLL = Task()


def listing(*ids: str, more: bool = True, last_page: int | None = None) -> Listing:
    items = tuple(ArticleRef(f"https://portal.example/{one}", one) for one in ids)
    return Listing(items, MORE if more else None, pager_seen=True, last_page=last_page)


def items(*ids: str, known: bool = False, day: date | None = None) -> list[plan.Item]:
    return [plan.Item(one, known, day) for one in ids]


def test_a_bulletin_that_the_archive_lacks_is_added() -> None:
    assert plan.judge(BULLETIN, stored_hash=None, previous=None).outcome is Outcome.ADDED


@pytest.mark.parametrize(
    "other",
    [
        replace(BULLETIN, title="  Kết quả giải quyết  việc làm quý I "),
        replace(BULLETIN, byline="Tổng hợp: Thu Hà"),
        replace(BULLETIN, url="https://portal.example/moved/1"),
        replace(BULLETIN, provenance={"title": "selector:h1"}),
    ],
    ids=["white space", "byline", "address", "provenance"],
)
def test_what_no_editor_changed_is_no_edit(other: Bulletin) -> None:
    change = plan.judge(other, stored_hash=plan.content_hash(BULLETIN), previous=BULLETIN)
    assert change.outcome is Outcome.UNCHANGED
    assert change.corrections == ()


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("title", replace(BULLETIN, title="Kết quả giải quyết việc làm quý II")),
        ("lead", replace(BULLETIN, lead="Tin vắn.")),
        ("body", replace(BULLETIN, body=BULLETIN.body.replace("120", "132"))),
        ("published_on", replace(BULLETIN, published_on=None)),
        ("attachments", replace(BULLETIN, attachments=(Attachment("https://portal.example/a.pdf", "Biểu", "file"),))),
    ],
)
def test_one_changed_field_is_one_correction(field: str, other: Bulletin) -> None:
    change = plan.judge(other, stored_hash=plan.content_hash(BULLETIN), previous=BULLETIN)
    assert change.outcome is Outcome.REVISED
    assert [one.field for one in change.corrections] == [field]


def test_a_correction_of_the_body_shows_the_changed_paragraph_only() -> None:
    other = replace(BULLETIN, body=BULLETIN.body.replace("120", "132"))
    (one,) = plan.corrections(BULLETIN, other)
    assert one.before == "Trong đó 120 người đi làm việc ở nước ngoài."
    assert one.after == "Trong đó 132 người đi làm việc ở nước ngoài."


def test_an_edited_lead_that_stands_in_the_body_too_is_told_once() -> None:
    lead = BULLETIN.lead or ""
    new = lead.replace("7.250", "7.520")
    other = replace(BULLETIN, lead=new, body=BULLETIN.body.replace(lead, new))
    assert [one.field for one in plan.corrections(BULLETIN, other)] == ["lead"]


def test_a_better_parser_gives_a_technical_revision_and_no_correction() -> None:
    stored = plan.content_hash(replace(BULLETIN, lead=None))
    change = plan.judge(BULLETIN, stored_hash=stored, previous=BULLETIN)
    assert change.outcome is Outcome.REREAD
    assert change.corrections == ()


def test_an_earlier_page_that_cannot_be_read_any_more_makes_a_difference_an_edit() -> None:
    stored = plan.content_hash(replace(BULLETIN, title="Khác"))
    assert plan.judge(BULLETIN, stored_hash=stored, previous=None).outcome is Outcome.REVISED


@example(["a", "", "a"], ["a", "a"])
@example(["a"], ["a", ""])
@given(st.lists(st.text("abc ", max_size=5), max_size=6), st.lists(st.text("abc ", max_size=5), max_size=6))
def test_corrections_are_empty_exactly_when_the_hashes_agree(before: list[str], after: list[str]) -> None:
    old, new = (replace(BULLETIN, lead=None, body="\n".join(lines)) for lines in (before, after))
    assert (plan.corrections(old, new) == ()) == (plan.content_hash(old) == plan.content_hash(new))


def test_a_poll_goes_on_past_a_known_item_and_stops_at_a_known_page() -> None:
    walk = plan.Walk(POLL, first_visit=False)
    assert walk.stop(listing("3", "1"), [*items("3"), *items("1", known=True)]) is None
    assert walk.stop(listing("2", "0"), items("2", "0", known=True)) == "known_page"


def test_a_section_never_seen_is_polled_for_its_first_page_only() -> None:
    assert plan.Walk(POLL, first_visit=True).stop(listing("1"), items("1")) == "first_page"


def test_news_in_a_section_known_down_to_its_first_page_do_not_turn_the_poll_into_a_backfill() -> None:
    walk = plan.Walk(POLL, first_visit=False, before=frozenset({"c", "b", "a"}))
    first = [*items("d"), *items("c", "b", known=True)]
    assert walk.stop(listing("d", "c", "b"), first) is None, "one of them may have been pushed to the next page"
    assert walk.stop(listing("a", "z", "y"), [*items("a", known=True), *items("z", "y")]) == "frontier"


def test_the_frontier_is_passed_when_a_page_shows_none_of_the_last_walk_any_more() -> None:
    walk = plan.Walk(POLL, first_visit=False, before=frozenset({"c", "b", "a"}))
    assert walk.stop(listing("f", "e", "d"), items("f", "e", "d")) is None, "nothing of it was met yet"
    assert walk.stop(listing("c", "b", "z"), [*items("c", "b", known=True), *items("z")]) is None
    assert walk.stop(listing("y", "x", "w"), items("y", "x", "w")) == "frontier", "a was deleted"


def test_below_a_section_known_to_its_end_an_unknown_item_is_news() -> None:
    walk = plan.Walk(POLL, first_visit=False, before=frozenset({"c", "b"}), reached_end=True)
    assert (
        walk.stop(listing("d", "c", "b", "late"), [*items("d"), *items("c", "b", known=True), *items("late")]) is None
    )


def test_a_backfill_ends_after_two_whole_pages_older_than_since() -> None:
    task = Task(RunKind.BACKFILL, since=date(2024, 1, 1))
    old, new = date(2023, 12, 31), date(2024, 1, 1)
    walk = plan.Walk(task, first_visit=True)
    assert walk.stop(listing("1", "2"), items("1", "2", day=old)) is None
    assert walk.stop(listing("3", "4"), [*items("3", day=new), *items("4", day=old)]) is None
    assert walk.stop(listing("5"), items("5", day=old)) is None
    assert walk.stop(listing("6"), items("6", day=None)) is None
    assert walk.stop(listing("7"), items("7", day=old)) is None
    assert walk.stop(listing("8"), items("8", day=old)) == "older"


def test_a_pager_that_ends_before_the_page_it_promised_is_short() -> None:
    assert plan.Walk(POLL, first_visit=False).stop(listing("1", more=False, last_page=4), items("1")) == "short"


def test_a_pager_that_leads_in_a_circle_is_a_loop_or_its_end() -> None:
    walk = plan.Walk(Task(RunKind.BACKFILL), first_visit=True)
    assert walk.stop(listing("1", last_page=5), items("1")) is None
    assert walk.stop(listing("1", last_page=5), items("1")) == "loop"
    walk = plan.Walk(Task(RunKind.BACKFILL), first_visit=True)
    assert walk.stop(listing("1"), items("1")) is None
    assert walk.stop(listing("1"), items("1")) == "pager_end"


def test_a_first_page_without_items_is_refused_and_a_later_one_is_not() -> None:
    with pytest.raises(EmptyListing):
        plan.refuse_emptiness(listing(), number=1)
    plan.refuse_emptiness(listing(), number=2)


def test_an_item_pushed_down_by_new_ones_is_not_unlisted_and_a_missing_one_is() -> None:
    before = {"c": 0, "b": 1, "a": 2}
    assert plan.unlisted(before, ["d", "c", "b"], new=1) == ()
    assert plan.unlisted(before, ["d", "c", "a"], new=1) == ("b",)
    assert plan.unlisted(before, ["c", "a"], new=0) == ("b",)


@pytest.mark.parametrize(("state", "poll", "in_range", "refetch"), [
    ("listed", True, True, True),
    ("failed", True, True, True),
    ("archived", False, False, True),
    ("out_of_range", False, True, True),
    ("gone", False, False, True),
])  # fmt: skip
def test_what_is_fetched_depends_on_the_state_and_the_task(
    state: str, poll: bool, in_range: bool, refetch: bool
) -> None:
    day = date(2024, 5, 1)
    backfill = Task(RunKind.BACKFILL, since=date(2024, 1, 1), until=date(2024, 12, 31))
    assert plan.wanted(state, day, POLL) is poll
    assert plan.wanted(state, day, backfill) is in_range
    assert plan.wanted(state, day, replace(backfill, refetch=True)) is refetch
    assert plan.wanted(state, date(2023, 12, 31), replace(backfill, refetch=True)) is False


def test_a_failed_page_is_tried_twice_at_once_then_ever_more_rarely_and_never_given_up() -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    waits = [plan.next_try(attempts, now) - now for attempts in range(1, 40)]
    assert waits[:4] == [timedelta(0), timedelta(0), timedelta(minutes=30), timedelta(hours=1)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(days=1)
    assert [plan.waits(now + later, now) for later in (timedelta(0), timedelta(minutes=1), timedelta(days=1))] == [
        False, True, True,
    ]  # fmt: skip
    assert not plan.waits(now + timedelta(days=700), now), "written by a clock that was years ahead"


def tally(*outcomes: Outcome, ends: list[plan.SectionEnd] | None = None) -> plan.Tally:
    made = plan.Tally(sections=[plan.SectionEnd("p/s", pages=1, stopped="known_page")] if ends is None else ends)
    for outcome in outcomes:
        made.add(outcome, stage="article", url="u", error=None, undated=False)
    return made


def failed(error: Exception, pages: int = 0) -> plan.SectionEnd:
    return plan.SectionEnd("p/s", pages=pages, stopped="failed", cause=plan.cause_of(error, pages=pages))


URL = "https://portal.example/"


@pytest.mark.parametrize(
    ("happened", "verdict"),
    [
        (tally(Outcome.ADDED), Verdict.COMPLETE),
        (tally(Outcome.REVISED), Verdict.COMPLETE),
        (tally(Outcome.UNCHANGED), Verdict.EMPTY_EXPECTED),
        (tally(), Verdict.EMPTY_EXPECTED),
        (tally(Outcome.MISSING), Verdict.EMPTY_EXPECTED),
        (tally(Outcome.ADDED, Outcome.FAILED), Verdict.INCOMPLETE),
        (tally(Outcome.ADDED, Outcome.CRASHED), Verdict.INCOMPLETE),
        (tally(ends=[]), Verdict.INCOMPLETE),
        (tally(ends=[failed(EmptyListing("none"))]), Verdict.EMPTY_SUSPECT),
        (tally(ends=[failed(FieldMissing("no list", field="item"))]), Verdict.LAYOUT_CHANGED),
        (tally(ends=[failed(WrongPage("login", kind="login"))]), Verdict.BLOCKED),
        (tally(ends=[failed(WrongPage("busy", kind="error", status=503))]), Verdict.UNREACHABLE),
        (tally(ends=[failed(WrongPage("yellow page", kind="error", status=200))]), Verdict.BLOCKED),
        (tally(ends=[failed(Unreachable("no name", cause="name", url=URL))]), Verdict.UNREACHABLE),
        (tally(ends=[failed(RobotsForbid("no", cause="robots", url=URL))]), Verdict.BLOCKED),
        (tally(ends=[failed(Unreachable("slow", cause="timeout", url=URL), pages=2)]), Verdict.TRUNCATED),
        (tally(ends=[plan.SectionEnd("p/s", pages=1, stopped="short")]), Verdict.TRUNCATED),
        (
            tally(ends=[failed(Unreachable("x", cause="refused", url=URL)), plan.SectionEnd("p/t", 1)]),
            Verdict.INCOMPLETE,
        ),
        (tally(ends=[failed(ValueError("a bug"))]), Verdict.INCOMPLETE),
    ],
)  # fmt: skip
def test_a_run_claims_no_more_than_it_saw(happened: plan.Tally, verdict: Verdict) -> None:
    assert plan.verdict(happened) is verdict
    assert plan.EXIT_CODES[verdict] == 0 or verdict not in {Verdict.COMPLETE, Verdict.EMPTY_EXPECTED}


def test_articles_that_lose_a_required_field_in_numbers_mean_a_changed_layout() -> None:
    made = tally(Outcome.ADDED, Outcome.ADDED)
    for _ in range(3):
        made.add(Outcome.FAILED, stage="article", url="u", error=FieldMissing("no title", field="title"), undated=False)
    assert plan.verdict(made) is Verdict.LAYOUT_CHANGED
    few = tally(*[Outcome.ADDED] * 20)
    few.add(Outcome.FAILED, stage="article", url="u", error=FieldMissing("no title", field="title"), undated=False)
    assert plan.verdict(few) is Verdict.INCOMPLETE


def test_of_several_portals_the_worst_verdict_counts() -> None:
    assert plan.worst([Verdict.COMPLETE, Verdict.UNREACHABLE, Verdict.INCOMPLETE]) is Verdict.UNREACHABLE
    assert plan.worst([Verdict.EMPTY_EXPECTED, Verdict.TRUNCATED]) is Verdict.TRUNCATED
    assert plan.worst([Verdict.BLOCKED, Verdict.INTERRUPTED]) is Verdict.INTERRUPTED
