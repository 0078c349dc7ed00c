"""An archive that failed under a living daemon: what is wrong with it, and when it may be used again."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from collector.archive import Archive
from collector.errors import ArchiveBusy, ArchiveError, ArchiveFull

_log = structlog.get_logger()

#: Seconds between two attempts to open an archive anew: each reads the whole of it.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


class Mending:
    """Remembers what went wrong, and opens the archive anew before anything else is written.

    A full disk and a lock pass by themselves: whoever comes next tries again. After anything else nobody knows what the
    open handle believes of the file (FAULTS 4): it is closed, the file is checked and opened.
    """

    def __init__(self, archive: Archive, monotonic: Callable[[], float]) -> None:
        self._archive, self._monotonic = archive, monotonic
        self._distrusted = self._mended = False
        self._not_before, self._pause = 0.0, _FIRST_PAUSE
        self._logged: str | None = None  # since the last proof that all is well
        self.trouble: str | None = None  #: what is wrong; None: nothing
        self.tried = False  #: whether the last :meth:`mend` was an attempt, or only waited for its time
        if archive.connection.trouble is not None:
            self._say("the archive cannot be used", archive.connection.trouble)
            self._distrusted = True

    def failed(self, error: ArchiveError, *, portal: str | None = None) -> None:
        """Note that something could not be read or written."""
        self._say("the archive cannot be used", error, **({} if portal is None else {"portal": portal}))
        if isinstance(error, ArchiveBusy | ArchiveFull) or self._distrusted:
            return
        self._distrusted = True
        if self._mended:  # and it failed again before it had done any work
            self._wait()

    def proven(self) -> None:
        """Note that something was written."""
        self.trouble = self._logged = None
        self._mended, self._pause = False, _FIRST_PAUSE

    @property
    def needed(self) -> bool:
        """Whether the archive has to be opened anew: its handle is distrusted, or another file stands in its place."""
        return self._distrusted or self._archive.connection.replaced()

    def mend(self) -> float:
        """Open the archive anew; return 0.0 when it may be used, else the seconds after which to try again."""
        wait = self._not_before - self._monotonic()
        self.tried = wait <= 0
        if not self.tried:
            return wait
        try:
            self._archive.connection.reopen()
        except ArchiveError as error:
            self._say("the archive cannot be opened anew", error)
            self._distrusted = True
            self._wait()
            return self._not_before - self._monotonic()
        self.trouble, self._distrusted, self._mended = None, False, True
        _log.info("the archive was opened anew", path=self._archive.connection.path)
        return 0.0

    def _wait(self) -> None:
        self._not_before = self._monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _say(self, event: str, error: ArchiveError, **where: str) -> None:
        """Keep what is wrong, and log it once, however often it is met until all is well."""
        self.trouble = str(error)
        if self.trouble != self._logged:
            self._logged = self.trouble
            _log.error(event, error=self.trouble, **where)
