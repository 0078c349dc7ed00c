"""What an error means, and what a run may claim (CONTRACT 4): emptiness and silence never pass for success."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from collector.errors import (
    CollectorError,
    EmptyListing,
    FetchError,
    FieldMissing,
    ReadError,
    RobotsForbid,
    Unreachable,
    WrongPage,
)
from collector.model import Outcome, PageKind, RunReport, Verdict
from collector.plan.fills import Drift, Provenance, by_fallback, drifts
from collector.plan.straying import Watched

#: Kinds of pages by which a portal refuses us.
BLOCKING = frozenset({PageKind.LOGIN.value, PageKind.WAF.value, PageKind.MAINTENANCE.value})


def outcome_of(error: Exception) -> Outcome:
    """Tell an expected error from a bug of ours."""
    return Outcome.FAILED if isinstance(error, CollectorError) else Outcome.CRASHED


def refusal(error: Exception | None) -> str:
    """Return ``blocked`` or ``unreachable`` when the portal itself, not one page, is the trouble; else ``""``."""
    if isinstance(error, RobotsForbid):
        return Verdict.UNREACHABLE.value if error.cause == "robots-unreachable" else Verdict.BLOCKED.value
    if isinstance(error, Unreachable):
        return Verdict.UNREACHABLE.value
    if isinstance(error, WrongPage):
        if error.kind in BLOCKING:
            return Verdict.BLOCKED.value
        if error.kind == PageKind.ERROR.value:
            return Verdict.UNREACHABLE.value if error.status >= 500 else Verdict.BLOCKED.value  # noqa: PLR2004
    return ""


#: What a pager's form may be answered with once its hidden fields are no longer taken.
_LOST = frozenset({PageKind.ERROR, PageKind.HOME, PageKind.LOGIN, PageKind.SOFT_404, PageKind.FOREIGN})


def lost_the_place(error: ReadError) -> bool:
    """Say whether a page of a pager that came back wrong may be a form that has expired."""
    return isinstance(error, FieldMissing) or (isinstance(error, WrongPage) and error.kind in _LOST)


def cause_of(error: Exception, *, pages: int) -> str:
    """Return the verdict that a section's failed walk speaks for, after ``pages`` pages were read."""
    if isinstance(error, EmptyListing):
        return Verdict.EMPTY_SUSPECT.value
    if pages:
        return Verdict.TRUNCATED.value
    if isinstance(error, FieldMissing) or (isinstance(error, WrongPage) and error.kind == PageKind.FOREIGN.value):
        return Verdict.LAYOUT_CHANGED.value
    return refusal(error) or Verdict.INCOMPLETE.value


def reason_of(error: Exception) -> str:
    """Return one word for why a walk failed: a fetch error's cause, a wrong page's kind, ``crashed`` for a bug."""
    if isinstance(error, FetchError):
        return error.cause
    if isinstance(error, WrongPage):
        return error.kind
    return "" if isinstance(error, CollectorError) else Outcome.CRASHED.value


@dataclass(slots=True)
class SectionEnd:
    """How the walk through one section ended."""

    section: str
    pages: int = 0
    listed: int = 0
    stopped: str = ""  #: see :meth:`Walk.stop`; also ``limit``, ``not_modified``, ``no_gap``, ``failed``
    cause: str = ""  #: for ``failed``: a verdict's name, or ``failed``
    reason: str = ""  #: for ``failed``: see :func:`reason_of`
    message: str = ""
    last_page: int | None = None
    read_again: int = 0  #: pages passed once more, because the place in the pager was lost
    unreadable: int = 0  #: entries of the list that lead to no page of the portal
    more: bool = False  #: the pager leads on to pages that this walk was not meant to read
    unread: list[int] | None = None  #: pages that could not be read


