"""What a bulletin's words say, as JSON under the columns' names and as something to read on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from collector.cli.tables import print_table
from collector.examining import Examining
from collector.findings import Appearance, CitedDocument, Evidence, Indicator

#: What ``parse`` adds to a bulletin's own fields.
KEYS = ("event_on", "place", "topic", "topic_score", "topic_words", "fields", "people", "documents", "indicators")


def evidence_record(evidence: Evidence, examining: Examining) -> dict[str, Any]:
    """Return the evidence under the names of the archive's columns; whole numbers are integers.

    The topic is told by the words alone: which section lists a text, a text does not say.
    """
    return {
        "event_on": None if evidence.event_on is None else evidence.event_on.isoformat(),
        "place": evidence.place,
        "topic": examining.topic(evidence, declared=None),
        "topic_score": evidence.topic.score,
        "topic_words": list(evidence.topic.words),
        "fields": list(evidence.topic.fields),
        "people": [asdict(one) for one in evidence.people],
        "documents": [asdict(one) for one in evidence.documents],
        "indicators": [
            {
                **asdict(one),
                "value": whole(one.value),
                "value_max": whole(one.value_max),
                "ambiguous": int(one.ambiguous),
            }
            for one in evidence.indicators
        ],
    }


def whole(value: float | None) -> float | int | None:
    """Return a number without a fraction as an integer."""
    return int(value) if value is not None and value.is_integer() else value


def print_evidence(title: str, body: str, evidence: Evidence, examining: Examining) -> None:
    """Print the sentences that have figures, once each, the figures as a table, officials, documents and the topic."""
    if evidence.indicators:
        _print_sentences({"title": title, "body": body}, evidence.indicators)
        names = ("printed", "value", "unit", "measure", "direction", "period", "qualifier", "place")
        click.echo()
        print_table("", names, [_row(one) for one in evidence.indicators])
        if any(one.ambiguous for one in evidence.indicators):
            click.echo("? the form of the number allows another value")
    else:
        click.echo("no figures")
    _print_people(evidence.people)
    _print_documents(evidence.documents)
    topic = evidence.topic
    decided = examining.topic(evidence, declared=None) or "off topic"
    words = f": {', '.join(topic.words)}" if topic.words else ""
    click.echo(f"\ntopic      {decided}, {topic.score:.2f} of {examining.threshold:g}{words}")
    for name, value in (
        ("fields", ", ".join(topic.fields)),
        ("event on", evidence.event_on),
        ("place", evidence.place),
    ):
        if value:
            click.echo(f"{name:<9}  {value}")


def _row(one: Indicator) -> Sequence[str]:
    value = str(whole(one.value)) + ("" if one.value_max is None else f" - {whole(one.value_max)}")
    measure = one.measure or (f"({one.label})" if one.label else "")
    return (
        one.printed,
        value + (" ?" if one.ambiguous else ""),
        one.unit or "",
        measure,
        one.direction,
        one.period or "",
        one.qualifier,
        one.place or "",
    )


def _print_sentences(texts: dict[str, str], indicators: Sequence[Indicator]) -> None:
    sentences: dict[tuple[str, int], tuple[str, list[tuple[int, int]]]] = {}
    for one in indicators:
        # The sentence around the number: the same words may stand in the text more than once.
        start = texts[one.part].rfind(one.sentence, 0, one.span_start + len(one.sentence))
        _, spans = sentences.setdefault((one.part, start), (one.sentence, []))
        spans.append((one.span_start - start, one.span_end - start))
    if not sys.stdout.isatty():
        click.echo("\n\n".join(sentence for sentence, _ in sentences.values()))
        return
    from rich.console import Console  # noqa: PLC0415 - costs 60 ms, and only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    style = "" if os.environ.get("NO_COLOR") else "bold cyan"
    console = Console(highlight=False)
    for number, (sentence, spans) in enumerate(sentences.values()):
        text = Text(sentence)
        for start, end in spans:
            text.stylize(style, start, end)
        console.print(text, end="\n" if number == len(sentences) - 1 else "\n\n")


def _print_people(people: Sequence[Appearance]) -> None:
    if people:
        click.echo()
        print_table("", ("person", "office"), list(dict.fromkeys((one.name, one.title) for one in people)))


def _print_documents(documents: Sequence[CitedDocument]) -> None:
    if documents:
        click.echo()
        print_table("", ("document", "kind"), list(dict.fromkeys((one.number, one.kind) for one in documents)))
