"""robots.txt is obeyed as RFC 9309 and its extensions have it (CONTRACT 5; FAULTS 26)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from collector.errors import FetchError, RobotsForbid, Unreachable
from collector.fetch import ForgetfulMemory
from collector.model import RobotsCopy
from faulty_portal import NOON, Clock, fetcher, settings

BASE = "https://vpub.soctrang.gov.vn/"
ORIGIN = "https://vpub.soctrang.gov.vn"
Site = Callable[[httpx.Request], httpx.Response]


def page(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html>tin</html>")


def with_robots(text: str | bytes, status: int = 200, asked: list[str] | None = None) -> Site:
    def site(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request.url.path)
        return httpx.Response(status, content=text) if request.url.path == "/robots.txt" else page(request)

    return site


def test_what_robots_txt_forbids_is_not_asked_for() -> None:
    asked: list[str] = []
    site = with_robots("User-agent: *\nDisallow: /quan-tri\n", asked=asked)
    with fetcher(BASE, settings(robots=True), site=site) as web:
        assert web.get(f"{BASE}tin").status == 200
        with pytest.raises(RobotsForbid) as caught:
            web.get(f"{BASE}quan-tri/x")
        assert caught.value.cause == "robots"
        assert asked == ["/robots.txt", "/tin"]
        assert (web.requests, web.robots_requests, web.page_views) == (1, 1, 1)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("\ufeffUser-agent: *\nDisallow: /tin", False),
        ("User-agent: *\r\nDisallow: /tin\r\n", False),
        ("User-agent: Collector\nDisallow: /tin\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: collector\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\nAllow: /tin", True),
        ("User-agent: *\nDisallow: /*/tin$", True),
        ("User-agent: *\nDisallow: /t%69n", False),
        ("User-agent: *\nDisallow: /tin?loai=", True),
        ("User-agent: googlebot\nDisallow: /", True),
        ("<!DOCTYPE html><html>\nUser-agent: *\nDisallow: /\n</html>", True),
        ("", True),
    ],
)
def test_robots_txt_is_read_as_rfc_9309_has_it(text: str, allowed: bool) -> None:
    with fetcher(BASE, settings(robots=True), site=with_robots(text.encode())) as web:
        if allowed:
            assert web.get(f"{BASE}tin").status == 200
        else:
            with pytest.raises(RobotsForbid):
                web.get(f"{BASE}tin")


def test_of_a_huge_robots_txt_the_beginning_is_read() -> None:
    text = b"User-agent: *\nDisallow: /tin\n" + b"# padding\n" * 60_000 + b"Disallow: /\n"
    with fetcher(BASE, settings(robots=True), site=with_robots(text)) as web:
        with pytest.raises(RobotsForbid):
            web.get(f"{BASE}tin")
        assert web.get(f"{BASE}khac").status == 200


def test_the_line_that_the_limit_cuts_is_not_read() -> None:
    head = b"User-agent: *\n"
    text = head + b"#" * (512 * 1024 - len(head) - len(b"\nDisallow: /")) + b"\nDisallow: /khac\n"
    with fetcher(BASE, settings(robots=True), site=with_robots(text)) as web:
        assert web.get(f"{BASE}tin").status == 200


def test_robots_false_asks_for_none() -> None:
    asked: list[str] = []
    with fetcher(BASE, site=with_robots("User-agent: *\nDisallow: /", asked=asked)) as web:
        web.get(f"{BASE}tin")
    assert asked == ["/tin"]


def test_a_redirect_leads_to_no_place_that_robots_txt_forbids() -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tin":
            return httpx.Response(302, headers={"Location": "/kin"})
        return with_robots("User-agent: *\nDisallow: /kin")(request)

    with fetcher(BASE, settings(robots=True), site=site) as web, pytest.raises(RobotsForbid):
        web.get(f"{BASE}tin")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_robots_txt_that_is_not_there_allows_everything(status: int) -> None:
    with fetcher(BASE, settings(robots=True), site=with_robots("User-agent: *\nDisallow: /", status)) as web:
        assert web.get(f"{BASE}tin").status == 200


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_robots_txt_that_fails_forbids_everything_and_is_not_asked_for_again_and_again(status: int) -> None:
    clock, asked = Clock(), list[str]()
    with fetcher(BASE, settings(robots=True), clock=clock, site=with_robots("", status, asked)) as web:
        for _ in range(2):
            with pytest.raises(RobotsForbid) as caught:
                web.get(f"{BASE}tin")
            assert caught.value.cause == "robots-unreachable"
        assert asked == ["/robots.txt"]
        clock.passed += 700
        with pytest.raises(RobotsForbid):
            web.get(f"{BASE}tin")
        assert asked == ["/robots.txt"] * 2


def test_nobody_answering_for_robots_txt_is_told_as_what_it_is() -> None:
    def site(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("silence")

    with fetcher(BASE, settings(robots=True), site=site) as web, pytest.raises(Unreachable) as caught:
        web.get(f"{BASE}tin")
    assert caught.value.cause == "timeout"
    assert web.requests == 0


def remembering(age: timedelta, text: bytes = b"User-agent: *\nDisallow: /cu") -> ForgetfulMemory:
    memory = ForgetfulMemory()
    memory.keep_robots(ORIGIN, RobotsCopy(NOON - age, 200, text))
    return memory


def test_robots_txt_is_asked_for_once_a_day_over_all_runs() -> None:
    asked: list[str] = []
    memory = remembering(timedelta(hours=23))
    with fetcher(BASE, settings(robots=True), memory=memory, site=with_robots("", asked=asked)) as web:
        with pytest.raises(RobotsForbid):
            web.get(f"{BASE}cu")
        assert asked == []
    memory = remembering(timedelta(hours=25))
    for _ in range(2):
        with fetcher(BASE, settings(robots=True), memory=memory, site=with_robots("", asked=asked)) as web:
            web.get(f"{BASE}cu")
    assert asked == ["/robots.txt", "/cu", "/cu"]


@pytest.mark.parametrize(("age", "usable"), [(30, True), (47, True), (49, False)])
@pytest.mark.parametrize("trouble", [503, None])
def test_an_old_copy_serves_for_a_day_longer_while_robots_txt_fails(
    age: int, usable: bool, trouble: int | None
) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            if trouble is None:
                raise httpx.ConnectError("refused")
            return httpx.Response(trouble)
        return page(request)

    memory = remembering(timedelta(hours=age))
    with fetcher(BASE, settings(robots=True), memory=memory, site=site) as web:
        if usable:
            assert web.get(f"{BASE}moi").status == 200
            with pytest.raises(RobotsForbid):
                web.get(f"{BASE}cu")
        else:
            with pytest.raises(FetchError):
                web.get(f"{BASE}moi")
    copy = memory.robots(ORIGIN)
    assert copy is not None
    assert copy.status == 200, "a failure never replaces what we know"


def test_a_copy_from_the_future_is_not_believed() -> None:
    asked: list[str] = []
    memory = remembering(timedelta(days=-300))
    with fetcher(BASE, settings(robots=True), memory=memory, site=with_robots("", asked=asked)) as web:
        web.get(f"{BASE}cu")
    assert asked == ["/robots.txt", "/cu"]


@pytest.mark.parametrize("target", ["https://login.vn/", "/robots.txt", "http://127.0.0.1/robots.txt"])
def test_a_robots_txt_that_leads_astray_is_none(target: str) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(302, headers={"Location": target}, content=b"User-agent: *\nDisallow: /")
        return page(request)

    with fetcher(BASE, settings(robots=True), site=site) as web:
        assert web.get(f"{BASE}tin").status == 200


def test_a_robots_txt_that_moved_within_the_portal_is_read() -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(301, headers={"Location": "/robots"})
        return httpx.Response(200, text="User-agent: *\nDisallow: /tin")

    with fetcher(BASE, settings(robots=True), site=site) as web, pytest.raises(RobotsForbid):
        web.get(f"{BASE}tin")


@pytest.mark.parametrize(
    ("rule", "pause"),
    [
        ("Crawl-delay: 10", 10),
        ("Crawl-delay: 0.5", 2),
        ("Crawl-delay: 86400", 120),
        ("Crawl-delay: soon", 2),
        ("Request-rate: 1/30", 30),
        ("Request-rate: 2/1m", 30),
        ("Request-rate: 1/30 0100-0200", 2),
        ("Request-rate: 1/30 1100-1300", 30),
    ],
)
def test_the_slower_of_the_portals_and_our_own_pace_counts(rule: str, pause: float) -> None:
    clock = Clock()
    site = with_robots(f"User-agent: *\n{rule}\n")
    with fetcher(BASE, settings(robots=True, delay=2), clock=clock, site=site) as web:
        web.get(f"{BASE}1")
        clock.slept.clear()
        web.get(f"{BASE}2")
    assert clock.slept == [pause]


@pytest.mark.parametrize(
    ("window", "hour", "opens"),
    [
        ("0600-1800", "12:00", None),
        ("0600-1800", "18:00", None),
        ("0600-1800", "18:01", "06:00"),
        ("0600-1800", "05:59", "06:00"),
        ("2200-0400", "23:00", None),
        ("2200-0400", "03:00", None),
        ("2200-0400", "12:00", "22:00"),
        ("0000-0000", "12:00", None),
        ("whenever", "12:00", None),
    ],
)
def test_visit_time_is_kept_and_its_opening_named(window: str, hour: str, opens: str | None) -> None:
    clock = Clock(datetime.fromisoformat(f"2026-03-02T{hour}:30+00:00"))
    site = with_robots(f"User-agent: *\nVisit-time: {window}\n")
    with fetcher(BASE, settings(robots=True), clock=clock, site=site) as web:
        if opens is None:
            assert web.get(f"{BASE}tin").status == 200
        else:
            with pytest.raises(RobotsForbid, match=opens) as caught:
                web.get(f"{BASE}tin")
            assert caught.value.cause == "visit-time"
