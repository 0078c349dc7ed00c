"""One request at a time per host, with a pause between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class HostGate:
    """Shared by all fetchers of a process: two portals may live on one host. Times are seconds of ``monotonic``."""

    def __init__(self, monotonic: Callable[[], float], *, ended: Mapping[str, float] | None = None) -> None:
        """Go on from what another gate's ``ended`` said."""
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._hosts: dict[str, threading.Lock] = {}
        self._ended = dict(ended or {})

    @property
    def ended(self) -> dict[str, float]:
        """By host: when the last one left."""
        return dict(self._ended)

    @contextmanager
    def turn(self, host: str, delay: float, sleep: Callable[[float], None]) -> Iterator[None]:
        """Wait for our turn at ``host``: nobody else is there, and ``delay`` seconds passed since the last one left."""
        with self._guard:
            lock = self._hosts.setdefault(host, threading.Lock())
        # In slices, so that a thread that waits for its turn still sees a request to stop.
        while not lock.acquire(timeout=0.2):
            sleep(0)
        try:
            wait = self._ended.get(host, float("-inf")) + delay - self._monotonic()
            if wait > 0:
                sleep(wait)
            yield
        finally:
            self._ended[host] = self._monotonic()
            lock.release()
