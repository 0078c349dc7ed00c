"""Threads that do the polls: one a portal, as long as the daemon lives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait


class Hands:
    """A thread for each portal; of one portal nothing is done side by side."""

    def __init__(self) -> None:
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._under_way: set[Future[None]] = set()

    def give(self, portal: str, poll: Callable[[], None]) -> None:
        """Let a portal's thread poll.

        Raises:
            RuntimeError: the system has no thread left.
        """
        if portal not in self._pools:
            self._pools[portal] = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"portal {portal}")
        future = self._pools[portal].submit(poll)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)

    def rest(self, seconds: float) -> bool:
        """Take no more work, and say whether all that was under way ended in time."""
        for pool in self._pools.values():
            pool.shutdown(wait=False)
        return not wait(list(self._under_way), timeout=seconds).not_done
