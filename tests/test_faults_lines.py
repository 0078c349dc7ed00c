"""Lines that break, pagers that end early, portals that cannot be reached: each is told by its verdict and made good by the next run."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import format_datetime

import pytest

import spoiled_answers as spoiled
from collector.archive.stamps import stamp
from collector.demo.loopback import Request, Response
from collector.model import Verdict
from fault_bench import EVERYTHING, Bench, Benches, Spoil, is_article, is_listing, publish_pages, reset
from fault_rows import Row, is_other_section, is_page_2, is_robots, is_whole, led_to, nothing, provoke
from fault_table import Note
from spoiled_answers import Fault, instead, once, rebuilt, rewritten

# --- lines that break, drip or lead astray ----------------------------------------------------------------------------

_SMALL = "max_bytes = 300000"
_IMPATIENT = "timeout = 0.4\ndeadline = 0.5"


def dripping(which: Callable[[Request], bool]) -> Fault:
    def begin(bench: Bench) -> Spoil:
        drip = bench.portal.drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", b" ")
        return lambda request: drip if which(request) else None

    return begin


def silent(bench: Bench) -> Spoil:
    return lambda request: bench.portal.silence() if is_listing(request) else None


def reset_by_peer(which: Callable[[Request], bool]) -> Fault:
    def begin(bench: Bench) -> Spoil:
        start = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 50000\r\n\r\n<html><p>"
        return lambda request: (lambda line: reset(line, start)) if which(request) else None

    return begin


def looping(bench: Bench) -> Spoil:
    def spoil(request: Request) -> Response | None:
        if is_listing(request):
            return spoiled.page("Object moved", "", 302, ("Location", request.target + "&vong=1"))
        return None

    return spoil


def broken_lines() -> list[Row]:
    torn = {
        "body cut off": (spoiled.cut_off, "broke off its answer|broken"),
        "broken chunked coding": (spoiled.broken_chunks, "broke off its answer|broken"),
        "chunks without an end": (spoiled.unfinished_chunks, "broke off its answer|broken"),
        "body without length, cut off": (spoiled.without_length, "no </html> at its end"),
        "gzip cut off": (spoiled.torn_gzip, "cut off inside its compressed data"),
    }
    rows = []
    for name, (change, says) in torn.items():
        rows.append(Row("8", f"{name}, listings", Verdict.UNREACHABLE, says, rebuilt(is_listing, change)))
        rows.append(Row("8", f"{name}, articles", Verdict.INCOMPLETE, says, rebuilt(is_article, change)))
    return [
        *rows,
        Row("8", "connection reset in the body, listings", Verdict.UNREACHABLE, "reset", reset_by_peer(is_listing)),
        Row("8", "connection reset in the body, articles", Verdict.INCOMPLETE, "reset", reset_by_peer(is_article)),
        Row("9", "slow drip, listings", Verdict.UNREACHABLE, "did not finish", dripping(is_listing), http=_IMPATIENT),
        Row("9", "slow drip, articles", Verdict.INCOMPLETE, "did not finish", dripping(is_article), http=_IMPATIENT),
        Row("9", "silence", Verdict.UNREACHABLE, "was silent for|did not finish", silent, http=_IMPATIENT),
        Row(
            "10",
            "huge body, listings",
            Verdict.INCOMPLETE,
            "larger than",
            rebuilt(is_listing, spoiled.huge),
            http=_SMALL,
        ),
        Row(
            "10",
            "huge body, articles",
            Verdict.INCOMPLETE,
            "larger than",
            rebuilt(is_article, spoiled.huge),
            http=_SMALL,
        ),
        Row(
            "10",
            "gzip bomb, articles",
            Verdict.INCOMPLETE,
            "larger than",
            once(is_article, rebuilt(is_article, spoiled.bomb)),
        ),
        Row("11", "redirect loop", Verdict.INCOMPLETE, "more than 5 redirects", looping),
        Row(
            "11",
            "redirect to another host, listings",
            Verdict.INCOMPLETE,
            "https://congtt.example.vn/.* not among the portal's hosts",
            led_to(is_listing, "https://congtt.example.vn/"),
        ),
        Row(
            "11",
            "redirect to another host, articles",
            Verdict.INCOMPLETE,
            "https://congtt.example.vn/.* not among the portal's hosts",
            led_to(is_article, "https://congtt.example.vn/"),
        ),
        Row(
            "12",
            "redirect to a private address",
            Verdict.INCOMPLETE,
            "not a public address",
            led_to(is_article, "http://169.254.169.254/latest/"),
        ),
        Row(
            "12",
            "redirect to a decimal address",
            Verdict.INCOMPLETE,
            "not a public address",
            led_to(is_article, "http://2130706433:1/"),
        ),
    ]


# --- portals that ask for peace, or cannot be reached -----------------------------------------------------------------


def busy(status: int, after: str) -> Fault:
    def begin(bench: Bench) -> Spoil:
        return lambda request: spoiled.page("Bận", "", status, ("Retry-After", after)) if is_listing(request) else None

    return begin


def busy_until(bench: Bench) -> Spoil:
    until = bench.clock.now().astimezone(UTC) + timedelta(minutes=80)
    return busy(503, format_datetime(until, usegmt=True))(bench)


def is_left_alone(bench: Bench) -> None:
    """A run within the time that was asked for asks nothing."""
    asked = len(bench.portal.requests)
    again = bench.run()
    assert len(bench.portal.requests) == asked
    assert (again.code, again.verdict) == (3, "unreachable")
    assert "asked not to be asked before" in again.evidence
    bench.clock.pass_time(hours=1)


def after_two_days(fault: Fault) -> Fault:
    """Two days later no copy of robots.txt serves any more."""

    def begin(bench: Bench) -> Spoil:
        bench.clock.pass_time(hours=49)
        # What it said is obeyed for a day, whatever it says meanwhile.
        bench.undo.callback(bench.clock.pass_time, hours=24)
        return fault(bench)

    return begin


def after_a_day(fault: Fault) -> Fault:
    """A day later a copy of robots.txt is old, and still serves where there is none newer."""

    def begin(bench: Bench) -> Spoil:
        with closing(sqlite3.connect(bench.archive)) as connection, connection:
            connection.execute("update _robots set fetched_at = ?", [stamp(bench.clock.now())])
        bench.clock.pass_time(hours=30)
        return fault(bench)

    return begin


def with_robots(text: str) -> Fault:
    return after_two_days(instead(is_robots, Response(200, text.encode(), (("Content-Type", "text/plain"),))))


def asked_only_for_robots(bench: Bench) -> None:
    assert set(bench.portal.paths) == {"/robots.txt"}


def refused(bench: Bench) -> Spoil:
    bench.portal.down()
    bench.undo.callback(bench.portal.up)
    return nothing(bench)


def unnamed(bench: Bench) -> Spoil:
    """The resolver says that there is no such host; the portal goes by a name from here on."""
    path = bench.place.folder / "config" / "portals" / "tinh.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("127.0.0.1", "localhost"), encoding="utf-8")
    known = socket.getaddrinfo

    def unknown(*arguments: object, **named: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    bench.patch.setattr(socket, "getaddrinfo", unknown)
    bench.undo.callback(bench.patch.setattr, socket, "getaddrinfo", known)
    return nothing(bench)


def unreached() -> list[Row]:
    gone, blocked = Verdict.UNREACHABLE, Verdict.BLOCKED
    down = spoiled.page("500", "<h1>500</h1>", 500)
    return [
        Row("24", "429, Retry-After in seconds", blocked, "status 429", busy(429, "5400"), check=is_left_alone),
        Row("24", "503, Retry-After as a date", gone, "status 503", busy_until, check=is_left_alone),
        Row("25", "connection refused", gone, "refuses connections", refused),
        Row("25", "no such host", gone, "there is no host localhost", unnamed),
        Row("25", "500 for listings", gone, "status 500", instead(is_listing, down)),
        Row("25", "500 for articles", Verdict.INCOMPLETE, "status 500", instead(is_article, down)),
        Row(
            "25",
            "500 for everything but one section",
            Verdict.INCOMPLETE,
            "status 500",
            instead(is_other_section, down),
            following=Verdict.EMPTY_EXPECTED,
        ),
        Row(
            "26",
            "robots.txt 500",
            gone,
            "robots.txt answers 500",
            after_two_days(instead(is_robots, down)),
            check=asked_only_for_robots,
        ),
        Row(
            "26",
            "robots.txt not answered",
            gone,
            "reset",
            after_two_days(reset_by_peer(is_robots)),
            check=asked_only_for_robots,
        ),
        Row(
            "26",
            "robots.txt 500, a day-old copy",
            Verdict.COMPLETE,
            "",
            after_a_day(instead(is_robots, down)),
            check=is_whole,
            following=Verdict.EMPTY_EXPECTED,
        ),
        Row(
            "26",
            "robots.txt forbids",
            blocked,
            "robots.txt of the portal forbids",
            with_robots("User-agent: *\nDisallow: /\n"),
            check=asked_only_for_robots,
        ),
        Row(
            "26",
            "robots.txt forbids articles",
            blocked,
            "robots.txt of the portal forbids",
            with_robots("User-agent: *\nDisallow: /vpubnd/\n"),
        ),
    ]


# --- pagers and validators --------------------------------------------------------------------------------------------


def same_page_again(bench: Bench) -> Spoil:
    return lambda request: (
        bench.portal.replica.respond(replace(request, method="GET", body=b"")) if is_page_2(request) else None
    )


def unsolicited(bench: Bench) -> Spoil:
    return lambda request: Response(304) if is_listing(request) or is_article(request) else None


def only_page_1(bench: Bench) -> Spoil:
    return lambda request: spoiled.page("500", "", 500) if is_page_2(request) else None


def used_up(bench: Bench) -> Spoil:
    return lambda request: (
        bench.portal.replica.respond(replace(request, body=b"__VIEWSTATE=used")) if is_page_2(request) else None
    )


def walks() -> list[Row]:
    cut = Verdict.TRUNCATED
    expiries = {
        "expires": used_up,
        "expires, page one again": same_page_again,
        "expires, home page": led_to(is_page_2, "/Default.aspx?sname=vpubnd"),
    }
    return [
        *(
            Row(
                "16",
                f"view state {how}, once",
                Verdict.COMPLETE,
                '"read_again": 1',
                once(is_page_2, fault),
                publish_pages,
                is_whole,
                following=Verdict.EMPTY_EXPECTED,
            )
            for how, fault in expiries.items()
        ),
        Row("16", "view state expires each time", cut, "status 500", used_up, publish_pages),
        Row("17", "second page is an error page", cut, "status 500", only_page_1, publish_pages),
        Row("17", "second page is a firewall's", cut, "firewall", instead(is_page_2, spoiled.FIREWALL), publish_pages),
        Row("17", "second page is the first again", cut, "answers with the first one", same_page_again, publish_pages),
        Row("17", "second page is cut off", cut, "broke off", rebuilt(is_page_2, spoiled.cut_off), publish_pages),
        Row(
            "17",
            "pager promises a page that it does not lead to",
            cut,
            '"stopped": "short"',
            rewritten(is_listing, spoiled.promise_more),
            publish_pages,
            arguments=EVERYTHING,
            following=Verdict.EMPTY_EXPECTED,
        ),
        Row(
            "35", "second page fails, then 304 for the first", cut, "status 500", only_page_1, publish_pages, etags=True
        ),
        Row(
            "35",
            "articles fail, then 304 for the listing",
            Verdict.INCOMPLETE,
            "status 500",
            instead(is_article, spoiled.page("500", "", 500)),
            etags=True,
        ),
        Row("35", "304 that nobody asked for", Verdict.INCOMPLETE, "a condition that was not sent", unsolicited),
    ]


ROWS = [*broken_lines(), *unreached(), *walks()]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_broken_line_is_told_leaves_the_archive_intact_and_is_made_good(
    row: Row, benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    provoke(row, benches.bench(monkeypatch, etags=row.etags), note)
