"""``collector parse`` and ``check``: what would be recorded, and which selector found it. Nothing is written."""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import click

from collector.cli.evidence import KEYS, evidence_record, print_evidence
from collector.cli.plaintext import pasted
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_fields, print_json, print_table
from collector.errors import CollectorError, FetchError, UsageError
from collector.examining import Examining
from collector.fetch import Fetcher, ForgetfulMemory, HostGate
from collector.model import Bulletin, Listing, Page, PageKind, PageRequest
from collector.portal import Reading, open_page, source_id
from collector.profile import Profile
from collector.stop import Stop

#: Without these there is no bulletin (CONTRACT 2).
_REQUIRED = ("title", "body")


def _fetcher(session: Session, profile: Profile, stop: Stop) -> Fetcher:
    return Fetcher(
        session.http(),
        base_url=profile.base_url,
        hosts=profile.hosts,
        now=utc_now,
        monotonic=time.monotonic,
        sleep=stop.sleep,
        chance=random.Random(),  # noqa: S311 - jitter of pauses, no secret
        memory=ForgetfulMemory(),
        gate=HostGate(time.monotonic),
    )


def _fetch(session: Session, profile: Profile, url: str) -> Page:
    stop = Stop()
    with stop.on_signals(), _fetcher(session, profile, stop) as fetcher, stop.aborting(fetcher.abort):
        return fetcher.get(url)


@click.command(epilog="Example: collector parse page.html --url https://vpub.soctrang.gov.vn/tin/ten-bai-12345 --json")
@click.argument("source", metavar="FILE|URL|-")
@click.option(
    "--portal", "portal_id", metavar="ID", help="Read it by this portal's profile; default: the URL's, else the first."
)
@click.option("--url", help="The address that a FILE was saved from.")
@click.option(
    "--text",
    is_flag=True,
    help="It is a plain text: the first line is the title, a line with only a date below it gives the day.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object whose keys are the column names.")
@click.pass_obj
def parse(session: Session, source: str, portal_id: str | None, url: str | None, text: bool, as_json: bool) -> None:
    """Show what would be recorded for one page or one plain text; nothing is written.

    Of a text: its figures with what they measure, the officials and documents that it names, its topic.
    """
    if text:
        _parse_text(session, source, as_json=as_json, of_a_page=portal_id or url)
        return
    address = source if source.startswith(("http://", "https://")) else url
    profile = _profile_for(session, portal_id, address)
    page = _fetch(session, profile, source) if source == address else _page_of(source, address or profile.base_url)
    reading = open_page(page, profile)
    bulletin, examining = reading.article(), session.examining()
    found = record(reading, examining)
    for warning in _guessed(bulletin):
        click.echo(f"{profile.id}: warning: {warning}", err=True)
    if as_json:
        print_json(found)
        return
    print_fields({name: value for name, value in found.items() if name not in {"body", *KEYS}})
    click.echo(f"\n{bulletin.body}\n")
    evidence = examining.evidence(bulletin.title, bulletin.body, published_on=bulletin.published_on)
    print_evidence(bulletin.title, bulletin.body, evidence, examining)


def _parse_text(session: Session, source: str, *, as_json: bool, of_a_page: str | None) -> None:
    if of_a_page:
        raise UsageError("--text reads a plain text: --portal and --url belong to a page")
    if source.startswith(("http://", "https://")):
        raise UsageError("--text reads a file or standard input (-); without it an address is fetched as a page")
    name = "standard input" if source == "-" else source
    given = pasted(_bytes_of(source), name=name)
    if given.charset not in {"utf-8", "utf-8-sig"}:
        click.echo(f"{name}: warning: not UTF-8, and read as {given.charset}", err=True)
    examining = session.examining()
    evidence = examining.evidence(given.title, given.body, published_on=given.published_on)
    if as_json:
        day = None if given.published_on is None else given.published_on.isoformat()
        head = {"url": given.url, "title": given.title, "lead": None, "body": given.body, "published_on": day}
        print_json({**head, **evidence_record(evidence, examining), "visits": None})
        return
    click.echo(given.title)
    if given.published_on is not None:
        click.echo(f"published on {given.published_on}")
    click.echo()
    print_evidence(given.title, given.body, evidence, examining)


