"""The passage of a text in which what was searched for stands, with the words marked. Pure.

The marks are Unicode's isolates, which no stored text holds (:func:`~collector.vietnamese.characters.clean` takes them
out): SQL can carry them, and a page that does not know them shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from collector.archive.search import Term, terms
from collector.explore.marking import Mark, Piece
from collector.vietnamese.characters import without_accents
from collector.vietnamese.spellings import numbers_respelled, tones_moved

OPENS, CLOSES = "\u2068", "\u2069"

_WORD = re.compile(r"\w+(?:[.,]\w+)*")
#: What a result list shows of a text.
_LENGTH = 260
#: A text of 1 MB takes 0.2 s to fold; what stands behind this is found, but not shown.
_LOOKED_AT = 100_000


def snippet(text: str, query: str) -> str:
    """Return some 260 characters of the text around most of what was searched for, the words between marks.

    A word typed with accents is marked as typed (on either vowel of a movable tone), one without under every accent.
    """
    text = text[:_LOOKED_AT]
    spans = _spans(text, query)
    start = max(0, _best(spans) - _LENGTH // 4)
    if start and " " in text[start : start + 30]:
        start = text.find(" ", start) + 1
    end = min(len(text), start + _LENGTH)
    within = [span for span in spans if start <= span[0] and span[1] <= end]
    following = [*(low for low, _ in within[1:]), end]
    shown = "".join(
        f"{OPENS}{text[low:high]}{CLOSES}{text[high:behind]}"
        for (low, high), behind in zip(within, following, strict=False)  # no word found: nothing is marked
    )
    first = within[0][0] if within else end
    around = ("… " if start else "") + text[start:first] + shown + (" …" if end < len(text) else "")
    return around.replace("\n", " ")


def pieces(marked: str) -> list[Piece]:
    """Return a snippet as pieces, those between the marks with a mark of kind ``found``."""
    found: list[Piece] = []
    for number, part in enumerate(re.split(f"[{OPENS}{CLOSES}]", marked)):
        if part:
            found.append(Piece(part, Mark(0, len(part), "found", ()) if number % 2 else None))
    return found


def _spans(text: str, query: str) -> list[tuple[int, int]]:
    """Return where the words and phrases of a query stand in the text, in order and apart."""
    spoken, bare = text.casefold(), text.translate(_BARE)
    if len(spoken) != len(text):
        spoken = "".join(letter.casefold()[:1] or letter for letter in text)
    spans: list[tuple[int, int]] = []
    for pattern, plain in _patterns(terms(query)):
        spans += [match.span() for match in pattern.finditer(bare if plain else spoken)]
    apart: list[tuple[int, int]] = []
    for low, high in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not apart or low >= apart[-1][1]:
            apart.append((low, high))
    return apart


@lru_cache(maxsize=64)
def _patterns(looked_for: tuple[Term, ...]) -> tuple[tuple[re.Pattern[str], bool], ...]:
    """Return what to look for, and whether in the text without accents. Kept: a page of 50 results asks 50 times."""
    return tuple(_compiled(looked_for))


def _compiled(looked_for: tuple[Term, ...]) -> Iterator[tuple[re.Pattern[str], bool]]:
    for term in looked_for:
        typed = " ".join(_WORD.findall(term.text)).casefold()
        if not typed:
            continue
        plain = without_accents(typed) == typed
        forms = {typed, *numbers_respelled(typed), *(() if plain else tones_moved(typed))}
        pattern = "|".join(r"\W+".join(map(re.escape, form.split())) for form in sorted(forms, key=len, reverse=True))
        yield re.compile(rf"(?<!\w)(?:{pattern})" + (r"\w*" if term.prefix else r"(?!\w)")), plain


class _Bare(dict[int, str]):
    """Each letter without accents, letter for letter, so that a place in one text is the same place in the other."""

    def __missing__(self, letter: int) -> str:
        bare = self[letter] = without_accents(chr(letter))[:1] or chr(letter)
        return bare


_BARE = _Bare()


def _best(spans: list[tuple[int, int]]) -> int:
    """Return where the window begins that holds most of what was found; the first of equals."""
    best, most, last = 0, 0, 0
    for first, (low, _) in enumerate(spans):
        while last < len(spans) and spans[last][1] <= low + _LENGTH * 3 // 4:
            last += 1
        if last - first > most:
            best, most = low, last - first
    return best
