"""WARC and ARC files that other tools wrote: warcio, wget, crawlers of all years."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archives_replica import Capture
from collector.demo.loopback import LoopbackSite, Request, Response
from collector.errors import CaptureAbsent, FetchRefused
from crawl_replica import warc
from past import BEGAN, SITE, captures, page_of
from warcs import PACKINGS, file, one_big, read

DATE = "2019-05-06T07:08:09Z"


def record(kind: str, block: bytes, /, **headers: str) -> bytes:
    """One plain record, written by hand."""
    told = {
        "WARC-Type": kind,
        "WARC-Target-URI": f"{SITE}/",
        "WARC-Date": DATE,
        "WARC-Record-ID": "<urn:uuid:1>",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    }
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return (
        b"WARC/1.0\r\n"
        + "".join(f"{n}: {v}\r\n" for n, v in told.items() if v).encode()
        + b"\r\n"
        + block
        + b"\r\n\r\n"
    )


def answer(body: bytes, *headers: str, status: str = "200 OK", version: str = "1.1") -> bytes:
    """An HTTP response."""
    return "\r\n".join([f"HTTP/{version} {status}", *headers, "", ""]).encode("latin-1") + body


def the_page(data: bytes) -> bytes:
    """The body of a file's only page."""
    [page], lines = read(data)
    assert lines == []
    return page.body


# --- files by warcio --------------------------------------------------------------------------------------------------

CAPTURES = [
    *captures(6),
    Capture(f"{SITE}/cu", BEGAN, 302, (("Location", "/moi"),)),
    Capture(f"{SITE}/tin/bai-100001", BEGAN + timedelta(days=1), body=page_of(0), revisit=True),
    Capture(f"{SITE}/khong-co", BEGAN, 404, body=b"<html>404</html>"),
]


@pytest.mark.parametrize("requests", [False, True])
@pytest.mark.parametrize("packing", PACKINGS)
def test_what_warcio_wrote_is_read_whole(packing: str, requests: bool) -> None:
    data = PACKINGS[packing](warc(CAPTURES, requests=requests)[0])
    pages, lines = read(data)
    assert lines == []
    assert [(p.url, p.fetched_at, p.status, p.body) for p in pages] == [
        (c.url, c.captured_at, c.status, c.body) for c in CAPTURES
    ]
    assert {page.origin for page in pages} == {"warc"}
    assert pages[6].headers == {"location": "/moi"}
    entries = list(file(data).entries(lines.append))
    assert [(e.url, e.captured_at, e.status, e.digest) for e in entries] == [
        (c.url, c.captured_at, c.status, c.digest) for c in CAPTURES
    ]


def test_one_big_gzip_is_read_where_warcio_stops() -> None:
    data = one_big(warc(CAPTURES)[0])
    with pytest.raises(Exception, match="gzip"):
        list(ArchiveIterator(io.BytesIO(data)))
    assert len(read(data)[0]) == len(CAPTURES)


# --- files by wget ----------------------------------------------------------------------------------------------------


class Site(LoopbackSite):
    """Three pages that link to one another, one of them twice."""

    def answer(self, request: Request) -> Response:
        links = b"".join(b'<a href="/%d.html">x</a>' % n for n in range(3))
        html = (("Content-Type", "text/html"),)
        if request.path == "/robots.txt":
            return Response(404, b"")
        if request.path == "/2.html":
            return Response(302, b"", (("Location", "/1.html"),))
        return Response(200, b"<html>%s%s</html>" % (request.path.encode(), links), html)


@pytest.mark.skipif(shutil.which("wget") is None, reason="there is no wget on this machine")
@pytest.mark.parametrize("compressed", [True, False])
def test_what_wget_wrote_is_read_whole(tmp_path: Path, compressed: bool) -> None:
    with Site() as site:
        options = ["-q", "-r", "-l", "2", "--no-config", "--tries=1", "-P", str(tmp_path / "pages")]
        packing = [] if compressed else ["--no-warc-compression"]
        made = [f"--warc-file={tmp_path / 'site'}", "--warc-cdx", *packing]
        subprocess.run(["wget", *options, *made, f"{site.base_url}0.html"], check=True, cwd=tmp_path, timeout=60)
        base = site.base_url
    [path] = tmp_path.glob("site.warc*")
    pages, lines = read(path.read_bytes())
    assert lines == []
    found = {(page.url, page.status): page.body for page in pages}
    assert found.keys() >= {(f"{base}0.html", 200), (f"{base}1.html", 200), (f"{base}2.html", 302)}
    assert found[f"{base}1.html", 200].startswith(b"<html>/1.html<a")
    [first, *_] = [page for page in pages if page.url == f"{base}0.html"]
    assert abs(datetime.now(UTC) - first.fetched_at) < timedelta(minutes=5)
    assert first.headers["content-type"] == "text/html"


