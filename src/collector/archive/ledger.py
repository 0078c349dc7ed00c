"""What was seen, when, and how it ended: runs, listings, failures. The ground of resume and of every verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from collector.archive.connection import Connection
from collector.archive.stamps import day, instant, stamp
from collector.archive.unread import unread, write_unread
from collector.model import ArticleRef, RunReport, Unread, Validators

#: Stages of a failure that a look at a bulletin in the portal itself makes good.
LOOKS = ("article", "recheck")


@dataclass(frozen=True, slots=True)
class ListedItem:
    """What the archive knows of one listed item."""

    source_id: str
    url: str
    title: str | None
    state: str  #: ``listed``, ``archived``, ``out_of_range``, ``failed`` or ``gone``
    known: bool  #: first listed by a walk that came to its end
    position: int  #: place in the section when it was last listed, from 0
    published_on: date | None  #: the article's day, else the listing's
    last_walk: int  #: the run that listed it last in the portal itself; 0: none did
    next_try_at: datetime | None  #: of its open failure


# The open failures are gathered once: asked for item by item, 5,000 of them beside 50,000 items took 30 s.
_ITEM = """
select l.source_id, l.url, l.title, l.state, l.position,
  iif((select source from runs where id = l.last_run) = 'live', l.last_run, 0) as last_walk,
  l.first_run <= coalesce(w.caught_up_run, 0) as known,
  coalesce(a.published_on, l.published_on) as published_on,
  f.next_try_at
from listings l left join _section_walks w on w.section = l.section
left join (select portal, source_id, max(next_try_at) as next_try_at from failures
  where resolved_at is null and source_id is not null group by portal, source_id) f
  on f.portal = l.portal and f.source_id = l.source_id
join portals p on p.id = l.portal
left join articles a on a.installation = p.installation and a.source_id = l.source_id
where l.section = ?
"""


# A bulletin that another section or an earlier address brought in is archived already; one that another section's
# walk found out of range or gone is so here too. Listed again after it was gone and off the list, it is wanted again.
# A gone item is wanted again when a walk went past its place without seeing it, to its end or not: then it has come
# back. One that every walk saw is a dead link that stays listed.
_NOTE_ITEM = """
insert into listings (portal, section, url, source_id, title, published_on, first_listed_at, last_listed_at, position,
  state, first_run, last_run)
values (:portal, :section, :url, :source_id, :title,
  coalesce(:published_on,
    (select o.published_on from listings o where o.portal = :portal and o.source_id = :source_id)),
  :now, :now, :position,
  case when exists (select 1 from articles a join portals p on p.installation = a.installation
    where p.id = :portal and a.source_id = :source_id) then 'archived'
  else coalesce((select o.state from listings o where o.portal = :portal and o.source_id = :source_id
    and o.state in ('out_of_range', 'gone')), 'listed') end,
  :run, :run)
on conflict (section, source_id) do update set url = excluded.url, title = excluded.title,
  published_on = coalesce(excluded.published_on, published_on), last_listed_at = excluded.last_listed_at,
  position = excluded.position,
  state = case when state = 'gone' and last_run < max(
    coalesce((select w.caught_up_run from _section_walks w where w.section = listings.section), 0),
    coalesce((select max(o.last_run) from listings o where o.section = listings.section and o.last_run < :run
      and o.position >= listings.position), 0)) then 'listed' else state end,
  last_run = excluded.last_run
"""

_NOTE_PAST_ITEM = """
insert into listings (portal, section, url, source_id, title, published_on, first_listed_at, last_listed_at, position,
  state, first_run, last_run)
values (:portal, :section, :url, :source_id, :title, :published_on, :at, :at, :position,
  iif(exists (select 1 from articles a join portals p on p.installation = a.installation
    where p.id = :portal and a.source_id = :source_id), 'archived', 'listed'), :run, :run)
