"""``collector backup`` and ``verify``: a copy of a live archive, and the proof that one is whole."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from collector.archive.connection import Connection
from collector.archive.safekeeping import backup as copy_archive
from collector.archive.safekeeping import examine
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_json


@click.command(epilog="Example: collector backup /backups/archive.db && collector verify /backups/archive.db")
@click.argument("dest", type=click.Path(path_type=Path))
@click.pass_obj
def backup(session: Session, dest: Path) -> None:
    """Write a consistent copy of the archive to DEST, while a collector may go on writing.

    DEST is a file (an earlier backup there is replaced once the new one is whole) or a folder, which gets a file named
    by the UTC time. To restore, stop the collector and put the copy where the archive was.
    """
    target = dest / f"archive-{utc_now():%Y%m%dT%H%M%SZ}.db" if dest.is_dir() else dest
    with closing(Connection(session.archive_file, readonly=True, any_version=True)) as connection:
        size = copy_archive(connection, target)
    click.echo(f"{target}: {size / 1e6:.1f} MB")


@click.command(epilog="Example: collector verify /backups/archive.db --json")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def verify(session: Session, file: Path | None, as_json: bool) -> None:
    """Check the archive, or the copy FILE: the database, its references, every raw page against its sha256.

    And whether what is kept to be found quickly (search index, figures that count, coverage, visits by the hour) is
    what the texts, listings and observations say.

    Exit code 4 when anything is damaged. Nothing is written; a collector may go on working.
    """
    path = file or session.archive_file
    with closing(Connection(path, readonly=True, any_version=True)) as connection, counting("raw pages") as checkpoint:
        found = examine(connection, checkpoint=checkpoint)
    if as_json:
        print_json({"archive": str(path), "sound": found.sound, **asdict(found)})
    else:
        for problem in found.problems:
            click.echo(f"damaged: {problem}")
        counts = ", ".join(f"{number} {table}" for table, number in found.checked.items())
        click.echo(f"{path}: {'sound' if found.sound else 'DAMAGED'}; {counts}")
    if not found.sound:
        sys.exit(4)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what is told how many of ``what`` are done, of how many: on a terminal a progress bar."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console  # noqa: PLC0415 - costs 60 ms, and only a terminal needs it
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, number: bar.update(task, completed=done, total=number)
