"""SIGHUP and the configuration: what is wrong is refused with a clear line and the old one stays, what is right holds."""

from __future__ import annotations

import resource
import signal
import time
from pathlib import Path

import pytest

from collector.demo.site import ReplicaPortal
from living import PATIENT, Living

#: What a hand may write into ``[schedule]``, and what the one line has to say.
MISDIRECTED = {
    'every = "0s"': "schedule.every",
    "every = 0": "schedule.every",
    'cron = "0 6 * * 1-5"': "schedule.cron",
    'cron = "61 * * * *"': "schedule.cron",
    'cron = "0 0 31 2 *"': "schedule.cron",
    'every = "1h"\ncron = "0 6 * * mon-fri"': "schedule",
}


def hang_up(daemon: Living) -> None:
    daemon.process.send_signal(signal.SIGHUP)


def refused(daemon: Living, says: str) -> None:
    """Have the configuration read anew, and assert that it is refused and the old one stays in force."""
    before = len(daemon.logged("the new configuration is refused, the old one stays"))
    hang_up(daemon)
    daemon.wait(lambda: len(daemon.logged("the new configuration is refused, the old one stays")) > before)
    daemon.wait(lambda: says in daemon.health()[1].get("configuration", ""))
    daemon.polls(1)
    assert ("configuration", 0) in daemon.incidents()


def accepted(daemon: Living) -> None:
    before = len(daemon.logged("the configuration was read anew"))
    hang_up(daemon)
    daemon.wait(lambda: len(daemon.logged("the configuration was read anew")) > before)
    daemon.wait(lambda: daemon.health()[1].get("configuration") == "ok")


def polled(daemon: Living, *portals: str) -> None:
    daemon.wait(lambda: [one["portal"] for one in daemon.health()[1]["portals"]] == list(portals))


@pytest.mark.parametrize("schedule", MISDIRECTED)
def test_a_misdirected_schedule_is_refused_at_the_start_with_one_line(schedule: str, tmp_path: Path) -> None:
    with ReplicaPortal(count=1) as portal, Living(tmp_path, portal, settings=f"[schedule]\n{schedule}") as daemon:
        assert daemon.process.wait(timeout=30) == 2
        assert not daemon.archive.exists()
    assert len(daemon.said) == 1, daemon.said
    assert daemon.said[0].startswith("Error: ")
    assert "collector.toml" in daemon.said[0]
    assert MISDIRECTED[schedule] in daemon.said[0]


def test_what_is_wrong_is_refused_at_a_reload_and_the_next_right_one_closes_the_incident(tmp_path: Path) -> None:
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal) as daemon:
        daemon.alive()
        right = daemon.settings.read_text(encoding="utf-8")
        for schedule, says in MISDIRECTED.items():
            daemon.configure(f"[schedule]\n{schedule}")
            refused(daemon, says)
            daemon.settings.write_text(right, encoding="utf-8")
        daemon.settings.write_text('timezone = "Asia/Soc_Trang"\n' + right, encoding="utf-8")
        refused(daemon, "timezone")
        portal_file = daemon.place.folder / "config" / "portals" / "tinh.toml"
        whole = portal_file.read_bytes()
        portal_file.write_bytes(whole[: len(whole) // 2])  # an editor was still writing
        refused(daemon, "tinh.toml")
        portal_file.write_bytes(whole)
        portal_file.with_name("tinh.toml.away").write_bytes(whole)
        portal_file.unlink()
        refused(daemon, "tinh")
        portal_file.write_bytes(whole)
        daemon.settings.write_text(right, encoding="utf-8")
        accepted(daemon)
        daemon.wait(lambda: daemon.incidents()[-1] == ("configuration", 1))
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []


@pytest.mark.slow
def test_portals_come_and_go_and_schedules_change_while_polls_are_under_way(tmp_path: Path) -> None:
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal) as daemon:
        daemon.alive()
        right = daemon.settings.read_text(encoding="utf-8")
        folder = daemon.place.folder / "config" / "portals"
        other = (folder / "tinh.toml").read_text(encoding="utf-8").replace('id = "tinh"', 'id = "ban"', 1)
        (folder / "ban.toml").write_text(other, encoding="utf-8")
        both = right.replace('["tinh"]', '["tinh", "ban"]')
        portal.latency = 0.1
        for number in range(50):
            daemon.settings.write_text(both if number % 2 else right, encoding="utf-8")
            hang_up(daemon)
            time.sleep(0.02)
        portal.latency = 0
        accepted(daemon)
        daemon.wait(lambda: daemon.rows("select 1 from runs where portal = 'ban' and verdict = 'complete'"))
        polled(daemon, "tinh", "ban")
        daemon.settings.write_text(right, encoding="utf-8")
        accepted(daemon)
        polled(daemon, "tinh")
        fresh = daemon.publish()
        daemon.wait(lambda: fresh <= daemon.stored())
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
        two = daemon.rows("select run from ticks where state in ('ran', 'late') group by run having count(*) > 1")
        assert {run for (run,) in two} <= {None}
        lonely = "select id from runs where id not in (select run from ticks where run is not null)"
        assert daemon.rows(lonely) == [], "each run has its due time"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_a_portal_that_is_added_on_a_full_disk_is_polled_once_there_is_room(tmp_path: Path) -> None:
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal, program=PATIENT) as daemon:
        daemon.alive()
        folder = daemon.place.folder / "config" / "portals"
        other = (folder / "tinh.toml").read_text(encoding="utf-8").replace('id = "tinh"', 'id = "ban"', 1)
        (folder / "ban.toml").write_text(other, encoding="utf-8")
        text = daemon.settings.read_text(encoding="utf-8")
        daemon.settings.write_text(text.replace('["tinh"]', '["tinh", "ban"]'), encoding="utf-8")
        daemon.limit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        hang_up(daemon)
        daemon.unwell()
        time.sleep(1)
        daemon.limit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        daemon.wait(lambda: daemon.rows("select 1 from runs where portal = 'ban' and verdict = 'complete'"))
        daemon.well()
        assert daemon.stop()[0] == 0
        assert daemon.lost() == []
