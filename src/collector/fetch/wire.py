"""The connection in use, so that the deadline or another thread can cut it, and look-ups that end."""

from __future__ import annotations

import queue
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import RLock, Thread, Timer
from typing import Any


class Wire:
    """What the request under way waits for.

    A read timeout bounds one read, not the answer: a server that drips one byte a second, in the headers too, is only
    stopped by shutting its socket.
    """

    def __init__(self) -> None:
        # Reentrant: abort() comes from a signal's handler, perhaps while its own thread stands in here.
        self._guard = RLock()
        self._socket: socket.socket | None = None
        self._waiting: queue.SimpleQueue[Any] | None = None
        self._turn = 0
        self.late = False  #: the deadline of the request under way has passed
        self.aborted = False  #: somebody asked to stop; stays so

    @contextmanager
    def on(self, seconds: float) -> Iterator[Callable[[str, dict[str, Any]], None]]:
        """Cut the wire when the block takes longer than ``seconds``; yield httpcore's ``trace`` for the request."""
        with self._guard:
            self._turn += 1
            self.late = False
        timer = Timer(seconds, self._expire, [self._turn])
        timer.daemon = True
        timer.start()
        try:
            yield self._trace
        finally:
            timer.cancel()
            self._hold(None)

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            # A duplicate, because start_tls() detaches the socket that httpcore connected: shutting ours still cuts the
            # connection, during the handshake and after, and no other file can slip in under its number.
            self._hold(info["return_value"].get_extra_info("socket").dup())
            if self.late or self.aborted:
                self._shut()

    def _hold(self, held: socket.socket | None) -> None:
        with self._guard:
            before, self._socket = self._socket, held
            if before is not None:
                before.close()

    def _expire(self, turn: int) -> None:
        with self._guard:
            if turn == self._turn:
                self.late = True
                self._shut()

    def _shut(self) -> None:
        with self._guard:
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def abort(self) -> None:
        """End whatever is being looked up, read or written; callable from any thread and from a signal's handler."""
        self.aborted = True
        waiting = self._waiting
        if waiting is not None:
            waiting.put(TimeoutError("aborted"))
        self._shut()

    def look_up(
        self, resolve: Callable[[str, int], Sequence[str]], host: str, port: int, seconds: float
    ) -> Sequence[str]:
        """Return the addresses of a host; in a thread, because getaddrinfo knows neither timeout nor interruption.

        Raises:
            OSError: as ``resolve`` does; TimeoutError after ``seconds`` or when aborted.
        """
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.late = False

        def ask() -> None:
            try:
                answers.put(resolve(host, port))
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread that waits
                answers.put(error)

        self._waiting = answers
        try:
            if self.aborted:
                raise TimeoutError("aborted")
            Thread(target=ask, daemon=True, name=f"look up {host}").start()
            answer = answers.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"no answer within {seconds:g} s") from None
        finally:
            self._waiting = None
        if isinstance(answer, Exception):
            raise answer
        found: Sequence[str] = answer
        return found
