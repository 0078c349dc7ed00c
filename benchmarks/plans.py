"""How SQLite goes about what a served archive asks of it: whole tables read, and everything sorted, is what grows.

The canned queries, the dashboards' charts, and what Datasette asks for the page of each table and view, explained by
the server itself, so with its functions and its SQLite. Told is what touches the large tables:
``scan``: all rows are read; ``index``: all entries of an index are, or, in a part with a limit of its own, the first;
``first``: rows are read in order until there are
enough, which does not count as a flag; and, of what was read whole, what is sorted or grouped in a temporary tree.
Run: python benchmarks/plans.py archive-5000.db [--plain]
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from explore_pages import Query, Site, canned, charts, served

#: Those that grow with the bulletins; the kept ones too, whose short rows cost a hundredth of a text's.
LARGE = frozenset(
    {
        *("articles", "indicators", "appearances", "documents", "revisions", "captures", "visit_counts", "listings"),
        *("article_urls", "attachments", "corrections", "mementos", "runs", "_sightings", "_checks", "_capture_bodies"),
        *("_current_figures", "_current_offices", "_current_citations", "_current_fields", "_known_bulletins"),
        "visit_hours",
    }
)
#: Rows of a table's page, and one more, by which Datasette knows that there are more.
_PAGE = 51
_SCAN = re.compile(r"^SCAN (?P<what>\S+)(?P<index> USING)?")
_NAMED = re.compile(r"\b(?:from|join)\s+\[?(?P<table>\w+)\]?(?:\s+(?:as\s+)?(?P<alias>\w+))?", re.IGNORECASE)
_COMMA = re.compile(r",\s*(?P<table>\w+)\s+(?:as\s+)?(?P<alias>\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Explained:
    """A statement and its plan."""

    query: Query
    plan: tuple[str, ...]  #: a step a line; empty: the server refuses the statement
    refused: str = ""

    def flags(self, aliases: dict[str, set[str]]) -> list[str]:
        """Return what of it grows with the archive.

        Args:
            aliases: by the short name in a plan the tables that it may stand for.
        """
        found = []
        for step in self.plan:
            scan = _SCAN.match(step)
            if scan is None:
                continue
            tables = aliases.get(scan["what"].lower(), {scan["what"].lower()}) & LARGE
            if tables:
                found.append(f"{self._kind(scan)} {'/'.join(sorted(tables))}")
        if any(one.split()[0] != "first" for one in found):
            found += [step.removeprefix("USE TEMP B-TREE ").lower() for step in self.plan if "TEMP B-TREE" in step]
        return found

    def _kind(self, scan: re.Match[str]) -> str:
        whole = any("TEMP B-TREE" in step for step in self.plan) or re.search(
            r"\b(?:count|sum|avg|min|max|total|group_concat|group\s+by)\b", self.query.sql, re.IGNORECASE
        )
        if not whole and re.search(r"\blimit\b", self.query.sql, re.IGNORECASE):
            return "first"
        return "index" if scan["index"] else "scan"


def names(sql: str) -> dict[str, set[str]]:
    """Return by alias the tables that a statement gives it to."""
    found: dict[str, set[str]] = {}
    for match in (*_NAMED.finditer(sql), *_COMMA.finditer(sql)):
        alias = (match["alias"] or match["table"]).lower()
        found.setdefault(alias, set()).add(match["table"].lower())
        found.setdefault(match["table"].lower(), set()).add(match["table"].lower())
    return found


def aliases(archive: Path, query: Query) -> dict[str, set[str]]:
    """Return by alias the tables that it may stand for in the plan of a query: by the query and by the views."""
    with closing(sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        views = connection.execute("select sql from sqlite_master where type = 'view'").fetchall()
    found = names(query.sql)
    own = frozenset(found)  # a short name in the query itself hides those of the views
    for (sql,) in views:
        for alias, tables in names(sql).items():
            if alias not in own:
                found.setdefault(alias, set()).update(tables)
    return found


def pages(site: Site) -> Iterator[Query]:
    """Yield what Datasette asks for the page of each table and view: how many rows there are, and the first ones."""
    shown = site.json(f"/{site.database}.json")
    tables = [(one["name"], one["primary_keys"]) for one in shown["tables"] if not one["hidden"]]
    for name, keys in [*tables, *((one["name"], []) for one in shown["views"])]:
        order = f" order by {', '.join(keys)}" if keys else ""
        yield Query(f"page of {name}", f"select * from [{name}]{order} limit {_PAGE}", {})
        yield Query(f"page of {name}: count", f"select count(*) from [{name}]", {})


def explained(site: Site, query: Query) -> Explained:
    """Ask the server how it would run a statement."""
    asked = {"sql": f"explain query plan {query.sql.strip().rstrip(';')}", **query.parameters, "_shape": "objects"}
    answer = site.json(f"/{site.database}.json?{urlencode(asked)}")
    if not answer or not answer.get("ok", True):
        return Explained(query, (), (answer or {}).get("error", "the server refuses to explain it"))
    return Explained(query, tuple(row["detail"] for row in answer["rows"]))


def main() -> int:
    """Print a line for each statement that grows with the archive; 1 when there is any, or one that is refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--plain", action="store_true", help="by Datasette alone, without the shipped bundle")
    parser.add_argument("--only", help="a regular expression: only statements whose name it is found in")
    parser.add_argument("--whole", action="store_true", help="print the plans, too")
    given = parser.parse_args()
    flagged = total = 0
    with served(given.archive, plain=given.plain) as site:
        for query in (*canned(site, given.archive), *charts(site), *pages(site)):
            if given.only and not re.search(given.only, query.name):
                continue
            one, total = explained(site, query), total + 1
            flags = [one.refused] if one.refused else one.flags(aliases(given.archive, query))
            flagged += any(not flag.startswith("first ") for flag in flags)
            print(f"{query.name:<48}{'; '.join(flags) or 'by indexes'}")
            if given.whole:
                print("".join(f"    {step}\n" for step in one.plan), end="")
    print(f"{flagged} of {total} flagged")
    return 1 if flagged else 0


if __name__ == "__main__":
    sys.exit(main())
