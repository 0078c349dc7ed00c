"""The ledger against the truth: pages and bulletins are knocked out of two portals at random, and it names just those.

Then the faults are lifted, and ``run --gaps`` fetches what was missing and asks for nothing else.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date
from pathlib import Path

import pytest

import second_portal
from collector import plan
from collector.archive import Archive
from collector.config import load
from collector.demo.loopback import Request, Response
from collector.demo.newsroom import SECTIONS
from collector.demo.pages import PER_PAGE
from collector.errors import Interrupted
from collector.examining import Examining
from collector.findings import Evidence, TopicScore
from collector.model import RunKind, Task, Verdict
from conftest import Collecting, Replica
from spoiled_answers import NOTHING
from stored import SHIPPED
from story_clock import StoryClock

EVERYTHING, GAPS = Task(RunKind.BACKFILL), Task(RunKind.GAPS)


class Glancing(Examining):
    """Finds nothing: what the words say is no matter here, and takes most of a run's time."""

    def evidence(self, title: str, body: str, *, published_on: date | None) -> Evidence:
        return Evidence(topic=TopicScore(0.0))


@dataclass
class Truth:
    """A portal with what it lists, by section and page, and a way to knock pages and bulletins out of it."""

    collecting: Collecting
    listed: Callable[[], dict[str, list[list[str]]]]  # section → pages of ids
    knock_out: Callable[[set[tuple[str, int]], set[str]], None]
    mark: Callable[[str], str]  # what a section's listing has in its address

    def ledger(self) -> tuple[dict[str, set[int]], set[str], dict[str, int]]:
        """What the archive says: unread pages by section, missing ids, totals."""
        portal = self.collecting.profile.id
        bulletins = self.collecting.archive.coverage.bulletins(portal=portal)
        sections = self.collecting.archive.coverage.sections(portal=portal)
        unread = {}
        for one in plan.coverage(bulletins, sections):
            ranges = plan.unread_pages(one.unread) if one.unread is not None else ((1, None),)
            pages = {page for first, last in ranges for page in range(first, (last or 99) + 1)}
            if pages:
                unread[one.section.partition("/")[2]] = pages
        return unread, {one.source_id for one in plan.missing(bulletins, sections)}, plan.totals(bulletins)

    def held(self) -> set[str]:
        return {row["source_id"] for row in self.collecting.archive.connection.rows("select source_id from articles")}


def unread_of(pages: int, bad: set[int]) -> set[int]:
    """Which pages of a section a walk cannot read: the bad ones, and what lies behind three in a row."""
    unread: set[int] = set()
    in_a_row = 0
    for number in range(1, pages + 1):
        if in_a_row >= 3 or number in bad:
            unread.add(number)
            in_a_row += 1
        else:
            in_a_row = 0
    return unread


@pytest.fixture
def webforms(replica: Replica) -> Truth:
    replica.examining = Glancing(SHIPPED.vocabulary, threshold=0.5)
    addresses = {one.slug: f"catid={one.catid}&" for one in SECTIONS}

    def listed() -> dict[str, list[list[str]]]:
        found = {}
        for one in SECTIONS:
            ids = [str(article.id) for article in replica.newsroom.listing(one.slug)]
            found[one.slug] = [ids[start : start + PER_PAGE] for start in range(0, len(ids), PER_PAGE)]
        return found

    def knock_out(pages: set[tuple[str, int]], bulletins: set[str]) -> None:
        """A page that was asked for by a form has used the form up: what is knocked out costs the place as well."""
        first_of = {(slug, number): listed()[slug][number - 1][0] for slug, number in pages}

        def fault(request: Request) -> Response | None:
            if any(f"/{one}/" in request.path for one in bulletins):
                return NOTHING
            if request.method == "POST":
                answer = replica.site.answer(request)
                shown = {
                    slug for (slug, _), first in first_of.items()
                    if addresses[slug] in request.target and f"/{first}/".encode() in answer.body
                }  # fmt: skip
                return Response(500, b"Timeout expired") if shown else answer
            return None

        replica.site.fault = fault

    return Truth(replica, listed, knock_out, addresses.__getitem__)


