"""Hostile input for every reader, made from real pages: the same number of the same reader is the same input each time.

``test_fuzz`` reads some hundred inputs, ``.ci/soak`` a million: python tests/fuzzing.py --inputs 1000000
All for one reader: python tests/fuzzing.py --reader evidence --inputs 1000000
One input again: python tests/fuzzing.py --reader article --number 4711
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import generations
import second_portal
from collector.charset import to_utf8
from collector.config import init, load
from collector.demo.loopback import Request
from collector.demo.newsroom import LINK_FORMS, SECTIONS, SEED_ID, Newsroom
from collector.demo.site import ReplicaPortal
from collector.demo.viewstate import delta
from collector.dom import parse
from collector.errors import FetchRefused, ReadError
from collector.fetch.addresses import Door, host_and_port
from collector.fetch.patience import retry_after
from collector.fetch.robots import Rules
from collector.model import Page, PageRequest, RobotsCopy
from collector.portal import open_page
from collector.portal.delta import delta_to_html
from collector.portal.identity import identity
from collector.portal.links import absolute, is_own
from collector.profile import Profile
from collector.vietnamese.dates import printed_date
from fuzzing_evidence import examined
from mutations import CHARSETS, DATES, ENTITIES, HREFS, TAGS, mutated

_NOON = datetime(2024, 7, 1, 5, tzinfo=UTC)
#: Seconds that reading one input may take; the pages are at most some hundred kilobytes.
LIMIT = 5.0
_PAGES = Path(__file__).parent / "pages"
_PORTALS = Path(__file__).parent / "portals"
_ROBOTS = (
    b"User-agent: *\r\nAllow: /\r\nDisallow: /Admin\r\nCrawl-delay: 2\r\nRequest-rate: 1/5 0600-2200\r\n"
    b"Visit-time: 0600-0845\r\nUser-agent: collector\r\nDisallow: /*.aspx$\r\nDisallow: /tin*?id=\r\nSitemap: /s.xml\r\n"
)


# --- what is mutated ----------------------------------------------------------------------------------------------


@cache
def _profiles() -> dict[str, Profile]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        init(folder)
        texts = {path.stem: path.read_text(encoding="utf-8") for path in _PORTALS.glob("*.toml")}
        texts["tan-giang"] = second_portal.profile("https://tangiang.example/")
        texts["thuan-binh"] = generations.profile()  # the one with layouts
        for portal, text in texts.items():
            (folder / "portals" / f"{portal}.toml").write_text(text, encoding="utf-8")
        (folder / "collector.toml").write_text(f"portals = {['soctrang-vpub', *sorted(texts)]}", encoding="utf-8")
        return {profile.id: profile for profile in load(folder, environ={}, cwd=folder).profiles}


@dataclass(frozen=True, slots=True)
class _Original:
    portal: str
    url: str
    body: bytes


@cache
def _articles() -> list[_Original]:
    found = [_recorded(path) for path in sorted(_PAGES.glob("*/*.html")) if not path.stem.startswith("listing")]
    for built in generations.GENERATIONS:
        url = generations.address(built, generations.POSTS[0])
        found.append(_Original("thuan-binh", url, generations.article(built, generations.POSTS[0]).encode()))
    portal = ReplicaPortal(newsroom=Newsroom(count=12), session_bound=False)
    seed = portal.newsroom.get(SEED_ID)
    assert seed is not None
    return found + [_replica(portal, seed.path(form)) for form in LINK_FORMS]


@cache
def _listings() -> list[_Original]:
    portal = ReplicaPortal(newsroom=Newsroom(count=60), session_bound=False)
    second = second_portal.SecondPortal()
    found = [_replica(portal, section.url) for section in SECTIONS]
    for slug in second_portal.SECTIONS:
        for target in (f"/chuyen-muc/{slug}", f"/chuyen-muc/{slug}?page=2"):
            body = second.answer(Request("GET", target)).body
            found.append(_Original("tan-giang", "https://tangiang.example" + target, body))
    for built in generations.GENERATIONS:
        html = generations.listing(built, generations.POSTS)
        found.append(_Original("thuan-binh", generations.listing_address(built), html.encode()))
    return found + [_recorded(path) for path in sorted(_PAGES.glob("*/listing*.html"))]


def _recorded(path: Path) -> _Original:
    url = path.with_suffix(".url").read_text(encoding="utf-8").strip()
    return _Original(path.parent.name, url, path.read_bytes())


@cache
def _others() -> list[_Original]:
    portal = ReplicaPortal(newsroom=Newsroom(count=12), session_bound=False)
    targets = ("/PageNotFoundError.aspx?aspxerrorpath=/a", "/Admin", "/nirgends", "/Default.aspx?catid=1", "/")
    return [_replica(portal, target) for target in targets]


def _replica(portal: ReplicaPortal, target: str) -> _Original:
    body = portal.answer(Request("GET", target)).body
    return _Original("soctrang-vpub", "https://vpub.soctrang.gov.vn" + target, body)


@cache
def _replies() -> list[bytes]:
    panels = [one.body.decode() for one in _listings()[:2]]
    parts = [
        ("updatePanel", "ctl00_ds", panels[0]),
        ("hiddenField", "__VIEWSTATE", "/wEPDw=="),
        ("error", "500", "Lỗi"),
    ]
    return [
        delta(parts[:2]).encode(),
        delta([("updatePanel", "a|b", panels[1][:3000] + "😀|"), *parts[1:2]]).encode(),
        delta(parts).encode(),
    ]


def _page(original: _Original, body: bytes, chance: random.Random) -> Page:
    url = original.url if chance.random() < 0.9 else f"https://vpub.soctrang.gov.vn/{chance.choice(HREFS)}"
    final = url if chance.random() < 0.8 else chance.choice((original.url, "https://vpub.soctrang.gov.vn/", *HREFS))
    kind = chance.choice(("text/html", "text/html; charset=utf-8", "", f"text/html; charset={chance.choice(CHARSETS)}"))
    status = 200 if chance.random() < 0.95 else chance.choice((204, 301, 304, 403, 404, 500, 999))
    if not (_possible(url) and _possible(final)):
        url = final = original.url
    passed = (url,) if final != url else ()
    return Page(url, final, _NOON, status, {"content-type": kind}, body, redirects=passed)


def _possible(url: str) -> bool:
    """Say whether a page can have come from there: the fetcher asks for nothing that cannot be taken apart."""
    try:
        host_and_port(url)
    except FetchRefused:
        return False
    return True


# --- the readers --------------------------------------------------------------------------------------------------


def _read(ask: Callable[[], object]) -> None:
    with suppress(ReadError):
        ask()


def _article(chance: random.Random) -> None:
    original = chance.choice(_articles())
    page = _page(original, mutated(original.body, chance), chance)
    reading = open_page(page, _profiles()[original.portal])
    _read(lambda: reading.kind)
    _read(reading.article)
    _read(reading.visits)
    _read(reading.publisher)


def _listing(chance: random.Random) -> None:
    original = chance.choice(_listings())
    page = _page(original, mutated(original.body, chance), chance)
    reading = open_page(page, _profiles()[original.portal])
    _read(lambda: reading.listing(PageRequest(page.url, number=chance.choice((1, 2, 10, 99_999)))))
    _read(reading.sections)


def _counter(chance: random.Random) -> None:
    original = chance.choice(_articles())
    half = original.body[-3000:] if original.portal == "soctrang-vpub" else original.body[-1200:]
    page = Page(original.url, original.url, _NOON, 200, {"content-type": "text/html"}, mutated(half, chance))
    _read(open_page(page, _profiles()[original.portal]).visits)


def _address(chance: random.Random) -> None:
    profile = chance.choice(list(_profiles().values()))
    original = chance.choice((*HREFS, *(one.url for one in _articles()), *(one.url for one in _listings())))
    href = mutated(original.encode("utf-8", "surrogatepass"), chance)[:2000].decode("utf-8", "replace")
    for url in (href, absolute(href, profile.base_url), absolute(href, href)):
        if url is not None:
            identity(url, profile)
            is_own(url, profile)
            door = Door(chance.choice((profile.base_url, "http://127.0.0.1:81/")), profile.hosts)
            with suppress(FetchRefused):
                door.lets_in(url)
                door.refuse_spelled(url)
    found = absolute(href, profile.base_url)
    assert found is None or found.startswith(("http://", "https://"))


def _date(chance: random.Random) -> None:
    text = chance.choice(
        (*DATES, "08/01/2024 | 16:20:48", "Thứ Hai, 21 tháng 09 năm 2025, 9 giờ 30", "2024-01-08T10:00:00+07:00")
    )
    made = mutated(text.encode(), chance)[:3000].decode("utf-8", "replace")
    found = printed_date(made)
    assert found is None or 1990 <= found.day.year <= 2100


def _delta(chance: random.Random) -> None:
    if chance.random() < 0.5:
        body = mutated(chance.choice(_replies()), chance)
    else:
        # Whole parts with broken content.
        content = mutated(chance.choice(_listings()).body, chance).decode("utf-8", "replace")
        name = mutated(b"ctl00_ds", chance)[:100].decode("utf-8", "replace")
        body = delta([("updatePanel", name, content), ("hiddenField", "__VIEWSTATE", name)]).encode()
    _read(lambda: delta_to_html(body))
    url = _listings()[0].url
    page = Page(url, url, _NOON, 200, {"content-type": "text/plain"}, body)
    _read(lambda: open_page(page, _profiles()["soctrang-vpub"]).listing(PageRequest(url, number=2)))


def _charset(chance: random.Random) -> None:
    body = mutated(chance.choice(_articles()).body[: chance.choice((200, 2000, 20_000))], chance)
    kind = chance.choice((None, "text/html", f"text/html; charset={chance.choice(CHARSETS)}", mutated(b"text/html; charset=", chance).decode("latin-1")))  # fmt: skip
    text, _ = to_utf8(body, kind)
    text.decode("utf-8")


def _recognise(chance: random.Random) -> None:
    original = chance.choice((*_others(), *_others(), *_articles(), *_listings()))
    page = _page(original, mutated(original.body[: chance.choice((500, 3000, 300_000))], chance), chance)
    reading = open_page(page, _profiles()[original.portal])
    _read(lambda: (reading.kind, reading.why))


def _robots(chance: random.Random) -> None:
    body = mutated(_ROBOTS, chance)
    rules = Rules(RobotsCopy(_NOON, chance.choice((200, 200, 404, 500)), body))
    rules.allow(f"https://vpub.soctrang.gov.vn/{chance.choice(('tin?id=1', 'a.aspx', *HREFS))}")
    assert 0 <= rules.delay(_NOON) <= 120
    rules.opens(_NOON)
    retry_after(mutated(b"Wed, 01 Jul 2026 10:00:00 GMT", chance)[:200].decode("latin-1"), _NOON)


def _markup(chance: random.Random) -> None:
    """Read tag soup alone, whole: text, lines, title."""
    body = "".join(chance.choices(TAGS + ENTITIES + DATES, k=chance.randint(1, 400))).encode()
    with suppress(ReadError):
        document = parse(mutated(body, chance))
        assert "\n\n" not in document.readable()
        _ = document.title


@dataclass(frozen=True, slots=True)
class Reader:
    """Something that reads hostile input; ``share`` of a thousand inputs are its."""

    read: Callable[[random.Random], None]
    share: int


#: Pages are dear (3 ms), and most can go wrong on them; addresses and dates cost a tenth.
READERS = {
    "article": Reader(_article, 150),
    "listing": Reader(_listing, 150),
    "markup": Reader(_markup, 100),
    "recognise": Reader(_recognise, 80),
    "delta": Reader(_delta, 80),
    "counter": Reader(_counter, 100),
    "charset": Reader(_charset, 80),
    "robots": Reader(_robots, 80),
    "address": Reader(_address, 90),
    "date": Reader(_date, 90),
    "evidence": Reader(examined, 100),
}


def feed(reader: str, number: int) -> float:
    """Let a reader read one input and return the seconds it took; whatever it raises is a fault.

    Seconds of the processor: a machine that is busy with something else is no fault.
    """
    chance = random.Random(f"{reader} {number}")
    began = time.process_time()
    READERS[reader].read(chance)
    return time.process_time() - began


# --- many ---------------------------------------------------------------------------------------------------------


@dataclass
class Haul:
    """What came of the inputs of one reader."""

    reader: str
    inputs: int = 0
    seconds: float = 0.0
    slowest: tuple[float, int] = (0.0, 0)  #: seconds, number
    errors: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[int, str]] = field(default_factory=dict)  #: by error: number and traceback

    def take(self, number: int) -> None:
        began = time.process_time()
        try:
            feed(self.reader, number)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault to be counted
            name = type(error).__name__
            self.errors[name] += 1
            self.examples.setdefault(name, (number, traceback.format_exc()))
        took = time.process_time() - began
        self.inputs += 1
        self.seconds += took
        self.slowest = max(self.slowest, (took, number))
        if took > LIMIT:
            self.errors["slow"] += 1
            self.examples.setdefault("slow", (number, f"{took:.1f} s"))

    def add(self, other: Haul) -> None:
        self.inputs += other.inputs
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.errors += other.errors
        self.examples = {**other.examples, **self.examples}

    def __str__(self) -> str:
        seconds, number = self.slowest
        mean = 1000 * self.seconds / max(self.inputs, 1)
        return (
            f"{self.reader:<10}{self.inputs:>9}{mean:>10.2f} ms{seconds:>9.3f} s  number {number:<10}"
            f"{', '.join(f'{name} {count}' for name, count in self.errors.items()) or 'none'}"
        )


def _batch(work: tuple[str, range]) -> Haul:
    haul = Haul(work[0])
    for number in work[1]:
        haul.take(number)
    return haul


def main() -> int:
    """Feed the readers and say what came of it; 1 when one raised what it does not declare, or took too long."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--start", type=int, default=0, help="number of the first input of each reader")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--reader", choices=READERS, help="only this one")
    parser.add_argument("--number", type=int, help="only this input of --reader")
    given = parser.parse_args()
    if given.number is not None:
        if given.reader is None:
            parser.error("--number is one of a --reader's")
        print(f"{feed(given.reader, given.number):.3f} s")
        return 0
    readers = {name: reader for name, reader in READERS.items() if given.reader in {None, name}}
    hauls = {name: Haul(name) for name in readers}
    total = sum(reader.share for reader in readers.values())
    work = [
        (name, range(first, min(first + 500, given.start + given.inputs * reader.share // total)))
        for name, reader in readers.items()
        for first in range(given.start, given.start + given.inputs * reader.share // total, 500)
    ]
    random.Random(1).shuffle(work)
    began = time.monotonic()
    with multiprocessing.Pool(given.processes) as pool:
        for done, haul in enumerate(pool.imap_unordered(_batch, work), 1):
            for name, (number, trace) in haul.examples.items():
                if name not in hauls[haul.reader].examples:
                    print(f"\n{name}: --reader {haul.reader} --number {number}\n{trace}", flush=True)
            hauls[haul.reader].add(haul)
            if done % 100 == 0:
                read = sum(one.inputs for one in hauls.values())
                faults = sum((one.errors for one in hauls.values()), Counter[str]())
                print(f"{time.monotonic() - began:6.0f} s {read} inputs, faults: {dict(faults) or 'none'}", flush=True)
    print(f"{'reader':<10}{'inputs':>9}{'mean':>13}{'slowest':>11}{'':<20}faults")
    for haul in hauls.values():
        print(haul)
    print(f"{sum(one.inputs for one in hauls.values())} inputs in {time.monotonic() - began:.0f} s")
    return 1 if any(one.errors for one in hauls.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
