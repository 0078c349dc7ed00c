"""``collector status``: what the archive says of itself."""

from __future__ import annotations

import click

from collector.cli.session import Session
from collector.cli.tables import print_json, print_table


@click.command(epilog="Example: collector --archive archive.db status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def status(session: Session, as_json: bool) -> None:
    """Last run and verdict, counts and freshness per portal and section, open failures."""
    with session.reading() as archive:
        portals, sections, failures = archive.status.portals(), archive.status.sections(), archive.status.failures()
    if as_json:
        print_json({"portals": portals, "sections": sections, "failures": failures})
        return
    for title, rows in (("portals", portals), ("sections", sections), ("open failures", failures)):
        if rows:
            print_table(title, list(rows[0]), [list(row.values()) for row in rows])
            click.echo()
