"""The bytes of a WARC file in their order, however packed: plain, a gzip member a record, one big gzip, mixed.

warcio's own iterator stops at one big gzip, and takes a file that ends inside a record, or whose compression is
damaged, for a shorter record: here both are told.
"""

from __future__ import annotations

import re
import zlib
from typing import BinaryIO, NamedTuple

from collector.inflate import GZIP

_BLOCK = 64 * 1024
#: What one step of inflating may yield.
_STEP = 256 * 1024
#: Header lines are short; ours with a page's addresses and headers has some KB.
_LONGEST_LINE = 1024 * 1024
_BETWEEN = b"\r\n"
#: Where a record may begin: a gzip member (RFC 1952: deflate is method 8), or the first line of a plain record.
_BEGINNING = re.compile(rb"\x1f\x8b\x08|WARC/[01]\.\d\r?\n")
_SCAN = 1024 * 1024
#: Inflated bytes between two marks in a big gzip member, and how many marks a file has at most.
_MARK_EVERY = 4_000_000
_MOST_MARKS = 256
_FIRST_WORD = b"WARC/"


class Place(NamedTuple):
    """Where a record begins."""

    offset: int  #: bytes of the file, to the gzip member or the plain record
    skip: int = 0  #: inflated bytes of that member before the record


class Damaged(Exception):
    """Something cannot be read; the text says what, without the place."""

    def __init__(self, message: str, *, member: int | None = None) -> None:
        super().__init__(message)
        #: Where the gzip member begins whose compression is damaged: what follows in it is lost.
        self.member = member


class _Mark(NamedTuple):
    """A place inside of a big gzip member from which inflating can go on."""

    member: int
    inflated: int
    offset: int  #: of the file
    state: zlib._Decompress


class Marks:
    """Where big gzip members of one file can be entered: so a record of them costs 4 MB of inflating, not all of it.

    A mark takes some 40 KB (its window has 32), so when there are many every second one is given up.
    """

    def __init__(self) -> None:
        self._marks: list[_Mark] = []
        self._every = _MARK_EVERY

    def note(self, member: int, inflated: int, offset: int, state: zlib._Decompress) -> None:
        """Take note of a place, if none is near."""
        last = next((mark.inflated for mark in reversed(self._marks) if mark.member == member), 0)
        if inflated - last < self._every:
            return
        self._marks.append(_Mark(member, inflated, offset, state.copy()))
        if len(self._marks) > _MOST_MARKS:
            self._marks = self._marks[::2]
            self._every *= 2

    def before(self, place: Place) -> _Mark | None:
        """Return the nearest one before a place."""
        there = [mark for mark in self._marks if mark.member == place.offset and mark.inflated <= place.skip]
        return max(there, key=lambda mark: mark.inflated, default=None)


