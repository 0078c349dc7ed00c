"""``collector explore`` as people run it: it starts, says where, ends by a signal, and names what is in its way."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from collector.errors import UsageError
from collector.explore.serving import _listening
from explored import BUNDLE, archived
from ports import free_port
from workplace import inside

ROOT = Path(__file__).parent.parent
#: Datasette takes 1 s to start, on a busy machine ten times as long.
PATIENCE = 60


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archived(tmp_path_factory.mktemp("command") / "archive.db")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "collector", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    # A "browser" that writes down what it was to open.
    return {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")} | more


@contextmanager
def running(arguments: list[str], **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield a server and the address that it says."""
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**more)
    ) as process:
        try:
            assert process.stdout is not None
            line = next((one for one in process.stdout if " is shown at " in one), "")
            assert line, process.communicate()[1]
            yield process, line.split(" is shown at ")[1].split()[0]
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    process.send_signal(number)
    return process.wait(PATIENCE), process.communicate()[1]


def test_it_shows_the_archive_and_ends_by_a_signal_without_a_traceback(archive: Path) -> None:
    with running(command("--archive", archive, "explore", "--port", "0")) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        with running(command("--archive", archive, "explore", "--port", "0", "--host", "::1")) as (second, other):
            assert other.startswith("http://[::1]:")
            for place in (address, other):
                answer = httpx.get(f"{place}bulletins/tinh/7", trust_env=False)
                assert (answer.status_code, "29.412" in answer.text) == (200, True)
            taken = subprocess.run(
                command("--archive", archive, "explore", "--port", address.rstrip("/").rpartition(":")[2]),
                capture_output=True, text=True, check=False, env=environment(),
            )  # fmt: skip
            assert taken.returncode == 2
            assert taken.stderr.startswith("Error: cannot listen on 127.0.0.1:")
            assert "choose another with --port" in taken.stderr
            assert taken.stderr.count("\n") == 1
            code, told = ended(second, signal.SIGTERM)
            assert (code, told) == (0, "")
        head = httpx.head(f"{address}captures/1", trust_env=False)
        assert (head.status_code, head.content, int(head.headers["content-length"]) > 0) == (200, b"", True)
        raw = httpx.get(f"{address}captures/1", trust_env=False)
        assert "sandbox" in raw.headers["content-security-policy"]
        hostile(address)
        code, told = ended(process, signal.SIGINT)
        assert code == 130
        assert "Traceback" not in told


def test_who_listens_for_everybody_is_warned(archive: Path) -> None:
    with running(command("--archive", archive, "explore", "--port", "0", "--host", "0.0.0.0")) as (process, _):
        code, told = ended(process, signal.SIGTERM)
    assert (code, told.count("\n")) == (0, 1)
    assert "whoever reaches this machine over the network can read the archive" in told


def hostile(address: str) -> None:
    """Requests that no client library sends."""
    host, _, port = address.removeprefix("http://").rstrip("/").rpartition(":")
    for request in (
        b"GET /bulletins/\xff\xfe/7 HTTP/1.1",
        b"GET //evil.example/ HTTP/1.1",
        b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1",
        b"GET /static/..%2f..%2f..%2fsettings.json HTTP/1.1",
        b"GET /static/../settings.json HTTP/1.1",
        b"GET / HTTP/1.1\r\nCookie: path=1; =;;; a,b",
    ):
        with closing(socket.create_connection((host, int(port)), timeout=PATIENCE)) as line:
            line.sendall(request + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        status = int(answer.split(b" ", 2)[1])
        assert status in (200, 302, 400, 404), request
        assert b"root:" not in answer
        assert b"sql_time_limit_ms" not in answer
        location = [one for one in answer.split(b"\r\n") if one.lower().startswith(b"location:")]
        assert all(b"//evil" not in one for one in location)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--archive", "nowhere.db", "explore"], "there is no archive at nowhere.db"),
        (["--archive", __file__, "explore"], "is not a SQLite database"),
    ],
)
def test_what_is_in_its_way_is_one_line(arguments: list[str], told: str, tmp_path: Path) -> None:
    asked = inside(tmp_path, *arguments)
    assert asked.returncode in (2, 4)
    assert asked.stderr.startswith("Error: ")
    assert told in asked.stderr
    assert asked.stderr.count("\n") == 1


