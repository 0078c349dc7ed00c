"""Time in the tests: it stands still until somebody lets it pass."""

from __future__ import annotations

from datetime import datetime, timedelta

from collector.demo.loopback import OPENING


class StoryClock:
    """Begins when the replica opens."""

    def __init__(self) -> None:
        self._now = OPENING

    def now(self) -> datetime:
        return self._now

    def pass_time(self, **kwargs: float) -> None:
        self._now += timedelta(**kwargs)
