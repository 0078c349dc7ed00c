"""Troubles and incidents: what the daemon counts, and what it has told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from collector.archive.connection import Connection
from collector.archive.stamps import instant, stamp
from collector.incident import Brewing, Incident, Trouble

_INSTANTS = ("first_at", "opened_at", "last_at", "told_at", "reminded_at", "closed_at", "recovery_told_at")


class Incidents:
    """The tables ``incidents`` and ``_troubles``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def brewing(self) -> list[Brewing]:
        """Return the troubles that have not lasted long enough yet."""
        rows = self._connection.rows("select * from _troubles order by portal, section, cause")
        return [
            Brewing(
                Trouble(row["cause"], row["detail"], row["portal"] or None, row["section"] or None),
                instant(row["first_at"]),
                instant(row["last_at"]),
                row["strikes"],
            )
            for row in rows
        ]

    def watched(self, since: datetime) -> list[Incident]:
        """Return the incidents that matter still: open, closed since then, or their recovery is to be told."""
        rows = self._connection.rows(
            "select * from incidents where closed_at is null or closed_at >= ? "
            "or (told_at is not null and recovery_told_at is null) order by id",
            [stamp(since)],
        )
        return [_incident(row) for row in rows]

    def keep(
        self, incidents: Sequence[Incident], brewing: Iterable[Brewing], forgotten: Iterable[Sequence[str | None]]
    ) -> list[int | None]:
        """Write down what changed, all of it or nothing, and return the incidents' ids in order.

        An incident without an id, or whose id another archive gave it, takes the place of the open one of its cause, or
        is a new row. None in place of an id: its portal or section is not registered yet, keep it again later.

        Raises:
            ArchiveError: nothing was written.
        """
        with self._connection.writing():
            ids = [self._kept(one) for one in incidents]
            for key in forgotten:
                self._connection.execute(
                    "delete from _troubles where portal = ? and section = ? and cause = ?",
                    [key[0] or "", key[1] or "", key[2]],
                )
            for one in brewing:
                self._connection.execute(
                    "insert or replace into _troubles (portal, section, cause, detail, first_at, last_at, strikes) "
                    "values (?, ?, ?, ?, ?, ?, ?)",
                    [
                        one.trouble.portal or "",
                        one.trouble.section or "",
                        one.trouble.cause,
                        one.trouble.detail,
                        stamp(one.first_at),
                        stamp(one.last_at),
                        one.strikes,
                    ],
                )
        return ids

    def _kept(self, incident: Incident) -> int | None:
        trouble, row = incident.trouble, _row(incident)
        for table, name in (("portals", trouble.portal), ("sections", trouble.section)):
            if name is not None and not self._connection.value(f"select 1 from {table} where id = ?", [name]):
                return None
        same = "coalesce(portal, '') = ? and coalesce(section, '') = ? and cause = ?"
        whose = [trouble.portal or "", trouble.section or "", trouble.cause]
        found = self._connection.value(
            f"select id from incidents where id = ? and first_at = ? and {same}", [incident.id, row["first_at"], *whose]
        ) or self._connection.value(f"select id from incidents where closed_at is null and {same}", whose)
        if found is None:
            return self._connection.insert("incidents", row)
        self._connection.update("incidents", found, row)
        return int(found)

    def open(self) -> list[dict[str, Any]]:
        """Return the incidents that are open, the oldest first: what ``status`` shows."""
        if not self._connection.has("incidents"):
            return []  # an archive of before schema 6 is read too
        return self._connection.rows(
            "select id, portal, section, cause, first_at, opened_at, last_at, strikes, detail, told_at, reminders "
            "from incidents where closed_at is null order by first_at, id"
        )


def _row(incident: Incident) -> dict[str, Any]:
    trouble = incident.trouble
    row: dict[str, Any] = {
        "portal": trouble.portal,
        "section": trouble.section,
        "cause": trouble.cause,
        "detail": trouble.detail,
        "strikes": incident.strikes,
        "reminders": incident.reminders,
    }
    for name in _INSTANTS:
        value = getattr(incident, name)
        row[name] = None if value is None else stamp(value)
    return row


def _incident(row: dict[str, Any]) -> Incident:
    times = {name: None if row[name] is None else instant(row[name]) for name in _INSTANTS}
    trouble = Trouble(row["cause"], row["detail"], row["portal"], row["section"])
    return Incident(row["id"], trouble, strikes=row["strikes"], reminders=row["reminders"], **times)  # type: ignore[arg-type]
