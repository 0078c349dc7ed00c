"""The generated archive that performance is measured on: what is promised of it holds for a small one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.archive import Archive
from collector.archive.safekeeping import examine

GENERATOR = Path(__file__).parent.parent / "benchmarks" / "big_archive.py"


def generate(path: Path, *options: str) -> None:
    subprocess.run(
        [sys.executable, GENERATOR, path, "--bulletins", "20", *options], check=True, capture_output=True, timeout=60
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    path = tmp_path_factory.mktemp("big") / "archive.db"
    generate(path)
    with Archive(path, readonly=True) as opened:
        yield opened


def test_it_is_sound(archive: Archive) -> None:
    found = examine(archive.connection)
    assert found.sound, found
    assert found.checked["articles"] == 20


def test_its_bulletins_are_long_and_full_of_figures_and_no_two_are_alike(archive: Archive) -> None:
    rows = archive.connection.rows(
        "select length(body) as length, body, (select count(*) from indicators i where i.revision = a.revision "
        "and a.topic = 'labour') as figures, topic from articles a"
    )
    assert min(row["length"] for row in rows) >= 3000
    assert len({row["body"] for row in rows}) == 20
    figures = [row["figures"] for row in rows if row["topic"] == "labour"]
    assert len(figures) >= 12
    assert 10 <= sum(figures) / len(figures) <= 25


def test_it_spans_years_portals_and_an_hourly_series_of_visits(archive: Archive) -> None:
    value = archive.connection.value
    assert value("select count(distinct substr(published_on, 1, 4)) from articles") >= 10
    assert value("select count(distinct portal) from articles") == 3
    assert value("select count(distinct substr(observed_at, 1, 13)) from visit_counts") >= 48
    assert value("select count(*) from runs where verdict is null") == 0
    assert value("select count(*) from articles where revision is null") == 0


def test_the_same_seed_gives_the_same_bulletins_whoever_reads_them(archive: Archive, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    generate(other, "--processes", "2")
    asked = "select portal, source_id, title, body, published_on from articles order by portal, source_id"
    with Archive(other, readonly=True) as again:
        assert again.connection.rows(asked) == archive.connection.rows(asked)
        for table in ("indicators", "visit_counts", "listings"):
            assert again.connection.rows(f"select * from {table} order by id") == archive.connection.rows(
                f"select * from {table} order by id"
            )


# --- what is measured on it -------------------------------------------------------------------------------------------


def ask(name: str, archive: Archive, *options: str) -> subprocess.CompletedProcess[str]:
    assert archive.path is not None
    command = [sys.executable, str(GENERATOR.with_name(name)), str(archive.path), "--plain", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_every_page_of_a_served_archive_is_found_and_one_that_takes_longer_than_it_may_is_told(
    archive: Archive,
) -> None:
    only = "home|view current|table (articles|indicators)|row|_search"
    limits = ("--limit", "0.001", "--search-limit", "60000")
    done = ask("explore.py", archive, "--requests", "2", "--json", "--only", only, *limits)
    [told] = json.loads(done.stdout)
    pages = {page["name"]: page for page in told["pages"]}
    assert {"home page", "table articles", "view current_indicators", "articles?_search=việc làm"} <= set(pages)
    assert all(page["statuses"] == [200] and page["requests"] == 2 for page in pages.values())
    assert all(0 < page["p50"] <= page["p95"] <= page["most"] for page in pages.values())
    assert {name for name, page in pages.items() if page["kept"]} == {
        name for name in pages if name.startswith("articles?")
    }
    assert done.returncode == 1


def _halves(line: str) -> tuple[str, str]:
    name, told = re.split(r" {2,}", line, maxsplit=1)
    return name, told


def test_a_plan_that_reads_a_whole_table_is_told(archive: Archive) -> None:
    done = ask("plans.py", archive, "--only", "page of (captures|places)")
    told = dict(_halves(line) for line in done.stdout.splitlines()[:-1])
    assert told["page of captures: count"] == "index captures"
    assert told["page of captures"] == "first captures"
    assert told["page of places"] == "by indexes"
    assert done.returncode == 1
