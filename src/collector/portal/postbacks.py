"""Pagers of ASP.NET: a link posts the page's form, and the next page comes back in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from collector.dom import Document, Node
from collector.model import Listing, Page, PageRequest
from collector.portal.labels import ELLIPSIS, FORWARD, FURTHER, is_number, label_of
from collector.portal.links import absolute, is_own
from collector.profile import Profile

_POSTBACK = re.compile(
    r"__doPostBack\(\s*\\?['\"](?P<target>[^'\"\\]*)\\?['\"]\s*,\s*\\?['\"](?P<argument>[^'\"\\]*)\\?['\"]"
)
_OF_PAGES = re.compile(r"(?:trang|page)\s*:?\s*\d{1,5}\s*(?:/|trên|của|of)\s*(?P<last>\d{1,5})", re.IGNORECASE)
#: A month's days are linked like pages are; no pager shows so many numbers at once.
_CALENDAR = 28


@dataclass(frozen=True, slots=True)
class _Link:
    """One clickable thing of a pager."""

    label: str
    node: Node
    target: str = ""
    argument: str = ""
    url: str | None = None
    button: tuple[str, str] | None = None


def read_postback(document: Document, page: Page, request: PageRequest, profile: Profile) -> Listing:
    """Return a listing without items that says which form posts the request for the next page."""
    links = _pager_links(document, page, profile)
    # Numbers that cannot be clicked count too: a pager that shows more pages than we can follow is never an end.
    shown = [label for node in document.all(profile.pager.next) if is_number(label := label_of(node))]
    numbers = [int(label) for label in [*shown, *(link.label for link in links)] if is_number(label)]
    if not links:
        last = max([*numbers, _stated_last(document, profile) or 0], default=0)
        return Listing((), None, pager_seen=bool(numbers), last_page=last or None)
    following = _following(links, request.number)
    last = max([*numbers, request.number, _stated_last(document, profile) or 0])
    if following is None:
        return Listing((), None, pager_seen=True, last_page=last)
    step = _form(document, page, following, request.number + 1)
    behind = _behind(links, max(numbers, default=0), request.number + 1)
    further = tuple(_form(document, page, link, number) for number, link in behind)
    return Listing((), step, pager_seen=True, last_page=last, further=further)


def _pager_links(document: Document, page: Page, profile: Profile) -> list[_Link]:
    """Return the links of one pager in their order: the profile's, else the group that looks most like one."""
    if profile.pager.next:
        found = [
            link
            for node in document.all(profile.pager.next)
            if (link := _link(node) or _plain_link(node, page, profile)) is not None
        ]
        if found:
            return found
    groups: dict[int, list[_Link]] = {}
    for node in [*document.every("a"), *document.every("input[type=submit]")]:
        link = _link(node)
        if link is not None and (is_number(link.label) or ELLIPSIS.fullmatch(link.label)):
            groups.setdefault(_holder(node).key, []).append(link)
    likely = [group for group in groups.values() if len(group) < _CALENDAR]
    # A pager names itself (ButtonPage, Pager, PagingControl, PhanTrang); else the group with most pages is it.
    return max(likely, key=lambda group: (_is_named(group[0].node), len(group)), default=[])


def _link(node: Node) -> _Link | None:
    label = label_of(node)
    if node.tag == "input":
        return _Link(label, node, button=(node.attr("name"), node.attr("value"))) if node.attr("name") else None
    match = _POSTBACK.search(node.attr("href")) or _POSTBACK.search(node.attr("onclick"))
    return None if match is None else _Link(label, node, match["target"], match["argument"])


def _plain_link(node: Node, page: Page, profile: Profile) -> _Link | None:
    """Take an ordinary address where a postback was expected: nobody has seen the real pager's markup."""
    url = absolute(node.attr("href"), page.final_url)
    return None if url is None or not is_own(url, profile) else _Link(label_of(node), node, url=url)


def _holder(node: Node) -> Node:
    """Return what holds the whole pager: grids put each number into a cell of its own."""
    parent = node.parent
    while parent is not None and parent.tag in {"td", "span", "li", "b", "strong", "font"}:
        parent = parent.parent
    return parent or node


def _is_named(node: Node) -> bool:
    here: Node | None = node
    for _ in range(5):
        if here is None:
            return False
        if re.search(r"pag(?:e|ing|er|ination)|phan-?trang", f"{here.attr('class')} {here.attr('id')}", re.IGNORECASE):
            return True
        here = here.parent
    return False


def _following(links: Sequence[_Link], current: int) -> _Link | None:
    """Return the link to the page after ``current``: its number, else the ellipsis that goes forward, else "next"."""
    for link in links:
        if link.label == str(current + 1):
            return link
    last_number = max((place for place, link in enumerate(links) if is_number(link.label)), default=None)
    dots = [place for place, link in enumerate(links) if ELLIPSIS.fullmatch(link.label)]
    if dots:
        # On later blocks the first of two goes back. A single one goes forward when it stands behind the numbers.
        if last_number is not None and dots[-1] > last_number:
            return links[dots[-1]]
        if last_number is None and _behind_number(links[dots[-1]].node, current):
            return links[dots[-1]]
    numbers = [int(link.label) for link in links if is_number(link.label)]
    if numbers and max(numbers) > current:
        return None
    return next((link for link in links if FORWARD.fullmatch(link.label)), None)


def _behind(links: Sequence[_Link], highest: int, after: int) -> list[tuple[int, _Link]]:
    """Return the links to the pages behind page ``after``; an ellipsis behind all numbers leads to the block behind."""
    numbered = {int(link.label): link for link in links if is_number(link.label)}
    if links and ELLIPSIS.fullmatch(links[-1].label) and highest > after:
        numbered.setdefault(highest + 1, links[-1])
    return sorted((number, link) for number, link in numbered.items() if number > after)[:FURTHER]


def _behind_number(node: Node, current: int) -> bool:
    text = _holder(node).text
    numbers = list(re.finditer(rf"(?<!\d){current}(?!\d)", text))
    dots = list(ELLIPSIS.finditer(text))
    return bool(numbers and dots) and dots[-1].start() > numbers[-1].start()


def _form(document: Document, page: Page, link: _Link, number: int) -> PageRequest:
    """Return the form as a browser would post it: every hidden field of this page, never one of an earlier page."""
    if link.url is not None:
        return PageRequest(link.url, number=number)
    form = link.node.parent
    while form is not None and form.tag != "form":
        form = form.parent
    fields = [
        (node.attr("name"), node.attr("value"))
        for node in (form or document).every("input")
        if node.attr("type").lower() == "hidden" and node.attr("name") not in {"", "__EVENTTARGET", "__EVENTARGUMENT"}
    ]
    if link.button is not None:
        fields.append(link.button)
        target, argument = "", ""
    else:
        target, argument = link.target, link.argument
    fields = [("__EVENTTARGET", target), ("__EVENTARGUMENT", argument), *fields]
    action = absolute(form.attr("action"), page.final_url) if form is not None and form.attr("action") else None
    same_host = action is not None and urlsplit(action).netloc == urlsplit(page.final_url).netloc
    return PageRequest(action if action is not None and same_host else page.final_url, tuple(fields), number)


def _stated_last(document: Document, profile: Profile) -> int | None:
    """Return the last page that a line such as ``Trang 1/21`` names."""
    holders = {one.key: one for node in document.all(profile.pager.next) if (one := _holder(node))}
    for holder in holders.values():
        match = _OF_PAGES.search(holder.text)
        if match:
            return int(match["last"])
    return None
