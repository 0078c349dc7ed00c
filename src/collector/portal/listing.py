"""A listing page: its items in order, each with the address and id of a bulletin."""

from __future__ import annotations

from dataclasses import replace

from collector.dom import Document, Node
from collector.errors import FieldMissing
from collector.model import ArticleRef, Listing, Page, PageRequest
from collector.portal.cut import refuse_cut
from collector.portal.identity import identity
from collector.portal.links import absolute, is_own
from collector.portal.pagers import read_pager
from collector.profile import Profile
from collector.vietnamese.dates import printed_date


def read_listing(document: Document, page: Page, request: PageRequest, profile: Profile) -> Listing:
    """Return the page's items and where the pager leads on.

    Raises:
        PageCut: it stops in its middle.
        FieldMissing: neither items nor the list's container: the page is no listing that the profile knows; or its
            pager numbers the pages otherwise than the profile says.
    """
    base = document_base(document, page.final_url)
    nodes = _item_nodes(document, profile)
    containers = document.all(profile.listing.container)
    items: dict[str, ArticleRef] = {}
    unreadable = 0
    for node in nodes:
        ref = _item(node, base, profile)
        if ref is None:
            unreadable += 1
        else:
            items[ref.source_id] = _merged(items.get(ref.source_id), ref)
    if not items and not containers and not nodes:
        raise FieldMissing("no selector of [listing] finds the list of bulletins", field="listing.item")
    if nodes:
        refuse_cut(document, nodes[-1].readable(), page)
    pager = read_pager(document, page, request, profile)
    return replace(pager, items=tuple(items.values()), unreadable=unreadable)


def document_base(document: Document, url: str) -> str:
    """Return the address that the page's relative links start from."""
    for node in document.every("base"):
        found = absolute(node.attr("href"), url)
        if found is not None:
            return found
    return url


def _item_nodes(document: Document, profile: Profile) -> list[Node]:
    """Return the items of the first selector that gives any with a link."""
    scopes: list[Node] = document.all(profile.listing.container) or [document]
    for selector in profile.listing.item:
        # Inside the containers where the selector finds them so, else on the whole page.
        found = [node for scope in scopes for node in scope.every(selector)] or document.every(selector)
        if any(node.tag == "a" or node.every("a") for node in found):
            return found
    return []


def _item(node: Node, base: str, profile: Profile) -> ArticleRef | None:
    links = [node] if node.tag == "a" else [link for one in profile.listing.link for link in node.every(one)]
    chosen: tuple[Node, str] | None = None
    for link in links:
        url = absolute(link.attr("href"), base)
        if url is None or not is_own(url, profile):
            continue
        # The first link may hold only the picture: the first with text is the one a reader clicks.
        if link.text:
            chosen = link, url
            break
        chosen = chosen or (link, url)
    if chosen is None:
        return None
    link, url = chosen
    named = [found.text for found in node.all(profile.listing.title) if found.text] if profile.listing.title else []
    title = (named[0] if named else "") or link.text or link.attr("title")
    dates = [printed for found in node.all(profile.listing.date) if (printed := printed_date(found.text))]
    leads = [found.text for found in node.all(profile.listing.lead) if found.text]
    return ArticleRef(
        url=url,
        source_id=identity(url, profile),
        title=title or None,
        published_on=dates[0].day if dates else None,
        lead=leads[0] if leads else None,
    )


def _merged(known: ArticleRef | None, ref: ArticleRef) -> ArticleRef:
    """Join two entries of one bulletin: a picture list and a headline list may both name it."""
    if known is None:
        return ref
    return replace(
        known,
        title=known.title or ref.title,
        published_on=known.published_on or ref.published_on,
        lead=known.lead or ref.lead,
    )
