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
