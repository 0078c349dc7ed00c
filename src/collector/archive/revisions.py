"""The states of a bulletin in the order in which it was seen in them, whenever we came to know of each.

A web archive's capture of 2019 may come in after the portal's page of today, and a text that was edited and put back
has three states though two say the same. So each look at a bulletin is a sighting of one state at one moment, and a
state reaches from its first sighting to the next state's. Of several readings of one page the latest counts.
``articles.revision`` is the state of the last sighting.
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

_SIGHTINGS = (
    "select r.id, r.content_hash, r.capture, s.seen_at, coalesce(s.capture, r.capture) as shown_by from _sightings s "
    "join revisions first on first.id = s.revision join revisions r on r.id = (select max(id) from revisions "
    "where article = s.article and capture = first.capture) where s.article = ? "
)
_STANDING = _SIGHTINGS + "and s.seen_at {} ? order by s.seen_at {}, s.id {} limit 1"
#: What hangs on a revision and is copied with it, without their ids.
_COPIED = {
    "attachments": "article, url, label, kind",
    "indicators": "article, measure, label, part, printed, value, value_max, unit, qualifier, direction, period, "
    "place, sentence, span_start, span_end, rule, ambiguous",
    "appearances": "article, person, title, part, span_start, span_end",
    "documents": "article, number, kind, part, span_start, span_end",
}


class Revisions:
    """``revisions`` with their ``corrections`` and ``attachments``; call what writes inside ``writing()``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def around(self, article: int, at: datetime) -> tuple[StandingRevision | None, StandingRevision | None]:
        """Return the last sighting up to an instant, and the first one after it."""
        before = self._connection.row(_STANDING.format("<=", "desc", "desc"), [article, stamp(at)])
        after = self._connection.row(_STANDING.format(">", "asc", "asc"), [article, stamp(at)])
        return _standing(before), _standing(after)

    def sightings(self, article: int) -> list[StandingRevision]:
        """Return every sighting of a bulletin by time."""
        rows = self._connection.rows(_SIGHTINGS + "order by s.seen_at, s.id", [article])
        return [StandingRevision(**{**row, "seen_at": instant(row["seen_at"])}) for row in rows]

    def first_reading(self, revision: int) -> int:
        """Return the reading of a state that the editor's corrections hang on: readings that came later are ours."""
        found = self._connection.value(
            "select max(r.id) from revisions r join revisions s on s.article = r.article and s.capture = r.capture "
            "where s.id = ? and r.kind = 'editorial'",
            [revision],
        )
        return revision if found is None else int(found)

    def saw(self, article: int, revision: int, *, capture: int | None, at: datetime) -> None:
        """Note that a bulletin was seen in a state; ``capture`` None: the portal said that it had not changed."""
        if not self.has_seen(article, capture=capture, at=at):
            row = {"article": article, "seen_at": stamp(at), "capture": capture, "revision": revision}
            self._connection.insert("_sightings", row)

    def has_seen(self, article: int, *, capture: int | None, at: datetime) -> bool:
        """Say whether this very sighting is noted already."""
        found = self._connection.value(
            "select 1 from _sightings where article = ? and seen_at = ? and capture is ?", [article, stamp(at), capture]
        )
        return found is not None

    def shown_by(self, capture: int) -> tuple[int, int] | None:
        """Return which bulletin a page showed when it was captured, and the page that first showed that state."""
        row = self._connection.row(
            "select s.article, r.capture from _sightings s join revisions r on r.id = s.revision where s.capture = ? "
            "order by s.seen_at, s.id desc limit 1",
            [capture],
        )
        return None if row is None else (row["article"], row["capture"])

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

        All readings of the page that was its proof so far move together.
        """
        row = self._connection.row("select article, capture from revisions where id = ?", [revision])
        assert row is not None
        moved = {"capture": capture, "seen_at": stamp(seen_at), "article": row["article"], "proof": row["capture"]}
        self._connection.execute(
            "update corrections set seen_at = :seen_at where revision in (select id from revisions "
            "where article = :article and capture = :proof and kind = 'editorial')",
            moved,
        )
        self._connection.execute(
            "update revisions set capture = :capture, seen_at = iif(kind = 'editorial', :seen_at, seen_at) "
            "where article = :article and capture = :proof",
            moved,
        )

    def resume(self, state: StandingRevision, article: int) -> int:
        """Write a state once more, from ``state``'s moment on: another one came between; return the new revision's id.

        Every later sighting of it is one of the new revision, and so is the article if it was in this state.
        """
        columns = (
            "content_hash, title, lead, body, byline, published_on, published_at, parser_version, provenance, "
            "evidence_version"
        )
        again: dict[str, Any] = {"id": state.id, "article": article, "proof": state.capture}
        again["seen_at"] = stamp(state.seen_at)
        again["capture"] = self._proof_again(state, article)
        self._connection.execute(
            f"insert into revisions (article, kind, seen_at, capture, {columns}) "
            f"select article, 'editorial', :seen_at, :capture, {columns} from revisions where id = :id",
            again,
        )
        again["revision"] = self._connection.value("select max(id) from revisions")
        for table, names in _COPIED.items():
            self._connection.execute(
                f"insert into {table} (revision, {names}) select :revision, {names} from {table} where revision = :id "
                "order by id",
                again,
            )
        readings = "(select id from revisions where article = :article and capture = :proof)"
        self._connection.execute(
            f"update articles set revision = :revision where id = :article and revision in {readings}", again
        )
        self._connection.execute(
            "update _sightings set revision = :revision where article = :article and seen_at >= :seen_at "
            f"and revision in {readings}",
            again,
        )
        return int(again["revision"])

    def _proof_again(self, state: StandingRevision, article: int) -> int:
        """Return the page that proves a state which is written once more: one of that moment, and of no other state.

        Where the portal said "not modified" then, or an archive's index that the bytes are those of an earlier capture,
        that earlier page becomes a capture of this moment too.
        """
        seen: dict[str, Any] = {"article": article, "shown_by": state.shown_by, "at": stamp(state.seen_at)}
        if not self._connection.value(
            "select 1 from revisions where article = :article and capture = :shown_by union all "
            "select 1 from _sightings where article = :article and capture = :shown_by and seen_at < :at",
            seen,
        ):
            return state.shown_by
        columns = (
            "portal, url, final_url, http_status, headers, redirects, sha256, size, stored_size, origin, imported_at"
        )
        self._connection.execute(
            f"insert into captures (fetched_at, {columns}) select :at, {columns} from captures where id = :shown_by",
            seen,
        )
        seen["capture"] = self._connection.value("select max(id) from captures")
        self._connection.execute(
            "update _sightings set capture = :capture where id = (select min(id) from _sightings where "
            "article = :article and seen_at = :at and coalesce(capture, :shown_by) = :shown_by)",
            seen,
        )
        return int(seen["capture"])


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
    return None if row is None else StandingRevision(**{**row, "seen_at": instant(row["seen_at"])})
