"""Removing gzip and deflate in bounded steps: 64 KB from the wire can stand for 67 MB."""

from __future__ import annotations

import zlib

#: What one step of inflating may yield.
_STEP = 64 * 1024
GZIP = b"\x1f\x8b"
_PLAIN = frozenset({"", "identity"})
_KNOWN = _PLAIN | {"gzip", "x-gzip", "deflate"}


class Overfull(Exception):
    """There is more than is taken; the beginning is in :attr:`Inflater.body`."""


class UnknownEncoding(Exception):
    """An encoding that is not read here; the text is its name."""


class Inflater:
    """Removes the encoding, whole or in bounded steps."""

    def __init__(self, encoding: str, room: int) -> None:
        """Take a body in ``encoding``, as Content-Encoding names it, of at most ``room`` bytes raw and inflated.

        Raises:
            UnknownEncoding: neither gzip nor deflate nor none.
        """
        if encoding not in _KNOWN:
            raise UnknownEncoding(encoding)
        # 47: zlib tells gzip and zlib headers apart by itself.
        self._zlib = None if encoding in _PLAIN else zlib.decompressobj(wbits=47)
        self._room = room
        self._raw = 0
        self.body = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            Overfull: there is more than the room.
            zlib.error: the encoding is damaged.
        """
        self._raw += len(data)
        if self._zlib is None:
            self._take(data)
        else:
            while True:
                out = self._zlib.decompress(data, _STEP)
                self._take(out)
                data = self._zlib.unconsumed_tail
                if self._zlib.eof:
                    data = self._zlib.unused_data
                    if not data.startswith(GZIP):
                        break  # padding behind the end, which browsers overlook too
                    self._zlib = zlib.decompressobj(wbits=47)  # a further member (RFC 1952, 2.2)
                elif not data and len(out) < _STEP:
                    break
        if self._raw > self._room:
            raise Overfull

    def _take(self, out: bytes) -> None:
        if len(self.body) + len(out) > self._room:
            self.body += out[: self._room - len(self.body)]
            raise Overfull
        self.body += out

    @property
    def proven_whole(self) -> bool:
        """Whether the encoding itself says, by its end mark and checksum, that nothing is missing."""
        return self._zlib is not None and self._zlib.eof

    @property
    def cut(self) -> bool:
        """Whether the encoding says that its end is missing."""
        return self._zlib is not None and self._raw > 0 and not self._zlib.eof
