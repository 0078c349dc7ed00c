"""How long a host that does not answer is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from collector.model import RunReport

#: So many polls may go unanswered before they come more rarely: each has tried several times already.
_PROMPT = 2
#: A server that is down is mended within hours, and is to be met the same day.
_LONGEST = timedelta(hours=6)
#: A name that is not there any more comes back only when somebody registers it again: a portal that was closed.
_LONGEST_NAMELESS = timedelta(days=1)


def next_ask(polls: int, at: datetime, *, every: timedelta, cause: str) -> datetime:
    """Return from when a silent host may be polled again; never None, for a portal is not given up.

    Args:
        polls: how many in a row got no answer, from 1.
        at: the end of the last.
        every: the time from one due time to the next.
        cause: as :class:`collector.errors.Unreachable` has it; ``name`` is a host that does not exist.
    """
    if polls <= _PROMPT:
        return at
    grown: timedelta = every * 2.0 ** min(polls - _PROMPT, 20)
    return at + min(grown, _longest(every, cause))


def is_left_alone(next_try_at: datetime, now: datetime, *, every: timedelta, cause: str) -> bool:
    """Say whether a silent host is not to be asked now.

    Further ahead than anybody is ever left alone, the instant was written by a clock that was wrong.
    """
    return now < next_try_at <= now + _longest(every, cause)


def _longest(every: timedelta, cause: str) -> timedelta:
    return max(_LONGEST_NAMELESS if cause == "name" else _LONGEST, every)


def is_another_round(polls: int, next_try_at: datetime, at: datetime, *, every: timedelta) -> bool:
    """Say whether a poll without an answer is one more after so many, and not another portal's of the same minutes.

    Offices of one installation may share a host, and ten polled together ask in vain once, not ten times.

    Args:
        polls: how many were counted.
        next_try_at: from when the host might be asked again, as :func:`next_ask` said after the last of them.
        at: the end of this one.
        every: the time from one due time to the next.
    """
    return at >= next_try_at + (every / 2 if polls <= _PROMPT else timedelta(0))


def silence_cause(report: RunReport) -> str:
    """Return why an unreachable portal gave no answer, as ``Unreachable.cause`` has it; ``""``: nobody said."""
    sections = report.evidence.get("sections")
    told = [one.get("reason") for one in sections if isinstance(one, Mapping)] if isinstance(sections, list) else []
    return next((str(reason) for reason in told if reason), "")
