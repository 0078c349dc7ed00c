"""What pages show of the archive: one bulletin with all that is known of it, and the home page. Reads only."""

from __future__ import annotations

from typing import Any

from collector.archive.connection import Connection

_BULLETIN = """
select a.id, a.installation, a.source_id, a.portal, a.section, a.url, a.title, a.lead, a.body, a.byline,
  a.published_on, a.published_at, a.event_on, a.place, a.topic, a.topic_score, a.topic_words, a.fields, a.state,
  a.first_seen_at, a.last_seen_at, a.changed_at, a.gone_at, a.revision, a.revision_count,
  p.name as portal_name, coalesce(p.attribution, p.publisher, p.name) as attribution, s.name as section_name
from articles a join portals p on p.id = a.portal left join sections s on s.id = a.section
where a.installation = ? and a.source_id = ?
"""

_FIGURES = """
select i.id, i.measure, m.name_vi, m.name_en, m.unit as canonical_unit, i.label, i.part, i.printed, i.value,
  i.value_max, i.unit, i.qualifier, i.direction, i.period, i.place, i.sentence, i.span_start, i.span_end, i.ambiguous
from indicators i left join measures m on m.id = i.measure
where i.revision = ? order by i.part desc, i.span_start, i.id
"""

# By the first sighting of each: a capture of the past may have come in after the portal's page of today.
_STATES = """
select r.id, r.kind, r.published_on, r.seen_at, r.parser_version, r.provenance,
  c.id as capture, c.fetched_at, c.origin, c.url as captured_url, c.http_status, c.sha256, c.size{texts}
from revisions r join captures c on c.id = r.capture
where r.article = ? order by c.fetched_at, r.id
"""


class Showing:
    """Questions that the pages ask. ``article`` and ``revision`` are ids, rows come by column."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def bulletin(self, installation: str, source_id: str) -> dict[str, Any] | None:
        """Return a bulletin as it stands now, with its portal's and section's names."""
        return self._connection.row(_BULLETIN, [installation, source_id])

    def address(self, article: int) -> tuple[str, str] | None:
        """Return installation and source id of a bulletin."""
        row = self._connection.row("select installation, source_id from articles where id = ?", [article])
        return None if row is None else (row["installation"], row["source_id"])

    def stands(self, figure: int) -> dict[str, Any] | None:
        """Return of a figure whose bulletin it is of, in which revision, and whether that is the latest."""
        return self._connection.row(
            "select a.installation, a.source_id, i.revision, i.revision = a.revision as current "
            "from indicators i join articles a on a.id = i.article where i.id = ?",
            [figure],
        )

    def figures(self, revision: int) -> list[dict[str, Any]]:
        """Return the figures of one state: the title's, then the body's, in the order of the text."""
        return self._connection.rows(_FIGURES, [revision])

    def appearances(self, revision: int) -> list[dict[str, Any]]:
        """Return who is named in one state, in the order of the text."""
        return self._connection.rows(
            "select id, person, title, part, span_start, span_end from appearances where revision = ? "
            "order by part desc, span_start, id",
            [revision],
        )

    def documents(self, revision: int) -> list[dict[str, Any]]:
        """Return the legal documents that one state cites, in the order of the text."""
        return self._connection.rows(
            "select id, number, kind, part, span_start, span_end from documents where revision = ? "
            "order by part desc, span_start, id",
            [revision],
        )

    def attachments(self, revision: int) -> list[dict[str, Any]]:
        """Return the files and pictures that one state links to."""
        return self._connection.rows(
            "select id, url, label, kind from attachments where revision = ? order by kind, id", [revision]
        )

    def states(self, article: int, *, texts: bool = False) -> list[dict[str, Any]]:
        """Return every state of a bulletin with the capture that it was read from, by the instant of that.

        ``texts``: with title, lead and body; of a bulletin of 1 MB with 30 states that is 30 MB.
        """
        return self._connection.rows(_STATES.format(texts=", r.title, r.lead, r.body" if texts else ""), [article])

    def corrections(self, article: int) -> list[dict[str, Any]]:
        """Return what editors changed in a bulletin, by the time it was seen; a measure with its names."""
        return self._connection.rows(
            "select c.id, c.revision, c.field, c.before, c.after, c.seen_at, m.name_vi, m.name_en "
            "from corrections c left join measures m on m.id = c.field where c.article = ? order by c.seen_at, c.id",
            [article],
        )

    def addresses(self, article: int) -> list[dict[str, Any]]:
        """Return the addresses that a bulletin was seen under."""
        return self._connection.rows(
            "select url, first_seen_at from article_urls where article = ? order by first_seen_at, url", [article]
        )

    def capture(self, capture: int) -> dict[str, Any] | None:
        """Return what is known of one capture, without its bytes."""
        return self._connection.row("select * from captures where id = ?", [capture])

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """Return the bulletins published last that are there and on topic, without their texts."""
        return self._connection.rows(
            "select a.installation, a.source_id, a.title, a.published_on, "
            "substr(coalesce(nullif(a.lead, ''), a.body), 1, 400) as lead, "
            "p.name as portal_name from articles a join portals p on p.id = a.portal "
            "where a.state = 'live' and a.topic = 'labour' order by a.published_on desc, a.id desc limit ?",
            [limit],
        )

    def counts(self) -> dict[str, Any]:
        """Return how many bulletins, figures that count, corrections and captures there are; first and last day."""
        row = self._connection.row(
            "select (select count(*) from articles) as bulletins, (select count(*) from _current_figures) as figures, "
            "(select count(*) from corrections) as corrections, "
            "(select count(*) from captures) as captures, "
            # The two ends one by one: asked for together SQLite reads the whole index.
            "(select min(published_on) from articles) as first_on, (select max(published_on) from articles) as last_on"
        )
        assert row is not None
        return row

    def health(self) -> list[dict[str, Any]]:
        """Return of each portal its last run, its last success and how many failures and incidents are open."""
        return self._connection.rows(
            "select p.name, r.finished_at, r.verdict, "
            "(select finished_at from runs where portal = p.id and source <> 'archive' "
            "and verdict in ('complete', 'empty_expected') order by started_at desc limit 1) as last_success_at, "
            "(select count(*) from failures where portal = p.id and resolved_at is null) as open_failures, "
            "(select count(*) from incidents where portal = p.id and closed_at is null) as open_incidents, "
            "p.id as portal "
            "from portals p left join runs r on r.id = (select id from runs where portal = p.id "
            "order by started_at desc, id desc limit 1) order by p.id"
        )


def machinery() -> tuple[tuple[str, bool], ...]:
    """Return the tables and views of this program's schema that only it needs, by name; True: it is a view."""
    connection = Connection(None)
    try:
        rows = connection.rows(
            "select name, type = 'view' as view from pragma_table_list "
            "where schema = 'main' and name not like 'sqlite\\_%' escape '\\' "
            "and (name like '\\_%' escape '\\' or type in ('shadow', 'virtual')) order by name"
        )
    finally:
        connection.close()
    return tuple((row["name"], bool(row["view"])) for row in rows)
