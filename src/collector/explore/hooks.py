"""What Datasette (0.65) asks of its plugins, and this archive's answers.

``config/datasette/plugins/`` hands these functions to Datasette. They keep silent where no archive is served.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from datasette import hookimpl

from collector.archive.search import matching
from collector.explore import bulletins, home, mishaps, raw
from collector.explore.cells import linked
from collector.explore.language import both, chosen, speaking
from collector.explore.phrasing import FILTERS
from collector.explore.protection import App, Nonces, needs_eval, nonce, protected
from collector.explore.reading import DATABASE, served
from collector.explore.snippets import pieces, snippet
from collector.explore.spreadsheets import safe

#: The pages that datasette-vega can draw on.
_CHARTED = frozenset({"table", "query"})


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    """The pages that are ours."""
    if not served(datasette):
        return []
    return [
        (home.ROUTE, home.home),
        (home.LANGUAGE_ROUTE, home.language),
        (bulletins.ROUTE, bulletins.bulletin),
        (bulletins.HISTORY_ROUTE, bulletins.history),
        (bulletins.NUMBER_ROUTE, bulletins.numbered),
        (raw.ROUTE, raw.capture),
    ]


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:  # noqa: ARG001 - the hook's signature
    """Guard every answer, and make CSV safe to open in a spreadsheet."""
    return lambda app: protected(safe(app))


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Any) -> None:
    """Give every template's scripts the nonce, and what pages of errors need."""
    env.add_extension(Nonces)
    env.globals["say"] = both
    env.filters.update(FILTERS, pieces=pieces)


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: Any, database: str) -> None:
    """Give SQL the two functions that searching needs beyond FTS5."""
    if database == DATABASE:
        conn.create_function("search_terms", 1, lambda text: matching(str(text or "")), deterministic=True)
        conn.create_function(
            "search_snippet", 2, lambda text, query: snippet(str(text or ""), str(query or "")), deterministic=True
        )


@hookimpl  # type: ignore[untyped-decorator]
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    """Tell the reader in our words; Datasette's own way prints every local variable at each missing page."""

    async def answer() -> Any:
        return await mishaps.told(datasette, request, exception)

    return answer if served(datasette) else None


@hookimpl  # type: ignore[untyped-decorator]
def extra_template_vars(view_name: str | None, request: Any, datasette: Any) -> dict[str, Any]:
    """What every page needs: the reader's language, the nonce, and where it is."""
    if request is None or not served(datasette):
        return {}
    language = chosen(request)
    return {
        "language": language,
        "say": speaking(language),
        "csp_nonce": nonce(request.scope),
        "charts": view_name in _CHARTED,
        "compiling": partial(needs_eval, request.scope),
        "here": request.full_path,
        "archive": DATABASE,
    }


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> Any:
    """Lead from rows to the pages about them, and from a figure back to its place in the text."""
    del datasette
    return linked(row, value, column, table) if database == DATABASE else None
