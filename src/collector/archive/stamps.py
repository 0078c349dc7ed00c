"""How instants and days are written in the archive, and read back."""

from __future__ import annotations

from datetime import UTC, date, datetime


def stamp(instant: datetime) -> str:
    """Write an aware instant as ``YYYY-MM-DDTHH:MM:SSZ`` (UTC, whole seconds)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """Read :func:`stamp`'s form back as an aware UTC instant."""
    return datetime.fromisoformat(text)  # a fifteenth of strptime's time, and 90,000 are read where looks are planned


def read_day(text: str | None) -> date | None:
    """Read :func:`day`'s form back.

    Raises:
        ValueError: it is no day.
    """
    return None if text is None else date.fromisoformat(text)


def day(value: date | None) -> str | None:
    """Write a local day as ``YYYY-MM-DD``."""
    return None if value is None else value.isoformat()
