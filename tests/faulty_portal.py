"""A portal on loopback that answers byte by byte as a test wants it, and the clock the fetcher's tests run on."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from collector.fetch import Fetcher, ForgetfulMemory, HostGate, HostMemory, HttpSettings
from collector.fetch.patience import Busy, is_busy
from ports import kept_closed

Answer = bytes | Callable[[socket.socket], None]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def response(body: bytes = b"<html><p>tin</p></html>", *headers: str, status: str = "200 OK") -> bytes:
    """One whole answer with its length."""
    kind = [] if any(header.lower().startswith("content-type") for header in headers) else ["Content-Type: text/html"]
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *kind, *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class FaultyPortal:
    """Answers every connection with ``answer`` or ``route(path)``: bytes, or a function of the socket."""

    def __init__(
        self, answer: Answer = b"", *, route: Callable[[str], Answer] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._route = route or (lambda path: answer)
        self.tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.requests: list[str] = []  # head and body of each, as received
        self.leaving = threading.Event()
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    @property
    def paths(self) -> list[str]:
        return [request.split(" ", 2)[1] for request in self.requests]

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(5)
        with client, suppress(OSError):
            line = self.tls.wrap_socket(client, server_side=True) if self.tls else client
            with line:
                head, body = _received(line)
                self.requests.append(head + "\n\n" + body)
                answer = self._answer(head, body)
                if isinstance(answer, bytes):
                    line.sendall(answer)
                else:
                    answer(line)
                if not self.tls:
                    line.shutdown(socket.SHUT_WR)

    def _answer(self, head: str, body: str) -> Answer:
        return self._route(head.split(" ", 2)[1])

    def down(self) -> None:
        """Take no connection any more; the port stays ours."""
        self._close()
        self._listener = kept_closed(self.port)

    def up(self) -> None:
        """Take connections again, on the same port."""
        self._listener.listen()
        self._threads[0] = threading.Thread(target=self._listen)
        self._threads[0].start()

    def _close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leaving.set()
        self._close()
        for thread in self._threads:
            thread.join(10)

    def drip(self, start: bytes, drop: bytes, every: float = 0.05) -> Callable[[socket.socket], None]:
        """Send ``start``, then ``drop`` again and again until the other side or the test leaves."""

        def send(line: socket.socket) -> None:
            line.sendall(start)
            while not self.leaving.wait(every):
                line.sendall(drop)

        return send

    def silence(self, start: bytes = b"") -> Callable[[socket.socket], None]:
        """Send ``start`` and then nothing, with the connection open."""

        def send(line: socket.socket) -> None:
            line.sendall(start)
            self.leaving.wait(5)

        return send


def _received(line: socket.socket) -> tuple[str, str]:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = line.recv(65536)
        if not chunk:
            raise OSError("nobody asked anything")
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(row[15:]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += line.recv(65536)
    return head.decode("latin-1"), body.decode("latin-1")


class Clock:
    """A wall clock and a monotonic one that only ``sleep`` moves."""

    def __init__(self, start: datetime = NOON) -> None:
        self.start = start
        self.passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.slept.append(round(seconds, 3))
        self.passed += max(seconds, 0)


def settings(**changes: Any) -> HttpSettings:
    """Settings for tests: no pause, no robots.txt, one attempt, unless a test says otherwise."""
    return HttpSettings(**{"delay": 0, "robots": False, "retries": 0, "timeout": 5, "connect_timeout": 5, **changes})


def fetcher(
    base_url: str,
    http: HttpSettings | None = None,
    *,
    clock: Clock | None = None,
    memory: HostMemory | None = None,
    hosts: Sequence[str] = (),
    addresses: Callable[[str, int], Sequence[str]] = lambda host, port: ["93.184.216.34"],
    site: Callable[[httpx.Request], httpx.Response] | None = None,
    gate: HostGate | None = None,
    sleep: Callable[[float], None] | None = None,
    busy: Busy = is_busy,
) -> Fetcher:
    """A fetcher over a real socket, or over the function ``site`` when one is given."""
    clock = clock or Clock()
    return Fetcher(
        http or settings(),
        base_url=base_url,
        hosts=hosts,
        now=clock.now,
        # Deadlines of real sockets run in real time.
        monotonic=clock.monotonic if site else time.monotonic,
        sleep=sleep or clock.sleep,
        chance=random.Random(7),
        memory=memory if memory is not None else ForgetfulMemory(),
        resolve=addresses,
        transport=httpx.MockTransport(site) if site else None,
        gate=gate,
        busy=busy,
    )
