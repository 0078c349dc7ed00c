"""The way of a bulletin, end to end on a replica portal: what is recorded, what is not, and what a run claims."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any, cast

import pytest

from collector.archive.bulletins import Bulletins
from collector.demo.loopback import Request, Response
from collector.demo.newsroom import SECTIONS, SEED_ID
from collector.demo.pages import PER_PAGE
from collector.errors import Interrupted
from collector.model import RunKind, Step, Task, Verdict
from collector.profile import PagerProfile
from conftest import Replica

EVERYTHING = Task(RunKind.BACKFILL)
RECHECK = Task(recheck_days=36_500, recheck_per_run=500)


def test_a_backfill_records_every_bulletin_word_for_word(replica: Replica) -> None:
    report = replica.run(EVERYTHING)
    assert report.verdict is Verdict.COMPLETE
    expected, rows = replica.newsroom.expected(), replica.rows()
    assert rows.keys() == expected.keys()
    for source_id, wanted in expected.items():
        row = rows[source_id]
        found = tuple(row[name] for name in ("title", "body", "lead", "byline", "published_on"))
        assert found == (
            wanted.title,
            wanted.body,
            wanted.lead,
            wanted.byline,
            wanted.published_on.isoformat(),
        )
        attached = replica.archive.connection.rows(
            "select url, label, kind from attachments where article = ?", [row["id"]]
        )
        assert [(one["url"].removeprefix(replica.site.base_url), one["label"], one["kind"]) for one in attached] == [
            (one.path.removeprefix("/") if replica.site.base_url.endswith("/") else one.path, one.label, one.kind)
            for one in wanted.attachments
        ]


def test_the_tests_that_begin_after_a_backfill_begin_where_one_ends(replica: Replica, backfilled: Replica) -> None:
    """Portal and archive of ``backfilled`` are copies: what was asked and shown, and what is archived, is a run's."""
    replica.run(EVERYTHING)
    assert backfilled.site.requests == replica.site.requests
    asked = "select total, week, own_requests from visit_counts order by id"
    assert backfilled.archive.connection.rows(asked) == replica.archive.connection.rows(asked)
    ours, theirs = (one.site.counter.view(one.clock.now().date()) for one in (backfilled, replica))
    assert ours == theirs
    for table in ("articles", "revisions", "indicators", "listings", "_strikes"):
        count = f"select count(*) from {table}"
        assert backfilled.value(count) == replica.value(count)


def test_the_seed_bulletin_is_recorded_with_the_pages_counter_publisher_and_condition(backfilled: Replica) -> None:
    row = backfilled.rows()[str(SEED_ID)]
    assert row["title"] == (
        "HỘI NGHỊ TỔNG KẾT CÔNG TÁC LAO ĐỘNG, NGƯỜI CÓ CÔNG VÀ XÃ HỘI NĂM 2023 "
        "VÀ TRIỂN KHAI PHƯƠNG HƯỚNG, NHIỆM VỤ TRỌNG TÂM NĂM 2024"
    )
    paragraphs = str(row["body"]).split("\n")
    assert len(paragraphs) == 4
    assert paragraphs[0].startswith("Chiều ngày 08/01/2024, Sở Lao động – Thương binh và Xã hội tổ chức Hội nghị")
    assert paragraphs[3].endswith("trong Nghị quyết Đại hội Đảng bộ tỉnh.")
    assert row["published_on"] == "2024-01-08"
    first = backfilled.archive.connection.row("select * from visit_counts order by id limit 1")
    assert first is not None
    assert [first[name] for name in ("online", "today", "week", "total")] == [47, 974, 7286, 1204369]
    portal = backfilled.archive.connection.row("select * from portals")
    assert portal is not None
    assert portal["publisher"] == "Văn phòng UBND tỉnh Sóc Trăng"
    assert portal["email"] == "phonghanhchinh-soctrang@chinhphu.vn"
    assert portal["attribution"] == "Cổng thông tin điện tử Văn phòng Ủy ban nhân dân tỉnh Sóc Trăng"