# --- bodies -----------------------------------------------------------------------------------------------------------

HTML = "<html><p>Việc làm</p></html>".encode()
CHUNKS = b"8\r\n%b\r\n%x;a=b\r\n%b\r\n0\r\n\r\n" % (HTML[:8], len(HTML) - 8, HTML[8:])
CHUNKED, GZIPPED = "Transfer-Encoding: chunked", "Content-Encoding: gzip"


@pytest.mark.parametrize(
    "block",
    [
        answer(HTML),
        answer(HTML, version="1.0"),
        answer(HTML, version="2"),
        answer(HTML, "Content-Type: text/html"),
        answer(CHUNKS, CHUNKED),
        answer(CHUNKS.replace(b"\r\n", b"\n"), "transfer-encoding: Chunked"),
        answer(HTML, CHUNKED),
        answer(gzip.compress(HTML), GZIPPED),
        answer(b"%x\r\n%b\r\n0\r\n\r\n" % (len(gzip.compress(HTML)), gzip.compress(HTML)), CHUNKED, GZIPPED),
        answer(zlib.compress(HTML), "Content-Encoding: deflate"),
        answer(zlib.compress(HTML)[2:-4], "Content-Encoding: deflate"),
        answer(HTML, GZIPPED),
        answer(HTML, GZIPPED, "Content-Length: 5"),
        answer(HTML, "Content-Encoding: br"),
        answer(HTML, "Content-Encoding: utf-8"),
        answer(HTML).replace(b"\r\n", b"\n"),
    ],
    ids=range(16),
)
def test_a_body_is_given_without_its_encodings(block: bytes) -> None:
    assert the_page(record("response", block)) == HTML
    assert the_page(gzip.compress(record("response", block))) == HTML


@pytest.mark.parametrize(
    ("block", "word"),
    [
        (answer(CHUNKS[:-20], CHUNKED), "cut off"),
        (answer(CHUNKS.replace(b";a=b", b"zz"), CHUNKED), "chunks"),
        (answer(gzip.compress(HTML)[:-9], GZIPPED), "cut off"),
        (answer(gzip.compress(HTML * 30)[:-8] + b"!" * 8, GZIPPED), "damaged"),
        (answer(gzip.compress(HTML)[:12] + b"!" * 40, GZIPPED), "damaged"),
        (answer(b"\x0b\x05\x80\x01\x02" * 9, "Content-Encoding: br"), "'br'"),
        (b"not http at all", "no HTTP response"),
        (b"HTTP/1.1 20\r\n\r\n", "no HTTP response"),
        (b"", "no HTTP response"),
    ],
    ids=range(9),
)
def test_a_body_that_is_damaged_is_told_and_no_page(block: bytes, word: str) -> None:
    pages, lines = read(record("response", block) + record("response", answer(HTML), WARC_Record_ID="<urn:uuid:2>"))
    assert [page.body for page in pages] == [HTML]
    assert len(lines) == 1
    assert word in lines[0]


@pytest.mark.parametrize(
    ("block", "headers", "why"),
    [
        (answer(HTML), {"WARC_Truncated": "time"}, "time"),
        (answer(CHUNKS[:-20], CHUNKED), {"WARC_Truncated": "length"}, "length"),
        (answer(gzip.compress(HTML)[:-9], GZIPPED), {"WARC_Truncated": "disconnect"}, "disconnect"),
        (answer(HTML, "Content-Length: 9000"), {}, "unspecified"),
    ],
    ids=range(4),
)
def test_a_body_that_the_crawler_cut_is_a_page_that_says_so(block: bytes, headers: dict[str, str], why: str) -> None:
    [page], lines = read(record("response", block, **headers))
    assert (page.headers["warc-truncated"], lines) == (why, [])
    assert HTML.startswith(page.body)


