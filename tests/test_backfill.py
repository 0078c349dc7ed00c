"""A portal that is no more, backfilled from each of those that kept something of it: the exact set, at their pace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from archives_replica import Capture, WaybackReplica, failing
from collector.archive import Archive
from collector.cli.summaries import summarise
from collector.config import replace_base
from collector.demo.loopback import Response
from collector.demo.newsroom import LINK_FORMS, SECTIONS, Newsroom
from collector.demo.site import ReplicaPortal
from collector.exports import export_warc
from collector.fetch import HttpSettings
from collector.history import recall
from collector.model import RunKind, RunReport, Task, Verdict
from collector.profile import Profile
from collector.sources import Source
from conftest import Replica, replica_profile
from crawl_replica import CrawlReplica
from faulty_portal import Clock
from kept_captures import captured
from past import HOST, SITE, http, source
from stored import EXAMINING
from workplace import Workplace

PAST = Task(kind=RunKind.BACKFILL)
FIRST, SECOND = datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(2023, 8, 9, 10, 11, 12, tzinfo=UTC)
ERROR = b"<html><head><title>Runtime Error</title></head><body>Server Error in '/' Application.</body></html>"


@dataclass
class Kept:
    """What was kept of a portal that is no more, and what a reader expects of it."""

    profile: Profile
    newsroom: Newsroom
    captures: list[Capture]
    edited: str  #: a bulletin that the second crawl found with another title

    def url(self, number: int) -> str:
        return self.captures[number].url


@pytest.fixture
def kept() -> Kept:
    """Two crawls, two years apart: every bulletin in the first, under its forms of address in turn; a third again."""
    with ReplicaPortal(newsroom=Newsroom(count=40)) as site:
        profile = replace_base(replica_profile(site), f"{SITE}/")
        articles = site.newsroom.listing()
        paths = [one.path(LINK_FORMS[number % len(LINK_FORMS)]) for number, one in enumerate(articles)]
        shared = ["/Default.aspx", SECTIONS[0].url, "/App_Themes/site.css", "/gioi-thieu-chung"]
        pages = captured(site, [*paths, *shared], FIRST)
        title = articles[0].story.title
        site.newsroom.edit(articles[0].id, title, "Tiêu đề đã sửa")
        pages += captured(site, [*paths[:12], *shared], SECOND)
        base = site.base_url.rstrip("/")
        kept = [
            Capture(
                page.url.replace(base, SITE),
                page.fetched_at + timedelta(seconds=number),
                page.status,
                tuple((name.title(), value) for name, value in page.headers.items()),
                page.body,
            )
            for number, page in enumerate(pages)
        ]
        return Kept(profile, site.newsroom, kept, str(articles[0].id))


@pytest.fixture
def archive() -> Iterator[Archive]:
    with Archive(None) as opened:
        yield opened


def remember(kept: Kept, archive: Archive, found: Source, clock: Clock, task: Task = PAST) -> RunReport:
    clock.passed += 3600
    return recall(kept.profile, task, source=found, archive=archive, examining=EXAMINING, now=clock.now)


def assert_whole(kept: Kept, archive: Archive, *, without: frozenset[str] = frozenset()) -> None:
    """The archive has what the newsroom published, word for word, and nothing else."""
    expected = {name: one for name, one in kept.newsroom.expected().items() if name not in without}
    rows = {row["source_id"]: row for row in archive.connection.rows("select * from articles")}
    assert rows.keys() == expected.keys()
    for name, bulletin in expected.items():
        assert (rows[name]["title"], rows[name]["body"]) == (bulletin.title, bulletin.text())


def test_from_the_wayback_machine(kept: Kept, archive: Archive) -> None:
    """With everything that it is known to do: redirects to other captures, lost ones, its own pages, error pages, 429."""
    clock = Clock()
    lost, misplaced, wrong, nowhere = (kept.captures[number] for number in (5, 6, 7, 30))
    pages = [*kept.captures, replace(wrong, captured_at=SECOND + timedelta(days=9), body=ERROR, status=200)]
    pages.append(replace(wrong, captured_at=SECOND + timedelta(days=10), body=b"", status=302,
                         headers=(("Location", "/Default.aspx"),)))  # fmt: skip
    with WaybackReplica(pages, clock=clock.monotonic) as machine:
        # Of the first the replay leads to the second crawl's capture, years later; of the other there is none.
        machine.lost = {lost.timestamp, nowhere.timestamp}
        machine.leads_to_original = True
        machine.out_of_order = {misplaced.timestamp}  # a page of the machine's own, with a 200
        machine.fault = failing(Response(429), times=2)
        report = remember(kept, archive, source("wayback", machine, clock, settings=http(retries=3)), clock)
        assert report.verdict is Verdict.INCOMPLETE
        assert report.failed == 1, "the machine's own page is no capture, and no absence"
        machine.out_of_order = {one.timestamp for one in kept.captures}
        replaced = remember(kept, Archive(None), source("wayback", machine, clock), clock)
        assert (replaced.verdict, replaced.added) == (Verdict.UNREACHABLE, 0), "all of them: it is the machine"
        machine.out_of_order = set()
        machine.fault = failing(Response(503), times=1, word="id_/")
        report = remember(kept, archive, source("wayback", machine, clock, settings=http(retries=3)), clock)
        assert (report.verdict, report.evidence["lost"]) == (Verdict.INCOMPLETE, 1)
        assert_whole(kept, archive, without=frozenset({str(kept.newsroom.listing()[30].id)}))
        asked = len(machine.pace.asked)
        again = remember(kept, archive, source("wayback", machine, clock), clock)
        assert (again.verdict, again.requests) == (Verdict.INCOMPLETE, len(machine.pace.asked) - asked)
        assert all("/cdx/" in target for _, target in machine.pace.asked[asked:])
        assert machine.pace.most_within(60, "/cdx/") <= 24
        assert machine.pace.most_within(1, "id_/") <= 8
        fetched = [target for _, target in machine.pace.asked if "id_/" in target]
        assert not [target for target in fetched if ".css" in target or "gioi-thieu" in target], "only what matters"
    told = archive.connection.rows("select before, after from corrections where field = 'title'")
    assert [row["after"] for row in told] == ["Tiêu đề đã sửa"]
    seen = archive.connection.rows("select distinct substr(seen_at, 1, 10) as day from revisions order by 1")
    assert [row["day"] for row in seen] == ["2021-02-03", "2023-08-09"]
    assert archive.connection.value("select count(*) from visit_counts where own_requests > 0") == 0
    assert archive.connection.value("select count(distinct observed_at) from visit_counts") >= 40


def test_a_site_that_its_owner_took_out_is_told_as_blocked(
    kept: Kept, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    with WaybackReplica(kept.captures, clock=clock.monotonic) as machine:
        machine.excluded = {"vn,gov,soctrang,vpub)": "AdministrativeAccessControlException: Blocked Site Error"}
        report = remember(kept, archive, source("wayback", machine, clock), clock)
    assert report.verdict is Verdict.BLOCKED
    assert "to nobody" in str(report.evidence)
    summarise([report])
    told = capsys.readouterr().err
    assert "the portal answered" not in told
    assert "wayback gives what it keeps of this portal to nobody; another --source may" in told


def test_from_common_crawl(kept: Kept, archive: Archive) -> None:
    clock = Clock()
    first, second = kept.captures[:44], kept.captures[44:]
    with CrawlReplica({"CC-MAIN-2023-40": second, "CC-MAIN-2021-10": first}, clock=clock.monotonic) as crawl:
        crawl.fault = failing(Response(503), times=2)
        report = remember(kept, archive, source("commoncrawl", crawl, clock, settings=http(retries=3)), clock)
        assert report.verdict is Verdict.COMPLETE
        assert_whole(kept, archive)
        indexed, data = crawl.pace.times("-index"), crawl.pace.times("/crawl-data/")
        assert len(data) > 40
        assert crawl.pace.most_within(1, "-index") <= 1
        assert min(b - a for a, b in pairwise(data)) >= 0.55 - 1e-9
        assert indexed
    assert archive.connection.value("select count(*) from revisions") == 41


def test_from_a_warc_file_and_out_again_and_in_again(replica: Replica, tmp_path: Path) -> None:
    """Round trip: what a collector saw of a living portal, exported, taken in by a new archive, tells the same."""
    replica.run(Task(RunKind.BACKFILL))
    article, other = replica.newsroom.listing()[2], replica.newsroom.listing()[6]
    replica.newsroom.edit(article.id, article.story.title, "Tiêu đề mới")
    replica.newsroom.publish(2)
    replica.newsroom.delete(other.id)
    look = Task(recheck_days=4000, recheck_per_run=100)
    for _ in range(3):
        replica.run(look)
    first, second = tmp_path / "first.warc.gz", tmp_path / "second.warc.gz"
    written = export_warc(replica.archive, first, portal=None, now=replica.clock.now())
    with Archive(tmp_path / "new.db") as new, closing(source(f"warc:{first}", None, Clock())) as file:
        report = recall(
            replica.profile,
            PAST,
            source=file,
            archive=new,
            examining=EXAMINING,
            now=replica.clock.now,
        )
        assert report.failed == 0
        assert_same(new, replica.archive)
        export_warc(new, second, portal=None, now=replica.clock.now())
        assert new.connection.value("select count(*) from articles where state = 'gone'") == 1
    assert written == replica.value("select count(*) from captures")
    with Archive(None) as third, closing(source(f"warc:{second}", None, Clock())) as file:
        recall(
            replica.profile,
            PAST,
            source=file,
            archive=third,
            examining=EXAMINING,
            now=replica.clock.now,
        )
        assert_same(third, replica.archive)


def assert_same(one: Archive, other: Archive) -> None:
    for what, sql in SAME.items():
        rows, others = one.connection.rows(sql), other.connection.rows(sql)
        assert len(rows) == len(others), what
        for row, expected in zip(rows, others, strict=True):
            assert [item for item in row.items() if item not in expected.items()] == [], (what, expected)


#: What two archives of the same captures say alike: ids, and when something was imported, are each one's own.
SAME = {
    "articles": "select source_id, url, title, lead, body, byline, published_on, published_at, event_on, place, topic, "
    "topic_score, topic_words, fields, state, gone_at, revision_count from articles order by source_id",
    "revisions": "select a.source_id, r.kind, r.seen_at, r.content_hash, r.title, r.body, r.byline, r.published_on, "
    "r.provenance, c.url, c.fetched_at, c.sha256 from revisions r join articles a on a.id = r.article "
    "join captures c on c.id = r.capture order by a.source_id, r.seen_at",
    "corrections": "select a.source_id, k.field, k.before, k.after, k.seen_at from corrections k "
    "join articles a on a.id = k.article order by a.source_id, k.seen_at, k.field, k.before, k.after",
    "indicators": "select a.source_id, i.measure, i.printed, i.value, i.unit, i.direction, i.period, i.part, "
    "i.span_start from indicators i join articles a on a.id = i.article "
    "join revisions r on r.id = i.revision order by a.source_id, r.seen_at, i.part, i.span_start",
    "documents and people": "select a.source_id, d.number, d.span_start from documents d "
    "join articles a on a.id = d.article union all select a.source_id, p.person, p.span_start from appearances p "
    "join articles a on a.id = p.article order by 1, 2, 3",
    "attachments": "select a.source_id, t.url, t.label, t.kind from attachments t "
    "join articles a on a.id = t.article order by 1, 2, 3, t.id",
    # A listing whose items are known leaves a count and no capture, so that only the bulletins' own counts come back.
    "visits": "select v.observed_at, v.online, v.today, v.week, v.total, v.reset, c.sha256 from visit_counts v "
    "join captures c on c.id = v.capture where c.url in (select url from article_urls) order by v.observed_at, v.total",
    "addresses": "select a.source_id, u.url from article_urls u join articles a on a.id = u.article order by 1, 2",
}


@pytest.mark.slow
def test_the_command_line_backfills_a_dead_portal(kept: Kept, tmp_path: Path) -> None:
    """The portal's name is gone; the run names the command; the command brings everything back."""
    with ReplicaPortal(count=1) as site:
        dead = site.base_url
    place = Workplace(tmp_path, dead)
    # Few: the machine's pace is kept in real seconds here.
    few = kept.captures[:9]
    with WaybackReplica([replace(one, url=one.url.replace(f"{SITE}/", dead)) for one in few]) as machine:
        place.ask_archives_at(machine.base_url)
        failed = place.run("run")
        assert failed.returncode == 3
        assert "run --portal tinh --source wayback" in failed.stderr
        tried = place.run("run", "--source", "wayback", "--dry-run")
        assert (tried.returncode, place.rows("select id from mementos")) == (0, [])
        assert f"{len(few)} captures would be fetched" in tried.stderr
        done = place.run("run", "--portal", "tinh", "--source", "wayback", "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["verdict"], told["runs"][0]["source"]) == ("complete", "wayback")
        assert told["runs"][0]["added"] == len(few)
        assert place.faults() == []
        cited = place.run("cite", str(place.rows("select id from articles")[0][0]))
        assert "sha256" in cited.stdout
        assert "https://web.archive.org/web/2021" in cited.stdout
        assert place.run("run", "--source", "waybak").returncode == 2
        assert place.run("run", "--source", "warc:nowhere.warc.gz").returncode == 2


def test_a_portal_that_moved_keeps_one_bulletin_for_each_id(kept: Kept, archive: Archive) -> None:
    """Captures under an old host name that the profile declares are the same portal's."""
    moved = [replace(one, url=one.url.replace(HOST, "www.soctrang.gov.vn")) for one in kept.captures[:20]]
    later = [replace(one, captured_at=one.captured_at + timedelta(days=900)) for one in kept.captures[:40]]
    profile = replace(kept.profile, hosts=("www.soctrang.gov.vn",))
    clock = Clock()
    with WaybackReplica([*moved, *later], clock=clock.monotonic) as machine:
        report = remember(replace(kept, profile=profile), archive, source("wayback", machine, clock), clock)
    assert report.verdict is Verdict.COMPLETE
    assert archive.connection.value("select count(*) from articles") == 40
    assert archive.connection.value("select count(*) from revisions") == 40
    assert archive.connection.value("select max(n) from (select count(*) n from article_urls group by article)") == 2


def test_an_archive_that_takes_its_own_captures_in_again_is_as_before(replica: Replica, tmp_path: Path) -> None:
    """Time passes while a page is read: what was seen when is told by the page's own instant."""
    replica.wait = lambda _: replica.clock.pass_time(seconds=2)
    replica.run(Task(RunKind.BACKFILL), http=HttpSettings(delay=2, retries=0, timeout=5, deadline=10))
    before = {name: replica.archive.connection.rows(sql) for name, sql in SAME.items()}
    sightings = replica.value("select count(*) from _sightings")
    file = tmp_path / "own.warc.gz"
    export_warc(replica.archive, file, portal=None, now=replica.clock.now())
    with closing(source(f"warc:{file}", None, Clock())) as opened:
        recall(
            replica.profile,
            PAST,
            source=opened,
            archive=replica.archive,
            examining=EXAMINING,
            now=replica.clock.now,
        )
    assert {name: replica.archive.connection.rows(sql) for name, sql in SAME.items()} == before
    assert replica.value("select count(*) from _sightings") == sightings
    assert replica.value("select count(*) from captures where imported_at is not null") == 0
