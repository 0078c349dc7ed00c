"""What a person's name looks like: surnames, middle names, how many syllables, and the words it is introduced with."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import NamedTuple

from collector.evidence.phrases import pattern_of

_FILE = tomllib.loads(resources.files(__package__).joinpath("people.toml").read_text(encoding="utf-8"))["names"]
_SURNAMES = dict.fromkeys(_FILE["surnames_perhaps"], 1) | dict.fromkeys(_FILE["surnames"], 2)
_TELLING = 3  #: what Văn or Thị weighs
_MIDDLE = dict.fromkeys(_FILE["middle_perhaps"], 1) | dict.fromkeys(_FILE["middle"], _TELLING)
_NOBODY = frozenset(_FILE["places"]) | frozenset(_FILE["remembered"])
_HONORIFICS = frozenset(_FILE["honorifics"])
_HONORIFICS_OF_TWO = frozenset(_FILE["honorifics_of_two"])
_PLURALS = frozenset(_FILE["plurals"])
_OPENINGS = frozenset(_FILE["openings"])
_NOT_BEHIND = frozenset(_FILE["not_behind"])
_FAMILY = frozenset(_FILE["family"])
_JOINING = frozenset(_FILE["joining"])
_DOINGS = frozenset(_FILE["doings"])

#: đồng chí, ông, TS. … with the blank behind it, in lower case.
INTRODUCTION = re.compile(rf"(?:(?:các|hai) )?{pattern_of(_FILE['introductions'])}[.,:]? *")
_APOSTROPHES = "'’ʼ‘`´"
#: A syllable; those of the Central Highlands have apostrophes: H'Yim, K’Bình.
_SYLLABLE = re.compile(rf"[^\W\d_]+(?:[{_APOSTROPHES}][^\W\d_]*)*")
_LAST_SYLLABLE = re.compile(_SYLLABLE.pattern + "$")
_FEW = 3  #: syllables of a name without any surname that is known
_MOST = 6  #: syllables of a name
_LONGEST_ROW = 12  #: capitalised syllables looked at: a place's and a name's
_REACH = 80  #: characters looked back for a name and the words before it

PERHAPS = 2.0  #: may be a name
EXPECTED = 2.5  #: a name where one is to be expected
SURE = 3.0  #: a name by its form alone


class Syllable(NamedTuple):
    """A capitalised syllable, ``text[start:end]``."""

    start: int
    end: int
    low: str


class Named(NamedTuple):
    """A name that stands at ``text[start:end]``."""

    start: int
    end: int
    opening: int  #: where the words begin that it is introduced with (đồng chí, ông, a rank, a degree), or ``start``
    plural: bool = False  #: these words introduce several: "các đồng chí"

    @property
    def honoured(self) -> bool:
        """Whether it is introduced at all."""
        return self.opening < self.start


def row_from(text: str, low: str, start: int, limit: int) -> list[Syllable]:
    """Return the capitalised syllables that stand in a row from ``start`` on and end before ``limit``."""
    found: list[Syllable] = []
    at = start
    while len(found) < _LONGEST_ROW and at < limit and text[at].isupper():
        match = _SYLLABLE.match(text, at, limit)
        assert match is not None  # a capital is a letter
        syllable = low[at : match.end()]
        if found and syllable in _DOINGS and match[0].isupper() and text[start : match.end()].isupper():
            break  # "CHỦ TỊCH UBND TỈNH NGUYỄN VĂN A THĂM …": no small letters tell where the name ends
        found.append(Syllable(at, match.end(), syllable))
        at = match.end()
        while at < limit and text[at] == " ":
            at += 1
    return found


def likeness(syllables: list[Syllable]) -> float:
    """Return how much the syllables look like a whole name: from 0, not at all, to 7; see :data:`SURE`."""
    count = len(syllables)
    first = syllables[0].low
    highland = not first.isalpha() and len(first) > 1
    if count == 1:
        return SURE if highland and first[-1].isalpha() else 0.0
    weight: float = PERHAPS if highland else _SURNAMES.get(first, 0)
    middle = _MIDDLE.get(syllables[1].low, 0) if count > 2 else 0  # noqa: PLR2004 - no middle name in two
    if (not weight and middle < _TELLING) or count > _MOST or is_nobody(syllables):
        return 0.0
    return weight + middle + (2 if count in (3, 4) else 0)


def is_surname(syllable: str) -> bool:
    """Whether a syllable in lower case is a surname that is known."""
    return syllable in _SURNAMES


def is_nobody(syllables: list[Syllable]) -> bool:
    """Whether they name a place, or one of those who are remembered in the names of streets and schools."""
    return " ".join([syllable.low for syllable in syllables]) in _NOBODY


def may_be_official(syllables: list[Syllable], *, introduced: bool) -> bool:
    """Whether a row of capitals behind an office may be its holder's name."""
    if introduced:
        return bool(likeness(syllables)) or (1 < len(syllables) <= _MOST and not is_nobody(syllables))
    return likeness(syllables) >= PERHAPS


