"""The table of faults: each row travels with the report of the test that passed, and is printed when all have ended.

A test may run in another process than the one that prints; its report is what comes from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass

import pytest

#: What a row is called among the properties of a report.
_PROPERTY = "fault"
#: In the order in which the rows passed.
PASSED: list[Passed] = []


@dataclass(frozen=True, slots=True)
class Passed:
    """One row: what was provoked, how the run ended, what became of the archive, what the next run did."""

    number: str
    fault: str
    verdict: str
    exit: int
    archive: str
    following: str


#: Adds a row: number, fault, verdict, exit code, archive, next run.
Note = Callable[[str, str, str, int, str, str], None]


def noting(test: pytest.Item) -> Note:
    """Return what adds rows to the report of a test."""

    def note(number: str, fault: str, verdict: str, exit_code: int, archive: str, following: str) -> None:
        row = Passed(number, fault, verdict, exit_code, archive, following)
        test.user_properties.append((_PROPERTY, astuple(row)))

    return note


def gather(report: pytest.TestReport) -> None:
    """Take in the rows of a test that passed."""
    if report.when == "call" and report.passed:
        for name, row in report.user_properties:
            if name == _PROPERTY:
                assert isinstance(row, tuple)
                PASSED.append(Passed(*row))


def told() -> list[str]:
    """Return the table, a line a row, in the order of FAULTS."""
    rows = sorted(PASSED, key=lambda row: (int(row.number), row.fault))
    wide = max((len(row.fault) for row in rows), default=0)
    head = f"{'':>3} {'fault':<{wide}}  {'verdict':<15} exit  {'archive':<9} next run"
    return [head] + [
        f"{row.number:>3} {row.fault:<{wide}}  {row.verdict:<15} {row.exit:>4}  {row.archive:<9} {row.following}"
        for row in rows
    ]
