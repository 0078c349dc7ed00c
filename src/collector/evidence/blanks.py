"""Letters at their places: blanks of every kind as spaces, capitals as small letters, one for one."""

from __future__ import annotations

_BLANKS = "\t\u00a0\u2007\u2009\u202f\u3000\r\x0b\x0c\u2028\u2029\x85"


def spaced(text: str) -> str:
    """Return text with every kind of blank but the newline as a space, each letter at its place."""
    # One replace a blank: 0.1 µs where there is none. A table of translation takes 0.5 ms for 8,000 characters.
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return text


def small(text: str) -> str:
    """Return text in lower case, each letter at its place."""
    low = text.lower()
    if len(low) == len(text):
        return low
    # İ becomes two letters.
    return "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)
