"""Indicators: each figure of a text with measure, direction, period and place, in the order they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from collector.evidence.dating import Calendar
from collector.evidence.directions import DECREASE, INCREASE, Direction, Directions
from collector.evidence.figures import Figure, figures
from collector.evidence.lexicon import Role, class_of
from collector.evidence.naming import Name, Namer
from collector.evidence.places import places
from collector.evidence.sentences import Sentence, sentences
from collector.evidence.tokens import MARK, NUMBER, TIME_, WORD, Lexer, Token, lowered
from collector.model import Indicator
from collector.vocabulary import Measure


_CHANGES = frozenset({INCREASE, DECREASE})
#: Units that say by themselves what a bulletin that spoke of such a measure goes on to count.
_TELLING = frozenset({"căn nhà", "lớp", "phiên", "vụ"})


def _subjects(title: list[Token]) -> dict[str, Measure]:
    """Return what a title speaks of, by unit."""
    found: dict[str, Measure] = {}
    for token in title:
        for measure in token.value.measures if token.kind == WORD else ():
            found.setdefault(class_of(measure.unit) or measure.unit, measure)
    return found


@dataclass(slots=True)
class _State:
    """What one sentence leaves for the next."""

    aimed_list: bool = False  #: a heading has announced a list of targets
    aimed_line: int = -1  #: the paragraph in which targets are told


class IndicatorReader:
    """Reads the figures of bulletins by one lexicon."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer

    def read(self, title: str, body: str, *, published_on: date | None, event_on: date | None) -> list[Indicator]:
        """Return the indicators of the title and of the body."""
        parts = [
            (name, text, low, self._lexer.tokens(low))
            for name, text in (("title", title), ("body", body))
            for low in [lowered(text)]
        ]
        first_year = next(
            (token.value.year for *_, tokens in parts for token in tokens if token.kind == TIME_ and token.value.year),
            None,
        )
        calendar = Calendar(published_on, event_on, first_year)
        subjects = _subjects(parts[0][3])
        found = [indicator for part in parts for indicator in self._part(*part, calendar, subjects)]
        period, source = calendar.default()
        if period is None:
            return found
        return [
            one if one.period is not None else replace(one, period=period, rule=one.rule.replace("no period", source))
            for one in found
        ]

    def _part(
        self, part: str, text: str, low: str, tokens: list[Token], calendar: Calendar, subjects: dict[str, Measure]
    ) -> list[Indicator]:
        found = figures(text, low, tokens)
        directions, namer = Directions(low, tokens), Namer(low, tokens)
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
            aims = _aims(low, tokens, sentence)
            heading = sentence.is_heading(low)
            carried = self._carried_aim(
                state, low, tokens, sentence, listed=listed, told_result=any(not t.planned for t in told)
            )
            told_done = any(
                tokens[index].kind == WORD and tokens[index].value.roles & Role.DONE
                for index in range(sentence.first, sentence.last)
            )
            ahead = bool(told) and told[0].token <= sentence.first + 1 and calendar.beyond_results(told[0])
            before: Direction | None = None
            name: Name | None = None
            where = places(text, here, sentence.start)
            for number, one in enumerate(here):
                aimed = (
                    _aimed(tokens, aims, one, carried=carried) or (ahead and not told_done) or calendar.ahead(told, one)
                )
                direction = directions.of(one, here[number - 1] if number else None, before, aimed=aimed)
                period, source = calendar.period(low, tokens, one, direction, told, here[:number])
                if source != "beside":
                    period = calendar.earlier(low, tokens, one, direction, here[number - 1] if number else None, period)
                name = namer.of(sentence, one, direction, here[number - 1] if number else None, name)
                if name.measure is not None:
                    subjects[one.unit_class] = name.measure
                elif (
                    where[number] is not None or one.carried or direction.name in _CHANGES or one.unit_class in _TELLING
                ):
                    # A list of places, a bare number, a change: of what the bulletin spoke of last in this unit.
                    name = replace(name, measure=subjects.get(one.unit_class), why="carried")
                before = direction
                indicators.append(
                    Indicator(
                        measure=None if name.measure is None else name.measure.id,
                        label=text[name.start : name.end],
                        part=part,
                        printed=text[one.start : one.end],
                        value=one.value,
                        value_max=one.value_max,
                        unit=one.unit,
                        qualifier=one.qualifier,
                        direction=direction.name,
                        period=period,
                        place=where[number],
                        sentence=text[sentence.start : sentence.end],
                        span_start=one.start,
                        span_end=one.end,
                        rule=f"{name.why or 'unnamed'}; {direction.why or 'level'}; {source or 'no period'}",
                        ambiguous=one.ambiguous,
                    )
                )
            aimed_all = (any(scope[1] == sentence.last for scope in aims) or ahead) and not told_done
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


def _aims(low: str, tokens: list[Token], sentence: Sentence) -> list[tuple[int, int]]:
    """Return where a sentence tells targets: the places from which, and up to which, its figures are some."""
    found = []
    for index in range(sentence.first, sentence.last):
        token = tokens[index]
        if token.kind != WORD or not token.value.roles & (Role.AIM | Role.PERHAPS_AIM | Role.PLAN):
            continue
        before = tokens[index - 1] if index > sentence.first else None
        if before is not None and (
            before.kind == NUMBER
            or (before.kind == MARK and before.value in "%/")
            or (before.kind == WORD and before.value.roles & (Role.RESULT | Role.SURPLUS | Role.AGAINST | Role.PLAN))
        ):
            continue  # "vượt mục tiêu", "105% mục tiêu": a plan that results are measured by
        if token.value.roles & Role.AIM:
            found.append((index, sentence.last))
        elif token.value.roles & Role.PERHAPS_AIM:
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
    """Return how far a plan heads what follows: "chỉ tiêu năm 2024: …", "chỉ tiêu giảm hộ nghèo là …"; 0: not at all."""
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
    if token.kind == WORD and token.value.roles & (Role.DOWN | Role.UP | Role.LIFTED):
        return _clause_end(tokens, sentence, after)
    return 0


def _done_after(tokens: list[Token], sentence: Sentence, index: int) -> bool:
    return any(
        tokens[after].kind == WORD and tokens[after].value.roles & Role.DONE
        for after in range(index + 1, sentence.last)
    )


def _aimed(tokens: list[Token], aims: list[tuple[int, int]], figure: Figure, *, carried: bool) -> bool:
    inside = [first for first, last in aims if first < figure.token < last]
    if not inside:
        return carried and not any(first < figure.token for first, _ in aims)
    return not any(
        tokens[index].kind == WORD and tokens[index].value.roles & Role.DONE
        for index in range(inside[0] + 1, figure.token)
    )
