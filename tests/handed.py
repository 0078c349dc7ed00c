"""Requests handed to a site on loopback without a socket: a run of 60 bulletins needs 70 connections and as many threads.

For whole runs that are about what is archived. What happens on the wire (silence, resets, answers cut short, TLS) is
the matter of the tests of fetching and of faults, which use sockets.
"""

from __future__ import annotations

from typing import Any

import httpx

from collector.demo.loopback import LoopbackSite, Request, Response
from collector.demo.site import ReplicaPortal


class ReplicaAtHand(ReplicaPortal):
    """A replica that listens nowhere, so that its address is the same each time; it keeps what it was asked."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.asked: list[Request] = []

    @property
    def host(self) -> str:
        return "127.0.0.1:8"

    def respond(self, request: Request) -> Response:
        self.asked.append(request)
        return super().respond(request)


def handed_over(site: LoopbackSite) -> httpx.BaseTransport:
    """Return a transport that hands requests to ``site``, which runs or is at hand."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.netloc.decode("ascii") != site.host:
            raise httpx.ConnectError(f"{request.url} is not handed over, only {site.host} is")
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.raw_path.decode("ascii")
        return _received(site.handle(Request(request.method, target, headers, request.content)))

    return httpx.MockTransport(handle)


def _received(answer: Response) -> httpx.Response:
    if answer.cut_after is not None or answer.drip:
        raise NotImplementedError("an answer that is cut short or drips needs a socket")
    headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
    return httpx.Response(answer.status, headers=headers, content=answer.body)
