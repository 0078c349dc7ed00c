"""Threads that do the polls: one a portal, as long as the daemon lives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait


class Hands:
    """A thread for each portal; of one portal nothing is done side by side."""

    def __init__(self, ended: Callable[[], None] = lambda: None) -> None:
        """Call ``ended`` whenever something that was given is over."""
        self._ended = ended
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._under_way: set[Future[None]] = set()
        self._hurried: set[Future[None]] = set()  #: of these, what nobody waits for at the end

    def give(self, portal: str, poll: Callable[[], None], *, awaited: bool = True) -> None:
        """Let a portal's thread poll; what is not ``awaited`` can be done another time and holds up no end.

        Raises:
            RuntimeError: the system has no thread left.
        """
        if portal not in self._pools:
            self._pools[portal] = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"portal {portal}")
        try:
            future = self._pools[portal].submit(poll)
        except RuntimeError:
            # The work is queued all the same, and would be done beside that of the next time.
            self._pools.pop(portal).shutdown(wait=False, cancel_futures=True)
            raise
        self._under_way.add(future)
        if not awaited:
            self._hurried.add(future)
        future.add_done_callback(self._over)

    def _over(self, future: Future[None]) -> None:
        self._under_way.discard(future)
        self._hurried.discard(future)
        self._ended()

    def rest(self, seconds: float) -> bool:
        """Take no more work, and say whether all polls that were under way ended in time."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        return not wait(self._under_way - self._hurried, timeout=seconds).not_done

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._under_way)