@pytest.fixture
def query(tmp_path: Path, clock: StoryClock) -> Iterator[Truth]:
    with (
        second_portal.SecondPortal(count=90, now=clock.now, crawl_delay=0) as site,
        Archive(tmp_path / "archive.db") as archive,
    ):
        folder = tmp_path / "config"
        (folder / "portals").mkdir(parents=True)
        (folder / "collector.toml").write_text('portals = ["tan-giang"]\n', encoding="utf-8")
        (folder / "portals" / "tan-giang.toml").write_text(second_portal.profile(site.base_url), encoding="utf-8")
        profile = load(folder, environ={}, cwd=tmp_path).profiles[0]
        glancing = Glancing(SHIPPED.vocabulary, threshold=0.5)
        size = second_portal.PER_PAGE

        def listed() -> dict[str, list[list[str]]]:
            found = {}
            for slug in second_portal.SECTIONS:
                ids = [post.source_id for post in site.listing(slug)]
                found[slug] = [ids[start : start + size] for start in range(0, len(ids), size)]
            return found

        def knock_out(pages: set[tuple[str, int]], bulletins: set[str]) -> None:
            def fault(request: Request) -> Response | None:
                if any(f"-{one}.html" in request.path for one in bulletins):
                    return NOTHING
                number = int(request.query.get("page", "1"))
                if (request.path.rpartition("/")[2], number) not in pages:
                    return None
                whole = site.answer(replace(request, headers={}))
                empty = re.sub(rb"<article.*?</article>", b"", whole.body, flags=re.DOTALL)
                return (Response(503, b"busy"), NOTHING, replace(whole, body=empty))[number % 3]

            site.fault = fault

        collecting = Collecting(site, profile, archive, clock, examining=glancing)
        yield Truth(collecting, listed, knock_out, "/chuyen-muc/{}".format)


@pytest.fixture(params=["webforms", "query"])
def truth(request: pytest.FixtureRequest) -> Truth:
    found: Truth = request.getfixturevalue(request.param)
    return found


def drawn(truth: Truth, seed: int) -> tuple[dict[str, set[int]], set[str]]:
    """Draw pages (never the first of a section) and bulletins to knock out."""
    chance = random.Random(seed)
    listed = truth.listed()
    share = (0.2, 0.5, 0.0)[seed % 3]
    pages = {
        slug: {number for number in range(2, len(there) + 1) if chance.random() < share}
        for slug, there in listed.items()
    }
    everything = sorted({one for there in listed.values() for page in there for one in page})
    return pages, set(chance.sample(everything, chance.randint(0, 8)))


@pytest.mark.parametrize("seed", range(6))
def test_the_ledger_names_exactly_what_is_missing_and_gaps_closes_it(truth: Truth, seed: int) -> None:
    bad, bulletins = drawn(truth, seed)
    truth.knock_out({(slug, number) for slug, numbers in bad.items() for number in numbers}, bulletins)
    listed = truth.listed()
    unread = {slug: unread_of(len(pages), bad[slug]) for slug, pages in listed.items()}
    unread = {slug: numbers for slug, numbers in unread.items() if numbers}
    shown = {
        one
        for slug, pages in listed.items()
        for number, page in enumerate(pages, 1)
        if number not in unread.get(slug, set())
        for one in page
    }
    verdict = truth.collecting.run(EVERYTHING).verdict
    assert (verdict is Verdict.COMPLETE) is (not unread and not bulletins & shown)
    said_unread, said_missing, totals = truth.ledger()
    assert said_unread == unread
    assert said_missing == bulletins & shown
    assert truth.held() == shown - bulletins
    assert totals["listed"] == len(shown)

    truth.collecting.site.fault = None
    everything = {one for pages in listed.values() for page in pages for one in page}
    before, held = len(truth.collecting.site.requests), truth.held()
    report = truth.collecting.run(GAPS)
    assert report.verdict is (Verdict.COMPLETE if everything - held else Verdict.EMPTY_EXPECTED)
    assert truth.ledger() == ({}, set(), truth.ledger()[2])
    assert truth.held() == everything
    asked = truth.collecting.requested(before)
    for slug, pages in listed.items():
        walked = [target for _, target in asked if truth.mark(slug) in target]
        assert len(walked) == (len(pages) if slug in unread else 0), "a section without gaps costs nothing"
    fetched = [target for _, target in asked if not any(truth.mark(slug) in target for slug in listed)]
    controls = report.evidence.get("controls", [])
    assert isinstance(controls, list)
    wanted = len(everything - held) + len(controls)
    assert len(fetched) == wanted, "no bulletin is fetched that is here, but those that odd ones are held against"

    before = len(truth.collecting.site.requests)
    assert truth.collecting.run(GAPS).verdict is Verdict.EMPTY_EXPECTED
    assert truth.collecting.requested(before) == []


