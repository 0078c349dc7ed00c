"""What an archive says of itself: newest runs, counts, freshness, changes, visits. Reads only."""

from __future__ import annotations

from datetime import date
from typing import Any

from collector.archive.connection import Connection
from collector.archive.stamps import day


class Status:
    """Questions that ``status``, ``health`` and ``demo`` ask."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def portals(self) -> list[dict[str, Any]]:
        """One row a portal: last run, last success, articles live, gone and on topic, newest, open failures, visits."""
        return self._connection.rows(
            "select p.id as portal, r.kind as last_kind, r.started_at as last_started_at, r.finished_at as "
            "last_finished_at, r.verdict as last_verdict, "
            "(select max(finished_at) from runs where portal = p.id and source <> 'archive' "
            "and verdict in ('complete', 'empty_expected')) "
            "as last_success_at, "
            "(select count(*) from articles where portal = p.id and state = 'live') as live, "
            "(select count(*) from articles where portal = p.id and state = 'gone') as gone, "
            "(select count(*) from articles where portal = p.id and state = 'live' and topic = 'labour') as on_topic, "
            "(select max(published_on) from articles where portal = p.id) as newest_published_on, "
            "(select count(*) from failures where portal = p.id and resolved_at is null) as open_failures, "
            "(select count(*) from visit_counts where portal = p.id) as visit_counts "
            "from portals p left join runs r on r.id = (select max(id) from runs where portal = p.id) order by p.id"
        )

    def sections(self) -> list[dict[str, Any]]:
        """One row a section: items by state, newest bulletin, when it was last listed."""
        return self._connection.rows(
            "select s.id as section, count(l.id) as listed, coalesce(sum(l.state = 'archived'), 0) as archived, "
            "coalesce(sum(l.state in ('listed', 'failed')), 0) as missing, coalesce(sum(l.state = 'gone'), 0) as gone, "
            "coalesce(sum(l.state = 'out_of_range'), 0) as out_of_range, max(l.last_listed_at) as last_listed_at, "
            "(select max(published_on) from articles a where a.section = s.id) as newest_published_on "
            "from sections s left join listings l on l.section = s.id group by s.id order by s.id"
        )

    def portal(self, portal: str) -> dict[str, Any] | None:
        """Return what the archive knows of one portal, by column."""
        return self._connection.row("select * from portals where id = ?", [portal])

    def citation(self, article: str) -> dict[str, Any] | None:
        """Return what a citation says; ``article`` is an id, an address, or ``installation/source_id``.

        The capture is the one that the latest state was read from. ``wayback_at`` and ``wayback_page`` are that one's
        if the Wayback Machine made it, else those of its capture nearest in time that its index has named.
        """
        installation, _, source_id = article.rpartition("/")
        number = int(article) if article.isdecimal() and len(article) < 19 else None  # noqa: PLR2004 - 63 bits
        return self._connection.row(
            "select a.id as article, coalesce(p.attribution, p.publisher, p.name) as attribution, a.title, "
            "a.published_on, a.url, a.state, a.gone_at, c.fetched_at, c.origin, c.sha256, c.id as capture, "
            "iif(c.origin = 'wayback', c.fetched_at, m.captured_at) as wayback_at, "
            "iif(c.origin = 'wayback', c.url, m.url) as wayback_page "
            "from articles a join portals p on p.id = a.portal join revisions r on r.id = a.revision "
            "join captures c on c.id = r.capture left join mementos m on m.id = (select id from mementos "
            "where portal = a.portal and source_id = a.source_id and source = 'wayback' and kind = 'article' "
            "and state in ('found', 'imported', 'same') "
            "order by abs(julianday(captured_at) - julianday(c.fetched_at)), id limit 1) "
            # One after the other: joined by "or" they would read every article.
            "where a.id = coalesce((select id from articles where id = :number), "
            "(select min(article) from article_urls where url = :article), "
            "(select id from articles where installation = :installation and source_id = :source_id))",
            {"number": number, "article": article, "installation": installation, "source_id": source_id},
        )

    def published_since(self, portal: str, first: date) -> int:
        """Return how many of a portal's bulletins were published on that local day or later."""
        sql = "select count(*) from articles where portal = ? and published_on >= ?"
        return int(self._connection.value(sql, [portal, day(first)]))

    def failures(self, limit: int = 20) -> list[dict[str, Any]]:
        """Return the open failures, newest first."""
        return self._connection.rows(
            "select id, portal, url, stage, error, message, attempts, first_at, last_at, next_try_at from failures "
            "where resolved_at is null order by last_at desc, id desc limit ?",
            [limit],
        )

    def failure(self, number: int) -> dict[str, Any] | None:
        """Return one failure, open or resolved, with the capture of its page."""
        return self._connection.row(
            "select id, portal, url, stage, error, message, capture from failures where id = ?", [number]
        )

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """Return the bulletins published last."""
        return self._connection.rows(
            "select id, portal, title, published_on, url from articles where state = 'live' "
            "order by published_on desc, id desc limit ?",
            [limit],
        )

    def corrections(self, limit: int = 20) -> list[dict[str, Any]]:
        """Return what editors changed, newest first."""
        return self._connection.rows(
            "select a.title, c.field, c.before, c.after, c.seen_at from corrections c "
            "join articles a on a.id = c.article order by c.id desc limit ?",
            [limit],
        )

    def figures_by_month(self, measure: str, limit: int) -> list[dict[str, Any]]:
        """Return of each month in which bulletins tell of a measure the largest figure, the latest months first."""
        return self._connection.rows(
            "select substr(published_on, 1, 7) as month, period, direction, printed, unit, max(value) as value, "
            "sentence from current_indicators where measure = ? and published_on is not null "
            "group by 1 order by 1 desc limit ?",
            [measure, limit],
        )

    def gone(self, limit: int = 20) -> list[dict[str, Any]]:
        """Return the bulletins that disappeared, newest first."""
        return self._connection.rows(
            "select title, url, last_seen_at, gone_at, revision_count from articles where state = 'gone' "
            "order by gone_at desc, id desc limit ?",
            [limit],
        )

    def visits_by_hour(self, portal: str) -> list[dict[str, Any]]:
        """Return per UTC hour the last total, our own page views, and those of everybody else.

        The first observation only opens the series, and one that follows a reset adds nothing: what was counted
        before it is not known.
        """
        return self._connection.rows(
            "select hour, total, own, max(0, risen - own_risen) as others from visit_hours where portal = ? order by 1",
            [portal],
        )

    def size(self) -> dict[str, Any]:
        """Return how much the archive holds."""
        return self._connection.rows(
            "select (select count(*) from articles) as articles, (select count(*) from revisions) as revisions, "
            "(select count(*) from captures) as captures, (select coalesce(sum(size), 0) from captures) as bytes, "
            "(select coalesce(sum(length(body)), 0) from _capture_bodies) as stored_bytes, "
            "(select count(*) from current_indicators) as figures, "
            "(select count(distinct measure) from current_indicators) as measures, "
            "(select count(distinct person) from current_appearances) as people, "
            "(select count(distinct number) from current_documents) as documents"
        )[0]
