"""What a host told us and we must not forget between runs."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from collector.model import RobotsCopy


class HostMemory(Protocol):
    """Keeps robots.txt by origin (``https://host:port``) and Retry-After by host; the archive has one."""

    def robots(self, origin: str) -> RobotsCopy | None: ...  # noqa: D102
    def keep_robots(self, origin: str, copy: RobotsCopy) -> None: ...  # noqa: D102
    def not_before(self, host: str) -> datetime | None: ...  # noqa: D102
    def keep_not_before(self, host: str, instant: datetime) -> None: ...  # noqa: D102


class ForgetfulMemory:
    """Remembers for as long as it lives: for commands that write nothing."""

    def __init__(self) -> None:
        self._robots: dict[str, RobotsCopy] = {}
        self._not_before: dict[str, datetime] = {}

    def robots(self, origin: str) -> RobotsCopy | None:
        """Return the copy of an origin's robots.txt."""
        return self._robots.get(origin)

    def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Replace the copy of an origin's robots.txt."""
        self._robots[origin] = copy

    def not_before(self, host: str) -> datetime | None:
        """Return the instant before which a host asked not to be asked."""
        return self._not_before.get(host)

    def keep_not_before(self, host: str, instant: datetime) -> None:
        """Remember a host's Retry-After."""
        self._not_before[host] = instant
