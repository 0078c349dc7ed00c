"""Reading a portal's pages by its profile. Pure: a ``Page`` in, values out, nothing raised but ``ReadError``."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property

from collector.dom import Document, parse
from collector.errors import PageCut, ReadError, WrongPage
from collector.model import Bulletin, Listing, Page, PageKind, PageRequest, Publisher, VisitCount
from collector.portal.article import has_article, read_article
from collector.portal.categories import category_of
from collector.portal.delta import delta_to_html, is_delta
from collector.portal.feeds import is_feed, read_feed
from collector.portal.footer import read_publisher
from collector.portal.identity import source_id
from collector.portal.layouts import laid, layout_of
from collector.portal.links import absolute, is_own
from collector.portal.listing import document_base, read_listing
from collector.portal.recognise import is_home, recognise, says_missing
from collector.portal.sections import Sections
from collector.portal.visits import read_visits
from collector.profile import LayoutProfile, Profile

__all__ = ["Reading", "Sections", "is_home", "is_own", "open_page", "source_id"]

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml"})
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<")


def open_page(page: Page, profile: Profile) -> Reading:
    """Return the page opened for reading, by the layout of its time (``layouts`` has the order of asking).

    What kind of page it is, and which layout, is only looked at when somebody asks.
    """
    return Reading(page, profile)


class Reading:
    """One page, parsed at most once."""

    def __init__(self, page: Page, profile: Profile) -> None:
        self._page, self._portal = page, profile

    @property
    def layout(self) -> str | None:
        """The id of the layout of the past that the page is built in; None: today's, or the page is no HTML."""
        return None if self._layout is None else self._layout.id

    @property
    def kind(self) -> PageKind:
        """What the page is, whatever its status says."""
        return self._recognised[0]

    @property
    def why(self) -> str:
        """The mark that decided :attr:`kind`, for a person."""
        return self._recognised[1]

    def listing(self, request: PageRequest) -> Listing:
        """Return the items of a listing page and where its pager leads on.

        Raises:
            WrongPage: an error, login, firewall, maintenance or home page instead.
            FieldMissing: no list on it.
            PageCut: it stops in its middle.
            PageTooDeep: it cannot be parsed in bounded time.
        """
        if self._page.status == 200 and self._is_feed:  # noqa: PLR2004
            return read_feed(self._page, request, self._profile)
        document = self._content()
        moved = self._page.redirects and is_home(self._page.final_url, self._profile)
        if moved and not is_home(request.url, self._profile):
            raise WrongPage(f"{request.url} led to the home page", kind=PageKind.HOME.value)
        return read_listing(document, self._page, request, self._profile)

    def article(self) -> Bulletin:
        """Return the bulletin that the page shows.

        Raises:
            WrongPage: an error, login, firewall, maintenance or home page instead.
            FieldMissing: no title or no body.
            PageCut: it stops in its middle.
            PageTooDeep: it cannot be parsed in bounded time.
        """
        bulletin = read_article(self._content(), self._page, self._profile)
        if self._layout is None:
            return bulletin
        return replace(bulletin, provenance={**bulletin.provenance, "layout": self._layout.id})

    def visits(self) -> VisitCount | None:
        """Return the counter that the page shows, or None.

        Raises:
            PageTooDeep: it cannot be read in bounded time.
        """
        return None if self._document is None else read_visits(self._document, self._profile.visits)

    def publisher(self) -> Publisher | None:
        """Return what the footer says, or None.

        Raises:
            PageTooDeep: it cannot be read in bounded time.
        """
        return None if self._document is None else read_publisher(self._document)

    def feeds(self) -> tuple[str, ...]:
        """Return the addresses of the feeds that the page names."""
        document = self._content()
        base = document_base(document, self._page.final_url)
        named = [node for node in document.every("link[rel~=alternate]") if node.attr("type").lower() in _FEED_TYPES]
        urls = [absolute(node.attr("href"), base) for node in named]
        return tuple(dict.fromkeys(url for url in urls if url is not None and is_own(url, self._profile)))

    def sections(self) -> tuple[tuple[str, str, str], ...]:
        """Return the categories that the page links to, as (address, id, name)."""
        document = self._content()
        base = document_base(document, self._page.final_url)
        found: dict[str, tuple[str, str, str]] = {}
        for node in document.every("a"):
            url = absolute(node.attr("href"), base)
            if url is None or not node.text or not is_own(url, self._profile) or source_id(url, self._profile):
                continue
            name = category_of(url)
            if name is not None and name not in found:
                found[name] = (url, name, node.text)
        return tuple(found.values())

    def _content(self) -> Document:
        if self.kind is not PageKind.CONTENT:
            raise WrongPage(f"{self._page.url}: {self.why}", kind=self.kind.value, status=self._page.status)
        if self._document is None:
            raise WrongPage(f"{self._page.url}: {self.why}", kind=PageKind.FOREIGN.value)
        return self._document

    @cached_property
    def _recognised(self) -> tuple[PageKind, str]:
        if self._page.status == 200 and self._is_feed:  # noqa: PLR2004
            return PageKind.CONTENT, "a feed"
        if self._page.status != 200:  # noqa: PLR2004
            return recognise(self._page, None, self._profile, content=False)
        document = self._document
        content = document is not None and self._fills(document, self._profile)
        return recognise(self._page, document, self._profile, content=content)

    @cached_property
    def _layout(self) -> LayoutProfile | None:
        document = self._document if self._portal.layouts and self._page.status == 200 else None  # noqa: PLR2004
        if document is None:
            return None
        return layout_of(self._page, document, self._portal, lambda profile: self._fills(document, profile))

    @cached_property
    def _profile(self) -> Profile:
        """The portal's profile with the selectors of the page's own layout."""
        return laid(self._portal, self._layout)

    def _fills(self, document: Document, profile: Profile) -> bool:
        """Say whether the fields that this address promises are there: a bulletin's, or a listing's."""
        if source_id(self._page.url, profile) is not None:
            text = has_article(document, profile)
            return text is not None and not says_missing(text)
        try:
            return bool(read_listing(document, self._page, PageRequest(self._page.url), profile).items)
        except PageCut:
            return True  # half a list is a list: reading it says what is wrong with it
        except ReadError:
            text = has_article(document, profile)
            return text is not None and not says_missing(text)

    @cached_property
    def _is_feed(self) -> bool:
        return is_feed(self._page.body)

    @cached_property
    def _document(self) -> Document | None:
        """The parsed page; None when it is no HTML."""
        page = self._page
        if is_delta(page.body):
            return parse(delta_to_html(page.body), "text/html; charset=utf-8")
        said = page.headers.get("content-type", "").lower()
        if not page.body.strip() or not ("html" in said or _MARKUP.match(page.body[:200]) or not said):
            return None
        if page.body.startswith(b"%PDF") or self._is_feed:
            return None
        return parse(page.body, said)
