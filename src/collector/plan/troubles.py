"""What a run shows of its portal's troubles.

A run shows troubles, and it proves others absent; about the rest it says nothing. Per cause of a portal, with
``answered``: a page of the portal came back in this run; ``listed``: every section's listing was read, or has not
changed since it was; ``read``: the text of a bulletin was read:

================= =============================================== ================================================
cause             seen when                                       proven absent when
================= =============================================== ================================================
unreachable       verdict ``unreachable``                         answered
no_such_host      the same, each section because of NXDOMAIN      answered
resolver          the same, each because no name server answered  answered
blocked           verdict ``blocked``, not for the visit-time     content was read, no section was blocked
layout_changed    verdict ``layout_changed``                      listed, read, any other verdict
 of a section     its listing is built otherwise                  its listing was read
empty_listing     verdict ``empty_suspect``                       listed
truncated         verdict ``truncated``                           listed, no pager stopped short
incomplete        verdict ``incomplete``, not only by crashes     ``complete`` or ``empty_expected``
crashed           a bug of ours stopped a page or a section       the same; or listed, nothing crashed, nothing waits
================= =============================================== ================================================

``complete`` and ``empty_expected`` prove all of them absent but the portal's ``layout_changed``, for which a text must
have been read: a changed page of bulletins shows itself only when there is a bulletin, and most polls bring none. A
changed listing shows itself each time, and is the trouble of the first such section alone. An interrupted run proves
nothing, and neither does one over what a web archive keeps. That nobody answers says nothing of anything
else, not even whether the name is known (no server, then no name, then no name server are stages of one outage): so two
causes that take turns open one incident each, and both end together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collector.incident import Trouble
from collector.model import Outcome, RunReport, Verdict
from collector.plan.verdicts import BLOCKING
from collector.plan.walks import WHOLE_WALK

#: Every cause, and what it means in a few words. docs/OPERATE.md has a heading for each.
CAUSES: Mapping[str, str] = {
    "unreachable": "the portal does not answer",
    "no_such_host": "the portal's host name does not exist any more",
    "resolver": "no name server answers us",
    "blocked": "the portal answers with a refusal, a login or a maintenance page",
    "layout_changed": "the portal's pages are built differently",
    "empty_listing": "a listing that had bulletins shows none",
    "truncated": "a listing ends before its known end",
    "incomplete": "some listed bulletins cannot be read",
    "crashed": "a bug of the collector keeps pages from being read",
    "quiet": "nothing was published for unusually long",
    "archive": "the archive cannot be written",
    "clock": "the machine's clock cannot be trusted",
    "configuration": "the new configuration was refused",
}
_LONGEST_DETAIL = 300

#: Whose trouble, and which: portal, section, cause.
Key = tuple[str | None, str | None, str]


def key_of(trouble: Trouble) -> Key:
    """Return what tells one trouble from another; the detail may change."""
    return trouble.portal, trouble.section, trouble.cause


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run says of its portal's troubles."""

    seen: tuple[Trouble, ...] = ()
    absent: frozenset[Key] = frozenset()  #: those that it proves absent


def finding(report: RunReport) -> Finding:
    """Return which troubles a poll over all sections of a portal shows, and which it proves absent."""
    if report.source != "live" or report.verdict is Verdict.INTERRUPTED:
        return Finding()
    facts = _facts(report)
    seen = [Trouble(cause, _detail(report, cause), report.portal, section) for cause, section in _seen(report, facts)]
    absent: set[Key] = {(report.portal, None, cause) for cause in _absent(report, facts)}
    absent |= {(report.portal, section, "layout_changed") for section in facts.well}
    return Finding(tuple(seen), frozenset(absent - {key_of(trouble) for trouble in seen}))


@dataclass(frozen=True, slots=True)
class _Facts:
    failed: tuple[Mapping[str, object], ...]  # sections whose walk failed
    well: frozenset[str]  # ids of sections whose listing was read, or has not changed
    listed: bool
    read: bool
    short: bool  # a pager stopped short
    crashed: bool
    only_crashed: bool  # everything that failed did so by a crash


