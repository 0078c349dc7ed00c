"""Bulletins examined for evidence: each one as it comes in, and those taken in before anybody examined them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from datetime import date

from collector import plan
from collector.archive import Archive
from collector.archive.evidence import UnexaminedText
from collector.evidence import Examiner
from collector.findings import Evidence, Indicator
from collector.vocabulary import Vocabulary

#: Which examination made the evidence, the vocabulary apart. Raised when texts are read otherwise.
EXAMINATION_VERSION = "3"

#: What CONTRACT 3 allows.
_QUALIFIERS = frozenset({"exact", "over", "nearly", "about", "estimated", "at_least", "at_most"})
_DIRECTIONS = frozenset({"level", "increase", "decrease", "target_attainment", "plan_target"})

#: Texts examined in one transaction: less than a second between two moments at which a run can be stopped.
_BATCH = 100


class Examining:
    """The vocabulary in force with the examiner made of it, and the score from which on a bulletin is on topic.

    Made once a process, and used by all portals' threads.
    """

    def __init__(self, vocabulary: Vocabulary, *, threshold: float) -> None:
        self.vocabulary = vocabulary
        self.measures = vocabulary.measures
        self.threshold = threshold
        words = hashlib.sha256(repr(vocabulary).encode()).hexdigest()
        #: Written beside each revision: another examination or another vocabulary gives another version.
        self.version = f"{EXAMINATION_VERSION}:{words[:8]}"
        self._examiner = Examiner(vocabulary)
        self._ids = frozenset(measure.id for measure in vocabulary.measures)

    def evidence(self, title: str, body: str, *, published_on: date | None) -> Evidence:
        """Return what a bulletin's words say; each finding stands where it says it does.

        Raises:
            ValueError: the examiner found something that is not there, which is a bug of ours like any other exception.
        """
        found = self._examiner.examine(title, body, published_on=published_on)
        parts = {"title": title, "body": body}
        spans = [
            *((one.printed, one.part, one.span_start, one.span_end) for one in found.indicators),
            *((one.name, one.part, one.span_start, one.span_end) for one in found.people),
            *((one.number, one.part, one.span_start, one.span_end) for one in found.documents),
        ]
        for words, part, start, end in spans:
            if parts[part][start:end] != words:
                raise ValueError(f"{words!r} does not stand at {start} of the {part}")
        for figure in found.indicators:
            self._refuse_unheard_of(figure)
        return found

    def _refuse_unheard_of(self, figure: Indicator) -> None:
        if not (math.isfinite(figure.value) and math.isfinite(figure.value_max or 0)):
            raise ValueError(f"{figure.printed!r} is no number")
        if figure.qualifier not in _QUALIFIERS or figure.direction not in _DIRECTIONS:
            raise ValueError(f"{figure.printed!r} is {figure.qualifier!r}, {figure.direction!r}")
        if figure.measure is not None and figure.measure not in self._ids:
            raise ValueError(f"{figure.printed!r} is of {figure.measure!r}, which the vocabulary does not have")

    def topic(self, evidence: Evidence | None, *, declared: str | None) -> str | None:
        """Return the topic of a bulletin; ``evidence`` is None where the examination failed."""
        score = None if evidence is None else evidence.topic.score
        return plan.topic(score, declared=declared, threshold=self.threshold)


def examine_stored(
    archive: Archive,
    examining: Examining,
    *,
    portal: str,
    checkpoint: Callable[[], None],
    examined: Callable[[Sequence[UnexaminedText]], None],
    failed: Callable[[UnexaminedText, Exception], None],
) -> None:
    """Examine a portal's latest texts that nobody has examined: of an older archive all, else those that failed.

    In batches, each a transaction; ``checkpoint`` is called before each and raises :class:`Interrupted` to stop there.
    ``examined`` is told of each batch as it was written, ``failed`` of each text.
    """
    last = 0
    while texts := archive.findings.unexamined(portal=portal, after=last, limit=_BATCH):
        checkpoint()
        found: list[tuple[UnexaminedText, Evidence, str | None]] = []
        for text in texts:
            try:
                evidence = examining.evidence(text.title, text.body, published_on=text.published_on)
            except Exception as error:  # noqa: BLE001 - a bug on one text must not cost the others; it is recorded as one
                failed(text, error)
                continue
            declared = archive.findings.declared_topic(portal=portal, source_id=text.source_id, section=None)
            found.append((text, evidence, examining.topic(evidence, declared=declared)))
        archive.findings.note_all(found, version=examining.version)
        examined([text for text, _, _ in found])
        last = texts[-1].article
