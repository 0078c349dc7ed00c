"""What travels between the rooms: frozen values without behaviour.

Times are aware datetimes in UTC unless a line says otherwise; dates are local to the portal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class PageKind(StrEnum):
    """What a response turned out to be, whatever its status said."""

    CONTENT = "content"  #: a page of the portal that may be read
    NOT_MODIFIED = "not_modified"  #: 304: what we have still holds
    GONE = "gone"  #: 404 or 410
    SOFT_404 = "soft_404"  #: "not found" behind a 200
    HOME = "home"  #: an article's address answered with the home page
    ERROR = "error"  #: an ASP.NET or other server error page behind a 200, or 5xx
    LOGIN = "login"  #: a login form where content should be
    WAF = "waf"  #: a firewall's or bot filter's page, 403 and 429 included
    MAINTENANCE = "maintenance"  #: "the site is being upgraded"
    FOREIGN = "foreign"  #: HTML that shows none of the family's marks, or no HTML at all


@dataclass(frozen=True, slots=True)
class Page:
    """One response, whole, as the portal sent it (content encoding removed)."""

    url: str  #: the address that was asked for
    final_url: str  #: where redirects led
    fetched_at: datetime  #: UTC
    status: int  #: HTTP status of the last response
    headers: Mapping[str, str]  #: names in lower case; repeated ones joined by ", "
    body: bytes  #: empty for a 304
    redirects: tuple[str, ...] = ()  #: addresses passed through, in order, ``final_url`` not included
    origin: str = "live"  #: ``live``, ``wayback``, ``commoncrawl``, ``warc``, ``demo``


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional request sends back; taken only from content that was stored."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """One item of a listing: where a bulletin is, before it was read."""

    url: str  #: absolute
    source_id: str  #: the portal's own id (by ``identity.patterns``), else the address without its fragment
    title: str | None = None
    published_on: date | None = None  #: where the listing prints a date
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How to ask for a listing page: an address, or a form posted to one."""

    url: str
    form: tuple[tuple[str, str], ...] = ()  #: non-empty: a POST of these fields, in order
    number: int = 1  #: which page of the listing this is, counted from 1


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a section's listing."""

    items: tuple[ArticleRef, ...]
    next: PageRequest | None  #: None: the pager's end, or no pager
    pager_seen: bool  #: whether a pager stands on the page at all
    container_seen: bool  #: whether the list's container stands on the page (present and empty is not missing)
    unreadable: int = 0  #: items in the container without a usable link
    last_page: int | None = None  #: the highest page number that the pager shows


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or a picture that a bulletin links to."""

    url: str
    label: str
    kind: str  #: ``image`` or ``file``


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What one article page says."""

    url: str  #: the page's final address
    source_id: str
    title: str  #: NFC, one line
    body: str  #: NFC, the lead included, paragraphs separated by one newline
    lead: str | None = None
    byline: str | None = None
    published_on: date | None = None  #: local
    published_at: datetime | None = None  #: UTC, only where a time is printed
    attachments: tuple[Attachment, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)  #: field → what filled it, ``selector:div.Title``


@dataclass(frozen=True, slots=True)
class VisitCount:
    """The page's own visit statistics, as printed; None where a number is not shown."""

    online: int | None = None
    today: int | None = None
    yesterday: int | None = None
    week: int | None = None
    month: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Publisher:
    """The footer: who publishes, and on which condition a bulletin may be published again."""

    publisher: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    attribution: str | None = None  #: the name to give as source


@dataclass(frozen=True, slots=True)
class Record:
    """All that one article page gives: what ``digest`` returns and the archive appends."""

    bulletin: Bulletin
    visits: VisitCount | None
    publisher: Publisher | None
