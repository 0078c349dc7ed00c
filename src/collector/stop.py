"""How a signal reaches whatever is waiting: between two bulletins, in a pause, or in the middle of an answer."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from collector.errors import Interrupted


class Bell:
    """Wakes whoever sleeps beside it; may be rung by a signal's handler and by any thread."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        for end in (self._read, self._write):
            os.set_blocking(end, False)
        self.hung_up = False  #: whether somebody asks for the configuration to be read anew

    def ring(self) -> None:
        """Wake the sleeper, or spare it the next sleep."""
        with suppress(BlockingIOError):  # full: it has been rung often enough
            os.write(self._write, b"x")

    def hang_up(self) -> None:
        """Ring, and ask for the configuration to be read anew, as SIGHUP does."""
        self.hung_up = True
        self.ring()

    def fileno(self) -> int:
        """Return what ``select`` waits for."""
        return self._read

    def hush(self) -> None:
        """Forget that it was rung."""
        with suppress(BlockingIOError):
            while os.read(self._read, 1024):
                pass

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._read)
        os.close(self._write)


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

    def sleep(self, seconds: float, bell: Bell | None = None) -> None:
        """Wait, at most until somebody asks to stop; then raise :class:`Interrupted`. A bell ends the wait too."""
        ends = [self._read] if bell is None else [self._read, bell.fileno()]
        select.select(ends, [], [], max(seconds, 0))
        self.checkpoint()
        if bell is not None:
            bell.hush()

    @contextmanager
    def aborting(self, abort: Callable[[], None]) -> Iterator[None]:
        """Call ``abort`` when a stop is requested inside the block."""
        self._aborts.append(abort)
        try:
            yield
        finally:
            self._aborts.remove(abort)

    @contextmanager
    def on_signals(self, hang_up: Callable[[], None] | None = None) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM inside the block; a second signal ends the process at once with 130.

        ``hang_up`` is called on SIGHUP, in the middle of whatever the main thread does.
        """

        def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
            if self.requested:
                # Nothing to tidy: what was not committed is rolled back by the next opening.
                os._exit(130)
            self.request()

        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        if hang_up is not None:
            before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda _number, _frame: hang_up())
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._read)
        os.close(self._write)
