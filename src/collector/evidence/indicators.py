"""Indicators: each figure of a text with measure, direction, period and place, in the order they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from collector.evidence import role
from collector.evidence.aims import Aims
from collector.evidence.calendar import Calendar, Told
from collector.evidence.dating import Dater
from collector.evidence.directions import Directions
from collector.evidence.figures import DECREASE, INCREASE, Direction, Figure
from collector.evidence.lexicon import class_of
from collector.evidence.naming import OWN, Name, Namer
from collector.evidence.places import places
from collector.evidence.quantities import quantities
from collector.evidence.sentences import MOST_CHARACTERS, Sentence, sentences
from collector.evidence.tokens import TIME_, WORD, Lexer, Token, lowered
from collector.findings import Indicator
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


class IndicatorReader:
    """Reads the figures of bulletins by one lexicon."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer

    def read(self, title: str, body: str, *, published_on: date | None, event_on: date | None) -> list[Indicator]:
        """Return the indicators of the title and of the body.

        Args:
            title: one line.
            body: paragraphs, a line each.
            published_on: the day that the page prints.
            event_on: the day of the event that is told.
        """
        texts = {"title": title, "body": body}
        lows = {part: lowered(text) for part, text in texts.items()}
        tokens = {part: self._lexer.tokens(low) for part, low in lows.items()}
        calendar = Calendar(published_on, event_on, _first_year([*tokens["title"], *tokens["body"]]))
        subjects = _subjects(tokens["title"])
        found = [
            one
            for part, text in texts.items()
            for one in _Part(part, text, lows[part], tokens[part], calendar, subjects).indicators()
        ]
        # What a title counts may be dated by the body alone.
        period, source = calendar.default()
        return [
            one if one.period or not period else replace(one, period=period, rule=one.rule.replace(_UNDATED, source))
            for one in found
        ]


class _Part:
    """The title or the body of one bulletin."""

    def __init__(
        self, part: str, text: str, low: str, tokens: list[Token], calendar: Calendar, subjects: dict[str, Measure]
    ) -> None:
        self._part, self._text, self._low, self._tokens = part, text, low, tokens
        self._calendar, self._subjects = calendar, subjects
        self._directions, self._namer = Directions(low, tokens), Namer(low, tokens)
        self._dater, self._aims = Dater(low, tokens, calendar), Aims(low, tokens)

    def indicators(self) -> Iterator[Indicator]:
        """Yield the indicators, sentence by sentence: what one tells is the frame of the next."""
        figures = iter(quantities(self._text, self._low, self._tokens))
        figure = next(figures, None)
        for sentence in sentences(self._low, self._tokens):
            here: list[Figure] = []
            while figure is not None and figure.token < sentence.last:
                here.append(figure)
                figure = next(figures, None)
            told = self._open(sentence, here)
            if here:
                yield from self._read(sentence, here, told)
            whole = self._aims.close(sentence, told)
            if self._part == "body":
                self._calendar.close_sentence(self._low, sentence, told, here, aimed=whole)

    def _open(self, sentence: Sentence, here: list[Figure]) -> list[Told]:
        in_title = self._part == "title"
        if not in_title:
            self._calendar.open_sentence(sentence, listed=sentence.is_item(self._low))
        told: list[Told] = []
        if sentence.roles & role.TIME:
            counted = {one.token for one in here}  # "2020 suất quà"
            times = [
                index
                for index in range(sentence.first, sentence.last)
                if self._tokens[index].roles & role.TIME and index not in counted
            ]
            told = self._calendar.told(self._low, self._tokens, sentence, times)
        if in_title:
            self._calendar.open_title(told)
        self._aims.open(sentence, told, self._calendar)
        return told

    def _read(self, sentence: Sentence, here: list[Figure], told: list[Told]) -> Iterator[Indicator]:
        # One that was cut may end inside its last figure; megabytes without a stop are not repeated for each figure.
        end = max(min(sentence.end, sentence.start + MOST_CHARACTERS), here[-1].end)
        printed = self._text[sentence.start : end]
        where = places(self._text, here, sentence.start)
        direction: Direction | None = None
        name: Name | None = None
        previous: Figure | None = None
        aims, text = self._aims, self._text
        for number, figure in enumerate(here):
            aimed = (aims.told and aims.reach(figure)) or (bool(told) and self._calendar.ahead(told, figure))
            direction = self._directions.of(sentence, figure, previous, direction, aimed=aimed)
            period, source = self._dater.of(figure, direction, told, here[max(0, number - _BACK) : number])
            name = self._named(
                self._namer.of(sentence, figure, direction, previous, name), figure, direction, where[number]
            )
            previous = figure
            yield Indicator(
                measure=None if name.measure is None else name.measure.id,
                label=text[name.start : name.end],
                part=self._part,
                printed=text[figure.start : figure.end],
                value=figure.value,
                value_max=figure.value_max,
                unit=figure.unit,
                qualifier=figure.qualifier,
                direction=direction.name,
                period=period,
                place=where[number],
                sentence=printed,
                span_start=figure.start,
                span_end=figure.end,
                rule=f"{name.why or 'unnamed'}; {direction.why or 'level'}; {source or _UNDATED}",
                ambiguous=figure.ambiguous,
            )

    def _named(self, name: Name, figure: Figure, direction: Direction, place: str | None) -> Name:
        """Name a list of places, a bare number, a change by what the bulletin counted last in this unit."""
        if name.why == OWN:
            return name
        if name.measure is not None:
            self._subjects[figure.unit_class] = name.measure
            return name
        goes_on = place is not None or figure.carried or direction.name in _CHANGES or figure.unit_class in _TELLING
        known = self._subjects.get(figure.unit_class) if goes_on else None
        return name if known is None else Name(known, name.start, name.end, name.trigger, why="carried")


_UNDATED = "no period"
_BACK = 8  #: so many figures before one say what a time is of


def _first_year(tokens: list[Token]) -> int | None:
    return next((token.value.year for token in tokens if token.kind == TIME_ and token.value.year), None)
