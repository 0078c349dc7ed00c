"""What a reader is told when a page cannot be shown, and what the log is."""

from __future__ import annotations

from typing import Any

import structlog
from datasette.database import QueryInterrupted
from datasette.utils import sqlite3
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError

from collector.archive.files import in_our_words
from collector.errors import ArchiveError

_log = structlog.get_logger()

_TOO_LONG = "the question took longer than this server allows (setting sql_time_limit_ms); ask for less"
_PASSED_ON = frozenset({"sql", "_where", "_timelimit"})
_OURS = "something went wrong here; the log says what"


async def told(datasette: Any, request: Any, exception: Exception) -> Response:
    """Answer as was asked, with a page, JSON or a line of text; the status says whose mistake it was."""
    status, message = _meant(exception)
    if message == _OURS:
        status, message = _of_asking(request, exception) or (status, message)
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


def _of_asking(request: Any, exception: Exception) -> tuple[int, str] | None:
    """Return what whoever asked did wrong, where Datasette takes it for a fault of its own."""
    if request.method == "POST" and isinstance(exception, AssertionError):
        return 405, "Method not allowed"  # it asserts that nothing is posted to a table
    # What is put into a statement, or taken for a number, as it is; a null character in it is a ValueError, too.
    if _PASSED_ON & set(request.args) and isinstance(exception, ValueError | sqlite3.Warning | sqlite3.Error):
        return 400, str(exception)
    return None


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
        status = error.status if error.status < 500 else 400  # noqa: PLR2004 - its default, for mistakes in addresses
        return status, _TOO_LONG if error.message_is_html else str(error.message)
    if isinstance(error, ArchiveError):
        return 503, str(error)
    interrupted = isinstance(error, sqlite3.OperationalError) and str(error) == "interrupted"
    if interrupted or isinstance(error, QueryInterrupted):
        return 503, _TOO_LONG
    return 500, _OURS
