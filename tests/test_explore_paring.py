"""Long answers: a page makes the rows ready that it shows, says how many there are, and the data has them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import stored
from collector.archive import Archive
from collector.explore import paring
from explored import TEXT, Explored, archived
from stored import BULLETIN, EXAMINING, PROFILE

#: More than a page shows.
BULLETINS = paring.MOST + 20


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        archive.findings.know(EXAMINING.measures)
        for number in range(1, BULLETINS + 1):
            url = f"https://portal.example/tin/{number}"
            bulletin = replace(BULLETIN, source_id=str(number), url=url, body=TEXT)
            stored.append(archive, bulletin, evidence=EXAMINING.evidence(bulletin.title, TEXT, published_on=None))
        assert archive.connection.value("select count(*) from figure_series") >= BULLETINS
    return path


@pytest.fixture
def served(path: Path) -> Iterator[Explored]:
    with Explored(path) as explored:
        yield explored


@pytest.mark.parametrize("base", ["/", "/kho/"])
def test_a_page_shows_the_first_rows_and_says_how_many_there_are(served: Explored, base: str) -> None:
    served.datasette._settings["base_url"] = base
    page = served.get("/archive/indicator_series?measure=&direction=", headers={"accept-language": "en"}).text
    served.datasette._settings["base_url"] = "/"
    figures = served.get("/archive/indicator_series.json?measure=&direction=&_shape=array").json()
    assert len(figures) >= BULLETINS
    assert f"{len(figures)} rows" in page
    assert len(re.findall(r"<tr role=\"row\">", page)) == paring.MOST + 1
    assert f"The table has the first {paring.MOST} rows" in page


def test_what_lists_the_choices_is_neither_cut_nor_counted(served: Explored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paring, "MOST", 1)
    page = served.get("/archive/indicator_series?measure=&direction=&period=1999", headers={"accept-language": "en"})
    assert "No rows" in page.text
    assert page.text.count("<option") > 5


def test_ones_own_sql_is_shown_no_longer_and_a_table_as_it_is_asked_for(served: Explored) -> None:
    own = served.get("/archive?sql=select+id+from+articles", headers={"accept-language": "en"}).text
    assert len(re.findall(r"<tr role=\"row\">", own)) == paring.MOST + 1
    assert f"{BULLETINS} rows" in own
    table = served.get("/archive/articles?_as=table&_size=60").text
    assert len(re.findall(r"<tr role=\"row\">", table)) == 61


def test_tables_are_counted_anew_after_half_a_minute(served: Explored, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    database = served.datasette.get_database("archive")
    monkeypatch.setattr("collector.explore.database.time.monotonic", lambda: now[0])
    monkeypatch.setattr(database, "_counted", None)

    def articles() -> int:
        return int(served._runner.run(database.table_counts(500))["articles"])

    assert articles() == BULLETINS
    archived(Path(database.path), "one-more")
    assert articles() == BULLETINS
    now[0] += 31
    assert articles() == BULLETINS + 1
