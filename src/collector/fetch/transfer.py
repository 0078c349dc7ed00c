"""Reading one answer within bounds: raw size, inflated size, total time, and a body that is whole."""

from __future__ import annotations

import re
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

import httpx

from collector.errors import FetchRefused, Unreachable

_CHUNK = 64 * 1024
_END_OF_HTML = re.compile(rb"</html\s*>", re.IGNORECASE)


class Wire:
    """The connection in use, so that a watchdog or another thread can cut it.

    A read timeout bounds one read, not the answer: a server that drips one byte a second, in the headers too, is only
    stopped by shutting its socket.
    """

    def __init__(self) -> None:
        self._streams: dict[str, Any] = {}
        self._current = ""
        self.cut = False

    @contextmanager
    def on(self, origin: str, seconds: float) -> Iterator[Callable[[str, dict[str, Any]], None]]:
        """Cut the wire when the block takes longer than ``seconds``; yield httpcore's ``trace`` for the request."""
        self._current, self.cut = origin, False

        def trace(event: str, info: dict[str, Any]) -> None:
            # A connection is announced once and then used again for the same origin.
            if event == "connection.connect_tcp.complete":
                self._streams[origin] = info["return_value"]

        timer = Timer(seconds, self.shut)
        timer.daemon = True
        timer.start()
        try:
            yield trace
        finally:
            timer.cancel()

    def shut(self) -> None:
        """End whatever is being read or written; callable from any thread and from a signal's handler."""
        self.cut = True
        stream = self._streams.get(self._current)
        raw = None if stream is None else stream.get_extra_info("socket")
        if raw is not None:
            # Of the plain socket under a TLS one too: SSLSocket.shutdown() would pull its state from under the reader.
            with suppress(OSError):
                socket.socket.shutdown(raw, socket.SHUT_RDWR)


def read_body(response: httpx.Response, *, max_bytes: int, url: str, late: Callable[[], bool]) -> tuple[bytes, int]:
    """Return the body with its gzip or deflate encoding removed, and how many bytes came over the wire.

    Raises:
        FetchRefused: ``size``: more than ``max_bytes``, raw or inflated (httpx itself inflates a bomb in one piece).
        Unreachable: ``broken``: the encoding is damaged, or the body has no end; ``timeout``: it came too late.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"gzip", "x-gzip", "deflate"}:
        inflater = zlib.decompressobj(wbits=47)
    elif encoding in {"", "identity"}:
        inflater = None
    else:
        raise Unreachable(f"{url} came encoded as {encoding!r}, which nobody asked for", cause="broken", url=url)
    body, raw = bytearray(), 0
    for chunk in response.iter_raw(_CHUNK):
        raw += len(chunk)
        if late():
            raise Unreachable(f"{url} took longer than the deadline", cause="timeout", url=url)
        if inflater is None:
            body += chunk
        else:
            body += _inflated(inflater, chunk, max_bytes + 1 - len(body), url)
        if max(raw, len(body)) > max_bytes:
            raise FetchRefused(f"{url} is larger than {max_bytes} bytes; it was not kept", cause="size", url=url)
    if inflater is not None and raw and not inflater.eof:
        raise Unreachable(f"{url} was cut off inside its {encoding} data", cause="broken", url=url)
    if _has_no_end(response, bytes(body[-4096:])):
        raise Unreachable(f"{url} was cut off: no length, and no </html> at its end", cause="broken", url=url)
    return bytes(body), raw


def _inflated(inflater: Any, chunk: bytes, room: int, url: str) -> bytes:
    try:
        return bytes(inflater.decompress(chunk, max(room, 1)))
    except zlib.error as error:
        raise Unreachable(f"{url} came with damaged compression: {error}", cause="broken", url=url) from error


def _has_no_end(response: httpx.Response, tail: bytes) -> bool:
    """Say whether a body that ends with the connection may have been cut: h11 takes it for whole."""
    if response.status_code != 200 or "content-length" in response.headers:  # noqa: PLR2004
        return False
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        return False
    return "html" in response.headers.get("content-type", "").lower() and not _END_OF_HTML.search(tail)
