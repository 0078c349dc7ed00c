"""Feeds (RSS, Atom) and sitemaps as listings: where a portal has one, it says what its pages only show."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from html.entities import html5
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from zoneinfo import ZoneInfo

from collector.charset import to_utf8
from collector.errors import PageTooDeep, WrongPage
from collector.model import ArticleRef, Listing, Page, PageKind, PageRequest
from collector.portal.identity import identity, source_id
from collector.portal.links import absolute, is_own
from collector.profile import Profile
from collector.vietnamese.characters import one_line
from collector.vietnamese.dates import printed_date

#: What sitemaps.org allows one file to hold, unpacked.
_MAX_BYTES = 50_000_000
#: An item's fields lie four deep; a feed that nests further holds no text of use.
_MAX_DEPTH = 64
#: 50,000 addresses with their fields are 250,000. Twelve million empty elements, 50 KB of gzip, took 26 s, 1.2 GB.
_MAX_ELEMENTS = 1_000_000
_SLICE = 1_000_000
_GZIP = b"\x1f\x8b"
_ROOT = re.compile(rb"<(?:\w+:)?(rss|RDF|feed|urlset|sitemapindex)[\s>]")
_NOT_ROOT = re.compile(rb"<(?:!DOCTYPE\s+html|html|body)\b", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30};)")
_PREFIX = re.compile(r"(</?)[\w.-]+:(?=\w)")
#: To the end where it is never closed: else each opening would be looked through to the end.
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def is_feed(body: bytes) -> bool:
    """Say whether a body is a feed or a sitemap, whatever its content type says; gzip is looked into."""
    head = _unpacked(body, 4096)[:4096] if body.startswith(_GZIP) else body[:4096]
    root = _ROOT.search(head)
    page = _NOT_ROOT.search(head)
    return root is not None and (page is None or root.start() < page.start())


def read_feed(page: Page, request: PageRequest, profile: Profile) -> Listing:
    """Return the entries of a feed or a sitemap as a listing; a sitemap's index leads on to its sitemaps one by one.

    Of a sitemap only those addresses count that hold an id of ``identity.patterns``: it names every page there is.

    Raises:
        WrongPage: it is no well-formed XML, not even when usual mistakes are mended; or an index inside an index.
        PageTooDeep: it is nested or large beyond what is parsed.
    """
    root = _parsed(page)
    kind = _name(root)
    if kind == "sitemapindex":
        return _index(root, page, request, profile)
    if kind == "urlset":
        found = _sitemap_entries(root, page, profile)
        rest = request.rest
        follow = PageRequest(rest[0], number=request.number + 1, rest=rest[1:]) if rest else None
        last = request.number + len(rest)
        items = {ref.source_id: ref for ref in found}
        return Listing(tuple(items.values()), follow, pager_seen=bool(rest), last_page=last, unordered=True)
    entries = [one for one in root.iter() if _name(one) in {"item", "entry"}]
    refs = [_entry(one, page, profile) for one in entries]
    items = {ref.source_id: ref for ref in refs if ref is not None}
    unreadable = sum(ref is None for ref in refs)
    return Listing(tuple(items.values()), None, pager_seen=False, unreadable=unreadable)


# --- XML ----------------------------------------------------------------------------------------------------------


def _unpacked(body: bytes, most: int) -> bytes:
    """Return at most ``most`` bytes of what gzip holds, all its members (RFC 1952, 2.2); nothing of a damaged one."""
    found = bytearray()
    while body.startswith(_GZIP) and len(found) < most:
        packed = zlib.decompressobj(wbits=31)
        try:
            found += packed.decompress(body, most - len(found))
        except zlib.error:
            return b""
        body = packed.unused_data
    return bytes(found)


def _parsed(page: Page) -> Element:
    body = _unpacked(page.body, _MAX_BYTES + 1) if page.body.startswith(_GZIP) else page.body
    if len(body) > _MAX_BYTES:
        raise PageTooDeep(f"{page.url} unpacks to more than {_MAX_BYTES} bytes")
    utf8, _ = to_utf8(body, page.headers.get("content-type"))
    text = _DECLARATION.sub("", utf8.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n"))
    # Entities of its own are how a small file becomes a huge one, and no feed has a use for them.
    if "<!ENTITY" in text:
        message = f"{page.url}: a feed that declares entities of its own is not read"
        raise WrongPage(message, kind=PageKind.FOREIGN.value)
    try:
        return _tree(text, page.url)
    except ParseError:
        pass
    try:
        return _tree(_mended(text), page.url)
    except ParseError as error:
        message = f"{page.url}: a feed that is no well-formed XML: {error}"
        raise WrongPage(message, kind=PageKind.FOREIGN.value) from error


class _Bounded(TreeBuilder):
    """Builds the tree as long as it is no deeper and no larger than a feed can be."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._depth = self._elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise PageTooDeep(f"{self._url} nests more than {_MAX_DEPTH} elements")
        self._elements += 1
        if self._elements > _MAX_ELEMENTS:
            raise PageTooDeep(f"{self._url} has more than {_MAX_ELEMENTS} elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _tree(text: str, url: str) -> Element:
    parser = XMLParser(target=_Bounded(url))  # noqa: S314 - declarations of entities were refused before
    # In slices: the parser makes bytes of what it is given, and 50 MB need not lie in memory once more.
    for start in range(0, len(text), _SLICE):
        parser.feed(text[start : start + _SLICE])
    root: Element = parser.close()
    return root


def _mended(text: str) -> str:
    """Put right what real feeds do: HTML's entities, bare ampersands, control characters, undeclared prefixes."""
    pieces = _CDATA.split(_NO_XML.sub("", text))
    # Every second piece is a CDATA section: there an ampersand is one, and stays.
    pieces[::2] = (_mended_markup(piece) for piece in pieces[::2])
    return "".join(pieces)


def _mended_markup(text: str) -> str:
    text = _ENTITY.sub(lambda match: match[0] if match[1] in _XML_ENTITIES else html5.get(match[1], match[0]), text)
    return _PREFIX.sub(r"\1", _BARE_AMPERSAND.sub("&amp;", text))


_XML_ENTITIES = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _texts(element: Element, *names: str) -> Iterator[str]:
    """Yield the texts of the children of these names, in the order of the names, the element's own namespace first.

    ``media:title``, the caption of a picture, may stand before the item's own title.
    """
    space = element.tag.rpartition("}")[0]
    for name in names:
        found = [child for child in element if _name(child) == name]
        for child in sorted(found, key=lambda one: one.tag.rpartition("}")[0] != space):
            if text := "".join(child.itertext()).strip():
                yield text


# --- entries ------------------------------------------------------------------------------------------------------


def _index(root: Element, page: Page, request: PageRequest, profile: Profile) -> Listing:
    if request.number > 1:
        # sitemaps.org does not allow it, and it could lead in a circle; passed over, its bulletins would be missed.
        raise WrongPage(
            f"{page.url}: an index of sitemaps inside an index is not followed", kind=PageKind.FOREIGN.value
        )
    named = (text for one in root for text in _texts(one, "loc"))
    urls = [url for text in named if (url := absolute(text, page.final_url)) and is_own(url, profile)]
    rest = tuple(dict.fromkeys(urls))
    follow = PageRequest(rest[0], number=2, rest=rest[1:]) if rest else None
    return Listing((), follow, pager_seen=bool(rest), last_page=1 + len(rest), unordered=True)


def _sitemap_entries(root: Element, page: Page, profile: Profile) -> Iterator[ArticleRef]:
    for one in root:
        for text in _texts(one, "loc"):
            url = absolute(text, page.final_url)
            found = None if url is None or not is_own(url, profile) else source_id(url, profile)
            if url is not None and found is not None:
                yield ArticleRef(url, found)


def _entry(entry: Element, page: Page, profile: Profile) -> ArticleRef | None:
    hrefs = [
        child.get("href", "")
        for child in entry
        if _name(child) == "link" and child.get("rel", "alternate") == "alternate"
    ]
    urls = [
        url for text in (*_texts(entry, "link"), *hrefs, *_permalinks(entry)) if (url := absolute(text, page.final_url))
    ]
    own = next((url for url in urls if is_own(url, profile)), None)
    if own is None:
        return None
    # Titles are often escaped twice: "H&amp;ograve;a".
    title = next(_texts(entry, "title"), "")
    # Not "updated": a bulletin edited in July would be passed over when January is asked for.
    stamps = _texts(entry, "pubDate", "published", "date", "issued")
    days = (day for text in stamps if (day := _day(text, profile.timezone)))
    return ArticleRef(own, identity(own, profile), one_line(unescape(title)) or None, next(days, None))


def _permalinks(entry: Element) -> Iterator[str]:
    """Yield the ids of an entry that are addresses; most are numbers or names that only look like relative ones."""
    for child in entry:
        if _name(child) in {"guid", "id"} and child.get("isPermaLink", "true").strip().lower() != "false":
            text = "".join(child.itertext()).strip()
            if text.lower().startswith(("http://", "https://")):
                yield text


def _day(text: str, timezone: str) -> date | None:
    """Return the local day of a feed's date: RFC 2822, ISO 8601, or day first as the pages print it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError, OverflowError):
            printed = printed_date(text)
            return None if printed is None else printed.day
    try:
        return at.date() if at.tzinfo is None else at.astimezone(ZoneInfo(timezone)).date()
    except (OverflowError, ValueError):
        return None
