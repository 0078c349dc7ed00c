"""Phrases found in one pass: a pattern made of any number of words, and what each of them means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from collector.vietnamese.spellings import tones_moved

_Tree = dict[str, "_Tree"]  #: a letter, as an expression → what may follow; nothing follows where a phrase ends
_WORD_ENDS = r"(?![^\W_])"
#: Where a piece ends that ends with such a letter: a word may touch a digit, a number goes on behind its separator.
_LETTERS_END, _DIGITS_END, _DOTS_END = r"(?![^\W\d_])", r"(?!\d|[.,]\d)", r"(?!\.)"


def spelled(phrase: str) -> tuple[str, ...]:
    """Return a phrase in each spelling that typists use: the tone of ``hoà`` and ``hòa`` on either letter."""
    return (phrase, *tones_moved(phrase))


def pattern_of(phrases: Iterable[str]) -> str:
    """Return a regular expression that matches the longest of ``phrases`` at a place, spaces as one or more.

    Beginnings that phrases share are tried once, so that a thousand phrases cost little more than ten.
    """
    # A phrase ends at a word's end, whatever stands behind it.
    return _tree([*map(_escaped, phrase), _WORD_ENDS] for phrase in phrases)


def pattern_of_pieces(phrases: Iterable[Sequence[str]]) -> str:
    """Return :func:`pattern_of` for phrases cut into words, numbers and marks, between which blanks may stand."""
    return _tree(map(_in_pieces, phrases))


def _in_pieces(pieces: Sequence[str]) -> list[str]:
    letters: list[str] = []
    for before, piece in zip(("", *pieces), pieces, strict=False):
        if before:
            letters.append(" +" if before[-1].isalpha() and piece[0].isalpha() else f"{_end(before)} *")
        letters += map(re.escape, piece)
    return [*letters, _end(pieces[-1])]


def _end(piece: str) -> str:
    last = piece[-1]
    return _LETTERS_END if last.isalpha() else _DIGITS_END if last.isdigit() else _DOTS_END if last == "." else ""


def _tree(phrases: Iterable[Iterable[str]]) -> str:
    root: _Tree = {}
    for letters in phrases:
        node = root
        for letter in letters:
            node = node.setdefault(letter, {})
    return _expression(root)


def _expression(node: _Tree) -> str:
    branches = [letter + _expression(after) for letter, after in sorted(node.items(), key=_ends_last)]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})" if branches else ""


def _ends_last(branch: tuple[str, _Tree]) -> tuple[bool, str]:
    """Where one phrase ends another may go on: the longest is tried first."""
    letter, after = branch
    return not after, letter


def _escaped(letter: str) -> str:
    return " +" if letter == " " else re.escape(letter)