@dataclass(slots=True)
class Tally:
    """What happened in a run so far."""

    #: What must be filled by selectors: the required fields, and the date where the profile looks for one.
    fields: Sequence[str] = ("title", "body")
    before: Sequence[Provenance] = ()  #: of the revisions before this run, the latest first
    watched: Watched = field(default_factory=Watched)  #: what the door before the archive saw
    read: list[Provenance] = field(default_factory=list)  #: of the bulletins read in this run
    sections: list[SectionEnd] = field(default_factory=list)
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)
    layout_failures: int = 0
    fetched: int = 0  # bulletins asked for, rechecks apart
    waiting: int = 0  #: failed earlier, and their next try is not due yet
    rechecks: int = 0
    undated: int = 0
    unexamined: int = 0  #: bulletins that are kept, and whose words a bug of ours kept from being examined
    unreadable: int = 0  #: lines of an index, or records of a file, that could not be read
    lost: int = 0  #: bulletins that an index names, of which no capture could be had
    stopped_early: str = ""  #: why the run gave up on the articles: a verdict's name
    limit_reached: bool = False
    silent: bool = False  #: a web archive stopped answering, or asked us to slow down: what it has is not known
    still_missing: int = 0  #: bulletins that the ledger names as missing after a run that was to fetch them

    def add(
        self,
        outcome: Outcome,
        *,
        stage: str,
        url: str,
        error: Exception | None,
        undated: bool,
        provenance: Provenance | None = None,
    ) -> None:
        """Count what became of one bulletin, and what filled its fields where it was read."""
        if provenance is not None:
            # Short, for a backfill of a hundred thousand.
            self.read.append({name: sys.intern(provenance[name]) for name in self.fields if name in provenance})
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.fetched += stage == "article"
        self.rechecks += stage == "recheck"
        self.undated += undated
        self.layout_failures += isinstance(error, FieldMissing)
        if outcome in {Outcome.FAILED, Outcome.CRASHED}:
            self.failures.append({"url": url, "error": type(error).__name__, "message": str(error)})

    def add_unexamined(self, url: str, error: Exception) -> None:
        """Count a bulletin that is in the archive without its evidence."""
        self.unexamined += 1
        self.failures.append({"url": url, "error": type(error).__name__, "message": str(error)})

    def add_unreadable(self, where: str, told: str) -> None:
        """Count what an index told in words that could not be read: what it stands for may be missing."""
        self.unreadable += 1
        self.failures.append({"url": where, "error": "unreadable", "message": told})

    def of(self, *outcomes: Outcome) -> int:
        """Return how many there were of these."""
        return sum(self.outcomes.get(outcome, 0) for outcome in outcomes)

    def drifts(self) -> list[Drift]:
        """Return the fields whose selectors have stopped working."""
        return drifts(self.read, self.before, self.fields)

    def by_fallback(self) -> dict[str, int]:
        """Return per field how many bulletins the fallback filled it of."""
        return {name: number for name in self.fields if (number := sum(by_fallback(one, name) for one in self.read))}


#: Articles that must fail with an empty required field, and their share of all read, to call it a changed layout.
_LAYOUT_MINIMUM, _LAYOUT_SHARE = 3, 0.5


