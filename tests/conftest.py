"""What the tests of whole runs share: a replica portal, an archive, and a run over both."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

import fault_table
from collector.archive import Archive
from collector.collect import collect
from collector.config import demo_profile
from collector.demo.loopback import LoopbackSite, Request
from collector.demo.newsroom import SECTIONS, Newsroom
from collector.demo.site import ReplicaPortal
from collector.demo.tour import tour
from collector.examining import Examining
from collector.fetch import Fetcher, HttpSettings
from collector.model import RunKind, RunReport, Step, Task, Verdict
from collector.profile import Profile, SectionProfile
from collector.stop import Stop
from configured import write  # noqa: F401 - a fixture
from fault_bench import Benches
from handed import ReplicaAtHand, handed_over
from once import made_once
from stored import EXAMINING, PROFILE
from story_clock import StoryClock

# The suite says the same of the same code every time; `.ci/soak` looks further with another profile and other seeds.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("soak", max_examples=20_000, deadline=None, print_blob=True)
settings.load_profile("suite")

#: Free bytes of a disk in memory from which on the tests' folders are made there: many times what is in use at once.
_ROOM = 4_000_000_000


@dataclass
class Collecting:
    """A portal on loopback, its profile, an archive, and ``run`` to put one into the other."""

    site: LoopbackSite
    profile: Profile
    archive: Archive
    clock: StoryClock
    wait: Callable[[float], object] = lambda _: None
    examining: Examining = EXAMINING

    def run(
        self,
        task: Task | None = None,
        *,
        checkpoint: Callable[[], None] = lambda: None,
        report: Callable[[Step], None] = lambda _: None,
        http: HttpSettings | None = None,
        profile: Profile | None = None,
    ) -> RunReport:
        """Run once; half an hour passes before it."""
        self.clock.pass_time(minutes=30)
        fetcher = Fetcher(
            http or HttpSettings(delay=0, retries=0, timeout=5, deadline=10),
            base_url=self.profile.base_url,
            hosts=self.profile.hosts,
            now=self.clock.now,
            monotonic=time.monotonic,
            sleep=lambda seconds: (self.wait(seconds), None)[1],
            chance=random.Random(1),
            memory=self.archive.hosts,
            transport=handed_over(self.site),
        )
        with fetcher:
            return collect(
                profile or self.profile,
                task or Task(),
                fetcher=fetcher,
                archive=self.archive,
                examining=self.examining,
                now=self.clock.now,
                checkpoint=checkpoint,
                report=report,
            )

    def years_pass(self) -> None:
        """Let so much time pass that a look at every bulletin is due, however old it is."""
        self.clock.pass_time(days=3650)

    def value(self, sql: str, *parameters: object) -> object:
        """Ask the archive one question."""
        return self.archive.connection.value(sql, parameters)

    def requested(self, since: int = 0) -> list[tuple[str, str]]:
        """Return method and target of what the portal was asked, robots.txt left out."""
        return [(s.method, s.target) for s in self.site.requests[since:] if s.target != "/robots.txt"]


@dataclass
class Replica(Collecting):
    """The same with the WebForms replica."""

    site: ReplicaPortal

    @property
    def newsroom(self) -> Newsroom:
        """What the replica publishes."""
        return self.site.newsroom

    def rows(self) -> dict[str, dict[str, object]]:
        """Return the archive's articles by id."""
        return {row["source_id"]: row for row in self.archive.connection.rows("select * from articles")}


def replica_profile(site: ReplicaPortal) -> Profile:
    """Return the shipped family's profile for a replica."""
    return demo_profile(site.base_url, [SectionProfile(one.slug, one.url, name=one.name) for one in SECTIONS])


@pytest.fixture(scope="session", autouse=True)
def _once() -> Iterator[None]:
    """What comes out the same each time is made once; see :mod:`once`."""
    with made_once():
        yield


@pytest.fixture(scope="session")
def benches() -> Iterator[Benches]:
    """One spoilable replica for all rows of the table of faults, and the archive that a healthy run left."""
    memory = Path("/dev/shm")
    # In memory where there is such a disk: the commits of 200 runs wait for a real one longer than the runs take.
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        made = Benches(Path(folder))
        with made.portal:
            yield made


