"""What a request says, what a page carries, and what is counted."""

from __future__ import annotations

import gzip
from urllib.parse import parse_qsl

import httpx
import pytest

from collector import __version__
from collector.errors import Unreachable
from collector.model import Validators
from faulty_portal import NOON, Clock, FaultyPortal, fetcher, response, settings

BASE = "https://vpub.soctrang.gov.vn/"


class Site:
    """Answers 200 and keeps what it was asked."""

    def __init__(self, **headers: str) -> None:
        self.headers = headers
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(200, html="<html>tin</html>", headers=self.headers)


def test_the_user_agent_says_who_asks() -> None:
    site = Site()
    with fetcher(BASE, settings(contact="https://example.org/bot"), site=site) as web:
        web.get(BASE)
    with fetcher(BASE, site=site) as web:
        web.get(BASE)
    agents = [request.headers["User-Agent"] for request in site.seen]
    assert agents == [f"collector/{__version__} (+https://example.org/bot)", f"collector/{__version__}"]


def test_no_letter_and_no_line_break_in_a_header_breaks_the_request() -> None:
    contact = "Trần Thị Ánh\r\nX-Evil: 1"
    validators = Validators(etag='"ánh"\r\nX-Evil: 1', last_modified="Thứ hai")
    with FaultyPortal(response()) as portal, fetcher(portal.url, settings(contact=contact)) as web:
        assert web.get(f"{portal.url}/tin tức?q=việc làm", validators=validators).status == 200
        web.post(f"{portal.url}/", [("a", "b")], referer=f"{portal.url}/tin tức")
        assert "\nX-Evil" not in "".join(portal.requests)
        assert portal.paths[0] == "/tin%20t%E1%BB%A9c?q=vi%E1%BB%87c%20l%C3%A0m"


def test_only_gzip_is_asked_for() -> None:
    site = Site()
    with fetcher(BASE, site=site) as web:
        web.get(BASE)
    assert site.seen[0].headers["Accept-Encoding"] == "gzip"


def test_the_environment_sends_us_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with FaultyPortal(response()) as portal, fetcher(portal.url) as web:
        assert web.get(portal.url).status == 200


def test_a_proxy_of_the_configuration_gets_the_name_and_nobody_looks_it_up() -> None:
    def addresses(host: str, port: int) -> list[str]:
        raise AssertionError("the proxy looks names up")

    with FaultyPortal(response()) as proxy:
        base = "http://portal.gov.vn/"
        with fetcher(base, settings(proxy=proxy.url), addresses=addresses) as web:
            assert web.get(f"{base}tin").status == 200
        assert proxy.paths == ["http://portal.gov.vn/tin"]
        assert "Host: portal.gov.vn" in proxy.requests[0]


def test_a_page_tells_where_it_came_from() -> None:
    clock = Clock()
    site = Site(ETag='"1"', Server="IIS")
    with fetcher(BASE, clock=clock, site=site) as web:
        page = web.get(f"{BASE}tin#top")
    assert (page.url, page.fetched_at, page.status, page.origin) == (f"{BASE}tin#top", NOON, 200, "live")
    assert page.headers["etag"] == '"1"'
    assert page.body == b"<html>tin</html>"


def test_repeated_headers_are_joined() -> None:
    answer = response(b"<html></html>", "X-A: 1", "x-a: 2")
    with FaultyPortal(answer) as portal, fetcher(portal.url) as web:
        assert web.get(portal.url).headers["x-a"] == "1, 2"


def test_validators_make_a_request_conditional_and_a_304_has_no_body() -> None:
    def site(request: httpx.Request) -> httpx.Response:
        known = request.headers.get("If-None-Match") == '"1"' and request.headers.get("If-Modified-Since") == "then"
        return httpx.Response(304) if known else httpx.Response(200, html="<html></html>")

    with fetcher(BASE, site=site) as web:
        page = web.get(BASE, validators=Validators('"1"', "then"))
        assert (page.status, page.body) == (304, b"")
        assert web.get(BASE, validators=Validators()).status == 200
        assert web.get(BASE).status == 200
        assert web.page_views == 2, "a 304 is no page view"