def verdict(tally: Tally) -> Verdict:
    """Return the most that the tally allows to claim; emptiness and silence never pass for success."""
    failed = [end for end in tally.sections if end.stopped == "failed"]
    causes = {end.cause for end in failed}
    if failed and len(failed) == sum(end.stopped != "no_gap" for end in tally.sections):
        for whole in (Verdict.BLOCKED, Verdict.UNREACHABLE):
            if whole.value in causes:
                return whole
    if tally.stopped_early == Verdict.BLOCKED.value:
        return Verdict.BLOCKED
    if tally.silent:
        return Verdict.UNREACHABLE
    read = tally.of(Outcome.ADDED, Outcome.REVISED, Outcome.REREAD, Outcome.UNCHANGED, Outcome.OUT_OF_RANGE)
    broken = tally.layout_failures
    emptied = broken >= _LAYOUT_MINIMUM and broken >= _LAYOUT_SHARE * (broken + read)
    if Verdict.LAYOUT_CHANGED.value in causes or emptied or tally.watched.changed or tally.drifts():
        return Verdict.LAYOUT_CHANGED
    if Verdict.EMPTY_SUSPECT.value in causes:
        return Verdict.EMPTY_SUSPECT
    if Verdict.TRUNCATED.value in causes or any(end.stopped in {"short", "loop"} for end in tally.sections):
        return Verdict.TRUNCATED
    if failed or not tally.sections or tally.waiting or tally.stopped_early:
        return Verdict.INCOMPLETE
    if tally.of(Outcome.FAILED, Outcome.CRASHED) or tally.unexamined or tally.still_missing:
        return Verdict.INCOMPLETE
    if tally.lost or tally.unreadable:
        return Verdict.INCOMPLETE
    news = tally.of(Outcome.WANTED, Outcome.ADDED, Outcome.REVISED, Outcome.REREAD, Outcome.GONE, Outcome.OUT_OF_RANGE)
    return Verdict.COMPLETE if news or tally.limit_reached else Verdict.EMPTY_EXPECTED


#: Exit codes by verdict (CONTRACT 4).
EXIT_CODES: Mapping[Verdict, int] = {
    Verdict.COMPLETE: 0,
    Verdict.EMPTY_EXPECTED: 0,
    Verdict.INCOMPLETE: 1,
    Verdict.EMPTY_SUSPECT: 1,
    Verdict.TRUNCATED: 1,
    Verdict.LAYOUT_CHANGED: 1,
    Verdict.BLOCKED: 3,
    Verdict.UNREACHABLE: 3,
    Verdict.INTERRUPTED: 130,
}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that counts for several portals: by exit code 130, 3, 1, 0, then the first."""
    return max(verdicts, key=lambda one: EXIT_CODES[one])


def evidence(tally: Tally) -> dict[str, object]:
    """Return what lets a person check the verdict, ready for JSON."""
    found: dict[str, object] = {
        "sections": [
            {name: value for name in end.__slots__ if (value := getattr(end, name)) not in ("", None, False)}
            for end in tally.sections
        ],
        "outcomes": {outcome.value: number for outcome, number in sorted(tally.outcomes.items())},
    }
    extra = {
        "failures": tally.failures[:20],  # the rest is in the table failures
        "waiting_for_retry": tally.waiting,
        "rechecked": tally.rechecks,
        "undated": tally.undated,
        "unexamined": tally.unexamined,
        "unreadable": tally.unreadable,
        "lost": tally.lost,
        "odd": tally.watched.odd[:20],
        "controls": [control.evidence() for control in tally.watched.controls[:20]],
        "fill_rates": [drift.evidence() for drift in tally.drifts()],
        "by_fallback": tally.by_fallback(),
        "stopped_early": tally.stopped_early,
        "limit_reached": tally.limit_reached,
        "still_missing": tally.still_missing,
    }
    found.update({name: value for name, value in extra.items() if value})
    return found


def report(
    tally: Tally, *, run: int, portal: str, source: str, interrupted: bool, requests: int, bytes_read: int
) -> RunReport:
    """Return what the run says of itself."""
    return RunReport(
        run=run,
        portal=portal,
        source=source,
        verdict=Verdict.INTERRUPTED if interrupted else verdict(tally),
        evidence=evidence(tally),
        listed=sum(end.listed for end in tally.sections),
        added=tally.of(Outcome.ADDED),
        revised=tally.of(Outcome.REVISED),
        unchanged=tally.of(Outcome.UNCHANGED),
        gone=tally.of(Outcome.GONE),
        failed=tally.of(Outcome.FAILED, Outcome.CRASHED),
        requests=requests,
        bytes=bytes_read,
    )
