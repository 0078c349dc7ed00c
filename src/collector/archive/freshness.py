"""On which days each section published, and on which day it was looked at last. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from collector.archive.connection import Connection
from collector.archive.stamps import read_day

#: UTC to a Vietnamese portal's day, the year round; ``idx_runs_day`` has the same.
_LOCAL = "'+7 hours'"

# An article belongs to the section that brought it in; the second part finds the others that list it too, and looks
# behind the texts of those only. An item without any day is news on the day when a poll first
# listed it: a section whose bulletins cannot be read, or print no day, is not silent. A backfill lists old ones.
# 25,000 bulletins of one portal, a half of an archive of 50,000, take 100 ms.
_DAYS = f"""
select a.section, a.published_on as day from sections s join articles a on a.section = s.id
where s.portal = :portal and a.published_on is not null
union select l.section, a.published_on from listings l join portals p on p.id = l.portal
join articles a on a.installation = p.installation and a.source_id = l.source_id and a.section is not l.section
where l.portal = :portal and a.published_on is not null
union select section, published_on from listings where portal = :portal and published_on is not null
union select l.section, date(l.first_listed_at, {_LOCAL}) from sections s
join listings l on l.section = s.id and l.state in ('listed', 'failed') join runs r on r.id = l.first_run
where s.portal = :portal and l.published_on is null and r.kind = 'poll' and r.source = 'live'
union select l.section, date(l.first_listed_at, {_LOCAL}) from sections s
join articles a on a.section = s.id and a.published_on is null
join listings l on l.section = a.section and l.source_id = a.source_id join runs r on r.id = l.first_run
where s.portal = :portal and l.published_on is null and r.kind = 'poll' and r.source = 'live'
"""

# A walk that found the first page unchanged lists nothing, and has seen the section all the same.
_SEEN = f"""
select s.id as section, date(max(
  coalesce((select max(last_listed_at) from listings where section = s.id), ''),
  coalesce((select r.started_at from _section_walks w join runs r on r.id = w.caught_up_run where w.section = s.id), '')
), {_LOCAL}) as seen_on
from sections s where s.portal = :portal order by s.id
"""


@dataclass(frozen=True, slots=True)
class SectionDays:
    """When one section published."""

    section: str  #: ``portal/section``
    days: tuple[date, ...]  #: publication days, local, each once, in order; as printed, so that some may be slips
    seen_on: date | None  #: local day on which its listing was read last; None: never


class Freshness:
    """What a section's rhythm is learned from."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sections(self, portal: str) -> list[SectionDays]:
        """Return the publication days of each section of a portal, by id."""
        days: defaultdict[str, list[date]] = defaultdict(list)
        for row in self._connection.rows(_DAYS, {"portal": portal}):
            if (day := _day(row["day"])) is not None:
                days[row["section"]].append(day)
        return [
            SectionDays(
                section=row["section"],
                days=tuple(sorted(days[row["section"]])),
                seen_on=_day(row["seen_on"]),
            )
            for row in self._connection.rows(_SEEN, {"portal": portal})
        ]


def _day(text: str | None) -> date | None:
    """Read a day; what is none (SQLite makes one of the year 4707 B.C. out of "2024") must not hide the others."""
    try:
        return read_day(text)
    except ValueError:
        return None
