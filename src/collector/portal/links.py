"""Links as pages write them, made absolute, and kept only where a link may lead."""

from __future__ import annotations

from urllib.parse import quote, urldefrag, urljoin, urlsplit

from collector.profile import Profile

#: What browsers take off both ends of an address: control characters and spaces (WHATWG URL, 4.4).
_EDGE = "".join(map(chr, range(0x21)))


def absolute(href: str, base: str) -> str | None:
    """Return an http(s) address without fragment, or None for ``javascript:``, ``mailto:``, ``data:`` and nonsense.

    Spaces and Vietnamese letters, which pages leave as they are, are percent-encoded; what is encoded stays.
    """
    href = href.replace("\n", "").replace("\r", "").replace("\t", "").strip().strip(_EDGE)
    if not href or href.startswith("#"):
        return None
    try:
        url = urldefrag(urljoin(base, href))[0]
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    url = parts.scheme + url[len(parts.scheme) :]  # in lower case, as everybody compares it
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]|")


def is_own(url: str, profile: Profile) -> bool:
    """Say whether an address lies on the portal's host or on a declared one."""
    try:
        parts = urlsplit(url)
        own = urlsplit(profile.base_url)
        named = {parts.netloc.lower(), (parts.hostname or "").lower()}
    except ValueError:
        return False
    return parts.netloc.lower() == own.netloc.lower() or bool(named & {host.lower() for host in profile.hosts})
