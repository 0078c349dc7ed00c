"""Common Crawl: one index a crawl, and captures as members of WARC files that are read in parts.

``collinfo.json`` names the crawls, ``<crawl>-index`` is pywb's index API (pages counted from 0, one JSON object a line,
a 404 with a message where there is nothing); ``filename``, ``offset`` and ``length`` of a row lead to a gzip member.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from collector.errors import CaptureAbsent
from collector.fetch import Fetcher, HttpSettings
from collector.model import IndexPage, Memento, Page
from collector.sources import answers
from collector.sources.cdx import moment
from collector.urlkeys import cleaned, is_address, key
from collector.warc import Place, WarcFile

_LIST, _INDEX, _DATA = "Common Crawl's list of crawls", "Common Crawl's index", "Common Crawl"
_OK, _PART, _NOT_FOUND, _BEYOND, _FORBIDDEN = 200, 206, 404, 416, 403
_CRAWL = re.compile(r"[A-Za-z0-9_-]{1,80}")
#: A crawl's name has the year and week in which it began; it lasts two weeks, the older ones months.
_WEEK = re.compile(r"-(20\d\d)-([0-5]\d)$", re.ASCII)
_LONGEST_CRAWL = timedelta(days=90)
#: ``filename:offset:length``, as a row tells them.
_LOCATOR = re.compile(r"([\w./=+-]+):(\d{1,18}):([1-9]\d{0,17})")


def index_manners(http: HttpSettings) -> HttpSettings:
    """Return settings with the index's pace: a second between calls.

    robots.txt is not asked: the index and the files are published for programs, which is what they are for. A page of
    the index may be large, and it drips while the server searches.
    """
    return replace(
        http, delay=1.0, robots=False, throttle_pause=60.0, least_bytes=0, max_bytes=max(http.max_bytes, 50_000_000)
    )


def data_manners(http: HttpSettings) -> HttpSettings:
    """Return settings with the pace of captures: 0.55 seconds between calls."""
    return replace(http, delay=0.55, robots=False, throttle_pause=60.0)


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the index was read: ``CC-MAIN-2024-10/2/5`` is page 2 of 5 of that crawl."""

    crawl: str
    page: int = 0
    pages: int | None = None

    def __str__(self) -> str:
        return f"{self.crawl}/{self.page}/{'' if self.pages is None else self.pages}"


