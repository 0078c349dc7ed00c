"""``/metrics``: what the archive counts and the daemon knows, in Prometheus' text format.

Totals are the archive's, so that a restart sets no counter back. Names end as Prometheus' conventions say
(https://prometheus.io/docs/practices/naming/): ``_total`` for what only rises, base units otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from collector import __version__
from collector.archive.metrics import Counts
from collector.archive.onlooker import Onlooker, sqlite_version
from collector.errors import ArchiveError
from collector.health import DaemonState

_Samples = Iterable[tuple[tuple[str, ...], float]]  # by the labels' values


def exposition(state: DaemonState, archive: Onlooker, now: datetime) -> bytes:
    """Return all metrics of this moment.

    Of an archive that cannot be read there is ``collector_archive_up 0``, and no count: a zero would be a lie.
    """
    registry = CollectorRegistry()  # ours, because the library's own is shared by everything in the process
    registry.register(_Ours(state, archive, now))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Ours(Collector):
    def __init__(self, state: DaemonState, archive: Onlooker, now: datetime) -> None:
        self._state, self._archive, self._now = state, archive, now

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily(
            "collector_build",
            "The program's version and its SQLite's.",
            {"version": __version__, "sqlite": sqlite_version()},
        )
        yield from _of_the_daemon(self._state, self._now)
        counts: Counts | None
        try:
            counts = self._archive.counts()
        except ArchiveError:
            counts = None
        yield _gauge("archive_up", "Whether the archive can be read.", (), [((), float(counts is not None))])
        yield from self._of_the_files()
        if counts is not None:
            yield from _of_the_archive(counts)

    def _of_the_files(self) -> Iterator[Metric]:
        try:
            sizes = self._archive.sizes()
        except ArchiveError:
            return
        yield _gauge("archive_bytes", "Size of the archive's file.", (), [((), sizes.database)])
        yield _gauge("archive_wal_bytes", "Size of the write-ahead log beside it.", (), [((), sizes.wal)])
        yield _gauge("archive_free_bytes", "Bytes free on its disk.", (), [((), sizes.free)])


def _of_the_daemon(state: DaemonState, now: datetime) -> Iterator[Metric]:
    yield _counter("clock_steps", "Times that the clock was set since the start.", (), [((), state.clock_steps)])
    due = [(one, one.due_at) for one in state.portals if one.due_at is not None]
    times = [((one.portal,), at.timestamp()) for one, at in due]
    yield _gauge("next_due_timestamp_seconds", "When the portal is polled next.", ("portal",), times)
    overdue = [
        ((one.portal,), 0.0 if one.polling_since is not None else max(0.0, (now - at).total_seconds()))
        for one, at in due
    ]
    yield _gauge("overdue_seconds", "How long a poll that has not begun is due; 0: none is.", ("portal",), overdue)
    polling = [((one.portal,), float(one.polling_since is not None)) for one in state.portals]
    yield _gauge("polling", "Whether the portal is being polled.", ("portal",), polling)


def _of_the_archive(counts: Counts) -> Iterator[Metric]:
    yield _counter("runs", "Runs that ended.", ("portal", "kind", "verdict"), counts.runs.items())
    yield _counter("requests", "Requests sent in runs that ended.", ("portal",), _single(counts.requests))
    yield _counter("bytes", "Bytes received in runs that ended.", ("portal",), _single(counts.received))
    yield _counter("revisions", "States of bulletins that were recorded.", ("portal", "kind"), counts.revisions.items())
    yield _counter("incidents", "Incidents that were opened.", ("portal", "cause"), counts.incidents.items())
    yield _counter("ticks", "Due times, by what became of them.", ("portal", "state"), counts.ticks.items())
    articles, failures, incidents = counts.articles.items(), counts.open_failures.items(), counts.open_incidents.items()
    yield _gauge("articles", "Bulletins in the archive.", ("portal", "state", "topic"), articles)
    yield _gauge("failures_open", "Pages that could not be read yet.", ("portal", "stage"), failures)
    yield _gauge("incidents_open", "Incidents that are not over.", ("portal", "cause"), incidents)
    success, lag = _single(counts.last_success), _single(counts.tick_lag)
    yield _gauge("last_success_timestamp_seconds", "When the last complete run ended.", ("portal",), success)
    yield _gauge("tick_lag_seconds", "How long after its due time the last poll began.", ("portal",), lag)


def _single(values: Mapping[str, float]) -> _Samples:
    return [((portal,), value) for portal, value in values.items()]


def _counter(name: str, told: str, labels: tuple[str, ...], samples: _Samples) -> CounterMetricFamily:
    made = CounterMetricFamily(f"collector_{name}", told, labels=labels)
    for labelled, value in sorted(samples):
        made.add_metric(labelled, value)
    return made


def _gauge(name: str, told: str, labels: tuple[str, ...], samples: _Samples) -> GaugeMetricFamily:
    made = GaugeMetricFamily(f"collector_{name}", told, labels=labels)
    for labelled, value in sorted(samples):
        made.add_metric(labelled, value)
    return made
