"""The daemon of a simulated year: the real one in a process of its own, that sleeps by asking the world to let time pass.

It comes from a nursery, a process that has everything imported and no threads, and forks a daemon for each life that it
is asked for: a life costs milliseconds, and a kill -9 is one.
"""

from __future__ import annotations

import dataclasses
import os
import pickle
import random
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where installed

from collector.alerting import Delivery
from collector.archive import Archive
from collector.archive.lock import ArchiveLock
from collector.clock import Clocks, StepWatch
from collector.config import demo_profile, load_shipped
from collector.daemon import Daemon
from collector.demo.newsroom import SECTIONS
from collector.duty import Duty, Memory, Rest
from collector.errors import ArchiveError, ConfigError, Interrupted, Mistake
from collector.examining import Examining
from collector.fetch import HostGate, HttpSettings, line, tls
from collector.handover import RESTS
from collector.hands import Hands
from collector.logs import configure_logging
from collector.lookout import Telling
from collector.model import RunKind, Task
from collector.plan.incidents import Notice
from collector.profile import ArticleProfile, ListingProfile, Profile, SectionProfile
from collector.stop import Bell, Stop
from collector.sweep import Sweep
from year_clock import SECOND, YearClock

#: What the redesign calls the things of a page; a profile that was mended knows them.
RENAMED = {
    "ArticleList": "ds-bai", "ArticleTitle": "tt-bai", "TitleNews": "tt-bai", "ArticleContent": "nd-bai",
    "ArticleDetail": "khung", "DateCreate": "ngay",
}  # fmt: skip
#: Strikes and the reminder as shipped; the rechecks are fewer than shipped, for the sake of the simulation's speed.
STRIKES, REMIND, RECHECK_DAYS, RECHECKS = 3, 86_400.0, 20, 20
_Selectors = TypeVar("_Selectors", ListingProfile, ArticleProfile)
#: What ``Daemon.look`` returns when nothing is due soon: here time passes to what comes next.
_WATCH = 30.0


@dataclass(frozen=True)
class Configuration:
    """What stands in the operator's files."""

    every: int | None  #: minutes
    cron: str | None = None
    timezone: str = "Asia/Ho_Chi_Minh"
    mended: frozenset[str] = frozenset()  #: portals whose redesign the profile knows
    mistaken: bool = False


@dataclass(frozen=True)
class Schedule:
    """As ``[schedule]`` has it."""

    every: float | None
    cron: str | None
    jitter: float = 0


@dataclass(frozen=True)
class Life:
    """What a daemon is started with."""

    folder: Path
    number: int
    bases: dict[str, str]  #: portal → its address
    sections: dict[str, int]  #: portal → how many of its sections are polled
    configuration: Configuration
    backfill: bool


@dataclass(frozen=True)
class Word:
    """What the world answers to a daemon that sleeps."""

    configuration: Configuration | None = None  #: SIGHUP: read this
    most_pages: int | None = None  #: the archive may have so many pages; 0: as many as it likes


class _StoryHands(Hands):
    """Polls at once, in the thread that asks; tells the world of each poll."""

    def __init__(self, polled: Callable[[str, Callable[[], None]], None]) -> None:
        super().__init__()
        self._polled = polled

    def give(self, portal: str, poll: Callable[[], None], *, awaited: bool = True) -> None:
        self._polled(portal, poll)


class _StoryStop(Stop):
    def __init__(self, clock: YearClock, asleep: Callable[[float], None]) -> None:
        super().__init__()
        self._clock, self._asleep = clock, asleep

    def sleep(self, seconds: float, bell: Bell | None = None) -> None:
        self.checkpoint()
        if bell is None:  # a pause between two requests
            self._clock.passes(round(max(seconds, 0) * SECOND))
        else:
            self._asleep(seconds)
            bell.hush()
        self.checkpoint()


def profiles(life: Life, configuration: Configuration) -> list[Profile]:
    found = []
    for portal, base in life.bases.items():
        sections = [SectionProfile(one.slug, one.url, name=one.name) for one in SECTIONS[: life.sections[portal]]]
        profile = replace(demo_profile(base, sections), id=portal, installation=portal)
        found.append(_mended(profile) if portal in configuration.mended else profile)
    return found


def _mended(profile: Profile) -> Profile:
    """Return the profile with the new names beside the old ones, as an operator would write it."""
    return replace(profile, listing=_with_new_names(profile.listing), article=_with_new_names(profile.article))


def _with_new_names(selectors: _Selectors) -> _Selectors:
    return replace(selectors, **_both(dataclasses.asdict(selectors)))


