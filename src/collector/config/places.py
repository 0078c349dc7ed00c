"""``places.toml``: the provinces and cities of the first rank, each from one change of its boundaries to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeGuard

from pydantic import Field

from collector.config.mistakes import Table, TomlFile
from collector.config.values import Day, Identifier, Text, shown
from collector.errors import ConfigError
from collector.places import Place

PLACES = "places.toml"


class PlaceEntry(Table):
    """``[[places]]``: one place; ``source`` is the id of a ``[sources]`` text."""

    id: Identifier
    name: Text
    kind: Literal["province", "city"]
    valid_from: Day | None = None
    valid_to: Day | None = None
    successor: Identifier | None = None
    source: Identifier | None = None


class PlacesFile(Table):
    """The whole of ``places.toml``."""

    sources: dict[Identifier, Text] = Field(default_factory=dict)
    places: Annotated[list[PlaceEntry], Field(min_length=1)]


def checked_places(file: TomlFile) -> tuple[Place, ...]:
    """Return the places of a file; with any mistake, which is noted there, they are not to be used."""
    checked = file.validated(PlacesFile)
    if checked is None:
        return ()
    entries = checked.places
    known: dict[str, int] = {}
    for number, entry in enumerate(entries):
        if known.setdefault(entry.id, number) != number:
            file.add(f"places[{number}].id", f"{shown(entry.id)} is the id of places[{known[entry.id]}] already")
        check_order(file, f"places[{number}]", entry.valid_from, entry.valid_to)
        if entry.source is not None and entry.source not in checked.sources:
            file.add(f"places[{number}].source", f"expected a key of [sources], found {shown(entry.source)}")
    _check_names(file, entries)
    for number, entry in enumerate(entries):
        _check_successor(file, number, entry, {one.id: one for one in entries})
    for key, circle in circles({entry.id: entry.successor for entry in entries}).items():
        file.add(f"places[{known[key]}].successor", f"leads in a circle: {' → '.join(circle)}")
    return tuple(
        Place(**{**entry.model_dump(), "source": checked.sources.get(entry.source or "")}) for entry in entries
    )


def check_order(file: TomlFile, key: str, start: object, end: object) -> None:
    """Note a span of days that ends before it begins; of what is no day its own check speaks."""
    if is_day(start) and is_day(end) and end < start:
        file.add(f"{key}.valid_to" if key else "valid_to", f"expected a day from valid_from, {start}, on, found {end}")


def is_day(value: object) -> TypeGuard[date]:
    """Say whether a value of a TOML file is a day, without a time."""
    return isinstance(value, date) and not isinstance(value, datetime)


def overlap(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Say whether two spans (first day, last day, both inclusive; None: open) share a day."""
    (first, last), (start, end) = one, other
    return not (last is not None and start is not None and last < start) and not (
        end is not None and first is not None and end < first
    )


def circles(successors: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Return each circle of successors once, under its first member: the way around it."""
    found: dict[str, list[str]] = {}
    done: set[str] = set()
    for start in successors:
        way: list[str] = []
        here: str | None = start
        while here is not None and here in successors and here not in done and here not in way:
            way.append(here)
            here = successors[here]
        if here is not None and here in way:
            circle = way[way.index(here) :]
            found[circle[0]] = [*circle, here]
        done.update(way)
    return found


def _check_names(file: TomlFile, entries: Sequence[PlaceEntry]) -> None:
    """Note two places of one name on one day: nobody could tell which a bulletin speaks of."""
    for number, entry in enumerate(entries):
        for place, other in enumerate(entries[:number]):
            both = (entry.valid_from, entry.valid_to), (other.valid_from, other.valid_to)
            if entry.name == other.name and entry.id != other.id and overlap(*both):
                file.add(
                    f"places[{number}].name", f"{shown(entry.name)} is the name of places[{place}] on the same days"
                )


def _check_successor(file: TomlFile, number: int, entry: PlaceEntry, known: Mapping[str, PlaceEntry]) -> None:
    if entry.successor is None:
        return
    key = f"places[{number}].successor"
    if entry.successor not in known:
        file.add(key, f"expected the id of another of [[places]], found {shown(entry.successor)}")
    elif entry.valid_to is None:
        file.add(key, "given, and valid_to is not: a place that goes on has no successor")
    else:
        heir, day = known[entry.successor], entry.valid_to + timedelta(days=1)
        if not overlap((day, day), (heir.valid_from, heir.valid_to)):
            file.add(key, f"expected a place that is there on {day}, the day after valid_to; {heir.id} is not")


def places(folder: Path, *, shipped: Path, opened: Callable[[Path], TomlFile]) -> tuple[Place, ...]:
    """Return the places of a configuration; its mistakes are noted in the file that ``opened`` gave.

    A folder that was copied before there were places has none: then the ``shipped`` folder's hold.

    Raises:
        ConfigError: the shipped ones are needed, and have a mistake.
    """
    here = folder / PLACES
    return checked_places(opened(here)) if here.exists() else _read(shipped)


@cache
def _read(folder: Path) -> tuple[Place, ...]:
    file = TomlFile(folder / PLACES, name=str(folder / PLACES))
    found = checked_places(file)
    if file.mistakes:
        raise ConfigError(file.mistakes)
    return found
