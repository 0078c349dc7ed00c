"""One row of the table of faults, and the chain that every row goes through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import spoiled_answers as spoiled
from collector.demo.loopback import Request
from collector.demo.newsroom import SECTIONS
from collector.model import Verdict
from collector.plan import EXIT_CODES
from fault_bench import Bench, Spoil, is_listing, publish
from fault_table import Note
from spoiled_answers import Fault, instead


@dataclass(frozen=True)
class Row:
    """One fault: how it begins, which verdict tells it, which words of the evidence name it."""

    number: str  #: in the list of faults
    fault: str
    verdict: Verdict
    says: str  #: a pattern that the evidence or standard error holds
    begins: Fault
    news: Callable[[Bench], object] = publish
    check: Callable[[Bench], object] = lambda bench: None  #: more that holds while the fault lasts
    arguments: tuple[str, ...] = ()  #: of ``collector run`` while the fault lasts
    http: str = ""  #: further lines of ``[http]``
    etags: bool = False
    idle: bool = False  #: the point is that nothing spoiled is asked for
    following: Verdict = Verdict.COMPLETE  #: empty_expected: nothing was missed

    def __str__(self) -> str:
        return f"{self.number} {self.fault}"


def well(request: Request) -> None:
    """Spoil no answer."""


def nothing(bench: Bench) -> Spoil:
    return well


def is_page_2(request: Request) -> bool:
    return request.method == "POST"


def is_robots(request: Request) -> bool:
    return request.path == "/robots.txt"


def is_first_section(request: Request) -> bool:
    return is_listing(request) and f"catid={SECTIONS[0].catid}" in request.target


def is_other_section(request: Request) -> bool:
    return is_listing(request) and not is_first_section(request)


def led_to(which: Callable[[Request], bool], target: str, status: int = 302) -> Fault:
    return instead(which, spoiled.page("Object moved", "", status, ("Location", target)))


def is_whole(bench: Bench) -> None:
    assert bench.missing() == []


@contextmanager
def at_request(bench: Bench, number: int, act: Callable[[], object]) -> Iterator[list[Request]]:
    """Do something while the run waits for the answer to its n-th request, robots.txt not counted."""
    met: list[Request] = []

    def spoil(request: Request) -> None:
        if request.path == "/robots.txt":
            return
        met.append(request)
        if len(met) == number:
            act()

    bench.switch_on(spoil)
    yield met
    bench.switch_on(well)


def provoke(row: Row, bench: Bench, note: Note) -> None:
    """Publish, begin the fault, run, end it, run, note: verdict, exit code, evidence, archive are asserted on the way."""
    row.news(bench)
    bench.configure(row.http)
    bench.portal.requests.clear()
    spoil = row.begins(bench)
    bench.switch_on(spoil)
    ended = bench.run(*row.arguments)
    assert (ended.verdict, ended.code) == (row.verdict.value, EXIT_CODES[row.verdict]), ended
    assert re.search(row.says, ended.evidence), ended
    assert "Traceback" not in ended.evidence
    assert bool(bench.portal.spoiled) is not (row.idle or spoil is well), "nothing was spoiled"
    row.check(bench)
    harm = bench.harm()
    assert harm == [], harm
    bench.end_fault()
    bench.configure()
    following = bench.run()
    assert (following.verdict, following.code) == (row.following.value, 0), following
    harm = bench.harm()
    assert harm == [], harm
    assert bench.missing() == []
    note(row.number, row.fault, ended.verdict, ended.code, "intact", f"{following.verdict}, all there")
