"""A capture's bytes to download: exactly what was fetched, proved by its sha256."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from datasette.utils.asgi import Response

from collector.archive.captures import Captures
from collector.archive.connection import Connection
from collector.archive.showing import Showing
from collector.explore.reading import Absent, ask

#: How files end, by what the portal said that they are; what is none of these is not told by its name.
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/rss+xml": ".xml",
    "application/atom+xml": ".xml",
    "application/pdf": ".pdf",
}

ROUTE = r"^/captures/(?P<capture>\d{1,18})$"


async def capture(datasette: Any, request: Any) -> Response:
    """Answer with the raw page ``/captures/ID``, as a file.

    Never as a page: its scripts would run under this server's name. So the browser is told that it is bytes, to be
    saved, and should it show them all the same, without a right to anything.
    """

    def asked(connection: Connection) -> tuple[dict[str, Any], bytes] | None:
        row = Showing(connection).capture(int(request.url_vars["capture"]))
        return None if row is None else (row, Captures(connection).body(row["sha256"]))

    found = await ask(datasette, asked)
    if found is None:
        raise Absent("There is no such capture in this archive")
    row, body = found
    return Response(
        body,
        content_type="application/octet-stream",
        headers={
            "content-disposition": f'attachment; filename="capture-{row["id"]}{_suffix(row["headers"])}"',
            "content-length": str(len(body)),
            "content-security-policy": "sandbox; default-src 'none'",
            # RFC 9530.
            "repr-digest": f"sha-256=:{b64encode(bytes.fromhex(row['sha256'])).decode()}:",
        },
    )


def _suffix(headers: str) -> str:
    """Return how the file's name ends; a page where the portal did not say what it is."""
    kind = str(json.loads(headers).get("content-type") or "text/html").partition(";")[0].strip().lower()
    return _SUFFIXES.get(kind, ".bin")
