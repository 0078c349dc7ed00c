"""What is asked of a second reading, what comes of it, and by which version it was made: values that travel.

They go to other processes and back, so they hold what is to be told or written, and no page.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime

from collector.archive.revisions import PARSER_VERSION
from collector.findings import Evidence
from collector.model import ArticleRef, Bulletin, Change, Correction, Page, VisitCount
from collector.plan.rereading import Difference
from collector.profile import Profile

#: What of a profile says nothing about how a page is read.
_ASIDE = frozenset("id name attribution installation sections verified place valid_from valid_to successor".split())


def reading_version(profile: Profile) -> str:
    """Return which reading a portal's pages get today: the parser's version and a digest of the profile's selectors."""
    told = {one.name: _plain(getattr(profile, one.name)) for one in fields(profile) if one.name not in _ASIDE}
    digest = hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return f"{PARSER_VERSION}:{digest[:8]}"


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, re.Pattern):
        # Its repr() is cut off at 200 characters.
        return [value.pattern, value.flags]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be read again of one bulletin; or, without one, single pages that name others or show a counter."""

    portal: str
    article: int | None = None
    source_id: str | None = None  #: of a bulletin that the archive does not have
    unread: tuple[int, ...] = ()  #: captures that no revision was read from, by time
    failing: frozenset[int] = frozenset()  #: of all captures, those that are known as unreadable
    pages: tuple[int, ...] = ()  #: captures of no bulletin, of which the counter is read
    listings: frozenset[int] = frozenset()  #: of these, those of listings of which no item is known


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of one state of a bulletin."""

    revision: int
    capture: int
    latest: bool  #: the article says what it says
    title: str
    url: str
    content_hash: str = ""
    bulletin: Bulletin | None = None  #: it is read otherwise: a technical revision is due
    examined: bool = False  #: evidence is to be written
    evidence: Evidence | None = None  #: None though ``examined``: the examination crashed on a text that is new
    topic: str | None = None
    differences: tuple[Difference, ...] = ()
    lost: str = ""  #: why the page cannot be read any more
    crash: str = ""  #: why its words could not be examined


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came of one page that no revision was read from."""

    capture: int
    captured_at: datetime  #: UTC
    url: str
    failing: bool  #: an open failure says that it could not be read
    bulletin: Bulletin | None = None  #: None: it still cannot be read
    change: Change | None = None  #: None: it is of another day than those asked for
    began: bool = False  #: the state after it says the same
    corrections: tuple[Correction, ...] = ()  #: what the state after it changed in it
    evidence: Evidence | None = None
    topic: str | None = None
    error: str = ""
    crash: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter that nobody had read."""

    capture: int
    portal: str
    page: Page  #: without its bytes
    visits: VisitCount


@dataclass(frozen=True, slots=True)
class Listed:
    """A captured listing whose items nobody had read."""

    capture: int
    captured_at: datetime  #: UTC
    url: str
    section: str
    items: tuple[ArticleRef, ...]


@dataclass(slots=True)
class Answer:
    """What came of one :class:`Asked`."""

    asked: Asked
    source_id: str = ""
    section: str | None = None
    states: list[Reread] = field(default_factory=list)
    recovered: list[Recovered] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  #: bugs of ours that cost a counter, one line each
    #: Captures that this reading has seen, which reading that is, and what filled the fields where only that is not as
    #: it is stored.
    seen: list[tuple[int, str, Mapping[str, str] | None]] = field(default_factory=list)
    pages: int = 0  #: read
    texts: int = 0  #: examined

    @property
    def settled(self) -> bool:
        """Whether the next run has nothing to do with it."""
        left = any(one.lost or one.crash for one in self.states)
        return not (left or any((one.failing and one.error) or one.crash for one in self.recovered))
