"""The home page: what this archive is, what is new in it, whether it is still being filled, and the first plots."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from collector.archive.connection import Connection
from collector.archive.showing import Showing
from collector.explore.reading import ask

ROUTE = r"^/$"

_NEWEST = 8


async def home(datasette: Any, request: Any) -> Response:
    """Answer with the home page."""

    def asked(connection: Connection) -> dict[str, Any]:
        showing = Showing(connection)
        return {
            "newest": showing.newest(_NEWEST),
            "counts": showing.counts(),
            "health": showing.health(),
        }

    context = await ask(datasette, asked)
    return Response.html(await datasette.render_template("home.html", context, request=request))
