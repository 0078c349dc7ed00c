"""``collector status``: what the archive says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from collector import plan
from collector.archive import Archive
from collector.archive.stamps import stamp
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_json, print_table
from collector.config import Settings
from collector.errors import ConfigError
from collector.freshness import silences
from collector.rota import coming
from collector.schedule import runs_a_day

#: The present rate of publishing is that of so many days: a quarter, because offices publish in waves.
_RATE_OF = timedelta(days=90)
#: A poll that has not begun so long after its due time has no daemon, or one that is unwell.
_LATE = timedelta(minutes=15)


@click.command(epilog="Example: collector --archive archive.db status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def status(session: Session, as_json: bool) -> None:
    """Last run and verdict, open incidents, counts and freshness per portal and section, open failures."""
    with session.reading() as archive:
        portals, sections, failures = archive.status.portals(), archive.status.sections(), archive.status.failures()
        incidents = archive.incidents.open()
        with suppress(ConfigError):  # an archive tells its state whatever has become of the configuration
            for row in portals:
                row["looks"] = _looks(archive, row["portal"], session.settings)
                row.update(_due(archive, row["portal"], session.settings))
                _add_silences(archive, row["portal"], sections, session.settings)
    if as_json:
        print_json({"portals": portals, "sections": sections, "failures": failures, "incidents": incidents})
        return
    print_incidents(incidents)
    for row in portals:
        print_portal(row)
    if sections:
        names = ("listed", "archived", "missing", "gone", "out_of_range")
        rows = [
            [
                row["section"],
                *(row[name] for name in names),
                minute(row["last_listed_at"]),
                row["newest_published_on"],
                _in_words(row),
            ]
            for row in sections
        ]
        titles = [name.replace("_", " ") for name in names]
        print_table("", ["section", *titles, "last listed", "newest", "quiet for"], rows)
        if not all(row.get("holidays_known", True) for row in sections):
            last = session.settings.holidays.last_year
            click.echo(f"After {last} no lunar holidays are known: Tết counts as work until holidays.toml has them.")
    if failures:
        click.echo()
        rows = [[row["id"], row["attempts"], minute(row["last_at"]), row["url"], row["message"]] for row in failures]
        print_table("not read yet", ["no.", "tries", "last try", "address", "why"], rows)


def _looks(archive: Archive, portal: str, settings: Settings) -> dict[str, float]:
    """Return what looking again at recent bulletins costs: due now, a day in the long run, and at most a day."""
    now, recheck = utc_now(), settings.recheck
    published = archive.status.published_since(portal, (now - _RATE_OF).date()) / _RATE_OF.days
    looked_at = archive.looks.looked_at(portal=portal, now=now, days=recheck.days)
    return {
        "due": len(plan.due_looks(looked_at, now)),
        "published_a_day": round(published, 3),
        "expected_a_day": round(plan.looks_a_day(published, recheck.days), 1),
        "most_a_day": recheck.per_run * runs_a_day(settings.schedule, settings.timezone, now) if recheck.days else 0,
    }


def _due(archive: Archive, portal: str, settings: Settings) -> dict[str, Any]:
    """Return when a portal is polled next, if a daemon polls it, and since when its host has been silent."""
    profile = next((one for one in settings.profiles if one.id == portal), None)
    if profile is None:
        return {}
    known = coming(profile, archive, settings.schedule, settings.timezone, now=utc_now())
    if not known.polled:
        return {}
    silent = None if known.silent_since is None else stamp(known.silent_since)
    return {"next_due_at": stamp(known.timetable.after(known.after)), "silent_since": silent}


def _add_silences(archive: Archive, portal: str, sections: list[dict[str, Any]], settings: Settings) -> None:
    """Add to each section's row how long it has been silent, and how long it usually is, in whole working days."""
    today = utc_now().astimezone(ZoneInfo(settings.timezone)).date()
    found = silences(archive, portal, today, settings.holidays)
    for row in sections:
        if silence := found.get(row["section"]):
            row["silent_working_days"] = silence.working_days
            row["usual_working_days"] = silence.usual
            row["unusual_above"] = silence.limit
            row["unusual"] = silence.unusual
            row["silent_since"] = silence.since
            row["silent_until"] = silence.until
            row["expected_by"] = silence.expected_by
            row["holidays_known"] = silence.holidays_known


def _in_words(row: dict[str, Any]) -> str:
    if "silent_working_days" not in row:
        return ""
    days = row["silent_working_days"]
    told = f"{days} working day{'' if days == 1 else 's'}"
    if row["usual_working_days"] is not None:
        told += f" (usual: up to {row['usual_working_days']})"
    return told + (": unusual" if row["unusual"] else "")


def print_incidents(incidents: Sequence[Mapping[str, Any]]) -> None:
    """Print what is open, above everything else; nothing where nothing is."""
    if incidents:
        rows = [
            [
                row["section"] or row["portal"] or "archive",
                row["cause"],
                minute(row["first_at"]),
                row["strikes"],
                row["detail"],
            ]
            for row in incidents
        ]
        print_table("open incidents", ["where", "cause", "since", "seen", "detail"], rows)
        click.echo()


def print_portal(row: dict[str, Any]) -> None:
    """Print one portal's state as a block of lines: as a table it is wider than a terminal."""
    ended = minute(row["last_finished_at"]) or "not finished"
    click.echo(row["portal"])
    click.echo(
        f"  last run      {row['last_kind']} {row['last_verdict'] or ''}, {ended}"
        if row["last_kind"]
        else "  never run"
    )
    click.echo(f"  last success  {minute(row['last_success_at']) or 'none'}")
    click.echo(
        f"  bulletins     {row['live']} live ({row['on_topic']} about labour), {row['gone']} gone; "
        f"newest {row['newest_published_on'] or 'none'}"
    )
    click.echo(f"  failed        {row['open_failures']}")
    if row.get("next_due_at"):
        late = " (was due: is the daemon running?)" if row["next_due_at"] < stamp(utc_now() - _LATE) else ""
        silent = f"; no answer since {minute(row['silent_since'])}" if row["silent_since"] else ""
        click.echo(f"  next poll     {minute(row['next_due_at'])}{late}{silent}")
    if (looks := row.get("looks")) and looks["most_a_day"]:  # else [recheck] is off
        click.echo(
            f"  looks again   at {looks['due']} bulletins now; in the long run at {looks['expected_a_day']} a day "
            f"({looks['published_a_day']:g} are published a day), never at more than {looks['most_a_day']}"
        )
    click.echo(f"  visit counts  {row['visit_counts']}\n")


def minute(stamp: str | None) -> str:
    """Return a UTC stamp to the minute, as ``2024-01-08 10:00Z``."""
    return f"{stamp[:10]} {stamp[11:16]}Z" if stamp else ""
