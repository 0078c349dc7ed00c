"""From a folder of TOML files to ``Settings``, or to the list of everything that is wrong with them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from collector.config.holidays import holidays
from collector.config.layouts import at, tables_of
from collector.config.mistakes import TomlFile
from collector.config.places import PLACES, circles, places
from collector.config.portals import checked_family, checked_portal, profile_of
from collector.config.settings import CollectorFile, Health, Settings
from collector.config.shipped import shipped_folder
from collector.config.values import is_identifier, shown
from collector.config.vocabulary import vocabulary
from collector.errors import ConfigError

FILE_NAME = "collector.toml"
ENVIRONMENT = "COLLECTOR_CONFIG"
#: What to type where the extra ``alerts`` is missing.
APPRISE = "pip install 'apprise>=2.3,<3'"


def load(path: Path | None, *, environ: Mapping[str, str], cwd: Path, also: Sequence[str] = ()) -> Settings:
    """Read the configuration, whole or not at all.

    Args:
        path: a folder with a ``collector.toml``, or such a file; None: ``COLLECTOR_CONFIG``, else
            ``config/collector.toml`` in ``cwd`` if there is one, else the copy inside the package.
        environ: where ``COLLECTOR_CONFIG`` may stand.
        cwd: what relative paths start from.
        also: ids of portals that have a file and that ``portals`` does not list.

    Raises:
        ConfigError: with every mistake of ``collector.toml``, of each portal and family that it names, and of the
            vocabulary.
    """
    return _Loading(_main_file(path, environ, cwd), cwd, also).settings()


def health_alone(path: Path | None, *, environ: Mapping[str, str], cwd: Path) -> Health:
    """Return ``[health]`` of a configuration that has mistakes; the standard values where it is one of them."""
    try:
        table = tomllib.loads(_main_file(path, environ, cwd).read_bytes().decode("utf-8-sig")).get("health", {})
        return Health.model_validate(table)
    except (OSError, ValueError):  # pydantic's and tomllib's are ValueErrors
        return Health()


@cache
def load_shipped() -> Settings:
    """Return the configuration that comes with the program."""
    return load(shipped_folder(), environ={}, cwd=shipped_folder())


def _main_file(path: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    place = cwd / _chosen(path, environ, cwd)
    return place / FILE_NAME if place.is_dir() else place


def _chosen(path: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    if path is not None:
        return path
    if environ.get(ENVIRONMENT):
        return Path(environ[ENVIRONMENT])
    here = cwd / "config" / FILE_NAME
    return here if here.is_file() else shipped_folder() / FILE_NAME


class _Loading:
    """One reading of a configuration; a family that several portals name is read once."""

    def __init__(self, file: Path, cwd: Path, also: Sequence[str]) -> None:
        self._cwd = cwd
        self._also = also
        self._folder = file.parent
        self._main = self._open(file)
        self._families: dict[str, TomlFile] = {}
        self._portals: list[TomlFile] = []
        self._words: list[TomlFile] = []

    def _open(self, path: Path) -> TomlFile:
        name = path.relative_to(self._cwd) if path.is_relative_to(self._cwd) else path
        return TomlFile(path, name=str(name))

    def settings(self) -> Settings:
        """Return the settings, or raise ``ConfigError``."""
        checked = self._main.validated(CollectorFile)
        self._check_both_schedules()
        self._check_ca_bundle()
        wholes = [whole for key, name in self._portal_ids() if (whole := self._portal(key, name)) is not None]
        words = vocabulary(self._folder, shipped=shipped_folder(), opened=self._words_file)
        lands = places(self._folder, shipped=shipped_folder(), opened=self._words_file)
        calendar = holidays(self._folder, shipped=shipped_folder(), opened=self._words_file)
        self._check_lineage({place.id for place in lands})
        files = [self._main, *self._families.values(), *self._portals, *self._words]
        mistakes = [mistake for file in files for mistake in file.mistakes]
        if mistakes or checked is None:
            raise ConfigError(mistakes)
        return Settings(
            folder=self._folder,
            **{name: getattr(checked, name) for name in CollectorFile.model_fields if name != "portals"},
            portals=tuple(dict.fromkeys((*checked.portals, *self._also))),
            profiles=tuple(profile_of(whole, self._contents(), timezone=checked.timezone) for whole in wholes),
            vocabulary=words,
            places=lands,
            holidays=calendar,
            warnings=tuple(self._warnings(checked)),
        )

    def _words_file(self, path: Path) -> TomlFile:
        self._words.append(self._open(path))
        return self._words[-1]

    def _check_both_schedules(self) -> None:
        schedule = (self._main.content or {}).get("schedule")
        if isinstance(schedule, dict) and {"every", "cron"} <= schedule.keys():
            self._main.add("schedule", "expected one of every and cron, found both")

    def _check_ca_bundle(self) -> None:
        http = (self._main.content or {}).get("http")
        bundle = http.get("ca_bundle") if isinstance(http, dict) else None
        if isinstance(bundle, str) and bundle and not (self._cwd / bundle).is_file():
            self._main.add("http.ca_bundle", f"expected a PEM file, found none at {bundle}")

    def _portal_ids(self) -> Iterator[tuple[str, str]]:
        """Yield the key that names it and the id of each portal once, as far as the list lets them be told."""
        ids = (self._main.content or {}).get("portals")
        seen: dict[str, int] = {}
        for number, name in enumerate(ids if isinstance(ids, list) else []):
            if not isinstance(name, str):
                continue  # the list's own check said so
            if name in seen:
                self._main.add(f"portals[{number}]", f"{shown(name)} is listed already, as portals[{seen[name]}]")
                continue
            seen[name] = number
            yield f"portals[{number}]", name
        yield from (("portals", name) for name in dict.fromkeys(self._also) if name not in seen)

    def _portal(self, key: str, name: str) -> dict[str, Any] | None:
        path = self._named("portals", name, self._main, key)
        if path is None:
            return None
        file = self._open(path)
        self._portals.append(file)
        if file.content is None:
            return None
        family: Mapping[str, Any] | None = {}
        if "family" in file.content:
            given = file.content["family"]
            family = self._family(given, file, "family") if isinstance(given, str) else None
        self._layout_families(file)
        return checked_portal(file, family, self._contents())

    def _check_lineage(self, places: Set[str]) -> None:
        """Note places and successors of portals that are not there; a successor's file need not be in use."""
        successors: dict[str, str | None] = {}
        for file in self._portals:
            place, successor = (at(file.content, key) for key in ("place", "successor"))
            if isinstance(place, str) and places and place not in places:
                near = get_close_matches(place, sorted(places), n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                file.add("place", f"expected the id of a place of {PLACES}, found {shown(place)}{hint}")
            if isinstance(successor, str) and self._named("portals", successor, file, "successor") is not None:
                successors[file.path.stem] = successor
        for name, circle in circles(successors).items():
            file = next(file for file in self._portals if file.path.stem == name)
            file.add("successor", f"leads in a circle: {' → '.join(circle)}")

    def _family(self, name: str, namer: TomlFile, key: str) -> Mapping[str, Any] | None:
        path = self._named("families", name, namer, key)
        if path is None:
            return None
        if name not in self._families:
            self._families[name] = file = self._open(path)
            if file.content is not None:
                checked_family(file)
                self._layout_families(file)
        return self._families[name].content

    def _layout_families(self, file: TomlFile) -> None:
        """Read the families that a file's layouts name."""
        for number, layout in enumerate(tables_of(file.content, "layouts")):
            if isinstance(layout.get("family"), str):
                self._family(layout["family"], file, f"layouts[{number}].family")

    def _contents(self) -> dict[str, Mapping[str, Any] | None]:
        return {name: file.content for name, file in self._families.items()}

    def _named(self, kind: str, name: str, namer: TomlFile, key: str) -> Path | None:
        """Return the file of an id; None, with the mistake noted where the id was given, if there is none."""
        folder = self._folder / kind
        if not is_identifier(name):
            return None  # the key's own check says so
        if (folder / f"{name}.toml").is_file():
            return folder / f"{name}.toml"
        known = sorted(path.stem for path in folder.glob("*.toml"))
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"
        namer.add(key, f"expected a file {kind}/{name}.toml, found none; {hint}")
        return None

    def _warnings(self, checked: CollectorFile) -> Iterator[str]:
        if not checked.http.contact:
            yield (
                f"{self._main.name}: http.contact is empty: give an e-mail or web address, so that a portal's keeper "
                "can ask you to slow down instead of locking you out"
            )
        if checked.alerts.urls and find_spec("apprise") is None:
            yield (
                f"{self._main.name}: alerts.urls cannot be told anything, because Apprise is not installed: {APPRISE}"
            )
