"""Bulletins as they stand in the archive: every state with its evidence, in the order of the pages that showed them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.archive.connection import Connection
from collector.archive.revisions import LATEST_READING, Revisions
from collector.archive.stamps import instant, read_day
from collector.findings import Appearance, CitedDocument, Evidence, Indicator, TopicScore
from collector.model import Attachment, Bulletin, StandingRevision


@dataclass(frozen=True, slots=True)
class StoredState:
    """One state of a bulletin, by the latest reading of the page that showed it."""

    revision: int
    capture: int
    portal: str  #: whose page it is
    captured_at: datetime  #: UTC
    content_hash: str
    bulletin: Bulletin
    evidence: Evidence
    evidence_version: str | None  #: None: nobody has examined it
    read_by: str | None  #: the reading that read its page again last
    found_by: Mapping[str, str] | None  #: what filled the fields then, where only that was not as the revision says
    counted: bool  #: what the page's counter shows is recorded
    latest: bool  #: the article says what it says


@dataclass(frozen=True, slots=True)
class StoredHistory:
    """A bulletin with all its states, in the order of their captures."""

    article: int
    portal: str
    source_id: str
    section: str | None
    topic: str | None
    states: tuple[StoredState, ...]


class Histories:
    """``revisions`` with all that hangs on them, read only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._revisions = Revisions(connection)

    def sightings(self, article: int) -> list[StandingRevision]:
        """Return when a bulletin was seen in which state, by time."""
        return self._revisions.sightings(article)

    def of(self, article: int) -> StoredHistory:
        """Return a bulletin with its states; of several readings of one page the latest."""
        row = self._connection.row("select * from articles where id = ?", [article])
        assert row is not None
        states = self._connection.rows(
            "select r.*, c.portal, c.fetched_at, d.version as read_by, d.provenance as found_by, "
            "exists (select 1 from visit_counts v where v.capture = c.id) as counted "
            "from revisions r join captures c on c.id = r.capture left join _readings d on d.capture = c.id "
            f"where r.article = ? and {LATEST_READING} order by c.fetched_at, r.id",
            [article],
        )
        return StoredHistory(
            article=article,
            portal=row["portal"],
            source_id=row["source_id"],
            section=row["section"],
            topic=row["topic"],
            states=tuple(self._state(one, row) for one in states),
        )

    def _state(self, row: dict[str, Any], article: dict[str, Any]) -> StoredState:
        latest = row["id"] == article["revision"]
        attachments = self._connection.rows(
            "select url, label, kind from attachments where revision = ? order by id", [row["id"]]
        )
        found_by = None if row["found_by"] is None else json.loads(row["found_by"])
        bulletin = Bulletin(
            url=article["url"],
            source_id=article["source_id"],
            title=row["title"],
            body=row["body"],
            lead=row["lead"],
            byline=row["byline"],
            published_on=read_day(row["published_on"]),
            published_at=None if row["published_at"] is None else instant(row["published_at"]),
            attachments=tuple(Attachment(**one) for one in attachments),
            provenance=found_by or json.loads(row["provenance"]),
        )
        return StoredState(
            revision=row["id"],
            capture=row["capture"],
            portal=row["portal"],
            captured_at=instant(row["fetched_at"]),
            content_hash=row["content_hash"],
            bulletin=bulletin,
            evidence=self._evidence(row["id"], article if latest else {}),
            evidence_version=row["evidence_version"],
            read_by=row["read_by"],
            found_by=found_by,
            counted=bool(row["counted"]),
            latest=latest,
        )

    def _evidence(self, revision: int, article: Mapping[str, Any]) -> Evidence:
        """Return a revision's evidence; what is said of the whole only where the article says it."""
        figures = self._connection.rows(
            f"select {', '.join(Indicator.__slots__)} from indicators where revision = ? order by id", [revision]
        )
        people = self._connection.rows(
            "select person as name, title, part, span_start, span_end from appearances where revision = ? order by id",
            [revision],
        )
        documents = self._connection.rows(
            "select number, kind, part, span_start, span_end from documents where revision = ? order by id", [revision]
        )
        return Evidence(
            indicators=tuple(Indicator(**{**one, "ambiguous": bool(one["ambiguous"])}) for one in figures),
            people=tuple(Appearance(**one) for one in people),
            documents=tuple(CitedDocument(**one) for one in documents),
            event_on=read_day(article.get("event_on")),
            place=article.get("place"),
            topic=TopicScore(article.get("topic_score") or 0.0),
        )
