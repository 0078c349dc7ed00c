"""What a reader is told when a page cannot be shown, and what the log is."""

from __future__ import annotations

from typing import Any

import structlog
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError

from collector.archive.connection import in_our_words
from collector.errors import ArchiveError

_log = structlog.get_logger()

_TOO_LONG = "the question took longer than this server allows (setting sql_time_limit_ms); ask for less"
_OURS = "something went wrong here; the log says what"


async def told(datasette: Any, request: Any, exception: Exception) -> Response:
    """Answer as was asked, with a page, JSON or a line of text; the status says whose mistake it was."""
    # Datasette asserts that nothing is posted to a table; who does so has made the mistake.
    posted = request.method == "POST" and isinstance(exception, AssertionError)
    status, message = (405, "Method not allowed") if posted else _meant(exception)
    if status >= 500:  # noqa: PLR2004 - a fault of the server
        # With its traceback unless it is expected: asking for too much, or an archive that another program holds.
        expected = status == 503  # noqa: PLR2004
        told_with = None if expected else exception
        _log.error("page failed", path=request.path, status=status, error=str(exception), exc_info=told_with)
    facts = {"ok": False, "status": status, "error": message, "title": getattr(exception, "title", None)}
    if request.path.endswith(".json"):
        return Response.json(facts, status=status)
    if request.path.endswith((".csv", ".atom")):
        # Programs ask for these, and people by programs.
        return Response.text(f"{message}\n", status=status)
    return Response.html(await datasette.render_template("error.html", facts, request=request), status=status)


def _meant(exception: Exception) -> tuple[int, str]:
    try:
        with in_our_words("the archive"):
            raise exception  # noqa: TRY301 - the archive says what SQLite meant
    except Exception as error:  # noqa: BLE001 - whatever it is, it is worded here
        return _worded(error)


def _worded(error: Exception) -> tuple[int, str]:
    if isinstance(error, Base400):
        return error.status, str(error.args[0] if error.args else "")
    if isinstance(error, DatasetteError):
        # In HTML Datasette says one thing only: that a query took too long.
        return error.status, _TOO_LONG if error.message_is_html else str(error.message)
    if isinstance(error, ArchiveError):
        return 503, str(error)
    # Of sqlite3 or pysqlite3, whichever Datasette found.
    interrupted = type(error).__name__ == "OperationalError" and str(error) == "interrupted"
    if interrupted or isinstance(error, QueryInterrupted):
        return 503, _TOO_LONG
    if isinstance(error, ValueError) and "null character" in str(error):
        return 400, "a statement cannot hold a null character"
    return 500, _OURS
