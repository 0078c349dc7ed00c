"""Local days on the command line."""

from __future__ import annotations

import re
from datetime import date

import click


def local_day(value: str) -> date:
    """Return the day of an option, written ``YYYY-MM-DD``; click's own type tells people of ``%Y-%m-%d``.

    Raises:
        BadParameter: it is none.
    """
    # fromisoformat alone also takes 20240201 and 2024-W05-4.
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise click.BadParameter(f"{value!r} is no day: write year, month and day as in 2024-02-01")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no day of the calendar") from error
