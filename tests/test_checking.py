"""Portals that nobody has seen answer: ``check`` and ``config check`` say so, and say what to write when one does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.demo.newsroom import SECTIONS
from collector.demo.site import ReplicaPortal
from collector.errors import ConfigError, UsageError
from generations import LAYOUTS, POSTS, Rebuilt, profile

SECTION = SECTIONS[0]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose portal ``tinh`` is the replica; ``khac`` has a file, and no list names it."""
    with ReplicaPortal(count=3) as site:
        (tmp_path / "portals").mkdir()
        (tmp_path / "collector.toml").write_text(
            'portals = ["tinh"]\n[http]\ncontact = "a@example.vn"\ndelay = 0\nretries = 0\n', encoding="utf-8"
        )
        shipped = Path(__file__).parents[1] / "config" / "families"
        (tmp_path / "families").symlink_to(shipped)
        for name in ("tinh", "khac"):
            (tmp_path / "portals" / f"{name}.toml").write_text(
                f'id = "{name}"\nfamily = "td-webforms"\nbase_url = "{site.base_url}"\n'
                f'[[sections]]\nid = "{SECTION.slug}"\nurl = "{SECTION.url.lstrip("/")}"\n',
                encoding="utf-8",
            )
        yield tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(folder), *arguments])


def seen(folder: Path, name: str, day: str) -> None:
    path = folder / "portals" / f"{name}.toml"
    path.write_text(f"verified = {day}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


def test_check_prints_the_line_to_put_into_the_file_of_a_portal_that_answers(folder: Path) -> None:
    done = run(folder, "check")
    assert done.exit_code == 0, done.output
    line = re.search(
        r"tinh: seen for the first time: put (verified = \d{4}-\d\d-\d\d) into portals/tinh\.toml", done.stderr
    )
    assert line is not None
    path = folder / "portals" / "tinh.toml"
    path.write_text(f"{line[1]}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    again = run(folder, "check")
    assert (again.exit_code, "first time" in again.stderr, "verified" in again.stderr) == (0, False, False)


def test_check_says_of_a_portal_that_does_not_answer_whether_anybody_ever_saw_it(folder: Path) -> None:
    path = folder / "portals" / "tinh.toml"
    path.write_text(re.sub(r'base_url = ".*"', 'base_url = "http://127.0.0.1:9/"', path.read_text()), encoding="utf-8")
    done = run(folder, "check")
    assert done.exit_code == 3
    assert "tinh: nobody has seen this portal answer" in done.stderr
    seen(folder, "tinh", "2024-06-01")
    assert "nobody has seen" not in run(folder, "check").stderr


def test_check_tells_programs_too(folder: Path) -> None:
    (result,) = json.loads(run(folder, "check", "--json").stdout)
    assert (result["verified"], result["note"][:23]) == (None, "seen for the first time")
    seen(folder, "tinh", "2024-06-01")
    (result,) = json.loads(run(folder, "check", "--json").stdout)
    assert (result["verified"], result["note"]) == ("2024-06-01", None)


def test_config_check_names_the_unseen_in_one_line(folder: Path) -> None:
    done = run(folder, "config", "check")
    assert done.exit_code == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("warning: nobody has seen these portals answer")
    assert "tinh" in line
    seen(folder, "tinh", "2024-06-01")
    assert run(folder, "config", "check").stderr == ""


def test_a_portal_that_no_list_names_can_be_checked_and_not_run(folder: Path) -> None:
    done = run(folder, "check", "--portal", "khac", "--json")
    assert done.exit_code == 0
    assert [result["portal"] for result in json.loads(done.stdout)] == ["khac"]
    refused = run(folder, "--archive", str(folder / "archive.db"), "run", "--portal", "khac")
    assert isinstance(refused.exception, UsageError)
    assert "no portal 'khac' is configured" in str(refused.exception)
    assert isinstance(run(folder, "check", "--portal", "nirgends").exception, UsageError)


def test_a_mistake_in_the_file_of_a_portal_that_no_list_names_is_told(folder: Path) -> None:
    path = folder / "portals" / "khac.toml"
    path.write_text(path.read_text().replace("td-webforms", "td-webform"), encoding="utf-8")
    assert run(folder, "config", "check").exit_code == 0
    done = run(folder, "check", "--portal", "khac")
    assert isinstance(done.exception, ConfigError)
    assert "did you mean td-webforms?" in str(done.exception)


def test_check_warns_of_a_page_of_today_that_only_a_layout_of_the_past_reads(folder: Path) -> None:
    with Rebuilt() as site:
        text = profile(site.base_url, LAYOUTS).replace("/chuyen-muc/an-sinh", "/Default.aspx?sname=vpubnd&sid=1292"
                       "&pageid=32237&catid=63645&catname=an-sinh")  # fmt: skip
        (folder / "portals" / "thuan-binh.toml").write_text(text, encoding="utf-8")
        (result,) = json.loads(run(folder, "check", "--portal", "thuan-binh", "--json").stdout)
    assert result["warnings"][-1] == "the bulletin is built in the layout webforms of [[layouts]], not in today's"
    assert {row["field"]: row["value"] for row in result["fields"]}["title"] == POSTS[0].title
