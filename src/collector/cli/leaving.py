"""``collector export`` and ``cite``: what leaves the archive for others."""

from __future__ import annotations

from pathlib import Path

import click

from collector import exports
from collector.cli.keeping import counting
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_json
from collector.errors import UsageError
from collector.exports.citing import record


@click.command(epilog="Example: collector export warc captures.warc.gz --portal soctrang-vpub")
@click.argument("form", metavar="FORMAT", type=click.Choice(["warc"]))
@click.argument("dest", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--portal", metavar="ID", help="Only this portal's.")
@click.pass_obj
def export(session: Session, form: str, dest: Path, portal: str | None) -> None:
    """Write the archive's captures to DEST in another FORMAT, while a collector may go on working.

    warc: every captured page with its headers, instant and origin, as web archives keep them (WARC/1.1, gzip); `run
    --source warc:DEST` takes them in again. A WARC file at DEST is replaced once the new one is
    whole; any other file there is refused.
    """
    assert form == "warc"
    with session.reading() as archive, counting("captures") as checkpoint:
        if portal is not None and archive.status.portal(portal) is None:
            raise UsageError(f"no portal {portal!r} is in the archive")
        written = exports.export_warc(archive, dest, portal=portal, now=utc_now(), checkpoint=checkpoint)
    click.echo(f"{dest}: {written} captures, {_size(dest.stat().st_size)}")


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number / 1e3:.1f} kB"  # noqa: PLR2004 - not "0.0 MB"


@click.command(epilog="Example: collector cite soctrang/735814 --format bibtex")
@click.argument("article", metavar="ARTICLE")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "bibtex"]),
    default="text",
    show_default=True,
    help="A paragraph, or an entry for a bibliography.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def cite(session: Session, article: str, form: str, as_json: bool) -> None:
    """Print the citation of one bulletin: the portal's own condition, address, when it was captured, and its proof.

    ARTICLE is its id in the archive (`articles.id`), an address that it was seen under, or INSTALLATION/ID as the
    portal counts.
    """
    with session.reading(current=True) as archive:
        cited = exports.citation(archive, article)
    if cited is None:
        raise UsageError(f"there is no bulletin {article!r} in {session.archive_file}")
    if as_json:
        print_json(record(cited))
    else:
        click.echo(exports.bibtex(cited) if form == "bibtex" else exports.text(cited))
