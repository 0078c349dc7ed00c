"""Tables as JSON Lines: an object a row, UTF-8, exact."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import Any

from collector.archive.snapshot import Row
from collector.exports.fields import Field
from collector.exports.sinks import Sink


class JsonlFile:
    """One table; what the archive holds as JSON is JSON here too, NULL is ``null``."""

    def __init__(self, stream: Sink, fields: Sequence[Field]) -> None:
        self._stream = stream
        self._names = [f"{json.dumps(field.name)}: " for field in fields]
        self._json = [field.json for field in fields]

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        columns = list(zip(self._names, self._json, strict=True))
        lines = [
            ", ".join(
                [
                    name + (_embedded(value) if holds_json else _value(value))
                    for (name, holds_json), value in zip(columns, row, strict=True)
                ]
            )
            for row in rows
        ]
        self._stream.write("".join([f"{{{line}}}\n" for line in lines]).encode())

    def finish(self) -> None:
        """Nothing is left to be written."""

    def abandon(self) -> None:
        """Nothing is held."""


def _value(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"  # JSON has no word for it; every reader takes this for infinity
    return repr(value)  # of SQLite's two kinds of number it is JSON, and takes a quarter of json.dumps()


def _embedded(value: Any) -> str:
    if not isinstance(value, str):
        return _value(value)
    try:
        return json.dumps(json.loads(value, parse_constant=_refused), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _value(value)  # no JSON: nothing is lost, and the package's schema tells that it is not as it should be


def _refused(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
