"""The measure of each figure: the vocabulary's words that stand nearest, and whose unit fits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from collector.evidence import role
from collector.evidence.figures import ATTAINMENT, DECREASE, INCREASE, Direction, Figure
from collector.evidence.lexicon import class_of
from collector.evidence.sentences import Sentence
from collector.evidence.tokens import MARK, NUMERAL, WORD, Token
from collector.vocabulary import Measure

#: How far behind a figure its name may stand: "853 nhà ở cho người có công", "240 thẻ bảo hiểm y tế cho người nghèo".
_BEHIND = 40
_CLAUSE = re.compile(rf"[^,;.:()\n]{{0,{_BEHIND}}}")
_NEAR = 16  #: "mức hỗ trợ mỗi căn"
_OF_THEM = re.compile(r" (?:trong )?(?:tổng )?số (?:hộ )?(?:cận )?nghèo")
_NEXT_CLAUSE = role.DOWN | role.UP | role.REACHED | role.RESULT | role.AND
_EACH_TIME = (" năm", " tháng", " quý", " tuần")
_ONE_OF_MANY = ("mỗi", "mức", "bình quân", "trung bình")
_SUPPORTED = re.compile(r"hỗ trợ|miễn|lãi suất|chi phí|học phí|mức đóng")
OWN = "of its own"  #: why a figure has no measure and takes none from its neighbours


@dataclass(slots=True)
class Name:
    """What a figure counts; never changed, but a frozen one takes a microsecond more."""

    measure: Measure | None = None
    start: int = 0  #: of the words that say so
    end: int = 0
    trigger: int | None = None  #: index of the token that names it
    why: str = ""


class Namer:
    """Names the figures of one text."""

    def __init__(self, low: str, tokens: list[Token]) -> None:
        self._low, self._tokens = low, tokens

    def of(
        self, sentence: Sentence, figure: Figure, direction: Direction, previous: Figure | None, before: Name | None
    ) -> Name:
        """Return the measure of ``figure`` and the words that name it.

        Args:
            sentence: where it stands.
            figure: to be named.
            direction: of the figure.
            previous: the figure before it in the sentence, if any.
            before: that figure's name.
        """
        share, money = figure.unit_class == "%", figure.unit_class == "đồng"
        if (money and self._is_of_one(figure)) or (share and self._is_share_of_them(figure)):
            return Name(None, *self._words_of(figure, sentence), why=OWN)
        found = self._at_unit(figure)
        if found is not None:
            return found
        if previous is not None and before is not None and self._tells_again(direction):
            again = self._again(figure, before, direction)
            if again is not None:
                return again
        found = self._before(sentence, figure, previous, before) or self._behind(figure)
        if found is None and previous is not None and before is not None:
            found = self._again(figure, before, direction)
        return found or Name(None, *self._words_of(figure, sentence))

    def _is_of_one(self, figure: Figure) -> bool:
        """Tell money for one of many, "mỗi hộ 50 triệu đồng", "1.440.000 đồng/người/tháng": no total."""
        lead = [
            token
            for token in self._tokens[max(0, figure.token - 3) : figure.token]
            if token.kind == WORD and not self._low.startswith(_EACH_TIME, token.end)  # "mỗi năm 47 tỷ đồng"
        ]
        near = any(
            token.roles & role.EACH and token.value.text.startswith(_ONE_OF_MANY) and figure.start - token.end <= _NEAR
            for token in lead
        )
        return near or ("/" in (figure.unit or "") and not (figure.unit or "").endswith("/năm"))

    def _is_share_of_them(self, figure: Figure) -> bool:
        """Tell "chiếm 48,26% tổng số hộ nghèo": a share of the poor households, no rate of poverty."""
        return _OF_THEM.match(self._low, figure.unit_end) is not None

    def _tells_again(self, direction: Direction) -> bool:
        return (
            direction.name == ATTAINMENT
            or direction.why.startswith(("bracket", "same", "joined", "("))
            or (direction.name in (INCREASE, DECREASE))
        )

    def _again(self, figure: Figure, before: Name, direction: Direction) -> Name | None:
        """Return the measure of the figure before, in this one's unit: "giảm 747 hộ nghèo (1,02%)" is a rate, too.

        "đạt 102% kế hoạch" and "tăng 5% so với cùng kỳ" are of the count itself.
        """
        of_count = figure.unit_class == "%" and (direction.name == ATTAINMENT or self._against_behind(figure))
        if before.trigger is not None and not of_count:
            fitting = self._tokens[before.trigger].value.by_class.get(figure.unit_class)
            if fitting is not None:
                return Name(fitting, before.start, before.end, before.trigger, "as before")
        if before.measure is not None and figure.unit_class in {"%", class_of(before.measure.unit)}:
            return Name(before.measure, before.start, before.end, before.trigger, "as before")
        return None

    def _against_behind(self, figure: Figure) -> bool:
        token = self._tokens[figure.after] if figure.after < len(self._tokens) else None
        return token is not None and bool(token.roles & role.AGAINST)

    def _at_unit(self, figure: Figure) -> Name | None:
        after = figure.after
        for index in range(min(after, len(self._tokens) - 1), max(figure.token, after - 2), -1):
            token = self._tokens[index]
            if token.roles & role.MEASURE and figure.end <= token.start < figure.unit_end:
                return self._named(token, figure, index, "unit")
        return None

    def _named(self, token: Token, figure: Figure, index: int, why: str) -> Name | None:
        measure = token.value.by_class.get(figure.unit_class)
        return None if measure is None else Name(measure, token.start, token.end, index, f"{why}: {token.value.text}")

    def _behind(self, figure: Figure) -> Name | None:
        for index in range(figure.after, min(len(self._tokens), figure.after + 5)):
            token = self._tokens[index]
            if token.start - figure.unit_end > _BEHIND or token.kind & NUMERAL:
                return None
            if token.kind == MARK and token.value in ",;.:\n()":
                return None
            if token.kind == WORD:
                if token.roles & role.MEASURE and (name := self._named(token, figure, index, "behind")):
                    return name
                if token.roles & _NEXT_CLAUSE:
                    return None
        return None

    def _before(self, sentence: Sentence, figure: Figure, previous: Figure | None, before: Name | None) -> Name | None:
        """Return what is named before the figure, but for a name that told what the figure before counts."""
        if not sentence.roles & role.MEASURE:
            return None
        first = sentence.first if previous is None else max(sentence.first, previous.after)
        for index in range(figure.token - 1, first - 1, -1):
            token = self._tokens[index]
            if not token.roles & role.MEASURE:
                continue
            told = before is not None and before.trigger == index
            if figure.unit_class == "%" and _SUPPORTED.search(self._low, token.end, figure.start):
                return None  # "hộ nghèo được hỗ trợ 30%"
            if not told and (name := self._named(token, figure, index, "before")):
                return name
        return None

    def _words_of(self, figure: Figure, sentence: Sentence) -> tuple[int, int]:
        """Return where the words stand that a figure without a known measure counts: its unit and what follows it."""
        end = figure.unit_end
        if figure.unit_class in {"%", "đồng"} or figure.carried:
            start = figure.start
            floor = max(sentence.start, figure.start - 60)
            for index in range(figure.token - 1, sentence.first - 1, -1):
                token = self._tokens[index]
                if token.start < floor:
                    break
                if token.kind == MARK and token.value in ",;:(":
                    floor = token.end
                    break
            while floor < start and self._low[floor - 1 : floor].isalnum():
                floor += 1
            return self._trimmed(floor, start)
        match = _CLAUSE.match(self._low, end)
        stop = end if match is None else match.end()
        while stop < len(self._low) and stop > end and self._low[stop].isalnum() and self._low[stop - 1].isalnum():
            stop -= 1
        unit = len(figure.unit or "")
        return self._trimmed(max(figure.end, end - unit), stop)

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        while start < end and not self._low[start].isalnum():
            start += 1
        while end > start and not self._low[end - 1].isalnum():
            end -= 1
        return start, end
