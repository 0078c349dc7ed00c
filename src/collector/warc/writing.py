"""Pages into a WARC/1.1 file: one gzip member a record, equal payloads once, and nothing of a page lost.

A page is stored decoded, so Content-Length is that of the stored body, and the headers that spoke of the way it was
sent go by ``x-crawler-content-encoding`` and the like, as in Common Crawl's files. What a WARC record has no place for
(the address that was asked for, redirects passed, whose capture it is) stands as JSON in a field of our own, which
other programs pass over (WARC 1.1, 4: named fields may be extended).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import quote

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collector.model import Page
from collector.warc import payload
from collector.warc.framing import Damaged
from collector.warc.pages import OWN_FIELD, RENAMED, TRUNCATED, unrenamed

_ABOUT_SENDING = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
#: What an address may hold unquoted (RFC 3986), and "%", because it is quoted already.
_IN_ADDRESSES = ":/?#[]@!$&'()*+,;=%-._~"


class WarcWriter:
    """Writes pages to a stream that is open for writing bytes; the caller closes it.

    The same pages give the same bytes.
    """

    def __init__(self, stream: BinaryIO, *, software: str, description: str, now: datetime) -> None:
        """Begin a file: a record says who wrote it, and what is in it."""
        self._writer = WARCWriter(stream, gzip=True, warc_version="1.1")
        self._written: dict[str, tuple[str, str, str]] = {}  # digest → address, date and id of its first record
        self._number = 0
        fields = {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "description": description,
        }
        block = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in fields.items()).encode()
        self._put("warcinfo", "application/warc-fields", _date(now), {}, block, b"")

    def write(self, page: Page) -> None:
        """Write a page: its response, or a revisit where an equal payload was written before."""
        head = _head(page)
        uri, date = quote(page.final_url, safe=_IN_ADDRESSES, errors="replace"), _date(page.fetched_at)
        digest = _digest(page.body)
        fields = {"WARC-Target-URI": uri, "WARC-Payload-Digest": digest}
        if TRUNCATED in page.headers:
            fields["WARC-Truncated"] = _one_line(page.headers[TRUNCATED])
        fields[OWN_FIELD] = _own(page, head)
        kind = "application/http; msgtype=response"
        first = self._written.get(digest)
        if first is None or not page.body:
            name = self._put("response", kind, date, fields, head, page.body)
            self._written[digest] = uri, date, name
            return
        fields |= {
            "WARC-Profile": _SAME_PAYLOAD,
            "WARC-Refers-To-Target-URI": first[0],
            "WARC-Refers-To-Date": first[1],
            "WARC-Refers-To": first[2],
        }
        self._put("revisit", kind, date, fields, head, b"")

    def _put(self, kind: str, media: str, date: str, fields: Mapping[str, str], head: bytes, body: bytes) -> str:
        self._number += 1
        seed = f"{self._number} {date} {fields.get('WARC-Target-URI', '')} {fields.get('WARC-Payload-Digest', '')}"
        name = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}>"
        block = head + body
        headers = {
            "WARC-Type": kind,
            "WARC-Record-ID": name,
            "WARC-Date": date,
            **fields,
            "WARC-Block-Digest": _digest(block),
            "Content-Type": media,
        }
        # warcio writes the head of a response, and nothing else of a revisit, from such an object only.
        stored = None if kind == "warcinfo" else _Head(head)
        told = StatusAndHeaders("", list(headers.items()), protocol="WARC/1.1")
        rest = block if stored is None else body
        record = ArcWarcRecord(
            "warc", kind, told, io.BytesIO(rest), stored, media, len(block), payload_length=len(rest)
        )
        self._writer.write_record(record)
        return name


class _Head(StatusAndHeaders):  # type: ignore[misc] # warcio has no types
    """The head of a response, byte for byte: warcio's own would percent-encode what is not ASCII."""

    def __init__(self, block: bytes) -> None:
        super().__init__("HTTP/1.1", [])
        self._block = block

    def compute_headers_buffer(self, header_filter: object = None) -> None:  # noqa: ARG002 - warcio's signature
        """Set what warcio writes."""
        self.headers_buff = self._block


def _head(page: Page) -> bytes:
    try:
        phrase = HTTPStatus(page.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {page.status:03d} {phrase}"]
    for name, value in page.headers.items():
        if name == TRUNCATED:
            continue  # it is the record's
        renamed = name in _ABOUT_SENDING or name.startswith(RENAMED)
        lines.append(f"{RENAMED if renamed else ''}{_one_line(name)}: {_one_line(value)}")
    lines.append(f"content-length: {len(page.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")


def _own(page: Page, head: bytes) -> str:
    own: dict[str, object] = {
        "url": page.url,
        "final_url": page.final_url,
        "redirects": list(page.redirects),
        "origin": page.origin,
    }
    try:
        kept = list(unrenamed(payload.head(head).headers).items())
    except Damaged:
        kept = []
    if kept != list(page.headers.items()):
        own["headers"] = dict(page.headers)
    return json.dumps(own, separators=(",", ":"))  # ASCII, one line


def _date(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="auto").replace("+00:00", "Z")


def _digest(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
