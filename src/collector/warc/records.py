"""Records one after another: headers by warcio, blocks bounded, what is damaged told and passed over."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException

from collector.warc.framing import Damaged, Place, Stream

#: A file with more damaged places is given up: each costs a search through what follows.
MOST_DAMAGES = 1000
#: warcio takes any line of five words for the head of an ARC record.
_FIRST_LINE = re.compile(
    rb"WARC/[01]\.\d+[ \t]*\r?\n|filedesc:|\w[\w+.-]*:\S+ \S+ \d{12,14} \S+(?: \S+)* \d+[ \t]*\r?\n", re.IGNORECASE
)
#: WARC-Date may leave out what is not known, and have a fraction of up to nine digits (WARC 1.1, 5.4; W3C date-time).
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z)?)?)?$")
_HTTP = ("http://", "https://")
_PIECE = 64 * 1024
# It warns of spaces in an address, which it mends, and prints the address, which may be anything.
logging.getLogger("warcio.recordloader").addHandler(logging.NullHandler())
logging.getLogger("warcio.recordloader").propagate = False
#: Of a length: no file is longer.
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Record:
    """What a record says of itself."""

    place: Place
    kind: str  #: ``response``, ``revisit``, ``resource``, ``request`` …
    url: str  #: empty: of nothing on the web
    headers: StatusAndHeaders
    length: int  #: of the block

    def header(self, name: str) -> str:
        """Return a header's value, without regard to case; empty where there is none."""
        return str(self.headers.get_header(name) or "").strip()

    @property
    def captured_at(self) -> datetime:
        """The instant of the capture.

        Raises:
            Damaged: the record tells none.
        """
        text = self.header("WARC-Date")
        match = _DATE.match(text)
        if match is None:
            raise Damaged(f"its WARC-Date {text!r} is no instant")
        year, month, day, hour, minute, second, fraction = match.groups()
        try:
            return datetime(
                int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0),
                int((fraction or "0")[:6].ljust(6, "0")), UTC,
            )  # fmt: skip
        except ValueError as error:
            raise Damaged(f"its WARC-Date {text!r} is no instant") from error

    @property
    def digest(self) -> str | None:
        """SHA-1 of the payload in base32, where the record tells it."""
        return _sha1(self.header("WARC-Payload-Digest"))

    @property
    def on_the_web(self) -> bool:
        """Whether it is about an address that can be a page's."""
        return self.url.startswith(_HTTP)


def records(
    stream: Stream, wanted: Callable[[Record], int], told: Callable[[Place, str], None]
) -> Iterator[tuple[Record, bytes]]:
    """Yield every record that can be read whole, with the beginning of its block.

    Args:
        stream: a file, at a boundary.
        wanted: how many bytes of a record's block are wanted.
        told: is called for every place at which something cannot be read.
    """
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=True)
    for _ in range(MOST_DAMAGES):
        place = Place(0)
        try:
            more = stream.boundary()
            while more:
                place = stream.place
                record, source = _opened(stream, loader, place)
                block = _block(stream, record, source, wanted(record))
                more, behind = _sealed(stream, place)
                yield record, block
                if behind is not None:
                    raise behind
        except Damaged as damage:
            if damage.member not in {None, place.offset}:
                place = Place(damage.member)
            told(place, str(damage))
            if not stream.resynchronise(place, damage):
                return
        else:
            return
    told(place, f"more than {MOST_DAMAGES} places are damaged: the rest was not read")


def _opened(stream: Stream, loader: ArcWarcRecordLoader, place: Place) -> tuple[Record, ArcWarcRecord]:
    line = stream.readline()
    if not _FIRST_LINE.match(line):
        raise Damaged(f"no record begins here, but {line[:40]!r}")
    try:
        found = loader.parse_record_stream(stream, line, None, no_record_parse=True)
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, IndexError) as error:
        raise Damaged(f"its header cannot be read: {str(error)[:200]}") from error
    told = str(found.rec_headers.get_header("Content-Length") or "").strip()
    if not (told.isascii() and told.isdigit() and len(told) <= _DIGITS):
        raise Damaged(f"it does not say how long it is: {told[:40]!r}")
    url = str(found.rec_headers.get_header("WARC-Target-URI") or "").strip()
    return Record(place, str(found.rec_type or ""), url, found.rec_headers, int(found.length)), found


def _block(stream: Stream, record: Record, source: ArcWarcRecord, size: int) -> bytes:
    """Read a record's block to its end; return its beginning."""
    claimed = _sha1(record.header("WARC-Block-Digest")) if not stream.packed or record.place.skip else None
    digest = hashlib.sha1(usedforsecurity=False) if claimed else None
    kept: list[bytes] = []
    left = record.length
    while left:
        piece = source.raw_stream.read(min(left, _PIECE))
        if not piece:
            raise Damaged(f"the file ends {left} bytes before the end of {record.url or 'a record'}")
        if size > 0:
            kept.append(piece[:size])
            size -= len(piece)
        if digest is not None:
            digest.update(piece)
        left -= len(piece)
    if digest is not None and base64.b32encode(digest.digest()).decode() != claimed:
        raise Damaged(f"the block of {record.url or 'a record'} does not match its digest")
    return b"".join(kept)


def _sealed(stream: Stream, place: Place) -> tuple[bool, Damaged | None]:
    """Go to the next record; return whether there is one, and what is wrong with it already.

    So the end of a gzip member, where its checksum stands, is passed before its record is believed.
    """
    try:
        return stream.boundary(), None
    except Damaged as damage:
        if damage.member == place.offset:
            raise
        return False, damage


def _sha1(text: str) -> str | None:
    """Return the base32 of ``sha1:…``; some writers print hexadecimal digits."""
    kind, _, value = text.partition(":")
    if kind.lower() not in {"sha1", "sha-1"}:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9a-fA-F]{40}", value):
        return base64.b32encode(bytes.fromhex(value)).decode()
    return value.upper() if re.fullmatch(r"[A-Za-z2-7]{32}", value) else None
