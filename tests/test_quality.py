"""The extraction stays as good as it was: floors over 160 annotated bulletins, pinned with the corpus they were measured on."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "quality"))

import scoring

DIRECTIONS = {"level", "increase", "decrease", "target_attainment", "plan_target"}
QUALIFIERS = {"exact", "over", "nearly", "about", "estimated", "at_least", "at_most"}
PERIOD = re.compile(r"\d{4}(?:-(?:H[12]|Q[1-4]|M(?:0[1-9]|1[01])|0[1-9]|1[0-2]|\d{4}))?")


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    """F1 by what was compared."""
    return {what: round(tally.f1, 3) for what, tally in scoring.score(scoring.examiner()).tallies.items()}


def test_the_floors_are_those_of_this_corpus() -> None:
    assert scoring.floors()["digest"] == scoring.digest(), (
        "the corpus has changed: look at `python tests/quality/scoring.py --errors`, then pin it with --write"
    )


@pytest.mark.parametrize("what", sorted(scoring.floors()["f1"]))
def test_nothing_is_read_worse_than_it_was(what: str, figures: dict[str, float]) -> None:
    floor = scoring.floors()["f1"][what]
    assert figures[what] >= floor, "see `python tests/quality/scoring.py --errors`"


def test_everything_that_is_compared_has_a_floor(figures: dict[str, float]) -> None:
    assert figures.keys() == scoring.floors()["f1"].keys()


def test_the_corpus_is_large_and_shows_every_trap() -> None:
    corpus = scoring.corpus()
    assert len(corpus) >= 150
    shown = {item.get("trap") for one in corpus for item in one.expected["indicators"]}
    assert {f"A{number}" for number in range(1, 14)} | {f"B{number}" for number in range(1, 13)} <= shown
    assert {f"C{number}" for number in range(1, 7)} <= shown


@pytest.mark.parametrize("one", scoring.corpus(), ids=lambda one: one.name)
def test_each_annotation_points_to_one_place(one: scoring.Annotated) -> None:
    text = f"{one.title}\n{one.body}"
    for item in one.expected["indicators"]:
        assert text.count(item["in"]) == 1, item["in"]
        assert item["in"].count(item["printed"]) == 1, item
        assert item["direction"] in DIRECTIONS
        assert item["qualifier"] in QUALIFIERS
        assert item.get("period") is None or PERIOD.fullmatch(item["period"]), item
    assert len(one.places()) == len(one.expected["indicators"]), "two annotations of one figure"
    for person in one.expected["people"]:
        assert person["name"] in text
