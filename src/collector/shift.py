"""A shift: one process that polls for as long as there is something to do, seen from the daemon's supervisor.

What the two say to each other goes as pickles through a socket that nobody else has. The shift sees by its end that the
supervisor is gone, and stops as well.
"""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import structlog

from collector.handover import HANG_UP, PROGRAM, STOP, Begun, Inheritance, News, Orders, Reread, Rested
from collector.health import LONGEST_POLL, DaemonState

_log = structlog.get_logger()

#: Seconds that a shift has to begin (it waits half a minute for a lock at most; the first one, which may bring a large
#: archive up to date, has all the time it needs), and to end once it rests.
_BEGINS, _FAREWELL = 300.0, 10.0
#: Seconds that it may say nothing: it looks around twice a minute, but checking an archive of 10 GB takes minutes.
_SILENCE = 1800.0
#: Seconds that somebody waits for a shift to hear.
_HEARING = 1.0

#: The shift looks for modules where the supervisor does: it may have been started in a folder, or from an archive.
_BOOT = "import sys, json; sys.path[:] = json.loads(sys.argv[2]); from collector.cli.polling import main; main()"


class Shift:
    """A process that polls; what it has said last."""

    def __init__(self, orders: Orders, *, lock: int | None, ring: Callable[[], None]) -> None:
        """Start it.

        Args:
            orders: what it is told.
            lock: the archive's locked file, which it holds as well; None: it is the first one, and locks it.
            ring: called whenever it says something, and when it is over.

        Raises:
            OSError, RuntimeError, MemoryError: there is no room for another process, its pipe or its listener.
        """
        self._ring, self._sending = ring, threading.Lock()
        self.inheritance: Inheritance | None = orders.inheritance
        self.state: DaemonState | None = None
        self.rested: Rested | None = None
        self.lock = lock
        self.took: float | None = None  #: seconds until it could poll
        self.asked = int(orders.reread)  #: how often it was to read the configuration anew
        self.answered = 0  #: how many of these are dealt with
        self.ended = False
        self._started = self._heard_at = time.monotonic()
        self._rested_at = math.inf
        self._polls: dict[tuple[str, datetime], float] = {}  # since when each poll under way has been known
        self._socket, theirs = socket.socketpair()
        with ExitStack() as undone, theirs:
            undone.callback(self._socket.close)
            self._pipe = Connection(os.dup(self._socket.fileno()))
            undone.callback(self._pipe.close)
            self._process = _begun(theirs.fileno(), lock)
            undone.callback(self._process.wait)
            undone.callback(self._process.kill)
            self._listener = threading.Thread(target=self._listen, args=(orders,), name="shift", daemon=True)
            self._listener.start()
            undone.pop_all()

    @property
    def code(self) -> int:
        """The exit code of a shift that is over; negative: the signal that killed it."""
        return self._process.returncode

    @property
    def seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self._started

    @property
    def hangs(self) -> bool:
        """Whether it has not begun, not ended, said nothing or polled for longer than that may take."""
        now = time.monotonic()
        patience = _BEGINS if self.state is None else _SILENCE
        longest = now - min(self._polls.values(), default=now)
        late = now - self._heard_at > patience or now - self._rested_at > _FAREWELL
        return late or longest > LONGEST_POLL.total_seconds()

    def excuse(self) -> None:
        """Forget for how long it has said nothing: it could not."""
        self._heard_at = time.monotonic()

    def tell(self, word: str) -> None:
        """Say something; a ``HANG_UP`` that it does not hear stays unanswered."""
        self.asked += word == HANG_UP
        if not self._sending.acquire(timeout=_HEARING):
            return  # it has not taken its orders yet
        try:
            with suppress(OSError):
                self._pipe.send((word, self.asked))
        finally:
            self._sending.release()

    def stop(self, seconds: float) -> bool:
        """Let it finish or roll back what it does; after so many seconds it is killed, and False returned."""
        if self.state is None:
            self._process.terminate()  # it has not begun to listen
        else:
            self.tell(STOP)
        self._listener.join(seconds)
        if in_time := not self._listener.is_alive():
            return in_time
        self.kill()
        self._listener.join(1.0)  # a process inside a dead disk is not even killed
        return in_time

    def kill(self) -> None:
        """End it at once: what it has not committed is rolled back by the next opening."""
        self._process.kill()

    def _listen(self, orders: Orders) -> None:
        try:
            with self._sending:
                self._pipe.send_bytes(PROGRAM)
                self._pipe.send(orders)
            while self.rested is None:
                self._take(self._pipe.recv())
                self._ring()
        except (EOFError, OSError):
            pass  # it is over
        except Exception as error:  # noqa: BLE001 - no memory, or a bug: whom nobody hears is of no use
            _log.error("what the process that polls says cannot be understood", exc_info=error)
            self.kill()
        finally:
            self._process.wait()
            self._pipe.close()
            self._socket.close()
            self.ended = True
            self._ring()

    def _take(self, said: Any) -> None:
        self._heard_at = time.monotonic()
        match said:
            case Begun():
                if said.locked:
                    _, (self.lock, *_), _, _ = socket.recv_fds(self._socket, 1, 1)
                    os.set_inheritable(self.lock, False)  # a daemon that starts anew locks anew
                self.took = self.seconds
                self.inheritance, self.state = said.inheritance, said.state
            case News():
                self.state = said.state
                polls = [(one.portal, one.polling_since) for one in said.state.portals]
                self._polls = {
                    (portal, since): self._polls.get((portal, since), self._heard_at)
                    for portal, since in polls
                    if since is not None
                }
                if self.inheritance is not None:
                    self.inheritance = replace(self.inheritance, files=said.files)
            case Reread():
                self.answered = max(self.answered, said.number)
                if said.configuration is not None and self.inheritance is not None:
                    self.inheritance = replace(self.inheritance, configuration=said.configuration)
            case Rested():
                self.inheritance, self.state, self.rested = said.inheritance, said.state, said
                self._rested_at = time.monotonic()


def _begun(pipe: int, lock: int | None) -> subprocess.Popen[bytes]:
    """Start the process; who sends SIGHUP to all of the daemon's means the supervisor, and it is born deaf to it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        return subprocess.Popen(  # noqa: S603 - ourselves
            # "collector": for whoever looks at a list of processes.
            [sys.executable, "-P", "-c", _BOOT, "collector", json.dumps([*map(os.path.abspath, sys.path)]), str(pipe)],
            pass_fds=[pipe, *([] if lock is None else [lock])],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C on a terminal is the supervisor's to hear
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
