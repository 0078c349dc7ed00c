"""WARC: pages out and in again, other tools' files, and what is damaged."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from collector.archive import Archive
from collector.model import Page
from collector.warc import Entry, WarcFile, framing
from stored import PROFILE
from warcs import PACKINGS, file, read, read_by_places, written

_NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12) | st.sampled_from(
    ["content-encoding", "transfer-encoding", "content-length", "x-crawler-content-encoding", "warc-truncated", "etag"]
)
_HEADERS = st.dictionaries(
    _NAMES, st.text(max_size=20) | st.sampled_from(["gzip", "chunked", "5", '"a", "b"']), max_size=6
)
_ADDRESSES = st.text(max_size=20).map(lambda text: f"https://vpub.soctrang.gov.vn/{text}")
_INSTANTS = st.integers(0, 4 * 10**15).map(
    lambda micros: datetime(1995, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
_BODIES = st.binary(max_size=300) | st.sampled_from(
    [b"<html>1</html>", b"<html>2</html>", b"\r\n\r\nWARC/1.0\r\n", b""]
)
_PAGES = st.builds(
    Page,
    url=_ADDRESSES,
    final_url=_ADDRESSES,
    fetched_at=_INSTANTS,
    status=st.integers(100, 599),
    headers=_HEADERS,
    body=_BODIES,
    redirects=st.lists(_ADDRESSES, max_size=2).map(tuple),
    origin=st.sampled_from(["live", "demo", "wayback", "commoncrawl", "warc"]),
)


def some_pages(count: int) -> list[Page]:
    """Pages of some KB, every third one equal to the first in its body."""
    began = datetime(2024, 1, 1, tzinfo=UTC)
    bodies = [b"<html>%s</html>" % (b"%d " % (n if n % 3 else 0) * 900) for n in range(count)]
    return [
        Page(
            url=f"https://vpub.soctrang.gov.vn/{n}",
            final_url=f"https://vpub.soctrang.gov.vn/{n}",
            fetched_at=began + timedelta(hours=n),
            status=200,
            headers={"content-type": "text/html", "content-encoding": "gzip", "etag": f'"{n}"'},
            body=body,
        )
        for n, body in enumerate(bodies)
    ]


# --- out and in again -------------------------------------------------------------------------------------------------


@given(st.lists(_PAGES, max_size=6))
def test_pages_come_back_equal_from_every_packing(pages: list[Page]) -> None:
    data = written(pages)
    for packed in PACKINGS.values():
        found, lines = read(packed(data))
        assert found == pages
        assert [list(page.headers.items()) for page in found] == [list(page.headers.items()) for page in pages]
        assert lines == []
        assert read_by_places(packed(data)) == pages


@given(st.lists(_PAGES, min_size=1, max_size=6))
def test_what_we_write_is_what_warcio_reads_with_digests_that_hold(pages: list[Page]) -> None:
    data = written(pages)
    kinds = []
    for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        content = record.content_stream().read()
        kinds.append(record.rec_type)
        if record.rec_type == "response":
            assert content == pages[len(kinds) - 2].body
        elif record.rec_type == "revisit":
            assert content == b""
            assert record.rec_headers["WARC-Refers-To-Date"]
    bodies = [page.body for page in pages]
    seen = ["revisit" if body and body in bodies[:number] else "response" for number, body in enumerate(bodies)]
    assert kinds == ["warcinfo", *seen]


def test_what_we_write_says_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tep.warc.gz"
    path.write_bytes(written(some_pages(6)))
    with path.open("rb") as stream:
        first, second, *_ = [(r.rec_headers, r.content_stream().read()) for r in ArchiveIterator(stream)]
    assert first[0].protocol == "WARC/1.1"
    assert b"software: collector\r\n" in first[1]
    assert second[0]["WARC-Date"] == "2024-01-01T00:00:00Z"
    checker = Checker(type("Asked", (), {"inputs": [str(path)], "verbose": True})())
    checker.process_all()
    assert checker.exit_value == 0, capsys.readouterr().out


def test_equal_pages_make_equal_files() -> None:
    assert written(some_pages(5)) == written(some_pages(5))


def test_an_archive_comes_back_from_a_warc_with_the_same_captures(tmp_path: Path) -> None:
    rows = "select url, final_url, fetched_at, http_status, headers, redirects, sha256, size, origin from captures order by id"
    pages = some_pages(9)
    pages.append(
        Page("https://a.vn/x", "https://a.vn/y", pages[0].fetched_at, 404, {}, b"", ("https://a.vn/x",), "wayback")
    )
    with Archive(tmp_path / "one.db") as first, Archive(tmp_path / "two.db") as second:
        for archive in (first, second):
            archive.portals.register(PROFILE)
        for page in pages:
            first.captures.keep(page, portal=PROFILE.id, kind="article")
        ids = [row["id"] for row in first.connection.rows("select id from captures order by id")]
        for page in read(written([first.captures.page(number) for number in ids]))[0]:
            second.captures.keep(page, portal=PROFILE.id, kind="article")
        assert list(map(dict, second.connection.rows(rows))) == list(map(dict, first.connection.rows(rows)))


# --- damage -----------------------------------------------------------------------------------------------------------

PAGES = some_pages(8)
FILES = {name: packed(written(PAGES)) for name, packed in PACKINGS.items()}


@pytest.mark.parametrize("packing", PACKINGS)
@given(cut=st.integers(0, 10_000_000))
def test_a_file_that_was_cut_gives_what_is_whole_and_tells_the_rest(packing: str, cut: int) -> None:
    data = FILES[packing]
    data = data[: 1 + cut % (len(data) - 1)]
    found, lines = read(data)
    assert found == PAGES[: len(found)]
    # Of a plain record only the two empty lines behind it may be missing without a trace.
    ends = {entry.place.offset - lines for entry in _entries(FILES[packing]) for lines in (0, 1, 2, 3, 4)}
    if packing == "one big member" or len(data) not in ends:
        assert len(lines) == 1
        assert "byte" in lines[0]


def _entries(data: bytes) -> Iterator[Entry]:
    with closing(file(data)) as found:
        yield from found.entries(lambda _: None)


@pytest.mark.parametrize("packing", PACKINGS)
@given(st.integers(0, 10_000_000), st.binary(min_size=1, max_size=40))
def test_bytes_that_were_overwritten_never_make_another_page(packing: str, at: int, rubbish: bytes) -> None:
    data = FILES[packing]
    at %= len(data)
    spoiled = data[:at] + rubbish + data[at + len(rubbish) :]
    found, lines = read(spoiled)
    wrong = [page for page in found if page not in PAGES]
    assert not [page for page in wrong if page.body not in {one.body for one in PAGES}]
    if packing in {"a member a record", "one big member"}:
        assert wrong == []
    if packing == "a member a record":
        assert len(found) >= len(PAGES) - 2 - sum(not n % 3 for n in range(8)), "only what was hit, and its revisits"
        assert lines or spoiled == data or found == PAGES


@pytest.mark.parametrize("packing", ["a member a record", "plain", "mixed"])
def test_what_stands_behind_a_damaged_record_is_found_again(packing: str) -> None:
    data = bytearray(FILES[packing])
    places = [entry.place.offset for entry in _entries(bytes(data))]
    for victim in (1, 4):
        spoiled = data[: places[victim]] + b"?" * 30 + data[places[victim] + 30 :]
        found, lines = read(bytes(spoiled))
        assert found == [page for number, page in enumerate(PAGES) if number != victim]
        assert len(lines) == 1
        assert f"byte {places[victim]}:" in lines[0]


@pytest.mark.parametrize("victim", [0, 2, 5])
def test_what_stands_behind_a_damaged_record_of_one_big_gzip_is_found_again(victim: int) -> None:
    """Its bytes tell no record's beginning; and a script of 3 MB in one line hides none that stands behind it."""
    pages = [replace(page, body=page.body + b"x" * 3_000_000 * (number == 1)) for number, page in enumerate(PAGES)]
    plain = gzip.decompress(written(pages))
    places = [0, *(entry.place.offset for entry in _entries(plain))]
    at = places[victim]
    spoiled = gzip.compress(plain[:at] + b"?" * 30 + plain[at + 30 :], mtime=0)
    found, lines = read(spoiled)
    assert found == [page for number, page in enumerate(pages, 1) if number != victim]
    assert len(lines) == 1
    assert "no record begins here" in lines[0]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "is empty"),
        (b"<html><body>trang chu</body></html>", "no record begins here"),
        (b"one two three four five\n" * 9, "no record begins here"),
        (gzip.compress(b"<html>"), "no record begins here"),
        (b"\x1f\x8b", "compressed"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n\r\n", "how long it is"),
        (b"WARC/1.0\r\nContent-Length: -5\r\n\r\n", "how long it is"),
        (b"WARC/1.0\r\nContent-Length: 99999999999999\r\n\r\nabc", "the file ends"),
        (b"WARC/1.0\r\nX: " + b"x" * 3_000_000, "no end"),
        (b"\x00" * 5000, "no record begins here"),
    ],
    ids=range(10),
)
def test_what_is_no_warc_file_is_told_in_one_line(data: bytes, word: str) -> None:
    found, lines = read(data)
    assert found == []
    assert len(lines) == 1
    assert word in lines[0]


