"""What parsing a page may cost, bounded from above before it is parsed: a parser in C cannot be interrupted.

Measured with Lexbor: 50,000 nested ``<div>`` (250 KB) take 5 s and four times as many 80 s, 100,000 attributes of one
element 16 s, and 40 KB of unclosed formatting before many paragraphs make 1.2 million elements of 400 MB. No estimate
here can be talked down by the page: a closing tag counts only where it closes what was opened, in whatever state the
parser is.
"""

from __future__ import annotations

import re
from collections import Counter

#: Beyond these a page is no page: those of the families have 77 to 168 KB and some 3,000 tags.
MAX_BYTES = 3_000_000
MAX_TAGS = 60_000
MAX_ATTRIBUTES = 200  #: of one element
#: Of all elements together: 220 bytes each.
MAX_ATTRIBUTES_IN_ALL = 120_000
#: Elements that the parser may make of the tags, 330 bytes each: it opens unclosed formatting again in every block.
MAX_ELEMENTS = 120_000
#: So many tags may all be nested in one another: 30 ms.
_HARMLESS_DEPTH = 5_000
#: Nesting of a page with more of them.
MAX_DEPTH = 1_000

#: One attribute as the standard's tokenizer takes it (WHATWG HTML, 13.2.5.32 to 39), slashes and spaces before it.
_ATTRIBUTE = (
    rb"[ \t\n\f\r/]*+[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"
    rb"(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"[^\"]*+\"|'[^']*+'|[^ \t\n\f\r>\"'][^ \t\n\f\r>]*+)?+)?+"
)
#: A tag's attributes, looked at from every "<" on its own: whether one stands inside of another nobody knows.
_TAG = re.compile(rb"<[a-zA-Z](?=[^ \t\n\f\r/>]*+((?:%b){0,%d}+))" % (_ATTRIBUTE, MAX_ATTRIBUTES + 1))
_ONE = re.compile(_ATTRIBUTE)
#: An attribute and what sets it apart have at least so many bytes.
_SHORTEST = 2
#: A page whose tags stand beside one another is looked at once, and not all of it.
_LOOKED_AT_MOST = 4
_FORMATTING = re.compile(
    rb"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[ \t\n\f\r/>])[^>]*", re.IGNORECASE
)
#: Of equal formatting elements at most three are opened again (13.2.4.3).
_NOAHS_ARK = 3
#: A tag that surely ends at its first ">": no quote stands where it could mean something else.
_PLAIN = re.compile(
    rb"<\w+(?:[ \t\n\f\r]+[\w:-]+(?:=(?:\"[^\"]*\"|'[^']*'|[\w#%;:.,-]+))?)*[ \t\n\f\r]*/?", re.IGNORECASE
)

# What decides about the nesting: comments and what only looks like one, and tags without "<" in their attributes.
_TOKEN = re.compile(
    rb"(?P<comment><!--)|(?P<end>-->)|(?P<data><!\[CDATA\[)|<(?:[!?]|/(?![a-zA-Z]))[^>]*+>?+"
    rb"|<(?P<close>/?+)(?P<name>[a-zA-Z][^ \t\n\f\r/><]*+)"
    rb"(?P<rest>(?:[ \t\n\f\r/]++|[^ \t\n\f\r/><][^ \t\n\f\r/>=<]*+"
    rb"(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"[^\"<]*+\"|'[^'<]*+'|[^ \t\n\f\r>\"'<][^ \t\n\f\r><]*+)?+)?+)*+)>"
    rb"|(?P<odd></?[a-zA-Z])"
)
_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr html head body".split())
#: Opening tag → what stands open and is closed by it.
_CLOSED_BY = {
    **dict.fromkeys(
        b"address article aside blockquote center div dl fieldset footer form h1 h2 h3 h4 h5 h6 header hr main nav ol "
        b"p pre section ul".split(),
        frozenset({b"p"}),
    ),
    b"li": frozenset({b"li"}),
    b"option": frozenset({b"option"}),
    **dict.fromkeys((b"dd", b"dt"), frozenset({b"dd", b"dt"})),
    **dict.fromkeys((b"td", b"th"), frozenset({b"td", b"th"})),
    b"tr": frozenset({b"td", b"th", b"tr"}),
}
_IMPLIED = frozenset({b"p", b"li", b"dd", b"dt", b"option"})
_CELLS = frozenset({b"td", b"th"})
#: Closing tag → what may still stand open inside and is closed with it.
_CLOSES = {
    **dict.fromkeys(
        b"address article aside blockquote center div dl fieldset footer header main nav ol ul".split(), _IMPLIED
    ),
    **dict.fromkeys((b"td", b"th"), _IMPLIED),
    b"tr": _CELLS,
    **dict.fromkeys((b"tbody", b"thead", b"tfoot"), _CELLS | {b"tr"}),
    b"table": _CELLS | {b"tr", b"tbody", b"thead", b"tfoot"},
}
#: In a drawing no closing tag may be left out, nothing is void, and only its own elements close themselves.
_DRAWINGS = frozenset({b"svg", b"math"})
_DRAWN = frozenset(b"g defs symbol clippath mask pattern marker lineargradient radialgradient".split())
_STROKES = _DRAWN | frozenset(b"path rect circle line polygon polyline ellipse use stop image".split())
_BARRIER = b""


def too_much(text: bytes) -> str | None:
    """Return why a page, as UTF-8, is not parsed; None when parsing it ends in bounded time and memory."""
    if len(text) > MAX_BYTES:
        return f"it has {len(text)} bytes without pictures; more than {MAX_BYTES} are not parsed"
    tags, reason = _tags(text)
    if reason is not None:
        return reason
    loose = _distinct([match.group() for match in _FORMATTING.finditer(text)])
    if tags <= _HARMLESS_DEPTH and tags * (1 + loose) <= MAX_ELEMENTS:
        return None
    depth, left_open = nesting(text)
    if depth > MAX_DEPTH:
        return f"it nests some {depth} elements; more than {MAX_DEPTH} are not parsed"
    if tags * (1 + _distinct(left_open)) > MAX_ELEMENTS:
        return f"its unclosed formatting makes some {tags * (1 + _distinct(left_open))} elements of {tags} tags"
    return None


def _tags(text: bytes) -> tuple[int, str | None]:
    """Count the tags, and say what is wrong with their number, their attributes or the way they stand."""
    spans: list[tuple[int, int]] = []
    looked = 0
    for tag in _TAG.finditer(text):
        spans.append(tag.span(1))
        looked += tag.end(1) - tag.start()
        if len(spans) > MAX_TAGS:
            return len(spans), f"it has more than {MAX_TAGS} tags"
        if looked > _LOOKED_AT_MOST * len(text):
            return len(spans), "its tags stand in one another"
    if sum(end - start for start, end in spans) < _SHORTEST * MAX_ATTRIBUTES:
        return len(spans), None
    attributes = 0
    for start, end in spans:
        number = (end - start) // _SHORTEST
        if number > MAX_ATTRIBUTES or attributes + number > MAX_ATTRIBUTES_IN_ALL // 2:
            number = len(_ONE.findall(text, start, end))
        if number > MAX_ATTRIBUTES:
            return len(spans), f"an element of it has more than {MAX_ATTRIBUTES} attributes"
        attributes += number
        if attributes > MAX_ATTRIBUTES_IN_ALL:
            return len(spans), f"its elements have more than {MAX_ATTRIBUTES_IN_ALL} attributes"
    return len(spans), None


def _distinct(tags: list[bytes]) -> int:
    """Count formatting tags, of equal ones three; what may go on behind its first ">" equals nothing."""
    return sum(min(number, _NOAHS_ARK) if _PLAIN.fullmatch(tag) else number for tag, number in Counter(tags).items())


def nesting(text: bytes) -> tuple[int, list[bytes]]:
    """Return an upper bound of the nesting, and the formatting tags that may be left open.

    A stack of what was opened: a closing tag counts when it names the top of it (or what the top is closed with), for
    then everything between was closed as well, and the pair changes nothing even where it is no markup at all, in a
    script or a comment. Any other closing tag is a barrier: nothing below it is believed to be closed any more.
    """
    stack: list[bytes] = []
    formatting: list[tuple[int, bytes]] = []  # place in the stack and tag of what stands open
    deepest = 0
    drawings: list[int] = []  # places in the stack
    for token in _TOKEN.finditer(text):
        name = token["name"]
        if name is None:
            _between_tags(token, stack)
        elif (name := name.lower()) not in _VOID or drawings:
            if token["close"]:
                _close(name, stack, frozenset() if drawings else _CLOSES.get(name, frozenset()))
            elif not (name in _STROKES and token["rest"].endswith(b"/") and _draws(stack)):
                _open(name, stack, frozenset() if drawings else _CLOSED_BY.get(name, frozenset()))
                if name in _DRAWINGS:
                    drawings.append(len(stack))
                if _FORMATTING.match(token.group()):
                    formatting.append((len(stack), token.group()[:-1]))
        while formatting and formatting[-1][0] > len(stack):
            formatting.pop()
        while drawings and drawings[-1] > len(stack):
            drawings.pop()
        deepest = max(deepest, len(stack))
    return deepest, [tag for _, tag in formatting]


def _between_tags(token: re.Match[bytes], stack: list[bytes]) -> None:
    if token["end"]:
        if stack and stack[-1] == b"<!--":
            stack.pop()
    elif token["comment"]:
        stack.append(b"<!--")
    elif token["data"]:
        stack.append(_BARRIER)
    elif token["odd"]:
        # Where this tag ends nobody knows: what looks like a tag inside it counts as one.
        stack += [token["odd"], _BARRIER]


def _open(name: bytes, stack: list[bytes], closed: frozenset[bytes]) -> None:
    while stack and stack[-1] in closed:
        stack.pop()
    stack.append(name)


def _close(name: bytes, stack: list[bytes], inside: frozenset[bytes]) -> None:
    place = len(stack) - 1
    while place >= 0 and stack[place] != name and stack[place] in inside:
        place -= 1
    if place >= 0 and stack[place] == name:
        del stack[place:]
    elif stack and stack[-1] != _BARRIER:
        stack.append(_BARRIER)


def _draws(stack: list[bytes]) -> bool:
    """Say whether the parser surely stands in a drawing, where ``<path/>`` is closed."""
    place = len(stack) - 1
    while place >= 0 and stack[place] in _DRAWN:
        place -= 1
    return place >= 0 and stack[place] == b"svg"
