"""How often a section that goes on publishing is called quiet, and how soon one that has stopped is noticed.

Each habit is simulated on the shipped calendar, from 2017 on: on its working days, weekends and holidays left out, and
with what each kind of office does around them. The first three years are learned from only.

Run: python benchmarks/rhythm.py --sections 20 --years 12
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from collector.config import load_shipped
from collector.plan.rhythm import is_working, silence

HOLIDAYS = load_shipped().holidays
FIRST = date(2017, 1, 2)
#: Years that are learned from before anything is judged.
LEARNED = 3

#: Takes chance and a number of working days; gives the numbers of those with a bulletin.
Habit = Callable[[random.Random, int], Iterator[int]]


def daily(chance: float) -> Habit:
    """Return an office that publishes on each working day with that chance."""
    return lambda rng, days: (day for day in range(days) if rng.random() < chance)


def memoryless(mean: float) -> Habit:
    """Return one whose bulletins know nothing of one another, with so many working days between two."""

    def habit(rng: random.Random, days: int) -> Iterator[int]:
        yield from _until(days, accumulate(iter(lambda: rng.expovariate(1 / mean), None)))

    return habit


def weekly(rng: random.Random, days: int) -> Iterator[int]:
    """Yield mostly Wednesdays; one week in 25 is left out."""
    for week in range(0, days - 5, 5):
        if rng.random() > 1 / 25:
            yield week + rng.choice([1, 2, 2, 2, 2, 3])


def monthly(rng: random.Random, days: int) -> Iterator[int]:
    """Yield a day about the middle of the month; one month in 30 is left out."""
    for month in range(0, days - 30, 21):
        if rng.random() > 1 / 30:
            yield month + max(0, round(rng.gauss(10, 3)))


def bursts(rng: random.Random, days: int) -> Iterator[int]:
    """Yield two to six bulletins at a time, and nothing for 15 working days on average after them."""
    day = 0
    while day < days:
        for _ in range(rng.randint(2, 6)):
            yield day
            day += rng.choice([1, 1, 2])
        day += int(rng.expovariate(1 / 15)) + 1


def vacations(chance: float) -> Habit:
    """Return one that publishes nothing for two to three weeks each summer."""

    def habit(rng: random.Random, days: int) -> Iterator[int]:
        away: set[int] = set()
        for year in range(0, days, 245):
            first = year + rng.randint(115, 135)
            away |= set(range(first, first + rng.randint(10, 15)))
        yield from (day for day in daily(chance)(rng, days) if day not in away)

    return habit


def seasons(rng: random.Random, days: int) -> Iterator[int]:
    """Yield nine days in ten for nine months of each year, a third of the days for three."""
    yield from (day for day in range(days) if rng.random() < (0.9 if day % 240 < 240 * 3 / 4 else 0.35))


def heavy(rng: random.Random, days: int) -> Iterator[int]:
    """Yield gaps of every size (lognormal, median 4): no habit at all."""
    yield from _until(days, accumulate(iter(lambda: rng.lognormvariate(1.4, 1.0) + 1, None)))


def _until(days: int, moments: Iterator[float]) -> Iterator[int]:
    for moment in moments:
        if moment >= days:
            return
        yield int(moment)


HABITS: dict[str, Habit] = {
    "daily, 19 of 20 days": daily(0.95),
    "daily, 4 of 5 days": daily(0.8),
    "every other day": daily(0.5),
    "memoryless, one a week": memoryless(5),
    "memoryless, two a month": memoryless(10),
    "memoryless, one a month": memoryless(21),
    "weekly": weekly,
    "monthly": monthly,
    "bursts": bursts,
    "daily with summer vacations": vacations(0.8),
    "weekly with summer vacations": vacations(0.25),
    "seasons": seasons,
    "gaps of every size": heavy,
}


@dataclass(frozen=True)
class Judged:
    """What came of one habit."""

    alarms: int
    years: float
    noticed: Sequence[int]  #: working days from a last publication to the alarm, after each one

    def line(self) -> str:
        """Return a row of the table."""
        apart = f"{self.years / self.alarms:.0f}" if self.alarms else f"none in {self.years:.0f}"
        return f"{apart:>12}  {sum(self.noticed) / len(self.noticed):6.0f}  {max(self.noticed):6d}"


def judge(habit: Habit, *, sections: int, years: int, seed: int) -> Judged:
    """Simulate so many sections, each judged for so many years."""
    last = FIRST + timedelta(days=365 * (years + LEARNED))
    span = (FIRST + timedelta(days=number) for number in range((last - FIRST).days))
    calendar = [day for day in span if is_working(day, HOLIDAYS)]
    begin = FIRST + timedelta(days=365 * LEARNED)
    rng = random.Random(seed)
    alarms, noticed = 0, []
    for _ in range(sections):
        days = [calendar[number] for number in sorted(set(habit(rng, len(calendar)))) if number < len(calendar)]
        for number, day in enumerate(days):
            if day < begin:
                continue
            # Only what is within reach: the rest is left out anyway.
            found = silence(days[max(0, number - 600) : number], day, HOLIDAYS)
            if found is None or found.limit is None:
                continue
            alarms += found.unusual
            noticed.append(found.limit + 1)
    return Judged(alarms, sections * years, noticed)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sections", type=int, default=20)
    parser.add_argument("--years", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    print(f"{'habit':30}{'false every':>12}  {'mean':>6}  {'most':>6}")
    for name, habit in HABITS.items():
        print(f"{name:30}{judge(habit, sections=asked.sections, years=asked.years, seed=asked.seed).line()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
