"""What an export costs: rows a second and peak memory in each format, and how both grow with the archive.

Bulletins of some 3,500 characters with their figures, a tenth edited once, and among them some of a megabyte. Every
export runs in a process of its own, which reports its processor time and its peak memory; beside it stands the least
that anybody could do, Python's ``csv.writer`` over the same rows without snapshot, types, defusing or hashes.
Run: PYTHONPATH=tests python benchmarks/exports.py [--bulletins 5000]
Ends with 1 when CSV takes more than four times that, a format more than 200 MB, or a third more memory for ten times
the archive.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from collector import plan
from collector.archive import Archive
from collector.config import load_shipped, load_texts
from collector.demo.newsroom import Newsroom
from collector.exports import FORMS, Wanted, export_tables
from collector.findings import Evidence
from collector.model import Bulletin, Change, Correction, Outcome
from stored import BULLETIN, EXAMINING, PROFILE, append

MEGABYTES = 200
TIMES = 4.0
GROWTH = 1.33
_CHARACTERS = 3_500
_NOW = datetime(2024, 7, 1, tzinfo=UTC)


def fill(path: Path, bulletins: int) -> None:
    """Make the archive: texts of the replica's stories strung together, examined once each and written many times."""
    texts = _texts()
    evidence = [EXAMINING.evidence(BULLETIN.title, text, published_on=BULLETIN.published_on) for text in texts]
    with Archive(path) as archive:
        archive.portals.know(load_shipped().places)
        archive.portals.register(PROFILE)
        archive.findings.know(EXAMINING.measures)
        for start in range(0, bulletins, 200):
            with archive.connection.writing():
                for number in range(start, min(start + 200, bulletins)):
                    _add(archive, number, texts[number % len(texts)], evidence[number % len(texts)])


def _texts() -> list[str]:
    stories = ["\n".join(b for b in one.story.blocks if isinstance(b, str)) for one in Newsroom(count=200).listing()]
    found = []
    for number in range(50):
        text, at = "", number
        while len(text) < _CHARACTERS:
            text, at = f"{text}\n{stories[at % len(stories)]}".strip(), at + 7
        found.append(text)
    return found


def _add(archive: Archive, number: int, text: str, evidence: Evidence) -> None:
    long = number % 500 == 250  # noqa: PLR2004 - in the middle, not at either end
    bulletin: Bulletin = replace(
        BULLETIN,
        source_id=str(number),
        url=f"https://portal.example/tin/{number}",
        body=f"{text}\n{number}" + ("\nDài. " * 170_000 if long else ""),
        published_on=date(2015, 1, 1) + timedelta(days=number % 3000),
    )
    append(archive, bulletin, at=_NOW, evidence=evidence)
    if number % 10 == 0 and not long:
        edited = replace(bulletin, title=f"{bulletin.title} (sửa)")
        change = Change(
            Outcome.REVISED, plan.content_hash(edited), (Correction("title", bulletin.title, edited.title),)
        )
        append(archive, edited, at=_NOW + timedelta(days=1), change=change, evidence=evidence)


def plainly(path: Path, folder: Path) -> int:
    """Write the same rows with nothing but csv.writer."""
    rows = 0
    with Archive(path, readonly=True) as archive:
        for name in load_texts():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                cursor = archive.connection.db.conn.execute(f"select * from [{name}]")
                writer = csv.writer(file)
                for row in cursor:
                    writer.writerow(row)
                    rows += 1
    return rows


def exported(form: str, path: Path, folder: Path, *, since: date | None = None) -> int:
    """Export as the command does."""
    begins = None if since is None else datetime.combine(since, datetime.min.time(), UTC)
    with Archive(path, readonly=True, current=True) as archive:
        wanted = Wanted(since=since, since_at=begins)
        done = export_tables(archive, folder / "out", form=form, wanted=wanted, texts=load_texts(), now=_NOW)
    return sum(one.rows for one in done)


CASES: dict[str, Callable[[Path, Path], int]] = {
    "csv.writer": plainly,
    **{form: partial(exported, form) for form in FORMS},
    "csv, the last year": partial(exported, "csv", since=date(2022, 3, 1)),
}


def run(name: str, path: Path) -> None:
    """Be the process that exports."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        began = time.process_time()
        rows = CASES[name](path, Path(folder))
        seconds = time.process_time() - began
        size = sum(one.stat().st_size for one in Path(folder).rglob("*") if one.is_file())
    print(json.dumps({"rows": rows, "seconds": seconds, "size": size, "peak": peak()}))


def peak() -> float:
    """Return this process's peak memory in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024


def measured(name: str, path: Path) -> dict[str, float]:
    """Run one case in processes of its own; return the quicker of two."""
    command = [sys.executable, __file__, "--case", name, "--file", str(path)]
    outputs = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    found: list[dict[str, float]] = [json.loads(one) for one in outputs]
    return min(found, key=lambda told: told["seconds"])


def main() -> int:
    """Fill two archives, one with a tenth of the other's bulletins, export both in every way, print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bulletins", type=int, default=5000)
    arguments.add_argument("--case", choices=CASES)
    arguments.add_argument("--file", type=Path)
    given = arguments.parse_args()
    if given.case:
        run(given.case, given.file)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for bulletins in (given.bulletins // 10, given.bulletins):
            path = Path(folder) / f"{bulletins}.db"
            fill(path, bulletins)
            print(f"{bulletins} bulletins, {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)
            found[bulletins] = {name: measured(name, path) for name in CASES}
        return report(found[given.bulletins // 10], found[given.bulletins])


def report(few: dict[str, dict[str, float]], many: dict[str, dict[str, float]]) -> int:
    """Print the table and say whether the bounds hold."""
    bad = 0
    print("| way | rows | rows a second | times csv.writer | MB written | peak MB | with a tenth |\n|" + "---|" * 7)
    for name, told in many.items():
        rate = told["rows"] / told["seconds"]
        ratio = many["csv.writer"]["rows"] / many["csv.writer"]["seconds"] / rate
        bad += name == "csv" and ratio > TIMES
        bad += name in FORMS and (told["peak"] > MEGABYTES or told["peak"] > GROWTH * few[name]["peak"])
        print(
            f"| {name} | {told['rows']:.0f} | {rate:.0f} | {ratio:.1f} | {told['size'] / 1e6:.0f} | "
            f"{told['peak']:.0f} | {few[name]['peak']:.0f} |"
        )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