def test_a_304_comes_without_a_body_over_a_real_connection() -> None:
    with FaultyPortal(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n') as portal, fetcher(portal.url) as web:
        assert web.get(portal.url, validators=Validators('"1"')).body == b""


def test_cookies_live_as_long_as_the_fetcher_and_follow_the_name() -> None:
    site = Site(**{"Set-Cookie": "session=abc; Domain=.soctrang.gov.vn; Path=/"})
    with fetcher(BASE, site=site) as web:
        web.get(BASE)
        web.get(BASE)
    with fetcher(BASE, site=site) as web:
        web.get(BASE)
    assert [request.headers.get("Cookie") for request in site.seen] == [None, "session=abc", None]


def test_a_cookie_of_one_host_is_not_shown_to_another() -> None:
    site = Site(**{"Set-Cookie": "session=abc"})
    with fetcher(BASE, site=site, hosts=["cdn.gov.vn"]) as web:
        web.get(BASE)
        web.get("https://cdn.gov.vn/")
    assert "Cookie" not in site.seen[1].headers


# --- forms ------------------------------------------------------------------------------------------------------------

FORM = [("__VIEWSTATE", "/wE+PD=="), ("trang", "2"), ("trang", "3"), ("tên", "Việc làm & xã hội")]


def test_a_form_is_sent_in_its_order_as_utf_8() -> None:
    with FaultyPortal(response()) as portal, fetcher(portal.url) as web:
        assert web.post(f"{portal.url}/tin", FORM, referer=f"{portal.url}/tin#x").status == 200
        head, _, body = portal.requests[0].partition("\n\n")
    assert head.startswith("POST /tin ")
    assert "Content-Type: application/x-www-form-urlencoded" in head
    assert f"Referer: {portal.url}/tin\r\n" in head + "\r\n"
    assert parse_qsl(body, keep_blank_values=True) == FORM


@pytest.mark.parametrize("status", [301, 302, 303])
def test_after_a_form_a_redirect_is_a_plain_visit(status: int) -> None:
    def route(path: str) -> bytes:
        return response(b"", "Location: /xong", status=f"{status} Moved") if path == "/tin" else response()

    with FaultyPortal(route=route) as portal, fetcher(portal.url) as web:
        web.post(f"{portal.url}/tin", FORM)
        assert portal.requests[1].startswith("GET /xong ")
        assert "Content-Type" not in portal.requests[1]


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_method_keeps_the_form(status: int) -> None:
    def route(path: str) -> bytes:
        return response(b"", "Location: /xong", status=f"{status} Moved") if path == "/tin" else response()

    with FaultyPortal(route=route) as portal, fetcher(portal.url) as web:
        web.post(f"{portal.url}/tin", FORM)
        assert portal.requests[1].startswith("POST /xong ")
        assert portal.requests[1].partition("\n\n")[2] == portal.requests[0].partition("\n\n")[2]


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x")])
def test_a_form_that_may_have_arrived_is_not_sent_again(failure: httpx.TransportError) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        raise failure

    with fetcher(BASE, settings(retries=3), site=site) as web:
        with pytest.raises(Unreachable):
            web.post(BASE, FORM)
        assert web.requests == 1


def test_a_busy_answer_to_a_form_is_returned() -> None:
    with fetcher(BASE, settings(retries=3), site=lambda request: httpx.Response(503)) as web:
        assert web.post(BASE, FORM).status == 503
        assert web.requests == 1


@pytest.mark.parametrize("failure", [httpx.ConnectError("x"), httpx.ConnectTimeout("x")])
def test_a_form_that_never_left_is_sent_again(failure: httpx.TransportError) -> None:
    failures = [failure]

    def site(request: httpx.Request) -> httpx.Response:
        if failures:
            raise failures.pop()
        return httpx.Response(200, html="<html></html>")

    with fetcher(BASE, settings(retries=1), site=site) as web:
        assert web.post(BASE, FORM).status == 200


# --- what goes wrong, and what is counted -----------------------------------------------------------------------------


def test_a_closed_port_is_refused() -> None:
    with FaultyPortal() as portal:
        portal.down()
        with fetcher(portal.url, settings(retries=2)) as web, pytest.raises(Unreachable) as caught:
            web.get(portal.url)
    assert caught.value.cause == "refused"
    assert web.requests == 0


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (httpx.ConnectTimeout("x"), "timeout"),
        (httpx.ReadTimeout("x"), "timeout"),
        (httpx.PoolTimeout("x"), "timeout"),
        (httpx.ConnectError("x"), "refused"),
        (httpx.ProxyError("407"), "refused"),
        (httpx.ReadError("x"), "broken"),
        (httpx.RemoteProtocolError("x"), "broken"),
    ],
)
def test_failures_are_told_apart_after_all_attempts(failure: httpx.TransportError, cause: str) -> None:
    attempts = []

    def site(request: httpx.Request) -> httpx.Response:
        attempts.append(1)
        raise failure

    with fetcher(BASE, settings(retries=2), site=site) as web, pytest.raises(Unreachable) as caught:
        web.get(f"{BASE}tin")
    assert (caught.value.cause, caught.value.url) == (cause, f"{BASE}tin")
    assert len(attempts) == 3
    assert caught.value.__cause__ is failure


def test_a_bug_is_not_dressed_up_as_a_failure_of_the_network() -> None:
    def site(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    with fetcher(BASE, settings(retries=3), site=site) as web, pytest.raises(ZeroDivisionError):
        web.get(BASE)


def test_bytes_and_views_are_counted_as_the_portal_sees_them() -> None:
    zipped = gzip.compress(b"<html>" + b"tin " * 5000 + b"</html>")

    def route(path: str) -> bytes:
        return {
            "/a": response(zipped, "Content-Encoding: gzip", "Content-Type: TEXT/HTML; charset=utf-8"),
            "/b": response(b"", "Location: /a", status="302 Found"),
            "/c": response(b"12345", "Content-Type: image/png"),
            "/d": response(b"gone", status="404 Not Found"),
        }[path]

    with FaultyPortal(route=route) as portal, fetcher(portal.url) as web:
        for path in "abcd":
            web.get(f"{portal.url}/{path}")
        assert (web.requests, web.robots_requests) == (5, 0)
        assert web.page_views == 2
        assert web.bytes == 2 * len(zipped) + len(b"12345gone")
