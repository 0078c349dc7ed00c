"""Reading one answer within bounds: raw size, inflated size, rate, total time, and a body that is whole."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

import httpx

from collector.errors import FetchRefused
from collector.inflate import Inflater, Overfull, UnknownEncoding

#: Footers leave comments and counters behind ``</html>``; a page cut off has far more missing than this.
_NEAR_THE_END = 4096
_END_OF_HTML = re.compile(rb"</html\s*>", re.IGNORECASE)


class BrokenBody(Exception):
    """The body is damaged or was cut off; the text says how."""


class TooSlow(httpx.ReadTimeout):
    """The body drips."""


class Rate:
    """Watches that a body flows: window after window, each at least ``seconds`` of ``monotonic`` long.

    Windows follow one another instead of sliding, so that a server which pauses after a good start is not a drip, and
    the last one is never judged: a short body may take as long as one read may.
    """

    def __init__(self, seconds: float, least: int, monotonic: Callable[[], float]) -> None:
        self._seconds, self._least, self._monotonic = seconds, least, monotonic
        self._began, self._bytes = monotonic(), 0

    def check(self, size: int) -> None:
        """Take note of ``size`` bytes that just came.

        Raises:
            TooSlow: fewer than ``least`` bytes came in the window that ends with them.
        """
        self._bytes += size
        now = self._monotonic()
        if now - self._began < self._seconds:
            return
        if self._bytes < self._least:
            raise TooSlow(f"{self._bytes} bytes in {now - self._began:.0f} s")
        self._began, self._bytes = now, 0


def read_body(
    response: httpx.Response,
    *,
    max_bytes: int,
    url: str,
    received: Callable[[int], None],
    rate: Rate,
    late: Callable[[], bool],
    shorten: bool = False,
) -> bytes:
    """Return the body with its gzip or deflate encoding removed; ``received`` is told of every bit from the wire.

    ``shorten``: beyond ``max_bytes`` return the beginning instead of refusing.

    Raises:
        FetchRefused: ``size``: more than ``max_bytes``, raw or inflated (httpx itself inflates a bomb in one piece).
        BrokenBody: the encoding is damaged, or the body has no end.
        TooSlow: ``rate`` said so.
        httpx.ReadTimeout: ``late`` said so.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    try:
        inflater = Inflater(encoding, max_bytes)
    except UnknownEncoding as error:
        raise BrokenBody(f"it came encoded as {encoding!r}, which was not asked for") from error
    try:
        # The stream and not iter_raw(), which a transport that answers from memory has already used up.
        assert isinstance(response.stream, httpx.SyncByteStream)
        for chunk in response.stream:
            received(len(chunk))
            if late():
                raise httpx.ReadTimeout("the deadline has passed")
            inflater.feed(chunk)
            rate.check(len(chunk))
    except Overfull:
        if shorten:
            return bytes(inflater.body)
        raise FetchRefused(f"{url} is larger than {max_bytes} bytes; it was not kept", cause="size", url=url) from None
    except zlib.error as error:
        raise BrokenBody(f"its compression is damaged ({error})") from error
    if inflater.cut:
        raise BrokenBody("it was cut off inside its compressed data")
    if not inflater.proven_whole and _has_no_end(response, inflater.body):
        raise BrokenBody("it was cut off: it has no length, and no </html> at its end")
    return bytes(inflater.body)


def is_html(response: httpx.Response, body: bytes = b"") -> bool:
    """Say whether an answer calls itself HTML or, when it does not say what it is, begins like it."""
    kind = str(response.headers.get("content-type", "")).lower()
    return "html" in kind if kind else body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))


def _has_no_end(response: httpx.Response, body: bytearray) -> bool:
    """Say whether a body that ends with the connection may have been cut: h11 takes it for whole."""
    if response.status_code != httpx.codes.OK or "content-length" in response.headers:
        return False
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        return False
    return is_html(response, bytes(body[:1024])) and not _END_OF_HTML.search(body[-_NEAR_THE_END:])
