"""Pages of bulletins as they are asked for: under whatever id, their figures told in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest

from collector.archive import Archive
from collector.config import load_shipped
from collector.explore.phrasing import bulletin_path, named
from collector.findings import Evidence, Indicator
from explored import Explored, archived
from stored import BULLETIN, PROFILE, append

#: Ids that mean something in a path, or to us.
IDS = [".", "..", "~", "~..", "~7", "%2e%2e", "a/b", "a b?c#d", "bản tin"]


@pytest.mark.parametrize("number", IDS)
def test_a_name_is_one_part_of_a_path_and_read_back(number: str) -> None:
    path = bulletin_path({"installation": "..", "source_id": number})
    assert [named(part) for part in path.split("/")[2:]] == ["..", number]
    # What a browser makes of it.
    assert urljoin("http://x/", path.replace("%2E", ".").replace("%2e", ".")).endswith(path)


def test_a_bulletin_of_any_id_has_its_page(tmp_path: Path) -> None:
    with Explored(archived(tmp_path / "archive.db", *IDS)) as site:
        for number, name in enumerate(IDS, 1):
            led = site.ask(f"/articles/{number}").headers["location"]
            assert led == bulletin_path({"installation": "tinh", "source_id": name})
            page = site.ask(led)
            assert (page.status_code, "29.412" in page.text) == (200, True), name


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("vi", "Lao động được giải quyết việc làm · trên · tăng · 9 tháng đầu năm 2023 · Kế Sách"),
        ("en", "People for whom jobs were created · over · increase · January to September 2023 · Kế Sách"),
    ],
)
def test_pointing_at_a_figure_tells_in_words_what_it_is(tmp_path: Path, language: str, told: str) -> None:
    found = Indicator(
        "jobs_created", "việc làm", "body", "Đoạn", 2000.0, None, "người", "over", "increase", "2023-M09", "Kế Sách",
        "Đoạn một.", 0, 4, "test",
    )  # fmt: skip
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        archive.findings.know(load_shipped().vocabulary.measures)
        append(archive, replace(BULLETIN), evidence=Evidence((found,)))
    with Explored(path) as site:
        page = site.ask("/bulletins/tinh/7", headers={"accept-language": language})
    assert f'title="{told}"' in page.text
