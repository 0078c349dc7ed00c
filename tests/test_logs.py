"""Log lines, whoever writes them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from collector.logs import configure_logging


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_librarys_line_has_the_form_of_our_own(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    logging.getLogger("apscheduler.scheduler").warning("Execution of job %s skipped", "poll")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"]) == ("Execution of job poll skipped", "warning")
    assert line["logger"] == "apscheduler.scheduler"
    configure_logging("text")
    logging.getLogger("apscheduler.scheduler").warning("skipped")
    assert "[warning  ] skipped" in capsys.readouterr().err


def test_a_librarys_chatter_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", verbosity=2)
    logging.getLogger("httpx").info("HTTP Request")
    assert capsys.readouterr().err == ""
