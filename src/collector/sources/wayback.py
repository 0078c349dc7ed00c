"""The Wayback Machine: its CDX index, and captures as the bytes that were captured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from collector.fetch import Fetcher, HttpSettings
from collector.fetch.patience import BUSY
from collector.model import IndexPage, Memento, Page

#: Limits of the Internet Archive, and 80 % of them as its people ask of programs: 30 index requests a minute, 600 captures
#: a minute; who goes on after a 429 is shut out for an hour. Its robots.txt speaks to crawlers of the site; the index and
#: the captures are documented by their owner for programs, so it is not asked.


def index_manners(http: HttpSettings) -> HttpSettings:
    """Return settings with the archive's own pace."""
    return replace(http, delay=2.5, robots=False, throttle_pause=60.0, least_bytes=0)


def capture_manners(http: HttpSettings) -> HttpSettings:
    """Return settings with the archive's own pace."""
    return replace(http, delay=0.125, robots=False, throttle_pause=60.0)


def is_busy(status: int, headers: Mapping[str, str]) -> bool:
    """Say whether the archive itself is busy: with a Memento-Datetime the 503 is what was captured."""
    return status in BUSY and "memento-datetime" not in headers


class Wayback:
    """A :class:`collector.sources.Source` over two fetchers of one host: the index has another pace than captures."""

    name = "wayback"

    def __init__(self, index: Fetcher, captures: Fetcher, *, base_url: str, max_bytes: int) -> None:
        self._index, self._captures, self._base, self._max_bytes = index, captures, base_url, max_bytes

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
