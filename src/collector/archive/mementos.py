"""What others keep of a portal: the captures that their indexes tell of, and what became of each here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from collector.archive.connection import Connection
from collector.archive.stamps import instant, stamp
from collector.model import IndexPage, Memento


@dataclass(frozen=True, slots=True)
class FoundMemento:
    """A capture that somebody else keeps, as the archive knows of it."""

    id: int
    memento: Memento
    kind: str  #: ``article``, ``listing`` or ``home``
    source_id: str | None  #: of an article
    state: str  #: ``found``, ``imported``, ``out_of_range``, ``same``, ``no_content``, ``absent`` or ``failed``
    capture: int | None  #: of its page, where it was fetched


class Mementos:
    """``mementos``, and how far each index was walked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(
        self,
        page: IndexPage,
        kinds: Iterable[tuple[Memento, str, str | None]],
        *,
        portal: str,
        source: str,
        prefix: str,
        now: datetime,
    ) -> None:
        """Write what one answer of an index tells, and where it goes on: both or neither.

        Args:
            page: the answer.
            kinds: of its captures those that matter, each with its kind and, of an article, its id.
            portal: which one.
            source: who keeps them.
            prefix: what the index was asked for.
            now: the instant.
        """
        with self._connection.writing() as db:
            db.conn.executemany(
                "insert into mementos (portal, source, url, source_id, kind, captured_at, http_status, mimetype, "
                "digest, locator, state, found_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'found', ?) "
                # Where it is kept may change: Common Crawl repacks, a WARC file is moved.
                "on conflict do update set locator = excluded.locator",
                [
                    (
                        *(portal, source, one.url, source_id, kind, stamp(one.captured_at)),
                        *(one.status, one.mimetype, one.digest, one.locator, stamp(now)),
                    )
                    for one, kind, source_id in kinds
                ],
            )
            self._connection.execute(
                "insert into _index_walks (portal, source, prefix, resume, began_at, ended_at) "
                "values (?, ?, ?, ?, ?, ?) on conflict do update set resume = excluded.resume, "
                "ended_at = excluded.ended_at",
                [portal, source, prefix, page.resume, stamp(now), None if page.resume else stamp(now)],
            )

    def resume(self, *, portal: str, source: str, prefix: str) -> str | None:
        """Return where an interrupted walk of an index goes on; None: from the beginning."""
        found = self._connection.value(
            "select resume from _index_walks where portal = ? and source = ? and prefix = ?", [portal, source, prefix]
        )
        return None if found is None else str(found)

    def of(self, *, portal: str, source: str) -> list[FoundMemento]:
        """Return what a source keeps of a portal: listings and home pages by time, then each bulletin's captures."""
        rows = self._connection.rows(
            "select id, url, captured_at, http_status, mimetype, digest, locator, kind, source_id, state, capture "
            "from mementos where portal = ? and source = ? order by source_id, captured_at, id",
            [portal, source],
        )
        return [
            FoundMemento(
                row["id"],
                Memento(
                    row["url"],
                    instant(row["captured_at"]),
                    row["http_status"],
                    row["mimetype"],
                    row["digest"],
                    row["locator"],
                ),
                row["kind"],
                row["source_id"],
                row["state"],
                row["capture"],
            )
            for row in rows
        ]

    def settle(self, memento: int, state: str, *, now: datetime, capture: int | None = None) -> None:
        """Write what became of a capture."""
        with self._connection.writing():
            self._connection.execute(
                "update mementos set state = ?, tried_at = ?, capture = coalesce(?, capture) where id = ?",
                [state, stamp(now), capture, memento],
            )

    def capture(self, memento: int) -> int | None:
        """Return the id of a capture's page, where it was fetched."""
        found = self._connection.value("select capture from mementos where id = ?", [memento])
        return None if found is None else int(found)

    def lost(self, *, portal: str, source: str) -> int:
        """Return how many bulletins a source names whose captures could not be had or read, and that we do not have."""
        found = self._connection.value(
            "select count(*) from (select m.source_id from mementos m join portals p on p.id = m.portal "
            "where m.portal = ? and m.source = ? and m.kind = 'article' and m.state <> 'no_content' "
            "and not exists (select 1 from articles a where a.installation = p.installation "
            "and a.source_id = m.source_id) group by m.source_id "
            "having sum(m.state in ('absent', 'failed')) > 0 "
            "and sum(m.state in ('found', 'imported', 'out_of_range')) = 0)",
            [portal, source],
        )
        return int(found)

    def any(self, *, portal: str, source: str) -> bool:
        """Say whether a source has ever named a capture of the portal that matters."""
        found = self._connection.value(
            "select 1 from mementos where portal = ? and source = ? limit 1", [portal, source]
        )
        return found is not None
