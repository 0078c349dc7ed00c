"""Which bulletin an address leads to, whatever form the address has."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from collector.profile import Profile


def source_id(url: str, profile: Profile) -> str | None:
    """Return the portal's own id in an address, or None.

    The profile's patterns are tried in order, each on the path and then on path and query (CONTRACT 2): on the 566
    known addresses of the WebForms family the id is the same in all forms and on all hosts of one installation.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = unquote(parts.path)
    query = f"{path}?{parts.query}" if parts.query else path
    for pattern in profile.identity:
        for text in dict.fromkeys((path, query)):
            match = pattern.search(text)
            if match is not None and match["id"]:
                return match["id"]
    return None


def identity(url: str, profile: Profile) -> str:
    """Return the id in an address, else the address itself without its fragment."""
    return source_id(url, profile) or url.partition("#")[0]


def address_key(url: str) -> str:
    """Return what web archives take two addresses to be one by: no scheme, ``www.`` or usual port, no case, no order.

    Their indexes sort by it (SURT canonicalization), and give each address as one of its captures was asked for.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url.lower()
    host = (parts.hostname or "").removeprefix("www.")
    usual = port in {None, 80, 443}
    path = unquote(parts.path).lower().rstrip("/")
    query = "&".join(sorted(unquote(parts.query).lower().split("&"))) if parts.query else ""
    return f"{host}{'' if usual else f':{port}'}{path}{f'?{query}' if query else ''}"
