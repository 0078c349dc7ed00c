"""What the portal's bulletins are like as they stand in the archive: the ground on which a new one is called odd."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from collector.archive.connection import Connection
from collector.archive.stamps import instant, read_day
from collector.model import Bulletin, StoredReading, Verdict

# What crawlers captured is no custom: they come by in years whose pages were built otherwise.
_LIVE = "c.origin in ('live', 'demo')"
#: Where controls are looked for, by an index each: held against every text of a section of 50,000 it takes a second.
_NEWEST = {
    True: "select id from articles where section = :section order by published_on desc limit 300",
    False: "select id from articles where portal = :portal order by id desc limit 300",
}
#: The listing that showed a bulletin last.
_LISTED = """
(select l.{} from listings l where l.portal = a.portal and l.source_id = a.source_id
order by l.last_run desc, l.id limit 1)
"""
_READING = f"""
select a.url, a.source_id, r.title, r.body, r.published_on, r.provenance, r.capture, c.fetched_at,
  {_LISTED.format("title")} as listed_title, {_LISTED.format("published_on")} as listed_on
"""


class Customs:
    """Latest revisions, read from the live portal."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def readings(self, *, portal: str, limit: int) -> list[StoredReading]:
        """Return the portal's bulletins that were read last, the latest first.

        Those read in a run that found the layout changed are left out, as in
        :meth:`~collector.archive.bulletins.Bulletins.provenances`.
        """
        rows = self._connection.rows(
            f"{_READING} from captures c join revisions r on r.capture = c.id "
            f"join articles a on a.revision = r.id where c.portal = :portal and {_LIVE} "
            "and (select verdict from runs where runs.portal = :portal and started_at <= r.seen_at "
            "order by started_at desc, id desc limit 1) is not :changed "
            "order by c.fetched_at desc, r.id desc limit :limit",
            {"portal": portal, "changed": Verdict.LAYOUT_CHANGED.value, "limit": limit},
        )
        return [_reading(row) for row in rows]

    def controls(
        self,
        *,
        portal: str,
        section: str | None,
        but: Bulletin,
        fields: Sequence[str],
        late: Collection[str],
        limit: int,
        only_late: bool = False,
    ) -> list[StoredReading]:
        """Return the bulletins that are there, the newest first, on which can be tried whether the layout is sound.

        Args:
            portal: whose.
            section: of this one, unless there is none in it; None: of any.
            but: the bulletin in question; one with the same title or text may be as wrong as it is.
            fields: those that selectors must have filled.
            late: ids of those that were read last, which come after all others: they may have been read after the
                change that is looked for, and nobody noticed.
            limit: at most so many.
            only_late: of ``late`` alone.
        """
        rows = self._connection.rows(
            f"{_READING} from articles a join revisions r on r.id = a.revision join captures c on c.id = r.capture "
            f"where a.id in ({_NEWEST[section is not None]}) and a.portal = :portal and a.state = 'live' and {_LIVE} "
            "and a.source_id <> :own and r.title <> :title and r.body <> :body "
            "and not exists (select 1 from json_each(:fields) f "
            "where coalesce(json_extract(r.provenance, '$.' || f.value), '') not glob 'selector:*') "
            "and (not :only_late or a.source_id in (select value from json_each(:late))) "
            "order by a.source_id in (select value from json_each(:late)), a.published_on desc, a.id desc limit :limit",
            {
                "portal": portal,
                "section": section,
                "own": but.source_id,
                "title": but.title,
                "body": but.body,
                "fields": json.dumps(list(fields)),
                "late": json.dumps(sorted(late)),
                "only_late": only_late,
                "limit": limit,
            },
        )
        if not rows and section is not None:
            return self.controls(
                portal=portal, section=None, but=but, fields=fields, late=late, limit=limit, only_late=only_late
            )
        return [_reading(row) for row in rows]

    def reading(self, article: int) -> StoredReading:
        """Return a bulletin as it is stored, wherever its page came from."""
        row = self._connection.row(
            f"{_READING} from articles a join revisions r on r.id = a.revision join captures c on c.id = r.capture "
            "where a.id = ?",
            [article],
        )
        assert row is not None
        return _reading(row)

    def refused(self, *, portal: str) -> bool:
        """Say whether a bulletin waits that was refused because the layout had changed."""
        found = self._connection.value(
            "select 1 from failures where portal = ? and resolved_at is null and error = 'LayoutChanged' limit 1",
            [portal],
        )
        return found is not None

    def listed(self, *, portal: str, source_id: str) -> tuple[str | None, date | None]:
        """Return title and day of an item as its listing shows them."""
        row = self._connection.row(
            "select title, published_on from listings where portal = ? and source_id = ? "
            "order by last_run desc, id limit 1",
            [portal, source_id],
        )
        return (None, None) if row is None else (row["title"], read_day(row["published_on"]))


def _reading(row: Mapping[str, Any]) -> StoredReading:
    return StoredReading(
        Bulletin(
            row["url"],
            row["source_id"],
            row["title"],
            row["body"],
            published_on=read_day(row["published_on"]),
            provenance=json.loads(row["provenance"]),
        ),
        capture=row["capture"],
        seen_at=instant(row["fetched_at"]),
        listed_title=row["listed_title"],
        listed_on=read_day(row["listed_on"]),
    )
