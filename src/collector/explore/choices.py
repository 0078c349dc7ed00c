"""What a reader may choose for a query's parameter: listed from the archive by the parameter's own statement."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasette.database import QueryInterrupted
from datasette.utils.sqlite import sqlite3

from collector.explore.phrasing import local_day
from collector.explore.reading import DATABASE
from collector.explore.words import coded

#: A list longer than this helps nobody; what is not in it can still be typed.
_MOST = 500
#: By statement: the archive's files when it was asked, and what it answered. A list takes 50 ms on 50,000 bulletins,
#: and every page of its query shows it.
_answered: dict[tuple[str, str], tuple[tuple[int, ...], list[tuple[str, str, str]]]] = {}

Choice = tuple[str, str]


async def choices(datasette: Any, query: Mapping[str, Any], language: str) -> dict[str, list[Choice]]:
    """Return of each parameter that lists its choices (value, label in the language), in the list's order.

    A parameter whose list takes longer than Datasette allows, or cannot be made, has none: it is typed then.
    """
    listed: dict[str, list[Choice]] = {}
    which = 1 if language == "vi" else 2
    for name, parameter in (query.get("parameters") or {}).items():
        if parameter.get("choices"):
            rows = await _rows(datasette, parameter["choices"])
            listed[name] = [(row[0], _label(row[0], row[which], name, language)) for row in rows]
    return listed


def _label(value: str, label: str, parameter: str, language: str) -> str:
    """Return what a choice is called: as its statement says, else by the names of codes and the manner of days."""
    if label != value:
        return label
    return coded(value, parameter, language) or (local_day(value, language) if parameter == "day" else value)


async def _rows(datasette: Any, sql: str) -> list[tuple[str, str, str]]:
    path = str(datasette.get_database(DATABASE).path)
    stamp = _stamp(path)
    kept = _answered.get((path, sql))
    if kept is not None and kept[0] == stamp:
        return kept[1]
    try:
        answer = await datasette.execute(DATABASE, sql, truncate=True, page_size=_MOST)
    except (QueryInterrupted, sqlite3.Error):
        return []
    rows = [_choice(list(row)) for row in answer.rows[:_MOST] if row[0] not in (None, "")]
    _answered[path, sql] = stamp, rows
    return rows


def _choice(row: list[Any]) -> tuple[str, str, str]:
    value, vi, en = [*row, None, None][:3]
    return str(value), str(vi or value), str(en or vi or value)


def _stamp(path: str) -> tuple[int, ...]:
    """Return what changes when anybody writes the archive: its file and its log."""
    files = (Path(path), Path(f"{path}-wal"))
    return tuple(number for file in files if file.exists() for number in (file.stat().st_mtime_ns, file.stat().st_size))
