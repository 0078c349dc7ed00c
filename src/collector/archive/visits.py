"""The portal's own visit statistics as a series, with our own page views beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from collector.archive.connection import Connection
from collector.archive.stamps import stamp
from collector.model import Page, VisitCount

#: Observations that show a total, in the order of the series: those of one second in the order in which they came.
_NEIGHBOUR = (
    "select id, observed_at, total, own_requests, reset from visit_counts "
    "where portal = ? and observed_at {} ? and total is not null order by observed_at {}, id {} limit 1"
)


class Visits:
    """``visit_counts``: appended, never smoothed; and ``visit_hours``, what they come to by the hour."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, visits: VisitCount, page: Page, *, portal: str, own_views: int, capture: int | None) -> None:
        """Append one observation.

        ``own_views`` are the page views that the collector itself caused since it last recorded any; those that no
        observation has carried yet are added. A total below the previous one is marked ``reset``.
        """
        with self._connection.writing():
            before = self._connection.value(
                "select total from visit_counts where portal = ? and total is not null "
                "order by observed_at desc, id desc limit 1",
                [portal],
            )
            fell = before is not None and visits.total is not None and visits.total < before
            self._append(visits, page, portal, own_views + self._uncounted(portal), reset=fell, capture=capture)
            self._connection.execute("delete from _uncounted_views where portal = ?", [portal])

    def record_past(self, visits: VisitCount, page: Page, *, portal: str, capture: int) -> None:
        """Append what a page of the past shows, once, at its place in time; none of its views were ours.

        What followed is compared with it now: ``reset`` of the next observation may become another. What was seen in
        the same second has no order.
        """
        at = stamp(page.fetched_at)
        with self._connection.writing():
            if self._connection.value("select 1 from visit_counts where capture = ?", [capture]):
                return
            before = self._neighbour(portal, at, "<", "desc")
            total = visits.total
            fell = before is not None and total is not None and total < before["total"]
            self._append(visits, page, portal, 0, reset=fell, capture=capture, compare_next=True)

    def _append(
        self,
        visits: VisitCount,
        page: Page,
        portal: str,
        own: int,
        *,
        reset: bool,
        capture: int | None,
        compare_next: bool = False,
    ) -> None:
        row: dict[str, Any] = {
            "portal": portal,
            "observed_at": stamp(page.fetched_at),
            **asdict(visits),
            "own_requests": own,
            "reset": int(reset),
            "capture": capture,
        }
        before = self._neighbour(portal, row["observed_at"], "<=", "desc")
        after = self._neighbour(portal, row["observed_at"], ">", "asc")
        self._connection.insert("visit_counts", row)
        if row["total"] is None:
            return
        self._count(portal, row, before)
        if after is None:
            return
        if compare_next:
            now = {**after, "reset": int(after["total"] < row["total"])}
            self._connection.update("visit_counts", after["id"], {"reset": now["reset"]})
        else:
            now = after
        # Between the two stands another one now: what the later one showed more than the earlier is shared anew.
        self._count(portal, now, row, instead_of=(after, before))

    def _neighbour(self, portal: str, at: str, sign: str, order: str) -> dict[str, Any] | None:
        return self._connection.row(_NEIGHBOUR.format(sign, order, order), [portal, at])

    def _count(
        self,
        portal: str,
        row: Mapping[str, Any],
        before: Mapping[str, Any] | None,
        *,
        instead_of: tuple[Mapping[str, Any], Mapping[str, Any] | None] | None = None,
    ) -> None:
        """Add an observation to its hour; ``instead_of``: it is there already, compared with another one before it."""
        risen, own_risen = _risen(row, before)
        counted = {"observations": 1, "resets": row["reset"], "own": row["own_requests"]}
        if instead_of is not None:
            earlier, own_earlier = _risen(*instead_of)
            risen, own_risen = risen - earlier, own_risen - own_earlier
            counted = {"observations": 0, "resets": row["reset"] - instead_of[0]["reset"], "own": 0}
        self._connection.execute(
            "insert into visit_hours (portal, hour, day, observations, resets, total, risen, own, own_risen) "
            "values (:portal, :hour, date(:hour, '+7 hours'), :observations, :resets, :total, :risen, :own, "
            ":own_risen) "
            "on conflict (portal, hour) do update set observations = observations + excluded.observations, "
            "resets = resets + excluded.resets, total = max(total, excluded.total), risen = risen + excluded.risen, "
            "own = own + excluded.own, own_risen = own_risen + excluded.own_risen",
            {
                "portal": portal,
                "hour": f"{row['observed_at'][:13]}:00Z",
                "total": row["total"],
                "risen": risen,
                "own_risen": own_risen,
                **counted,
            },
        )

    def remember_views(self, views: int, *, portal: str) -> None:
        """Keep page views that no observation carries yet for the next one."""
        if views:
            with self._connection.writing():
                self._connection.execute(
                    "insert into _uncounted_views (portal, views) values (?, ?) "
                    "on conflict (portal) do update set views = views + excluded.views",
                    [portal, views],
                )

    def _uncounted(self, portal: str) -> int:
        return int(self._connection.value("select views from _uncounted_views where portal = ?", [portal]) or 0)


def _risen(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[int, int]:
    """Return how far the counter rose to an observation, and how many of these views were ours.

    The first observation only opens the series, and one that follows a reset adds nothing: what was counted before it
    is not known.
    """
    if row["reset"]:
        return 0, row["own_requests"]
    return (0, 0) if before is None else (row["total"] - before["total"], row["own_requests"])
