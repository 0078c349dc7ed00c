"""From what somebody wrote behind ``--source`` to the source itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector.errors import UsageError
from collector.fetch import Fetcher, HostGate, HostMemory, HttpSettings
from collector.fetch.addresses import Resolve, resolve
from collector.fetch.patience import Busy, is_busy
from collector.sources import Source, commoncrawl, wayback
from collector.sources.commoncrawl import CommonCrawl
from collector.sources.warcfiles import WarcFiles
from collector.sources.wayback import Wayback


@dataclass(frozen=True, slots=True)
class ArchiveAddresses:
    """Where the web archives are; replicas on loopback stand in for them."""

    wayback: str = "https://web.archive.org/"
    crawl_index: str = "https://index.commoncrawl.org/"
    crawl_data: str = "https://data.commoncrawl.org/"


REAL = ArchiveAddresses()


def open_source(
    name: str,
    http: HttpSettings,
    *,
    now: Callable[[], datetime],
    monotonic: Callable[[], float],
    sleep: Callable[[float], None],
    chance: random.Random,
    memory: HostMemory,
    addresses: ArchiveAddresses = REAL,
    gate: HostGate | None = None,
    resolve: Resolve = resolve,
) -> Source:
    """Open the source that ``name`` means: ``wayback``, ``commoncrawl`` or ``warc:PATH`` (a file, or a folder of them).

    Args:
        name: what stands behind ``--source``.
        http: the operator's settings; pauses, robots.txt and bounds of an index are the archive's own instead.
        now: the clock.
        monotonic: seconds, for pauses.
        sleep: waits; raises :class:`Interrupted` to stop.
        chance: for back-off.
        memory: keeps what hosts asked for (Retry-After, the pause after a 429) between runs.
        addresses: of the web archives.
        gate: shared with other fetchers of the process, so that nobody meets at one host.
        resolve: looks names up.

    Raises:
        UsageError: no such source, or there is no WARC file at the path.
    """

    def fetcher(base_url: str, settings: HttpSettings, busy: Busy = is_busy) -> Fetcher:
        return Fetcher(
            settings,
            base_url=base_url,
            now=now,
            monotonic=monotonic,
            sleep=sleep,
            chance=chance,
            memory=memory,
            resolve=resolve,
            origin=name,
            gate=shared,
            busy=busy,
        )

    shared = gate or HostGate(monotonic)
    kind, _, path = name.partition(":")
    if name == Wayback.name:
        base = _slashed(addresses.wayback)
        index = fetcher(base, wayback.index_manners(http))
        captures = fetcher(base, wayback.capture_manners(http), wayback.is_busy)
        return Wayback(index, captures, base_url=base, max_bytes=http.max_bytes)
    if name == CommonCrawl.name:
        index_url, data_url = _slashed(addresses.crawl_index), _slashed(addresses.crawl_data)
        index = fetcher(index_url, commoncrawl.index_manners(http))
        data = fetcher(data_url, commoncrawl.data_manners(http))
        return CommonCrawl(index, data, index_url=index_url, data_url=data_url, max_bytes=http.max_bytes)
    if kind == WarcFiles.name and path:
        return WarcFiles(Path(path), max_bytes=http.max_bytes)
    raise UsageError(f"there is no source {name!r}: it is wayback, commoncrawl or warc:PATH")


def _slashed(address: str) -> str:
    return f"{address.rstrip('/')}/"
