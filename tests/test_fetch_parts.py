"""What the sources of the past ask of the fetcher: parts, redirects left alone, a pause after a 429, busy or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from collector.errors import Unreachable
from collector.fetch import ForgetfulMemory
from faulty_portal import NOON, Clock, fetcher, settings

BASE = "https://web.archive.example/"
HOST = "web.archive.example"
Site = Callable[[httpx.Request], httpx.Response]


def answering(*answers: httpx.Response) -> tuple[Site, list[httpx.Request]]:
    """A site that gives these answers in turn, the last one for ever, and what it was asked."""
    asked: list[httpx.Request] = []

    def site(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = answers[min(len(asked), len(answers)) - 1]
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    return site, asked


def test_a_part_is_asked_for_as_it_is_stored() -> None:
    site, asked = answering(httpx.Response(206, content=b"\x1f\x8b part"))
    with fetcher(BASE, site=site) as web:
        page = web.get(f"{BASE}file.warc.gz", byte_range=(5, 9), accept="*/*")
    assert (page.status, page.body) == (206, b"\x1f\x8b part")
    assert (asked[0].headers["range"], asked[0].headers["accept-encoding"]) == ("bytes=5-9", "identity")
    assert asked[0].headers["accept"] == "*/*"


def test_json_can_be_asked_for_and_a_page_is_what_is_asked_for_else() -> None:
    site, asked = answering(httpx.Response(200, json=[]))
    with fetcher(BASE, site=site) as web:
        web.get(BASE, accept="application/json")
        web.get(BASE)
    assert [request.headers["accept"].partition(",")[0] for request in asked] == ["application/json", "text/html"]
    assert "range" not in asked[1].headers


def test_a_redirect_can_be_a_page_like_any_other() -> None:
    site, asked = answering(httpx.Response(302, headers={"Location": "https://elsewhere.example/"}, content=b"moved"))
    with fetcher(BASE, site=site) as web:
        page = web.get(BASE, follow=False)
    assert (page.status, page.final_url, page.redirects, page.body) == (302, BASE, (), b"moved")
    assert page.headers["location"] == "https://elsewhere.example/"
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "header", "pause", "rest"),
    [
        (429, None, 60, 60),
        (429, "5", 60, 60),
        (429, "90", 60, 90),
        (429, "nonsense", 60, 60),
        (503, "5", 60, 5),
        (503, None, 60, None),
        (429, None, 0, None),
        (429, "5", 0, 5),
    ],
)
def test_after_a_429_the_host_rests_for_a_least_time(
    status: int, header: str | None, pause: float, rest: int | None
) -> None:
    memory, clock = ForgetfulMemory(), Clock(NOON + timedelta(milliseconds=1))
    headers = {} if header is None else {"Retry-After": header}
    site, _ = answering(httpx.Response(status, headers=headers))
    with fetcher(BASE, settings(throttle_pause=pause), site=site, memory=memory, clock=clock) as web:
        assert web.get(BASE).status == status
    expected = None if rest is None else NOON + timedelta(seconds=rest + 1)
    assert memory.not_before(HOST) == expected, "rounded up to a second that an archive keeps"


def test_retries_keep_the_pause_and_so_does_the_next_fetcher() -> None:
    memory, clock = ForgetfulMemory(), Clock()
    site, asked = answering(httpx.Response(429), httpx.Response(429), httpx.Response(200, html="<html></html>"))
    with fetcher(BASE, settings(throttle_pause=60, retries=1), site=site, memory=memory, clock=clock) as web:
        assert web.get(BASE).status == 429
        assert clock.passed >= 60
    with fetcher(BASE, settings(throttle_pause=60), site=site, memory=memory, clock=clock) as web:
        assert web.get(BASE).status == 200
    assert clock.passed >= 120
    assert len(asked) == 3


def test_a_pause_beyond_what_a_run_waits_is_told_as_throttled() -> None:
    memory, clock = ForgetfulMemory(), Clock()
    site, asked = answering(httpx.Response(429))
    with fetcher(BASE, settings(throttle_pause=600, retries=3), site=site, memory=memory, clock=clock) as web:
        assert web.get(BASE).status == 429
        with pytest.raises(Unreachable) as caught:
            web.get(BASE)
    assert caught.value.cause == "throttled"
    assert len(asked) == 1
    assert clock.passed == 0


def test_whoever_builds_the_fetcher_may_say_what_busy_means() -> None:
    site, asked = answering(httpx.Response(503, headers={"Retry-After": "60", "Memento-Datetime": "x"}))
    memory, clock = ForgetfulMemory(), Clock()
    with fetcher(
        BASE,
        settings(retries=3, throttle_pause=60),
        site=site,
        memory=memory,
        clock=clock,
        busy=lambda status, headers: status == 503 and "memento-datetime" not in headers,
    ) as web:
        assert web.get(BASE).status == 503
    assert len(asked) == 1
    assert memory.not_before(HOST) is None
