"""The home page: what this archive is, what is new in it, whether it is still being filled, and the first plots."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from collector.archive.connection import Connection
from collector.archive.showing import Showing
from collector.explore.language import COOKIE, LANGUAGES
from collector.explore.reading import DATABASE, ask

ROUTE = r"^/$"
LANGUAGE_ROUTE = r"^/-/language$"

_NEWEST = 8


async def home(datasette: Any, request: Any) -> Response:
    """Answer with the home page."""

    def asked(connection: Connection) -> dict[str, Any]:
        showing = Showing(connection)
        return {
            "newest": showing.newest(_NEWEST),
            "counts": showing.counts(),
            "health": showing.health(),
            "portals": showing.portals(),
        }

    context = await ask(datasette, asked)
    queries = await datasette.get_canned_queries(DATABASE, request.actor)
    context["queries"] = [query for query in queries.values() if not query["name"].startswith("feed_")]
    context["by_name"] = queries
    return Response.html(await datasette.render_template("home.html", context, request=request))


async def language(request: Any) -> Response:
    """Remember the language that the reader chose, and lead back to the page that this was asked on."""
    back = request.args.get("back", "/")
    # A path of this server and nothing else: "//elsewhere" and "/\elsewhere" are other servers.
    if not back.startswith("/") or back[1:2] in ("/", "\\") or any(letter < " " for letter in back):
        back = "/"
    response = Response.redirect(back)
    if (wanted := request.args.get("to")) in LANGUAGES:
        response.set_cookie(COOKIE, wanted, max_age=365 * 86_400, httponly=True)
    return response
