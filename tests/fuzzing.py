"""Hostile input for every reader, made from real pages: the same number of the same reader is the same input each time.

``test_fuzz`` reads some hundred inputs, ``.ci/soak`` a million: python tests/fuzzing.py --inputs 1000000
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
import unicodedata
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import second_portal
from collector.charset import to_utf8
from collector.config import load
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

_NOON = datetime(2024, 7, 1, 5, tzinfo=UTC)
#: Seconds that reading one input may take; the pages are at most some hundred kilobytes.
LIMIT = 5.0
_PAGES = Path(__file__).parent / "pages"
_ROBOTS = (
    b"User-agent: *\r\nAllow: /\r\nDisallow: /Admin\r\nCrawl-delay: 2\r\nRequest-rate: 1/5 0600-2200\r\n"
    b"Visit-time: 0600-0845\r\nUser-agent: collector\r\nDisallow: /*.aspx$\r\nDisallow: /tin*?id=\r\nSitemap: /s.xml\r\n"
)
_HREFS = (
    "javascript:alert(1)|data:text/html,x|//|///|http://|http://[::1|http://[::1]/|http://[v1.x]/|https://a:b@c:99999/|"
    "http://127.1/|http://0x7f.1/|http://2130706433/|http://[::ffff:10.0.0.1]/|file:///etc/passwd|?id=|?id=%|#|%|"
    "http://vpub.soctrang.gov.vn:80:80/|http://\u2488.com/|http://xn--/|http://ｅｘａｍｐｌｅ.vn/|\\\\vpub\\a|/../../..//|"
    "/a/1/2/3/99999999999999999999/b/c.aspx|mailto:a@b|\x00|http://a\u202e.vn/|http://%31/|http://a..b/|HTTP:////x|"
    "?page=99999999999|?page=٣|?page=-1|/٣/٣/٣/٣/a/b|http:///x|http://[fe80::1%25eth0]/|http://a b/|//[|http://１２７.0.0.1/"
).split("|")
_DATES = (
    "31/02/2024|00/00/0000|01/01/0001|29/02/2023|32/13/2024|99/99/9999|1/1/99999|2024-02-30T25:61|24/12/2024 24:00|"
    "12/12/2024 12:60 CH|٠١/٠١/٢٠٢٤|１/１/２０２４|31 tháng 6 năm 2024|0 tháng 0 năm 2024|08/01/2024 | 16:20 PM|²/²/2024"
).split("|")
_NUMBERS = (
    "9" * 400,
    "-1",
    "1e999",
    "0x10",
    "1.000.000.000.000.000",
    "٤٥",
    "²",
    "NaN",
    "1.0.0.0",
    "00000000000000000001",
)
_ENTITIES = (
    "&#0;|&#x110000;|&#xD800;|&#99999999999;|&;|&#;|&amp|&notin;|&#x;|&nbsp;|&#8203;|&lt;script&gt;|&#13;".split("|")
)
_TAGS = (
    "<div>|</div>|<table>|<tr>|<td>|</table>|<p>|</p>|<b>|<a href=x>|</a>|<script>|</script>|<!--|-->|<svg>|</svg>|<base href=//x>|"
    "<form>|<input type=hidden name=a value=b>|<ul class=ArticleList>|<li>|<div class=ArticleContent>|<h1>|<select>|<template>|"
    "<textarea>|<title>|<style>|<frameset>|<plaintext>|<![CDATA[|<body hidden>|<pre>|<br>|<img src=//x>|<meta charset=utf-7>|"
    "<meta charset=hex>|<html>|</html>|</body>|<a class=ButtonPage href=\"javascript:__doPostBack('a','b')\">2</a>|<math><mi>|"
    "<span style='display:none'>|<span class='ArticleTitle'>|<noscript>|<iframe>|<object>|</form>|<a>...</a>|<div/>"
).split("|")
_INVISIBLE = "\u200b\u200c\u200d\ufeff\u00ad\u2060\u202e\u0301\u0323\u00a0\u0000\u0085\u2028"
_CHARSETS = (
    "utf-8|windows-1258|utf-16|hex|rot13|undefined|idna|x\x00|utf-7|iso-8859-1|unicode_escape|zlib|gb18030|".split("|")
)


# --- mutations ----------------------------------------------------------------------------------------------------


def _flipped(data: bytes, chance: random.Random) -> bytes:
    body = bytearray(data)
    for _ in range(chance.randint(1, 30) if body else 0):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(body)


def _cut(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] if chance.random() < 0.7 else data[place:]


def _repeated(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.randint(1, 2000))
    return data[:end] + data[start:end] * min(chance.choice((1, 2, 5, 50)), 100_000 // (end - start + 1)) + data[end:]


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randint(1, 6)))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    chance.shuffle(pieces)
    return b"".join(pieces)


def _with(choices: tuple[str, ...] | list[str], most: int) -> Callable[[bytes, random.Random], bytes]:
    """Insert some of them here and there, sometimes one of them very often."""

    def mutate(data: bytes, chance: random.Random) -> bytes:
        for _ in range(chance.randint(1, most)):
            place = chance.randrange(len(data) + 1)
            times = chance.choice((1, 1, 1, 2, 200))
            data = data[:place] + chance.choice(choices).encode("utf-8", "surrogatepass") * times + data[place:]
        return data

    return mutate


def _replaced(kind: bytes, choices: tuple[str, ...] | list[str]) -> Callable[[bytes, random.Random], bytes]:
    """Put one of them where such a thing stood."""

    def mutate(data: bytes, chance: random.Random) -> bytes:
        pieces = data.split(kind)
        if len(pieces) < 2:
            return _with(choices, 3)(data, chance)
        place = chance.randrange(1, len(pieces))
        pieces[place] = chance.choice(choices).encode("utf-8", "surrogatepass") + pieces[place].lstrip(
            b"0123456789/:.-"
        )
        return kind.join(pieces)

    return mutate


def _attributes(data: bytes, chance: random.Random) -> bytes:
    place = data.find(b">", chance.randrange(len(data) + 1))
    bomb = b"".join(b" %b%d=%b" % (chance.choice((b"a", b"class", b"'", b'"', b"on\xff")), n, chance.choice((b"", b"'", b'"x"')))
                    for n in range(chance.choice((3, 30, 300))))  # fmt: skip
    return data[:place] + bomb + data[place:]


def _recoded(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    start = chance.randrange(len(text) + 1)
    end = start + chance.choice((20, 500, len(text)))
    middle = text[start:end].encode(
        chance.choice(("windows-1258", "utf-16", "utf-16-be", "latin-1", "utf-7")), "replace"
    )
    return text[:start].encode() + middle + text[end:].encode()


def _decomposed(data: bytes, chance: random.Random) -> bytes:
    return unicodedata.normalize(chance.choice(("NFD", "NFKD")), data.decode("utf-8", "replace")).encode()


_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flipped,
    _cut,
    _repeated,
    _shuffled,
    _with(_TAGS, 12),
    _with(_ENTITIES, 8),
    _with(list(_INVISIBLE), 12),
    _with(list(_NUMBERS), 6),
    _with(_DATES, 6),
    _replaced(b'href="', _HREFS),
    _replaced(b">", _DATES),
    _replaced(b": ", list(_NUMBERS)),
    _attributes,
    _recoded,
    _decomposed,
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the data after one to five mutations; beyond 300 KB it is cut, so that inputs stay comparable."""
    for _ in range(chance.randint(1, 5)):
        data = chance.choice(_MUTATIONS)(data, chance)[:300_000]
    return data


