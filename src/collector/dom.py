"""HTML, and the only file that knows selectolax: parsing within bounds, selecting, and text as a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from collector.bounds import MAX_BYTES, too_much
from collector.charset import to_utf8
from collector.errors import PageTooDeep
from collector.vietnamese.characters import clean, one_line

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table tbody "
    "tfoot thead tr ul".split()
)
_UNSEEN = frozenset(
    "script style noscript template head title iframe object embed svg canvas audio video select textarea button "
    "input math".split()
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
#: Steps from element to element, all readings of one page together: some 3 s. A page of 3,000 tags needs 30,000.
MAX_WORK = 3_000_000
#: Cleaning and folding so many letters takes as long as one step.
_LETTERS_A_STEP = 20
#: What is done with an element that a selector found (its address made absolute, say) takes as long as so many steps.
_FOUND = 20
#: Letters of texts that are kept, because title, body and page are asked for again and again.
_TEXTS_KEPT = 4_000_000
#: A picture in an address; possessive, so that what is none costs one look.
_EMBEDDED = re.compile(rb"data:[a-zA-Z0-9.+/-]{0,100}+;base64,[A-Za-z0-9+/=%\s]{1000,}+")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9]*")
_NOT_A_NAME = re.compile(r"[^\w -]+")
#: A cell longer than this is a column of the page's layout, not a figure or a name.
_LONGEST_CELL = 600


def selector_error(selector: str) -> str | None:
    """Return what is wrong with a CSS selector, or None when it can be used."""
    if not selector.strip():
        return "an empty selector"
    try:
        LexborHTMLParser(b"<p></p>").css(selector)
    except SelectolaxError:
        return f"{selector!r} is no CSS selector that can be used"
    return None


class _Desk:
    """What reading one page may cost, and the texts that were read already."""

    __slots__ = ("left", "room", "texts")

    def __init__(self) -> None:
        self.left = MAX_WORK
        self.texts: dict[int, str] = {}
        self.room = _TEXTS_KEPT

    def charge(self, work: int) -> None:
        """Pay for reading.

        Raises:
            PageTooDeep: more was read than any page of its size needs.
        """
        self.left -= work
        if self.left < 0:
            raise PageTooDeep(
                "the page is not read: the same text stands in too many elements that it may be taken from"
            )


class Node:
    """An element of a parsed page."""

    __slots__ = ("_desk", "_node")

    def __init__(self, node: LexborNode, desk: _Desk) -> None:
        self._node, self._desk = node, desk

    @property
    def tag(self) -> str:
        """The element's name, in lower case."""
        return self._node.tag or ""

    @property
    def key(self) -> int:
        """What tells this element from every other of its page."""
        return int(self._node.mem_id)

    @property
    def is_block(self) -> bool:
        """Whether its text stands on lines of its own."""
        return self.tag in _BLOCKS

    def attr(self, name: str) -> str:
        """Return an attribute, cleaned; empty when it is not there."""
        return clean(self._node.attributes.get(name) or "").strip()

    @property
    def text(self) -> str:
        """All text inside on one line, scripts and styles left out."""
        return one_line(self.readable().replace("\n", " "))

    @property
    def parent(self) -> Node | None:
        """The element around it."""
        parent = self._node.parent
        self._desk.charge(1)
        return None if parent is None or not parent.is_element_node else Node(parent, self._desk)

    def all(self, selectors: Sequence[str]) -> list[Node]:
        """Return the matches of the first selector that matches anything."""
        for selector in selectors:
            found = self.every(selector)
            if found:
                return found
        return []

    def every(self, selector: str) -> list[Node]:
        """Return all matches of one selector, in document order."""
        found = self._node.css(selector)
        self._desk.charge(_FOUND * len(found))
        return [Node(node, self._desk) for node in found]

    def readable(self, *, without: frozenset[int] = frozenset()) -> str:
        """Return the text as a reader sees it, paragraphs separated by one newline.

        Inline elements are joined without a space (Word splits words over spans), blocks and ``<br>`` by a newline. A
        row of a data table is one line, its cells joined by `` | ``; a layout table is a block like any other. Elements
        whose ``key`` is in ``without`` are left out.
        """
        known = None if without else self._desk.texts.get(self.key)
        if known is not None:
            self._desk.charge(len(known) // _LETTERS_A_STEP)  # whoever asks goes through it once more
            return known
        pieces = clean("".join(_pieces(self._node, without, self._desk)))
        self._desk.charge(len(pieces) // _LETTERS_A_STEP)
        lines = (one_line(line).strip(" |") for line in pieces.split("\n"))
        text = "\n".join(line for line in lines if line)
        if not without and len(text) <= self._desk.room:
            self._desk.room -= len(text)
            self._desk.texts[self.key] = text
        return text


class Document(Node):
    """A parsed page."""

    __slots__ = ("_parser", "charset")

    def __init__(self, parser: LexborHTMLParser, charset: str) -> None:
        # The parser owns the nodes' memory: it has to live as long as they do.
        self._parser = parser
        #: The charset that the bytes were read as.
        self.charset = charset
        root = parser.root
        assert root is not None
        super().__init__(root, _Desk())

    @property
    def title(self) -> str:
        """What stands in the head's ``<title>``, on one line; empty without one."""
        found = self._parser.css_first("title")
        return one_line(found.text(deep=True)) if found is not None else ""

    def skeleton(self) -> str:
        """Return the page as lean HTML for another parser: what a reader sees, and of the attributes only the names.

        Each element carries its ``key`` as ``x``, so that what another program picks out is found again here. Scripts,
        styles, pictures and hidden elements are left out. A form is a ``div``: WebForms pages are one form from top to
        bottom.
        """
        return f"<html><head></head>{''.join(_tags(self._node))}</html>"


def parse(body: bytes, content_type: str | None = None) -> Document:
    """Parse a page of any charset.

    Raises:
        PageTooDeep: it is larger or deeper than what is parsed in bounded time.
    """
    if len(body) > MAX_BYTES:
        # Bulletins pasted from Word carry their pictures inside, megabytes of them, which no reader of ours looks at.
        body = _EMBEDDED.sub(b"data:,", body)
    reason = f"it has {len(body)} bytes without pictures" if len(body) > MAX_BYTES else None
    if reason is None:
        text, charset = to_utf8(body, content_type)
        reason = too_much(text)
    if reason is not None:
        raise PageTooDeep(f"the page is not read: {reason}")
    # Lexbor makes an element of nothing of empty input; a tag gives it a root.
    return Document(LexborHTMLParser(text or b"<html></html>"), charset)


def _pieces(root: LexborNode, without: frozenset[int], desk: _Desk) -> Iterator[str]:
    """Yield text and breaks in document order; a stack of our own, because pages nest deeper than Python calls."""
    # Beside each node: whether it stands in a data table, and there in a cell.
    stack: list[tuple[LexborNode | str, bool, bool]] = [(root, False, False)]
    while stack:
        item, in_table, in_cell = stack.pop()
        desk.charge(1)
        if isinstance(item, str):
            yield item
            continue
        if item.is_text_node:
            text = item.text_content or ""
            yield text if _keeps_lines(item) else text.replace("\n", " ").replace("\r", " ")
            continue
        tag = item.tag or ""
        if not item.is_element_node or tag in _UNSEEN or item.mem_id in without or _hidden(item):
            continue
        if tag == "table":
            in_table, in_cell = _holds_data(item, desk), False
        # In a cell of figures a paragraph or a break is no line of its own: the row is.
        edge = " " if in_cell else "\n"
        if tag == "br":
            yield edge
            continue
        if tag in {"td", "th"} and in_table:
            in_cell = True
            stack.append((" | ", False, False))
        elif tag in _BLOCKS or tag in {"td", "th"}:
            yield edge
            stack.append((edge, False, False))
        stack.extend((child, in_table, in_cell) for child in reversed(list(item.iter(include_text=True))))


def _tags(root: LexborNode) -> Iterator[str]:
    """Yield tags and text of what can be seen below an element, in document order."""
    stack: list[LexborNode | str] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        if item.is_text_node:
            yield escape(clean(item.text_content or ""), quote=False)
            continue
        tag = item.tag or ""
        if not item.is_element_node or tag in _UNSEEN or tag == "img" or _hidden(item):
            continue
        children = reversed(list(item.iter(include_text=True)))
        if tag == "html":
            stack.extend(children)  # the root is written by the caller
            continue
        # Word's <o:p> and <st1:place> stand inside sentences.
        tag = "div" if tag == "form" else tag if _PLAIN_NAME.fullmatch(tag) else "span"
        attributes = item.attributes
        names = (f' {name}="{_NOT_A_NAME.sub(" ", attributes.get(name) or "")[:100]}"' for name in ("class", "id"))
        yield f'<{tag} x="{item.mem_id}"{"".join(name for name in names if not name.endswith(chr(34) * 2))}>'
        if tag not in _VOID:
            stack.append(f"</{tag}>")
            stack.extend(children)


def _holds_data(table: LexborNode, desk: _Desk) -> bool:
    """Tell a table of figures from one that only arranges the page: WebForms pages are made of the latter."""
    if (table.attributes.get("role") or "") == "presentation":
        return False
    tables = table.css("table")
    desk.charge(len(tables))
    if len(tables) > 1:
        return False
    rows = table.css("tr")
    widest = max((len([cell for cell in row.iter() if cell.tag in {"td", "th"}]) for row in rows), default=0)
    if len(rows) < 2 or widest < 2:  # noqa: PLR2004
        return False
    return all(len(cell.text(deep=True)) <= _LONGEST_CELL for cell in table.css("td, th"))


def _keeps_lines(node: LexborNode) -> bool:
    parent = node.parent
    return parent is not None and parent.tag == "pre"


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))
