"""Looking again at bulletins: which are due, and what a look that does not find one means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from collector.archive.connection import Connection
from collector.archive.stamps import day, instant, stamp
from collector.model import LookedAt, Outcome, StoredArticle

# Where it is listed now under an address that it was never read at, that one: the old one may be dead, and its 404
# would say nothing about the bulletin.
STORED = """
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


class Looks:
    """``_checks`` and ``_strikes``: when a bulletin was looked at last, and the looks that did not find it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def suspects(self, *, portal: str, run: int, now: datetime, longest: timedelta) -> list[StoredArticle]:
        """Return the bulletins with a reason to be gone: unlisted, with one strike from an earlier run, or failed at
        their last look and due again. They are looked at whether or not rechecks are on.

        What is to be tried again only after more than ``longest`` was noted by a clock that was wrong, and is due.
        """
        rows = self._connection.rows(
            f"{STORED} where a.portal = :portal and coalesce({_NEXT_LOOK} not between :after and :latest, "
            "a.state = 'live' and (c.wanted is not null "
            "or exists (select 1 from _strikes s where s.article = a.id and s.run < :run))) "
            "order by a.id",
            {
                "portal": portal,
                "run": run,
                "after": stamp(now + timedelta(seconds=1)),
                "latest": stamp(now + longest),
            },
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
            f"{STORED} where a.id in (select value from json_each(?))", [json.dumps(list(articles))]
        )
        found = {row["id"]: StoredArticle(**row) for row in rows}
        return [found[article] for article in articles]

    def want_check(self, *, portal: str, source_id: str, why: str) -> None:
        """Schedule a look at a bulletin; undone by the next look."""
        with self._connection.writing():
            self._connection.execute(
                "update _checks set wanted = ? where article = (select a.id from articles a join portals p "
                "on p.installation = a.installation where p.id = ? and a.source_id = ?)",
                [why, portal, source_id],
            )

    def strike(self, article: int, *, kind: str, run: int, now: datetime) -> Outcome:
        """Note that a bulletin was not at its address; gone when two different runs say so (CONTRACT 3)."""
        with self._connection.writing():
            self._connection.execute(
                "insert into _strikes (article, run, seen_at, kind) select ?1, ?2, ?3, ?4 "
                "where not exists (select 1 from _strikes where article = ?1 and run = ?2) on conflict do nothing",
                [article, run, stamp(now), kind],
            )
            self._connection.execute(
                "update _checks set checked_at = ?, wanted = null where article = ?", [stamp(now), article]
            )
            return self._struck(article, now)

    def strike_then(self, article: int, *, kind: str, run: int, at: datetime) -> Outcome:
        """Note that a look of ours in the past did not find a bulletin: what was seen later counts for more."""
        with self._connection.writing():
            if self._connection.value("select last_seen_at > ? from articles where id = ?", [stamp(at), article]):
                return Outcome.UNCHANGED
            self._connection.execute(
                "insert into _strikes (article, run, seen_at, kind) values (?, ?, ?, ?) on conflict do nothing",
                [article, run, stamp(at), kind],
            )
            return self._struck(article, at)

    def _struck(self, article: int, at: datetime) -> Outcome:
        strikes = self._connection.value("select count(*) from _strikes where article = ?", [article])
        if self._connection.value("select state from articles where id = ?", [article]) == "gone":
            return Outcome.UNCHANGED
        if strikes < 2:  # noqa: PLR2004
            return Outcome.MISSING
        self._connection.execute("update articles set state = 'gone', gone_at = ? where id = ?", [stamp(at), article])
        self._connection.execute(
            "update listings set state = 'gone' where (portal, source_id) = "
            "(select portal, source_id from articles where id = ?)",
            [article],
        )
        return Outcome.GONE
