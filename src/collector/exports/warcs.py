"""The captures as a WARC file: what web archives, replay tools and another collector take in."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from collector import __version__
from collector.archive import Archive
from collector.errors import ArchiveUnwritable
from collector.warc import WarcWriter


def export_warc(
    archive: Archive,
    target: Path,
    *,
    portal: str | None,
    now: datetime,
    checkpoint: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Write every capture, oldest first, to ``target``, and return how many; a file there is replaced by a whole one.

    Args:
        archive: to be read, one page's bytes at a time.
        target: a file; its name should end in ``.warc.gz``.
        portal: only this one's.
        now: the day of the file.
        checkpoint: called after each capture with how many are written, and how many there are; may raise to stop.

    Raises:
        ArchiveUnwritable: the file cannot be written.
        ArchiveCorrupt: a page does not decompress or match its sha256.
    """
    partial = target.with_name(f"{target.name}.partial")
    told = f"captures of {portal or 'all portals'} in a collector's archive"
    try:
        with partial.open("wb") as stream:
            writer = WarcWriter(stream, software=f"collector/{__version__}", description=told, now=now)
            done = 0
            ids = archive.captures.ids(portal=portal)
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
