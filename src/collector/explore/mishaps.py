"""What a reader is told when a page cannot be shown, and what the log is."""

from __future__ import annotations

from typing import Any

import structlog
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError

from collector.errors import ArchiveError

_log = structlog.get_logger()

_TOO_LONG = "the question took longer than this server allows (setting sql_time_limit_ms); ask for less"
_OURS = "something went wrong here; the log says what"


async def told(datasette: Any, request: Any, exception: Exception) -> Response:
    """Answer with a page, or with JSON where that was asked for, whose status says whose mistake it was."""
    status, message = _meant(exception)
    if status >= 500:  # noqa: PLR2004 - a fault of the server
        # With its traceback unless it is expected: asking for too much, or an archive that another program holds.
        expected = status == 503  # noqa: PLR2004
        _log.error("page failed", path=request.path, status=status, error=str(exception), exc_info=not expected)
    facts = {"ok": False, "status": status, "error": message, "title": getattr(exception, "title", None)}
    if request.path.endswith(".json"):
        return Response.json(facts, status=status)
    return Response.html(await datasette.render_template("error.html", facts, request=request), status=status)


def _meant(exception: Exception) -> tuple[int, str]:
    if isinstance(exception, Base400):
        return exception.status, str(exception.args[0] if exception.args else "")
    if isinstance(exception, DatasetteError):
        # In HTML Datasette says one thing only: that a query took too long.
        return exception.status, _TOO_LONG if exception.message_is_html else str(exception.message)
    if isinstance(exception, ArchiveError):
        return 503, str(exception)
    # Of sqlite3 or pysqlite3, whichever Datasette found.
    if type(exception).__name__ == "OperationalError" and str(exception) == "interrupted":
        return 503, _TOO_LONG
    return 500, _OURS
