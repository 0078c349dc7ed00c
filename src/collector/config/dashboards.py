"""``datasette/dashboards.toml``: what Datasette says of the archive as a whole, and what its dashboards draw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from collector.config.mistakes import Table, TomlFile
from collector.config.values import Text, as_tuple
from collector.errors import ConfigError

DASHBOARDS = "dashboards.toml"


class BothLanguages(Table):
    """One text in Vietnamese and in English."""

    vi: Text
    en: Text

    def __str__(self) -> str:
        return f"{self.vi} · {self.en}"


class About(Table):
    """The archive as a whole; the addresses are paths of the server or whole URLs."""

    title: BothLanguages
    description: BothLanguages
    license: Text
    license_url: Text
    source: Text
    source_url: Text
    about: Text
    about_url: Text


class Dashboard(Table):
    """One page of plots."""

    title: BothLanguages
    description: BothLanguages
    charts: Annotated[tuple[Text, ...], BeforeValidator(as_tuple), Field(min_length=1)]  #: queries that have a plot


class Dashboards(Table):
    """The whole file."""

    archive: About
    dashboards: dict[str, Dashboard]
    headings: dict[str, BothLanguages] = Field(
        default_factory=dict
    )  #: what columns of queries are called that no table has


def read_dashboards(folder: Path) -> Dashboards:
    """Return what the file in a bundle's folder says.

    Raises:
        ConfigError: with every mistake in it.
    """
    path = folder / DASHBOARDS
    file = TomlFile(path, name=str(path))
    found = file.validated(Dashboards)
    if found is None:
        raise ConfigError(file.mistakes)
    return found
