"""Cells of a table that a spreadsheet would take for a formula."""

from __future__ import annotations

import re

#: What Excel, LibreOffice and Google Sheets calculate, full-width forms too; apostrophes before it are ours.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def defused(text: str) -> str:
    """Return a cell that no spreadsheet calculates: an apostrophe goes before what looks like a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return the cell as it was before :func:`defused`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
