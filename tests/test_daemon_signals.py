"""SIGTERM and SIGINT in every phase of a daemon's life: exit code 0 within ten seconds, and nothing lost."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.demo.loopback import Request, Response
from collector.demo.site import ReplicaPortal
from fault_bench import is_article, is_listing
from fault_rows import is_page_2, is_robots
from fault_table import Note
from living import PATIENT, Living
from test_daemon_faults import locked, missing

#: Seconds: the orchestrators' own limit.
_LIMIT = 10.0


@dataclass(frozen=True)
class Phase:
    """How a daemon is brought into a phase, and stays there until the signal."""

    name: str
    reached: Callable[[Living, ExitStack], object]
    settings: str = ""
    program: str = PATIENT
    lives: bool = True  #: whether it has polled before

    def __str__(self) -> str:
        return self.name


def hanging(which: Callable[[Request], bool], news: int = 2) -> Callable[[Living, ExitStack], None]:
    """The portal publishes, and one kind of request is not answered."""

    def reached(daemon: Living, end: ExitStack) -> None:
        met = threading.Event()

        def fault(request: Request) -> None:
            if which(request):
                met.set()
                while daemon.portal.fault is fault:
                    daemon.portal.pause(0.05)

        daemon.portal.fault = fault
        end.callback(setattr, daemon.portal, "fault", None)
        daemon.publish(news)
        daemon.wait(met.is_set)

    return reached


def idle(daemon: Living, end: ExitStack) -> None:
    daemon.wait(lambda: daemon.logged("run finished"))
    daemon.wait(lambda: daemon.health()[1].get("polling") is False)


def locked_out(daemon: Living, end: ExitStack) -> None:
    """Another program has the archive when a due time is to be written down: the loop itself waits inside SQLite."""
    end.enter_context(locked(daemon))
    daemon.wait(lambda: daemon.health()[1]["portals"][0]["due_at"] < daemon.now())


def locked_out_of_a_poll(daemon: Living, end: ExitStack) -> None:
    """Another program takes the archive while an article is on its way."""
    with ExitStack() as answer:
        hanging(is_article)(daemon, answer)
        end.enter_context(locked(daemon))
    daemon.wait(lambda: not daemon.portal.pending)


def turned_away(daemon: Living, end: ExitStack) -> None:
    """The portal is busy, and says for how long: a request waits to be made again."""
    daemon.portal.fault = lambda _: Response(503, b"busy", (("Retry-After", "25"),))
    end.callback(setattr, daemon.portal, "fault", None)
    asked = len(daemon.portal.requests)
    daemon.wait(lambda: len(daemon.portal.requests) > asked and not daemon.portal.pending)


def silent(daemon: Living, end: ExitStack) -> None:
    daemon.portal.fault = lambda _: Response(503, b"down")
    end.callback(setattr, daemon.portal, "fault", None)
    daemon.wait(lambda: daemon.logged("a silent portal is asked more rarely"))


def nameless(daemon: Living, end: ExitStack) -> None:
    """The name server does not answer."""
    path = daemon.place.folder / "config" / "portals" / "tinh.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(daemon.portal.base_url, "http://congtt.example.vn/"), encoding="utf-8")
    end.callback(path.write_text, before, encoding="utf-8")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait((daemon.place.folder / "asked").exists)


_NO_RESOLVER = """
import pathlib, socket, time
known = socket.getaddrinfo
def ask(host, *rest, **more):
    if host == "congtt.example.vn":
        pathlib.Path("asked").touch()
        time.sleep(60)
    return known(host, *rest, **more)
