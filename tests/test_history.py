"""A portal's past from somebody else's captures: each state of a bulletin at its own place in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.archive import Archive
from collector.demo.counter import Visits
from collector.demo.loopback import OPENING
from collector.demo.newsroom import LINK_FORMS, SECTIONS
from collector.demo.site import ReplicaPortal
from collector.errors import Interrupted
from collector.history import recall
from collector.model import Page, RunKind, RunReport, Task, Verdict
from collector.profile import Profile
from collector.sources import Source
from conftest import Replica, replica_profile
from examples import few
from kept_captures import KeptCaptures, captured
from stored import EXAMINING

PAST = Task(kind=RunKind.BACKFILL)
YEARS = [datetime(year, 3, 1, 2, 0, tzinfo=UTC) for year in (2020, 2021, 2022, 2023)]
AFTER = OPENING.astimezone(UTC) + timedelta(days=400)


def remember(
    replica: Replica, source: Source, task: Task = PAST, checkpoint: Callable[[], None] = lambda: None
) -> RunReport:
    replica.clock.pass_time(minutes=30)
    return recall(
        replica.profile,
        task,
        source=source,
        archive=replica.archive,
        examining=EXAMINING,
        now=replica.clock.now,
        checkpoint=checkpoint,
    )


def paths(replica: Replica) -> list[str]:
    """Every article of the replica under one of its forms of address, the forms in turn."""
    articles = replica.newsroom.listing()
    return [one.path(LINK_FORMS[number % len(LINK_FORMS)]) for number, one in enumerate(articles)]


def rows(replica: Replica, sql: str) -> list[dict[str, object]]:
    return replica.archive.connection.rows(sql)


def test_everything_that_was_captured_is_in_the_archive_word_for_word(replica: Replica) -> None:
    source = KeptCaptures(captured(replica.site, paths(replica), YEARS[0]))
    report = remember(replica, source)
    expected = replica.newsroom.expected()
    assert (report.verdict, report.added, report.failed) == (Verdict.COMPLETE, len(expected), 0)
    stored = replica.rows()
    assert stored.keys() == expected.keys()
    for name, bulletin in expected.items():
        assert stored[name]["title"] == bulletin.title
        assert stored[name]["body"] == bulletin.text()
        assert stored[name]["first_seen_at"] == stored[name]["last_seen_at"] == "2020-03-01T02:00:00Z"
    origins = rows(replica, "select distinct origin, imported_at is null as ours from captures")
    assert origins == [{"origin": "wayback", "ours": 0}]
    again = remember(replica, source)
    assert (again.verdict, again.added, len(source.asked)) == (Verdict.EMPTY_EXPECTED, 0, len(expected))


def test_captures_of_one_bulletin_under_many_addresses_become_its_revisions_in_time_order(replica: Replica) -> None:
    article = replica.newsroom.listing()[3]
    source = KeptCaptures()
    states: list[str] = []
    for number, year in enumerate(YEARS):
        if number:
            replica.newsroom.edit(article.id, states[-1], f"Tiêu đề lần {number}")
        states.append(replica.newsroom.expected()[str(article.id)].title)
        source.pages += captured(replica.site, [article.path(LINK_FORMS[number])], year)
    # Somebody else's archive comes in first: the last state, then the others before it and between.
    for order in ([3], [0, 2], [1]):
        part = KeptCaptures([source.pages[number] for number in order], name=f"warc{order[0]}")
        assert remember(replica, part).verdict is Verdict.COMPLETE
    found = rows(
        replica,
        "select r.title, r.seen_at, r.kind, c.fetched_at from revisions r join captures c on c.id = r.capture "
        "order by c.fetched_at",
    )
    assert [row["title"] for row in found] == states
    assert all(row["seen_at"] == row["fetched_at"] and row["kind"] == "editorial" for row in found)
    stored = replica.rows()[str(article.id)]
    assert (stored["title"], stored["revision_count"]) == (states[-1], 4)
    assert (stored["first_seen_at"], stored["last_seen_at"]) == ("2020-03-01T02:00:00Z", "2023-03-01T02:00:00Z")
    told = rows(replica, "select before, after from corrections where field = 'title' order by seen_at")
    assert [(row["before"], row["after"]) for row in told] == list(pairwise(states))
    assert len(rows(replica, "select url from article_urls")) == 4


def test_the_past_never_overwrites_the_present(replica: Replica) -> None:
    """An old state comes in after the portal's own page: the article goes on saying what the portal says."""
    article = replica.newsroom.listing(SECTIONS[0].slug)[2]
    old = captured(replica.site, [article.path()], YEARS[1])
    replica.newsroom.edit(article.id, article.story.title, "Tiêu đề của hôm nay")
    replica.run(Task(RunKind.BACKFILL))
    before = replica.rows()[str(article.id)]
    figures = rows(replica, "select * from current_indicators order by id")
    assert remember(replica, KeptCaptures(old)).revised == 1
    after = replica.rows()[str(article.id)]
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"first_seen_at", "revision_count"}
    assert rows(replica, "select * from current_indicators order by id") == figures
    assert replica.value("select count(*) from corrections where after = 'Tiêu đề của hôm nay'") == 1
    # And the portal's next visit finds nothing new.
    assert replica.run(Task(recheck_days=4000, recheck_per_run=100)).revised == 0


