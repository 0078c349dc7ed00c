"""The bundle is made of what there is: every table has its texts or is hidden, and no mistake in it is a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.archive.connection import Connection
from collector.archive.showing import machinery
from collector.config.texts import load_texts
from collector.errors import ConfigError
from collector.explore.bundle import metadata, settings
from explored import BUNDLE, Page, archived, explored

ROOT = Path(__file__).parent.parent


def database() -> dict[str, Any]:
    made: dict[str, Any] = metadata(BUNDLE)["databases"]["archive"]
    return made


def schema() -> dict[str, list[str]]:
    """Columns by table and view, SQLite's own left out."""
    with closing(Connection(None)) as connection:
        names = [
            row["name"] for row in connection.rows("select name from sqlite_master where type in ('table', 'view')")
        ]
        return {
            name: [row["name"] for row in connection.rows("select name from pragma_table_info(?)", [name])]
            for name in names
            if not name.startswith("sqlite_")
        }


def test_the_committed_metadata_is_what_the_program_makes() -> None:
    committed = json.loads((BUNDLE / "metadata.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(metadata(BUNDLE))), "run docs/reference (collector explore --metadata)"


def test_every_table_and_view_has_its_texts_or_is_hidden() -> None:
    """That none is without a text is said by test_exports_texts.py."""
    told, texts = database()["tables"], load_texts()
    hidden = {name for name, table in told.items() if table.get("hidden")}
    assert hidden == {name for name in schema() if name.startswith(("_", "articles_fts"))}
    assert told.keys() - hidden == texts.keys()
    for name in texts:
        assert list(told[name]["columns"]) == schema()[name], name
        assert all(" · " in told[name][key] for key in ("title", "description"))
        assert told[name]["license"]
        assert told[name]["source"]


def test_what_only_the_program_needs_is_seen_nowhere(tmp_path: Path) -> None:
    with explored(archived(tmp_path / "archive.db")) as served:
        listed = {one.get("href", "").rpartition("/")[2] for one in Page(served.get("/archive")).all("a")}
        assert listed.isdisjoint({name for name, _ in machinery()})
        assert "articles" in listed
        for name, view in machinery():
            assert served.ask(f"/archive/{name}").status_code == (403 if view else 200)


def test_every_query_says_in_both_languages_what_it_is() -> None:
    for name, query in database()["queries"].items():
        assert all(query[key] for key in ("title_vi", "title_en", "about_vi", "about_en", "sql")), name
        assert list(query["parameters"]) == query["params"]


def test_robots_are_kept_out_of_every_page() -> None:
    assert metadata(BUNDLE)["plugins"]["datasette-block-robots"] == {"block_all": True}


def test_addresses_of_the_archive_stand_below_the_path_that_it_is_served_at(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    (copy / "settings.json").write_text('{"base_url": "/kho/"}', encoding="utf-8")
    assert metadata(copy)["license_url"] == "/kho/archive/portals"
    assert metadata(BUNDLE)["license_url"] == "/archive/portals"


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(BUNDLE, folder / "datasette"))


def _replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "dashboards.toml").unlink(), "there is no such file"),
        (_replaced("dashboards.toml", "[archive]", "[archive"), "no valid TOML"),
        (_replaced("dashboards.toml", "license_url", "licence_url"), "did you mean license_url?"),
        (
            _replaced("dashboards.toml", '"bulletins_by_month"', '"bulletins_by_moon"'),
            "there is no query bulletins_by_moon",
        ),
        (_replaced("dashboards.toml", '"bulletins_by_month"', '"search"'), "search has no plot"),
        (lambda folder: (folder / "settings.json").unlink(), "cannot be read: No such file"),
        (lambda folder: (folder / "settings.json").write_text("{"), "no valid JSON"),
        (lambda folder: (folder / "settings.json").write_text("[]"), "expected an object"),
        (
            lambda folder: (folder / "settings.json").write_text('{"sql_time": 1}'),
            "sql_time: is no setting of Datasette",
        ),
        (lambda folder: (folder / "settings.json").write_text('{"sql_time_limit_ms": "x"}'), "expected a whole number"),
        (lambda folder: shutil.rmtree(folder / "queries"), "found none"),
        (
            _replaced("queries/freshness.sql", "from section_freshness", "from section_newness"),
            "freshness.sql: SQL: SQLite says: no such table: section_newness",
        ),
        (
            _replaced("queries/freshness.sql", "select id, name, name from portals", "select id, nam from portals"),
            "freshness.sql: param portal: SQLite says of its choices: no such column: nam",
        ),
        (
            _replaced("queries/coverage.sql", "y=archived", "y=archive"),
            "coverage.sql: plot: the result has no column archive; it has month, section,",
        ),
    ],
)
def test_every_mistake_in_a_bundle_is_named(tmp_path: Path, spoil: Callable[[Path], object], told: str) -> None:
    folder = copied(tmp_path)
    spoil(folder)
    with pytest.raises(ConfigError) as raised:
        metadata(folder)
    assert any(told in str(mistake) for mistake in raised.value.mistakes), raised.value.mistakes
    assert all(str(folder) in str(mistake) for mistake in raised.value.mistakes)


def test_the_settings_bound_what_a_question_costs() -> None:
    found = settings(BUNDLE)
    assert found["sql_time_limit_ms"] <= 5_000
    assert found["suggest_facets"] is False
