"""How long to wait before asking again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: A Retry-After up to this is waited for in the run; a longer one is remembered and ends the asking.
LONGEST_WAIT = timedelta(seconds=120)
#: Beyond a day a Retry-After is a mistake (a date in a wrong year, milliseconds), not a wish.
LONGEST_PROMISE = timedelta(days=1)
#: Answers that may be others in a moment.
BUSY = frozenset({429, 500, 502, 503, 504})
#: Says of a status and headers whether the answer may be another in a moment.
Busy = Callable[[int, Mapping[str, str]], bool]
_LONGEST_BACKOFF = 60.0
_FIRST_BACKOFF = 2.0


def is_busy(status: int, headers: Mapping[str, str]) -> bool:  # noqa: ARG001 - a web archive's own rule looks at them
    """Say whether an answer may be another in a moment, by its status."""
    return status in BUSY


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """Return the instant that a Retry-After header names, in seconds or as a date; None when it names none to come.

    Rounded up to a whole second, which is what an archive keeps.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        named = now + timedelta(seconds=min(int(text[:9]), LONGEST_PROMISE.total_seconds()))
    else:
        try:
            named = parsedate_to_datetime(text)
            named = named.astimezone(UTC) if named.tzinfo else named.replace(tzinfo=UTC)
        except (ValueError, TypeError, OverflowError):
            return None
    if named <= now:
        return None
    return min(whole_second(named), now + LONGEST_PROMISE)


def whole_second(instant: datetime) -> datetime:
    """Return an instant rounded up to a whole second."""
    return instant.replace(microsecond=0) + timedelta(seconds=1) if instant.microsecond else instant


def backoff(attempt: int, chance: random.Random) -> float:
    """Return seconds to wait after the ``attempt``-th failure, from 1.

    Full jitter: clients that failed together do not come back together.
    """
    return chance.uniform(0, min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** (attempt - 1)))
