"""``collector schedule``: when polls are due, and what became of those that were."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import click

from collector.archive.stamps import stamp
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_json, print_table
from collector.errors import ArchiveError
from collector.profile import Profile
from collector.rota import Coming, coming
from collector.schedule import Timetable


@click.command(epilog="Example: collector schedule -n 5")
@click.option("-n", "number", type=click.IntRange(1, 10_000), default=10, show_default=True, help="How many a portal.")
@click.option("--portal", "portals", multiple=True, metavar="ID", help="Only this portal; may be repeated.")
@click.option("--past", is_flag=True, help="What became of the last N due times, the newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def schedule(session: Session, number: int, portals: tuple[str, ...], past: bool, as_json: bool) -> None:
    """The next N times that each portal is due, local and UTC; with --past the ledger of those that were.

    An interval is counted from the last due time in the archive, or from now where no daemon has polled yet. States:
    ran; late (more than a minute, jitter apart); missed (no daemon was there); coalesced (the run of a later due time
    stands for it); overlapped (the run before was still under way).
    """
    if past:
        with session.reading(current=True) as archive:
            rows = archive.ticks.past(number, portals=portals)
        _told_past(rows, as_json=as_json)
        return
    now = utc_now()
    rows, silent = [], {}
    for profile in session.profiles(portals):
        known = _known(session, profile, now)
        times = known.timetable.between(max(now, known.after), _for_ever(now))
        rows += [_due(profile.id, known.timetable, at) for at in islice(times, number)]
        if known.silent_since is not None:
            silent[profile.id] = known.silent_since
    _told_next(rows, silent, jitter=session.settings.schedule.jitter, as_json=as_json)


def _for_ever(now: datetime) -> datetime:
    return now + timedelta(days=366 * 50)


def _known(session: Session, profile: Profile, now: datetime) -> Coming:
    """Return what is to come of a portal, as far as there is an archive."""
    schedule, timezone = session.settings.schedule, session.settings.timezone
    with suppress(ArchiveError), session.reading() as archive:
        return coming(profile, archive, schedule, timezone, now=now)
    return Coming(Timetable(schedule, timezone, anchor=now.replace(microsecond=0)), now, False, None)


def _due(portal: str, table: Timetable, at: datetime) -> dict[str, Any]:
    return {"portal": portal, "due_at": stamp(at), "local": table.local(at).isoformat()}


def _told_next(rows: list[dict[str, Any]], silent: dict[str, datetime], *, jitter: float, as_json: bool) -> None:
    if as_json:
        told = {portal: stamp(at) for portal, at in silent.items()}
        print_json({"due": rows, "jitter_seconds": jitter, "silent_since": told})
        return
    shown = [
        [row["portal"], datetime.fromisoformat(row["local"]).strftime("%a %Y-%m-%d %H:%M:%S %z"), _plain(row["due_at"])]
        for row in rows
    ]
    print_table("", ["portal", "due, local", "due, UTC"], shown)
    for portal, since in silent.items():
        click.echo(f"{portal} has not answered since {_plain(stamp(since))}, and is asked more rarely until it does.")
    if jitter:
        click.echo(f"Each poll starts up to {jitter:g} s later.")


def _told_past(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json({"ticks": rows})
        return
    shown = [
        [row["portal"], _plain(row["due_at"]), row["state"], row["seconds_late"], row["run"], row["verdict"]]
        for row in rows
    ]
    print_table("", ["portal", "due, UTC", "state", "seconds late", "run", "verdict"], shown)


def _plain(stamp: str) -> str:
    return stamp.replace("T", " ")
