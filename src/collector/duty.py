"""What a daemon is told to do, and what it leaves to the one that goes on in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from collector.clock import Reading
from collector.examining import Examining
from collector.fetch import HttpSettings
from collector.lookout import Telling
from collector.model import Task
from collector.places import Place
from collector.profile import Profile
from collector.rota import Standing
from collector.schedule import ScheduleSettings


@dataclass(frozen=True, slots=True)
class Duty:
    """What the configuration tells the daemon to do."""

    profiles: Sequence[Profile]
    task: Task
    schedule: ScheduleSettings
    timezone: str  #: an IANA name
    http: HttpSettings
    examining: Examining
    places: Sequence[Place]
    telling: Telling


@dataclass(frozen=True, slots=True)
class Memory:
    """What a daemon knows beside its archive and its configuration, for another one that goes on in its place.

    Of one that was killed less is known: the other one catches up by the ledger.
    """

    started_at: datetime  #: the first of them
    clock_steps: int = 0
    refused: str | None = None  #: why the configuration was not read anew
    troubles: Mapping[str, str] = field(default_factory=dict)  #: by portal: why the last poll could not do its work
    judged: Mapping[str, date] = field(default_factory=dict)  #: by portal: the day whose silence was judged last
    failing: frozenset[str] = frozenset()  #: addresses that took no message, which was logged
    standings: Mapping[str, Standing] | None = None
    hosts: Mapping[str, float] = field(default_factory=dict)  #: when each was asked last, as ``HostGate`` has it
    seen: Reading | None = None  #: by the look-out for steps of the clock
    said: Reading | None = None  #: by the clock that never goes back


@dataclass(frozen=True, slots=True)
class Rest:
    """There is nothing to do for a while."""

    memory: Memory
    until: datetime
