"""A source of the past that is kept in memory, and a replica's pages as somebody captured them over the years."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from collector.demo.loopback import Request
from collector.demo.site import ReplicaPortal
from collector.errors import CaptureAbsent, Unreachable
from collector.model import IndexPage, Memento, Page


def digest(body: bytes) -> str:
    """Return the payload's digest as CDX indexes print it."""
    return base64.b32encode(hashlib.sha1(body).digest()).decode()


@dataclass
class KeptCaptures:
    """Captures in memory: what is in ``absent`` the index names and nobody has; ``silent_after`` requests it is mute."""

    pages: list[Page] = field(default_factory=list)
    name: str = "wayback"
    per_answer: int = 50
    absent: set[tuple[str, datetime]] = field(default_factory=set)
    silent_after: int | None = None
    requests: int = 0
    bytes: int = 0
    asked: list[Memento] = field(default_factory=list)

    def _answer(self) -> None:
        self.requests += 1
        if self.silent_after is not None and self.requests > self.silent_after:
            raise Unreachable("asked to slow down", cause="throttled", url="https://archive.example/")

    def index(self, prefix: str, *, since: datetime | None, resume: str | None) -> Iterator[IndexPage]:
        found = [
            Memento(page.url, page.fetched_at, page.status, page.headers.get("content-type"), digest(page.body))
            for page in sorted(self.pages, key=lambda page: (page.url, page.fetched_at))
            if page.url.partition("://")[2].startswith(prefix) and (since is None or page.fetched_at >= since)
        ]
        start = int(resume or 0)
        while True:
            self._answer()
            end = start + self.per_answer
            yield IndexPage(tuple(found[start:end]), str(end) if end < len(found) else None)
            if end >= len(found):
                return
            start = end

    def page(self, memento: Memento) -> Page:
        self._answer()
        self.asked.append(memento)
        if (memento.url, memento.captured_at) in self.absent:
            raise CaptureAbsent(f"no capture of {memento.url}", cause="absent", url=memento.url)
        page = next(p for p in self.pages if (p.url, p.fetched_at) == (memento.url, memento.captured_at))
        self.bytes += len(page.body)
        return replace(page, origin=self.name)

    def abort(self) -> None:
        """Nothing is ever under way."""

    def close(self) -> None:
        """Nothing is open."""


def captured(site: ReplicaPortal, paths: Sequence[str], at: datetime) -> list[Page]:
    """Return what a crawler without cookies got from a replica that runs, at an instant."""
    found = []
    for path in paths:
        answer = site.answer(Request("GET", path, {"host": "x"}, b""))
        headers = {name.lower(): value for name, value in answer.headers}
        url = site.url_of(path)
        found.append(Page(url, url, at, answer.status, headers, answer.body, origin="wayback"))
    return found
