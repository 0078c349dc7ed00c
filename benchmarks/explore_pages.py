"""A served archive as a browser meets it: the server started, its pages found, one connection that stays open.

Nothing is listed here that the server can be asked for: a table, a view, a query or a dashboard that is new is measured
without a change.
"""

from __future__ import annotations

import html
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, unquote, urlencode

#: What a parameter of a canned query is filled with, by its name: what the archive has most of, which costs most.
_PARAMETERS = {
    "q": "select 'lao động'",
    "search": "select 'lao động'",
    "measure": "select measure from indicators where measure is not null group by 1 order by count(*) desc limit 1",
    "field": "select field from measures join indicators on measure = measures.id group by 1 order by count(*) desc",
    "person": "select person from appearances group by 1 order by count(*) desc limit 1",
    "name": "select person from appearances group by 1 order by count(*) desc limit 1",
    "number": "select number from documents group by 1 order by count(*) desc limit 1",
    "document": "select number from documents group by 1 order by count(*) desc limit 1",
    "place": "select place from articles where place is not null group by 1 order by count(*) desc limit 1",
    "province": "select pl.name from articles a join portals p on p.id = a.portal join places pl on pl.id = p.place "
    "group by 1 order by count(*) desc limit 1",
    "portal": "select portal from articles group by 1 order by count(*) desc limit 1",
    "section": "select section from articles group by 1 order by count(*) desc limit 1",
    "installation": "select installation from articles order by id limit 1",
    "source_id": "select source_id from articles order by id limit 1",
    "article": "select id from articles order by revision_count desc limit 1",
    "revision": "select max(revision) from corrections",
    "year": "select substr(published_on, 1, 4) from articles group by 1 order by count(*) desc limit 1",
    "month": "select substr(published_on, 1, 7) from articles group by 1 order by count(*) desc limit 1",
    "day": "select substr(max(observed_at), 1, 10) from visit_counts",
    "direction": "select 'level'",
    "topic": "select 'labour'",
}
_READY = 60  #: seconds that a server may take to answer
_FEED = re.compile(r"<link[^>]+application/atom\+xml[^>]*>")
_LINK = re.compile(r'<a [^>]*?href="(/[^"]*)"')
_HREF = re.compile(r'href="([^"]+)"')
_DASHBOARD = re.compile(r'href="(/-/dashboards/[^"/?#]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    seconds: float  #: from asking to the last byte


class Site:
    """One server, and one connection to it that stays open."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self.process = process
        self.database = ""

    def get(self, path: str) -> Answer:
        """Ask for a page; redirects are not followed."""
        try:
            return self._asked(path)
        except RemoteDisconnected:
            # It stayed open for five seconds without being used: the server has closed it.
            self.close()
            return self._asked(path)

    def _asked(self, path: str) -> Answer:
        began = time.perf_counter()
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        body = response.read()
        return Answer(response.status, body, time.perf_counter() - began)

    def json(self, path: str) -> Any:
        """Ask for something in JSON; None: it is not there."""
        answer = self.get(path)
        return json.loads(answer.body) if answer.status == 200 else None  # noqa: PLR2004

    def memory(self) -> tuple[int, int]:
        """Return what the server and its children have in memory now and had at most, in MB."""
        now = most = 0
        for pid in _tree(self.process.pid):
            with suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
                kilobytes = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status, re.MULTILINE))
                now += int(kilobytes.get("VmRSS", 0)) // 1024
                most += int(kilobytes.get("VmHWM", 0)) // 1024
        return now, most

    def processor(self) -> float:
        """Return the seconds of the processor that the server and its children have used."""
        ticks = 0
        for pid in _tree(self.process.pid):
            with suppress(OSError):
                # The name of the command, in brackets, may have blanks; user and system time are 12 and 13 behind it.
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
                ticks += sum(map(int, fields.split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield from _tree(int(child))


def command(archive: Path, port: int, *, plain: bool, settings: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return how the archive is served: by ``collector explore``, or by Datasette alone with some of its settings."""
    if plain:
        options = [word for setting in settings for word in ("--setting", *setting)]
        return [sys.executable, "-m", "datasette", str(archive), "--port", str(port), *options]
    return [sys.executable, "-m", "collector", "--archive", str(archive), "explore", "--port", str(port)]


@contextmanager
def served(archive: Path, *, plain: bool, settings: Sequence[tuple[str, str]] = ()) -> Iterator[Site]:
    """Serve an archive on a free port of this machine until the block ends.

    Raises:
        RuntimeError: the server ended, or did not answer within a minute; what it said is in the message.
    """
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command(archive, port, plain=plain, settings=settings), stdout=subprocess.DEVNULL, stderr=said
        ) as process,
    ):
        site = Site(port, process)
        # Whoever ends the measuring ends the server with it.
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            if not _is_ready(site):
                said.seek(0)
                raise RuntimeError(f"no server after {_READY} s: {said.read().decode(errors='replace')[-2000:]}")
            yield site
        finally:
            site.close()
            process.terminate()
            signal.signal(signal.SIGTERM, before)


