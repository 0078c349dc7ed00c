"""docs/EXPLORE.md and the pictures tell the truth about what `collector explore` shows."""

from __future__ import annotations

import json
import re
import struct
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from collector.archive import Archive
from collector.archive.search import matching
from collector.config.queries import read_queries, shipped_queries
from collector.config.texts import load_texts
from collector.explore.paring import MOST

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "EXPLORE.md").read_text(encoding="utf-8")
IMAGES = ROOT / "docs" / "images"
BUNDLE = ROOT / "config" / "datasette"


def _named(head: str) -> set[str]:
    """Return what stands in code marks in the first column of the table below a head."""
    table = PAGE.split(f"## {head}\n")[1].split("\n## ")[0]
    return {name for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}


def test_every_question_is_explained_and_every_explained_one_is_there() -> None:
    assert _named("The questions") == {query.name for query in shipped_queries()}


def test_the_example_of_a_question_is_one(tmp_path: Path) -> None:
    example = PAGE.split("## Your own question, your own dashboard\n")[1].split("The head says")[0]
    lines = re.findall(r"^    (.*)$", example, re.MULTILINE)
    (tmp_path / "jobs_by_district.sql").write_text("\n".join(lines), encoding="utf-8")
    [query] = read_queries(tmp_path)
    assert query.plot is not None
    assert [one.default for one in query.parameters] == ["2023"]
    with Archive(None) as archive:
        assert archive.connection.rows(query.sql, {"year": "2023"}) == []
        assert query.parameters[0].choices is not None
        assert archive.connection.rows(query.parameters[0].choices) == []


def test_the_example_of_a_dashboard_names_questions_with_a_plot() -> None:
    example = PAGE.split("A dashboard is")[1].split("Start it")[0]
    made = tomllib.loads("\n".join(re.findall(r"^    (.*)$", example, re.MULTILINE)))
    plotted = {query.name for query in shipped_queries() if query.plot is not None}
    for dashboard in made["dashboards"].values():
        assert set(dashboard["charts"]) <= plotted
        assert dashboard["title"].keys() == dashboard["description"].keys() == {"vi", "en"}


def test_the_options_of_plain_datasette_are_the_shipped_settings() -> None:
    command = PAGE.split("<!-- plain -->")[1].split("<!-- end -->")[0]
    told = dict(re.findall(r"--setting (\w+) (\w+)", command))
    shipped = json.loads((BUNDLE / "settings.json").read_text(encoding="utf-8"))
    spelled = {
        name: str(value) if not isinstance(value, bool) else "on" if value else "off" for name, value in shipped.items()
    }
    # What is off anyway need not be said.
    assert told == {name: value for name, value in spelled.items() if name != "force_https_urls"}


def test_every_column_of_a_question_has_a_title_in_both_languages(tmp_path: Path) -> None:
    headings = tomllib.loads((BUNDLE / "dashboards.toml").read_text(encoding="utf-8"))["headings"]
    known = {name for table in load_texts().values() for name in table.columns} | headings.keys()
    used: set[str] = set()
    Archive(tmp_path / "archive.db").close()
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        connection.create_function("search_terms", 1, matching)
        connection.create_function("search_snippet", 2, lambda text, query: text)
        for query in shipped_queries():
            asked = {one.name: one.default for one in query.parameters}
            columns = {column[0] for column in connection.execute(query.sql, asked).description}
            assert columns <= known, (query.name, columns - known)
            used |= columns
    assert headings.keys() <= used, headings.keys() - used
    assert all(text.keys() == {"vi", "en"} and all(text.values()) for text in headings.values())


def test_how_many_rows_a_page_shows_is_told() -> None:
    assert f"A page shows the first {MOST} rows" in PAGE


@pytest.mark.parametrize(
    "name", ["home", "bulletin", "series", "difference", "corrections", "search", "dashboard", "phone"]
)
def test_the_pictures_are_shown_and_small(name: str) -> None:
    picture = (IMAGES / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width >= 900
    assert height >= 600
    assert len(picture) < 150_000
    assert f"](images/{name}.png)" in PAGE


def test_all_pictures_together_are_small_and_each_is_used() -> None:
    pictures = list(IMAGES.glob("*.png"))
    assert sum(picture.stat().st_size for picture in pictures) < 800_000
    assert len(pictures) == 8
