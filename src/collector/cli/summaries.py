"""What a run says of itself at its end: a table, what each verdict rests on, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from collector.cli.session import program_name
from collector.cli.tables import print_table
from collector.model import Outcome, RunReport, Verdict

#: What a number in a run's evidence means, as a sentence.
_COUNTED = {
    "limit_reached": "the limit was reached; the same command goes on from here",
    "waiting_for_retry": "{count} bulletins failed before; their next try is not due yet",
    "still_missing": "{count} bulletins are still missing; `{collector} coverage --portal {portal} --missing` names "
    "them",
    "undated": "{count} bulletins show no date and were kept",
    "unexamined": "{count} bulletins were kept, but a fault of this program kept their figures from being read; "
    "`{collector} status` names them, and the next run tries again",
    "unreadable": "{count} lines or records of {source} could not be read; what they stand for may be missing",
    "lost": "{count} bulletins are named by the index of {source}, and no capture of them could be had or read; "
    "`{collector} coverage --portal {portal} --missing` names them",
}


def summarise(reports: Sequence[RunReport]) -> None:
    """Print the summary table, what each verdict rests on, and what to do next."""
    counts = ("listed", "added", "revised", "unchanged", "gone", "failed", "requests")
    print_table(
        "",
        ["portal", "verdict", *counts],
        [[report.portal, report.verdict.value, *(getattr(report, name) for name in counts)] for report in reports],
    )
    for report in reports:
        for line in _explained(report):
            click.echo(f"{report.portal}: {line}", err=True)


def _explained(report: RunReport) -> Iterator[str]:
    sections = report.evidence.get("sections")
    for end in sections if isinstance(sections, list) else []:
        yield from _explained_section(end)
    outcomes = report.evidence.get("outcomes")
    if wanted := outcomes.get(Outcome.WANTED.value) if isinstance(outcomes, dict) else None:
        what = "bulletins" if report.source == "live" else "captures"
        yield f"{wanted} {what} would be fetched; nothing was written"
    failures = report.evidence.get("failures")
    for failure in failures[:5] if isinstance(failures, list) else []:
        yield f"not read: {failure['url']} ({failure['message']})"
    for name, told in _COUNTED.items():
        if count := report.evidence.get(name):
            yield told.format(count=count, source=report.source, portal=report.portal, collector=program_name())
    if report.verdict is Verdict.INTERRUPTED:
        yield "stopped by a signal; the same command goes on from here"
    if report.verdict is Verdict.UNREACHABLE and report.source == "live":
        yield (
            "the portal did not answer. If it stays so it may have been switched off: check the address in its "
            "profile, or whether a successor took it over. What web archives kept of it: "
            f"{program_name()} run --portal {report.portal} --source wayback"
        )
    elif report.verdict is Verdict.UNREACHABLE:
        yield f"{report.source} stopped answering: what else it keeps is not known. The same command goes on from here"
    if report.verdict is Verdict.BLOCKED and report.source != "live":
        yield f"{report.source} gives what it keeps of this portal to nobody; another --source may"
    elif report.verdict is Verdict.BLOCKED:
        yield "the portal answered with a page that is no content; nothing of it was recorded. Try later, more slowly"


def _explained_section(end: Mapping[str, Any]) -> Iterator[str]:
    if end.get("stopped") == "failed":
        yield f"section {end['section']}: {end.get('message', '')}"
    elif end.get("stopped") == "first_page" and end.get("more"):
        yield (
            f"section {end['section']} was never seen before: only its first page was read; the rest: "
            f"{program_name()} run --section {end['section']} --since 2000-01-01"
        )
    elif end.get("stopped") in {"short", "loop"}:
        shown = end.get("last_page")
        yield f"section {end['section']}: the pager shows {shown} pages and ended after {end['pages']}"
    if end.get("unread"):
        pages, most = ", ".join(map(str, end["unread"])), end.get("last_page") or "an unknown number"
        yield f"section {end['section']}: of {most} pages these could not be read: {pages}"
    if end.get("unreadable"):
        yield f"section {end['section']}: {end['unreadable']} entries of its list lead to no page of the portal"
