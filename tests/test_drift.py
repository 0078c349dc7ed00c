"""A portal is rebuilt in a hostile way: the selectors hit something else, and none of it becomes a bulletin."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from collector import plan
from collector.demo.composing import Story
from collector.demo.loopback import LOCAL, Request, Response
from collector.demo.newsroom import SECTIONS, Newsroom
from collector.demo.pages import PORTAL_NAME
from collector.demo.site import ReplicaPortal
from collector.model import RunKind, RunReport, Task, Verdict
from collector.profile import Profile
from collector.reparse import Scope, reparse
from conftest import Replica, replica_profile
from stored import EXAMINING
from test_layout_change import RENAMED

EVERYTHING = Task(RunKind.BACKFILL)
RECHECK = Task(recheck_days=36_500, recheck_per_run=6)
_ARTICLE = re.compile(r"/\d{6,}/|-\d{6,}$|[?&]id=")

Change = Callable[[str], str]


def rebuild(replica: Replica, change: Change, *, where: str = "") -> None:
    """Serve bulletins' pages otherwise; ``where``: only those whose address holds it."""

    def changed(request: Request) -> Response | None:
        answer = replica.site.answer(request)
        if _ARTICLE.search(request.target) is None or where not in request.target:
            return answer
        return replace(answer, body=change(answer.body.decode()).encode())

    replica.site.fault = changed


def text_is_the_sidebar(page: str) -> str:
    return page.replace("ArticleContent", "nd-bai").replace('class="ListItem"', 'class="ListItem NewsContent"')


def title_is_the_sites_name(page: str) -> str:
    banner = f'class="Header"><div class="TitleDetail">{PORTAL_NAME}</div>'
    return page.replace("ArticleTitle", "ten-bai").replace('class="Header">', banner)


def day_is_the_clock(page: str) -> str:
    return page.replace("DateCreate", "ngay").replace("DateTimeNow", "DateCreate")


def text_ends_after_its_first_paragraph(page: str) -> str:
    start = page.index('class="ArticleContent"')
    head, tail = page[:start], page[start:]
    if "</p>" in tail[: tail.index("<br />") if "<br />" in tail else None]:
        return head + tail.replace("</p>", '</p></div><div class="tiep-theo">', 1)
    return head + tail.replace("<br />", '</div></div><div><div class="tiep-theo">', 1)


def day_is_gone_and_all_is_renamed(page: str) -> str:
    page = page.replace('DateCreate">Ng', 'x" hidden>Ng')
    for old, new in RENAMED.items():
        page = page.replace(old.decode(), new.decode())
    return page


HOSTILE = [
    text_is_the_sidebar,
    title_is_the_sites_name,
    day_is_the_clock,
    text_ends_after_its_first_paragraph,
    day_is_gone_and_all_is_renamed,
]


def no_text_is_found(page: str) -> str:
    start = page.index('class="ArticleContent"')
    return page[:start] + 'class="ArticleContent"></div></div></body></html>'


def listed_in(report: RunReport, key: str) -> list[dict[str, Any]]:
    found = report.evidence.get(key, [])
    assert isinstance(found, list)
    return found


def contents(replica: Replica) -> dict[str, tuple[object, ...]]:
    return {one: (row["title"], row["body"], row["published_on"]) for one, row in replica.rows().items()}


def as_published(replica: Replica) -> dict[str, tuple[object, ...]]:
    expected = replica.newsroom.expected()
    return {name: (one.title, one.body, one.published_on.isoformat()) for name, one in expected.items()}


def open_failures(replica: Replica) -> list[dict[str, Any]]:
    return replica.archive.connection.rows("select * from failures where resolved_at is null order by id")


@pytest.mark.parametrize("change", HOSTILE)
def test_the_first_bulletin_after_a_redesign_is_kept_raw_and_not_written(replica: Replica, change: Change) -> None:
    replica.run(EVERYTHING)
    held = contents(replica)
    rebuild(replica, change)
    (number,) = replica.newsroom.publish()
    report = replica.run()
    assert (report.verdict, report.added, report.failed) == (Verdict.LAYOUT_CHANGED, 0, 1)
    assert contents(replica) == held
    (failure,) = open_failures(replica)
    assert (failure["error"], failure["source_id"], failure["stage"]) == ("LayoutChanged", str(number), "article")
    page = replica.archive.captures.page(failure["capture"])
    assert str(number) in page.url, "what was refused can be read again"
    (odd,) = listed_in(report, "odd")
    assert (odd["layout"], odd["became"]) == ("changed", "refused")
    assert [one["reads"] for one in listed_in(report, "controls")] == ["otherwise", "otherwise"]
    replica.site.fault = None
    assert replica.run().verdict is Verdict.COMPLETE, "undone, it is read"
    assert contents(replica) == as_published(replica)
    assert open_failures(replica) == []


