"""What the tests of the sources of the past share: captures, and sources over a replica on a clock that only sleep moves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from unittest.mock import patch

from archives_replica import Capture, WaybackReplica
from collector.fetch import Fetcher, ForgetfulMemory, HostGate, HostMemory, HttpSettings
from collector.fetch.tls import context
from collector.model import Memento
from collector.sources import Source, wayback
from collector.sources.opening import ArchiveAddresses, open_source
from collector.sources.wayback import Wayback
from crawl_replica import CrawlReplica
from faulty_portal import Clock

HOST = "vpub.soctrang.gov.vn"
PREFIX = f"{HOST}/"
SITE = f"http://{HOST}"
_CONTEXT = lru_cache(context)
BEGAN = datetime(2019, 5, 6, 7, 8, 9, tzinfo=UTC)


def page_of(number: int) -> bytes:
    return f"<html><head><title>Tin {number}</title></head><body><p>Việc làm {number}</p></body></html>".encode()


def captures(count: int, *, path: str = "tin") -> list[Capture]:
    """So many articles, one an hour."""
    return [
        Capture(f"{SITE}/{path}/bai-{100001 + n}", BEGAN + timedelta(hours=n), body=page_of(n)) for n in range(count)
    ]


def of(capture: Capture) -> Memento:
    """What an index says of a capture."""
    return Memento(capture.url, capture.captured_at)


def http(**changes: object) -> HttpSettings:
    """The operator's settings, quick to fail; pauses are the archives' own."""
    return HttpSettings(**{"retries": 0, "timeout": 5, "connect_timeout": 5, **changes})  # type: ignore[arg-type]


@contextmanager
def _one_context() -> Iterator[None]:
    """Nobody speaks TLS here, and a context costs 50 ms of reading certificates: two a source."""
    with patch("collector.fetch.line.context", _CONTEXT):
        yield


def source(
    name: str,
    replica: WaybackReplica | CrawlReplica | None,
    clock: Clock,
    *,
    memory: HostMemory | None = None,
    settings: HttpSettings | None = None,
    sleep: Callable[[float], None] | None = None,
) -> Source:
    """A source as a run opens it, over a replica."""
    base = replica.base_url if replica is not None else "http://127.0.0.1:9/"
    with _one_context():
        return _opened(name, settings or http(), clock, base, memory, sleep)


def _opened(
    name: str,
    settings: HttpSettings,
    clock: Clock,
    base: str,
    memory: HostMemory | None,
    sleep: Callable[[float], None] | None,
) -> Source:
    return open_source(
        name,
        settings,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=sleep or clock.sleep,
        chance=random.Random(7),
        memory=memory if memory is not None else ForgetfulMemory(),
        addresses=ArchiveAddresses(wayback=base, crawl_index=base, crawl_data=base),
    )


def in_parts(replica: WaybackReplica, clock: Clock, *, rows: int) -> Wayback:
    """A source that asks for so many rows at a time."""
    gate, memory = HostGate(clock.monotonic), ForgetfulMemory()

    def fetcher(settings: HttpSettings) -> Fetcher:
        return Fetcher(
            settings,
            base_url=replica.base_url,
            now=clock.now,
            monotonic=clock.monotonic,
            sleep=clock.sleep,
            chance=random.Random(7),
            memory=memory,
            gate=gate,
            busy=wayback.is_busy,
        )

    with _one_context():
        index, played = fetcher(wayback.index_manners(http())), fetcher(wayback.capture_manners(http()))
    return Wayback(index, played, base_url=replica.base_url, max_bytes=10_000_000, rows=rows)


def told(
    found: Source, prefix: str = PREFIX, *, since: datetime | None = None, resume: str | None = None
) -> list[Memento]:
    """Everything that an index tells, in its order."""
    return [one for part in found.index(prefix, since=since, resume=resume) for one in part.mementos]


def identities(mementos: Iterable[Memento] | Iterable[Capture]) -> list[tuple[str, datetime]]:
    """Address and instant of each, sorted."""
    return sorted((one.url, one.captured_at) for one in mementos)
