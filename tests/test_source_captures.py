"""Captures of the Wayback Machine: as the portal sent them, or told why not (PORTALS 3)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archives_replica import Capture, WaybackReplica, failing, surt
from collector.demo.loopback import Response
from collector.errors import CaptureAbsent, FetchRefused, Interrupted, Unreachable
from collector.model import Memento
from faulty_portal import Clock
from past import BEGAN, SITE, captures, http, of, page_of, source, told

HTML = ("Content-Type", "text/html; charset=utf-8")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def machine(clock: Clock) -> Iterator[WaybackReplica]:
    with WaybackReplica(captures(4), clock=clock.monotonic) as running:
        yield running


def cause_of(machine: WaybackReplica, clock: Clock, memento: Memento, **settings: object) -> str:
    """Why a capture is not given."""
    with pytest.raises((CaptureAbsent, Unreachable, FetchRefused)) as caught:
        source("wayback", machine, clock, settings=http(**settings)).page(memento)
    assert "\n" not in str(caught.value)
    return f"{type(caught.value).__name__} {caught.value.cause}"


def test_a_capture_is_the_page_as_the_portal_sent_it(machine: WaybackReplica, clock: Clock) -> None:
    headers = (
        HTML,
        ("Server", "Microsoft-IIS/10.0"),
        ("Set-Cookie", "a=1"),
        ("Last-Modified", "Mon, 06 May 2019 07:00:00 GMT"),
    )
    capture = replace(machine.captures[1], headers=headers)
    machine.captures[1] = capture
    page = source("wayback", machine, clock).page(of(capture))
    assert (page.url, page.final_url, page.fetched_at) == (capture.url, capture.url, capture.captured_at)
    assert (page.status, page.body, page.origin, page.redirects) == (200, capture.body, "wayback", ())
    assert page.headers == {name.lower(): value for name, value in headers}
    assert machine.requests[-1].target == f"/web/20190506080809id_/{capture.url}"


def test_everything_that_the_index_tells_is_given(machine: WaybackReplica, clock: Clock) -> None:
    machine.captures.append(replace(machine.captures[0], captured_at=BEGAN + timedelta(days=9), revisit=True))
    found = source("wayback", machine, clock)
    pages = {(page.url, page.fetched_at): page.body for page in map(found.page, told(found))}
    assert pages == {(one.url, one.captured_at): one.body for one in machine.captures}


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/Default.aspx?sname=vpubnd&sid=1292&catid=63645&catname=hoat-dong",
        f"{SITE}/tin/Việc làm",
        f"{SITE}/tin/vi%E1%BB%87c%20l%C3%A0m",
        f"{SITE}/tin#binh-luan",
        f"{SITE}/?u=http://a.vn/b?c=d",
        f"{SITE}/a//b/c;d=e",
    ],
)
def test_an_address_reaches_the_archive_as_it_was_captured(machine: WaybackReplica, clock: Clock, url: str) -> None:
    asked = url.replace("Việc làm", "Vi%E1%BB%87c%20l%C3%A0m")
    machine.captures = [Capture(asked, BEGAN, body=page_of(1))]
    assert source("wayback", machine, clock).page(Memento(url, BEGAN)).body == page_of(1)
    assert machine.requests[-1].target.startswith("/web/20190506070809id_/http://vpub.soctrang.gov.vn/")


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503, 504])
def test_a_captured_error_is_a_page_and_asked_for_once(machine: WaybackReplica, clock: Clock, status: int) -> None:
    machine.captures = [Capture(f"{SITE}/", BEGAN, status, (HTML, ("Retry-After", "3600")), b"<html>Busy</html>")]
    found = source("wayback", machine, clock, settings=http(retries=3))
    page = found.page(of(machine.captures[0]))
    assert (page.status, page.body, page.headers["retry-after"]) == (status, b"<html>Busy</html>", "3600")
    assert found.requests == 1
    assert found.page(of(machine.captures[0])).status == status, "and nobody is left alone for an hour"
    assert not [seconds for seconds in clock.slept if seconds > 1]


def test_a_captured_redirect_is_told_from_the_archives_own(machine: WaybackReplica, clock: Clock) -> None:
    capture = Capture(f"{SITE}/cu", BEGAN, 302, (("Location", "/moi?a=1"),), b"Object moved")
    machine.captures = [capture, Capture(f"{SITE}/moi?a=1", BEGAN + timedelta(seconds=2))]
    page = source("wayback", machine, clock).page(of(capture))
    assert (page.status, page.headers["location"], page.body) == (302, "/moi?a=1", b"Object moved")
    assert len(machine.requests) == 1


def test_where_only_the_archive_says_where_a_redirect_led_its_own_address_is_taken_off(
    machine: WaybackReplica, clock: Clock
) -> None:
    told_by = (
        ("Memento-Datetime", "Mon, 06 May 2019 07:08:09 GMT"),
        ("Location", f"/web/20190506070809id_/{SITE}/moi"),
    )
    machine.fault = lambda request: Response(301, b"", told_by)
    assert source("wayback", machine, clock).page(Memento(f"{SITE}/cu", BEGAN)).headers["location"] == f"{SITE}/moi"


# --- not the capture that was asked for -------------------------------------------------------------------------------


def test_a_capture_of_another_instant_is_not_taken_for_it(machine: WaybackReplica, clock: Clock) -> None:
    capture = machine.captures[0]
    machine.captures.append(replace(capture, captured_at=BEGAN + timedelta(days=200), body=page_of(9)))
    machine.lost.add(capture.timestamp)
    assert cause_of(machine, clock, of(capture)) == "CaptureAbsent other"
    assert len(machine.requests) == 1, "the redirect is looked at and not followed"


@pytest.mark.parametrize("instant", ["Mon, 06 May 2019 07:08:10 GMT", "Fri, 22 Nov 2019 07:08:09 GMT", "no date", ""])
def test_an_answer_of_another_instant_is_not_taken_for_it(machine: WaybackReplica, clock: Clock, instant: str) -> None:
    machine.fault = lambda request: Response(200, page_of(1), (("Memento-Datetime", instant), HTML))
    assert cause_of(machine, clock, of(machine.captures[0])) == "CaptureAbsent other"


def test_an_answer_of_another_address_is_not_taken_for_it(machine: WaybackReplica, clock: Clock) -> None:
    headers = (("Memento-Datetime", "Mon, 06 May 2019 07:08:09 GMT"), ("Link", f'<{SITE}/khac>; rel="original"'))
    machine.fault = lambda request: Response(200, page_of(1), headers)
    assert cause_of(machine, clock, of(machine.captures[0])) == "CaptureAbsent other"


def test_of_two_captures_of_one_second_the_wrong_one_is_not_taken(machine: WaybackReplica, clock: Clock) -> None:
    plain = Capture(f"{SITE}/", BEGAN, 301, (("Location", f"{SITE.replace('http', 'https')}/"),))
    safe = Capture(f"{SITE.replace('http', 'https')}/", BEGAN, body=page_of(1))
    machine.captures = [plain]
    assert cause_of(machine, clock, Memento(safe.url, BEGAN, status=200)) == "CaptureAbsent other"
    machine.captures = [plain, safe]
    assert source("wayback", machine, clock).page(Memento(safe.url, BEGAN, status=200)).body == page_of(1)


def test_the_archives_way_to_the_form_of_the_address_that_was_captured_is_followed(
    machine: WaybackReplica, clock: Clock
) -> None:
    machine.leads_to_original = True
    machine.captures = [Capture("https://www.vpub.soctrang.gov.vn/Tin?b=1&a=2", BEGAN, body=page_of(5))]
    page = source("wayback", machine, clock).page(Memento(f"{SITE}/tin?a=2&b=1", BEGAN))
    assert (page.url, page.body) == (f"{SITE}/tin?a=2&b=1", page_of(5))


def test_a_short_timestamp_leads_to_the_capture_that_it_begins(machine: WaybackReplica, clock: Clock) -> None:
    memento = Memento(
        f"{SITE}/tin/bai-100001", datetime(2019, 5, 6, tzinfo=UTC), locator=f"20190506 {SITE}/tin/bai-100001"
    )
    assert source("wayback", machine, clock).page(memento).body == page_of(0)
    assert cause_of(machine, clock, replace(memento, locator=f"201806 {SITE}/tin/bai-100001")) == "CaptureAbsent other"


def test_ways_without_end_are_left(machine: WaybackReplica, clock: Clock) -> None:
    capture = machine.captures[0]
    around = (("Location", f"/web/{capture.timestamp}id_/{capture.url}"),)
    machine.fault = lambda request: Response(302, b"", around)
    assert cause_of(machine, clock, of(capture)) == "Unreachable broken"
    assert len(machine.requests) <= 6


def test_absent_excluded_throttled_and_out_of_order_are_told_apart(machine: WaybackReplica, clock: Clock) -> None:
    capture = machine.captures[0]
    machine.out_of_order.add(capture.timestamp)
    assert cause_of(machine, clock, of(capture)) == "Unreachable broken"
    machine.out_of_order.clear()
    machine.lost.add(capture.timestamp)
    assert cause_of(machine, clock, of(capture)) == "CaptureAbsent absent"
    machine.excluded[surt(SITE)] = "RobotAccessControlException: Blocked By Robots"
    assert cause_of(machine, clock, of(capture)) == "CaptureAbsent excluded"
    machine.excluded.clear()
    machine.fault = lambda request: Response(403, b"<html><p>This URL has been excluded from the Wayback Machine.</p>")
    assert cause_of(machine, clock, of(capture)) == "CaptureAbsent excluded"


@pytest.mark.parametrize(
    ("status", "cause"),
    [(429, "throttled"), (503, "throttled"), (403, "broken"), (500, "broken"), (502, "broken"), (504, "broken")],
)
def test_no_answer_is_not_absent(machine: WaybackReplica, clock: Clock, status: int, cause: str) -> None:
    machine.fault = lambda request: Response(status, b"<html>no</html>", (HTML,))
    assert cause_of(machine, clock, of(machine.captures[0]), retries=1) == f"Unreachable {cause}"


def test_a_passing_fault_is_asked_over(machine: WaybackReplica, clock: Clock) -> None:
    machine.fault = failing(Response(503), times=2)
    page = source("wayback", machine, clock, settings=http(retries=3)).page(of(machine.captures[0]))
    assert page.body == page_of(0)


# --- encodings --------------------------------------------------------------------------------------------------------

_DEFLATE = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(page_of(7))),
        ("GZIP", gzip.compress(page_of(7))),
        ("x-gzip", gzip.compress(page_of(7))),
        ("deflate", zlib.compress(page_of(7))),
        ("deflate", _DEFLATE.compress(page_of(7)) + _DEFLATE.flush()),
        ("gzip, gzip", gzip.compress(gzip.compress(page_of(7)))),
        ("gzip", page_of(7)),
        ("br", page_of(7)),
        ("", gzip.compress(page_of(7))),
    ],
    ids=["gzip", "upper", "x-gzip", "zlib", "deflate", "twice", "decoded", "decoded br", "untold"],
)
def test_what_the_archive_left_encoded_is_decoded(
    machine: WaybackReplica, clock: Clock, encoding: str, body: bytes
) -> None:
    headers = (HTML, ("Content-Encoding", encoding)) if encoding else (HTML,)
    machine.captures = [Capture(f"{SITE}/", BEGAN, 200, headers, body)]
    assert source("wayback", machine, clock).page(of(machine.captures[0])).body == page_of(7)


def test_what_the_archive_sends_with_the_captured_encoding_is_decoded_once(
    machine: WaybackReplica, clock: Clock
) -> None:
    machine.sends_encoding = True
    headers = (HTML, ("Content-Encoding", "gzip"))
    machine.captures = [Capture(f"{SITE}/", BEGAN, 200, headers, gzip.compress(page_of(7)))]
    assert source("wayback", machine, clock).page(of(machine.captures[0])).body == page_of(7)


def test_a_gzip_file_stays_one(machine: WaybackReplica, clock: Clock) -> None:
    body = gzip.compress(b"bang tinh")
    machine.captures = [Capture(f"{SITE}/a.gz", BEGAN, 200, (("Content-Type", "application/gzip"),), body)]
    assert source("wayback", machine, clock).page(of(machine.captures[0])).body == body


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(page_of(7) * 50)[:-30]),
        ("gzip", gzip.compress(page_of(7) * 50)[:40] + b"\xff" * 60),
        ("br", b"\x0b\x02\x80<html>\x03" * 20),
        ("zstd", b"(\xb5/\xfd\x04\x00\x00" * 9),
    ],
    ids=["cut", "damaged", "br", "zstd"],
)
def test_what_cannot_be_decoded_is_no_page(machine: WaybackReplica, clock: Clock, encoding: str, body: bytes) -> None:
    machine.captures = [Capture(f"{SITE}/", BEGAN, 200, (HTML, ("Content-Encoding", encoding)), body)]
    assert cause_of(machine, clock, of(machine.captures[0])) == "CaptureAbsent broken"


def test_a_bomb_left_encoded_is_not_blown_up(machine: WaybackReplica, clock: Clock) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    machine.captures = [Capture(f"{SITE}/", BEGAN, 200, (HTML, ("Content-Encoding", "gzip")), bomb)]
    assert cause_of(machine, clock, of(machine.captures[0])) == "FetchRefused size"


def test_an_abort_ends_everything_later(machine: WaybackReplica, clock: Clock) -> None:
    found = source("wayback", machine, clock)
    found.abort()
    with pytest.raises(Interrupted):
        found.page(of(machine.captures[0]))
