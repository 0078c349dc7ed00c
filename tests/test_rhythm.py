"""When a section's silence is unusual, and when it is an ordinary quiet week."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import load_shipped
from collector.holidays import Holidays
from collector.plan import Quiet, Silence, quiet, silence
from collector.plan.rhythm import WINDOW, is_working

HOLIDAYS = load_shipped().holidays
DAY = timedelta(days=1)
PORTAL_SHUT = date(2025, 3, 14)  # a Friday


def working(first: date, last: date) -> list[date]:
    """Return the working days of a span, both ends included."""
    span = (first + DAY * number for number in range((last - first).days + 1))
    return [day for day in span if is_working(day, HOLIDAYS)]


def years_before(last: date, *, every: int = 1, years: int = 2) -> list[date]:
    """Return each so-manieth working day of the years before ``last``, which is one of them."""
    return working(last - timedelta(days=365 * years), last)[::-every][::-1]


def judged(days: Sequence[date], until: date) -> Silence:
    found = silence(days, until, HOLIDAYS)
    assert found is not None
    return found


def first_alarm(days: Sequence[date], *, within: int = 1_000) -> date | None:
    """Return the first day after the last publication on which silence is unusual."""
    last = max(days)
    span = (last + DAY * number for number in range(within))
    return next((day for day in span if judged(days, day).unusual), None)


# --- daily offices ------------------------------------------------------------------------------------------------


def test_a_daily_section_that_stops_is_noticed_within_two_weeks() -> None:
    alarm = first_alarm(years_before(PORTAL_SHUT))
    assert alarm is not None
    assert timedelta(days=4) < alarm - PORTAL_SHUT <= timedelta(days=14)
    rng = random.Random(1)
    for _ in range(20):
        days = [day for day in years_before(PORTAL_SHUT) if rng.random() < 0.85] + [PORTAL_SHUT]
        alarm = first_alarm(days)
        assert alarm is not None
        assert alarm - PORTAL_SHUT <= timedelta(days=14)


@pytest.mark.parametrize(
    ("last", "back"),
    [
        (date(2024, 2, 7), date(2024, 2, 22)),  # Tết of 2024, with a week in which nobody writes
        (date(2025, 1, 24), date(2025, 2, 10)),
        (date(2026, 2, 13), date(2026, 3, 2)),
        (date(2023, 4, 28), date(2023, 5, 4)),  # Giỗ Tổ, 30 April and 1 May in one
        (date(2024, 4, 26), date(2024, 5, 2)),
        (date(2025, 4, 29), date(2025, 5, 5)),
        (date(2025, 8, 29), date(2025, 9, 3)),
    ],
)
def test_holidays_are_no_silence(last: date, back: date) -> None:
    days = years_before(last)
    for number in range((back - last).days + 1):
        assert judged(days, last + DAY * number).working_days == 0
    assert judged(days, back + DAY).working_days == 1


def test_a_daily_section_has_no_silent_day_in_a_decade_with_its_holidays() -> None:
    days = working(date(2016, 1, 1), date(2026, 12, 1))
    for number in range(500, len(days), 7):
        assert judged(days[number - 500 : number], days[number]).working_days == 0, days[number]


def test_a_week_that_an_office_is_away_is_ordinary_and_two_are_not() -> None:
    days = years_before(PORTAL_SHUT)
    assert not judged(days, PORTAL_SHUT + timedelta(days=10)).unusual, "the Monday after"
    assert judged(days, PORTAL_SHUT + timedelta(days=14)).unusual


def test_one_long_pause_in_two_years_is_no_habit_and_one_each_year_is() -> None:
    days = years_before(PORTAL_SHUT)
    moved = [day for day in days if not date(2024, 7, 1) <= day <= date(2024, 8, 31)]
    assert judged(moved, PORTAL_SHUT).usual == 0
    alarm = first_alarm(moved)
    assert alarm is not None
    assert alarm - PORTAL_SHUT <= timedelta(days=21)
    summers = [day for day in moved if not date(2023, 7, 1) <= day <= date(2023, 8, 25)]
    assert judged(summers, PORTAL_SHUT).usual == len(working(date(2023, 7, 1), date(2023, 8, 25)))
    assert not judged(summers, PORTAL_SHUT + timedelta(days=60)).unusual


# --- other habits -------------------------------------------------------------------------------------------------


def test_a_weekly_section_is_noticed_when_the_second_bulletin_is_missing_and_not_at_the_first() -> None:
    wednesdays = [PORTAL_SHUT - timedelta(days=2) - timedelta(weeks=week) for week in range(100)]
    last = max(wednesdays)
    found = judged(wednesdays, last + timedelta(days=8))
    # Holidays are no working days, so some of its weeks were shorter than five; none was longer.
    assert (found.usual, found.unusual, found.working_days) == (4, False, 5)
    alarm = first_alarm(wednesdays)
    assert alarm is not None
    assert timedelta(days=8) < alarm - last <= timedelta(days=14)


def test_a_monthly_section_is_not_called_quiet_for_being_a_week_late() -> None:
    days = [date(2023 + month // 12, month % 12 + 1, 10 + (month * 5) % 7) for month in range(26)]
    last = max(days)
    found = judged(days, last + timedelta(days=40))
    assert not found.unusual
    alarm = first_alarm(days)
    assert alarm is not None
    assert timedelta(days=45) < alarm - last < timedelta(days=100)


def test_a_section_that_publishes_in_bursts_is_silent_between_them() -> None:
    rng, days = random.Random(5), []
    day = date(2023, 1, 3)
    while day < PORTAL_SHUT:
        days += working(day, day + timedelta(days=rng.randint(2, 7)))
        day += timedelta(days=rng.randint(14, 35))
    last = max(days)
    found = judged(days, last + timedelta(days=25))
    assert found.usual is not None
    assert 12 <= found.usual <= 25
    assert not found.unusual
    assert judged(days, last + timedelta(days=120)).unusual


def test_a_new_section_with_three_bulletins_has_no_habit() -> None:
    days = [date(2024, 5, 6), date(2024, 5, 7), date(2024, 5, 8)]
    found = judged(days, date(2026, 5, 6))
    assert (found.usual, found.limit, found.expected_by, found.unusual) == (None, None, None, False)
    assert found.working_days > 400
    assert quiet("tinh/tin", found) is None
    assert silence([], date(2026, 5, 6), HOLIDAYS) is None


def test_a_habit_begins_with_ten_gaps() -> None:
    days = working(date(2024, 5, 6), date(2024, 6, 30))
    assert judged(days[:10], days[10]).limit is None
    assert judged(days[:11], days[10]).limit is not None


def test_the_less_is_known_of_irregular_habits_the_longer_is_nothing_said() -> None:
    gaps = [1, 9, 3, 15, 2, 6, 22, 4, 8, 5]
    calendar = working(date(2023, 2, 1), PORTAL_SHUT)
    limits = []
    for repeated in (1, 6):
        days = [calendar[sum((gaps * repeated)[:number])] for number in range(len(gaps) * repeated + 1)]
        found = judged(days, max(days))
        assert (found.usual, found.unusual) == (21, False)
        limits.append(found.limit or 0)
    few, many = limits
    assert few > many > 1.5 * 22


def test_weekends_alone_are_no_gaps() -> None:
    saturdays = [date(2024, 3, 2) + timedelta(weeks=week) for week in range(20)]
    sundays = [day + DAY for day in saturdays]
    fridays = [day - DAY for day in saturdays]
    until = max(sundays) + timedelta(days=3)
    assert judged(saturdays + sundays, until).usual == judged(fridays, until).usual
    assert judged(saturdays + sundays + fridays, until).limit == judged(fridays, until).limit


def test_what_is_quiet_names_since_when_and_by_when_something_was_expected() -> None:
    days = years_before(PORTAL_SHUT)
    found = judged(days, date(2025, 4, 14))
    assert quiet("tinh/tin", found) == Quiet("tinh/tin", PORTAL_SHUT, 19, 0, date(2025, 3, 17))
    assert quiet("tinh/tin", judged(days, date(2025, 3, 18))) is None


def test_a_section_that_resumes_is_quiet_no_more_and_learns_the_pause_only_if_it_comes_again() -> None:
    before = years_before(PORTAL_SHUT)
    back = working(date(2025, 7, 1), date(2025, 7, 8))
    assert judged(before, back[0]).unusual
    found = judged(before + back[:1], back[0])
    assert (found.unusual, found.working_days, found.since) == (False, 0, back[0])
    limit = judged(before + back, back[-1]).limit
    assert limit is not None
    assert limit < 20


# --- slips --------------------------------------------------------------------------------------------------------


def test_days_of_the_future_and_of_1970_change_nothing() -> None:
    days, until = years_before(PORTAL_SHUT), PORTAL_SHUT + timedelta(days=5)
    slips = [date(2099, 1, 1), date(1970, 1, 1), until + DAY, date.max, date.min]
    assert judged(days + slips, until) == judged(days, until)


def test_order_and_repetition_change_nothing() -> None:
    days, until = years_before(PORTAL_SHUT, every=3), PORTAL_SHUT + timedelta(days=5)
    mixed = days * 3
    random.Random(3).shuffle(mixed)
    assert judged(mixed, until) == judged(days, until)


def test_a_section_is_learned_from_its_last_two_years_however_long_ago_they_were() -> None:
    days = years_before(PORTAL_SHUT) + [date(2015, 1, 5) + timedelta(days=90 * number) for number in range(20)]
    assert judged(days, PORTAL_SHUT + WINDOW * 4).limit == judged(years_before(PORTAL_SHUT), PORTAL_SHUT).limit


def test_beyond_the_calendar_fixed_days_are_known_and_it_says_so() -> None:
    known = Holidays(2024, 2024, frozenset({date(2024, 2, 9), date(2024, 2, 12)}), frozenset({(1, 1), (4, 30)}))
    assert not is_working(date(2024, 2, 12), known)
    assert is_working(date(2024, 4, 30), known), "of a known year only what the calendar says"
    assert is_working(date(2025, 1, 29), known), "nobody knows that it is Tết"
    assert not is_working(date(2025, 4, 30), known)
    found = silence([date(2024, 12, 30)], date(2024, 12, 31), known)
    assert found is not None
    assert found.holidays_known
    found = silence([date(2024, 12, 30)], date(2025, 1, 2), known)
    assert found is not None
    assert (found.holidays_known, found.working_days) == (False, 1)


# --- properties ---------------------------------------------------------------------------------------------------

publications = st.lists(st.integers(0, 1_500), min_size=1, max_size=120).map(
    lambda numbers: [date(2019, 1, 1) + DAY * number for number in numbers]
)


@given(publications)
def test_nothing_is_unusual_right_after_a_publication(days: list[date]) -> None:
    for later in range(4):
        found = judged(days, max(days) + DAY * later)
        assert found.working_days <= later
        assert not found.unusual


@given(publications, st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_silence_only_grows_and_ends_no_alarm(days: list[date], steps: list[int]) -> None:
    until = max(days)
    before = judged(days, until)
    for step in steps:
        until += DAY * step
        found = judged(days, until)
        assert found.working_days >= before.working_days
        assert (found.usual, found.limit, found.expected_by) == (before.usual, before.limit, before.expected_by)
        assert found.unusual or not before.unusual
        before = found


@given(publications, st.integers(0, 400))
def test_what_is_told_fits_together(days: list[date], later: int) -> None:
    found = judged(days, max(days) + DAY * later)
    told = quiet("tinh/tin", found)
    assert (told is not None) == found.unusual
    if found.limit is not None and found.usual is not None and found.expected_by is not None:
        assert found.limit > found.usual
        assert is_working(found.expected_by, HOLIDAYS)
        on_time = judged(days, found.expected_by)
        assert (on_time.working_days, on_time.unusual) == (found.usual, False)


# --- how often it is wrong ----------------------------------------------------------------------------------------


def habits(rng: random.Random, calendar: Sequence[date]) -> Iterator[tuple[str, list[date]]]:
    yield "four days in five", [day for day in calendar if rng.random() < 0.8]
    yield "two a week", [day for day in calendar if rng.random() < 0.4]
    yield "weekly", [calendar[week + rng.choice([1, 2, 2, 2, 3])] for week in range(0, len(calendar) - 5, 5)]
    yield "monthly", [calendar[month + rng.randint(5, 15)] for month in range(0, len(calendar) - 21, 21)]


def test_a_section_that_goes_on_is_called_quiet_less_than_once_in_five_years() -> None:
    """Few sections, for the tests' sake; ``benchmarks/rhythm.py`` has the figures that the rule's docstring tells."""
    calendar = working(date(2018, 1, 1), date(2026, 1, 1))
    alarms: dict[str, int] = {}
    judged_from, rng = date(2021, 1, 1), random.Random(11)
    for _ in range(3):
        for name, days in habits(rng, calendar):
            alarms.setdefault(name, 0)
            for number, day in enumerate(days):
                if day >= judged_from and number % 5 == 0:
                    alarms[name] += judged(days[max(0, number - 500) : number], day).unusual
    assert len(alarms) == 4
    assert max(alarms.values()) <= 1, f"of 15 years each, every fifth gap: {alarms}"