def test_a_state_seen_earlier_began_earlier(backfilled: Replica) -> None:
    article = backfilled.newsroom.listing()[1]
    report = remember(backfilled, KeptCaptures(captured(backfilled.site, [article.path("mobile")], YEARS[2])))
    assert (report.revised, report.unchanged) == (0, 1)
    [row] = rows(
        backfilled,
        "select r.seen_at, c.fetched_at, a.revision_count from articles a join revisions r on r.article = a.id "
        f"join captures c on c.id = r.capture where a.source_id = '{article.id}'",
    )
    assert row == {"seen_at": "2022-03-01T02:00:00Z", "fetched_at": "2022-03-01T02:00:00Z", "revision_count": 1}


def test_a_text_that_went_back_to_what_it_was_has_three_states(replica: Replica) -> None:
    article = replica.newsroom.listing()[0]
    title, wrong, pages = article.story.title, "Tiêu đề sửa nhầm", []
    for number, year in enumerate(YEARS[:3]):
        pages += captured(replica.site, [article.path()], year)
        replica.newsroom.edit(article.id, *((title, wrong) if number % 2 == 0 else (wrong, title)))
    remember(replica, KeptCaptures(pages))
    found = rows(replica, "select title from revisions order by seen_at")
    assert [row["title"] for row in found] == [title, wrong, title]


def test_a_bulletin_that_is_gone_stays_gone_when_an_older_capture_of_it_comes_in(replica: Replica) -> None:
    article = replica.newsroom.listing()[4]
    old = captured(replica.site, [article.path()], YEARS[0])
    late = [replace(page, fetched_at=AFTER) for page in captured(replica.site, [article.path("short")], YEARS[0])]
    replica.run(Task(RunKind.BACKFILL))
    replica.newsroom.delete(article.id)
    for _ in range(2):
        replica.run(Task(recheck_days=4000, recheck_per_run=100))
    assert replica.rows()[str(article.id)]["state"] == "gone"
    remember(replica, KeptCaptures(old))
    assert replica.rows()[str(article.id)]["state"] == "gone"
    replica.clock.pass_time(days=400)
    remember(replica, KeptCaptures(late, name="commoncrawl"))
    assert replica.rows()[str(article.id)]["state"] == "live", "whoever saw it later saw it come back"


def test_home_pages_and_listings_of_the_past_bring_counters_and_items(replica: Replica) -> None:
    listing = SECTIONS[0].url
    pages = [page for year in YEARS for page in captured(replica.site, ["/Default.aspx", listing], year)]
    report = remember(replica, KeptCaptures(pages))
    assert report.verdict is Verdict.EMPTY_EXPECTED
    series = rows(replica, "select observed_at, total, own_requests, reset from visit_counts order by observed_at")
    assert len(series) == 8
    assert [row["total"] for row in series] == sorted(int(str(row["total"])) for row in series)
    assert {(row["own_requests"], row["reset"]) for row in series} == {(0, 0)}
    first = replica.newsroom.listing(SECTIONS[0].slug)[0]
    [item] = rows(replica, f"select * from listings where source_id = '{first.id}'")
    assert (item["state"], item["first_listed_at"], item["last_listed_at"]) == (
        "listed", "2020-03-01T02:00:00Z", "2023-03-01T02:00:00Z",
    )  # fmt: skip
    # A poll of the portal takes them in, and an item that only the past lists is no reason to be gone.
    assert replica.run().verdict is Verdict.COMPLETE
    assert replica.value("select count(*) from _checks where wanted is not null") == 0


def test_a_counter_of_the_past_stands_at_its_place_and_resets_are_told_anew(replica: Replica) -> None:
    replica.site.counter.reset(Visits(1, 1, 1, 500))
    late = captured(replica.site, ["/Default.aspx"], YEARS[3])
    replica.site.counter.reset(Visits(1, 1, 1, 9_000))
    early = captured(replica.site, ["/Default.aspx"], YEARS[0])
    remember(replica, KeptCaptures(late))
    remember(replica, KeptCaptures(early, name="commoncrawl"))
    series = rows(replica, "select observed_at, total, reset from visit_counts order by observed_at, id limit 2")
    assert [(row["total"] > 8_000, row["reset"]) for row in series] == [(True, 0), (False, 1)]  # type: ignore[operator]


