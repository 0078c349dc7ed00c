"""A portal changes its layout without a word: the bulletins are kept by the fallback, and no run calls that a success."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector import plan
from collector.demo.loopback import Request, Response
from collector.demo.newsroom import SECTIONS
from collector.model import Bulletin, Outcome, RunKind, RunReport, Task, Verdict
from collector.plan.fills import HISTORY
from conftest import Replica

EVERYTHING = Task(RunKind.BACKFILL)
RENAMED = {
    b"ArticleTitle": b"tt-bai", b"TitleNews": b"tt-bai", b"ArticleContent": b"nd-bai", b"ArticleDetail": b"khung",
    b"DateCreate": b"ngay",
}  # fmt: skip


def redesign(replica: Replica, names: dict[bytes, bytes] = RENAMED) -> None:
    """Rename classes on article pages; the listings stay as they are."""

    def changed(request: Request) -> Response | None:
        answer = replica.site.answer(request)
        if re.search(r"/\d{6,}/|-\d{6,}$|[?&]id=", request.target) is None:
            return answer
        body = answer.body
        for old, new in names.items():
            body = body.replace(old, new)
        # The family's other marks stay, as they do when only a page's inner template is exchanged.
        return replace(answer, body=body)

    replica.site.fault = changed


def rates(report: RunReport) -> dict[str, dict[str, Any]]:
    found = report.evidence.get("fill_rates", [])
    assert isinstance(found, list)
    return {one["field"]: one for one in found}


def test_a_silent_change_of_layout_keeps_the_content_and_is_no_success(replica: Replica) -> None:
    replica.run(EVERYTHING)
    redesign(replica)
    ids = replica.newsroom.publish(5)
    report = replica.run()
    assert (report.verdict, report.added, report.failed) == (Verdict.LAYOUT_CHANGED, 5, 0)
    rows, expected = replica.rows(), replica.newsroom.expected()
    for one in map(str, ids):
        row, wanted = rows[one], expected[one]
        assert (row["title"], row["published_on"]) == (wanted.title, wanted.published_on.isoformat())
        assert str(row["body"]).split("\n")[: len(wanted.blocks)] == wanted.body.split("\n")
    assert rates(report)["body"] == {
        "field": "body", "rate_now": 0.0, "rate_before": 1.0, "read": 5, "known": 60, "fallback": 5,
    }  # fmt: skip
    assert rates(report).keys() == {"title", "body", "published_on"}


def test_the_next_healthy_run_is_complete(replica: Replica) -> None:
    replica.run(EVERYTHING)
    redesign(replica)
    replica.newsroom.publish(5)
    assert replica.run().verdict is Verdict.LAYOUT_CHANGED
    replica.site.fault = None
    replica.newsroom.publish(1)
    assert replica.run().verdict is Verdict.COMPLETE
    assert replica.run().verdict is Verdict.EMPTY_EXPECTED


def test_bulletins_that_come_one_by_one_are_told_at_the_first_and_never_become_the_custom(replica: Replica) -> None:
    replica.run(EVERYTHING)
    redesign(replica)
    verdicts = []
    for _ in range(6):
        replica.newsroom.publish(1)
        verdicts.append(replica.run().verdict)
    assert verdicts == [Verdict.LAYOUT_CHANGED] * 6


def test_what_the_fallback_filled_is_told_from_the_first_bulletin_on(replica: Replica) -> None:
    replica.run(EVERYTHING)
    redesign(replica)
    replica.newsroom.publish(1)
    assert replica.run().evidence["by_fallback"] == {"title": 1, "body": 1, "published_on": 1}


def test_a_portal_that_was_never_read_before_cannot_have_changed(replica: Replica) -> None:
    redesign(replica)
    report = replica.run(EVERYTHING)
    assert report.verdict is Verdict.COMPLETE
    assert report.evidence["by_fallback"] == {"title": 60, "body": 60, "published_on": 60}
    replica.newsroom.publish(4)
    assert replica.run().verdict is Verdict.COMPLETE, "what was so from the first is this portal's way"


def test_a_date_that_disappears_is_a_change_of_layout_too(replica: Replica) -> None:
    replica.run(EVERYTHING)
    redesign(replica, {b'DateCreate">Ng': b'x" hidden>Ng'})
    replica.newsroom.publish(4)
    report = replica.run()
    assert report.verdict is Verdict.LAYOUT_CHANGED
    assert rates(report).keys() == {"published_on"}
    assert rates(report)["published_on"]["fallback"] == 0


def test_a_portal_whose_profile_looks_for_no_date_does_not_miss_one(replica: Replica) -> None:
    replica.run(EVERYTHING)
    redesign(replica, {b'DateCreate">Ng': b'x" hidden>Ng'})
    replica.newsroom.publish(4)
    undated = replace(replica.profile, article=replace(replica.profile.article, published=()))
    assert replica.run(profile=undated).verdict is Verdict.COMPLETE


def test_bulletins_looked_at_again_in_another_layout_were_not_edited(replica: Replica) -> None:
    replica.run(EVERYTHING)
    redesign(replica)
    replica.years_pass()
    report = replica.run(Task(recheck_days=36_500, recheck_per_run=500))
    assert report.verdict is Verdict.LAYOUT_CHANGED
    assert report.revised == 0
    assert replica.value("select count(*) from corrections") == 0
    replica.site.fault = None
    replica.years_pass()
    assert replica.run(Task(recheck_days=36_500, recheck_per_run=500)).revised == 0


def test_the_history_leaves_out_other_portals_and_runs_that_found_a_change(replica: Replica) -> None:
    replica.run(EVERYTHING)
    redesign(replica)
    replica.newsroom.publish(5)
    replica.run()
    history = replica.archive.bulletins.provenances(portal=replica.profile.id, limit=HISTORY)
    assert len(history) == 60
    assert all(one["title"].startswith("selector:") for one in history)
    assert replica.archive.bulletins.provenances(portal="another", limit=HISTORY) == []
    assert len(replica.archive.bulletins.provenances(portal=replica.profile.id, limit=7)) == 7
    assert len(SECTIONS) > 1


# --- the rule -----------------------------------------------------------------------------------------------------

GOOD = {"title": "selector:h1", "body": "selector:.Body", "lead": "selector:.Lead"}
GUESSED = {"title": "selector:h1", "body": "fallback:readability-lxml"}
LEADLESS = {"title": "selector:h1", "body": "selector:.Body"}
FIELDS = ("title", "body")


def fires(read: list[dict[str, str]], before: list[dict[str, str]]) -> bool:
    return bool(plan.drifts(read, before, FIELDS))


@pytest.mark.parametrize(
    ("read", "before", "fired"),
    [
        ([GUESSED] * 3, [GOOD] * 20, True),
        ([GUESSED] * 3, [GOOD] * 19, False),
        ([GUESSED] * 2, [GOOD] * 300, False),
        ([GUESSED], [GUESSED] * 2 + [GOOD] * 20, True),
        ([GUESSED], [GUESSED] + [GOOD] * 300, False),
        ([GOOD], [GUESSED] * 2 + [GOOD] * 20, False),
        ([GUESSED] * 3 + [GOOD] * 3, [GOOD] * 300, True),
        ([GUESSED] * 3 + [GOOD] * 4, [GOOD] * 300, False),
        ([GUESSED] * 3, [GUESSED] * 37 + [GOOD] * 263, False),
        ([GUESSED] * 4, [GUESSED] * 37 + [GOOD] * 263, True),
        ([GUESSED] * 200, [GUESSED] * 300, False),
        ([GUESSED] * 5_000, [GOOD] * 300, True),
        ([LEADLESS] * 200, [GOOD] * 300, False),
        ([], [GOOD] * 300, False),
    ],
)
def test_the_rule_at_its_edges(read: list[dict[str, str]], before: list[dict[str, str]], fired: bool) -> None:
    assert fires(read, before) is fired


SOME = st.lists(st.sampled_from([GOOD, GUESSED, LEADLESS]), max_size=40)


@given(SOME, SOME)
def test_a_small_sample_or_a_young_portal_never_fires(read: list[dict[str, str]], before: list[dict[str, str]]) -> None:
    lost = sum("fallback" in one["body"] for one in read)
    borrowed = before[: max(0, 3 - len(read))]
    if lost + sum("fallback" in one["body"] for one in borrowed) < 3 or len(before) - len(borrowed) < 20:
        assert not fires(read, before)


@given(SOME, SOME)
def test_a_run_that_mostly_reads_by_selectors_never_fires(
    read: list[dict[str, str]], before: list[dict[str, str]]
) -> None:
    if 2 * sum("fallback" in one["body"] for one in read) < len(read):
        assert not fires(read, before)


@given(SOME, SOME)
@example([GUESSED] * 3, [GOOD] * 20)
def test_more_loss_never_turns_the_alarm_off(read: list[dict[str, str]], before: list[dict[str, str]]) -> None:
    if len(read) >= 3 and fires(read, before):
        assert fires([*read, GUESSED], before)
        assert fires([GUESSED] * len(read), before)
        assert fires(read, [GOOD] * len(before))


@given(st.integers(3, 60), st.integers(20, HISTORY))
def test_a_portal_that_always_filled_and_fills_nothing_any_more_always_fires(read: int, before: int) -> None:
    (drift,) = plan.drifts([GUESSED] * read, [GOOD] * before, FIELDS)
    assert (drift.field, drift.rate_now, drift.rate_before, drift.read, drift.known, drift.fallback) == (
        "body", 0.0, 1.0, read, before, read,
    )  # fmt: skip


# --- edits --------------------------------------------------------------------------------------------------------


def bulletin(body: str, source: str, *, title: str = "Tin", by: str = "selector:h1") -> Bulletin:
    return Bulletin("https://p.example/1", "1", title, body, provenance={"title": by, "body": source})


JUDGED: list[tuple[Bulletin, Bulletin, Outcome, list[str]]] = [
    (bulletin("A", "selector:x"), bulletin("A\nIn trang", "fallback:y"), Outcome.REREAD, []),
    (bulletin("A\nIn trang", "fallback:y"), bulletin("A", "selector:x"), Outcome.REREAD, []),
    (bulletin("A", "fallback:y"), bulletin("B", "fallback:y"), Outcome.REVISED, ["body"]),
    (bulletin("A", "selector:x"), bulletin("B", "selector:z"), Outcome.REVISED, ["body"]),
    (bulletin("A", "selector:x"), bulletin("B", "fallback:y", title="Tin mới"), Outcome.REVISED, ["title"]),
]


@pytest.mark.parametrize(("before", "after", "outcome", "fields"), JUDGED)
def test_only_what_was_read_in_the_same_way_can_be_an_edit(
    before: Bulletin, after: Bulletin, outcome: Outcome, fields: list[str]
) -> None:
    change = plan.judge(after, stored_hash=plan.content_hash(before), previous=before)
    assert (change.outcome, [one.field for one in change.corrections]) == (outcome, fields)
