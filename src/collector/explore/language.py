"""Which language a reader is spoken to in: Vietnamese or English."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from datasette.utils.asgi import Response

ROUTE = r"^/-/language$"

COOKIE = "collector_language"
LANGUAGES = ("vi", "en")

_WANTED = re.compile(
    r"\s*(?P<language>[A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*(?P<weight>[01](?:\.\d{0,3})?)\s*)?"
)
#: What RFC 3986 lets stand in a path and a query; everything else is written as its bytes.
_ALLOWED = "/?#[]@!$&'()*+,;=:%-._~"

#: Takes a text in Vietnamese and in English, and gives the reader's.
Say = Callable[[str, str], str]


def chosen(request: Any) -> str:
    """Return ``vi`` or ``en``: what the reader chose, else what the browser prefers of the two, else Vietnamese."""
    cookie = request.cookies.get(COOKIE)
    if cookie in LANGUAGES:
        return str(cookie)
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> str:
    """Return the language of a header Accept-Language (RFC 9110, 12.5.4)."""
    best, most = "vi", 0.0
    for part in header.split(",")[:20]:
        match = _WANTED.fullmatch(part)
        language = match["language"].lower() if match else ""
        weight = float(match["weight"] or 1) if match else 0
        if language in LANGUAGES and weight > most:
            best, most = language, weight
    return best


async def remember(datasette: Any, request: Any) -> Response:
    """Remember the language that the reader chose, and lead back to the page that this was asked on."""
    home = datasette.urls.instance()
    back = request.args.get("back", home)
    # A path of this server and nothing else: "//elsewhere" and "/\\elsewhere" are other servers, and a browser passes
    # over tabs and line ends.
    if not back.startswith("/") or back[1:2] in ("/", "\\") or any(letter < " " for letter in back):
        back = home
    response = Response.redirect(quote(back, safe=_ALLOWED))
    if (wanted := request.args.get("to")) in LANGUAGES:
        response.set_cookie(COOKIE, wanted, max_age=365 * 86_400, path=str(home), httponly=True)
    return response


def speaking(language: str) -> Say:
    """Return what picks the reader's text of two."""
    return (lambda vi, en: vi) if language == "vi" else (lambda vi, en: en)  # noqa: ARG005 - both have the same shape


def both(vi: str, en: str) -> str:
    """Speak both languages, where nobody knows the reader's: pages of errors."""
    return f"{vi} · {en}"
