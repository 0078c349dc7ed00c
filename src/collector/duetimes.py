"""What travels of a schedule: due times, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TickState(StrEnum):
    """What became of a due time; see ``tables/daemon.sql``."""

    RAN = "ran"
    LATE = "late"
    MISSED = "missed"
    COALESCED = "coalesced"
    OVERLAPPED = "overlapped"


@dataclass(frozen=True, slots=True)
class Tick:
    """One time that a portal was due."""

    due_at: datetime  #: UTC
    state: TickState
