"""The threads that poll: what could not be started is not done later beside the next."""

from __future__ import annotations

import threading

import pytest

from collector.hands import Hands


def test_a_poll_that_found_no_thread_is_not_done_together_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    hands, done = Hands(), list[str]()

    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(RuntimeError):
            hands.give("tinh", lambda: done.append("first"))
    hands.give("tinh", lambda: done.append("second"))
    assert hands.rest(5)
    assert done == ["second"]


def test_what_is_not_awaited_holds_up_no_end() -> None:
    hands, told = Hands(), threading.Event()
    hands.give("(alerts)", lambda: (told.wait(10), None)[1], awaited=False)
    assert hands.rest(0)
    assert hands.busy
    told.set()
