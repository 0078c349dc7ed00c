"""Redirects stay within the portal, are few, and never lead from encrypted pages into the open (FAULTS 11)."""

from __future__ import annotations

import httpx
import pytest

from collector.errors import FetchError, FetchRefused
from faulty_portal import fetcher

BASE = "https://vpub.soctrang.gov.vn/"


def page(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html>tin</html>")


def redirecting(*chain: str, status: int = 302) -> list[httpx.Response]:
    return [httpx.Response(status, headers={"Location": target}) for target in chain]


def visited(*targets: str, status: int = 302, hosts: tuple[str, ...] = (), base: str = BASE) -> list[str]:
    """Follow redirects to ``targets`` and return all addresses that the resulting page names."""
    answers = iter([*redirecting(*targets, status=status), httpx.Response(200, html="<html>x</html>")])
    with fetcher(base, site=lambda request: next(answers), hosts=hosts) as web:
        got = web.get(f"{base}tin")
    return [*got.redirects, got.final_url]


def test_redirects_within_the_portal_are_followed_and_recorded() -> None:
    assert visited("/a", "b?x=1#top", "//vpub.soctrang.gov.vn/c") == [
        f"{BASE}tin",
        f"{BASE}a",
        f"{BASE}b?x=1",
        f"{BASE}c",
    ]


def test_a_page_that_was_not_redirected_keeps_the_address_it_was_asked_by() -> None:
    with fetcher(BASE, site=page) as web:
        got = web.get(f"{BASE}tin tức#top")
    assert (got.url, got.final_url, got.redirects) == (f"{BASE}tin tức#top", f"{BASE}tin tức#top", ())


def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    assert len(visited(*["/a"] * 5)) == 6
    with pytest.raises(FetchRefused) as caught:
        visited(*["/a"] * 6)
    assert caught.value.cause == "redirect"


def test_a_detour_that_only_sets_a_cookie_comes_back() -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/check":
            return httpx.Response(302, headers={"Location": "/tin", "Set-Cookie": "seen=1"})
        if "seen=1" not in request.headers.get("Cookie", ""):
            return httpx.Response(302, headers={"Location": "/check"})
        return page(request)

    with fetcher(BASE, site=site) as web:
        assert web.get(f"{BASE}tin").status == 200


@pytest.mark.parametrize(
    ("target", "hosts"),
    [
        ("https://evil.example.com/", ()),
        ("https://soctrang.gov.vn/", ()),
        ("https://vpub.soctrang.gov.vn.evil.com/", ()),
        ("https://vpub.soctrang.gov.vn@evil.com/", ()),
        ("https://vpub.soctrang.gov.vn:8443/", ()),
        ("https://cdn.gov.vn:8443/", ("cdn.gov.vn",)),
        ("https://cdn.gov.vn/", ("cdn.gov.vn:8443",)),
        ("http://vpub.soctrang.gov.vn:8080/", ()),
        ("https://[broken/", ()),
    ],
)
def test_a_redirect_elsewhere_is_refused(target: str, hosts: tuple[str, ...]) -> None:
    with pytest.raises(FetchRefused) as caught:
        visited(target, hosts=hosts)
    assert caught.value.cause == "redirect"


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://vpub.soctrang.gov.vn/", "javascript:alert(1)", "data:,x"]
)
def test_only_http_is_followed(target: str) -> None:
    with pytest.raises(FetchRefused) as caught:
        visited(target)
    assert caught.value.cause == "scheme"


@pytest.mark.parametrize(
    ("target", "hosts"),
    [
        ("https://cdn.gov.vn/", ("CDN.gov.vn",)),
        ("https://cdn.gov.vn:8443/", ("cdn.gov.vn:8443",)),
        ("https://VPUB.soctrang.gov.vn./a", ()),
    ],
)
def test_declared_hosts_are_followed(target: str, hosts: tuple[str, ...]) -> None:
    assert visited(target, hosts=hosts)[-1] == target


def test_a_plain_portal_may_become_encrypted() -> None:
    assert visited(BASE, base="http://vpub.soctrang.gov.vn/")[-1] == BASE


def test_an_encrypted_portal_that_names_itself_plain_is_asked_encrypted() -> None:
    assert visited("http://vpub.soctrang.gov.vn/a")[-1] == f"{BASE}a"
    assert visited("http://vpub.soctrang.gov.vn:80/a")[-1] == f"{BASE}a"
    assert visited("HTTP://vpub.soctrang.gov.vn/a")[-1] == f"{BASE}a"


def test_a_page_that_only_exists_unencrypted_is_refused_unless_the_portal_was_declared_so() -> None:
    with pytest.raises(FetchRefused) as caught:
        visited("http://vpub.soctrang.gov.vn/tin")
    assert "http://" in str(caught.value)
    plain = "http://vpub.soctrang.gov.vn/"
    assert visited(BASE, f"{plain}tin", base=plain)[-1] == f"{plain}tin"


def test_a_link_off_the_portal_is_not_fetched() -> None:
    with fetcher(BASE, site=page) as web:
        for url in (
            "https://other.vn/",
            "ftp://vpub.soctrang.gov.vn/",
            "tin.html",
            "https://",
            "https://a b/",
            "http://[x",
        ):
            with pytest.raises(FetchError):
                web.get(url)
        assert web.requests == 0
