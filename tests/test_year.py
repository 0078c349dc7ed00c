"""Some simulated weeks of the daemon, with everything in them that ``year.py`` has; and its reckoning of due times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from collector.schedule import Timetable
from year import tell
from year_daemon import Configuration, Schedule
from year_ticks import Moment, due_times

NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)
BERLIN = Configuration(None, "0 */2 * * *", "Europe/Berlin")


def test_whatever_happens_in_some_weeks_everything_is_accounted_for(tmp_path: Path) -> None:
    outcome = tell(tmp_path, days=24, every=480, seed=20240701, kills=8, stops=3)
    assert outcome.violations == []
    assert outcome.counts["lives that ended by kill"] > 1, "it was told of a daemon that is killed"
    assert outcome.figures["steps of the clock"] == 7
    incidents = outcome.figures["incidents"]
    assert isinstance(incidents, list)
    for cause in ("unreachable", "blocked", "layout_changed", "archive", "clock", "configuration"):
        assert any(cause in line for line in incidents), cause


@pytest.mark.slow
def test_the_same_with_more_polls_and_kills(tmp_path: Path) -> None:
    outcome = tell(tmp_path, days=24, every=180, seed=20240108, kills=25, stops=8)
    assert outcome.violations == []


def test_due_times_are_reckoned_by_interval_calendar_and_clock() -> None:
    hours = timedelta(hours=1)
    moments = [
        Moment("start", NOON, Configuration(120)),
        Moment("step", NOON + 3 * hours, step=-2 * hours),
        Moment("reload", NOON + 5 * hours, BERLIN),
        Moment("end", NOON + 7 * hours),
    ]
    found = [(at - NOON) / hours for at in due_times(moments, "a")]
    assert found == [0, 2, 2, 4, 6]


@pytest.mark.parametrize("night", [datetime(2024, 10, 26, 12, tzinfo=UTC), datetime(2025, 3, 29, 12, tzinfo=UTC)])
def test_the_reckoning_and_the_timetable_agree_on_the_nights_on_which_clocks_are_set(night: datetime) -> None:
    end = night + timedelta(days=1)
    assert BERLIN.cron is not None
    table = Timetable(Schedule(None, BERLIN.cron), BERLIN.timezone, anchor=night)
    moments = [Moment("start", night - timedelta(hours=2), BERLIN), Moment("end", end)]
    reckoned = [at for at in due_times(moments, "a") if at > night]
    assert reckoned == list(table.between(night, end))
    hours = {(later - earlier) / timedelta(hours=1) for earlier, later in pairwise(reckoned)}
    assert hours > {2.0}, "one distance is another that night"
