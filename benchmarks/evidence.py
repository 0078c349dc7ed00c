"""What examining a bulletin costs: all evidence of 8,000 characters, by its parts, beside a plain scan for digits.

Two texts: prose of ordinary density (the seed bulletin again and again) and the densest of our annotated bulletins.
Processor time of one core, the median of rounds; the ratio to the scan is what holds on another machine.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from collector.config import load
from collector.demo.composing import seed_story
from collector.evidence import Examiner
from collector.evidence.documents import documents
from collector.evidence.lexicon import lexicon
from collector.evidence.occasion import occasion
from collector.evidence.people import people
from collector.evidence.quantities import quantities
from collector.evidence.tokens import Lexer, lowered

LENGTH = 8000
ROUNDS, TIMES = 15, 5
BULLETINS = Path(__file__).parents[1] / "tests" / "quality" / "bulletins"


def ordinary() -> str:
    """Return the seed bulletin's paragraphs, again and again up to the length."""
    whole = "\n".join(str(block) for block in seed_story().blocks)
    return ((whole + "\n") * (LENGTH // len(whole) + 1))[:LENGTH]


def dense() -> str:
    """Return those of our annotated bulletins that have most digits for their length, joined."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(BULLETINS.glob("*.txt"))]
    texts.sort(key=lambda text: -sum(map(str.isdigit, text)) / len(text))
    return "\n".join(texts)[:LENGTH]


def milliseconds(work: Callable[[], object]) -> float:
    """Return the median processor time of one call."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(TIMES):
            work()
        taken.append((time.process_time() - start) / TIMES * 1000)
    return statistics.median(taken)


def main() -> None:
    """Print the table."""
    vocabulary = load(None, environ={}, cwd=Path()).vocabulary
    examiner, lexer = Examiner(vocabulary), Lexer(lexicon(vocabulary.measures))
    print(
        f"{'ms for 8,000 characters':34}{'figures':>8}{'scan':>8}{'all':>8}{'ratio':>7}"
        f"{'tokens':>8}{'numbers':>8}{'people':>8}{'documents':>10}{'occasion':>9}"
    )
    for name, text in (("ordinary prose", ordinary()), ("the densest of ours", dense())):
        low = lowered(text)
        tokens = lexer.tokens(low)
        scan = milliseconds(lambda: re.findall(r"\d[\d.,]*", text))  # noqa: B023 - called before the next round
        whole = milliseconds(lambda: examiner.examine("", text))  # noqa: B023
        parts = (
            milliseconds(lambda: lexer.tokens(lowered(text))),  # noqa: B023
            milliseconds(lambda: quantities(text, low, tokens)),  # noqa: B023
            milliseconds(lambda: people("", text)),  # noqa: B023
            milliseconds(lambda: documents("", text)),  # noqa: B023
            milliseconds(lambda: occasion("", text, None)),  # noqa: B023
        )
        figures = len(examiner.examine("", text).indicators)
        print(
            f"{name:34}{figures:8}{scan:8.2f}{whole:8.2f}{whole / scan:7.0f}"
            f"{parts[0]:8.2f}{parts[1]:8.2f}{parts[2]:8.2f}{parts[3]:10.2f}{parts[4]:9.2f}"
        )


if __name__ == "__main__":
    main()
