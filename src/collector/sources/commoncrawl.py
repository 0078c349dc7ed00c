"""Common Crawl: one index a crawl, captures in WARC files on the web."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from collector.fetch import Fetcher, HttpSettings
from collector.model import IndexPage, Memento, Page


def index_manners(http: HttpSettings) -> HttpSettings:
    """Return settings with the archive's own pace."""
    return replace(http, delay=1.0, robots=False, throttle_pause=60.0, least_bytes=0)


def data_manners(http: HttpSettings) -> HttpSettings:
    """Return settings with the archive's own pace."""
    return replace(http, delay=0.55, robots=False, throttle_pause=60.0)


class CommonCrawl:
    """A :class:`collector.sources.Source` over two fetchers of one host: the index has another pace than captures."""

    name = "commoncrawl"

    def __init__(self, index: Fetcher, captures: Fetcher, *, index_url: str, data_url: str, max_bytes: int) -> None:
        self._index, self._captures, self._max_bytes = index, captures, max_bytes

    @property
    def requests(self) -> int:
        return self._index.requests + self._captures.requests

    @property
    def bytes(self) -> int:
        return self._index.bytes + self._captures.bytes

    def index(self, prefix: str, *, since: datetime | None, resume: str | None) -> Iterator[IndexPage]:
        raise NotImplementedError

    def page(self, memento: Memento) -> Page:
        raise NotImplementedError

    def abort(self) -> None:
        self._index.abort()
        self._captures.abort()

    def close(self) -> None:
        self._index.close()
        self._captures.close()