@pytest.mark.parametrize("change", HOSTILE)
def test_a_second_look_in_another_layout_is_no_edit(replica: Replica, change: Change) -> None:
    replica.run(EVERYTHING)
    held = contents(replica)
    rebuild(replica, change)
    replica.years_pass()
    report = replica.run(RECHECK)
    assert (report.verdict, report.revised) == (Verdict.LAYOUT_CHANGED, 0)
    assert contents(replica) == held
    assert replica.value("select count(*) from revisions") == len(held)


def test_bulletins_that_come_one_by_one_are_all_refused_and_all_read_once_the_profile_is_mended(
    replica: Replica,
) -> None:
    replica.run(EVERYTHING)
    held = contents(replica)
    rebuild(replica, title_is_the_sites_name)
    for _ in range(4):
        replica.newsroom.publish()
        assert replica.run().verdict is Verdict.LAYOUT_CHANGED
    assert contents(replica) == held
    mended = with_titles(replica.profile, ".ten-bai")
    replica.clock.pass_time(days=1)
    report = replica.run(profile=mended)
    assert (report.verdict, report.added) == (Verdict.COMPLETE, 4)
    assert contents(replica) == as_published(replica)
    assert replica.value("select count(*) from revisions") == len(as_published(replica))
    assert replica.run(profile=mended).verdict is Verdict.EMPTY_EXPECTED


def test_a_refused_page_is_read_again_by_mended_selectors_only_though_its_bulletin_was_deleted(
    replica: Replica,
) -> None:
    replica.run(EVERYTHING)
    held = contents(replica)
    rebuild(replica, title_is_the_sites_name)
    (number,) = replica.newsroom.publish()
    wanted = as_published(replica)
    assert replica.run().verdict is Verdict.LAYOUT_CHANGED
    replica.newsroom.delete(number)
    read_again(replica, replica.profile)
    assert contents(replica) == held, "what these selectors read wrongly, they would read wrongly again"
    read_again(replica, with_titles(replica.profile, ".ten-bai", ".ArticleTitle"))
    assert contents(replica) == wanted
    assert open_failures(replica) == []


def read_again(replica: Replica, profile: Profile) -> None:
    replica.clock.pass_time(hours=1)
    archive, now = replica.archive, replica.clock.now
    reparse([profile], Scope(), configured=[profile], archive=archive, examining=EXAMINING, now=now)


def with_titles(profile: Profile, *selectors: str) -> Profile:
    return replace(profile, article=replace(profile.article, title=selectors))


def test_where_the_fallback_reads_known_pages_as_they_are_stored_its_reading_is_taken_in_and_told(
    replica: Replica,
) -> None:
    replica.run(EVERYTHING)
    rebuild(replica, lambda page: re.sub("|".join(old.decode() for old in RENAMED), lambda m: NEW[m.group()], page))
    (number,) = replica.newsroom.publish()
    report = replica.run()
    assert (report.verdict, report.added) == (Verdict.LAYOUT_CHANGED, 1)
    assert contents(replica)[str(number)][0] == as_published(replica)[str(number)][0]
    (odd,) = listed_in(report, "odd")
    assert (odd["layout"], odd["became"]) == ("readable", "taken")
    assert {one["mark"] for one in odd["oddities"]} == {"fallback"}


NEW = {old.decode(): new.decode() for old, new in RENAMED.items()}


def test_only_the_section_that_was_rebuilt_is_refused(replica: Replica) -> None:
    replica.run(EVERYTHING)
    rebuilt = SECTIONS[0]
    rebuild(replica, title_is_the_sites_name, where=f"/{rebuilt.catid}/")
    replica.newsroom.publish(8)
    fresh = [one for one in replica.newsroom.listing() if str(one.id) not in replica.rows()]
    refused = {str(one.id) for one in fresh if one.sections[0] == rebuilt}
    assert refused
    assert len(refused) < len(fresh)
    assert replica.run().verdict is Verdict.LAYOUT_CHANGED
    assert {str(one.id) for one in fresh} - replica.rows().keys() == refused


def test_one_bulletin_without_a_text_is_told_as_a_change_of_layout_only_where_known_ones_have_none(
    replica: Replica,
) -> None:
    replica.run(EVERYTHING)
    (number,) = replica.newsroom.publish()
    rebuild(replica, no_text_is_found, where=str(number))
    report = replica.run()
    assert (report.verdict, report.failed) == (Verdict.INCOMPLETE, 1)
    assert [one["reads"] for one in listed_in(report, "controls")] == ["as stored"]
    rebuild(replica, no_text_is_found)
    replica.clock.pass_time(days=1)
    assert replica.run().verdict is Verdict.LAYOUT_CHANGED
    assert [one["error"] for one in open_failures(replica)] == ["FieldMissing"]


NOTICE = "Nghỉ lễ"


def notice(replica: Replica) -> Story:
    text = "Cơ quan nghỉ ngày 30/4."
    return Story(NOTICE, (text,), replica.clock.now().astimezone(LOCAL).date(), SECTIONS[0].slug, lead=False)


