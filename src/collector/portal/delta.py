"""ASP.NET's partial replies: ``length|type|id|content|`` again and again, put together as one page."""

from __future__ import annotations

import re
from html import escape

from collector.errors import WrongPage
from collector.model import PageKind

#: A part of a named kind, or the version that .NET 4 puts first: ``1|#||4|``.
_START = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*\d{1,9}\|(?:#|[A-Za-z]+)\|")

_SIZE = re.compile(r"[0-9]{1,9}")


def is_delta(body: bytes) -> bool:
    """Say whether a body is a partial reply."""
    return bool(_START.match(body[:64]))


def delta_to_html(body: bytes) -> bytes:
    """Return a partial reply as a page: its panels, and its hidden fields as inputs of a form.

    Raises:
        WrongPage: the reply is an error or a redirect, or its parts do not add up.
    """
    # Lengths count UTF-16 code units, as .NET's strings do: a letter beyond U+FFFF counts twice.
    units = body.decode("utf-8-sig", errors="replace").strip("\r\n").encode("utf-16-le")
    panels: list[str] = []
    fields: list[str] = []
    place = 0
    while place < len(units):
        size, place = _until_bar(units, place)
        kind, place = _until_bar(units, place)
        name, place = _until_bar(units, place)
        if not _SIZE.fullmatch(size):
            raise WrongPage("a partial reply whose parts do not add up", kind=PageKind.ERROR.value)
        end = place + 2 * int(size)
        if units[end : end + 2] != b"|\x00":
            raise WrongPage("a partial reply that was cut off", kind=PageKind.ERROR.value)
        content, place = units[place:end].decode("utf-16-le", errors="replace"), end + 2
        if kind == "updatePanel":
            panels.append(f'<div id="{escape(name)}">{content}</div>')
        elif kind == "hiddenField":
            fields.append(f'<input type="hidden" name="{escape(name)}" value="{escape(content)}">')
        elif kind in {"error", "pageRedirect"}:
            raise WrongPage(f"a partial reply says {kind}: {content[:120]}", kind=PageKind.ERROR.value)
    return f"<html><body><form method='post'>{''.join(fields)}{''.join(panels)}</form></body></html>".encode()


def _until_bar(units: bytes, place: int) -> tuple[str, int]:
    end = place
    while (end := units.find(b"|\x00", end)) % 2:
        if end < 0:
            raise WrongPage("a partial reply whose parts do not add up", kind=PageKind.ERROR.value)
        end += 1
    return units[place:end].decode("utf-16-le", errors="replace"), end + 2
