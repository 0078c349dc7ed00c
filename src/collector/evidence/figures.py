"""A figure: a number with what it counts, as a text prints them; and how it is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

LEVEL, INCREASE, DECREASE = "level", "increase", "decrease"
ATTAINMENT, TARGET = "target_attainment", "plan_target"
COMPARED = "(compared with)"  #: why a figure in brackets is the earlier one
PLAN_IN_BRACKETS = "(plan)"


@dataclass(slots=True)
class Figure:
    """One number that counts or measures something."""

    token: int  #: index of its first token
    after: int  #: index of the first token behind it and its unit
    start: int  #: of the number as printed
    end: int
    value: float
    value_max: float | None = None
    unit: str | None = None
    unit_class: str = ""
    unit_end: int = 0  #: where number, scale word and unit end
    qualifier: str = "exact"
    ambiguous: bool = False
    scaled: bool = False
    total: float | None = None  #: y of x/y
    carried: bool = False  #: the unit is not printed here
    opened: int = 0  #: where a unit begins that the lexicon does not know


@dataclass(slots=True)
class Direction:
    """How a figure is meant, and the word that says so; never changed, but a frozen one takes a microsecond more."""

    name: str
    why: str = ""
    from_level: bool = False  #: the a of "từ a xuống b": a level of an earlier time
    listed: bool = False  #: one of several that "lần lượt", "tương ứng" announce
    stated: bool = False  #: a share of a plan that "đạt" or "bằng" introduces


#: Up to two words behind a place; ``match[1]`` is the first.
NEXT_WORDS = re.compile(r" *([^\W\d_]+)(?: +([^\W\d_]+))?")


def blank(low: str, start: int, end: int) -> bool:
    """Whether nothing but spaces stands between two places of a text."""
    return start == end or low[start:end].isspace()