def test_a_file_with_thousands_of_damaged_places_is_given_up() -> None:
    found, lines = read(b"\nWARC/1.0\r\nrubbish\r\n\r\n" * 3000)
    assert found == []
    assert len(lines) == 1001
    assert "more than 1000 places" in lines[-1]


# --- one big gzip -----------------------------------------------------------------------------------------------------


class Counted(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        Counted.taken += len(found)
        return found


@pytest.mark.parametrize("most", [1000, 4])
def test_a_record_of_one_big_gzip_is_found_without_inflating_what_stands_before_it(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(framing, "_MARK_EVERY", 300_000)
    monkeypatch.setattr(framing, "_MOST_MARKS", most)
    chance = random.Random(1)
    pages = [replace(page, body=chance.randbytes(50_000)) for page in some_pages(60)]
    data = PACKINGS["one big member"](written(pages))
    found = WarcFile("tep.warc.gz", lambda: Counted(data), max_bytes=10_000_000)
    with closing(found):
        places = [entry.place for entry in found.entries(lambda _: None)]
        assert {place.offset for place in places} == {0}
        order = list(range(len(pages)))
        chance.shuffle(order)
        Counted.taken = 0
        assert [found.page(places[number]) for number in order] == [pages[number] for number in order]
    # Half the file each time would be 90 MB.
    assert Counted.taken < len(pages) * (700_000 if most == 1000 else 1_500_000)


def test_what_is_told_of_damage_is_printable_and_short(capfd: pytest.CaptureFixture[str]) -> None:
    address = b"http://vpub.soctrang.gov.vn/ \x1b[31m\x07" + b"x" * 9000
    data = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: %b\r\nContent-Length: 500\r\n\r\nhalf" % address
    [line] = read(data)[1]
    assert line.isprintable()
    assert len(line) < 600
    assert capfd.readouterr() == ("", "")
