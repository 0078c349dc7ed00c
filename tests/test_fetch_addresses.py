"""Where the fetcher connects to, and where it refuses to (FAULTS 12)."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import FetchRefused, Unreachable
from collector.fetch.addresses import is_public, literal
from faulty_portal import FaultyPortal, fetcher, response, settings

BASE = "https://vpub.soctrang.gov.vn/"
PUBLIC = "93.184.216.34"


def page(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html>tin</html>")


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
    with (
        fetcher(BASE, site=lambda request: httpx.Response(302, headers={"Location": target})) as web,
        pytest.raises(FetchRefused) as caught,
    ):
        web.get(f"{BASE}tin")
    assert caught.value.cause == "address"


@pytest.mark.parametrize("target", INWARD)
def test_even_a_declared_host_may_not_be_private(target: str) -> None:
    host = urlsplit(target).hostname or ""
    with fetcher(BASE, site=page, hosts=[host, f"[{host}]"]) as web, pytest.raises(FetchRefused) as caught:
        web.get(target)
    assert caught.value.cause == "address"
    assert web.requests == 0


@pytest.mark.parametrize("target", INWARD[:6])
def test_a_proxy_is_not_asked_for_private_addresses_either(target: str) -> None:
    http = settings(proxy="http://127.0.0.1:9")
    with fetcher(BASE, http, hosts=[urlsplit(target).hostname or ""]) as web, pytest.raises(FetchRefused) as caught:
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


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "cause", "attempts"),
    [
        (socket.EAI_NONAME, "name", 1),
        (getattr(socket, "EAI_NODATA", socket.EAI_NONAME), "name", 1),
        (socket.EAI_AGAIN, "resolver", 3),
        (socket.EAI_FAIL, "resolver", 3),
    ],
)
def test_a_name_that_does_not_exist_is_told_from_a_name_server_in_trouble(
    number: int, cause: str, attempts: int
) -> None:
    looked_up: list[str] = []

    def addresses(host: str, port: int) -> list[str]:
        looked_up.append(host)
        raise socket.gaierror(number, "no")

    with (
        fetcher(BASE, settings(retries=2), addresses=addresses, site=page) as web,
        pytest.raises(Unreachable) as caught,
    ):
        web.get(BASE)
    assert caught.value.cause == cause
    assert len(looked_up) == attempts
