"""Which characters a page's bytes mean: BOM, then valid UTF-8, then what header or page say, then the likeliest."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_IN_PAGE = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_IN_XML = re.compile(rb"\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
#: What browsers take these labels for (WHATWG Encoding, "names and labels").
_MEANT = {"iso-8859-1": "windows-1252", "latin1": "windows-1252", "us-ascii": "windows-1252", "ascii": "windows-1252"}


#: Python's own notations and those of host names, of which some raise whatever the error handler says; UTF-7, which no
#: browser reads (WHATWG Encoding, 4.2).
_NO_PAGES = frozenset("undefined idna punycode unicode-escape raw-unicode-escape utf-7 mbcs oem".split())


def to_utf8(body: bytes, content_type: str | None) -> tuple[bytes, str]:
    """Return the page as UTF-8 bytes and the name of the charset that was read.

    selectolax takes bytes for UTF-8 whatever the page says. Valid UTF-8 goes through untouched, even under a wrong
    label: by chance no text of another charset is valid UTF-8. Nothing raises: what cannot be read becomes U+FFFD.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return _recoded(body, name), name
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A page cut or damaged in one place is still UTF-8: most of it decodes.
        spoiled = error
    else:
        return body, "utf-8"
    named = _named(body, content_type)
    if named is not None and named != "utf-8":
        return _recoded(body, named), named
    if named == "utf-8" or spoiled.start > len(body) // 2:
        return _recoded(body, "utf-8"), "utf-8"
    best = charset_normalizer.from_bytes(body[:200_000]).best()
    guessed = _known(best.encoding) if best is not None else None
    name = guessed or "windows-1252"
    return _recoded(body, name), name


def _recoded(body: bytes, name: str) -> bytes:
    # A lone surrogate, which some charsets let through, is no character of UTF-8.
    return body.decode(name, errors="replace").encode(errors="replace")


def _named(body: bytes, content_type: str | None) -> str | None:
    in_header = _IN_HEADER.search(content_type or "")
    in_page = _IN_PAGE.search(body[:4096])
    if in_page is None:
        in_page = _IN_XML.match(body[:200])
    for label in (in_header and in_header.group(1), in_page and in_page.group(1).decode("ascii", errors="ignore")):
        name = _known(label or "")
        if name is not None:
            return name
    return None


def _known(label: str) -> str | None:
    label = _MEANT.get(label.lower(), label.lower())
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    # codecs also knows hex, zip and rot13, which are no charsets.
    return info.name if getattr(info, "_is_text_encoding", True) and info.name not in _NO_PAGES else None
