"""Cells of Datasette's tables that lead on: from a row to the bulletin, from a figure to its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from collector.explore.phrasing import shortened
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


def _title(row: Any, value: Any, table: str | None) -> Markup | None:
    path = _bulletin(row, table)
    return None if path is None else Markup('<a href="{}">{}</a>').format(path, shortened(str(value), _SHOWN))


def _printed(row: Any, value: Any, table: str | None) -> Markup | None:
    path = _bulletin(row, table)
    number = _of(row, "indicator") or (_of(row, "id") if table in _FIGURES else None)
    if path is None or number is None:
        return None
    return Markup('<a href="{}#n{}">{}</a>').format(path, number, value)


def _capture(row: Any, value: Any, table: str | None) -> Markup | None:
    if table != "captures" or _of(row, "id") is None:
        return None
    return Markup('<a href="/captures/{}" download>{}</a>').format(row["id"], value)


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
}
