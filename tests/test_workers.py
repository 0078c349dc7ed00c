"""Pieces of work shared among processes: in order, a few at a time, and nothing is left when one of them dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from collector.errors import ArchiveBusy, Interrupted, WorkerLost
from collector.workers import in_order
from workhands import Doubling, Unmade


def children() -> list[str]:
    here = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    # Python's own helper, which cleans up what shared memory a crash leaves, stays.
    return [one for one in here if b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()]


def test_results_come_in_the_order_of_the_pieces_from_other_processes() -> None:
    found = list(in_order(Doubling(), range(20), processes=2))
    assert [number for number, _ in found] == [2 * piece for piece in range(20)]
    pids = {pid for _, pid in found}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert children() == []


@pytest.mark.parametrize(("pieces", "processes"), [(range(5), 1), (range(1), 4)])
def test_with_one_process_or_one_piece_the_work_is_done_here(pieces: Sequence[int], processes: int) -> None:
    assert {pid for _, pid in in_order(Doubling(), pieces, processes=processes)} == {os.getpid()}


def test_nothing_to_do_starts_nothing() -> None:
    assert list(in_order(Unmade(), [], processes=4)) == []


def test_only_a_few_pieces_are_under_way_whoever_waits() -> None:
    taken: list[int] = []

    class Pieces(Sequence[int]):
        def __len__(self) -> int:
            return 100

        def __getitem__(self, place: int) -> int:  # type: ignore[override]
            taken.append(place)
            return place

    results = in_order(Doubling(), Pieces(), processes=2)
    next(results)
    assert len(taken) <= 6
    results.close()  # type: ignore[attr-defined]
    assert children() == []


def test_a_process_that_is_killed_costs_one_clear_error() -> None:
    results = in_order(Doubling(dies_at=7), range(20), processes=2)
    got: list[tuple[int, int]] = []
    with pytest.raises(WorkerLost, match="a reading process was killed by signal 9; what was written before is whole"):
        got.extend(results)
    assert [number for number, _ in got] == [2 * piece for piece in range(len(got))]
    assert len(got) <= 7
    assert children() == []


def test_what_a_process_raises_is_raised_here_and_a_bug_names_its_place() -> None:
    with pytest.raises(ArchiveBusy, match="somebody else has it"):
        list(in_order(Doubling(refuses_at=3), range(9), processes=2))
    with pytest.raises(WorkerLost, match=r"ZeroDivisionError: a bug of ours \(__call__, line \d+ of .*workhands.py\)"):
        list(in_order(Doubling(breaks_at=3), range(9), processes=2))
    with pytest.raises(ArchiveBusy):
        list(in_order(Unmade(), range(9), processes=2))
    assert children() == []


@pytest.mark.parametrize("processes", [1, 2])
def test_whoever_asks_to_stop_is_heard_between_two_pieces(processes: int) -> None:
    left = [None] * 4

    def checkpoint() -> None:
        if not left:
            raise Interrupted("stopped by a signal")
        left.pop()

    with pytest.raises(Interrupted):
        list(in_order(Doubling(), range(1000), processes=processes, checkpoint=checkpoint))
    assert children() == []


def test_signals_of_a_terminal_are_blocked_in_every_process_from_its_first_moment_on() -> None:
    results = in_order(Doubling(), range(1000), processes=3)
    next(results)
    found = children()
    assert len(found) == 3
    for one in found:
        status = Path(f"/proc/{one}/status").read_text(encoding="ascii")
        [blocked] = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigBlk")]
        assert all(blocked >> number - 1 & 1 for number in (signal.SIGINT, signal.SIGTERM)), hex(blocked)
    results.close()  # type: ignore[attr-defined]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set(), "and are not here"
