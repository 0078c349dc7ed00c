"""The daemon's small door for probes: ``GET /health`` on loopback, and the question that ``collector health`` asks."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from collector.errors import UsageError

#: Returns whether all is well, and what to show.
Diagnosis = Callable[[], tuple[bool, Mapping[str, Any]]]

#: Seconds after which a daemon that does not answer counts as unwell.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class PortalState:
    """What the daemon knows of one portal at a moment."""

    portal: str
    due_at: datetime | None  #: when it is polled next; None: nothing is scheduled
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
def serving_health(host: str, port: int, diagnose: Diagnosis) -> Iterator[int]:
    """Answer ``/health`` with 200 or 503 and JSON inside the block; yield the port (0 asks for a free one).

    Raises:
        UsageError: the port cannot be had.
    """

    class Probe(BaseHTTPRequestHandler):
        timeout = _PATIENCE

        def do_GET(self) -> None:
            if self.path != "/health":
                self.send_error(404)
                return
            well, facts = diagnose()
            body = json.dumps({"status": "ok" if well else "unwell", **facts}, ensure_ascii=False).encode()
            self.send_response(200 if well else 503)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's signature
            """Probes come every few seconds: no line for them."""

    try:
        server = ThreadingHTTPServer((host, port), Probe)
    except OSError as error:
        raise UsageError(f"[health] {host}:{port} cannot be served: {error.strerror or error}") from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask_health(host: str, port: int) -> tuple[bool, dict[str, Any]]:
    """Ask a running daemon; no answer is an answer too."""
    # 0.0.0.0 is where a daemon listens, not where anybody can be asked.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        facts = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        return False, {"status": "no answer", "detail": f"{host}:{port}: {error}"}
    else:
        return response.status == 200 and isinstance(facts, dict), facts  # noqa: PLR2004
    finally:
        connection.close()
