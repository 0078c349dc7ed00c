"""What is known to exist, and what of it is here: the ground of the coverage ledger. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.archive.connection import Connection
from collector.archive.stamps import instant, read_day
from collector.archive.unread import unread
from collector.model import KnownBulletin, KnownSection

# The last open failure of each bulletin, gathered once; a text that could not be examined is here all the same.
_LISTED = """
select l.portal, l.section, l.source_id, l.url, l.title, l.state, l.position, a.id is not null as held,
  iif((select source from runs where id = l.last_run) = 'live', l.last_run, 0) as last_walk,
  coalesce(a.published_on, l.published_on) as published_on, f.error || ': ' || f.message as failure
from listings l join portals p on p.id = l.portal
left join articles a on a.installation = p.installation and a.source_id = l.source_id
left join (select portal, source_id, error, message, max(last_at) from failures where resolved_at is null
  and source_id is not null and stage <> 'evidence' group by portal, source_id) f
  on f.portal = l.portal and f.source_id = l.source_id
where l.portal = ?
order by l.section, last_walk desc, l.position
"""

_NOT_LISTED = """
select a.portal, a.section, a.source_id, a.url, a.title, iif(a.state = 'gone', 'gone', 'archived') as state,
  1 as held, a.published_on
from articles a where a.portal = ?
and not exists (select 1 from listings l where l.portal = a.portal and l.source_id = a.source_id)
order by a.id
"""

# A capture of an error, a login or a redirect is no sign of a bulletin; one of which an index tells no status may be.
# What was read and lies out of the days that were asked for is here raw: nobody misses it.
_CAPTURED = """
select m.source_id, min(m.url) as url, count(*) as captures, min(m.captured_at) as first_captured_at,
  iif(max(m.state = 'out_of_range'), 'out_of_range', 'indexed') as state,
  group_concat(distinct iif(m.state in ('found', 'failed'), m.source, null)) as sources
from mementos m where m.portal = ? and m.kind = 'article' and m.source_id is not null
and coalesce(m.http_status, 200) = 200 and m.state <> 'no_content'
group by m.source_id order by m.source_id
"""

_HELD = """
select a.source_id from articles a join portals p on p.installation = a.installation where p.id = ?
"""


class Coverage:
    """Questions that ``coverage`` and ``run --gaps`` ask."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def portals(self) -> list[str]:
        """Return the ids of the portals that the archive knows."""
        return [row["id"] for row in self._connection.rows("select id from portals order by id")]

    def sections(self, *, portal: str) -> list[KnownSection]:
        """Return the sections of a portal, with what of each nobody has read."""
        rows = self._connection.rows(
            "select s.id, s.url, coalesce(w.reached_end, 0) as reached_end, not exists (select 1 from listings l "
            # A capture's listing is no walk, and none can break off: what only those have shown says nothing here.
            "join runs r on r.id = l.last_run and r.source = 'live' "
            "where l.section = s.id and l.first_run > coalesce(w.caught_up_run, 0)) as caught_up from sections s "
            "left join _section_walks w on w.section = s.id where s.portal = ? order by s.id",
            [portal],
        )
        noted = self._knows_history()
        return [
            KnownSection(
                row["id"],
                row["url"],
                unread=unread(self._connection, row["id"]) if noted else None,
                reached_end=bool(row["reached_end"]),
                caught_up=bool(row["caught_up"]),
            )
            for row in rows
        ]

    def bulletins(self, *, portal: str) -> list[KnownBulletin]:
        """Return every bulletin that is known of a portal: as its sections list it, then what no listing shows."""
        captured: dict[str, dict[str, Any]] = {}
        if self._knows_history():
            captured = {row["source_id"]: row for row in self._connection.rows(_CAPTURED, [portal])}
        rows = [*self._connection.rows(_LISTED, [portal]), *self._connection.rows(_NOT_LISTED, [portal])]
        found = [_bulletin(row, captured.get(row["source_id"], {})) for row in rows]
        here = {row["source_id"] for row in [*rows, *self._connection.rows(_HELD, [portal])]}
        only = [row for source_id, row in captured.items() if source_id not in here]
        return [*found, *(_bulletin({**row, "portal": portal}, row) for row in only)]

    def _knows_history(self) -> bool:
        """Say whether the file has what schema 4 brought: one that is only read is not brought up to date."""
        return self._connection.has("_unread")


def _bulletin(row: Mapping[str, Any], captured: Mapping[str, Any]) -> KnownBulletin:
    published, first, sources = row.get("published_on"), captured.get("first_captured_at"), captured.get("sources")
    return KnownBulletin(
        portal=row["portal"],
        source_id=row["source_id"],
        url=row["url"],
        section=row.get("section"),
        title=row.get("title"),
        state=row.get("state", "indexed"),
        held=bool(row.get("held")),
        published_on=read_day(published),
        last_walk=row.get("last_walk", 0),
        position=row.get("position"),
        failure=row.get("failure"),
        sources=tuple(sorted(sources.split(","), reverse=True)) if sources else (),
        captures=captured.get("captures", 0),
        first_captured_at=None if first is None else instant(first),
    )