@pytest.fixture(scope="session")
def demo_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that the demo leaves: made once, for reading."""
    path = tmp_path_factory.mktemp("demo") / "archive.db"
    with closing(Stop()) as stop:
        tour(path, stop=stop, say=lambda _: None)
    return path


@pytest.fixture
def note(request: pytest.FixtureRequest) -> fault_table.Note:
    """What adds a row to the table of faults."""
    return fault_table.noting(request.node)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        opened.portals.register(PROFILE)
        yield opened


@pytest.fixture
def clock() -> StoryClock:
    return StoryClock()


@pytest.fixture
def replica(tmp_path: Path, clock: StoryClock) -> Iterator[Replica]:
    """A replica of 60 bulletins: enough for a pager of several pages, quick to walk."""
    newsroom = Newsroom(count=60, now=clock.now)
    with (
        ReplicaPortal(newsroom=newsroom, now=clock.now) as site,
        Archive(tmp_path / "archive.db") as archive,
    ):
        yield Replica(site, replica_profile(site), archive, clock)


def _at_hand(archive: Archive, clock: StoryClock) -> Replica:
    site = ReplicaAtHand(newsroom=Newsroom(count=60, now=clock.now), now=clock.now)
    return Replica(site, replica_profile(site), archive, clock)


@dataclass(frozen=True, slots=True)
class Backfill:
    """What a backfill of the replica asked for, and the archive that it left."""

    asked: tuple[Request, ...]
    archive: bytes


@pytest.fixture(scope="session")
def a_backfill(tmp_path_factory: pytest.TempPathFactory) -> Backfill:
    path = tmp_path_factory.mktemp("backfill") / "archive.db"
    with Archive(path) as archive:
        replica = _at_hand(archive, StoryClock())
        assert replica.run(Task(RunKind.BACKFILL)).verdict is Verdict.COMPLETE
    assert isinstance(replica.site, ReplicaAtHand)
    return Backfill(tuple(replica.site.asked), path.read_bytes())


@pytest.fixture
def backfilled(tmp_path: Path, clock: StoryClock, a_backfill: Backfill) -> Iterator[Replica]:
    """The replica after a backfill of everything: the archive is copied, the portal is asked the same once more."""
    path = tmp_path / "backfilled.db"
    path.write_bytes(a_backfill.archive)
    clock.pass_time(minutes=30)
    with Archive(path) as archive:
        replica = _at_hand(archive, clock)
        for request in a_backfill.asked:
            replica.site.handle(request)
        yield replica
    assert replica.site.crashes == []


def pytest_configure(config: pytest.Config) -> None:
    """Let programs be stopped as on a terminal, and keep folders in memory where there is room.

    Runs wait longer for a disk's commits than they compute.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell lets what it starts in the background ignore SIGINT, and so would every program that a test starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    memory = Path("/dev/shm")
    if config.option.basetemp is None and os.access(memory, os.W_OK) and disk_usage(memory).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Share the suite between two processes, unless a part of it is named or the command line says otherwise (``-n 0``).

    Not by ``addopts``: ``-p no:xdist`` would end with an option that nobody knows, and a single file would wait 2.5 s for
    processes that it does not need. Two and not ``auto``: the suite waits for a tenth of its time only, so that a worker
    wants a processor of its own, and two is what the seconds that the tests allow were tried with.
    """
    given = config.option
    if not config.pluginmanager.hasplugin("xdist") or hasattr(config, "workerinput"):
        return
    part = given.keyword or not all(Path(one).is_dir() for one in config.args)
    debugged = given.usepdb or given.trace
    if given.numprocesses is None and not (given.tx or part or debugged):
        given.numprocesses = 2
    if given.numprocesses and given.dist == "no":
        # Two workers took 203 to 233 s so, 245 s with whole files (loadfile), 268 s with load.
        given.dist = "worksteal"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Take rows of the table of faults from a test that ended, whichever process it ran in."""
    fault_table.gather(report)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of faults, where any of its rows ran."""
    if fault_table.PASSED:
        terminalreporter.section("faults")
        for line in fault_table.told():
            terminalreporter.write_line(line)