class Stream:
    """Reads a file of records from a place on, forwards, in bounded memory."""

    def __init__(self, file: BinaryIO, marks: Marks | None = None) -> None:
        self._file = file
        self._marks = marks or Marks()
        self._seek(0)

    def _seek(self, offset: int) -> None:
        self._file.seek(offset)
        self._raw = b""  # read and not inflated yet
        self._behind = offset  # where the file's own position is
        self._zlib: zlib._Decompress | None = None
        self._member = offset
        self._inflated = 0  # of the member, up to the buffer's end
        self._packed = True  # a gzip member may begin here
        self._buffer, self._at = b"", 0

    # --- records ----------------------------------------------------------------------------------------------------

    def boundary(self) -> bool:
        """Go over the blank lines between records; return False at the file's end.

        Raises:
            Damaged: the compression is.
        """
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in _BETWEEN:
                    self._unpack()
                    return True
                self._at += 1
            if self._zlib is None:
                self._packed = True
            if not self._more():
                return False

    def _unpack(self) -> None:
        """Begin a gzip member where one follows a plain record."""
        if self._zlib is None and not self._inflated and self._buffer.startswith(GZIP[:1], self._at):
            self._seek(self._behind - len(self._buffer) + self._at)
            self._more()

    @property
    def place(self) -> Place:
        """Where the next byte stands; asked at a boundary."""
        left = len(self._buffer) - self._at
        if not self._inflated:
            return Place(self._behind - left)
        return Place(self._member, self._inflated - left)

    @property
    def packed(self) -> bool:
        """Whether what was read last came out of gzip, which has a checksum of its own."""
        return self._inflated > 0

    def resynchronise(self, place: Place, damage: Damaged) -> bool:
        """Go to the first beginning of a record behind the damage of the one at ``place``; False: there is none."""
        if place.skip and damage.member is None:
            return self._next_line_that_begins(place)
        start = (place.offset if damage.member is None else damage.member) + 1
        while True:
            self._file.seek(start)
            window = self._file.read(_SCAN)
            for match in _BEGINNING.finditer(window):
                if match.start() and self._begins(start + match.start()):
                    self._seek(start + match.start())
                    return True
            if len(window) < _SCAN:
                break
            start += len(window) - len(_FIRST_WORD) - 4
        return damage.member is None and self._is_packed(place) and self._next_line_that_begins(place)

    def _is_packed(self, place: Place) -> bool:
        """Say whether a gzip member begins at a place, and go there."""
        self._file.seek(place.offset)
        packed = self._file.read(len(GZIP)) == GZIP
        self._seek(place.offset)
        return packed

    def _next_line_that_begins(self, place: Place) -> bool:
        """Look behind ``place`` inside of one big gzip member: compressed bytes tell no record's beginning."""
        try:
            self.go(place)
            self._pass_line()
            while line := self._pass_line():
                if line.startswith(_FIRST_WORD):
                    self._buffer, self._at = line + self._buffer[self._at :], 0
                    return True
        except Damaged:
            return False
        return False

    def _pass_line(self) -> bytes:
        """Return a line as :meth:`readline` does; of one without an end, as a page's script may be, nothing but a mark.

        Raises:
            Damaged: the compression is, or the file ends inside it.
        """
        try:
            return self.readline()
        except Damaged as damage:
            if damage.member is not None:
                raise
            return b"?"

    def go(self, place: Place) -> None:
        """Go to a place; forwards inside the member that is being read, from a mark, or from its beginning.

        Raises:
            Damaged: the compression is, on the way.
        """
        here = self.place if self._at < len(self._buffer) else Place(-1)
        near = here.offset == place.offset and here.skip <= place.skip
        mark = self._marks.before(place)
        if mark is not None and not (near and mark.inflated <= here.skip):
            self._enter(mark)
            here = Place(mark.member, mark.inflated)
        elif not near:
            self._seek(place.offset)
            here = Place(place.offset)
        left = place.skip - here.skip
        while left > 0:
            left -= len(self.read(min(left, _STEP))) or left

    def _enter(self, mark: _Mark) -> None:
        self._seek(mark.offset)
        self._member, self._inflated, self._zlib = mark.member, mark.inflated, mark.state.copy()

    def _begins(self, offset: int) -> bool:
        self._file.seek(offset)
        start = self._file.read(512)
        if start.startswith(GZIP):
            try:
                start = zlib.decompressobj(31).decompress(start, 64)
            except zlib.error:
                return False
        return start.startswith(_FIRST_WORD)

    # --- bytes ------------------------------------------------------------------------------------------------------

    def read(self, size: int = _BLOCK) -> bytes:
        """Return at most ``size`` bytes, none at the file's end.

        Raises:
            Damaged: the compression is, or the file ends inside it.
        """
        if self._at == len(self._buffer) and not self._more():
            return b""
        found = self._buffer[self._at : self._at + size]
        self._at += len(found)
        return found

    def readline(self, size: int = _LONGEST_LINE) -> bytes:
        """Return a line with its end, or what is left of it at the file's end; errors as :meth:`read`."""
        end = self._buffer.find(b"\n", self._at) + 1
        if end:
            found = self._buffer[self._at : end]
            self._at = end
            return found
        pieces = []
        while self._at < len(self._buffer) or self._more():
            end = self._buffer.find(b"\n", self._at) + 1
            pieces.append(self.read((end or len(self._buffer)) - self._at))
            size -= len(pieces[-1])
            if end:
                break
            if size < 0:
                raise Damaged("a line of its header has no end")
        return b"".join(pieces)

    def _more(self) -> bool:
        """Fill the buffer, which was used up; False at the file's end."""
        while True:
            if not self._raw and not self._load():
                return self._rest()
            if self._zlib is None and self._packed:
                self._packed = self._begin_member()
            if self._zlib is None:
                self._buffer, self._at, self._raw, self._inflated = self._raw, 0, b"", 0
                return True
            if self._inflate():
                return True

    def _rest(self) -> bool:
        """Fill the buffer behind the file's end: of its last input zlib may hold more than one step of output."""
        member = self._zlib
        if member is None:
            return False
        more = self._inflate()
        if not more and not member.eof:
            raise Damaged("the file ends inside a compressed record", member=self._member)
        return more

    def _load(self) -> bool:
        more = self._file.read(_BLOCK)
        self._behind += len(more)
        self._raw += more
        return bool(more)

    def _begin_member(self) -> bool:
        if len(self._raw) < len(GZIP):
            self._load()
        if not self._raw.startswith(GZIP):
            return False
        self._member = self._behind - len(self._raw)
        self._zlib = zlib.decompressobj(31)
        self._inflated = 0
        return True

    def _inflate(self) -> bool:
        assert self._zlib is not None
        try:
            out = self._zlib.decompress(self._raw, _STEP)
        except zlib.error as error:
            raise Damaged(f"its compression is damaged ({error})", member=self._member) from error
        self._inflated += len(out)
        if self._zlib.eof:
            self._raw, self._zlib = self._zlib.unused_data, None
        else:
            self._raw = self._zlib.unconsumed_tail
            if self._inflated >= _MARK_EVERY:
                self._marks.note(self._member, self._inflated, self._behind - len(self._raw), self._zlib)
        self._buffer, self._at = out, 0
        return bool(out)
