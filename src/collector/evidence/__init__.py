"""Evidence: what a bulletin's words say, each finding with the place it stands at. Pure; one file a kind."""

from __future__ import annotations

from datetime import date

from collector.evidence.documents import documents
from collector.evidence.indicators import IndicatorReader
from collector.evidence.lexicon import lexicon
from collector.evidence.occasion import occasion
from collector.evidence.people import people
from collector.evidence.tokens import Lexer
from collector.evidence.topics import TopicReader
from collector.findings import Evidence
from collector.vocabulary import Vocabulary

__all__ = ["Examiner"]


class Examiner:
    """Reads texts for evidence by one vocabulary; made once, used for any number of bulletins."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._indicators = IndicatorReader(Lexer(lexicon(vocabulary.measures)))
        self._topics = TopicReader(vocabulary.topic_words, vocabulary.measures)

    def examine(self, title: str, body: str, *, published_on: date | None = None) -> Evidence:
        """Return what ``title`` and ``body`` (NFC) say; any text of any language and length, never an exception.

        Args:
            title: one line.
            body: paragraphs separated by one newline.
            published_on: the day the page prints, local: what "6 tháng đầu năm" without a year is counted from.
        """
        event_on, place = occasion(title, body, published_on)
        indicators = tuple(self._indicators.read(title, body, published_on=published_on, event_on=event_on))
        topic = self._topics.score(title, body, measures=(one.measure for one in indicators))
        return Evidence(
            indicators=indicators,
            people=tuple(people(title, body)),
            documents=tuple(documents(title, body)),
            event_on=event_on,
            place=place,
            topic=topic,
        )
