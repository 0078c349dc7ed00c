"""What hostile answers cost the real program: seconds and peak memory of ``collector`` in a process of its own.

A portal on loopback answers with huge, swollen, slow, misleading and malformed pages; each is fetched by ``collector
parse`` as a bulletin and by ``collector run`` as a listing. Run: python benchmarks/hostile.py [--only WORDS]
Ends with 1 when a case takes more than 10 s (a drip: its own 30 s) or 200 MB, crashes, or reaches a private address.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from collector.config import shipped_folder

SECONDS, MEGABYTES = 10.0, 200
_M = 1_000_000
_FRAME = (
    b'<!DOCTYPE html><html><head><title>Tin</title></head><body><form><div class="ArticleTitle">Tin</div>'
    b'<div class="ArticleContent"><p>Tin.</p>%b</div></form></body></html>'
)
_LIST = (
    b'<!DOCTYPE html><html><body><form><ul class="ArticleList"><li><a href="/tin/bai-viet-100001">Tin</a>'
    b"</li></ul>%b</form></body></html>"
)


def _fonts(number: int) -> bytes:
    return b"".join(b"<font a%d>" % n for n in range(number))


#: Name → what stands in the page. Made when it is asked for.
MARKUP: dict[str, Callable[[], bytes]] = {
    "an ordinary page": lambda: b"<p>Lao \xc4\x91\xe1\xbb\x99ng</p>" * 200,
    "250 KB of nested div": lambda: b"<div>" * 50_000,
    "1 MB of nested div": lambda: b"<div>" * 200_000,
    "1 MB of nested <div/>": lambda: b"<div/>" * 166_000,
    "1 MB of <div></x>": lambda: b"<div></x>" * 111_000,
    "250 KB of nested b, i, span": lambda: b"<b><i><span>" * 21_000,
    "1 MB of nested tables": lambda: b"<table><tr><td>" * 66_000,
    "900 tables in tables": lambda: b"<table><tr><td>x" * 300 + b"</table>" * 300,
    "1 MB of unclosed p": lambda: b"<p>x" * 250_000,
    "59,000 unclosed p": lambda: b"<p>x" * 59_000,
    "1 MB of unclosed b in p": lambda: b"<p><b>x" * 140_000,
    "40 KB formatting bomb": lambda: b"<p>" + _fonts(600) + b"</p>" + b"<p>x</p>" * 4_000,
    "adoption agency": lambda: b"<b><a><p></b></a>" * 14_000,
    "1 MB of <": lambda: b"<" * _M,
    "1 MB of <a without end": lambda: b"<a " * 333_000,
    "1 MB of open comments": lambda: b"<!--" * 250_000,
    "a million attributes": lambda: b"<p " + b"a " * _M + b">x</p>",
    "199 attributes, 600 times": lambda: (b"<p " + b"".join(b"a%d " % n for n in range(199)) + b">") * 600,
    "tags in the name of a tag": lambda: b"<a" * 50_000 + b"x" * _M,
    "as much of all as is read": lambda: (
        (b"<p " + b"".join(b"a%d " % n for n in range(199)) + b">") * 590
        + b"<p><b><i><u></p>"
        + b"<p>x</p>" * 29_000
        + "việc làm ".encode() * 140_000
    ),
    "5 MB on one line": lambda: b"tin tuc " * 625_000,
    "2.9 MB on one line": lambda: b"tin tuc " * 360_000,
    "2.9 MB of Vietnamese": lambda: "việc làm ".encode() * 220_000,
    "100,000 pager links": lambda: (
        b'<div class="ButtonPage">'
        + b"".join(b"<a href=\"javascript:__doPostBack('p$%d','')\">%d</a>" % (n, n) for n in range(100_000))
        + b"</div>"
    ),
    "50,000 pager links": lambda: (
        b'<div class="ButtonPage">'
        + b"".join(b"<a href=\"javascript:__doPostBack('p$%d','')\">%d</a>" % (n, n) for n in range(50_000))
        + b"</div>"
    ),
    "15,000 pager links": lambda: (
        b'<div class="ButtonPage">'
        + b"".join(b"<a href=\"javascript:__doPostBack('p$%d','')\">%d</a>" % (n, n) for n in range(15_000))
        + b"</div>"
    ),
    "50,000 items": lambda: (
        b'<ul class="ArticleList">'
        + b"".join(b"<li><a href=/t/bai-%d>t</a>" % n for n in range(100_000, 129_000))
        + b"</ul>"
    ),
    "1 MB of entities": lambda: b"&#x1EA1;&amp;&nbsp" * 52_000,
    "1 MB of marks on one letter": lambda: b"a" + "\u0323\u0301".encode() * 250_000,
    "the body 900 times in itself": lambda: b'<div class="ArticleContent">' * 900 + b"x " * 200_000,
    "the counter's words 20,000 times": lambda: "Đang online: 1 Hôm nay: 2 Tất cả: 3 ".encode() * 20_000,
    "1 MB of bytes of no charset": lambda: bytes(range(128, 256)) * 7_800,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What one case came to."""

    case: str
    said: str
    seconds: float
    megabytes: float
    limit: float = SECONDS
    broken: bool = False

    @property
    def good(self) -> bool:
        return not self.broken and self.seconds <= self.limit and self.megabytes <= MEGABYTES


