"""Work that other processes do in the tests of ``workers``: they import it by name."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass

from collector.errors import ArchiveBusy


@dataclass(frozen=True)
class Doubling:
    """Doubles numbers; some pieces end otherwise."""

    dies_at: int | None = None
    refuses_at: int | None = None
    breaks_at: int | None = None

    def __call__(self) -> Doubler:
        return Doubler(self)


class Doubler:
    def __init__(self, made: Doubling) -> None:
        self._made = made

    def __call__(self, piece: int) -> tuple[int, int]:
        if piece == self._made.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if piece == self._made.refuses_at:
            raise ArchiveBusy("somebody else has it")
        if piece == self._made.breaks_at:
            raise ZeroDivisionError("a bug of ours")
        time.sleep(0.02 if piece % 3 == 0 else 0)  # so that results come out of order
        return 2 * piece, os.getpid()

    def close(self) -> None:
        """Nothing was opened."""


@dataclass(frozen=True)
class Unmade:
    """Cannot even begin."""

    def __call__(self) -> Doubler:
        raise ArchiveBusy("somebody else has it")
