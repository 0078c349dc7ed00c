"""Datasette's metadata, made of what there is already: the queries, the texts of tables and columns, the dashboards.

``config/datasette/metadata.json`` is this for the shipped configuration, for ``datasette archive.db --metadata …``;
``docs/reference`` writes it, and a test compares them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasette.app import DEFAULT_SETTINGS

from collector.archive.showing import machinery
from collector.config.dashboards import DASHBOARDS, Dashboard, read_dashboards
from collector.config.queries import CannedQuery, read_queries
from collector.config.texts import TableText, load_texts
from collector.errors import ConfigError, Mistake
from collector.explore.plots import drawing
from collector.explore.reading import DATABASE
from collector.explore.trying import tried

_SETTINGS = "settings.json"


def metadata(folder: Path) -> dict[str, Any]:
    """Return Datasette's metadata for an archive.

    Args:
        folder: the bundle, ``config/datasette`` or a copy of it: ``queries/*.sql``, ``dashboards.toml``,
            ``settings.json``.

    Raises:
        ConfigError: with the mistakes in those files.
    """
    queries = read_queries(folder / "queries")
    named = {query.name: query for query in queries}
    about = read_dashboards(folder)
    if mistakes := [*tried(queries, folder / "queries"), *_without_plot(about.dashboards, named, folder)]:
        raise ConfigError(mistakes)
    base = str(settings(folder).get("base_url") or "/")
    whose = {
        key: _address(value, base) if key.endswith("_url") else value
        for key, value in about.archive.model_dump(exclude={"title", "description"}).items()
    }
    titles = {"title": str(about.archive.title), "description": str(about.archive.description), **whose}
    return {
        **titles,
        "databases": {
            DATABASE: {
                **titles,
                "headings": {name: text.model_dump() for name, text in about.headings.items()},
                "queries": {query.name: _query(query) for query in queries},
                "tables": {
                    **{name: _table(text, whose) for name, text in load_texts().items()},
                    # Datasette 0.65 hides neither names with an underscore nor any view; what nobody may see it
                    # leaves out.
                    **{name: {"hidden": True, **({"allow": False} if view else {})} for name, view in machinery()},
                },
            }
        },
        "plugins": {
            "datasette-dashboards": {name: _dashboard(one, named) for name, one in about.dashboards.items()},
            "datasette-block-robots": {"block_all": True},
        },
    }


def settings(folder: Path) -> dict[str, Any]:
    """Return the settings of Datasette that a bundle asks for.

    Raises:
        ConfigError: with every mistake in ``settings.json``.
    """
    path = folder / _SETTINGS
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError([Mistake(str(path), "", f"cannot be read: {error.strerror or error}")]) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError([Mistake(str(path), "", f"is no valid JSON: {error}")]) from error
    if not isinstance(found, dict):
        raise ConfigError([Mistake(str(path), "", "expected an object of settings")])
    mistakes = [
        Mistake(str(path), key, f"expected {_KINDS[type(DEFAULT_SETTINGS[key])]}, as datasette --help-settings says")
        if key in DEFAULT_SETTINGS
        else Mistake(str(path), key, "is no setting of Datasette: datasette --help-settings lists them")
        for key, value in found.items()
        if key not in DEFAULT_SETTINGS or type(value) is not type(DEFAULT_SETTINGS[key])
    ]
    if mistakes:
        raise ConfigError(mistakes)
    return found


_KINDS = {bool: "true or false", int: "a whole number", str: "a text"}


def _without_plot(
    dashboards: Mapping[str, Dashboard], queries: Mapping[str, CannedQuery], folder: Path
) -> list[Mistake]:
    return [
        Mistake(
            str(folder / DASHBOARDS),
            f"dashboards.{name}.charts",
            f"{chart} has no plot" if chart in queries else f"there is no query {chart}",
        )
        for name, one in dashboards.items()
        for chart in one.charts
        if chart not in queries or queries[chart].plot is None
    ]


def _address(url: str, base: str) -> str:
    """Return an address as a page may link to it; a path is one of this server, which may stand below another one."""
    return base.rstrip("/") + url if url.startswith("/") else url


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
    if query.most is not None:
        made["most"] = query.most
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


def _dashboard(about: Dashboard, queries: Mapping[str, CannedQuery]) -> dict[str, Any]:
    charts: dict[str, Any] = {}
    for name in about.charts:
        query = queries[name]
        assert query.plot is not None  # looked at before
        charts[name] = {
            "title": f"{query.title_vi} · {query.title_en}",
            "db": DATABASE,
            "query": query.sql,
            "library": "vega-lite",
            "display": drawing(query.plot),
        }
    return {"title": str(about.title), "description": str(about.description), "charts": charts}