def _is_ready(site: Site) -> bool:
    until = time.monotonic() + _READY
    while time.monotonic() < until and site.process.poll() is None:
        with suppress(OSError, HTTPException):
            # The archive may have a name of its own there.
            found = site.json("/.json")
            site.database = next(name for name, one in found.items() if _holds_articles(one))
            return True
        site.close()
        time.sleep(0.2)
    return False


def _holds_articles(database: dict[str, Any]) -> bool:
    shown = database.get("tables_and_views_truncated") or []
    return any(one["name"] in {"articles", "indicators", "captures"} for one in shown) or database["name"] == "archive"


@dataclass(frozen=True, slots=True)
class Query:
    """One statement that the server runs for a page."""

    name: str
    sql: str
    parameters: dict[str, str]

    def path(self, database: str, shape: str = "objects") -> str:
        """Return the address under which anybody may run it."""
        return f"/{database}.json?" + urlencode({"sql": self.sql, **self.parameters, "_shape": shape})


@dataclass(frozen=True, slots=True)
class Target:
    """One page, or several of one kind that are asked for in turn."""

    name: str
    paths: tuple[str, ...]
    search: bool = False


def values(archive: Path) -> dict[str, str]:
    """Return by name what parameters are filled with."""
    with closing(sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = {name: connection.execute(sql).fetchone() for name, sql in _PARAMETERS.items()}
    return {name: str(row[0]) for name, row in found.items() if row is not None and row[0] is not None}


def canned(site: Site, archive: Path) -> list[Query]:
    """Return the canned queries, their parameters filled where their names tell with what."""
    known = values(archive)
    found = []
    for one in site.json(f"/{site.database}.json")["queries"]:
        names = one.get("params") or re.findall(r":([a-z]\w*)", one["sql"])
        found.append(Query(one["name"], one["sql"], {name: known.get(name, "") for name in names}))
    return found


def charts(site: Site) -> list[Query]:
    """Return the queries of all charts of all dashboards, as a browser sends them when it opens one."""
    dashboards = (site.json("/-/metadata.json") or {}).get("plugins", {}).get("datasette-dashboards", {})
    found = []
    for slug, dashboard in dashboards.items():
        filters = {name: str(one["default"]) for name, one in dashboard.get("filters", {}).items() if "default" in one}
        for name, chart in dashboard.get("charts", {}).items():
            if "query" in chart:
                sql = _chosen(chart["query"], filters)
                found.append(Query(f"{slug}: {name}", sql, filters))
    return found


def _chosen(sql: str, filters: dict[str, str]) -> str:
    """Keep the bracketed conditions of a chart's query whose filter is set, as datasette-dashboards does."""

    def kept(match: re.Match[str]) -> str:
        name = re.search(r":(\w+)", match[1])
        return match[1] if name is not None and filters.get(name[1]) else ""

    return re.sub(r"\[\[(.*?)\]\]", kept, sql, flags=re.DOTALL)


def targets(site: Site, archive: Path, *, number: int, seed: int, words: Sequence[str]) -> list[Target]:
    """Return everything that is measured; of rows and articles ``number`` at random, the same for the same seed."""
    shown = site.json(f"/{site.database}.json")
    at = f"/{site.database}"
    found = [Target("home page", ("/",)), Target("database page", (at,))]
    found += [Target(f"table {one['name']}", (f"{at}/{one['name']}",)) for one in shown["tables"] if not one["hidden"]]
    found += [Target(f"view {one['name']}", (f"{at}/{one['name']}",)) for one in shown["views"]]
    found += _queries(site, archive)
    found += _articles(site, archive, number=number, seed=seed)
    found += _dashboards(site)
    found += _feeds(site, archive)
    found += [Target(f"articles?_search={one}", (f"{at}/articles?_search={quote(one)}",), search=True) for one in words]
    return found


def _queries(site: Site, archive: Path) -> Iterator[Target]:
    """Yield the canned queries: as home and database page lead to them, bare, and with all parameters filled."""
    at = f"/{site.database}"
    linked = _LINK.findall((site.get("/").body + site.get(at).body).decode())
    for query in canned(site, archive):
        search = query.name.startswith("search")
        leading = [html.unescape(one) for one in linked if re.match(rf"{at}/{query.name}\?[^\"]*$", one)]
        filled = urlencode({name: value for name, value in query.parameters.items() if value})
        bare = [] if search and query.parameters else [f"{at}/{query.name}"]
        for path in dict.fromkeys([*bare, *leading, *([f"{at}/{query.name}?{filled}"] if filled else [])]):
            yield Target(f"query {unquote(path.removeprefix(f'{at}/'))}", (path,), search=search)


def _articles(site: Site, archive: Path, *, number: int, seed: int) -> Iterator[Target]:
    with closing(sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("select id, installation, source_id from articles order by id").fetchall()
        edited = connection.execute(
            "select installation, source_id from articles where revision_count > 1 order by id limit ?", [number]
        ).fetchall()
    drawn = Random(seed).choices(rows, k=number)
    yield Target("row of articles", tuple(f"/{site.database}/articles/{one}" for one, _, _ in drawn))
    pages = tuple(f"/bulletins/{quote(installation)}/{quote(source, safe='')}" for _, installation, source in drawn)
    # Datasette alone has no such pages.
    if site.get(pages[0]).status != 404:  # noqa: PLR2004
        yield Target("article page", pages)
        yield Target("history of any article", tuple(f"{page}/history" for page in pages))
        histories = (f"/bulletins/{quote(one)}/{quote(source, safe='')}/history" for one, source in edited)
        yield Target("history of edited ones", tuple(histories))


def _dashboards(site: Site) -> Iterator[Target]:
    overview = site.get("/-/dashboards")
    if overview.status != 200:  # noqa: PLR2004
        return
    yield Target("dashboards", ("/-/dashboards",))
    for path in dict.fromkeys(_DASHBOARD.findall(overview.body.decode())):
        yield Target(f"dashboard {path.rpartition('/')[2]}", (_with_defaults(site, path),))
    for query in charts(site):
        yield Target(f"chart {query.name}", (query.path(site.database),))


def _with_defaults(site: Site, path: str) -> str:
    """Return a dashboard's address with the filters that it leads to by itself."""
    slug = path.rpartition("/")[2]
    dashboards = (site.json("/-/metadata.json") or {}).get("plugins", {}).get("datasette-dashboards", {})
    filters = dashboards.get(slug, {}).get("filters", {})
    defaults = {name: one["default"] for name, one in filters.items() if one.get("default")}
    return f"{path}?{urlencode(defaults)}" if defaults else path


def _feeds(site: Site, archive: Path) -> Iterator[Target]:
    linked = [
        html.unescape(link[1]) for one in _FEED.findall(site.get("/").body.decode()) if (link := _HREF.search(one))
    ]
    named = [f"/{site.database}/{one.name}.atom" for one in canned(site, archive) if "atom_id" in one.sql]
    for path in dict.fromkeys([*(re.sub(r"^https?://[^/]+", "", one) for one in linked), *named]):
        yield Target(f"feed {path}", (path,))
