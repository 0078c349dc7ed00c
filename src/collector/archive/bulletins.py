"""The bulletins: articles and what they said when, taken in from the portal or from the past."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from collector.archive import search
from collector.archive.connection import Connection
from collector.archive.evidence import Findings
from collector.archive.looks import STORED
from collector.archive.revisions import Revisions, texts
from collector.archive.stamps import read_day, stamp
from collector.findings import Evidence
from collector.model import Bulletin, Change, Correction, Outcome, StandingRevision, StoredArticle, Verdict


class Bulletins:
    """``articles`` and what hangs on them; nothing is overwritten without a revision that keeps the earlier state."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._findings = Findings(connection)
        self._revisions = Revisions(connection)

    def stored(self, *, installation: str, source_id: str) -> StoredArticle | None:
        """Return what the archive holds under this id, or None."""
        row = self._connection.row(STORED + "where a.installation = ? and a.source_id = ?", [installation, source_id])
        return None if row is None else StoredArticle(**row)

    def days(self, installation: str) -> dict[str, date | None]:
        """Return the day of every bulletin that the archive holds, by its id; None: its page prints none."""
        rows = self._connection.rows(
            "select source_id, published_on from articles where installation = ?", [installation]
        )
        return {row["source_id"]: read_day(row["published_on"]) for row in rows}

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
        past: bool = False,
        asked_by_us: bool = True,
    ) -> int:
        """Write what a page says, as ``change`` has judged it, and return the article's id. All of it or nothing.

        ``evidence`` is what its words say (None: the examination failed, and the revision stays unexamined), ``topic``
        what was decided by it; both belong to a revision, so where nothing changed nothing of them is written.
        ``past``: the page was captured at ``now``, later than every state that is known, and comes in today; whether
        the bulletin is there today it does not tell. ``asked_by_us``: at the address that the portal listed; crawlers
        of others come by any.
        """
        with self._connection.writing():
            stored = self.stored(installation=installation, source_id=bulletin.source_id)
            known_hash = None if stored is None else stored.content_hash
            article = self._insert(bulletin, portal, installation, section, now) if stored is None else stored.id
            revision = self._latest(article)
            if change.content_hash != known_hash or revision is None:
                revision = self._revise(article, bulletin, change, capture, now)
                self._now_reads(article, revision, bulletin, now)
                self._findings.note(
                    article=article, revision=revision, evidence=evidence, version=evidence_version, topic=topic
                )
            self._revisions.saw(article, revision, capture=capture, at=now)
            if past:
                self.seen_then(article, capture=capture, at=now)
            else:
                self._seen_now(article, capture, now)
            if asked_by_us and stored is not None and not self._known_address(article, listed_url):
                self._connection.execute("update articles set url = ? where id = ?", [bulletin.url, article])
            self._note_addresses(article, portal, bulletin, listed_url, now)
            return article

    def insert_earlier(
        self,
        article: int,
        bulletin: Bulletin,
        change: Change,
        *,
        before: StandingRevision | None,
        following: StandingRevision,
        began: bool,
        corrections: Sequence[Correction],
        portal: str,
        listed_url: str,
        capture: int,
        captured_at: datetime,
        evidence: Evidence | None,
        evidence_version: str,
    ) -> None:
        """Write a state that a bulletin had before it was seen in one that is known already; what it is now stays.

        Args:
            article: its id.
            bulletin: what the earlier page says.
            change: as judged against ``before``; ``UNCHANGED``: it is that state, seen once more.
            before: the last sighting before the page was captured, if any.
            following: the first one after it; where both are one state, it begins anew there.
            began: ``following`` says the same as the page: it held since then.
            corrections: what ``following`` changed in this state, in place of what it was thought to have changed.
            portal: which one.
            listed_url: the address that was captured.
            capture: id of the page.
            captured_at: when it was captured.
            evidence: as for :meth:`append`.
            evidence_version: as for :meth:`append`.
        """
        with self._connection.writing():
            if change.outcome is Outcome.UNCHANGED and before is not None:
                revision = before.id
            elif began:
                revision = following.id
                self._revisions.began_earlier(revision, capture=capture, seen_at=captured_at)
            else:
                revision = self._revise(article, bulletin, change, capture, captured_at)
                self._findings.note_past(
                    article=article, revision=revision, evidence=evidence, version=evidence_version
                )
                later = following.id
                if before is not None and before.capture == following.capture:
                    later = self._revisions.resume(following, article)
                    self._count_revision(article)
                self._revisions.correct(article, self._revisions.first_reading(later), corrections, following.seen_at)
            self._connection.execute(
                "update articles set changed_at = (select seen_at from revisions where id = ?) where id = ?",
                [self._revisions.first_reading(self._latest(article) or revision), article],
            )
            self._revisions.saw(article, revision, capture=capture, at=captured_at)
            self.seen_then(article, capture=capture, at=captured_at)
            self._note_addresses(article, portal, bulletin, listed_url, captured_at)

    def around(self, article: int, at: datetime) -> tuple[StandingRevision | None, StandingRevision | None]:
        """Return the last sighting of a bulletin up to an instant, and the first one after it; None: there is none."""
        return self._revisions.around(article, at)

    def was_seen(self, article: int, *, capture: int, at: datetime) -> bool:
        """Say whether the look at a bulletin that a page is of is noted already."""
        return self._revisions.has_seen(article, capture=capture, at=at)

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

    def seen_then(self, article: int, *, capture: int, at: datetime) -> None:
        """Note that a bulletin was there at an instant in the past: that says nothing about what came later."""
        seen = {"article": article, "capture": capture, "at": stamp(at)}
        with self._connection.writing():
            self._connection.execute(
                "update articles set first_seen_at = min(first_seen_at, :at), last_seen_at = max(last_seen_at, :at), "
                "state = iif(gone_at > :at, state, 'live'), gone_at = iif(gone_at > :at, gone_at, null) "
                "where id = :article",
                seen,
            )
            self._connection.execute("delete from _strikes where article = :article and seen_at <= :at", seen)
            self._connection.execute(
                "insert into _checks (article, checked_at, capture) values (:article, :at, :capture) "
                "on conflict (article) do update set checked_at = excluded.checked_at, capture = excluded.capture "
                "where excluded.checked_at > checked_at",
                seen,
            )

    def seen_again(self, capture: int, *, url: str, at: datetime) -> bool:
        """Note that the very page of a capture was there at a later moment in the past, perhaps at another address.

        False: nothing was noted, because the last sighting up to then is of another state than the page's.
        """
        with self._connection.writing():
            shown = self._revisions.shown_by(capture)
            if shown is None:
                return False
            article, proof = shown
            before, _ = self._revisions.around(article, at)
            if before is None or before.capture != proof:
                return False
            self._revisions.saw(article, before.id, capture=capture, at=at)
            self.seen_then(article, capture=capture, at=at)
            self._note_address(article, url, at)
            return True

    def _known_address(self, article: int, url: str) -> bool:
        found = self._connection.value("select 1 from article_urls where article = ? and url = ?", [article, url])
        return found is not None

    def _note_addresses(self, article: int, portal: str, bulletin: Bulletin, listed_url: str, at: datetime) -> None:
        for url in dict.fromkeys((listed_url, bulletin.url)):
            self._note_address(article, url, at)
        # One that is gone stays so when an old page of it comes in; called archived, its return would not be seen.
        self._connection.execute(
            "update listings set state = 'archived' where portal = ? and source_id = ? "
            "and (select state from articles where id = ?) = 'live'",
            [portal, bulletin.source_id, article],
        )

    def _note_address(self, article: int, url: str, at: datetime) -> None:
        self._connection.execute(
            "insert into article_urls values (?, ?, ?) on conflict do update "
            "set first_seen_at = min(first_seen_at, excluded.first_seen_at)",
            [article, url, stamp(at)],
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
        self._count_revision(article)
        return revision

    def _count_revision(self, article: int) -> None:
        self._connection.execute("update articles set revision_count = revision_count + 1 where id = ?", [article])

    def _latest(self, article: int) -> int | None:
        found = self._connection.value("select revision from articles where id = ?", [article])
        return None if found is None else int(found)

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
            latest = self._latest(article)
            assert latest is not None
            self._revisions.saw(article, latest, capture=None, at=now)
            self._connection.execute("delete from _strikes where article = ?", [article])
            self._connection.execute(
                "update _checks set checked_at = ?, wanted = null where article = ?", [stamp(now), article]
            )
