"""The main text of a page without selectors, and the only file that knows readability.

The library only points: it is given the page's skeleton and says which elements are the text. They are read by
:mod:`collector.dom` like any other, so that a text has the same shape whoever found it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from collector.dom import Document, Node

#: How provenance names what was found here.
SOURCE = "fallback:readability-lxml"
#: Characters of tags and text, attributes left out: the largest of our pages has 15,000. A hostile page of this size,
#: nested as deep as libxml2 goes, takes some 3 s.
MAX_SKELETON = 500_000

_KEY = re.compile(r'<[^<>]*?\sx="(\d+)"')


@dataclass(frozen=True, slots=True)
class MainContent:
    """Where a page's main text stands."""

    node: Node  #: the smallest element that holds all of it
    without: frozenset[int]  #: keys of the elements inside that are no part of it


def main_content(document: Document) -> MainContent | None:
    """Return where the main text of a page stands, or None when none can be made out.

    Whether it is a bulletin is for the caller to judge: the library always finds something, be it a menu. A page beyond
    :data:`MAX_SKELETON` is not looked at. Pictures are not shown to the library: it is quadratic in those that stand
    alone (4,000 take 15 s), and what they are worth is not for it to say.
    """
    skeleton = document.skeleton()
    if len(skeleton) > MAX_SKELETON:
        return None
    # Imported late: it takes 0.15 to 0.3 s, and most runs never need it.
    from readability import Document as Readability  # noqa: PLC0415
    from readability.readability import Unparseable  # noqa: PLC0415

    # A page that it cannot make out would be a traceback in our log; the caller says it in one line.
    logging.getLogger("readability").setLevel(logging.CRITICAL)
    try:
        picked = Readability(skeleton).summary(html_partial=True)
    except Unparseable:
        return None
    return _found_again(document, frozenset(map(int, _KEY.findall(picked))))


def _found_again(document: Document, picked: frozenset[int]) -> MainContent | None:
    """Find the picked elements in our own tree: the smallest element around them, and what they leave out of it."""
    # What stands inside a picked element tells nothing new: the topmost are enough to find the element around them.
    tops = [node for node in document.every("*") if node.key in picked and _parent_key(node) not in picked]
    if not tops:
        return None
    lines = [_line(node) for node in tops]
    around = lines[0]
    for line in lines[1:]:
        same = next((n for n, (a, b) in enumerate(zip(around, line, strict=False)) if a.key != b.key), len(around))
        around = around[: min(same, len(line))]
    if not around:
        return None
    kept = picked | {above.key for line in lines for above in line}
    # Blocks only: the library also takes out words whose class sounds like a comment or an extra, and leaves a hole in
    # the sentence. And only with text: pictures belong to what stands around them.
    dropped = (one for one in around[-1].every("*") if one.key not in kept and _parent_key(one) in kept)
    found = MainContent(around[-1], frozenset(one.key for one in dropped if one.is_block and one.text))
    return found if found.node.readable(without=found.without) else None


def _line(node: Node) -> list[Node]:
    """Return the elements from the root down to this one."""
    found = [node]
    while (parent := found[-1].parent) is not None:
        found.append(parent)
    return found[::-1]


def _parent_key(node: Node) -> int | None:
    parent = node.parent
    return None if parent is None else parent.key
