"""Pages that are hostile, strange or none, and what portals do on ordinary days: told by the verdict, made good.

The table of all faults is printed at the end of the test run; its other rows are in ``test_faults_lines``,
``test_faults_archive`` and ``test_faults_process``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

import spoiled_answers as spoiled
from collector.demo.counter import Visits
from collector.demo.loopback import Request, Response
from collector.demo.newsroom import SECTIONS, Departure
from collector.model import Verdict
from fault_bench import Bench, Benches, Spoil, is_article, is_listing
from fault_rows import Row, is_other_section, is_whole, led_to, nothing, provoke
from fault_table import Note
from spoiled_answers import Fault, instead, rebuilt, rewritten

# --- pages that are hostile, strange or none --------------------------------------------------------------------------


def in_another_charset(answer: Response) -> Response:
    return replace(answer, headers=(*answer.headers[1:], ("Content-Type", "text/html; charset=windows-1258")))


def led_to_the_error_page(bench: Bench) -> Spoil:
    away = spoiled.page("Object moved", "", 302, ("Location", "/GenericError.aspx?aspxerrorpath=/Default.aspx"))
    shown = spoiled.page("Thông báo", "<p>Có lỗi trong quá trình xử lý.</p>")
    return lambda request: away if is_listing(request) else shown if "GenericError" in request.path else None


def is_page(request: Request) -> bool:
    return is_listing(request) or is_article(request)


def home_page_for_articles(bench: Bench) -> Spoil:
    home = Request("GET", "/Default.aspx?sname=vpubnd")
    return lambda request: bench.portal.replica.respond(home) if is_article(request) else None


def one_bulletin_for_all(bench: Bench) -> Spoil:
    """The portal's cache forgets the address: whatever article is asked for, the newest comes."""
    newest = bench.newsroom.listing()[0].path()
    shown = bench.portal.replica.respond(Request("GET", newest, {"cookie": "ASP.NET_SessionId=khac"}))
    return lambda request: shown if is_article(request) else None


def asks_for_a_cookie(bench: Bench) -> Spoil:
    def spoil(request: Request) -> Response | None:
        if not is_page(request) or "qua=1" in request.headers.get("cookie", ""):
            return None
        return spoiled.page("", "", 302, ("Location", request.target), ("Set-Cookie", "qua=1; path=/"))

    return spoil


def rechecks_fail(bench: Bench) -> Spoil:
    """The bulletins of last month answer 500; when the portal is well again, they are no recent ones any more."""
    bench.undo.callback(bench.clock.pass_time, days=90)
    down = spoiled.page("500", "", 500)
    return lambda request: (
        down if is_article(request) and any(f"/{one}/" in request.path for one in bench.before) else None
    )


def look_alikes(text: str) -> str:
    return re.sub(
        r'(?<=class="ArticleContent">).*?(?=</div>\s*(?:</td>|</div>|<div class="AttachFile">))',
        lambda body: body.group().replace("Đ", "Ð").replace("ư", "ƣ"),
        text,
        flags=re.DOTALL,
    )


def publish_hostile_title(bench: Bench) -> None:
    (number,) = bench.newsroom.publish(1)
    story = bench.newsroom.get(number)
    assert story is not None
    bench.newsroom.edit(number, story.story.title, '<script>alert("1")</script> & =HYPERLINK("x") việc làm quý III')


