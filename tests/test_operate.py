"""docs/OPERATE.md can be followed: its unit is one, its tables are whole, and its restore was rehearsed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from collector.demo.newsroom import Newsroom
from collector.demo.site import ReplicaPortal
from collector.duetimes import TickState
from collector.plan.troubles import CAUSES
from workplace import Workplace

ROOT = Path(__file__).parent.parent
OPERATE = (ROOT / "docs" / "OPERATE.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", OPERATE, re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    unit = tmp_path / "collector.service"
    unit.write_text(block("ini").replace("/opt/collector/bin/collector", sys.executable), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "collector.service" in line]
    assert (done.returncode, told) == (0, [])


def test_every_state_of_a_due_time_and_every_cause_of_an_incident_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", OPERATE, re.MULTILINE)) == {state.value for state in TickState}
    assert re.findall(r"^### (\w+)$", OPERATE, re.MULTILINE) == list(CAUSES)


def test_the_metrics_of_the_alarms_are_those_that_are_exposed() -> None:
    exposed = (ROOT / "src" / "collector" / "metrics.py").read_text(encoding="utf-8")
    named = set(re.findall(r"collector_\w+", block("yaml")))
    assert len(named) > 3
    for name in named:
        assert name.removeprefix("collector_").removesuffix("_info") in exposed, name


def test_the_shipped_jitter_and_interval_are_as_told() -> None:
    shipped = tomllib.loads((ROOT / "config" / "collector.toml").read_text(encoding="utf-8"))
    assert shipped["schedule"] == {"every": "30m", "jitter": "1m"}


def test_a_restore_as_it_is_rehearsed(tmp_path: Path) -> None:
    with ReplicaPortal(newsroom=Newsroom(count=30)) as portal:
        place = Workplace(tmp_path, portal.base_url)
        assert place.run("-q", "run", "--since", "2000-01-01").returncode == 0
        assert place.run("backup", "copy.db").returncode == 0
        fresh = {str(one) for one in portal.newsroom.publish(2)}
        assert place.run("-q", "run").returncode == 0
        with place.archive.open("rb+") as file:  # the disk fails
            file.seek(4096 * 5)
            file.write(b"\xa5" * 4096 * 40)
        assert place.run("-q", "run").returncode == 4
        assert place.run("--archive", "copy.db", "verify").returncode == 0
        steps = re.search(
            r"^    (cd /var/lib/collector .*?--reference=. archive.db)$", OPERATE, re.MULTILINE | re.DOTALL
        )
        assert steps is not None
        recipe = steps.group(1).replace("/var/lib/collector", str(tmp_path)).replace("/backup/archive-3.db", "copy.db")
        for _ in range(2):  # once in a rehearsal, and once when it counts, with the log of another archive beside it
            (tmp_path / "archive.db-wal").write_bytes(b"the log of another archive")
            subprocess.run(["bash", "-ec", recipe], check=True)
            time.sleep(1)
        assert not (tmp_path / "archive.db-wal").exists()
        assert len(list(tmp_path.glob("damaged-*/archive.db"))) == 2
        status = json.loads(place.run("status", "--json").stdout)
        assert [row["live"] for row in status["portals"]] == [30]
        assert place.run("-q", "run").returncode == 0
        assert fresh <= {row[0] for row in place.rows("select source_id from articles")}
        assert place.faults() == []
        assert place.run("verify").returncode == 0
