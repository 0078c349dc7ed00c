"""Pages that could not be read when they came in, and counters that nobody read: found when the reading is better."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from collector.archive import Archive
from collector.archive.stamps import stamp
from collector.demo.newsroom import Article, Newsroom
from collector.errors import FieldMissing
from collector.judging import Judge
from collector.model import IndexPage, Memento, Page, Verdict
from kept_pages import BLIND, NEW, Keeper, Kept, contents, evidence, faults
from stored import EXAMINING


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Kept]:
    """A keeper that cannot read a page, and 9 bulletins that it has not seen."""
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        yield Kept(path, archive, Keeper(archive, BLIND, EXAMINING, newsroom=Newsroom(count=9)))


def open_failures(kept: Kept) -> int:
    return int(kept.value("select count(*) from failures where resolved_at is null"))


def line_of(article: Article) -> str:
    return next(block for block in article.story.blocks if isinstance(block, str))


def edit(kept: Kept, article: Article, mark: str) -> Article:
    """Let an editor add a mark, three seconds after whatever was before."""
    current = kept.keeper.newsroom.get(article.id)
    assert current is not None
    kept.keeper.newsroom.edit(article.id, line_of(current), f"{line_of(current)} ({mark})")
    edited = kept.keeper.newsroom.get(article.id)
    assert edited is not None
    return edited


def states(kept: Kept, article: Article) -> list[tuple[str, str, str]]:
    """Return kind, instant and last brackets of each state of a bulletin, by time."""
    rows = kept.rows(
        "select r.kind, c.fetched_at, r.body, r.lead from revisions r join captures c on c.id = r.capture "
        "join articles a on a.id = r.article where a.source_id = ? order by c.fetched_at, r.id",
        str(article.id),
    )
    return [(row["kind"], row["fetched_at"], "".join(m for m in "ABC" if f"({m})" in row["body"])) for row in rows]


def test_what_could_not_be_read_then_becomes_bulletins_of_the_day_they_were_fetched(empty: Kept) -> None:
    empty.keeper.take_all()
    assert (empty.value("select count(*) from articles"), open_failures(empty)) == (0, 9)
    before = contents(empty.archive)
    dry = empty.again(dry_run=True)
    assert contents(empty.archive) == before
    applied = empty.again()
    assert evidence(dry) == evidence(applied)
    assert (applied.report.verdict, applied.report.added, evidence(applied)["visits"]) == (Verdict.COMPLETE, 9, 9)
    expected = empty.keeper.newsroom.expected()
    for row in empty.rows("select a.*, c.fetched_at, r.kind, r.seen_at from articles a join revisions r "
                          "on r.id = a.revision join captures c on c.id = r.capture"):  # fmt: skip
        one = expected[row["source_id"]]
        assert (row["title"], row["body"], row["state"], row["kind"]) == (one.title, one.body, "live", "editorial")
        assert row["first_seen_at"] == row["last_seen_at"] == row["seen_at"] == row["fetched_at"]
        assert row["section"] == "demo/tin-lao-dong-xa-hoi"
    assert empty.value("select count(*) from indicators") > 0
    assert open_failures(empty) == 0
    assert empty.rows("select distinct state from listings") == [{"state": "archived"}]
    assert list(faults(empty.archive)) == []
    assert evidence(empty.again(again=True))["added"] == 0
    assert empty.again().report.verdict is Verdict.EMPTY_EXPECTED


def test_several_pages_of_one_bulletin_become_its_states_in_the_order_of_time(empty: Kept) -> None:
    article = empty.keeper.newsroom.listing()[0]
    keeper = empty.keeper
    keeper.take(article)
    keeper.take(article)
    keeper.take(edit(empty, article, "A"))
    keeper.take(edit(empty, article, "B"))
    dry, applied = evidence(empty.again(dry_run=True)), evidence(empty.again())
    assert dry == applied
    assert (applied["added"], applied["seen"], applied["revised"]) == (1, 1, 2)
    assert [(kind, marks) for kind, _, marks in states(empty, article)] == [
        ("editorial", ""), ("editorial", "A"), ("editorial", "AB")
    ]  # fmt: skip
    assert empty.value("select count(distinct revision) from corrections where field in ('lead', 'body')") == 2
    assert list(faults(empty.archive)) == []


def test_a_page_between_two_that_were_read_is_put_between_them(empty: Kept) -> None:
    article, keeper = empty.keeper.newsroom.listing()[0], empty.keeper
    keeper.profile = NEW
    keeper.take(article)
    keeper.profile = BLIND
    middle = keeper.take(edit(empty, article, "A"))
    failure = empty.rows("select * from failures where capture = ?", middle)
    keeper.profile = NEW
    keeper.take(edit(empty, article, "B"))
    # As the portal was then: the failure was not settled by the page that came later.
    assert len(failure) == 1
    assert open_failures(empty) == 1
    assert [marks for _, _, marks in states(empty, article)] == ["", "AB"]
    dry, applied = evidence(empty.again(dry_run=True)), evidence(empty.again())
    assert dry == applied
    assert (applied["revised"], applied["added"], applied["technical"]) == (1, 0, 0)
    assert [marks for _, _, marks in states(empty, article)] == ["", "A", "AB"]
    assert "(B)" in empty.value("select body from articles"), "what it is now stays"
    told = empty.rows("select c.after, k.fetched_at from corrections c join revisions r on r.id = c.revision "
                      "join captures k on k.id = r.capture where c.field in ('body', 'lead') order by k.fetched_at")  # fmt: skip
    assert ["(B)" in row["after"] for row in told] == [False, True]
    assert (open_failures(empty), list(faults(empty.archive))) == (0, [])


def test_a_bulletin_that_is_gone_comes_to_light_as_gone(empty: Kept) -> None:
    article = empty.keeper.newsroom.listing()[0]
    empty.keeper.take(article)
    at = stamp(empty.keeper.now)
    empty.archive.ledger.settle("demo", str(article.id), "gone")
    assert evidence(empty.again())["added"] == 1
    [row] = empty.rows("select state, gone_at from articles")
    assert (row["state"], row["gone_at"]) == ("gone", at)
    assert empty.rows("select distinct state from listings") == [{"state": "gone"}]


def test_what_was_left_out_on_purpose_is_not_taken_in(empty: Kept) -> None:
    first, second, third = empty.keeper.newsroom.listing()[:3]
    for article in (first, second, third):
        empty.keeper.take(article)
    empty.archive.ledger.out_of_range("demo", str(first.id), date(2020, 1, 1))
    empty.archive.ledger.settle("demo", str(second.id), "archived")
    assert evidence(empty.again())["added"] == 1
    assert empty.rows("select source_id from articles") == [{"source_id": str(third.id)}]


def test_days_that_are_asked_for_hold_for_pages_that_nobody_could_read(empty: Kept) -> None:
    empty.keeper.take_all()
    days = sorted(one.published_on for one in empty.keeper.newsroom.expected().values())
    found = evidence(empty.again(since=days[-3]))
    assert (found["added"], found["out_of_range"]) == (3, 6)
    assert evidence(empty.again())["added"] == 6


def test_what_still_cannot_be_read_is_named_and_stays_a_failure(empty: Kept) -> None:
    empty.keeper.take_all()
    before = contents(empty.archive)
    done = empty.again(BLIND)
    assert done.report.verdict is Verdict.INCOMPLETE
    assert (evidence(done)["unread"]["number"], open_failures(empty)) == (9, 9)
    assert contents(empty.archive) == before


def test_another_bulletins_page_is_not_taken_for_this_one(empty: Kept) -> None:
    first, second = empty.keeper.newsroom.listing()[:2]
    page = empty.keeper.page(first)
    # A cache that does not tell its pages apart: the second's address shows the first.
    url = empty.keeper.url(second)
    empty.keeper.take(second, Page(url, url, page.fetched_at, page.status, page.headers, page.body))
    empty.keeper.profile = NEW
    empty.keeper.take(first)
    done = empty.again()
    assert done.report.verdict is Verdict.INCOMPLETE
    assert "which is bulletin" in evidence(done)["unread"]["first"][0]
    assert empty.value("select count(*) from articles") == 1


def test_a_counter_that_nobody_read_is_read_at_its_place_in_time(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        keeper = Keeper(archive, NEW, EXAMINING, newsroom=Newsroom(count=9), counters=False)
        kept = Kept(path, archive, keeper)
        keeper.take_all()
        home = keeper.page(keeper.newsroom.listing()[0])
        listing = Page(
            "http://portal.example/", "http://portal.example/", home.fetched_at, 200, home.headers, home.body
        )
        archive.captures.keep(listing, portal="demo", kind="listing")
        keeper.counters = True
        keeper.take(keeper.newsroom.listing()[0])
        dry, applied = evidence(kept.again(dry_run=True)), evidence(kept.again())
        assert (dry, applied["visits"], applied["added"]) == (applied, 10, 0)
        rows = kept.rows(
            "select observed_at, total, own_requests, reset, capture from visit_counts order by observed_at"
        )
        assert [row["own_requests"] for row in rows] == [0] * 10 + [1]
        assert [row["total"] for row in rows] == sorted(row["total"] for row in rows)
        assert not any(row["reset"] for row in rows)
        assert kept.rows("select id from captures where id not in (select capture from visit_counts)") == []
        assert evidence(kept.again(again=True))["visits"] == 0


def test_a_capture_of_the_past_that_is_read_now_is_not_fetched_again(empty: Kept) -> None:
    archive, keeper, article = empty.archive, empty.keeper, empty.keeper.newsroom.listing()[0]
    page = replace(keeper.page(article), origin="wayback")
    capture = archive.captures.keep(page, portal="demo", kind="article", imported_at=keeper.now)
    memento = Memento(page.url, page.fetched_at, 200)
    found = [(memento, "article", str(article.id))]
    answer, asked = IndexPage((memento,), None), "portal.example/"
    archive.mementos.note(answer, found, portal="demo", source="wayback", prefix=asked, since=None, now=keeper.now)
    archive.mementos.settle(1, "failed", now=keeper.now, capture=capture)
    judge = Judge(NEW, archive=archive, examining=EXAMINING, run=keeper.run, now=lambda: keeper.now)
    judge.fail(page.url, None, "history", FieldMissing("no title", field="title"), capture)
    assert evidence(empty.again())["added"] == 1
    assert empty.rows("select state, capture from mementos") == [{"state": "imported", "capture": capture}]
    assert open_failures(empty) == 0
    # One that lies out of the days that were asked for was left out on purpose.
    other = keeper.page(keeper.newsroom.listing()[1])
    left_out = archive.captures.keep(other, portal="demo", kind="article", imported_at=keeper.now)
    archive.mementos.settle(1, "out_of_range", now=keeper.now, capture=left_out)
    assert evidence(empty.again())["added"] == 0


@pytest.mark.parametrize("state", ["failed", "no_content"])
def test_a_capture_of_a_time_that_no_layout_described_is_a_state_of_the_bulletin_that_is_here(
    empty: Kept, state: str
) -> None:
    """No failure is open of it: the portal's own page was read, or another capture under the same address."""
    archive, keeper, article = empty.archive, empty.keeper, empty.keeper.newsroom.listing()[0]
    keeper.profile = NEW
    keeper.take(article)
    page = replace(keeper.page(edit(empty, article, "A")), origin="wayback")
    capture = archive.captures.keep(page, portal="demo", kind="article", imported_at=keeper.now)
    memento = Memento(page.url, page.fetched_at, 200)
    found = [(memento, "article", str(article.id))]
    answer, asked = IndexPage((memento,), None), "portal.example/"
    archive.mementos.note(answer, found, portal="demo", source="wayback", prefix=asked, since=None, now=keeper.now)
    archive.mementos.settle(1, state, now=keeper.now, capture=capture)
    keeper.take(edit(empty, article, "B"))
    assert [marks for _, _, marks in states(empty, article)] == ["", "AB"]
    still = evidence(empty.again(BLIND, dry_run=True))
    assert (still["revised"], still["unread"]["number"]) == (0, state == "failed")
    dry, applied = evidence(empty.again(dry_run=True)), evidence(empty.again())
    assert (dry, applied["revised"], applied["added"]) == (applied, 1, 0)
    assert [marks for _, _, marks in states(empty, article)] == ["", "A", "AB"]
    assert empty.rows("select state, capture from mementos") == [{"state": "imported", "capture": capture}]
    assert list(faults(archive)) == []
    assert evidence(empty.again(again=True))["revised"] == 0


def test_a_portal_whose_addresses_hold_no_ids_is_read_again_as_well(empty: Kept) -> None:
    empty.keeper.profile = replace(BLIND, identity=())
    empty.keeper.take_all()
    assert open_failures(empty) == 9
    done = empty.again(replace(NEW, identity=()))
    assert (done.report.verdict, evidence(done)["added"], open_failures(empty)) == (Verdict.COMPLETE, 9, 0)
    assert {row["source_id"] for row in empty.rows("select source_id from articles")} == {
        empty.keeper.url(article) for article in empty.keeper.newsroom.listing()
    }