def test_days_are_those_that_the_bulletins_print(replica: Replica) -> None:
    replica.clock.pass_time(days=400)
    source = KeptCaptures(captured(replica.site, paths(replica), AFTER))
    days = sorted(one.dated for one in (a.story for a in replica.newsroom.listing()))
    since, until = days[10], days[30]
    report = remember(replica, source, replace(PAST, since=since, until=until))
    inside = [one for one in replica.newsroom.listing() if since <= one.story.dated <= until]
    assert report.added == len(inside)
    assert replica.rows().keys() == {str(one.id) for one in inside}
    assert replica.value("select count(*) from captures") == len(days), "what lies outside is kept all the same"
    asked = len(source.asked)
    # A wider range takes those in that are kept already, without asking anybody.
    wider = remember(replica, source, replace(PAST, since=date(2000, 1, 1)))
    assert (wider.added, len(source.asked)) == (len(days) - len(inside), asked)


def test_a_source_that_falls_silent_is_never_nothing_there(replica: Replica) -> None:
    source = KeptCaptures(captured(replica.site, paths(replica), YEARS[0]), silent_after=0)
    report = remember(replica, source)
    assert report.verdict is Verdict.UNREACHABLE
    source.silent_after = 30
    assert remember(replica, source).verdict is Verdict.UNREACHABLE
    had = len(replica.rows())
    assert 0 < had < len(paths(replica))
    source.silent_after = None
    report = remember(replica, source)
    assert (report.verdict, len(replica.rows())) == (Verdict.COMPLETE, len(paths(replica)))
    assert len(source.asked) == len(set(source.asked)), "nothing was fetched twice"


def test_an_index_that_knows_nothing_of_a_portal_is_no_success(replica: Replica) -> None:
    report = remember(replica, KeptCaptures())
    assert report.verdict is Verdict.EMPTY_SUSPECT
    assert "no capture below" in str(report.evidence)


def test_pages_of_a_time_that_no_layout_describes_are_not_taken_for_nothing(replica: Replica) -> None:
    pages = captured(replica.site, paths(replica)[:4], YEARS[0])
    old = b"<html><body><h5>Tin</h5><ul><li><a href='/'>Tin</a></li></ul></body></html>"
    source = KeptCaptures([replace(page, body=old) for page in pages])
    report = remember(replica, source)
    assert (report.verdict, report.failed, report.added) == (Verdict.LAYOUT_CHANGED, 4, 0)
    assert "[[layouts]]" in str(report.evidence)
    asked = len(source.asked)
    assert remember(replica, source).verdict is Verdict.LAYOUT_CHANGED, "it is not forgotten"
    assert len(source.asked) == asked, "what is kept is not asked for again"


def test_captures_under_addresses_that_nobody_taught_are_told_from_none(replica: Replica) -> None:
    page = captured(replica.site, paths(replica)[:1], YEARS[0])[0]
    base = replica.profile.base_url
    strange = [replace(page, url=f"{base}vi/news/{name}.html") for name in ("a", "giam-ngheo", "c")]
    report = remember(replica, KeptCaptures(strange))
    assert report.verdict is Verdict.EMPTY_SUSPECT
    assert f"names 3 captures below {base.partition('://')[2]}, but none" in str(report.evidence)
    assert f"{base}vi/news/giam-ngheo.html" in str(report.evidence)
    assert "[[layouts]]" in str(report.evidence)


