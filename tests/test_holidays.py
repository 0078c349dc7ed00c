"""The calendar: what is shipped, and what is wrong with one of one's own."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.config import describe, init, load, load_shipped, shipped_folder
from collector.errors import ConfigError, Mistake
from collector.plan.rhythm import is_working

HOLIDAYS = load_shipped().holidays
DAY = timedelta(days=1)

#: The announced breaks, first and last working day off: what offices were told, not what the file's rules say.
ANNOUNCED = {
    "Tết 2019": (date(2019, 2, 4), date(2019, 2, 8)),
    "Tết 2020": (date(2020, 1, 23), date(2020, 1, 29)),
    "Tết 2021": (date(2021, 2, 10), date(2021, 2, 16)),
    "Tết 2022": (date(2022, 1, 31), date(2022, 2, 4)),
    "Tết 2023": (date(2023, 1, 20), date(2023, 1, 26)),
    "Tết 2024": (date(2024, 2, 8), date(2024, 2, 14)),
    "Tết 2025": (date(2025, 1, 27), date(2025, 1, 31)),
    "Tết 2026": (date(2026, 2, 16), date(2026, 2, 20)),
    "30 April 2022": (date(2022, 5, 2), date(2022, 5, 3)),
    "Giỗ Tổ to 1 May 2023": (date(2023, 5, 1), date(2023, 5, 3)),
    "30 April 2024": (date(2024, 4, 29), date(2024, 5, 1)),
    "30 April 2025": (date(2025, 4, 30), date(2025, 5, 2)),
    "2 September 2023": (date(2023, 9, 1), date(2023, 9, 4)),
    "2 September 2026": (date(2026, 8, 31), date(2026, 9, 2)),
    "New Year of 2026": (date(2026, 1, 1), date(2026, 1, 2)),
}


@pytest.mark.parametrize(("first", "last"), ANNOUNCED.values(), ids=list(ANNOUNCED))
def test_the_announced_breaks_are_days_off_and_offices_worked_before_them(first: date, last: date) -> None:
    span = [first + DAY * number for number in range((last - first).days + 1)]
    assert not any(is_working(day, HOLIDAYS) for day in span)
    before = first - DAY
    while before.weekday() > 4:
        before -= DAY
    assert is_working(before, HOLIDAYS)


@pytest.mark.parametrize("year", range(2015, 2036))
def test_a_year_has_as_many_working_days_as_the_law_leaves(year: int) -> None:
    days = [date(year, 1, 1) + DAY * number for number in range(365)]
    weekdays = sum(day.weekday() < 5 for day in days)
    off = weekdays - sum(is_working(day, HOLIDAYS) for day in days)
    # Five days of Tết and five slow ones after it, up to six holidays, a second day in September, exchanged ones.
    assert 13 <= off <= 19


@pytest.mark.parametrize("entry", tomllib.loads((shipped_folder() / "holidays.toml").read_text("utf-8"))["years"])
def test_tet_and_gio_to_stand_where_the_moon_stands(entry: dict[str, date]) -> None:
    """By the mean moon, which is up to 15 hours early or late: a slip of two days would be seen."""
    month = 29.530588861
    for day, of_month in [(entry["new_year"], 1), (entry["hung_kings"], 10)]:
        # Days from noon of the month's first day to a new moon of the mean calendar, that of 7 January 2000, 1:14.
        age = ((day - date(2000, 1, 7)).days - (of_month - 1) + 0.45) % month
        assert min(age, month - age) < 1, day


def test_2030_has_its_own_tet() -> None:
    assert date(2030, 1, 31) in HOLIDAYS.days
    assert date(2030, 2, 13) in HOLIDAYS.days
    assert date(2030, 2, 14) not in HOLIDAYS.days, "with China's new year, a day later, it would be slow still"


def test_the_day_of_culture_began_in_2026() -> None:
    assert is_working(date(2025, 11, 24), HOLIDAYS)
    assert not is_working(date(2026, 11, 24), HOLIDAYS)


YEAR = "{ year = 2024, new_year = 2024-02-10, hung_kings = 2024-04-18 }"
NEXT = "{ year = 2025, new_year = 2025-01-29, hung_kings = 2025-04-07 }"
TET = "[tet]\nbefore = 2\nafter = 4\nslow = 7\n"
FIXED = '{ month = 1, day = 1, name = "Tết Dương lịch" }'


def found(folder: Path, *years: str, fixed: str = FIXED, tet: str = TET) -> list[Mistake]:
    init(folder)
    text = f"fixed = [{fixed}]\nyears = [{', '.join(years)}]\n{tet}"
    (folder / "holidays.toml").write_text(text, encoding="utf-8")
    try:
        load(folder, environ={}, cwd=folder)
    except ConfigError as error:
        return error.mistakes
    return []


@pytest.mark.parametrize(
    ("years", "key", "message"),
    [
        ((YEAR, NEXT.replace("year = 2025", "year = 2026")), "years[1].year", "expected 2025, the year after"),
        ((YEAR.replace("2024-02-10", "2023-01-22"),), "years[0].new_year", "expected a day of 2024, found 2023-01-22"),
        ((YEAR.replace("02-10", "03-10"),), "years[0].new_year", "expected a day between 20 January and 21 February"),
        ((YEAR.replace("04-18", "05-28"),), "years[0].hung_kings", "tenth of the third month"),
        ((YEAR.replace(" }", ", also = [2025-04-29] }"),), "years[0].also[0]", "expected a day of 2024"),
        ((YEAR.replace("2024-02-10", '"2024-02-10"'),), "years[0].new_year", "expected a day like 2015-12-31"),
        ((YEAR.replace("hung_kings", "gio_to"),), "years[0].gio_to", "unknown key"),
        ((), "years", "expected at least one, found none"),
    ],
)
def test_a_mistake_in_the_calendar_is_told_with_its_key(
    tmp_path: Path, years: tuple[str, ...], key: str, message: str
) -> None:
    mistakes = [mistake for mistake in found(tmp_path, *years) if mistake.key == key]
    assert len(mistakes) == 1
    assert mistakes[0].file == "holidays.toml"
    assert message in mistakes[0].message


def test_a_fixed_holiday_is_a_day_of_its_month(tmp_path: Path) -> None:
    (mistake,) = found(tmp_path, YEAR, fixed='{ month = 4, day = 31, name = "x" }')
    assert (mistake.key, mistake.message) == ("fixed[0].day", "expected a day of month 4, found 31")


def test_a_calendar_without_a_mistake_is_taken_and_told_in_numbers(tmp_path: Path) -> None:
    assert found(tmp_path, YEAR, NEXT, tet="[tet]\nbefore = 0\nafter = 0\nslow = 0\n") == []
    settings = load(tmp_path, environ={}, cwd=tmp_path)
    assert {day for day in settings.holidays.days if day.weekday() < 5} == {
        *(date(2024, 1, 1), date(2024, 4, 18)),
        *(date(2025, 1, 1), date(2025, 1, 29), date(2025, 4, 7)),
    }
    assert describe(settings)["holidays"] == {"first_year": 2024, "last_year": 2025}


def test_a_folder_that_was_copied_before_there_was_a_calendar_has_the_shipped_one(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "holidays.toml").unlink()
    assert load(tmp_path, environ={}, cwd=tmp_path).holidays == HOLIDAYS