socket.getaddrinfo = ask
"""


def telling(daemon: Living, end: ExitStack) -> None:
    """Whoever is to be told takes the connection and says nothing."""
    server = end.enter_context(socket.create_server(("127.0.0.1", 0)))
    daemon.configure(f'[alerts]\nstrikes = 1\nurls = ["json://127.0.0.1:{server.getsockname()[1]}"]')
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait(lambda: daemon.logged("the configuration was read anew"))
    daemon.portal.fault = lambda _: Response(503, b"down")
    end.callback(setattr, daemon.portal, "fault", None)
    server.settimeout(20)
    end.enter_context(server.accept()[0])


def reloading(daemon: Living, end: ExitStack) -> None:
    for _ in range(5):
        daemon.process.send_signal(signal.SIGHUP)


def reopening(daemon: Living, end: ExitStack) -> None:
    end.enter_context(missing(daemon))
    daemon.wait(lambda: daemon.logged("the archive cannot be opened anew"))


_HOURLY = '[schedule]\nevery = "1h"'
_RETRIES = '[http]\ncontact = "nobody@example.vn"\ndelay = 0\nretries = 3'
_SLOW = pytest.mark.slow
PHASES = [
    pytest.param(Phase("robots.txt", hanging(is_robots, news=0), lives=False), marks=_SLOW),
    pytest.param(Phase("listing", hanging(is_listing)), marks=_SLOW),
    Phase("article", hanging(is_article)),
    pytest.param(Phase("postback", hanging(is_page_2, news=40)), marks=_SLOW),
    pytest.param(Phase("retry pause", turned_away, settings=_RETRIES), marks=_SLOW),
    pytest.param(Phase("name look-up", nameless, program=_NO_RESOLVER + PATIENT), marks=_SLOW),
    pytest.param(Phase("write of a poll, locked", locked_out_of_a_poll), marks=_SLOW),
    pytest.param(Phase("write of the loop, locked", locked_out), marks=_SLOW),
    pytest.param(Phase("idle", idle, settings=_HOURLY, lives=False), marks=_SLOW),
    pytest.param(Phase("backoff of a silent portal", silent), marks=_SLOW),
    pytest.param(Phase("alert on its way", telling), marks=_SLOW),
    Phase("reload", reloading),
    pytest.param(Phase("archive gone, opened anew", reopening), marks=_SLOW),
]
_BOTH = [(signal.SIGTERM, phase) for phase in PHASES] + [(signal.SIGINT, PHASES[number]) for number in (2, 8)]


@pytest.mark.parametrize(
    ("number", "phase"),
    [
        pytest.param(number, getattr(phase, "values", [phase])[0], marks=getattr(phase, "marks", ()))
        if number is signal.SIGTERM
        else pytest.param(number, getattr(phase, "values", [phase])[0], marks=_SLOW)
        for number, phase in _BOTH
    ],
    ids=str,
)
def test_a_signal_ends_the_daemon_with_0_in_time_whatever_it_does(
    number: signal.Signals, phase: Phase, tmp_path: Path, note: Note
) -> None:
    with (
        ReplicaPortal(count=24) as portal,
        Living(tmp_path, portal, program=phase.program, settings=phase.settings) as daemon,
    ):
        if phase.lives:
            daemon.alive()
        with ExitStack() as end:
            phase.reached(daemon, end)
            code, seconds = daemon.stop(number)
            assert "Traceback" not in "".join(daemon.said)
        assert code == 0
        assert seconds < _LIMIT
        assert daemon.place.faults() == []
        daemon.configure('[schedule]\nevery = "1s"')
        daemon.again()
        daemon.polls()
        assert daemon.stop()[0] == 0
        daemon.configure(phase.settings)
        assert daemon.lost() == []
    note("27", f"daemon: {number.name}, {phase}", "stopped", code, "intact", f"ended in {seconds:.1f} s, all there")


def test_a_second_signal_ends_the_daemon_at_once_also_inside_sqlite(tmp_path: Path, note: Note) -> None:
    with ReplicaPortal(count=24) as portal, Living(tmp_path, portal, program=PATIENT) as daemon:
        daemon.alive()
        with ExitStack() as end:
            locked_out(daemon, end)
            code, seconds = daemon.stop(times=2)
        assert code == 130
        assert seconds < 2
        assert daemon.place.faults() == []
    note("27", "daemon: two SIGTERM, write of the loop", "stopped", code, "intact", f"ended in {seconds:.1f} s")