def test_a_page_of_news_that_a_poll_could_not_read_is_told_and_the_next_poll_closes_it(
    webforms: Truth, replica: Replica
) -> None:
    slug = SECTIONS[0].slug
    replica.run(EVERYTHING)
    assert webforms.ledger()[:2] == ({}, set())
    replica.newsroom.publish(30)
    assert set(webforms.listed()[slug][1]).isdisjoint(webforms.held()), "the second page is news as well"
    webforms.knock_out({(slug, 2)}, set())
    assert replica.run().verdict is Verdict.TRUNCATED
    assert webforms.ledger()[0] == {slug: {2}}
    replica.site.fault = None
    assert replica.run().verdict is Verdict.COMPLETE
    assert webforms.ledger()[:2] == ({}, set())
    assert webforms.held() == replica.newsroom.expected().keys()


def test_a_poll_that_was_stopped_among_its_news_left_a_gap(backfilled: Replica) -> None:
    backfilled.newsroom.publish(30)

    def stop_after_the_first_listing() -> None:
        if any("catid=" in target for _, target in backfilled.requested(before)):
            raise Interrupted

    before = len(backfilled.site.requests)
    assert backfilled.run(checkpoint=stop_after_the_first_listing).verdict is Verdict.INTERRUPTED
    first = next(
        one for one in backfilled.archive.coverage.sections(portal="demo") if one.id.endswith(SECTIONS[0].slug)
    )
    assert (first.unread is not None and first.unread.spans, first.caught_up) == ((), False)
    assert backfilled.run(GAPS).verdict is Verdict.COMPLETE
    assert backfilled.rows().keys() >= {str(one.id) for one in backfilled.newsroom.listing(SECTIONS[0].slug)}


@pytest.mark.parametrize(
    ("bad", "unread"),
    [({10}, {10}), ({9, 10}, {9, 10}), ({11}, {11, 12, 13}), ({3, 5, 12}, {3, 5, 12}), ({2, 3, 4}, set(range(2, 11)))],
    ids=["the block's last", "its last two", "the next block's first", "inside of blocks", "three in a row"],
)
def test_a_bad_page_is_passed_over_as_far_as_links_lead_behind_it(
    webforms: Truth, replica: Replica, bad: set[int], unread: set[int]
) -> None:
    """Pages 1 to 10 are one block; 11 is behind its dots, and only 11 itself leads to 12 and 13. What is named as
    unread ends with the last page that the pager has shown: 10, while nobody came to the next block.
    """
    slug = SECTIONS[0].slug
    replica.newsroom.publish(120)
    while len(webforms.listed()[slug]) < 13:
        replica.newsroom.publish(1)
    replica.profile = replace(replica.profile, sections=replica.profile.sections[:1])
    assert replica.profile.sections[0].id == slug
    assert len(webforms.listed()[slug]) == 13
    webforms.knock_out({(slug, number) for number in bad}, set())
    assert replica.run(replace(EVERYTHING, dry_run=True)).verdict is Verdict.TRUNCATED
    assert {one for one in webforms.ledger()[0][slug] if one <= 13} == unread


