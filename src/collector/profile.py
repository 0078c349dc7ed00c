"""How a portal is read: selectors, patterns and labels. ``config`` makes them, ``portal`` reads by them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class SectionProfile:
    """One listing of a portal."""

    id: str
    url: str  #: absolute
    topic: str | None = None  #: every bulletin of it is on this topic; None: the topic filter decides
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ListingProfile:
    """Selectors of a listing; each a tuple of candidates, tried in order."""

    item: tuple[str, ...]
    container: tuple[str, ...] = ()
    link: tuple[str, ...] = ("a",)
    title: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PagerProfile:
    """How a listing leads on."""

    kind: str = "none"  #: ``postback``, ``query``, ``path`` or ``none``
    parameter: str | None = None  #: of a query pager
    pattern: str | None = None  #: of a path pager: what its further pages' paths end in, the number named ``page``
    first: int = 1  #: number of its first page
    next: tuple[str, ...] = ()  #: where the pager's anchors are


@dataclass(frozen=True, slots=True)
class ArticleProfile:
    """Selectors of an article page."""

    title: tuple[str, ...]
    body: tuple[str, ...]
    published: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()  #: taken out of the body first
    attachments: tuple[str, ...] = ()  #: where further links to files stand, outside the body


@dataclass(frozen=True, slots=True)
class VisitsProfile:
    """The counter: where it stands, and the labels of its numbers."""

    container: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecogniseProfile:
    """What tells a family's pages: at least ``needed`` of the selectors in ``marks`` match."""

    marks: tuple[str, ...] = ()
    needed: int = 1


@dataclass(frozen=True, slots=True)
class LayoutProfile:
    """How a portal's pages were built in one span of its history; a whole reading, laid over its family already."""

    id: str
    listing: ListingProfile
    article: ArticleProfile
    family: str | None = None
    valid_from: date | None = None  #: local, inclusive; None: since ever
    valid_to: date | None = None  #: local, inclusive; None: to this day
    hosts: tuple[str, ...] = ()  #: host names of that time
    marks: tuple[str, ...] = ()  #: selectors that tell its pages; none: only the dates do
    needed: int = 1  #: so many of the marks match
    identity: tuple[re.Pattern[str], ...] = ()
    pager: PagerProfile = PagerProfile()
    visits: VisitsProfile = VisitsProfile()
    recognise: RecogniseProfile = RecogniseProfile()


@dataclass(frozen=True, slots=True)
class Profile:
    """One portal. Its selectors are those of today; ``layouts`` has those of earlier times.

    ``identity`` and ``hosts`` are of all times together: an old address may stand in a new page.
    """

    id: str
    name: str
    base_url: str
    listing: ListingProfile
    article: ArticleProfile
    family: str | None = None
    hosts: tuple[str, ...] = ()
    installation: str = ""
    attribution: str | None = None
    timezone: str = "Asia/Ho_Chi_Minh"
    sections: tuple[SectionProfile, ...] = ()
    identity: tuple[re.Pattern[str], ...] = ()
    pager: PagerProfile = PagerProfile()
    visits: VisitsProfile = VisitsProfile()
    recognise: RecogniseProfile = RecogniseProfile()
    layouts: tuple[LayoutProfile, ...] = ()
    verified: date | None = None  #: the day on which somebody saw it answer; None: nobody has
    place: str | None = None  #: id of the :class:`collector.places.Place` that it speaks for
    valid_from: date | None = None  #: the portal's first day, where it is known
    valid_to: date | None = None  #: its last day, inclusive; None: it goes on, or nobody knows
    successor: str | None = None  #: id of the portal that took over


def host_of(profile: Profile) -> str:
    """Return the ``host:port`` of a portal (the port only where the address names one): what may be silent."""
    return urlsplit(profile.base_url).netloc.lower()
