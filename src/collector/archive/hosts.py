"""What we promised hosts and must not forget between runs: their robots.txt and their Retry-After."""

from __future__ import annotations

from datetime import datetime

from collector.archive.connection import Connection
from collector.archive.stamps import instant, stamp
from collector.model import RobotsCopy


class Hosts:
    """The archive's side of :class:`collector.fetch.HostMemory`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def robots(self, origin: str) -> RobotsCopy | None:
        """Return the copy of an origin's robots.txt, however old."""
        row = self._connection.row("select fetched_at, status, body from _robots where origin = ?", [origin])
        return None if row is None else RobotsCopy(instant(row["fetched_at"]), row["status"], row["body"])

    def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Replace the copy of an origin's robots.txt."""
        with self._connection.writing():
            self._connection.execute(
                "insert into _robots (origin, fetched_at, status, body) values (?, ?, ?, ?) on conflict (origin) "
                "do update set fetched_at = excluded.fetched_at, status = excluded.status, body = excluded.body",
                [origin, stamp(copy.fetched_at), copy.status, copy.body],
            )

    def not_before(self, host: str) -> datetime | None:
        """Return the instant before which the host asked not to be asked again."""
        text = self._connection.value("select not_before from _hosts where host = ?", [host])
        return None if text is None else instant(text)

    def keep_not_before(self, host: str, instant: datetime) -> None:
        """Remember a host's Retry-After."""
        with self._connection.writing():
            self._connection.execute(
                "insert into _hosts (host, not_before) values (?, ?) "
                "on conflict (host) do update set not_before = excluded.not_before",
                [host, stamp(instant)],
            )
