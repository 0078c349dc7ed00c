"""An article page: title, date, lead, body, byline and attachments, each with what filled it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from collector.dom import Document, Node
from collector.errors import FieldMissing
from collector.maincontent import SOURCE
from collector.model import Attachment, Bulletin, Page
from collector.portal import fallback
from collector.portal.cut import refuse_cut
from collector.portal.identity import identity, source_id
from collector.portal.links import absolute
from collector.portal.listing import document_base
from collector.profile import Profile
from collector.vietnamese.dates import PrintedDate, printed_date

_FILES = frozenset(
    ".pdf .doc .docx .xls .xlsx .ppt .pptx .odt .ods .rtf .csv .txt .zip .rar .7z .mp3 .mp4 .xml".split()
)
_IMAGES = frozenset(".jpg .jpeg .png .gif .webp .bmp .tif .tiff .svg".split())
#: Headings of the blocks that follow a bulletin: what stands below belongs to other bulletins.
_RELATED = re.compile(
    r"(?:các\s+)?(?:tin|bài|bài viết|tin bài|tin tức)\s+(?:mới|khác|cũ hơn|mới hơn|liên quan|cùng chuyên mục|đã đưa|"
    r"nổi bật|mới nhất|mới hơn|tức khác)(?:\s+(?:nhất|hơn))?\s*:?|các tin khác\s*:?",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(?:tổng hợp|tác giả|người viết|bài và ảnh|tin và ảnh|tin,\s*ảnh|bài,\s*ảnh|tin\s*[-–]\s*ảnh|nguồn tin|nguồn|theo)"
    r"\s*:\s*\S.{0,120}",
    re.IGNORECASE,
)
#: What may stand between the names of a signature without a label.
_BETWEEN_NAMES = frozenset({"và", "-", "–", "&", "+"})
#: Of the body's lines, those among which a lead may stand: a picture's caption can be the first.
_LEAD_LINES = 3


def read_article(document: Document, page: Page, profile: Profile) -> Bulletin:
    """Return the bulletin.

    Raises:
        FieldMissing: no title or no body, not even by the fallback; nothing half-read is returned.
        PageCut: it stops in its middle.
    """
    sources: dict[str, str] = {}
    base = document_base(document, page.final_url)
    title_node, title = _title(document, profile.article.title, sources)
    body_node = _body(document, profile.article.body, title_node, sources)
    missing = "title" if title is None else "body" if body_node is None else None
    text = fallback.Text(body_node) if body_node else fallback.find_text(document, page, profile)
    without = text.without | {node.key for selector in profile.article.remove for node in document.every(selector)}
    if title_node is not None:
        # A title inside the body's container is no paragraph of it.
        without |= {title_node.key}
    lines = _own_lines(text.node.readable(without=without).split("\n"))
    refuse_cut(document, "\n".join(lines), page)
    if title is None:
        title, sources["title"] = fallback.find_title(document, page, lines, profile)
    if body_node is None:
        sources["body"] = SOURCE
        lines = fallback.only_text(document, title, lines)
    if lines and lines[0] == title:
        lines = lines[1:]
    if missing is not None:
        found = fallback.Text(text.node, without)
        fallback.refuse_what_is_no_bulletin(document, found, title, lines, page, profile, missing=missing)
    if not lines:
        raise FieldMissing("the body's container is empty", field="body")
    printed = _published(document, profile.article.published, sources)
    if printed is None and (printed := fallback.find_date(document, title, lines)) is not None:
        sources["published_on"] = "fallback:below the title"
    byline = _byline(document, profile.article.byline, lines, sources)
    lead = _lead(document, text.node, profile.article.lead, lines, frozenset({title, byline}), sources)
    attachments = _attachments(document, text.node, profile, base, without)
    if attachments:
        sources["attachments"] = "links"
    return Bulletin(
        url=page.final_url,
        source_id=source_id(page.final_url, profile) or identity(page.url, profile),
        title=title,
        body="\n".join(lines),
        lead=lead,
        byline=byline,
        published_on=printed.day if printed else None,
        published_at=_instant(printed, profile.timezone),
        attachments=attachments,
        provenance=sources,
    )


def has_article(document: Document, profile: Profile) -> str | None:
    """Return title and body of a page in one text when selectors fill both required fields, else None.

    The fallback has no say in what kind of page it is: it would find an article in a menu.
    """
    node, title = _title(document, profile.article.title, {})
    body = _body(document, profile.article.body, node, {})
    return None if title is None or body is None else f"{title}\n{body.readable()}"


def _filled(document: Document, selectors: Sequence[str]) -> Iterator[tuple[str, Node]]:
    """Yield every match that holds text or a picture, in the order of the selectors."""
    return ((one, node) for one in selectors for node in document.every(one) if node.text or node.every("img"))


def _title(document: Document, selectors: Sequence[str], sources: dict[str, str]) -> tuple[Node | None, str | None]:
    for selector, node in _filled(document, selectors):
        if node.text:
            sources["title"] = f"selector:{selector}"
            return node, node.text
    return None, None


def _body(document: Document, selectors: Sequence[str], title: Node | None, sources: dict[str, str]) -> Node | None:
    for selector, node in _filled(document, selectors):
        if title is None or node.key != title.key:
            sources["body"] = f"selector:{selector}"
            return node
    return None


def _own_lines(lines: list[str]) -> list[str]:
    """Cut the block of other bulletins below, which some templates put into the body's container."""
    for place, line in enumerate(lines):
        if place and _RELATED.fullmatch(line):
            return lines[:place]
    return lines


