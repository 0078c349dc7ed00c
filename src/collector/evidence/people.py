"""Officials: who is named together with an office, before the name or behind it, alone or in a list."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator

from collector.evidence.blanks import small, spaced
from collector.evidence.offices import Head, Office, heads, office
from collector.evidence.person_names import (
    EXPECTED,
    INTRODUCTION,
    SURE,
    Named,
    Syllable,
    likeness,
    may_be_official,
    name_before,
    row_from,
)
from collector.findings import Appearance

#: A name behind an office is beyond doubt; a place called after a person reaches 5.5.
_CLEAR = 5.6
_DASHES = "-–—"
#: Between a name and the office behind it.
_HOLDING = (
    *(
        " là",
        " làm",
        " giữ chức",
        " giữ chức vụ",
        " giữ",
        " hiện",
        " nay",
        " đang",
        " được bầu",
        " được bổ nhiệm",
        " được cử",
    ),
    *(" được phân công", " được chỉ định", " được giao", " vừa", " tái cử"),
)
_JOINING = (" và", " cùng", " với", ",")
_CHAIN = re.compile(r" ?(?:,|[-–—]|, ?đồng thời là|kiêm(?: nhiệm)?) ?|(?<=uv|tv) ?")
_BEHIND = re.compile(r" ?(?:[,:–—-]|là|gồm(?: có)?:?) ?| ")
_SIGNED = re.compile(r"\s{1,20}(?:\(?(?:đã )?ký\)?\s{1,20})?")
_LINE = 80  #: characters of a line that is an office in capitals and nothing else
_OWN = re.compile(r" ?[,(–—-]? ?")
_ONE_MORE = re.compile(r" và ")
_SEVERAL_MORE = re.compile(r" và |, ?")
_BRACKET = 60  #: characters in brackets between a name and its office
_MOST_NAMES = 200  #: looked for once more in a bulletin: each costs a pass through it
_MOST_SHARING = 12  #: persons of one office


def people(title: str, body: str) -> list[Appearance]:
    """Return the officials named in a bulletin, in its order, with their offices as printed.

    Who is named without an office is none, whatever the politeness; an official who is named again in full appears
    again, with the title None unless an office stands there, too.

    Args:
        title: NFC, one line.
        body: NFC, paragraphs separated by a newline.
    """
    parts = [("title", title, _Part(title, is_title=True)), ("body", body, _Part(body))]
    names = {text[start:end] for _, text, part in parts for start, end in part.found}
    longest_first = sorted(names, key=lambda name: (-len(name), name))[:_MOST_NAMES]
    for _, _, part in parts:
        part.find_again(longest_first)
    return [
        Appearance(name=text[start:end], title=held, part=name, span_start=start, span_end=end)
        for name, text, part in parts
        for (start, end), held in sorted(part.found.items())
    ]


class _Part:
    """A title or a body, read from its first office to its last."""

    def __init__(self, text: str, *, is_title: bool = False) -> None:
        self._printed = text
        self._is_title = is_title
        self._text = spaced(text)
        self._low = small(self._text)
        self._heads = heads(self._low)
        self._starts = [head.start for head in self._heads]
        self._done = 0  #: up to here all is read
        self.found: dict[tuple[int, int], str | None] = {}  #: span of a name → the office
        index = 0
        while index < len(self._heads):
            head = self._heads[index]
            index = index + 1 if head.start < self._done else self._read(index)

    def _read(self, index: int) -> int:
        """Read the office at ``index`` and those that go on from it; return the index of the next one."""
        head = self._heads[index]
        named, mark = self._name_before(head)
        if named is not None and not head.rank:
            own = self._office(index, with_name=True)
            if own.sure < _CLEAR:
                return self._behind_name(index, own, named, mark)
        return index + 1 if head.lesser else self._before_name(index)

    def _office(self, index: int, *, with_name: bool) -> Office:
        limit = self._heads[index + 1].start if index + 1 < len(self._heads) else len(self._text)
        return office(self._text, self._low, self._heads[index], limit, with_name=with_name)

    def _goes_on(self, index: int, end: int) -> bool:
        """Whether the next head belongs to the same person: "Tỉnh ủy viên, Phó Chủ tịch UBND tỉnh"."""
        if index + 1 >= len(self._heads):
            return False
        head = self._heads[index + 1]
        gap = self._low[end : head.start] if end <= head.start <= end + len("  , đồng thời là ") else "\n"
        return (
            not head.rank
            and not head.lesser
            and _CHAIN.fullmatch(self._low, end, head.start) is not None
            and "\n" not in gap
        )

    # An office behind a name.

    def _behind_name(self, index: int, read: Office, named: Named, mark: str) -> int:
        start = self._heads[index].start
        while True:
            if read.name is not None:  # a place that has the form of a name
                read = self._office(index, with_name=False)
            if not self._goes_on(index, read.end):
                break
            following = self._office(index + 1, with_name=True)
            if following.sure >= _CLEAR:
                break  # the next person's: "…, Phó Bí thư Huyện ủy Mã Văn Thức"
            index, read = index + 1, following
        held = self._printed[start : read.end]
        if self._heads[index].lesser and read.end == self._heads[index].end:
            return index + 1  # "cán bộ", no more
        for one in self._sharing(named, mark):
            self.found[one.start, one.end] = held
        self._done = read.end
        return index + 1

    def _name_before(self, head: Head) -> tuple[Named | None, str]:
        """Return the name that stands before an office, and the mark between them."""
        at = self._back(head.start)
        mark = self._text[at - 1 : at]
        if at <= self._done:
            return None, ""
        if mark in ",(:" or mark in _DASHES:
            at = self._back(at - 1)
        else:
            mark = ""
            while self._low.endswith(_HOLDING, self._done, at):
                holding = next(words for words in _HOLDING if self._low.endswith(words, self._done, at))
                at, mark = self._back(at - len(holding)), "là"
        if self._text[at - 1 : at] == ")" and mark:
            opening = self._text.rfind("(", max(self._done, at - _BRACKET), at)
            at = self._back(opening) if opening > 0 else at
        named = name_before(self._text, self._low, at, self._done)
        if named is None or (not mark and not named.honoured):
            return None, ""
        return named, mark

    def _sharing(self, named: Named, mark: str) -> list[Named]:
        """Return the persons whose one office this is: "ông A và bà B, Phó Giám đốc", "các đồng chí A, B - Phó …"."""
        sharing, listed = [named], [named]
        commas = False
        while len(listed) < _MOST_SHARING and not listed[-1].plural:
            at = self._back(listed[-1].opening)
            joining = next((word for word in _JOINING if self._low.endswith(word, self._done, at)), None)
            before = joining and name_before(self._text, self._low, at - len(joining), self._done)
            if not before:
                break
            commas = commas or joining == ","
            listed.append(before)
            if not commas:
                sharing.append(before)
        return listed if commas and (mark == "(" or mark in _DASHES or listed[-1].plural) else sharing

    def _back(self, at: int) -> int:
        while at > self._done and self._text[at - 1] == " ":
            at -= 1
        return at

    # An office before a name.

    def _before_name(self, index: int) -> int:
        head = self._heads[index]
        read = self._office(index, with_name=True)
        while read.name is None and self._goes_on(index, read.end):
            index += 1
            read = self._office(index, with_name=True)
        held = self._printed[head.start : read.end]
        self._done = read.end
        span = read.name or self._name_behind(read.end) or self._signature(head, read.end)
        if span is None or (head.rank and self._has_office(span[1])):
            return index + 1
        several = self._low.endswith(("các ", "hai ", "ba "), 0, head.start)
        for one in [span, *self._joined(span[1], several=several)]:
            self.found[one] = held
            self._done = one[1]
        return index + 1

    def _name_behind(self, end: int) -> tuple[int, int] | None:
        """Return the name that a mark or a polite word keeps apart from its office: "Phó Chủ tịch UBND tỉnh, ông A"."""
        mark = _BEHIND.match(self._low, end)
        if mark is None:
            return None
        said = mark[0].strip()
        span, introduced, row = self._name_at(mark.end())
        if span is None or self._has_office(span[1]):
            return None
        if introduced or (said and likeness(row) >= SURE + 1 and (said != "," or self._acts(span[1]))):
            return span
        return None

    def _name_at(self, at: int) -> tuple[tuple[int, int] | None, bool, list[Syllable]]:
        """Return the name that begins at ``at``, whether it is introduced, and its syllables."""
        first = at
        while (match := INTRODUCTION.match(self._low, at)) is not None:
            at = match.end()
        row = row_from(self._text, self._low, at, self._next_head(at))
        introduced = at > first
        if not row or not may_be_official(row, introduced=introduced):
            return None, False, []
        return (row[0].start, row[-1].end), introduced, row

    def _next_head(self, at: int) -> int:
        index = bisect_left(self._starts, at)
        return self._starts[index] if index < len(self._starts) else len(self._text)

    def _has_office(self, end: int) -> bool:
        """Whether an office of its own stands behind a name that ends at ``end``."""
        mark = _OWN.match(self._text, end)
        return mark is not None and self._next_head(mark.end()) == mark.end() < len(self._text)

    def _acts(self, end: int) -> bool:
        """Whether a name that ends at ``end`` is followed by what the person does."""
        return self._text[end : end + 1] == " " and self._text[end + 1 : end + 2].islower()

    def _joined(self, end: int, *, several: bool) -> Iterator[tuple[int, int]]:
        """Yield the names that share the office before a first one: "Phó Giám đốc Sở Nguyễn A và Trần B"."""
        for _ in range(_MOST_SHARING):
            match = (_SEVERAL_MORE if several else _ONE_MORE).match(self._low, end)
            if match is None:
                return
            span, _, row = self._name_at(match.end())
            if span is None or likeness(row) < EXPECTED or self._has_office(span[1]):
                return
            yield span
            end = span[1]

    def _signature(self, head: Head, end: int) -> tuple[int, int] | None:
        """Return the name below an office that stands in capitals on a line of its own."""
        gap = _SIGNED.match(self._low, end) if self._text[end : end + 1] == "\n" else None
        line = self._text.rfind("\n", max(0, head.start - _LINE), head.start) + 1
        if gap is None or head.start - line > _LINE or not self._text[line:end].isupper():
            return None
        row = row_from(self._text, self._low, gap.end(), len(self._text))
        if not row or likeness(row) < SURE or self._text[row[-1].end : row[-1].end + 1] not in ("", "\n"):
            return None
        return row[0].start, row[-1].end

    # The same persons once more.

    def find_again(self, names: list[str]) -> None:
        """Add the places where one of ``names`` is printed once more, in full."""
        self._spans = sorted(self.found)
        for name in names:
            for form in {name, name.upper()} if self._is_title else (name,):
                at = self._printed.find(form)
                while at >= 0:
                    end = at + len(form)
                    if self._is_whole(at, end):
                        self.found[at, end] = None
                        insort(self._spans, (at, end))
                    at = self._printed.find(form, end)

    def _is_whole(self, start: int, end: int) -> bool:
        if self._text[start - 1 : start].isalpha() or self._text[end : end + 1].isalpha():
            return False
        following = self._text[end + 1 : end + 2] if self._text[end : end + 1] == " " else ""
        if following.isupper() and not self._text[start:end].isupper() and self._next_head(end + 1) != end + 1:
            return False  # "Nguyễn Thị Thu" in "Nguyễn Thị Thu Hà"
        index = bisect_left(self._spans, (end, 0))
        return not index or self._spans[index - 1][1] <= start
