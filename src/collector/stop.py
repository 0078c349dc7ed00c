"""How a signal reaches whatever is waiting: between two bulletins, in a pause, or in the middle of an answer."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from collector.errors import Interrupted


class Stop:
    """A request to stop that every thread sees at once.

    A pipe and no ``threading.Event``: ``Event.set`` in a signal handler deadlocks when the signal lands while the main
    thread is inside ``Event.wait``.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._aborts: list[Callable[[], None]] = []
        self.requested = False

    def request(self) -> None:
        """Ask everybody to stop; pauses end, and reads under way are aborted."""
        if not self.requested:
            self.requested = True
            os.write(self._write, b"x")
        for abort in list(self._aborts):
            abort()

    def checkpoint(self) -> None:
        """Raise :class:`Interrupted` when somebody asked to stop."""
        if self.requested:
            raise Interrupted("stopped by a signal")

    def sleep(self, seconds: float) -> None:
        """Wait, at most until somebody asks to stop; then raise :class:`Interrupted`."""
        select.select([self._read], [], [], max(seconds, 0))
        self.checkpoint()

    @contextmanager
    def aborting(self, abort: Callable[[], None]) -> Iterator[None]:
        """Call ``abort`` when a stop is requested inside the block."""
        self._aborts.append(abort)
        try:
            yield
        finally:
            self._aborts.remove(abort)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM inside the block; a second signal ends the process at once with 130."""

        def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
            if self.requested:
                # Nothing to tidy: what was not committed is rolled back by the next opening.
                os._exit(130)
            self.request()

        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._read)
        os.close(self._write)