def test_a_poll_without_news_costs_one_request_per_section_and_adds_nothing(backfilled: Replica) -> None:
    before = (backfilled.value("select count(*) from articles"), backfilled.value("select count(*) from revisions"))
    asked = len(backfilled.site.requests)
    report = backfilled.run()
    assert report.verdict is Verdict.EMPTY_EXPECTED
    assert [method for method, _ in backfilled.requested(asked)] == ["GET"] * len(SECTIONS)
    assert before == (
        backfilled.value("select count(*) from articles"),
        backfilled.value("select count(*) from revisions"),
    )


def test_a_section_never_seen_is_polled_for_its_first_page_and_says_that_there_is_more(replica: Replica) -> None:
    report = replica.run()
    ends = report.evidence["sections"]
    assert isinstance(ends, list)
    assert {end["stopped"] for end in ends} <= {"first_page", "pager_end"}
    assert any(end.get("more") for end in ends)
    assert report.listed == sum(end["listed"] for end in ends)


def test_a_poll_reads_on_until_a_whole_page_is_known(backfilled: Replica) -> None:
    ids = backfilled.newsroom.publish(23)
    report = backfilled.run()
    assert (report.verdict, report.added) == (Verdict.COMPLETE, 23)
    assert {str(one) for one in ids} <= backfilled.rows().keys()


def test_news_after_a_first_poll_are_added_without_walking_the_whole_section(replica: Replica) -> None:
    replica.run()
    had = len(replica.rows())
    fresh = replica.newsroom.publish(4)
    asked = len(replica.site.requests)
    report = replica.run()
    assert report.verdict is Verdict.COMPLETE
    assert {str(one) for one in fresh} <= replica.rows().keys()
    listings = [target for _, target in replica.requested(asked) if "catid=" in target]
    assert len(listings) <= len(SECTIONS) + 1
    assert len(replica.rows()) <= had + 4 + 10


def test_a_poll_that_was_cut_between_two_pages_leaves_nothing_unseen(backfilled: Replica) -> None:
    backfilled.newsroom.publish(23)
    seen = 0

    def stop_after_the_first_listing() -> None:
        nonlocal seen
        seen += 1
        if seen > 8:
            raise Interrupted("stop")

    assert backfilled.run(checkpoint=stop_after_the_first_listing).verdict is Verdict.INTERRUPTED
    backfilled.run()
    assert backfilled.rows().keys() == backfilled.newsroom.expected().keys()


@pytest.mark.parametrize(("since", "until"), [("2023-03-01", None), ("2022-06-01", "2023-09-30"), (None, "2022-12-31")])
def test_a_backfill_of_a_range_records_exactly_that_range(
    replica: Replica, since: str | None, until: str | None
) -> None:
    first, last = (None if day is None else date.fromisoformat(day) for day in (since, until))
    report = replica.run(Task(RunKind.BACKFILL, since=first, until=last))
    wanted = {
        source_id
        for source_id, one in replica.newsroom.expected().items()
        if (first is None or one.published_on >= first) and (last is None or one.published_on <= last)
    }
    assert 0 < len(wanted) < len(replica.newsroom.expected())
    assert replica.rows().keys() == wanted
    assert report.verdict is Verdict.COMPLETE


def test_a_wider_backfill_adds_what_the_narrower_one_left_out(replica: Replica) -> None:
    replica.run(Task(RunKind.BACKFILL, since=date(2023, 6, 1)))
    asked = len(replica.site.requests)
    had = len(replica.rows())
    replica.run(EVERYTHING)
    assert replica.rows().keys() == replica.newsroom.expected().keys()
    articles = [target for method, target in replica.requested(asked) if method == "GET" and "catid=" not in target]
    assert len(articles) == len(replica.rows()) - had, "what was there is not fetched again"


def test_a_poll_leaves_what_a_backfill_put_out_of_range(replica: Replica) -> None:
    replica.run(Task(RunKind.BACKFILL, since=date(2023, 6, 1)))
    had = replica.rows().keys()
    replica.run()
    assert replica.rows().keys() == had


