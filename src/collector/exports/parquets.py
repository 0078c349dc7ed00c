"""Tables as Parquet: typed columns in row groups of bounded size; pyarrow is the extra ``parquet``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from collector.archive.snapshot import Row
from collector.archive.stamps import instant
from collector.errors import ArchiveCorrupt, UsageError
from collector.exports.fields import Field
from collector.exports.sinks import Sink

if TYPE_CHECKING:
    import pyarrow as pa

#: Bytes in memory at which a row group is written. A group a batch takes twice the disk, and readers want large ones.
GROUP_BYTES = 16_000_000

_READ: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "datetime": instant,
    "integer": int,
    "number": float,
}


def require_pyarrow() -> None:
    """Say plainly what is missing.

    Raises:
        UsageError: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401, PLC0415 - 100 ms, and an extra
    except ImportError as error:
        raise UsageError(
            # Not `collector[parquet]`: outside this environment that would be somebody else's package.
            f"Parquet is written by pyarrow, which is not installed: {sys.executable} -m pip install pyarrow"
        ) from error


class ParquetFile:
    """One table. ``*_at`` are UTC timestamps, ``*_on`` dates, what the archive holds as JSON a text of JSON."""

    def __init__(self, stream: Sink, fields: Sequence[Field]) -> None:
        from pyarrow import parquet  # noqa: PLC0415 - an extra

        self._fields = fields
        self._schema = _schema(fields)
        # zstd: half of snappy's size on Vietnamese text, and every reader of today knows it.
        self._writer = parquet.ParquetWriter(stream, self._schema, compression="zstd")
        self._held: list[pa.Table] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows; they are on the disk once a row group is full.

        Raises:
            ArchiveCorrupt: a value is not what its column is declared to hold.
        """
        import pyarrow as pa  # noqa: PLC0415 - an extra

        arrays = [
            pa.array(_column(field, values), type=kind.type)
            for field, kind, values in zip(self._fields, self._schema, zip(*rows, strict=True), strict=True)
        ]
        self._held.append(pa.Table.from_arrays(arrays, schema=self._schema))
        if sum(table.nbytes for table in self._held) >= GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        group = pa.concat_tables(self._held)
        self._held = []
        self._writer.write_table(group, row_group_size=group.num_rows)

    def finish(self) -> None:
        """Write the last rows and the footer, without which nobody reads the file."""
        if self._held:
            self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        """Let go of the file; pyarrow's writer would try to end it when it is collected, and complain."""
        with suppress(OSError, ValueError):
            self._writer.close()


def _column(field: Field, values: Sequence[Any]) -> list[Any]:
    read = _READ.get(field.type, str)
    try:
        return [None if value is None else read(value) for value in values]
    except (ValueError, TypeError, OverflowError) as error:
        raise ArchiveCorrupt(f"the column {field.name} holds what is no {field.type}: {error}") from error


def _schema(fields: Sequence[Field]) -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    types = {
        "date": pa.date32(),
        "datetime": pa.timestamp("ms", tz="UTC"),
        "integer": pa.int64(),
        "number": pa.float64(),
    }
    return pa.schema(
        [
            pa.field(
                one.name,
                types.get(one.type, pa.string()),
                nullable=not one.required,
                metadata={name: str(value) for name, value in one.described().items()},
            )
            for one in fields
        ]
    )
