"""What travels of troubles: from the poll that first sees one to the incident that is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that somebody should look at if it lasts."""

    cause: str  #: one word; ``plan.troubles.CAUSES`` has them all
    detail: str  #: as just seen, one line
    portal: str | None = None  #: None: of the whole archive
    section: str | None = None  #: ``portal/section``; None: of the whole portal


@dataclass(frozen=True, slots=True)
class Brewing:
    """A trouble that has not lasted long enough to be told."""

    trouble: Trouble  #: as last seen
    first_at: datetime  #: UTC: the first of the polls in a row that saw it
    last_at: datetime  #: UTC
    strikes: int  #: how many polls that is


@dataclass(frozen=True, slots=True)
class Incident:
    """A trouble that lasted, from when it was told to when it was over; of each cause one is open at a time."""

    id: int | None  #: ``incidents.id``; None: the archive could not be written yet
    trouble: Trouble  #: as last seen
    first_at: datetime  #: UTC: the first poll that saw it
    opened_at: datetime  #: UTC: when it had lasted long enough
    last_at: datetime  #: UTC
    strikes: int  #: polls that saw it
    told_at: datetime | None = None  #: UTC: when its opening was told; None: not yet
    reminded_at: datetime | None = None  #: UTC: the last time
    reminders: int = 0
    closed_at: datetime | None = None  #: UTC; None: it is open
    recovery_told_at: datetime | None = None  #: UTC
