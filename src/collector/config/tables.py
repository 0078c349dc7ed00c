"""The tables of ``families/ID.toml`` and ``portals/ID.toml``, each key with its own check."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from collector.config.mistakes import Table
from collector.config.values import (
    BaseUrl,
    Day,
    Hosts,
    Identifier,
    Labels,
    PagePattern,
    Patterns,
    RelativeUrl,
    Selectors,
    Text,
    as_tuple,
)


class Section(Table):
    """``[[sections]]``: one listing."""

    id: Identifier
    url: RelativeUrl
    name: Text | None = None
    topic: Literal["labour"] | None = None


class Identity(Table):
    """``[identity]``: how an article's own id is read from its address."""

    patterns: Patterns = ()


class Recognise(Table):
    """``[recognise]``: what tells this family's pages from a firewall's or another system's."""

    marks: Selectors = ()
    needed: Annotated[int, Field(ge=1)] = 1


class Listing(Table):
    """``[listing]``: selectors; ``link`` to ``lead`` are looked for inside an item."""

    container: Selectors = ()
    item: Selectors = ()
    link: Selectors = ("a",)
    title: Selectors = ()
    date: Selectors = ()
    lead: Selectors = ()


class Pager(Table):
    """``[pager]``: how a listing leads on."""

    kind: Literal["postback", "query", "path", "none"] = "none"
    parameter: Text | None = None
    pattern: PagePattern | None = None
    first: Annotated[int, Field(ge=0)] = 1
    next: Selectors = ()


class Article(Table):
    """``[article]``: selectors of an article page."""

    title: Selectors = ()
    published: Selectors = ()
    lead: Selectors = ()
    body: Selectors = ()
    byline: Selectors = ()
    remove: Selectors = ()
    attachments: Selectors = ()


class VisitLabels(Table):
    """``[visits] labels``: how the page names each number of its counter."""

    online: Labels = ()
    today: Labels = ()
    yesterday: Labels = ()
    week: Labels = ()
    month: Labels = ()
    total: Labels = ()


class Visits(Table):
    """``[visits]``: the page's counter."""

    container: Selectors = ()
    labels: VisitLabels = VisitLabels()


class Layout(Table):
    """``[[layouts]]``: how pages were built at one time; its tables are laid over a family's, else the portal's own."""

    id: Identifier
    family: Identifier | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    hosts: Hosts = ()
    marks: Selectors = ()
    needed: Annotated[int, Field(ge=1)] = 1
    identity: Identity = Identity()
    recognise: Recognise = Recognise()
    listing: Listing = Listing()
    pager: Pager = Pager()
    article: Article = Article()
    visits: Visits = Visits()


Layouts = Annotated[tuple[Layout, ...], BeforeValidator(as_tuple)]


class FamilyFile(Table):
    """What all portals of one content management system share."""

    id: Identifier | None = None
    name: Text | None = None
    identity: Identity = Identity()
    recognise: Recognise = Recognise()
    listing: Listing = Listing()
    pager: Pager = Pager()
    article: Article = Article()
    visits: Visits = Visits()
    layouts: Layouts = ()


class PortalFile(FamilyFile):
    """One portal: what it alone has, and what it has otherwise than its family."""

    id: Identifier
    family: Identifier | None = None
    base_url: BaseUrl
    hosts: Hosts = ()
    installation: Text | None = None
    attribution: Text | None = None
    verified: Day | None = None
    place: Identifier | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    successor: Identifier | None = None
    sections: Annotated[list[Section], Field(min_length=1)]
