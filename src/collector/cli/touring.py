"""``collector demo``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from collector.cli.exploring import require_extra, show
from collector.cli.session import Session, program_name
from collector.errors import UsageError
from collector.stop import Stop


@click.command(epilog="Example: collector demo ./demo-archive")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--open", "opening", is_flag=True, help="Then serve the archive in Datasette and open the browser on it.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="For --open; 0: any free one.",
)
@click.pass_obj
def demo(session: Session, folder: Path | None, opening: bool, port: int) -> None:
    """Run the whole job offline on a replica portal, and show what was recorded.

    The replica is started on loopback, backfilled, and polled while it publishes, edits and deletes bulletins. The
    archive stays in FOLDER (default: a new temporary folder).
    """
    if opening:
        require_extra()
    # Imported late: nobody but the demo needs the replica and its bulletins.
    from collector.demo.tour import tour  # noqa: PLC0415

    place = folder or Path(tempfile.mkdtemp(prefix="collector-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    path = place / "archive.db"
    if path.exists():
        raise UsageError(f"{path} exists; the demo starts from nothing: choose another folder")
    stop = Stop()
    with stop.on_signals():
        tour(path, stop=stop, say=click.echo)
    if opening:
        show(session, path, port=port, opening=True)
    else:
        ways = "status", "explore --open"
        click.echo("Look around: " + "   or: ".join(f"{program_name()} --archive {path} {way}" for way in ways))
