"""One pass over several portals: a thread each, one writer, one stop for all."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from collector import sweep
from collector.archive import Archive
from collector.config import replace_base
from collector.demo.newsroom import Newsroom
from collector.demo.site import ReplicaPortal
from collector.errors import ArchiveUnwritable
from collector.fetch import HttpSettings
from collector.logs import configure_logging
from collector.model import RunKind, Task, Verdict
from collector.stop import Stop
from collector.sweep import Sweep
from conftest import replica_profile
from faulty_portal import FaultyPortal
from stored import EXAMINING, PROFILE, page
from story_clock import StoryClock
from warcs import written

EVERYTHING = Task(RunKind.BACKFILL)


def sweep_over(archive: Archive, stop: Stop, clock: StoryClock) -> Sweep:
    return Sweep(archive=archive, http=HttpSettings(delay=0, retries=0), stop=stop, now=clock.now, examining=EXAMINING)


def test_several_portals_are_collected_side_by_side_into_one_archive(tmp_path: Path, clock: StoryClock) -> None:
    stop = Stop()
    with (
        ReplicaPortal(newsroom=Newsroom(count=25)) as one,
        ReplicaPortal(newsroom=Newsroom(count=40)) as other,
        Archive(tmp_path / "archive.db") as archive,
    ):
        profiles = [
            replace(replica_profile(site), id=name, installation=name) for site, name in ((one, "mot"), (other, "hai"))
        ]
        reports = sweep_over(archive, stop, clock).over(profiles, EVERYTHING)
        assert [(report.portal, report.verdict, report.added) for report in reports] == [
            ("mot", Verdict.COMPLETE, 25),
            ("hai", Verdict.COMPLETE, 40),
        ]
        assert archive.connection.value("pragma integrity_check") == "ok"
        assert archive.connection.rows("pragma foreign_key_check") == []
    stop.close()


def test_one_portal_that_is_down_does_not_keep_the_other_from_its_news(tmp_path: Path, clock: StoryClock) -> None:
    stop = Stop()
    with ReplicaPortal(newsroom=Newsroom(count=40)) as up, Archive(tmp_path / "archive.db") as archive:
        alive = replace(replica_profile(up), id="song", installation="song")
        with FaultyPortal() as gone:
            gone.down()
            dead = replace(replace_base(alive, gone.url), id="mat", installation="mat")
            reports = sweep_over(archive, stop, clock).over([dead, alive], EVERYTHING)
        assert [report.verdict for report in reports] == [Verdict.UNREACHABLE, Verdict.COMPLETE]
    stop.close()


def test_a_stop_reaches_every_portal_even_in_the_middle_of_an_answer(tmp_path: Path, clock: StoryClock) -> None:
    stop = Stop()
    with (
        ReplicaPortal(newsroom=Newsroom(count=5), latency=30) as one,
        ReplicaPortal(newsroom=Newsroom(count=5), latency=30) as other,
        Archive(tmp_path / "archive.db") as archive,
    ):
        profiles = [replace(replica_profile(site), id=name) for site, name in ((one, "mot"), (other, "hai"))]

        def when_one_answers_and_the_other_waits_its_turn() -> None:
            # Both live on one host: only one of them is asked at a time.
            while not (one.pending or other.pending):
                time.sleep(0.01)
            stop.request()

        asker = threading.Thread(target=when_one_answers_and_the_other_waits_its_turn)
        asker.start()
        reports = sweep_over(archive, stop, clock).over(profiles, EVERYTHING)
        asker.join()
        assert {report.verdict for report in reports} == {Verdict.INTERRUPTED}
    stop.close()


def test_a_full_archive_ends_the_pass_with_its_error(tmp_path: Path, clock: StoryClock) -> None:
    stop = Stop()
    with (
        ReplicaPortal(newsroom=Newsroom(count=60)) as site,
        Archive(tmp_path / "archive.db") as archive,
    ):
        profile = replica_profile(site)
        room = archive.connection.value("pragma page_count") + 60  # of 4 kB: some bulletins
        archive.connection.value(f"pragma max_page_count = {room}")
        with pytest.raises(ArchiveUnwritable, match="no room"):
            sweep_over(archive, stop, clock).over([profile], EVERYTHING)
        archive.connection.value("pragma max_page_count = 1000000")
        reports = sweep_over(archive, stop, clock).over([profile], EVERYTHING)
        assert reports[0].verdict is Verdict.COMPLETE
        assert archive.connection.value("select count(*) from articles") == 60
        assert archive.connection.value("select count(*) from runs where verdict = 'interrupted'") == 1
    stop.close()


def test_a_reader_that_never_lets_go_is_named_and_stops_nobody(
    tmp_path: Path, clock: StoryClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sweep, "WAL_LIMIT", 100_000)
    configure_logging("text", verbosity=0)
    stop = Stop()
    with ReplicaPortal(newsroom=Newsroom(count=25)) as site, Archive(tmp_path / "archive.db") as archive:
        reader = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
        reader.execute("begin")
        reader.execute("select count(*) from articles").fetchall()
        (report,) = sweep_over(archive, stop, clock).over([replica_profile(site)], EVERYTHING)
        assert report.verdict is Verdict.COMPLETE
        assert "keeps an old state open" in capsys.readouterr().err
        assert archive.connection.fold_in() > 100_000
        assert reader.execute("select count(*) from articles").fetchone() == (0,), "it still reads what it began with"
        reader.close()
        assert archive.connection.fold_in() == 0
        sweep_over(archive, stop, clock).over([replica_profile(site)], Task())
        assert "keeps an old state open" not in capsys.readouterr().err
    stop.close()


def test_every_line_of_a_run_names_its_portal_and_its_run(
    tmp_path: Path, clock: StoryClock, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("json")
    log = structlog.get_logger()
    captured = tmp_path / "captured.warc"
    captured.write_bytes(written([page()]))
    with (
        closing(Stop()) as stop,
        ReplicaPortal(newsroom=Newsroom(count=25)) as one,
        ReplicaPortal(newsroom=Newsroom(count=40)) as other,
        Archive(tmp_path / "archive.db") as archive,
    ):
        profiles = [
            replace(replica_profile(site), id=name, installation=name) for site, name in ((one, "mot"), (other, "hai"))
        ]
        # The step's own portal is left out: what is looked for is what the thread says of itself.
        over = replace(sweep_over(archive, stop, clock), report=lambda step: log.info(step.what, of=step.portal))
        reports = over.over(profiles, EVERYTHING)
        reports += over.over_the_past([PROFILE], EVERYTHING, f"warc:{captured}")
        log.info("between two polls")
    *lines, after = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) > 65
    runs = {report.portal: report.run for report in reports}
    assert {line["of"] for line in lines} == {"mot", "hai", "tinh"}
    assert all((line["portal"], line["run"]) == (line["of"], runs[line["of"]]) for line in lines)
    assert not {"portal", "run"} & after.keys()