@pytest.mark.parametrize("host", ["203.0.113.1", "no such host", "é" * 70])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match=r"^cannot listen on .*; choose another with --host$"):
        _listening(host, 0)


#: Stands in for an installation without the extra: what is asked for is not there.
_WITHOUT = """
import sys
from importlib.machinery import PathFinder
class Absent(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == {name!r} else super().find_spec(name, path, target)
sys.meta_path[:] = [Absent if one is PathFinder else one for one in sys.meta_path]
from collector.cli import main
sys.argv[0] = "collector"
main()
"""


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("datasette", ["explore"]),
        ("datasette_dashboards", ["explore", "--metadata"]),
        ("datasette_atom", ["demo", "--open"]),
    ],
)
def test_without_the_extra_one_line_says_how_to_install_it(tmp_path: Path, name: str, arguments: list[str]) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", _WITHOUT.format(name=name), *arguments],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment(),
    )  # fmt: skip
    assert asked.returncode == 2
    assert asked.stderr.splitlines() == [
        f"Error: explore needs Datasette and its plugins, and {name.replace('_', '-')} is not installed: "
        "pip install --require-hashes -r requirements/explore.txt"
    ]
    assert list(tmp_path.iterdir()) == [], "the demo has not begun"


def test_the_metadata_that_it_prints_is_the_committed_one() -> None:
    printed = inside(Path("/"), "explore", "--metadata")
    assert printed.returncode == 0
    assert printed.stdout == (BUNDLE / "metadata.json").read_text(encoding="utf-8"), "run docs/reference"
    assert json.loads(printed.stdout)["databases"]["archive"]["queries"]


def test_a_plain_datasette_serves_the_same_with_the_documented_options(archive: Path) -> None:
    port = free_port()
    page = (ROOT / "docs" / "EXPLORE.md").read_text(encoding="utf-8")
    told = page.split("<!-- plain -->")[1].split("<!-- end -->")[0]
    name, file, *options = shlex.split(told)
    assert (name, file) == ("datasette", "archive.db")
    arguments = [sys.executable, "-m", "datasette", "serve", str(archive), *options, "--port", str(port)]
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment(), cwd=ROOT
    ) as process:
        try:
            assert process.stderr is not None
            assert any("Uvicorn running" in line for line in process.stderr)
            for path in ("", "archive/search?q=viec+lam", "bulletins/tinh/7", "static/archive.css"):
                answer = httpx.get(f"http://127.0.0.1:{port}/{path}", trust_env=False)
                assert answer.status_code == 200, path
                assert "content-security-policy" in answer.headers
            assert "29.412" in httpx.get(f"http://127.0.0.1:{port}/archive/search?q=29412", trust_env=False).text
        finally:
            process.terminate()
            process.communicate()


@pytest.mark.slow
def test_where_no_browser_can_be_started_it_says_so_and_goes_on(archive: Path) -> None:
    nothing = {"PATH": "/nowhere", "BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    with running(command("--archive", archive, "explore", "--port", "0", "--open"), **nothing) as (process, address):
        assert process.stderr is not None
        assert process.stderr.readline() == f"no browser could be started here: open {address} yourself\n"
        assert httpx.get(address, trust_env=False).status_code == 200
        assert ended(process, signal.SIGTERM) == (0, "")


@pytest.mark.slow
def test_the_demo_opens_what_it_has_collected(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n', encoding="utf-8")
    browser.chmod(0o755)
    demo = command("demo", tmp_path / "demo", "--open", "--port", "0")
    with running(demo, BROWSER=f"{browser} %s") as (process, address):
        home = httpx.get(address, trust_env=False)
        assert (home.status_code, "/bulletins/demo/" in home.text) == (200, True)
        for _ in range(PATIENCE * 10):
            if seen.exists() and seen.read_text().strip():
                break
            signal.sigtimedwait([], 0.1)
        assert seen.read_text().strip() == address
        assert ended(process, signal.SIGTERM)[0] == 0
