"""The Wayback Machine's index: everything it holds, once; no answer is never "nothing there" (PORTALS 3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archives_replica import COLUMNS, Capture, WaybackReplica, failing, surt
from collector.demo.loopback import Request, Response
from collector.errors import FetchError, Interrupted, RobotsForbid, Unreachable, UsageError
from collector.fetch import ForgetfulMemory
from faulty_portal import Clock
from past import BEGAN, PREFIX, SITE, captures, http, identities, in_parts, source, told


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def machine(clock: Clock) -> Iterator[WaybackReplica]:
    with WaybackReplica(captures(10), clock=clock.monotonic) as running:
        yield running


@pytest.mark.parametrize("rows", [1, 3, 4, 10, 11, 1000])
def test_every_capture_is_told_once_in_however_many_parts(machine: WaybackReplica, clock: Clock, rows: int) -> None:
    assert identities(told(in_parts(machine, clock, rows=rows))) == identities(machine.captures)


def test_what_a_row_says_of_a_capture(machine: WaybackReplica, clock: Clock) -> None:
    first = told(source("wayback", machine, clock))[0]
    capture = machine.captures[0]
    assert (first.url, first.captured_at, first.status) == (capture.url, BEGAN, 200)
    assert (first.mimetype, first.digest, first.locator) == ("text/html", capture.digest, "")


def test_only_what_is_below_the_prefix_whatever_form_it_is_written_in(machine: WaybackReplica, clock: Clock) -> None:
    forms = ["http://VPUB.soctrang.gov.vn:80/Trang-Chu", "https://www.vpub.soctrang.gov.vn/trang-chu"]
    others = ["http://vpub.soctrang.gov.vn.example/tin/1", "http://soctrang.gov.vn/tin/1"]
    machine.captures = [Capture(url, BEGAN + timedelta(n)) for n, url in enumerate(forms + others)]
    assert [one.captured_at for one in told(source("wayback", machine, clock))] == [BEGAN, BEGAN + timedelta(1)]


def test_a_category_is_selected_by_the_beginning_of_its_sorted_parameters(
    machine: WaybackReplica, clock: Clock
) -> None:
    machine.captures = [
        Capture(f"{SITE}/Default.aspx?sname=vpubnd&sid=1292&pageid=32237&catid=63645", BEGAN),
        Capture(f"{SITE}/Default.aspx?sname=vpubnd&sid=1292&pageid=32237&catid=63646", BEGAN),
    ]
    found = told(source("wayback", machine, clock), f"{PREFIX}Default.aspx?catid=63645")
    assert [one.url for one in found] == [machine.captures[0].url]


@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
def test_two_captures_of_one_second_are_told_though_a_part_ends_between_them(
    machine: WaybackReplica, clock: Clock, rows: int
) -> None:
    # The index's own key to go on stands behind the second: https://, which http:// led to, would be lost.
    machine.captures = [Capture(f"{SITE}/", BEGAN), *captures(1), Capture(f"{SITE}/tin/z", BEGAN)]
    machine.captures += [replace(one, url=one.url.replace("http:", "https:")) for one in machine.captures]
    parts = list(in_parts(machine, clock, rows=rows).index(PREFIX, since=None, resume=None))
    found = identities(one for part in parts for one in part.mementos)
    if rows > 1:
        assert found == identities(machine.captures)
        assert rows == 2 or not any(part.unreadable for part in parts)
    else:  # no part can hold both: that is told
        assert any("some may be missing" in line for part in parts for line in part.unreadable)


@pytest.mark.parametrize("twice", [True, False])
def test_keys_to_go_on_with_are_understood_by_either_version_of_the_index(
    machine: WaybackReplica, clock: Clock, twice: bool
) -> None:
    machine.decodes_twice = twice
    machine.captures = [
        Capture(f"{SITE}/tin-t%E1%BB%A9c/{name}", BEGAN)
        for name in ("a%2Fb", "a+b", "a%20b", "t%E1%BB%AB", "z", "0", "~")
    ]
    machine.captures += [Capture(f"{SITE}/tin-tz/{n}", BEGAN) for n in range(4)]
    assert identities(told(in_parts(machine, clock, rows=2))) == identities(machine.captures)


def test_an_index_that_begins_again_is_found_out(machine: WaybackReplica, clock: Clock) -> None:
    whole = machine.answer

    def deaf(request: Request) -> Response | None:
        return whole(Request("GET", request.target.partition("&resumeKey")[0]))

    machine.fault = deaf
    with pytest.raises(Unreachable, match="does not go on"):
        told(in_parts(machine, clock, rows=3))


def test_an_end_that_is_none_is_found_out_by_asking_once_more(machine: WaybackReplica, clock: Clock) -> None:
    answers: list[Request] = []

    def stops_early(request: Request) -> Response | None:
        answers.append(request)
        if len(answers) > 1:
            return None
        rows = json.loads(machine.answer(request).body)
        return Response(200, json.dumps(rows[:4]).encode())  # a part of the index did not answer

    machine.fault = stops_early
    assert identities(told(source("wayback", machine, clock))) == identities(machine.captures)


def test_another_run_goes_on_where_the_last_one_stopped(machine: WaybackReplica, clock: Clock) -> None:
    parts = in_parts(machine, clock, rows=4).index(PREFIX, since=None, resume=None)
    first = next(parts)
    rest = told(in_parts(machine, clock, rows=4), resume=first.resume)
    assert set(identities(first.mementos)) | set(identities(rest)) == set(identities(machine.captures))
    assert len(rest) <= 7, "what is behind, and the row at which the first run stopped"


def test_since_leaves_out_what_is_older_and_the_index_is_not_asked_to(machine: WaybackReplica, clock: Clock) -> None:
    # A query reads so many rows and no more: filtered over there, it would end before the first row that passes.
    machine.read_limit = 4
    found = told(in_parts(machine, clock, rows=3), since=BEGAN + timedelta(hours=8))
    assert identities(found) == identities(machine.captures[8:])
    assert not machine.pace.times("from=")


def test_nothing_there_is_told_by_an_empty_list(machine: WaybackReplica, clock: Clock) -> None:
    machine.captures = []
    parts = list(source("wayback", machine, clock).index(PREFIX, since=None, resume=None))
    assert [(part.mementos, part.resume) for part in parts] == [((), None)]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Response(200, b""), "broken"),
        (Response(200, b"<!DOCTYPE html><html><body>Wayback Machine</body></html>"), "broken"),
        (Response(200, b'[["urlkey","timestamp","original","mimetype","statuscode","digest"],\n["vn,gov,so'), "broken"),
        (Response(200, b'{"error": "no"}'), "broken"),
        (Response(200, b'[["timestamp"], ["2019"]]'), "broken"),
        (Response(400, b"bad request"), "broken"),
        (Response(403, b"<html>forbidden</html>"), "broken"),
        (Response(404, b"<html>not here</html>"), "broken"),
        (Response(429, b"Too Many Requests"), "throttled"),
        (Response(500, b"<html>Internal Server Error</html>"), "broken"),
        (Response(502, b""), "broken"),
        (Response(503, b"<html>Slow Down</html>"), "throttled"),
        (Response(504, b"<html>Gateway Time-out</html>"), "broken"),
    ],
    ids=lambda value: f"{value.status} {value.body[:12]!r}" if isinstance(value, Response) else value,
)
def test_what_is_no_answer_never_looks_like_nothing_there(
    machine: WaybackReplica, clock: Clock, answer: Response, cause: str
) -> None:
    machine.fault = lambda request: answer
    with pytest.raises(Unreachable) as caught:
        told(source("wayback", machine, clock))
    assert caught.value.cause == cause
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_fault_is_asked_over(machine: WaybackReplica, clock: Clock, status: int) -> None:
    machine.fault = failing(Response(status, b"later"), times=2)
    found = told(source("wayback", machine, clock, settings=http(retries=3)))
    assert identities(found) == identities(machine.captures)


def test_an_answer_that_fails_in_the_middle_keeps_what_came_before(machine: WaybackReplica, clock: Clock) -> None:
    parts = in_parts(machine, clock, rows=4).index(PREFIX, since=None, resume=None)
    first = next(parts)
    machine.fault = lambda request: Response(503)
    with pytest.raises(Unreachable):
        next(parts)
    machine.fault = None
    rest = told(in_parts(machine, clock, rows=4), resume=first.resume)
    assert set(identities(first.mementos)) | set(identities(rest)) == set(identities(machine.captures))


@pytest.mark.parametrize(
    ("why", "cause"),
    [
        ("AdministrativeAccessControlException: Blocked Site Error", "excluded"),
        ("RobotAccessControlException: Blocked By Robots", "robots"),
    ],
)
def test_a_site_that_is_given_to_nobody_is_no_empty_one(
    machine: WaybackReplica, clock: Clock, why: str, cause: str
) -> None:
    machine.excluded[surt(SITE)] = why
    with pytest.raises(RobotsForbid) as caught:
        told(source("wayback", machine, clock))
    assert caught.value.cause == cause
    machine.excluded.clear()
    machine.fault = lambda request: Response(200, f"org.archive.wayback.exception.{why}".encode())
    with pytest.raises(RobotsForbid):
        told(source("wayback", machine, clock))


# --- odd rows ---------------------------------------------------------------------------------------------------------


def row(**changes: str) -> tuple[str, ...]:
    usual = {
        "urlkey": surt(f"{SITE}/"),
        "timestamp": "20190506070809",
        "original": f"{SITE}/",
        "mimetype": "text/html",
        "statuscode": "200",
        "digest": "A" * 32,
        "length": "7",
    }
    return tuple((usual | changes)[name] for name in COLUMNS)


def test_a_revisit_says_nothing_of_what_it_was(machine: WaybackReplica, clock: Clock) -> None:
    machine.captures, machine.odd_rows = [], [row(mimetype="warc/revisit", statuscode="-", digest="-")]
    [found] = told(source("wayback", machine, clock))
    assert (found.status, found.mimetype, found.digest) == (None, None, None)


@pytest.mark.parametrize("port", ["http://vpub.soctrang.gov.vn:80/", "https://vpub.soctrang.gov.vn:443/"])
def test_a_port_that_goes_without_saying_is_left_out(machine: WaybackReplica, clock: Clock, port: str) -> None:
    machine.captures, machine.odd_rows = [], [row(original=port)]
    [found] = told(source("wayback", machine, clock))
    assert found.url == port.replace(":80", "").replace(":443", "")
    assert found.locator == f"20190506070809 {port}"


@pytest.mark.parametrize(
    ("timestamp", "instant"),
    [
        ("2019050607", datetime(2019, 5, 6, 7, tzinfo=UTC)),
        ("20190506", datetime(2019, 5, 6, tzinfo=UTC)),
        ("2019", datetime(2019, 1, 1, tzinfo=UTC)),
        ("20190500120000", datetime(2019, 5, 1, 12, tzinfo=UTC)),
        ("20190000120000", datetime(2019, 1, 1, 12, tzinfo=UTC)),
        ("201905060708091", datetime(2019, 5, 6, 7, 8, 9, tzinfo=UTC)),
    ],
)
def test_timestamps_of_odd_length_and_days_that_are_none(
    machine: WaybackReplica, clock: Clock, timestamp: str, instant: datetime
) -> None:
    machine.captures, machine.odd_rows = [], [row(timestamp=timestamp)]
    [found] = told(source("wayback", machine, clock))
    assert (found.captured_at, found.locator) == (instant, f"{timestamp} {SITE}/")


@pytest.mark.parametrize(
    "odd",
    [
        row(timestamp="2019-05-06"),
        row(timestamp="20191399000000"),
        row(timestamp="199"),
        row(original="http://mailto:vpubnd@soctrang.gov.vn/"),
        row(original="http://data:image/png;base64,AAAA"),
        row(original="vpub.soctrang.gov.vn"),
        row(original="http://"),
    ],
    ids=str,
)
def test_a_row_that_tells_no_capture_is_told_and_the_others_are_read(
    machine: WaybackReplica, clock: Clock, odd: tuple[str, ...]
) -> None:
    machine.odd_rows = [odd]
    parts = list(source("wayback", machine, clock).index(PREFIX, since=None, resume=None))
    assert identities(one for part in parts for one in part.mementos) == identities(machine.captures)
    assert "a row that tells no capture" in parts[0].unreadable[0]


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_a_stop_ends_a_pause(machine: WaybackReplica, clock: Clock) -> None:
    def stopped(seconds: float) -> None:
        if seconds > 0:
            raise Interrupted("stopped by a signal")

    with pytest.raises(Interrupted):
        told(source("wayback", machine, clock, sleep=stopped))


def test_an_abort_ends_everything_later(machine: WaybackReplica, clock: Clock) -> None:
    found = source("wayback", machine, clock)
    found.abort()
    with pytest.raises(Interrupted):
        told(found)


def test_nobody_there_is_told_as_it_is(clock: Clock) -> None:
    with WaybackReplica() as gone:
        found = source("wayback", gone, clock)
    with pytest.raises(FetchError) as caught:
        told(found)
    assert caught.value.cause == "refused"


@pytest.mark.parametrize("name", ["", "live", "Wayback", "wayback:x", "warc", "warc:", "warc:/no/such/file.warc"])
def test_a_source_that_is_none_is_a_mistake_of_the_user(clock: Clock, name: str) -> None:
    with pytest.raises(UsageError):
        source(name, None, clock)


def test_what_was_received_is_counted(machine: WaybackReplica, clock: Clock) -> None:
    found = source("wayback", machine, clock, memory=ForgetfulMemory())
    told(found)
    assert found.requests == len(machine.requests) == 2
    assert found.bytes > 500
