"""Which links of a page lead to a category, by the forms of address of the known families."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

#: Categories by path; the group ``name`` becomes the section's id.
_PATHS = (
    # NukeViet: /vi/news/viec-lam/; what logs in, searches or counts is no news.
    re.compile(r"/[a-z]{2}/(?!(?:users|contact|seek|search|statistics|feeds|voting|comment)/)[\w-]+/(?P<name>[\w-]+)/"),
    # SharePoint, second skin: /vn/chuyen-muc/39/tin-tuc.aspx
    re.compile(r"(?:/[a-z]{2})?/chuyen-muc/\d+/(?P<name>[^/]+)\.aspx", re.IGNORECASE),
)
#: Categories by a number in the query: SharePoint's ministry skin, mojoPortal's lists; the end of path, the parameter.
_NUMBERED = (("/chuyenmuc.aspx", "chuyenmucid"), ("/article/viewlist.aspx", "mid"))
#: A list's further page is no category of its own.
_PAGES = {"page", "pagenumber"}


def category_of(url: str) -> str | None:
    """Return a name for the category that an address leads to, or None: it leads elsewhere."""
    parts = urlsplit(url)
    query = {name.lower(): value for name, value in parse_qsl(parts.query)}
    if query.get("catid", "").isdigit():
        return query.get("catname") or f"catid-{query['catid']}"
    steps = [step for step in parts.path.split("/") if step]
    numbers = [step for step in steps if step.isdigit()]
    if steps and len(numbers) >= 2 and not steps[-1].isdigit() and not steps[-1].endswith(".aspx"):  # noqa: PLR2004
        return steps[-1]
    for form in _PATHS:
        if (match := form.fullmatch(parts.path)) is not None:
            return match["name"]
    for path, name in _NUMBERED:
        if parts.path.lower().endswith(path) and query.get(name, "").isdigit() and not query.keys() & _PAGES:
            return f"{name}-{query[name]}"
    return None
