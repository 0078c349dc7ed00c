"""Dates as pages print them: day first, with or without a time, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A day, and the local time where one is printed beside it."""

    day: date
    time: time | None = None


# The forms of VIETNAMESE, "Dates": 08/01/2024, 19-12-2023, 29.10.2021, 28/6/ 2016, 2024-01-08, 21 tháng 09 năm 2025.
_DAY = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})(?=T|\D|$)"
    r"|(?P<d2>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<m2>\d{1,2})\s?(?P=sep)\s?(?P<y2>\d{4})(?!\d)"
    r"|(?P<d3>\d{1,2})\s+tháng\s+(?P<m3>\d{1,2})(?:\s+năm\s+|\s*[,/]\s*)(?P<y3>\d{4})(?!\d)"
    r")",
    re.IGNORECASE,
)
# 16:20:48, 14h05', 9 giờ 30, 02:07:39 PM, 07:15 CH.
_TIME = re.compile(
    r"(?<![\d:])(?P<h>\d{1,2})\s?(?:[:hg]|giờ)\s?(?P<m>\d{2})(?::(?P<s>\d{2}))?(?![\d:])"
    r"(?:\s*(?P<half>SA|CH|AM|PM)\b)?",
    re.IGNORECASE,
)
#: What may stand between a day and its time: ``08/01/2024 | 16:20``, ``01/11/2024 - 09:50``, ``19-12-2023, 06:55``.
_BETWEEN = re.compile(r"[\sT|,;:()\[\]–—-]*(?:lúc|vào lúc|ngày|thứ\s+\w+|chủ nhật)?[\sT|,;:()\[\]–—-]*", re.IGNORECASE)
#: Years of a portal; 01/01/0001 is .NET's empty date.
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
#: A printed date stands in a short text; further on there is only prose.
_REACH = 400


def printed_date(text: str) -> PrintedDate | None:
    """Return the first full date in a short text, or None; ``31/02/2024`` and dates without a year are none."""
    text = text[:_REACH]
    for match in _DAY.finditer(text):
        day = _day(match)
        if day is not None:
            return PrintedDate(day, _time_beside(text, match.start(), match.end()))
    return None


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    year, month, day = next(
        (int(parts[f"y{n}"]), int(parts[f"m{n}"]), int(parts[f"d{n}"])) for n in (1, 2, 3) if parts[f"y{n}"]
    )
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time_beside(text: str, start: int, end: int) -> time | None:
    for match in _TIME.finditer(text):
        between = text[end : match.start()] if match.start() >= end else text[match.end() : start]
        if (match.start() >= end or match.end() <= start) and _BETWEEN.fullmatch(between):
            return _clock(match)
    return None


def _clock(match: re.Match[str]) -> time | None:
    hour, minute, second = int(match["h"]), int(match["m"]), int(match["s"] or 0)
    half = (match["half"] or "").upper()
    # Portals print 24 hours with a suffix all the same ("16:20 CH"): only hours up to 12 are moved.
    if half in {"CH", "PM"} and hour < 12:  # noqa: PLR2004
        hour += 12
    elif half in {"SA", "AM"} and hour == 12:  # noqa: PLR2004
        hour = 0
    try:
        return time(hour, minute, second)
    except ValueError:
        return None
