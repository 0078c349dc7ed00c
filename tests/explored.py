"""Datasette on an archive as ``collector explore`` puts it together, asked without a socket, and what its pages hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

import stored
from collector.archive import Archive
from collector.config import shipped_folder
from collector.explore.bundle import metadata
from collector.explore.serving import application
from stored import BULLETIN, PROFILE

BUNDLE = shipped_folder() / "datasette"
#: Attributes that lead somewhere.
_LEADING = {"href", "src", "action", "formaction", "poster", "data", "xlink:href", "background", "cite", "srcset"}
#: Elements that none of our pages has.
_FOREIGN = {"iframe", "object", "embed", "svg", "math", "base", "frame", "applet", "marquee", "video", "audio", "img"}
_BRAND = {"viewbox": "0 0 16 16", "aria-hidden": "true", "focusable": "false"}

TEXT = "Năm 2023, tỉnh giải quyết việc làm cho 29.412 lao động."


def archived(path: Path, *ids: str) -> Path:
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        for number in ids or ("7",):
            stored.append(
                archive, replace(BULLETIN, source_id=number, url=f"https://portal.example/tin/{number}", body=TEXT)
            )
    return path


class Explored:
    """A served archive."""

    def __init__(self, archive: Path, folder: Path = BUNDLE, *, settings: dict[str, Any] | None = None) -> None:
        self.datasette = application(archive, folder, metadata(folder))
        self.datasette._settings.update(settings or {})
        self.datasette.sql_time_limit_ms = self.datasette.setting("sql_time_limit_ms")
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(app=self.datasette.app(), raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self._runner.run(self._client.aclose())
        self.datasette.executor.shutdown()
        for database in self.datasette.databases.values():
            database.close()
        self._runner.close()

    def ask(self, path: str, method: str = "GET", **given: Any) -> httpx.Response:
        """Return the answer; cookies are not kept."""
        answer = self._runner.run(self._client.request(method, path, **given))
        self._client.cookies.clear()
        return answer

    def get(self, path: str, **given: Any) -> httpx.Response:
        """Return an answer that is none of a mishap."""
        answer = self.ask(path, **given)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer

    def parts(self, path: str) -> tuple[int, list[bytes], bool]:
        """Return status and parts of an answer as the server would send them, and whether it came to its end."""

        async def asked() -> tuple[int, list[bytes], bool]:
            sent: list[Any] = []

            async def send(message: Any) -> None:
                sent.append(message)

            async def receive() -> Any:
                return {"type": "http.request", "body": b"", "more_body": False}

            raw, _, query = path.partition("?")
            scope = {"type": "http", "method": "GET", "path": raw, "raw_path": raw.encode(), "headers": []}
            await self.datasette.app()({**scope, "query_string": query.encode()}, receive, send)
            bodies = [message for message in sent if message["type"] == "http.response.body"]
            ended = not bodies[-1].get("more_body", False)
            return sent[0]["status"], [message.get("body", b"") for message in bodies], ended

        return self._runner.run(asked())


class Page(HTMLParser):
    """The elements of a page with their attributes, and the texts of its scripts."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._within: list[str] = []
        self.policy = answer.headers["content-security-policy"]
        self.feed(answer.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        """What a reader sees, and the scripts."""
        return "".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def nonce(self) -> str:
        """The one that the policy names."""
        return self.policy.split("'nonce-")[1].split("'")[0]

    def faults(self) -> Iterator[str]:
        """Yield everything that could run, or lead a reader where no page of ours leads."""
        for tag, attributes in self.elements:
            # The templates' own drawing says that it is none to be read; nothing in the hostile texts does.
            if (tag in _FOREIGN and attributes != _BRAND) or tag.startswith("x-"):
                yield f"<{tag}>"
            if tag == "script" and not ("src" in attributes or attributes.get("nonce") == self.nonce):
                yield f"a script without the nonce: {attributes}"
            if tag == "meta" and "http-equiv" in attributes:
                yield f"<meta http-equiv={attributes['http-equiv']}>"
            for name, value in attributes.items():
                if name.startswith("on") or name in ("srcdoc", "data-evil"):
                    yield f"<{tag} {name}={value[:60]!r}>"
                if name in _LEADING and not _harmless(tag, name, value):
                    yield f"<{tag} {name}={value[:60]!r}>"


def _harmless(tag: str, name: str, value: str) -> bool:
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        # "http://[::1": a bad address, but nothing else than one.
        return tag == "a" and value.startswith(("http://", "https://"))
    own = parts.scheme == "" and parts.netloc == "" and not value.strip().startswith(("\\", "/\\"))
    if name == "href" and tag == "a":
        return own or parts.scheme in ("http", "https")
    if tag == "link":
        return own or parts.netloc == "localhost" or value.startswith("data:image/svg+xml,%3Csvg")
    return own


def pages_without_faults(explored: Explored, paths: Iterable[str]) -> dict[str, list[str]]:
    """Return what is wrong with pages, by path."""
    found = {path: list(dict.fromkeys(Page(explored.get(path)).faults())) for path in paths}
    return {path: faults for path, faults in found.items() if faults}


@contextmanager
def explored(archive: Path, folder: Path = BUNDLE, **settings: Any) -> Iterator[Explored]:
    """Serve an archive within a block."""
    with Explored(archive, folder, settings=settings) as served:
        yield served


def count(served: Explored) -> object:
    return served.get("/archive.json?sql=select+count(*)+from+articles&_shape=arrayfirst").json()[0]