class _Site(ThreadingHTTPServer):
    """Answers by ``answer(handler)``, and counts."""

    daemon_threads = True

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.hits = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.hits += 1
                with suppress(OSError):
                    answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


def _send(
    to: BaseHTTPRequestHandler, body: bytes | Iterator[bytes], *headers: tuple[str, str], status: int = 200
) -> None:
    to.send_response(status)
    to.send_header("Content-Type", "text/html; charset=utf-8")
    for name, value in headers:
        to.send_header(name, value)
    to.end_headers()
    for piece in [body] if isinstance(body, bytes) else body:
        to.wfile.write(piece)


def _bomb() -> Iterator[bytes]:
    """Yield the 10 MB of gzip that 10 GB of spaces are."""
    packer, spaces = zlib.compressobj(9, wbits=31), b" " * _M
    for _ in range(10_000):
        yield packer.compress(spaces)
    yield packer.flush()


def _drip() -> Iterator[bytes]:
    while True:
        yield b"x"
        time.sleep(1)


class Hostile:
    """The portal, the machine that nobody may reach through it, and the configuration that names the portal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = _Site(lambda to: _send(to, _FRAME % b"secret"))
        self.portal = _Site(self._answer)
        there = f":{self.secret.port}"
        self.inward = {
            "dotted": f"http://127.0.0.1{there}/",
            "decimal": f"http://2130706433{there}/",
            "hexadecimal": f"http://0x7f.0.0.1{there}/",
            "octal": f"http://0177.0.0.1{there}/",
            "IPv6-mapped": f"http://[::ffff:127.0.0.1]{there}/",
            "IPv6 loopback": f"http://[::1]{there}/",
            "localhost": f"http://localhost{there}/",
        }
        self._configure("here", f"http://127.0.0.1:{self.portal.port}/")
        self._configure("rebound", f"http://portal.example.vn:{self.portal.port}/")

    def _configure(self, name: str, base_url: str) -> None:
        config = self.folder / name
        (config / "portals").mkdir(parents=True)
        (config / "families").mkdir()
        family = "families/td-webforms.toml"
        (config / family).write_bytes((shipped_folder() / family).read_bytes())
        (config / "collector.toml").write_text(
            'portals = ["tinh"]\n[http]\ncontact = "nobody@example.vn"\ndelay = 0\nretries = 0\nrobots = false\n',
            encoding="utf-8",
        )
        # Declared, so that nothing but the check of the address stands before them.
        hosts = json.dumps([urlsplit(url).netloc for url in self.inward.values()])
        sections = "".join(
            f'[[sections]]\nid = "s{number}"\nurl = "/Default.aspx?catid=1&case={quote(case)}"\n'
            for number, case in enumerate(MARKUP)
        )
        (config / "portals" / "tinh.toml").write_text(
            f'id = "tinh"\nfamily = "td-webforms"\nbase_url = "{base_url}"\nhosts = {hosts}\n{sections}',
            encoding="utf-8",
        )

    def _answer(self, to: BaseHTTPRequestHandler) -> None:
        asked = parse_qs(urlsplit(to.path).query)
        case = asked.get("case", [""])[0]
        if case in MARKUP:
            frame = _FRAME if "id" in asked else _LIST
            _send(to, frame % MARKUP[case]())
        elif case in self.inward:
            _send(to, b"", ("Location", self.inward[case]), status=302)
        elif case == "rebinding":
            _send(to, b"", ("Location", "/Default.aspx?catid=1&id=100001&case=secret"), status=302)
        elif case == "redirects":
            number = int(asked.get("n", ["0"])[0]) + 1
            _send(to, b"", ("Location", f"/Default.aspx?catid=1&id=100001&case=redirects&n={number}"), status=302)
        elif case == "200 MB":
            _send(to, (bytes(_M) for _ in range(200)), ("Content-Length", str(200 * _M)))
        elif case == "200 MB without length":
            _send(to, (bytes(_M) for _ in range(200)))
        elif case == "gzip bomb":
            _send(to, _bomb(), ("Content-Encoding", "gzip"))
        elif case == "drip":
            _send(to, _drip(), ("Content-Length", str(_M)))
        elif case == "secret":
            self.secret.hits += 1
            _send(to, _FRAME % b"secret")
        else:
            # The one bulletin that the listings name.
            _send(to, _FRAME % b"")

    def parsed(self, case: str, *, limit: float = SECONDS) -> Result:
        """Let ``collector parse`` fetch a case as a bulletin."""
        url = f"http://127.0.0.1:{self.portal.port}/Default.aspx?catid=1&id=100001&case={quote(case)}"
        return self._measured(
            f"{case}: parse", [sys.executable, "-m", "collector"], "here", ["parse", url, "--json"], limit
        )

    def listed(self, case: str) -> Result:
        """Let ``collector run`` fetch a case as a listing."""
        section = f"s{list(MARKUP).index(case)}"
        command = ["run", "--section", section, "--limit", "3", "--json"]
        return self._measured(f"{case}: run", [sys.executable, "-m", "collector"], "here", command, SECONDS)

    def rebound(self) -> Result:
        """Let the program resolve a public name that leads inward the second time."""
        url = f"http://portal.example.vn:{self.portal.port}/Default.aspx?catid=1&id=100001&case=rebinding"
        return self._measured(
            "rebinding: parse", [sys.executable, "-c", _REBINDING], "rebound", ["parse", url], SECONDS
        )

    def _measured(self, case: str, program: list[str], config: str, arguments: list[str], limit: float) -> Result:
        hits = self.secret.hits
        command = [*program, "-q", "--config", str(self.folder / config), "--archive", str(self.folder / "archive.db")]
        out, err = self.folder / "out", self.folder / "err"
        with out.open("wb") as to_out, err.open("wb") as to_err:
            began = time.monotonic()
            process = subprocess.Popen([*command, *arguments], stdout=to_out, stderr=to_err, cwd=self.folder)
            _, status, usage = os.wait4(process.pid, 0)
            took = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said = _said(out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"), process.returncode)
        broken = "Traceback" in err.read_text(encoding="utf-8") or "crashed" in said
        if self.secret.hits != hits:
            said, broken = f"REACHED A PRIVATE ADDRESS; {said}", True
        return Result(case, said, took, usage.ru_maxrss / 1024, limit, broken)


#: The first look-up of the name gives a public address (which is this machine in disguise), every later one loopback.
_REBINDING = """
import socket
PUBLIC = "93.184.216.34"
answers, connect = iter([PUBLIC]), socket.create_connection
socket.getaddrinfo = lambda host, port, *rest, **more: [
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers, "127.0.0.1"), port))
]
def disguised(address, *rest, **more):
    if address[0] != PUBLIC:
        raise SystemExit(f"connected to {address[0]}")
    answers_of_the_system = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    answers_of_the_system.connect(("127.0.0.1", address[1]))
    return answers_of_the_system