def strange_pages() -> list[Row]:
    whole = Verdict.COMPLETE
    quiet = Verdict.EMPTY_EXPECTED
    rows = [
        Row("13", "deeply nested articles", Verdict.INCOMPLETE, "nests some", rewritten(is_article, spoiled.deep)),
        Row(
            "14",
            "scripts and javascript: links in articles",
            whole,
            "",
            rewritten(is_article, spoiled.hostile),
            check=is_whole,
            following=quiet,
        ),
        Row("14", "markup in a title", whole, "", nothing, publish_hostile_title, is_whole, following=quiet),
        Row(
            "14",
            "javascript: and file: links in listings",
            whole,
            '"unreadable": 4',
            rewritten(is_listing, spoiled.hostile_links),
            check=is_whole,
            following=quiet,
        ),
        Row(
            "15",
            "wrong charset in the header",
            whole,
            "",
            rebuilt(is_page, in_another_charset),
            check=is_whole,
            following=quiet,
        ),
        Row(
            "15",
            "decomposed letters (NFD)",
            whole,
            "",
            rewritten(is_article, lambda text: unicodedata.normalize("NFD", text)),
            check=is_whole,
            following=quiet,
        ),
        Row("15", "look-alike letters", whole, "", rewritten(is_article, look_alikes), check=is_whole, following=quiet),
    ]
    others = {
        "login page": (spoiled.LOGIN, "password is asked for"),
        "maintenance page": (spoiled.MAINTENANCE, "bảo trì"),
        "firewall's page": (spoiled.FIREWALL, "firewall"),
        "ASP.NET error page": (spoiled.ASP_NET, "ASP.NET error page"),
        "403": (spoiled.FORBIDDEN, "status 403"),
    }
    for name, (answer, says) in others.items():
        rows.append(Row("16", f"{name} for listings", Verdict.BLOCKED, says, instead(is_listing, answer)))
        rows.append(Row("16", f"{name} for articles", Verdict.BLOCKED, says, instead(is_article, answer)))
    return [
        *rows,
        Row("16", "redirect to the error page", Verdict.BLOCKED, "aspxerrorpath", led_to_the_error_page),
        Row(
            "16", "nothing at all for listings", Verdict.LAYOUT_CHANGED, "no HTML", instead(is_listing, spoiled.NOTHING)
        ),
        Row(
            "16",
            "JSON for articles",
            Verdict.INCOMPLETE,
            "no HTML: application/json",
            instead(is_article, spoiled.JSON),
        ),
        Row(
            "16",
            "every listing leads home",
            Verdict.INCOMPLETE,
            "led to the home page",
            led_to(is_listing, "/Default.aspx?sname=vpubnd"),
        ),
        Row(
            "17", "empty listing", Verdict.EMPTY_SUSPECT, "shows no bulletin", rewritten(is_listing, spoiled.empty_list)
        ),
        Row(
            "8",
            "half a bulletin, length and all",
            Verdict.INCOMPLETE,
            "stops in its middle",
            rebuilt(is_article, spoiled.half_rendered),
        ),
        Row(
            "8",
            "half a list, length and all",
            Verdict.INCOMPLETE,
            "stops in its middle",
            rebuilt(is_listing, spoiled.half_a_list),
        ),
        Row(
            "16",
            "half a bulletin and an ASP.NET error",
            Verdict.BLOCKED,
            "ASP.NET error page",
            rebuilt(is_article, spoiled.half_rendered_with_error),
        ),
        Row(
            "16",
            "the home page for articles, without a redirect",
            Verdict.LAYOUT_CHANGED,
            "finds the title",
            home_page_for_articles,
        ),
        Row("15", "no content type", whole, "", rebuilt(is_page, spoiled.untyped), check=is_whole, following=quiet),
        Row(
            "15", "text/plain for pages", whole, "", rebuilt(is_page, spoiled.mistyped), check=is_whole, following=quiet
        ),
        Row(
            "19",
            "the newest bulletin for every address",
            Verdict.INCOMPLETE,
            "which is listed as",
            one_bulletin_for_all,
        ),
        Row("11", "a cookie asked for by a redirect", whole, "", asks_for_a_cookie, check=is_whole, following=quiet),
        Row(
            "25",
            "500 for rechecks, and then they grow old",
            Verdict.INCOMPLETE,
            "status 500",
            rechecks_fail,
        ),
        Row(
            "17",
            "one empty listing, others well",
            Verdict.EMPTY_SUSPECT,
            "shows no bulletin",
            rewritten(is_other_section, spoiled.empty_list),
            following=quiet,
        ),
        Row(
            "17",
            "listing without its container",
            Verdict.LAYOUT_CHANGED,
            "finds the list",
            rewritten(is_listing, spoiled.no_list),
        ),
        Row(
            "17",
            "articles without title and body",
            Verdict.LAYOUT_CHANGED,
            "finds the title",
            rewritten(is_article, spoiled.no_bulletin),
        ),
        Row(
            "17",
            "a page of the house without content",
            Verdict.LAYOUT_CHANGED,
            "finds the title",
            instead(is_article, spoiled.CRASHED_MODULE),
        ),
    ]


# --- what portals do on ordinary days ---------------------------------------------------------------------------------


def counter_falls(bench: Bench) -> Spoil:
    bench.portal.replica.counter.reset(Visits(online=1, today=1, week=1, total=100))
    return nothing(bench)


def says_reset(bench: Bench) -> None:
    assert bench.value("select count(*) from visit_counts where reset = 1") == 1


def counts_nothing(bench: Bench) -> None:
    last = bench.value("select max(started_at) from runs")
    assert bench.value("select count(*) from visit_counts where observed_at >= ?", last) == 0
    assert bench.value("select count(*) from _uncounted_views") == 1, "our own views wait for the next observation"


