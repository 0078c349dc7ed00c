"""The table of faults, filled by the rows as they pass and printed when the test run ends."""

from __future__ import annotations

from dataclasses import dataclass

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


def note(number: str, fault: str, verdict: str, exit_code: int, archive: str, following: str) -> None:
    """Add a row that passed."""
    PASSED.append(Passed(number, fault, verdict, exit_code, archive, following))


def told() -> list[str]:
    """Return the table, a line a row, in the order of FAULTS."""
    rows = sorted(PASSED, key=lambda row: (int(row.number), row.fault))
    wide = max((len(row.fault) for row in rows), default=0)
    head = f"{'':>3} {'fault':<{wide}}  {'verdict':<15} exit  {'archive':<9} next run"
    return [head] + [
        f"{row.number:>3} {row.fault:<{wide}}  {row.verdict:<15} {row.exit:>4}  {row.archive:<9} {row.following}"
        for row in rows
    ]
