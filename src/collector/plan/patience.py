"""How long a page that failed, or a host that does not answer, is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from collector.model import RunReport

#: A failed page is tried at least that often.
LONGEST_RETRY = timedelta(days=1)
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
    return at + min(grown, longest_silence(every=every, cause=cause))


def longest_silence(*, every: timedelta, cause: str) -> timedelta:
    """Return for how long :func:`next_ask` leaves a silent host alone at most."""
    return max(_LONGEST_NAMELESS if cause == "name" else _LONGEST, every)


def next_try(attempts: int, at: datetime) -> datetime:
    """Return when a failed page may be tried again: twice at once, then after 30 minutes, doubling, at most a day.

    Never None: a page is not given up, as long as the portal lists it.
    """
    if attempts <= _PROMPT:
        return at
    return at + min(timedelta(minutes=30 * 2 ** min(attempts - 3, 10)), LONGEST_RETRY)


def waits(next_try_at: datetime, now: datetime, longest: timedelta = LONGEST_RETRY) -> bool:
    """Say whether what failed is to be left alone still.

    Further ahead than the ``longest`` that it is ever left alone, the instant was written by a clock that was wrong.
    """
    return now < next_try_at <= now + longest


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