class CommonCrawl:
    """A :class:`collector.sources.Source` over two fetchers of two hosts."""

    name = "commoncrawl"

    def __init__(self, index: Fetcher, data: Fetcher, *, index_url: str, data_url: str, max_bytes: int) -> None:
        """Take the index's fetcher and the data's."""
        self._index, self._data = index, data
        self._index_url, self._data_url, self._max_bytes = index_url, data_url, max_bytes

    @property
    def requests(self) -> int:
        """Requests that were sent."""
        return self._index.requests + self._data.requests

    @property
    def bytes(self) -> int:
        """Bytes of bodies that were received."""
        return self._index.bytes + self._data.bytes

    # --- index ------------------------------------------------------------------------------------------------------

    def index(self, prefix: str, *, since: datetime | None, resume: str | None) -> Iterator[IndexPage]:
        """See :meth:`collector.sources.Source.index`: the newest crawl first, each page of each crawl once.

        A crawl that was published after ``resume`` was given is not among what follows.
        """
        place = _read(resume)
        crawls = self._crawls(since)
        if place is not None and place.crawl in crawls:
            crawls = crawls[crawls.index(place.crawl) :]
        else:
            place = None  # a crawl that is not listed any more: all of them again
        if not crawls:
            yield IndexPage((), None)
        for number, crawl in enumerate(crawls):
            here = place if place is not None and place.crawl == crawl else _Place(crawl)
            following = _Place(crawls[number + 1]) if number + 1 < len(crawls) else None
            pages = here.pages if here.pages is not None else self._pages(crawl, prefix)
            if here.page >= pages:
                yield IndexPage((), None if following is None else str(following))
            for page in range(here.page, pages):
                leads_on = _Place(crawl, page + 1, pages) if page + 1 < pages else following
                mementos, odd = self._rows(crawl, prefix, page)
                fresh = tuple(row for row in mementos if since is None or row.captured_at >= since)
                yield IndexPage(fresh, None if leads_on is None else str(leads_on), odd)

    def _crawls(self, since: datetime | None) -> list[str]:
        page = self._index.get(f"{self._index_url}collinfo.json", accept="application/json")
        if page.status != _OK:
            raise answers.no_answer(page, _LIST)
        found = answers.parsed(page, page.body.decode("utf-8", "replace"), _LIST)
        if not isinstance(found, list) or not found:
            raise answers.broken(page, _LIST, "not a list of crawls")
        crawls = [one for one in found if isinstance(one, dict) and _CRAWL.fullmatch(str(one.get("id", "")))]
        if len(crawls) < len(found):
            raise answers.broken(page, _LIST, "a crawl without a name")
        return [str(one["id"]) for one in crawls if since is None or _may_reach(one, since)]

    def _pages(self, crawl: str, prefix: str) -> int:
        page = self._asked(crawl, prefix, {"showNumPages": "true"})
        if page is None:
            return 0
        told = answers.parsed(page, page.body.decode("utf-8", "replace"), _INDEX)
        pages = told.get("pages") if isinstance(told, dict) else None
        if not isinstance(pages, int) or pages < 0:
            raise answers.broken(page, _INDEX, "it does not tell how many pages it has")
        return pages

    def _rows(self, crawl: str, prefix: str, number: int) -> tuple[tuple[Memento, ...], tuple[str, ...]]:
        page = self._asked(crawl, prefix, {"page": str(number)})
        if page is None:  # a page of the index may hold other addresses only; the next one need not
            return (), ()
        lines = page.body.decode("utf-8", "replace").splitlines()
        if not any(line.strip() for line in lines):
            raise answers.broken(page, _INDEX, "an empty page")
        rows = [answers.parsed(page, line, _INDEX) for line in lines if line.strip()]
        mementos = [_memento(row) for row in rows]
        odd = [row for row, memento in zip(rows, mementos, strict=True) if memento is None]
        told = tuple(f"{_INDEX}, a row of {crawl} that tells no capture: {str(row)[:200]}" for row in odd)
        return tuple(memento for memento in mementos if memento is not None), told

    def _asked(self, crawl: str, prefix: str, more: dict[str, str]) -> Page | None:
        """Return an answer of a crawl's index; None where it says that there is nothing."""
        # One block of the index a page: its default of five is 15,000 rows, 6 MB.
        asked = {"url": prefix, "matchType": "prefix", "output": "json", "pageSize": "1", **more}
        page = self._index.get(f"{self._index_url}{crawl}-index?{urlencode(asked)}", accept="application/json")
        if page.status == _NOT_FOUND and b"No Captures found" in page.body:
            return None
        if page.status != _OK:
            raise answers.no_answer(page, f"{_INDEX} of {crawl}")
        return page

    # --- captures ---------------------------------------------------------------------------------------------------

    def page(self, memento: Memento) -> Page:
        """See :meth:`collector.sources.Source.page`."""
        where = _LOCATOR.fullmatch(memento.locator)
        if where is None:
            told = f"{memento.url}: {memento.locator!r} is no place in Common Crawl's files"
            raise CaptureAbsent(told, cause="absent", url=memento.url)
        offset, length = int(where[2]), int(where[3])
        url = f"{self._data_url}{where[1]}"
        part = self._data.get(url, byte_range=(offset, offset + length - 1), accept="*/*")
        self._check(memento, part, length)
        file = WarcFile(where[1], lambda: io.BytesIO(part.body), max_bytes=self._max_bytes, origin=self.name)
        try:
            page = file.page(Place(0))
        finally:
            file.close()
        if page.fetched_at.replace(microsecond=0) != memento.captured_at or key(page.url) != key(memento.url):
            told = f"{_DATA} gives {page.url} of {page.fetched_at:%Y-%m-%d %H:%M:%S} in place of {memento.url}"
            raise CaptureAbsent(told, cause="other", url=memento.url)
        return replace(page, url=memento.url, final_url=memento.url, fetched_at=memento.captured_at)

    def _check(self, memento: Memento, part: Page, length: int) -> None:
        if part.status in {_NOT_FOUND, _BEYOND}:
            told = f"{_DATA} does not have the file that its index names for {memento.url}"
            raise CaptureAbsent(told, cause="absent", url=memento.url)
        if part.status == _FORBIDDEN:
            # Its storage says so of files that are not there, and to who asks too much.
            raise answers.broken(part, _DATA, "it answers 403")
        if part.status != _PART:
            raise answers.no_answer(part, _DATA)
        if len(part.body) != length and "content-encoding" not in part.headers:
            raise answers.broken(part, _DATA, f"{len(part.body)} bytes came in place of {length}")

    def abort(self) -> None:
        """See :meth:`collector.sources.Source.abort`."""
        self._index.abort()
        self._data.abort()

    def close(self) -> None:
        """Close the connections."""
        self._index.close()
        self._data.close()


def _read(resume: str | None) -> _Place | None:
    crawl, _, rest = (resume or "").partition("/")
    page, _, pages = rest.partition("/")
    if not crawl or not page.isdecimal():
        return None
    return _Place(crawl, int(page), int(pages) if pages.isdecimal() else None)


def _may_reach(crawl: dict[str, Any], since: datetime) -> bool:
    """Say whether a crawl may hold captures of ``since`` or later: by its last instant, else by its name."""
    try:
        until = datetime.fromisoformat(str(crawl.get("to", "")))
    except ValueError:
        week = _WEEK.search(str(crawl["id"]))
        if week is None:
            return True
        until = datetime(int(week[1]), 1, 1, tzinfo=UTC) + timedelta(weeks=int(week[2])) + _LONGEST_CRAWL
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return until >= since


def _memento(row: object) -> Memento | None:
    if not isinstance(row, dict):
        return None
    instant, url = moment(str(row.get("timestamp", ""))), str(row.get("url", ""))
    place = f"{row.get('filename', '')}:{row.get('offset', '')}:{row.get('length', '')}"
    if instant is None or not is_address(url) or not _LOCATOR.fullmatch(place):
        return None
    status, digest = str(row.get("status", "")), str(row.get("digest", "")).removeprefix("sha1:")
    mimetype = str(row.get("mime", ""))
    return Memento(
        url=cleaned(url),
        captured_at=instant,
        status=int(status) if re.fullmatch(r"\d{3}", status) else None,
        mimetype=None if mimetype in {"", "-", "unk", "warc/revisit"} else mimetype,
        digest=digest if re.fullmatch(r"[A-Z2-7]{32}", digest) else None,
        locator=place,
        truncated=str(row["truncated"]) if row.get("truncated") else None,
    )
