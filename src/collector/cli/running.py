"""``collector run``: one pass over the portals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
import structlog

from collector.cli.bars import bars
from collector.cli.session import Session, program_name, utc_now
from collector.cli.tables import print_json, print_table
from collector.errors import UsageError
from collector.model import Outcome, RunKind, RunReport, Step, Task, Verdict
from collector.plan import EXIT_CODES, worst
from collector.sources.opening import ArchiveAddresses
from collector.stop import Stop
from collector.sweep import Sweep

if TYPE_CHECKING:
    from rich.progress import TaskID

_log = structlog.get_logger()

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command(epilog="Example: collector run --since 2024-01-01 --until 2024-06-30 --portal soctrang-vpub")
@click.option(
    "--since", type=_DAY, metavar="DATE", help="Backfill from this local day on, by the bulletin's printed date."
)
@click.option("--until", type=_DAY, metavar="DATE", help="Backfill up to this local day, itself included.")
@click.option("--portal", "portals", multiple=True, metavar="ID", help="Only this portal; may be repeated.")
@click.option("--section", "sections", multiple=True, metavar="ID", help="Only this section; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), help="Fetch at most so many bulletins per portal.")
@click.option(
    "--source",
    default="live",
    show_default=True,
    metavar="live|wayback|commoncrawl|warc:PATH",
    help="Where pages come from: the portal, a web archive's captures of it, or a WARC file (a folder of them).",
)
@click.option("--refetch", is_flag=True, help="In a backfill, fetch known bulletins in range again.")
@click.option("--dry-run", is_flag=True, help="Walk the listings and say what would be fetched; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.pass_obj
def run(
    session: Session,
    since: datetime | None,
    until: datetime | None,
    portals: tuple[str, ...],
    sections: tuple[str, ...],
    limit: int | None,
    source: str,
    refetch: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Look at the portals once: a poll for what is new, or with dates a backfill.

    With --since or --until (YYYY-MM-DD, local, both included) everything published in that range is fetched that the
    archive does not have. The same command goes on where it was stopped.

    With --source everything is taken in that a web archive or a WARC file keeps of the portals, within those days if
    they are given: each capture at its own place in time, so that several of one bulletin become its revisions.
    """
    profiles = session.profiles(portals)
    known = {name for profile in profiles for s in profile.sections for name in (s.id, f"{profile.id}/{s.id}")}
    for section in sections:
        if section not in known:
            raise UsageError(f"no section {section!r}; there are: {', '.join(sorted(n for n in known if '/' in n))}")
    if sections:
        # A portal without any of them has no part in this run; with one it would say that nothing of it was read.
        profiles = [
            profile
            for profile in profiles
            if any({s.id, f"{profile.id}/{s.id}"} & set(sections) for s in profile.sections)
        ]
    if since and until and since > until:
        raise UsageError(f"--since {since.date()} is later than --until {until.date()}")
    if refetch and not (since or until):
        raise UsageError("--refetch belongs to a backfill: give --since or --until")
    past = source != "live"
    if past and (sections or refetch):
        raise UsageError(
            f"--{'section' if sections else 'refetch'} belongs to --source live: an index knows no sections"
        )
    task = Task(
        kind=RunKind.BACKFILL if since or until or past else RunKind.POLL,
        since=since.date() if since else None,
        until=until.date() if until else None,
        limit=limit,
        refetch=refetch,
        sections=frozenset(sections),
        recheck_days=session.settings.recheck.days,
        recheck_per_run=session.settings.recheck.per_run,
        dry_run=dry_run,
    )
    stop = Stop()
    opened = session.rehearsing() if dry_run else session.writing("run")
    with opened as archive, stop.on_signals(), _progress() as report:
        sweep = Sweep(
            archive=archive,
            http=session.http(),
            stop=stop,
            now=utc_now,
            examining=session.examining(),
            report=report,
            places=session.settings.places,
            archives=ArchiveAddresses(**session.settings.archives.model_dump()),
        )
        reports = sweep.over_the_past(profiles, task, source) if past else sweep.over(profiles, task)
    verdict = worst(report.verdict for report in reports)
    if as_json:
        print_json({"verdict": verdict.value, "runs": [_as_json(report) for report in reports]})
    else:
        summarise(reports)
    sys.exit(EXIT_CODES[verdict])


