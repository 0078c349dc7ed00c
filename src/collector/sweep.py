"""One pass over the portals: where ``run``, ``daemon`` and ``demo`` meet."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from collector.archive import Archive
from collector.collect import collect
from collector.errors import ArchiveError
from collector.examining import Examining
from collector.fetch import Fetcher, HostGate, HttpSettings
from collector.history import recall
from collector.model import RunReport, Step, Task
from collector.places import Place
from collector.profile import Profile
from collector.sources.opening import REAL, ArchiveAddresses, open_source
from collector.stop import Stop

_log = structlog.get_logger()

#: SQLite folds the WAL in at 4 MB; sixteen times that is no passing reader.
WAL_LIMIT = 64_000_000


@dataclass(frozen=True, slots=True)
class Sweep:
    """The collaborators that every pass shares."""

    archive: Archive
    http: HttpSettings
    stop: Stop
    now: Callable[[], datetime]
    examining: Examining
    report: Callable[[Step], None] = lambda _: None
    origin: str = "live"
    places: Sequence[Place] = ()
    archives: ArchiveAddresses = REAL
    #: Shared by all portals, because two of them may live on one host.
    gate: HostGate = field(default_factory=lambda: HostGate(time.monotonic))

    def over(self, profiles: Sequence[Profile], task: Task) -> list[RunReport]:
        """Run ``task`` over each portal, each in a thread of its own, and return the reports in the portals' order.

        Raises:
            ArchiveError: the archive cannot be written; the other portals were asked to stop.
        """
        return self._each(profiles, lambda profile: self._collected(profile, task))

    def over_the_past(self, profiles: Sequence[Profile], task: Task, source: str) -> list[RunReport]:
        """Run ``task`` over what ``source`` (``wayback``, ``commoncrawl``, ``warc:PATH``) keeps of each portal.

        Raises:
            ArchiveError: the archive cannot be written; the other portals were asked to stop.
            UsageError: there is no such source.
        """
        return self._each(profiles, lambda profile: self._recalled(profile, task, source))

    def _watch_the_wal(self) -> None:
        """Say when a reader that never lets go makes the WAL grow (FAULTS 28): only it can mend that."""
        try:
            left = self.archive.connection.fold_in()
        except ArchiveError as error:
            # What the run wrote is committed all the same.
            _log.warning("the WAL could not be folded into the archive", error=str(error))
            return
        if left > WAL_LIMIT:
            _log.warning(
                "a program that reads the archive keeps an old state open: close it, or the -wal file goes on growing",
                wal_megabytes=left // 1_000_000,
            )

    def _each(self, profiles: Sequence[Profile], one: Callable[[Profile], RunReport]) -> list[RunReport]:
        self.archive.portals.know(self.places)
        try:
            return self._in_threads(profiles, one)
        finally:
            self._watch_the_wal()

    def _in_threads(self, profiles: Sequence[Profile], one: Callable[[Profile], RunReport]) -> list[RunReport]:
        if len(profiles) == 1:
            return [one(profiles[0])]
        with ThreadPoolExecutor(max_workers=len(profiles), thread_name_prefix="portal") as pool:
            futures = [pool.submit(one, profile) for profile in profiles]
            # In slices: a wait without end would not let the main thread run a signal's handler.
            while wait(futures, timeout=0.2).not_done:
                if any(future.done() and future.exception() for future in futures):
                    self.stop.request()
        return [future.result() for future in futures]

    def _collected(self, profile: Profile, task: Task) -> RunReport:
        fetcher = Fetcher(
            self.http,
            base_url=profile.base_url,
            hosts=profile.hosts,
            now=self.now,
            monotonic=time.monotonic,
            sleep=self.stop.sleep,
            chance=random.Random(),  # noqa: S311 - jitter of pauses, no secret
            memory=self.archive.hosts,
            gate=self.gate,
            origin=self.origin,
        )
        with fetcher, self.stop.aborting(fetcher.abort):
            return collect(
                profile,
                task,
                fetcher=fetcher,
                archive=self.archive,
                examining=self.examining,
                now=self.now,
                checkpoint=self.stop.checkpoint,
                report=self.report,
            )

    def _recalled(self, profile: Profile, task: Task, source: str) -> RunReport:
        opened = open_source(
            source,
            self.http,
            now=self.now,
            monotonic=time.monotonic,
            sleep=self.stop.sleep,
            chance=random.Random(),  # noqa: S311 - jitter of pauses, no secret
            memory=self.archive.hosts,
            addresses=self.archives,
            gate=self.gate,
        )
        with closing(opened), self.stop.aborting(opened.abort):
            return recall(
                profile,
                task,
                source=opened,
                archive=self.archive,
                examining=self.examining,
                now=self.now,
                checkpoint=self.stop.checkpoint,
                report=self.report,
            )
