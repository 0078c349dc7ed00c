"""The states of a bulletin in the order of the pages that showed them, whenever we came to know of each.

A web archive's capture of 2019 may come in after the portal's page of today. So the order is the captures' own
instants; of several readings of one capture the latest counts. ``articles.revision`` is the last in this order.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.archive.connection import Connection
from collector.archive.stamps import day, instant, stamp
from collector.model import Bulletin, Correction, StandingRevision

#: Written beside each revision: which reading made it. Raised when the reading of pages changes.
PARSER_VERSION = "1"

#: Of several readings of one page of a bulletin, the last; ``r`` is the revision that is asked about.
LATEST_READING = (
    "not exists (select 1 from revisions x where x.article = r.article and x.capture = r.capture and x.id > r.id)"
)

_STANDING = (
    "select r.id, r.content_hash, r.capture, c.fetched_at as captured_at "
    "from revisions r join captures c on c.id = r.capture where r.article = ? and c.fetched_at {} ? "
    "order by c.fetched_at {}, r.id desc limit 1"
)


class Revisions:
    """``revisions`` with their ``corrections`` and ``attachments``; call what writes inside ``writing()``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def around(self, article: int, at: datetime) -> tuple[StandingRevision | None, StandingRevision | None]:
        """Return the state that held at an instant, and the next one that is known after it."""
        before = self._connection.row(_STANDING.format("<=", "desc"), [article, stamp(at)])
        after = self._connection.row(_STANDING.format(">", "asc"), [article, stamp(at)])
        return _standing(before), _standing(after)

    def insert(
        self,
        article: int,
        bulletin: Bulletin,
        *,
        kind: str,
        content_hash: str,
        corrections: Sequence[Correction],
        capture: int,
        seen_at: datetime,
        parser_version: str = PARSER_VERSION,
    ) -> int:
        """Write a state and return its id."""
        revision = self._connection.insert(
            "revisions",
            {
                "article": article,
                "kind": kind,
                "seen_at": stamp(seen_at),
                "content_hash": content_hash,
                **texts(bulletin),
                "capture": capture,
                "parser_version": parser_version,
                "provenance": json.dumps(dict(bulletin.provenance), ensure_ascii=False),
            },
        )
        owner = {"article": article, "revision": revision}
        rows = [{**owner, "url": one.url, "label": one.label, "kind": one.kind} for one in bulletin.attachments]
        self._connection.insert_all("attachments", rows)
        self.correct(article, revision, corrections, seen_at)
        return revision

    def correct(self, article: int, revision: int, corrections: Sequence[Correction], seen_at: datetime) -> None:
        """Write what a state changed in the one before it, in place of what was written before another came between."""
        self._connection.execute("delete from corrections where revision = ?", [revision])
        owner = {"article": article, "revision": revision, "seen_at": stamp(seen_at)}
        self._connection.insert_all(
            "corrections",
            [{**owner, "field": one.field, "before": one.before, "after": one.after} for one in corrections],
        )

    def began_earlier(self, revision: int, *, capture: int, seen_at: datetime) -> None:
        """Note that an earlier capture shows the same state: it held since then, and that page is its proof.

        Of several readings of the page that was its proof so far (a technical revision beside its first reading), all
        move together.
        """
        row = self._connection.row("select article, capture from revisions where id = ?", [revision])
        assert row is not None
        self._connection.execute(
            "update corrections set seen_at = ? where revision in (select id from revisions where article = ? "
            "and capture = ? and kind = 'editorial')",
            [stamp(seen_at), row["article"], row["capture"]],
        )
        self._connection.execute(
            "update revisions set capture = :capture, seen_at = iif(kind = 'editorial', :seen_at, seen_at) "
            "where article = :article and capture = :proof",
            {"capture": capture, "seen_at": stamp(seen_at), "article": row["article"], "proof": row["capture"]},
        )


def texts(bulletin: Bulletin) -> dict[str, Any]:
    """Return what an article and its revisions say alike, by column."""
    return {
        "title": bulletin.title,
        "lead": bulletin.lead,
        "body": bulletin.body,
        "byline": bulletin.byline,
        "published_on": day(bulletin.published_on),
        "published_at": None if bulletin.published_at is None else stamp(bulletin.published_at),
    }


def _standing(row: dict[str, Any] | None) -> StandingRevision | None:
    return None if row is None else StandingRevision(**{**row, "captured_at": instant(row["captured_at"])})
