"""WARC files for tests: every packing of the same records, and what the program reads out of them."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from collector.model import Page
from collector.warc import Originals, WarcFile, WarcWriter

NOW = datetime(2024, 7, 1, 12, 0, tzinfo=UTC)


def one_big(data: bytes) -> bytes:
    """Everything in one gzip member."""
    return gzip.compress(gzip.decompress(data), mtime=0)


def mixed(data: bytes) -> bytes:
    """Members and plain records, turn by turn."""
    out = bytearray()
    number = 0
    while data:
        member = zlib.decompressobj(31)
        plain = member.decompress(data)
        packed = data[: len(data) - len(member.unused_data)]
        out += packed if number % 2 else plain
        data, number = member.unused_data, number + 1
    return bytes(out)


def in_blocks(data: bytes) -> bytes:
    """Members of 1,000 bytes that know nothing of records, as bgzip makes them."""
    plain = gzip.decompress(data)
    return b"".join(gzip.compress(plain[at : at + 1000], mtime=0) for at in range(0, len(plain), 1000))


#: Name → how it is packed, from a member a record.
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "a member a record": lambda data: data,
    "plain": gzip.decompress,
    "one big member": one_big,
    "mixed": mixed,
    "blocks": in_blocks,
}


def written(pages: Sequence[Page]) -> bytes:
    """Pages as we write them."""
    out = io.BytesIO()
    writer = WarcWriter(out, software="collector", description="test", now=NOW)
    for page in pages:
        writer.write(page)
    return out.getvalue()


def file(data: bytes, *, max_bytes: int = 10_000_000, originals: Originals | None = None) -> WarcFile:
    """A file in memory."""
    return WarcFile("tep.warc", lambda: io.BytesIO(data), max_bytes=max_bytes, originals=originals)


def read(data: bytes, *, max_bytes: int = 10_000_000) -> tuple[list[Page], list[str]]:
    """The pages of a file, in one pass, and what was told of damage."""
    lines: list[str] = []
    pages = list(file(data, max_bytes=max_bytes).pages(lines.append))
    assert not [line for line in lines if "\n" in line]
    return pages, lines


def read_by_places(data: bytes) -> list[Page]:
    """The pages of a file, each at its place, the last one first."""
    found = file(data)
    try:
        places = [entry.place for entry in found.entries(lambda _: None)]
        return [found.page(place) for place in reversed(places)][::-1]
    finally:
        found.close()
