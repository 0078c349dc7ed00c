"""Texts that a spreadsheet would run are defused, and come back as they were."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.exports.cells import defused, restored
from leaving import HOSTILE

#: As spreadsheets see it, written down apart from the rule: what a cell's content may not begin with.
DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
TEXTS = st.text(st.sampled_from(["'", *DANGEROUS, "a", " ", "1", '"']), max_size=6) | st.text(max_size=20)


@given(TEXTS)
@example("")
@example("'")
@example("''=")
def test_every_text_comes_back(text: str) -> None:
    assert restored(defused(text)) == text


@given(TEXTS)
def test_nothing_that_is_defused_begins_a_formula(text: str) -> None:
    assert not defused(text).startswith(DANGEROUS)


@given(TEXTS, TEXTS)
def test_two_texts_are_never_defused_to_one(one: str, other: str) -> None:
    assert (defused(one) == defused(other)) is (one == other)


@pytest.mark.parametrize("text", ["", "'", "''", "'chữ'", "Hội nghị", " =1", "29.412", "a=b", "'a=b"])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert defused(text) == text
    assert restored(text) == text


@pytest.mark.parametrize("text", ["=1+1", "+84 299", "-5", "@SUM(A1)", "\t=1", "＝1", "'=1", "''-1"])
def test_what_would_run_gets_one_apostrophe(text: str) -> None:
    assert defused(text) == f"'{text}"


def test_the_hostile_texts_of_the_other_tests_are_hostile() -> None:
    assert len([text for text in HOSTILE if re.match("'*[=+@＝＋－＠\t\r\n-]", text)]) > 10
