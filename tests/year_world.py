"""The world of a simulated year: two portals, a clock, a machine, and daemons that live and are killed in it."""

from __future__ import annotations

import heapq
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection, Listener, wait
from pathlib import Path

from collector.incident import Trouble
from year_clock import SECOND, YearClock
from year_daemon import Configuration, Life, Word
from year_site import Shown, Site
from year_ticks import Moment

DAY, HOUR, MINUTE = 86_400 * SECOND, 3_600 * SECOND, 60 * SECOND
#: Seconds of real time after which a daemon that says nothing hangs.
_HANGS = 120


@dataclass(frozen=True)
class LifeSpan:
    """From when to when a daemon lived, in microseconds since the opening."""

    begun: int
    ended: int
    how: str  #: ``kill``, ``stop`` or ``end``


@dataclass(frozen=True)
class Polled:
    """A poll as the world saw it: when, and what the portal showed in it."""

    portal: str
    begun: int
    ended: int
    verdict: str | None  #: None: it was not even written down
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class Told:
    """One notice that somebody was sent."""

    at: int
    kind: str
    trouble: Trouble
    first_at: datetime


@dataclass
class Record:
    """All that happened: what the archive is compared with."""

    moments: list[Moment] = field(default_factory=list)
    lives: list[LifeSpan] = field(default_factory=list)
    polls: list[Polled] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    counted_steps: int = 0  #: as the daemons counted them
    violations: list[str] = field(default_factory=list)


