"""``ticks``: each time that a portal was due, what became of it, and the run that stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from collector.archive.connection import Connection
from collector.archive.stamps import instant, stamp
from collector.clock import MOST_AHEAD
from collector.duetimes import Tick, TickState

#: A run begins at once, or when whoever holds the database has let go; a later one is another's.
_PATIENCE = timedelta(minutes=2)
_OWN_RUN = (TickState.RAN.value, TickState.LATE.value)


class Ticks:
    """The daemon's side of the schedule, past."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_due(self, portal: str) -> datetime | None:
        """Return the due time that was noted last; None: no daemon has polled this portal."""
        if not self._connection.has("ticks"):
            return None  # an archive of before schema 6 is read too
        sql = "select due_at from ticks where portal = ? order by id desc limit 1"
        found = self._connection.value(sql, [portal])
        return None if found is None else instant(found)

    def note(self, ticks: Sequence[Tick], *, portal: str, started_at: datetime | None = None) -> None:
        """Write down due times; of one that has a run of its own also when it started."""
        with self._connection.writing():
            for tick in ticks:
                started = stamp(started_at) if started_at is not None and tick.state.value in _OWN_RUN else None
                row = {"portal": portal, "due_at": stamp(tick.due_at), "started_at": started, "state": tick.state.value}
                self._connection.insert("ticks", row)

    def ended(self, *, portal: str, run: int) -> None:
        """Let the due times that wait for a run have this one: its own, and those that it stands for."""
        with self._connection.writing():
            self._connection.execute(
                "update ticks set run = ? where portal = ? and run is null and state <> 'missed'", [run, portal]
            )

    def settle(self, portal: str, without: TickState) -> None:
        """Find the runs of due times whose polls ended without a word; one that began none becomes ``without``.

        Where the wall clock was set back, a run's own clock is ahead of the one that due times go by.
        """
        with self._connection.writing():
            self._connection.execute(
                "update ticks set run = (select min(r.id) from runs r where r.portal = ticks.portal "
                "and r.kind = 'poll' and r.started_at >= ticks.started_at "
                "and r.id > coalesce((select max(run) from ticks where portal = :portal), 0) "
                "and julianday(r.started_at) <= julianday(ticks.started_at) "
                "+ iif(coalesce(r.verdict, 'interrupted') = 'interrupted', :ahead, :patience)) "
                "where portal = :portal and run is null and state in ('ran', 'late')",
                {"portal": portal, "patience": _days(_PATIENCE), "ahead": _days(MOST_AHEAD)},
            )
            self._connection.execute(
                "update ticks set state = ? where portal = ? and run is null and state in ('ran', 'late')",
                [without.value, portal],
            )

    def past(self, limit: int, *, portals: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return the due times noted last, the newest first, each with its run's verdict."""
        chosen = f"where t.portal in ({', '.join('?' * len(portals))})" if portals else ""
        return self._connection.rows(
            "select t.portal, t.due_at, t.started_at, t.state, t.run, r.verdict, r.finished_at, "
            "cast(round((julianday(t.started_at) - julianday(t.due_at)) * 86400) as integer) as seconds_late "
            f"from ticks t left join runs r on r.id = t.run {chosen} order by t.id desc limit ?",
            [*portals, limit],
        )

    def was_interrupted(self, portal: str) -> bool:
        """Say whether the portal's last poll did not come to its end."""
        row = self._connection.row(
            "select verdict from runs where portal = ? and kind = 'poll' order by id desc limit 1", [portal]
        )
        return row is not None and row["verdict"] in (None, "interrupted")

    def newest_instant(self) -> datetime | None:
        """Return the latest instant at which anything was done, to tell whether a clock was set back since."""
        found = self._connection.value(
            "select max(at) from (select max(started_at) as at from runs union all select max(finished_at) from runs "
            "union all select * from (select fetched_at from captures where origin = 'live' "
            "order by fetched_at desc limit 1))"
        )
        return None if found is None else instant(found)


def _days(time: timedelta) -> float:
    return time / timedelta(days=1)
