"""Manners towards the portal: pace, patience and Retry-After (CONTRACT 5; FAULTS 24)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import Interrupted, Unreachable
from collector.fetch import ForgetfulMemory, HostGate, retry_after
from faulty_portal import NOON, Clock, fetcher, settings

BASE = "https://vpub.soctrang.gov.vn/"
HOST = "vpub.soctrang.gov.vn"
Site = Callable[[httpx.Request], httpx.Response]


def page(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html>tin</html>")


# --- pace -------------------------------------------------------------------------------------------------------------


def test_the_delay_runs_from_the_end_of_the_last_request() -> None:
    clock = Clock()

    def slow(request: httpx.Request) -> httpx.Response:
        clock.passed += 7
        return page(request)

    with fetcher(BASE, settings(delay=2), clock=clock, site=slow) as web:
        web.get(BASE)
        web.get(BASE)
        assert clock.slept == [2]
        clock.passed += 1.5
        web.get(BASE)
        assert clock.slept == [2, 0.5]
        clock.passed += 60
        web.get(BASE)
        assert clock.slept == [2, 0.5], "who has been away long enough does not wait"


def test_redirects_and_retries_keep_the_delay_too() -> None:
    clock = Clock()
    answers = iter([httpx.Response(302, headers={"Location": "/a"}), httpx.Response(503), httpx.Response(200)])
    with fetcher(BASE, settings(delay=30, retries=1), clock=clock, site=lambda request: next(answers)) as web:
        web.get(BASE)
        assert web.requests == 3
    assert clock.passed >= 60


def test_fetchers_that_share_a_gate_never_meet_at_one_host() -> None:
    gate, present, most = HostGate(time.monotonic), [0], [0]

    def site(request: httpx.Request) -> httpx.Response:
        present[0] += 1
        most[0] = max(most[0], present[0])
        time.sleep(0.02)
        present[0] -= 1
        return page(request)

    def visit() -> None:
        with fetcher(BASE, site=site, gate=gate, sleep=time.sleep) as web:
            for _ in range(3):
                web.get(BASE)

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_stop_ends_the_wait_for_ones_turn() -> None:
    gate, clock = HostGate(time.monotonic), Clock()

    def stopped(seconds: float) -> None:
        raise Interrupted("stopped by a signal")

    def site(request: httpx.Request) -> httpx.Response:
        with fetcher(BASE, site=page, gate=gate, sleep=stopped) as second, pytest.raises(Interrupted):
            second.get(BASE)
        return page(request)

    with fetcher(BASE, site=site, gate=gate, clock=clock) as first:
        assert first.get(BASE).status == 200


def test_a_stop_ends_a_pause() -> None:
    def stopped(seconds: float) -> None:
        raise Interrupted("stopped by a signal")

    with fetcher(BASE, settings(delay=5), site=page, sleep=stopped) as web:
        web.get(BASE)
        with pytest.raises(Interrupted):
            web.get(BASE)


# --- retries and Retry-After ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_portal_is_asked_again_ever_later_and_its_last_answer_returned(status: int) -> None:
    clock = Clock()
    with fetcher(BASE, settings(retries=8), clock=clock, site=lambda request: httpx.Response(status)) as web:
        assert web.get(BASE).status == status
        assert web.requests == 9
        assert len(clock.slept) == 8
        assert max(clock.slept) <= 60
        assert len(set(clock.slept)) == 8, "with jitter no two pauses are alike"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_other_errors_are_pages_at_once(status: int) -> None:
    with fetcher(BASE, settings(retries=3), site=lambda request: httpx.Response(status, text="x")) as web:
        got = web.get(BASE)
        assert (got.status, got.body) == (status, b"x")
        assert web.requests == 1
        assert web.page_views == 0


def throttled(header: str, times: int = 1, status: int = 503) -> Site:
    answers = iter([httpx.Response(status, headers={"Retry-After": header}) for _ in range(times)])
    return lambda request: next(answers, None) or page(request)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["90", format_datetime(NOON + timedelta(seconds=90), usegmt=True)])
def test_retry_after_is_waited_for(header: str, status: int) -> None:
    clock = Clock()
    with fetcher(BASE, settings(retries=1), clock=clock, site=throttled(header, status=status)) as web:
        assert web.get(BASE).status == 200
    assert clock.passed == 90


def test_a_retry_after_beyond_two_minutes_ends_the_asking_and_is_remembered_over_runs() -> None:
    clock, memory = Clock(), ForgetfulMemory()
    with fetcher(BASE, settings(retries=3), clock=clock, memory=memory, site=throttled("3600")) as web:
        assert web.get(BASE).status == 503
        assert web.requests == 1
        assert clock.slept == []
    with fetcher(BASE, settings(retries=3), clock=clock, memory=memory, site=page) as web:
        with pytest.raises(Unreachable, match="13:00:00 UTC") as caught:
            web.get(BASE)
        assert caught.value.cause == "throttled"
        assert web.requests == 0
        clock.passed = 3500
        assert web.get(BASE).status == 200
        assert clock.slept == [100], "what is left is waited for"


def test_a_forms_retry_after_is_remembered_too() -> None:
    memory = ForgetfulMemory()
    with fetcher(BASE, memory=memory, site=throttled("3600")) as web:
        web.post(BASE, [("a", "b")])
    assert memory.not_before(HOST) == NOON + timedelta(hours=1)


def test_a_promise_beyond_a_day_came_from_a_wrong_clock() -> None:
    memory = ForgetfulMemory()
    memory.keep_not_before(HOST, NOON + timedelta(days=400))
    with fetcher(BASE, memory=memory, site=page) as web:
        assert web.get(BASE).status == 200


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("0", None),
        ("99999999999", 86_400),
        ("Mon, 02 Mar 2026 12:00:30 GMT", 30),
        ("Mon, 02 Mar 2026 19:00:30 +0700", 30),
        ("Mon, 02 Mar 2026 11:00:00 GMT", None),
        ("Mon, 02 Mar 9999 11:00:00 GMT", 86_400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read(header: str | None, seconds: int | None) -> None:
    assert retry_after(header, NOON) == (None if seconds is None else NOON + timedelta(seconds=seconds))


@given(st.text(max_size=40), st.datetimes(timezones=st.just(UTC)).filter(lambda now: now.year < 9000))
def test_no_retry_after_breaks_the_reading_or_binds_us_beyond_a_day(header: str, now: datetime) -> None:
    until = retry_after(header, now)
    assert until is None or now < until <= now + timedelta(days=1)


@given(st.integers(1, 86_399), st.datetimes(timezones=st.just(UTC)).filter(lambda now: now.year < 9000))
def test_a_promise_is_never_kept_short_by_the_archives_whole_seconds(seconds: int, now: datetime) -> None:
    until = retry_after(str(seconds), now)
    assert until is not None
    assert until.replace(microsecond=0) >= now + timedelta(seconds=seconds)
