"""The archive: what is kept, and what is given back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import plan
from collector.archive import Archive
from collector.errors import ArchiveCorrupt
from collector.model import (
    ArticleRef,
    Change,
    Correction,
    Outcome,
    Publisher,
    RobotsCopy,
    RunReport,
    Validators,
    Verdict,
    VisitCount,
)
from stored import BULLETIN, NOW, PROFILE, append, begin, note, page


def test_a_capture_comes_back_byte_for_byte_with_headers_and_redirects(archive: Archive) -> None:
    kept = page("Trang có dấu: việc làm".encode() * 50)
    assert archive.captures.page(archive.captures.keep(kept, portal="tinh", kind="article")) == kept


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=8))
def test_any_bytes_survive_whatever_page_serves_as_dictionary(bodies: list[bytes]) -> None:
    with Archive(None) as archive:
        archive.portals.register(PROFILE)
        kept = [archive.captures.keep(page(body), portal="tinh", kind="article") for body in bodies]
        assert [archive.captures.page(one).body for one in kept] == bodies


def test_pages_of_one_template_are_stored_as_their_difference(archive: Archive) -> None:
    template = b"".join(f"<a href='/{number * 7919}'>menu {number * 104729}</a>".encode() for number in range(900))
    for number in range(3):
        archive.captures.keep(page(template + str(number).encode()), portal="tinh", kind="article")
    first, *others = [row["stored_size"] for row in archive.connection.rows("select stored_size from captures")]
    assert all(size < first / 20 for size in others)


def test_the_same_page_twice_is_two_captures_and_one_body(archive: Archive) -> None:
    for _ in range(2):
        archive.captures.keep(page(), portal="tinh", kind="article")
    assert archive.connection.value("select count(*) from captures") == 2
    assert archive.connection.value("select count(*) from _capture_bodies") == 1


def test_a_damaged_body_is_noticed(archive: Archive) -> None:
    capture = archive.captures.keep(page(), portal="tinh", kind="article")
    with archive.connection.writing():
        archive.connection.execute("update _capture_bodies set body = zeroblob(9)")
    with pytest.raises(ArchiveCorrupt):
        archive.captures.page(capture)


def test_a_new_bulletin_is_an_article_a_revision_its_address_and_its_attachments(archive: Archive) -> None:
    append(archive)
    row = archive.connection.row("select * from articles")
    assert row is not None
    assert (row["title"], row["published_on"], row["state"], row["revision_count"]) == (
        "Hội nghị tổng kết",
        "2024-01-08",
        "live",
        1,
    )
    assert (row["section"], row["topic"], row["first_seen_at"]) == ("tinh/tin", "labour", "2024-01-08T10:00:00Z")
    assert archive.connection.value("select count(*) from revisions where kind = 'editorial'") == 1
    assert archive.connection.value("select label from attachments") == "Báo cáo"
    assert archive.connection.value("select url from article_urls") == BULLETIN.url


def test_an_edit_keeps_the_earlier_state_readable(archive: Archive) -> None:
    append(archive)
    edited = replace(BULLETIN, title="Hội nghị sơ kết")
    change = Change(Outcome.REVISED, plan.content_hash(edited), (Correction("title", BULLETIN.title, edited.title),))
    append(archive, edited, at=NOW + timedelta(days=1), change=change)
    assert [row["title"] for row in archive.connection.rows("select title from revisions order by id")] == [
        "Hội nghị tổng kết",
        "Hội nghị sơ kết",
    ]
    row = archive.connection.row("select field, before, after, revision from corrections")
    assert row == {"field": "title", "before": "Hội nghị tổng kết", "after": "Hội nghị sơ kết", "revision": 2}
    assert archive.connection.value("select changed_at from articles") == "2024-01-09T10:00:00Z"


def test_what_did_not_change_adds_no_revision_and_is_seen(archive: Archive) -> None:
    append(archive)
    append(archive, at=NOW + timedelta(days=2), change=Change(Outcome.UNCHANGED, plan.content_hash(BULLETIN)))
    row = archive.connection.row("select revision_count, last_seen_at, changed_at from articles")
    expected = {"revision_count": 1, "last_seen_at": "2024-01-10T10:00:00Z", "changed_at": "2024-01-08T10:00:00Z"}
    assert row == expected


def test_another_address_of_a_bulletin_is_an_alias_and_no_second_article(archive: Archive) -> None:
    append(archive)
    append(archive, replace(BULLETIN, url="https://portal.example/b/7"))
    assert archive.connection.value("select count(*) from articles") == 1
    assert archive.connection.value("select count(*) from article_urls") == 2


def test_a_bulletin_is_gone_after_two_strikes_in_two_runs_and_comes_back(archive: Archive) -> None:
    article = append(archive)
    first = begin(archive)
    assert archive.looks.strike(article, kind="gone", run=first, now=NOW) is Outcome.MISSING
    assert archive.looks.strike(article, kind="gone", run=first, now=NOW) is Outcome.MISSING
    assert archive.connection.value("select state from articles") == "live"
    assert archive.looks.strike(article, kind="soft_404", run=begin(archive), now=NOW) is Outcome.GONE
    assert archive.connection.row("select state, gone_at from articles") == {
        "state": "gone",
        "gone_at": "2024-01-08T10:00:00Z",
    }
    append(archive)
    assert archive.connection.row("select state, gone_at from articles") == {"state": "live", "gone_at": None}
    assert archive.looks.strike(article, kind="gone", run=begin(archive), now=NOW) is Outcome.MISSING


def test_one_strike_is_forgiven_by_a_304(archive: Archive) -> None:
    article = append(archive)
    archive.looks.strike(article, kind="gone", run=begin(archive), now=NOW)
    archive.bulletins.unchanged(article, NOW)
    assert archive.looks.strike(article, kind="gone", run=begin(archive), now=NOW) is Outcome.MISSING


def test_a_struck_bulletin_is_due_in_the_next_run_even_without_rechecks(archive: Archive) -> None:
    article = append(archive)
    run = begin(archive)
    archive.looks.strike(article, kind="gone", run=run, now=NOW)

    def due(run: int) -> list[int]:
        assert archive.looks.looked_at(portal="tinh", now=NOW, days=0) == []
        return [one.id for one in archive.looks.suspects(portal="tinh", run=run, now=NOW, longest=plan.LONGEST_RETRY)]

    assert due(run) == []
    assert due(begin(archive)) == [article]


def test_an_unlisted_bulletin_is_due_until_it_was_looked_at(archive: Archive) -> None:
    article = append(archive)
    archive.looks.want_check(portal="tinh", source_id="7", why="unlisted")
    run = begin(archive)
    assert [one.id for one in archive.looks.suspects(portal="tinh", run=run, now=NOW, longest=plan.LONGEST_RETRY)] == [
        article
    ]
    archive.bulletins.unchanged(article, NOW)
    assert archive.looks.suspects(portal="tinh", run=run, now=NOW, longest=plan.LONGEST_RETRY) == []


def test_a_look_that_failed_under_a_clock_years_ahead_is_tried_again_once_the_clock_is_right(archive: Archive) -> None:
    article = append(archive)

    def failed(now: datetime) -> None:
        archive.ledger.fail(
            portal="tinh",
            url=BULLETIN.url,
            source_id="7",
            stage="recheck",
            error=ValueError("kaputt"),
            trace=None,
            capture=None,
            run=begin(archive),
            now=now,
            backoff=plan.next_try,
        )

    def due() -> list[int]:
        run = begin(archive)
        found = archive.looks.suspects(portal="tinh", run=run, now=NOW, longest=plan.LONGEST_RETRY)
        return [one.id for one in found]

    for _ in range(3):
        failed(NOW)
    assert due() == []
    failed(NOW + timedelta(days=700))
    assert due() == [article]


def looks(archive: Archive, now: datetime) -> list[str]:
    """Whose look is due, of the bulletins of a month, in its order."""
    due = plan.due_looks(archive.looks.looked_at(portal="tinh", now=now, days=30), now)
    return [one.source_id for one in archive.looks.stored_as(due)]


def test_looks_take_the_recent_bulletins_looked_at_longest_ago(archive: Archive) -> None:
    for number in range(4):
        append(archive, replace(BULLETIN, source_id=str(number)), at=NOW + timedelta(minutes=number))
    append(archive, replace(BULLETIN, source_id="old", published_on=date(2023, 11, 1)))
    assert looks(archive, NOW + timedelta(days=1)) == ["0", "1", "2", "3"]


def test_of_two_bulletins_not_looked_at_for_a_day_the_younger_comes_first_and_an_old_one_waits(
    archive: Archive,
) -> None:
    for name, published in (("weeks old", date(2023, 12, 20)), ("new", date(2024, 1, 8)), ("undated", None)):
        append(archive, replace(BULLETIN, source_id=name, published_on=published))
    assert looks(archive, NOW + timedelta(days=1)) == ["undated", "new"]
    assert looks(archive, NOW + timedelta(days=7)) == ["undated", "new", "weeks old"]


def test_an_item_is_known_only_once_a_walk_that_listed_it_came_to_its_end(archive: Archive) -> None:
    run = begin(archive)
    note(archive, run, "1", "2")
    assert not archive.ledger.ever_caught_up("tinh/tin")
    assert [item.known for item in archive.ledger.items("tinh/tin").values()] == [False, False]
    archive.ledger.caught_up("tinh/tin", run=run, validators=Validators('"e"', None), items_hash="h")
    note(archive, begin(archive), "3", "1")
    known = {item.source_id: item.known for item in archive.ledger.items("tinh/tin").values()}
    assert known == {"1": True, "2": True, "3": False}
    assert archive.ledger.first_page("tinh/tin") == (Validators('"e"', None), "h")


def test_an_item_of_a_bulletin_that_another_section_brought_in_is_archived(archive: Archive) -> None:
    append(archive)
    note(archive, begin(archive), "7", "8", section="tinh/viec")
    states = {item.source_id: item.state for item in archive.ledger.items("tinh/viec").values()}
    assert states == {"7": "archived", "8": "listed"}


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ("Giải quyết việc làm cho 1.200 lao động", True),
        ("Giải quyết việc làm…", True),
        ("Giải quyết việc làm ...", True),
        ("Giải quyết việc làm", False),
        ("…", False),
        ("......", False),
        ("Thăm hỏi gia đình chính sách", False),
        (None, False),
    ],
)
def test_an_item_is_found_by_its_title_whole_or_cut_off(archive: Archive, listed: str | None, found: bool) -> None:
    refs = [ArticleRef("https://tinh.gov.vn/7", "7", listed), ArticleRef("https://tinh.gov.vn/8", "8", "Khác")]
    archive.ledger.note_items(refs, portal="tinh", section="tinh/tin", first_position=0, run=begin(archive), now=NOW)
    expected = {"7"} if found else set()
    assert archive.ledger.belongs_to("tinh", "8", "Giải quyết việc làm cho 1.200 lao động") == expected
    assert archive.ledger.belongs_to("elsewhere", "8", "Giải quyết việc làm cho 1.200 lao động") == set()


def test_a_gone_item_that_is_listed_again_is_wanted_again(archive: Archive) -> None:
    first = begin(archive)
    note(archive, first, "7")
    archive.ledger.settle("tinh", "7", "gone")
    second = begin(archive)
    note(archive, second, "7")
    assert archive.ledger.items("tinh/tin")["7"].state == "gone", "a dead link that stays listed is no return"
    third = begin(archive)
    archive.ledger.caught_up("tinh/tin", run=third, validators=Validators(), items_hash="")
    note(archive, begin(archive), "7")
    assert archive.ledger.items("tinh/tin")["7"].state == "listed"


def test_a_gone_item_is_wanted_again_also_when_the_walk_that_missed_it_was_killed(archive: Archive) -> None:
    note(archive, begin(archive), "7", "6")
    archive.ledger.settle("tinh", "7", "gone")
    note(archive, begin(archive), "7", "6")
    assert archive.ledger.items("tinh/tin")["7"].state == "gone"
    note(archive, begin(archive), "6", "5")  # and then it was killed: no walk ever came to its end
    note(archive, begin(archive), "7", "6", "5")
    assert archive.ledger.items("tinh/tin")["7"].state == "listed"


def test_a_failure_counts_runs_backs_off_and_is_resolved(archive: Archive) -> None:
    def fail(run: int) -> int:
        return archive.ledger.fail(
            portal="tinh",
            url=BULLETIN.url,
            source_id="7",
            stage="article",
            error=ValueError("kaputt"),
            trace="Traceback …",
            capture=None,
            run=run,
            now=NOW,
            backoff=plan.next_try,
        )

    first = begin(archive)
    note(archive, first, "7")
    assert [fail(first), fail(first), fail(begin(archive)), fail(begin(archive))] == [1, 1, 2, 3]
    item = archive.ledger.items("tinh/tin")["7"]
    assert (item.state, item.next_try_at) == ("failed", NOW + timedelta(minutes=30))
    assert archive.connection.value("select count(*) from failures") == 1
    archive.ledger.resolve(portal="tinh", url="elsewhere", source_id="7", stages={"recheck"}, now=NOW)
    assert archive.ledger.items("tinh/tin")["7"].next_try_at is not None, "nothing was read that failed"
    archive.ledger.resolve(portal="tinh", url="elsewhere", source_id="7", stages={"article"}, now=NOW)
    assert archive.ledger.items("tinh/tin")["7"].next_try_at is None
    assert fail(begin(archive)) == 1, "a resolved failure stays as it was, a new one begins"
    assert archive.connection.value("select count(*) from failures") == 2


def test_a_run_that_a_crash_left_open_is_closed_as_interrupted(archive: Archive) -> None:
    begin(archive)
    second = begin(archive)
    assert archive.connection.value("select verdict from runs where id <> ?", [second]) == "interrupted"
    report = RunReport(second, "tinh", "live", Verdict.COMPLETE, {"sections": []}, listed=3, added=2, requests=4)
    archive.ledger.finish_run(report, NOW)
    row = archive.connection.row("select verdict, listed, added, evidence from runs where id = ?", [second])
    assert row == {"verdict": "complete", "listed": 3, "added": 2, "evidence": '{"sections": []}'}


def test_visits_are_appended_with_own_views_and_a_fallen_total_is_a_reset(archive: Archive) -> None:
    archive.visits.remember_views(3, portal="tinh")
    for total in (1204369, 1204400, 12, None, 15):
        archive.visits.record(VisitCount(online=47, total=total), page(), portal="tinh", own_views=2, capture=None)
    rows = archive.connection.rows("select total, own_requests, reset from visit_counts order by id")
    assert [tuple(row.values()) for row in rows] == [
        (1204369, 5, 0),
        (1204400, 2, 0),
        (12, 2, 1),
        (None, 2, 0),
        (15, 2, 0),
    ]


def test_a_footer_completes_a_portal_and_never_overrides_the_configured_attribution(archive: Archive) -> None:
    archive.portals.note_publisher("tinh", Publisher("Văn phòng", "01 Châu Văn Tiếp", "0299", "a@b.vn", "Cổng A"))
    archive.portals.register(PROFILE)
    archive.portals.note_publisher("tinh", Publisher(publisher=None, attribution="Cổng B"))
    row = archive.connection.row("select publisher, address, attribution from portals")
    assert row == {"publisher": "Văn phòng", "address": "01 Châu Văn Tiếp", "attribution": "Cổng A"}


def test_hosts_are_remembered(archive: Archive) -> None:
    copy = RobotsCopy(NOW, 200, b"User-agent: *\nDisallow: /Admin")
    assert archive.hosts.robots("https://portal.example") is None
    archive.hosts.keep_robots("https://portal.example", copy)
    assert archive.hosts.robots("https://portal.example") == copy
    archive.hosts.keep_not_before("portal.example", NOW)
    assert archive.hosts.not_before("portal.example") == NOW


def test_items_come_in_the_order_of_the_listing_also_when_some_are_asked_for(archive: Archive) -> None:
    """What a limit leaves for the next run are the old ones."""
    note(archive, begin(archive), "9", "10", "7", "8")
    assert list(archive.ledger.items("tinh/tin")) == ["9", "10", "7", "8"]
    assert list(archive.ledger.items("tinh/tin", ["7", "8", "9"])) == ["9", "7", "8"]


def test_reading_a_section_costs_in_proportion_to_its_items_and_failures(archive: Archive) -> None:
    """A sitemap of 50,000 addresses on a day when its portal is half broken."""
    run = begin(archive)

    def steps_with(numbers: range) -> int:
        with archive.connection.writing():
            note(archive, run, *map(str, numbers))
            for one in numbers:
                row = {"portal": "tinh", "url": f"https://portal.example/tin/{one}", "source_id": str(one)}
                row |= {"stage": "article", "error": "FieldMissing", "message": "", "first_at": "", "last_at": ""}
                row |= {"next_try_at": "2024-01-08T10:00:00Z"}
                archive.connection.insert("failures", {**row, "attempts": 1, "last_run": run})
        steps: list[None] = []
        archive.connection.db.conn.set_progress_handler(lambda: steps.append(None), 100)
        items = archive.ledger.items("tinh/tin")
        archive.connection.db.conn.set_progress_handler(None, 0)
        assert len(items) == numbers.stop
        assert all(item.next_try_at is not None for item in items.values())
        return len(steps)

    few = steps_with(range(500))
    assert steps_with(range(500, 2_000)) < 6 * few


def test_headers_are_stored_as_json_that_other_tools_read(archive: Archive) -> None:
    archive.captures.keep(page(), portal="tinh", kind="article")
    assert archive.connection.value("select json_extract(headers, '$.etag') from captures") == '"v1"'
    assert json.loads(archive.connection.value("select redirects from captures")) == ["https://portal.example/r"]


def test_a_page_belongs_to_another_item_only_when_its_own_title_is_another(archive: Archive) -> None:
    run = begin(archive)

    def belongs(source_id: str, title: str) -> set[str]:
        return set(archive.ledger.belongs_to("tinh", source_id, title))

    refs = [
        ArticleRef("https://portal.example/tin/1", "1", "Thông báo tuyển dụng"),
        ArticleRef("https://portal.example/tin/2", "2", "Thông báo tuyển dụng"),
        ArticleRef("https://portal.example/tin/3", "3", None),
        ArticleRef("https://portal.example/tin/4", "4", "Hội nghị tổng kết công tác…"),
        ArticleRef("https://portal.example/tin/5", "5", "Tin khác"),
    ]
    archive.ledger.note_items(refs, portal="tinh", section="tinh/tin", first_position=0, run=run, now=NOW)
    assert belongs("1", "Thông báo tuyển dụng") == set(), "two bulletins of one title"
    assert belongs("3", "Thông báo tuyển dụng") == set(), "a list that shows only its picture tells nothing"
    assert belongs("9", "Thông báo tuyển dụng") == set(), "not listed at all"
    assert belongs("4", "Hội nghị tổng kết công tác năm 2023") == set()
    assert belongs("5", "Tin khác, có sửa") == set(), "a title that was edited"
    assert belongs("5", "Thông báo tuyển dụng") == {"1", "2"}
    assert belongs("5", "Hội nghị tổng kết công tác năm 2023") == {"4"}
    # Listed in two sections, in one of them under its own title.
    other = [ArticleRef("https://portal.example/tin/5", "5", "Thông báo tuyển dụng")]
    archive.ledger.note_items(other, portal="tinh", section="tinh/viec", first_position=0, run=run, now=NOW)
    assert belongs("5", "Thông báo tuyển dụng") == set()
