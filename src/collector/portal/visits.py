"""The page's own visit statistics, found by their labels: classes differ from portal to portal, words hardly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from collector.dom import Document
from collector.model import VisitCount
from collector.profile import VisitsProfile

#: Digits in groups of three, set apart by one space, point or comma (NBSP and U+202F are folded to a space before).
_NUMBER = r"\d{1,3}(?:[ .,]\d{3})+(?!\d)|\d+"
#: Between a label and its number: a colon, a table's cell border, a line's end, brackets.
_BETWEEN = r"[ \n:|()\[\]–-]{0,12}"
#: Two labels of one counter stand within so many characters of each other.
_REACH = 400
#: More numbers than these near one another are no counter of six.
_MOST_NEAR = 20
#: No portal has had so many visits; a longer number is a phone's or an id.
_LARGEST = 10**12
#: One label alone may be a word of the text; a counter has at least two.
_FEWEST = 2


def read_visits(document: Document, profile: VisitsProfile) -> VisitCount | None:
    """Return the counter, or None when the page shows none."""
    if not profile.labels:
        return None
    nodes = document.all(profile.container) if profile.container else []
    for text in [node.readable() for node in nodes] or [document.readable()]:
        found = read_counter(text, profile)
        if found is not None:
            return found
    return None


def read_counter(text: str, profile: VisitsProfile) -> VisitCount | None:
    """Return the counter that stands in a text, or None."""
    found = _best(text.casefold(), profile.labels) if profile.labels else None
    return VisitCount(**found) if found else None


def _best(text: str, labels: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Return the numbers of the place where most labels stand together; of two equal ones the later: a footer."""
    best: dict[str, int] = {}
    for number_first in (False, True):
        hits = _hits(text, labels, number_first=number_first)
        for first, (start, _, _) in enumerate(hits):
            group: dict[str, int] = {}
            for position, name, value in hits[first : first + _MOST_NEAR]:
                if position - start > _REACH:
                    break
                group.setdefault(name, value)
            if len(group) >= max(_FEWEST, len(best)):
                best = group
        if best:
            break
    return best


def _hits(text: str, labels: Mapping[str, tuple[str, ...]], *, number_first: bool) -> list[tuple[int, str, int]]:
    names = {label.casefold().rstrip(":").strip(): name for name, every in labels.items() for label in every}
    pattern = _pattern(tuple(sorted(names, key=len, reverse=True)), number_first)
    hits = []
    for match in pattern.finditer(text):
        value = int(re.sub(r"\D", "", match["number"])) if len(match["number"]) <= 20 else _LARGEST  # noqa: PLR2004
        if value < _LARGEST:
            hits.append((match.start(), names[match["label"]], value))
    return hits


@lru_cache(maxsize=64)
def _pattern(labels: tuple[str, ...], number_first: bool) -> re.Pattern[str]:
    # Longest first, so that "truy cập hôm nay" is not read as "hôm nay" behind a word.
    # A digit may follow at once: NukeViet sets label and number into two spans with nothing between.
    label = "(?<!\\w)(?P<label>" + "|".join(re.escape(one) for one in labels) + ")(?![^\\W\\d])"
    number = f"(?<![\\d.,/])(?P<number>{_NUMBER})(?![\\d/%])"
    return re.compile(f"{number}{_BETWEEN}{label}" if number_first else f"{label}{_BETWEEN}{number}")
