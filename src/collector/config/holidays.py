"""``holidays.toml``: the days on which offices are closed, weekends aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import MINYEAR, date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from collector.config.mistakes import Table, TomlFile
from collector.config.values import Day, Text, shown
from collector.errors import ConfigError
from collector.holidays import Holidays

HOLIDAYS = "holidays.toml"

#: A lunar year begins with the new moon before the sun stands at 330°: in the Gregorian calendar between these days.
_EARLIEST, _LATEST = (1, 20), (2, 21)
#: Days from the new year to the tenth of the third month: two months of 29 or 30 days, or three with a leap month.
_TO_HUNG_KINGS = (67, 69), (96, 99)
_SATURDAY = 5
_DAY = timedelta(days=1)
#: A leap year: 29 February is a day of a fixed holiday too.
_ANY_YEAR = 2024


class FixedHoliday(Table):
    """One of ``fixed``: the same day in every year from ``first_year`` on."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    name: Text
    first_year: Annotated[int, Field(ge=MINYEAR)] = MINYEAR


class Tet(Table):
    """``[tet]``: how many days around the lunar new year's first are closed, and how many after them are slow."""

    before: Annotated[int, Field(ge=0, le=30)]
    after: Annotated[int, Field(ge=0, le=30)]
    slow: Annotated[int, Field(ge=0, le=30)]


class YearEntry(Table):
    """One of ``years``."""

    year: Annotated[int, Field(ge=1900, le=2200)]
    new_year: Day
    hung_kings: Day
    also: list[Day] = Field(default_factory=list)


class HolidaysFile(Table):
    """The whole of ``holidays.toml``."""

    fixed: Annotated[list[FixedHoliday], Field(min_length=1)]
    years: Annotated[list[YearEntry], Field(min_length=1)]
    tet: Tet


def checked_holidays(file: TomlFile) -> Holidays | None:
    """Return the calendar of a file; with any mistake, which is noted there, it is not to be used."""
    checked = file.validated(HolidaysFile)
    if checked is None:
        return None
    for number, holiday in enumerate(checked.fixed):
        if _day(_ANY_YEAR, holiday) is None:
            file.add(f"fixed[{number}].day", f"expected a day of month {holiday.month}, found {holiday.day}")
    for number, entry in enumerate(checked.years):
        _check_year(file, f"years[{number}]", entry)
        if number and entry.year != checked.years[number - 1].year + 1:
            file.add(
                f"years[{number}].year",
                f"expected {checked.years[number - 1].year + 1}, the year after the one before, found {entry.year}",
            )
    if file.mistakes:
        return None
    return Holidays(
        first_year=checked.years[0].year,
        last_year=checked.years[-1].year,
        days=frozenset(day for entry in checked.years for day in _days_off(checked, entry)),
        yearly=frozenset((holiday.month, holiday.day) for holiday in checked.fixed),
    )


def _check_year(file: TomlFile, key: str, entry: YearEntry) -> None:
    for name, day in [("new_year", entry.new_year), ("hung_kings", entry.hung_kings)]:
        if day.year != entry.year:
            file.add(f"{key}.{name}", f"expected a day of {entry.year}, found {day}")
    for number, day in enumerate(entry.also):
        if day.year != entry.year:
            file.add(f"{key}.also[{number}]", f"expected a day of {entry.year}, found {day}")
    if not _EARLIEST <= (entry.new_year.month, entry.new_year.day) <= _LATEST:
        file.add(f"{key}.new_year", f"expected a day between 20 January and 21 February, found {entry.new_year}")
    elif not any(first <= (entry.hung_kings - entry.new_year).days <= last for first, last in _TO_HUNG_KINGS):
        file.add(
            f"{key}.hung_kings",
            f"expected the tenth of the third month of the year that begins on {entry.new_year}, "
            f"found {shown(entry.hung_kings)}",
        )


def _days_off(file: HolidaysFile, entry: YearEntry) -> Iterator[date]:
    """Yield the days off of one year, in no order; a holiday on a weekend gives the next day that is none of them."""
    first, last = -file.tet.before, file.tet.after + file.tet.slow
    off = {entry.new_year + _DAY * number for number in range(first, last + 1)} | set(entry.also)
    days = [_day(entry.year, holiday) for holiday in file.fixed if holiday.first_year <= entry.year]
    holidays = sorted({entry.hung_kings, *(day for day in days if day is not None)})
    off.update(holidays)
    for day in holidays:
        if day.weekday() >= _SATURDAY:
            instead = day
            while instead in off or instead.weekday() >= _SATURDAY:
                instead += _DAY
            off.add(instead)
    yield from off


def _day(year: int, holiday: FixedHoliday) -> date | None:
    try:
        return date(year, holiday.month, holiday.day)
    except ValueError:  # 29 February in most years
        return None


def holidays(folder: Path, *, shipped: Path, opened: Callable[[Path], TomlFile]) -> Holidays:
    """Return the calendar of a configuration; its mistakes are noted in the file that ``opened`` gave.

    A folder that was copied before there was a calendar has none: then the ``shipped`` folder's holds.

    Raises:
        ConfigError: the shipped one is needed, and has a mistake.
    """
    here = folder / HOLIDAYS
    found = checked_holidays(opened(here)) if here.exists() else None
    return found or _read(shipped)


@cache
def _read(folder: Path) -> Holidays:
    file = TomlFile(folder / HOLIDAYS, name=str(folder / HOLIDAYS))
    found = checked_holidays(file)
    if found is None:
        raise ConfigError(file.mistakes)
    return found
