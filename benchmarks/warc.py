"""What importing a WARC file costs: records a second and peak memory, beside warcio's own iteration of the same file.

The file has pages of 100 KB and is written by warcio; every way of reading runs in a process of its own, which reports
its processor time and its peak memory. Run: python benchmarks/warc.py [--pages N]
Ends with 1 when a pass over the file takes more than twice warcio's time (plain records, whose digests warcio does not
check, four times), or any way more than 120 MB.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import io
import json
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collector.archive import Archive
from collector.config import load_shipped
from collector.examining import Examining
from collector.history import recall
from collector.model import RunKind, Task
from collector.profile import ArticleProfile, ListingProfile, Profile, SectionProfile
from collector.sources.warcfiles import WarcFiles
from collector.warc import WarcFile

MEGABYTES = 120
_HOST = "vpub.soctrang.gov.vn"
_WORDS = (
    "hộ nghèo lao động việc làm tỉnh huyện giảm tăng năm tháng so với cùng kỳ đạt kế hoạch trẻ em người có công".split()
)
_MAX_BYTES = 10_000_000
_TIMES = 3


def page(number: int) -> bytes:
    """One page of 100 KB: some 30 KB are the template's, 60 a view state, 8 a bulletin with fifty figures."""
    chance = random.Random(number)
    words = [chance.choice(_WORDS) for _ in range(1_600)]
    words[::32] = [f"{chance.randrange(1, 90)}.{chance.randrange(100, 999)} người." for _ in words[::32]]
    template = "<div class='menu'><a href='/tin'>Tin tức</a></div>" * 600
    state = base64.b64encode(chance.randbytes(45_000)).decode()
    day = f"<p class='ngay'>Ngày {number % 28 + 1:02d}/{number % 12 + 1:02d}/2019</p>"
    text = f"<h1>Tin số {number}</h1>{day}<div class='noi-dung'><p>{' '.join(words)}</p></div>"
    hidden = f"<input type='hidden' name='__VIEWSTATE' value='{state}'>"
    return f"<!DOCTYPE html><html><body>{template}{hidden}{text}</body></html>".encode()


def write(path: Path, pages: int) -> None:
    """Write the file as a crawler would: request, response, and a revisit every tenth time."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "warcio"}))
        for number in range(pages):
            url = f"http://{_HOST}/tin/bai-{100_000 + number}"
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", _HOST)], is_http_request=True)
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            body = page(number)
            writer.write_record(writer.create_warc_record(url, "request", http_headers=asked))
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), length=len(body), http_headers=head
            )
            writer.write_record(record)
            if number % 10 == 0:
                digest, date = record.rec_headers["WARC-Payload-Digest"], record.rec_headers["WARC-Date"]
                writer.write_record(writer.create_revisit_record(f"{url}?m=1", digest, url, date, http_headers=head))


def iterate(path: Path) -> int:
    """Read every body with warcio."""
    with path.open("rb") as stream:
        return sum(bool(record.content_stream().read()) for record in ArchiveIterator(stream))


def in_one_pass(path: Path) -> int:
    """Read every page in the file's order."""
    return sum(1 for _ in WarcFile(path.name, lambda: path.open("rb"), max_bytes=_MAX_BYTES).pages(_told))


def as_a_source(path: Path) -> int:
    """Index the file, then read each page at its place, as a run does."""
    source = WarcFiles(path, max_bytes=_MAX_BYTES)
    mementos = [one for part in source.index(f"{_HOST}/", since=None, resume=None) for one in part.mementos]
    return sum(bool(source.page(memento).body) for memento in mementos)


def imported(path: Path) -> int:
    """Take every bulletin into a new archive: kept, read, examined, written, as ``run --source warc:`` does."""
    profile = Profile(
        id="tinh",
        name="Tỉnh",
        base_url=f"http://{_HOST}/",
        installation="tinh",
        listing=ListingProfile(item=("li",)),
        article=ArticleProfile(title=("h1",), body=("div.noi-dung",), published=("p.ngay",)),
        identity=(re.compile(r"-(?P<id>\d{5,})$"),),
        sections=(SectionProfile("tin", f"http://{_HOST}/tin"),),
    )
    shipped = load_shipped()
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "archive.db") as archive:
        report = recall(
            profile,
            Task(RunKind.BACKFILL),
            source=WarcFiles(path, max_bytes=_MAX_BYTES),
            archive=archive,
            examining=Examining(shipped.vocabulary, threshold=shipped.topic.threshold),
            now=lambda: datetime.now(UTC),
        )
        return report.added


def index_only(path: Path) -> int:
    """Index the file."""
    source = WarcFiles(path, max_bytes=_MAX_BYTES)
    return sum(len(part.mementos) for part in source.index(f"{_HOST}/", since=None, resume=None))


def _told(line: str) -> None:
    print(line, file=sys.stderr)


#: Name → file, way of reading, how many times warcio's time a pass may take.
CASES: dict[str, tuple[str, Callable[[Path], int], float | None]] = {
    "warcio, a member a record": ("members", iterate, None),
    "pages, a member a record": ("members", in_one_pass, 2.0),
    "index, a member a record": ("members", index_only, 2.0),
    "index and pages, a member a record": ("members", as_a_source, None),
    "warcio, plain": ("plain", iterate, None),
    "pages, plain": ("plain", in_one_pass, 4.0),
    "pages, one big gzip": ("big", in_one_pass, None),
    "pages, cut in its last record": ("cut", in_one_pass, None),
    "bulletins taken into an archive": ("members", imported, None),
}


def measured(name: str, path: Path) -> dict[str, float]:
    """Run one case in processes of its own; return the quickest."""
    command = [sys.executable, __file__, "--case", name, "--file", str(path)]
    found: list[dict[str, float]] = []
    for _ in range(_TIMES):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    return min(found, key=lambda told: told["seconds"])


def run(name: str, path: Path) -> None:
    """Be that process."""
    began = time.process_time()
    pages = CASES[name][1](path)
    seconds = time.process_time() - began
    print(json.dumps({"pages": pages, "seconds": seconds, "peak": peak()}))


def peak() -> float:
    """Return this process's peak memory in MB; ``ru_maxrss`` also counts what the parent had when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Write the files, measure every case, print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pages", type=int, default=2000)
    arguments.add_argument("--case", choices=CASES)
    arguments.add_argument("--file", type=Path)
    given = arguments.parse_args()
    if given.case:
        run(given.case, given.file)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.warc.gz" for name in ("members", "plain", "big", "cut")}
        write(files["members"], given.pages)
        with gzip.open(files["members"]) as packed, files["plain"].open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        with files["plain"].open("rb") as plain, gzip.open(files["big"], "wb", 6) as packed:
            shutil.copyfileobj(plain, packed)
        files["cut"].write_bytes(files["members"].read_bytes()[:-1000])
        return report({name: measured(name, files[case[0]]) for name, case in CASES.items()})


def report(found: dict[str, dict[str, float]]) -> int:
    """Print the table and say whether the bounds hold."""
    bad = 0
    print("| way | pages | pages a second | times warcio | MB |\n|---|---|---|---|---|")
    for name, told in found.items():
        of = "plain" if CASES[name][0] == "plain" else "a member a record"
        ratio = told["seconds"] / found[f"warcio, {of}"]["seconds"]
        slow = ratio > (CASES[name][2] or ratio)
        bad += slow or told["peak"] > MEGABYTES
        rate = told["pages"] / told["seconds"]
        print(f"| {name} | {told['pages']:.0f} | {rate:.0f} | {ratio:.2f} | {told['peak']:.0f} |")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
