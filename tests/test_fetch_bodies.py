"""What arrives broken, endless, slow or swollen never passes for a page (FAULTS 8 to 10)."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
import tracemalloc
import zlib

import pytest
import trustme

from collector.errors import FetchRefused, Interrupted, Unreachable
from collector.fetch import HttpSettings
from collector.fetch.transfer import Rate, TooSlow
from collector.fetch.wire import Wire
from faulty_portal import Answer, FaultyPortal, fetcher, response, settings

WHOLE = b"<html><body>" + b"tin tuc " * 500 + b"</body></html>"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
NO_LENGTH = b"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
ZIPPED = "Content-Encoding: gzip"


def cut_short(line: socket.socket) -> None:
    line.sendall(response(WHOLE)[:-100])


def reset(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


BROKEN: dict[str, Answer] = {
    "shorter than its content-length": cut_short,
    "a chunk that ends early": CHUNKED + b"ff\r\n<html>abc",
    "no last chunk": CHUNKED + b"6\r\n<html>\r\n",
    "a chunk size that is no number": CHUNKED + b"zz\r\n<html>",
    "no length and no end of html": NO_LENGTH + WHOLE[:-20],
    "no length and an end of html far before the end": NO_LENGTH + b"<html>'</html>'" + b"x" * 10_000,
    "no length, no content type, cut": b"HTTP/1.0 200 OK\r\n\r\n<!DOCTYPE html><html><p>tin",
    "gzip cut in the middle": response(gzip.compress(WHOLE)[:-12], ZIPPED),
    "gzip that is none": response(WHOLE, ZIPPED),
    "gzip with a wrong checksum": response(gzip.compress(WHOLE)[:-8] + b"\0" * 8, ZIPPED),
    "an encoding nobody asked for": response(WHOLE, "Content-Encoding: br"),
    "nothing": b"",
    "no http": b"220 mail ready\r\n",
    "a reset": reset,
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_asked_for_again_and_then_given_up(answer: Answer) -> None:
    with FaultyPortal(answer) as portal, fetcher(portal.url, settings(retries=2)) as web:
        with pytest.raises(Unreachable) as caught:
            web.get(f"{portal.url}/tin")
        assert caught.value.cause == "broken"
        assert "\n" not in str(caught.value)
        assert len(portal.requests) == web.requests == 3


def test_a_page_that_comes_whole_the_second_time_is_taken() -> None:
    answers = iter([BROKEN["no last chunk"], response(WHOLE)])
    with FaultyPortal(route=lambda path: next(answers)) as portal, fetcher(portal.url, settings(retries=1)) as web:
        page = web.get(f"{portal.url}/tin")
    assert page.body == WHOLE
    assert web.requests == 2
    assert web.page_views == 2, "the portal has counted the broken one too"


@pytest.mark.parametrize(
    "answer",
    [
        NO_LENGTH + WHOLE,
        NO_LENGTH + WHOLE + b"\r\n<!-- 0.3 s -->\r\n",
        NO_LENGTH.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + gzip.compress(WHOLE),
        CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(WHOLE), WHOLE),
        response(gzip.compress(WHOLE), ZIPPED),
        response(zlib.compress(WHOLE), "Content-Encoding: deflate"),
        response(gzip.compress(WHOLE[:99]) + gzip.compress(WHOLE[99:]), ZIPPED),
    ],
    ids=["no length", "a comment behind", "no length, gzip", "chunked", "gzip", "deflate", "two gzip members"],
)
def test_a_whole_body_is_returned_without_its_encoding(answer: bytes) -> None:
    with FaultyPortal(answer) as portal, fetcher(portal.url) as web:
        assert web.get(f"{portal.url}/tin").body.startswith(WHOLE)


def test_a_complete_gzip_needs_no_end_of_html() -> None:
    answer = NO_LENGTH.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + gzip.compress(b"<html><p>tin")
    with FaultyPortal(answer) as portal, fetcher(portal.url) as web:
        assert web.get(f"{portal.url}/tin").body == b"<html><p>tin"


def test_only_html_needs_an_end_mark() -> None:
    answer = b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss/>"
    with FaultyPortal(answer) as portal, fetcher(portal.url) as web:
        assert web.get(f"{portal.url}/rss").body == b"<rss/>"
        assert web.page_views == 0


@pytest.mark.parametrize(
    "answer",
    [
        response(b"x" * 20_001),
        CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (20_001, b"x" * 20_001),
        response(gzip.compress(bytes(50_000_000)), ZIPPED),
        response(gzip.compress(bytes(15_000)) * 2, ZIPPED),
    ],
    ids=["length", "chunks", "bomb", "members"],
)
def test_a_body_beyond_the_limit_is_refused_at_once(answer: bytes) -> None:
    with FaultyPortal(answer) as portal, fetcher(portal.url, settings(max_bytes=20_000, retries=3)) as web:
        with pytest.raises(FetchRefused) as caught:
            web.get(f"{portal.url}/tin")
        assert caught.value.cause == "size"
        assert len(portal.requests) == 1, "what is too big once is not asked for again"


def test_a_bomb_never_unfolds_in_memory() -> None:
    bomb = response(gzip.compress(bytes(80_000_000)), ZIPPED)
    with FaultyPortal(bomb) as portal, fetcher(portal.url, settings(max_bytes=1_000_000)) as web:
        tracemalloc.start()
        with pytest.raises(FetchRefused):
            web.get(f"{portal.url}/tin")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8_000_000


DRIPS = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
    "status line": (b"HTTP/1.1 200 O", b"K"),
    "body": (CHUNKED, b"1\r\nx\r\n"),
}


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS.keys())
def test_a_dripping_answer_ends_at_the_deadline(drip: tuple[bytes, bytes], secure: bool, authority: Authority) -> None:
    with FaultyPortal(route=lambda path: portal.drip(*drip), tls=authority.server if secure else None) as portal:
        http = settings(deadline=0.5, ca_bundle=authority.file, retries=3)
        with fetcher(portal.url, http) as web:
            began = time.monotonic()
            with pytest.raises(Unreachable) as caught:
                web.get(f"{portal.url}/tin")
        assert len(portal.requests) == 1, "asked again, it would hold us for as long again"
    assert caught.value.cause == "timeout"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_dripping_body_is_broken_off_long_before_the_deadline_and_asked_for_again(
    secure: bool, authority: Authority
) -> None:
    with FaultyPortal(
        route=lambda path: portal.drip(CHUNKED, b"1\r\nx\r\n"), tls=authority.server if secure else None
    ) as portal:
        http = settings(rate_window=0.3, least_bytes=1000, deadline=30, ca_bundle=authority.file, retries=2)
        with fetcher(portal.url, http) as web:
            began = time.monotonic()
            with pytest.raises(Unreachable, match=r"drips: \d+ bytes in \d s, where 1000 are the least") as caught:
                web.get(f"{portal.url}/tin")
        assert len(portal.requests) == 3
    assert caught.value.cause == "timeout"
    assert time.monotonic() - began < 5


def test_a_drip_behind_a_good_start_is_seen_too() -> None:
    start = CHUNKED + b"%x\r\n%b\r\n" % (len(WHOLE), WHOLE)
    with (
        FaultyPortal(route=lambda path: portal.drip(start, b"1\r\nx\r\n")) as portal,
        fetcher(portal.url, settings(rate_window=0.2, least_bytes=1000, deadline=30)) as web,
        pytest.raises(Unreachable, match="drips"),
    ):
        web.get(f"{portal.url}/tin")


def test_a_slow_body_arrives_when_it_flows() -> None:
    """Several windows of a tenth of a second; one piece is the least of each."""

    def send(line: socket.socket) -> None:
        line.sendall(response(WHOLE)[: -len(WHOLE)])
        for place in range(0, len(WHOLE), 100):
            line.sendall(WHOLE[place : place + 100])
            time.sleep(0.02)

    with (
        FaultyPortal(send) as portal,
        fetcher(portal.url, settings(rate_window=0.1, least_bytes=100, deadline=30)) as web,
    ):
        assert web.get(f"{portal.url}/tin").body == WHOLE


def test_the_rate_is_judged_window_by_window_and_a_body_that_ends_early_never() -> None:
    moments = iter([0, 1, 29, 45, 60, 75, 100, 105])
    rate = Rate(30, 12_000, lambda: next(moments))
    for size in (20_000, 1, 1, 10, 11_990, 1):
        rate.check(size)
    with pytest.raises(TooSlow, match="2 bytes in 30 s"):
        rate.check(1)


def test_no_page_that_could_arrive_in_time_is_called_a_drip() -> None:
    http, smallest_page = HttpSettings(), 77_000
    assert http.least_bytes / http.rate_window * http.deadline < smallest_page


def test_a_silent_handshake_ends_at_the_deadline() -> None:
    with FaultyPortal(b"never read", tls=None) as portal:
        address = portal.url.replace("http:", "https:")
        with fetcher(address, settings(deadline=0.4)) as web, pytest.raises(Unreachable) as caught:
            # The portal waits for an HTTP request and never says a word of TLS.
            web.get(f"{address}/tin")
    assert caught.value.cause == "timeout"


def test_silence_ends_at_the_read_timeout() -> None:
    with (
        FaultyPortal(route=lambda path: portal.silence()) as portal,
        fetcher(portal.url, settings(timeout=0.3)) as web,
        pytest.raises(Unreachable) as caught,
    ):
        web.get(f"{portal.url}/tin")
    assert caught.value.cause == "timeout"


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("start", [b"", CHUNKED + b"6\r\n<html>\r\n"], ids=["no headers yet", "in the body"])
def test_abort_ends_a_blocked_read_at_once(start: bytes, secure: bool, authority: Authority) -> None:
    with (
        FaultyPortal(route=lambda path: portal.silence(start), tls=authority.server if secure else None) as portal,
        fetcher(portal.url, settings(ca_bundle=authority.file, retries=3)) as web,
    ):
        timer = threading.Timer(0.3, web.abort)
        timer.start()
        began = time.monotonic()
        with pytest.raises(Interrupted):
            web.get(f"{portal.url}/tin")
        timer.join()
        assert time.monotonic() - began < 2
        with pytest.raises(Interrupted):
            web.get(f"{portal.url}/tin")
        assert len(portal.requests) == 1, "who was stopped does not ask again"


def test_an_abort_during_the_look_up_is_not_forgotten() -> None:
    with FaultyPortal(route=lambda path: portal.silence()) as portal:

        def slow(host: str, port: int) -> list[str]:
            web.abort()
            return ["127.0.0.1"]

        with fetcher(f"http://localhost:{portal.port}", addresses=slow) as web:
            began = time.monotonic()
            with pytest.raises(Interrupted):
                web.get(f"http://localhost:{portal.port}/tin")
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("end", ["abort", "deadline"])
def test_a_connection_that_comes_about_too_late_is_cut_at_once(end: str) -> None:
    wire, (ours, theirs) = Wire(), socket.socketpair()

    class Connected:
        def get_extra_info(self, info: str) -> socket.socket:
            return ours

    with ours, theirs, wire.on(0.01 if end == "deadline" else 60) as trace:
        if end == "abort":
            wire.abort()
        while not (wire.late or wire.aborted):
            time.sleep(0.001)
        trace("connection.connect_tcp.complete", {"return_value": Connected()})
        theirs.settimeout(1)
        assert theirs.recv(1) == b""


def test_every_request_has_a_connection_of_its_own() -> None:
    followed: list[bytes] = []

    def patient(line: socket.socket) -> None:
        line.sendall(response())
        followed.append(line.recv(1))

    with FaultyPortal(patient) as portal, fetcher(portal.url) as web:
        web.get(f"{portal.url}/1")
        web.get(f"{portal.url}/2")
    assert followed == [b"", b""]


class Authority:
    def __init__(self, folder: str) -> None:
        ca = trustme.CA()
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1").configure_cert(self.server)
        self.file = f"{folder}/ca.pem"
        ca.cert_pem.write_to_path(self.file)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(str(tmp_path_factory.mktemp("ca")))
