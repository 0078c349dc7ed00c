"""``collector reparse``: the stored captures read again, reviewed before it is applied."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click
import structlog

from collector.cli.bars import bars
from collector.cli.days import local_day
from collector.cli.session import Session, program_name, utc_now
from collector.cli.tables import print_json, print_table
from collector.errors import UsageError
from collector.model import Verdict
from collector.plan import EXIT_CODES, worst
from collector.reparse import Reparsed, Scope, reparse, unconfigured
from collector.stop import Stop

if TYPE_CHECKING:
    from rich.progress import TaskID

_log = structlog.get_logger()

_EXAMPLES = 3
#: A log line each time that so large a share of the work is done.
_SHARE = 0.05
_CHANGES = ("gained", "lost", "changed", "value", "unit", "direction", "period", "qualifier", "place", "ambiguous")


@click.command("reparse", epilog="Example: collector reparse --dry-run && collector reparse")
@click.option("--dry-run", is_flag=True, help="Show what would be read otherwise, with examples; write nothing.")
@click.option("--portal", "portals", multiple=True, metavar="ID", help="Only this portal; may be repeated.")
@click.option("--since", type=local_day, metavar="DATE", help="Only bulletins published on this local day or later.")
@click.option("--until", type=local_day, metavar="DATE", help="Only bulletins published up to this local day.")
@click.option("--limit", type=click.IntRange(min=1), help="Read at most so many bulletins per portal.")
@click.option("--again", is_flag=True, help="Read also what today's reading has seen already.")
@click.option(
    "--processes", type=click.IntRange(min=1), metavar="N", help="Processes that read. Default: one for each processor."
)
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    metavar="K",
    help=f"Show so many examples of each difference. Default: {_EXAMPLES} of a dry run, else none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.pass_obj
def reparse_command(
    session: Session,
    dry_run: bool,
    portals: tuple[str, ...],
    since: date | None,
    until: date | None,
    limit: int | None,
    again: bool,
    processes: int | None,
    examples: int | None,
    as_json: bool,
) -> None:
    """Read the stored pages again, without network, by today's selectors, parser and vocabulary.

    What is read otherwise becomes a technical revision beside the editor's, figures are written anew, and pages that
    could not be read then are taken in. Only what today's reading has not seen is read; the same command goes on where
    it was stopped. Exit code 1 when a page cannot be read any more (nothing of it is changed), or still cannot, or
    when there are pages of a portal that is not configured and no --portal names others.
    """
    if since and until and since > until:
        raise UsageError(f"--since {since} is later than --until {until}")
    profiles = session.profiles(portals)
    scope = Scope(
        since=since,
        until=until,
        limit=limit,
        again=again,
        dry_run=dry_run,
        processes=processes or _processors(),
        examples=(_EXAMPLES if dry_run else 0) if examples is None else examples,
    )
    stop = Stop()
    opened = session.reading() if dry_run else session.writing("reparse", existing=True)
    with opened as archive, stop.on_signals(), _progress() as progress:
        left = {} if portals else unconfigured(archive, profiles)
        done = reparse(
            profiles,
            scope,
            configured=session.profiles([]),
            archive=archive,
            examining=session.examining(),
            now=utc_now,
            checkpoint=stop.checkpoint,
            progress=progress,
        )
    # Whoever names no portal asks for all pages.
    verdict = worst([*(one.report.verdict for one in done), *([Verdict.INCOMPLETE] if left else [])])
    if as_json:
        runs = [_as_json(one) for one in done]
        print_json({"verdict": verdict.value, "dry_run": dry_run, "runs": runs, "unconfigured": left})
    else:
        for one in done:
            _print(one, dry_run=dry_run, again=again)
        for name, number in left.items():
            click.echo(
                f"{name}: {number} pages are left as they are: the portal is not configured; --portal names those "
                "to be read without it",
                err=True,
            )
    sys.exit(EXIT_CODES[verdict])


def _processors() -> int:
    """Return how many processors this process may use: a container's share is fewer than there are."""
    with suppress(AttributeError):  # Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _as_json(one: Reparsed) -> dict[str, Any]:
    told = {name: value for name, value in asdict(one.report).items() if name not in {"run", "bytes"}}
    return {**told, "examples": list(one.examples)}


