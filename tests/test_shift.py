"""A shift as its supervisor sees it: whatever the process does, it ends, and nothing of it stays behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from collector import shift
from collector.handover import HANG_UP, UPGRADED, Orders
from collector.shift import Shift

ORDERS = Orders(None, None, "json", -1)
#: What a process does in the place of the program that polls.
_OPENS = "import sys; from multiprocessing.connection import Connection; pipe = Connection(int(sys.argv[3])); "
_READS = _OPENS + "pipe.recv_bytes(); pipe.recv_bytes(); "

_SAYS = """
import time
from datetime import UTC, datetime
from collector.archive.connection import Files
from collector.health import DaemonState, PortalState
from collector.handover import News
def told(since):
    portal = PortalState("soctrang", now, since, None)
    return News(DaemonState(now, (portal,), 0, None, None, None), Files(None, None))
now = datetime.now(UTC)
news = told({since})
pipe.send(news)
{more}
time.sleep(60)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists what a process has open")


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    before = open_files()
    yield
    wait_for(lambda: open_files() <= before)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def wait_for(what: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def begun(monkeypatch: pytest.MonkeyPatch, program: str) -> Shift:
    monkeypatch.setattr(shift, "_BOOT", program)
    return Shift(ORDERS, lock=None, ring=lambda: None)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        pytest.param("raise SystemExit(3)", 3, id="ends at once"),
        pytest.param(_READS + "raise SystemExit(4)", 4, id="ends with its orders read"),
        pytest.param(_READS + "pipe.send_bytes(b'no pickle'); import time; time.sleep(60)", -9, id="says nonsense"),
        pytest.param(_OPENS + "pipe.close(); import os; os.abort()", -6, id="crashes"),
    ],
)
def test_a_process_that_does_not_do_its_work_is_over(program: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = begun(monkeypatch, program)
    wait_for(lambda: one.ended)
    assert (one.code, one.state, one.rested, one.inheritance) == (code, None, None, None)
    one.tell(HANG_UP)
    one.stop(1.0)
    assert one.asked > one.answered, "it is asked of the next one"


def test_another_program_does_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift, "PROGRAM", b"another")
    one = Shift(ORDERS, lock=None, ring=lambda: None)
    wait_for(lambda: one.ended)
    assert one.code == UPGRADED


@pytest.mark.parametrize("program", ["import time; time.sleep(60)", _READS + "import time; time.sleep(60)"])
def test_a_process_that_hears_nothing_keeps_nobody_waiting(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift, "_BEGINS", 0.2)
    one = begun(monkeypatch, program)
    wait_for(lambda: one.hangs)
    started = time.monotonic()
    one.tell(HANG_UP)
    one.stop(0.5)
    assert time.monotonic() - started < 3
    wait_for(lambda: one.ended)
    assert one.code in {-15, -9}


@pytest.mark.parametrize(("says", "hangs"), [("", True), ("pipe.send(news); ", False)], ids=["silent", "heard"])
def test_one_that_has_begun_and_says_nothing_hangs(says: str, hangs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift, "_SILENCE", 1.0)
    one = begun(monkeypatch, _READS + _SAYS.format(since=None, more=f"time.sleep(0.1); {says}" * 20))
    wait_for(lambda: one.seconds > 1.7)
    assert (one.state is not None, one.hangs) == (True, hangs)
    one.stop(0.1)


def test_a_poll_that_does_not_end_is_told_from_polls_that_follow_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift, "LONGEST_POLL", timedelta(seconds=0.5))
    same = begun(monkeypatch, _READS + _SAYS.format(since="now", more="time.sleep(0.1); pipe.send(news); " * 20))
    other = "time.sleep(0.1); pipe.send(told(datetime.now(UTC))); " * 20
    others = begun(monkeypatch, _READS + _SAYS.format(since="now", more=other))
    wait_for(lambda: same.hangs)
    assert not others.hangs
    for one in (same, others):
        one.stop(0.1)


def test_where_there_is_no_room_for_a_listener_no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    begin = shift._begun

    def noted(pipe: int, lock: int | None) -> object:
        process = begin(pipe, lock)
        started.append(process.pid)
        return process

    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(shift, "_begun", noted)
    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError):
        Shift(ORDERS, lock=None, ring=lambda: None)
    assert not Path(f"/proc/{started[0]}").exists()


def test_where_there_is_no_room_for_a_process_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(shift, "_begun", refused)
    with pytest.raises(BlockingIOError):
        Shift(ORDERS, lock=None, ring=lambda: None)
