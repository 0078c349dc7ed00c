"""``collector parse``: what would be recorded for one page or text, and which selector found it. Nothing is written."""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from collector.cli.evidence import KEYS, evidence_record, print_evidence
from collector.cli.plaintext import pasted
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_fields, print_json
from collector.errors import UsageError
from collector.examining import Examining
from collector.fetch import Fetcher, ForgetfulMemory, HostGate
from collector.model import Bulletin, Listing, Page
from collector.portal import Reading, open_page
from collector.profile import Profile
from collector.stop import Stop

#: Without these there is no bulletin (CONTRACT 2).
_REQUIRED = ("title", "body")


def fetcher_for(session: Session, profile: Profile, stop: Stop) -> Fetcher:
    """Return what fetches a few pages of a portal for somebody who looks; it remembers nothing afterwards."""
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
    with stop.on_signals(), fetcher_for(session, profile, stop) as fetcher, stop.aborting(fetcher.abort):
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
    for warning in guessed(bulletin):
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


def guessed(bulletin: Bulletin) -> list[str]:
    """Warn of the required fields that would be empty but for the fallback."""
    return [
        f"no selector of [article] {name} finds anything; {source} filled it: add a selector"
        for name in _REQUIRED
        if (source := bulletin.provenance.get(name, "")).startswith("fallback:")
    ]
