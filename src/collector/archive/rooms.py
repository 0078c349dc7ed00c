"""The archive as its rooms, over one connection."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from collector.archive.bulletins import Bulletins
from collector.archive.captures import Captures
from collector.archive.connection import Connection, Files
from collector.archive.coverage import Coverage
from collector.archive.customs import Customs
from collector.archive.evidence import Findings
from collector.archive.freshness import Freshness
from collector.archive.histories import Histories
from collector.archive.hosts import Hosts
from collector.archive.incidents import Incidents
from collector.archive.ledger import Ledger
from collector.archive.looks import Looks
from collector.archive.mementos import Mementos
from collector.archive.portals import Portals
from collector.archive.rereading import Rereading
from collector.archive.schema import OLDEST_READABLE, SCHEMA_VERSION
from collector.archive.snapshot import Choice, Snapshot, taken
from collector.archive.status import Status
from collector.archive.ticks import Ticks
from collector.archive.visits import Visits

#: What deciding needs, parents first; the pages stay behind, and the texts: an archive's memory is larger than ours.
_LEDGER_TABLES = (
    "portals",
    "sections",
    "runs",
    "listings",
    "articles",
    "_section_walks",
    "_unread",
    "mementos",
    "_index_walks",
    "_robots",
    "_hosts",
    "_silent_hosts",
)

_LEFT_BEHIND = {
    "articles.body": "''",
    **dict.fromkeys(("articles.revision", "portals.place", "mementos.capture"), "null"),
}


class Archive:
    """An open archive, as rooms: ``captures``, ``bulletins``, ``customs``, ``looks``, ``findings``, ``visits``,
    ``ledger``, ``mementos``, ``portals``, ``hosts``, ``incidents``, ``histories``, ``rereading``, ``status``,
    ``coverage``, ``ticks``, ``freshness``.

    Every public writing method of the rooms meets a locked or full database sooner or later: it raises an
    :class:`~collector.errors.ArchiveError` and leaves no half of itself behind. Keep that so, and tested.
    """

    def __init__(
        self, path: Path | None, *, readonly: bool = False, current: bool = False, left: Files | None = None
    ) -> None:
        """Open the archive at ``path`` (None: in memory) and bring its schema up to date.

        ``readonly``: it stays as it is, and one of an older schema is read too, but not where ``current`` is asked for.
        ``left``: what it was when this daemon used it last; see :class:`~collector.archive.connection.Connection`.

        Raises:
            ArchiveError: see :class:`~collector.archive.connection.Connection`.
        """
        self.path = path
        oldest = SCHEMA_VERSION if current else OLDEST_READABLE
        self.connection = Connection(path, readonly=readonly, oldest=oldest, left=left)
        self.captures = Captures(self.connection)
        self.bulletins = Bulletins(self.connection)
        self.customs = Customs(self.connection)
        self.looks = Looks(self.connection)
        self.findings = Findings(self.connection)
        self.visits = Visits(self.connection)
        self.ledger = Ledger(self.connection)
        self.mementos = Mementos(self.connection)
        self.portals = Portals(self.connection)
        self.hosts = Hosts(self.connection)
        self.incidents = Incidents(self.connection)
        self.histories = Histories(self.connection)
        self.rereading = Rereading(self.connection)
        self.status = Status(self.connection)
        self.coverage = Coverage(self.connection)
        self.ticks = Ticks(self.connection)
        self.freshness = Freshness(self.connection)

    @classmethod
    def rehearsal(cls, path: Path) -> Archive:
        """Return an archive in memory that knows what ``path`` knows of listings and articles, to try a run on.

        Raises:
            ArchiveError: there is a file at ``path``, and it is not an archive.
        """
        archive = cls(None)
        if path.exists():
            Connection(path, readonly=True).close()
            archive.connection.copy_from(path, _LEDGER_TABLES, instead=_LEFT_BEHIND)
        return archive

    def snapshot(self, choice: Choice | None = None) -> AbstractContextManager[Snapshot]:
        """Return this moment of the archive, to be read in a block while others write; see :func:`snapshot.taken`."""
        return taken(self.connection, choice or Choice())

    def close(self) -> None:
        """Close; a transaction under way is rolled back."""
        self.connection.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
