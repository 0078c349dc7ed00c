"""When a portal is due: by an interval or a calendar, across daylight saving, always forward."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.schedule import Timetable, runs_a_day

ANCHOR = datetime(2024, 1, 8, 3, 20, tzinfo=UTC)
#: Half an hour, an hour, southern summer, changes at midnight, and two places without any.
ZONES = ["Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Asia/Beirut", "Asia/Ho_Chi_Minh", "UTC"]
#: Without a time zone, as hypothesis wants them: they are UTC.
FIRST, LAST = datetime(2023, 1, 1), datetime(2026, 12, 31)  # noqa: DTZ001


@dataclass(frozen=True)
class Schedule:
    every: float | None = None
    cron: str | None = None
    jitter: float = 0


def dues(schedule: Schedule, zone: str, after: datetime, hours: float) -> list[datetime]:
    return list(Timetable(schedule, zone, anchor=ANCHOR).between(after, after + timedelta(hours=hours)))


def told(schedule: Schedule, zone: str, after: datetime, hours: float) -> list[str]:
    return [at.strftime("%H:%M") for at in dues(schedule, zone, after, hours)]


@pytest.mark.parametrize("schedule", [Schedule(cron="20 10 * * *"), Schedule(every=86_400)])
def test_a_due_time_less_than_a_second_away_is_not_passed_over(schedule: Schedule) -> None:
    table = Timetable(schedule, "Asia/Ho_Chi_Minh", anchor=ANCHOR - timedelta(days=1))
    assert table.after(ANCHOR - timedelta(microseconds=1)) == ANCHOR
    assert table.after(ANCHOR) == ANCHOR + timedelta(days=1)


def test_an_interval_is_counted_from_its_anchor() -> None:
    table = Timetable(Schedule(every=1800), "Asia/Ho_Chi_Minh", anchor=ANCHOR)
    assert table.after(ANCHOR) == ANCHOR + timedelta(minutes=30)
    assert table.after(ANCHOR + timedelta(days=3, seconds=1)) == ANCHOR + timedelta(days=3, minutes=30)
    before = ANCHOR - timedelta(days=200, minutes=1)
    assert table.after(before) == before + timedelta(minutes=1), "a ledger that was put back may end there"
    moved = table.anchored(ANCHOR + timedelta(minutes=7))
    assert moved.after(ANCHOR) == ANCHOR + timedelta(minutes=7)


def test_a_calendar_is_the_portals_own() -> None:
    half_past_six = told(
        Schedule(cron="30 6 * * mon-fri"), "Asia/Ho_Chi_Minh", datetime(2024, 1, 5, 12, tzinfo=UTC), 72
    )
    assert half_past_six == ["23:30"]  # Monday's, in UTC still Sunday


SPRING, AUTUMN = datetime(2024, 3, 30, 22, 45, tzinfo=UTC), datetime(2024, 10, 26, 22, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "night", "times"),
    [
        # 02:00 to 03:00 is left out in spring: what comes every half hour goes on, a fixed time comes an hour later.
        ("*/30 * * * *", SPRING, "23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30"),
        ("30 2 * * *", SPRING, "01:30"),
        ("15 1-3 * * *", SPRING, "00:15 01:15"),
        # and comes twice in autumn: every half hour twice, a fixed time once.
        ("*/30 * * * *", AUTUMN, "23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30"),
        ("30 2 * * *", AUTUMN, "00:30"),
        ("15 1-3 * * *", AUTUMN, "23:15 00:15 02:15"),
    ],
)
def test_the_night_in_which_the_clock_is_set(cron: str, night: datetime, times: str) -> None:
    assert told(Schedule(cron=cron), "Europe/Berlin", night, 4) == times.split()


CRONS = st.sampled_from(
    [
        "*/30 * * * *",
        "0 * * * *",
        "30 2 * * *",
        "0 0 * * *",
        "15 1-3 * * *",
        "59 23 * * sun",
        "*/17 */2 1 * *",
        "0 3 29 2 *",
    ]
)


@given(CRONS, st.sampled_from(ZONES), st.datetimes(FIRST, LAST))
def test_due_times_go_forward_and_are_what_the_wall_clock_shows(cron: str, zone: str, start: datetime) -> None:
    table = Timetable(Schedule(cron=cron), zone, anchor=ANCHOR)
    at = start.replace(tzinfo=UTC)
    for _ in range(6):
        following = table.after(at)
        assert following > at
        assert following.tzinfo is UTC
        # Asked anywhere on the way there, the answer is the same: nothing is left out, whenever one starts.
        assert table.after(at + (following - at) / 2) == following
        minute = cron.split(maxsplit=1)[0]
        here = following.astimezone(ZoneInfo(zone))
        if minute.isdecimal() and here.utcoffset() == (here - timedelta(hours=3)).utcoffset():
            assert here.minute == int(minute)
        at = following


@given(st.sampled_from(ZONES), st.datetimes(FIRST, LAST))
def test_every_half_hour_is_every_half_hour_whatever_is_done_to_the_clock(zone: str, start: datetime) -> None:
    found = dues(Schedule(cron="*/30 * * * *"), zone, start.replace(tzinfo=UTC), 12)
    assert len(found) in (24, 25)
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=30)}


@given(st.floats(0.6, 400_000), st.datetimes(FIRST + timedelta(days=400), LAST))
def test_an_interval_goes_on_for_ever(every: float, start: datetime) -> None:
    table = Timetable(Schedule(every=every), "Asia/Ho_Chi_Minh", anchor=ANCHOR)
    at = start.replace(tzinfo=UTC)
    following = table.after(at)
    assert timedelta(0) < following - at <= timedelta(seconds=max(1, round(every)))
    assert (following - ANCHOR) % timedelta(seconds=max(1, round(every))) == timedelta(0)


@pytest.mark.parametrize(
    ("schedule", "runs"),
    [({"every": 1800}, 48), ({"every": 100_000}, 1), ({"cron": "15 6-20 * * *", "jitter": 60}, 15)],
)
def test_a_schedule_brings_so_many_runs_a_day(schedule: dict[str, Any], runs: int) -> None:
    assert runs_a_day(Schedule(**schedule), "Asia/Ho_Chi_Minh", ANCHOR) == runs
