"""Addresses as indexes of captures keep them: one key for all the ways to write one."""

from __future__ import annotations

import re
import string
from urllib.parse import quote

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_WWW = re.compile(r"^www\d*\.")
_ASCII = string.punctuation
_USUAL_PORT = re.compile(r":(?:80|443)$")
#: What an address must at least look like: crawlers also "captured" ``http://mailto:…`` and ``http://data:…``.
_ADDRESS = re.compile(r"https?://[^\s/?#@:<>\"]+\.[^\s/?#@:<>\"]+(?::\d{1,5})?(?:[/?#]|$)", re.IGNORECASE)


def key(address: str) -> str:
    """Return an address, or the beginning of one, without scheme, ``www.``, usual port and fragment.

    In lower case, parameters sorted, other letters than ASCII's quoted, as the Wayback Machine and Common Crawl key
    theirs.
    """
    quoted = quote(address.strip(), safe=_ASCII, errors="replace").lower()
    bare = _SCHEME.sub("", quoted).partition("#")[0]
    path, question, query = bare.partition("?")
    host, slash, path = path.partition("/")
    host = _USUAL_PORT.sub("", _WWW.sub("", host))
    parameters = "&".join(sorted(query.split("&"))) if question else ""
    return f"{host}/{path}{question}{parameters}" if slash or question else f"{host}/"


def cleaned(url: str) -> str:
    """Return an address without the port that its scheme means anyway: indexes print ``http://host:80/``."""
    return re.sub(r"^(http://[^/?#]+):80(?=[/?#]|$)|^(https://[^/?#]+):443(?=[/?#]|$)", r"\1\2", url)


def is_address(url: str) -> bool:
    """Say whether an index's row can be about a page at all."""
    return _ADDRESS.match(url) is not None
