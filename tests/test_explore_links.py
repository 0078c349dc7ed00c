"""Every link of the served archive leads to a page, in both languages: followed from the home page on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from asked import QUERIES
from collector import plan
from collector.archive import Archive
from collector.model import Change, Outcome
from explored import Explored, Page, explored
from stored import BULLETIN, NOW, PROFILE, SHIPPED, append
from test_exploring import FOUND

#: Pages of one kind (path with numbers and names left out, names of the parameters) that are followed.
ALIKE = 2
MOST = 700


def followed(served: Explored, language: str, *, most: int = MOST) -> dict[str, tuple[int, str]]:
    """Return of each address that was asked the status, and the page that led there."""
    found: dict[str, tuple[int, str]] = {}
    waiting: list[tuple[str, str]] = [("/", "")]
    alike: Counter[tuple[object, ...]] = Counter()
    seen = {"/"}
    while waiting and len(found) < most:
        path, led_by = waiting.pop(0)
        answer = served.ask(path, headers={"cookie": f"collector_language={language}"})
        found[path] = (answer.status_code, led_by)
        if 300 <= answer.status_code < 400:
            targets = [answer.headers["location"]]
        elif answer.headers.get("content-type", "").startswith("text/html"):
            targets = list(_links(Page(answer)))
        else:
            targets = []
        for target in targets:
            parts = urlsplit(urljoin(f"http://localhost{path}", target))
            there = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.netloc != "localhost" or there in seen:
                continue
            seen.add(there)
            kind = _kind(parts.path, parts.query)
            alike[kind] += 1
            if alike[kind] <= ALIKE:
                waiting.append((there, path))
    return found


def _links(page: Page) -> Iterator[str]:
    for tag, attributes in page.elements:
        for name in ("href", "src", "action", "data-url"):
            if attributes.get(name) and not attributes[name].startswith(("data:", "#")):
                yield attributes[name]
        del tag


def _kind(path: str, query: str) -> tuple[object, ...]:
    names = sorted({part.partition("=")[0] for part in query.split("&")})
    steps = path.split("/")
    named = [step if step in QUERIES else re.sub(r"\d+", "0", step) for step in steps]
    return (*named[:4], *names)


@pytest.mark.parametrize(("language", "most"), [pytest.param("vi", MOST, marks=pytest.mark.slow), ("en", 120)])
def test_every_link_of_the_demo_leads_to_a_page(demo_archive: Path, language: str, most: int) -> None:
    with explored(demo_archive) as served:
        found = followed(served, language, most=most)
    assert {path: told for path, told in found.items() if not 200 <= told[0] < 400} == {}
    assert len(found) >= min(most, 250)
    for name in QUERIES if most == MOST else ():
        assert any(path.startswith(f"/archive/{name}") for path in found), name


def test_every_link_of_an_archive_with_nothing_in_it_leads_to_a_page(tmp_path: Path) -> None:
    """Not even a portal; a portal without a section, which nobody has looked at yet."""
    Archive(tmp_path / "empty.db").close()
    with Archive(tmp_path / "bare.db") as archive:
        archive.portals.register(replace(PROFILE, sections=()))
    for path in (tmp_path / "empty.db", tmp_path / "bare.db"):
        with explored(path) as served:
            found = followed(served, "vi", most=100)
        assert {path: told for path, told in found.items() if not 200 <= told[0] < 400} == {}
        assert len(found) > 60


def test_a_figure_of_an_earlier_state_leads_to_that_state(tmp_path: Path) -> None:
    """The bulletin's page has the latest one's only."""
    with Archive(tmp_path / "archive.db") as archive:
        archive.portals.register(PROFILE)
        archive.findings.know(SHIPPED.vocabulary.measures)
        append(archive, evidence=FOUND)
        edited = replace(BULLETIN, body="Toàn tỉnh có 2.000 người.")
        change = Change(Outcome.REVISED, plan.content_hash(edited))
        append(archive, edited, at=NOW + timedelta(days=1), change=change, evidence=FOUND)
    with explored(tmp_path / "archive.db") as served:
        for path in ("/archive/indicators", "/archive/indicators/1"):
            assert "/figures/1" in {attributes.get("href") for attributes in Page(served.get(path)).all("a")}
        for figure, page, anchor in ((1, "/bulletins/tinh/7/history", "r1"), (2, "/bulletins/tinh/7", "n2")):
            assert served.ask(f"/figures/{figure}").headers["location"] == f"{page}#{anchor}"
            shown = Page(served.get(page))
            assert anchor in {attributes.get("id") for _, attributes in shown.elements}
        assert served.ask("/figures/3").status_code == 404