def test_a_limit_is_kept_and_the_next_run_goes_on(replica: Replica) -> None:
    report = replica.run(replace(EVERYTHING, limit=7))
    assert (report.verdict, report.added, len(replica.rows())) == (Verdict.COMPLETE, 7, 7)
    assert report.evidence["limit_reached"] is True
    replica.run(EVERYTHING)
    assert replica.rows().keys() == replica.newsroom.expected().keys()


def test_a_backfill_interrupted_anywhere_goes_on_where_it_stopped(replica: Replica) -> None:
    for budget in (1, 3, 9, 20):
        left = budget

        def checkpoint() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Interrupted("stop")

        report = replica.run(EVERYTHING, checkpoint=checkpoint)
        assert report.verdict is Verdict.INTERRUPTED
    had = len(replica.rows())
    assert replica.run(EVERYTHING).added == len(replica.newsroom.expected()) - had
    assert replica.rows().keys() == replica.newsroom.expected().keys()
    assert replica.value("select count(*) from revisions") == len(replica.rows())


def test_an_edit_gives_one_revision_and_tells_its_paragraph_and_its_figure(backfilled: Replica) -> None:
    wanted = backfilled.newsroom.expected()[str(SEED_ID)]
    backfilled.newsroom.edit(SEED_ID, "29.412", "29.421")
    backfilled.years_pass()
    report = backfilled.run(RECHECK)
    assert (report.revised, report.added, report.gone) == (1, 0, 0)
    corrections = backfilled.archive.connection.rows("select field, before, after from corrections")
    assert len(corrections) == 2
    assert corrections[0]["field"] == "body"
    assert (corrections[1]["before"], corrections[1]["after"]) == ("29.412 lao động", "29.421 lao động")
    assert "29.412" in corrections[0]["before"]
    assert corrections[0]["after"] == corrections[0]["before"].replace("29.412", "29.421")
    assert (
        backfilled.value(
            "select count(*) from revisions r join articles a on a.id = r.article where source_id = ?", str(SEED_ID)
        )
        == 2
    )
    assert backfilled.rows()[str(SEED_ID)]["body"] == wanted.body.replace("29.412", "29.421")
    backfilled.years_pass()
    assert backfilled.run(RECHECK).revised == 0


def test_counters_clocks_and_sidebars_are_no_edits(backfilled: Replica) -> None:
    backfilled.years_pass()
    backfilled.newsroom.publish(2)
    assert backfilled.run(RECHECK).unchanged > 50
    assert backfilled.value("select count(*) from corrections") == 0
    assert backfilled.value("select count(*) from revisions") == backfilled.value("select count(*) from articles")


@pytest.mark.parametrize("how", ["404", "410", "home", "soft_404"])
def test_a_deletion_is_a_tombstone_after_two_runs_and_undone_when_it_comes_back(backfilled: Replica, how: str) -> None:
    article = backfilled.newsroom.listing(SECTIONS[0].slug)[2].id
    backfilled.newsroom.delete(article, how=how)  # type: ignore[arg-type]
    states = []
    for _ in range(3):
        backfilled.run()
        states.append(backfilled.rows()[str(article)]["state"])
    assert states == ["live", "gone", "gone"], "absence from the listing schedules the looks, no recheck is needed"
    assert backfilled.value("select count(*) from articles where state = 'gone'") == 1
    backfilled.newsroom.restore(article)
    backfilled.run()
    row = backfilled.rows()[str(article)]
    assert (row["state"], row["gone_at"], row["revision_count"]) == ("live", None, 1)
    assert backfilled.value("select count(*) from articles where state = 'gone'") == 0


def test_a_bulletin_taken_off_the_list_and_still_there_is_not_gone(backfilled: Replica) -> None:
    article = backfilled.newsroom.listing(SECTIONS[0].slug)[2].id
    backfilled.newsroom.unlist(article)
    asked = len(backfilled.site.requests)
    backfilled.run()
    assert any(f"/{article}/" in target for _, target in backfilled.requested(asked)), "it is looked at once"
    asked = len(backfilled.site.requests)
    backfilled.run()
    backfilled.run()
    assert not any(f"/{article}/" in target for _, target in backfilled.requested(asked)), "and then left alone"
    assert backfilled.rows()[str(article)]["state"] == "live"


