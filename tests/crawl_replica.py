"""Common Crawl on loopback: ``collinfo.json``, an index a crawl, and WARC files that give parts.

The index is pywb's CDX server over zipnum blocks (pywb, CDX-Server-API): a page is so many blocks of lines, the first of
which may hold other addresses only; where nothing matches it answers 404 with a message. The files are warcio's own.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archives_replica import Capture, Pace, surt
from collector.demo.loopback import LoopbackSite, Request, Response

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


def warc(
    captures: Sequence[Capture], *, gzip: bool = True, requests: bool = False
) -> tuple[bytes, list[tuple[int, int]]]:
    """Captures in a WARC file as warcio writes it, and where each one's record stands: offset and length."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gzip)
    writer.write_record(writer.create_warcinfo_record("replica.warc.gz", {"software": "warcio"}))
    places = []
    for capture in captures:
        date = capture.captured_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        if requests:
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "replica")], is_http_request=True)
            told = {"WARC-Date": date}
            writer.write_record(
                writer.create_warc_record(capture.url, "request", http_headers=asked, warc_headers_dict=told)
            )
        start = out.tell()
        head = StatusAndHeaders(f"{capture.status} Replica", list(capture.headers), protocol="HTTP/1.1")
        told = {"WARC-Date": date} | ({"WARC-Truncated": capture.truncated} if capture.truncated else {})
        if capture.revisit:
            first = next(one for one in captures if one.digest == capture.digest)
            when = first.captured_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            record = writer.create_revisit_record(
                capture.url, f"sha1:{capture.digest}", first.url, when, http_headers=head, warc_headers_dict=told
            )
        else:
            record = writer.create_warc_record(
                capture.url,
                "response",
                payload=io.BytesIO(capture.body),
                length=len(capture.body),
                http_headers=head,
                warc_headers_dict=told,
            )
        writer.write_record(record)
        places.append((start, out.tell() - start))
    return out.getvalue(), places


class CrawlReplica(LoopbackSite):
    """Index and data on one host; ``crawls`` by name, the newest first, as the real list has them."""

    def __init__(
        self, crawls: Mapping[str, Sequence[Capture]], *, block: int = 3000, clock: Callable[[], float] = lambda: 0.0
    ) -> None:
        super().__init__()
        self.pace = Pace(clock)
        self.block = block  #: lines of a zipnum block
        self.dated = True  #: the list tells from when to when a crawl lasted
        self.files: dict[str, bytes] = {}
        self.lines: dict[str, list[tuple[str, dict[str, str]]]] = {}
        self._spans = {name: (min(c.captured_at for c in kept), max(c.captured_at for c in kept)) if kept else None
                       for name, kept in crawls.items()}  # fmt: skip
        for name, kept in crawls.items():
            path = f"crawl-data/{name}/segments/1/warc/{name}-00000.warc.gz"
            self.files[path], places = warc(kept)
            rows = [_line(capture, path, place) for capture, place in zip(kept, places, strict=True)]
            self.lines[name] = sorted(
                ((f"{row['urlkey']} {row['timestamp']}", row) for row in rows), key=lambda line: line[0]
            )

    def respond(self, request: Request) -> Response:
        self.pace.note(request)
        return super().respond(request)

    def answer(self, request: Request) -> Response:
        if request.path == "/collinfo.json":
            return _json([self._info(name) for name in self.lines])
        if request.path.endswith("-index"):
            return self._index(request.path.strip("/").removesuffix("-index"), request)
        return self._part(request)

    def _info(self, name: str) -> dict[str, str]:
        told = {
            "id": name,
            "name": f"{name} Index",
            "timegate": f"{self.base_url}{name}/",
            "cdx-api": f"{self.base_url}{name}-index",
        }
        span = self._spans[name]
        if self.dated and span is not None:
            told |= {"from": span[0].strftime("%Y-%m-%dT%H:%M:%S"), "to": span[1].strftime("%Y-%m-%dT%H:%M:%S")}
        return told

    def _index(self, name: str, request: Request) -> Response:
        if name not in self.lines:
            return Response(404, b"<html>404 Not Found</html>", (("Content-Type", "text/html"),))
        query = {key: values[0] for key, values in parse_qs(urlsplit(request.target).query).items()}
        start, lines = surt(query["url"]), self.lines[name]
        first = max(sum(key < start for key, _ in lines) - 1, 0) // self.block
        matching = [number for number, (key, _) in enumerate(lines) if key.startswith(start)]
        last = matching[-1] // self.block if matching else first
        size = int(query.get("pageSize", "5"))
        pages = (last - first) // size + 1
        if query.get("showNumPages") == "true":
            return _json({"pages": pages, "pageSize": size, "blocks": last - first + 1})
        page = int(query.get("page", "0"))
        if page >= pages:
            return _json({"message": f"Page {page} invalid: First Page is 0, Last Page is {pages - 1}"}, 400)
        begin = (first + page * size) * self.block
        shown = [row for key, row in lines[begin : begin + size * self.block] if key.startswith(start)]
        if not shown:
            return _json({"message": f"No Captures found for: {query['url']}"}, 404)
        body = "".join(json.dumps(row) + "\n" for row in shown)
        return Response(200, body.encode(), (("Content-Type", "text/x-ndjson"),))

    def _part(self, request: Request) -> Response:
        data = self.files.get(request.path.lstrip("/"))
        if data is None:
            return Response(404, b"<Error><Code>NoSuchKey</Code></Error>", (("Content-Type", "application/xml"),))
        asked = _RANGE.fullmatch(request.headers.get("range", ""))
        if asked is None:
            return Response(200, data)
        start, end = int(asked[1]), min(int(asked[2]), len(data) - 1)
        if start >= len(data):
            return Response(416, b"", (("Content-Range", f"bytes */{len(data)}"),))
        told = (("Content-Range", f"bytes {start}-{end}/{len(data)}"), ("Content-Type", "application/octet-stream"))
        return Response(206, data[start : end + 1], told)


def _line(capture: Capture, path: str, place: tuple[int, int]) -> dict[str, str]:
    row = {
        "urlkey": surt(capture.url),
        "timestamp": capture.timestamp,
        "url": capture.url,
        "mime": "warc/revisit" if capture.revisit else capture.mimetype,
        "mime-detected": capture.mimetype,
        "status": str(capture.status),
        "digest": capture.digest,
        "length": str(place[1]),
        "offset": str(place[0]),
        "filename": path,
    }
    return row | ({"truncated": capture.truncated} if capture.truncated else {})


def _json(value: object, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode(), (("Content-Type", "application/json"),))
