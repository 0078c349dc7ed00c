"""What Datasette (0.65) asks of its plugins, and this archive's answers.

``config/datasette/plugins/`` hands these functions to Datasette. They keep silent where no archive is served.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from functools import partial
from typing import Any

from datasette import hookimpl
from datasette.utils import tilde_decode
from datasette.utils.asgi import Forbidden, Response
from jinja2 import pass_context
from markupsafe import Markup

from collector.archive.search import matching
from collector.explore import (
    bulletins,
    feeds,
    headings,
    home,
    language,
    mishaps,
    paring,
    plots,
    raw,
    reading,
    spreadsheets,
    tables,
)
from collector.explore.cells import linked
from collector.explore.choices import choices
from collector.explore.differences import Effort, Line, compare
from collector.explore.language import both, chosen, speaking
from collector.explore.phrasing import FILTERS, bulletin_path, shortened
from collector.explore.protection import App, Nonces, needs_eval, nonce, protected
from collector.explore.reading import DATABASE, served
from collector.explore.snippets import pieces, snippet

#: The pages that datasette-vega can draw on.
_CHARTED = frozenset({"table", "query"})
#: What somebody asks with who wants the bulletins' table, and not the list that reads like one.
_TABULAR = frozenset({"_as", "_col", "_nocol", "_facet"})
#: What is shown of a row's title where another row names it.
_LABEL = 120


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    """The pages that are ours."""
    if not served(datasette):
        return []
    pages = (
        (home.ROUTE, home.home),
        (language.ROUTE, language.remember),
        (bulletins.ROUTE, bulletins.bulletin),
        (bulletins.HISTORY_ROUTE, bulletins.history),
        (bulletins.NUMBER_ROUTE, bulletins.numbered),
        (bulletins.FIGURE_ROUTE, bulletins.figured),
        (raw.ROUTE, raw.capture),
        (reading.UNSAID, reading.unsaid),
    )
    return [(route, _only_read(page)) for route, page in pages]


def _only_read(page: Callable[[Any, Any], Awaitable[Response]]) -> Callable[[Any, Any], Awaitable[Response]]:
    """Refuse whatever is no question."""

    async def answered(datasette: Any, request: Any) -> Response:
        if request.method in ("GET", "HEAD"):
            return await page(datasette, request)
        return Response.text("Method not allowed", status=405, headers={"allow": "GET, HEAD"})

    return answered


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def register_output_renderer() -> list[dict[str, Any]]:
    """Rows as a feed, and to be pasted into a spreadsheet: ours are named last and stand in for the plugins' own."""
    return [
        {"extension": "atom", "render": feeds.render, "can_render": feeds.can_render},
        {"extension": "copyable", "render": spreadsheets.copyable},
    ]


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Guard every answer, make CSV safe to open in a spreadsheet, and pages no longer than they are shown."""
    if not served(datasette):
        return lambda app: app
    questions = frozenset(datasette.metadata("queries", database=DATABASE) or ())
    return lambda app: protected(spreadsheets.safe(paring.pared(app, questions)))


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Any, datasette: Any) -> None:
    """Give every template's scripts the nonce, and what pages of errors need."""
    if served(datasette):
        env.add_extension(Nonces)
    env.globals.update(
        say=both,
        questions={},
        heading=lambda name, table=None: headings.heading(name, table, {}, "vi"),
        of_table=lambda name: {"title": name, "about": ""},
        cell=partial(tables.cell, language="vi"),
    )
    env.filters.update(
        FILTERS,
        pieces=pieces,
        compared=_compared,
        worded=plots.worded,
        bulletin_path=lambda row: datasette.urls.path(bulletin_path(row)),
    )


@pass_context
def _compared(context: Any, before: str, after: str) -> list[Line]:
    """Return what an edit changed; all that a page compares costs no more than one page may."""
    return compare(before, after, context.get("effort"))


def _looked_for(typed: Any) -> str:
    """Return FTS5's expression for whatever value SQL hands over."""
    return matching("" if typed is None else str(typed))


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def prepare_connection(conn: Any, database: str) -> None:
    """Give SQL the two functions that searching needs beyond FTS5."""
    if database == DATABASE:
        # escape_fts is what Datasette's box asks by; its own takes a quote alone for a mistake.
        for name in ("search_terms", "escape_fts"):
            conn.create_function(name, 1, _looked_for, deterministic=True)
        conn.create_function(
            "search_snippet", 2, lambda text, query: snippet(str(text or ""), str(query or "")), deterministic=True
        )


@hookimpl(hookwrapper=True)  # type: ignore[untyped-decorator]
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Generator[None, Any, None]:
    """Tell the reader in our words, and in ours alone.

    Datasette asks every plugin and takes the first answer; its own, asked too, prints every local variable of every
    function at each missing page, which takes 2 s.
    """
    outcome = yield
    if served(datasette):
        outcome.force_result([mishaps.told(datasette, request, exception)])


@hookimpl  # type: ignore[untyped-decorator]
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """Tell of what nobody may see as of every other mishap."""
    return mishaps.told(datasette, request, Forbidden(message)) if served(datasette) else None


@hookimpl  # type: ignore[untyped-decorator]
def extra_template_vars(
    template: str, view_name: str | None, request: Any, datasette: Any
) -> dict[str, Any] | Callable[[], Awaitable[dict[str, Any]]]:
    """What every page needs: the reader's language, the nonce, where it is, and how columns and questions are called.

    The page of a question also has the choices of its parameters, by parameter.
    """
    if request is None or not served(datasette):
        return {}
    spoken = chosen(request)
    questions = datasette.metadata("queries", database=DATABASE) or {}
    words = datasette.metadata("headings", database=DATABASE) or {}
    # Bulletins are listed as such, unless their table is asked for.
    listing = view_name == "table" and request.url_vars.get("table") == "articles" and not _TABULAR & set(request.args)
    told = {
        "language": spoken,
        "say": speaking(spoken),
        "effort": Effort(),
        "most": paring.MOST,
        "pared": paring.page.get(),
        "csp_nonce": nonce(request.scope),
        "charts": view_name in _CHARTED and not listing,
        "listing": listing,
        "compiling": partial(needs_eval, request.scope),
        "here": request.full_path,
        "archive": DATABASE,
        "questions": {name: {"name": name, **question} for name, question in questions.items()},
        "heading": lambda name, table=None: headings.heading(name, table, words, spoken),
        "of_table": lambda name: headings.of_table(name, spoken),
        "cell": partial(tables.cell, language=spoken),
        "shown_columns": lambda columns: tables.shown_columns(columns, spoken),
    }
    asked = questions.get(tilde_decode(request.url_vars.get("table", ""))) if template.startswith("query-") else None

    async def with_choices() -> dict[str, Any]:
        return {**told, "choices": await choices(datasette, asked, spoken) if asked else {}}

    return with_choices


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> Any:
    """Lead from rows to the pages about them, and from a figure back to its place in the text."""
    if database != DATABASE:
        return None
    if isinstance(value, dict) and isinstance(value.get("label"), str):
        # Datasette cuts every text in a cell short but the label of another row, and a title may have 1 MB.
        value["label"] = shortened(value["label"], _LABEL)
    made = linked(row, value, column, table)
    if made is None:
        return None
    # A cell begins with its link, if it has one, and that is a path of this server; everything else in it is escaped.
    link = f'<a href="{datasette.urls.instance()}'
    return Markup(str(made).replace('<a href="/', link, 1))  # noqa: S704 - it was one already
