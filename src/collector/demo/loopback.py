"""A site on 127.0.0.1: a function from request to response, served over real HTTP/1.1 until it is stopped.

Used by the replica portal and by every test that needs a socket. A site is also callable without one: ``respond``
takes a :class:`Request` and returns a :class:`Response`, which is the shape of ``httpx.MockTransport``'s handler.
"""

from __future__ import annotations

import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

#: The clock of Sóc Trăng.
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
#: What a site's clock shows when no other is given: a Monday morning after the last opening bulletin.
OPENING = datetime(2024, 7, 1, 7, 30, tzinfo=LOCAL)


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked."""

    method: str
    target: str  #: path and query, as sent
    headers: Mapping[str, str] = field(default_factory=dict)  #: names in lower case
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, names in lower case as ASP.NET reads them; the first of each."""
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        return {name.lower(): value for name, value in reversed(pairs)}

    @property
    def form(self) -> dict[str, str]:
        """The posted form's fields."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Response:
    """What the site answers. ``Content-Length`` and ``Date`` are added when it is sent."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    #: Close the connection after so many bytes of the body, though ``Content-Length`` promised them all.
    cut_after: int | None = None
    #: Seconds of silence before each 4 KiB of the body.
    drip: float = 0.0


class Served(NamedTuple):
    """One line of a site's log."""

    method: str
    target: str
    status: int


#: Looks at a request before the site does; a response of its own stands in for the site's.
Fault = Callable[[Request], Response | None]


class LoopbackSite(ABC):
    """A site that runs between ``start`` and ``stop``, or inside ``with``.

    A bug in ``answer`` gives a 500 and is raised again by ``stop``; a client that hangs up is no error.
    """

    def __init__(self, *, now: Callable[[], datetime] = lambda: OPENING, latency: float = 0.0) -> None:
        #: The site's clock (aware).
        self.now = now
        #: Seconds that every answer takes.
        self.latency = latency
        #: See :data:`Fault`; None: the site is well.
        self.fault: Fault | None = None
        #: Everything that was asked, in the order of the answers.
        self.requests: list[Served] = []
        #: Requests received and not answered yet.
        self.pending = 0
        #: Bugs met while answering; ``stop`` raises the last.
        self.crashes: list[Exception] = []
        self._log = threading.Lock()
        self._stopping = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    def answer(self, request: Request) -> Response:
        """Say what the site says. Called from several threads."""

    def respond(self, request: Request) -> Response:
        """Answer as a client sees it: the fault first, then the site; logged."""
        response = self.fault(request) if self.fault is not None else None
        if response is None:
            response = self.answer(request)
        with self._log:
            self.requests.append(Served(request.method, request.target, response.status))
        return response

    @property
    def host(self) -> str:
        """``127.0.0.1:port`` of the running site."""
        if self._server is None:
            raise RuntimeError("the site is not running")
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def base_url(self) -> str:
        """The running site's root, with a slash at the end."""
        return f"http://{self.host}/"

    def start(self, port: int = 0) -> Self:
        """Listen on a port of 127.0.0.1; 0: a free one."""
        self._stopping.clear()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection and wait for every thread; afterwards the site can be started again."""
        if self._server is None or self._thread is None:
            return
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._server = self._thread = None
        if self.crashes:
            crash = self.crashes.pop()
            self.crashes.clear()
            raise crash

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def handle(self, request: Request) -> Response:
        """``respond`` for the socket: takes its time, and turns a bug into a 500."""
        with self._log:
            self.pending += 1
        try:
            self.pause(self.latency)
            return self.respond(request)
        except Exception as error:  # noqa: BLE001 - kept, and raised by stop()
            self.crashes.append(error)
            return Response(500, b"the replica has a bug", (("Content-Type", "text/plain"),))
        finally:
            with self._log:
                self.pending -= 1

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond ``stop``."""
        if seconds > 0:
            self._stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    # Threads are joined by server_close(): a socket that outlives the site would be a ResourceWarning somewhere else.
    daemon_threads = False
    block_on_close = True

    def __init__(self, site: LoopbackSite, port: int) -> None:
        self.site = site
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer.server_bind asks the resolver for the host's full name, which can take seconds offline.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep alive; their threads would wait for the next request for ever."""
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Let a client that hung up in the middle go; keep anything else for ``stop``."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.site.crashes.append(error)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "Microsoft-IIS/10.0"
    sys_version = ""
    # Headers and body leave in one segment: with Nagle's algorithm and delayed ACK two would cost 40 ms.
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.site.handle(Request(self.command, self.path, headers, body)))

    do_POST = do_HEAD = do_GET  # noqa: N815

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        bodiless = self.command == "HEAD" or response.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        if response.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(response.body)))
        if response.cut_after is not None:
            self.close_connection = True
        self.end_headers()
        if bodiless:
            return
        body = response.body[: response.cut_after]
        step = 4096 if response.drip else max(len(body), 1)
        for start in range(0, len(body), step):
            self.server.site.pause(response.drip)
            self.wfile.write(body[start : start + step])
            if response.drip:
                self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the site has one clock
        return format_datetime(self.server.site.now().astimezone(UTC), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the site keeps its own log."""
