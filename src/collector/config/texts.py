"""``datasette/texts.toml``: what tables and columns are called and mean, in Vietnamese and in English.

One file for everything that shows the archive to people: the data package of an export, and Datasette. It describes
this program's own schema, so it is always the shipped one, whatever configuration is in use.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from collector.config.mistakes import Table, TomlFile
from collector.config.shipped import shipped_folder
from collector.config.values import Text, as_tuple
from collector.errors import ConfigError

TEXTS = "datasette/texts.toml"

#: As Table Schema (Frictionless) calls them.
ColumnType = Literal["string", "integer", "number", "date", "datetime", "object", "array"]


class ColumnText(Table):
    """One column: ``Title: explanation``, or a title alone."""

    vi: Text
    en: Text
    unit: Text | None = None  #: what a number counts
    type: ColumnType | None = None  #: where neither the column's name nor SQLite tells it

    @property
    def title_vi(self) -> str:
        """The Vietnamese title: what stands before the first ``": "``."""
        return self.vi.partition(": ")[0]

    @property
    def title_en(self) -> str:
        """The English title: what stands before the first ``": "``."""
        return self.en.partition(": ")[0]


class TableText(Table):
    """One table or view: its titles, a sentence about a row, and its columns in their order."""

    vi: Text
    en: Text
    about_vi: Text
    about_en: Text
    since: Text | None = None  #: the column that a day chooses rows by; ``article``: rows go with their bulletin
    key: Annotated[tuple[Text, ...], BeforeValidator(as_tuple)] = ()  #: what is unique in a view
    columns: Annotated[dict[str, ColumnText], Field(min_length=1)]


class _TextsFile(Table):
    tables: Annotated[dict[str, TableText], Field(min_length=1)]


@cache
def load_texts() -> dict[str, TableText]:
    """Return the shipped texts by table or view, in the file's order.

    Raises:
        ConfigError: the file has mistakes; all of them are named.
    """
    path = shipped_folder() / TEXTS
    file = TomlFile(path, name=str(path))
    found = file.validated(_TextsFile)
    if found is None:
        raise ConfigError(file.mistakes)
    return found.tables
