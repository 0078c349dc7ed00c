"""A simulated year of the daemon: everything that may happen to it in one, in some minutes, and what came of it.

    python tests/year.py [--days 365] [--every 120] [--seed N] [--kills N] [--stops N]

The daemon is the real one, in processes of its own that are killed with ``kill -9``, on an archive on the disk and over
real HTTP to two replica portals; only its clocks, its sleep and its messages are the story's. ``year_story`` tells what
happens, ``year_world`` lets it happen, ``year_truth`` compares. Less than a year is another, shorter story.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from year_clock import YearClock
from year_site import Site
from year_story import YEAR, Story
from year_truth import Truth
from year_world import DAY, World


@dataclass
class Outcome:
    """What a story came to."""

    figures: dict[str, object] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = []
        for name, given in {**self.figures, **self.counts}.items():
            value = given
            if isinstance(given, dict):
                value = ", ".join(f"{key} {number}" for key, number in given.items())
            if isinstance(value, list):
                lines += [f"{name}:", *(f"    {one}" for one in value)]
            else:
                lines.append(f"{name + ':':<36}{value}")
        return "\n".join([*lines, f"{'violations:':<36}{len(self.violations)}", *self.violations])


def tell(folder: Path, *, days: int, every: int, seed: int, kills: int, stops: int) -> Outcome:
    """Tell a story of so many days; ``every``: minutes from one poll to the next."""

    def sites(clock: YearClock, chance: random.Random) -> list[Site]:
        return [
            Site("a", clock=clock, chance=chance, sections=3 if days >= YEAR else 2, etags=True, opening=12),
            Site("b", clock=clock, chance=chance, sections=1, etags=False, opening=6),
        ]

    began = time.monotonic()
    world = World(folder, seed=seed, every=every, sites=sites)
    try:
        story = Story(world, days=days, kills=kills, stops=stops)
        world.tell(days * DAY)
        told = time.monotonic() - began
        truth = Truth(world, story.expected)
        truth.compare()
    finally:
        world.close()
    spent = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    figures = {
        "seed": seed,
        "days": days,
        "a poll every": f"{every} minutes, and in part by cron in Europe/Berlin"
        if days >= YEAR
        else f"{every} minutes",
        "real seconds": f"{told:.0f}, {spent:.0f} of a processor",
        "steps of the clock": world.record.steps,
        "days without a daemon": round(world.away(0, days * DAY) / DAY, 1),
        **truth.figures,
    }
    return Outcome(figures, world.record.counts, truth.violations)


def main() -> int:
    """Tell a story, and say what came of it; 1 when anything was violated."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--every", type=int, default=120, metavar="MINUTES")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--kills", type=int, default=120)
    parser.add_argument("--stops", type=int, default=40)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the archive and the log there")
    given = parser.parse_args()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        place = given.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        outcome = tell(place, days=given.days, every=given.every, seed=given.seed, kills=given.kills, stops=given.stops)
    print(outcome)
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
