"""Tables as CSV: RFC 4180, UTF-8 with a byte order mark, safe to open in a spreadsheet."""

from __future__ import annotations

import codecs
import math
from collections.abc import Sequence
from typing import Any

from collector.archive.snapshot import Row
from collector.exports.cells import defused
from collector.exports.fields import Field
from collector.exports.sinks import Sink


class CsvFile:
    """One table. Texts stand in quotes always, numbers never, so that NULL (nothing) is not an empty text (``""``).

    Excel reads a file without the mark in the machine's old code page and makes ``viá»‡c`` of ``việc``; frictionless,
    pandas, duckdb and R's readr pass over it. Python's csv needs ``encoding="utf-8-sig"``.
    """

    def __init__(self, stream: Sink, fields: Sequence[Field]) -> None:
        self._stream = stream
        stream.write(codecs.BOM_UTF8)
        self.write([tuple(field.name for field in fields)])

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        lines = "".join([",".join([_cell(value) for value in row]) + "\r\n" for row in rows])
        self._stream.write(lines.encode())

    def finish(self) -> None:
        """Nothing is left to be written."""

    def abandon(self) -> None:
        """Nothing is held."""


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + defused(value).replace('"', '""') + '"'
    if isinstance(value, float) and math.isinf(value):
        return "INF" if value > 0 else "-INF"  # as Table Schema writes it
    return str(value)