# --- what is mutated ----------------------------------------------------------------------------------------------


@cache
def _profiles() -> dict[str, Profile]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "portals").mkdir()
        (folder / "collector.toml").write_text('portals = ["tan-giang"]', encoding="utf-8")
        text = second_portal.profile("https://tangiang.example/")
        (folder / "portals" / "tan-giang.toml").write_text(text, encoding="utf-8")
        second = load(folder, environ={}, cwd=folder).profiles[0]
        return {"soctrang-vpub": load(None, environ={}, cwd=folder).profiles[0], "tan-giang": second}


@dataclass(frozen=True, slots=True)
class _Original:
    portal: str
    url: str
    body: bytes


@cache
def _articles() -> list[_Original]:
    found = [
        _Original(path.parent.name, path.with_suffix(".url").read_text(encoding="utf-8").strip(), path.read_bytes())
        for path in sorted(_PAGES.glob("*/*.html"))
    ]
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
    return found


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
    url = original.url if chance.random() < 0.9 else f"https://vpub.soctrang.gov.vn/{chance.choice(_HREFS)}"
    final = url if chance.random() < 0.8 else chance.choice((original.url, "https://vpub.soctrang.gov.vn/", *_HREFS))
    kind = chance.choice(
        ("text/html", "text/html; charset=utf-8", "", f"text/html; charset={chance.choice(_CHARSETS)}")
    )
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
    original = chance.choice((*_HREFS, *(one.url for one in _articles()), *(one.url for one in _listings())))
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
        (*_DATES, "08/01/2024 | 16:20:48", "Thứ Hai, 21 tháng 09 năm 2025, 9 giờ 30", "2024-01-08T10:00:00+07:00")
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
    kind = chance.choice((None, "text/html", f"text/html; charset={chance.choice(_CHARSETS)}", mutated(b"text/html; charset=", chance).decode("latin-1")))  # fmt: skip
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
    rules.allow(f"https://vpub.soctrang.gov.vn/{chance.choice(('tin?id=1', 'a.aspx', *_HREFS))}")
    assert 0 <= rules.delay(_NOON) <= 120
    rules.opens(_NOON)
    retry_after(mutated(b"Wed, 01 Jul 2026 10:00:00 GMT", chance)[:200].decode("latin-1"), _NOON)


def _markup(chance: random.Random) -> None:
    """Read tag soup alone, whole: text, lines, title."""
    body = "".join(chance.choices(_TAGS + _ENTITIES + _DATES, k=chance.randint(1, 400))).encode()
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
    parser.add_argument("--reader", choices=READERS, help="only this one, and only --number")
    parser.add_argument("--number", type=int, default=0)
    given = parser.parse_args()
    if given.reader:
        print(f"{feed(given.reader, given.number):.3f} s")
        return 0
    hauls = {name: Haul(name) for name in READERS}
    total = sum(reader.share for reader in READERS.values())
    work = [
        (name, range(first, min(first + 500, given.start + given.inputs * reader.share // total)))
        for name, reader in READERS.items()
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
