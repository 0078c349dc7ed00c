"""The Wayback Machine on loopback: its CDX index and its replay, as their documentation and source have them.

Index: internetarchive/wayback, wayback-cdx-server, README.md and CDXServer.java (limits, resumption keys and where they
stand, filters, collapsing of neighbours). Replay: what the `wayback` library's client and issues tell of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, quote_plus, unquote_plus, urljoin, urlsplit

from collector.demo.loopback import LoopbackSite, Request, Response

COLUMNS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_REPLAY = re.compile(r"/web/(\d{1,14})(?:[a-z]{2}_)?/(.*)", re.DOTALL)


@dataclass(frozen=True)
class Capture:
    """One capture that a replica holds."""

    url: str
    captured_at: datetime
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    body: bytes = b""
    revisit: bool = False  #: the crawler found the payload of before: the index prints "-" for what it is
    truncated: str = ""  #: the crawler kept the beginning only

    @property
    def timestamp(self) -> str:
        return self.captured_at.astimezone(UTC).strftime("%Y%m%d%H%M%S")

    @property
    def digest(self) -> str:
        return base64.b32encode(hashlib.sha1(self.body).digest()).decode()

    @property
    def mimetype(self) -> str:
        kind = {name.lower(): value for name, value in self.headers}.get("content-type", "unk")
        return kind.partition(";")[0]


def surt(url: str) -> str:
    """The key of an address: ``vn,gov,soctrang,vpub)/default.aspx?catid=1``."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = re.sub(r"^www\d*\.", "", parts.hostname or "")
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = "&".join(sorted(parts.query.lower().split("&")))
    return f"{','.join(reversed(host.split('.')))}{port}){parts.path.lower() or '/'}{f'?{query}' if query else ''}"


@dataclass
class Pace:
    """When a replica was asked what, by the client's clock."""

    clock: Callable[[], float] = lambda: 0.0
    asked: list[tuple[float, str]] = field(default_factory=list)

    def note(self, request: Request) -> None:
        self.asked.append((self.clock(), request.target))

    def times(self, word: str) -> list[float]:
        """When something with ``word`` in its address was asked for."""
        return [at for at, target in self.asked if word in target]

    def most_within(self, seconds: float, word: str) -> int:
        """The most requests of a kind in any ``seconds`` that begin with one."""
        times = self.times(word)
        return max((sum(start <= at < start + seconds for at in times) for start in times), default=0)


def failing(response: Response, times: int = 1, word: str = "") -> Callable[[Request], Response | None]:
    """A fault: the first ``times`` requests with ``word`` in their address get this response."""
    left = Counter({"": times})

    def fault(request: Request) -> Response | None:
        if word not in request.target or not left[""]:
            return None
        left[""] -= 1
        return response

    return fault


