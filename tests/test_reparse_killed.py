"""``collector reparse`` as people run it: reviewed, stopped in every way, and gone on with."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector import config
from collector.archive import Archive
from collector.demo.newsroom import Newsroom
from kept_pages import OLD, Keeper, contents, editorial, faults
from stored import EXAMINING
from workplace import Command, Workplace

AGAIN = ("-q", "reparse", "--json")


#: Each starts the program several times, and its reading processes.
pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """50 bulletins and four edits."""
    return filled(tmp_path, 50)


def filled(tmp_path: Path, count: int) -> Workplace:
    """Return a workplace with bulletins taken in without leads and tables; its configuration knows both by now."""
    made = Workplace(tmp_path, "http://127.0.0.1:9/")
    [today] = config.load(tmp_path / "config", environ={}, cwd=tmp_path).profiles
    with Archive(made.archive) as archive:
        keeper = Keeper(archive, replace(today, article=OLD.article), EXAMINING, newsroom=Newsroom(count=count))
        keeper.take_all()
        with archive.connection.writing():
            for article in keeper.newsroom.listing()[:4]:
                keeper.edit(article)
    return made


def everything(place: Workplace) -> dict[str, Any]:
    with Archive(place.archive) as archive:
        assert list(faults(archive)) == []
        return {**contents(archive), "editorial": editorial(archive)}


def copied(place: Workplace, name: str) -> Workplace:
    folder = place.folder / name
    folder.mkdir()
    other = Workplace(folder, "http://127.0.0.1:9/")
    with Archive(place.archive, readonly=True) as archive:
        archive.connection.copy_to(other.archive)
    return other


def told(out: str) -> dict[str, Any]:
    return dict(json.loads(out)["runs"][0]["evidence"])


def read_already(place: Workplace) -> int:
    return len(place.rows("select 1 from _readings"))


def until(process: Command, place: Workplace, pages: int) -> None:
    """Wait until so many pages have been read again, or the process has ended."""
    while process.poll() is None and read_already(place) < pages:
        time.sleep(0.02)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_killed_again_and_again_it_goes_on_where_it_stopped(place: Workplace, processes: str) -> None:
    whole, torn = copied(place, "whole"), copied(place, "torn")
    first = told(whole.run(*AGAIN, "--processes", "1").stdout)
    kills = 0
    for pages in (0, 1, 20, 40):
        with torn.start(*AGAIN, "--processes", processes) as process:
            until(process, torn, pages)
            kills += process.poll() is None
            process.kill()
            process.communicate()
        assert read_already(torn) in {0, 20, 21, 22, 23, 24, 40, 41, 42, 43, 44, 54}, "whole batches of 20 bulletins"
        with Archive(torn.archive) as archive:
            assert list(faults(archive)) == []
    assert kills > 1
    done = read_already(torn)
    last = torn.run(*AGAIN, "--processes", processes)
    assert last.returncode == 0
    assert told(last.stdout)["pages"] == first["pages"] - done
    assert everything(torn) == everything(whole)
    assert torn.rows("select count(*) from runs where finished_at is null") == [(0,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_between_two_batches(tmp_path: Path, number: int) -> None:
    place = filled(tmp_path, 200)  # ten batches: the signal finds it at work
    with place.start(*AGAIN, "--processes", "1") as process:
        until(process, place, 1)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    done = read_already(place)
    assert (process.returncode, err) == (130, "")
    assert json.loads(out)["verdict"] == "interrupted"
    assert 0 < told(out)["pages"] == done < 204
    assert place.rows("select verdict from runs where kind = 'reparse'") == [("interrupted",)]
    assert told(place.run(*AGAIN).stdout)["pages"] == 204 - done


def test_ctrl_c_reaches_every_process_and_only_one_of_them_decides(place: Workplace) -> None:
    with place.start(*AGAIN, "--processes", "2") as process:
        readers = _readers(process, 2)
        for one in (*readers, process.pid):
            os.kill(one, signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")
    assert json.loads(out)["verdict"] == "interrupted"
    assert read_already(place) == told(out)["pages"]


def _readers(process: Command, number: int) -> list[int]:
    """Wait for so many processes that read."""
    found: list[int] = []
    while process.poll() is None and len(found) < number:
        time.sleep(0.02)
        with suppress(OSError):
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
            found = [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return found


def test_a_reading_process_that_is_killed_costs_one_line_and_nothing_that_was_written(place: Workplace) -> None:
    whole = copied(place, "whole")
    whole.run(*AGAIN)
    with place.start(*AGAIN, "--processes", "2") as process:
        [victim] = _readers(process, 1)[:1]
        os.kill(victim, signal.SIGKILL)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("Error: a reading process was killed by signal 9; what was written before is whole")
    assert len(err.splitlines()) == 1
    [(verdict, evidence)] = place.rows("select verdict, evidence from runs where kind = 'reparse'")
    assert verdict == "incomplete"
    assert "killed by signal 9" in json.loads(str(evidence))["stopped_early"]
    assert place.run(*AGAIN).returncode == 0
    assert everything(place) == everything(whole)


def test_nobody_is_left_behind_when_the_one_that_writes_is_killed(place: Workplace) -> None:
    with place.start(*AGAIN, "--processes", "2") as process:
        children = _readers(process, 2)
        process.kill()
        process.communicate()
    assert len(children) == 2
    deadline = time.monotonic() + 20
    while any(_alive(one) for one in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_alive(one) for one in children)


def _alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_dry_run_shows_what_would_change_and_changes_nothing(place: Workplace) -> None:
    before = everything(place)
    done = place.run("-q", "reparse", "--dry-run", "--examples", "1", "--processes", "1")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"tinh: complete; 50 bulletins, 54 pages read, \d+ texts examined", lines[0])
    assert any(line.endswith("technical revisions would be written: the page is read otherwise") for line in lines)
    assert any(line.split() == ["field", "read", "otherwise"] for line in lines)
    place_of_lead = lines.index("lead")
    assert lines[place_of_lead + 2].startswith("  http://127.0.0.1:9/vpubnd/")
    assert lines[place_of_lead + 3].startswith("    + ")
    assert "nothing was written; to apply it: " in done.stderr
    assert everything(place) == before
    told_dry = json.loads(place.run(*AGAIN, "--dry-run", "--processes", "1").stdout)
    assert (told_dry["dry_run"], told_dry["runs"][0]["portal"]) == (True, "tinh")
    assert {one["name"] for one in told_dry["runs"][0]["examples"]} >= {"lead", "body"}
    applied = json.loads(place.run(*AGAIN, "--processes", "1").stdout)
    assert applied["runs"][0]["evidence"] == told_dry["runs"][0]["evidence"]
    assert applied["runs"][0]["examples"] == []


def test_what_can_be_read_no_more_is_exit_code_1_and_named(place: Workplace) -> None:
    portal = place.folder / "config" / "portals" / "tinh.toml"
    blind = '\n[article]\ntitle = ["#nowhere"]\nbody = ["#nowhere"]\n[recognise]\nmarks = ["#nowhere"]\nneeded = 1\n'
    portal.write_text(portal.read_text(encoding="utf-8") + blind, encoding="utf-8")
    done = place.run("-q", "reparse", "--processes", "1")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("tinh: incomplete; 50 bulletins, 54 pages read")
    assert "tinh: can be read no more, and stays as it was read: http://127.0.0.1:9/vpubnd/" in done.stderr
    assert "tinh: can be read no more, and stays as it was read: 49 more" in done.stderr


def test_pages_of_a_portal_that_is_not_configured_are_missed_unless_others_are_named(place: Workplace) -> None:
    """As in an archive of the demo: the portals that are configured have nothing there."""
    portals = place.folder / "config" / "portals"
    other = (portals / "tinh.toml").read_text(encoding="utf-8").replace('"tinh"', '"khac"')
    (portals / "khac.toml").write_text(other, encoding="utf-8")
    settings = place.folder / "config" / "collector.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"tinh"', '"khac"'), encoding="utf-8")
    done = place.run("-q", "reparse")
    assert done.returncode == 1
    assert done.stderr.startswith("tinh: 54 pages are left as they are: the portal is not configured")
    told_of = json.loads(place.run(*AGAIN).stdout)
    assert (told_of["verdict"], told_of["unconfigured"]) == ("incomplete", {"tinh": 54})
    named = place.run(*AGAIN, "--portal", "khac")
    assert (named.returncode, json.loads(named.stdout)["unconfigured"], named.stderr) == (0, {}, "")


def test_it_wants_the_archive_for_itself_and_days_in_order(place: Workplace) -> None:
    from collector.archive.lock import ArchiveLock  # noqa: PLC0415
    from stored import NOW  # noqa: PLC0415

    with ArchiveLock(place.archive, command="daemon", now=NOW):
        held = place.run(*AGAIN)
        assert (held.returncode, "is held by `collector daemon`" in held.stderr) == (4, True)
        assert place.run(*AGAIN, "--dry-run", "--limit", "1").returncode == 0, "a look disturbs nobody"
    wrong = place.run("reparse", "--since", "2024-02-01", "--until", "2024-01-01")
    assert (wrong.returncode, wrong.stderr) == (2, "Error: --since 2024-02-01 is later than --until 2024-01-01\n")
    unknown = place.run("reparse", "--portal", "nobody")
    assert (unknown.returncode, unknown.stderr.splitlines()[-1][:35]) == (2, "Error: no portal 'nobody' is config")
