"""``collector check``: one listing and one article per portal, field by field what filled it. Nothing is written."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import click

from collector.cli.reading import fetcher_for, guessed
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_json, print_table
from collector.errors import CollectorError, FetchError, UsageError
from collector.fetch import Fetcher
from collector.model import Bulletin, Listing, PageKind, PageRequest
from collector.portal import Reading, open_page, source_id
from collector.profile import Profile
from collector.stop import Stop


@click.command(epilog="Example: collector check --portal soctrang-vpub --sections")
@click.option("--portal", "portals", multiple=True, metavar="ID", help="Only this portal; may be repeated.")
@click.option("--sections", is_flag=True, help="List the categories that the portal's pages link to, as TOML to paste.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def check(session: Session, portals: tuple[str, ...], sections: bool, as_json: bool) -> None:
    """Fetch one listing and one article per portal and show what filled each field; write nothing.

    Exit code 1 when a required field is empty, 3 when a portal cannot be reached. A required field that no selector
    filled, but the fallback did, is a warning. A portal that has a file may be checked before `portals` lists it; of
    one that answers for the first time the line for its file is printed.
    """
    stop = Stop()
    results: list[dict[str, Any]] = []
    code = 0
    with stop.on_signals():
        for profile in session.profiles(portals, unlisted=True):
            with fetcher_for(session, profile, stop) as fetcher, stop.aborting(fetcher.abort):
                result = _linked_sections(profile, fetcher) if sections else _checked(profile, fetcher)
            code = max(code, result.pop("code"))
            results.append(result)
    if as_json:
        print_json(results)
    else:
        for result in results:
            _print_sections(result) if sections else _print_check(result)
    sys.exit(code)


def _checked(profile: Profile, fetcher: Fetcher) -> dict[str, Any]:
    """Read the first section that shows an item, and its first article."""
    result: dict[str, Any] = {"portal": profile.id, "code": 0, "verified": profile.verified and str(profile.verified)}
    result |= {"listing": None, "fields": [], "problems": [], "warnings": []}
    for section in profile.sections:
        try:
            request = PageRequest(section.url)
            listing = open_page(fetcher.get(section.url), profile).listing(request)
            result["listing"] = {"section": section.id, "items": len(listing.items), "pager": listing.next is not None}
            if listing.items:
                reading = open_page(fetcher.get(listing.items[0].url), profile)
                bulletin = reading.article()
                result["fields"] = _fields(bulletin, reading)
                result["warnings"] = [*_unread_addresses(listing, profile), *guessed(bulletin), *_of_the_past(reading)]
                break
            result["problems"].append(f"section {section.id}: the listing shows no bulletin")
        except CollectorError as error:
            result["code"] = max(result["code"], 3 if isinstance(error, FetchError) else 1)
            result["problems"].append(f"section {section.id}: {error}")
    if not result["fields"]:
        result["code"] = max(result["code"], 1)
    result["note"] = None if profile.verified is not None else _unverified(profile, answers=result["code"] == 0)
    return result


def _unverified(profile: Profile, *, answers: bool) -> str:
    """Say of a portal that nobody has seen answer what is to be done about it."""
    today = utc_now().astimezone(ZoneInfo(profile.timezone)).date()
    if answers:
        return f"seen for the first time: put verified = {today} into portals/{profile.id}.toml"
    return f"nobody has seen this portal answer (no `verified` in portals/{profile.id}.toml): its file is a guess"


def _unread_addresses(listing: Listing, profile: Profile) -> list[str]:
    """Say where the profile speaks of a pager and of ids, and the listing shows none: both pass for a small portal."""
    found = []
    if profile.pager.kind != "none" and not listing.pager_seen and not listing.unordered:
        found.append("[pager] finds no further page: right only if the list has no more than this one")
    url = listing.items[0].url
    if profile.identity and source_id(url, profile) is None:
        found.append(f"identity.patterns find no id in {url}: the whole address serves as one")
    return found


def _fields(bulletin: Bulletin, reading: Reading) -> list[dict[str, Any]]:
    rows = [
        {"field": name, "value": value, "filled_by": bulletin.provenance.get(name)}
        for name, value in asdict(bulletin).items()
        if name != "provenance"
    ]
    visits, publisher = reading.visits(), reading.publisher()
    rows.append({"field": "visits", "value": None if visits is None else asdict(visits), "filled_by": None})
    rows.append({"field": "publisher", "value": None if publisher is None else asdict(publisher), "filled_by": None})
    return rows


def _of_the_past(reading: Reading) -> list[str]:
    """Warn of a page of today that only a layout of the past reads."""
    layout = reading.layout
    return [] if layout is None else [f"the bulletin is built in the layout {layout} of [[layouts]], not in today's"]


def _linked_sections(profile: Profile, fetcher: Fetcher) -> dict[str, Any]:
    result: dict[str, Any] = {"portal": profile.id, "code": 0, "sections": [], "problems": []}
    try:
        reading = open_page(fetcher.get(profile.base_url), profile)
        if reading.kind is not PageKind.CONTENT:
            raise UsageError(f"{profile.base_url}: {reading.why}")
        result["sections"] = [{"id": name, "url": url, "name": title} for url, name, title in reading.sections()]
        for number, url in enumerate(_feeds(profile, reading, fetcher), 1):
            result["sections"].append({"id": f"feed-{number}", "url": url, "name": "RSS, Atom or sitemap"})
        if not result["sections"]:
            result["problems"].append(
                f"no link of {profile.base_url} looks like a category of a known system, and no feed is named: "
                "take the addresses of the listings from a browser"
            )
    except CollectorError as error:
        result["code"] = 3 if isinstance(error, FetchError) else 1
        result["problems"].append(str(error))
    return result


def _feeds(profile: Profile, reading: Reading, fetcher: Fetcher) -> list[str]:
    """Return the feeds that the home page names, and the sitemaps that robots.txt does."""
    try:
        robots = fetcher.get(urljoin(profile.base_url, "/robots.txt"))
    except CollectorError:
        return list(reading.feeds())
    lines = robots.body.decode("utf-8", errors="replace").splitlines() if robots.status == 200 else []  # noqa: PLR2004
    named = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("sitemap:")]
    return [*reading.feeds(), *named]


def _print_check(result: dict[str, Any]) -> None:
    listing = result["listing"]
    shown = f"{listing['items']} items, pager: {'yes' if listing['pager'] else 'no'}" if listing else "no listing read"
    click.echo(f"{result['portal']}: {shown}")
    if result["fields"]:
        rows = [(row["field"], _glance(row["value"]), row["filled_by"]) for row in result["fields"]]
        print_table("", ["field", "value", "filled by"], rows)
    for problem in result["problems"]:
        click.echo(f"{result['portal']}: {problem}", err=True)
    for warning in result["warnings"]:
        click.echo(f"{result['portal']}: warning: {warning}", err=True)
    if result["note"]:
        click.echo(f"{result['portal']}: {result['note']}", err=True)


def _glance(value: Any) -> str:
    """Return a value as one short line: names and numbers of a record, labels of a list."""
    if isinstance(value, dict):
        value = ", ".join(f"{name} {one}" for name, one in value.items() if one is not None)
    elif isinstance(value, list | tuple):
        value = f"{len(value)}: " + ", ".join(str(one["label"]) for one in value) if value else None
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= 100 else f"{text[:99]}…"  # noqa: PLR2004


def _print_sections(result: dict[str, Any]) -> None:
    for section in result["sections"]:
        click.echo("[[sections]]")
        for key, value in section.items():
            click.echo(f'{key} = "{str(value).replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"')
        click.echo()
    for problem in result["problems"]:
        click.echo(f"{result['portal']}: {problem}", err=True)
