"""The demo portal's past out of WARC files as other tools pack them, and out of archives that ask us to slow down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archives_replica import Capture, Pace, WaybackReplica, failing
from collector.demo.loopback import Response
from collector.demo.newsroom import LINK_FORMS
from collector.history import recall
from collector.model import Page, RunKind, RunReport, Task, Verdict
from collector.sources import Source
from conftest import Replica
from crawl_replica import CrawlReplica, warc
from faulty_portal import Clock
from kept_captures import captured
from past import http, source
from stored import EXAMINING
from warcs import PACKINGS

FIRST, SECOND = datetime(2021, 3, 1, 2, 0, tzinfo=UTC), datetime(2023, 3, 1, 2, 0, tzinfo=UTC)


def kept(page: Page) -> Capture:
    names = {"content-type": "Content-Type"}
    headers = tuple((names.get(name, name), value) for name, value in page.headers.items())
    return Capture(page.url, page.fetched_at, page.status, headers, page.body)


def two_years(replica: Replica, count: int) -> tuple[list[Capture], dict[str, str]]:
    """So many articles captured twice, one of them edited in between; the text that each has now, the edited one first."""
    articles = replica.newsroom.listing()[:count]
    paths = [one.path(LINK_FORMS[number % len(LINK_FORMS)]) for number, one in enumerate(articles)]
    before = captured(replica.site, paths, FIRST)
    edited = articles[5]
    replica.newsroom.edit(edited.id, edited.story.title, f"{edited.story.title} (đính chính)")
    after = captured(replica.site, paths, SECOND)
    spread = [timedelta(minutes=number) for number in range(len(paths))]
    pages = [
        Page(page.url, page.final_url, page.fetched_at + late, page.status, page.headers, page.body)
        for pages in (before, after)
        for page, late in zip(pages, spread, strict=True)
    ]
    texts = {name: one.text() for name, one in replica.newsroom.expected().items()}
    ids = [str(one.id) for one in (edited, *articles)]
    return [kept(page) for page in pages], {name: texts[name] for name in ids}


@dataclass
class Past:
    """A source over what holds the captures, its clock, and the log of what it was asked."""

    source: Source
    clock: Clock
    pace: Pace
    replica: WaybackReplica | CrawlReplica | None


@contextmanager
def standing(name: str, captures: list[Capture], folder: Path, *, retries: int = 0) -> Iterator[Past]:
    clock = Clock(datetime(2024, 7, 1, tzinfo=UTC))
    with ExitStack() as stack:
        replica: WaybackReplica | CrawlReplica | None = None
        if name == "wayback":
            replica = stack.enter_context(WaybackReplica(captures, clock=clock.monotonic))
        elif name == "commoncrawl":
            crawls = {
                f"CC-MAIN-{year}-10": [c for c in captures if c.captured_at.year == year] for year in (2023, 2021)
            }
            replica = stack.enter_context(CrawlReplica(crawls, block=10, clock=clock.monotonic))
        else:
            name = f"warc:{folder / 'tep'}"
            (folder / "tep").mkdir()
            half = len(captures) // 2
            for number, (packing, part) in enumerate((("mixed", captures[:half]), ("one big member", captures[half:]))):
                (folder / "tep" / f"{number}.warc.gz").write_bytes(PACKINGS[packing](warc(part, requests=True)[0]))
        found = source(name, replica, clock, settings=http(retries=retries))
        stack.callback(found.close)
        yield Past(found, clock, replica.pace if replica is not None else Pace(), replica)


def run(replica: Replica, past: Past, task: Task | None = None) -> RunReport:
    replica.clock.pass_time(minutes=30)
    return recall(
        replica.profile,
        task or Task(kind=RunKind.BACKFILL),
        source=past.source,
        archive=replica.archive,
        examining=EXAMINING,
        now=replica.clock.now,
    )


def test_a_folder_of_another_tools_files_gives_exactly_what_was_captured(replica: Replica, tmp_path: Path) -> None:
    captures, texts = two_years(replica, 24)
    with standing("warc", captures, tmp_path) as past:
        report = run(replica, past)
        assert (report.verdict, report.added, report.revised, report.failed) == (Verdict.COMPLETE, 24, 1, 0)
        stored = replica.rows()
        assert {name: row["body"] for name, row in stored.items()} == texts
        assert {name for name, row in stored.items() if row["revision_count"] == 2} == {next(iter(texts))}
        assert replica.value("select group_concat(distinct origin) from captures") == "warc"
        again = run(replica, past)
        assert (again.verdict, again.added, again.revised) == (Verdict.EMPTY_EXPECTED, 0, 0)


@pytest.mark.parametrize("name", ["wayback", "commoncrawl"])
@pytest.mark.parametrize("word", ["-index|/cdx/", "/warc/|id_/"])
def test_a_throttled_run_is_never_nothing_there_and_the_next_one_goes_on(
    replica: Replica, tmp_path: Path, name: str, word: str
) -> None:
    captures, texts = two_years(replica, 8)
    with standing(name, captures, tmp_path) as past:
        assert past.replica is not None
        words = word.split("|")
        past.replica.fault = failing(Response(429, b"Too Many Requests"), word=words[name == "wayback"])
        report = run(replica, past)
        assert report.verdict is Verdict.UNREACHABLE
        throttled = past.clock.passed
        assert run(replica, past).verdict is Verdict.COMPLETE
        assert replica.rows().keys() == texts.keys()
        resumed = [at for at, target in past.pace.asked if at > throttled and any(one in target for one in words)]
        assert resumed[0] - throttled >= 60
