"""How a signal reaches whatever is waiting: between two bulletins, in a pause, or in the middle of an answer."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from types import FrameType

from collector.errors import Interrupted

#: Seconds from a signal to the end of the process, whatever it waits for; the orchestrators' own limit is 10.
PATIENCE = 9.0


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
    def on_signals(
        self,
        hang_up: Callable[[], None] | None = None,
        *,
        overdue: int | None = None,
        second: bool = True,
        last: Callable[[], None] = lambda: None,
    ) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM inside the block; a ``second`` signal ends the process at once with 130.

        ``hang_up`` is called on SIGHUP, in the middle of whatever the main thread does. ``overdue`` is the exit code of
        a process whose block has not ended ``PATIENCE`` seconds after the first signal: Python runs no handler while
        the main thread waits inside SQLite, which it does for half a minute where somebody else holds the archive.
        ``last`` is called before the process is ended at once, by any thread.
        """

        def end(code: int) -> None:
            # Nothing to tidy: what was not committed is rolled back by the next opening.
            with suppress(Exception):
                last()
            os._exit(code)

        def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
            if self.requested and second:
                end(130)
            self.request()

        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        if hang_up is not None:
            before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda _number, _frame: hang_up())
        try:
            with _watched(overdue, end, second=second) if overdue is not None else nullcontext():
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._read)
        os.close(self._write)


@contextmanager
def _watched(overdue: int, end: Callable[[int], None], *, second: bool) -> Iterator[None]:
    """End the process when the block takes too long after a signal, or another one comes; a thread sees to it."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    watch = threading.Thread(target=_watch, args=(read, overdue, end, second), name="signals", daemon=True)
    watch.start()
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(write)
        watch.join()
        os.close(read)


def _watch(read: int, overdue: int, end: Callable[[int], None], second: bool) -> None:
    until: float | None = None
    while True:
        ready, _, _ = select.select([read], [], [], None if until is None else max(0.0, until - time.monotonic()))
        if not ready:
            end(overdue)
        numbers = os.read(read, 64)
        if not numbers:
            return
        for number in numbers:
            if number not in {signal.SIGINT, signal.SIGTERM}:
                continue
            if until is not None and second:
                end(130)
            until = time.monotonic() + PATIENCE if until is None else until
