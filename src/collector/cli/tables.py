"""Tables and JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

#: Words up to this length are never broken: the longest verdict has 14 letters.
_UNBROKEN = 14
#: Rows beyond which nobody reads a table on a screen; laying it out takes a second for each thousand.
_MOST_LAID_OUT = 1_000


def print_json(value: Any) -> None:
    """Print a value as JSON, Vietnamese letters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table as wide as the terminal; without a terminal as wide as it needs, a line a row for ``grep``."""
    rows = list(rows)
    if not sys.stdout.isatty() or len(rows) > _MOST_LAID_OUT:
        _print_lines(title, columns, rows)
        return
    # Imported late: rich costs 60 ms, and `--json` has no use for it.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    widths = [_least(column, (row[number] for row in rows)) for number, column in enumerate(columns)]
    tight = sum(widths) + 2 * (len(widths) - 1) > console.width
    table = Table(title=title or None, title_justify="left", box=None, header_style="bold", pad_edge=False)
    table.padding = (0, 1, 0, 0) if tight else (0, 1)
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column, overflow="fold", min_width=width)
    for row in rows:
        # Text, so that brackets in a bulletin's title are no markup.
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


def _least(column: str, cells: Iterable[Any]) -> int:
    """Return how narrow a column may become without breaking a short word."""
    words = [column.split(), *(str(cell).split() for cell in cells if cell is not None)]
    return max((len(word) for line in words for word in line if len(word) <= _UNBROKEN), default=1)


def _print_lines(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    cells = [list(columns), *([_one_line(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
    click.echo("\n".join([*([title] if title else []), *lines]))


def _one_line(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    # What stands before a first cell sets the table in below its heading, as on a terminal.
    return " " * (len(text) - len(text.lstrip(" "))) + " ".join(text.split())


def print_fields(fields: Mapping[str, Any]) -> None:
    """Print names and values, one a line."""
    width = max((len(name) for name in fields), default=0)
    for name, value in fields.items():
        click.echo(f"{name:<{width}}  {'' if value is None else value}")
