"""An HTTP response as a record's block keeps it: status line, headers, and the body with its encodings removed."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from collector.errors import CaptureAbsent, FetchRefused
from collector.inflate import GZIP, Inflater, Overfull, UnknownEncoding
from collector.warc.framing import Damaged

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?!\d)[^\n]*\n?", re.IGNORECASE)
_END = re.compile(rb"\r?\n\r?\n")
#: Heads of responses have some KB.
LONGEST_HEAD = 64 * 1024
#: A chunk's size in hexadecimal digits, extensions behind it (RFC 9112, 7.1).
_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the body."""

    status: int
    headers: dict[str, str]  #: names in lower case; repeated ones joined by ", "
    size: int  #: bytes up to the body


def head(block: bytes) -> Head:
    """Read the head of a response.

    Raises:
        Damaged: it is no HTTP response.
    """
    start = _STATUS.match(block)
    if start is None:
        raise Damaged(f"it holds no HTTP response, but {block[:40]!r}")
    # The search begins at the status line's own end: a response may have no headers at all.
    end = _END.search(block, start.end() - 2 if block[start.end() - 2 : start.end()] == b"\r\n" else start.end() - 1)
    stop = len(block) if end is None else end.start()
    return Head(int(start[1]), _fields(block[start.end() : stop]), len(block) if end is None else end.end())


def _fields(block: bytes) -> dict[str, str]:
    try:
        text = block.decode()
    except UnicodeDecodeError:
        text = block.decode("latin-1")
    found: dict[str, str] = {}
    last = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if line[:1] in {" ", "\t"} and last:  # a value that goes on in the next line (RFC 9112, 5.2)
            found[last] = f"{found[last]} {line.strip()}".strip()
            continue
        name, colon, value = line.partition(":")
        last = name.strip().lower() if colon else ""
        if last:
            found[last] = f"{found[last]}, {value.strip()}" if last in found else value.strip()
    return found


def decoded(headers: dict[str, str], raw: bytes, *, max_bytes: int, truncated: bool) -> bytes:
    """Return a body without transfer and content encoding.

    A body that is not chunked, or not compressed, though its header says so was decoded by whoever recorded it.

    Args:
        headers: of the response.
        raw: as it stands in the record.
        max_bytes: of the body.
        truncated: the crawler says that it kept the beginning only: an end that is missing is no damage.

    Raises:
        Damaged: the encoding is, or it is one that is not read here.
        Overfull: it has more than ``max_bytes``.
    """
    if "chunked" in headers.get("transfer-encoding", "").lower():
        raw = _joined(raw, truncated=truncated)
    codings = [one.strip().lower() for one in headers.get("content-encoding", "").split(",")]
    for coding in reversed(codings):
        raw = _decoded(raw, coding, max_bytes, truncated=truncated)
    if len(raw) > max_bytes:
        raise Overfull
    return raw


def _decoded(raw: bytes, coding: str, max_bytes: int, *, truncated: bool) -> bytes:
    if not raw or coding in {"", "identity"}:
        return raw
    try:
        inflater = Inflater(coding, max_bytes)
        inflater.feed(raw)
    except UnknownEncoding as error:
        if _is_text(raw):
            return raw
        raise Damaged(f"its body is encoded as {coding!r}, which is not read here") from error
    except zlib.error as error:
        if not inflater.body and not raw.startswith(GZIP):
            return _without_header(raw, coding, max_bytes)
        raise Damaged(f"the compression of its body is damaged ({error})") from error
    if inflater.cut and not truncated:
        raise Damaged("its body was cut off inside its compressed data")
    return bytes(inflater.body)


def _without_header(raw: bytes, coding: str, max_bytes: int) -> bytes:
    """Return what is not compressed as its header says: bare deflate, which some servers send, or nothing at all."""
    if coding == "deflate":
        bare = zlib.decompressobj(-15)
        try:
            found = bare.decompress(raw, max_bytes + 1)
        except zlib.error:
            return raw
        if bare.eof or len(found) > max_bytes:
            return found
    return raw


def _is_text(raw: bytes) -> bool:
    """Say whether bytes look decoded already: what is compressed has control characters among its first hundred."""
    return not any(byte < 9 or 13 < byte < 32 for byte in raw[:100])  # noqa: PLR2004 - ASCII's controls but white space


def _joined(raw: bytes, *, truncated: bool) -> bytes:
    """Return chunks joined."""
    pieces: list[bytes] = []
    at = 0
    while True:
        line = _CHUNK.match(raw, at)
        if line is None:
            if not pieces:
                return raw
            if at >= len(raw) and truncated:
                return b"".join(pieces)
            raise Damaged("its chunks are damaged or cut off")
        size = int(line[1], 16)
        if size == 0:
            return b"".join(pieces)
        piece = raw[line.end() : line.end() + size]
        pieces.append(piece)
        if len(piece) < size:
            if truncated:
                return b"".join(pieces)
            raise Damaged("it was cut off inside a chunk")
        at = line.end() + size
        at += 2 if raw[at : at + 2] == b"\r\n" else 1 if raw[at : at + 1] == b"\n" else 0


#: What is meant to be a gzip file.
_GZIP_FILES = ("gzip", "octet-stream", "tar", "zip")


def leftovers(headers: dict[str, str], body: bytes, *, max_bytes: int, url: str) -> bytes:
    """Return a body without the content encoding that an archive left on it.

    The header may say so, or nothing may say so and a page begins like gzip.

    Raises:
        CaptureAbsent: ``broken``: the encoding is damaged, or one that is not read here.
        FetchRefused: ``size``: larger than ``max_bytes``.
    """
    told = headers.get("content-encoding", "")
    kind = headers.get("content-type", "").lower()
    if not told and body.startswith(GZIP) and not any(word in kind for word in _GZIP_FILES):
        told = "gzip"
    try:
        return decoded({"content-encoding": told}, body, max_bytes=max_bytes, truncated=False)
    except Damaged as damage:
        raise CaptureAbsent(f"the capture of {url} is damaged: {damage}", cause="broken", url=url) from damage
    except Overfull as error:
        raise FetchRefused(f"{url} is larger than {max_bytes} bytes; it was not kept", cause="size", url=url) from error
