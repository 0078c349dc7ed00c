"""Offices: where one begins, and how far its words reach - "Phó Chủ tịch UBND tỉnh Sóc Trăng", and no further."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import NamedTuple

from collector.evidence.person_names import EXPECTED, SURE, Syllable, is_surname, likeness, row_from, split
from collector.evidence.phrases import pattern_of, spelled

# What a piece of an office's words is. Plain numbers: they are asked for at every piece.
_HEAD = 1  #: ``Phó Chủ tịch``
_LEVEL = 2  #: ``tỉnh``: a place's name may come next
_BODY = 4  #: ``Sở``, ``Hội``
_FIELD = 8  #: ``Lao động``, what they are for
_DUTY = 16  #: ``thường trực``
_SHORT = 32  #: ``UBND``
_PLACE = 64  #: ``Sóc Trăng``


class Head(NamedTuple):
    """Where an office begins: ``text[start:end]``."""

    start: int
    end: int
    rank: bool = False  #: ``Thiếu tướng``: an office where no other is told
    lesser: bool = False  #: ``cán bộ``: an office only behind a name


class Office(NamedTuple):
    """An office, ``text[start:end]``, and the name behind it."""

    start: int
    end: int
    name: tuple[int, int] | None = None  #: where the person's name stands
    sure: float = 0.0  #: how much it looks like one


_FILE = tomllib.loads(resources.files(__package__).joinpath("people.toml").read_text(encoding="utf-8"))["offices"]
_ANCHORS = {anchor.partition("|")[2]: anchor.replace("|", "") for anchor in _FILE["anchors"]}
_ANCHOR = re.compile("|".join(f"{rest}(?<={anchor})" for rest, anchor in _ANCHORS.items()))
_BEFORE = tuple(_FILE["before"])
_BEFORE_ANCHOR = {
    "trưởng": sorted(_FILE["before_leader"], key=len, reverse=True),
    "tướng": ["thủ ", *_FILE["ranks"]],
    "ủy viên": _FILE["before_member"],
    "uỷ viên": _FILE["before_member"],
    "phó ": _FILE["before_deputy"],
    "ct ": ["p"],
    "gđ ": ["p"],
}
_RANKS = frozenset(_FILE["ranks"])
_BEHIND_ANCHOR = {
    anchor: re.compile(" *" + pattern_of(_FILE[table]))
    for anchor, table in {
        "trưởng": "behind_leader",
        "phó ": "behind_deputy",
        "chánh ": "behind_chief",
        "ct ": "behind_short",
        "gđ ": "behind_short",
    }.items()
}
_SHORTENED = ("ct ", "gđ ")
_NO_OFFICE = tuple(_FILE["no_office"])
_MEMBER_SHORT = re.compile(pattern_of(_FILE["member_short"]))
_LESSER = frozenset(_FILE["lesser"])

_KINDS: dict[str, int] = {}
for _table, _kind in (("levels", _LEVEL), ("bodies", _BODY), ("fields", _FIELD), ("duties", _DUTY)):
    for _phrase in _FILE[_table]:
        for _spelling in spelled(_phrase):
            _KINDS[_spelling] = _KINDS.get(_spelling, 0) | _kind
_PHRASE = re.compile(pattern_of(_KINDS))
_DOING = frozenset(spelling for phrase in _FILE["doing"] for spelling in spelled(phrase))
_NAMED_AFTER = frozenset(_FILE["named_after"])
_DOTTED = frozenset({"tp", "tx", "q", "p"})
#: UBND, LĐ-TB&XH, LĐ - TB&XH, NHCSXH, TB và XH; digits and marks that belong to it.
_LETTERS = re.compile(r"[A-ZĐ]{2,12}\d{0,2}(?:(?: ?[-–&] ?|\.)[A-ZĐ]{2,12}){0,4}(?![^\W_])")
_NUMBER = re.compile(r"\d{1,2}(?![\d.,/]*\d)|[IVX]{1,4}(?![^\W_])")
_JOINED = re.compile(r" ?[-–] ?|, ?| và | ?& ?| của ")
_LARGER = re.compile(r"(?:huyện|tỉnh|thành phố|thị xã|quận|tx|tp)(?: |\. ?)")
_WORD = re.compile(r"[^\W\d_]+")
_DASHES = "-–"
_HALF = 2  #: syllables behind the dash of a place
_STEPS = 30  #: pieces of one office at most
_BRACKET = 80  #: characters of an explanation in brackets: "(Sở LĐ-TB&XH)"


def heads(low: str) -> list[Head]:
    """Return where offices begin in a text in lower case, in its order; two never begin at one place."""
    found: dict[int, Head] = {}
    for match in _ANCHOR.finditer(low):
        # "Phó Trưởng" has two anchors, and the second one is the office.
        head = _head(low, _ANCHORS[match[0]], match.end())
        if head is not None:
            found[head.start] = head
    return [found[start] for start in sorted(found)]


def _head(low: str, anchor: str, end: int) -> Head | None:
    start = at = end - len(anchor)
    end -= anchor.endswith(" ")
    if low[end : end + 1].isalpha() and anchor != "uv":
        return None
    rank = False
    for before in _BEFORE_ANCHOR.get(anchor, ()):
        if low.endswith(before, 0, start):
            start -= len(before)
            rank = before in _RANKS
            break
    else:
        if anchor == "tướng":
            return None
    if anchor == "uv":
        start -= low[at - 1 : at].isalpha()
        match = _MEMBER_SHORT.match(low, start)
        if match is None:
            return None
        end = match.end()
    elif start == at or anchor in _SHORTENED:
        behind = _BEHIND_ANCHOR.get(anchor)
        if behind is not None and not behind.match(low, end):
            return None
    while low.endswith(_BEFORE, 0, start):
        start -= next(len(before) for before in _BEFORE if low.endswith(before, 0, start))
    if low[start - 1 : start].isalpha() or low.endswith(_NO_OFFICE, 0, start):
        return None
    return Head(start, end, rank, anchor in _LESSER)


def office(text: str, low: str, head: Head, limit: int, *, with_name: bool) -> Office:
    """Return the office that begins at ``head``.

    Args:
        text: as printed, blanks as spaces.
        low: the same in lower case.
        head: one of :func:`heads`.
        limit: it ends before: the next head, or the text's end.
        with_name: whether a name may stand behind it; behind a name the last words are a place's.
    """
    newline = text.find("\n", head.end, limit)
    reader = _Reader(text, low, newline if newline >= 0 else limit)
    found = reader.read(head, with_name=with_name)
    return found if found.name else found._replace(end=reader.with_bracket(found.end))


class _Reader:
    """Reads on from an office's head, piece by piece."""

    def __init__(self, text: str, low: str, limit: int) -> None:
        self._text, self._low, self._limit = text, low, limit
        self._end = 0  #: of what belongs to the office
        self._last = _HEAD  #: what its last piece is
        self._level = ""  #: that piece, if it is a level

    def read(self, head: Head, *, with_name: bool) -> Office:
        self._end = head.end
        for _ in range(_STEPS):
            at = self._skip(self._end)
            if at >= self._limit:
                break
            if self._phrase(at) or self._number(at) or self._short(at):
                continue
            if self._text[at].isupper():
                row = row_from(self._text, self._low, at, self._limit)
                best, sure = (
                    split(row, placed=self._last == _LEVEL, named_after=self._level in _NAMED_AFTER)
                    if with_name
                    else (-1, 0.0)
                )
                if sure >= EXPECTED:
                    end = row[best - 1].end if best else self._end
                    return Office(head.start, end, (row[best].start, row[-1].end), sure)
                if self._place(row):
                    continue
                break
            if not self._joined(self._end):
                break
        return Office(head.start, self._end)

    def with_bracket(self, end: int) -> int:
        """Return where an office that ends at ``end`` ends with its explanation: "Trưởng phòng Việc làm (Sở …)"."""
        at = self._skip(end)
        if self._text[at : at + 1] != "(":
            return end
        close = self._text.find(")", at, min(self._limit, at + _BRACKET))
        match = _PHRASE.match(self._low, at + 1, self._limit)
        return close + 1 if close > 0 and match is not None and _KINDS[" ".join(match[0].split())] & _BODY else end

    def _skip(self, at: int) -> int:
        while at < self._limit and self._text[at] == " ":
            at += 1
        return at

    def _phrase(self, at: int, *, only: int = 0) -> bool:
        """Take the words of the vocabulary that stand at ``at``."""
        match = _PHRASE.match(self._low, at, self._limit)
        if match is None:
            return False
        words = match[0] if "  " not in match[0] else " ".join(match[0].split())
        kind = _KINDS[words]
        if only and not kind & only:
            return False
        if self._text[at].isupper():
            if " " not in words and (self._last == _LEVEL or is_surname(words)) and self._is_name(at):
                return False
        elif words in _DOING or (kind == _FIELD and self._last & (_LEVEL | _PLACE)):
            return False
        self._take(match.end(), kind)
        if kind & _LEVEL:
            self._last, self._level = _LEVEL, words
            if words in _DOTTED and self._text[match.end() : match.end() + 1] == ".":
                self._end += 1
        return True

    def _is_name(self, at: int) -> bool:
        """Whether a capital that begins a word of the vocabulary begins a name: "Đoàn Tấn Lực", "xã Trường Sơn"."""
        row = row_from(self._text, self._low, at, self._limit)
        if self._last == _LEVEL:
            return len(row) > 1
        return len(row) > 2 and likeness(row) >= SURE  # noqa: PLR2004 - "Đoàn Thanh niên" has two capitals

    def _number(self, at: int) -> bool:
        match = _NUMBER.match(self._text, at, self._limit) if self._last == _LEVEL else None
        if match is None:
            return False
        self._take(match.end(), _PLACE)
        return True

    def _short(self, at: int) -> bool:
        match = _LETTERS.match(self._text, at, self._limit)
        if match is None or is_surname(match[0].lower()):
            return False
        self._take(match.end(), _SHORT)
        return True

    def _place(self, row: list[Syllable]) -> bool:
        """Take a place's name, or a word that the vocabulary lacks with its second syllable: "Sở Ngoại vụ"."""
        if self._last == _PLACE:
            return False
        # "Agribank Chi nhánh huyện": the last capital begins a word of the vocabulary.
        for index, syllable in enumerate(row):
            match = _PHRASE.match(self._low, syllable.start, self._limit) if index else None
            if match is not None and " " in match[0]:
                row = row[:index]
                break
        end = row[-1].end
        if len(row) == 1 and self._last in (_BODY, _FIELD):
            behind = _WORD.match(self._text, self._skip(end), self._limit)
            if behind is not None and behind[0].islower():
                end = behind.end()
            self._take(end, _FIELD)
        else:
            self._take(end, _PLACE)
        return True

    def _joined(self, at: int) -> bool:
        """Take what a comma, a dash or "và" joins to a field: "Giáo dục và Đào tạo"; or a larger place to a place."""
        match = _JOINED.match(self._text, at, self._limit)
        if match is None:
            return False
        mark = match[0].strip()
        behind = match.end()
        capital = self._text[behind : behind + 1].isupper()
        if mark == "của":
            return capital and self._phrase(behind, only=_BODY)
        if self._last & (_FIELD | _SHORT):
            return capital and self._phrase(behind, only=_FIELD)
        if self._last == _PLACE and mark == ",":
            larger = _LARGER.match(self._low, behind, self._limit)
            return larger is not None and self._text[larger.end() : larger.end() + 1].isupper() and self._phrase(behind)
        if self._last == _PLACE and mark in _DASHES and capital and self._level:
            return self._second_half(behind)
        return False

    def _second_half(self, at: int) -> bool:
        """Take the rest of a place with a dash: "Bà Rịa - Vũng Tàu", "Phan Rang - Tháp Chàm"."""
        row = row_from(self._text, self._low, at, self._limit)
        if len(row) != _HALF and split(row, placed=True)[0] != _HALF:
            return False
        self._take(row[_HALF - 1].end, _PLACE)
        return True

    def _take(self, end: int, kind: int) -> None:
        self._end, self._last = end, kind
