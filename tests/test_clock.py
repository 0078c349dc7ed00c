"""Clocks: a step of the wall clock is noticed, and instants never go back because of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.clock import MOST_AHEAD, SteadyClock, StepWatch

NOON = datetime(2024, 1, 8, 12, tzinfo=UTC)
HOURS = timedelta(hours=1)


class Hands:
    """A wall clock and a monotonic one, moved by the test."""

    def __init__(self) -> None:
        self.at, self.seconds = NOON, 0.0

    def wall(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def passes(self, time: timedelta) -> None:
        self.at += time
        self.seconds += time.total_seconds()

    def set(self, step: timedelta) -> None:
        self.at += step


def test_a_step_is_told_once_and_by_how_much() -> None:
    hands = Hands()
    watch = StepWatch(hands.wall, hands.monotonic)
    hands.passes(HOURS)
    assert watch.step() == timedelta(0)
    hands.passes(timedelta(seconds=30))
    hands.set(-2 * HOURS)
    assert watch.step() == -2 * HOURS
    assert watch.step() == timedelta(0)


def test_a_clock_that_is_slewed_is_not_set() -> None:
    hands = Hands()
    watch = StepWatch(hands.wall, hands.monotonic)
    for _ in range(100):
        hands.passes(timedelta(seconds=30))
        hands.set(timedelta(milliseconds=15))
        assert watch.step() == timedelta(0)


def test_after_a_step_back_instants_go_on_at_half_speed_until_the_wall_clock_has_caught_up() -> None:
    hands = Hands()
    clock = SteadyClock(hands.wall, hands.monotonic)
    assert clock.now() == NOON
    hands.set(-2 * HOURS)
    hands.passes(HOURS)
    assert clock.now() == NOON + HOURS / 2
    assert clock.ahead == 1.5 * HOURS
    hands.passes(3 * HOURS)
    assert clock.now() == NOON + 2 * HOURS == hands.wall()
    hands.passes(HOURS)
    assert (clock.now(), clock.ahead) == (hands.wall(), timedelta(0))


def test_a_clock_that_was_days_ahead_is_not_followed_and_said_to_be_wrong() -> None:
    hands = Hands()
    clock = SteadyClock(hands.wall, hands.monotonic, since=NOON + timedelta(days=400))
    assert clock.now() == NOON
    assert clock.ahead == timedelta(days=400)


def test_what_is_written_down_already_is_not_undercut_after_a_restart() -> None:
    hands = Hands()
    clock = SteadyClock(hands.wall, hands.monotonic, since=NOON + HOURS)
    assert clock.now() == NOON + HOURS


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["passes", "set"]),
            st.timedeltas(-MOST_AHEAD / 4, MOST_AHEAD / 4),
        ),
        max_size=40,
    )
)
def test_whatever_is_done_to_the_wall_clock_instants_never_go_back(moves: list[tuple[str, timedelta]]) -> None:
    hands = Hands()
    clock = SteadyClock(hands.wall, hands.monotonic)
    said, deepest, offset = [clock.now()], timedelta(0), timedelta(0)
    for what, time in moves:
        if what == "set":
            hands.set(time)
            offset += time
            deepest = min(deepest, offset)
        else:
            hands.passes(abs(time))
        if clock.ahead > MOST_AHEAD:
            return  # then it gives up, which is another test's matter
        said.append(clock.now())
    assert said == sorted(said)
    assert said[-1] >= hands.wall()
