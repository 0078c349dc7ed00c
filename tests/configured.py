"""A configuration to try things on: a portal and its family in a folder, and what is said of it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from collector import config
from collector.errors import ConfigError, Mistake

MAIN = 'portals = ["an-giang"]\n[http]\ncontact = "a@example.vn"\n'
FAMILY = r"""
id = "cms"
name = "A family"
[identity]
patterns = ['-(?P<id>\d+)$']
[recognise]
marks = [".Mark", ".Other"]
[listing]
item = ["ul.List > li"]
[pager]
kind = "query"
parameter = "page"
[article]
title = ["h1"]
body = [".Body", ".Text"]
[visits.labels]
today = ["Hôm nay"]
total = ["Tất cả"]
"""
PORTAL = """
id = "an-giang"
family = "cms"
name = "An Giang"
base_url = "https://angiang.example/"
[[sections]]
id = "tin"
url = "/tin-tuc"
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a configuration into ``config/`` below the temporary folder; what is not given is as above."""

    def _write(
        main: str | bytes = MAIN, portal: str | bytes | None = PORTAL, family: str | bytes | None = FAMILY
    ) -> Path:
        files = {"collector.toml": main, "portals/an-giang.toml": portal, "families/cms.toml": family}
        for name, content in files.items():
            path = tmp_path / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return _write


def load(root: Path, environ: Mapping[str, str] | None = None, path: Path | None = None) -> config.Settings:
    return config.load(path, environ=environ or {}, cwd=root)


def mistakes(root: Path) -> list[Mistake]:
    with pytest.raises(ConfigError) as refused:
        load(root)
    return refused.value.mistakes


def only_mistake(root: Path) -> Mistake:
    (mistake,) = mistakes(root)
    return mistake


#: What the shipped settings name: a further portal must not break these tests.
SHIPPED_PORTALS = tomllib.loads((config.shipped_folder() / "collector.toml").read_text(encoding="utf-8"))["portals"]
