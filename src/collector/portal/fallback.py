"""What no selector filled, found all the same, or refused: rather no bulletin than a menu that is recorded as one.

The text is found by the library behind :mod:`collector.maincontent`. It always finds something, so everything here is
about what must not pass: an address that promises no bulletin, lists of links, footers, notices, pages in another
language. Title and date are looked for beside the text and nowhere else: the page's clock stands in its head.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from collector.dom import Document, Node
from collector.errors import FieldMissing
from collector.maincontent import main_content
from collector.model import Page
from collector.portal.identity import source_id
from collector.portal.links import absolute
from collector.portal.recognise import is_home, sounds_like_a_notice
from collector.portal.visits import read_counter
from collector.profile import Profile
from collector.vietnamese.characters import fold_key
from collector.vietnamese.dates import PrintedDate, printed_date

#: So many lines above the text a title or a date may stand: a lead, an author and a row of buttons lie between.
_NEAR = 8
#: Two sentences of a short bulletin; a slogan, a notice or a link's title says less.
_LEAST_PROSE, _LEAST_WORDS = 100, 20
#: Of a menu or a list nearly everything is link text, of a bulletin a law's name or a file's.
_MOST_LINKED = 0.35
#: Of the letters of Vietnamese prose, 22 to 35 in 100 are no ASCII (on our pages); of a firewall's or a host's, none.
_LEAST_VIETNAMESE = 0.08
_SHORTEST_TITLE, _LONGEST_TITLE = 3, 300  # words, characters

_HEADINGS = ("h1", "h2", "h3", "[class*='itle']", "[id*='itle']", "[class*='eading']", "[class*='tieu']")
_SENTENCE = re.compile(r"[.!?…:;][\"”’»)]*$")
_SITE = re.compile(
    r"(?:cổng|trang|hệ thống)\s+(?:thông\s+tin|giao\s+tiếp|dịch\s+vụ)|website|trang\s+chủ", re.IGNORECASE
)
#: At a line's start; a bulletin may say who is "cơ quan chủ quản" of a road.
_FOOTER = re.compile(
    r"\W*(?:(?:cơ quan|đơn vị)\s+chủ\s+quản\s*:|ghi\s+rõ\s+nguồn|bản\s+quyền|copyright|giấy\s+phép\s+(?:số|thiết))",
    re.IGNORECASE,
)
#: Buttons and counts of views around a text.
_TOOLS = re.compile(
    r"(?:(?:chia sẻ|in trang|in bài(?: viết)?|gửi (?:e-?mail|bạn bè)|"
    r"(?:lượt|số lần|đã) (?:xem|đọc)\s*(?::\s*)?[\d.]*\d|quay lại|trở (?:về|lại)|(?:về )?đầu trang|facebook|zalo|"
    r"twitter|tweet|cỡ chữ|a[-+]?|nghe (?:đọc )?bài(?: viết)?|bình luận(?: \(\d+\))?|thích)[\s|:,.]*)+",
    re.IGNORECASE,
)
#: What stands below each lead of a list.
_MORE = re.compile(r"(?:\[|>+|»)?\s*(?:xem|đọc)\s+(?:tiếp|thêm|chi tiết|toàn văn)\W*|chi tiết\W*", re.IGNORECASE)
_CLOCK = r"\d{1,2}\s?[:hg]\s?\d{2}(?:\s?:\s?\d{2})?"
_BEFORE_DATE = (
    r"(?:(?:ngày|giờ|đăng|tin|tạo|gửi|cập nhật|xuất bản|thời gian|lúc|vào|thứ|hai|ba|tư|năm|sáu|bảy|chủ nhật)\b|"
    rf"t?[2-7]\b(?![/.-])|{_CLOCK}|[^\w]|_)*"
)
_DATE = r"\d{1,4}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{1,4}|\d{1,2}\s+tháng\s+\d{1,2}\s*(?:năm|,|/)\s*\d{4}"
_AFTER_DATE = (
    r"(?:(?:lượt|đã|số lần|xem|đọc|in|trang|bài|viết|gửi|e-?mail|chia sẻ|cỡ chữ|gmt|sa|ch|am|pm|lúc|vào|phút|giờ|t)\b|"
    r"[hg](?=\d)|[\W\d_]|a[-+])*"
)
#: A line that is a date and nothing else: "Ngày 08/01/2024, Sở Lao động …" is an event's.
_DATE_LINE = re.compile(rf"{_BEFORE_DATE}(?:{_DATE}){_AFTER_DATE}", re.IGNORECASE)
_LONGEST_DATE_LINE = _LONGEST_TOOLS = 120


@dataclass(frozen=True, slots=True)
class Text:
    """Where a page's text stands."""

    node: Node
    without: frozenset[int] = frozenset()  #: keys of elements inside that are no part of it


