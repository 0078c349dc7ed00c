"""The time of a simulated year: one clock that the world and the daemon's process look at, and that nobody waits for.

It lies in a file that both map, so that a daemon that was killed leaves it where it stood.
"""

from __future__ import annotations

import mmap
import struct
from datetime import datetime, timedelta
from pathlib import Path

from collector.demo.loopback import OPENING

_LAYOUT = struct.Struct("<qqq")
_MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


class YearClock:
    """Whole microseconds: since the opening, what the machine's wall clock is wrong by, and what the machine slept."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        if new:
            path.write_bytes(_LAYOUT.pack(0, 0, 0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _LAYOUT.size)

    def _read(self) -> tuple[int, int, int]:
        elapsed, wrong, slept = _LAYOUT.unpack(self._map[:])
        return elapsed, wrong, slept

    @property
    def elapsed(self) -> int:
        """Microseconds of true time since the opening."""
        return self._read()[0]

    def true(self) -> datetime:
        """Return the true time."""
        return OPENING + self._read()[0] * _MICROSECOND

    def wall(self) -> datetime:
        """Return what the machine's clock shows."""
        elapsed, wrong, _ = self._read()
        return OPENING + (elapsed + wrong) * _MICROSECOND

    def monotonic(self) -> float:
        """Return the seconds that the machine was awake."""
        elapsed, _, slept = self._read()
        return (elapsed - slept) / SECOND

    def passes(self, microseconds: int, *, asleep: bool = False) -> None:
        """Let time pass."""
        elapsed, wrong, slept = self._read()
        self._map[:] = _LAYOUT.pack(elapsed + microseconds, wrong, slept + (microseconds if asleep else 0))

    def set(self, step: timedelta) -> None:
        """Set the machine's clock forward or back."""
        elapsed, wrong, slept = self._read()
        self._map[:] = _LAYOUT.pack(elapsed, wrong + step // _MICROSECOND, slept)

    @property
    def wrong(self) -> timedelta:
        """By how much the machine's clock is ahead of the true time."""
        return self._read()[1] * _MICROSECOND

    def close(self) -> None:
        """Unmap."""
        self._map.close()
