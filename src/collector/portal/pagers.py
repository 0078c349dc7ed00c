"""The pagers: where a listing leads on, and how to ask for it. What differs in behaviour between portals is here.

``postbacks`` are the forms of ASP.NET, ``numbered`` are addresses with a number in them.
"""

from __future__ import annotations

from collector.dom import Document
from collector.model import Listing, Page, PageRequest
from collector.portal.numbered import read_path, read_query
from collector.portal.postbacks import read_postback
from collector.profile import Profile


def read_pager(document: Document, page: Page, request: PageRequest, profile: Profile) -> Listing:
    """Return a listing without items that says how the pager leads on.

    Raises:
        FieldMissing: it numbers its pages otherwise than the profile says.
    """
    kind = profile.pager.kind
    if kind == "postback":
        return read_postback(document, page, request, profile)
    if kind == "query":
        return read_query(document, page, request, profile)
    if kind == "path":
        return read_path(document, page, request, profile)
    return Listing((), None, pager_seen=False)
