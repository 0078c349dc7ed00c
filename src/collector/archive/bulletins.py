"""The bulletins: articles, their revisions and corrections, their disappearance and return."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from collector.archive import search
from collector.archive.connection import Connection
from collector.archive.evidence import Findings
from collector.archive.revisions import Revisions, texts
from collector.archive.stamps import day, instant, stamp
from collector.model import (
    Bulletin,
    Change,
    Correction,
    Evidence,
    LookedAt,
    Outcome,
    StandingRevision,
    StoredArticle,
    Verdict,
)


class Bulletins:
    """``articles`` and what hangs on them; nothing is overwritten without a revision that keeps the earlier state."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._findings = Findings(connection)
        self._revisions = Revisions(connection)

    def stored(self, *, installation: str, source_id: str) -> StoredArticle | None:
        """Return what the archive holds under this id, or None."""
        row = self._connection.row(_STORED + "where a.installation = ? and a.source_id = ?", [installation, source_id])
        return None if row is None else StoredArticle(**row)

    def suspects(self, *, portal: str, run: int, now: datetime) -> list[StoredArticle]:
        """Return the bulletins with a reason to be gone: unlisted, with one strike from an earlier run, or failed at
        their last look and due again. They are looked at whether or not rechecks are on.
        """
        rows = self._connection.rows(
            f"{_STORED} where a.portal = :portal and coalesce({_NEXT_LOOK} <= :now, a.state = 'live' and "
            "(c.wanted is not null or exists (select 1 from _strikes s where s.article = a.id and s.run < :run))) "
            "order by a.id",
            {"portal": portal, "run": run, "now": stamp(now)},
        )
        return [StoredArticle(**row) for row in rows]

    def looked_at(self, *, portal: str, now: datetime, days: int) -> list[LookedAt]:
        """Return when each bulletin published (without a date: first seen) within ``days`` was looked at last.

        Gone ones are among them, so that a return is seen. One that failed at its last look is not: it waits for its
        next try among the suspects, or it would be the first in any order for ever.
        """
        rows = self._connection.rows(
            "select a.id, coalesce(a.published_on || 'T00:00:00Z', a.first_seen_at) as published_at, c.checked_at "
            "from articles a join _checks c on c.article = a.id where a.portal = :portal and :days > 0 "
            f"and coalesce(a.published_on, a.first_seen_at) >= :oldest and {_NEXT_LOOK} is null",
            {"portal": portal, "days": days, "oldest": day((now - timedelta(days=days)).date())},
        )
        return [LookedAt(row["id"], instant(row["published_at"]), instant(row["checked_at"])) for row in rows]

    def stored_as(self, articles: Sequence[int]) -> list[StoredArticle]:
        """Return what the archive holds of these articles, in their order."""
        rows = self._connection.rows(
            f"{_STORED} where a.id in (select value from json_each(?))", [json.dumps(list(articles))]
        )
        found = {row["id"]: StoredArticle(**row) for row in rows}
        return [found[article] for article in articles]

    def provenances(self, *, portal: str, limit: int) -> list[dict[str, str]]:
        """Return what filled the fields of the portal's last revisions of either kind, the latest first.

        Those written in a run that found the layout changed are left out: a fault must not become the custom. The
        latest run that began before a revision is the one that wrote it, because a portal has one run at a time.
        """
        rows = self._connection.rows(
            "select r.provenance from captures c join revisions r on r.capture = c.id where c.portal = :portal "
            "and (select verdict from runs where runs.portal = :portal and started_at <= r.seen_at "
            "order by started_at desc, id desc limit 1) is not :changed "
            "order by c.fetched_at desc, r.id desc limit :limit",
            {"portal": portal, "changed": Verdict.LAYOUT_CHANGED.value, "limit": limit},
        )
        return [json.loads(row["provenance"]) for row in rows]

    def want_check(self, *, portal: str, source_id: str, why: str) -> None:
        """Schedule a look at a bulletin; undone by the next look."""
        with self._connection.writing():
            self._connection.execute(
                "update _checks set wanted = ? where article = (select a.id from articles a join portals p "
                "on p.installation = a.installation where p.id = ? and a.source_id = ?)",
                [why, portal, source_id],
            )

    def append(
        self,
        bulletin: Bulletin,
        change: Change,
        *,
        portal: str,
        installation: str,
        section: str | None,
        listed_url: str,
        capture: int,
        now: datetime,
        evidence: Evidence | None,
        evidence_version: str,
        topic: str | None,
    ) -> int:
        """Write what a page says, as ``change`` has judged it, and return the article's id. All of it or nothing.

        ``evidence`` is what its words say (None: the examination failed, and the revision stays unexamined), ``topic``
        what was decided by it; both belong to a revision, so where nothing changed nothing of them is written.
        """
        with self._connection.writing():
            stored = self.stored(installation=installation, source_id=bulletin.source_id)
            known_hash = None if stored is None else stored.content_hash
            article = self._insert(bulletin, portal, installation, section, now) if stored is None else stored.id
            if change.content_hash != known_hash:
                revision = self._revise(article, bulletin, change, capture, now)
                self._now_reads(article, revision, bulletin, now)
                self._findings.note(
                    article=article, revision=revision, evidence=evidence, version=evidence_version, topic=topic
                )
            self._seen_now(article, capture, now)
            if stored is not None and not self._known_address(article, listed_url):
                self._connection.execute("update articles set url = ? where id = ?", [bulletin.url, article])
            self._note_addresses(article, portal, bulletin, listed_url, now)
            return article

    def insert_earlier(
        self,
        article: int,
        bulletin: Bulletin,
        change: Change,
        *,
        following: StandingRevision,
        corrections: Sequence[Correction],
        portal: str,
        listed_url: str,
        capture: int,
        captured_at: datetime,
        evidence: Evidence | None,
        evidence_version: str,
    ) -> None:
        """Write a state that a bulletin had before one that is known already; what it is now stays as it is.

        Args:
            article: its id.
            bulletin: what the earlier page says.
            change: as judged against the state before it; ``UNCHANGED``: it is that state, seen once more.
            following: the state after it. Where it says the same, it began here.
            corrections: what ``following`` changed in this state, in place of what it was thought to have changed.
            portal: which one.
            listed_url: the address that was captured.
            capture: id of the page.
            captured_at: when it was captured.
            evidence: as for :meth:`append`.
            evidence_version: as for :meth:`append`.
        """
        with self._connection.writing():
            if change.content_hash == following.content_hash:
                self._revisions.began_earlier(following.id, capture=capture, seen_at=captured_at)
            elif change.outcome is not Outcome.UNCHANGED:
                revision = self._revise(article, bulletin, change, capture, captured_at)
                self._revisions.correct(article, following.id, corrections, following.captured_at)
                self._findings.note_past(
                    article=article, revision=revision, evidence=evidence, version=evidence_version
                )
            self._seen_then(article, captured_at)
            self._note_addresses(article, portal, bulletin, listed_url, captured_at)

    def around(self, article: int, at: datetime) -> tuple[StandingRevision | None, StandingRevision | None]:
        """Return the state that a bulletin had at an instant (None: nobody saw it so early), and the next one known."""
        return self._revisions.around(article, at)

    def _seen_now(self, article: int, capture: int, now: datetime) -> None:
        self._connection.execute(
            "update articles set state = 'live', gone_at = null, last_seen_at = ? where id = ?", [stamp(now), article]
        )
        self._connection.execute("delete from _strikes where article = ?", [article])
        self._connection.execute(
            "insert into _checks (article, checked_at, capture) values (?, ?, ?) on conflict (article) do update "
            "set checked_at = excluded.checked_at, capture = excluded.capture, wanted = null",
            [article, stamp(now), capture],
        )

    def _seen_then(self, article: int, at: datetime) -> None:
        """Note that a bulletin was there at an instant in the past: that says nothing about what came later."""
        seen = {"article": article, "at": stamp(at)}
        self._connection.execute(
            "update articles set first_seen_at = min(first_seen_at, :at), last_seen_at = max(last_seen_at, :at) "
            "where id = :article",
            seen,
        )
        self._connection.execute("delete from _strikes where article = :article and seen_at <= :at", seen)

    def _known_address(self, article: int, url: str) -> bool:
        found = self._connection.value("select 1 from article_urls where article = ? and url = ?", [article, url])
        return found is not None

    def _note_addresses(self, article: int, portal: str, bulletin: Bulletin, listed_url: str, at: datetime) -> None:
        for url in dict.fromkeys((listed_url, bulletin.url)):
            self._connection.execute(
                "insert into article_urls values (?, ?, ?) on conflict do update "
                "set first_seen_at = min(first_seen_at, excluded.first_seen_at)",
                [article, url, stamp(at)],
            )
        self._connection.execute(
            "update listings set state = 'archived' where portal = ? and source_id = ?", [portal, bulletin.source_id]
        )

    def _insert(self, bulletin: Bulletin, portal: str, installation: str, section: str | None, now: datetime) -> int:
        article = self._connection.insert(
            "articles",
            {
                "portal": portal,
                "installation": installation,
                "source_id": bulletin.source_id,
                "section": section,
                "url": bulletin.url,
                **texts(bulletin),
                "state": "live",
                "first_seen_at": stamp(now),
                "last_seen_at": stamp(now),
                "changed_at": stamp(now),
                "revision_count": 0,
            },
        )
        search.add(self._connection.db, article, bulletin.title, bulletin.body)
        return article

    def _revise(self, article: int, bulletin: Bulletin, change: Change, capture: int, now: datetime) -> int:
        revision = self._revisions.insert(
            article,
            bulletin,
            kind="technical" if change.outcome is Outcome.REREAD else "editorial",
            content_hash=change.content_hash,
            corrections=change.corrections,
            capture=capture,
            seen_at=now,
        )
        self._connection.execute("update articles set revision_count = revision_count + 1 where id = ?", [article])
        return revision

    def _now_reads(self, article: int, revision: int, bulletin: Bulletin, now: datetime) -> None:
        """Make a revision the latest: the article says what it says, and is found by its words."""
        before = self._connection.row("select title, body from articles where id = ?", [article]) or {}
        if before != {"title": bulletin.title, "body": bulletin.body}:
            search.remove(self._connection.db, article, before["title"], before["body"])
            search.add(self._connection.db, article, bulletin.title, bulletin.body)
        self._connection.update(
            "articles", article, {**texts(bulletin), "revision": revision, "changed_at": stamp(now)}
        )

    def unchanged(self, article: int, now: datetime) -> None:
        """Note that the portal answered 304: it is there, as we have it."""
        with self._connection.writing():
            self._connection.execute(
                "update articles set last_seen_at = ?, state = 'live', gone_at = null where id = ?",
                [stamp(now), article],
            )
            self._connection.execute("delete from _strikes where article = ?", [article])
            self._connection.execute(
                "update _checks set checked_at = ?, wanted = null where article = ?", [stamp(now), article]
            )

    def strike(self, article: int, *, kind: str, run: int, now: datetime) -> Outcome:
        """Note that a bulletin was not at its address; gone when two different runs say so (CONTRACT 3)."""
        with self._connection.writing():
            self._connection.execute(
                "insert into _strikes values (?, ?, ?, ?) on conflict do nothing", [article, run, stamp(now), kind]
            )
            self._connection.execute(
                "update _checks set checked_at = ?, wanted = null where article = ?", [stamp(now), article]
            )
            strikes = self._connection.value("select count(*) from _strikes where article = ?", [article])
            state = self._connection.value("select state from articles where id = ?", [article])
            if state == "gone":
                return Outcome.UNCHANGED
            if strikes < 2:  # noqa: PLR2004
                return Outcome.MISSING
            self._connection.execute(
                "update articles set state = 'gone', gone_at = ? where id = ?", [stamp(now), article]
            )
            self._connection.execute(
                "update listings set state = 'gone' where (portal, source_id) = "
                "(select portal, source_id from articles where id = ?)",
                [article],
            )
            return Outcome.GONE


# Where it is listed now under an address that it was never read at, that one: the old one may be dead, and its 404
# would say nothing about the bulletin.
_STORED = """
select a.id, a.source_id, coalesce((
  select iif(u.url is null, l.url, a.url)
  from listings l left join article_urls u on u.article = a.id and u.url = l.url
  where l.portal = a.portal and l.source_id = a.source_id
  order by l.last_run desc, u.url is null limit 1), a.url) as url,
  a.state, r.content_hash, r.capture as revision_capture, c.capture as checked_capture
from articles a join revisions r on r.id = a.revision
join _checks c on c.article = a.id
"""

#: When a bulletin whose last look failed is looked at again; null where it did not fail.
_NEXT_LOOK = """
(select max(f.next_try_at) from failures f where f.portal = a.portal and f.source_id = a.source_id
and f.stage = 'recheck' and f.resolved_at is null)
"""