@pytest.mark.parametrize("status", [500, 503, 403])
def test_a_server_that_fails_never_makes_anything_gone(backfilled: Replica, status: int) -> None:
    backfilled.site.fault = lambda request: Response(status, b"busy") if "catid=" not in request.target else None
    for _ in range(3):
        backfilled.years_pass()
        assert backfilled.run(RECHECK).failed
    backfilled.site.fault = None
    assert backfilled.value("select count(*) from articles where state = 'gone'") == 0
    assert backfilled.value("select count(*) from _strikes") == 0
    assert backfilled.run(RECHECK).verdict is Verdict.EMPTY_EXPECTED


def test_a_counter_that_fell_is_a_reset_and_our_own_views_explain_the_rest(backfilled: Replica) -> None:
    backfilled.site.counter.reset()
    backfilled.run()
    rows = backfilled.archive.connection.rows("select total, own_requests, reset from visit_counts order by id")
    assert sum(row["reset"] for row in rows) == 1
    place = next(number for number, row in enumerate(rows) if row["reset"])
    for before, row in pairwise(rows[:place]):
        assert row["total"] - before["total"] == row["own_requests"], "nobody else was there"


def test_one_article_in_two_sections_is_one_article(backfilled: Replica) -> None:
    twice = [one for one in backfilled.newsroom.expected().values() if len(one.sections) > 1]
    assert twice
    for one in twice:
        assert backfilled.value("select count(*) from listings where source_id = ?", one.source_id) == len(one.sections)
        assert backfilled.value("select count(*) from articles where source_id = ?", one.source_id) == 1


@pytest.mark.parametrize("form", ["plain", "short", "query", "mobile"])
def test_another_form_of_address_is_an_alias_of_the_same_bulletin(replica: Replica, form: str) -> None:
    replica.run(Task())
    replica.site.link_form = form  # type: ignore[assignment]
    count = len(replica.rows())
    replica.run(replace(EVERYTHING, limit=5, refetch=True))
    assert replica.value("select count(*) from articles group by source_id having count(*) > 1") is None
    assert replica.value("select count(*) from article_urls") == count + 5


def test_an_empty_listing_is_suspect_and_deletes_nothing(backfilled: Replica) -> None:
    empty = b"<html><input name='__VIEWSTATE'><ul class='ArticleList'></ul><div class='ButtonPage'></div></html>"
    backfilled.site.fault = lambda _: Response(200, empty, (("Content-Type", "text/html; charset=utf-8"),))
    report = backfilled.run()
    assert report.verdict is Verdict.EMPTY_SUSPECT
    backfilled.site.fault = None
    assert backfilled.run().verdict is Verdict.EMPTY_EXPECTED
    assert backfilled.value("select count(*) from articles where state = 'gone'") == 0


def test_a_listing_without_its_container_is_a_changed_layout(replica: Replica) -> None:
    page = b"<html><input name='__VIEWSTATE'><div class='DateCreate'>x</div><div class='new-list'></div></html>"
    replica.site.fault = lambda _: Response(200, page, (("Content-Type", "text/html"),))
    assert replica.run().verdict is Verdict.LAYOUT_CHANGED
    kept = replica.archive.connection.row("select error, capture from failures where stage = 'listing'")
    assert kept is not None
    assert kept["capture"] is not None, "the page that could not be read is kept"


def test_articles_without_a_title_are_failures_with_their_page_and_no_row_is_half_written(replica: Replica) -> None:
    def untitled(request: Request) -> Response | None:
        answer = replica.site.answer(request)
        if "catid=" in request.target:
            return answer
        heading = rb'<(div|h1) class="(ArticleTitle|TitleNews)">.*?</\1>'
        return replace(answer, body=re.sub(heading, b"", answer.body, flags=re.DOTALL))

    replica.site.fault = untitled
    report = replica.run()
    assert report.verdict is Verdict.LAYOUT_CHANGED
    assert replica.value("select count(*) from articles") == 0
    assert replica.value("select count(*) from failures where capture is null") == 0
    replica.site.fault = None
    report = replica.run()
    assert report.verdict is Verdict.COMPLETE
    assert replica.value("select count(*) from failures where resolved_at is null") == 0


