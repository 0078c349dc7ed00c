"""WARC files on disk: a folder of them, or one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from collector.model import IndexPage, Memento, Page


class WarcFiles:
    """A :class:`collector.sources.Source` over ``warc:PATH``."""

    name = "warc"

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self._path, self._max_bytes = path, max_bytes
        self.requests = self.bytes = 0

    def index(self, prefix: str, *, since: datetime | None, resume: str | None) -> Iterator[IndexPage]:
        raise NotImplementedError

    def page(self, memento: Memento) -> Page:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
