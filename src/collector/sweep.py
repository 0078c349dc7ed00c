"""One pass over the portals: where ``run``, ``daemon`` and ``demo`` meet."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from collector import plan
from collector.archive import Archive
from collector.collect import collect
from collector.errors import ArchiveError
from collector.examining import Examining
from collector.fetch import Fetcher, HostGate, HttpSettings
from collector.history import recall
from collector.model import RunKind, RunReport, Step, Task
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

    def over_the_past(
        self, profiles: Sequence[Profile], task: Task, source: str, *, only: frozenset[str] | None = None
    ) -> list[RunReport]:
        """Run ``task`` over what ``source`` (``wayback``, ``commoncrawl``, ``warc:PATH``) keeps of each portal.

        ``only``: of the bulletins with these ids that an earlier walk of its index has named; the index is not asked.

        Raises:
            ArchiveError: the archive cannot be written; the other portals were asked to stop.
            UsageError: there is no such source.
        """
        return self._each(profiles, lambda profile: self._recalled(profile, task, source, only))

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

    def over_what_is_missing(self, profiles: Sequence[Profile], task: Task) -> list[RunReport]:
        """Fetch what the portals could not give and a web archive's index has named, the Wayback Machine first.

        Raises:
            ArchiveError: the archive cannot be written.
        """
        reports: list[RunReport] = []
        for source in ("wayback", "commoncrawl"):
            for profile in profiles:
                ids = self._missing(profile, task, source=source)
                if ids:
                    wanted = Task(RunKind.GAPS, limit=task.limit)
                    reports += self.over_the_past([profile], wanted, source, only=frozenset(ids))
        return reports

    def nothing_is_missing(self, profiles: Sequence[Profile], task: Task) -> bool:
        """Say whether no gap is known any more in the task's sections, whoever closed them."""
        for profile in profiles:
            sections = self.archive.coverage.sections(portal=profile.id)
            names = {one.id: {one.id, one.id.partition("/")[2]} for one in sections}
            asked = [one for one in sections if not task.sections or names[one.id] & task.sections]
            if any(map(plan.has_gap, asked)) or self._missing(profile, task):
                return False
        return True

    def _missing(self, profile: Profile, task: Task, *, source: str | None = None) -> tuple[str, ...]:
        known, sections = (
            self.archive.coverage.bulletins(portal=profile.id),
            self.archive.coverage.sections(portal=profile.id),
        )
        return plan.still_missing(known, sections, within=task.sections, source=source)

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
        with _named_in_the_log(profile), fetcher, self.stop.aborting(fetcher.abort):
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

    def _recalled(self, profile: Profile, task: Task, source: str, only: frozenset[str] | None) -> RunReport:
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
        with _named_in_the_log(profile), closing(opened), self.stop.aborting(opened.abort):
            return recall(
                profile,
                task,
                source=opened,
                archive=self.archive,
                examining=self.examining,
                now=self.now,
                checkpoint=self.stop.checkpoint,
                report=self.report,
                only=only,
            )


@contextmanager
def _named_in_the_log(profile: Profile) -> Iterator[None]:
    """Let every line that this thread logs name the portal, and its run as soon as that has begun."""
    with structlog.contextvars.bound_contextvars(portal=profile.id):
        try:
            yield
        finally:
            structlog.contextvars.unbind_contextvars("run")
