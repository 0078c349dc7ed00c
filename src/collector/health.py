"""The daemon's small door: ``GET /health`` and ``GET /metrics`` on loopback, and the question of ``collector health``.

Whatever knocks, the door stays open: so many threads at most, so many seconds a caller, so many bytes a request.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import urlsplit

import structlog

from collector.errors import UsageError

#: Returns whether all is well, and what to show.
Diagnosis = Callable[[], tuple[bool, Mapping[str, Any]]]
#: Returns what ``/metrics`` answers, in Prometheus' text format.
Exposition = Callable[[], bytes]

#: Seconds after which a daemon that does not answer counts as unwell.
_PATIENCE = 5.0
#: Seconds that a caller has for its whole request and our whole answer: twice what a probe waits.
_DEADLINE = 10.0
#: Seconds between two looks at whether the door is to be closed: each wakes the process for nothing.
_GLANCE = 1.0
#: Callers at a time: a probe, a scraper and a person, each twice, and two more.
_CALLERS = 8
#: Bytes of a request's headers; a browser with its cookies sends a tenth.
_HEADERS = 16_384
#: Bytes of an answer that `collector health` reads; that of a hundred portals has 50,000.
_ANSWER = 4_000_000

_JSON = "application/json; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
#: Prometheus' own, by https://prometheus.io/docs/instrumenting/exposition_formats/.
_METRICS = "text/plain; version=0.0.4; charset=utf-8"

_log = structlog.get_logger()


#: No poll takes that long: at the longest pause that a portal may ask for, two minutes, it is 1,440 requests.
LONGEST_POLL = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class PortalState:
    """What the daemon knows of one portal at a moment."""

    portal: str
    due_at: datetime | None  #: when it is polled next, jitter included; None: nothing is scheduled
    polling_since: datetime | None  #: None: nothing polls it
    trouble: str | None  #: why its last poll could not do its work; a portal's faults are its verdict


@dataclass(frozen=True, slots=True)
class DaemonState:
    """What the daemon knows of itself at a moment, without asking the archive."""

    started_at: datetime
    portals: tuple[PortalState, ...]
    clock_steps: int  #: times that the clock was set while it ran
    clock: str | None  #: what is wrong with the clock; None: nothing
    configuration: str | None  #: why the last reload was refused; None: it was not
    trouble: str | None  #: of the archive; None: none


@contextmanager
def serving_health(host: str, port: int, diagnose: Diagnosis, expose: Exposition | None = None) -> Iterator[int]:
    """Answer inside the block, and yield the port (0 asks for a free one).

    ``/health``: 200 or 503 and JSON; ``/metrics``: what ``expose`` returns (404 without it). An exception of either is
    answered by 500 with one line, and logged.

    Raises:
        UsageError: the port cannot be had.
    """
    try:
        server = _Door((host, port), diagnose, expose)
    except (OSError, TypeError) as error:  # the latter: a name that no host can have
        said = getattr(error, "strerror", None) or error
        raise UsageError(f"[health] {host}:{port} cannot be served: {said}") from error
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": _GLANCE}, name="health", daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Door(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 16

    def __init__(self, address: tuple[str, int], diagnose: Diagnosis, expose: Exposition | None) -> None:
        self.diagnose, self.expose = diagnose, expose
        self._free = threading.BoundedSemaphore(_CALLERS)
        self._since: dict[socket.socket, float] = {}  # callers that are being answered
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Caller)

    def get_request(self) -> tuple[Any, Any]:
        try:
            return super().get_request()
        except OSError:
            # Out of file descriptors: the caller goes on waiting, and to try again at once would take a processor.
            time.sleep(0.1)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            with suppress(OSError):
                request.setblocking(False)
                request.send(b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")
            self.shutdown_request(request)
            return
        self._since[request] = time.monotonic()
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread could be started: the caller is closed by who called us
            self._let_go(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._let_go(request)

    def service_actions(self) -> None:
        """Let go of who takes too long: a timeout of single reads is never met by a byte every four seconds."""
        late = time.monotonic() - _DEADLINE
        for request, since in list(self._since.items()):
            if since < late:
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        error = sys.exc_info()[1]
        # A caller that went away is no news, and the base class prints a traceback between the log's lines.
        if not isinstance(error, OSError):
            _log.error("a request to the health port failed", exc_info=error)

    def _let_go(self, request: socket.socket) -> None:
        if self._since.pop(request, None) is not None:
            self._free.release()


class _Caller(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server_version, sys_version = "collector", ""

    def do_GET(self) -> None:
        self._answer(*self._made(_path(self.path)))

    def _made(self, path: str) -> tuple[int, bytes, str]:
        door = cast("_Door", self.server)
        try:
            if path == "/health":
                well, facts = door.diagnose()
                return 200 if well else 503, _json({"status": "ok" if well else "unwell", **facts}), _JSON
            if path == "/metrics" and door.expose is not None:
                return 200, door.expose(), _METRICS
        except Exception as error:  # noqa: BLE001 - a bug of the diagnosis must not close the door
            # A door that dies looks like a daemon that died; and what is wrong has to be read in the answer too.
            _log.exception("no answer could be made", path=path)
            line = " ".join(f"{type(error).__name__}: {error}".split())[:500]
            if path == "/health":
                return 500, _json({"status": "crashed", "detail": f"the diagnosis crashed: {line}"}), _JSON
            return 500, f"the metrics could not be made: {line}\n".encode(), _TEXT
        return 404, b"there are /health and /metrics\n", _TEXT

    def do_HEAD(self) -> None:
        self.do_GET()

    def parse_request(self) -> bool:
        """Read the headers, so many bytes and no more: beyond them the base class answers 431."""
        whole = self.rfile
        self.rfile = cast("io.BufferedReader", _Bounded(whole))
        try:
            read = super().parse_request()
        finally:
            self.rfile = whole
        if read and self.command not in {"GET", "HEAD"}:
            self._answer(405, b"only GET and HEAD\n", _TEXT, allow="GET, HEAD")
            return False
        return read

    def _answer(self, status: int, body: bytes, kind: str, *, allow: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if allow:
            self.send_header("Allow", allow)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's signature
        """Probes come every few seconds: no line for them."""


def _path(target: str) -> str:
    """Return the path that is asked for; ``http://[`` is a target that any caller may send, and has none."""
    try:
        return urlsplit(target).path
    except ValueError:
        return ""


class _Bounded:
    """The lines of a request's headers; the base class takes a hundred of 64 kB each."""

    def __init__(self, whole: Any) -> None:
        self._whole, self._left = whole, _HEADERS

    def readline(self, limit: int) -> bytes:
        line: bytes = self._whole.readline(min(limit, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise http.client.LineTooLong("header")
        return line


def _json(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()


def ask_health(host: str, port: int) -> tuple[bool, dict[str, Any]]:
    """Ask a running daemon; no answer is an answer too."""
    # 0.0.0.0 is where a daemon listens, not where anybody can be asked.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        facts = json.loads(response.read(_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return False, {"status": "no answer", "detail": f"{host}:{port}: {error}"}
    finally:
        connection.close()
    if not isinstance(facts, dict):
        return False, {"status": "no answer", "detail": f"{host}:{port} is no collector"}
    return response.status == 200, facts  # noqa: PLR2004
