"""The bench that faults are provoked on: a replica whose every answer can be spoiled, and the real command beside it.

One row is: a healthy first run, then the portal publishes, the fault, a run, the fault ends, a run that makes good.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
import ssl
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from collector.archive import Archive
from collector.cli import running, session
from collector.demo.loopback import Request, Response
from collector.demo.newsroom import SECTIONS, Expected, Newsroom
from collector.demo.site import ReplicaPortal
from faulty_portal import Answer, FaultyPortal
from story_clock import StoryClock
from workplace import Workplace

#: Stands on the pages that are no content: wherever it is found in the archive's texts, a fault was recorded as one.
MARK = "DẤU-CỦA-TRANG-LỖI"
EVERYTHING = ("--since", "2000-01-01")
_BULLETINS = 24

_COLLECTOR = """
portals = ["tinh"]
[http]
contact = "nobody@example.vn"
delay = 0
retries = 0
{http}
[recheck]
days = 60
per_run = 50
"""

Spoil = Callable[[Request], Response | Answer | None]


class FaultyReplica(FaultyPortal):
    """The replica behind a socket that sends, as ``fault`` says, something else instead: bytes, silence, a reset."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.replica = ReplicaPortal(newsroom=Newsroom(count=0))
        self.fault: Spoil | None = None
        self.spoiled = 0  #: answers that were not the replica's own
        self.untouched: Response | None = None  #: what the replica would have sent
        super().__init__(tls=tls)

    def _answer(self, head: str, body: str) -> Answer:
        request = _request(head, body)
        answer = self.fault(request) if self.fault is not None else None
        self.spoiled += answer is not None and answer != self.untouched
        if answer is None:
            answer = self.replica.respond(request)
        return sent(answer) if isinstance(answer, Response) else answer


def _request(head: str, body: str) -> Request:
    first, *rest = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Request(method, target, headers, body.encode("latin-1"))


