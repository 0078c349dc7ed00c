"""``/metrics``: well formed by Prometheus' own parser, and equal to what plain SQL counts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector import __version__
from collector.archive import Archive
from collector.archive.onlooker import Onlooker, sqlite_version
from collector.archive.stamps import stamp
from collector.duetimes import Tick, TickState
from collector.health import DaemonState, PortalState
from collector.metrics import exposition
from collector.model import RunReport, Verdict
from stored import BULLETIN, NOW, append, begin

HOUR = timedelta(hours=1)
HOSTILE = 'a"b\\c\nd} 1\n# EOF'
STATE = DaemonState(
    NOW - HOUR,
    (
        PortalState("tinh", due_at=NOW + HOUR, polling_since=None, trouble=None),
        PortalState(HOSTILE, due_at=NOW - HOUR, polling_since=None, trouble=None),
        PortalState("busy", due_at=NOW - HOUR, polling_since=NOW, trouble=None),
    ),
    clock_steps=3,
    clock=None,
    configuration=None,
    trouble=None,
)

# What each metric with labels is by plain SQL: the labels, then the value.
TRUTH = {
    "collector_runs_total": "select portal, kind, verdict, count(*) from runs where verdict is not null group by 1, 2, 3",
    "collector_requests_total": "select portal, sum(requests) from runs where verdict is not null group by 1",
    "collector_bytes_total": "select portal, sum(bytes) from runs where verdict is not null group by 1",
    "collector_revisions_total": "select portal, kind, count(*) from revisions r join articles a on a.id = r.article "
    "group by 1, 2",
    "collector_incidents_total": "select coalesce(portal, ''), cause, count(*) from incidents group by 1, 2",
    "collector_incidents_open": "select coalesce(portal, ''), cause, count(*) from incidents where closed_at is null "
    "group by 1, 2",
    "collector_ticks_total": "select portal, state, count(*) from ticks "
    "where run is not null or state not in ('ran', 'late') group by 1, 2",
    "collector_articles": "select portal, state, coalesce(topic, 'other'), count(*) from articles group by 1, 2, 3",
    "collector_failures_open": "select portal, stage, count(*) from failures where resolved_at is null group by 1, 2",
}
LABELS = {
    "collector_runs_total": ("portal", "kind", "verdict"),
    "collector_revisions_total": ("portal", "kind"),
    "collector_incidents_total": ("portal", "cause"),
    "collector_incidents_open": ("portal", "cause"),
    "collector_ticks_total": ("portal", "state"),
    "collector_articles": ("portal", "state", "topic"),
    "collector_failures_open": ("portal", "stage"),
}


@pytest.fixture
def onlooker(archive: Archive) -> Iterator[Onlooker]:
    assert archive.path is not None
    with Onlooker(archive.path) as opened:
        yield opened


def scraped(onlooker: Onlooker, state: DaemonState = STATE) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the samples by name and the labels' values, in the order of ``LABELS``."""
    samples = {}
    for family in text_string_to_metric_families(exposition(state, onlooker, NOW).decode()):
        assert family.documentation
        for sample in family.samples:
            names = LABELS.get(sample.name) or tuple(sorted(sample.labels))
            key = sample.name, tuple(sample.labels[name] for name in names)
            assert key not in samples, "one sample of each"
            samples[key] = sample.value
    return samples


def assert_true(archive: Archive, onlooker: Onlooker) -> None:
    """Compare every count with plain SQL; a zero is as good as no sample."""
    samples = scraped(onlooker)
    for name, sql in TRUTH.items():
        told = {labels: value for (metric, labels), value in samples.items() if metric == name and value}
        true = {tuple(row)[:-1]: float(tuple(row)[-1]) for row in archive.connection.db.execute(sql) if tuple(row)[-1]}
        assert told == true, name


def write(archive: Archive, sql: str, *parameters: object) -> None:
    with archive.connection.writing():
        archive.connection.execute(sql, parameters)


