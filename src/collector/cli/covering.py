"""``collector coverage``: what is known to exist, what of it is in the archive, and what is missing."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import click

from collector import plan
from collector.archive import Archive
from collector.cli.session import Session, program_name
from collector.cli.tables import print_json, print_table
from collector.errors import UsageError
from collector.plan import STANDINGS, Month, SectionCoverage

_LEGEND = """\
█    all of the month's bulletins are here
0-9  some are missing: so many tenths are here
░▒▓  none is missing, but some are gone, or out of the range that was asked for
·    none is known of"""
_NOTHING, _WHOLE, _SHADES = "·", "█", "░▒▓"


@click.command(epilog="Example: collector coverage --portal soctrang-vpub --missing")
@click.option("--portal", "portals", multiple=True, metavar="ID", help="Only this portal; may be repeated.")
@click.option("--section", "sections", multiple=True, metavar="ID", help="Only this section; may be repeated.")
@click.option("--missing", "with_missing", is_flag=True, help="Name each missing bulletin, why, and who may have it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def coverage(
    session: Session, portals: tuple[str, ...], sections: tuple[str, ...], with_missing: bool, as_json: bool
) -> None:
    """Show what is missing: per section and month listed, archived, missing, failed, gone; unread pages of listings.

    A month is that of the printed date; of a bulletin without one, that of its neighbours in the listing, or at the
    latest that of the first capture that a web archive keeps of it: such are counted as estimated.
    """
    with session.reading() as archive:
        known = archive.coverage.portals()
        for name in portals:
            if name not in known:
                raise UsageError(f"the archive knows no portal {name!r}; there are: {', '.join(known) or 'none'}")
        found = [_portal(archive, name, with_missing=with_missing) for name in portals or known]
    if sections:
        found = _only(found, sections)
    if as_json:
        print_json({"portals": [_as_json(one) for one in found]})
        return
    for one in found:
        _print(one, with_missing=with_missing)
    if any(one["ledger"] for one in found):
        click.echo(_LEGEND)
    if not found:
        click.echo(f"nothing is known of any portal yet: {program_name()} run", err=True)
    elif any(one["totals"]["missing"] or one["totals"]["failed"] or _has_unread(one["ledger"]) for one in found):
        click.echo(f"what is missing is fetched by: {program_name()} run --gaps", err=True)


def _has_unread(ledger: Iterable[SectionCoverage]) -> bool:
    return any(section.pages for section in ledger)


def _portal(archive: Archive, portal: str, *, with_missing: bool) -> dict[str, Any]:
    bulletins = archive.coverage.bulletins(portal=portal)
    sections = archive.coverage.sections(portal=portal)
    return {
        "portal": portal,
        "totals": plan.totals(bulletins),
        "ids": plan.ids(one.source_id for one in bulletins),
        "ledger": plan.coverage(bulletins, sections),
        "missing": plan.missing(bulletins, sections) if with_missing else None,
    }


def _only(found: Sequence[dict[str, Any]], asked: Sequence[str]) -> list[dict[str, Any]]:
    """Leave the sections that were asked for.

    Raises:
        UsageError: there is none of that name.
    """
    names = {section.section for one in found for section in one["ledger"]}
    wanted = {name for name in names if {name, name.partition("/")[2]} & set(asked)}
    for name in asked:
        if not any(name in {full, full.partition("/")[2]} for full in wanted):
            raise UsageError(f"no section {name!r}; there are: {', '.join(sorted(names)) or 'none'}")
    left = []
    for one in found:
        ledger = tuple(section for section in one["ledger"] if section.section in wanted)
        missing = None if one["missing"] is None else tuple(m for m in one["missing"] if m.section in wanted)
        left += [{**one, "ledger": ledger, "missing": missing}] * bool(ledger)
    return left


# --- JSON ------------------------------------------------------------------------------------------------------------


def _as_json(one: dict[str, Any]) -> dict[str, Any]:
    ids = one["ids"]
    row: dict[str, Any] = {"portal": one["portal"], **one["totals"]}
    row["ids"] = {
        "seen": ids.seen,
        "span": ids.span,
        "density": round(ids.density, 3),
        "dense_from": plan.DENSE,
        "perhaps_missing": ids.unseen,
    }
    row["sections"] = [_section_json(section) for section in one["ledger"]]
    if one["missing"] is not None:
        row["missing"] = [asdict(missing) for missing in one["missing"]]
    return row


def _section_json(section: SectionCoverage) -> dict[str, Any]:
    pages: dict[str, Any] | None = None
    if section.unread is not None and section.pages is not None:
        pages = {"promised": section.unread.last_page, "read": _pages_read(section), "never_read": section.pages}
    return {
        "section": section.section,
        "pages": pages,
        "reached_end": section.reached_end,
        "caught_up": section.caught_up,
        "first_day": section.first_day,
        "last_day": section.last_day,
        "months": [
            {"month": month.month, **dict(zip(_COLUMNS, _counts(month), strict=True)), "estimated": month.estimated}
            for month in section.months
        ],
        "empty": section.empty,
    }


_COLUMNS = ("listed", *STANDINGS)


def _counts(month: Month) -> list[int]:
    return [month.listed, *(month.counts.get(name, 0) for name in STANDINGS)]


def _pages_read(section: SectionCoverage) -> int | None:
    """Return how many pages were read of those that the pager promises; None: nobody knows."""
    if section.unread is None or section.pages is None:
        return None
    last = section.unread.last_page
    if last is None:
        return None if not section.pages else section.pages[0][0] - 1
    return last - sum(min(end or last, last) - first + 1 for first, end in section.pages if first <= last)


# --- for a person ----------------------------------------------------------------------------------------------------


def _print(one: dict[str, Any], *, with_missing: bool) -> None:
    totals, ids = one["totals"], one["ids"]
    counts = ", ".join(f"{totals[name]} {name.replace('_', ' ')}" for name in _COLUMNS)
    click.echo(f"{one['portal']}: {counts}")
    if ids.span:
        told = f"{ids.unseen} between them were never seen: perhaps missing, perhaps another site's"
        if ids.density < plan.DENSE:
            told = "gaps between them tell nothing"
        elif not ids.unseen:
            told = "none between them is unseen"
        _print_fact(
            "ids:", f"{ids.seen} seen of a span of {ids.span}, {ids.density:.2f} (dense from {plan.DENSE}): {told}"
        )
    years = [int(m.month[:4]) for section in one["ledger"] for m in section.months if m.month is not None]
    for section in one["ledger"]:
        _print_section(section, range(min(years), max(years) + 1) if years else range(0))
    if with_missing:
        click.echo()
        rows = [
            [m.section, m.month, m.source_id, m.url, m.title, m.why, ", ".join(m.sources) or "nobody has it"]
            for m in one["missing"]
        ]
        names = ["section", "month", "id", "address", "title", "why", "from"]
        if rows:
            print_table("missing", names, rows)
        else:
            click.echo("no bulletin is missing of those that are known of")
    click.echo()


def _print_section(section: SectionCoverage, years: Iterable[int]) -> None:
    click.echo(f"\n{section.section}")
    _print_fact("pages ", _pages_told(section))
    if section.first_day is not None:
        _print_fact("days  ", f"{section.first_day} to {section.last_day}")
    if section.empty:
        _print_fact("empty ", f"{', '.join(_months(*span) for span in section.empty)}: nothing is known of")
    color = False if os.environ.get("NO_COLOR") else None  # None: where a terminal looks
    by_month = {month.month: month for month in section.months}
    for year in years:
        cells = "".join(_cell(by_month.get(f"{year}-{number:02}")) for number in range(1, 13))
        click.echo(f"  {year}   {cells}", color=color)
    rows = [
        [month.month or "unknown", *_counts(month), f"{month.estimated} estimated" if month.estimated else ""]
        for month in section.months
    ]
    if rows:
        print_table(
            "", ["  month", *(name.replace("_", " ") for name in _COLUMNS), ""], [[f"  {r[0]}", *r[1:]] for r in rows]
        )


def _print_fact(name: str, text: str) -> None:
    """Print a named line, on a terminal broken between words and set in below itself."""
    line = f"  {name} {text}"
    if sys.stdout.isatty():
        line = textwrap.fill(
            line,
            shutil.get_terminal_size().columns,
            subsequent_indent=" " * (len(name) + 3),
            break_long_words=False,
            break_on_hyphens=False,
        )
    click.echo(line)


def _pages_told(section: SectionCoverage) -> str:
    if section.reached_end is None:
        return "no listing of the portal shows these"
    end = "to the pager's end" if section.reached_end else "no walk came to the pager's end with nothing left out"
    if not section.caught_up:
        end += "; the last walk that found something new broke off"
    if section.unread is None or section.pages is None:
        return f"unknown: no walk has noted which pages it read; {end}"
    last, read = section.unread.last_page, _pages_read(section)
    promised = f"of {last}" if last is not None else "of an unknown number"
    if not section.pages:
        return f"{read} {promised} read, {end}"
    never = ", ".join(_range(first, until) for first, until in section.pages)
    return f"{read} {promised} read; never read: {never}; {end}"


def _months(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _range(first: int, last: int | None) -> str:
    if last is None:
        return f"{first} and what follows"
    return str(first) if first == last else f"{first}-{last}"


def _cell(month: Month | None) -> str:
    """Return a month's one character: see the legend."""
    if month is None or not month.listed:
        return click.style(_NOTHING, dim=True)
    archived = month.counts.get("archived", 0)
    if month.counts.get("missing") or month.counts.get("failed"):
        return click.style(str(10 * archived // month.listed), fg="red", bold=True)
    if archived == month.listed:
        return click.style(_WHOLE, fg="green")
    return click.style(_SHADES[len(_SHADES) * archived // month.listed], fg="yellow")
