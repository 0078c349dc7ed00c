"""``collector export`` and ``cite``: what leaves the archive for others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from collector import exports
from collector.cli.days import local_day
from collector.cli.keeping import counting
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_json, print_table
from collector.config import load_texts
from collector.errors import UsageError
from collector.exports.citing import record


@click.command(epilog="Example: collector export csv labour/ --since 2024-01-01 --table current_indicators")
@click.argument("form", metavar="FORMAT", type=click.Choice([*exports.FORMS, "warc"]))
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--portal", metavar="ID", help="Only this portal's.")
@click.option(
    "--since",
    type=local_day,
    metavar="DATE",
    help="Bulletins published from this local day on and all that hangs on them; the rest by its own day.",
)
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Only this table or view. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def export(
    session: Session,
    form: str,
    dest: Path,
    portal: str | None,
    since: date | None,
    tables: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write the archive's tables or captures to DEST in another FORMAT, while a collector may go on working.

    csv, jsonl, parquet: a folder with one file a table and view, all of one moment, and a datapackage.json with the
    meaning of each column, units, sources and the line to name them by. CSV is safe to open in a spreadsheet. DEST is
    a new or empty folder, or an earlier export, which is replaced once the new one is whole.

    warc: every captured page with its headers, instant and origin, as web archives keep them (WARC/1.1, gzip); `run
    --source warc:DEST` takes them in again. A WARC file at DEST is replaced once the new one is
    whole; any other file there is refused.
    """
    if form == "warc" and tables:
        raise UsageError("--table goes with csv, jsonl and parquet: warc has no tables")
    if form == "warc" and dest.is_dir():
        raise UsageError(f"{dest} is a folder; name a file for the captures")
    begins = None if since is None else datetime.combine(since, time(), ZoneInfo(session.settings.timezone))
    with session.reading(current=form != "warc") as archive:
        if portal is not None and archive.status.portal(portal) is None:
            raise UsageError(f"no portal {portal!r} is in the archive")
        if form == "warc":
            with counting("captures") as checkpoint:
                number = exports.export_warc(
                    archive, dest, portal=portal, since=begins, now=utc_now(), checkpoint=checkpoint
                )
            _told_captures(dest, number, as_json=as_json)
            return
        wanted = exports.Wanted(tables, portal, since, begins)
        with counting("rows") as checkpoint:
            written = exports.export_tables(
                archive, dest, form=form, wanted=wanted, texts=load_texts(), now=utc_now(), checkpoint=checkpoint
            )
    _told_tables(dest, form, written, as_json=as_json)


def _told_captures(dest: Path, number: int, *, as_json: bool) -> None:
    size = dest.stat().st_size
    if as_json:
        print_json({"dest": str(dest), "format": "warc", "captures": number, "bytes": size})
    else:
        click.echo(f"{dest}: {_number(number, 'capture')}, {_size(size)}")


def _told_tables(dest: Path, form: str, written: Sequence[exports.Written], *, as_json: bool) -> None:
    rows, size = sum(one.rows for one in written), sum(one.size for one in written)
    if as_json:
        told = [{"table": one.table, "file": one.file, "rows": one.rows, "bytes": one.size} for one in written]
        print_json({"dest": str(dest), "format": form, "rows": rows, "bytes": size, "tables": told})
        return
    print_table("", ("table", "rows", "size"), [(one.table, one.rows, _size(one.size)) for one in written])
    click.echo(f"{dest}: {_number(len(written), 'table')}, {_number(rows, 'row')}, {_size(size)}")


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


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

    ARTICLE is its id in the archive (`articles.id`), INSTALLATION/ID as the portal counts, or an address: one that it
    was seen under, or any in which a configured portal's patterns find its id.
    """
    with session.reading(current=True) as archive:
        cited = exports.citation(archive, article)
        address = "." in article.rpartition("://")[2].partition("/")[0]
        if cited is None and address:
            cited = exports.citation_at(archive, article, session.settings.profiles)
    if cited is None:
        why = "; none was seen under this address, and it holds no id of one by a configured portal's patterns"
        raise UsageError(f"there is no bulletin {article!r} in {session.archive_file}{why if address else ''}")
    if as_json:
        print_json(record(cited))
    else:
        click.echo(exports.bibtex(cited) if form == "bibtex" else exports.text(cited))
