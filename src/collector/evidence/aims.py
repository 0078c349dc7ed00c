"""Where a bulletin tells targets: in a sentence, in the list that a heading announces, in the sentences behind one."""

from __future__ import annotations

from collector.evidence import role
from collector.evidence.calendar import Calendar, Told
from collector.evidence.figures import Figure
from collector.evidence.sentences import Sentence
from collector.evidence.tokens import MARK, NUMBER, TIME_, WORD, Token

_AIMS = role.AIM | role.PERHAPS_AIM | role.PLAN
_TELL = _AIMS | role.DONE
_MEASURING = role.RESULT | role.SURPLUS | role.AGAINST | role.PLAN  #: results by the plan that comes next


class Aims:
    """Follows the sentences of one text and tells for each figure whether it stands where targets are told."""

    def __init__(self, low: str, tokens: list[Token]) -> None:
        self._low, self._tokens = low, tokens
        self._list = False  # a heading has announced a list of targets
        self._line = -1  # the paragraph in which targets are told
        self._scopes: list[tuple[int, int]] = []
        self._done: list[int] = []  # places of words that tell results, in this sentence
        self._carried = self._ahead = False
        self.told = False  #: some figures of the sentence may be targets

    def open(self, sentence: Sentence, told: list[Told], calendar: Calendar) -> None:
        """Begin a sentence."""
        tokens = self._tokens
        self._scopes, self._done = [], []
        if sentence.roles & _TELL:
            telling = [index for index in range(sentence.first, sentence.last) if tokens[index].roles & _TELL]
            self._scopes = _scopes(self._low, tokens, sentence, telling)
            self._done = [index for index in telling if tokens[index].roles & role.DONE]
        first = told[0] if told else None
        self._ahead = first is not None and first.token <= sentence.first + 1 and calendar.beyond_results(first)
        self._carried = not self._done and all(one.planned for one in told) and self._goes_on(sentence)
        self.told = self._ahead or self._carried or bool(self._scopes)

    def _goes_on(self, sentence: Sentence) -> bool:
        """Tell whether the sentence stands in a list of targets, or behind a sentence that began to tell them."""
        if self._list:
            return sentence.is_item(self._low) or not sentence.is_heading(self._low)
        return self._line == sentence.line and not sentence.opens and not self._reaches(sentence)

    def _reaches(self, sentence: Sentence) -> bool:
        """Tell results by "đạt", "hoàn thành" and "được" behind a verb."""
        return any(
            token.roles & role.RESULT or (token.kind == WORD and self._low.startswith(" được", token.end))
            for token in self._tokens[sentence.first : sentence.last]
        )

    def reach(self, figure: Figure) -> bool:
        """Return whether ``figure``, of the open sentence, is a target."""
        if self._ahead and not self._done:
            return True
        inside = [first for first, last in self._scopes if first < figure.token < last]
        if inside:
            return not any(inside[0] < index < figure.token for index in self._done)
        return self._carried and not any(first < figure.token for first, _ in self._scopes)

    def close(self, sentence: Sentence, told: list[Told]) -> bool:
        """End the sentence and return whether the whole of it told targets."""
        whole = self.told and not self._done and (self._ahead or any(last == sentence.last for _, last in self._scopes))
        if whole:
            self._line = sentence.line
        if self._low[sentence.end - 1] == ":" or sentence.is_heading(self._low):
            self._list = whole or any(one.planned for one in told)
        elif sentence.opens and not sentence.is_item(self._low):
            self._list = False
        return whole


def _scopes(low: str, tokens: list[Token], sentence: Sentence, telling: list[int]) -> list[tuple[int, int]]:
    """Return where a sentence tells targets: the places from which, and up to which, its figures are some."""
    found = []
    for index in telling:
        token = tokens[index]
        if not token.roles & _AIMS:
            continue
        before = tokens[index - 1] if index > sentence.first else None
        if before is not None and (
            before.kind == NUMBER or (before.kind == MARK and before.value in "%/") or before.roles & _MEASURING
        ):
            continue  # "vượt mục tiêu", "105% mục tiêu": a plan that results are measured by
        if token.roles & role.AIM:
            found.append((index, sentence.last))
        elif token.roles & role.PERHAPS_AIM:
            # "Dự kiến năm 2012, …" heads the sentence, "tổng số tiền dự kiến 25 tỷ đồng" only its clause.
            found.append((index, sentence.last if index == sentence.first else _clause_end(tokens, sentence, index)))
        elif scope := _announced(low, tokens, sentence, index):
            found.append((index, scope))
    return found


def _clause_end(tokens: list[Token], sentence: Sentence, index: int, marks: str = ",;)") -> int:
    for after in range(index + 1, sentence.last):
        if tokens[after].kind == MARK and tokens[after].value in marks:
            return after
    return sentence.last


def _announced(low: str, tokens: list[Token], sentence: Sentence, index: int) -> int:
    """Return how far a plan heads what follows: "chỉ tiêu năm 2024: …", "chỉ tiêu giảm hộ nghèo là …"; 0: nowhere."""
    after = index + 1
    if after < sentence.last and tokens[after].kind == TIME_:
        after += 1
    if low.startswith(" là", tokens[after - 1].end):
        return _clause_end(tokens, sentence, after - 1, marks=";)")
    if after >= sentence.last:
        return 0
    token = tokens[after]
    if token.kind == MARK and token.value == ":":
        return sentence.last
    if token.roles & (role.DOWN | role.UP | role.LIFTED):
        return _clause_end(tokens, sentence, after)
    return 0