def test_one_bad_page_costs_one_bulletin_and_the_next_run_makes_it_good(replica: Replica) -> None:
    bad = replica.newsroom.listing(SECTIONS[0].slug)[1].id
    replica.site.fault = lambda request: Response(500, b"no") if f"/{bad}/" in request.target else None
    report = replica.run()
    assert (report.verdict, report.failed) == (Verdict.INCOMPLETE, 1)
    assert str(bad) in json.dumps(report.evidence["failures"])
    replica.site.fault = None
    report = replica.run()
    assert (report.verdict, report.added) == (Verdict.COMPLETE, 1)


def test_a_page_that_keeps_failing_is_tried_ever_more_rarely_and_never_forgotten(replica: Replica) -> None:
    bad = replica.newsroom.listing(SECTIONS[0].slug)[1].id
    replica.site.fault = lambda request: Response(500, b"no") if f"/{bad}/" in request.target else None
    verdicts = [replica.run().verdict for _ in range(8)]
    assert set(verdicts) == {Verdict.INCOMPLETE}, "a run that misses data never looks successful"
    tries = sum(f"/{bad}/" in target for _, target in replica.requested())
    assert 3 <= tries < 8
    assert replica.run(EVERYTHING).failed == 1, "who asks for it by hand gets it tried"


def test_rechecks_that_keep_failing_do_not_keep_the_others_from_their_turn(backfilled: Replica) -> None:
    one_a_run = Task(recheck_days=36_500, recheck_per_run=1)
    backfilled.years_pass()
    bad: set[str] = set()

    def first_two(request: Request) -> Response | None:
        number = next((one for one in backfilled.newsroom.expected() if f"/{one}/" in request.target), None)
        if number is not None and len(bad) < 2:
            bad.add(number)
        return Response(500, b"") if number in bad else None

    backfilled.site.fault = first_two
    for _ in range(10):
        backfilled.run(one_a_run)
    looked_at = backfilled.value(
        "select count(*) from _checks where checked_at > (select min(started_at) from runs where id > 1)"
    )
    assert isinstance(looked_at, int)
    assert looked_at >= 5
    backfilled.site.fault = None
    backfilled.clock.pass_time(days=1)
    backfilled.run()
    assert backfilled.value("select count(*) from failures where resolved_at is null") == 0


def test_a_crash_in_our_own_code_is_recorded_with_its_traceback_and_the_run_goes_on(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, calls = Bulletins.append, 0

    def append(self: Bulletins, *args: object, **kwargs: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ZeroDivisionError("a bug")
        return whole(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Bulletins, "append", append)
    report = replica.run()
    assert report.verdict is Verdict.INCOMPLETE
    row = replica.archive.connection.row("select error, traceback, capture from failures")
    assert row is not None
    assert row["error"] == "ZeroDivisionError"
    assert "a bug" in row["traceback"]
    assert report.added == report.listed - 1 or report.added > 5


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("<html><body><form><input type='password'><button>Đăng nhập</button></form></body></html>", Verdict.BLOCKED),
        ("<html><body><h1>Hệ thống đang bảo trì, vui lòng quay lại sau</h1></body></html>", Verdict.BLOCKED),
        (
            "<html><head><title>Request Rejected</title></head><body>Your support ID is: 1</body></html>",
            Verdict.BLOCKED,
        ),
        ("<html><body><h1>Server Error in '/' Application.</h1></body></html>", Verdict.BLOCKED),
    ],
    ids=["login", "maintenance", "waf", "yellow page"],
)
def test_a_page_that_is_no_content_behind_a_200_blocks_and_is_never_recorded(
    backfilled: Replica, body: str, verdict: Verdict
) -> None:
    revisions = backfilled.value("select count(*) from revisions")
    backfilled.site.fault = lambda _: Response(200, body.encode(), (("Content-Type", "text/html; charset=utf-8"),))
    backfilled.years_pass()
    assert backfilled.run(RECHECK).verdict is verdict
    backfilled.site.fault = None
    assert backfilled.run(RECHECK).verdict is Verdict.EMPTY_EXPECTED
    assert backfilled.value("select count(*) from revisions") == revisions


