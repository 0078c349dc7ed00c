"""CSV that a spreadsheet opens without running anything, and that never looks whole where it is not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from datasette_copyable import render_copyable

from collector.explore.protection import App, Message, Receive, Scope, Send
from collector.exports.cells import defused

_log = structlog.get_logger()

#: Python's own limit of 131,072 characters a cell is less than a body may have. It is one number for the whole process.
csv.field_size_limit(2**31 - 1)

#: What Datasette and csv write of a number: CSV does not say that -5 is none that somebody typed, and it must stay -5.
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
#: Without it Excel takes a file that was downloaded for the machine's old code page.
_BOM = b"\xef\xbb\xbf"
_FAILED = b"the SQL of this address cannot be run; its page and its .json say why\n"


def safe(app: App) -> App:
    """Wrap an ASGI application so that its answers in CSV are safe.

    Datasette sends a row at a time: each part of a body is one row, or nothing. What is no row is what went wrong; the
    status was sent long ago, so the answer is broken off, and whoever fetches it sees that it is not whole.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(".csv"):
            await app(scope, receive, send)
            return
        start: Message | None = None  # of an answer in CSV, until its first row comes
        rows = broken = False
        mark = b""  # before the first row

        async def sending(message: Message) -> None:
            nonlocal start, rows, broken, mark
            if broken:
                return
            if message["type"] == "http.response.start":
                rows = _is_csv(message)
                if rows:
                    start = message
                    return
            elif rows:
                part = message.get("body", b"")
                if start is not None:
                    opening, start = start, None
                    if part == b"\r\n":
                        # A header without columns: Datasette leaves out what it has to say, and says 200.
                        broken = True
                        await send({**opening, "status": 400})
                        await send({"type": "http.response.body", "body": _FAILED})
                        return
                    await send(opening)
                    mark = _BOM if _is_download(opening) else b""
                if part and not part.endswith(b"\r\n"):
                    broken = True
                    _log.error("CSV broken off", path=scope["path"], error=part.decode("utf-8", "replace"))
                    await send({**message, "more_body": True})
                    return
                message = {**message, "body": mark + _row(part)}
                mark = b""
            await send(message)

        await app(scope, receive, sending)

    return guarded


def _is_csv(start: Message) -> bool:
    """Say whether an answer is rows: a mishap is a line of text, what Datasette traces is HTML, a file has a length."""
    headers = {bytes(name).lower(): bytes(value) for name, value in start.get("headers", [])}
    rows = headers.get(b"content-type", b"").startswith((b"text/csv", b"text/plain"))
    return start["status"] == 200 and rows and b"content-length" not in headers  # noqa: PLR2004


def _is_download(start: Message) -> bool:
    """Say whether an answer is to be saved as a file (``_dl``): people open those, programs ask without."""
    return any(
        bytes(name).lower() == b"content-disposition" and bytes(value).startswith(b"attachment")
        for name, value in start.get("headers", [])
    )


def _row(part: bytes) -> bytes:
    text = part.decode("utf-8")
    if not any(sign in text[:-2] for sign in "=+-@\t\r\n＝＋－＠"):
        return part
    written = io.StringIO()
    writer = csv.writer(written)
    for row in csv.reader(io.StringIO(text, newline="")):
        writer.writerow([cell if _NUMBER.fullmatch(cell) else defused(cell) for cell in row])
    return written.getvalue().encode("utf-8")


async def copyable(
    rows: Iterable[Sequence[Any]],
    columns: list[str],
    request: Any,
    datasette: Any,
    database: str,
    table: str | None,
    query_name: str | None,
) -> Any:
    """Render rows to be pasted into a spreadsheet, as datasette-copyable does, nothing in them calculated."""
    safe_rows = [[_safe(cell) for cell in row] for row in rows]
    return await render_copyable(
        safe_rows, [defused(column) for column in columns], request, datasette, database, table, query_name
    )


def _safe(cell: Any) -> Any:
    if isinstance(cell, dict):  # a foreign key, with the label that Datasette looked up
        return {**cell, "label": _safe(cell["label"])}
    return defused(cell) if isinstance(cell, str) and not _NUMBER.fullmatch(cell) else cell
