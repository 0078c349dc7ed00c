"""The spellings under which a reader may look for a text: without accents, decomposed, tones placed the other way.

A full-text index compares letters. What a person types is one of many spellings of one word: ``viec lam`` without
accents, ``hoà`` or ``hòa`` by the typist's school, letters and marks apart (NFD, as some keyboards and every file name
on a Mac), ``29412`` for ``29.412``. So the index holds them all, and any program that reads it finds them, without a
function of ours (VIETNAMESE, "Dates, characters, search").
"""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

from collector.vietnamese.characters import without_accents

#: Groups of three: ``29.412``, ``1,204,369``, ``7 286``; NBSP and U+202F separate, too.
_GROUPED = re.compile(r"(?<!\d)(?<!\d[.,])[1-9]\d{0,2}(?:([.,' \u00a0\u202f])\d{3})(?:\1\d{3})*(?!\d)")
#: Four digits and more without a separator; a telephone's leading zero makes it no quantity.
_PLAIN = re.compile(r"(?<!\d)(?<!\d[.,])[1-9]\d{3,14}(?!\d)")

# Where the tone stands on "oa", "oe" and "uy" at a word's end: on the first letter (as most write) or on the second
# (as the schoolbooks of 1984 have it). After "q" the u belongs to the consonant: "quý" has one spelling.
_FIRST = {"oa": "óòỏõọ", "oe": "óòỏõọ", "uy": "úùủũụ"}
_SECOND = {"oa": "áàảãạ", "oe": "éèẻẽẹ", "uy": "ýỳỷỹỵ"}


def _pairs() -> dict[str, str]:
    lower = {
        first + pair[1]: pair[0] + second
        for pair in _FIRST
        for first, second in zip(_FIRST[pair], _SECOND[pair], strict=True)
    }
    return {
        case(first): case(second) for first, second in lower.items() for case in (str.lower, str.upper, str.capitalize)
    }


_TO_SECOND = _pairs()
_TO_FIRST = {second: first for first, second in _TO_SECOND.items()}
_MOVABLE = re.compile(rf"(?<![qQ])(?:{'|'.join(sorted(chain(_TO_SECOND, _TO_FIRST)))})(?![^\W\d_])")


def tones_moved(text: str) -> tuple[str, ...]:
    """Return NFC text with its movable tones all on the first vowel, and all on the second, where that differs."""
    first = _MOVABLE.sub(lambda match: _TO_FIRST.get(match[0], match[0]), text)
    second = _MOVABLE.sub(lambda match: _TO_SECOND.get(match[0], match[0]), text)
    return tuple(dict.fromkeys(one for one in (first, second) if one != text))


def numbers_respelled(text: str) -> tuple[str, ...]:
    """Return each number's other spelling: separated ones as digits alone, plain ones in groups of three."""
    joined = ("".join(filter(str.isdigit, match[0])) for match in _GROUPED.finditer(text))
    grouped = (f"{int(match[0]):,}".replace(",", ".") for match in _PLAIN.finditer(text))
    return tuple(dict.fromkeys(chain(joined, grouped)))


def folded(text: str) -> str:
    """Return what a search without accents meets: :func:`without_accents`, and below it the numbers' other spellings.

    ``text`` is NFC. The words stay in their order, so that a phrase is found as a phrase.
    """
    return "\n".join((without_accents(text), *numbers_respelled(text)))


def respelled(text: str) -> str:
    """Return what a search with accents meets beside the text itself: decomposed, and with the tones moved."""
    moved = tones_moved(text)
    return "\n".join(unicodedata.normalize("NFD", one) for one in (text, *moved)) + "".join(f"\n{one}" for one in moved)
