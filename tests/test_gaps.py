"""Gaps that the portal cannot close any more, and those who kept what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archives_replica import Capture, WaybackReplica, failing
from collector.demo.loopback import Response
from collector.demo.newsroom import Newsroom
from collector.demo.site import ReplicaPortal
from kept_captures import captured
from workplace import Workplace


@pytest.fixture
def portal() -> Iterator[ReplicaPortal]:
    with ReplicaPortal(newsroom=Newsroom(count=20)) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, portal: ReplicaPortal) -> Workplace:
    return Workplace(tmp_path, portal.base_url)


@pytest.mark.slow
def test_what_the_portal_lost_the_gaps_take_from_who_has_it(place: Workplace, portal: ReplicaPortal) -> None:
    lost, nowhere = sorted(portal.newsroom.listing()[:2], key=lambda one: one.id)
    kept = captured(portal, [one.path() for one in (lost, nowhere)], datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC))
    captures = [Capture(page.url, page.fetched_at, body=page.body) for page in kept]
    for one in (lost, nowhere):
        portal.newsroom.delete(one.id)
    place.run("run", "--since", "2000-01-01")
    assert place.run("run", "--gaps").returncode == 0, "nobody has listed them"
    with WaybackReplica(captures) as machine:
        place.ask_archives_at(machine.base_url)
        assert place.run("run", "--source", "wayback", "--limit", "1").returncode == 0
        missing = json.loads(place.run("coverage", "--missing", "--json").stdout)["portals"][0]["missing"]
        assert [one["source_id"] for one in missing] == [str(nowhere.id)]
        machine.lost = {captures[1].timestamp}
        left = place.run("run", "--gaps")
        assert left.returncode == 1
        assert "1 bulletins are still missing" in left.stderr
    assert place.rows(f"select count(*) from articles where source_id in ({lost.id}, {nowhere.id})") == [(1,)]


@pytest.mark.slow
def test_gaps_that_a_web_archive_closes_are_closed(place: Workplace, portal: ReplicaPortal) -> None:
    lost = portal.newsroom.listing()[0]
    page = captured(portal, [lost.path()], datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC))[0]
    other = captured(portal, [portal.newsroom.listing()[1].path()], page.fetched_at)[0]
    portal.newsroom.delete(lost.id)
    place.run("run", "--since", "2000-01-01")
    with WaybackReplica([Capture(one.url, one.fetched_at, body=one.body) for one in (page, other)]) as machine:
        place.ask_archives_at(machine.base_url)
        machine.fault = failing(Response(503), times=99, word="id_/")
        assert place.run("run", "--source", "wayback").returncode == 3
        machine.fault = None
        asked = len(machine.requests)
        done = place.run("run", "--gaps", "--json")
        assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "complete"), done.stderr
        assert [target for _, target, _ in machine.requests[asked:] if "/cdx/" in target] == []
    assert place.rows(f"select body <> '' from articles where source_id = '{lost.id}'") == [(1,)]
