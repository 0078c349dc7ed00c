"""The captures as a WARC file: what web archives, replay tools and another collector take in."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from collector import __version__
from collector.archive import Archive
from collector.errors import ArchiveUnwritable, UsageError
from collector.inflate import GZIP
from collector.warc import WarcWriter

#: What a WARC file begins with, below its compression where it has one.
_BEGINNING = b"WARC/"


def export_warc(
    archive: Archive,
    target: Path,
    *,
    portal: str | None,
    since: datetime | None = None,
    now: datetime,
    checkpoint: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Write every capture, oldest first, to ``target``, and return how many; a file there is replaced by a whole one.

    Args:
        archive: to be read, one page's bytes at a time.
        target: a file; its name should end in ``.warc.gz``.
        portal: only this one's.
        since: only what was captured from this instant on.
        now: the day of the file.
        checkpoint: called after each capture with how many are written, and how many there are; may raise to stop.

    Raises:
        UsageError: something stands at ``target`` that is no WARC file: the archive itself, or somebody's notes.
        ArchiveUnwritable: the file cannot be written.
        ArchiveCorrupt: a page does not decompress or match its sha256.
    """
    partial = target.with_name(f"{target.name}.partial")
    told = f"captures of {portal or 'all portals'} in a collector's archive"
    try:
        _refuse_what_is_no_warc(target)
        with partial.open("wb") as stream:
            writer = WarcWriter(stream, software=f"collector/{__version__}", description=told, now=now)
            done = 0
            ids = archive.captures.ids(portal=portal, since=since)
            for done, capture in enumerate(ids, 1):
                writer.write(archive.captures.page(capture))
                checkpoint(done, len(ids))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
    except OSError as error:
        raise ArchiveUnwritable(f"{target} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return done


def _refuse_what_is_no_warc(target: Path) -> None:
    """A slip of the hand must not overwrite somebody's file, least of all the archive."""
    if not target.exists():
        return
    with target.open("rb") as file:
        head = file.read(len(_BEGINNING))
        if head.startswith(GZIP):
            file.seek(0)
            with suppress(EOFError, zlib.error, gzip.BadGzipFile):
                head = gzip.GzipFile(fileobj=file).read(len(_BEGINNING))
    if head and head != _BEGINNING:
        raise UsageError(f"{target} is there already and no WARC file; it was not touched: choose another name")
