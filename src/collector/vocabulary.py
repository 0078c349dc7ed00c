"""What the evidence is told by: the measures with their words, and the words of a topic. ``config`` reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One statistic that bulletins report, whatever the words and the year."""

    id: str  #: ``poor_households``
    field: str  #: the group it belongs to: ``employment``, ``poverty`` …
    name_vi: str
    name_en: str
    unit: str  #: canonical: ``người``, ``hộ``, ``%``, ``đồng``, ``căn nhà`` …
    triggers: tuple[str, ...]  #: Vietnamese words that name it, in lower case, NFC


@dataclass(frozen=True, slots=True)
class TopicWords:
    """Words that speak for a topic, or against it."""

    weight: float  #: for: positive; against: negative
    words: tuple[str, ...]  #: in lower case, NFC
    field: str | None = None  #: the group of measures that they belong to, if one


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything about the subject that is data."""

    measures: tuple[Measure, ...]
    topic_words: tuple[TopicWords, ...] = ()
