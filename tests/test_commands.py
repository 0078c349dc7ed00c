"""The commands as somebody types them: output, exit codes, and one clear line for every mistake.

Each exit code, the report and the table are a process's; the other commands are given inside this one.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from collector.demo.loopback import Request, Response
from collector.demo.newsroom import SECTIONS, SEED_ID, Newsroom
from collector.demo.site import ReplicaPortal
from ports import kept_closed
from workplace import Workplace


@pytest.fixture
def portal() -> Iterator[ReplicaPortal]:
    with ReplicaPortal(newsroom=Newsroom(count=20)) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, portal: ReplicaPortal) -> Workplace:
    return Workplace(tmp_path, portal.base_url)


def test_run_prints_a_table_and_names_the_command_for_the_rest(place: Workplace) -> None:
    done = place.run("run")
    assert done.returncode == 0, done.stderr
    assert "complete" in done.stdout
    assert f"collector run --section tinh/{SECTIONS[0].slug} --since 2000-01-01" in done.stderr


def test_run_json_is_the_report_and_nothing_else_on_standard_output(place: Workplace) -> None:
    report = json.loads(place.run("run", "--since", "2000-01-01", "--json").stdout)
    assert report["verdict"] == "complete"
    (run,) = report["runs"]
    assert set(run) == {
        *("portal", "source", "verdict", "listed", "added", "revised", "unchanged", "gone", "failed", "requests"),
        "evidence",
    }
    assert run["added"] == 20


def test_a_portal_that_is_not_there_is_exit_code_3_and_says_what_to_do(place: Workplace, portal: ReplicaPortal) -> None:
    port = int(portal.host.rpartition(":")[2])
    portal.stop()
    with kept_closed(port):
        done = place.run("run")
    assert done.returncode == 3
    assert "unreachable" in done.stdout
    assert "refuses connections" in done.stderr
    assert "switched off" in done.stderr


def test_something_missing_is_exit_code_1(place: Workplace, portal: ReplicaPortal) -> None:
    bad = portal.newsroom.listing(SECTIONS[0].slug)[0].id
    portal.fault = lambda request: Response(500, b"") if f"/{bad}/" in request.target else None
    assert place.run("run").returncode == 1
    portal.fault = None
    assert place.inside("run").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("run", "--since", "2024-13-01"), 2, "'2024-13-01' is no day of the calendar"),
        (("run", "--until", "01/02/2024"), 2, "'01/02/2024' is no day: write year, month and day as in 2024-02-01"),
        (("export", "csv", "out", "--since", "20240201"), 2, "'20240201' is no day: write"),
        (("reparse", "--since", "hôm nay"), 2, "'hôm nay' is no day: write"),
        (("run", "--since", "2024-02-01", "--until", "2024-01-01"), 2, "--since 2024-02-01 is later"),
        (("run", "--portal", "nowhere"), 2, "no portal 'nowhere' is configured; there are: tinh"),
        (("run", "--section", "nowhere"), 2, "no section 'nowhere'"),
        (("run", "--gaps", "--since", "2024-01-01"), 2, "leave out --since"),
        (("run", "--refetch"), 2, "--refetch belongs to a backfill"),
        (("--config", "nowhere", "run"), 2, "nowhere"),
        (("--archive", "config/collector.toml", "run"), 4, "is not a SQLite database; it was not touched"),
        (("--archive", "no/such/folder/a.db", "run"), 4, "the folder no/such/folder does not exist"),
        (("--archive", "config", "run"), 4, "config is a folder"),
        (("status",), 4, "there is no archive at archive.db"),
        (("reparse",), 4, "there is no archive at archive.db"),
        (("parse", "nowhere.html"), 2, "nowhere.html cannot be read"),
        (("nothing",), 2, "No such command"),
    ],
)
def test_a_mistake_gives_one_line_and_its_exit_code(
    place: Workplace, arguments: tuple[str, ...], code: int, line: str
) -> None:
    done = place.inside(*arguments)
    assert done.returncode == code
    errors = [one for one in done.stderr.splitlines() if one.startswith("Error: ")]
    assert len(errors) == 1
    assert line in errors[0]
    assert "Traceback" not in done.stderr


def test_every_mistake_of_the_configuration_is_told_at_once(place: Workplace) -> None:
    path = place.folder / "config" / "collector.toml"
    path.write_text('portals = ["tinh"]\n[http]\ndelya = 1\nretries = "many"\n', encoding="utf-8")
    done = place.run("config", "check")
    assert done.returncode == 2
    assert sum(line.startswith("Error: ") for line in done.stderr.splitlines()) == 2


def test_archives_that_are_not_ours_newer_or_damaged_are_refused_with_4(place: Workplace) -> None:
    with sqlite3.connect(place.archive) as connection:
        connection.execute("create table theirs (x)")
    connection.close()
    assert place.inside("run").returncode == 4
    place.archive.unlink()
    place.inside("run")
    with sqlite3.connect(place.archive) as connection:
        connection.execute("pragma user_version = 999")
    connection.close()
    done = place.run("run")
    assert (done.returncode, "newer collector" in done.stderr) == (4, True)


def test_a_dry_run_writes_nothing(place: Workplace) -> None:
    done = place.inside("run", "--since", "2000-01-01", "--dry-run")
    assert done.returncode == 0
    assert "tinh: 20 bulletins would be fetched; nothing was written" in done.stderr
    assert not place.archive.exists()


def test_on_a_terminal_a_dry_run_names_what_it_would_fetch(place: Workplace) -> None:
    shown, terminal = os.openpty()
    try:
        command = [sys.executable, "-m", "collector", "run", "--dry-run", "--json"]
        done = subprocess.run(
            command, cwd=place.folder, stdout=subprocess.PIPE, stderr=terminal, timeout=60, check=True
        )
    finally:
        os.close(terminal)
    text = b""
    with suppress(OSError), os.fdopen(shown, "rb", buffering=0) as screen:
        while piece := screen.read(65536):
            text += piece
    wanted = json.loads(done.stdout)["runs"][0]["evidence"]["outcomes"]["wanted"]
    assert wanted > 0
    assert text.count(b"would be fetched: http") == wanted


def test_a_section_of_one_portal_leaves_the_others_out(place: Workplace) -> None:
    """The command that a first run names, beside a second portal: that one was not asked and missed nothing."""
    other = (
        'id = "khac"\nfamily = "td-webforms"\nbase_url = "http://127.0.0.1:9/"\n[[sections]]\nid = "tin"\nurl = "tin"\n'
    )
    (place.folder / "config" / "portals" / "khac.toml").write_text(other, encoding="utf-8")
    settings = place.folder / "config" / "collector.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('["tinh"]', '["tinh", "khac"]'), encoding="utf-8")
    done = place.inside("run", "--section", f"tinh/{SECTIONS[0].slug}", "--since", "2000-01-01", "--json")
    assert done.returncode == 0
    assert [run["portal"] for run in json.loads(done.stdout)["runs"]] == ["tinh"]
    assert place.rows("select distinct portal from runs") == [("tinh",)]


def test_check_shows_which_selector_filled_each_field_and_writes_nothing(
    place: Workplace, portal: ReplicaPortal
) -> None:
    done = place.inside("check", "--json")
    assert done.returncode == 0
    fields = {row["field"]: row for row in json.loads(done.stdout)[0]["fields"]}
    assert fields["title"]["filled_by"].startswith("selector:")
    assert fields["visits"]["value"]["online"] == 47
    assert not place.archive.exists()

    def untitled(request: Request) -> Response | None:
        answer = portal.answer(request)
        return Response(200, re.sub(b'<div class="ArticleTitle">.*?</div>', b"", answer.body), answer.headers)

    portal.fault = untitled
    assert place.inside("check").returncode == 1
    portal.stop()
    assert place.inside("check").returncode == 3


def test_check_and_parse_warn_of_a_required_field_that_only_the_fallback_filled(
    place: Workplace, portal: ReplicaPortal
) -> None:
    def redesigned(request: Request) -> Response | None:
        answer = portal.answer(request)
        return Response(200, answer.body.replace(b"ArticleContent", b"nd").replace(b"Detail", b"x"), answer.headers)

    portal.fault = redesigned
    shown = place.inside("check")
    assert shown.returncode == 0, shown.stderr
    assert "fallback:readability-lxml" in shown.stdout
    assert "warning: no selector of [article] body finds anything; fallback:readability-lxml filled it" in shown.stderr
    (result,) = json.loads(place.inside("check", "--json").stdout)
    assert len(result["warnings"]) == 1
    assert result["problems"] == []
    article = portal.newsroom.get(SEED_ID)
    assert article is not None
    parsed = place.inside("parse", portal.url_of(article.path()), "--json")
    assert parsed.returncode == 0
    assert json.loads(parsed.stdout)["provenance"]["body"] == "fallback:readability-lxml"
    assert "warning:" in parsed.stderr


def test_check_warns_of_ids_and_a_pager_that_the_profile_speaks_of_and_nobody_finds(place: Workplace) -> None:
    file = place.folder / "config" / "portals" / "tinh.toml"
    wrong = '[identity]\npatterns = [\'^/bai/(?P<id>[0-9]+)$\']\n[pager]\nkind = "query"\nparameter = "trang"\n'
    file.write_text(file.read_text(encoding="utf-8") + wrong, encoding="utf-8")
    done = place.inside("check", "--json")
    pager, identity = json.loads(done.stdout)[0]["warnings"]
    assert "finds no further page" in pager
    assert "the whole address serves as one" in identity


def test_check_sections_prints_toml_ready_to_paste(place: Workplace) -> None:
    done = place.inside("check", "--sections")
    sections = tomllib.loads(done.stdout)["sections"]
    assert {one["id"] for one in sections} >= {one.slug for one in SECTIONS}
    assert all(one["name"] and one["url"].startswith("http") for one in sections)


def test_check_sections_says_when_it_finds_none(place: Workplace, portal: ReplicaPortal) -> None:
    def without_links(request: Request) -> Response:
        answer = portal.answer(request)
        return replace(answer, body=answer.body.replace(b"href=", b"data-to="))

    portal.fault = without_links
    done = place.inside("check", "--sections")
    assert (done.returncode, done.stdout) == (0, "")
    assert "take the addresses of the listings from a browser" in done.stderr


def test_parse_reads_a_saved_page_an_address_and_standard_input(place: Workplace, portal: ReplicaPortal) -> None:
    article = portal.newsroom.get(SEED_ID)
    assert article is not None
    url = portal.url_of(article.path())
    live = json.loads(place.inside("parse", url, "--json").stdout)
    assert live["source_id"] == str(SEED_ID)
    assert live["body"] == portal.newsroom.expected()[str(SEED_ID)].body
    assert "29.412" in [one["printed"] for one in live["indicators"]]
    assert "29.412   29412" in place.inside("parse", url).stdout
    saved = place.folder / "page.html"
    saved.write_bytes(portal.answer(Request("GET", article.path(), {}, b"")).body)
    read = json.loads(place.inside("parse", "page.html", "--url", url, "--json").stdout)
    assert {name: read[name] for name in read if name != "visits"} == {
        name: live[name] for name in live if name != "visits"
    }
    assert not place.archive.exists()


def test_status_tells_the_last_run_and_what_is_missing(place: Workplace) -> None:
    place.inside("run")
    told = json.loads(place.inside("status", "--json").stdout)
    assert told["portals"][0]["last_verdict"] == "complete"
    assert {row["section"] for row in told["sections"]} == {f"tinh/{one.slug}" for one in SECTIONS}
    assert told["failures"] == []
    assert place.inside("status").returncode == 0


def test_status_tells_what_looking_again_costs(place: Workplace) -> None:
    place.inside("run")
    place.recheck(days=36_500, per_run=7)
    looks = json.loads(place.inside("status", "--json").stdout)["portals"][0]["looks"]
    assert (looks["due"], looks["most_a_day"]) == (0, 7 * 86_400), "a poll each second is what is configured"
    place.looks_are_due()
    looks = json.loads(place.inside("status", "--json").stdout)["portals"][0]["looks"]
    assert place.rows("select count(*) from articles") == [(looks["due"],)]
    assert looks["due"] > 5
    assert re.search(
        r"looks again +at \d+ bulletins now; in the long run at [\d.]+ a day \([\d.]+ are published a day\), never",
        place.inside("status").stdout,
    )
    (place.folder / "config" / "collector.toml").write_text("portals = 7", encoding="utf-8")
    told = place.inside("--archive", "archive.db", "status", "--json")
    assert "looks" not in json.loads(told.stdout)["portals"][0], "a broken configuration hides no archive"


@pytest.mark.slow
def test_gaps_ends_with_0_once_everything_is_there_and_coverage_says_so_beside_a_running_collector(
    place: Workplace, portal: ReplicaPortal
) -> None:
    place.run("run")
    told = json.loads(place.run("coverage", "--json").stdout)["portals"][0]
    first = next(one for one in told["sections"] if one["section"].endswith(SECTIONS[0].slug))
    assert first["pages"]["never_read"] == [[2, first["pages"]["promised"]]]
    assert "1 of" in place.run("coverage").stdout
    with place.start("run", "--gaps", "--json") as process:
        beside = place.run("coverage", "--json")
        assert (beside.returncode, beside.stderr) == (0, "")
        out, _ = process.communicate(timeout=120)
    assert (process.returncode, json.loads(out)["verdict"]) == (0, "complete")
    told = json.loads(place.run("coverage", "--missing", "--json").stdout)["portals"][0]
    assert (told["missing"], told["archived"]) == ([], len(portal.newsroom.expected()))
    assert all(one["pages"]["never_read"] == [] and one["reached_end"] for one in told["sections"])
    again = json.loads(place.run("run", "--gaps", "--json").stdout)
    assert (again["verdict"], again["runs"][0]["requests"]) == ("empty_expected", 0)


def test_an_export_replaces_a_warc_file_and_nothing_else(place: Workplace) -> None:
    place.inside("run")
    notes = place.folder / "notes.txt"
    notes.write_text("ask the archivist", encoding="utf-8")
    backup = place.folder / "backup.tar.gz"
    backup.write_bytes(gzip.compress(b"of last year", mtime=0))
    before = place.archive.read_bytes(), backup.read_bytes()
    for dest in (place.archive.name, "notes.txt", backup.name):
        refused = place.inside("export", "warc", dest)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert f"{dest} is there already and no WARC file" in refused.stderr
    assert (place.archive.read_bytes(), backup.read_bytes()) == before
    assert notes.read_text(encoding="utf-8") == "ask the archivist"
    for _ in range(2):
        done = place.inside("export", "warc", "captures.warc.gz")
        assert (done.returncode, " kB\n" in done.stdout) == (0, True), done.stderr
    assert not list(place.folder.glob("*.partial"))


def test_coverage_names_the_command_that_closes_gaps(place: Workplace) -> None:
    place.inside("run")
    told = place.inside("coverage")
    assert (told.returncode, "run --gaps" in told.stderr) == (0, True)
    heading = next(line for line in told.stdout.splitlines() if line.startswith("  month"))
    below = told.stdout.splitlines()[told.stdout.splitlines().index(heading) + 1]
    assert re.match(r"  \d{4}-\d\d +\d", below), "a table stands below its own heading"
    place.inside("run", "--gaps")
    assert "run --gaps" not in place.inside("coverage").stderr


def test_config_init_copies_and_refuses_to_overwrite(place: Workplace) -> None:
    assert place.inside("config", "init", "mine").returncode == 0
    assert place.inside("--config", "mine", "config", "check").returncode == 0
    assert place.inside("config", "init", "mine").returncode == 2


def test_the_demo_shows_what_it_recorded(place: Workplace) -> None:
    done = place.inside("demo", "shown")
    assert done.returncode == 0, done.stderr
    for said in (
        "backfill",
        "What an editor changed",
        "What disappeared",
        "Visits of the portal",
        "households in poverty",
    ):
        assert said in done.stdout
    with sqlite3.connect(place.folder / "shown" / "archive.db") as connection:
        counts = connection.execute(
            "select (select count(*) from articles), (select count(*) from corrections), "
            "(select count(*) from articles where state = 'gone'), (select min(origin) from captures)"
        ).fetchone()
        provinces = connection.execute(
            "select province, province_now from current_indicators group by 1, 2 order by count(*) desc"
        ).fetchall()
    connection.close()
    assert counts == (204, 2, 1, "demo"), "the correction is told by its paragraph and by its figure"
    assert provinces[0] == ("Sóc Trăng", "Cần Thơ"), "the figures go on through the merger"
    assert (None, None) not in provinces
    assert re.search(r"^  20\d\d-\d\d  (level|decrease) .* [\d.]+ hộ   \w", done.stdout, re.MULTILINE)
    assert place.inside("demo", "shown").returncode == 2
