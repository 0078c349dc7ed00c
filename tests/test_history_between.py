"""The past comes in between what is known: other archives' captures, the portal's own looks, earlier runs that stopped."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from collector.archive import Archive
from collector.demo.newsroom import SECTIONS
from collector.errors import Interrupted, Unreachable
from collector.exports import export_warc
from collector.judging import Judge
from collector.model import Page, RunKind, Task, Verdict
from conftest import Replica
from faulty_portal import Clock
from kept_captures import KeptCaptures, captured
from past import source
from stored import EXAMINING
from test_history import AFTER, PAST, YEARS, paths, remember, rows

LOOK = Task(recheck_days=4000, recheck_per_run=100)
AGAIN = Task(RunKind.BACKFILL, since=date(2000, 1, 1), refetch=True)


def states(replica: Replica, *titles: str) -> list[Page]:
    """One bulletin's page under each title, all of one day; the portal is left with the last one."""
    article, pages = replica.newsroom.listing()[0], []
    title = article.story.title
    for following in titles:
        replica.newsroom.edit(article.id, title, following)
        title = following
        pages += captured(replica.site, [article.path()], YEARS[0])
    return pages


def history(replica: Replica) -> list[tuple[object, object]]:
    found = rows(replica, "select title, substr(seen_at, 1, 4) as year from revisions order by seen_at")
    return [(row["title"], row["year"]) for row in found]


# --- one page, captured more than once ---------------------------------------------------------------------------------


def test_a_capture_that_nobody_has_gives_its_turn_to_another_one_of_the_same_page(replica: Replica) -> None:
    [page] = captured(replica.site, paths(replica)[:1], YEARS[0])
    again = replace(page, fetched_at=YEARS[1])
    kept = KeptCaptures([page, again], absent={(page.url, page.fetched_at)})
    report = remember(replica, kept)
    assert (report.verdict, report.added) == (Verdict.COMPLETE, 1)
    assert [row["first_seen_at"] for row in replica.rows().values()] == ["2021-03-01T02:00:00Z"]


def test_a_page_seen_again_outside_the_days_asked_for_is_seen_again_once_they_are(replica: Replica) -> None:
    [page] = captured(replica.site, paths(replica)[:1], YEARS[0])
    kept = KeptCaptures([page, replace(page, fetched_at=YEARS[2])])
    assert remember(replica, kept, replace(PAST, until=date(2001, 1, 1))).added == 0
    assert remember(replica, kept).added == 1
    assert len(kept.asked) == 1
    assert [row["last_seen_at"] for row in replica.rows().values()] == ["2022-03-01T02:00:00Z"]


def test_the_same_page_seen_again_after_another_archive_saw_another_text_is_an_edit(replica: Replica) -> None:
    first, other = states(replica, "Trước", "Giữa")
    remember(replica, KeptCaptures([replace(other, fetched_at=YEARS[1])], name="commoncrawl"))
    remember(replica, KeptCaptures([first, replace(first, fetched_at=YEARS[2])]))
    assert history(replica) == [("Trước", "2020"), ("Giữa", "2021"), ("Trước", "2022")]
    [stored] = replica.rows().values()
    assert (stored["title"], stored["revision_count"]) == ("Trước", 3)


def test_another_archives_text_comes_in_between_two_captures_of_the_same_page(replica: Replica) -> None:
    first, other = states(replica, "Trước", "Giữa")
    remember(replica, KeptCaptures([first, *(replace(first, fetched_at=year) for year in YEARS[2:])]))
    remember(replica, KeptCaptures([replace(other, fetched_at=YEARS[1])], name="commoncrawl"))
    assert history(replica) == [("Trước", "2020"), ("Giữa", "2021"), ("Trước", "2022")]
    # What is found before all of it moves the first state only.
    earliest = replace(first, url=first.url + "?m=1", fetched_at=YEARS[0] - timedelta(days=900))
    remember(replica, KeptCaptures([earliest], name="warc"))
    assert history(replica) == [("Trước", "2017"), ("Giữa", "2021"), ("Trước", "2022")]
    assert replica.value("select count(distinct capture) from revisions") == 3


