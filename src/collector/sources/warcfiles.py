"""WARC files on disk: a folder of them, or one; indexed by reading them once, their bodies left where they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from collector.errors import CaptureAbsent, Interrupted, UsageError
from collector.model import IndexPage, Memento, Page
from collector.urlkeys import key
from collector.warc import Entry, Originals, Place, WarcFile

_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz")
_ROWS = 1000
#: ``file:offset:skip``: the file's number in the folder's order, and the record's place.
_LOCATOR = re.compile(r"(\d{1,6}):(\d{1,18}):(\d{1,18})")


class WarcFiles:
    """A :class:`collector.sources.Source` over ``warc:PATH``."""

    name = "warc"

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        """Take a file, or a folder with files that end in ``.warc``, ``.warc.gz``, ``.arc`` or ``.arc.gz``.

        Raises:
            UsageError: there is no such file.
        """
        originals = Originals()
        self._files = [
            WarcFile(one.name, _opener(one), max_bytes=max_bytes, originals=originals) for one in _found(path)
        ]
        self._aborted = False
        self._bytes = 0

    @property
    def requests(self) -> int:
        """Records that were read."""
        return sum(file.records for file in self._files)

    @property
    def bytes(self) -> int:
        """Bytes of bodies that were given."""
        return self._bytes

    def index(self, prefix: str, *, since: datetime | None, resume: str | None) -> Iterator[IndexPage]:
        """See :meth:`collector.sources.Source.index`; what is damaged is told in ``unreadable``.

        Raises:
            Interrupted: somebody asked to stop.
        """
        wanted = key(prefix)
        first, after = _place(resume) or (0, None)
        if first >= len(self._files):
            yield IndexPage((), None)
        for number, file in enumerate(self._files[first:], first):
            rows: list[Memento] = []
            odd: list[str] = []
            for entry in file.entries(odd.append, after if number == first else None):
                self._checkpoint()
                if key(entry.url).startswith(wanted) and (since is None or entry.captured_at >= since):
                    rows.append(_memento(number, entry))
                if len(rows) + len(odd) >= _ROWS:
                    yield IndexPage(tuple(rows), _locator(number, entry.place), tuple(odd))
                    rows.clear()
                    odd.clear()
            more = number + 1 < len(self._files)
            yield IndexPage(tuple(rows), f"{number + 1}:0:0" if more else None, tuple(odd))

    def page(self, memento: Memento) -> Page:
        """See :meth:`collector.sources.Source.page`; of a file that is one big gzip it costs 4 MB of inflating."""
        self._checkpoint()
        place = _place(memento.locator)
        if place is None or place[0] >= len(self._files):
            told = f"{memento.url}: {memento.locator!r} is no place in these files"
            raise CaptureAbsent(told, cause="absent", url=memento.url)
        page = self._files[place[0]].page(place[1] or Place(0))
        if page.url != memento.url or page.fetched_at.replace(microsecond=0) != memento.captured_at:
            told = f"{page.url} of {page.fetched_at:%Y-%m-%d %H:%M:%S} stands in place of {memento.url}"
            raise CaptureAbsent(told, cause="other", url=memento.url)
        self._bytes += len(page.body)
        return page

    def abort(self) -> None:
        """See :meth:`collector.sources.Source.abort`."""
        self._aborted = True

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def _checkpoint(self) -> None:
        if self._aborted:
            raise Interrupted("stopped by a signal")


def _found(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            files = sorted(one for one in path.iterdir() if one.name.lower().endswith(_ENDINGS) and one.is_file())
            if not files:
                raise UsageError(f"there is no WARC file in {path}: their names end in {', '.join(_ENDINGS)}")
        else:
            files = [path]
        for one in files:
            with one.open("rb") as file:
                file.read(1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    return files


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _memento(number: int, entry: Entry) -> Memento:
    return Memento(
        url=entry.url,
        captured_at=entry.captured_at.replace(microsecond=0),
        status=entry.status,
        mimetype=entry.mimetype,
        digest=entry.digest,
        locator=_locator(number, entry.place),
        truncated=entry.truncated,
    )


def _locator(number: int, place: Place) -> str:
    return f"{number}:{place.offset}:{place.skip}"


def _place(text: str | None) -> tuple[int, Place | None] | None:
    """Read a locator; the very beginning of a file is no record behind which to go on."""
    match = _LOCATOR.fullmatch(text or "")
    if match is None:
        return None
    place = Place(int(match[2]), int(match[3]))
    return int(match[1]), place if place != Place(0) else None
