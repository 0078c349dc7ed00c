"""One portal's turn: every due time is accounted for, whatever happened to the daemon, the clock or the portal."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.archive import Archive
from collector.clock import Clocks
from collector.config import demo_profile
from collector.errors import ArchiveFull
from collector.model import RunReport, Verdict
from collector.profile import Profile, SectionProfile
from collector.rota import Rota

NOON = datetime(2024, 1, 8, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Schedule:
    every: float | None = 1800
    cron: str | None = None
    jitter: float = 0


class Story:
    """A portal's rota under clocks that the test moves; polls take as long as it says."""

    def __init__(self, schedule: Schedule | None = None) -> None:
        self.archive = Archive(None)
        self.profile: Profile = demo_profile("http://127.0.0.1:9/", [SectionProfile("tin", "tin/")])
        self.archive.portals.register(self.profile)
        self.schedule = schedule or Schedule()
        self.at, self.seconds = NOON, 0.0
        self.rota = self.started()

    def started(self) -> Rota:
        clocks = Clocks(lambda: self.at, lambda: self.seconds)
        made: Rota = Rota(
            self.profile,
            archive=self.archive,
            schedule=self.schedule,
            timezone="Asia/Ho_Chi_Minh",
            clocks=clocks,
            chance=random.Random(1),
        )
        return made

    def passes(self, time: timedelta) -> None:
        self.at += time
        self.seconds += time.total_seconds()

    def set(self, step: timedelta) -> None:
        self.at += step
        self.rota.stepped(step)

    def polled(self, takes: timedelta = MINUTE / 2, verdict: Verdict = Verdict.COMPLETE) -> bool:
        if not self.rota.take():
            return False
        run = self.archive.ledger.begin_run(kind="poll", portal=self.profile.id, source="live", now=self.at)
        self.passes(takes)
        why = {"reason": "timeout"} if verdict is Verdict.UNREACHABLE else {}
        report = RunReport(run, self.profile.id, "live", verdict, {"sections": [why]})
        self.archive.ledger.finish_run(report, self.at)
        self.rota.ended(report)
        return True

    def lives(self, time: timedelta, *, look: float = 1800, **poll: Any) -> None:
        """Look when something is due, at least every ``look`` seconds, and some seconds too late."""
        end = self.seconds + time.total_seconds()
        while self.seconds < end:
            if not self.polled(**poll):
                wait = min(self.rota.wait() or 0, look) + 7
                self.passes(timedelta(seconds=max(min(wait, end - self.seconds), 0.001)))

    def ticks(self) -> list[tuple[str, str, int | None]]:
        rows = self.archive.connection.rows("select due_at, state, run from ticks order by id")
        return [(row["due_at"][11:16], row["state"], row["run"]) for row in rows]

    def states(self) -> list[str]:
        return [state for _, state, _ in self.ticks()]


@pytest.fixture
def story() -> Iterator[Story]:
    made = Story()
    yield made
    made.archive.close()


def test_a_first_start_polls_at_once_and_then_on_schedule(story: Story) -> None:
    story.lives(timedelta(minutes=65))
    assert story.ticks() == [("12:00", "ran", 1), ("12:30", "ran", 2), ("13:00", "ran", 3)]


def test_a_new_start_before_the_next_due_time_waits_for_it(story: Story) -> None:
    story.lives(timedelta(minutes=10))
    story.rota = story.started()
    assert story.rota.wait() == pytest.approx(20 * 60, abs=60)
    story.lives(timedelta(minutes=25))
    assert story.ticks() == [("12:00", "ran", 1), ("12:30", "ran", 2)]


def test_what_was_due_while_no_daemon_was_there_is_missed_and_the_last_of_it_polled_for_late(story: Story) -> None:
    story.lives(timedelta(minutes=10))
    story.passes(timedelta(hours=2))
    story.rota = story.started()
    story.lives(timedelta(minutes=1))
    assert story.ticks() == [
        ("12:00", "ran", 1),
        *((due, "missed", None) for due in ("12:30", "13:00", "13:30")),
        ("14:00", "late", 2),
    ]


def test_a_machine_that_slept_answers_all_it_slept_through_by_one_poll(story: Story) -> None:
    story.lives(timedelta(minutes=10))
    story.at += timedelta(hours=2)  # the monotonic clock stood still
    story.rota.stepped(timedelta(hours=2))
    story.lives(timedelta(minutes=1))
    assert [row[1:] for row in story.ticks()] == [("ran", 1), *[("coalesced", 2)] * 3, ("late", 2)]


def test_due_times_during_a_long_poll_overlap_with_it(story: Story) -> None:
    story.polled(takes=timedelta(minutes=70))
    story.lives(timedelta(minutes=1))
    assert story.ticks() == [("12:00", "ran", 1), ("12:30", "overlapped", 2), ("13:00", "late", 2)]