def in_two_sections(bench: Bench) -> None:
    one, two, _ = SECTIONS
    (number,) = bench.newsroom.publish(1)
    article = bench.newsroom.get(number)
    assert article is not None
    bench.newsroom.publish(
        replace(article.story, title=article.story.title + " (tin thêm)", section=one.slug, also=(two.slug,))
    )


def posted_twice(bench: Bench) -> None:
    (number,) = bench.newsroom.publish(1)
    article = bench.newsroom.get(number)
    assert article is not None
    bench.newsroom.publish(article.story)


def another_form_of_address(bench: Bench) -> Spoil:
    bench.portal.replica.link_form = "short"
    bench.undo.callback(setattr, bench.portal.replica, "link_form", "aspx")
    return nothing(bench)


def old_addresses_die(bench: Bench) -> Spoil:
    another_form_of_address(bench)
    return lambda request: spoiled.page("404", "", 404) if is_article(request) else None


def nothing_is_gone_after_three_runs(bench: Bench) -> None:
    for _ in range(2):
        assert bench.run().code == 0
    nothing_is_gone_yet(bench)
    knows_both_addresses(bench)
    number = max(bench.before)
    assert bench.value("select url from articles where source_id = ?", number).endswith(f"-{number}")


def knows_both_addresses(bench: Bench) -> None:
    assert bench.value("select count(*) from (select 1 from article_urls group by article having count(*) > 1)") > 0
    assert bench.missing() == []


def departed(how: Departure) -> Fault:
    def begin(bench: Bench) -> Spoil:
        bench.newsroom.delete(int(next(iter(sorted(bench.before, reverse=True)))), how)
        return nothing(bench)

    return begin


def nothing_is_gone_yet(bench: Bench) -> None:
    assert bench.value("select count(*) from articles where state = 'gone'") == 0


def brought_back(bench: Bench) -> Spoil:
    """Delete one, let two runs see it gone, and bring it back."""
    number = int(max(bench.before))
    bench.newsroom.delete(number)
    for _ in range(2):
        assert bench.run().code == 0
    assert bench.value("select state from articles where source_id = ?", str(number)) == "gone"
    bench.newsroom.restore(number)
    return nothing(bench)


def ordinary_days() -> list[Row]:
    quiet = Verdict.EMPTY_EXPECTED
    whole = Verdict.COMPLETE
    away: list[Departure] = ["404", "410", "soft_404", "home"]
    not_there = spoiled.page("404", "<h2>404 - File or directory not found.</h2>", 404)
    return [
        Row("18", "counter falls back", whole, "", counter_falls, check=says_reset, following=quiet),
        Row(
            "18",
            "counter gone",
            whole,
            "",
            rewritten(is_page, spoiled.no_counter),
            check=counts_nothing,
            following=quiet,
        ),
        Row(
            "19",
            "every entry listed twice",
            whole,
            "",
            rewritten(is_listing, spoiled.twice),
            check=is_whole,
            following=quiet,
        ),
        Row(
            "19", "one text posted under two ids", whole, '"added": 2', nothing, posted_twice, is_whole, following=quiet
        ),
        Row("19", "one bulletin in two sections", whole, "", nothing, in_two_sections, is_whole, following=quiet),
        Row(
            "20",
            "all addresses change",
            whole,
            "",
            another_form_of_address,
            check=knows_both_addresses,
            following=quiet,
        ),
        Row(
            "20",
            "all addresses change, the old ones are dead",
            whole,
            "",
            old_addresses_die,
            idle=True,
            check=nothing_is_gone_after_three_runs,
            following=quiet,
        ),
        Row("21", "edited", whole, '"revised": 1', nothing, check=is_whole, following=quiet),
        *(
            Row("22", f"deleted: {how}", whole, '"missing": 1', departed(how), check=nothing_is_gone_yet)
            for how in away
        ),
        Row(
            "22",
            "404 for every article, once",
            Verdict.INCOMPLETE,
            "status 404",
            instead(is_article, not_there),
            check=nothing_is_gone_yet,
        ),
        Row(
            "22",
            "every article leads home, once",
            Verdict.INCOMPLETE,
            "led to the home page",
            led_to(is_article, "/Default.aspx?sname=vpubnd"),
            check=nothing_is_gone_yet,
        ),
        Row("22", "gone and back again", whole, "", brought_back, check=is_whole, following=quiet),
    ]


ROWS = [*strange_pages(), *ordinary_days()]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_strange_page_is_told_leaves_the_archive_intact_and_is_made_good(
    row: Row, benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    provoke(row, benches.bench(monkeypatch, etags=row.etags), note)
