"""A browser on the real server: ``collector explore`` as its own process, on the archive that ``collector demo`` makes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

CHECKER = Path(__file__).with_name("checker.js")

Problems = list[str]


@dataclass
class Site:
    """The server, and what opens its pages and watches what they do."""

    address: str  #: without a slash at its end
    archive: Path
    _browser: Browser

    @contextmanager
    def page(
        self, *, width: int = 1280, dark: bool = False, language: str = "en", expected: str | None = None
    ) -> Iterator[Page]:
        """Give a page of a browser of its own; a request to elsewhere or an error in its console fails the test.

        ``expected``: what the console may tell, because the test is about it.
        """
        seen: Problems = []
        context = self._browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme="dark" if dark else "light",
            locale="vi-VN" if language == "vi" else "en-GB",
            base_url=self.address,
        )
        page = context.new_page()
        page.on("request", lambda request: self._watch(request, seen))
        page.on("console", lambda message: _listen(message, seen))
        page.on("pageerror", lambda error: seen.append(f"page error: {error}"))
        try:
            yield page
        finally:
            context.close()
        assert [one for one in seen if expected is None or expected not in one] == []

    def _watch(self, request: Request, seen: Problems) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.address:
            seen.append(f"a request left this machine: {request.url}")


def drawn(page: Page) -> None:
    """Wait until every plot of a page is drawn, or says that there is nothing to draw."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('figure[data-plot]')].every("
        "figure => figure.dataset.drawn || figure.dataset.failed)"
    )


def _listen(message: ConsoleMessage, seen: Problems) -> None:
    if message.type in ("error", "warning"):
        seen.append(f"console {message.type}: {message.text}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI") or os.environ.get("COLLECTOR_CI"):
            pytest.fail("chromium is not installed, and in CI nothing may be skipped")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        # Without a sandbox: containers, and CI as root, allow none. Only our own pages are opened.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("explored")
    collector = [sys.executable, "-m", "collector"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
    subprocess.run([*collector, "demo", str(folder / "demo")], check=True, capture_output=True, env=environment)
    archive = folder / "demo" / "archive.db"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*collector, "--archive", str(archive), "explore", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=environment,
        )
    assert process.stdout is not None
    try:
        told = process.stdout.readline().decode()
        assert "http://127.0.0.1:" in told, told + (folder / "log").read_text()
        yield Site(told.split(" is shown at ")[1].split("/ ")[0], archive, chromium)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
        process.stdout.close()