on conflict (section, source_id) do update set title = coalesce(title, excluded.title),
  published_on = coalesce(published_on, excluded.published_on),
  first_listed_at = min(first_listed_at, excluded.first_listed_at),
  last_listed_at = max(last_listed_at, excluded.last_listed_at)
"""

_SAME_TITLE = (
    "(title = :title or (title glob '?*…' or title glob '?*...') and rtrim(title, ' .…') <> '' and "
    "substr(:title, 1, length(rtrim(title, ' .…'))) = rtrim(title, ' .…'))"
)


class Ledger:
    """``runs``, ``listings``, ``failures`` and how far each section was walked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- runs -----------------------------------------------------------------------------------------------------

    def begin_run(self, *, kind: str, portal: str, source: str, now: datetime) -> int:
        """Open a run and return its id; a run that a crash left open is closed as interrupted."""
        with self._connection.writing():
            self._connection.execute(
                "update runs set finished_at = ?, verdict = 'interrupted', evidence = ? "
                "where portal = ? and finished_at is null",
                [stamp(now), json.dumps({"stopped_early": "the process ended without closing this run"}), portal],
            )
            return self._connection.insert(
                "runs", {"kind": kind, "portal": portal, "source": source, "started_at": stamp(now)}
            )

    def finish_run(self, report: RunReport, now: datetime) -> None:
        """Write a run's end."""
        with self._connection.writing():
            self._connection.execute(
                "update runs set finished_at = ?, verdict = ?, evidence = ?, listed = ?, added = ?, revised = ?, "
                "unchanged = ?, gone = ?, failed = ?, requests = ?, bytes = ? where id = ?",
                [
                    stamp(now),
                    report.verdict.value,
                    json.dumps(report.evidence, ensure_ascii=False),
                    report.listed,
                    report.added,
                    report.revised,
                    report.unchanged,
                    report.gone,
                    report.failed,
                    report.requests,
                    report.bytes,
                    report.run,
                ],
            )

    # --- listings -------------------------------------------------------------------------------------------------

    def note_items(
        self,
        refs: Sequence[ArticleRef],
        *,
        portal: str,
        section: str,
        first_position: int,
        run: int,
        now: datetime,
        unread: Unread | None = None,
    ) -> None:
        """Remember every item of a listing page, whether or not it will ever be fetched.

        ``unread``: what of the listing is unread now that this page was read; both are written, or neither.
        """
        with self._connection.writing():
            if unread is not None:
                write_unread(self._connection, section, unread)
            for position, ref in enumerate(refs, first_position):
                row = {"portal": portal, "section": section, "now": stamp(now), "position": position, "run": run}
                self._connection.execute(_NOTE_ITEM, {**row, **_as_listed(ref)})

    def note_past_items(self, refs: Sequence[ArticleRef], *, portal: str, section: str, run: int, at: datetime) -> None:
        """Remember the items of a listing page as somebody else captured it: what later walks say of them stays.

        They stand behind everything that is listed: a position in a pager of years ago means nothing today.
        """
        with self._connection.writing():
            behind = self._connection.value("select max(position) + 1 from listings where section = ?", [section]) or 0
            for position, ref in enumerate(refs, behind):
                row = {"portal": portal, "section": section, "at": stamp(at), "position": position, "run": run}
                self._connection.execute(_NOTE_PAST_ITEM, {**row, **_as_listed(ref)})

    def items(self, section: str, source_ids: Sequence[str] | None = None) -> dict[str, ListedItem]:
        """Return a section's listed items by id (all, or those asked for), in the order of their positions."""
        asked, parameters = "", [section]
        if source_ids is not None:
            # As one parameter: a sitemap names 50,000, and a statement takes 32,766.
            asked = "and l.source_id in (select value from json_each(?))"
            parameters.append(json.dumps(list(source_ids)))
        rows = self._connection.rows(f"{_ITEM} {asked} order by l.position, l.id", parameters)
        return {row["source_id"]: _item(row) for row in rows}

    def belongs_to(self, portal: str, source_id: str, title: str) -> frozenset[str]:
        """Return the ids that are listed under this title when the item itself is listed under other titles only.

        A listed title may be cut off with an ellipsis. An item that is listed without a title (a picture, a sitemap)
        tells nothing.
        """
        own = self._connection.value(
            f"select count(*) = sum(not {_SAME_TITLE}) from listings "
            "where portal = :portal and source_id = :source_id and title is not null",
            {"portal": portal, "source_id": source_id, "title": title},
        )
        if not own:
            return frozenset()
        rows = self._connection.rows(
            f"select source_id from listings where portal = :portal and title is not null and {_SAME_TITLE}",
            {"portal": portal, "title": title},
        )
        return frozenset(row["source_id"] for row in rows)

    def section_of(self, portal: str, source_id: str) -> str | None:
        """Return the section that lists an item (the first that did, if several do), or None."""
        found = self._connection.value(
            "select section from listings where portal = ? and source_id = ? order by first_run, id limit 1",
            [portal, source_id],
        )
        return None if found is None else str(found)

    def settle(self, portal: str, source_id: str, state: str) -> None:
        """Set the state of an item in every section that lists it."""
        with self._connection.writing():
            self._connection.execute(
                "update listings set state = ? where portal = ? and source_id = ?", [state, portal, source_id]
            )

    def out_of_range(self, portal: str, source_id: str, published_on: date | None) -> None:
        """Note that an item was read and lies outside the range asked for, and which day its page names."""
        with self._connection.writing():
            self._connection.execute(
                "update listings set state = 'out_of_range', published_on = coalesce(?, published_on) "
                "where portal = ? and source_id = ?",
                [day(published_on), portal, source_id],
            )

    # --- walks ----------------------------------------------------------------------------------------------------

    def caught_up_run(self, section: str) -> int:
        """Return the last run whose walk of a section left nothing unread; 0: none did."""
        sql = "select caught_up_run from _section_walks where section = ?"
        return int(self._connection.value(sql, [section]) or 0)

    def ever_caught_up(self, section: str) -> bool:
        """Say whether a walk through this section ever came to its end."""
        found = self._connection.value("select caught_up_run from _section_walks where section = ?", [section])
        return found is not None

    def first_page(self, section: str) -> tuple[Validators, str | None]:
        """Return the validators and the items' hash of the section's first page, as of the last whole walk."""
        row = self._connection.row(
            "select first_page_etag, first_page_last_modified, items_hash from _section_walks where section = ?",
            [section],
        )
        if row is None:
            return Validators(), None
        return Validators(row["first_page_etag"], row["first_page_last_modified"]), row["items_hash"]

    def reached_end(self, section: str) -> bool:
        """Say whether some walk saw this section down to its pager's end."""
        return bool(self._connection.value("select reached_end from _section_walks where section = ?", [section]))

    def caught_up(
        self, section: str, *, run: int, validators: Validators, items_hash: str, reached_end: bool = False
    ) -> None:
        """Remember that everything listed was seen by a walk that came to its end, and whether to the pager's too.

        Only now are the first page's validators kept: kept earlier, a 304 would hide what an unfinished walk missed.
        """
        with self._connection.writing():
            self._connection.execute(
                "insert into _section_walks (section, caught_up_run, first_page_etag, first_page_last_modified, "
                "items_hash, reached_end) values (?, ?, ?, ?, ?, ?) on conflict (section) do update set "
                "caught_up_run = excluded.caught_up_run, reached_end = max(reached_end, excluded.reached_end), "
                "first_page_etag = excluded.first_page_etag, "
                "first_page_last_modified = excluded.first_page_last_modified, items_hash = excluded.items_hash",
                [section, run, validators.etag, validators.last_modified, items_hash, int(reached_end)],
            )

    def unread(self, section: str) -> Unread | None:
        """Return what of a section's listing nobody has read; None: never noted, so nobody knows."""
        return unread(self._connection, section)

    def note_unread(self, section: str, noted: Unread) -> None:
        """Remember what of a section's listing nobody has read."""
        with self._connection.writing():
            write_unread(self._connection, section, noted)

    # --- failures -------------------------------------------------------------------------------------------------

    def fail(
        self,
        *,
        portal: str,
        url: str,
        source_id: str | None,
        stage: str,
        error: BaseException,
        trace: str | None,
        capture: int | None,
        run: int,
        now: datetime,
        backoff: Callable[[int, datetime], datetime],
    ) -> int:
        """Record a failed page and return how many runs it has failed in; ``backoff`` gives the next try."""
        with self._connection.writing():
            known = self._connection.row(
                "select id, attempts, last_run from failures where portal = ? and url = ? and stage = ? "
                "and resolved_at is null",
                [portal, url, stage],
            )
            attempts = 1 if known is None else known["attempts"] + (known["last_run"] != run)
            row = {
                "error": type(error).__name__,
                "message": str(error),
                "traceback": trace,
                "last_at": stamp(now),
                "next_try_at": stamp(backoff(attempts, now)),
                "attempts": attempts,
                "capture": capture,
                "last_run": run,
            }
            if known is None:
                identity = {
                    "portal": portal,
                    "url": url,
                    "source_id": source_id,
                    "stage": stage,
                    "first_at": stamp(now),
                }
                self._connection.insert("failures", {**identity, **row})
            else:
                self._connection.update("failures", known["id"], row)
            if source_id is not None:
                self._connection.execute(
                    "update listings set state = 'failed' where portal = ? and source_id = ? "
                    "and state in ('listed', 'failed')",
                    [portal, source_id],
                )
            return int(attempts)

    def resolve(
        self,
        *,
        portal: str,
        url: str,
        source_id: str | None,
        stages: Collection[str],
        now: datetime,
        capture: int | None = None,
    ) -> None:
        """Close the open failures of an address, or of a bulletin under whatever address, in what was done since.

        Args:
            portal: which one.
            url: the address.
            source_id: the bulletin; None: only the address counts.
            stages: what was done: ``listing``, ``article``, ``recheck`` or ``history``.
            now: the instant.
            capture: of the past, the page that was read: another one of the same address is none of it.
        """
        with self._connection.writing():
            self._connection.execute(
                "update failures set resolved_at = ? where portal = ? and resolved_at is null "
                "and stage in (select value from json_each(?)) and (url = ? or source_id = ?) "
                "and (stage <> 'history' or capture is null or capture = ?)",
                [stamp(now), portal, json.dumps(sorted(stages)), url, source_id, capture],
            )

    def examined(self, *, portal: str, source_id: str, now: datetime) -> None:
        """Close the open failures of a bulletin's text to be examined."""
        with self._connection.writing():
            self._connection.execute(
                "update failures set resolved_at = ? where portal = ? and resolved_at is null "
                "and stage = 'evidence' and source_id = ?",
                [stamp(now), portal, source_id],
            )


def _as_listed(ref: ArticleRef) -> dict[str, str | None]:
    return {"url": ref.url, "source_id": ref.source_id, "title": ref.title, "published_on": day(ref.published_on)}


def _item(row: Mapping[str, object]) -> ListedItem:
    published, retry = row["published_on"], row["next_try_at"]
    return ListedItem(
        source_id=str(row["source_id"]),
        url=str(row["url"]),
        title=None if row["title"] is None else str(row["title"]),
        state=str(row["state"]),
        known=bool(row["known"]),
        position=int(str(row["position"])),
        published_on=None if published is None else date.fromisoformat(str(published)),
        last_walk=int(str(row["last_walk"])),
        next_try_at=None if retry is None else instant(str(retry)),
    )
