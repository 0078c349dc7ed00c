"""Generate an archive of many bulletins, put in by the program's own rooms: what it costs to look at is measured on it.

Each bulletin is written, set as a page, kept, read, examined and appended as a run does it; polls, edits,
disappearances, failures, captures of a web archive and the visit counters of three portals stand around them.
Run: PYTHONPATH=tests python benchmarks/big_archive.py DEST --bulletins 50000
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from big_archive_life import World
from big_archive_pages import prepared
from big_archive_writing import Growing

from collector.archive import Archive

#: The last day: polls go on to its end.
UNTIL = date(2026, 11, 27)


def generate(
    path: Path, world: World, *, processes: int = 1, say: Callable[[str], None] = lambda _line: None
) -> dict[str, int]:
    """Write a new archive and return the number of rows by table.

    ``say`` is told now and then how far it is.
    """
    turns = list(world.turns())
    looks = [look for group in turns for turn in group for look in turn.looks if look.has_page]
    coming = prepared(looks, world, processes=processes)
    began = last = time.monotonic()
    done = 0
    with Archive(path) as archive:
        growing = Growing(archive, world)
        for group in turns:
            done += growing.write(group, coming)
            if time.monotonic() > last + 30:
                last = time.monotonic()
                say(f"{done} of {len(looks)} pages, {done / (last - began):.0f} a second, {_megabytes(path):.0f} MB")
        archive.connection.fold_in()
        tables = archive.connection.rows(
            "select name from sqlite_master where type = 'table' and name not like 'articles_fts%' order by name"
        )
        return {row["name"]: archive.connection.value(f"select count(*) from [{row['name']}]") for row in tables}


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


def main() -> int:
    """Generate, and print rate, size and rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dest", type=Path, help="a file that does not exist yet")
    parser.add_argument("--bulletins", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1, help="that write and read the pages")
    parser.add_argument("--until", type=date.fromisoformat, default=UNTIL, help="the last day (default: %(default)s)")
    given = parser.parse_args()
    if given.dest.exists():
        parser.error(f"{given.dest} exists; name another file")
    began = time.monotonic()
    world = World(given.bulletins, given.seed, given.until)
    rows = generate(given.dest, world, processes=given.processes, say=lambda line: print(line, flush=True))
    took = time.monotonic() - began
    print(
        f"{rows['articles']} bulletins in {took:.0f} s: {rows['articles'] / took:.0f} a second; "
        f"{_megabytes(given.dest):.0f} MB, {_megabytes(given.dest) * 1000 / rows['articles']:.0f} KB a bulletin"
    )
    print("\n".join(f"  {name:<24}{number:>10}" for name, number in rows.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