class World:
    """Tells a story; ``at`` takes what is to happen."""

    def __init__(self, folder: Path, *, seed: int, every: int, sites: Callable[[YearClock, random.Random], list[Site]]):
        self.folder, self.chance, self.every = folder, random.Random(seed), every
        self.archive = folder / "archive.db"
        self.clock = YearClock(folder / "clock", new=True)
        self.sites = {one.id: one for one in sites(self.clock, self.chance)}
        for site in self.sites.values():
            site.asked = self._asked
        self.record = Record()
        self.configuration = Configuration(every)
        self.guarded: list[tuple[int, int]] = []  #: spans in which nobody is killed, and no daemon is away for long
        self.days_ahead = (0, 0)  #: when the machine's clock was wrong by days
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0
        self._end = 0
        self._word = Word()
        self._pid: int | None = None
        self._begun = 0
        self._doom: tuple[int, signal.Signals, bool] | None = None  # requests left, how, whether before the answer
        self._how = ""
        self._killed: signal.Signals | None = None  # what a timer is to send
        self._away = 0  # how long the next absence is at least
        self._life_steps = 0
        self._under_way: tuple[str, datetime] | None = None
        self._limited = False

    # --- the story's side -----------------------------------------------------------------------------------------

    def at(self, moment: int, action: Callable[[], None]) -> None:
        """Let something happen, in microseconds since the opening."""
        self._number += 1
        heapq.heappush(self._events, (moment, self._number, action))

    def when_alive(self, action: Callable[[], None]) -> Callable[[], None]:
        """Return the same, put off while no daemon lives."""

        def either() -> None:
            if self._pid is None:
                self.at(self.clock.elapsed + HOUR // 2, either)
            else:
                action()

        return either

    def step(self, step: timedelta) -> None:
        """Set the machine's clock."""
        self.record.moments.append(Moment("step", self.clock.wall(), step=step))
        self.clock.set(step)
        self.record.steps += 1

    def sleeps(self, microseconds: int) -> None:
        """Let the machine sleep: to a daemon that is a step forward."""
        wall = self.clock.wall()
        self.record.moments.append(Moment("step", wall, step=timedelta(microseconds=microseconds)))
        self._pass(self.clock.elapsed + microseconds, asleep=True)
        self.record.steps += 1
        self.record.counts["hours asleep"] += microseconds // HOUR

    def reconfigure(self, configuration: Configuration) -> None:
        """Write other files and send SIGHUP."""
        if not configuration.mistaken:
            self.configuration = configuration
        if self._pid is not None:
            if not configuration.mistaken:
                self.record.moments.append(Moment("reload", self.clock.wall(), configuration))
            self._word = Word(configuration=configuration, most_pages=self._word.most_pages)
            self.record.counts["reloads refused" if configuration.mistaken else "reloads"] += 1

    def disk_is_full(self, *, full: bool) -> None:
        """Let the kernel refuse every byte that would make a file longer, or let it take them again."""
        self._limited = full
        if self._pid is not None:
            self._limit(self._pid)

    def _limit(self, pid: int) -> None:
        most = 0 if self._limited else resource.RLIM_INFINITY
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def archive_is_full(self, *, full: bool) -> None:
        """Let SQLite find no room for another page, or let it find some again."""
        with closing(sqlite3.connect(self.archive)) as connection:
            pages = connection.execute("pragma page_count").fetchone()[0] if full else 0
        self._word = Word(configuration=self._word.configuration, most_pages=pages)

    def kill(self) -> None:
        """End the daemon: now, while it sleeps, or at one of its next requests; by kill -9 or SIGTERM."""
        self._doomed(signal.SIGKILL)

    def stop(self) -> None:
        """End the daemon as an orchestrator does."""
        self._doomed(signal.SIGTERM)

    def stay_away(self, microseconds: int) -> None:
        """End the daemon, and start none for so long."""
        self._doom, self._away = None, microseconds
        self._strike(signal.SIGTERM)

    def _doomed(self, how: signal.Signals) -> None:
        if self._pid is None or self._inside(self.guarded):
            return
        if self.chance.random() < 0.3:
            self._strike(how)
        else:
            self._doom = (self.chance.randint(1, 8), how, self.chance.random() < 0.5)

    def _inside(self, spans: list[tuple[int, int]]) -> bool:
        return any(begin <= self.clock.elapsed < end for begin, end in spans)

    def _strike(self, how: signal.Signals) -> None:
        if how is signal.SIGTERM and (self._killed is signal.SIGKILL or self._how == "kill"):
            return  # a kill is on its way already
        if self._pid is not None:
            self._how = "kill" if how is signal.SIGKILL else "stop"
            os.kill(self._pid, how)

    def _asked(self) -> None:
        if self._doom is None or self._inside(self.guarded):
            return
        left, how, before = self._doom
        self._doom = (left - 1, how, before) if left > 1 else None
        if left > 1:
            return
        if before:
            self._strike(how)
        else:
            self._killed = how
            threading.Timer(random.uniform(0, 0.04), self._strike, [how]).start()

    # --- time -----------------------------------------------------------------------------------------------------

    def _pass(self, until: int, *, asleep: bool = False) -> None:
        """Let time pass, and everything happen that comes in it."""
        while self._events and self._events[0][0] <= until:
            moment, _, action = heapq.heappop(self._events)
            self.clock.passes(max(0, moment - self.clock.elapsed), asleep=asleep)
            action()
        self.clock.passes(max(0, until - self.clock.elapsed), asleep=asleep)

    # --- lives ----------------------------------------------------------------------------------------------------

    def tell(self, end: int) -> None:
        """Tell the story from the opening to its end."""
        self._end = end
        address = str(self.folder / "world")
        with Listener(address, "AF_UNIX") as listener:
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
            command = [sys.executable, "-c", "import sys, year_daemon; year_daemon.nursery(sys.argv[1])", address]
            with subprocess.Popen(command, env=environment) as nursery, listener.accept() as orders:
                try:
                    orders.recv()
                    while self.clock.elapsed < end:
                        self._lives(listener, orders)
                        self._is_away()
                    orders.send(None)
                finally:
                    if self._pid is not None:
                        os.kill(self._pid, signal.SIGKILL)
                    nursery.terminate()

    def _lives(self, listener: Listener, orders: Connection) -> None:
        bases = {one.id: one.base for one in self.sites.values()}
        sections = {one.id: one.sections for one in self.sites.values()}
        number = len(self.record.lives)
        orders.send(Life(self.folder, number, bases, sections, self.configuration, backfill=number == 0))
        self._pid, self._begun, self._how = orders.recv(), self.clock.elapsed, ""
        self._killed = None
        self._word, self._life_steps, self._under_way = Word(), 0, None
        self._limit(self._pid)
        ready = wait([listener._listener._socket, orders], timeout=_HANGS)  # type: ignore[attr-defined]
        if orders not in ready and ready:
            with listener.accept() as daemon:
                self._serve(daemon)
        code = orders.recv()
        self._pid, self._doom = None, None
        self.record.moments.append(Moment("end", self.clock.wall(), seen=self._seen()))
        self.record.lives.append(LifeSpan(self._begun, self.clock.elapsed, self._how))
        self.record.counts[f"lives that ended by {self._how or 'themselves'}"] += 1
        self.record.counted_steps += self._life_steps
        for site in self.sites.values():
            site.shown.clear()
        if code != {"kill": -signal.SIGKILL, "stop": 0, "end": 0}.get(self._how):
            self.record.violations.append(f"life {number} ended by {self._how or 'itself'} with {code}")
        if not self._how:
            self._pass(self.clock.elapsed + HOUR)

    def _seen(self) -> dict[str, datetime]:
        """Return up to when a daemon that died in a poll had looked at what is due: here polls come one by one."""
        if self._under_way is None:
            return {}
        portal, begun = self._under_way
        return {one: begun - timedelta(seconds=2) if one > portal else begun for one in self.sites}

    def _serve(self, daemon: Connection) -> None:
        while True:
            if not daemon.poll(_HANGS):
                self.record.violations.append(f"a daemon hangs at {self.clock.true()}")
                self._strike(signal.SIGKILL)
                return
            try:
                kind, *what = daemon.recv()
                daemon.send(getattr(self, f"_{kind}")(*what))
            except (EOFError, OSError):
                return

    def _is_away(self) -> None:
        if self.clock.elapsed >= self._end:
            return
        away = self.chance.choices(
            [
                self.chance.randint(10, 300) * SECOND,
                self.chance.randint(5, 360) * MINUTE,
                self.chance.randint(6, 30) * HOUR,
            ],
            [0.6, 0.35, 0.05],
        )[0]
        # Nor does it reach into a guarded span: what is to be seen there would be seen by nobody.
        ahead = [max(begin - self.clock.elapsed, 5 * MINUTE) for begin, end in self.guarded if self.clock.elapsed < end]
        away, self._away = max(min([away, *ahead]), self._away), 0
        self._pass(self.clock.elapsed + away)

    # --- what a daemon says ---------------------------------------------------------------------------------------

    def _started(self, wall: datetime) -> None:
        with closing(sqlite3.connect(self.archive)) as connection:
            sql = "select verdict from runs where portal = ? and kind = 'poll' order by id desc limit 1"
            last = {one: connection.execute(sql, [one]).fetchone() for one in self.sites}
        interrupted = frozenset(one for one, row in last.items() if row and row[0] in (None, "interrupted"))
        self.record.moments.append(Moment("start", wall, self.configuration, interrupted))
        for site in self.sites.values():
            site.shown.clear()

    def _sleeps(self, seconds: float, steps: int) -> Word:
        self._life_steps = steps
        if self.clock.elapsed >= self._end:
            self._strike(signal.SIGTERM)
            self._how = "end"
            return Word()
        until = self.clock.elapsed + max(round(seconds * SECOND), SECOND)
        if self._events:
            until = min(until, max(self._events[0][0], self.clock.elapsed))
        self._pass(min(until, self._end))
        word, self._word = self._word, Word()
        return word

    def _begins(self, portal: str) -> None:
        self._under_way = (portal, self.clock.wall())

    def _polled(self, portal: str, begun: int, ended: int, _run: int | None, verdict: str | None) -> None:
        site, self._under_way = self.sites[portal], None
        self.record.polls.append(Polled(portal, begun, ended, verdict, tuple(site.shown)))
        site.shown.clear()

    def _crashed(self, trace: str) -> None:
        self.record.violations.append(f"{self.clock.true()}: {trace}")

    def _told(self, notices: list[tuple[str, Trouble, datetime]]) -> None:
        self.record.told += [Told(self.clock.elapsed, *one) for one in notices]

    def away(self, begin: int, end: int) -> int:
        """Return for how long of a span no daemon lived."""
        alive = sum(max(0, min(end, one.ended) - max(begin, one.begun)) for one in self.record.lives)
        return end - begin - alive

    def close(self) -> None:
        for site in self.sites.values():
            site.close()
