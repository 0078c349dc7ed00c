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
        since: datetime | None,
        now: datetime,
    ) -> None:
        """Write what one answer of an index tells, and where it goes on: both or neither.

        Args:
            page: the answer.
            kinds: of its captures those that matter, each with its kind and, of an article, its id.
            portal: which one.
            source: who keeps them.
            prefix: what the index was asked for.
            since: captures of before were left out.
            now: the instant.
        """
        with self._connection.writing() as db:
            db.conn.executemany(
                "insert into mementos (portal, source, url, source_id, kind, captured_at, http_status, mimetype, "
                "digest, locator, state, found_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'found', ?) "
                # Where it is kept may change: Common Crawl repacks, a folder of files gets more. Then it may be had.
                # Of two in one second (a redirect to itself that sets a cookie, and the page) the page counts.
                "on conflict do update set state = iif((state = 'absent' and locator <> excluded.locator) "
                "or (state = 'no_content' and http_status <> 200 and coalesce(excluded.http_status, 200) = 200), "
                "'found', state), locator = excluded.locator, http_status = excluded.http_status, "
                "mimetype = excluded.mimetype, digest = excluded.digest "
                "where coalesce(excluded.http_status, 200) = 200 or coalesce(http_status, 200) <> 200",
                [
                    (
                        *(portal, source, one.url, source_id, kind, stamp(one.captured_at)),
                        *(one.status, one.mimetype, one.digest, one.locator, stamp(now)),
                    )
                    for one, kind, source_id in kinds
                ],
            )
            self._connection.execute(
                "insert into _index_walks (portal, source, prefix, since, resume, began_at, ended_at) "
                "values (?, ?, ?, ?, ?, ?, ?) on conflict do update set since = excluded.since, "
                "resume = excluded.resume, ended_at = excluded.ended_at",
                [
                    *(portal, source, prefix, None if since is None else stamp(since)),
                    *(page.resume, stamp(now), None if page.resume else stamp(now)),
                ],
            )

    def resume(self, *, portal: str, source: str, prefix: str, since: datetime | None) -> str | None:
        """Return where an interrupted walk of an index goes on; None: from the beginning.

        Captures that it left out because they are older than ``since`` of then must not be missed by who asks for more.
        """
        found = self._connection.value(
            "select resume from _index_walks where portal = ? and source = ? and prefix = ? "
            "and (since is null or since <= ?)",
            [portal, source, prefix, None if since is None else stamp(since)],
        )
        return None if found is None else str(found)

    def bulletins(self, *, portal: str, source: str) -> list[str]:
        """Return the ids of the bulletins of which a source names captures that are not settled."""
        rows = self._connection.rows(
            "select source_id from mementos where portal = ? and source = ? and source_id is not null "
            "group by source_id having sum(state in ('found', 'failed', 'out_of_range')) > 0 order by source_id",
            [portal, source],
        )
        return [row["source_id"] for row in rows]

    def of(self, *, portal: str, source: str, source_id: str | None) -> list[FoundMemento]:
        """Return what a source keeps of one bulletin by time; of None: of the listings and home pages.

        One bulletin at a time: 500,000 captures at once are 600 MB.
        """
        rows = self._connection.rows(
            "select id, url, captured_at, http_status, mimetype, digest, locator, kind, source_id, state, capture "
            "from mementos where portal = ? and source = ? and source_id is ? order by captured_at, id",
            [portal, source, source_id],
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

    def became(self, memento: int) -> tuple[str, int | None]:
        """Return a capture's state by now, and the id of its page where it was fetched."""
        row = self._connection.row("select state, capture from mementos where id = ?", [memento])
        assert row is not None
        return row["state"], row["capture"]

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
