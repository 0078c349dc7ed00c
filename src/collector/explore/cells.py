"""Cells of Datasette's tables that lead on: from a row to the bulletin, from a figure to its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from collector.explore.phrasing import outside, shortened
from collector.explore.reading import DATABASE
from collector.explore.snippets import CLOSES, OPENS, pieces

#: A cell of a table of 50 rows; the row's own page has all of it.
_SHOWN = 300

#: Tables and views whose rows are figures, known by their id.
_FIGURES = frozenset({"indicators", "current_indicators", "figure_series"})


def linked(row: Any, value: Any, column: str, table: str | None) -> Markup | None:
    """Return a cell as a page shows it with a link; None: Datasette shows it as it does.

    Args:
        row: the whole row, by column.
        value: of the cell; of a foreign key that Datasette has looked up ``{"value": …, "label": …}``.
        column: its name.
        table: table or view; None: the result of a query.
    """
    if value is None or isinstance(value, bytes):
        return None
    make = _MADE.get(column)
    return None if make is None else make(row, value, table)


def _link(path: str, value: Any) -> Markup:
    """Return a link; Markup.format() takes five times as long, and a page may have 20,000 cells."""
    return Markup(f'<a href="{escape(path)}">{escape(value)}</a>')  # noqa: S704 - each of its parts is escaped


def _title(row: Any, value: Any, table: str | None) -> Markup | None:
    path = _bulletin(row, table)
    return None if path is None else _link(path, shortened(str(value), _SHOWN))


def _printed(row: Any, value: Any, table: str | None) -> Markup | None:
    path = _bulletin(row, table)
    number = _of(row, "indicator") or (_of(row, "id") if table in _FIGURES else None)
    if path is None or number is None:
        return None
    # Of the table's rows any may be of an earlier state; the views have those of the latest.
    return _link(f"/figures/{number}" if table == "indicators" else f"{path}#n{number}", value)


def _capture(row: Any, value: Any, table: str | None) -> Markup | None:
    if table != "captures" or _of(row, "id") is None:
        return None
    return Markup('<a href="/captures/{}" download>{}</a>').format(row["id"], value)


def _number(path: str) -> Callable[[Any, Any, str | None], Markup | None]:
    """Return what leads from a number to its row or page; one that Datasette has looked up leads there already."""

    def made(row: Any, value: Any, table: str | None) -> Markup | None:
        del row, table
        return _link(f"{path}{value}", value) if type(value) is int else None

    return made


def _measure(row: Any, value: Any, table: str | None) -> Markup | None:
    del row
    if table == "measures" or not isinstance(value, str):
        return None
    return _link(f"/{DATABASE}/measures/{tilde_encode(value)}", value)


def _person(row: Any, value: Any, table: str | None) -> Markup | None:
    del row
    if table is not None or not isinstance(value, str):
        return None
    return _link(f"/{DATABASE}/appearances?{urlencode({'person': value})}", value)


def _url(row: Any, value: Any, table: str | None) -> Markup | None:
    del row, table
    return outside(value, value) if isinstance(value, str) else None


def _snippet(row: Any, value: Any, table: str | None) -> Markup | None:
    del row, table
    if OPENS not in str(value) and CLOSES not in str(value):
        return None
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece.text) if piece.mark else Markup("{}").format(piece.text)
        for piece in pieces(str(value))
    )


def _bulletin(row: Any, table: str | None) -> str | None:
    """Return the path of the bulletin that a row is or is of."""
    article = _of(row, "article") if table != "articles" else _of(row, "id")
    if isinstance(article, Mapping):
        article = article["value"]
    return None if article is None else f"/articles/{article}"


def _of(row: Any, column: str) -> Any:
    return row[column] if column in row.keys() else None  # noqa: SIM118 - a sqlite3.Row iterates over its values


_MADE: dict[str, Callable[[Any, Any, str | None], Markup | None]] = {
    "title": _title,
    "article_title": _title,
    "printed": _printed,
    "sha256": _capture,
    "snippet": _snippet,
    "article": _number("/articles/"),
    "indicator": _number(f"/{DATABASE}/indicators/"),
    "revision": _number(f"/{DATABASE}/revisions/"),
    "capture": _number(f"/{DATABASE}/captures/"),
    "measure": _measure,
    "person": _person,
    "url": _url,
    "final_url": _url,
}
