"""Tables as a person sees them: on a terminal of 80 columns no short word is broken, in a pipe every row is a line."""

from __future__ import annotations

import io
import re
import sys

import pytest

from collector.cli.covering import _print_fact
from collector.cli.tables import print_table

RUN = ["portal", "verdict", "listed", "added", "revised", "unchanged", "gone", "failed", "requests"]


class Terminal(io.StringIO):
    """Standard output that somebody looks at."""

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        """What is seen: bold heads are no letters."""
        return re.sub(r"\x1b\[[\d;]*m", "", self.getvalue())


def terminal_of_80(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    shown = Terminal()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", shown)
    return shown


def test_a_verdict_is_never_broken_on_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of_80(monkeypatch)
    print_table("", RUN, [["tan-giang", "empty_expected", 12345, 0, 0, 0, 0, 0, 12345]])
    lines = terminal.text.splitlines()
    assert len(lines) == 2, "one for the names, one for the portal"
    assert lines[1].split()[:3] == ["tan-giang", "empty_expected", "12345"]
    assert max(map(len, lines)) <= 80


def test_an_address_is_folded_and_a_word_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of_80(monkeypatch)
    address = "http://127.0.0.1:18123/bai-viet/" + "rat-dai-" * 12 + "20547.html"
    print_table("", ["id", "address", "why"], [["20547", address, "listed, never fetched"]])
    text = terminal.text
    assert max(map(len, text.splitlines())) <= 80
    assert "20547 " in text
    assert address in re.sub(r"\s|listed,|never|fetched", "", text)


def test_without_a_terminal_a_table_is_set_in_as_its_heading_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("", ["  month", "listed"], [["  2024-01", 3], ["  2024-02", "a\nb"]])
    assert capsys.readouterr().out == "  month    listed\n  2024-01  3\n  2024-02  a b\n"


def test_a_long_fact_is_broken_between_words_and_months_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of_80(monkeypatch)
    months = [f"20{year}-{month:02}" for year in (22, 23) for month in range(1, 13)]
    _print_fact("empty ", ", ".join(months))
    first, *further = terminal.text.splitlines()
    assert first.startswith("  empty  2022-01, ")
    assert all(line.startswith(" " * 9 + "202") for line in further)
    assert max(map(len, [first, *further])) <= 80
    assert [word.strip(",") for word in " ".join([first, *further]).split()[1:]] == months
