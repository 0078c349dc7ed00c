"""The daemon: polls when due, answers probes, ends when asked, and is alone."""

from __future__ import annotations

import json
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from collector.demo.loopback import Response
from collector.demo.newsroom import Newsroom
from collector.demo.site import ReplicaPortal
from collector.health import ask_health
from ports import free_port
from workplace import Workplace


def wait_for(what: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_the_daemon_polls_answers_and_ends_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    with ReplicaPortal(newsroom=Newsroom(count=30)) as portal:
        place = Workplace(tmp_path, portal.base_url, port=port)
        with place.start("--log-format", "json", "daemon") as process:
            wait_for(lambda: place.archive.exists() and ask_health("127.0.0.1", port)[1].get("portals"))
            wait_for(lambda: len(place.rows("select 1 from runs where verdict is not null")) >= 2)
            fresh = [str(one) for one in portal.newsroom.publish(2)]
            wait_for(lambda: len(place.rows(f"select 1 from articles where source_id in ({', '.join(fresh)})")) == 2)
            healthy = place.run("health")
            assert (healthy.returncode, healthy.stdout.strip()) == (0, "ok")
            second = place.run("run")
            assert second.returncode == 4
            assert second.stderr.startswith("Error: archive.db is held by `collector daemon` (process ")
            assert str(process.pid) in second.stderr
            process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            _, err = process.communicate(timeout=20)
        assert process.returncode == 0, err
        assert time.monotonic() - started < 10
        lines = [json.loads(line) for line in err.splitlines()]
        assert {"daemon started", "run finished", "daemon stopped"} <= {line["event"] for line in lines}
        assert place.faults() == []
        assert place.run("health").returncode == 1


def test_an_archive_that_a_daemon_begins_knows_the_places_and_whom_its_portals_speak_for(tmp_path: Path) -> None:
    with ReplicaPortal(newsroom=Newsroom(count=30)) as portal:
        place = Workplace(tmp_path, portal.base_url, port=free_port())
        settings = tmp_path / "config" / "portals" / "tinh.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace('id = "tinh"\n', 'id = "tinh"\nplace = "soc-trang"\n', 1), encoding="utf-8")
        with place.start("-q", "daemon") as process:
            wait_for(lambda: place.archive.exists() and ("complete",) in place.rows("select verdict from runs"))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
        sql = "select p.place, today.name from portals p join places s on s.id = p.place join places today on today.id = s.today"
        assert place.rows(sql) == [("soc-trang", "Cần Thơ")]


def test_sigterm_in_the_middle_of_a_hanging_answer_ends_the_daemon_with_0(tmp_path: Path) -> None:
    with ReplicaPortal(newsroom=Newsroom(count=30), latency=20) as portal:
        place = Workplace(tmp_path, portal.base_url, port=free_port())
        with place.start("daemon") as process:
            wait_for(lambda: portal.pending)
            process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            _, err = process.communicate(timeout=20)
        assert process.returncode == 0, err
        assert time.monotonic() - started < 10
        assert place.rows("select verdict from runs") == [("interrupted",)]


def test_a_portal_that_is_down_does_not_end_the_daemon_and_the_next_poll_makes_it_good(tmp_path: Path) -> None:
    port = free_port()
    with ReplicaPortal(newsroom=Newsroom(count=30)) as portal:
        place = Workplace(tmp_path, portal.base_url, port=port)
        portal.fault = lambda _: Response(503, b"busy")
        with place.start("-q", "daemon") as process:
            wait_for(lambda: place.archive.exists() and ("unreachable",) in place.rows("select verdict from runs"))
            portal.fault = None
            wait_for(lambda: ("complete",) in place.rows("select verdict from runs"))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
        assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_a_full_disk_makes_the_daemon_unwell_and_room_makes_it_well_again(tmp_path: Path) -> None:
    port = free_port()
    with ReplicaPortal(newsroom=Newsroom(count=30)) as portal:
        place = Workplace(tmp_path, portal.base_url, port=port)
        with place.start("-q", "daemon") as process:
            wait_for(lambda: place.archive.exists() and ("complete",) in place.rows("select verdict from runs"))
            assert place.run("health").returncode == 0
            # From here on the kernel refuses every byte that would make a file longer, as a full disk does.
            shift = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
            for pid in (process.pid, shift):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            wait_for(lambda: not ask_health("127.0.0.1", port)[0])
            told = place.run("health")
            assert (told.returncode, told.stdout.count("\n")) == (1, 1)
            assert told.stdout.startswith("unwell: ")
            assert "archive.db" in told.stdout
            assert process.poll() is None, "it stays alive"
            new = {str(one) for one in portal.newsroom.publish(2)}
            for pid in (process.pid, shift):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            wait_for(lambda: ask_health("127.0.0.1", port)[0])
            wait_for(lambda: new <= {row[0] for row in place.rows("select source_id from articles")})
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
        assert process.returncode == 0
        assert place.faults() == []