def test_a_portal_that_blocks_in_the_middle_is_left_alone_after_three_pages(replica: Replica) -> None:
    replica.site.fault = lambda request: Response(403, b"no") if "catid=" not in request.target else None
    report = replica.run()
    assert report.verdict is Verdict.BLOCKED
    articles = [target for _, target in replica.requested() if "catid=" not in target]
    assert len(articles) == 3


def test_a_pager_that_lost_the_place_each_time_at_the_same_page_is_a_truncation_that_the_next_run_mends(
    replica: Replica,
) -> None:
    third_page = f"/{replica.newsroom.listing(SECTIONS[0].slug)[2 * PER_PAGE].id}/".encode()

    def expired(request: Request) -> Response | None:
        answer = replica.site.answer(request)
        return Response(500, b"Validation of viewstate MAC failed") if third_page in answer.body else answer

    replica.site.fault = lambda request: expired(request) if request.method == "POST" else None
    report = replica.run(EVERYTHING)
    assert report.verdict is Verdict.TRUNCATED
    replica.site.fault = None
    assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
    assert replica.rows().keys() == replica.newsroom.expected().keys()


def lose_the_place(replica: Replica, how: str, *, at: int, then: Callable[[], object] = lambda: None) -> None:
    """Let the portal forget a form's hidden fields once, at the ``at``-th form that is posted."""
    posts = 0

    def fault(request: Request) -> Response | None:
        nonlocal posts
        posts += request.method == "POST"
        if request.method != "POST" or posts != at:
            return None
        then()
        posts += 1
        if how == "error":
            return replica.site.answer(replace(request, body=b"__VIEWSTATE=used"))
        if how == "home":
            return Response(302, b"", (("Location", "/"),))
        if how == "login":
            return Response(200, b"<html><form><input type=password></form></html>", (("Content-Type", "text/html"),))
        return replica.site.answer(replace(request, method="GET", body=b""))

    replica.site.fault = fault


@pytest.mark.parametrize("how", ["error", "home", "login", "first page again"])
@pytest.mark.parametrize("at", [1, 2, 5])
def test_a_viewstate_that_expires_costs_the_walk_no_page(replica: Replica, how: str, at: int) -> None:
    lose_the_place(replica, how, at=at)
    report = replica.run(EVERYTHING)
    assert report.verdict is Verdict.COMPLETE
    assert replica.rows().keys() == replica.newsroom.expected().keys()
    assert report.listed == replica.value("select count(*) from listings")
    ends = cast("list[dict[str, Any]]", report.evidence["sections"])
    assert sum(end.get("read_again", 0) for end in ends) >= 1
    articles = [target for method, target in replica.requested() if "catid=" not in target and method == "GET"]
    assert len(set(articles)) == len(articles), "no bulletin was fetched twice"


def test_what_moves_up_while_the_place_is_lost_is_not_lost(replica: Replica) -> None:
    """Three bulletins of the first page are deleted just when the second page's form expires: others move up to it."""
    section = replica.newsroom.listing(SECTIONS[0].slug)

    def delete() -> None:
        for article in section[:3]:
            replica.newsroom.delete(article.id)

    lose_the_place(replica, "error", at=1, then=delete)
    assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
    assert replica.newsroom.expected().keys() <= replica.rows().keys()


def test_news_that_come_while_the_place_is_lost_are_taken_in(replica: Replica) -> None:
    lose_the_place(replica, "error", at=2, then=lambda: replica.newsroom.publish(2))
    assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
    assert replica.rows().keys() == replica.newsroom.expected().keys()


def only(replica: Replica, slug: str) -> None:
    sections = tuple(one for one in replica.profile.sections if one.id == slug)
    replica.profile = replace(replica.profile, sections=sections)


