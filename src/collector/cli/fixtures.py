"""``collector fixture``: a page that could not be read becomes a test of the reading."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from collector.cli.evidence import evidence_record
from collector.cli.reading import listing_record, record
from collector.cli.session import Session
from collector.errors import UsageError
from collector.examining import Examining
from collector.findings import Evidence
from collector.model import Page, PageRequest
from collector.portal import open_page, source_id
from collector.profile import Profile

#: A key that no page can have: the expectation fails until somebody has filled it in and taken this out.
FILL_IN = "_fill_in"


@click.group(epilog="Example: collector fixture add --from-failure 12")
def fixture() -> None:
    """Turn a page that could not be read into a test of the reading."""


@fixture.command(epilog="Example: collector fixture add --from-failure 12 --to tests/pages")
@click.option("--from-failure", "number", type=int, required=True, metavar="N", help="A failure's number in `status`.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tests/pages"),
    show_default=True,
    help="Where the tests keep their pages, a folder for each portal.",
)
@click.option("--name", help="The fixture's name; default: failure-N.")
@click.pass_obj
def add(session: Session, number: int, folder: Path, name: str | None) -> None:
    """Write the page of a failure with its address and the expected record, to be filled in.

    The record holds what is read today, null where nothing was found. Compare it with the page, write down what a
    reader sees, take the line "_fill_in" out: then the test says when the profile reads the page.
    """
    with session.reading() as archive:
        failure = archive.status.failure(number)
        if failure is None:
            raise UsageError(f"there is no failure {number}; `collector status` names them")
        if failure["capture"] is None:
            raise UsageError(f"failure {number} left no page behind: {failure['message']}")
        page = archive.captures.page(failure["capture"])
    if page.status != 200:  # noqa: PLR2004
        raise UsageError(f"failure {number} is an answer with status {page.status}: no selector makes a bulletin of it")
    profile = session.profiles([failure["portal"]])[0]
    listed = failure["stage"] == "listing"
    expected = _listing(page, profile) if listed else _article(page, profile, session.examining())
    target = folder / profile.id / (name or f"failure-{number}")
    files = {ending: target.with_name(target.name + ending) for ending in (".html", ".url", ".json")}
    if taken := [str(path) for path in files.values() if path.exists()]:
        raise UsageError(f"{taken[0]} is there already; choose another --name")
    content_type = page.headers.get("content-type", "text/html")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        files[".html"].write_bytes(page.body)
        files[".url"].write_text(f"{page.final_url}\n{content_type}\n", encoding="utf-8")
        text = json.dumps({FILL_IN: failure["message"], **expected}, ensure_ascii=False, indent=1)
        files[".json"].write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target.parent} cannot be written: {error.strerror}") from error
    for path in files.values():
        click.echo(path)


def _article(page: Page, profile: Profile, examining: Examining) -> dict[str, Any]:
    reading = open_page(page, profile)
    # Whatever it raises: a page on which our own code crashes is the one that most needs a test.
    with suppress(Exception):
        return record(reading, examining)
    found = dict.fromkeys(("url", "source_id", "title", "body", "lead", "byline", "published_on", "published_at"))
    found |= {"url": page.final_url, "source_id": source_id(page.final_url, profile)}
    said = evidence_record(Evidence(), examining)
    return {**found, "attachments": [], "provenance": {}, **said, "visits": None, "publisher": None}


def _listing(page: Page, profile: Profile) -> dict[str, Any]:
    with suppress(Exception):  # as above
        return listing_record(open_page(page, profile).listing(PageRequest(page.url)))
    return {"items": [], "last_page": None}