# --- beside the portal's own looks -------------------------------------------------------------------------------------


def test_a_text_that_came_between_two_answers_of_not_modified_moves_no_other_state(replica: Replica) -> None:
    """The portal said 304 after it: the state before and the one after are two, proven by one page."""
    article = replica.newsroom.listing()[0]
    [wrong] = states(replica, "Giữa")
    replica.newsroom.edit(article.id, "Giữa", "Đầu")
    replica.site.etags = True
    replica.run(Task(RunKind.BACKFILL))
    began = replica.rows()[str(article.id)]["first_seen_at"]
    for _ in range(2):
        replica.clock.pass_time(minutes=60 * 24)
        replica.run(AGAIN)
    assert replica.value("select 1 from _sightings where capture is null limit 1") == 1
    looks = rows(
        replica,
        "select s.seen_at from _sightings s join articles a on a.id = s.article "
        f"where a.source_id = '{article.id}' order by 1",
    )
    first, second = (datetime.fromisoformat(str(row["seen_at"])) for row in looks[:2])
    [right] = captured(replica.site, [article.path("mobile")], second - timedelta(hours=1))
    remember(replica, KeptCaptures([replace(wrong, fetched_at=first + timedelta(hours=1))]))
    remember(replica, KeptCaptures([right], name="commoncrawl"))
    found = rows(
        replica,
        "select r.title, r.seen_at from revisions r join articles a on a.id = r.article "
        f"where a.source_id = '{article.id}' order by r.seen_at",
    )
    assert [row["title"] for row in found] == ["Đầu", "Giữa", "Đầu"]
    assert found[0]["seen_at"] == began
    assert found[2]["seen_at"] == right.fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert replica.run(AGAIN).revised == 0


def test_a_gone_bulletin_of_which_an_old_capture_came_in_is_seen_when_the_portal_lists_it_again(
    replica: Replica,
) -> None:
    article = replica.newsroom.listing(SECTIONS[0].slug)[0]
    old = captured(replica.site, [article.path()], YEARS[0])
    replica.run(Task(RunKind.BACKFILL))
    replica.newsroom.delete(article.id)
    for _ in range(3):
        replica.clock.pass_time(minutes=60 * 24)
        replica.run(LOOK)
    assert replica.rows()[str(article.id)]["state"] == "gone"
    remember(replica, KeptCaptures(old))
    states = rows(replica, f"select distinct state from listings where source_id = '{article.id}'")
    assert states == [{"state": "gone"}]
    replica.newsroom.restore(article.id)
    replica.clock.pass_time(minutes=60 * 24)
    replica.run()
    assert replica.rows()[str(article.id)]["state"] == "live"


def test_a_bulletin_that_was_listed_and_gone_before_anybody_read_it_stays_gone_when_the_past_brings_it(
    replica: Replica,
) -> None:
    article = replica.newsroom.listing(SECTIONS[0].slug)[0]
    old, listing = (captured(replica.site, [path], YEARS[0]) for path in (article.path(), SECTIONS[0].url))
    late = [replace(page, url=page.url + "?m=1", fetched_at=page.fetched_at + timedelta(days=3000)) for page in old]
    remember(replica, KeptCaptures(listing, name="commoncrawl"))
    replica.newsroom.delete(article.id)
    verdicts = []
    for _ in range(3):
        replica.clock.pass_time(days=1)
        verdicts.append(replica.run(Task(RunKind.BACKFILL)).verdict)
    assert verdicts == [Verdict.INCOMPLETE, Verdict.COMPLETE, Verdict.EMPTY_EXPECTED], "two looks in two runs"
    gone = f"select a.state, l.state as listed from articles a join listings l using (source_id) where source_id = '{article.id}'"
    remember(replica, KeptCaptures(old))
    assert rows(replica, gone) == [{"state": "gone", "listed": "gone"}]
    replica.clock.pass_time(days=3000)
    remember(replica, KeptCaptures(late, name="warc"))
    assert rows(replica, gone) == [{"state": "live", "listed": "archived"}]


