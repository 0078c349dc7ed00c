"""Looks of ours and captures of several archives, in every order: the archive tells what was seen, when it was seen."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.archive import Archive
from collector.demo.newsroom import Article
from collector.demo.site import ReplicaPortal
from collector.fetch import Fetcher, HttpSettings
from collector.history import recall
from collector.intake import Intake
from collector.model import Outcome, Page, RunKind, Task
from conftest import replica_profile
from examples import few
from handed import handed_over
from kept_captures import KeptCaptures, captured
from stored import EXAMINING

BEGAN = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)
TITLES = ("Giảm 2.345 hộ nghèo", "Giảm 3.345 hộ nghèo", "Giảm 4.345 hộ nghèo")
PAST = Task(kind=RunKind.BACKFILL)
WEB = ("wayback", "commoncrawl")


@dataclass(frozen=True)
class Moment:
    """What happened at one moment: the portal shows a state, and somebody looks."""

    state: int
    who: str  #: ``live``, or whose capture it is


class Portal:
    """One bulletin whose text can be set, and its page in each state."""

    def __init__(self, site: ReplicaPortal) -> None:
        self.site, self.profile = site, replica_profile(site)
        self.article: Article = site.newsroom.listing()[0]
        self._title = self.article.story.title
        self.pages = [self._page(state) for state in range(3)]

    def show(self, state: int) -> None:
        """Let the portal show a state."""
        if self._title != TITLES[state]:
            self.site.newsroom.edit(self.article.id, self._title, TITLES[state])
            self._title = TITLES[state]

    def _page(self, state: int) -> Page:
        self.show(state)
        return captured(self.site, [self.article.path()], BEGAN)[0]


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with ReplicaPortal(count=12, etags=True) as site:
        yield Portal(site)


class Story:
    """Moments as they pass: looks of ours are written at once, captures wait until their index is asked."""

    def __init__(self, portal: Portal, archive: Archive) -> None:
        self.portal, self.archive = portal, archive
        self.now = BEGAN
        self.kept = {name: KeptCaptures(name=name) for name in WEB}
        archive.portals.register(portal.profile)
        archive.findings.know(EXAMINING.measures)

    def pass_by(self, moment: Moment, number: int) -> None:
        self.now = BEGAN + timedelta(days=number)
        if moment.who == "live":
            self.portal.show(moment.state)
            self.look()
        else:
            self.kept[moment.who].pages.append(replace(self.portal.pages[moment.state], fetched_at=self.now))

    def look(self) -> Outcome:
        archive, profile = self.archive, self.portal.profile

        def now() -> datetime:
            return self.now

        run = archive.ledger.begin_run(kind="poll", portal=profile.id, source="live", now=now())
        fetcher = Fetcher(
            HttpSettings(delay=0, retries=0, timeout=5, deadline=10, robots=False),
            base_url=profile.base_url,
            now=now,
            monotonic=time.monotonic,
            sleep=lambda _: None,
            chance=random.Random(1),
            memory=archive.hosts,
            transport=handed_over(self.portal.site),
        )
        with fetcher:
            intake = Intake(profile, fetcher=fetcher, archive=archive, examining=EXAMINING, run=run, now=now)
            url = self.portal.site.url_of(self.portal.article.path())
            return intake.bulletin(url, str(self.portal.article.id), section=None, task=Task(), stage="recheck").outcome

    def recall(self, name: str) -> None:
        recall(
            self.portal.profile,
            PAST,
            source=self.kept[name],
            archive=self.archive,
            examining=EXAMINING,
            now=lambda: self.now,
        )


_MOMENTS = st.lists(st.builds(Moment, st.integers(0, 2), st.sampled_from(("live", *WEB))), min_size=1, max_size=8)


@few(30)
@given(_MOMENTS, st.lists(st.tuples(st.integers(0, 8), st.sampled_from(WEB)), max_size=3), st.permutations(WEB))
def test_what_was_seen_is_told_as_it_was_seen_whenever_each_index_is_asked(
    portal: Portal, moments: list[Moment], asked: list[tuple[int, str]], at_last: list[str]
) -> None:
    with Archive(None) as archive:
        story = Story(portal, archive)
        for number, moment in enumerate(moments):
            story.pass_by(moment, number)
            for when, name in asked:
                if when == number:
                    story.recall(name)
        for name in at_last:
            story.recall(name)
        runs = [list(group) for _, group in groupby(enumerate(moments), key=lambda pair: pair[1].state)]
        expected = [
            (TITLES[run[0][1].state], f"{BEGAN + timedelta(days=run[0][0]):%Y-%m-%dT%H:%M:%SZ}") for run in runs
        ]
        assert_told(archive, expected, last=BEGAN + timedelta(days=len(moments) - 1))
        for source in story.kept.values():
            assert len(source.asked) == len({(one.url, one.captured_at) for one in source.asked}), "asked for twice"
        # The portal, which shows what was seen last, has no news.
        story.now += timedelta(days=1)
        portal.show(moments[-1].state)
        assert story.look() is Outcome.UNCHANGED
        assert_told(archive, expected, last=story.now)


def assert_told(archive: Archive, expected: list[tuple[str, str]], *, last: datetime) -> None:
    rows = archive.connection.rows
    told = rows("select id, title, seen_at, kind, capture from revisions order by seen_at")
    assert [(row["title"], row["seen_at"]) for row in told] == expected
    assert {row["kind"] for row in told} == {"editorial"}
    assert len({row["capture"] for row in told}) == len(told)
    shown = rows("select r.id from revisions r join captures c on c.id = r.capture where c.fetched_at <> r.seen_at")
    assert shown == []
    [article] = rows("select * from articles")
    assert (article["title"], article["revision_count"]) == (expected[-1][0], len(expected))
    assert article["revision"] == told[-1]["id"]
    assert (article["first_seen_at"], article["changed_at"]) == (expected[0][1], expected[-1][1])
    assert article["last_seen_at"] == f"{last:%Y-%m-%dT%H:%M:%SZ}"
    corrections = rows("select before, after, seen_at from corrections where field = 'title' order by seen_at")
    assert [(row["before"], row["after"]) for row in corrections] == list(pairwise(title for title, _ in expected))
    assert [row["seen_at"] for row in corrections] == [at for _, at in expected[1:]]
    assert rows("select id from current_indicators group by part, span_start having count(*) > 1") == []
    assert {row["revision"] for row in rows("select revision from current_indicators")} <= {article["revision"]}
    assert rows("pragma foreign_key_check") == []
