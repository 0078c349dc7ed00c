"""A shift of the daemon, in a process that its supervisor starts and nobody else; see :mod:`collector.shift`."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from collector import handover
from collector.alerting import Alerting
from collector.archive import Archive
from collector.cli import exit_code
from collector.cli.running import log_step
from collector.cli.session import Session, utc_now
from collector.clock import Clocks
from collector.daemon import Daemon
from collector.duty import Duty, Memory
from collector.fetch import HostGate
from collector.handover import GO, HANG_UP, PROGRAM, STOP, UPGRADED, Begun, Inheritance, News, Orders, Reread, Rested
from collector.logs import configure_logging
from collector.lookout import Telling
from collector.model import RunKind, Task
from collector.stop import Bell, Stop
from collector.sweep import Sweep

if TYPE_CHECKING:
    from collector import config

_log = structlog.get_logger()


def main() -> None:
    """Do what the supervisor orders, until there is nothing to do."""
    pipe = Connection(int(sys.argv[3]))
    # Whoever sends it to every process of the daemon means the supervisor.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    try:
        # Before anything is unpacked: what another version has packed means who knows what.
        if pipe.recv_bytes() != PROGRAM:
            sys.exit(UPGRADED)
        orders = pipe.recv()
    except (EOFError, OSError):
        return  # the supervisor is gone already
    configure_logging(orders.log_format, verbosity=orders.verbosity)
    try:
        code = exit_code(lambda: _Work(pipe, orders).do())
    except Exception as error:  # noqa: BLE001 - a bug, or no memory: the supervisor starts another one
        _log.error("the process that polls crashed", exc_info=error)
        code = 1
    sys.exit(code)


class _Work:
    def __init__(self, pipe: Connection, orders: Orders) -> None:
        self._pipe, self._orders = pipe, orders
        self._stop, self._bell = Stop(), Bell()
        self._sending = threading.Lock()
        self._asked = int(orders.reread)  # the latest request to read the configuration anew
        self._session = Session(orders.config_path, orders.archive_path)
        inherited = orders.inheritance
        if inherited is not None:
            self._session.take(pickle.loads(inherited.configuration))  # noqa: S301 - from our own parent
        self._archive_file: Path = inherited.archive if inherited else self._session.archive_file
        health = self._session.settings.health
        self._door = (inherited.host, inherited.port) if inherited else (health.host, health.port)

    def do(self) -> None:
        inherited = self._orders.inheritance
        packed = inherited.memory if inherited else None
        memory: Memory | None = pickle.loads(packed) if packed else None  # noqa: S301 - as above
        if inherited and inherited.loss and memory is None:
            state = inherited.loss.state
            memory = Memory(
                state.started_at,
                clock_steps=state.clock_steps,
                refused=state.configuration,
                troubles={one.portal: one.trouble for one in state.portals if one.trouble is not None},
            )
        # A second signal means nothing here: service managers send theirs to both of us, and we are told as well.
        with self._stop.on_signals(overdue=0, second=False), self._opened() as archive:
            daemon = self._daemon(archive, memory)
            if inherited and inherited.loss:
                daemon.lost(inherited.loss.portals, inherited.loss.how)
            self._bell.hung_up = self._orders.reread
            self._say(Begun(self._inheritance(archive), daemon.state(), locked=inherited is None))
            if inherited is None and not self._permitted():
                return
            threading.Thread(target=self._listen, name="supervisor", daemon=True).start()
            rest = daemon.run()
        if rest is not None:
            self._say(
                Rested(
                    self._inheritance(archive, pickle.dumps(rest.memory)), daemon.state(), rest.until, rest.memory.seen
                )
            )

    @contextmanager
    def _opened(self) -> Iterator[Archive]:
        inherited = self._orders.inheritance
        if inherited is not None:  # and with it the lock
            with Archive(inherited.archive, left=inherited.files) as archive:
                yield archive
            return
        with self._session.writing("daemon", pid=os.getppid()) as archive:
            yield archive

    def _daemon(self, archive: Archive, memory: Memory | None) -> Daemon:
        duty = _duty(self._session)
        sweep = Sweep(
            archive=archive,
            http=duty.http,
            stop=self._stop,
            now=utc_now,
            examining=duty.examining,
            places=duty.places,
            report=log_step,
            gate=HostGate(time.monotonic, ended=memory.hosts if memory else None),
        )
        return Daemon(
            sweep,
            duty,
            clocks=Clocks(utc_now, time.monotonic),
            reread=self._reread,
            bell=self._bell,
            memory=memory,
            rests=handover.RESTS,
            told=lambda state: self._say(News(state, archive.connection.files)),
        )

    def _inheritance(self, archive: Archive, memory: bytes | None = None) -> Inheritance:
        packed = pickle.dumps(self._session.settings)
        return Inheritance(self._archive_file, *self._door, archive.connection.files, packed, memory)

    # --- the supervisor -----------------------------------------------------------------------------------------------

    def _say(self, what: Begun | News | Reread | Rested) -> None:
        with self._sending, suppress(OSError):  # the supervisor is gone: its end of the pipe tells us
            self._pipe.send(what)

    def _permitted(self) -> bool:
        """Hand over the locked file, and wait until the supervisor lets us begin."""
        with suppress(EOFError, OSError), socket.socket(fileno=os.dup(self._pipe.fileno())) as handing:
            socket.send_fds(handing, [b"l"], [self._session.lock.fileno()])
            return bool(self._pipe.recv()[0] == GO)
        return False

    def _listen(self) -> None:
        """Hear what the supervisor says; its signals are our own, so that whatever we wait for ends as after those."""
        try:
            while True:
                word, number = self._pipe.recv()
                if word == HANG_UP:
                    self._asked = number
                    self._bell.hang_up()
                elif word == STOP:
                    os.kill(os.getpid(), signal.SIGTERM)
        except (EOFError, OSError):
            if self._stop.requested:
                os._exit(130)  # somebody asked it a second time, or killed it
            os.kill(os.getpid(), signal.SIGTERM)

    # --- the configuration --------------------------------------------------------------------------------------------

    def _reread(self) -> Duty:
        """Read the configuration anew, and say what of it only a new start brings.

        Raises:
            ConfigError: with every mistake in it.
        """
        packed, number = None, self._asked
        try:
            anew = Session(self._orders.config_path, self._orders.archive_path)
            if anew.archive_file != self._archive_file:
                _log.warning("the archive is another one only after a new start", archive=str(self._archive_file))
            if (anew.settings.health.host, anew.settings.health.port) != self._door:
                _log.warning("health and metrics move only with a new start", host=self._door[0])
            duty = _duty(anew)
            packed = pickle.dumps(anew.settings)
        finally:
            self._say(Reread(packed, number))
        self._session = anew
        return duty


def _duty(session: Session) -> Duty:
    settings: config.Settings = session.settings
    return Duty(
        profiles=session.profiles([]),
        task=Task(RunKind.POLL, recheck_days=settings.recheck.days, recheck_per_run=settings.recheck.per_run),
        schedule=settings.schedule,
        timezone=settings.timezone,
        http=session.http(),
        examining=session.examining(),
        places=settings.places,
        telling=Telling(
            tell=Alerting(
                settings.alerts.urls,
                names={profile.id: profile.name for profile in settings.profiles},
                timezone=settings.timezone,
            ),
            strikes=settings.alerts.strikes,
            remind=settings.alerts.remind,
            holidays=settings.holidays,
            timezone=settings.timezone,
        ),
    )