def fill(archive: Archive) -> int:
    """Put two portals' work into the archive and return a run that is still open."""
    write(
        archive,
        "insert into portals (id, name, base_url, installation) values (?, 'x', 'https://x.example/', ?)",
        HOSTILE,
        HOSTILE,
    )
    ended = begin(archive)
    open_run = archive.ledger.begin_run(kind="backfill", portal=HOSTILE, source="live", now=NOW)
    archive.ledger.finish_run(
        RunReport(ended, "tinh", "live", Verdict.COMPLETE, {}, requests=7, bytes=4096), NOW + HOUR
    )
    for number in range(5):
        append(archive, replace(BULLETIN, source_id=str(number), url=f"https://portal.example/tin/{number}"))
    write(archive, "update articles set topic = null where source_id in ('0', '1')")
    write(archive, "update articles set state = 'gone', gone_at = ? where source_id in ('1', '2')", stamp(NOW))
    write(archive, "update articles set portal = ? where source_id = '3'", HOSTILE)
    for stage, resolved in (("article", None), ("listing", None), ("listing", stamp(NOW))):
        write(
            archive,
            "insert into failures (portal, url, stage, error, message, first_at, last_at, attempts, resolved_at, "
            "last_run) values (?, 'https://x.example/', ?, 'x', 'x', '', '', 1, ?, ?)",
            HOSTILE,
            stage,
            resolved,
            ended,
        )
    for portal, cause, closed in (("tinh", "silent", None), ("tinh", "blocked", stamp(NOW)), (None, "disk_full", None)):
        write(
            archive,
            "insert into incidents (portal, cause, detail, first_at, opened_at, last_at, strikes, closed_at) "
            "values (?, ?, '', '', '', '', 3, ?)",
            portal,
            cause,
            closed,
        )
    for state, minutes, late in (("ran", 0, 2), ("late", 30, 75), ("missed", 60, None)):
        due = NOW + timedelta(minutes=minutes)
        started = None if late is None else stamp(due + timedelta(seconds=late))
        sql = "insert into ticks (portal, due_at, started_at, state) values ('tinh', ?, ?, ?)"
        write(archive, sql, stamp(due), started, state)
    return open_run


def test_no_total_falls_when_a_poll_dies(archive: Archive, onlooker: Onlooker) -> None:
    run = begin(archive)
    archive.ticks.note([Tick(NOW - HOUR, TickState.RAN)], portal="tinh", started_at=NOW - HOUR)
    archive.ticks.ended(portal="tinh", run=run)
    archive.ticks.note([Tick(NOW, TickState.RAN)], portal="tinh", started_at=NOW + HOUR)
    before = scraped(onlooker)
    archive.ticks.settle("tinh", TickState.MISSED)  # the process was killed before it began a run
    after = scraped(onlooker)
    states = {state: after.get(("collector_ticks_total", ("tinh", state)), 0.0) for state in TickState}
    assert states[TickState.RAN] == states[TickState.MISSED] == 1
    assert all(after.get(key, 0.0) >= number for key, number in before.items() if key[0].endswith("_total"))


def test_every_count_is_what_sql_counts(archive: Archive, onlooker: Onlooker) -> None:
    assert_true(archive, onlooker)
    open_run = fill(archive)
    assert_true(archive, onlooker)
    samples = scraped(onlooker)
    assert samples["collector_runs_total", ("tinh", "poll", "complete")] == 1
    assert samples["collector_bytes_total", ("tinh",)] == 4096
    assert samples["collector_articles", ("tinh", "gone", "other")] == 1
    assert samples["collector_last_success_timestamp_seconds", ("tinh",)] == (NOW + HOUR).timestamp()
    assert ("collector_last_success_timestamp_seconds", (HOSTILE,)) not in samples, "never is not 1970"
    assert samples["collector_tick_lag_seconds", ("tinh",)] == 75, "a missed tick has none"
    # From here on each scrape reads only what is new: it must stay true whatever happens between two.
    later = begin(archive)
    assert_true(archive, onlooker)
    archive.ledger.finish_run(RunReport(later, "tinh", "live", Verdict.BLOCKED, {}, requests=1), NOW)
    assert_true(archive, onlooker)
    archive.ledger.finish_run(RunReport(open_run, HOSTILE, "live", Verdict.INCOMPLETE, {}, requests=3, bytes=9), NOW)
    append(archive, replace(BULLETIN, source_id="9", url="https://portal.example/tin/9"))
    write(archive, "update articles set state = 'live', gone_at = null")
    write(archive, "update failures set resolved_at = ''")
    write(archive, "update incidents set closed_at = ''")
    assert_true(archive, onlooker)
    with Onlooker(Path(onlooker._path)) as another:
        assert scraped(another).keys() >= {one for one in scraped(onlooker) if one[0].startswith("collector")}
        assert_true(archive, another)
    assert scraped(onlooker)["collector_incidents_open", ("tinh", "silent")] == 0, "an incident that is over is a zero"