def _facts(report: RunReport) -> _Facts:
    sections = _dicts(report.evidence.get("sections"))
    outcomes = report.evidence.get("outcomes")
    numbers = outcomes if isinstance(outcomes, dict) else {}
    failed = tuple(end for end in sections if end.get("stopped") == "failed")
    crashed = Outcome.CRASHED.value
    crashes = bool(numbers.get(crashed) or report.evidence.get("unexamined")) or any(
        end.get("reason") == crashed for end in failed
    )
    others = (
        numbers.get(Outcome.FAILED.value)
        or any(report.evidence.get(name) for name in ("waiting_for_retry", "stopped_early", "still_missing"))
        or any(end.get("reason") != crashed for end in failed)
    )
    texts = (Outcome.ADDED, Outcome.REVISED, Outcome.REREAD, Outcome.UNCHANGED, Outcome.OUT_OF_RANGE)
    return _Facts(
        failed=failed,
        well=frozenset(
            str(end.get("section")) for end in sections if end.get("pages") or end.get("stopped") in WHOLE_WALK
        ),
        listed=bool(sections)
        and not any(report.evidence.get(name) for name in ("stopped_early", "limit_reached"))
        and all(end.get("stopped") in WHOLE_WALK | {"short", "loop"} for end in sections),
        read=any(numbers.get(outcome.value) for outcome in texts),
        short=any(end.get("stopped") in {"short", "loop"} for end in sections),
        crashed=crashes,
        only_crashed=crashes and not others,
    )


#: Robots.txt may be a copy of yesterday's: that it forbids an address says nothing of who answers today.
_UNASKED = frozenset({"robots", "visit-time"})
_ANSWERING = frozenset({Verdict.BLOCKED.value, Verdict.LAYOUT_CHANGED.value, Verdict.EMPTY_SUSPECT.value})
_SILENCES = {"name": "no_such_host", "resolver": "resolver"}


def _seen(report: RunReport, facts: _Facts) -> list[tuple[str, str | None]]:
    """Return causes, each with the section that alone has it."""
    seen: list[tuple[str, str | None]] = [("crashed", None)] if facts.crashed else []
    told = [end for end in facts.failed if end.get("cause") == report.verdict.value]
    reasons = {str(end.get("reason")) for end in told}
    match report.verdict:
        case Verdict.UNREACHABLE:
            # A section may stand on another host; only where all have lost their name has the portal.
            cause = _SILENCES.get(next(iter(reasons)), "unreachable") if len(reasons) == 1 else "unreachable"
            seen.append((cause, None))
        case Verdict.BLOCKED if reasons != {"visit-time"}:  # it asks for visits at other hours, and gets them then
            seen.append(("blocked", None))
        case Verdict.EMPTY_SUSPECT:
            seen.append(("empty_listing", None))
        case Verdict.TRUNCATED:
            seen.append(("truncated", None))
        case Verdict.LAYOUT_CHANGED:
            if told:
                seen.append(("layout_changed", str(told[0].get("section"))))
            if not told or report.evidence.get("fill_rates"):
                seen.append(("layout_changed", None))
        case Verdict.INCOMPLETE if not facts.only_crashed:
            seen.append(("incomplete", None))
    return seen


def _absent(report: RunReport, facts: _Facts) -> set[str]:
    success = report.verdict in {Verdict.COMPLETE, Verdict.EMPTY_EXPECTED}
    # A login in place of a later page makes the run truncated, and is a refusal all the same.
    refused = any(end.get("cause") == Verdict.BLOCKED.value or end.get("reason") in BLOCKING for end in facts.failed)
    answered = bool(facts.well) or any(
        end.get("cause") in _ANSWERING and end.get("reason") not in _UNASKED for end in facts.failed
    )
    waiting = bool(report.evidence.get("waiting_for_retry"))
    proofs = {
        "unreachable": success or answered,
        "no_such_host": success or answered,
        "resolver": success or answered,
        "blocked": success or (bool(facts.well) and not refused and report.verdict is not Verdict.BLOCKED),
        "layout_changed": facts.listed and facts.read and report.verdict is not Verdict.LAYOUT_CHANGED,
        "empty_listing": success or facts.listed,
        "truncated": success or (facts.listed and not facts.short),
        "incomplete": success,
        "crashed": success or (facts.listed and not facts.crashed and not waiting),
    }
    return {cause for cause, proven in proofs.items() if proven}


def _detail(report: RunReport, cause: str) -> str:
    sections, failures = (_dicts(report.evidence.get(name)) for name in ("sections", "failures"))
    told = [f"{end.get('section')}: {end['message']}" for end in sections if end.get("message")]
    if cause == "layout_changed" and (rates := _dicts(report.evidence.get("fill_rates"))):
        told.append("filled otherwise than before: " + ", ".join(str(rate.get("field")) for rate in rates))
    told += [
        f"{end.get('section')}: ended at page {end.get('pages', 0)} of {end.get('last_page', 'unknown')}"
        for end in sections
        if end.get("stopped") in {"short", "loop"}
    ]
    if not told or cause in {"incomplete", "crashed"}:
        told += [f"{failure.get('url')}: {failure.get('message')}" for failure in failures]
    if waiting := report.evidence.get("waiting_for_retry"):
        told.append(f"{waiting} not read so far, to be tried again later")
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    first = " ".join((told or [f"run {report.run}: {report.verdict.value}"])[0].split())
    return first[: _LONGEST_DETAIL - len(more)] + more


def _dicts(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list | tuple) else []
