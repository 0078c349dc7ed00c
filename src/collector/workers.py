"""Work shared among processes of our own: a bounded number of pieces under way, the results in the pieces' order.

The processes only read and calculate; who asked them does the writing. They are started afresh (``spawn``): a fork of a
process that holds a database would share its file handles and its locks.
"""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, TypeVar

from collector.errors import CollectorError, WorkerLost

Piece = TypeVar("Piece", contravariant=True)  # noqa: PLC0105 - the names say what they are
Result = TypeVar("Result", covariant=True)  # noqa: PLC0105

#: Pieces that a process has at hand: the one that it works on and the next, so that it never waits for us to write.
_AT_HAND = 2
#: Pieces under way for each process, results that wait for their turn among them: that many are in memory.
_UNDER_WAY = 3
#: Seconds between two looks at whether somebody asked to stop.
_PATIENCE = 0.2


class Work(Protocol[Piece, Result]):
    """What one process does with each piece."""

    def __call__(self, piece: Piece, /) -> Result:
        """Return what a piece comes to."""
        ...

    def close(self) -> None:
        """Let go of what was opened for the work."""
        ...


def in_order(
    make: Callable[[], Work[Piece, Result]],
    pieces: Sequence[Piece],
    *,
    processes: int,
    here: Callable[[], Work[Piece, Result]] | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    """Yield what each piece comes to, in the pieces' order; closing the generator ends the processes.

    Args:
        make: makes the work, once a process; it and the pieces travel to other processes (pickle).
        pieces: what is to be done.
        processes: how many; with one, or one piece, the work is done here.
        here: makes the work where it is done here, in place of ``make``.
        checkpoint: called at least five times a second, or with one process before each piece; it raises to stop.

    Raises:
        CollectorError: the work raised it.
        WorkerLost: a process ended by itself (killed, out of memory), or met a bug.
    """
    number = min(processes, len(pieces))
    if number == 0:
        return
    if number == 1:
        with closing((here or make)()) as work:
            for piece in pieces:
                checkpoint()
                yield work(piece)
        return
    with ExitStack() as stack:
        hands = [stack.enter_context(closing(_Hand())) for _ in range(number)]
        for hand in hands:
            hand.send(make)
        yield from _handed_out(hands, pieces, checkpoint)


def _handed_out(hands: Sequence[_Hand], pieces: Sequence[Any], checkpoint: Callable[[], None]) -> Iterator[Any]:
    results: dict[int, Any] = {}
    given = 0
    for due in range(len(pieces)):
        while due not in results:
            checkpoint()
            for hand in sorted(hands, key=lambda one: len(one.at_hand)):
                while given < min(len(pieces), due + _UNDER_WAY * len(hands)) and len(hand.at_hand) < _AT_HAND:
                    hand.give(given, pieces[given])
                    given += 1
            ready = wait([hand.pipe for hand in hands if hand.at_hand], timeout=_PATIENCE)
            for hand in hands:
                if hand.pipe in ready:
                    number, result = hand.take(checkpoint)
                    results[number] = result
        yield results.pop(due)


class _Hand:
    """One process, and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.at_hand: deque[int] = deque()
        # What is to be done goes through our own pipe: a process that dies before it has read more arguments than a
        # pipe holds (64 KB; a vocabulary is larger) would let start() wait for ever.
        self._process: BaseProcess = context.Process(target=_serve, args=(theirs,), daemon=True)
        # Ctrl-C on a terminal reaches every process of the group; the one that writes decides when to stop. Blocked
        # here, the signals stay so in the new process from its first moment on, and are not lost to us.
        # First Python's own helper, for starting that one unblocks them.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        # Ours to close: with a copy of it open here, nobody would notice that the process is gone.
        theirs.close()

    def give(self, number: int, piece: Any) -> None:
        """Hand over a piece.

        Raises:
            WorkerLost: the process is gone.
        """
        self.at_hand.append(number)
        self.send(piece)

    def send(self, what: Any) -> None:
        """Send what the other side waits for; raises as :meth:`give`."""
        try:
            self.pipe.send(what)
        except OSError:
            self._lost()

    def take(self, checkpoint: Callable[[], None]) -> tuple[int, Any]:
        """Return the number and the result of the piece that was given first.

        Raises:
            CollectorError: the work raised it.
            WorkerLost: the process is gone, or met a bug.
        """
        try:
            how, result = self.pipe.recv()
        except (EOFError, OSError):
            checkpoint()  # whoever ends us all may have ended this one first
            self._lost()
        number = self.at_hand.popleft()
        if how == "raised":
            raise result
        if how == "crashed":
            raise WorkerLost(f"a fault of this program ended a reading process: {result}")
        return number, result

    def _lost(self) -> None:
        self._process.join(timeout=_PATIENCE)
        code = self._process.exitcode
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        raise WorkerLost(
            f"a reading process {how}; what was written before is whole, and the same command goes on from there "
            "(--processes 1 needs the least memory)"
        )

    def close(self) -> None:
        """End the process: it only reads, so nothing can be left half-done."""
        self.pipe.close()
        self._process.kill()
        self._process.join()
        self._process.close()


def _serve(pipe: Connection) -> None:
    try:
        with closing(pipe.recv()()) as work:
            while True:
                pipe.send(_done(work, pipe.recv()))
    except (EOFError, OSError):
        return  # nobody is there any more who wants a result
    except CollectorError as error:
        pipe.send(("raised", error))


def _done(work: Work[Any, Any], piece: Any) -> tuple[str, Any]:
    try:
        return "done", work(piece)
    except CollectorError as error:
        return "raised", error
    except Exception as error:  # noqa: BLE001 - it travels to who asked, with where it happened
        place = traceback.extract_tb(error.__traceback__)[-1]
        return "crashed", f"{type(error).__name__}: {error} ({place.name}, line {place.lineno} of {place.filename})"
