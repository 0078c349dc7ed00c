"""What a column is called at the head of a table: in the reader's language, with its own name beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from collector.config.texts import ColumnText, load_texts


@dataclass(frozen=True, slots=True)
class Heading:
    """One column as a reader sees it."""

    name: str  #: as SQL, CSV and JSON call it
    title: str
    about: str = ""  #: what its values mean, where there is more to say than the title
    unit: str = ""


def heading(name: str, table: str | None, words: Mapping[str, Mapping[str, str]], language: str) -> Heading:
    """Return how a column is called.

    Args:
        name: the column.
        table: its table or view; None: the result of a query.
        words: titles of columns that only queries have, ``{name: {"vi": …, "en": …}}`` (``dashboards.toml``).
        language: ``vi`` or ``en``.
    """
    tables = load_texts()
    if table in tables and name in tables[table].columns:
        return _told(name, tables[table].columns[name], language)
    if name in words:
        return Heading(name, words[name][language])
    known = _anywhere().get(name)
    # Of a query's column the title is told only: what is explained elsewhere need not hold for it.
    title = name.replace("_", " ") if known is None else _told(name, known, language).title
    return Heading(name, title)


def of_table(name: str, language: str) -> dict[str, str]:
    """Return title and explanation of a table or view; of one that nobody described its name."""
    text = load_texts().get(name)
    if text is None:
        return {"title": name, "about": ""}
    return (
        {"title": text.vi, "about": text.about_vi} if language == "vi" else {"title": text.en, "about": text.about_en}
    )


def _told(name: str, text: ColumnText, language: str) -> Heading:
    title, _, about = (text.vi if language == "vi" else text.en).partition(": ")
    return Heading(name, title, about, text.unit or "")


@cache
def _anywhere() -> dict[str, ColumnText]:
    """Return a text for each column name: of the first table that has it, and that is the bulletins'."""
    found: dict[str, ColumnText] = {}
    for table in load_texts().values():
        for name, text in table.columns.items():
            found.setdefault(name, text)
    return found