def split(syllables: list[Syllable], *, placed: bool, named_after: bool = False) -> tuple[int, float]:
    """Return which syllable a name begins at (-1: none), and how sure that is; the first ones may be a place's.

    Args:
        syllables: what follows an office's words: "Sóc Trăng Huỳnh Thị Diễm Ngọc".
        placed: the last of these words ask for a place: tỉnh, huyện.
        named_after: places of this kind are often called after persons: xã, phường.
    """
    best, score = -1, 0.0
    count = len(syllables)
    for index in range(max(0, count - _MOST), count):
        if syllables[index].low not in _SURNAMES and syllables[index].low.isalpha() and index + 2 >= count:
            continue
        sure = likeness(syllables[index:])
        if not sure:
            continue
        if index == 0:
            sure += _alone(syllables, placed=placed, named_after=named_after)
        elif is_nobody(syllables[:index]):
            sure += SURE
        elif index == 2:  # noqa: PLR2004 - most places have two syllables
            sure += 1.5 if placed else 1
        elif not placed:
            sure -= 1
        if sure > score:
            best, score = index, sure
    return best, score


def _alone(syllables: list[Syllable], *, placed: bool, named_after: bool) -> float:
    """Return what speaks for a name that comes at once, without a place before it."""
    if any(is_nobody(syllables[:count]) for count in (2, 3) if count < len(syllables)):
        return -SURE
    if not placed or len(syllables) == 1:
        return 1.5
    if len(syllables) > 2:  # noqa: PLR2004 - "huyện Lý Sơn" has the form of a name
        return -1.5 if named_after else 1.0
    return -PERHAPS if named_after else 0.5


def name_before(text: str, low: str, end: int, floor: int) -> Named | None:
    """Return the name that ends at ``end``, blanks left out, if one does and may be an official's.

    Args:
        text: as printed, blanks as spaces.
        low: the same in lower case.
        end: where something comes that can follow a name: an office, a comma.
        floor: nothing before it is looked at.
    """
    lowest = max(floor, end - _REACH)
    row: list[Syllable] = []
    at = _back(text, end, lowest)
    while len(row) < _LONGEST_ROW and (word := _word_before(text, low, at, lowest)) is not None:
        if not text[word.start].isupper():
            break
        row.append(word)
        at = _back(text, word.start, lowest)
    row.reverse()
    lead: Syllable | None = None
    while len(row) > 1 and row[0].low in _OPENINGS and not (row[0].low in _SURNAMES and likeness(row) > SURE):
        lead = row.pop(0)
    if not row:
        return None
    mark = ""
    if lead is None:
        mark = text[at - 1 : at] if at > lowest else ""
        lead = _word_before(text, low, _back(text, at - 1, lowest) if mark in (".", ":") else at, lowest)
    if lead is not None and lead.low in _HONORIFICS:
        return _introduced(text, low, lowest, lead, row, plural=mark == ":")
    return _by_form(mark, "" if lead is None or mark in (".", ":") else lead.low, row)


def _back(text: str, at: int, lowest: int) -> int:
    while at > lowest and text[at - 1] == " ":
        at -= 1
    return at


def _word_before(text: str, low: str, end: int, lowest: int) -> Syllable | None:
    """Return the syllable that ends at ``end``, if a letter stands there."""
    start = text.rfind(" ", lowest, end) + 1 or lowest
    if not text[start:end].isalpha():
        match = _LAST_SYLLABLE.search(text, start, end)
        if match is None:
            return None
        start = match.start()
    return Syllable(start, end, low[start:end])


def _introduced(text: str, low: str, lowest: int, lead: Syllable, row: list[Syllable], *, plural: bool) -> Named | None:
    """Return the name that ``lead`` introduces ("đồng chí", "ông"), if it is not that of a household."""
    if lead.low in _HONORIFICS_OF_TWO:
        before = _back(text, lead.start, lowest)
        lead = _word_before(text, low, before - (text[before - 1 : before] == "/"), lowest) or lead
    leading = _word_before(text, low, _back(text, lead.start, lowest), lowest)
    said = leading.low if leading is not None else ""
    if said in _FAMILY or len(row) > _MOST or is_nobody(row) or (len(row) == 1 and not likeness(row)):
        return None
    return Named(row[0].start, row[-1].end, lead.start, plural or said in _PLURALS)


def _by_form(mark: str, lead: str, row: list[Syllable]) -> Named | None:
    """Return the name if its form tells that it is one, and what stands before it does not tell otherwise.

    Args:
        mark: the character before it, or nothing at the text's beginning.
        lead: the word before it, if no mark stands between.
        row: capitalised syllables.
    """
    if lead in _NOT_BEHIND:
        return None
    best, score = split(row, placed=False)
    whole = likeness(row) and likeness(row) + _alone(row, placed=False, named_after=False)
    if whole > PERHAPS:  # behind a place's name there is a mark or a word: all of it is the name
        best, score = 0, whole
    if best < 0:
        if mark not in (";", ":") or not 1 < len(row) <= _FEW or is_nobody(row):
            return None
        best, score = 0, SURE  # in a list of officials, of whatever people
    if best and (not lead or score < SURE + 1):
        return None
    if score < (SURE if lead and lead not in _JOINING else PERHAPS):
        return None
    return Named(row[best].start, row[-1].end, row[best].start)
