"""The pages of a generated archive, written, read and examined: what needs no archive, in one process or several."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from multiprocessing.pool import Pool

from big_archive_life import Look, Press, World, headline

from collector.config import load_shipped
from collector.demo.newsroom import Article
from collector.examining import Examining
from collector.findings import Evidence
from collector.model import Bulletin, Page, VisitCount
from collector.portal import open_page

#: Looks that are prepared together.
_CHUNK = 240


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bulletin's page, read and examined."""

    shown: Article  #: as a listing shows it
    page: Page
    bulletin: Bulletin
    visits: VisitCount | None
    evidence: Evidence


class Preparing:
    """Writes a page, reads it and examines it: all that needs no archive."""

    def __init__(self, world: World) -> None:
        shipped = load_shipped()
        self.press = Press(world)
        self.examining = Examining(shipped.vocabulary, threshold=shipped.topic.threshold)

    def __call__(self, look: Look) -> Prepared:
        article = self.press.article(look)
        page = self.press.page(look, article)
        reading = open_page(page, self.press.profiles[look.notice.portal])
        bulletin = reading.article()
        evidence = self.examining.evidence(bulletin.title, bulletin.body, published_on=bulletin.published_on)
        return Prepared(headline(article), page, bulletin, reading.visits(), evidence)


_preparing: Preparing | None = None


def _begin(world: World) -> None:
    global _preparing  # noqa: PLW0603 - a worker process has one
    _preparing = Preparing(world)


def _prepare(look: Look) -> Prepared:
    assert _preparing is not None
    return _preparing(look)


def prepared(looks: Iterable[Look], world: World, *, processes: int) -> Iterator[Prepared]:
    """Yield what stands on the pages of some looks, in their order, a chunk ahead of whoever writes."""
    every = iter(looks)
    chunks = iter(lambda: list(islice(every, _CHUNK)), [])
    if processes < 2:  # noqa: PLR2004
        preparing = Preparing(world)
        for chunk in chunks:
            yield from map(preparing, chunk)
        return
    with multiprocessing.get_context("spawn").Pool(processes, _begin, [world]) as pool:
        yield from _ahead(pool, chunks)


def _ahead(pool: Pool, chunks: Iterator[list[Look]]) -> Iterator[Prepared]:
    coming = deque(pool.map_async(_prepare, chunk, 8) for chunk in islice(chunks, 2))
    while coming:
        done = coming.popleft().get()
        coming.extend(pool.map_async(_prepare, chunk, 8) for chunk in islice(chunks, 1))
        yield from done
