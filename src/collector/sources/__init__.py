"""Where pages of the past come from: web archives and WARC files, all of one shape.

:func:`collector.sources.opening.open_source` makes one from what stands behind ``--source``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from collector.model import IndexPage, Memento, Page

__all__ = ["Source"]


class Source(Protocol):
    """Somebody's keeping of captures: an index that tells which there are, and the captures themselves.

    An answer that did not come (no connection, asked to slow down) is never "nothing there": both methods raise
    :class:`~collector.errors.Unreachable` for it, with the cause ``throttled`` where we were asked to slow down.
    """

    @property
    def name(self) -> str:
        """``wayback``, ``commoncrawl`` or ``warc``: a capture's ``origin``."""

    @property
    def keeper(self) -> str:
        """``mementos.source``: the name, and of files which ones, ``warc:/captures/2019.warc.gz``."""

    @property
    def requests(self) -> int:
        """Requests that were sent so far; of a file, records that were read."""

    @property
    def bytes(self) -> int:
        """Bytes of bodies that were received so far."""

    def index(self, prefix: str, *, since: datetime | None, resume: str | None) -> Iterator[IndexPage]:
        """Yield what the index tells of every address below ``prefix``.

        Args:
            prefix: host and path without scheme, ``vpub.soctrang.gov.vn/``; matched without regard to case, scheme,
                ``www.`` and port 80 or 443, as indexes keep addresses.
            since: captures of before are left out.
            resume: :attr:`IndexPage.resume` of an earlier answer for the same prefix, to go on behind it.

        Raises:
            Unreachable: the index did not answer; it is no "nothing there".
            RobotsForbid: the archive gives the site to nobody.
            Interrupted: somebody asked to stop.
        """

    def page(self, memento: Memento) -> Page:
        """Return a capture as the portal sent it: the body without content encoding, the portal's own headers.

        ``fetched_at`` is the capture's instant, ``origin`` the source's name (of a WARC file that an archive of ours
        was exported to: the origin it had there). A redirect that was captured is a page with that status. Where the
        crawler kept only the beginning, the header ``warc-truncated`` says why.

        Raises:
            CaptureAbsent: it is not there, another capture was given in its place, or its record is damaged.
            Unreachable: no answer.
            FetchRefused: it is larger than ``max_bytes``.
            Interrupted: somebody asked to stop.
        """

    def abort(self) -> None:
        """Make what is under way, and everything later, raise :class:`Interrupted`; callable from anywhere."""

    def close(self) -> None:
        """Close connections and files."""
