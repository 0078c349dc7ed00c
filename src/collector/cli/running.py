"""``collector run``: one pass over the portals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click
import structlog

from collector.cli.bars import bars
from collector.cli.days import local_day
from collector.cli.session import Session, utc_now
from collector.cli.summaries import summarise
from collector.cli.tables import print_json
from collector.errors import UsageError
from collector.model import Outcome, RunKind, RunReport, Step, Task, Verdict
from collector.plan import EXIT_CODES, worst
from collector.sources.opening import ArchiveAddresses
from collector.stop import Stop
from collector.sweep import Sweep

if TYPE_CHECKING:
    from rich.progress import TaskID

_log = structlog.get_logger()


@click.command(epilog="Example: collector run --since 2024-01-01 --until 2024-06-30 --portal soctrang-vpub")
@click.option(
    "--since", type=local_day, metavar="DATE", help="Backfill from this local day on, by the bulletin's printed date."
)
@click.option("--until", type=local_day, metavar="DATE", help="Backfill up to this local day, itself included.")
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
@click.option("--gaps", is_flag=True, help="Fetch what the ledger says is missing, whatever its day; nothing else.")
@click.option("--refetch", is_flag=True, help="In a backfill, fetch known bulletins in range again.")
@click.option("--dry-run", is_flag=True, help="Walk the listings and say what would be fetched; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.pass_obj
def run(
    session: Session,
    *,
    since: date | None,
    until: date | None,
    portals: tuple[str, ...],
    sections: tuple[str, ...],
    limit: int | None,
    source: str,
    gaps: bool,
    refetch: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Look at the portals once: a poll for what is new, or with dates a backfill.

    With --since or --until (YYYY-MM-DD, local, both included) everything published in that range is fetched that the
    archive does not have. The same command goes on where it was stopped. With --gaps only those listings are walked
    of which pages were never read, and only those bulletins fetched that `collector coverage` names as missing; what
    the portal no longer has is taken from the web archives whose indexes name it.

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
        raise UsageError(f"--since {since} is later than --until {until}")
    if gaps and (since or until or refetch or source != "live"):
        raise UsageError("--gaps fetches whatever is missing: leave out --since, --until, --refetch and --source")
    if refetch and not (since or until):
        raise UsageError("--refetch belongs to a backfill: give --since or --until")
    past = source != "live"
    if past and (sections or refetch):
        raise UsageError(
            f"--{'section' if sections else 'refetch'} belongs to --source live: an index knows no sections"
        )
    task = Task(
        kind=RunKind.GAPS if gaps else RunKind.BACKFILL if since or until or past else RunKind.POLL,
        since=since,
        until=until,
        limit=limit,
        refetch=refetch,
        sections=frozenset(sections),
        recheck_days=session.settings.recheck.days,
        recheck_per_run=session.settings.recheck.per_run,
        dry_run=dry_run,
    )
    closed = False
    stop = Stop()
    opened = session.rehearsing() if dry_run else session.writing("run")
    with opened as archive, stop.on_signals(overdue=130), _progress() as report:
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
        if gaps and not dry_run:
            reports += sweep.over_what_is_missing(profiles, task)
            closed = sweep.nothing_is_missing(profiles, task)
    verdict = worst(report.verdict for report in reports)
    if closed and verdict in {Verdict.INCOMPLETE, Verdict.UNREACHABLE}:
        verdict = Verdict.COMPLETE  # a portal's own run could not know that a web archive would close its gaps
    if as_json:
        print_json({"verdict": verdict.value, "runs": [_as_json(report) for report in reports]})
    else:
        summarise(reports)
    sys.exit(EXIT_CODES[verdict])


def _as_json(report: RunReport) -> dict[str, object]:
    return {name: value for name, value in asdict(report).items() if name not in {"run", "bytes"}}


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