def _both(fields: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    return {name: (*map(_renamed, found), *found) for name, found in fields.items()}


def _renamed(selector: str) -> str:
    for old, new in RENAMED.items():
        selector = selector.replace(old, new)
    return selector


class _Living:
    """One life."""

    def __init__(self, life: Life, world: Connection) -> None:
        self._life, self._world = life, world
        self._clock = YearClock(life.folder / "clock")
        self._configuration = self._accepted = life.configuration
        self._chance = random.Random(life.number)
        self._most_pages = 0
        self._bell = Bell()
        self._stop = _StoryStop(self._clock, self._sleeps)
        self._archive: Archive
        self._daemon: Daemon

    def run(self) -> None:
        path, clock = self._life.folder / "archive.db", self._clock
        with self._stop.on_signals(hang_up=self._bell.hang_up), ArchiveLock(path, command="daemon", now=clock.wall()):
            with Archive(path) as self._archive:
                if self._life.backfill:
                    self._sweep(None).over(profiles(self._life, self._configuration), Task(RunKind.BACKFILL))
                self._ask("started", clock.wall())
                rest = self._shift(None)
            while rest is not None:
                # What travels from one shift to the next, through the supervisor, is what is packed here.
                memory: Memory = pickle.loads(pickle.dumps(rest.memory))
                try:
                    if not StepWatch(clock.wall, clock.monotonic, seen=rest.memory.seen).step():
                        self._stop.sleep((rest.until - clock.wall()).total_seconds(), self._bell)
                except Interrupted:
                    return
                with Archive(path, left=self._archive.connection.files) as self._archive:
                    self._limit()
                    rest = self._shift(memory)

    def _shift(self, memory: Memory | None) -> Rest | None:
        self._daemon = Daemon(
            self._sweep(memory),
            self._duty(self._accepted),
            clocks=Clocks(self._clock.wall, self._clock.monotonic),
            reread=self._reread,
            bell=self._bell,
            hands=_StoryHands(self._polls),
            chance=self._chance,
            memory=memory,
            rests=RESTS,
        )
        return self._daemon.run()

    def _sweep(self, memory: Memory | None) -> Sweep:
        return Sweep(
            archive=self._archive,
            http=self._http(),
            stop=self._stop,
            now=self._clock.wall,
            examining=_examining(),
            gate=HostGate(self._clock.monotonic, ended=memory.hosts if memory else None),
        )

    def _reread(self) -> Duty:
        duty = self._duty(self._configuration)
        self._accepted = self._configuration
        return duty

    def _http(self) -> HttpSettings:
        return HttpSettings(delay=0, retries=1, timeout=20)

    def _duty(self, configuration: Configuration) -> Duty:
        if configuration.mistaken:
            raise ConfigError([Mistake("collector.toml", "schedule.every", "expected a duration, found 'often'")])
        shipped = load_shipped()
        every = None if configuration.every is None else 60.0 * configuration.every
        return Duty(
            profiles=profiles(self._life, configuration),
            task=Task(RunKind.POLL, recheck_days=RECHECK_DAYS, recheck_per_run=RECHECKS),
            schedule=Schedule(every, configuration.cron),
            timezone=configuration.timezone,
            http=self._http(),
            examining=_examining(),
            places=shipped.places,
            telling=Telling(
                tell=self._tell,
                strikes=STRIKES,
                remind=REMIND,
                holidays=shipped.holidays,
                timezone="Asia/Ho_Chi_Minh",
            ),
        )

    def _tell(self, notices: Sequence[Notice]) -> Sequence[Delivery]:
        told = [(one.kind, one.incident.trouble, one.incident.first_at) for one in notices]
        self._ask("told", told)
        return [Delivery("story://world")]

    def _polls(self, portal: str, poll: Callable[[], None]) -> None:
        if portal.startswith("("):
            poll()
            return
        begun = self._clock.elapsed
        self._ask("begins", portal)
        poll()
        try:
            row = self._archive.connection.row(
                "select id, verdict from runs where portal = ? order by id desc limit 1", [portal]
            )
        except ArchiveError:
            row = None
        self._ask("polled", portal, begun, self._clock.elapsed, row and row["id"], row and row["verdict"])

    def _sleeps(self, seconds: float) -> None:
        state = self._daemon.state()
        if seconds == _WATCH:
            wall = self._clock.wall()
            seconds = min((one.due_at - wall).total_seconds() for one in state.portals if one.due_at is not None)
        word = self._ask("sleeps", max(seconds, 0.0), state.clock_steps)
        if word.most_pages is not None:
            self._most_pages = word.most_pages
            self._limit()
        if word.configuration is not None:
            self._configuration = word.configuration
            self._bell.hang_up()

    def _limit(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # it is closed: nobody polls, or it could not be opened
            self._archive.connection.db.execute(f"pragma max_page_count = {self._most_pages or 2**31}")

    def _ask(self, *message: object) -> Any:
        self._world.send(message)
        return self._world.recv()


@cache
def _examining() -> Examining:
    shipped = load_shipped()
    return Examining(shipped.vocabulary, threshold=shipped.topic.threshold)


def nursery(address: str) -> None:
    """Fork a daemon for each life that the world sends, and say how it ended; None ends the nursery."""
    world = Client(address, "AF_UNIX")
    _examining()
    # Nobody speaks TLS here, and to load the system's authorities anew for each poll is a third of what a poll costs.
    line.context = cache(tls.context)  # type: ignore[attr-defined]
    world.send("ready")
    while (life := world.recv()) is not None:
        pid = os.fork()
        if pid == 0:
            _born(life, address, world)
        world.send(pid)
        world.send(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _born(life: Life, address: str, inherited: Connection) -> None:
    code, daemon = 1, Client(address, "AF_UNIX")
    try:
        inherited.close()
        # Unbreakable, as the program's own log is: on a full disk it takes nothing either.
        sys.stderr = (life.folder / "log").open("a", encoding="utf-8", buffering=1)
        configure_logging("json", verbosity=-1)
        _Living(life, daemon).run()
        code = 0
    except BaseException:  # noqa: BLE001 - this process is nobody's caller
        daemon.send(("crashed", traceback.format_exc()))
    finally:
        os._exit(code)
