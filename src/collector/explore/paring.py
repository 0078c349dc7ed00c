"""Long answers of questions: a page shows the first rows, and only they are made ready for it.

Datasette makes every cell of an answer ready before the template says which are shown: of 1,000 rows with 22 columns
that is 0.2 s of a page that shows 50 of them. The data (JSON, CSV, plots) has every row.
"""

from __future__ import annotations

from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass

from collector.explore.protection import App, Receive, Scope, Send
from collector.explore.reading import DATABASE

#: Rows of an answer that its page shows: 2,000 are 2 MB, and nobody reads them; each 50 with their links cost 30 ms.
MOST = 50


@dataclass(slots=True)
class Pared:
    """How many rows a page's question has found, all told; None: it has not been asked yet."""

    found: int | None = None


#: Of the page that is being made; None: it is no page of a question, and shows what it asks for.
page: ContextVar[Pared | None] = ContextVar("page", default=None)


def pared(app: App, names: Collection[str]) -> App:
    """Wrap an ASGI application so that the pages of these questions are known as such."""

    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["path"].split("/")[-2:]
        token = page.set(Pared() if asked and asked[0] == DATABASE and asked[-1] in names else None)
        try:
            await app(scope, receive, send)
        finally:
            page.reset(token)

    return marked
