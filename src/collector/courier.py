"""What is to be told is sent in a thread of its own: a mail server that hangs must not hold up polls."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from collector.hands import Hands

_log = structlog.get_logger()

#: Seconds between two looks at whether somebody is to be reminded, or told what could not be sent.
_PAUSE = 60.0


class Courier:
    """Sends one thing after the other, now and whenever a minute has passed."""

    def __init__(self, hands: Hands, settle: Callable[[], None], monotonic: Callable[[], float]) -> None:
        """Have ``settle`` called, which sends what is outstanding, as long as that takes."""
        self._hands, self._settle, self._monotonic = hands, settle, monotonic
        self._sent_at, self._under_way = monotonic(), threading.Lock()

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return self._monotonic() - self._sent_at >= _PAUSE

    def send(self) -> None:
        """Send what is outstanding; where somebody is at it, that will do."""
        self._sent_at = self._monotonic()
        if not self._under_way.acquire(blocking=False):
            return  # a dead server is not to be rung by a queue of threads
        try:
            self._hands.give("(alerts)", self._sending, awaited=False)
        except RuntimeError:  # no thread left, or the daemon ends: it is sent later
            self._under_way.release()

    def _sending(self) -> None:
        try:
            self._settle()
        except Exception as error:  # noqa: BLE001 - a bug must not silence the alerts of a year
            _log.error("alerts could not be settled", exc_info=error)
        finally:
            self._under_way.release()