def test_a_notice_of_one_sentence_on_a_sound_portal_is_a_bulletin_and_costs_one_control_look(replica: Replica) -> None:
    replica.run(EVERYTHING)
    (number,) = replica.newsroom.publish(notice(replica))
    asked = len(replica.site.requests)
    report = replica.run()
    assert (report.verdict, report.added) == (Verdict.COMPLETE, 1)
    assert replica.rows()[str(number)]["title"] == NOTICE
    assert [one["became"] for one in listed_in(report, "odd")] == ["taken"]
    assert [one["reads"] for one in listed_in(report, "controls")] == ["as stored"]
    pages = [target for _, target in replica.requested(asked) if "catid=" not in target]
    assert len(pages) == 2
    assert open_failures(replica) == []


def test_without_a_control_an_odd_bulletin_waits_for_one(replica: Replica) -> None:
    replica.run(EVERYTHING)
    (number,) = replica.newsroom.publish(notice(replica))

    def silent(request: Request) -> Response | None:
        known = _ARTICLE.search(request.target) is not None and str(number) not in request.target
        return Response(503, b"") if known else replica.site.answer(request)

    replica.site.fault = silent
    report = replica.run()
    assert (report.verdict, report.added, report.failed) == (Verdict.INCOMPLETE, 0, 1)
    assert [one["reads"] for one in listed_in(report, "controls")] == ["not"] * 3
    assert [one["error"] for one in open_failures(replica)] == ["OddBulletin"]
    replica.site.fault = None
    assert replica.run().verdict is Verdict.COMPLETE
    assert str(number) in replica.rows()


def test_a_portal_that_keeps_its_newest_only_is_told_by_those_and_the_others_are_looked_for(replica: Replica) -> None:
    replica.run(EVERYTHING)
    for _ in range(plan.LEAST_HISTORY + 5):
        replica.newsroom.publish()
        replica.clock.pass_time(hours=24)
        replica.run()
    for one in replica.newsroom.listing(SECTIONS[0].slug)[3:]:
        replica.newsroom.delete(one.id)
    (number,) = replica.newsroom.publish(notice(replica))
    report = replica.run()
    assert (report.verdict, report.added, report.failed) == (Verdict.COMPLETE, 1, 0)
    assert [one["reads"] for one in listed_in(report, "controls")] == ["not"] * plan.CONTROLS + ["as stored"]
    assert str(number) in replica.rows()
    assert replica.run().gone >= plan.CONTROLS, "what no control found was looked for in two runs"


def test_where_no_known_bulletin_is_left_an_odd_one_waits(replica: Replica) -> None:
    replica.run(EVERYTHING)
    for one in replica.newsroom.listing(SECTIONS[0].slug):
        replica.newsroom.delete(one.id)
    replica.newsroom.publish(notice(replica))
    report = replica.run()
    assert (report.verdict, report.added, report.failed) == (Verdict.INCOMPLETE, 0, 1)
    assert [one["reads"] for one in listed_in(report, "controls")] == ["not"] * 2 * plan.CONTROLS


def test_a_bulletin_that_its_editor_wrote_anew_is_an_edit(replica: Replica) -> None:
    replica.run(EVERYTHING)
    one = replica.newsroom.listing()[0]
    assert isinstance(one.story.blocks[0], str)
    replica.newsroom.edit(one.id, one.story.title, "Đính chính: thời gian và địa điểm tổ chức phiên giao dịch việc làm")
    replica.years_pass()
    report = replica.run(replace(RECHECK, recheck_per_run=500))
    assert (report.verdict, report.revised) == (Verdict.COMPLETE, 1)
    assert [look["reads"] for look in listed_in(report, "controls")] == ["as stored"]
    assert contents(replica) == as_published(replica)


def test_a_portal_of_five_bulletins_has_no_custom_yet(replica: Replica) -> None:
    newsroom = Newsroom(count=5, now=replica.clock.now)
    with ReplicaPortal(newsroom=newsroom, now=replica.clock.now) as site:
        profile = replica_profile(site)
        small = Replica(site, replace(profile, sections=profile.sections[:1]), replica.archive, replica.clock)
        assert small.run(EVERYTHING).added
        newsroom.publish(notice(small))
        report = small.run()
        assert (report.verdict, report.added) == (Verdict.COMPLETE, 1)
        assert "controls" not in report.evidence


def test_pages_that_really_are_others_are_accepted_by_fetching_them_again_by_hand(replica: Replica) -> None:
    """A portal that moved gives all its bulletins the day of the move; the listing has it too."""
    replica.run(EVERYTHING)
    rebuild(replica, day_is_the_clock)
    replica.newsroom.publish()
    assert replica.run().verdict is Verdict.LAYOUT_CHANGED
    accepted = replica.run(Task(RunKind.BACKFILL, refetch=True))
    assert accepted.revised > 20
    assert replica.run().verdict in {Verdict.COMPLETE, Verdict.EMPTY_EXPECTED}
    assert open_failures(replica) == []
    states = replica.archive.connection.value("select count(*) from revisions")
    assert states > 2 * accepted.revised - 2, "what they said before stays readable"
