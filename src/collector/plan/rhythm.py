"""When a section's silence is unusual: its own gaps between publication days, counted in working days.

A gap of 1 is two working days in a row; what is published on a day off counts for the working day before it. A section
is learned from its gaps within :data:`WINDOW` before its last publication, however long ago that was, so that silence
itself teaches nothing and never ends an alarm. Silence is unusual beyond the largest of

- a working week;
- one and a half times the longest gap, and a day; and
- the gap that would come once in :data:`_YEARS` years if gaps beyond the longest tenth of those known thinned out
  exponentially, as those of a section do whose bulletins know nothing of one another. How little a few gaps tell of
  their mean is part of it: after k excesses of the mean s over a threshold the next is longer than t with the chance
  ``(1 + t / (k s)) ** -k``, the predictive distribution of an exponential whose rate is not known.

Simulated on the shipped calendar by ``benchmarks/rhythm.py --sections 15 --years 12``: 180 judged years of each habit.
"Alarm after": working days without a bulletin, mean and longest.

============================  ================  ===========
habit                         one false alarm   alarm after
============================  ================  ===========
daily, 19 days of 20          none              6, 8
daily, 4 days of 5            none              7, 10
every other day               in 60 years       14, 19
weekly                        in 180 years      17, 29
monthly                       in 18 years       58, 100
one a week, memoryless        in 36 years       37, 65
two a month, memoryless       in 11 years       67, 152
one a month, memoryless       in 16 years       127, 294
bursts of 2 to 6              in 11 years       85, 183
daily, away each summer       in 180 years      20, 26
weekly, away each summer      in 20 years       34, 54
fewer for three months        in 22 years       14, 20
gaps of every size            in 8 years        67, 238
============================  ================  ===========
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from collector.holidays import Holidays

#: How far back a habit is learned from: two years and some weeks, so that what comes once a year is there twice.
WINDOW = timedelta(days=800)
#: Fewer gaps are no habit yet: ten months of a monthly section, two weeks of a daily one.
_LEAST = 10
#: From so many on, what came once only is an accident (a portal that moved) and not a habit: the second longest counts.
_MANY = 40
#: How much longer than the longest a gap may be; a quiet working week is ordinary for everybody (a congress, a cold).
_FACTOR, _MORE, _WEEK = 1.5, 1, 5
#: Gaps beyond a threshold that the tail is learned from: a tenth of all, and at least five.
_TAIL_SHARE, _LEAST_TAIL = 10, 5
#: A false alarm of a section without any habit comes once in so many years.
_YEARS, _WORKING_DAYS_A_YEAR = 10, 250
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """How long a section has published nothing, beside what is usual for it; None: too few gaps are known."""

    since: date  #: the last publication day
    until: date  #: the day that it was counted on, itself left out: its bulletin may still come
    working_days: int  #: whole ones without a bulletin
    usual: int | None  #: the longest such silence so far; one that came only once in many is left out
    limit: int | None  #: more of them are unusual
    expected_by: date | None  #: the working day on which the longest usual silence would have ended
    holidays_known: bool  #: False: some of these years are beyond the calendar, and Tết among them counts as work

    @property
    def unusual(self) -> bool:
        """Say whether somebody should look."""
        return self.limit is not None and self.working_days > self.limit


@dataclass(frozen=True, slots=True)
class Quiet:
    """A section that has published nothing for unusually long."""

    section: str  #: ``portal/section``
    since: date  #: the last publication day
    working_days: int  #: whole ones without a bulletin
    usual: int  #: the longest such silence so far
    expected_by: date  #: the working day on which the longest usual silence would have ended


def is_working(day: date, holidays: Holidays) -> bool:
    """Say whether offices publish on that day: no weekend, no holiday, not the slow days after Tết."""
    if day.weekday() >= _SATURDAY or day in holidays.days:
        return False
    return _knows(day, holidays) or (day.month, day.day) not in holidays.yearly


def silence(days: Iterable[date], until: date, holidays: Holidays) -> Silence | None:
    """Return how long nothing was published before ``until``; None: nothing ever was.

    Args:
        days: publication days, local, in any order, repeated or not; those after ``until`` are somebody's slip.
        until: the local day on which the section was looked at last: of later ones nobody knows anything.
        holidays: the calendar.
    """
    published = sorted({one for one in days if one <= until})
    if not published:
        return None
    since = published[-1]
    recent = [one for one in published if since - one <= WINDOW]
    # Two publications between which nobody worked are one.
    gaps = [gap for before, after in pairwise(recent) if (gap := _working_days(before, after, holidays))]
    usual_gap, limit_gap = _habit(gaps)
    return Silence(
        since=since,
        until=until,
        working_days=_working_days(since, until - _DAY, holidays) if until > since else 0,
        usual=None if usual_gap is None else usual_gap - 1,
        limit=None if limit_gap is None else limit_gap - 1,
        expected_by=None if usual_gap is None else _working_day_after(since, usual_gap, holidays),
        holidays_known=_knows(since, holidays) and _knows(until, holidays),
    )


def quiet(section: str, found: Silence | None) -> Quiet | None:
    """Return a section's silence as something to tell, if it is unusual."""
    if found is None or not found.unusual or found.usual is None or found.expected_by is None:
        return None
    return Quiet(section, found.since, found.working_days, found.usual, found.expected_by)


def _knows(day: date, holidays: Holidays) -> bool:
    return holidays.first_year <= day.year <= holidays.last_year


def _working_days(after: date, last: date, holidays: Holidays) -> int:
    """Return how many working days there are after one day, up to and including another."""
    return sum(is_working(after + _DAY * number, holidays) for number in range(1, (last - after).days + 1))


def _working_day_after(day: date, count: int, holidays: Holidays) -> date:
    while count and day < date.max:
        day += _DAY
        count -= is_working(day, holidays)
    return day


def _habit(gaps: Sequence[int]) -> tuple[int, int] | tuple[None, None]:
    """Return the longest usual gap and the longest that is not unusual yet."""
    known = len(gaps)
    if known < _LEAST:
        return None, None
    longest = sorted(gaps, reverse=True)
    usual = longest[1 if known >= _MANY else 0]
    tail = min(known - 1, max(_LEAST_TAIL, known // _TAIL_SHARE))
    threshold = longest[tail]
    # Half a day, because gaps are whole days: 1.3 working days between two publications may be 0.8 or 1.8 in hours.
    scale = math.fsum(gap - threshold for gap in longest[:tail]) / tail + 0.5
    chance = sum(gaps) / known / (_YEARS * _WORKING_DAYS_A_YEAR)
    beyond = tail * scale * max(0.0, (tail / known / chance) ** (1 / tail) - 1)
    return usual, math.floor(max(_FACTOR * usual + _MORE, threshold + beyond, _WEEK + 1))
