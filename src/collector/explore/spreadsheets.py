"""CSV that a spreadsheet opens without running anything: cells that look like formulas are defused on their way out."""

from __future__ import annotations

import csv
import io

from collector.explore.protection import App, Message, Receive, Scope, Send
from collector.exports.cells import defused

_CSV = (b"text/csv", b"text/plain")


def safe(app: App) -> App:
    """Wrap an ASGI application so that its answers in CSV are safe.

    Datasette sends a row at a time, so each part of a body is whole rows.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(".csv"):
            await app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The length is another one now.
                message["headers"] = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
            elif message["type"] == "http.response.body":
                message["body"] = _rows(message.get("body", b""))
            await send(message)

        await app(scope, receive, sending)

    return guarded


def _rows(part: bytes) -> bytes:
    text = part.decode("utf-8")
    if not any(sign in text for sign in "=+-@\t\r＝＋－＠"):
        return part
    written = io.StringIO()
    writer = csv.writer(written)
    for row in csv.reader(io.StringIO(text, newline="")):
        writer.writerow([cell if _number(cell) else defused(cell) for cell in row])
    return written.getvalue().encode("utf-8")


def _number(cell: str) -> bool:
    """Say whether a cell is a number as SQLite writes one: CSV does not say, and -5 must stay -5."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
