"""The portal's own visit statistics as a series, with our own page views beside them."""

from __future__ import annotations

from dataclasses import asdict

from collector.archive.connection import Connection
from collector.archive.stamps import stamp
from collector.model import Page, VisitCount


class Visits:
    """``visit_counts``: appended, never smoothed."""

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
            before, after = (
                self._connection.row(
                    f"select id, total from visit_counts where portal = ? and observed_at {sign} ? "
                    f"and total is not null order by observed_at {order}, id {order} limit 1",
                    [portal, at],
                )
                for sign, order in (("<", "desc"), (">", "asc"))
            )
            total = visits.total
            fell = before is not None and total is not None and total < before["total"]
            self._append(visits, page, portal, 0, reset=fell, capture=capture)
            if after is not None and total is not None:
                self._connection.update("visit_counts", after["id"], {"reset": int(after["total"] < total)})

    def _append(
        self, visits: VisitCount, page: Page, portal: str, own: int, *, reset: bool, capture: int | None
    ) -> None:
        self._connection.insert(
            "visit_counts",
            {
                "portal": portal,
                "observed_at": stamp(page.fetched_at),
                **asdict(visits),
                "own_requests": own,
                "reset": int(reset),
                "capture": capture,
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
