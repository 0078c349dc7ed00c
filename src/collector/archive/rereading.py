"""What of the archive is to be read again, as it stands there, and what a second reading writes.

``_readings`` says by which reading a capture was last read again: what today's reading has confirmed is not due. An
editor's rows are never touched; a state that is read otherwise gets a ``technical`` revision of the same capture, which
stands right after it in the order of :mod:`collector.archive.revisions`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from collector.archive import search
from collector.archive.connection import Connection
from collector.archive.evidence import Findings
from collector.archive.revisions import LATEST_READING, Revisions, texts
from collector.archive.schema import SCHEMA_VERSION
from collector.archive.stamps import day, read_day, stamp
from collector.errors import ArchiveForeign
from collector.findings import Evidence
from collector.model import Bulletin


@dataclass(frozen=True, slots=True)
class LooseCapture:
    """A kept page that no revision was read from."""

    id: int
    portal: str
    url: str
    final_url: str
    failing: bool  #: it could not be read, and is waited for: an open failure says so, or a capture's own state
    untaken: bool  #: a capture of the past that held no bulletin, as it was read then
    unlisted: bool  #: a capture of a listing of which no item is known
    counted: bool  #: what its counter shows is recorded
    settled: bool  #: a capture of the past that was read and lies out of the range that was asked for


class Rereading:
    """``_readings``, and what it is about."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._revisions = Revisions(connection)
        self._findings = Findings(connection)

    # --- what is due ----------------------------------------------------------------------------------------------

    def refuse_older_schema(self) -> None:
        """Refuse an archive that a reader has opened and that lacks what this needs.

        Raises:
            ArchiveForeign: its schema is older than this program's.
        """
        version = self._connection.value("pragma user_version")
        if version < SCHEMA_VERSION:
            raise ArchiveForeign(
                f"{self._connection.path} has the older schema {version}; `collector run` or `collector reparse` "
                "without --dry-run brings it up to date"
            )

    def portals(self) -> dict[str, int]:
        """Return how many captures there are of each portal."""
        rows = self._connection.rows("select portal, count(*) as number from captures group by portal order by portal")
        return {row["portal"]: row["number"] for row in rows}

    def due(
        self,
        *,
        portal: str,
        readings: Mapping[str, str],
        examination: str,
        since: date | None,
        until: date | None,
        again: bool,
    ) -> list[int]:
        """Return the articles of a portal with a state that today's reading or examination has not seen.

        Args:
            portal: which one.
            readings: today's reading of each portal; a page of one that is not among them is read as ``portal``'s.
            examination: today's examination.
            since: published (as it is read so far) on this day or later, or undated.
            until: the same, or earlier.
            again: what was seen is due too.
        """
        rows = self._connection.rows(
            "with today as (select key as portal, value as version from json_each(:readings)) "
            "select distinct a.id from articles a join revisions r on r.article = a.id "
            "join captures c on c.id = r.capture left join today t on t.portal = c.portal "
            "left join _readings d on d.capture = c.id where a.portal = :portal "
            "and (:again or d.version is not coalesce(t.version, :own) or (r.evidence_version is not :examination "
            f"and {LATEST_READING})) "
            "and (a.published_on is null or a.published_on between :since and :until) order by a.id",
            {
                "portal": portal,
                "readings": json.dumps(dict(readings)),
                "own": readings[portal],
                "examination": examination,
                "since": day(since) or "",
                "until": day(until) or "9999",
                "again": again,
            },
        )
        return [row["id"] for row in rows]

    def loose(self, *, portal: str, reading: str, again: bool) -> list[LooseCapture]:
        """Return the pages of a portal that no revision was read from and that ``reading`` has not seen, by time."""
        rows = self._connection.rows(
            "select c.id, c.portal, c.url, c.final_url, "
            # Of a capture of the past its own state tells: a failure is one of its address, of whichever capture there.
            "exists (select 1 from failures f where f.capture = c.id and f.resolved_at is null "
            "and f.stage in ('article', 'recheck')) or exists (select 1 from mementos m where m.capture = c.id "
            "and m.kind <> 'home' and m.state = 'failed') as failing, "
            "exists (select 1 from mementos m where m.capture = c.id "
            "and m.kind = 'article' and m.state = 'no_content') as untaken, "
            "exists (select 1 from mementos m where m.capture = c.id "
            "and m.kind = 'listing' and m.state in ('failed', 'no_content')) as unlisted, "
            f"{_COUNTED} as counted, "
            "exists (select 1 from mementos m where m.capture = c.id and m.state = 'out_of_range') as settled "
            "from captures c left join _readings d on d.capture = c.id where c.portal = :portal "
            "and c.http_status = 200 and (:again or d.version is not :reading) "
            "and not exists (select 1 from revisions r where r.capture = c.id) order by c.fetched_at, c.id",
            {"portal": portal, "reading": reading, "again": again},
        )
        told = ("failing", "untaken", "unlisted", "counted", "settled")
        return [LooseCapture(**{**row, **{name: bool(row[name]) for name in told}}) for row in rows]

    def articles(self, installation: str) -> dict[str, tuple[int, date | None]]:
        """Return of each bulletin of an installation the article and its day, by the portal's own id."""
        rows = self._connection.rows(
            "select source_id, id, published_on from articles where installation = ?", [installation]
        )
        return {row["source_id"]: (row["id"], read_day(row["published_on"])) for row in rows}

    def listed(self, portal: str) -> dict[str, set[str]]:
        """Return the states in which a portal's sections list each item, by the portal's own id."""
        found: dict[str, set[str]] = {}
        for row in self._connection.rows("select source_id, state from listings where portal = ?", [portal]):
            found.setdefault(row["source_id"], set()).add(row["state"])
        return found

    def counted(self, capture: int) -> bool:
        """Say whether what a page's counter shows is recorded."""
        return self._connection.value("select 1 from visit_counts where capture = ?", [capture]) is not None

    # --- what a second reading writes -----------------------------------------------------------------------------

    def revise(
        self,
        article: int,
        bulletin: Bulletin,
        *,
        content_hash: str,
        capture: int,
        reading: str,
        latest: bool,
        now: datetime,
    ) -> int:
        """Write what a page is read as now, beside what it was read as, and return the revision's id.

        ``latest``: it is the page of the article's latest state, so the article and the search index follow; its
        ``changed_at`` stays, for nobody changed the bulletin.
        """
        with self._connection.writing():
            revision = self._revisions.insert(
                article,
                bulletin,
                kind="technical",
                content_hash=content_hash,
                corrections=(),
                capture=capture,
                seen_at=now,
                parser_version=reading,
            )
            self._connection.execute("update articles set revision_count = revision_count + 1 where id = ?", [article])
            if latest:
                before = self._connection.row("select title, body from articles where id = ?", [article]) or {}
                if before != {"title": bulletin.title, "body": bulletin.body}:
                    search.remove(self._connection.db, article, before["title"], before["body"])
                    search.add(self._connection.db, article, bulletin.title, bulletin.body)
                self._connection.update("articles", article, {**texts(bulletin), "revision": revision})
            return revision

    def examine(
        self,
        article: int,
        revision: int,
        evidence: Evidence | None,
        *,
        version: str,
        topic: str | None,
        latest: bool,
    ) -> None:
        """Write a text's evidence in place of what was written for it; the article follows its latest text."""
        if latest:
            self._findings.note(article=article, revision=revision, evidence=evidence, version=version, topic=topic)
        else:
            self._findings.note_past(article=article, revision=revision, evidence=evidence, version=version)

    def seen(self, captures: Iterable[tuple[int, str, Mapping[str, str] | None]]) -> None:
        """Note which reading has read which pages again, and what filled the fields where only that has changed."""
        with self._connection.writing() as db:
            db.conn.executemany(
                "insert into _readings (capture, version, provenance) values (?, ?, ?) on conflict do update "
                "set version = excluded.version, provenance = excluded.provenance",
                [
                    (capture, reading, None if found_by is None else json.dumps(dict(found_by), ensure_ascii=False))
                    for capture, reading, found_by in captures
                ],
            )

    def recovered(self, capture: int, *, now: datetime) -> None:
        """Note that a page of the past that could not be read has been read, so that nobody fetches it again."""
        self._connection.execute(
            "update mementos set state = 'imported', tried_at = ? where capture = ? "
            "and state in ('failed', 'no_content')",
            [stamp(now), capture],
        )

    def called_gone(self, portal: str, source_id: str) -> bool:
        """Say whether every section that lists an item calls it gone."""
        states = self._connection.rows(
            "select distinct state from listings where portal = ? and source_id = ?", [portal, source_id]
        )
        return states == [{"state": "gone"}]

    def still_gone(self, article: int, *, portal: str, source_id: str) -> None:
        """Let a bulletin be gone that its sections call gone: its page of before came to light, it did not come back.

        Gone since the last look that did not find it, which the failures tell; a page of after that look is its return.
        """
        row = {"article": article, "portal": portal, "source_id": source_id}
        looked = self._connection.value(
            "select max(last_at) from failures where portal = :portal and source_id = :source_id and stage = 'article'",
            row,
        )
        with self._connection.writing():
            self._connection.execute(
                "update articles set state = 'gone', gone_at = coalesce(:looked, last_seen_at) "
                "where id = :article and coalesce(:looked >= last_seen_at, 1)",
                {**row, "looked": looked},
            )
            self._connection.execute(
                "update listings set state = 'gone' where portal = :portal and source_id = :source_id "
                "and (select state from articles where id = :article) = 'gone'",
                row,
            )


_COUNTED = "exists (select 1 from visit_counts v where v.capture = c.id)"
