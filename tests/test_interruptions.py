"""Stopped at any moment, politely or not: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from collector.demo.newsroom import Newsroom
from collector.demo.site import ReplicaPortal
from killing import kill
from workplace import Workplace

BACKFILL = ("-q", "run", "--since", "2000-01-01", "--json")


def assert_everything_is_there(place: Workplace, portal: ReplicaPortal) -> None:
    assert place.faults() == []
    expected = portal.newsroom.expected()
    rows = {str(row[0]): row[1] for row in place.rows("select source_id, body from articles")}
    assert rows == {source_id: one.body for source_id, one in expected.items()}
    assert place.rows("select count(*) from revisions") == [(len(expected),)]


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path) -> None:
    toll = kill(tmp_path, 24, seed=20240108)
    assert toll.violations == []
    assert toll.kills == {"backfill": 8, "poll": 8, "recheck": 8}
    assert min(toll.articles - 68, toll.revisions - toll.articles, toll.gone) > 0, "the portal lived all the while"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_backfill_stopped_by_a_signal_says_so_and_goes_on_where_it_stopped(tmp_path: Path, number: int) -> None:
    with ReplicaPortal(newsroom=Newsroom(count=40), latency=0.02) as portal:
        place = Workplace(tmp_path, portal.base_url)
        with place.start(*BACKFILL) as process:
            while len(portal.requests) < 15:
                time.sleep(0.01)
            process.send_signal(number)
            out, _ = process.communicate(timeout=10)
        assert process.returncode == 130
        assert json.loads(out)["verdict"] == "interrupted"
        kept = place.rows("select count(*) from articles")[0][0]
        assert isinstance(kept, int)
        assert 0 < kept < 40
        done = json.loads(place.run(*BACKFILL).stdout)
        assert (done["verdict"], done["runs"][0]["added"]) == ("complete", 40 - kept)
        assert_everything_is_there(place, portal)


def test_a_signal_in_the_middle_of_a_hanging_answer_ends_at_once(tmp_path: Path) -> None:
    with ReplicaPortal(newsroom=Newsroom(count=20), latency=5) as portal:
        place = Workplace(tmp_path, portal.base_url)
        with place.start(*BACKFILL) as process:
            while not portal.pending:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            process.communicate(timeout=10)
        assert process.returncode == 130
        assert time.monotonic() - started < 4


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    with ReplicaPortal(newsroom=Newsroom(count=40), latency=0.02) as portal:
        place = Workplace(tmp_path, portal.base_url)
        with place.start(*BACKFILL) as process:
            while len(portal.requests) < 10:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=10)
        assert process.returncode == 130
        assert place.faults() == []
