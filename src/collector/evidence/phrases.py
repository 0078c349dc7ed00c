"""Phrases found in one pass: a pattern made of any number of words, and what each of them means."""

from __future__ import annotations

import re
from collections.abc import Iterable

from collector.vietnamese.spellings import tones_moved

_Tree = dict[str, "_Tree"]  #: letter → what may follow; "" where a phrase ends


def spelled(phrase: str) -> tuple[str, ...]:
    """Return a phrase in each spelling that typists use: the tone of ``hoà`` and ``hòa`` on either letter."""
    return (phrase, *tones_moved(phrase))


def pattern_of(phrases: Iterable[str]) -> str:
    """Return a regular expression that matches the longest of ``phrases`` at a place, spaces as one or more.

    Beginnings that phrases share are tried once, so that a thousand phrases cost little more than ten.
    """
    root: _Tree = {}
    for phrase in phrases:
        node = root
        for letter in phrase:
            node = node.setdefault(letter, {})
        node[""] = {}
    return _expression(root)


def _expression(node: _Tree) -> str:
    ends = "" in node
    # A phrase ends at a word's end, whatever stands behind it.
    branches = [_escaped(letter) + _expression(after) for letter, after in sorted(node.items()) if letter]
    if ends:
        branches.append(r"(?![^\W_])")
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _escaped(letter: str) -> str:
    return " +" if letter == " " else re.escape(letter)
