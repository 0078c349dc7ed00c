"""Captured pages of a listing, those behind its first one too: what they name is known of, whoever may still have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

import second_portal
from collector import plan
from collector.archive import Archive
from collector.config import load
from collector.demo.loopback import OPENING, Request
from collector.history import recall
from collector.model import Page, RunKind, RunReport, Task, Verdict
from collector.portal.numbered import listing_of
from collector.profile import ArticleProfile, ListingProfile, PagerProfile, RecogniseProfile
from collector.reparse import Scope, reparse
from conftest import Collecting
from kept_captures import KeptCaptures
from stored import EXAMINING
from story_clock import StoryClock

THEN = OPENING.astimezone(UTC)
SLUG = next(iter(second_portal.SECTIONS))


@pytest.fixture
def second(tmp_path: Path, clock: StoryClock) -> Iterator[Collecting]:
    with (
        second_portal.SecondPortal(now=clock.now, crawl_delay=0) as site,
        Archive(tmp_path / "archive.db") as archive,
    ):
        folder = tmp_path / "config"
        (folder / "portals").mkdir(parents=True)
        (folder / "collector.toml").write_text('portals = ["tan-giang"]\n', encoding="utf-8")
        (folder / "portals" / "tan-giang.toml").write_text(second_portal.profile(site.base_url), encoding="utf-8")
        yield Collecting(site, load(folder, environ={}, cwd=tmp_path).profiles[0], archive, clock)


def captured(second: Collecting, *targets: str) -> list[Page]:
    """What a crawler got under these addresses."""
    found = []
    for target in targets:
        answer = second.site.answer(Request("GET", target))
        headers = {name.lower(): value for name, value in answer.headers}
        url = second.profile.base_url.rstrip("/") + target
        found.append(Page(url, url, THEN, answer.status, headers, answer.body, origin="wayback"))
    return found


def remember(second: Collecting, pages: list[Page]) -> RunReport:
    second.clock.pass_time(minutes=30)
    return recall(
        second.profile,
        Task(RunKind.BACKFILL),
        source=KeptCaptures(pages),
        archive=second.archive,
        examining=EXAMINING,
        now=second.clock.now,
    )


def posts(second: Collecting) -> list[second_portal.Post]:
    assert isinstance(second.site, second_portal.SecondPortal)
    return second.site.listing(SLUG)


def test_every_captured_page_of_a_listing_names_its_bulletins(second: Collecting) -> None:
    listing = f"/chuyen-muc/{SLUG}"
    last = -(-len(posts(second)) // second_portal.PER_PAGE)
    assert last > 1
    numbered = [f"{listing}?page={number}" for number in range(2, last + 1)]
    other = ["/chuyen-muc/khac?page=2", f"{listing}?trang=2", f"{listing}?page=hai"]
    report = remember(second, captured(second, listing, *numbered, *other))
    assert report.verdict is Verdict.EMPTY_EXPECTED
    rows = second.archive.connection.rows("select source_id, title, published_on, section, state from listings")
    assert {row["source_id"]: (row["title"], row["published_on"]) for row in rows} == {
        post.source_id: (post.title, post.published_on.isoformat()) for post in posts(second)
    }
    assert {(row["section"], row["state"]) for row in rows} == {(f"tan-giang/{SLUG}", "listed")}
    assert second.value("select count(*) from mementos where kind = 'listing'") == last
    known = second.archive.coverage.bulletins(portal="tan-giang")
    assert len(plan.missing(known, second.archive.coverage.sections(portal="tan-giang"))) == len(rows)


def test_a_page_behind_the_first_that_shows_no_list_is_none(second: Collecting) -> None:
    [page] = captured(second, f"/chuyen-muc/{SLUG}?page=2")
    body = page.body.replace(b"news-feed", b"nothing").replace(b'class="post"', b"")
    spoiled = Page(page.url, page.final_url, THEN, 200, page.headers, body)
    report = remember(second, [*captured(second, f"/chuyen-muc/{SLUG}"), spoiled])
    assert (report.verdict, report.failed) == (Verdict.EMPTY_EXPECTED, 0)
    assert second.value("select group_concat(state) from (select state from mementos order by url)") == (
        "imported,no_content"
    )


def test_what_only_the_past_has_listed_is_asked_of_the_portal_by_a_backfill_and_not_by_a_poll(
    second: Collecting,
) -> None:
    """A poll is about news; captures of ten years would keep it busy for days."""
    count = len(posts(second))
    pages = [f"/chuyen-muc/{SLUG}{f'?page={number}' if number > 1 else ''}" for number in range(1, 9)]
    remember(second, captured(second, *pages))
    polled = second.run(Task(sections=frozenset({SLUG})))
    assert polled.added == second_portal.PER_PAGE
    filled = second.run(Task(RunKind.GAPS, sections=frozenset({SLUG})))
    assert (filled.verdict, filled.added) == (Verdict.COMPLETE, count - second_portal.PER_PAGE)


QUERY = PagerProfile(kind="query", parameter="page", first=1)
FROM_ZERO = PagerProfile(kind="query", parameter="p", first=0)
PATH = PagerProfile(kind="path", pattern=r"/page-(?P<page>\d+)/?$")


@pytest.mark.parametrize(
    ("pager", "url", "expected"),
    [
        (QUERY, "https://a.example/tin?page=3", ("https://a.example/tin", 3)),
        (QUERY, "https://a.example/tin?id=7&page=3&x=", ("https://a.example/tin?id=7&x=", 3)),
        (FROM_ZERO, "https://a.example/tin?p=3", ("https://a.example/tin", 4)),
        (QUERY, "https://a.example/tin?page=0", None),
        (QUERY, "https://a.example/tin?page=20240108", None),
        (QUERY, "https://a.example/tin?page=²", None),
        (QUERY, "https://a.example/tin", None),
        (PATH, "https://a.example/vi/news/tin/page-12", ("https://a.example/vi/news/tin", 12)),
        (PATH, "https://a.example/vi/news/tin/page-12/?x=1", ("https://a.example/vi/news/tin?x=1", 12)),
        (PATH, "https://a.example/vi/news/tin/", None),
        (PagerProfile(kind="postback"), "https://a.example/tin?page=3", None),
        (QUERY, "http://[x?page=3", None),
    ],
)
def test_an_address_tells_the_listing_and_which_page_of_it(
    pager: PagerProfile, url: str, expected: tuple[str, int] | None
) -> None:
    assert listing_of(url, pager) == expected


@pytest.mark.parametrize("marks", [(), ("#nowhere",)], ids=["failed", "no_content"])
def test_a_captured_listing_that_nobody_could_read_is_read_again(second: Collecting, marks: tuple[str, ...]) -> None:
    """``reparse`` reads what came in before a layout was written down, listings too."""
    blind = replace(
        second.profile,
        listing=ListingProfile(item=("#nowhere",)),
        article=ArticleProfile(title=("#nowhere",), body=("#nowhere",)),
        recognise=RecogniseProfile(marks, 1),
    )
    pages = captured(second, f"/chuyen-muc/{SLUG}", f"/chuyen-muc/{SLUG}?page=2")
    remember(replace(second, profile=blind), pages)
    assert second.value("select count(*) from listings") == 0
    dry, applied = read_again(second, dry_run=True), read_again(second)
    assert (dry.verdict, dry.evidence) == (applied.verdict, applied.evidence)
    assert (applied.verdict, applied.evidence["listings"], applied.failed) == (Verdict.COMPLETE, 2, 0)
    assert {row["source_id"] for row in second.archive.connection.rows("select source_id from listings")} == {
        post.source_id for post in posts(second)[: 2 * second_portal.PER_PAGE]
    }
    assert second.archive.connection.rows("select distinct state from mementos") == [{"state": "imported"}]
    assert second.value("select count(*) from failures where resolved_at is null") == 0
    assert second.value("select count(*) from articles") == 0
    assert read_again(second).verdict is Verdict.EMPTY_EXPECTED


def read_again(second: Collecting, **scope: object) -> RunReport:
    [done] = reparse(
        [second.profile],
        Scope(**scope),  # type: ignore[arg-type]
        configured=[second.profile],
        archive=second.archive,
        examining=EXAMINING,
        now=second.clock.now,
    )
    return done.report
