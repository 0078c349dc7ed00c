"""Recorded and generated pages with what a reader sees in them, side by side in ``tests/pages/PORTAL/``.

``NAME.html`` is the page as it was sent, ``NAME.url`` its address (and on a second line its content type),
``NAME.json`` what must be read from it; ``collector fixture add`` writes all three from a failure. A missing
expectation is written and then fails, so that somebody compares it with the page before it counts.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import second_portal
from collector.cli.evidence import KEYS
from collector.cli.reading import listing_record, record
from collector.config import init, load
from collector.errors import ReadError
from collector.model import Page, PageRequest
from collector.portal import Reading, open_page
from collector.profile import Profile
from stored import EXAMINING

PAGES = Path(__file__).parent / "pages"
#: Portals that are invented, each one file that names its family.
PORTALS = Path(__file__).parent / "portals"


def profile_of(portal: str, tmp_path: Path) -> Profile:
    if portal == "tan-giang":
        (tmp_path / "portals").mkdir()
        (tmp_path / "collector.toml").write_text('portals = ["tan-giang"]', encoding="utf-8")
        text = second_portal.profile("https://tangiang.example/")
        assert tomllib.loads(text)["id"] == portal
        (tmp_path / "portals" / f"{portal}.toml").write_text(text, encoding="utf-8")
        return load(tmp_path, environ={}, cwd=tmp_path).profiles[0]
    if (PORTALS / f"{portal}.toml").exists():
        init(tmp_path / "config")
        (tmp_path / "config/collector.toml").write_text(f'portals = ["{portal}"]', encoding="utf-8")
        shutil.copy(PORTALS / f"{portal}.toml", tmp_path / "config/portals")
        return load(tmp_path / "config", environ={}, cwd=tmp_path).profiles[0]
    settings = load(None, environ={}, cwd=tmp_path)
    found = [one for one in settings.profiles if one.id == portal]
    assert found, f"tests/pages/{portal} belongs to no portal that config/collector.toml names"
    return found[0]


def read(reading: Reading, url: str, expectation: Path) -> dict[str, Any]:
    """Return what the page gives: a listing where the expectation says so, or without one where it is no bulletin."""
    if expectation.exists():
        is_listing = "items" in json.loads(expectation.read_text(encoding="utf-8"))
        return listing_record(reading.listing(PageRequest(url))) if is_listing else record(reading, EXAMINING)
    with suppress(ReadError):
        return record(reading, EXAMINING)
    return listing_record(reading.listing(PageRequest(url)))


@pytest.mark.parametrize("path", sorted(PAGES.glob("*/*.html")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_page_says_what_a_reader_sees(path: Path, tmp_path: Path) -> None:
    url, *said = path.with_suffix(".url").read_text(encoding="utf-8").split("\n")
    headers = {"content-type": said[0] if said and said[0] else "text/html"}
    page = Page(url, url, datetime(2024, 7, 1, tzinfo=UTC), 200, headers, path.read_bytes())
    reading = open_page(page, profile_of(path.parent.name, tmp_path))
    expectation = path.with_suffix(".json")
    found = read(reading, url, expectation)
    if not expectation.exists():
        expectation.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"{expectation.name} was missing and has been written: compare it with the page, then run again")
    expected = json.loads(expectation.read_text(encoding="utf-8"))
    # What a page's words say is measured on many texts elsewhere: here only what somebody read in this one is compared.
    assert {key: value for key, value in found.items() if key in expected or key not in KEYS} == expected


def test_every_shipped_portal_has_a_page() -> None:
    shipped = {profile.id for profile in load(None, environ={}, cwd=PAGES).profiles}
    assert shipped <= {path.name for path in PAGES.iterdir()}
