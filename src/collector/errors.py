"""Everything that is expected to go wrong, as one tree.

::

    CollectorError
    ├── UsageError                  the command line asks for something that cannot be        exit 2
    │   └── ConfigError             every mistake of the configuration at once                exit 2
    ├── ArchiveError                the archive cannot be used                                exit 4
    │   ├── ArchiveHeld             another collector holds it
    │   ├── ArchiveBusy             somebody else keeps it locked
    │   ├── ArchiveForeign          not a database, not ours, or written by a newer collector
    │   ├── ArchiveCorrupt          the database is damaged
    │   └── ArchiveUnwritable       read-only, permission, a disk that fails
    │       └── ArchiveFull         no room left on the disk
    ├── FetchError                  no page came back (``cause`` names how)
    │   ├── Unreachable             no answer at all: name, resolver, refused, timeout, tls, broken
    │   ├── RobotsForbid            robots.txt forbids the address, or could not be asked
    │   ├── FetchRefused            we will not go there: redirect, address, size, scheme
    │   └── CaptureAbsent           a web archive does not have the capture that its index names
    ├── ReadError                   a page came back, and it is not what it should be
    │   ├── WrongPage               an error, login, firewall, maintenance or home page (``kind``)
    │   ├── FieldMissing            a required field was not found
    │   ├── EmptyListing            a listing without items, which proves nothing
    │   ├── PageMixedUp             another bulletin's page stands at its address
    │   ├── PageCut                 the portal stopped in the middle of it
    │   ├── LayoutChanged           the portal's known bulletins read otherwise too: what is read is none
    │   ├── OddBulletin             unlike all others, and no known one could tell whether the layout is sound
    │   └── PageTooDeep             nested or large beyond what is parsed
    ├── WorkerLost                  a process that works for us ended by itself
    └── Interrupted                 somebody asked us to stop

A foreign exception is mapped at one boundary (``fetch``, ``dom``, ``archive``) with ``raise … from error``; a bug is
never wrapped: it reaches ``collect`` as it is and is recorded as a crash with its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass


class CollectorError(Exception):
    """Anything this program expects can happen; ``str()`` of it is one line for a person."""

    #: Exit code of the process when nobody handles it.
    exit_code = 1


class UsageError(CollectorError):
    """The command line asks for something that does not exist or contradicts itself."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in the configuration."""

    #: File it stands in, as the user would type it.
    file: str
    #: Dotted key, for instance ``http.delay`` or ``sections[1].url``; empty when the file itself is the mistake.
    key: str
    #: What is wrong and what was expected.
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


class ConfigError(UsageError):
    """The configuration has mistakes; all of them are in ``mistakes``."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        super().__init__("; ".join(str(mistake) for mistake in mistakes))


class ArchiveError(CollectorError):
    """The archive cannot be opened, read or written."""

    exit_code = 4


class ArchiveHeld(ArchiveError):
    """Another collector works on this archive; the message says which process, since when."""


class ArchiveBusy(ArchiveError):
    """Another program kept the database locked for longer than the busy timeout."""


class ArchiveForeign(ArchiveError):
    """The file is no database, not an archive of ours, or of a schema newer than this program."""


class ArchiveCorrupt(ArchiveError):
    """SQLite found the database damaged."""


class ArchiveUnwritable(ArchiveError):
    """The disk fails, is full or read-only, or permission is missing."""


class ArchiveFull(ArchiveUnwritable):
    """The disk is full; what was under way is rolled back, and the archive is as good as before."""


class FetchError(CollectorError):
    """No page came back."""

    exit_code = 3

    def __init__(self, message: str, *, cause: str, url: str) -> None:
        super().__init__(message)
        #: One word that tells the kind apart; the subclasses list theirs.
        self.cause = cause
        #: The address that was asked.
        self.url = url


class Unreachable(FetchError):
    """No answer.

    ``cause``: ``name`` (no such host), ``resolver`` (no name server could say), ``refused``, ``timeout``, ``tls``,
    ``broken`` (cut off, no HTTP, or from a web archive: an error in place of the answer), ``throttled`` (a web archive
    says 429 or 503 to the last attempt, or the host's Retry-After lies further ahead than a run waits).
    """


class RobotsForbid(FetchError):
    """robots.txt forbids the address (``robots``), its visit-time is over (``visit-time``) or nobody could read it
    (``robots-unreachable``); a web archive gives the site to nobody (``excluded``, or ``robots`` where that is why).
    """


class FetchRefused(FetchError):
    """We do not go on.

    ``cause``: ``redirect`` (undeclared host, or too many), ``address`` (private, loopback, link-local), ``size``
    (beyond ``max_bytes``, raw or inflated), ``scheme``, ``moment`` (a capture of a day that has not come).
    """


class CaptureAbsent(FetchError):
    """A web archive, or a WARC file, does not have the capture that its index names; asking again is no use.

    ``cause``: ``absent`` (not there), ``other`` (another capture was given in its place), ``broken`` (its record is
    damaged), ``excluded`` (the archive gives it to nobody).
    """

    exit_code = 1


class ReadError(CollectorError):
    """A page came back that is not what it should be. The page is kept, nothing of it is recorded as content."""


class WrongPage(ReadError):
    """A page of another kind stands where a listing or a bulletin should be."""

    def __init__(self, message: str, *, kind: str, status: int = 200) -> None:
        super().__init__(message)
        #: HTTP status it came with.
        self.status = status
        #: A :class:`collector.model.PageKind` value, for instance ``login`` or ``soft_404``.
        self.kind = kind


class FieldMissing(ReadError):
    """A required field was not found by any selector."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        #: Name of the field, for instance ``title``.
        self.field = field


class EmptyListing(ReadError):
    """A listing page shows no item. Never believed to mean "no news"."""


class PageMixedUp(ReadError):
    """An address shows another bulletin than its own: a cache of the portal that does not tell its pages apart."""


class PageCut(ReadError):
    """The page stops in its middle, though its length says that it is whole: the portal gave up while writing it."""


class LayoutChanged(ReadError):
    """A bulletin reads unlike the portal's own, and known ones unlike themselves: the selectors hit something else."""


class OddBulletin(ReadError):
    """A bulletin reads unlike the portal's own, and no known bulletin came back to tell whether the layout is sound."""


class PageTooDeep(ReadError):
    """The page is nested or large beyond what can be parsed in bounded time."""


class WorkerLost(CollectorError):
    """A process that read for us was killed, ran out of memory or met a bug; what was written is whole."""


class Interrupted(CollectorError):
    """A signal asked us to stop; the current transaction is rolled back or finished."""

    exit_code = 130
