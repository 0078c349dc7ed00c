"""What every page of a served archive costs, warm, one request after the other over one connection.

Tables, views, canned queries, articles, dashboards and their charts, feeds and searches are found by asking the server.
Of several archives the columns stand side by side, and behind them how the cost grew from the first to the last.
Run: python benchmarks/explore.py archive-5000.db archive-50000.db [--plain]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from explore_pages import Site, Target, served, targets

#: What is searched for: the commonest words of such an archive, a rare one, and a phrase.
WORDS = ("việc làm", "lao động", "viec lam", "khang trang", '"giải quyết việc làm"')
#: Seconds after which no page is asked for again, if it was asked for five times.
_PATIENCE = 10
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What a page costs."""

    name: str
    p50: float  #: milliseconds
    p95: float
    most: float
    processor: float  #: milliseconds that a request takes of the server's processor, whatever else the machine does
    size: int  #: bytes of the largest answer
    statuses: tuple[int, ...]  #: all that came
    requests: int
    limit: float  #: milliseconds that the 95th percentile may have

    @property
    def kept(self) -> bool:
        """Every answer was one, in time."""
        return self.statuses == (200,) and self.p95 <= self.limit


def measure(site: Site, target: Target, *, requests: int, limit: float) -> Measured:
    """Ask for a page once to warm it, and then so many times."""
    answers = [site.get(target.paths[-1])]
    began, times, used = time.monotonic(), [], site.processor()
    for number in range(requests):
        answers.append(site.get(target.paths[number % len(target.paths)]))
        times.append(answers[-1].seconds * 1000)
        if number + 1 >= _FEWEST and time.monotonic() > began + _PATIENCE:
            break
    ranked, used = sorted(times), site.processor() - used
    return Measured(
        target.name,
        p50=statistics.median(ranked),
        p95=ranked[max(0, -(-len(ranked) * 95 // 100) - 1)],
        most=ranked[-1],
        processor=used * 1000 / len(times),
        size=max(len(one.body) for one in answers),
        statuses=tuple(sorted({one.status for one in answers})),
        requests=len(times),
        limit=limit,
    )


def measured(archive: Path, given: argparse.Namespace) -> tuple[list[Measured], tuple[int, int]]:
    """Serve an archive and measure all its pages; and the server's memory now and at most, in MB."""
    found = []
    with served(archive, plain=given.plain, settings=given.setting) as site:
        for target in targets(site, archive, number=given.requests, seed=given.seed, words=given.search or WORDS):
            if given.only and not re.search(given.only, target.name):
                continue
            limit = given.search_limit if target.search else given.limit
            found.append(measure(site, target, requests=given.requests, limit=limit))
            one = found[-1]
            told = f"{one.p50:8.1f}{one.p95:8.1f} ms{one.processor:8.1f} cpu{'' if one.kept else f' ! {one.statuses}'}"
            print(f"{archive.name}: {target.name[:60]:<60}{told}", file=sys.stderr, flush=True)
        memory = site.memory()
    return found, memory


def table(names: Sequence[str], columns: Sequence[Sequence[Measured]]) -> list[str]:
    """Return lines: a page each, an archive a column, and how much more the last one costs than the first."""
    by_name = [{one.name: one for one in column} for column in columns]
    pages = list(dict.fromkeys(one.name for column in columns for one in column))
    lines = [f"{'milliseconds':<52}" + "".join(f" | {name[:46]:<46}" for name in names)]
    head = f"{'p50':>8}{'p95':>8}{'max':>8}{'cpu':>8}{'KB':>8}{'status':>7}"
    lines.append(" " * 52 + "".join(f" |{head}" for _ in names) + ("   growth" if len(names) > 1 else ""))
    for page in pages:
        cells = []
        for column in by_name:
            one = column.get(page)
            if one is None:
                cells.append(" |" + " " * 47)
                continue
            status = "/".join(map(str, one.statuses)) + ("" if one.kept else " !")
            cells.append(
                f" |{one.p50:8.1f}{one.p95:8.1f}{one.most:8.1f}{one.processor:8.1f}{one.size / 1000:8.1f}{status:>7}"
            )
        first, last = by_name[0].get(page), by_name[-1].get(page)
        growth = f"{last.p95 / first.p95:8.1f}x" if len(names) > 1 and first and last else ""
        lines.append(f"{page[:52]:<52}" + "".join(cells) + growth)
    return lines


def main() -> int:
    """Measure and print; 1 when a page failed or took longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", nargs="+", type=Path)
    parser.add_argument("--plain", action="store_true", help="by Datasette alone, without the shipped bundle")
    parser.add_argument("--setting", nargs=2, action="append", default=[], help="of Datasette alone: NAME VALUE")
    parser.add_argument("--requests", type=int, default=50, help="of each page, after one that warms it")
    parser.add_argument("--limit", type=float, default=100, help="milliseconds for the 95th percentile of a page")
    parser.add_argument("--search-limit", type=float, default=500, help="the same, of a search")
    parser.add_argument("--search", action="append", help="words to search for, in place of the usual ones")
    parser.add_argument("--only", help="a regular expression: only pages whose name it is found in")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    columns, memories = [], []
    for archive in given.archives:
        found, memory = measured(archive, given)
        columns.append(found)
        memories.append(memory)
    names = [archive.name for archive in given.archives]
    if given.json:
        told = [
            {
                "archive": name,
                "memory_mb": memory,
                "pages": [{**asdict(one), "kept": one.kept} for one in column],
            }
            for name, memory, column in zip(names, memories, columns, strict=True)
        ]
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print("\n".join(table(names, columns)))
        for name, (now, most) in zip(names, memories, strict=True):
            print(f"{name}: the server has {now} MB in memory, {most} MB at most")
    late = [one for column in columns for one in column if not one.kept]
    if late and not given.json:
        print(f"{len(late)} failed or took longer than they may (!)")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