def _as_json(report: RunReport) -> dict[str, object]:
    return {name: value for name, value in asdict(report).items() if name not in {"run", "bytes"}}


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
        yield f"{wanted} bulletins would be fetched; nothing was written"
    failures = report.evidence.get("failures")
    for failure in failures[:5] if isinstance(failures, list) else []:
        yield f"not read: {failure['url']} ({failure['message']})"
    if report.evidence.get("limit_reached"):
        yield "the limit was reached; the same command goes on from here"
    if report.evidence.get("waiting_for_retry"):
        yield f"{report.evidence['waiting_for_retry']} bulletins failed before; their next try is not due yet"
    if report.evidence.get("undated"):
        yield f"{report.evidence['undated']} bulletins show no date and were kept"
    if report.evidence.get("unexamined"):
        yield (
            f"{report.evidence['unexamined']} bulletins were kept, but a fault of this program kept their figures from "
            "being read; `collector status` names them, and the next run tries again"
        )
    if report.evidence.get("lost"):
        yield (
            f"{report.evidence['lost']} bulletins are named by the index of {report.source}, and no capture of them "
            "could be had or read; `collector coverage --missing` names them"
        )
    if report.verdict is Verdict.UNREACHABLE and report.source == "live":
        yield (
            "the portal did not answer. If it stays so it may have been switched off: check the address in its "
            "profile, or whether a successor took it over. What web archives kept of it: "
            f"{program_name()} run --portal {report.portal} --source wayback"
        )
    elif report.verdict is Verdict.UNREACHABLE:
        yield f"{report.source} stopped answering: what else it keeps is not known. The same command goes on from here"
    if report.verdict is Verdict.BLOCKED:
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
    if end.get("unreadable"):
        yield f"section {end['section']}: {end['unreadable']} entries of its list lead to no page of the portal"


@contextmanager
def _progress() -> Iterator[Callable[[Step], None]]:
    """Yield what is told each step: a progress line on a terminal, a log line a page otherwise."""
    with bars() as bar:
        if bar is None:
            yield log_step
            return
        tasks: dict[str, TaskID] = {}
        items: dict[str, int] = {}

        def show(step: Step) -> None:
            if step.portal not in tasks:
                tasks[step.portal] = bar.add_task(step.portal, total=None)
            if step.what == "listing":
                items[step.portal] = items.get(step.portal, 0) + step.items
                text = f"{step.portal} listing page {step.page}"
                bar.update(tasks[step.portal], total=items[step.portal], description=text)
            elif step.what == "evidence":
                bar.update(tasks[step.portal], description=f"{step.portal} reading the figures of what is there")
            else:
                bar.advance(tasks[step.portal])
            if step.outcome == Outcome.WANTED.value:
                bar.console.print(f"would be fetched: {step.url}", markup=False, highlight=False, soft_wrap=True)
            if step.outcome in {"failed", "crashed"}:
                bar.console.print(f"not read: {step.url} ({step.detail})", markup=False, highlight=False)

        yield show


def log_step(step: Step) -> None:
    """Write one step as a log line."""
    level = _log.warning if step.outcome in {"failed", "crashed"} else _log.info
    facts: dict[str, object] = {"portal": step.portal, "url": step.url}
    if step.what == "listing":
        facts |= {"page": step.page, "items": step.items}
    if step.outcome:
        facts["outcome"] = step.outcome
    if step.detail:
        facts["detail"] = step.detail[:200]
    level(step.what, **facts)
