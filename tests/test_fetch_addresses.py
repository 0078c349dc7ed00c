"""Where the fetcher connects to, and where it refuses to (FAULTS 11 and 12)."""

from __future__ import annotations

import ipaddress
import socket

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import FetchError, FetchRefused, Unreachable
from collector.fetch.addresses import is_public, literal
from faulty_portal import FaultyPortal, fetcher, response, settings

BASE = "https://vpub.soctrang.gov.vn/"
PUBLIC = "93.184.216.34"


def page(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html>tin</html>")


def redirecting(*chain: str, status: int = 302) -> list[httpx.Response]:
    return [httpx.Response(status, headers={"Location": target}) for target in chain]


INWARD = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://127.0.0.1./",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://[fe80::1%25eth0]/",
    "http://[fd00::1]/",
    "http://10.0.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://localhost/",
    "http://sub.localhost./",
]


@pytest.mark.parametrize("target", INWARD)
def test_a_redirect_to_a_private_address_is_refused_however_it_is_written(target: str) -> None:
    answers = iter(redirecting(target))
    with fetcher(BASE, site=lambda request: next(answers)) as web, pytest.raises(FetchRefused) as caught:
        web.get(f"{BASE}tin")
    assert caught.value.cause == "address"


@pytest.mark.parametrize("target", INWARD)
def test_even_a_declared_host_may_not_be_private(target: str) -> None:
    host = httpx.URL(target).host
    with fetcher(BASE, site=page, hosts=[host, f"[{host}]"]) as web, pytest.raises(FetchRefused) as caught:
        web.get(target)
    assert caught.value.cause == "address"
    assert web.requests == 0


@pytest.mark.parametrize("target", INWARD[:6])
def test_a_proxy_is_not_asked_for_private_addresses_either(target: str) -> None:
    http = settings(proxy="http://127.0.0.1:9")
    with fetcher(BASE, http, hosts=[httpx.URL(target).host]) as web, pytest.raises(FetchRefused) as caught:
        web.get(target)
    assert caught.value.cause == "address"


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"])
@pytest.mark.parametrize("beside", [[], [PUBLIC]], ids=["alone", "behind a public one"])
def test_a_name_that_leads_inward_is_refused(address: str, beside: list[str]) -> None:
    with fetcher(BASE, site=page, addresses=lambda host, port: [*beside, address]) as web:
        with pytest.raises(FetchRefused) as caught:
            web.get(f"{BASE}tin")
        assert caught.value.cause == "address"
        assert web.requests == 0


def test_a_name_that_turns_inward_between_two_requests_is_refused_then() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    with fetcher(BASE, site=page, addresses=lambda host, port: next(answers)) as web:
        assert web.get(f"{BASE}1").status == 200
        with pytest.raises(FetchRefused):
            web.get(f"{BASE}2")


def test_the_address_that_was_checked_is_the_one_asked_and_the_portal_hears_its_name() -> None:
    seen: list[httpx.Request] = []

    def site(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return page(request)

    looked_up: list[str] = []

    def addresses(host: str, port: int) -> list[str]:
        looked_up.append(f"{host}:{port}")
        return [PUBLIC]

    with fetcher(BASE, site=site, addresses=addresses) as web:
        web.get(f"{BASE}tin")
    assert looked_up == ["vpub.soctrang.gov.vn:443"], "looked up once: nobody can answer otherwise the second time"
    assert seen[0].url.host == PUBLIC
    assert seen[0].headers["Host"] == "vpub.soctrang.gov.vn"
    assert seen[0].extensions["sni_hostname"] == "vpub.soctrang.gov.vn"


@pytest.mark.parametrize("error", [httpx.ConnectError("no route"), httpx.ConnectTimeout("silence")])
def test_the_next_address_is_tried_when_one_takes_no_connection_and_remembered(error: httpx.TransportError) -> None:
    asked: list[str] = []

    def site(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if ":" in request.url.host:
            raise error
        return page(request)

    with fetcher(BASE, site=site, addresses=lambda host, port: ["2606:4700::1", PUBLIC]) as web:
        web.get(f"{BASE}1")
        web.get(f"{BASE}2")
        assert asked == ["2606:4700::1", PUBLIC, PUBLIC]
        assert web.requests == 2, "what never connected was no request"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_portal_on_loopback_permits_exactly_its_own_host_and_port(host: str) -> None:
    with FaultyPortal(response()) as portal, FaultyPortal(response()) as other:
        base = f"http://{host}:{portal.port}"
        with fetcher(base, hosts=[f"{host}:{other.port}"], addresses=lambda name, port: ["127.0.0.1"]) as web:
            assert web.get(f"{base}/tin").status == 200
            for elsewhere in (
                f"http://{host}:{other.port}/",
                f"http://127.1:{portal.port}/",
                f"http://127.0.0.1.:{portal.port}/",
                f"http://[::ffff:127.0.0.1]:{portal.port}/",
                f"http://127.0.0.2:{portal.port}/",
            ):
                with pytest.raises(FetchRefused) as caught:
                    web.get(elsewhere)
                assert caught.value.cause == "address"
        assert other.requests == []


def test_a_public_base_url_permits_no_private_address_just_because_its_name_leads_there() -> None:
    with FaultyPortal(response()) as portal:
        base = f"http://portal.gov.vn:{portal.port}"
        with fetcher(base, addresses=lambda host, port: ["127.0.0.1"]) as web, pytest.raises(FetchRefused) as caught:
            web.get(base)
        assert "base_url" in str(caught.value), "the message says how a private portal is declared"
        assert portal.requests == []


@given(st.ip_addresses(v=4, network="0.0.0.0/0"))
def test_every_spelling_of_an_address_is_read_as_that_address(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    parts = str(address).split(".")
    spellings = [
        str(number),
        hex(number),
        oct(number).replace("0o", "0"),
        ".".join(hex(int(part)) for part in parts),
        ".".join(f"0{int(part):o}" for part in parts),
        f"{parts[0]}.{number & 0xFFFFFF}",
        f"{address}.",
    ]
    assert {literal(spelling) for spelling in spellings} == {address}
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        inside = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number)
        assert is_public(inside) == is_public(address)
    assert is_public(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))) == is_public(address)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_loopback or address.is_link_local:
        mapped = getattr(address, "ipv4_mapped", None)
        assert not is_public(address) or (mapped is not None and is_public(mapped))


@given(st.text(max_size=30))
def test_no_host_breaks_the_reading_of_addresses(host: str) -> None:
    found = literal(host)
    assert found is None or isinstance(found, ipaddress.IPv4Address | ipaddress.IPv6Address)


# --- redirects --------------------------------------------------------------------------------------------------------


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


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "attempts"), [(socket.EAI_NONAME, 1), (getattr(socket, "EAI_NODATA", -5), 1), (socket.EAI_AGAIN, 3)]
)
def test_a_name_that_does_not_exist_is_told_from_a_name_server_in_trouble(number: int, attempts: int) -> None:
    looked_up: list[str] = []

    def addresses(host: str, port: int) -> list[str]:
        looked_up.append(host)
        raise socket.gaierror(number, "no")

    with (
        fetcher(BASE, settings(retries=2), addresses=addresses, site=page) as web,
        pytest.raises(Unreachable) as caught,
    ):
        web.get(BASE)
    assert caught.value.cause == "name"
    assert len(looked_up) == attempts
