"""Recorded and generated pages with what a reader sees in them, side by side in ``tests/pages/PORTAL/``.

``NAME.html`` is the page as it was sent, ``NAME.url`` its address, ``NAME.json`` what must be read from it. A missing
expectation is written and then fails, so that somebody compares it with the page before it counts.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

import second_portal
from collector.config import load
from collector.model import Page
from collector.portal import open_page
from collector.profile import Profile

PAGES = Path(__file__).parent / "pages"


def profile_of(portal: str, tmp_path: Path) -> Profile:
    if portal == "tan-giang":
        (tmp_path / "portals").mkdir()
        (tmp_path / "collector.toml").write_text('portals = ["tan-giang"]', encoding="utf-8")
        text = second_portal.profile("https://tangiang.example/")
        assert tomllib.loads(text)["id"] == portal
        (tmp_path / "portals" / f"{portal}.toml").write_text(text, encoding="utf-8")
        return load(tmp_path, environ={}, cwd=tmp_path).profiles[0]
    settings = load(None, environ={}, cwd=tmp_path)
    return next(one for one in settings.profiles if one.id == portal)


@pytest.mark.parametrize("path", sorted(PAGES.glob("*/*.html")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_page_says_what_a_reader_sees(path: Path, tmp_path: Path) -> None:
    url = path.with_suffix(".url").read_text(encoding="utf-8").strip()
    page = Page(url, url, datetime(2024, 7, 1, tzinfo=UTC), 200, {"content-type": "text/html"}, path.read_bytes())
    reading = open_page(page, profile_of(path.parent.name, tmp_path))
    found = asdict(reading.article())
    visits, publisher = reading.visits(), reading.publisher()
    found["visits"] = None if visits is None else asdict(visits)
    found["publisher"] = None if publisher is None else asdict(publisher)
    found = json.loads(json.dumps(found, default=str))
    expectation = path.with_suffix(".json")
    if not expectation.exists():
        expectation.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"{expectation.name} was missing and has been written: compare it with the page, then run again")
    assert found == json.loads(expectation.read_text(encoding="utf-8"))


def test_every_shipped_portal_has_a_page() -> None:
    shipped = {profile.id for profile in load(None, environ={}, cwd=PAGES).profiles}
    assert shipped <= {path.name for path in PAGES.iterdir()}
