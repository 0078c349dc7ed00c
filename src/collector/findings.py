"""What travels of a text's evidence: figures, people, documents and the topic, each where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of a bulletin and where it is printed; CONTRACT 3 has every form that is allowed."""

    measure: str | None  #: id of a measure of ``measures.toml``; None: not one that is known
    label: str  #: the words that say what is counted, as printed
    part: str  #: ``title`` or ``body``
    printed: str  #: the number as printed, without scale word or unit: ``part[span_start:span_end]``
    value: float  #: in base units: ``1,2 triệu người`` is 1200000
    value_max: float | None  #: of a range, its upper end
    unit: str | None  #: as printed, without scale word; carried from the head of a list where it is left out
    qualifier: str  #: ``exact``, ``over``, ``nearly``, ``about``, ``estimated``, ``at_least``, ``at_most``
    direction: str  #: ``level``, ``increase``, ``decrease``, ``target_attainment``, ``plan_target``
    period: str | None  #: ``2023``, ``2024-H1``, ``2024-Q3``, ``2023-M09``, ``2023-09``, ``2021-2025``; None: not told
    place: str | None  #: where a list or a sentence gives the figure of a place of its own
    sentence: str  #: the sentence, as printed
    span_start: int  #: code points from the part's beginning
    span_end: int
    rule: str  #: what decided measure, direction and period
    ambiguous: bool = False  #: the number's form allows another value


@dataclass(frozen=True, slots=True)
class Appearance:
    """An official who is named, with the office as printed."""

    name: str  #: without đồng chí, ông, bà: ``part[span_start:span_end]``
    title: str | None
    part: str
    span_start: int
    span_end: int


@dataclass(frozen=True, slots=True)
class CitedDocument:
    """A legal document that a bulletin cites."""

    number: str  #: as printed, ``1142/QĐ-UBND``: ``part[span_start:span_end]``
    kind: str | None  #: ``Quyết định``, ``Nghị quyết`` …, as printed beside the number or told by its letters
    part: str
    span_start: int
    span_end: int


@dataclass(frozen=True, slots=True)
class TopicScore:
    """How much a bulletin speaks of labour and social affairs."""

    score: float  #: 0 to 1
    words: tuple[str, ...] = ()  #: what decided, the weightiest first
    fields: tuple[str, ...] = ()  #: groups of the vocabulary that it touches


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found in a bulletin's words."""

    indicators: tuple[Indicator, ...] = ()
    people: tuple[Appearance, ...] = ()
    documents: tuple[CitedDocument, ...] = ()
    event_on: date | None = None  #: the day of the event as the text tells it
    place: str | None = None  #: the province or district that the bulletin is about
    topic: TopicScore = TopicScore(0.0)
