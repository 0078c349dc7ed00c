"""Whether the daemon is well, and the facts: what it knows of itself, and what its archive says.

Unwell is what somebody has to mend here: the archive, the daemon's own work. A clock that erred, a portal that does not
answer, an open incident or an old success are in the facts and do not make it unwell: a container that is started anew
for them mends nothing. Whoever wants to be told of those has the alerts and the metrics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collector import __version__
from collector.archive.files import affected_build
from collector.archive.onlooker import Onlooker, sqlite_version
from collector.errors import ArchiveBusy, ArchiveError
from collector.health import LONGEST_POLL, DaemonState, PortalState

#: A poll may begin so much after its due time: jitter is behind it already, and a sleeping machine wakes up.
LATE = timedelta(minutes=5)

#: Bytes on the disk below which no page of a portal can be kept: SQLite writes it twice, to the WAL and to its place.
_ROOM = 1_000_000


def diagnose(state: DaemonState, archive: Onlooker, now: datetime) -> tuple[bool, dict[str, Any]]:
    """Return whether the daemon is well, and the facts as JSON has them; ``detail`` says what is not well.

    Instants are of ISO 8601, sizes are bytes, ages seconds. It never raises an :class:`ArchiveError`, and never waits
    longer than a quarter of a second for whoever writes.
    """
    polling = any(one.polling_since is not None for one in state.portals)
    trouble, file = _file(archive, polling=polling)
    known: Mapping[str, Mapping[str, Any]] = {}
    incidents: list[dict[str, Any]] = []
    try:
        known, incidents = archive.portals(), archive.incidents()
    except ArchiveError as error:
        trouble = trouble or str(error)
    due = [one.due_at for one in state.portals if one.due_at is not None]
    facts: dict[str, Any] = {
        "version": __version__,
        "started_at": _iso(state.started_at),
        "next_due_at": _iso(min(due, default=None)),
        "polling": polling,
        "portals": [_portal(one, known.get(one.portal, {}), now) for one in state.portals],
        "incidents": incidents,
        "archive": trouble or "ok",
        "archive_file": file,
        "clock": state.clock or "ok",
        "clock_steps": state.clock_steps,
        "configuration": state.configuration or "ok",
        "sqlite": {"version": sqlite_version(), "risk": affected_build()},
    }
    wrong = list(_wrong(state, trouble, now))
    if wrong:
        facts["detail"] = "; ".join(dict.fromkeys(wrong))
    return not wrong, facts


def _wrong(state: DaemonState, trouble: str | None, now: datetime) -> Iterator[str]:
    if trouble is not None:
        yield trouble
    if state.trouble is not None:
        yield state.trouble
    if not state.portals:
        yield "no portal is polled"
    for one in state.portals:
        if one.trouble is not None:
            yield f"{one.portal}: {one.trouble}"
        if one.polling_since is not None:
            if one.polling_since < now - LONGEST_POLL:
                yield f"{one.portal}: the poll that began at {_iso(one.polling_since)} does not end"
        elif one.due_at is None:
            yield f"{one.portal}: no poll is scheduled"
        elif one.due_at < now - LATE:
            yield f"{one.portal}: the poll due at {_iso(one.due_at)} has not begun"


def _file(archive: Onlooker, *, polling: bool) -> tuple[str | None, dict[str, Any]]:
    """Return what is wrong with the archive's file, and its facts; ``writable`` is null while somebody writes."""
    file: dict[str, Any] = {
        "name": archive.name,
        "writable": False,
        "bytes": None,
        "wal_bytes": None,
        "free_bytes": None,
    }
    try:
        sizes = archive.sizes()
        file |= {"bytes": sizes.database, "wal_bytes": sizes.wal, "free_bytes": sizes.free}
        if sizes.free < _ROOM:
            return f"no room left on the disk of {archive.name}: {sizes.free:,} bytes are free", file
        archive.try_to_write()
    except ArchiveBusy as error:
        file["writable"] = None
        # A poll's own transaction: how its last write ended is the daemon's trouble, or there is none.
        return (None if polling else str(error)), file
    except ArchiveError as error:
        return str(error), file
    return None, {**file, "writable": True}


def _portal(state: PortalState, known: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    success = known.get("last_success_at")
    age = None if success is None else int((now - datetime.fromisoformat(success)).total_seconds())
    names = ("last_run", "last_kind", "last_started_at", "last_finished_at", "last_verdict")
    return {
        "portal": state.portal,
        "due_at": _iso(state.due_at),
        "polling_since": _iso(state.polling_since),
        "trouble": state.trouble,
        **{name: known.get(name) for name in names},
        "last_success_at": success,
        "last_success_age_seconds": age,
        "open_failures": known.get("open_failures"),
        "open_incidents": known.get("open_incidents"),
    }


def _iso(at: datetime | None) -> str | None:
    """Write an instant as the archive does, in UTC and whole seconds."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
