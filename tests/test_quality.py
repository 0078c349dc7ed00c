"""How well the evidence is read may rise and never silently fall; and the corpus that says so is well formed."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

import scoring
from collector.config import load_shipped
from fuzzing_evidence import DIRECTIONS, PERIOD, QUALIFIERS, assert_sound
from scoring import Annotated

CORPUS = scoring.corpus()
FLOORS = scoring.floors()
EXAMINER = scoring.examiner()
MEASURES = {one.id for one in load_shipped().vocabulary.measures}
BY_NAME = pytest.mark.parametrize("bulletin", CORPUS, ids=[one.name for one in CORPUS])

#: The sections A to D of VIETNAMESE, with their numbers.
TRAP = re.compile(r"A(?:1[0-4]|[1-9])|B(?:1[0-2]|[1-9])|C[1-6]|D(?:1[01]|[1-9])")
KEYS = {"published_on", "event_on", "place", "people", "documents", "indicators"}
REQUIRED = {"in", "printed", "value", "unit", "measure", "qualifier", "direction", "period", "trap"}
OPTIONAL = {"value_max", "place", "optional", "direction_alt", "ambiguous"}


def test_the_corpus_is_the_one_that_the_floors_were_measured_on() -> None:
    assert scoring.digest() == FLOORS["digest"], (
        "the corpus has changed: read its errors (python tests/quality/scoring.py --errors), then pin the figures anew "
        "with python tests/quality/scoring.py --write"
    )


def test_no_figure_of_the_evidence_falls_below_its_floor() -> None:
    tallies = scoring.score(EXAMINER).tallies
    floors: dict[str, float] = FLOORS["f1"]
    assert tallies.keys() == floors.keys()
    # Floors are rounded to three digits.
    fallen = {
        what: (floors[what], round(tally.f1, 3)) for what, tally in tallies.items() if tally.f1 < floors[what] - 5e-4
    }
    assert not fallen, "floor and figure; python tests/quality/scoring.py --errors says what is read wrong"


def test_the_corpus_is_large_and_has_every_trap_of_numbers_meaning_and_units() -> None:
    assert len(CORPUS) >= 150
    traps = {item["trap"] for one in CORPUS for item in one.expected["indicators"]}
    # A 14, the vague number, is no figure to be annotated.
    wanted = {f"{letter}{number}" for letter, last in (("A", 13), ("B", 12), ("C", 6)) for number in range(1, last + 1)}
    assert wanted <= traps


@BY_NAME
def test_an_annotation_points_to_one_place_and_says_what_the_contract_allows(bulletin: Annotated) -> None:
    assert bulletin.expected.keys() == KEYS
    assert bulletin.title
    assert bulletin.body
    assert len(bulletin.places()) == len(bulletin.expected["indicators"]), "two annotations of one place"
    for item in bulletin.expected["indicators"]:
        assert REQUIRED <= item.keys() <= REQUIRED | OPTIONAL, item
        assert (bulletin.title + "\0" + bulletin.body).count(item["in"]) == 1, item
        assert item["in"].count(item["printed"]) == 1, item
        assert_allowed(item)
    for day in (bulletin.expected["published_on"], bulletin.expected["event_on"]):
        assert day is None or date.fromisoformat(day)
    text = f"{bulletin.title}\n{bulletin.body}"
    for words in (*(one["name"] for one in bulletin.expected["people"]), *bulletin.expected["documents"]):
        assert words in text, words


def assert_allowed(item: dict[str, Any]) -> None:
    assert isinstance(item["value"], int | float), item
    assert item.get("value_max") is None or item["value"] < item["value_max"], item
    assert item["qualifier"] in QUALIFIERS, item
    assert {item["direction"], item.get("direction_alt", item["direction"])} <= DIRECTIONS, item
    assert item["period"] is None or PERIOD.fullmatch(item["period"]), item
    assert item["unit"].strip(), item
    assert item["trap"] is None or TRAP.fullmatch(item["trap"]), item
    assert item["measure"] is None or item["measure"].removesuffix("_plan_rate") in MEASURES, item


@BY_NAME
def test_what_is_found_in_a_bulletin_stands_where_it_says(bulletin: Annotated) -> None:
    found = EXAMINER.examine(bulletin.title, bulletin.body, published_on=bulletin.published_on)
    assert_sound(bulletin.title, bulletin.body, found)
