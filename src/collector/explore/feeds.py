"""Rows as an Atom feed (RFC 4287): what datasette-atom makes of them, valid without a row and whatever is in a row.

The columns are datasette-atom's: ``atom_id``, ``atom_updated``, ``atom_title``, and perhaps ``atom_link``,
``atom_content`` or ``atom_content_html``, ``atom_author_name``. It fails where there is no row, takes any address for a
link, fails on control characters, and calls a feed's title by the SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from datasette.utils.asgi import Response
from datasette.views.base import DatasetteError
from datasette_atom import clean

_NEEDED = frozenset({"atom_id", "atom_updated", "atom_title"})
_NAMESPACE = "http://www.w3.org/2005/Atom"
_XML = "{http://www.w3.org/XML/1998/namespace}"
#: What XML 1.0 has no way to write (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Of a feed in which nothing has happened yet.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: Vietnam's: a day without a time is a local one.
_VIETNAM = timezone(timedelta(hours=7))


def can_render(columns: Sequence[str]) -> bool:
    """Say whether these columns make a feed."""
    return _NEEDED.issubset(columns)


async def render(datasette: Any, request: Any, columns: Sequence[str], rows: Iterable[Any], data: Any) -> Response:
    """Return rows as a feed, in their order.

    Raises:
        DatasetteError: columns are missing, or an ``atom_updated`` is no instant.
    """
    if not can_render(columns):
        raise DatasetteError(f"a feed needs the columns {', '.join(sorted(_NEEDED))}", status=400)
    name = data.get("query_name")
    query = (await datasette.get_canned_query(data["database"], name, request.actor) or {}) if name else {}
    here = datasette.absolute_url(request, request.full_path)
    title = query.get("title") or request.args.get("_feed_title") or name or data.get("table") or "SQL"
    entries = [dict(zip(columns, row, strict=True)) for row in rows]
    page = here.partition("?")[0].removesuffix(".atom")
    return Response(
        feed(entries, title=title, subtitle=query.get("description"), here=here, page=page),
        content_type="application/atom+xml; charset=utf-8",
    )


def feed(
    entries: Sequence[Mapping[str, Any]], *, title: str, here: str, page: str, subtitle: str | None = None
) -> bytes:
    """Return a feed as XML.

    Args:
        entries: rows by column.
        title: of the feed.
        here: its own address, and its id.
        page: the address at which people see the same.
        subtitle: what it is about.

    Raises:
        DatasetteError: an ``atom_updated`` is no instant.
    """
    root = Element("feed", {"xmlns": _NAMESPACE, f"{_XML}lang": "vi"})
    instants = [_instant(entry["atom_updated"]) for entry in entries]
    _add(root, "id", here)
    _add(root, "title", title)
    if subtitle:
        _add(root, "subtitle", subtitle)
    _add(root, "updated", _written(max(instants, default=_NEVER)))
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": _legal(here)})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": _legal(page)})
    _add(SubElement(root, "author"), "name", "collector")  # of entries that name none
    for entry, instant in zip(entries, instants, strict=True):
        _entry(root, entry, instant, here, page)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: Element, row: Mapping[str, Any], instant: datetime, here: str, page: str) -> None:
    entry = SubElement(root, "entry")
    _add(entry, "id", str(row["atom_id"]))
    _add(entry, "title", str(row["atom_title"] or ""))
    _add(entry, "updated", _written(instant))
    # Without a link an entry needs a content (4.1.2); the page of the feed is where it stands, too.
    SubElement(entry, "link", {"rel": "alternate", "href": _link(row.get("atom_link"), here) or _legal(page)})
    if row.get("atom_content_html") is not None:
        _add(entry, "content", clean(_legal(row["atom_content_html"])), type="html")
    elif "atom_content" in row:
        _add(entry, "content", str(row["atom_content"] or ""), type="text")
    if row.get("atom_author_name"):
        _add(SubElement(entry, "author"), "name", str(row["atom_author_name"]))


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _legal(text)


def _legal(text: Any) -> str:
    return _NOT_XML.sub("\ufffd", str(text))


def _link(address: Any, here: str) -> str | None:
    """Return where an entry leads, a path as an address of this server; None: nowhere that a reader may be sent."""
    try:
        whole = urljoin(here, _legal(address).strip()) if address else ""
        return whole if urlsplit(whole).scheme in ("http", "https") else None
    except ValueError:  # a host in brackets that is none
        return None


def _instant(value: Any) -> datetime:
    try:
        text = str(value).strip()
        if len(text) == len("YYYY-MM-DD"):
            return datetime.combine(date.fromisoformat(text), time(), _VIETNAM)
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise DatasetteError(f"atom_updated is no instant: {str(value)[:40]!r}", status=400) from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _written(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
