"""What of a listing nobody has read, and when a bulletin is looked at again: decided, without an archive."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector import plan
from collector.model import KnownSection, LookedAt, Unread

SIZE = 3


class Reader:
    """Walks a listing from its top down as the collector does, and remembers which items it ever read."""

    def __init__(self) -> None:
        self.unread: Unread | None = None
        self.listed: set[int] = set()

    def walk(self, listing: list[int], *, deep: int, bad: frozenset[int] = frozenset()) -> None:
        """Read ``deep`` pages of ``listing`` but for the ``bad`` ones; page one is never bad."""
        last = max(1, -(-len(listing) // SIZE))
        for number in range(1, min(deep, last) + 1):
            if number in bad:
                self.unread = plan.page_passed_over(self.unread, number, page_size=SIZE, last_page=last)
                continue
            items = listing[(number - 1) * SIZE : number * SIZE]
            fresh = [item not in self.listed for item in items]
            self.unread = plan.page_read(self.unread, number, fresh, page_size=SIZE, last_page=last)
            self.listed |= set(items)
        if deep >= last and last not in bad:
            assert self.unread is not None
            self.unread = plan.end_reached(self.unread, last, passed_over=bool(bad & set(range(last + 1))))

    def believed_unread(self, listing: list[int]) -> set[int]:
        assert self.unread is not None
        spans = self.unread.spans
        return {
            item
            for place, item in enumerate(listing)
            if any(start <= place and (stop is None or place < stop) for start, stop in spans)
        }


WALKS = st.tuples(st.integers(1, 9), st.frozensets(st.integers(2, 9), max_size=3))
NEWS = st.integers(0, 5)


@given(st.integers(1, 24), st.lists(st.tuples(NEWS, WALKS), min_size=1, max_size=8))
def test_what_a_walk_came_to_and_nobody_read_is_noted_however_much_is_published(
    length: int, story: list[tuple[int, tuple[int, frozenset[int]]]]
) -> None:
    reader, listing, serial = Reader(), list(range(length)), length
    came_to = set(listing)
    for news, (deep, bad) in story:
        listing = [*range(serial, serial + news), *listing]
        serial += news
        came_to |= set(listing[: deep * SIZE])
        reader.walk(listing, deep=deep, bad=bad)
        assert (set(listing) & came_to) - reader.listed <= reader.believed_unread(listing)


@given(st.integers(1, 24), WALKS, st.lists(st.tuples(NEWS, st.integers(0, 3)), max_size=5))
def test_nothing_else_is_noted_where_the_walks_read_on_to_what_they_know(
    length: int, first: tuple[int, frozenset[int]], story: list[tuple[int, int]]
) -> None:
    reader, listing, serial = Reader(), list(range(length)), length
    reader.walk(listing, deep=first[0], bad=first[1])
    for news, more in story:
        listing = [*range(serial, serial + news), *listing]
        serial += news
        reader.walk(listing, deep=-(-news // SIZE) + 1 + more)
    assert reader.believed_unread(listing) == set(listing) - reader.listed


@given(
    st.integers(1, 24),
    st.lists(st.tuples(NEWS, st.lists(st.integers(0, 30), max_size=6), WALKS), min_size=1, max_size=8),
)
def test_a_gap_is_never_forgotten_while_bulletins_are_taken_off_the_list(
    length: int, story: list[tuple[int, list[int], tuple[int, frozenset[int]]]]
) -> None:
    reader, listing, serial = Reader(), list(range(length)), length
    walked: set[int] = set()  # what stood on the list when it was walked last
    for news, gone, (deep, bad) in story:
        listing = [*range(serial, serial + news), *listing]
        serial += news
        for place in gone:
            if len(listing) > 1:
                del listing[place % len(listing)]
        reader.walk(listing, deep=deep, bad=bad)
        walked = set(listing)
        assert reader.unread is not None
        if walked & set(range(length)) - reader.listed:
            assert reader.unread.spans
    reader.walk(listing, deep=99)
    assert reader.unread is not None
    assert (reader.unread.spans, set(listing) - reader.listed) == ((), set())


def test_pages_are_told_as_numbers_of_today() -> None:
    reader = Reader()
    reader.walk(list(range(30)), deep=99, bad=frozenset({3, 7}))
    assert reader.unread is not None
    assert plan.unread_pages(reader.unread) == ((3, 3), (7, 7))
    reader.walk([100, 101, 102, *range(30)], deep=1)
    assert reader.unread is not None
    assert plan.unread_pages(reader.unread) == ((4, 4), (8, 8)), "a page of news pushed them down"
    reader.walk([103, 100, 101, 102, *range(30)], deep=1)
    assert reader.unread is not None
    assert plan.unread_pages(reader.unread) == ((4, 5), (8, 9)), "one more, and each stands on two pages"


def test_a_section_of_which_only_the_first_page_was_read_is_unread_to_its_end() -> None:
    unread = plan.page_read(None, 1, [True] * SIZE, page_size=SIZE, last_page=10)
    assert plan.unread_pages(unread) == ((2, 10),)
    endless = plan.page_read(None, 1, [True] * SIZE, page_size=SIZE, last_page=None)
    assert plan.unread_pages(endless) == ((2, None),)
    whole = KnownSection("tinh/tin", "/tin", plan.end_reached(unread, 10, passed_over=False), reached_end=True)
    assert not plan.has_gap(whole)
    assert plan.has_gap(replace(whole, unread=None)), "never noted is not the same as read"
    assert plan.has_gap(replace(whole, unread=unread))
    assert plan.has_gap(replace(whole, reached_end=False))
    assert plan.has_gap(replace(whole, caught_up=False)), "what the walk that broke off did not come to, nobody knows"


# --- looks -------------------------------------------------------------------------------------------------------------

BORN = datetime(2020, 1, 1, tzinfo=UTC)
POLL = timedelta(minutes=30)


def looked_at(days: int) -> list[timedelta]:
    """At which ages a bulletin is looked at that is polled for every half hour, from its first hour on."""
    looks, age, last = [], timedelta(), timedelta()
    while age < timedelta(days=days):
        # Polls of before cannot find a look due, because a quarter of the age has not passed: they are left out.
        age = max(age + POLL, last / (1 - plan.LOOK_SHARE) - POLL)
        if plan.due_looks([LookedAt(1, BORN, BORN + last)], BORN + age):
            looks.append(age)
            last = age
    return looks


@given(st.integers(2, 20_000))
def test_what_a_bulletin_costs_grows_with_the_logarithm_of_its_age(days: int) -> None:
    looks = looked_at(days)
    most = 1 / plan.LOOK_SHARE + math.log(days) / -math.log(1 - plan.LOOK_SHARE)
    assert abs(plan.looks_within(days) - most) < 1e-9
    assert most - 4 <= len(looks) <= most + 1, "polls come late by half an hour at most, so looks are a little fewer"


def test_looks_are_frequent_in_the_first_days_ever_rarer_and_without_end() -> None:
    looks = looked_at(3650)
    assert sum(age <= timedelta(days=1) for age in looks) >= 3
    gaps = [after - before for before, after in pairwise(looks[8:])]
    assert gaps == sorted(gaps)
    assert looked_at(20_000)[-1] > timedelta(days=15_000)


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), max_size=20))
def test_the_most_overdue_is_looked_at_first_and_nothing_that_is_not_due(ages: list[tuple[int, int]]) -> None:
    now = BORN + timedelta(days=9000)
    bulletins = [
        LookedAt(number, now - timedelta(days=age), now - timedelta(hours=since))
        for number, (age, since) in enumerate(ages)
    ]
    due = plan.due_looks(bulletins, now)
    times = [plan.overdue(bulletins[number], now) for number in due]
    assert times == sorted(times, reverse=True)
    assert all(plan.overdue(one, now) < 1 for one in bulletins if one.article not in due)


def test_a_look_of_years_ahead_was_noted_by_a_wrong_clock_and_leaves_no_bulletin_unlooked_at_for_years() -> None:
    now = BORN + timedelta(days=30)
    assert plan.due_looks([LookedAt(1, BORN, now + timedelta(days=700))], now) == [1]
    assert plan.due_looks([LookedAt(1, BORN, now + timedelta(hours=2))], now) == [], "a clock set back by two hours"


def test_what_looks_cost_a_day_follows_from_how_much_is_published() -> None:
    assert plan.looks_a_day(2, 14) == 2 * plan.looks_within(14)
    assert plan.looks_a_day(2, 0) == 0, "off"
    assert 13 < plan.looks_within(14) < 14
