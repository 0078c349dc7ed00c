"""A portal like no other, added by one TOML file: other classes, addresses, pager, validators, robots, dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

import second_portal
from collector.archive import Archive
from collector.config import load
from collector.fetch import HttpSettings
from collector.model import RunKind, Task, Verdict
from conftest import Collecting
from story_clock import StoryClock

EVERYTHING = Task(RunKind.BACKFILL)


@pytest.fixture(params=["utf-8", "windows-1258"])
def second(request: pytest.FixtureRequest, tmp_path: Path, clock: StoryClock) -> Iterator[Collecting]:
    with (
        second_portal.SecondPortal(now=clock.now, charset=request.param) as site,
        Archive(tmp_path / "archive.db") as archive,
    ):
        folder = tmp_path / "config"
        (folder / "portals").mkdir(parents=True)
        (folder / "collector.toml").write_text('portals = ["tan-giang"]\n', encoding="utf-8")
        (folder / "portals" / "tan-giang.toml").write_text(second_portal.profile(site.base_url), encoding="utf-8")
        profile = load(folder, environ={}, cwd=tmp_path).profiles[0]
        yield Collecting(site, profile, archive, clock)


def site_of(second: Collecting) -> second_portal.SecondPortal:
    assert isinstance(second.site, second_portal.SecondPortal)
    return second.site


def test_everything_on_it_is_recorded_word_for_word_with_its_time(second: Collecting) -> None:
    report = second.run(EVERYTHING)
    assert report.verdict is Verdict.COMPLETE
    rows = {row["source_id"]: row for row in second.archive.connection.rows("select * from articles")}
    expected = site_of(second).expected()
    assert rows.keys() == expected.keys()
    for source_id, post in expected.items():
        row = rows[source_id]
        found = tuple(row[name] for name in ("title", "lead", "body", "byline", "published_on", "published_at"))
        at = post.published_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert found == (post.title, post.lead, post.body, post.byline, post.published_on.isoformat(), at)
        files = second.archive.connection.rows("select url, label from attachments where article = ?", [row["id"]])
        assert [(one["url"].removeprefix(second.profile.base_url.rstrip("/")), one["label"]) for one in files] == (
            [post.file] if post.file else []
        )
        assert row["topic"] == ("labour" if post.section == "lao-dong-viec-lam" else None)


def test_a_poll_without_news_asks_conditionally_and_is_answered_304(second: Collecting) -> None:
    second.run(EVERYTHING)
    asked = len(second.site.requests)
    report = second.run()
    answers = [served.status for served in second.site.requests[asked:]]
    assert answers == [304, 304]
    assert report.verdict is Verdict.EMPTY_EXPECTED
    counters = second.value("select count(*) from visit_counts")
    second.run()
    assert second.value("select count(*) from visit_counts") == counters, "a 304 shows no counter"


def test_a_recheck_of_unchanged_articles_costs_a_304_each_and_sees_the_edit(second: Collecting) -> None:
    second.run(EVERYTHING)
    site = site_of(second)
    source_id, post = next(iter(site.expected().items()))
    second.clock.pass_time(hours=1)
    word = post.paragraphs[-1].split()[0]
    site.edit(source_id, post.paragraphs[-1], post.paragraphs[-1].replace(word, "Đính", 1))
    second.years_pass()
    report = second.run(Task(recheck_days=36_500, recheck_per_run=500))
    assert (report.revised, report.unchanged) == (1, len(site.expected()) - 1)
    assert second.value("select count(*) from corrections where field = 'body'") == 1


def test_a_cache_that_overlooks_the_query_is_not_the_end_of_the_list(second: Collecting) -> None:
    """Two pages, and the first for both: nothing further is promised, and the second was never read."""
    site = site_of(second)
    second.profile = replace(second.profile, sections=second.profile.sections[:1])
    count = second_portal.PER_PAGE + 3
    for post in site.listing("lao-dong-viec-lam")[count:]:
        site.delete(post.source_id)
    second.site.fault = lambda request: (
        site.answer(replace(request, target=request.target.split("?")[0])) if "page=" in request.target else None
    )
    assert second.run(EVERYTHING).verdict is Verdict.TRUNCATED
    second.site.fault = None
    assert second.run(EVERYTHING).verdict is Verdict.COMPLETE
    assert second.value("select count(*) from articles") == count


def test_its_robots_rules_are_obeyed(second: Collecting) -> None:
    section = second.profile.sections[0]
    forbidden = replace(section, url=second.profile.base_url.rstrip("/") + second_portal.DISALLOWED)
    report = second.run(profile=replace(second.profile, sections=(forbidden,)))
    assert report.verdict is Verdict.BLOCKED
    assert "robots.txt" in str(report.evidence)
    assert second.requested() == []


def test_its_crawl_delay_is_kept_between_requests(second: Collecting) -> None:
    site_of(second).crawl_delay = 0.05
    waits: list[float] = []
    second.wait = waits.append
    second.run(replace(EVERYTHING, limit=3), http=HttpSettings(delay=0, retries=0))
    assert waits
    assert all(0 < wait <= 0.05 for wait in waits)
