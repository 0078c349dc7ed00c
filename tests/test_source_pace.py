"""The pace that web archives are asked at, as their own log shows it (PORTALS 3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from archives_replica import WaybackReplica, failing
from collector.demo.loopback import Response
from collector.errors import Unreachable
from collector.fetch import ForgetfulMemory
from crawl_replica import CrawlReplica
from faulty_portal import Clock
from past import PREFIX, captures, http, identities, in_parts, of, source, told


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def machine(clock: Clock) -> Iterator[WaybackReplica]:
    with WaybackReplica(captures(60), clock=clock.monotonic) as running:
        yield running


def test_the_index_is_asked_24_times_a_minute_at_most(machine: WaybackReplica, clock: Clock) -> None:
    told(in_parts(machine, clock, rows=2))
    assert len(machine.pace.times("/cdx/")) > 48
    assert machine.pace.most_within(60, "/cdx/") == 24


def test_captures_are_asked_for_8_times_a_second_at_most(machine: WaybackReplica, clock: Clock) -> None:
    found = source("wayback", machine, clock)
    for capture in machine.captures[:40]:
        found.page(of(capture))
    assert machine.pace.most_within(1, "id_/") == 8
    assert clock.passed == pytest.approx(39 * 0.125)


def test_both_together_keep_both_limits(machine: WaybackReplica, clock: Clock) -> None:
    found = in_parts(machine, clock, rows=3)
    for part in found.index(PREFIX, since=None, resume=None):
        for memento in part.mementos:
            found.page(memento)
    assert machine.pace.most_within(60, "/cdx/") <= 24
    assert machine.pace.most_within(1, "id_/") <= 8


@pytest.mark.parametrize("word", ["/cdx/", "id_/"])
@pytest.mark.parametrize(
    ("retry_after", "rest"), [((), 60), ((("Retry-After", "5"),), 60), ((("Retry-After", "90"),), 90)]
)
def test_after_a_429_the_whole_host_rests_for_a_minute_or_as_long_as_it_says(
    machine: WaybackReplica, clock: Clock, word: str, retry_after: tuple[tuple[str, str], ...], rest: int
) -> None:
    memory = ForgetfulMemory()
    found = source("wayback", machine, clock, memory=memory)
    machine.fault = failing(Response(429, b"Too Many Requests", retry_after), word=word)
    with pytest.raises(Unreachable, match="slow down"):
        found.page(of(machine.captures[0])) if word == "id_/" else told(found)
    throttled = clock.passed
    # Another run, another source, the other kind of request: the host is remembered.
    again = source("wayback", machine, clock, memory=memory)
    told(again) if word == "id_/" else again.page(of(machine.captures[0]))
    assert machine.pace.asked[1][0] - throttled >= rest


def test_a_429_in_the_middle_costs_a_minute_and_nothing_is_missing(machine: WaybackReplica, clock: Clock) -> None:
    found = source("wayback", machine, clock, settings=http(retries=3))
    machine.fault = failing(Response(429), times=2)
    assert identities(told(found)) == identities(machine.captures)
    first, second, third, *_ = machine.pace.times("/cdx/")
    assert min(second - first, third - second) >= 60


def test_a_longer_wish_is_remembered_and_nobody_is_asked_meanwhile(machine: WaybackReplica, clock: Clock) -> None:
    memory = ForgetfulMemory()
    machine.fault = failing(Response(429, b"", (("Retry-After", "3600"),)))
    with pytest.raises(Unreachable) as caught:
        told(source("wayback", machine, clock, memory=memory, settings=http(retries=3)))
    assert caught.value.cause == "throttled"
    for _ in range(3):
        with pytest.raises(Unreachable) as caught:
            told(source("wayback", machine, clock, memory=memory))
        assert caught.value.cause == "throttled"
    assert len(machine.requests) == 1
    clock.sleep(3601)
    assert len(told(source("wayback", machine, clock, memory=memory))) == 60


def test_a_503_is_backed_off_from(machine: WaybackReplica, clock: Clock) -> None:
    machine.fault = failing(Response(503), times=3)
    told(source("wayback", machine, clock, settings=http(retries=3)))
    gaps = [after - before for before, after in pairwise(machine.pace.times("/cdx/"))]
    assert min(gaps) >= 2.5
    assert max(gaps) > 3


@pytest.mark.parametrize("status", [429, 503])
def test_common_crawl_is_asked_once_a_second_and_its_data_every_half_second(clock: Clock, status: int) -> None:
    began = datetime(2020, 1, 1, tzinfo=UTC)
    crawls = {f"CC-MAIN-{year}-10": captures(6, path=str(year)) for year in (2022, 2021, 2020)}
    with CrawlReplica(crawls, block=4, clock=clock.monotonic) as crawl:
        found = source("commoncrawl", crawl, clock, settings=http(retries=3))
        mementos = told(found)
        assert began - timedelta(days=1000) < mementos[0].captured_at
        for memento in mementos:
            found.page(memento)
        index, data = crawl.pace.times("-index"), crawl.pace.times("/warc/")
        assert min(after - before for before, after in pairwise(index)) >= 1
        assert min(after - before for before, after in pairwise(data)) >= 0.55 - 1e-9
        assert (len(index), len(data)) == (9, 18)
        crawl.fault = failing(Response(status, b"Slow Down"), times=3)
        found.page(mementos[0])
        gaps = [after - before for before, after in pairwise(crawl.pace.times("/warc/")[-4:])]
        assert min(gaps) >= (60 if status == 429 else 0.55) - 1e-9
        assert max(gaps) > 1
