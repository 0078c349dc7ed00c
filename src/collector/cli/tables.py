"""Tables and JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

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

    table = Table(title=title or None, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, so that brackets in a bulletin's title are no markup.
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(highlight=False).print(table)


def _print_lines(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    cells = [list(columns), *(["" if cell is None else " ".join(str(cell).split()) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
    click.echo("\n".join([*([title] if title else []), *lines]))


def print_fields(fields: Mapping[str, Any]) -> None:
    """Print names and values, one a line."""
    width = max((len(name) for name in fields), default=0)
    for name, value in fields.items():
        click.echo(f"{name:<{width}}  {'' if value is None else value}")
