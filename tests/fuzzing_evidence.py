"""Mutated bulletins for the examiner, and what must hold of whatever it finds in them."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from collector.config import load_shipped
from collector.evidence import Examiner
from collector.findings import Evidence, Indicator
from collector.vietnamese.numbers import NUMERAL_WORDS
from text_mutations import mutated_text

_BULLETINS = Path(__file__).parent / "quality" / "bulletins"
QUALIFIERS = {"exact", "over", "nearly", "about", "estimated", "at_least", "at_most"}
DIRECTIONS = {"level", "increase", "decrease", "target_attainment", "plan_target"}
#: ``2023``, ``2024-H1``, ``2024-Q3``, ``2023-M09``, ``2023-09``, ``2021-2025``; the half of a year and a whole one are no M.
PERIOD = re.compile(r"(\d{4})(?:-H[12]|-Q[1-4]|-M(?:0[1-57-9]|1[01])|-(?:0[1-9]|1[0-2])|-(?P<last>\d{4}))?", re.ASCII)
_FIRST_DAY = date(1990, 1, 1)
_DAYS = (date(2100, 12, 31) - _FIRST_DAY).days  #: printed dates of other years are none


@cache
def _examiner() -> Examiner:
    return Examiner(load_shipped().vocabulary)


@cache
def _measures() -> frozenset[str]:
    return frozenset(one.id for one in load_shipped().vocabulary.measures)


@cache
def _bulletins() -> list[tuple[str, str]]:
    """Return title and body of every annotated bulletin."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(_BULLETINS.glob("*.txt"))]
    assert len(texts) >= 150
    return [(title, body) for title, _, body in (text.rstrip("\n").partition("\n") for text in texts)]


def examined(chance: random.Random) -> None:
    """Examine one mutated bulletin, one in four a second time."""
    title, body = chance.choice(_bulletins())
    if chance.random() < 0.2:
        body += "\n" + chance.choice(_bulletins())[1]
    if chance.random() < 0.3:
        title = mutated_text(title, chance)[:2000]
    body = mutated_text(body, chance)
    published = _FIRST_DAY + timedelta(chance.randrange(_DAYS)) if chance.random() < 0.7 else None
    found = _examiner().examine(title, body, published_on=published)
    assert_sound(title, body, found)
    if chance.random() < 0.25:
        assert _examiner().examine(title, body, published_on=published) == found, "the same text, another evidence"


def assert_sound(title: str, body: str, found: Evidence) -> None:
    """Fail where a finding is not in the text, or is none that CONTRACT 3 allows."""
    parts = {"title": title, "body": body}
    _assert_spans(parts, [(one.printed, one.part, one.span_start, one.span_end) for one in found.indicators])
    _assert_spans(parts, [(one.number, one.part, one.span_start, one.span_end) for one in found.documents])
    _assert_spans(parts, [(one.name, one.part, one.span_start, one.span_end) for one in found.people])
    for one in found.indicators:
        _assert_figure(one, parts[one.part])
    for person in found.people:
        assert person.title is None or (person.title and person.title in parts[person.part]), person
    assert found.place is None or found.place.strip()
    assert 0 <= found.topic.score <= 1


def _assert_spans(parts: dict[str, str], spans: Sequence[tuple[str, str, int, int]]) -> None:
    """Fail unless each stands where it says, in the text's order, and none inside another."""
    for words, part, start, end in spans:
        assert 0 <= start < end <= len(parts[part]), (words, part, start, end)
        assert parts[part][start:end] == words, (words, part, start, end)
    for before, after in pairwise(spans):
        assert before[1] == after[1] or (before[1], after[1]) == ("title", "body"), (before, after)
        assert before[1] != after[1] or before[3] <= after[2], (before, after)


def _assert_figure(one: Indicator, text: str) -> None:
    assert math.isfinite(one.value), one
    assert one.value >= 0, one
    assert one.value_max is None or (math.isfinite(one.value_max) and one.value < one.value_max), one
    assert any(letter.isdigit() for letter in one.printed) or _in_words(one.printed.lower().split()), one
    assert one.unit, one
    assert one.measure is None or one.measure in _measures(), one
    assert one.qualifier in QUALIFIERS, one
    assert one.direction in DIRECTIONS, one
    assert one.printed in one.sentence, one
    assert one.sentence in text, one
    assert one.label in text, one
    if one.period is not None:
        said = PERIOD.fullmatch(one.period)
        assert said is not None, one
        assert said["last"] is None or said[1] < said["last"], one


def _in_words(words: Iterable[str]) -> bool:
    return all(word in NUMERAL_WORDS for word in words)
