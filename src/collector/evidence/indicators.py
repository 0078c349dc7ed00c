"""Indicators: each figure of a text with measure, direction, period and place, in the order they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from collector.evidence.dating import Calendar
from collector.evidence.directions import Direction, Directions
from collector.evidence.figures import Figure, figures
from collector.evidence.lexicon import Role
from collector.evidence.sentences import Sentence, sentences
from collector.evidence.tokens import MARK, TIME_, WORD, Lexer, Token, lowered
from collector.model import Indicator


@dataclass(slots=True)
class _State:
    """What one sentence leaves for the next."""

    aimed_list: bool = False  #: a heading has announced a list of targets
    aimed_line: int = -1  #: the paragraph in which targets are told


class IndicatorReader:
    """Reads the figures of bulletins by one lexicon."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer

    def read(self, title: str, body: str, *, published_on: date | None) -> list[Indicator]:
        """Return the indicators of the title and of the body."""
        calendar = Calendar(published_on)
        return [
            *self._part("title", title, calendar),
            *self._part("body", body, calendar),
        ]

    def _part(self, part: str, text: str, calendar: Calendar) -> list[Indicator]:
        low = lowered(text)
        tokens = self._lexer.tokens(low)
        found = figures(low, tokens)
        directions = Directions(low, tokens)
        state = _State()
        indicators: list[Indicator] = []
        rest = iter(found)
        figure = next(rest, None)
        for sentence in sentences(low, tokens):
            here: list[Figure] = []
            while figure is not None and figure.token < sentence.last:
                here.append(figure)
                figure = next(rest, None)
            used = {one.token for one in here}
            listed = low[sentence.start] in "-–+•*" or low[sentence.start].isdigit()
            if part == "body":
                calendar.open_sentence(sentence, listed=listed)
            told = calendar.told(low, tokens, sentence, used)
            if part == "title":
                calendar.open_title(told)
            aims = _aims(tokens, sentence)
            heading = sentence.is_heading(low)
            carried = self._carried_aim(
                state, low, tokens, sentence, listed=listed, told_result=any(not t.planned for t in told)
            )
            before: Direction | None = None
            for number, one in enumerate(here):
                aimed = _aimed(tokens, sentence, aims, one, carried=carried) or _year_ahead(told, one)
                direction = directions.of(one, here[number - 1] if number else None, before, aimed=aimed)
                period, source = calendar.period(tokens, one, direction, told, here[:number])
                before = direction
                indicators.append(
                    Indicator(
                        measure=None,
                        label="",
                        part=part,
                        printed=text[one.start : one.end],
                        value=one.value,
                        value_max=one.value_max,
                        unit=one.unit,
                        qualifier=one.qualifier,
                        direction=direction.name,
                        period=period,
                        place=None,
                        sentence=text[sentence.start : sentence.end],
                        span_start=one.start,
                        span_end=one.end,
                        rule=f"{direction.why or 'level'}; {source or 'no period'}",
                        ambiguous=one.ambiguous,
                    )
                )
            aimed_all = bool(aims) and not _done_after(tokens, sentence, aims[-1])
            if part == "body":
                calendar.close_sentence(low, sentence, told, here, aimed=aimed_all)
            if aimed_all:
                state.aimed_line = sentence.line
            if heading or low[sentence.end - 1] == ":":
                state.aimed_list = aimed_all or any(t.planned for t in told)
            elif sentence.opens and not listed:
                state.aimed_list = False
        return indicators

    def _carried_aim(
        self, state: _State, low: str, tokens: list[Token], sentence: Sentence, *, listed: bool, told_result: bool
    ) -> bool:
        """Tell whether the sentence stands in a list of targets, or behind a sentence that began to tell them."""
        if (
            any(
                tokens[index].kind == WORD and tokens[index].value.roles & Role.DONE
                for index in range(sentence.first, sentence.last)
            )
            or told_result
        ):
            return False
        if state.aimed_list and (listed or not sentence.is_heading(low)):
            return True
        return state.aimed_line == sentence.line and not sentence.opens


def _aims(tokens: list[Token], sentence: Sentence) -> list[int]:
    """Return the places of the words by which a sentence tells targets."""
    found = []
    for index in range(sentence.first, sentence.last):
        token = tokens[index]
        if token.kind != WORD:
            continue
        if index == sentence.first and token.value.roles & Role.PLAN and _announces(tokens, sentence):
            found.append(index)
        if not token.value.roles & Role.AIM:
            continue
        before = tokens[index - 1] if index > sentence.first else None
        if before is not None and (
            (before.kind == MARK and before.value == "%")
            or (before.kind == WORD and before.value.roles & (Role.RESULT | Role.SURPLUS | Role.AGAINST | Role.PLAN))
        ):
            continue  # "vượt mục tiêu", "105% mục tiêu": a plan that results are measured by
        found.append(index)
    return found


def _announces(tokens: list[Token], sentence: Sentence) -> bool:
    """Tell whether the sentence's first word heads what follows: "Chỉ tiêu năm 2024: …"."""
    after = tokens[sentence.first + 1 : min(sentence.last, sentence.first + 3)]
    return bool(after) and (after[0].kind == TIME_ or (after[0].kind == MARK and after[0].value == ":"))


def _done_after(tokens: list[Token], sentence: Sentence, index: int) -> bool:
    return any(
        tokens[after].kind == WORD and tokens[after].value.roles & Role.DONE
        for after in range(index + 1, sentence.last)
    )


def _aimed(tokens: list[Token], sentence: Sentence, aims: list[int], figure: Figure, *, carried: bool) -> bool:
    last = next((index for index in reversed(aims) if index < figure.token), None)
    if last is None:
        return carried
    return not any(
        tokens[index].kind == WORD and tokens[index].value.roles & Role.DONE for index in range(last + 1, figure.token)
    )


def _year_ahead(told: list, figure: Figure) -> bool:
    return False