def sent(answer: Response) -> bytes:
    """Return a response as it goes over the wire."""
    lines = [f"HTTP/1.1 {answer.status} -", *(f"{name}: {value}" for name, value in answer.headers)]
    if answer.status != 304:
        lines.append(f"Content-Length: {len(answer.body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body


def is_listing(request: Request) -> bool:
    return request.path == "/Default.aspx" and "catid" in request.query


def is_article(request: Request) -> bool:
    return re.search(r"/\d{5,}/\d{5,}/\d{5,}/", request.path) is not None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """What ``run --json`` printed; empty when it could not begin."""
        return json.loads(self.out) if self.out.strip() else {}

    @property
    def verdict(self) -> str:
        return str(self.report.get("verdict", "–"))

    @property
    def evidence(self) -> str:
        """Everything that a person could read of why."""
        runs = self.report.get("runs", [])
        return json.dumps([run["evidence"] for run in runs], ensure_ascii=False) + "\n" + self.err


@dataclass
class Bench:
    """The folder, the portal, the clock, and what the portal published when."""

    place: Workplace
    portal: FaultyReplica
    clock: StoryClock
    patch: pytest.MonkeyPatch
    undo: ExitStack = field(default_factory=ExitStack)  #: what ends the fault
    last: ExitStack = field(default_factory=ExitStack)  #: what is tidied up when all is over
    before: dict[str, Expected] = field(default_factory=dict)  #: what stood there at the healthy run

    @property
    def newsroom(self) -> Newsroom:
        return self.portal.replica.newsroom

    @property
    def archive(self) -> Path:
        return self.place.archive

    def configure(self, http: str = "") -> None:
        """Write ``collector.toml`` with further lines of ``[http]``."""
        text = _COLLECTOR.format(http=http)
        (self.place.folder / "config" / "collector.toml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> Ended:
        """Run ``collector run --json`` in this process, half an hour later by the story's clock."""
        self.clock.pass_time(minutes=30)
        with pytest.MonkeyPatch.context() as patch:
            for module in (running, session):
                patch.setattr(module, "utc_now", self.clock.now)
            done = self.place.inside("-q", "--archive", str(self.archive), "run", "--json", *arguments)
        return Ended(done.returncode, done.stdout, done.stderr)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the archive from outside, by the standard library's SQLite."""
        with closing(sqlite3.connect(self.archive)) as opened:
            return opened.execute(sql, parameters).fetchall()

    def value(self, sql: str, *parameters: object) -> Any:
        return self.rows(sql, *parameters)[0][0]

    def switch_on(self, fault: Spoil) -> None:
        """Spoil the portal's answers until the fault is ended."""
        self.portal.fault, self.portal.spoiled = fault, 0

    def end_fault(self) -> None:
        self.portal.fault = None
        self.undo.close()

    # --- what is asserted of every row ------------------------------------------------------------------------------

    def harm(self) -> list[str]:
        """Return everything in the archive that is not as it must be while or after a fault."""
        found = self.place.faults()  # integrity, foreign keys, captures against their sha256, halves, doubles
        then, now = self.before, self.newsroom.expected()
        gone = self.newsroom.gone()
        stored = {row["source_id"]: row for row in self._articles()}
        found += [f"{one} was lost" for one in then.keys() - stored.keys()]
        for source_id, row in stored.items():
            versions = [one[source_id] for one in (then, now) if source_id in one]
            if not versions:
                found.append(f"{source_id} was never published")
            elif not any(_same(row, one) for one in versions):
                found.append(f"{source_id} says what the portal never said: {row['title']}, {row['body'][:80]}")
            if row["state"] == "gone" and source_id not in gone:
                found.append(f"{source_id} has a false tombstone")
        texts = "select title || coalesce(lead, '') || body || coalesce(byline, '') as text from {}"
        for table in ("articles", "revisions"):
            found += [f"{table} hold the error page"] * any(MARK in row[0] for row in self.rows(texts.format(table)))
        if self.rows("select 1 from listings where title like ?", f"%{MARK}%"):
            found.append("listings hold the error page")
        return found

    def missing(self) -> list[str]:
        """Return what the archive has not, and the portal has: nothing, once a fault was made good."""
        now = self.newsroom.expected()
        stored = {row["source_id"]: row for row in self._articles()}
        live = {source_id for source_id, row in stored.items() if row["state"] == "live"}
        found = [f"{one} is missing or not live" for one in now.keys() - live]
        found += [f"{one} is live and not on the portal" for one in live - now.keys()]
        editions = dict(
            self.rows("select source_id, count(*) from revisions r join articles a on a.id = r.article group by 1")
        )
        for source_id in now.keys() & live:
            if not _same(stored[source_id], now[source_id]):
                found.append(f"{source_id} is not word for word")
            # An edit of what was never read before its edit is no revision.
            published_anew = source_id not in self.before
            if editions[source_id] != (1 if published_anew else now[source_id].revisions):
                found.append(f"{source_id} has {editions[source_id]} revisions")
        found += [f"open: {row}" for row in self.rows("select url, message from failures where resolved_at is null")]
        return found

    def _articles(self) -> list[dict[str, Any]]:
        with Archive(self.archive, readonly=True) as archive:
            rows = archive.connection.rows("select * from articles")
            for row in rows:
                row["attachments"] = {
                    one["url"]
                    for one in archive.connection.rows(
                        "select url from attachments where revision = "
                        "(select max(id) from revisions where article = ?)",
                        [row["id"]],
                    )
                }
        return rows


def _same(row: dict[str, Any], one: Expected) -> bool:
    return (
        (row["title"], row["body"], row["lead"], row["byline"], row["published_on"])
        == (one.title, one.body, one.lead, one.byline, one.published_on.isoformat())
    ) and {re.sub("^https?://[^/]+", "", url) for url in row["attachments"]} == {file.path for file in one.attachments}


class Benches:
    """Makes benches that begin where one healthy run ended: its archive is copied, its newsroom is composed anew."""

    def __init__(self, folder: Path, *, tls: ssl.SSLContext | None = None, http: str = "") -> None:
        self.portal = FaultyReplica(tls)
        self._http = http
        self._folder, self._model = folder, folder / "model.db"

    def bench(self, patch: pytest.MonkeyPatch, *, etags: bool = False) -> Bench:
        """Return a bench, after a backfill and a poll that found everything."""
        clock = StoryClock()
        self.portal.fault = None
        self.portal.requests.clear()
        self.portal.replica = ReplicaPortal(
            newsroom=Newsroom(count=_BULLETINS, now=clock.now), now=clock.now, etags=etags
        )
        folder = Path(mkdtemp(dir=self._folder))
        bench = Bench(Workplace(folder, self.portal.url + "/"), self.portal, clock, patch)
        bench.configure(self._http)
        if etags or not self._model.exists():
            first, second = bench.run(*EVERYTHING), bench.run()
            assert (first.code, first.verdict) == (0, "complete"), first
            assert (second.code, second.verdict) == (0, "empty_expected"), second
            if not etags:
                shutil.copy(bench.archive, self._model)
        else:
            shutil.copy(self._model, bench.archive)
            clock.pass_time(minutes=60)
        bench.before = dict(bench.newsroom.expected())
        assert bench.harm() == []
        assert bench.missing() == []
        return bench


def publish(bench: Bench) -> None:
    """Let the portal live: three bulletins are published, the newest of the old ones is edited; a week later a
    look at it is due.
    """
    newest = next(one for one in bench.newsroom.listing(SECTIONS[0].slug) if str(one.id) in bench.before)
    bench.newsroom.publish(3)
    bench.newsroom.edit(newest.id, newest.story.title, f"{newest.story.title} (đính chính)")
    bench.clock.pass_time(days=7)


def publish_pages(bench: Bench) -> None:
    """Publish so much that news stands on the second page of the listing too."""
    bench.newsroom.publish(18)


def reset(line: socket.socket, start: bytes = b"") -> None:
    """End a connection the hard way, as a firewall does."""
    line.sendall(start)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    line.close()