def test_a_last_page_that_answers_with_the_first_one_each_time_was_not_read(replica: Replica) -> None:
    """Eleven bulletins: the second page is the last, so nothing further is promised when the first comes again."""
    only(replica, "tin-tong-hop")
    replica.site.fault = lambda request: (
        replica.site.answer(replace(request, method="GET", body=b"")) if request.method == "POST" else None
    )
    report = replica.run(EVERYTHING)
    assert (report.verdict, report.listed) == (Verdict.TRUNCATED, PER_PAGE)
    replica.site.fault = None
    assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
    assert replica.value("select count(*) from articles") == 11


def test_a_listing_that_became_shorter_while_the_place_was_lost_was_read_whole(replica: Replica) -> None:
    only(replica, "tin-tong-hop")
    last = replica.newsroom.listing("tin-tong-hop")[-1].id
    lose_the_place(replica, "error", at=1, then=lambda: replica.newsroom.delete(last))
    report = replica.run(EVERYTHING)
    assert report.verdict is Verdict.TRUNCATED, "the pager showed a second page, and without one it proves nothing"
    asked = len(replica.site.requests)
    assert replica.run().verdict is Verdict.EMPTY_EXPECTED
    assert len(replica.requested(asked)) == 1


def test_a_pager_that_is_gone_when_the_place_is_looked_for_again_is_no_end(replica: Replica) -> None:
    """Nothing but the walk's own memory says that there were more pages."""
    lost: list[bool] = []
    lose_the_place(replica, "error", at=1, then=lambda: lost.append(True))
    lose = replica.site.fault
    assert lose is not None

    def without_pager(request: Request) -> Response | None:
        answer = lose(request)
        if answer is None and lost and "catid=" in request.target:
            whole = replica.site.answer(request)
            return replace(whole, body=whole.body.replace(b"__doPostBack", b"no"))
        return answer

    replica.site.fault = without_pager
    only(replica, "tin-tong-hop")
    report = replica.run(EVERYTHING)
    assert (report.verdict, report.listed) == (Verdict.TRUNCATED, PER_PAGE)
    assert replica.value("select caught_up_run from _section_walks") is None
    assert replica.value("select start from _unread") == PER_PAGE


def test_a_pager_that_cannot_be_followed_is_never_a_complete_walk(replica: Replica) -> None:
    profile = replace(replica.profile, pager=PagerProfile(kind="postback", next=(".ButtonPage a",)))

    def without_links(request: Request) -> Response | None:
        answer = replica.site.answer(request)
        return replace(answer, body=answer.body.replace(b"javascript:__doPostBack", b"javascript:elsewhere"))

    replica.site.fault = without_links
    report = replica.run(EVERYTHING, profile=profile)
    assert report.verdict is not Verdict.COMPLETE


def test_a_dry_run_fetches_listings_only(replica: Replica) -> None:
    steps: list[Step] = []
    report = replica.run(replace(EVERYTHING, dry_run=True), report=steps.append)
    assert all("catid=" in target for _, target in replica.requested())
    assert report.verdict is Verdict.COMPLETE
    assert sum(step.outcome == "wanted" for step in steps) == len(replica.newsroom.expected())
    assert replica.value("select count(*) from captures where url not like '%catid=%'") == 0


def test_the_raw_page_is_kept_before_it_is_read(replica: Replica) -> None:
    replica.run()
    for row in replica.archive.connection.rows("select capture from revisions"):
        page = replica.archive.captures.page(row["capture"])
        assert page.body.startswith(b"<!DOCTYPE") or b"<html" in page.body[:300]


def test_every_run_leaves_its_report_in_the_archive(replica: Replica) -> None:
    report = replica.run(EVERYTHING)
    row = replica.archive.connection.row("select * from runs order by id desc limit 1")
    assert row is not None
    assert (row["verdict"], row["listed"], row["added"], row["requests"]) == (
        "complete",
        report.listed,
        report.added,
        len(replica.requested()),
    )
    assert json.loads(row["evidence"])["sections"][0]["stopped"] == "pager_end"
    assert row["bytes"] > 0