def test_the_bound_holds_raw_and_inflated() -> None:
    bomb = record("response", answer(gzip.compress(bytes(40_000_000)), GZIPPED))
    large = record("response", answer(bytes(3_000_000)))
    small = record("response", answer(HTML))
    pages, lines = read(gzip.compress(bomb + large + small), max_bytes=1_000_000)
    assert [page.body for page in pages] == [HTML]
    assert [line.endswith("is larger than 1000000 bytes") for line in lines] == [True, True]
    found = file(bomb, max_bytes=1_000_000)
    with pytest.raises(FetchRefused):
        found.page(next(found.entries(lines.append)).place)


# --- heads ------------------------------------------------------------------------------------------------------------


def test_headers_are_read_as_servers_write_them() -> None:
    block = answer(
        HTML,
        "Set-Cookie: a=1",
        "SET-COOKIE:b=2",
        "X-Long: one",
        "  two",
        "\tthree",
        "Nonsense",
        "  goes on",
        "X-Empty:",
    )
    [page], _ = read(record("response", block))
    assert page.headers == {"set-cookie": "a=1, b=2", "x-long": "one two three", "x-empty": ""}
    for coded in ("X: Sóc Trăng".encode(), "X: Sóc".encode("latin-1")):
        [page], _ = read(record("response", b"HTTP/1.1 200 OK\r\n" + coded + b"\r\n\r\n" + HTML))
        assert page.headers["x"].startswith("Sóc")
        assert page.body == HTML


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2019-05-06T07:08:09Z", BEGAN),
        ("2019-05-06T07:08:09.123456789Z", BEGAN.replace(microsecond=123456)),
        ("2019-05-06T07:08:09.5Z", BEGAN.replace(microsecond=500000)),
        ("2019-05-06T07:08Z", BEGAN.replace(second=0)),
        ("2019-05-06", datetime(2019, 5, 6, tzinfo=UTC)),
        ("2019", datetime(2019, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates_of_every_precision(text: str, instant: datetime) -> None:
    [page], _ = read(record("response", answer(HTML), WARC_Date=text))
    assert page.fetched_at == instant


@pytest.mark.parametrize("text", ["", "yesterday", "2019-13-06T07:08:09Z", "2019-05-06 07:08:09"])
def test_a_record_of_no_instant_is_told(text: str) -> None:
    data = record("response", answer(HTML), WARC_Date=text)
    pages, lines = read(data)
    assert pages == []
    assert "no instant" in lines[0]
    assert "no instant" in _told_by_index(data)[0]


def _told_by_index(data: bytes) -> list[str]:
    lines: list[str] = []
    assert list(file(data).entries(lines.append)) == []
    return lines


# --- kinds of records -------------------------------------------------------------------------------------------------


def test_only_what_answers_for_an_address_is_a_page() -> None:
    fields = {"Content_Type": "application/warc-fields"}
    others = [
        record("warcinfo", b"software: x\r\n", WARC_Target_URI="", **fields),
        record("request", b"GET / HTTP/1.1\r\n\r\n"),
        record("metadata", b"via: http://a.vn/\r\n", **fields),
        record("conversion", b"text", Content_Type="text/plain"),
        record("continuation", b"more"),
        record("response", b"20190506\n1.2.3.4\n", WARC_Target_URI="dns:vpub.soctrang.gov.vn", Content_Type="text/dns"),
        record("response", b"220 hello", WARC_Target_URI="ftp://a.vn/b", Content_Type="application/octet-stream"),
        record("banana", b""),
    ]
    assert the_page(b"".join(others) + record("response", answer(HTML))) == HTML


def test_a_resource_is_a_page_without_head() -> None:
    [page], _ = read(record("resource", HTML, Content_Type="text/html"))
    assert (page.status, page.headers, page.body) == (200, {"content-type": "text/html"}, HTML)


def test_an_address_in_angle_brackets_is_wgets_and_means_the_same() -> None:
    [page], _ = read(record("response", answer(HTML), WARC_Target_URI=f"<{SITE}/a b>"))
    assert page.url == f"{SITE}/a%20b"


def test_a_record_in_segments_is_told() -> None:
    pages, lines = read(record("response", answer(HTML), WARC_Segment_Number="1"))
    assert pages == []
    assert "segments" in lines[0]


def test_a_payload_that_does_not_match_its_digest_is_told_where_no_checksum_vouches_for_it() -> None:
    data = record("response", answer(HTML), WARC_Block_Digest="sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    pages, lines = read(data)
    assert pages == []
    assert "does not match its digest" in lines[0]
    assert the_page(gzip.compress(data)) == HTML, "gzip's own checksum held: the writer reckoned wrongly"


# --- revisits ---------------------------------------------------------------------------------------------------------

DIGEST = {"WARC_Payload_Digest": "sha1:" + Capture("", BEGAN, body=HTML).digest}
HEX = {"WARC_Payload_Digest": "SHA1:3f6e6f3e0f6f3c1d2f0f3f6e6f3e0f6f3c1d2f0f"}
FIRST = {"WARC_Refers_To_Target_URI": f"{SITE}/", "WARC_Refers_To_Date": DATE}
LATER = {"WARC_Date": "2020-01-01T00:00:00Z", "WARC_Target_URI": f"{SITE}/b", "WARC_Record_ID": "<urn:uuid:2>"}


@pytest.mark.parametrize("order", [1, -1], ids=["after", "before"])
@pytest.mark.parametrize(
    ("first", "refers"),
    [(DIGEST, DIGEST), (HEX, HEX), ({}, FIRST), ({}, {"WARC_Refers_To": "<urn:uuid:1>"}), (DIGEST, DIGEST | FIRST)],
    ids=["digest", "hexadecimal", "address and instant", "record", "both"],
)
def test_a_revisit_has_the_body_of_what_it_refers_to(order: int, first: dict[str, str], refers: dict[str, str]) -> None:
    head = answer(b"", "Content-Type: text/html; charset=utf-8", "X: 2")
    original = record("response", answer(HTML, "X: 1"), **first)
    for block, headers in ((head, {"content-type": "text/html; charset=utf-8", "x": "2"}), (b"", {"x": "1"})):
        parts = [original, record("revisit", block, **LATER, **refers)][::order]
        for data in (b"".join(parts), gzip.compress(b"".join(parts)), b"".join(map(gzip.compress, parts))):
            pages, lines = read(data)
            [revisit] = [page for page in pages if page.url == f"{SITE}/b"]
            assert (revisit.body, revisit.headers, revisit.status, lines) == (HTML, headers, 200, [])
            assert revisit.fetched_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_server_that_said_not_modified_says_what_the_page_was() -> None:
    data = record("response", answer(HTML, "X: 1")) + record(
        "revisit", answer(b"", "ETag: 5", status="304 Not Modified"), **LATER, **FIRST
    )
    page = read(data)[0][1]
    assert (page.status, page.body, page.headers) == (200, HTML, {"x": "1"})
    assert [entry.status for entry in file(data).entries(print)] == [200, None]


@pytest.mark.parametrize(
    "refers",
    [
        {},
        {"WARC_Payload_Digest": "sha1:" + "A" * 32},
        {"WARC_Payload_Digest": "sha1:" + "A" * 32} | FIRST,
        {"WARC_Payload_Digest": "md5:x"},
    ],
    ids=["nothing", "unknown", "another payload", "another digest"],
)
def test_a_revisit_of_what_is_not_there_is_told(refers: dict[str, str]) -> None:
    data = record("response", answer(HTML), **DIGEST) + record("revisit", answer(b""), **LATER, **refers)
    pages, lines = read(data)
    assert [page.url for page in pages] == [f"{SITE}/"]
    assert "what it refers to is not here" in lines[0]
    found = file(data)
    places = [entry.place for entry in found.entries(print)]
    with pytest.raises(CaptureAbsent) as caught:
        found.page(places[1])
    assert caught.value.cause == "absent"


# --- ARC --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_an_arc_file_is_read_too(packed: bool) -> None:
    version = b"1 0 Alexa Internet\nURL IP-address Archive-date Content-type Archive-length\n"
    head = b"filedesc://a.arc 0.0.0.0 20050607080910 text/plain %d\n" % len(version) + version + b"\n"
    block = answer(HTML, "Content-Type: text/html")
    page = b"%s/ 1.2.3.4 20050607080910 text/html %d\n" % (SITE.encode(), len(block)) + block + b"\n"
    parts = [head, page, page.replace(b"20050607", b"20060607")]
    data = b"".join(map(gzip.compress, parts)) if packed else b"".join(parts)
    pages, lines = read(data)
    assert lines == []
    assert [(p.url, p.fetched_at.year, p.body) for p in pages] == [(f"{SITE}/", 2005, HTML), (f"{SITE}/", 2006, HTML)]
