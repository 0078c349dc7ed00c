"""Libraries that find a bulletin without selectors, measured on our own pages, the selectors withheld.

The pages: the replica's in each form of address, a second portal's, those in ``tests/pages``, and the layouts of seven
families with every manner of setting a body that was met (``tests/layouts.py``). What a reader sees there is known.

Run: PYTHONPATH=tests python benchmarks/fallback.py

Only the library that the collector uses is installed with it; the others are no dependencies. To measure them too, in
an environment of their own, because they bring 1 to 53 MB each:

    pip install readability-lxml trafilatura resiliparse justext newspaper4k boilerpy3 goose3
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from collector.config import load
from collector.demo.loopback import Request
from collector.demo.newsroom import LINK_FORMS, Newsroom
from collector.demo.site import ReplicaPortal
from collector.dom import parse
from collector.errors import ReadError
from collector.model import Page
from collector.portal.article import read_article
from collector.profile import ArticleProfile, ListingProfile, Profile
from collector.vietnamese.characters import one_line
from collector.vietnamese.dates import printed_date
from layouts import Sample, samples
from second_portal import SecondPortal

_PAGES = Path(__file__).parent.parent / "tests" / "pages"


@dataclass(frozen=True, slots=True)
class Found:
    """What a library made of one page."""

    title: str | None
    body: str  #: lines
    published_on: date | None = None


Extract = Callable[[str, str], Found]


def our_pages() -> Iterator[Sample]:
    """Give every page with what must be read from it."""
    newsroom = Newsroom(count=40)
    replica = ReplicaPortal(newsroom=newsroom, session_bound=False)
    for place, (source_id, wanted) in enumerate(newsroom.expected().items()):
        article = newsroom.get(int(source_id))
        assert article is not None
        target = article.path(LINK_FORMS[place % len(LINK_FORMS)])
        html = replica.answer(Request("GET", target, {}, b"")).body.decode()
        neutral = () if wanted.byline is None else (wanted.byline,)
        lines = tuple(wanted.body.split("\n"))
        yield Sample("replica", f"https://a.example{target}", html, wanted.title, lines, wanted.published_on, neutral)
    second = SecondPortal(count=40)
    for post in second.expected().values():
        html = second.answer(Request("GET", post.path, {}, b"")).body.decode()
        neutral = () if post.byline is None else (post.byline,)
        lines = tuple(post.body.split("\n"))
        url = f"https://b.example{post.path}"
        yield Sample("second portal", url, html, post.title, lines, post.published_on, neutral)
    # Of these two, on which the figures of docs/WHY.md were measured; the later families' pages are in samples().
    for path in sorted([*_PAGES.glob("soctrang-vpub/*.html"), *_PAGES.glob("tan-giang/*.html")]):
        said = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        yield Sample(
            "tests/pages",
            path.with_suffix(".url").read_text(encoding="utf-8").strip(),
            path.read_text(encoding="utf-8"),
            said["title"],
            tuple(said["body"].split("\n")),
            date.fromisoformat(said["published_on"]),
            (said["byline"],) if said["byline"] else (),
        )
    yield from samples()


# --- the libraries, each used as its documentation says; HTML is turned into text by our own reading ----------------


def _readability() -> Extract:
    library = importlib.import_module("readability")

    def extract(html: str, _: str) -> Found:
        document = library.Document(html)
        title = document.short_title()
        return Found(title, parse(document.summary(html_partial=True).encode()).readable())

    return extract


def _trafilatura(*, recall: bool) -> Extract:
    library = importlib.import_module("trafilatura")

    def extract(html: str, url: str) -> Found:
        found = library.bare_extraction(html, url=url, with_metadata=True, favor_recall=recall, include_comments=False)
        if found is None:
            return Found(None, "")
        return Found(found.title, found.text or "", date.fromisoformat(found.date) if found.date else None)

    return extract


def _resiliparse() -> Extract:
    extraction = importlib.import_module("resiliparse.extract.html2text")
    parsing = importlib.import_module("resiliparse.parse.html")

    def extract(html: str, _: str) -> Found:
        tree = parsing.HTMLTree.parse(html)
        text = extraction.extract_plain_text(tree, main_content=True, alt_texts=False, list_bullets=False)
        return Found(tree.title, text)

    return extract


def _justext() -> Extract:
    library = importlib.import_module("justext")
    words = library.get_stoplist("Vietnamese")

    def extract(html: str, _: str) -> Found:
        kept = [one for one in library.justext(html.encode(), words) if not one.is_boilerplate]
        return Found(next((one.text for one in kept if one.is_heading), None), "\n".join(one.text for one in kept))

    return extract


def _newspaper() -> Extract:
    library = importlib.import_module("newspaper")

    def extract(html: str, url: str) -> Found:
        article = library.Article(url, language="vi", fetch_images=False)
        article.download(input_html=html)
        article.parse()
        published = article.publish_date
        return Found(article.title, article.text, published.date() if published else None)

    return extract


def _boilerpy() -> Extract:
    library = importlib.import_module("boilerpy3.extractors")

    def extract(html: str, _: str) -> Found:
        found = library.ArticleExtractor().get_doc(html)
        return Found(found.title, found.content)

    return extract


def _goose() -> Extract:
    library = importlib.import_module("goose3")

    def extract(html: str, _: str) -> Found:
        with library.Goose({"target_language": "vi", "use_meta_language": False}) as goose:
            found = goose.extract(raw_html=html)
        printed = printed_date(str(found.publish_date or ""))
        return Found(found.title, found.cleaned_text or "", printed.day if printed else None)

    return extract


def _collector() -> Extract:
    """The first of them as it is used: with a title and a date from beside the text, and what is refused."""
    shipped = load(None, environ={}, cwd=Path.cwd()).profiles[0]
    profile = Profile(
        id="none",
        name="none",
        base_url="https://none.example/",
        listing=ListingProfile(item=()),
        article=ArticleProfile(title=(), body=()),
        identity=(*shipped.identity, re.compile(r"-(?P<id>\d{5,})\.html$")),
        visits=shipped.visits,
    )

    def extract(html: str, url: str) -> Found:
        page = Page(url, url, datetime(2024, 7, 1, tzinfo=UTC), 200, {}, html.encode())
        try:
            found = read_article(parse(page.body), page, profile)
        except ReadError as error:
            print(f"{url}: {error}", file=sys.stderr)
            return Found(None, "")
        return Found(found.title, found.body, found.published_on)

    return extract


CANDIDATES: dict[str, tuple[str, Callable[[], Extract]]] = {
    "readability-lxml": ("readability-lxml", _readability),
    "trafilatura": ("trafilatura", lambda: _trafilatura(recall=False)),
    "trafilatura, recall": ("trafilatura", lambda: _trafilatura(recall=True)),
    "resiliparse": ("resiliparse", _resiliparse),
    "justext": ("justext", _justext),
    "newspaper4k": ("newspaper4k", _newspaper),
    "boilerpy3": ("boilerpy3", _boilerpy),
    "goose3": ("goose3", _goose),
    "collector": ("readability-lxml", _collector),
}


# --- measuring ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Score:
    """What one library did over all pages."""

    pages: int = 0
    titles: int = 0
    wanted: int = 0
    kept: int = 0
    whole: int = 0  #: pages with every paragraph and nothing else
    foreign: int = 0
    dates: int = 0
    crashed: int = 0
    seconds: float = 0.0
    per_kind: dict[str, list[int]] = field(default_factory=dict)

    def add(self, sample: Sample, found: Found) -> None:
        """Count one page."""
        got = [line for line in (one_line(line).strip("- |") for line in found.body.split("\n")) if line]
        wanted = [_bare(line) for line in sample.lines]
        # A library sets a table's cells in its own way; only what a line says counts, not what stands between.
        own = {_bare(line) for line in got}
        kept = sum(line in own for line in wanted)
        known = {*wanted, _bare(sample.title), *map(_bare, sample.neutral)}
        foreign = [line for line in got if _bare(line) not in known and _bare(line)]
        self.pages += 1
        self.wanted += len(wanted)
        self.kept += kept
        self.foreign += len(foreign)
        self.whole += kept == len(wanted) and not foreign
        self.titles += one_line(found.title or "") == sample.title
        self.dates += found.published_on is not None and found.published_on == sample.published_on
        counts = self.per_kind.setdefault(sample.name, [0, 0, 0])
        for place, number in enumerate((len(wanted), kept, len(foreign))):
            counts[place] += number


def _bare(line: str) -> str:
    return re.sub(r"[\W_]+", "", line).casefold()


def size(package: str) -> tuple[float, float]:
    """Return the MB of a package with all it needs, and of these what the collector does not bring anyway."""
    everything, ours = _closure(package, {}), _closure("collector", {}, without=package)
    new = {name: number for name, number in everything.items() if name not in ours}
    return sum(everything.values()) / 1e6, sum(new.values()) / 1e6


def _closure(name: str, found: dict[str, int], without: str = "") -> dict[str, int]:
    name = re.sub(r"[-_.]+", "-", name).lower()
    if name in found or name == without:
        return found
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return found
    found[name] = sum(Path(str(package.locate_file(one))).stat().st_size for one in package.files or ()
                      if one.suffix != ".pyc" and Path(str(package.locate_file(one))).is_file())  # fmt: skip
    for line in package.requires or ():
        if "extra ==" not in line:
            _closure(re.split(r"[^\w.-]", line, maxsplit=1)[0], found, without)
    return found


def measure(extract: Extract, pages: list[Sample]) -> Score:
    """Run one library over all pages, twice: the first pass pays for imports and caches."""
    score = Score()
    for timed in (False, True):
        start = time.process_time()
        for sample in pages if timed else pages[:10]:
            try:
                found: Any = extract(sample.html, sample.url)
            except Exception as error:  # noqa: BLE001 - a library that fails on a page has found nothing there
                found = Found(None, "")
                score.crashed += timed
                print(f"{sample.name}: {type(error).__name__}: {error}", file=sys.stderr)
            if timed:
                score.add(sample, found)
        score.seconds = time.process_time() - start
    return score


def main() -> None:
    """Print a line for each library, and with ``-v`` one for each kind of page."""
    pages = list(our_pages())
    print(f"{len(pages)} pages, {sum(len(one.lines) for one in pages)} paragraphs")
    print(f"{'library':<20} {'title':>6} {'kept':>6} {'lost':>6} {'foreign':>8} {'whole':>6} {'date':>6} {'ms':>7} "
          f"{'MB':>6} {'new MB':>7} {'failed':>7}")  # fmt: skip
    for name, (package, make) in CANDIDATES.items():
        try:
            extract = make()
        except ImportError:
            print(f"{name:<20} not installed")
            continue
        score = measure(extract, pages)
        whole, new = size(package)
        print(
            f"{name:<20} {score.titles:>6} {score.kept:>6} {score.wanted - score.kept:>6} {score.foreign:>8} "
            f"{score.whole:>6} {score.dates:>6} {score.seconds / score.pages * 1000:>7.1f} {whole:>6.1f} {new:>7.1f} "
            f"{score.crashed:>7}"
        )
        if "-v" in sys.argv:
            for kind, (wanted, kept, foreign) in score.per_kind.items():
                print(f"    {kind:<24} kept {kept:>4} of {wanted:>4}, foreign {foreign}")


if __name__ == "__main__":
    main()
