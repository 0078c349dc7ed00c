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
class Memento:
    """One capture of an address that somebody else keeps, as their index tells of it; not fetched yet."""

    url: str  #: the address that was captured
    captured_at: datetime  #: UTC, whole seconds
    status: int | None = None  #: HTTP status; None: the index does not say
    mimetype: str | None = None
    digest: str | None = None  #: SHA-1 of the payload in base32, as CDX indexes print it
    locator: str = ""  #: where its source finds it, in the source's own words; empty: address and instant tell it
    truncated: str | None = None  #: why the crawler kept the beginning only: ``length``, ``time``, ``disconnect``


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One answer of an index of captures."""

    mementos: tuple[Memento, ...]
    resume: str | None  #: what leads on from here, now or in a later run; None: there is no more
    unreadable: tuple[str, ...] = ()  #: what stands there and could not be read, one line each: it may be a capture


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
    rest: tuple[str, ...] = ()  #: addresses that come after this one: what a sitemap's index names


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a section's listing."""

    items: tuple[ArticleRef, ...]
    next: PageRequest | None  #: None: the pager's end, or no pager
    pager_seen: bool  #: whether a pager stands on the page at all
    unreadable: int = 0  #: items in the container without a usable link
    last_page: int | None = None  #: the highest page number that the pager shows
    unordered: bool = False  #: a sitemap: its order says nothing of what is new, so it is read to its end
    #: Pages behind the next one that this page leads to as well, in order: how a bad page is passed over.
    further: tuple[PageRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """What of a section's listing nobody has read, in places counted from 0 at the top: spans [start, stop)."""

    spans: tuple[tuple[int, int | None], ...]  #: in order, apart from one another; None: to the end, wherever it is
    page_size: int  #: entries of a page
    last_page: int | None  #: the highest page that the pager has shown; None: it shows none


@dataclass(frozen=True, slots=True)
class KnownBulletin:
    """A bulletin that a listing, an article or an index of a web archive names, once for each section that lists it."""

    portal: str
    source_id: str
    url: str
    section: str | None = None  #: None: no listing shows it
    title: str | None = None
    state: str = "indexed"  #: as in ``listings.state``; ``indexed``: only a web archive's index names it
    held: bool = False  #: its text is in the archive
    published_on: date | None = None  #: from its article, else from a listing
    last_walk: int = 0  #: the run that listed it last in the portal itself; 0: at most a capture of the past did
    position: int | None = None  #: its place in the section then, from 0; None: no section lists it
    failure: str | None = None  #: why it could not be read
    sources: tuple[str, ...] = ()  #: web archives that keep a capture of it which was not tried in vain
    captures: int = 0  #: captures of it that indexes name
    first_captured_at: datetime | None = None  #: UTC


@dataclass(frozen=True, slots=True)
class KnownSection:
    """A section as its walks found it."""

    id: str  #: ``portal/section``
    url: str
    unread: Unread | None = None  #: None: no page of it was ever noted
    reached_end: bool = False  #: a walk came to its pager's end with nothing left out
    caught_up: bool = True  #: no walk since the last one that ended has listed anything new and then broken off


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
class RobotsCopy:
    """An origin's robots.txt as it was fetched."""

    fetched_at: datetime  #: UTC
    status: int  #: HTTP status; 0: nobody answered
    body: bytes


class RunKind(StrEnum):
    """What a run sets out to do."""

    POLL = "poll"  #: what is new
    BACKFILL = "backfill"  #: what a range of days holds
    GAPS = "gaps"  #: what the ledger says is missing


class Verdict(StrEnum):
    """What a run can claim; CONTRACT 4 gives each one's exit code."""

    COMPLETE = "complete"
    EMPTY_EXPECTED = "empty_expected"
    INCOMPLETE = "incomplete"
    EMPTY_SUSPECT = "empty_suspect"
    TRUNCATED = "truncated"
    LAYOUT_CHANGED = "layout_changed"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    INTERRUPTED = "interrupted"


class Outcome(StrEnum):
    """What became of one item of a listing, or of one recheck."""

    ADDED = "added"  #: a bulletin the archive did not have
    REVISED = "revised"  #: the portal's editor changed it
    REREAD = "reread"  #: only our reading of it changed (a technical revision)
    UNCHANGED = "unchanged"
    MISSING = "missing"  #: first sign that it is gone: not believed yet
    GONE = "gone"  #: the second sign, in another run
    OUT_OF_RANGE = "out_of_range"  #: read and kept raw, but outside ``--since``/``--until``
    NO_CONTENT = "no_content"  #: a capture of the past that shows no bulletin: an error, a login, a redirect
    ABSENT = "absent"  #: a capture that an index names and nobody has (any more)
    FAILED = "failed"  #: an expected error; it will be tried again
    WANTED = "wanted"  #: a dry run: it would be fetched
    CRASHED = "crashed"  #: a bug of ours; recorded with its traceback, and it will be tried again


@dataclass(frozen=True, slots=True)
class Task:
    """What one run over one portal is asked to do."""

    kind: RunKind = RunKind.POLL
    since: date | None = None  #: local, inclusive; only in a backfill
    until: date | None = None  #: local, inclusive; only in a backfill
    limit: int | None = None  #: articles fetched at most
    refetch: bool = False  #: fetch known bulletins in range again
    sections: frozenset[str] = frozenset()  #: section ids; empty: all
    recheck_days: int = 0  #: bulletins published within so many days are looked at again; 0: none
    recheck_per_run: int = 0  #: at most so many of them
    dry_run: bool = False  #: walk the listings, fetch no bulletin


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """What the archive holds of a bulletin, as far as deciding needs it."""

    id: int
    url: str
    source_id: str
    state: str  #: ``live`` or ``gone``
    content_hash: str  #: of the latest revision
    revision_capture: int  #: the page that the latest revision was read from
    checked_capture: int  #: the last page that was read whole; the ground of conditional requests


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A bulletin of the live portal as its latest revision has it, beside what the portal's listing says of it."""

    bulletin: Bulletin  #: title, body, day and what filled them
    capture: int  #: the page that it was read from
    seen_at: datetime  #: UTC: when that was fetched
    listed_title: str | None = None  #: None: no listing shows one
    listed_on: date | None = None  #: None: no listing shows a day


@dataclass(frozen=True, slots=True)
class LookedAt:
    """When a bulletin was looked at last: what the next look hangs on."""

    article: int
    published_at: datetime  #: UTC: its day's beginning; of an undated one, when it was first seen
    looked_at: datetime  #: UTC


@dataclass(frozen=True, slots=True)
class StandingRevision:
    """The state that a bulletin was seen in at one moment."""

    id: int  #: of its latest reading
    content_hash: str
    capture: int  #: the page that first showed this state: two moments with the same one are one state
    seen_at: datetime  #: UTC: the moment
    shown_by: int  #: the page that showed it then; where the portal only said "not modified", ``capture``


@dataclass(frozen=True, slots=True)
class Correction:
    """One field that an edit changed."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What an article page says against what the archive holds."""

    outcome: Outcome  #: ``ADDED``, ``REVISED``, ``REREAD`` or ``UNCHANGED``
    content_hash: str
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that just happened in a run, for the log line and the progress bar."""

    portal: str
    what: str  #: ``listing``, ``article`` or ``recheck``
    url: str
    outcome: str = ""  #: an :class:`Outcome` value for an article
    detail: str = ""  #: title or error, one line
    page: int = 0  #: listing page
    items: int = 0  #: items on it


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run over one portal ended."""

    run: int
    portal: str
    source: str
    verdict: Verdict
    evidence: Mapping[str, object]
    listed: int = 0
    added: int = 0
    revised: int = 0
    unchanged: int = 0
    gone: int = 0
    failed: int = 0
    requests: int = 0
    bytes: int = 0