socket.create_connection = disguised
from collector.cli import main
main()
"""


def _said(out: str, err: str, code: int) -> str:
    with suppress(ValueError, KeyError, TypeError):
        found = json.loads(out)
        if "verdict" in found:
            return f"{found['verdict']} ({code})"
        return f"read, {len(found['body'])} letters ({code})"
    lines = [line for line in err.splitlines() if line.strip()]
    return f"{lines[-1] if lines else 'nothing'} ({code})"


def main() -> int:
    """Measure, print the table; 1 when a case is over its limits."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--only", default="", help="only cases whose name holds this")
    only = parser.parse_args().only
    results: list[Result] = []

    def show(result: Result) -> None:
        results.append(result)
        mark = " " if result.good else "!"
        print(
            f"{mark} {result.case:<44}{result.seconds:>7.1f} s{result.megabytes:>7.0f} MB  {result.said[:110]}",
            flush=True,
        )

    with tempfile.TemporaryDirectory() as name:
        hostile = Hostile(Path(name))
        for case in ("200 MB", "200 MB without length", "gzip bomb", "redirects", *hostile.inward):
            if only in case:
                show(hostile.parsed(case))
        if only in "rebinding":
            show(hostile.rebound())
        for case in MARKUP:
            if only in case:
                show(hostile.parsed(case))
                show(hostile.listed(case))
        if only in "drip":
            # 30 s until the rate is judged for the first time.
            show(hostile.parsed("drip", limit=35 + SECONDS))
    over = [result.case for result in results if not result.good]
    print(f"{len(results)} cases, {len(over)} over {SECONDS:g} s or {MEGABYTES} MB: {', '.join(over) or 'none'}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
