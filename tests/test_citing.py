"""A bulletin is cited by any address that leads to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.archive import Archive
from collector.cli import cli
from collector.exports import citation, citation_at
from stored import BULLETIN, PROFILE, append

#: Two forms of address for one id, as the WebForms family has them.
PORTAL = replace(
    PROFILE,
    hosts=("old.example",),
    identity=(re.compile(r"^/tin/(?P<id>\d+)/?$"), re.compile(r"[?&]id=(?P<id>\d+)")),
)
SEEN = "https://portal.example/tin/7?xem=1"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        opened.portals.register(PROFILE)
        append(opened, replace(BULLETIN, url=SEEN))
        append(opened, replace(BULLETIN, source_id="thư mục", url="http://portal.example/th%C6%B0/"))
        yield opened


@pytest.mark.parametrize(
    ("address", "article"),
    [
        (SEEN, 1),
        ("http://portal.example/tin/7?xem=1", 1),
        ("portal.example/tin/7?xem=1#binh-luan", 1),
        ("HTTPS://Portal.Example/tin/7/?xem=1", 1),
        ("https://portal.example/thư", 2),
        ("  http://portal.example/thư/ ", 2),
        # By the id in it, whatever the form.
        ("https://portal.example/mDefault.aspx?sid=1&id=7", 1),
        ("http://old.example/tin/7/", 1),
        ("https://elsewhere.example/tin/7", None),
        ("https://portal.example/tin/8", None),
        ("javascript://portal.example/tin/7", None),
        ("https://[portal.example/tin/7", None),
        ("https://", None),
    ],
)
def test_an_address_is_known_however_it_is_written(archive: Archive, address: str, article: int | None) -> None:
    cited = citation_at(archive, address, [PORTAL])
    assert (cited and cited.article) == article
    if address != SEEN:
        assert citation(archive, address) is None


def test_the_command_takes_such_an_address_and_says_where_it_looked(archive: Archive) -> None:
    def cite(article: str) -> str:
        done = CliRunner().invoke(cli, ["-q", "--archive", str(archive.path), "cite", article])
        return done.output or str(done.exception)

    assert SEEN in cite("portal.example/tin/7?xem=1")
    nowhere = "none was seen under this address, and it holds no id of one by a configured portal's patterns"
    assert cite("https://portal.example/tin/8").endswith(nowhere)
    assert cite("tinh/8") == f"there is no bulletin 'tinh/8' in {archive.path}"
