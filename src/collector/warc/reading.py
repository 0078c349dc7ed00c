"""Pages out of WARC files: each record that answers for an address, as the page it was."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from collector.errors import CaptureAbsent, FetchRefused
from collector.inflate import Overfull
from collector.model import Page
from collector.warc import pages, payload
from collector.warc.framing import Damaged, Marks, Place, Stream
from collector.warc.pages import Entry
from collector.warc.records import Record, records

#: Damaged records have damaged addresses.
_LONGEST_TOLD = 500


class Originals:
    """Where the payloads stand that revisits refer to; one for all files of a folder. Some 300 bytes a record."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[WarcFile, Place]] = {}
        self._files: list[WarcFile] = []

    def join(self, file: WarcFile) -> None:
        """Let a file's payloads be found."""
        self._files.append(file)

    def note(self, record: Record, file: WarcFile) -> None:
        """Take note of a record with a payload; the first of each counts."""
        where = file, record.place
        for key in (*_payload(record, "WARC-Record-ID"), *_moment(record, "WARC-Target-URI", "WARC-Date")):
            self._found.setdefault(key, where)

    def of(self, revisit: Record) -> tuple[WarcFile, Place] | None:
        """Return where a revisit's payload stands, if need be after a pass through files that nobody has read yet."""
        keys = list(_payload(revisit, "WARC-Refers-To"))
        if not revisit.digest:  # one second may have several captures of an address, so a digest says more
            keys += _moment(revisit, "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date")
        unread = [file for file in self._files if not file.known]
        while True:
            found = next((self._found[key] for key in keys if key in self._found), None)
            if found is not None or not unread:
                return found
            unread.pop().survey()


def _payload(record: Record, name: str) -> Iterator[int]:
    """Keys by a record's id and its payload. Hashes take less than texts."""
    if record.header(name):
        yield hash(record.header(name))
    if record.digest:
        yield hash(record.digest)


def _moment(record: Record, url: str, date: str) -> Iterator[int]:
    """A key by address and instant, for a server's "not modified", which has no payload."""
    if record.header(url) and record.header(date):
        yield hash((record.header(url).strip("<>"), record.header(date)))


class WarcFile:
    """One file, read in one pass or record by record."""

    def __init__(
        self,
        name: str,
        opened: Callable[[], BinaryIO],
        *,
        max_bytes: int,
        origin: str = "warc",
        originals: Originals | None = None,
    ) -> None:
        """Take a file that ``opened`` opens; ``max_bytes`` bounds a body, ``origin`` is that of the pages."""
        self.name, self._opened, self._max_bytes, self._origin = name, opened, max_bytes, origin
        self._originals = originals or Originals()
        self._originals.join(self)
        self._file: BinaryIO | None = None
        self._stream: Stream | None = None
        self._marks = Marks()
        #: Records that were read so far.
        self.records = 0
        #: Whether the originals know all its payloads.
        self.known = False

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file = self._stream = None

    # --- one pass ---------------------------------------------------------------------------------------------------

    def entries(self, told: Callable[[str], None], after: Place | None = None) -> Iterator[Entry]:
        """Yield what the file holds, in its order; ``after``: only what stands behind the record at this place.

        ``told`` is called with one line for everything that cannot be read.
        """
        for record, block in self._pass(payload.LONGEST_HEAD, told, after):
            try:
                yield pages.entry(record, block)
            except Damaged as damage:
                told(self._line(record.place, str(damage)))

    def pages(self, told: Callable[[str], None]) -> Iterator[Page]:
        """Yield every page of the file, in its order; ``told`` as in :meth:`entries`."""
        for record, block in self._pass(self._room, told, None):
            try:
                yield self._page(record, block)
            except (CaptureAbsent, FetchRefused) as error:
                told(str(error))

    def survey(self) -> None:
        """Let the originals know all its payloads."""
        for _ in self._pass(0, lambda _: None, None):
            pass

    @property
    def _room(self) -> int:
        # A chunked body has some bytes more than its length.
        return self._max_bytes + self._max_bytes // 8 + payload.LONGEST_HEAD

    def _pass(self, size: int, told: Callable[[str], None], after: Place | None) -> Iterator[tuple[Record, bytes]]:
        with self._opened() as file:
            stream = Stream(file, self._marks)
            try:
                stream.go(after or Place(0))
            except Damaged as damage:
                told(self._line(after or Place(0), str(damage)))
                return
            found = records(
                stream,
                lambda record: size if pages.answers(record) else 0,
                lambda place, message: told(self._line(place, message)),
            )
            number = self.records
            for record, block in found:
                self.records += 1
                if not pages.answers(record) or record.place == after:
                    continue
                if record.kind != "revisit":
                    self._originals.note(record, self)
                yield record, block
            if self.records == number and after is None and not file.seek(0, io.SEEK_END):
                told(f"{self.name} is empty")
        self.known = self.known or after is None

    def _line(self, place: Place, message: str) -> str:
        shown = "".join(letter if letter.isprintable() else "?" for letter in message[:_LONGEST_TOLD])
        return f"{self.name}, byte {place.offset}{f' + {place.skip}' if place.skip else ''}: {shown}"

    # --- one record -------------------------------------------------------------------------------------------------

    def page(self, place: Place) -> Page:
        """Return the page whose record stands at a place.

        Raises:
            CaptureAbsent: none does (``absent``), or it is damaged (``broken``).
            FetchRefused: ``size``: larger than ``max_bytes``.
        """
        record, block = self._at(place)
        if not pages.answers(record):
            where = self._line(place, f"the record is a {record.kind} and no page")
            raise CaptureAbsent(where, cause="absent", url=record.url)
        return self._page(record, block)

    def _at(self, place: Place) -> tuple[Record, bytes]:
        """Read one record."""
        if self._stream is None:
            self._file = self._opened()
            self._stream = Stream(self._file, self._marks)
        lines: list[str] = []
        found = None
        try:
            self._stream.go(place)
            found = next(records(self._stream, lambda _: self._room, lambda _, message: lines.append(message)), None)
        except Damaged as damage:
            lines.append(str(damage))
        if found is None or found[0].place != place:
            told = self._line(place, lines[0] if lines else "no record stands here")
            raise CaptureAbsent(told, cause="broken" if lines else "absent", url="")
        self.records += 1
        return found

    def _page(self, record: Record, block: bytes) -> Page:
        try:
            if record.kind == "revisit":
                return self._revisited(record, block)
            return pages.page(record, block, self._max_bytes, self._origin)
        except Damaged as damage:
            told = self._line(record.place, str(damage))
            raise CaptureAbsent(told, cause="broken", url=record.url) from damage
        except Overfull as error:
            told = self._line(record.place, f"{record.url} is larger than {self._max_bytes} bytes")
            raise FetchRefused(told, cause="size", url=record.url) from error

    def _revisited(self, record: Record, block: bytes) -> Page:
        """Return a page whose body was recorded earlier, at its own instant."""
        where = self._originals.of(record)
        original, kept = where[0]._at(where[1]) if where is not None else (None, b"")
        if original is None or (record.digest and original.digest and record.digest != original.digest):
            told = self._line(record.place, f"{record.url} is a revisit, and what it refers to is not here")
            raise CaptureAbsent(told, cause="absent", url=record.url)
        page = pages.page(original, kept, self._max_bytes, self._origin)
        status, headers = page.status, page.headers
        if block.strip():
            head = payload.head(block)
            # A 304 says what the crawler asked, not what the page was.
            if head.status != pages.NOT_MODIFIED or pages.own_words(record):
                status, headers = head.status, head.headers
        return pages.named(record, status, dict(headers), page.body, self._origin)