def find_text(document: Document, page: Page, profile: Profile) -> Text:
    """Return where the page's text stands.

    Raises:
        FieldMissing: the address promises no bulletin, or there is no text.
    """
    _promises_a_bulletin(page, profile, "body")
    found = main_content(document)
    if found is None:
        raise FieldMissing("no selector finds the body, and there is no text to be made out", field="body")
    return Text(found.node, found.without)


def find_title(document: Document, page: Page, lines: Sequence[str], profile: Profile) -> tuple[str, str]:
    """Return the title that stands beside a text, and what found it.

    A line that the page's head begins with goes first, then the nearest heading, then the line above the printed date.

    Raises:
        FieldMissing: none of them, or only the site's name and links to other pages.
    """
    _promises_a_bulletin(page, profile, "title")
    # The text may begin with its title; a heading further down is a chapter's.
    prose = next((n for n, line in enumerate(lines) if _is_prose(line)), 0)
    above = [*_above(document, lines), *lines[: min(prose, 4)]]
    base = page.final_url
    elsewhere = {one.text for one in document.every("a") if _leads_away(one, base, profile)}
    usable = [line for line in above if line not in elsewhere and _may_be_title(line, profile)]
    named = fold_key(document.title)
    for line in reversed(usable):
        if named.startswith(fold_key(line)):
            return line, "fallback:title"
    for selector in _HEADINGS:
        headings = {node.text for node in document.every(selector)}
        for line in reversed(usable):
            if line in headings:
                return line, f"fallback:{selector}"
    for line, below in pairwise(above):
        if line in usable and _date_in(below) is not None:
            return line, "fallback:above the date"
    raise FieldMissing("no selector finds the title, and none stands beside the text", field="title")


def find_date(document: Document, title: str, lines: Sequence[str]) -> PrintedDate | None:
    """Return the date that stands alone on a line between a title and its text; None for none, or for two."""
    dates = {printed for line in _below(title, _above(document, lines)) if (printed := _date_in(line)) is not None}
    return dates.pop() if len(dates) == 1 else None


def only_text(document: Document, title: str, lines: Sequence[str]) -> list[str]:
    """Return the lines of a text that the library found, without what it takes along, and with what it misses.

    It takes along everything down to the title, the line of the date, and buttons. It misses a lead that is set apart:
    every paragraph between the title and the text.
    """
    if title in lines[:_NEAR]:
        lines, missed = lines[lines.index(title) + 1 :], []
    else:
        missed = [line for line in _below(title, _above(document, lines)) if _is_prose(line)]
    return missed + [
        line
        for place, line in enumerate(lines)
        if not _is_tool(line) and (place > 2 or _date_in(line) is None)  # noqa: PLR2004
    ]


def refuse_what_is_no_bulletin(
    document: Document, text: Text, title: str, lines: Sequence[str], page: Page, profile: Profile, *, missing: str
) -> None:
    """Let nothing pass but sentences in Vietnamese; ``missing`` is the field that no selector filled.

    Raises:
        FieldMissing: it is a list, a menu, a footer, a notice, or says too little to tell.
    """
    body = "\n".join(lines)
    prose = [line for line in lines if _is_prose(line)]
    said = " ".join(prose)
    links = _links(document, text, title, lines, page, profile)
    loose = sum(len(line) for line in lines if " | " not in line)
    letters = sum(letter.isalpha() for letter in said)
    reasons = {
        "is too short to be told from a notice": len(said) < _LEAST_PROSE or len(said.split()) < _LEAST_WORDS,
        "is a list, not prose": 2 * len(said) < loose,
        "is made of links": links.characters > _MOST_LINKED * len(body),
        "introduces other bulletins": links.more > 1 or 0 < len(prose) <= 2 * links.others,
        "holds the page's footer": any(_FOOTER.match(line) for line in lines),
        "holds the page's counter": read_counter(body, profile.visits) is not None,
        "is a notice": sounds_like_a_notice(title, body),
        "is not in Vietnamese": sum(not one.isascii() for one in said if one.isalpha()) < _LEAST_VIETNAMESE * letters,
    }
    for reason, true in reasons.items():
        if true:
            raise FieldMissing(f"no selector finds the {missing}, and the text on the page {reason}", field=missing)


