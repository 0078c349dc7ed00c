"""Pagers whose pages have addresses of their own, numbered in a parameter (``?page=2``) or the path (``/page-2``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from collector.dom import Document, Node
from collector.errors import FieldMissing
from collector.model import Listing, Page, PageRequest
from collector.portal.labels import FORWARD, FURTHER, label_of
from collector.portal.links import absolute, is_own
from collector.profile import PagerProfile, Profile

#: A longer number is a day or an id.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Numbering:
    """How the addresses of one listing are numbered."""

    number: Callable[[str], str]  #: the digits in an address of this listing; none: it has no number, or is another's
    address: Callable[[str, int], str]  #: a numbered address → the same with another number
    said: Callable[[int], str]  #: a number as an address says it, for a message


def read_query(document: Document, page: Page, request: PageRequest, profile: Profile) -> Listing:
    """Return a listing without items that says which address with ``parameter`` leads on.

    Raises:
        FieldMissing: the pager counts from another number than ``first``.
    """
    parameter, path = profile.pager.parameter or "page", urlsplit(page.final_url).path

    def number(url: str) -> str:
        parts = urlsplit(url)
        return dict(parse_qsl(parts.query)).get(parameter, "") if parts.path == path else ""

    def address(url: str, value: int) -> str:
        parts = urlsplit(url)
        query = [(name, str(value) if name == parameter else old) for name, old in parse_qsl(parts.query, True)]
        return urlunsplit(parts._replace(query=urlencode(query)))

    return _numbered(document, page, request, profile, _Numbering(number, address, lambda n: f"{parameter}={n}"))


def read_path(document: Document, page: Page, request: PageRequest, profile: Profile) -> Listing:
    """Return a listing without items that says which address that ends as ``pattern`` says leads on.

    The pattern is looked for in the path, then in path and query; what is left without it is the listing's own
    address, which its first page usually has.

    Raises:
        FieldMissing: the pager counts from another number than ``first``.
    """
    pattern = re.compile(profile.pager.pattern or "(?!)(?P<page>)")
    own, _ = _without(pattern, page.final_url)

    def number(url: str) -> str:
        listing, match = _without(pattern, url)
        return match["page"] or "" if match is not None and listing == own else ""

    def address(url: str, value: int) -> str:
        _, match = _without(pattern, url)
        if match is None:
            return url
        whole = urlsplit(url)
        text = match.string[: match.start("page")] + str(value) + match.string[match.end("page") :]
        path, _, query = text.partition("?")
        return urlunsplit(whole._replace(path=path, query=query or whole.query))

    def said(value: int) -> str:
        numbered = next((url for _, url in _links(document, page, profile) if number(url)), page.final_url)
        return urlsplit(address(numbered, value)).path

    return _numbered(document, page, request, profile, _Numbering(number, address, said))


def listing_of(url: str, pager: PagerProfile) -> tuple[str, int] | None:
    """Return which listing's further page an address is: the listing's own address, and the page, counted from 1.

    None: the address has no number where the pager puts it, or the pager gives its pages none.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    listing, value = url, ""
    if pager.kind == "query":
        query = parse_qsl(parts.query, keep_blank_values=True)
        value = dict(query).get(pager.parameter or "page", "")
        rest = [(name, one) for name, one in query if name != (pager.parameter or "page")]
        listing = urlunsplit(parts._replace(query=urlencode(rest)))
    elif pager.kind == "path":
        rest_of_it, match = _without(re.compile(pager.pattern or "(?!)(?P<page>)"), url)
        value = "" if match is None else match["page"] or ""
        listing = f"{parts.scheme}://{parts.netloc}{rest_of_it}"
    page = int(value) - pager.first + 1 if _is_number(value) else 0
    return (listing, page) if page > 0 else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def _without(pattern: re.Pattern[str], url: str) -> tuple[str, re.Match[str] | None]:
    """Return an address without host and without what the pattern matches, and the match."""
    parts = urlsplit(url)
    whole = f"{parts.path}?{parts.query}" if parts.query else parts.path
    for text in dict.fromkeys((parts.path, whole)):
        match = pattern.search(text)
        if match is not None:
            rest = whole.replace(match.string, match.string[: match.start()] + match.string[match.end() :], 1)
            return rest.rstrip("/"), match
    return whole.rstrip("/"), None


def _links(document: Document, page: Page, profile: Profile) -> list[tuple[Node, str]]:
    """Return the links that could be the pager's, each with its address, in the page's order."""
    nodes = document.all(profile.pager.next) if profile.pager.next else document.every("a")
    urls = ((node, absolute(node.attr("href"), page.final_url)) for node in nodes)
    return [(node, url) for node, url in urls if url is not None and is_own(url, profile)]


def _numbered(document: Document, page: Page, request: PageRequest, profile: Profile, numbering: _Numbering) -> Listing:
    first = profile.pager.first
    here = request.number - 1 + first
    pages: dict[int, str] = {}
    labelled: dict[int, int] = {}  # the number that a reader sees → the one in the address
    forward: str | None = None
    for node, url in _links(document, page, profile):
        value = numbering.number(url)
        if _is_number(value):
            pages[int(value)] = url
            if (label := label_of(node)).isdecimal():
                labelled[int(label)] = int(value)
            if FORWARD.fullmatch(node.text):
                forward = url
    if request.number == 1:
        _refuse_other_numbers(labelled, numbering.said, first)
    following = pages.get(here + 1)
    if following is None and any(number > here for number in pages):
        # Blocks such as "1 … 40": the page itself is not linked, its neighbours are.
        following = forward or numbering.address(next(iter(pages.values())), here + 1)
    last = max(max(pages, default=here) - first + 1, request.number)
    if following is None:
        return Listing((), None, pager_seen=bool(pages), last_page=last)
    step = PageRequest(following, number=request.number + 1)
    # A pager that names only the next page does not say where it ends: behind a page that cannot be read there may be
    # more. One with numbers does.
    behind = [n for n in range(step.number + 1, step.number + 1 + FURTHER) if n <= last or not labelled]
    further = tuple(
        PageRequest(pages.get(n - 1 + first) or numbering.address(following, n - 1 + first), number=n) for n in behind
    )
    return Listing((), step, pager_seen=True, last_page=last, further=further)


def _refuse_other_numbers(labelled: Mapping[int, int], said: Callable[[int], str], first: int) -> None:
    """Raise where no link of the pager leads where ``first`` says.

    A pager that counts from 0, read as if it counted from 1, would be walked past its second page without a word. Links
    that choose how many entries a page has, or a day of a calendar, have numbers too: they all lead to one page.
    """
    leading = len(set(labelled.values())) == len(labelled)
    if len(labelled) == 1:
        leading = all(abs(value - label) <= 1 for label, value in labelled.items())
    if labelled and leading and all(value - label != first - 1 for label, value in labelled.items()):
        label, value = min(labelled.items())
        raise FieldMissing(
            f'the pager\'s link "{label}" leads to {said(value)}, and by [pager] first = {first} '
            f"it would be {said(label + first - 1)}",
            field="pager.first",
        )
