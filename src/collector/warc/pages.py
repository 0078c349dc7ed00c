"""What a record says of a page: the page itself, or its line in an index."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.inflate import Overfull
from collector.model import Page
from collector.warc import payload
from collector.warc.framing import Damaged, Place
from collector.warc.records import Record

#: Our own field of a record: what a page was besides its response (:mod:`collector.warc.writing`).
OWN_FIELD = "X-Collector-Page"
#: Headers that speak of an encoding that was removed, or of a length that changed with it, get this before their name.
RENAMED = "x-crawler-"
#: Of a page: why the crawler kept only its beginning (WARC-Truncated).
TRUNCATED = "warc-truncated"
NOT_MODIFIED = 304
_OK = 200
#: Of a length: more are none.
_DIGITS = 18
_BODILESS = frozenset({204, 304})
_ANSWERS = frozenset({"response", "revisit", "resource"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index of a file says of one capture."""

    place: Place
    url: str
    captured_at: datetime
    status: int | None
    mimetype: str | None
    digest: str | None
    truncated: str | None


def answers(record: Record) -> bool:
    """Say whether a record answers for an address of the web."""
    if record.kind not in _ANSWERS or not record.on_the_web:
        return False
    # Heritrix writes revisits of FTP, wget those of pages; what is no HTTP has no head to read.
    return record.kind == "resource" or "http" in (record.header("Content-Type").lower() or "http")


def entry(record: Record, block: bytes) -> Entry:
    """Return a record's line of an index; ``block`` need only hold the response's head.

    Raises:
        Damaged: it is no HTTP response, or of no instant.
    """
    own = own_words(record)
    status, mimetype = _OK, record.header("Content-Type")
    if record.kind != "resource":
        found = payload.head(block) if block.strip() else payload.Head(0, {}, 0)
        status, mimetype = found.status, found.headers.get("content-type", "")
    if record.kind == "revisit" and status == NOT_MODIFIED:
        status = 0
    return Entry(
        place=record.place,
        url=own.get("url", record.url),
        captured_at=record.captured_at,
        status=status or None,
        mimetype=mimetype.partition(";")[0].strip().lower() or None,
        digest=record.digest,
        truncated=record.header("WARC-Truncated") or None,
    )


def page(record: Record, block: bytes, max_bytes: int, origin: str) -> Page:
    """Return the page that a record holds; ``origin`` is that of another tool's.

    Raises:
        Damaged: it is no HTTP response, or an encoding of it is damaged.
        Overfull: its body has more than ``max_bytes``.
    """
    if record.header("WARC-Segment-Number"):
        raise Damaged(f"{record.url} is kept in segments, which are not read")
    if record.length > len(block):
        raise Overfull
    truncated = record.header("WARC-Truncated")
    if record.kind == "resource":
        kind = record.header("Content-Type")
        if len(block) > max_bytes:
            raise Overfull
        return named(record, _OK, {"content-type": kind} if kind else {}, block, origin)
    found = payload.head(block)
    raw = block[found.size :]
    headers = found.headers
    if own_words(record):
        if len(raw) > max_bytes:
            raise Overfull
        return named(record, found.status, headers, raw, origin)
    if found.status in _BODILESS:
        return named(record, found.status, headers, b"", origin)
    if not truncated and _shorter(headers, raw):
        truncated = "unspecified"  # the word of WARC 1.1, 5.13, for a reason that is not known
    body = payload.decoded(headers, raw, max_bytes=max_bytes, truncated=bool(truncated))
    return named(record, found.status, headers | ({TRUNCATED: truncated} if truncated else {}), body, origin)


def _shorter(headers: dict[str, str], raw: bytes) -> bool:
    """Say whether a body lacks its end. A length beside an encoding is that of what may have been decoded since."""
    length = headers.get("content-length", "")
    encoded = headers.keys() & {"content-encoding", "transfer-encoding"}
    return not encoded and length.isascii() and length.isdigit() and len(raw) < int(length[:_DIGITS])


def named(record: Record, status: int, headers: dict[str, str], body: bytes, origin: str) -> Page:
    """Return a page by the record's address and instant, or by what we wrote of it ourselves."""
    own = own_words(record)
    if own:
        headers = own.get("headers") or unrenamed(headers)
    return Page(
        url=own.get("url", record.url),
        final_url=own.get("final_url", record.url),
        fetched_at=record.captured_at,
        status=status,
        headers=headers,
        body=body,
        redirects=tuple(own.get("redirects", ())),
        origin=own.get("origin", origin),
    )


def unrenamed(headers: dict[str, str]) -> dict[str, str]:
    """Return headers by the names that they had before :mod:`collector.warc.writing` wrote them."""
    own = {name: value for name, value in headers.items() if name != "content-length"}
    return {name.removeprefix(RENAMED): value for name, value in own.items()}


def own_words(record: Record) -> dict[str, Any]:
    """Return what we wrote of a page ourselves; nothing for another tool's record, or where it is no such thing."""
    try:
        found = json.loads(record.header(OWN_FIELD) or "{}")
    except (ValueError, RecursionError):
        return {}
    texts = ("url", "final_url", "origin")
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in texts):
        return {}
    redirects, headers = found.get("redirects"), found.get("headers", {})
    if not isinstance(redirects, list) or not isinstance(headers, dict):
        return {}
    values = [*redirects, *headers.values()]
    return found if all(isinstance(value, str) for value in values) else {}
