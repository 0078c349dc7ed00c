"""Pages that stop in their middle: a server that failed while it wrote sends the half with a length that agrees."""

from __future__ import annotations

import re

from collector.dom import Document
from collector.errors import PageCut
from collector.model import Page

_BODY = re.compile(rb"<body[\s>]", re.IGNORECASE)
_END = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)


def refuse_cut(document: Document, last: str, page: Page) -> None:
    """Raise when a page opens ``<body>``, closes nothing, and says nothing more behind the text ``last``.

    Many templates never close it, and browsers do not mind; but behind a bulletin or a list there always stands
    something: other news, the pager, the counter, the publisher.

    Raises:
        PageCut: it stops in ``last``.
    """
    opened = _BODY.search(page.body)
    if opened is None or _END.search(page.body, opened.end()) is not None:
        return
    tail = "".join(last.split())[-80:]
    if not tail or "".join(document.readable().split()).endswith(tail):
        raise PageCut(f"{page.url} stops in its middle: nothing stands behind what was read, and <body> is not closed")