class WaybackReplica(LoopbackSite):
    """Holds captures; what it does besides is switched on by its attributes."""

    def __init__(self, captures: Iterable[Capture] = (), *, clock: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__()
        self.captures = list(captures)
        self.pace = Pace(clock)
        #: Beginnings of keys that are given to nobody, and the exception that says so.
        self.excluded: dict[str, str] = {}
        #: Rows that a query reads at most, and 150,000 in the real one.
        self.read_limit = 150_000
        #: Whether resumption keys are decoded again behind the servlet, as most versions do.
        self.decodes_twice = True
        #: Captures that the index names and the replay does not find, by timestamp.
        self.lost: set[str] = set()
        #: Captures in whose place a page of the machine's own comes with a 200.
        self.out_of_order: set[str] = set()
        #: The replay leads from the address as asked to the one that was captured.
        self.leads_to_original = False
        #: A captured Content-Encoding is sent on as the machine's own; else the body still has it and no header says so.
        self.sends_encoding = False
        #: Rows put into the index as they are, by columns.
        self.odd_rows: list[Sequence[str]] = []

    def respond(self, request: Request) -> Response:
        self.pace.note(request)
        return super().respond(request)

    def answer(self, request: Request) -> Response:
        if request.path == "/cdx/search/cdx":
            return self._index(parse_qs(urlsplit(request.target).query, keep_blank_values=True))
        # The address behind the timestamp has a query and, written as %23, perhaps a fragment.
        replay = _REPLAY.match(request.target)
        if replay is not None:
            return self._replay(replay[1], replay[2].replace("%23", "#"))
        return _own_page(404, "Not found")

    # --- index ------------------------------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, str]]:
        """The index's lines in their order."""
        found = [
            {
                "urlkey": surt(capture.url),
                "timestamp": capture.timestamp,
                "original": capture.url,
                "mimetype": "warc/revisit" if capture.revisit else capture.mimetype,
                "statuscode": "-" if capture.revisit else str(capture.status),
                "digest": capture.digest,
                "length": str(len(capture.body)),
            }
            for capture in self.captures
        ]
        found += [dict(zip(COLUMNS, row, strict=True)) for row in self.odd_rows]
        return sorted(found, key=lambda row: f"{row['urlkey']} {row['timestamp']} {row['original']}")

    def _index(self, query: dict[str, list[str]]) -> Response:
        one = {name: values[0] for name, values in query.items()}
        if "page" in one or "showNumPages" in one:
            told = b"Sorry, this server is not configured to support paged query. Remove page= param and try again."
            return Response(400, told, (("Content-Type", "text/plain"),))
        start = surt(one["url"])
        for beginning, why in self.excluded.items():
            if start.startswith(beginning):
                return _runtime_error(403, why)
        lines = [row for row in self.rows() if _matches(row["urlkey"], start, one.get("matchType", "exact"))]
        if "resumeKey" in one:
            place = unquote_plus(one["resumeKey"]) if self.decodes_twice else one["resumeKey"]
            lines = [row for row in lines if f"{row['urlkey']} {row['timestamp']}" >= place]
        found, last = self._read(lines, query, one)
        names = one["fl"].split(",") if "fl" in one else list(COLUMNS)
        rows = [[row[name] for name in names] for row in found]
        limit = int(one.get("limit", "0"))
        if one.get("showResumeKey") == "true" and last is not None and 0 < limit <= len(found):
            behind = last["timestamp"][:-1] + chr(ord(last["timestamp"][-1]) + 1)
            rows += [[], [quote_plus(f"{last['urlkey']} {behind}")]]
        if one.get("output") != "json":
            return Response(200, "".join(" ".join(row) + "\n" for row in rows).encode())
        shown = ",\n ".join(json.dumps(row) for row in ([names, *rows] if found else []))
        return Response(200, f"[{shown}]\n".encode(), (("Content-Type", "application/json"),))

    def _read(
        self, lines: list[dict[str, str]], query: dict[str, list[str]], one: dict[str, str]
    ) -> tuple[list[dict[str, str]], dict[str, str] | None]:
        """Rows that pass, and the last line that was looked at."""
        limit = int(one.get("limit", "0"))
        found: list[dict[str, str]] = []
        last = None
        for row in lines[: self.read_limit]:
            if 0 < limit <= len(found):
                break
            last = row
            if row["timestamp"] < one.get("from", "") or row["timestamp"][: len(one.get("to", ""))] > one.get("to", ""):
                continue
            if not all(_passes(row, text) for text in query.get("filter", [])):
                continue
            if found and any(_same(row, found[-1], text) for text in query.get("collapse", [])):
                continue
            found.append(row)
        return (found[limit:] if limit < 0 else found), last

    # --- replay -----------------------------------------------------------------------------------------------------

    def _replay(self, timestamp: str, url: str) -> Response:
        same = [one for one in self.captures if surt(one.url) == surt(url)]
        for beginning, why in self.excluded.items():
            if surt(url).startswith(beginning):
                return _runtime_error(403, why)
        there = [one for one in same if one.timestamp not in self.lost]
        if timestamp in self.out_of_order:
            return _own_page(200, "The Internet Archive's services are out of order for a moment")
        exact = sorted((one for one in there if one.timestamp == timestamp), key=lambda one: one.url != url)
        if not exact:
            if not there:
                return _own_page(404, "The Wayback Machine has not archived that URL.")
            near = min(there, key=lambda one: abs(int(one.timestamp) - int(timestamp.ljust(14, "0"))))
            return Response(302, b"", (("Location", f"{self.base_url}web/{near.timestamp}id_/{near.url}"),))
        capture = exact[0]
        if self.leads_to_original and capture.url != url:
            return Response(302, b"", (("Location", f"/web/{timestamp}id_/{capture.url}"),))
        return self._played(capture)

    def _played(self, capture: Capture) -> Response:
        link = f'<{capture.url}>; rel="original", <{self.base_url}web/timemap/link/{capture.url}>; rel="timemap"'
        headers = [
            ("Memento-Datetime", format_datetime(capture.captured_at.astimezone(UTC), usegmt=True)),
            ("Link", link),
            ("X-Archive-Src", "replica.warc.gz"),
        ]
        headers += [(f"X-Archive-Orig-{name}", value) for name, value in capture.headers]
        for name, value in capture.headers:
            if name.lower() == "content-type" or (name.lower() == "content-encoding" and self.sends_encoding):
                headers.append((name, value))
            if name.lower() == "location":
                target = urljoin(capture.url, value)
                headers.append((name, f"{self.base_url}web/{capture.timestamp}id_/{target}"))
        return Response(capture.status, capture.body, tuple(headers))


def _matches(key: str, start: str, kind: str) -> bool:
    if kind == "prefix":
        return key.startswith(start)
    if kind in {"host", "domain"}:
        host = start.partition(")")[0]
        return key.partition(")")[0] == host or (kind == "domain" and key.startswith(f"{host},"))
    return key == start


def _passes(row: dict[str, str], text: str) -> bool:
    name, _, pattern = text.removeprefix("!").partition(":")
    return (re.fullmatch(pattern, row[name]) is None) == text.startswith("!")


def _same(row: dict[str, str], before: dict[str, str], text: str) -> bool:
    name, _, length = text.partition(":")
    size = int(length) if length else None
    return row[name][:size] == before[name][:size]


def _own_page(status: int, text: str) -> Response:
    body = f"<!DOCTYPE html><html><head><title>Internet Archive</title></head><body><p>{text}</p></body></html>"
    return Response(status, body.encode(), (("Content-Type", "text/html; charset=utf-8"),))


def _runtime_error(status: int, why: str) -> Response:
    told = f"org.archive.util.io.RuntimeIOException: org.archive.wayback.exception.{why}"
    return Response(status, told.encode(), (("X-Archive-Wayback-Runtime-Error", told), ("Content-Type", "text/plain")))