def _print(one: Reparsed, *, dry_run: bool, again: bool) -> None:
    report, told = one.report, one.report.evidence
    click.echo(
        f"{report.portal}: {report.verdict.value}; {told['bulletins']} bulletins, {told['pages']} pages read, "
        f"{told['examined']} texts examined"
    )
    for line in _outcomes(told, "would be " if dry_run else ""):
        click.echo(f"  {line}")
    _print_counts(told)
    for kind, examples in _by_kind(one.examples):
        click.echo(f"\n{kind}")
        for example in examples:
            click.echo(f"  {example['title']}\n  {example['url']}")
            for sign, side in (("-", "before"), ("+", "after")):
                if example[side] is not None:
                    click.echo(f"    {sign} {example[side]}")
    _explain(report.portal, told, dry_run=dry_run, again=again)


def _outcomes(told: Mapping[str, Any], would: str) -> Iterator[str]:
    lines = {
        "unchanged": "states are read as they stand there",
        "technical": f"technical revisions {would}written: the page is read otherwise",
        "evidence": f"texts stand as they are, and their evidence {would}written anew",
        "added": f"bulletins {would}added whose page could not be read before",
        "revised": f"states of known bulletins {would}added whose page could not be read before",
        "seen": "pages that could not be read before show a state that is known",
        "out_of_range": "pages that could not be read before are of another day than asked for",
        "visits": f"observations of the visit counter {would}added",
        "listings": f"captured listings {would}taken in that could not be read before",
    }
    for name, line in lines.items():
        if told[name]:
            yield f"{told[name]} {line}"


def _print_counts(told: Mapping[str, Any]) -> None:
    if told["fields"]:
        click.echo()
        print_table("", ["field", "read otherwise"], list(told["fields"].items()))
    for title, table in (("measure", told["measures"]), ("finding", told["findings"])):
        if table:
            changes = [one for one in _CHANGES if any(one in counts for counts in table.values())]
            click.echo()
            print_table(
                "", [title, *changes], [[name, *(counts.get(one) for one in changes)] for name, counts in table.items()]
            )


def _by_kind(examples: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in examples:
        change = "" if one["change"] == "changed" else f", {one['change']}"
        groups.setdefault(f"{one['name']}{change}", []).append(one)
    yield from groups.items()


def _explain(portal: str, told: Mapping[str, Any], *, dry_run: bool, again: bool) -> None:
    causes = {
        "lost": "can be read no more, and stays as it was read",
        "unread": "still cannot be read",
        "unexamined": "could not be examined",
    }
    for name, why in causes.items():
        for line in told[name].get("first", [])[:5]:
            click.echo(f"{portal}: {why}: {line}", err=True)
        if (rest := told[name]["number"] - 5) > 0:
            click.echo(f"{portal}: {why}: {rest} more", err=True)
    if told.get("limit_reached"):
        rest = "the rest was not looked at" if dry_run or again else "the same command goes on from here"
        click.echo(f"{portal}: the limit was reached; {rest}", err=True)
    if dry_run and (told["technical"] or told["evidence"] or told["added"]):
        click.echo(f"{portal}: nothing was written; to apply it: {program_name()} reparse", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what is told how far a portal is: a bar on a terminal, else a log line for each twentieth."""
    with bars() as shown:
        tasks: dict[str, TaskID] = {}
        logged: dict[str, int] = {}

        def draw(portal: str, done: int, whole: int) -> None:
            assert shown is not None
            if portal not in tasks:
                tasks[portal] = shown.add_task(f"{portal} reading again", total=whole)
            shown.update(tasks[portal], completed=done)

        def log(portal: str, done: int, whole: int) -> None:
            if whole and (done == whole or done >= logged.get(portal, 0) + _SHARE * whole):
                logged[portal] = done
                _log.info("reparse", portal=portal, done=done, of=whole)

        yield log if shown is None else draw