def test_a_clock_set_back_two_hours_delays_no_interval(story: Story) -> None:
    story.lives(timedelta(minutes=10))
    story.set(timedelta(hours=-2))
    before = story.seconds
    while not story.polled():
        story.passes(timedelta(seconds=20))
    assert story.seconds - before <= 21 * 60
    story.lives(timedelta(hours=1))
    assert story.ticks() == [("12:00", "ran", 1), ("10:30", "ran", 2), ("11:00", "ran", 3), ("11:30", "ran", 4)]


def test_calendar_times_that_come_once_more_are_due_once_more() -> None:
    story = Story(Schedule(every=None, cron="0 * * * *"))
    story.lives(timedelta(minutes=70))
    story.set(timedelta(hours=-2))
    story.lives(timedelta(hours=2))
    assert [due for due, *_ in story.ticks()] == ["12:00", "13:00", "12:00", "13:00"]
    assert set(story.states()) == {"ran"}


def test_a_small_step_back_brings_no_due_time_twice() -> None:
    story = Story(Schedule(every=None, cron="0 * * * *"))
    story.lives(timedelta(hours=1, seconds=45))
    story.set(timedelta(seconds=-40))
    story.lives(timedelta(minutes=5))
    assert [due for due, *_ in story.ticks()] == ["12:00", "13:00"]


def test_a_silent_host_is_asked_ever_more_rarely_and_what_was_due_has_the_run_that_came(story: Story) -> None:
    story.lives(timedelta(hours=20), verdict=Verdict.UNREACHABLE)
    runs = [due for due, state, _ in story.ticks() if state in ("ran", "late")]
    assert runs == ["12:00", "12:30", "13:00", "14:30", "17:00", "21:30", "04:00"]
    # and a new start knows it
    story.rota = story.started()
    story.lives(timedelta(hours=2))
    assert len([state for state in story.states() if state == "ran"]) == len(runs)
    story.lives(timedelta(hours=1))
    assert story.states()[-1] == "ran"
    assert story.archive.hosts.silence("127.0.0.1:9") is None
    story.lives(timedelta(hours=1))
    assert story.states()[-2:] == ["ran", "ran"], "it answers, so it is asked as before"
    assert all(run is not None for _, state, run in story.ticks() if state == "coalesced")


def test_a_clock_that_was_years_ahead_while_a_host_was_silent_does_not_leave_it_alone_for_years(story: Story) -> None:
    story.set(timedelta(days=400))
    story.lives(timedelta(hours=4), verdict=Verdict.UNREACHABLE)
    silence = story.archive.hosts.silence("127.0.0.1:9")
    assert silence is not None
    assert silence.next_try_at > NOON + timedelta(days=399)
    story.set(-timedelta(days=400))
    polled = len(story.states())
    story.lives(timedelta(hours=1))
    assert story.states()[polled:] == ["ran", "ran"]


def test_a_poll_that_was_killed_is_made_good_at_the_next_start(story: Story) -> None:
    story.rota.take()
    run = story.archive.ledger.begin_run(kind="poll", portal=story.profile.id, source="live", now=story.at)
    story.passes(MINUTE)
    story.rota = story.started()
    story.lives(MINUTE / 2)
    assert story.ticks() == [("12:00", "ran", run), ("12:01", "ran", run + 1)]


def test_a_poll_that_was_killed_while_its_clock_was_ahead_is_known_by_its_run(story: Story) -> None:
    """After a step back of two hours runs are stamped ahead of the wall clock, which due times go by."""
    story.lives(timedelta(minutes=10))
    story.set(timedelta(hours=-2))
    story.passes(timedelta(minutes=25))
    assert story.rota.take()
    ahead = story.at + timedelta(hours=1, minutes=45)
    run = story.archive.ledger.begin_run(kind="poll", portal=story.profile.id, source="live", now=ahead)
    story.rota = story.started()
    assert [(state, of) for _, state, of in story.ticks()] == [("ran", 1), ("late", run)]


def test_a_poll_that_was_killed_before_it_began_was_missed(story: Story) -> None:
    story.rota.take()
    story.passes(timedelta(minutes=40))
    story.rota = story.started()
    story.lives(MINUTE / 2)
    assert story.ticks() == [("12:00", "missed", None), ("12:30", "late", 1)]


