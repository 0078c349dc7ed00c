"""``measures.toml`` and ``topics.toml``: what figures are called, and which words tell the topic."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from collector.config.mistakes import Table, TomlFile
from collector.config.values import Text, listed, shown
from collector.errors import ConfigError
from collector.vocabulary import Measure, TopicWords, Vocabulary

MEASURES, TOPICS = "measures.toml", "topics.toml"


def _measure_id(value: str) -> str:
    # It becomes a column's value that people type in queries, and goes before suffixes such as _plan_rate.
    if not (value.isascii() and value.isidentifier() and value == value.lower()):
        raise ValueError(f"expected an id of lower-case letters, digits and '_', found {shown(value)}")
    return value


def _phrase(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value).lower().split())


MeasureField = Literal[
    "employment",
    "training",
    "poverty",
    "merit",
    "social_protection",
    "children",
    "gender",
    "insurance",
    "safety",
    "rehabilitation",
]
MeasureId = Annotated[str, AfterValidator(_measure_id)]
Phrases = Annotated[tuple[Annotated[Text, AfterValidator(_phrase)], ...], Field(min_length=1), BeforeValidator(listed)]
Weight = Annotated[float, Field(ge=-100, le=100)]


class MeasureEntry(Table):
    """``[[measures]]``: one statistic."""

    id: MeasureId
    field: MeasureField
    name_vi: Text
    name_en: Text
    unit: Annotated[Text, AfterValidator(_phrase)]
    triggers: Phrases


class MeasuresFile(Table):
    """The whole of ``measures.toml``."""

    measures: Annotated[list[MeasureEntry], Field(min_length=1)]


class TopicEntry(Table):
    """``[[labour]]``: words of one weight."""

    weight: Weight
    field: MeasureField | None = None
    words: Phrases


class TopicsFile(Table):
    """The whole of ``topics.toml``."""

    labour: Annotated[list[TopicEntry], Field(min_length=1)]


def checked_measures(file: TomlFile) -> tuple[Measure, ...]:
    """Return the measures of a file; with any mistake, which is noted there, they are not to be used."""
    checked = file.validated(MeasuresFile)
    if checked is None:
        return ()
    ids: dict[str, int] = {}
    triggers: dict[tuple[str, str], tuple[int, str]] = {}
    for number, entry in enumerate(checked.measures):
        if ids.setdefault(entry.id, number) != number:
            file.add(f"measures[{number}].id", f"{shown(entry.id)} is the id of measures[{ids[entry.id]}] already")
        for place, trigger in enumerate(entry.triggers):
            # The same words with the same unit would name two measures: nobody could tell which is meant.
            first, name = triggers.setdefault((trigger, entry.unit), (number, entry.id))
            if (first, name) != (number, entry.id):
                file.add(
                    f"measures[{number}].triggers[{place}]",
                    f"{shown(trigger)} with the unit {shown(entry.unit)} names {name}, measures[{first}], already",
                )
        _refuse_twice(file, f"measures[{number}].triggers", entry.triggers)
    return tuple(Measure(**entry.model_dump()) for entry in checked.measures)


def checked_topics(file: TomlFile) -> tuple[TopicWords, ...]:
    """Return the words of a file by weight; with any mistake, which is noted there, they are not to be used."""
    checked = file.validated(TopicsFile)
    if checked is None:
        return ()
    seen: dict[str, int] = {}
    for number, entry in enumerate(checked.labour):
        if entry.weight == 0:
            file.add(f"labour[{number}].weight", "expected a number above 0 (for) or below 0 (against), found 0")
        for place, word in enumerate(entry.words):
            if seen.setdefault(word, number) != number:
                file.add(f"labour[{number}].words[{place}]", f"{shown(word)} stands in labour[{seen[word]}] already")
        _refuse_twice(file, f"labour[{number}].words", entry.words)
    return tuple(TopicWords(entry.weight, entry.words, entry.field) for entry in checked.labour)


def _refuse_twice(file: TomlFile, key: str, phrases: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for place, phrase in enumerate(phrases):
        if phrase in seen:
            file.add(f"{key}[{place}]", f"{shown(phrase)} stands in this list already")
        seen.add(phrase)


def vocabulary(folder: Path, *, shipped: Path, opened: Callable[[Path], TomlFile]) -> Vocabulary:
    """Return the vocabulary of a configuration; its mistakes are noted in the files that ``opened`` gave.

    A folder that was copied before there was a vocabulary has none: then the ``shipped`` folder's holds.

    Raises:
        ConfigError: the shipped one is needed, and has a mistake.
    """
    measures, topics = folder / MEASURES, folder / TOPICS
    return Vocabulary(
        checked_measures(opened(measures)) if measures.exists() else _read(shipped).measures,
        checked_topics(opened(topics)) if topics.exists() else _read(shipped).topic_words,
    )


@cache
def _read(folder: Path) -> Vocabulary:
    # Once: its 1,500 phrases take 20 ms, as long as everything else in a configuration.
    files = [TomlFile(folder / name, name=str(folder / name)) for name in (MEASURES, TOPICS)]
    found = Vocabulary(checked_measures(files[0]), checked_topics(files[1]))
    if mistakes := [mistake for file in files for mistake in file.mistakes]:
        raise ConfigError(mistakes)
    return found