def test_a_pager_that_only_leads_on_is_passed_over_a_bad_page_too(query: Truth) -> None:
    """No number tells that there is a page behind the bad one: it is tried."""
    slug, collecting = "lao-dong-viec-lam", query.collecting
    site = collecting.site
    collecting.profile = replace(collecting.profile, sections=collecting.profile.sections[:1])

    def fault(request: Request) -> Response | None:
        number = int(request.query.get("page", "1"))
        if number == 2 and slug in request.path:
            return NOTHING
        answer = site.answer(request)
        if slug not in request.path or answer.status != 200:
            return answer
        body = re.sub(
            rb'<nav class="pagination">.*?</nav>',
            b'<nav><a href="?page=%d">Trang sau</a></nav>' % (number + 1)
            if number < len(query.listed()[slug])
            else b"",
            answer.body,
            flags=re.DOTALL,
        )
        return replace(answer, body=body)

    site.fault = fault
    assert collecting.run(EVERYTHING).verdict is Verdict.TRUNCATED
    assert query.ledger()[0] == {slug: {2}}
    assert query.held() == {one for page in (1, *range(3, 9)) for one in (query.listed()[slug] + [[]] * 9)[page - 1]}


def test_gaps_is_incomplete_while_something_is_missing_that_the_portal_cannot_give(backfilled: Replica) -> None:
    one = backfilled.newsroom.listing(SECTIONS[1].slug)[0]
    with backfilled.archive.connection.writing():
        backfilled.archive.connection.execute(
            "insert into mementos (portal, source, url, source_id, kind, captured_at, http_status, locator, state, found_at) "
            "values (?, 'wayback', ?, '999999', 'article', '2020-01-01T00:00:00Z', 200, '', 'found', '2024-07-01T00:00:00Z')",
            [backfilled.profile.id, backfilled.site.url_of(one.path().replace(str(one.id), "999999"))],
        )
    report = backfilled.run(GAPS)
    assert report.verdict is Verdict.INCOMPLETE
    assert report.evidence["still_missing"] == 1
    assert report.requests == 0
    assert backfilled.run(replace(GAPS, sections=frozenset({SECTIONS[0].slug}))).verdict is Verdict.EMPTY_EXPECTED


def test_gaps_leaves_what_is_out_of_range_or_gone_and_waits_for_no_next_try(webforms: Truth) -> None:
    collecting, slug = webforms.collecting, SECTIONS[0].slug
    dead, failing = webforms.listed()[slug][0][:2]
    webforms.knock_out(set(), {failing})
    collecting.run(Task(RunKind.BACKFILL, since=date(2023, 9, 1)))
    for _ in range(4):
        collecting.run()
    assert str(collecting.value("select next_try_at from failures where source_id = ?", failing)) > (
        f"{collecting.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M}"
    )
    with collecting.archive.connection.writing():
        collecting.archive.connection.execute("update listings set state = 'gone' where source_id = ?", [dead])
    out = {row["source_id"] for row in collecting.archive.connection.rows(
        "select source_id from listings where state = 'out_of_range'"
    )}  # fmt: skip
    assert len(out) > 10
    collecting.site.fault = None
    before = len(collecting.site.requests)
    collecting.run(GAPS)
    asked = {
        match[1]
        for _, target in collecting.requested(before)
        if (match := re.search(r"/(\d+)/[^/]+/[^/]+\.aspx", target))
    }
    assert failing in asked
    assert asked.isdisjoint({dead, *out})
    assert webforms.held().isdisjoint(out)


def test_a_dry_run_of_gaps_names_what_would_be_fetched_and_writes_nothing(query: Truth) -> None:
    some = {query.listed()["tin-tuc"][0][0]}
    query.knock_out(set(), some)
    query.collecting.run(EVERYTHING)
    query.collecting.site.fault = None
    report = query.collecting.run(replace(GAPS, dry_run=True))
    assert report.evidence["outcomes"] == {"wanted": 1}
    assert query.ledger()[1] == some
