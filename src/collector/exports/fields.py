"""What a column is called and holds, told of the schema and of its texts alike in every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from collector.archive.snapshot import Column, Relation
from collector.config import ColumnText, TableText

_BY_DECLARED = {"integer": "integer", "real": "number"}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of an exported table."""

    name: str
    type: str  #: as Table Schema calls it: string, integer, number, date, datetime, object or array
    required: bool  #: never null
    words: tuple[str | int, ...]  #: the only values there are; empty: any
    text: ColumnText | None  #: None: a column that somebody added

    @property
    def json(self) -> bool:
        """The archive holds it as a text of JSON."""
        return self.type in ("object", "array")

    def described(self) -> dict[str, Any]:
        """Return its titles, texts and unit, as they stand in a data package."""
        text = self.text
        if text is None:
            return {}
        said = {
            "title": f"{text.title_vi} / {text.title_en}",
            "description": f"{text.vi}\n{text.en}",
            "title_vi": text.title_vi,
            "title_en": text.title_en,
            "unit": text.unit,
        }
        return {name: value for name, value in said.items() if value is not None}


def fields_of(relation: Relation, text: TableText) -> tuple[Field, ...]:
    """Return the fields of a table or view in their order."""
    texts = text.columns
    return tuple(
        Field(one.name, _type(one, texts.get(one.name)), one.required, one.words, texts.get(one.name))
        for one in relation.columns
    )


def _type(column: Column, text: ColumnText | None) -> str:
    if text is not None and text.type is not None:
        return text.type
    if column.name.endswith("_at"):
        return "datetime"
    if column.name.endswith("_on"):
        return "date"
    return _BY_DECLARED.get(column.declared, "string")
