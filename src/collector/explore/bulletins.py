"""The page of one bulletin, which reads like an article, and the page of what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import Response

from collector.archive.connection import Connection
from collector.archive.showing import Showing
from collector.archive.status import Status
from collector.explore.differences import Effort, Line, compare
from collector.explore.language import chosen
from collector.explore.marking import Mark, Piece, paragraphs
from collector.explore.phrasing import bulletin_path, meaning, named
from collector.explore.reading import Absent, ask
from collector.exports import citing

ROUTE = r"^/bulletins/(?P<installation>[^/]+)/(?P<source_id>[^/]+)$"
HISTORY_ROUTE = r"^/bulletins/(?P<installation>[^/]+)/(?P<source_id>[^/]+)/history$"
#: Where rows lead that know a bulletin by its id in the archive only.
NUMBER_ROUTE = r"^/articles/(?P<article>\d{1,18})$"
#: Where a row of ``indicators`` leads, which may be of any state.
FIGURE_ROUTE = r"^/figures/(?P<figure>\d{1,18})$"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A bulletin's row with what hangs on its latest state, as rows by column."""

    bulletin: dict[str, Any]
    figures: list[dict[str, Any]]
    appearances: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    corrections: list[dict[str, Any]]
    states: list[dict[str, Any]]
    addresses: list[dict[str, Any]]
    cited: citing.Citation | None


async def bulletin(datasette: Any, request: Any) -> Response:
    """Answer with the bulletin ``/bulletins/INSTALLATION/SOURCE_ID``."""
    language = chosen(request)

    def asked(connection: Connection) -> dict[str, Any] | None:
        shown = _shown(connection, *_key(request))
        return None if shown is None else _context(shown, language)

    context = await ask(datasette, asked)
    if context is None:
        raise Absent("There is no such bulletin in this archive")
    return Response.html(await datasette.render_template("bulletin.html", context, request=request))


def _context(shown: _Shown, language: str) -> dict[str, Any]:
    row = shown.bulletin
    # Not the last one by its capture: a page of the past may show what stands there again today.
    state = next((state for state in shown.states if state["id"] == row["revision"]), None)
    marks = [*_figures(shown.figures, language), *_people(shown.appearances), *_documents(shown.documents)]
    return {
        "bulletin": row,
        "title": _text(row["title"], marks, "title"),
        "paragraphs": _text(row["body"], marks, "body"),
        "figures": shown.figures,
        "appearances": shown.appearances,
        "documents": shown.documents,
        "attachments": shown.attachments,
        "corrections": shown.corrections,
        "states": shown.states,
        "addresses": shown.addresses,
        "source": state,
        "provenance": {} if state is None else dict(json.loads(state["provenance"])),
        "fields": json.loads(row["fields"] or "[]"),
        "citation": shown.cited and citing.text(shown.cited, language),
        "bibtex": shown.cited and citing.bibtex(shown.cited),
        "cited": shown.cited,
    }


async def history(datasette: Any, request: Any) -> Response:
    """Answer with every state of a bulletin, each with what is otherwise than in the one before."""

    def asked(connection: Connection) -> dict[str, Any] | None:
        showing = Showing(connection)
        row = showing.bulletin(*_key(request))
        if row is None:
            return None
        states, effort = showing.states(row["id"], texts=True), Effort()
        steps = [_step(before, state, effort) for before, state in zip([None, *states], states, strict=False)]
        return {"bulletin": row, "steps": steps[::-1]}

    context = await ask(datasette, asked)
    if context is None:
        raise Absent("There is no such bulletin in this archive")
    return Response.html(await datasette.render_template("bulletin_history.html", context, request=request))


async def numbered(datasette: Any, request: Any) -> Response:
    """Lead from ``/articles/ID`` to the page of that bulletin."""
    article = int(request.url_vars["article"])
    found = await ask(datasette, lambda connection: Showing(connection).address(article))
    if found is None:
        raise Absent("There is no such bulletin in this archive")
    return Response.redirect(datasette.urls.path(bulletin_path({"installation": found[0], "source_id": found[1]})))


async def figured(datasette: Any, request: Any) -> Response:
    """Lead from ``/figures/ID`` to where it stands: in the bulletin, or in its history if it is of an earlier state."""
    figure = int(request.url_vars["figure"])
    found = await ask(datasette, lambda connection: Showing(connection).stands(figure))
    if found is None:
        raise Absent("There is no such figure in this archive")
    place = f"#n{figure}" if found["current"] else f"/history#r{found['revision']}"
    return Response.redirect(datasette.urls.path(bulletin_path(found)) + place)


def _key(request: Any) -> tuple[str, str]:
    return named(request.url_vars["installation"]), named(request.url_vars["source_id"])


def _shown(connection: Connection, installation: str, source_id: str) -> _Shown | None:
    showing = Showing(connection)
    row = showing.bulletin(installation, source_id)
    if row is None:
        return None
    revision = row["revision"]
    return _Shown(
        bulletin=row,
        figures=showing.figures(revision),
        appearances=showing.appearances(revision),
        documents=showing.documents(revision),
        attachments=showing.attachments(revision),
        corrections=showing.corrections(row["id"]),
        states=showing.states(row["id"]),
        addresses=showing.addresses(row["id"]),
        cited=citing.found(Status(connection).citation(str(row["id"]))),
    )


def _figures(rows: list[dict[str, Any]], language: str) -> list[tuple[str, Mark]]:
    return [
        (row["part"], Mark(row["span_start"], row["span_end"], "figure", (row["id"],), _hint(row, language)))
        for row in rows
    ]


def _hint(row: dict[str, Any], language: str) -> str:
    name = row[f"name_{language}"] if row["measure"] else row["label"]
    return " · ".join(part for part in (name, meaning(row, language)) if part)


def _people(rows: list[dict[str, Any]]) -> list[tuple[str, Mark]]:
    return [
        (row["part"], Mark(row["span_start"], row["span_end"], "person", (row["id"],), row["title"] or ""))
        for row in rows
    ]


def _documents(rows: list[dict[str, Any]]) -> list[tuple[str, Mark]]:
    return [
        (row["part"], Mark(row["span_start"], row["span_end"], "document", (row["id"],), row["kind"] or ""))
        for row in rows
    ]


def _text(text: str, marks: list[tuple[str, Mark]], part: str) -> list[list[Piece]]:
    return [line for line in paragraphs(text, [mark for where, mark in marks if where == part]) if line]


@dataclass(frozen=True, slots=True)
class Step:
    """One state of a bulletin, and by field what is otherwise than in the state before (None: it is the first)."""

    state: dict[str, Any]
    changes: dict[str, list[Line]] | None


def _step(before: dict[str, Any] | None, state: dict[str, Any], effort: Effort) -> Step:
    if before is None:
        return Step(state, None)
    fields = ("title", "lead", "body", "published_on")
    changed = [name for name in fields if (before[name] or "") != (state[name] or "")]
    if "body" in changed and "lead" in changed:
        changed.remove("lead")  # the body has it too
    return Step(state, {name: compare(before[name] or "", state[name] or "", effort) for name in changed})
