"""What the evidence of a bulletin of 8,000 characters costs on one core, part by part, beside a plain scan for digits.

Two texts: prose of ordinary density (the seed bulletin and the replica's others, paragraph after paragraph) and the
densest there is (those of ``tests/quality`` with most figures for their length). Run: python benchmarks/evidence.py
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from collector.config import load_shipped
from collector.demo.newsroom import SEED_ID, Newsroom
from collector.evidence import Examiner
from collector.evidence.documents import documents
from collector.evidence.indicators import IndicatorReader
from collector.evidence.lexicon import lexicon
from collector.evidence.occasion import occasion
from collector.evidence.people import people
from collector.evidence.tokens import Lexer, lowered
from collector.evidence.topics import TopicReader
from collector.findings import Evidence

LENGTH = 8000
PUBLISHED = date(2024, 1, 8)
_QUALITY = Path(__file__).parent.parent / "tests" / "quality" / "bulletins"
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_VOCABULARY = load_shipped().vocabulary
_EXAMINER = Examiner(_VOCABULARY)


def ordinary() -> tuple[str, str]:
    """Return title and body of the seed bulletin, made longer by the paragraphs of others."""
    bulletins = dict(Newsroom(count=60).expected())
    seed = bulletins.pop(str(SEED_ID))
    labour = [one.text() for one in bulletins.values() if one.labour]
    return seed.title, "\n".join([seed.text(), *labour])[:LENGTH]


def densest() -> tuple[str, str]:
    """Return the title and body made of the annotated bulletins with most figures for their length."""
    texts = [path.read_text(encoding="utf-8").strip().partition("\n") for path in sorted(_QUALITY.glob("*.txt"))]
    texts.sort(key=lambda text: len(_DIGITS.findall(text[2])) / len(text[2]), reverse=True)
    return texts[0][0], "\n".join(body for _, _, body in texts)[:LENGTH]


def examine(title: str, body: str) -> Evidence:
    """Return all evidence."""
    return _EXAMINER.examine(title, body, published_on=PUBLISHED)


def parts(title: str, body: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is measured, by name; ``indicators`` make their tokens themselves."""
    lexer = Lexer(lexicon(_VOCABULARY.measures))
    reader = IndicatorReader(lexer)
    topics = TopicReader(_VOCABULARY.topic_words, _VOCABULARY.measures)
    yield "digits", lambda: _DIGITS.findall(body)
    yield "all", lambda: examine(title, body)
    yield "tokens", lambda: lexer.tokens(lowered(body))
    yield "indicators", lambda: reader.read(title, body, published_on=PUBLISHED, event_on=None)
    yield "people", lambda: people(title, body)
    yield "documents", lambda: documents(title, body)
    yield "occasion", lambda: occasion(title, body, PUBLISHED)
    yield "topic", lambda: topics.score(title, body)


def milliseconds(ask: Callable[[], object], *, calls: int) -> float:
    """Return what one call takes of the processor: a machine that is busy with something else changes little."""
    began = time.process_time()
    for _ in range(calls):
        ask()
    return (time.process_time() - began) / calls * 1000


def main() -> None:
    """Measure both texts and print a line for each part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="of which the median is printed")
    parser.add_argument("--calls", type=int, default=20, help="in each round")
    asked = parser.parse_args()
    for name, (title, body) in (("ordinary", ordinary()), ("densest", densest())):
        measured = list(parts(title, body))
        times: dict[str, list[float]] = {part: [] for part, _ in measured}
        for _ in range(asked.rounds):  # all parts in turn, so that a slow moment is no part's
            for part, ask in measured:
                times[part].append(milliseconds(ask, calls=asked.calls))
        median = {part: statistics.median(found) for part, found in times.items()}
        found = examine(title, body)
        print(
            f"{name}: {len(body)} characters, {len(_DIGITS.findall(body))} runs of digits, {len(found.indicators)} "
            f"figures, {len(found.people)} people, {len(found.documents)} documents"
        )
        for part, took in median.items():
            print(f"  {part:<12}{took:8.3f} ms{took / median['digits']:9.1f} x digits")


if __name__ == "__main__":
    main()