def _promises_a_bulletin(page: Page, profile: Profile, field: str) -> None:
    """Stop where the address has no bulletin's id, or another one's than was asked for."""
    here, asked = source_id(page.final_url, profile), source_id(page.url, profile)
    if here is None or is_home(page.final_url, profile) or asked not in {None, here}:
        raise FieldMissing(f"no selector finds the {field}, and the address promises no bulletin", field=field)


def _above(document: Document, lines: Sequence[str]) -> list[str]:
    """Return the lines of the page that stand just above a text."""
    page_lines = document.readable().split("\n")
    # The first line of a text may stand in a list above it, too: the last place where two lines follow counts.
    heads = [line for line in lines[:2] if line]
    for count in range(len(heads), 0, -1):
        places = [n for n in range(len(page_lines)) if page_lines[n : n + count] == heads[:count]]
        if places:
            return page_lines[max(0, places[-1] - _NEAR) : places[-1]]
    return []


def _below(title: str, lines: Sequence[str]) -> Sequence[str]:
    """Return what follows a title among the lines above a text; nothing where it does not stand there."""
    return lines[len(lines) - lines[::-1].index(title) :] if title in lines else ()


def _is_prose(line: str) -> bool:
    return len(line.split()) >= _LEAST_WORDS // 2 and _SENTENCE.search(line) is not None


def _may_be_title(line: str, profile: Profile) -> bool:
    if len(line.split()) < _SHORTEST_TITLE or len(line) > _LONGEST_TITLE or line.endswith((".", ";", ":", ",")):
        return False
    names = {
        fold_key(name) for name in (profile.name, profile.attribution, *(one.name for one in profile.sections)) if name
    }
    return not _SITE.match(line) and fold_key(line) not in names and _date_in(line) is None and not _is_tool(line)


def _is_tool(line: str) -> bool:
    return len(line) <= _LONGEST_TOOLS and _TOOLS.fullmatch(line) is not None


def _date_in(line: str) -> PrintedDate | None:
    return printed_date(line) if len(line) <= _LONGEST_DATE_LINE and _DATE_LINE.fullmatch(line) else None


def _leads_away(link: Node, base: str, profile: Profile) -> bool:
    url = absolute(link.attr("href"), base)
    if url is None:
        return link.attr("href").startswith("javascript:")  # a postback leads anywhere
    return (source_id(url, profile) or url) != (source_id(base, profile) or base)


@dataclass(frozen=True, slots=True)
class _Links:
    """The links from a title to the end of its text."""

    characters: int  #: of the text, how many are links
    others: int  #: to how many other bulletins they lead
    more: int  #: how many only say that there is more elsewhere


def _links(document: Document, text: Text, title: str, lines: Sequence[str], page: Page, profile: Profile) -> _Links:
    own, body = source_id(page.final_url, profile), "\n".join(lines)
    # What the library left out counts where text of ours follows: of a list it keeps the leads, not their headings.
    whole = text.node.readable().split("\n")
    if lines and lines[-1] in whole:
        whole = whole[: len(whole) - whole[::-1].index(lines[-1])]
    within = "\n".join(whole)
    above = set(_below(title, _above(document, lines)))
    inside = [link for link in text.node.every("a") if link.text and link.text in within]
    found = [*inside, *(link for link in document.every("a") if link.text in above)]
    urls = [url for link in found if (url := absolute(link.attr("href"), page.final_url)) is not None]
    ids = {source_id(url, profile) for url in urls} - {None, own}
    return _Links(
        characters=sum(len(link.text) for link in inside if link.text in body),
        others=len(ids),
        more=sum(_MORE.fullmatch(line) is not None for line in whole),
    )
