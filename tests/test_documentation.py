"""The documentation tells the truth: every command, option, table and verdict is named, every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from collector.archive import Archive
from collector.cli import cli
from collector.model import Verdict
from collector.plan import EXIT_CODES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_stands_in_the_readme_and_has_help_with_an_example(name: str) -> None:
    assert f"| `{name}` |" in README
    command = cli.commands[name]
    assert command.help
    assert command.epilog
    assert command.epilog.startswith("Example: collector ")


def test_the_reference_is_what_the_program_says() -> None:
    asked = [sys.executable, str(ROOT / "docs" / "reference"), "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_every_option_has_a_help_text() -> None:
    def options(command: click.Command) -> list[click.Option]:
        found = [one for one in command.params if isinstance(one, click.Option)]
        if isinstance(command, click.Group):
            found += [one for name in command.commands for one in options(command.commands[name])]
        return found

    assert all(option.help or option.name == "log_format" for option in options(cli))


def test_every_table_and_view_stands_in_the_readme() -> None:
    with Archive(None) as archive:
        rows = archive.connection.rows("select name from sqlite_master where type in ('table', 'view')")
        tables = [row["name"] for row in rows]
    for table in tables:
        if not table.startswith(("_", "sqlite_", "articles_fts_")):
            assert f"`{table}`" in README, table


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_stands_in_the_readme_with_its_exit_code(verdict: Verdict) -> None:
    assert re.search(rf"^\| `{verdict.value}` \|.*\| {EXIT_CODES[verdict]} \|$", README, re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def test_the_readme_begins_with_the_two_commands_each_one_line() -> None:
    for mark in ("demo", "tests"):
        block = README.split(f"<!-- {mark} -->")[1].split("<!-- end -->")[0].strip("\n")
        assert len([line for line in block.splitlines() if line.strip()]) == 1
    assert README.index("<!-- demo -->") < README.index("## ")


def test_the_picture_of_who_imports_whom_is_the_one_that_is_checked() -> None:
    contract = (ROOT / ".importlinter").read_text(encoding="utf-8")
    layers = re.findall(r"^    (collector\..*)$", contract.split("layers =")[1].split("\n\n")[0], re.MULTILINE)
    why = (ROOT / "docs" / "WHY.md").read_text(encoding="utf-8")
    for layer in layers:
        for module in re.findall(r"collector\.(\w+)", layer):
            assert module in why, module
