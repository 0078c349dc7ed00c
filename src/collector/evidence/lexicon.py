"""The words of grammar around a figure: units, qualifiers, directions, plans; and the names of measures beside them.

All in lower case and NFC. VIETNAMESE, A to D, has the texts that each list comes from.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from collector.evidence import role
from collector.evidence.phrases import spelled
from collector.vocabulary import Measure


@dataclass(slots=True)
class Word:
    """A phrase of the lexicon; one that does nothing keeps a part of it from being taken for something."""

    text: str
    roles: int = 0  #: :mod:`role` bits, as a plain number: they are asked for at every word
    qualifier: str = ""
    unit_class: str = ""
    scale: float = 1.0
    measures: list[Measure] = field(default_factory=list)  #: that it names
    by_class: dict[str, Measure] = field(default_factory=dict)  #: the first of them of each class of units
    unit_length: int = 0  #: of a measure's name that begins with a unit: how long that is


#: Classes of units that may be told as visits (``lượt``).
_REPEATED = frozenset({"người", "hộ", "đơn vị", "doanh nghiệp", "hồ sơ"})
_LEFT_POVERTY = re.compile(r"(?:hộ )?(?:được )?thoát (?:cận )?nghèo")
_FALLING = ("giảm ", "thoát nghèo", "thoát cận nghèo", "kéo giảm")
_FILE = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
_CLASSES: dict[str, str] = {unit: name for name, units in _FILE["units"].items() for unit in units}
# The same person may come several times: "25.500 lượt người", "2.000 lượt sinh viên".
_CLASSES |= {
    f"lượt {unit}": name
    for unit, name in _CLASSES.items()
    if name in _REPEATED and not unit.startswith(("lượt", "người "))
}
_MONEY = frozenset(_FILE["words"]["money"])


@lru_cache(maxsize=1024)
def class_of(unit: str) -> str | None:
    """Return the class of a unit, canonical or printed: ``người`` for ``lượt người``, ``đồng`` for ``đồng/người``."""
    head = unit.partition("/")[0].strip()
    if head == "%":
        return "%"
    return "đồng" if head in _MONEY else _CLASSES.get(head)


def lexicon(measures: Iterable[Measure]) -> dict[str, Word]:
    """Return every phrase, in each of its spellings, with what it does and what it names."""
    words: dict[str, Word] = {}

    def add(bits: int, phrases: Iterable[str]) -> list[Word]:
        added = [words.setdefault(text, Word(text)) for text in phrases]
        for word in added:
            word.roles |= bits
        return added

    _add_grammar(add)
    for measure in measures:
        for word in add(role.MEASURE, measure.triggers):
            word.measures.append(measure)
            if (unit_class := class_of(measure.unit)) is not None:
                word.by_class.setdefault(unit_class, measure)
            word.unit_length = unit_length(word.text)
            if (word.text.startswith(_FALLING) or " giảm " in word.text) and "giảm nghèo" not in word.text:
                word.roles |= role.DOWN  # a trigger that is longer than "giảm" must not hide it
    for word in words.values():
        if _LEFT_POVERTY.match(word.text):
            word.roles |= role.LEFT_POVERTY
        if word.roles & role.PLAN and not word.roles & role.UNIT:
            word.unit_length = unit_length(word.text)  # "08/09 chỉ tiêu nghị quyết"
    return {spelling: word for text, word in words.items() for spelling in spelled(text)}


def _add_grammar(add: Callable[[int, Iterable[str]], Iterable[Word]]) -> None:
    for name, phrases in _FILE["words"].items():
        add(getattr(role, name.upper(), 0), phrases)
    for unit, unit_class in _CLASSES.items():
        for word in add(role.UNIT, [unit]):
            word.unit_class = unit_class
    for bits, table in ((role.QUALIFIER, "qualifiers"), (role.SUFFIX, "suffixes")):
        for qualifier, phrases in _FILE[table].items():
            for word in add(bits, phrases):
                word.qualifier = qualifier
    for text, scale in _FILE["scales"].items():
        for word in add(role.SCALE, [text]):
            word.scale = float(scale)


def unit_length(trigger: str) -> int:
    """Return the length of the unit that a phrase begins with: ``hộ`` of ``hộ cận nghèo``."""
    syllables = trigger.split(" ")
    for count in range(len(syllables), 0, -1):
        head = " ".join(syllables[:count])
        if head in _CLASSES:
            return len(head)
    return 0
