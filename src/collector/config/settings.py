"""``collector.toml``: its tables as they are checked, and ``Settings``, what the program is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from collector.config.mistakes import Table
from collector.config.values import (
    BaseUrl,
    Cron,
    Duration,
    DurationOrZero,
    HeaderText,
    Identifiers,
    Notifications,
    OptionalText,
    ProxyUrl,
    Text,
    TimeZone,
)
from collector.holidays import Holidays
from collector.places import Place
from collector.profile import Profile
from collector.vocabulary import Vocabulary

#: When neither ``every`` nor ``cron`` is given.
DEFAULT_EVERY = 30 * 60.0


class Http(Table):
    """``[http]``: manners and limits. Durations are seconds."""

    contact: HeaderText = ""  #: an e-mail or web address for the User-Agent
    delay: DurationOrZero = 2.0  #: between two requests to one host
    timeout: Duration = 60.0  #: for the next bytes: seven seconds were seen on ordinary days
    connect_timeout: Duration = Field(default_factory=lambda given: min(10.0, given["timeout"]))
    deadline: Duration = Field(default_factory=lambda given: max(180.0, 3 * given["timeout"]))  #: for a whole response
    retries: Annotated[int, Field(ge=0, le=20)] = 3  #: further tries after a failed one
    max_bytes: Annotated[int, Field(ge=1)] = 10_000_000  #: of one response, as sent and as inflated
    robots: bool = True  #: obey robots.txt
    ca_bundle: OptionalText = None  #: PEM file with the certificates that a portal's chain lacks
    proxy: ProxyUrl = None

    @model_validator(mode="after")
    def _limits_agree(self) -> Self:
        if self.deadline < self.timeout:
            raise ValueError("deadline, for a whole response, must not be shorter than timeout, for its next bytes")
        return self


class Schedule(Table):
    """``[schedule]``: exactly one of ``every`` (seconds) and ``cron`` (five fields, in ``timezone``)."""

    every: Duration | None = None
    cron: Cron | None = None
    jitter: DurationOrZero = 0.0  #: each poll starts up to so many seconds after its due time

    @model_validator(mode="before")
    @classmethod
    def _default(cls, given: Any) -> Any:
        if isinstance(given, dict) and not {"every", "cron"} & given.keys():
            return {"every": DEFAULT_EVERY, **given}
        return given

    @model_validator(mode="after")
    def _polls_keep_their_order(self) -> Self:
        if self.every is not None and self.jitter >= self.every:
            raise ValueError(f"jitter ({self.jitter:g} s) must be shorter than every ({self.every:g} s)")
        return self


class Recheck(Table):
    """``[recheck]``: recent bulletins that are fetched again to see edits."""

    days: Annotated[int, Field(ge=0, le=36_500)] = 0  #: up to which age; 0: none
    per_run: Annotated[int, Field(ge=0)] = 5  #: at most so many a run


class Topic(Table):
    """``[topic]``: how sure the topic filter must be, from 0 to 1."""

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5


class Alerts(Table):
    """``[alerts]``: whom to tell, after how many failed runs in a row."""

    strikes: Annotated[int, Field(ge=1)] = 3
    remind: DurationOrZero = 24 * 3600.0  #: to the first reminder; the next ones come ever more rarely. 0: none
    urls: Notifications = ()


class Archives(Table):
    """``[archives]``: where the web archives answer; another archive of the same software may stand in for one."""

    wayback: BaseUrl = "https://web.archive.org/"
    crawl_index: BaseUrl = "https://index.commoncrawl.org/"
    crawl_data: BaseUrl = "https://data.commoncrawl.org/"


class Health(Table):
    """``[health]``: where the daemon answers probes; port 0 takes any free one, which only its log names."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080


class CollectorFile(Table):
    """The whole of ``collector.toml``."""

    archive: OptionalText = None
    timezone: TimeZone = "Asia/Ho_Chi_Minh"
    portals: Annotated[Identifiers, Field(min_length=1)]
    http: Http = Http()
    schedule: Schedule = Schedule(every=DEFAULT_EVERY)
    recheck: Recheck = Recheck()
    topic: Topic = Topic()
    alerts: Alerts = Alerts()
    archives: Archives = Archives()
    health: Health = Health()


@dataclass(frozen=True, slots=True)
class Settings:
    """One configuration without a mistake, families merged into portals."""

    folder: Path  #: absolute; where ``collector.toml`` is
    archive: str | None  #: None: ``archive.db`` in the working directory
    timezone: str  #: an IANA name
    portals: tuple[str, ...]  #: ids, in the file's order
    http: Http
    schedule: Schedule
    recheck: Recheck
    topic: Topic
    alerts: Alerts
    archives: Archives
    health: Health
    profiles: tuple[Profile, ...]  #: one a portal, in the same order
    vocabulary: Vocabulary  #: ``measures.toml`` and ``topics.toml``
    places: tuple[Place, ...]  #: ``places.toml``, in its order
    holidays: Holidays  #: ``holidays.toml``
    warnings: tuple[str, ...] = ()  #: what is allowed and still should be changed, a sentence each
