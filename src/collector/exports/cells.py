"""Texts that a spreadsheet would run, and the apostrophe that keeps it from doing so."""

from __future__ import annotations

import re

#: What begins a formula: ``= + - @``, their full-width forms, and the tab, carriage return and line feed that
#: spreadsheets skip before one (OWASP, "CSV injection"). Apostrophes before it count, or it could not be read back.
_FORMULA = re.compile("'*[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
_DEFUSED = re.compile("'" + _FORMULA.pattern)


def defused(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before it where it looks like one.

    For texts only: a number may begin with a minus.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return the text that :func:`defused` was given."""
    return text[1:] if _DEFUSED.match(text) else text
