"""What we promised hosts and must not forget between runs: their robots.txt, their Retry-After, our patience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from collector.archive.connection import Connection
from collector.archive.stamps import instant, stamp
from collector.model import RobotsCopy


@dataclass(frozen=True, slots=True)
class Silence:
    """A host that does not answer."""

    polls: int  #: that got no answer, in a row
    since: datetime
    next_try_at: datetime
    cause: str  #: of the last one, as :class:`collector.errors.Unreachable` has it


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

    def silence(self, host: str) -> Silence | None:
        """Return what is known of a host that does not answer; None: it does, or was never asked."""
        if not self._connection.has("_silent_hosts"):
            return None  # an archive of before schema 6 is read too
        row = self._connection.row("select * from _silent_hosts where host = ?", [host])
        if row is None:
            return None
        return Silence(row["polls"], instant(row["since"]), instant(row["next_try_at"]), row["cause"])

    def stayed_silent(
        self,
        host: str,
        *,
        cause: str,
        now: datetime,
        next_try: Callable[[int, datetime], datetime],
        counts: Callable[[int, datetime], bool] = lambda _polls, _next_try_at: True,
    ) -> Silence:
        """Count a poll without an answer; ``next_try`` says of the number of such polls when the next may come.

        ``counts`` says of the number so far and of that instant whether this is one more.
        """
        with self._connection.writing():
            before = self.silence(host)
            if before is not None and not counts(before.polls, before.next_try_at):
                return before
            polls = 1 if before is None else before.polls + 1
            known = Silence(polls, now if before is None else before.since, next_try(polls, now), cause)
            self._connection.execute(
                "insert into _silent_hosts (host, cause, polls, since, next_try_at) values (?, ?, ?, ?, ?) "
                "on conflict (host) do update set cause = excluded.cause, polls = excluded.polls, "
                "next_try_at = excluded.next_try_at",
                [host, cause, polls, stamp(known.since), stamp(known.next_try_at)],
            )
            return known

    def answered(self, host: str) -> None:
        """Forget that a host was silent."""
        with self._connection.writing():
            self._connection.execute("delete from _silent_hosts where host = ?", [host])