def test_a_bulletin_that_the_index_names_and_nobody_has_is_lost_and_told(replica: Replica) -> None:
    pages = captured(replica.site, paths(replica)[:5], YEARS[0])
    second = [replace(page, fetched_at=YEARS[1], body=page.body + b" ") for page in pages[:1]]
    source = KeptCaptures([*pages, *second], absent={(page.url, page.fetched_at) for page in pages[:2]})
    report = remember(replica, source)
    assert (report.verdict, report.added, report.evidence["lost"]) == (Verdict.INCOMPLETE, 4, 1)
    asked = len(source.asked)
    assert remember(replica, source).verdict is Verdict.INCOMPLETE
    assert len(source.asked) == asked, "what is not there is not asked for again"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda page: replace(page, status=404, body=b"<html><title>404</title></html>"),
        lambda page: replace(page, status=302, body=b"", headers={"location": "/"}),
        lambda page: replace(
            page, body=b"<html><title>Just a moment</title><body>cf-browser-verification</body></html>"
        ),
        lambda page: replace(page, body=b"\x00\x01\x02"),
        lambda page: replace(page, body=b""),
    ],
    ids=["404", "redirect", "firewall", "bytes", "empty"],
)
def test_captures_that_hold_no_bulletin_are_never_content(replica: Replica, spoil: Callable[[Page], Page]) -> None:
    pages = captured(replica.site, paths(replica)[:3], YEARS[0])
    bad = [replace(spoil(page), fetched_at=YEARS[1]) for page in pages]
    report = remember(replica, KeptCaptures([*pages, *bad]))
    assert (report.added, report.revised) == (3, 0)
    assert replica.value("select count(*) from revisions") == 3
    assert set(rows(replica, "select state from mementos")[0].values()) <= {"imported", "no_content"}


def test_a_stopped_run_goes_on_where_it_stopped(replica: Replica) -> None:
    source = KeptCaptures(captured(replica.site, paths(replica), YEARS[0]), per_answer=7)
    left = iter(range(25))

    def checkpoint() -> None:
        if next(left, None) is None:
            raise Interrupted("stop")

    assert remember(replica, source, checkpoint=checkpoint).verdict is Verdict.INTERRUPTED
    report = remember(replica, source)
    assert (report.verdict, len(replica.rows())) == (Verdict.COMPLETE, len(paths(replica)))
    assert len(source.asked) == len(set(source.asked)) == len(paths(replica))


def test_a_limit_is_kept_and_missing_bulletins_come_first(replica: Replica) -> None:
    known = paths(replica)[:10]
    remember(replica, KeptCaptures(captured(replica.site, known, YEARS[0]), name="commoncrawl"))
    source = KeptCaptures(captured(replica.site, paths(replica), YEARS[1]))
    report = remember(replica, source, replace(PAST, limit=20))
    assert (report.added, len(source.asked)) == (20, 20)


class States:
    """One bulletin's page in each of three states, and the profile to read it by; its name in a failure is short."""

    def __init__(self, profile: Profile, pages: list[Page]) -> None:
        self.profile, self.pages = profile, pages


@pytest.fixture(scope="module")
def states() -> Iterator[States]:
    with ReplicaPortal(count=12) as site:
        article, title, pages = site.newsroom.listing()[0], site.newsroom.listing()[0].story.title, []
        for number in range(3):
            pages += captured(site, [article.path()], YEARS[0])
            site.newsroom.edit(article.id, title, title := f"Giảm {number + 2}.345 hộ nghèo")
        yield States(replica_profile(site), pages)


def _shuffled(history: list[int]) -> st.SearchStrategy[tuple[list[int], list[int]]]:
    return st.tuples(st.just(history), st.permutations(range(len(history))))


@few(25)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=7).flatmap(_shuffled))
def test_whatever_the_order_captures_come_in_the_history_is_the_same(
    states: States, drawn: tuple[list[int], list[int]]
) -> None:
    history, order = drawn
    captures = [
        replace(states.pages[state], fetched_at=YEARS[0] + timedelta(days=number))
        for number, state in enumerate(history)
    ]
    told = []
    for one_by_one in (range(len(captures)), order):
        with Archive(None) as archive:
            for number in one_by_one:
                recall(
                    states.profile,
                    PAST,
                    source=KeptCaptures([captures[number]], name=f"source {number}"),
                    archive=archive,
                    examining=EXAMINING,
                    now=lambda: AFTER,
                )
            told.append(_told(archive))
    assert told[0] == told[1]
    changes = [state for number, state in enumerate(history) if not number or history[number - 1] != state]
    assert len(told[0][0]) == len(changes)
    titles = [row["title"] for row in told[0][0]]
    assert [(row["before"], row["after"]) for row in told[0][1]] == list(pairwise(titles))


def _told(archive: Archive) -> list[list[dict[str, object]]]:
    return [
        archive.connection.rows(sql)
        for sql in (
            "select r.title, r.body, r.kind, r.seen_at, c.fetched_at, "
            "(select count(*) from indicators where revision = r.id) as figures "
            "from revisions r join captures c on c.id = r.capture order by c.fetched_at",
            "select before, after, seen_at from corrections where field = 'title' order by seen_at",
            "select field, before, after, seen_at from corrections order by seen_at, field, before",
            "select title, body, first_seen_at, last_seen_at, changed_at, revision_count from articles",
            "select observed_at, total, reset from visit_counts order by observed_at",
            "select title, printed, value from current_indicators order by part, span_start",
        )
    ]