def test_a_portals_name_cannot_forge_a_line(archive: Archive, onlooker: Onlooker) -> None:
    fill(archive)
    text = exposition(STATE, onlooker, NOW).decode()
    assert "# EOF\n" not in text
    samples = scraped(onlooker)
    assert samples["collector_failures_open", (HOSTILE, "article")] == 1
    assert {labels[0] for (name, labels) in samples if name == "collector_next_due_timestamp_seconds"} == {
        "tinh",
        HOSTILE,
        "busy",
    }


def test_the_names_follow_prometheus_conventions(archive: Archive, onlooker: Onlooker) -> None:
    fill(archive)
    for family in text_string_to_metric_families(exposition(STATE, onlooker, NOW).decode()):
        for sample in family.samples:
            assert (family.type == "counter") == sample.name.endswith("_total"), sample.name
            assert sample.name.startswith(("collector_", "process_"))
            assert not sample.name.endswith(("_count", "_sum", "_bucket", "_milliseconds", "_minutes", "_kb", "_gauge"))
            assert not set(sample.labels) & {"instance", "job", "le", "quantile"}


def test_what_the_daemon_knows_is_there_without_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Onlooker(path) as onlooker:
        for harm in ("missing", "damaged"):
            samples = scraped(onlooker)
            assert samples["collector_archive_up", ()] == 0
            assert samples["collector_clock_steps_total", ()] == 3
            assert samples["collector_next_due_timestamp_seconds", ("tinh",)] == (NOW + HOUR).timestamp()
            overdue = [samples["collector_overdue_seconds", (portal,)] for portal in ("tinh", HOSTILE, "busy")]
            assert overdue == [0, 3600, 0]
            assert [samples["collector_polling", (portal,)] for portal in ("tinh", "busy")] == [0, 1]
            assert samples["collector_build_info", (sqlite_version(), __version__)] == 1
            assert samples["process_resident_memory_bytes", ()] > 1_000_000
            assert not any(name == "collector_runs_total" for name, _ in samples), "no count is better than a zero"
            assert (("collector_archive_bytes", ()) in samples) == (harm == "damaged")
            path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 8_000)
        path.unlink()
        with Archive(path) as archive:
            begin_size = path.stat().st_size
            samples = scraped(onlooker)
            assert (samples["collector_archive_up", ()], samples["collector_archive_bytes", ()]) == (1, begin_size)
            wal = path.with_name("archive.db-wal").stat().st_size
            assert samples["collector_archive_wal_bytes", ()] == wal
            assert archive.connection.value("select count(*) from portals") == 0


def test_a_scrape_does_not_wait_for_a_polls_transaction(archive: Archive, onlooker: Onlooker) -> None:
    fill(archive)
    before = scraped(onlooker)["collector_articles", ("tinh", "live", "labour")]
    found: list[float] = []
    with archive.connection.writing():
        append(archive, replace(BULLETIN, source_id="99", url="https://portal.example/tin/99"))
        scrape = threading.Thread(
            target=lambda: found.append(scraped(onlooker)["collector_articles", ("tinh", "live", "labour")]),
            daemon=True,
        )
        scrape.start()
        scrape.join(5)
        assert found == [before], "it tells what was committed"
    assert scraped(onlooker)["collector_articles", ("tinh", "live", "labour")] == before + 1
    # A look that kept its moment open would keep the WAL from being folded in, and let it grow.
    assert archive.connection.fold_in() == 0


def test_nothing_is_counted_again_while_nothing_is_written(archive: Archive, onlooker: Onlooker) -> None:
    fill(archive)
    first = onlooker.counts()
    assert onlooker.counts() is first
    begin(archive)
    assert onlooker.counts() is not first
