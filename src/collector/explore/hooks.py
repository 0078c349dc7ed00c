"""What Datasette (0.65) asks of its plugins, and this archive's answers.

``config/datasette/plugins/`` hands these functions to Datasette. They keep silent where no archive is served.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from datasette import hookimpl
from datasette.utils import tilde_decode

from collector.archive.search import matching
from collector.explore import bulletins, differences, headings, home, mishaps, plots, raw, tables
from collector.explore.cells import linked
from collector.explore.choices import choices
from collector.explore.language import both, chosen, speaking
from collector.explore.phrasing import FILTERS
from collector.explore.protection import App, Nonces, needs_eval, nonce, protected
from collector.explore.reading import DATABASE, served
from collector.explore.snippets import pieces, snippet
from collector.explore.spreadsheets import safe

#: The pages that datasette-vega can draw on.
_CHARTED = frozenset({"table", "query"})
#: What somebody asks with who wants the bulletins' table, and not the list that reads like one.
_TABULAR = frozenset({"_as", "_col", "_nocol", "_facet"})


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
    env.globals.update(
        say=both,
        questions={},
        heading=lambda name, table=None: headings.heading(name, table, {}, "vi"),
        of_table=lambda name: {"title": name, "about": ""},
        cell=partial(tables.cell, language="vi"),
    )
    env.filters.update(FILTERS, pieces=pieces, compared=differences.compare, worded=plots.worded)


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
def extra_template_vars(
    template: str, view_name: str | None, request: Any, datasette: Any
) -> dict[str, Any] | Callable[[], Awaitable[dict[str, Any]]]:
    """What every page needs: the reader's language, the nonce, where it is, and how columns and questions are called.

    The page of a question also has the choices of its parameters, by parameter.
    """
    if request is None or not served(datasette):
        return {}
    language = chosen(request)
    questions = datasette.metadata("queries", database=DATABASE) or {}
    words = datasette.metadata("headings", database=DATABASE) or {}
    # Bulletins are listed as such, unless their table is asked for.
    listing = view_name == "table" and request.url_vars.get("table") == "articles" and not _TABULAR & set(request.args)
    told = {
        "language": language,
        "say": speaking(language),
        "csp_nonce": nonce(request.scope),
        "charts": view_name in _CHARTED and not listing,
        "listing": listing,
        "compiling": partial(needs_eval, request.scope),
        "here": request.full_path,
        "archive": DATABASE,
        "questions": {name: {"name": name, **question} for name, question in questions.items()},
        "heading": lambda name, table=None: headings.heading(name, table, words, language),
        "of_table": lambda name: headings.of_table(name, language),
        "cell": partial(tables.cell, language=language),
    }
    asked = questions.get(tilde_decode(request.url_vars.get("table", ""))) if template.startswith("query-") else None

    async def with_choices() -> dict[str, Any]:
        return {**told, "choices": await choices(datasette, asked, language) if asked else {}}

    return with_choices


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> Any:
    """Lead from rows to the pages about them, and from a figure back to its place in the text."""
    del datasette
    return linked(row, value, column, table) if database == DATABASE else None