# --- runs that stopped, and runs that asked for less -------------------------------------------------------------------


def test_a_limit_is_one_of_what_is_fetched_and_the_next_run_goes_on(replica: Replica) -> None:
    replica.clock.pass_time(days=400)
    kept = KeptCaptures(captured(replica.site, paths(replica), AFTER))
    days = sorted(one.story.dated for one in replica.newsroom.listing())
    task = replace(PAST, since=days[-3], limit=10)
    for _ in range(len(days) // 10 + 2):
        report = remember(replica, kept, task)
    assert (report.verdict, len(kept.asked)) == (Verdict.COMPLETE, len(days))
    assert not report.evidence.get("limit_reached")
    assert len(replica.rows()) == len([day for day in days if day >= days[-3]])


def test_what_a_narrower_walk_left_out_of_the_index_is_asked_for_by_a_wider_one(replica: Replica) -> None:
    pages = captured(replica.site, paths(replica)[:8], YEARS[0])
    late = [replace(page, fetched_at=YEARS[3]) for page in captured(replica.site, paths(replica)[8:30], YEARS[0])]
    kept = KeptCaptures([*pages, *late], per_answer=5, silent_after=2)
    narrow = replace(PAST, since=date(2023, 1, 1))
    assert remember(replica, kept, narrow).verdict is Verdict.UNREACHABLE
    kept.silent_after = None
    report = remember(replica, kept)
    assert (report.verdict, len(replica.rows())) == (Verdict.COMPLETE, 30)


def test_a_capture_of_the_first_day_s_early_morning_is_the_day_before_in_utc(replica: Replica) -> None:
    article = replica.newsroom.listing()[0]
    day = article.story.dated
    at = datetime.combine(day, time(), UTC) - timedelta(hours=5)
    report = remember(replica, KeptCaptures(captured(replica.site, [article.path()], at)), replace(PAST, since=day))
    assert report.added == 1


def test_a_rehearsal_names_what_is_not_here_yet(replica: Replica) -> None:
    kept = KeptCaptures(captured(replica.site, paths(replica)[:6], YEARS[0]))
    remember(replica, kept, replace(PAST, limit=4))
    with type(replica.archive).rehearsal(replica.archive.path) as rehearsed:  # type: ignore[arg-type]
        report = remember(replace(replica, archive=rehearsed), kept, replace(PAST, dry_run=True))
    assert report.evidence["outcomes"] == {"wanted": 2}
    assert len(kept.asked) == 4


def test_a_capture_of_a_day_that_has_not_come_is_not_believed(replica: Replica) -> None:
    [page] = captured(replica.site, paths(replica)[:1], YEARS[0])
    replica.run(Task(RunKind.BACKFILL))
    late = replace(page, fetched_at=replica.clock.now() + timedelta(days=700))
    report = remember(replica, KeptCaptures([late, replace(late, fetched_at=late.fetched_at + timedelta(days=1))]))
    assert report.verdict is Verdict.INCOMPLETE
    assert "has not come" in str(report.evidence)
    assert str(replica.value("select max(last_seen_at) from articles")) < late.fetched_at.strftime("%Y-%m-%d")


def test_files_are_no_places_in_other_files(replica: Replica, tmp_path: Path) -> None:
    """A run over one WARC file that stopped early, then another file, then the first one again."""
    every = paths(replica)[:20]
    first = warc(replica, tmp_path / "first.warc.gz", captured(replica.site, every[:12], YEARS[0]))
    second = warc(replica, tmp_path / "second.warc.gz", captured(replica.site, every[12:], YEARS[1]))
    added = []
    for path, limit in ((first, 5), (second, None), (first, None)):
        with closing(source(f"warc:{path}", None, Clock())) as files:
            added.append(remember(replica, files, replace(PAST, limit=limit)).added)
    assert added == [5, 8, 7]
    assert rows(replica, "select distinct state from mementos") == [{"state": "imported"}]


def test_files_are_read_from_the_beginning_after_a_kill(replica: Replica, tmp_path: Path) -> None:
    """A folder that got a file standing before the others, while the walk of its index had stopped in its middle."""
    folder = tmp_path / "captures"
    folder.mkdir()
    every = paths(replica)[:9]
    for name, part in (("b", every[:3]), ("c", every[3:6])):
        warc(replica, folder / f"{name}.warc.gz", captured(replica.site, part, YEARS[0]))
    left = iter(range(2))

    def killed() -> None:
        if next(left, None) is None:
            raise Interrupted("stop")

    with closing(source(f"warc:{folder}", None, Clock())) as files:
        assert remember(replica, files, checkpoint=killed).verdict is Verdict.INTERRUPTED
    warc(replica, folder / "a.warc.gz", captured(replica.site, every[6:], YEARS[0]))
    with closing(source(f"warc:{folder}", None, Clock())) as files:
        assert remember(replica, files).verdict is Verdict.COMPLETE
    assert len(replica.rows()) == 9


def test_a_capture_that_was_read_says_nothing_of_what_else_failed_at_its_address(replica: Replica) -> None:
    """Neither of the portal's own page of today, nor of an older capture."""
    listing, [address, *_] = SECTIONS[0].url, paths(replica)
    section = replica.site.url_of(listing)
    judge = Judge(replica.profile, archive=replica.archive, examining=EXAMINING, run=1, now=replica.clock.now)
    replica.run(Task(limit=1))
    judge.fail(section, None, "listing", Unreachable("no answer", cause="timeout", url=section))
    old, new = (captured(replica.site, [address], at)[0] for at in YEARS[:2])
    old = replace(old, body=b"<html><body><h5>Tin</h5><ul><li><a href='/'>Tin</a></li></ul></body></html>")
    report = remember(replica, KeptCaptures([old, new, *captured(replica.site, [listing], YEARS[0])]))
    assert report.verdict is Verdict.INCOMPLETE
    open_ones = rows(replica, "select url, stage from failures where resolved_at is null order by stage")
    assert open_ones == [{"url": old.url, "stage": "history"}, {"url": section, "stage": "listing"}]


def test_a_damaged_record_is_one_however_many_hosts_the_portal_has(replica: Replica, tmp_path: Path) -> None:
    path = warc(replica, tmp_path / "captures.warc.gz", captured(replica.site, paths(replica)[:3], YEARS[0]))
    path.write_bytes(path.read_bytes()[:-20])
    profile = replace(replica.profile, hosts=("cu.example", "m.example"))
    with closing(source(f"warc:{path}", None, Clock())) as files:
        report = remember(replace(replica, profile=profile), files)
    assert (report.verdict, report.added, report.evidence["unreadable"]) == (Verdict.INCOMPLETE, 2, 1)


@pytest.mark.parametrize("order", [1, -1])
def test_a_redirect_to_itself_does_not_hide_the_page_of_the_same_second(
    replica: Replica, tmp_path: Path, order: int
) -> None:
    """As a portal answers who has no cookie yet: wget and Heritrix keep both under one address."""
    [page] = captured(replica.site, paths(replica)[:1], YEARS[0])
    asked = replace(page, status=302, headers={"location": page.url, "set-cookie": "a=1"}, body=b"")
    path = warc(replica, tmp_path / "captures.warc.gz", [asked, page][::order])
    for added in (1, 0):
        with closing(source(f"warc:{path}", None, Clock())) as files:
            report = remember(replica, files)
        assert (report.added, rows(replica, "select state from mementos")) == (added, [{"state": "imported"}])


def warc(replica: Replica, path: Path, pages: list[Page]) -> Path:
    """Write pages to a WARC file as another collector would have."""
    with Archive(None) as other:
        other.portals.register(replica.profile)
        for page in pages:
            other.captures.keep(page, portal=replica.profile.id, kind="article", imported_at=AFTER)
        export_warc(other, path, portal=None, now=AFTER)
    return path