def record(reading: Reading, examining: Examining) -> dict[str, Any]:
    """Return what would be recorded for an article's page, by the columns' names, as ``--json`` prints it.

    Raises:
        ReadError: it is not a bulletin's page.
    """
    bulletin = reading.article()
    evidence = examining.evidence(bulletin.title, bulletin.body, published_on=bulletin.published_on)
    found = {**asdict(bulletin), **evidence_record(evidence, examining)}
    found["visits"] = None if (visits := reading.visits()) is None else asdict(visits)
    found["publisher"] = None if (publisher := reading.publisher()) is None else asdict(publisher)
    return dict(json.loads(json.dumps(found, default=str)))


def listing_record(listing: Listing) -> dict[str, Any]:
    """Return what is read from a listing's page: its items, and how many pages its pager shows."""
    items = [{name: value for name, value in asdict(item).items() if value is not None} for item in listing.items]
    return {"items": json.loads(json.dumps(items, default=str)), "last_page": listing.last_page}


def _profile_for(session: Session, portal_id: str | None, address: str | None) -> Profile:
    if portal_id:
        return session.profiles([portal_id])[0]
    profiles = session.profiles([])
    host = urlsplit(address or "").netloc
    return next((p for p in profiles if host and host in {urlsplit(p.base_url).netloc, *p.hosts}), profiles[0])


def _page_of(source: str, url: str) -> Page:
    headers, body = {"content-type": "text/html"}, _bytes_of(source)
    return Page(url=url, final_url=url, fetched_at=utc_now(), status=200, headers=headers, body=body)


def _bytes_of(source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from error


@click.command(epilog="Example: collector check --portal soctrang-vpub --sections")
@click.option("--portal", "portals", multiple=True, metavar="ID", help="Only this portal; may be repeated.")
@click.option("--sections", is_flag=True, help="List the categories that the portal's pages link to, as TOML to paste.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def check(session: Session, portals: tuple[str, ...], sections: bool, as_json: bool) -> None:
    """Fetch one listing and one article per portal and show what filled each field; write nothing.

    Exit code 1 when a required field is empty, 3 when a portal cannot be reached. A required field that no selector
    filled, but the fallback did, is a warning.
    """
    stop = Stop()
    results: list[dict[str, Any]] = []
    code = 0
    with stop.on_signals():
        for profile in session.profiles(portals):
            with _fetcher(session, profile, stop) as fetcher, stop.aborting(fetcher.abort):
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
    result: dict[str, Any] = {"portal": profile.id, "code": 0, "listing": None, "fields": [], "problems": []}
    result["warnings"] = []
    for section in profile.sections:
        try:
            request = PageRequest(section.url)
            listing = open_page(fetcher.get(section.url), profile).listing(request)
            result["listing"] = {"section": section.id, "items": len(listing.items), "pager": listing.next is not None}
            if listing.items:
                reading = open_page(fetcher.get(listing.items[0].url), profile)
                bulletin = reading.article()
                result["fields"] = _fields(bulletin, reading)
                result["warnings"] = [*_unread_addresses(listing, profile), *_guessed(bulletin)]
                break
            result["problems"].append(f"section {section.id}: the listing shows no bulletin")
        except CollectorError as error:
            result["code"] = max(result["code"], 3 if isinstance(error, FetchError) else 1)
            result["problems"].append(f"section {section.id}: {error}")
    if not result["fields"]:
        result["code"] = max(result["code"], 1)
    return result


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


def _guessed(bulletin: Bulletin) -> list[str]:
    """Warn of the required fields that would be empty but for the fallback."""
    return [
        f"no selector of [article] {name} finds anything; {source} filled it: add a selector"
        for name in _REQUIRED
        if (source := bulletin.provenance.get(name, "")).startswith("fallback:")
    ]


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
