"""The Wayback Machine: its CDX index, and captures as the bytes that were captured.

Index: ``/cdx/search/cdx`` (github.com/internetarchive/wayback, wayback-cdx-server: README.md and CDXServer.java), read
in parts by resumption keys; ``page=`` would miss recent captures. Captures: ``/web/<timestamp>id_/<address>``; what was
captured is told from what the archive itself says by ``Memento-Datetime`` (RFC 7089), and the portal's own headers are
those under ``x-archive-orig-``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote_plus, urlencode, urljoin

from collector.errors import CaptureAbsent, Unreachable
from collector.fetch import Fetcher, HttpSettings
from collector.fetch.patience import BUSY
from collector.model import IndexPage, Memento, Page
from collector.sources import answers
from collector.sources.cdx import FIELDS, Rows, rows, stamp
from collector.urlkeys import key
from collector.warc import leftovers

_ROWS = 1000
_INDEX, _MACHINE = "the Wayback Machine's index", "the Wayback Machine"
_CAPTURE = re.compile(r"/web/(\d{1,14})(?:[a-z]{2}_)?/(.*)", re.DOTALL)
_LINK = re.compile(r"<([^>]*)>\s*;[^,<]*\brel=\"?original\"?")
_ORIGINAL = "x-archive-orig-"
_MOST_HOPS = 5
_NOT_FOUND = 404


def index_manners(http: HttpSettings) -> HttpSettings:
    """Return settings with the index's pace: 24 requests a minute, 80 % of the limit, as the archive's people ask.

    Who goes on for a minute after a 429 is shut out for an hour (edgi-govdata-archiving/wayback, issue 137), so the
    whole host rests for a minute. Its robots.txt speaks to crawlers of the site; the index and raw captures are
    documented by their owner for programs, so it is not asked. The index searches while it answers: it may drip.
    """
    return replace(http, delay=2.5, robots=False, throttle_pause=60.0, least_bytes=0)


def capture_manners(http: HttpSettings) -> HttpSettings:
    """Return settings with the pace of captures: 8 a second, 80 % of 600 a minute."""
    return replace(http, delay=0.125, robots=False, throttle_pause=60.0)


def is_busy(status: int, headers: Mapping[str, str]) -> bool:
    """Say whether the archive itself is busy: with a Memento-Datetime the 503 is what was captured."""
    return status in BUSY and "memento-datetime" not in headers


class Wayback:
    """A :class:`collector.sources.Source` over two fetchers of one host: the index has another pace than captures."""

    name = "wayback"

    def __init__(self, index: Fetcher, captures: Fetcher, *, base_url: str, max_bytes: int, rows: int = _ROWS) -> None:
        """Take an index's fetcher and a captures' fetcher (``busy=wayback.is_busy``); ``rows`` of one answer."""
        self._index, self._captures = index, captures
        self._base, self._max_bytes, self._rows = base_url, max_bytes, rows
        # Keys are decoded twice over there by most versions, once by others, which then begin before the key.
        self._keys_encoded = True

    @property
    def requests(self) -> int:
        """Requests that were sent."""
        return self._index.requests + self._captures.requests

    @property
    def bytes(self) -> int:
        """Bytes of bodies that were received."""
        return self._index.bytes + self._captures.bytes

    # --- index ------------------------------------------------------------------------------------------------------

    def index(self, prefix: str, *, since: datetime | None, resume: str | None) -> Iterator[IndexPage]:
        """See :meth:`collector.sources.Source.index`.

        Three traps of the index, each of which would look like an end or like nothing there:

        - It reads at most 150,000 rows a query, and where a filter (``from`` is one) left fewer than ``limit`` of them
          it gives no key to go on with. So nothing is filtered over there: a portal has some thousand captures.
        - Its key stands behind the last row's second, and the rows of that second that did not fit are lost
          (``http://`` leading to ``https://`` are two of one key). So we go on at the last row, and know it again.
        - Whether there is no more, or a part of it did not answer, cannot be told: the end is asked for once more.
        """
        place, known = resume, frozenset[Memento]()
        while True:
            found = self._answer(prefix, place)
            fresh = [row for row in dict.fromkeys(found.mementos) if row not in known]
            odd = found.unreadable
            following = found.last if fresh or found.resume else None
            if found.resume and following == place:
                following = found.resume
                odd += (f"{_INDEX}: more than {self._rows} captures of one second at {place}; some may be missing",)
            if found.resume and following == place:
                raise Unreachable(f"{_INDEX} goes in a circle at {place}", cause="broken", url=self._base)
            wanted = tuple(row for row in fresh if since is None or row.captured_at >= since)
            yield IndexPage(wanted, following, odd)
            if following is None:
                return
            place, known = following, frozenset(found.mementos)

    def _answer(self, prefix: str, place: str | None) -> Rows:
        found = self._asked(prefix, place)
        if place is not None and found.first is not None and found.first < place and self._keys_encoded:
            self._keys_encoded = False
            found = self._asked(prefix, place)
        if place is not None and found.first is not None and found.first < place:
            raise Unreachable(f"{_INDEX} does not go on at {place}", cause="broken", url=self._base)
        return found

    def _asked(self, prefix: str, place: str | None) -> Rows:
        asked = {
            "url": prefix,
            "matchType": "prefix",
            "output": "json",
            "fl": ",".join(FIELDS),
            "limit": str(self._rows),
            "showResumeKey": "true",
        }
        if place is not None:
            asked["resumeKey"] = quote_plus(place) if self._keys_encoded else place
        page = self._index.get(f"{self._base}cdx/search/cdx?{urlencode(asked)}", accept="application/json")
        answers.refuse_excluded(page, _INDEX, prefix)
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise answers.no_answer(page, _INDEX)
        return rows(page, _INDEX)

    # --- captures ---------------------------------------------------------------------------------------------------

    def page(self, memento: Memento) -> Page:
        """See :meth:`collector.sources.Source.page`."""
        timestamp, _, url = memento.locator.partition(" ")
        timestamp, url = timestamp or stamp(memento.captured_at), url or memento.url
        # A "#" would end the address; a capture's own may have one.
        where = f"{self._base}web/{timestamp}id_/{url.replace('#', '%23')}"
        for _ in range(_MOST_HOPS):
            page = self._captures.get(where, follow=False)
            if "memento-datetime" in page.headers:
                return self._capture(memento, timestamp, page)
            target = self._other_form(memento, timestamp, page)
            if target is None:
                raise self._nothing(memento, page)
            where = target
        raise Unreachable(f"{_MACHINE} redirects again and again at {where}", cause="broken", url=memento.url)

    def _other_form(self, memento: Memento, timestamp: str, page: Page) -> str | None:
        """Return where the archive itself leads on to: the same instant at another form of the address.

        Raises:
            CaptureAbsent: ``other``: another instant, perhaps months away.
        """
        capture = _led_to(page)
        if capture is None:
            return None
        if not _fits(timestamp, capture[1]) or key(capture[2]) != key(memento.url):
            told = f"{_MACHINE} gives a capture of {capture[1]} in place of {timestamp} of {memento.url}"
            raise CaptureAbsent(told, cause="other", url=memento.url)
        return f"{self._base}web/{capture[1]}id_/{capture[2]}"

    def _nothing(self, memento: Memento, page: Page) -> CaptureAbsent | Unreachable:
        cause = answers.exclusion(page)
        if cause is not None:
            told = f"{_MACHINE} gives {memento.url} to nobody"
            return CaptureAbsent(told, cause="excluded", url=memento.url)
        if page.status == _NOT_FOUND:
            told = f"{_MACHINE} does not have the capture of {memento.url} that its index names"
            return CaptureAbsent(told, cause="absent", url=memento.url)
        if page.status < 400:  # noqa: PLR2004 - HTTP's
            # Its own page ("the machine is down", a form) with a 200: no Memento-Datetime, no capture.
            return answers.broken(page, _MACHINE, "a page of its own stands in place of the capture")
        return answers.no_answer(page, _MACHINE)

    def _capture(self, memento: Memento, timestamp: str, page: Page) -> Page:
        given = _instant(page.headers["memento-datetime"])
        if given is None or (given != memento.captured_at and not _fits(timestamp, stamp(given))):
            told = f"{_MACHINE} gives a capture of {given or 'an unknown instant'} in place of {timestamp}"
            raise CaptureAbsent(f"{told} of {memento.url}", cause="other", url=memento.url)
        original = _LINK.search(page.headers.get("link", ""))
        final = original[1] if original is not None else memento.url
        if key(final) != key(memento.url):
            told = f"{_MACHINE} gives a capture of {final} in place of {memento.url}"
            raise CaptureAbsent(told, cause="other", url=memento.url)
        if memento.status is not None and page.status != memento.status:
            # In one second http:// led to https://, and the machine has one key for both.
            told = f"{_MACHINE} gives a capture with status {page.status} in place of {memento.status} of {memento.url}"
            raise CaptureAbsent(told, cause="other", url=memento.url)
        headers = {
            name.removeprefix(_ORIGINAL): value for name, value in page.headers.items() if name.startswith(_ORIGINAL)
        }
        if "content-type" in page.headers:
            headers.setdefault("content-type", page.headers["content-type"])
        location = _led_to(page)
        if location is not None:
            headers.setdefault("location", location[2])
        return Page(
            url=memento.url,
            final_url=memento.url,
            fetched_at=memento.captured_at,
            status=page.status,
            headers=headers,
            body=leftovers(headers, page.body, max_bytes=self._max_bytes, url=memento.url),
            origin=self.name,
        )

    def abort(self) -> None:
        """See :meth:`collector.sources.Source.abort`."""
        self._index.abort()
        self._captures.abort()

    def close(self) -> None:
        """Close the connections."""
        self._index.close()
        self._captures.close()


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _led_to(page: Page) -> re.Match[str] | None:
    """Return instant and address of the capture that a redirect leads to; None where it leads elsewhere, or nowhere."""
    location = page.headers.get("location", "") if 300 <= page.status < 400 else ""  # noqa: PLR2004 - HTTP's
    try:
        return _CAPTURE.search(urljoin(page.url, location)) if location else None
    except ValueError:
        return None


def _fits(timestamp: str, given: str) -> bool:
    """Say whether a timestamp is the one that was asked for, which may be short: ``201503``."""
    return given.startswith(timestamp)