def _byline(document: Document, selectors: Sequence[str], lines: list[str], sources: dict[str, str]) -> str | None:
    """Return who wrote it, and take its line out of the body's end: it has a column of its own."""
    for selector, node in _filled(document, selectors):
        text = node.text
        # Inside the body only the last line is believed, and only one that looks like a name: the last bold words of
        # a text are no author.
        if not text or (text in lines and not (lines[-1] == text and len(lines) > 1 and _names_somebody(text))):
            continue
        sources["byline"] = f"selector:{selector}"
        if lines[-1] == text:
            lines.pop()
        return text
    # Of a text that no selector found nobody knows which words are bold: a bare name at its end has to do.
    bare = sources["body"] == SOURCE and 2 <= len(lines[-1].split()) <= 5 and _names_somebody(lines[-1])  # noqa: PLR2004
    if len(lines) > 1 and (bare or _BYLINE.fullmatch(lines[-1])):
        sources["byline"] = "last line"
        return lines.pop()
    return None


def _names_somebody(text: str) -> bool:
    """Say whether a line is a signature: labelled, or up to eight words that each begin with a capital."""
    if _BYLINE.fullmatch(text):
        return True
    words = [word.strip("().,;") for word in text.split() if word not in _BETWEEN_NAMES]
    if not 1 <= len(words) <= 8 or text.endswith((".", ":", "!", "?")):  # noqa: PLR2004
        return False
    # Several words all in capitals are a heading; one is an abbreviation such as STO.
    return all(word[:1].isupper() for word in words) and not (len(words) > 1 and text.isupper())


def _lead(
    document: Document,
    body: Node,
    selectors: Sequence[str],
    lines: list[str],
    taken: frozenset[str | None],
    sources: dict[str, str],
) -> str | None:
    """Return the lead: one of the body's first lines, or an element outside the body, which then goes before it."""
    for selector, node in _filled(document, selectors):
        text = node.text
        if not text or text in taken:
            continue
        if text in lines[:_LEAD_LINES]:
            sources["lead"] = f"selector:{selector}"
            return text
        if not _inside(node, frozenset({body.key})) and text not in " ".join(lines):
            sources["lead"] = f"selector:{selector}"
            lines[:0] = node.readable().split("\n")
            return text
    return None


def _published(document: Document, selectors: Sequence[str], sources: dict[str, str]) -> PrintedDate | None:
    for selector, node in _filled(document, selectors):
        printed = printed_date(node.text) or printed_date(node.attr("datetime") or node.attr("content"))
        if printed is not None:
            sources["published_on"] = f"selector:{selector}"
            return printed
    return None


def _instant(printed: PrintedDate | None, timezone: str) -> datetime | None:
    if printed is None or printed.time is None:
        return None
    return datetime.combine(printed.day, printed.time, ZoneInfo(timezone)).astimezone(UTC)


def _attachments(
    document: Document, body: Node, profile: Profile, base: str, without: frozenset[int]
) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}
    inside = [node for node in body.every("img, a") if not _inside(node, without)]
    # What the profile names as attachments is taken from blocks that are no text of the body, too.
    named = document.all(profile.article.attachments)
    holders = [node for holder in named if holder.tag not in {"img", "a"} for node in holder.every("img, a")]
    told = {node.key for node in [*named, *holders]}
    for node in [*inside, *(node for node in named if node.tag in {"img", "a"}), *holders]:
        picture = node.tag == "img"
        url = absolute(node.attr("src") or node.attr("data-src") if picture else node.attr("href"), base)
        ending = "" if url is None else PurePosixPath(unquote(urlsplit(url).path)).suffix.lower()
        if not picture and ending not in _FILES | _IMAGES and node.key in told:
            # What the profile names as attachment may be sent by a script (?download=1): then its label is the file.
            ending = PurePosixPath(node.text).suffix.lower()
        if url is None or url in found or not (picture or ending in _FILES | _IMAGES):
            continue
        label = (node.attr("alt") or node.attr("title")) if picture else (node.text or node.attr("title"))
        name = PurePosixPath(unquote(urlsplit(url).path)).name
        kind = "image" if picture or ending in _IMAGES else "file"
        found[url] = Attachment(url, label or name or url, kind)
    return tuple(found.values())


def _inside(node: Node, keys: frozenset[int]) -> bool:
    here: Node | None = node
    while here is not None and keys:
        if here.key in keys:
            return True
        here = here.parent
    return False
