"""What is counted for ``/metrics``: totals over the whole archive, so that a restart does not set a counter back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from collector.archive.connection import Connection
from collector.archive.stamps import instant


@dataclass(frozen=True, slots=True)
class Counts:
    """The totals of one moment; an incident of the archive's own has the portal ``""``."""

    runs: Mapping[tuple[str, str, str], int]  #: by portal, kind, verdict; those that ended
    requests: Mapping[str, int]  #: by portal
    received: Mapping[str, int]  #: bytes by portal
    articles: Mapping[tuple[str, str, str], int]  #: by portal, state, topic (``other``: off topic)
    revisions: Mapping[tuple[str, str], int]  #: by portal, kind
    open_failures: Mapping[tuple[str, str], int]  #: by portal, stage
    incidents: Mapping[tuple[str, str], int]  #: by portal, cause; open and closed
    open_incidents: Mapping[tuple[str, str], int]  #: by portal, cause
    ticks: Mapping[tuple[str, str], int]  #: by portal, state
    last_success: Mapping[str, float]  #: by portal, in seconds since 1970
    tick_lag: Mapping[str, float]  #: by portal, seconds from the due time of the last tick that ran to its start


def last_success(connection: Connection, portal: str) -> str | None:
    """Return when the last run of a portal ended that was ``complete`` or ``empty_expected``.

    From the newest backwards: most runs succeed, and a portal has 17,000 a year. A ``reparse`` asks no portal.
    """
    found = connection.value(
        "select finished_at from runs where portal = ? and source <> 'archive' and finished_at is not null "
        "and verdict in ('complete', 'empty_expected') order by started_at desc, id desc limit 1",
        [portal],
    )
    return None if found is None else str(found)


class Counting:
    """Counts one open archive again and again, and reads again only what may have become otherwise.

    Runs that ended and revisions stay as they are, and new ones have higher ids: to read all of them each time takes
    0.1 s at 50,000 bulletins, and 2.6 s where the disk has to be asked.
    """

    def __init__(self) -> None:
        self._version: int | None = None
        self._counts: Counts | None = None
        self._run = self._revision = 0  # the last one that is in the totals
        self._runs: Counter[tuple[str, str, str]] = Counter()
        self._requests: Counter[str] = Counter()
        self._received: Counter[str] = Counter()
        self._revisions: Counter[tuple[str, str]] = Counter()

    def counts(self, connection: Connection) -> Counts:
        """Return the totals; call it inside a read transaction, and with the same connection each time."""
        version = int(connection.value("pragma data_version"))  # it changes when another connection commits
        if self._counts is None or version != self._version:
            self._counts = self._count(connection)
            self._version = version
        return self._counts

    def _count(self, connection: Connection) -> Counts:
        self._add_revisions(connection)
        runs, requests, received = self._all_runs(connection)
        ids = [str(row["id"]) for row in connection.rows("select id from portals order by id")]
        successes = {portal: last_success(connection, portal) for portal in ids}
        lags = {portal: _tick_lag(connection, portal) for portal in ids}
        return Counts(
            runs=runs,
            requests=requests,
            received=received,
            articles=_articles(connection),
            revisions=dict(self._revisions),
            open_failures=_pairs(
                connection, "select portal, stage, count(*) as n from failures where resolved_at is null group by 1, 2"
            ),
            incidents=_pairs(
                connection, "select coalesce(portal, '') as portal, cause, count(*) as n from incidents group by 1, 2"
            ),
            # One that is over stays as a zero: a series that ends looks like a scrape that failed.
            open_incidents=_pairs(
                connection,
                "select coalesce(portal, '') as portal, cause, sum(closed_at is null) as n "
                "from incidents group by 1, 2",
            ),
            # One whose poll is under way is not counted yet: if that dies, it becomes another state's, and a total
            # that falls by one is a restart to Prometheus, which adds the whole of it once more.
            ticks=_pairs(
                connection,
                "select portal, state, count(*) as n from ticks "
                "where run is not null or state not in ('ran', 'late') group by 1, 2",
            ),
            last_success={portal: instant(at).timestamp() for portal, at in successes.items() if at is not None},
            tick_lag={portal: lag for portal, lag in lags.items() if lag is not None},
        )

    def _add_revisions(self, connection: Connection) -> None:
        last = int(connection.value("select coalesce(max(id), 0) from revisions"))
        for row in connection.rows(
            "select a.portal, r.kind, count(*) as n from revisions r join articles a on a.id = r.article "
            "where r.id > ? group by 1, 2",
            [self._revision],
        ):
            self._revisions[row["portal"], row["kind"]] += row["n"]
        self._revision = last

    def _all_runs(self, connection: Connection) -> tuple[Counter[tuple[str, str, str]], Counter[str], Counter[str]]:
        # Up to the first run that is still open, nothing becomes otherwise any more.
        settled = int(
            connection.value(
                "select coalesce(min(id) - 1, (select max(id) from runs), 0) from runs "
                "where id > ? and verdict is null",
                [self._run],
            )
        )
        _add_runs(connection, self._run, settled, self._runs, self._requests, self._received)
        self._run = settled
        runs, requests, received = self._runs.copy(), self._requests.copy(), self._received.copy()
        _add_runs(connection, settled, None, runs, requests, received)
        return runs, requests, received


def _add_runs(
    connection: Connection,
    after: int,
    to: int | None,
    runs: Counter[tuple[str, str, str]],
    requests: Counter[str],
    received: Counter[str],
) -> None:
    for row in connection.rows(
        "select portal, kind, verdict, count(*) as n, sum(requests) as requests, sum(bytes) as bytes from runs "
        "where id > :after and (:to is null or id <= :to) and verdict is not null group by 1, 2, 3",
        {"after": after, "to": to},
    ):
        runs[row["portal"], row["kind"], row["verdict"]] += row["n"]
        requests[row["portal"]] += row["requests"]
        received[row["portal"]] += row["bytes"]


def _articles(connection: Connection) -> Counter[tuple[str, str, str]]:
    """Count by portal, state and topic without reading a text: what is live and off topic is what remains.

    State and topic stand behind the text, and to read them from 50,000 rows takes seconds; two indexes have the live
    ones on topic and the portals, a third the few that are gone.
    """
    found: Counter[tuple[str, str, str]] = Counter()
    remaining: Counter[str] = Counter()
    for row in connection.rows("select portal, count(*) as n from articles group by 1"):
        remaining[row["portal"]] = row["n"]
    for row in connection.rows(
        "select portal, 'live' as state, 'labour' as topic, count(*) as n from articles indexed by idx_articles_portal "
        "where id in (select id from articles indexed by idx_articles_current "
        "where state = 'live' and topic = 'labour') group by 1 "
        "union all select portal, 'gone', coalesce(topic, 'other'), count(*) from articles "
        "where state = 'gone' group by 1, 3"
    ):
        found[row["portal"], row["state"], row["topic"]] += row["n"]
        remaining[row["portal"]] -= row["n"]
    for portal, n in remaining.items():
        found[portal, "live", "other"] += n
    return found


def _tick_lag(connection: Connection, portal: str) -> float | None:
    row = connection.row(
        "select due_at, started_at from ticks where portal = ? and started_at is not null "
        "order by due_at desc, id desc limit 1",
        [portal],
    )
    return None if row is None else (instant(row["started_at"]) - instant(row["due_at"])).total_seconds()


def _pairs(connection: Connection, sql: str) -> dict[tuple[str, str], int]:
    """Return by the first two columns the third."""
    return {(first, second): number for first, second, number in (row.values() for row in connection.rows(sql))}
