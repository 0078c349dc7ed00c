"""Common Crawl: crawl by crawl, page by page; captures out of parts of WARC files (PORTALS 3)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archives_replica import Capture, failing
from collector.demo.loopback import Request, Response
from collector.errors import CaptureAbsent, FetchRefused, Interrupted, Unreachable
from collector.model import Memento
from crawl_replica import CrawlReplica
from faulty_portal import Clock
from past import BEGAN, PREFIX, SITE, captures, http, identities, page_of, source, told

LINES = 4


def elsewhere(count: int, *, first: str) -> list[Capture]:
    """Captures of another host, which share blocks of the index with ours."""
    return [Capture(f"http://{first}{n}.soctrang.gov.vn/", BEGAN) for n in range(count)]


def year(number: int, count: int = 6) -> list[Capture]:
    at = datetime(number, 3, 1, tzinfo=UTC)
    return [Capture(f"{SITE}/tin/{number}-{n}", at + timedelta(hours=n), body=page_of(n)) for n in range(count)]


CRAWLS = {
    "CC-MAIN-2023-10": [*elsewhere(6, first="ubnd"), *year(2023)],
    "CC-MAIN-2022-10": elsewhere(9, first="ubnd"),
    "CC-MAIN-2021-10": [*elsewhere(3, first="ubnd"), *year(2021), *elsewhere(5, first="vqt")],
    "CC-MAIN-2012": year(2012, 1),
}
OURS = [one for kept in CRAWLS.values() for one in kept if one.url.startswith(SITE)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crawl(clock: Clock) -> Iterator[CrawlReplica]:
    with CrawlReplica(CRAWLS, block=LINES, clock=clock.monotonic) as running:
        yield running


def test_every_capture_of_every_crawl_is_told_once_the_newest_crawl_first(crawl: CrawlReplica, clock: Clock) -> None:
    found = told(source("commoncrawl", crawl, clock))
    assert identities(found) == identities(OURS)
    assert [one.captured_at.year for one in found] == sorted((one.captured_at.year for one in found), reverse=True)


def test_what_a_row_says_of_a_capture(crawl: CrawlReplica, clock: Clock) -> None:
    first = told(source("commoncrawl", crawl, clock))[0]
    capture = CRAWLS["CC-MAIN-2023-10"][6]
    assert (first.url, first.captured_at, first.status) == (capture.url, capture.captured_at, 200)
    assert (first.mimetype, first.digest, first.truncated) == ("text/html", capture.digest, None)
    assert first.locator.startswith("crawl-data/CC-MAIN-2023-10/segments/")


def test_a_capture_is_the_page_as_the_portal_sent_it(crawl: CrawlReplica, clock: Clock) -> None:
    found = source("commoncrawl", crawl, clock)
    pages = [found.page(one) for one in told(found)]
    assert sorted((one.url, one.fetched_at, one.body) for one in pages) == sorted(
        (one.url, one.captured_at, one.body) for one in OURS
    )
    assert {(one.status, one.origin, one.headers["content-type"]) for one in pages} == {
        (200, "commoncrawl", "text/html; charset=utf-8")
    }


def test_a_page_of_the_index_without_our_addresses_is_no_end(crawl: CrawlReplica, clock: Clock) -> None:
    told(source("commoncrawl", crawl, clock))
    answers = [served.status for served in crawl.requests if "2021-10-index" in served.target]
    assert 404 not in answers[-1:]
    crawl.block = 3  # the first block of 2021 holds the other host's only
    assert identities(told(source("commoncrawl", crawl, clock))) == identities(OURS)
    assert (404, True) in {(served.status, "page=0" in served.target) for served in crawl.requests}


def test_nothing_there_is_told_by_the_index_itself(crawl: CrawlReplica, clock: Clock) -> None:
    parts = list(source("commoncrawl", crawl, clock).index("labour.example/", since=None, resume=None))
    assert not any(part.mementos for part in parts)
    assert parts[-1].resume is None


@pytest.mark.parametrize("dated", [True, False])
def test_since_asks_only_crawls_that_may_reach_it(crawl: CrawlReplica, clock: Clock, dated: bool) -> None:
    crawl.dated = dated
    since = datetime(2023, 3, 1, 3, tzinfo=UTC)
    found = told(source("commoncrawl", crawl, clock), since=since)
    assert identities(found) == identities([one for one in OURS if one.captured_at >= since])
    assert not crawl.pace.times("2021-10-index")
    # Of the oldest the name does not say how long it lasted.
    assert bool(crawl.pace.times("2012-index")) is not dated


def test_another_run_goes_on_where_the_last_one_stopped(crawl: CrawlReplica, clock: Clock) -> None:
    parts = list(source("commoncrawl", crawl, clock).index(PREFIX, since=None, resume=None))
    assert len(parts) > 4
    for number, part in enumerate(parts[:-1]):
        rest = told(source("commoncrawl", crawl, clock), resume=part.resume)
        assert rest == [one for later in parts[number + 1 :] for one in later.mementos]


def test_a_place_in_a_crawl_that_is_gone_begins_again(crawl: CrawlReplica, clock: Clock) -> None:
    for resume in ("CC-MAIN-1999-01/3/4", "nonsense", "CC-MAIN-2021-10/x/y"):
        assert identities(told(source("commoncrawl", crawl, clock), resume=resume)) == identities(OURS)


@pytest.mark.parametrize("word", ["collinfo", "showNumPages", "page=0"])
@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Response(200, b""), "broken"),
        (Response(200, b"<html><body>Common Crawl</body></html>"), "broken"),
        (Response(200, b'[{"id": "CC-MAIN-2023-10"}, {"na'), "broken"),
        (Response(404, b"<html><body>404 Not Found</body></html>"), "broken"),
        (Response(403, b"Forbidden"), "broken"),
        (Response(429, b"Too Many Requests"), "throttled"),
        (Response(500, b"Internal error: SlowDown Please reduce your request rate"), "throttled"),
        (Response(500, b"Internal Server Error"), "broken"),
        (Response(502, b""), "broken"),
        (Response(503, b"<html>Slow Down</html>"), "throttled"),
        (Response(504, b"<html>Gateway Time-out</html>"), "broken"),
    ],
    ids=lambda value: f"{value.status} {value.body[:14]!r}" if isinstance(value, Response) else value,
)
def test_what_is_no_answer_never_looks_like_nothing_there(
    crawl: CrawlReplica, clock: Clock, answer: Response, cause: str, word: str
) -> None:
    crawl.fault = failing(answer, times=99, word=word)
    with pytest.raises(Unreachable) as caught:
        told(source("commoncrawl", crawl, clock))
    assert caught.value.cause == cause


def test_a_page_cut_in_its_middle_is_no_page(crawl: CrawlReplica, clock: Clock) -> None:
    def cut(request: Request) -> Response | None:
        whole = crawl.answer(request)
        return replace(whole, body=whole.body[:-20]) if "page=1" in request.target and whole.status == 200 else None

    crawl.fault = cut
    parts = source("commoncrawl", crawl, clock).index(PREFIX, since=None, resume=None)
    assert next(parts).resume == "CC-MAIN-2023-10/1/2"
    with pytest.raises(Unreachable, match="cut off"):
        next(parts)


@pytest.mark.parametrize("told_by", [b"[]", b"{}", b'[{"name": "x"}]', b'["CC-MAIN-2023-10"]', b'[{"id": "../x"}]'])
def test_a_list_of_crawls_that_is_none(crawl: CrawlReplica, clock: Clock, told_by: bytes) -> None:
    crawl.fault = failing(Response(200, told_by))
    with pytest.raises(Unreachable):
        told(source("commoncrawl", crawl, clock))


def test_a_row_that_tells_no_capture_is_told_and_the_others_are_read(crawl: CrawlReplica, clock: Clock) -> None:
    good = crawl.lines["CC-MAIN-2012"][0][1]
    odd = [{**good, "timestamp": "x"}, {**good, "url": "http://mailto:a@b"}, {**good, "length": "0"}, {"url": SITE}]
    for broken in odd:
        body = f"{json.dumps(good)}\n{json.dumps(broken)}\n".encode()
        crawl.fault = failing(
            Response(200, body),
            word="2012-index?url=vpub.soctrang.gov.vn%2F&matchType=prefix&output=json&pageSize=1&page=0",
        )
        parts = list(source("commoncrawl", crawl, clock).index(PREFIX, since=None, resume="CC-MAIN-2012/0/"))
        assert [len(part.mementos) for part in parts] == [1]
        assert "a row of CC-MAIN-2012" in parts[0].unreadable[0]


def test_a_revisit_and_a_captured_error_say_what_they_were(clock: Clock) -> None:
    kept = [
        Capture(f"{SITE}/a", BEGAN, 404, body=b"<html>404</html>"),
        Capture(f"{SITE}/b", BEGAN, 302, (("Location", "/c"),)),
        Capture(f"{SITE}/a", BEGAN + timedelta(1), body=b"<html>404</html>", revisit=True),
    ]
    with CrawlReplica({"CC-MAIN-2019-22": kept}) as crawl:
        found = source("commoncrawl", crawl, clock)
        first, revisit, second = told(found)
        assert (found.page(first).status, found.page(first).body) == (404, b"<html>404</html>")
        assert (found.page(second).status, found.page(second).headers["location"]) == (302, "/c")
        assert revisit.mimetype is None
        with pytest.raises(CaptureAbsent) as caught:  # what it refers to stands in a file that nobody names
            found.page(revisit)
        assert caught.value.cause == "absent"


def test_a_payload_that_the_crawler_cut_is_told(clock: Clock) -> None:
    kept = [replace(captures(1)[0], truncated="length")]
    with CrawlReplica({"CC-MAIN-2019-22": kept}) as crawl:
        found = source("commoncrawl", crawl, clock)
        [memento] = told(found)
        assert memento.truncated == "length"
        assert found.page(memento).headers["warc-truncated"] == "length"


# --- captures that are not what the index says ------------------------------------------------------------------------


def cause_of(crawl: CrawlReplica, clock: Clock, memento: Memento, **settings: object) -> str:
    """Why a capture is not given."""
    with pytest.raises((CaptureAbsent, Unreachable, FetchRefused)) as caught:
        source("commoncrawl", crawl, clock, settings=http(**settings)).page(memento)
    assert "\n" not in str(caught.value)
    return f"{type(caught.value).__name__} {caught.value.cause}"


def test_absent_other_broken_and_throttled_are_told_apart(crawl: CrawlReplica, clock: Clock) -> None:
    first, second, *_ = told(source("commoncrawl", crawl, clock))
    name, offset, length = first.locator.split(":")
    assert cause_of(crawl, clock, replace(first, locator="")) == "CaptureAbsent absent"
    assert cause_of(crawl, clock, replace(first, locator=f"{name}x:{offset}:{length}")) == "CaptureAbsent absent"
    assert cause_of(crawl, clock, replace(first, locator=f"{name}:99999999:{length}")) == "CaptureAbsent absent"
    assert cause_of(crawl, clock, replace(first, locator=second.locator)) == "CaptureAbsent other"
    assert cause_of(crawl, clock, replace(first, captured_at=BEGAN)) == "CaptureAbsent other"
    head = min(int(row["offset"]) for _, row in crawl.lines["CC-MAIN-2023-10"])
    assert cause_of(crawl, clock, replace(first, locator=f"{name}:0:{head}")) == "CaptureAbsent absent", "warcinfo"
    half = replace(first, locator=f"{name}:{offset}:{int(length) // 2}")
    assert cause_of(crawl, clock, half) == "CaptureAbsent broken"
    inside = replace(first, locator=f"{name}:{int(offset) + 5}:{int(length) - 5}")
    assert cause_of(crawl, clock, inside) == "CaptureAbsent broken"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Response(403, b"<Error><Code>AccessDenied</Code></Error>"), "broken"),
        (Response(429), "throttled"),
        (Response(500, b"oops"), "broken"),
        (Response(503, b"<Error><Code>SlowDown</Code></Error>"), "throttled"),
        (Response(200, b"<html>hello</html>"), "broken"),
        (Response(206, b"too few"), "broken"),
        (Response(206, b"", cut_after=0), "broken"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Response) else value,
)
def test_no_answer_is_not_absent(crawl: CrawlReplica, clock: Clock, answer: Response, cause: str) -> None:
    first = told(source("commoncrawl", crawl, clock))[0]
    crawl.fault = lambda request: answer
    assert cause_of(crawl, clock, first) == f"Unreachable {cause}"


def test_a_server_that_sends_the_whole_file_is_not_read_to_its_end(crawl: CrawlReplica, clock: Clock) -> None:
    first = told(source("commoncrawl", crawl, clock))[0]
    crawl.fault = lambda request: Response(200, bytes(300_000))
    assert cause_of(crawl, clock, first, max_bytes=100_000) == "FetchRefused size"


def test_a_page_beyond_the_bound_is_not_kept(clock: Clock) -> None:
    kept = [Capture(f"{SITE}/", BEGAN, 200, (("Content-Encoding", "gzip"),), gzip.compress(bytes(3_000_000)))]
    with CrawlReplica({"CC-MAIN-2019-22": kept}) as crawl:
        [memento] = told(source("commoncrawl", crawl, clock))
        assert cause_of(crawl, clock, memento, max_bytes=1_000_000) == "FetchRefused size"
        assert len(source("commoncrawl", crawl, clock).page(memento).body) == 3_000_000


def test_an_abort_ends_everything_later(crawl: CrawlReplica, clock: Clock) -> None:
    found = source("commoncrawl", crawl, clock)
    first = told(found)[0]
    found.abort()
    with pytest.raises(Interrupted):
        told(found)
    with pytest.raises(Interrupted):
        found.page(first)
