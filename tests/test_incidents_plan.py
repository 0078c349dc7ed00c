"""Incidents as they are decided: what a run shows and proves, how long a trouble must last, who is told when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collector import plan
from collector.errors import EmptyListing, FetchRefused, FieldMissing, RobotsForbid, Unreachable, WrongPage
from collector.incident import Brewing, Incident, Trouble
from collector.model import Outcome, RunReport, Verdict
from collector.plan.incidents import Changes, notice_due, observed, told
from collector.plan.troubles import CAUSES, Key, finding

URL = "https://portal.example/tin"
NOW = datetime(2024, 7, 1, 1, 0, tzinfo=UTC)
HOST = {"unreachable", "no_such_host", "resolver"}
EVERY = {*HOST, "blocked", "layout_changed", "empty_listing", "truncated", "incomplete", "crashed"}
NEVER = set(CAUSES) - EVERY

READ: dict[str, object] = {"stopped": "known_page", "pages": 1}
SHORT: dict[str, object] = {"stopped": "short", "pages": 2, "last_page": 5}
SAME: dict[str, object] = {"stopped": "not_modified"}


def failed(error: Exception, pages: int = 0) -> dict[str, object]:
    cause, reason = plan.cause_of(error, pages=pages), plan.reason_of(error)
    return {"stopped": "failed", "pages": pages, "cause": cause, "reason": reason, "message": str(error)}


def silent(cause: str) -> dict[str, object]:
    return failed(Unreachable(cause, cause=cause, url=URL))


def report(
    *ends: dict[str, object], outcomes: dict[Outcome, int] | None = None, interrupted: bool = False, **more: object
) -> RunReport:
    sections = [plan.SectionEnd(f"tinh/{number}", **end) for number, end in enumerate(ends)]  # type: ignore[arg-type]
    tally = plan.Tally(sections=sections, outcomes=outcomes or {}, **more)  # type: ignore[arg-type]
    return plan.report(tally, run=1, portal="tinh", source="live", interrupted=interrupted, requests=3, bytes_read=1)


ADDED, UNREAD, CRASHED = {Outcome.ADDED: 2}, {Outcome.FAILED: 1}, {Outcome.CRASHED: 1}
NEW_TEXT = FieldMissing("no title", field="title")
FORBIDDEN = RobotsForbid("forbidden", cause="robots", url=URL)
NIGHT = RobotsForbid("at night", cause="visit-time", url=URL)
LOGIN = WrongPage("a login form", kind="login")
PAGES = EVERY - HOST


@pytest.mark.parametrize(
    ("run", "verdict", "seen", "absent"),
    [
        (report(READ, outcomes=ADDED), "complete", set(), EVERY),
        (report(READ), "empty_expected", set(), EVERY - {"layout_changed"}),
        (report(SAME, SAME), "empty_expected", set(), EVERY - {"layout_changed"}),
        (report(READ, outcomes=ADDED, interrupted=True), "interrupted", set(), set()),
        (report(silent("timeout"), silent("refused")), "unreachable", {"unreachable"}, set()),
        (report(silent("name"), silent("name")), "unreachable", {"no_such_host"}, set()),
        (report(silent("resolver")), "unreachable", {"resolver"}, set()),
        (report(silent("name"), silent("timeout")), "unreachable", {"unreachable"}, set()),
        (report(failed(WrongPage("500", kind="error", status=500))), "unreachable", {"unreachable"}, set()),
        (report(failed(LOGIN)), "blocked", {"blocked"}, HOST),
        (report(failed(FORBIDDEN)), "blocked", {"blocked"}, set()),
        (report(failed(NIGHT)), "blocked", set(), set()),
        (report(failed(LOGIN), silent("timeout")), "blocked", {"blocked"}, HOST),
        (report(READ, stopped_early="blocked"), "blocked", {"blocked"}, HOST),
        (report(failed(LOGIN), READ), "incomplete", {"incomplete"}, HOST),
        (report(silent("timeout"), READ), "incomplete", {"incomplete"}, {*HOST, "blocked"}),
        (report(READ, stopped_early="unreachable"), "incomplete", {"incomplete"}, {*HOST, "blocked"}),
        (report(failed(NEW_TEXT)), "layout_changed", {"layout_changed"}, HOST),
        (
            report(READ, layout_failures=3, outcomes={Outcome.FAILED: 3}),
            "layout_changed",
            {"layout_changed"},
            {*HOST, "blocked", "empty_listing", "truncated", "crashed"},
        ),
        (report(failed(EmptyListing("no item"))), "empty_suspect", {"empty_listing"}, HOST),
        (report(failed(EmptyListing("no item")), READ), "empty_suspect", {"empty_listing"}, {*HOST, "blocked"}),
        (report(SHORT), "truncated", {"truncated"}, {*HOST, "blocked", "empty_listing", "crashed"}),
        (report(failed(LOGIN, pages=2)), "truncated", {"truncated"}, HOST),
        (
            report(READ, outcomes=UNREAD),
            "incomplete",
            {"incomplete"},
            {*HOST, "blocked", "empty_listing", "truncated", "crashed"},
        ),
        (
            report(READ, outcomes=UNREAD | ADDED),
            "incomplete",
            {"incomplete"},
            {*HOST, "blocked", "empty_listing", "truncated", "crashed", "layout_changed"},
        ),
        (report(READ, waiting=1), "incomplete", {"incomplete"}, {*HOST, "blocked", "empty_listing", "truncated"}),
        (report(READ, outcomes=CRASHED), "incomplete", {"crashed"}, {*HOST, "blocked", "empty_listing", "truncated"}),
        (
            report(READ, outcomes=CRASHED | UNREAD),
            "incomplete",
            {"crashed", "incomplete"},
            {*HOST, "blocked", "empty_listing", "truncated"},
        ),
        (report(failed(ZeroDivisionError("1/0"))), "incomplete", {"crashed"}, set()),
        (report(READ, unexamined=1), "incomplete", {"crashed"}, {*HOST, "blocked", "empty_listing", "truncated"}),
        (report(failed(FetchRefused("elsewhere", cause="redirect", url=URL))), "incomplete", {"incomplete"}, set()),
        (report(), "incomplete", {"incomplete"}, set()),
    ],
)
def test_a_run_shows_troubles_and_proves_others_absent(
    run: RunReport, verdict: str, seen: set[str], absent: set[str]
) -> None:
    found = finding(run)
    assert run.verdict is Verdict(verdict)
    proven = {cause for _, section, cause in found.absent if section is None}
    assert ({trouble.cause for trouble in found.seen}, proven) == (seen, absent)
    assert {trouble.portal for trouble in found.seen} | {portal for portal, _, _ in found.absent} <= {"tinh"}
    assert all(0 < len(trouble.detail) <= 300 and "\n" not in trouble.detail for trouble in found.seen)
    assert not NEVER & (seen | absent)


def test_a_changed_listing_is_the_trouble_of_its_section_and_over_once_it_is_read() -> None:
    def layouts(run: RunReport) -> tuple[set[str | None], set[str | None]]:
        found = finding(run)
        absent = {section for _, section, cause in found.absent if cause == "layout_changed"}
        return {trouble.section for trouble in found.seen if trouble.cause == "layout_changed"}, absent

    assert layouts(report(READ, failed(NEW_TEXT), failed(NEW_TEXT))) == ({"tinh/1"}, {"tinh/0"})
    assert layouts(report(SAME, READ, silent("timeout"))) == (set(), {"tinh/0", "tinh/1"})
    assert layouts(report(READ, READ, outcomes=ADDED)) == (set(), {"tinh/0", "tinh/1", None})
    assert layouts(report(READ, layout_failures=3, outcomes={Outcome.FAILED: 3})) == ({None}, {"tinh/0"})


def test_what_a_web_archive_keeps_says_nothing_of_the_portal() -> None:
    run = report(silent("timeout"))
    assert finding(run).seen
    other = RunReport(run.run, run.portal, "wayback", run.verdict, run.evidence)
    assert (finding(other).seen, finding(other).absent) == ((), frozenset())


def test_the_detail_names_the_first_of_what_went_wrong() -> None:
    (login,) = finding(report(failed(LOGIN), failed(LOGIN))).seen
    assert login.detail == "tinh/0: a login form (and 1 more)"
    (short,) = finding(report(SHORT)).seen
    assert short.detail == "tinh/0: ended at page 2 of 5"
    failure = {"url": URL, "error": "PageCut", "message": "stops\nin its middle " + "x" * 400}
    (unread,) = finding(report(READ, outcomes=UNREAD, failures=[failure], waiting=4)).seen
    assert unread.detail.startswith(f"{URL}: stops in its middle xxx")
    assert unread.detail.endswith("x (and 1 more)")
    assert len(unread.detail) == 300


# --- how long a trouble must last -------------------------------------------------------------------------------------

DOWN = Trouble("unreachable", "no answer", "tinh")
KEY = ("tinh", None, "unreachable")


class Story:
    """Polls in a row, half an hour apart, seen by the plan alone."""

    def __init__(self, strikes: int = 3) -> None:
        self.strikes, self.at = strikes, NOW
        self.brewing: dict[Key, Brewing] = {}
        self.incidents: list[Incident] = []

    def poll(self, what: str, trouble: Trouble = DOWN) -> Changes:
        """``x``: the trouble shows; ``.``: it is proven absent; ``?``: nothing is known."""
        self.at += timedelta(minutes=30)
        key = (trouble.portal, trouble.section, trouble.cause)
        changes = observed(
            [trouble] if what == "x" else [],
            [key] if what == "." else [],
            at=self.at,
            brewing=self.brewing,
            incidents=self.incidents,
            strikes=self.strikes,
        )
        for one in changes.forgotten:
            del self.brewing[one]
        self.brewing |= {(one.trouble.portal, one.trouble.section, one.trouble.cause): one for one in changes.brewing}
        for one_of in (*changes.seen, *changes.closed):
            self.incidents = [old for old in self.incidents if old.closed_at or old.opened_at != one_of.opened_at]
            self.incidents.append(one_of)
        self.incidents += changes.opened
        return changes

    def opens(self, polls: str, trouble: Trouble = DOWN) -> list[int]:
        """Return at which polls, from 1, an incident was opened."""
        return [number for number, what in enumerate(polls, 1) if self.poll(what, trouble).opened]


@pytest.mark.parametrize(
    ("polls", "opened"),
    [
        ("xx", []),
        ("xxx", [3]),
        ("xxxxxx", [3]),
        ("xx.xx", []),
        ("xx?x", [4]),
        ("x?x?x", [5]),
        ("xx.xxx", [6]),
        ("xxx?????xx", [3]),
    ],
)
def test_polls_in_a_row_open_an_incident_and_those_that_prove_nothing_do_not_count(
    polls: str, opened: list[int]
) -> None:
    assert Story().opens(polls) == opened


def test_a_trouble_that_comes_back_within_a_day_must_last_longer_each_time() -> None:
    assert Story().opens("xxx." + "xxxxxx." + "xxxxxxxxxxxx") == [3, 10, 23]
    story = Story()
    assert story.opens("xxx.") == [3]
    story.at += timedelta(days=1)
    assert story.opens("xxx.") == [3]


def test_a_portal_that_answers_one_poll_in_four_makes_two_messages_a_day() -> None:
    polls = "xxx." * 12 * 7  # a week of half hours
    assert len(Story().opens(polls)) == 7


def test_no_outage_is_silent_for_longer_than_a_day_and_its_strikes_however_it_flaps_before() -> None:
    story = Story()
    for strikes in (3, 6, 12, 24):
        story.opens("x" * strikes + ".")
    (opened,) = story.opens("x" * 100)
    assert opened <= 48 + 3


def test_what_is_decided_elsewhere_opens_at_once() -> None:
    for cause in ("quiet", "clock", "configuration"):
        assert Story().opens("x", Trouble(cause, "so")) == [1]
    assert Story().opens("x", Trouble("archive", "full")) == []
    refused = Story()
    assert refused.opens("x.x.x", Trouble("configuration", "refused")) == [1, 3, 5]


def test_an_incident_remembers_its_first_poll_and_its_latest_detail() -> None:
    story = Story()
    story.opens("xxx")
    changes = story.poll("x", Trouble("unreachable", "refused", "tinh"))
    (incident,) = changes.seen
    assert (incident.first_at, incident.opened_at) == (NOW + timedelta(minutes=30), NOW + timedelta(minutes=90))
    assert (incident.strikes, incident.trouble.detail) == (4, "refused")
    (closed,) = story.poll(".").closed
    assert (closed.closed_at, closed.strikes) == (story.at, 4)


def test_what_shows_is_not_absent_whatever_else_is_said() -> None:
    changes = observed([DOWN], [KEY], at=NOW, brewing={}, incidents=[], strikes=1)
    assert len(changes.opened) == 1
    assert not changes.closed


# --- who is told, and when --------------------------------------------------------------------------------------------


def test_reminders_come_after_a_day_then_two_four_and_weekly() -> None:
    incident = Incident(1, DOWN, NOW, NOW, NOW, 3, told_at=NOW)
    days = []
    for hour in range(24 * 40):
        now = NOW + timedelta(hours=hour)
        if (notice := notice_due(incident, remind=timedelta(days=1), now=now)) is not None:
            assert notice.kind == "reminder"
            incident = told(incident, notice.kind, now)
            days.append(hour // 24)
    assert days == [1, 3, 7, 14, 21, 28, 35]
    assert incident.reminders == 7


def test_reminders_can_be_rarer_than_weekly_or_left_out() -> None:
    incident = Incident(1, DOWN, NOW, NOW, NOW, 3, told_at=NOW)
    later = NOW + timedelta(days=29)
    assert notice_due(incident, remind=timedelta(0), now=NOW + timedelta(days=3650)) is None
    assert notice_due(incident, remind=timedelta(days=30), now=later) is None
    assert notice_due(incident, remind=timedelta(days=30), now=later + timedelta(days=1)) is not None


@pytest.mark.parametrize(
    "remind", [timedelta(microseconds=1), timedelta(hours=24), timedelta(days=6.9), timedelta(days=365)]
)
@pytest.mark.parametrize("reminders", [29, 30, 64, 2_000])
def test_what_lasts_for_years_is_still_mentioned_weekly(remind: timedelta, reminders: int) -> None:
    incident = Incident(1, DOWN, NOW, NOW, NOW, 3, told_at=NOW, reminded_at=NOW, reminders=reminders)
    assert notice_due(incident, remind=remind, now=NOW) is None
    assert notice_due(incident, remind=remind, now=NOW + max(remind, timedelta(days=7))) is not None


def test_only_an_opening_that_was_told_is_followed_by_a_recovery() -> None:
    def due(incident: Incident) -> str | None:
        notice = notice_due(incident, remind=timedelta(days=1), now=NOW)
        return None if notice is None else notice.kind

    untold = Incident(1, DOWN, NOW, NOW, NOW, 3)
    assert due(untold) == "opened"
    assert due(Incident(1, DOWN, NOW, NOW, NOW, 3, closed_at=NOW)) is None
    opened = told(untold, "opened", NOW)
    assert due(opened) is None
    closed = Incident(1, DOWN, NOW, NOW, NOW, 3, told_at=NOW, closed_at=NOW)
    assert due(closed) == "recovered"
    assert due(told(closed, "recovered", NOW)) is None
