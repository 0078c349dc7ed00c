"""When a trouble becomes an incident, when that is over, and when somebody is told of it.

A cause that comes back within a day of its incident's end must last twice as long as before to be told again, then four
times: a portal that fails three polls and answers one, all day long, makes two messages a day and not thirty. Nothing
stays silent by that for much longer than a day, because as many polls as are asked for were counted in that day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.incident import Brewing, Incident, Trouble
from collector.plan.troubles import Key, key_of

#: Decided where they are found, with a patience of their own: they are told the first time they are noted.
_AT_ONCE = frozenset({"quiet", "clock", "configuration"})
#: How long after its incident's end a cause that returns is a relapse.
RELAPSE = timedelta(days=1)
#: Reminders come no more rarely than that: what is never mentioned again is forgotten.
RAREST_REMINDER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be noted after a look at things; each trouble stands in one of these at most."""

    opened: tuple[Incident, ...] = ()  #: new, without an id
    seen: tuple[Incident, ...] = ()  #: open ones that were seen again
    closed: tuple[Incident, ...] = ()
    brewing: tuple[Brewing, ...] = ()  #: new ones, and those seen again
    forgotten: tuple[Key, ...] = ()  #: brewing no more


def observed(
    seen: Iterable[Trouble],
    absent: Collection[Key],
    *,
    at: datetime,
    brewing: Mapping[Key, Brewing],
    incidents: Sequence[Incident],
    strikes: int,
) -> Changes:
    """Return what a look changes.

    Args:
        seen: troubles that show.
        absent: of which it is proven that they are not there; of all others nothing is known.
        at: the moment, UTC.
        brewing: troubles so far that have not lasted long enough.
        incidents: all that are open, and those closed within ``RELAPSE``.
        strikes: so many looks in a row that see a trouble make an incident of it.
    """
    open_ones = {key_of(one.trouble): one for one in incidents if one.closed_at is None}
    showing = {key_of(trouble): trouble for trouble in seen}
    opened, again, counted, forgotten = [], [], [], []
    redesigned = {one.trouble.portal for one in open_ones.values() if one.trouble.cause == "layout_changed"}
    for key, trouble in showing.items():
        if trouble.cause == "incomplete" and key not in open_ones and trouble.portal in redesigned:
            continue  # what waits for the selectors to be mended has been told already
        if (incident := open_ones.get(key)) is not None:
            again.append(replace(incident, trouble=trouble, last_at=at, strikes=incident.strikes + 1))
            continue
        before = brewing.get(key)
        number, first_at = (before.strikes + 1, before.first_at) if before else (1, at)
        if number < _needed(key, strikes, incidents, at):
            counted.append(Brewing(trouble, first_at, at, number))
            continue
        opened.append(Incident(None, trouble, first_at, opened_at=at, last_at=at, strikes=number))
        if before:
            forgotten.append(key)
    gone = [key for key in absent if key not in showing]
    return Changes(
        opened=tuple(opened),
        seen=tuple(again),
        closed=tuple(replace(open_ones[key], closed_at=at) for key in gone if key in open_ones),
        brewing=tuple(counted),
        forgotten=(*forgotten, *(key for key in gone if key in brewing)),
    )


def _needed(key: Key, strikes: int, incidents: Iterable[Incident], at: datetime) -> int:
    """Return how many looks in a row open an incident: twice as many for each that ended within a day."""
    if key[2] == "configuration":
        return 1  # somebody has just asked for it, and waits for the answer
    relapses = sum(key_of(one.trouble) == key and is_recent(one, at) for one in incidents)
    return (1 if key[2] in _AT_ONCE else strikes) << relapses


def is_recent(incident: Incident, at: datetime) -> bool:
    """Say whether an incident ended so shortly ago that its return is a relapse, whichever way the clock was set."""
    return incident.closed_at is not None and abs(at - incident.closed_at) < RELAPSE


# --- who is told, and when --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell of an incident."""

    kind: str  #: ``opened``, ``reminder`` or ``recovered``
    incident: Incident


def notice_due(incident: Incident, *, remind: timedelta, now: datetime) -> Notice | None:
    """Return what is to be told of an incident now, if anything.

    ``remind``: from the opening's message to the first reminder; 0: there is none. Each further distance is twice the
    one before, up to a week: by default a day, two, four, then weekly. Who has not acted in the first days knows, and
    is not helped by being told daily; 55 messages in the worst year.
    """
    if incident.told_at is None:
        # What was over before it could be told needs no message: the log and the archive have it.
        return Notice("opened", incident) if incident.closed_at is None else None
    if incident.closed_at is not None:
        return Notice("recovered", incident) if incident.recovery_told_at is None else None
    at = reminder_at(incident, remind=remind)
    return Notice("reminder", incident) if at is not None and now >= at else None


def reminder_at(incident: Incident, *, remind: timedelta) -> datetime | None:
    """Return when an open incident that was told is to be mentioned again; None: of this one there is no reminder."""
    if not remind or incident.told_at is None or incident.closed_at is not None:
        return None
    longest = max(remind, RAREST_REMINDER)
    # Compared before it is multiplied: after thirty reminders, 200 days, it is more days than a ``timedelta`` holds.
    distance = longest if 2**incident.reminders >= longest / remind else remind * 2**incident.reminders
    return (incident.reminded_at or incident.told_at) + distance


def told(incident: Incident, kind: str, at: datetime) -> Incident:
    """Return the incident with the notice marked as told."""
    if kind == "opened":
        return replace(incident, told_at=at)
    if kind == "recovered":
        return replace(incident, recovery_told_at=at)
    return replace(incident, reminded_at=at, reminders=incident.reminders + 1)
