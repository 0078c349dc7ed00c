"""Datasette's metadata, made of what there is already: the queries, the texts of tables and columns, the dashboards.

``config/datasette/metadata.json`` is this for the shipped configuration, for ``datasette archive.db --metadata …``; a
test compares them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector.config.queries import CannedQuery, read_queries
from collector.config.texts import TableText, load_texts
from collector.explore.plots import drawing
from collector.explore.reading import DATABASE

#: What only the program needs; Datasette 0.65 does not hide names with an underscore by itself.
_MACHINERY = (
    "_bulletins_known_of",
    "_capture_bodies",
    "_capture_dictionaries",
    "_checks",
    "_current_figures",
    "_figures_that_count",
    "_hosts",
    "_index_walks",
    "_known_bulletins",
    "_people_fts",
    "_readings",
    "_robots",
    "_searched",
    "_section_walks",
    "_sightings",
    "_sqlite_migrations",
    "_strikes",
    "_uncounted_views",
    "_unread",
)


def metadata(folder: Path) -> dict[str, Any]:
    """Return Datasette's metadata for an archive.

    Args:
        folder: the bundle, ``config/datasette`` or a copy of it: ``queries/*.sql`` and ``dashboards.toml``.

    Raises:
        ConfigError: with every mistake in those files.
    """
    queries = read_queries(folder / "queries")
    named = {query.name: query for query in queries}
    about = tomllib.loads((folder / "dashboards.toml").read_text(encoding="utf-8"))
    archive = about["archive"]
    whose = {key: archive[key] for key in ("license", "license_url", "source", "source_url", "about", "about_url")}
    return {
        "title": _both(archive["title"]),
        "description": _both(archive["description"]),
        **whose,
        "databases": {
            DATABASE: {
                "title": _both(archive["title"]),
                "description": _both(archive["description"]),
                **whose,
                "queries": {query.name: _query(query) for query in queries},
                "tables": {
                    **{name: _table(text, whose) for name, text in load_texts().items()},
                    **{name: {"hidden": True} for name in _MACHINERY},
                },
            }
        },
        "plugins": {
            "datasette-dashboards": {name: _dashboard(one, named) for name, one in about["dashboards"].items()},
            "datasette-block-robots": {"block_all": True},
        },
    }


def _both(text: Mapping[str, str]) -> str:
    return f"{text['vi']} · {text['en']}"


def _query(query: CannedQuery) -> dict[str, Any]:
    made: dict[str, Any] = {
        "sql": query.sql,
        "params": [one.name for one in query.parameters],
        "title": f"{query.title_vi} · {query.title_en}",
        "description": f"{query.about_vi} · {query.about_en}",
        "title_vi": query.title_vi,
        "title_en": query.title_en,
        "about_vi": query.about_vi,
        "about_en": query.about_en,
        "hide_sql": True,
        "parameters": {
            one.name: {"vi": one.label_vi, "en": one.label_en, "default": one.default, "choices": one.choices}
            for one in query.parameters
        },
    }
    if query.order is not None:
        made["order"] = query.order
    if query.plot is not None:
        made["plot"] = drawing(query.plot)
    return made


def _table(text: TableText, whose: Mapping[str, str]) -> dict[str, Any]:
    return {
        "title": f"{text.vi} · {text.en}",
        "description": f"{text.about_vi} · {text.about_en}",
        **whose,
        "columns": {
            name: f"{one.vi} · {one.en}" + (f" ({one.unit})" if one.unit else "") for name, one in text.columns.items()
        },
        "size": 50,
    }


def _dashboard(about: Mapping[str, Any], queries: Mapping[str, CannedQuery]) -> dict[str, Any]:
    charts: dict[str, Any] = {}
    for name in about["charts"]:
        query = queries[name]
        assert query.plot is not None
        charts[name] = {
            "title": f"{query.title_vi} · {query.title_en}",
            "db": DATABASE,
            "query": query.sql,
            "library": "vega-lite",
            "display": drawing(query.plot),
        }
    return {"title": _both(about["title"]), "description": _both(about["description"]), "charts": charts}