def test_due_times_that_a_full_disk_kept_from_being_written_are_written_later(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.lives(timedelta(minutes=10))
    note = story.archive.ticks.note

    def full(*_: object, **__: object) -> None:
        raise ArchiveFull("no room")

    monkeypatch.setattr(story.archive.ticks, "note", full)
    for _ in range(2):
        story.passes(timedelta(minutes=30))
        with pytest.raises(ArchiveFull):
            story.rota.take()
        assert not story.rota.take(), "not again before the next due time"
    monkeypatch.setattr(story.archive.ticks, "note", note)
    story.lives(timedelta(minutes=25))
    assert story.ticks() == [
        ("12:00", "ran", 1),
        *((due, "coalesced", 2) for due in ("12:30", "13:00")),
        ("13:30", "ran", 2),
    ]


def test_another_schedule_counts_from_the_last_due_time(story: Story) -> None:
    story.lives(timedelta(minutes=8))
    story.rota.reschedule(Schedule(every=600), "Asia/Ho_Chi_Minh")
    story.lives(timedelta(minutes=15))
    assert [due for due, *_ in story.ticks()] == ["12:00", "12:10", "12:20"]


def test_jitter_delays_a_poll_and_is_no_lateness() -> None:
    story = Story(Schedule(jitter=600))
    story.lives(timedelta(hours=6))
    rows = story.archive.ticks.past(100)
    late = [row["seconds_late"] for row in rows]
    assert {row["state"] for row in rows} == {"ran"}
    assert len(set(late)) > 5
    assert 0 <= min(late) <= max(late) <= 640


def test_a_clock_that_stood_at_1970_fills_no_ledger_with_half_a_century(story: Story) -> None:
    story.at = datetime(1970, 1, 1, tzinfo=UTC)
    story.rota = story.started()
    story.lives(timedelta(minutes=1))
    story.set(NOON - story.at)
    story.lives(timedelta(hours=1))
    assert len(story.ticks()) <= 10_010
    assert story.states()[-1] == "ran"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("lives"), st.integers(1, 300)),
            st.tuples(st.just("sleeps"), st.integers(1, 300)),
            st.tuples(st.just("down"), st.integers(1, 300)),
            st.tuples(st.just("killed"), st.integers(1, 90)),
            st.tuples(st.just("silent"), st.integers(1, 300)),
            st.tuples(st.just("long"), st.integers(1, 200)),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_happens_every_due_time_has_one_row_and_every_run_one_of_its_own(moves: list[tuple[str, int]]) -> None:
    story = Story()
    for what, minutes in [*moves, ("lives", 31)]:
        time = timedelta(minutes=minutes)
        if what == "lives":
            story.lives(time)
        elif what == "silent":
            story.lives(time, verdict=Verdict.UNREACHABLE)
        elif what == "long":
            story.lives(MINUTE, takes=time)
        elif what == "sleeps":
            story.at += time
            story.rota.stepped(time)
        elif what == "down":
            story.passes(time)
            story.rota = story.started()
        elif story.rota.take():
            story.archive.ledger.begin_run(kind="poll", portal=story.profile.id, source="live", now=story.at)
            story.passes(time)
            story.rota = story.started()
    rows = story.archive.connection.rows("select due_at, started_at, state, run from ticks order by id")
    dues = [datetime.fromisoformat(row["due_at"]) for row in rows]
    assert all(earlier < later for earlier, later in pairwise(dues)), "each once, in order"
    assert all(later - earlier <= timedelta(minutes=30) for earlier, later in pairwise(dues)), "none left out"
    own = [row["run"] for row in rows if row["state"] in ("ran", "late")]
    assert len(own) == len(set(own))
    assert all(row["started_at"] >= row["due_at"] for row in rows if row["state"] in ("ran", "late"))
    runs = story.archive.connection.rows("select id from runs")
    assert set(own) == {row["id"] for row in runs}
    last = max((number for number, row in enumerate(rows) if row["run"] is not None), default=0)
    waiting = [row for row in rows[:last] if row["run"] is None and row["state"] != "missed"]
    assert waiting == [], "only what came after the last run may still wait for one"
    story.archive.close()


def silent_poll(story: Story, rota: Rota) -> None:
    run = story.archive.ledger.begin_run(kind="poll", portal=rota.profile.id, source="live", now=story.at)
    rota.ended(RunReport(run, rota.profile.id, "live", Verdict.UNREACHABLE, {}))


def test_portals_that_share_a_host_wait_no_longer_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story()
    rotas = [story.rota]
    for number in range(5):
        story.profile = replace(story.profile, id=f"so-{number}")
        story.archive.portals.register(story.profile)
        rotas.append(story.started())
    asked = []
    for _ in range(5 * 12):
        story.passes(MINUTE)
        begun = [rota for rota in rotas if rota.take()]
        for rota in begun:
            story.passes(timedelta(seconds=4))
            silent_poll(story, rota)
        if begun:
            asked.append(len(begun))
        story.passes(4 * MINUTE)
    assert asked[:4] == [6, 6, 6, 6], "at once, after half an hour, after an hour, and after an hour more"
    known = story.archive.hosts.silence("127.0.0.1:9")
    assert known is not None
    assert known.polls == len(asked)


def test_a_clock_that_erred_by_years_silences_nobody_for_years() -> None:
    story = Story()
    story.at += timedelta(days=900)
    for _ in range(4):
        story.archive.hosts.stayed_silent(
            "127.0.0.1:9", cause="timeout", now=story.at, next_try=lambda _, at: at + timedelta(hours=6)
        )
    assert not story.started().take()
    story.at = NOON + timedelta(hours=1)
    assert story.started().take()
