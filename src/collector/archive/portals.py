"""Who the portals are: as configured, and as their own footers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from collector.archive.connection import Connection
from collector.archive.stamps import day
from collector.model import Publisher
from collector.places import Place
from collector.profile import Profile


class Portals:
    """``portals``, ``sections`` and ``places``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, profile: Profile) -> None:
        """Bring a portal and its sections up to what the configuration says; what a footer said stays."""
        with self._connection.writing():
            self._connection.execute(
                "insert into portals (id, name, base_url, family, installation, attribution, valid_from, valid_to, "
                "successor, place) values (?, ?, ?, ?, ?, ?, ?, ?, ?, (select id from places where id = ?)) "
                "on conflict (id) do update set name = excluded.name, base_url = excluded.base_url, "
                "family = excluded.family, attribution = coalesce(excluded.attribution, attribution), "
                "valid_from = excluded.valid_from, valid_to = excluded.valid_to, successor = excluded.successor, "
                "place = excluded.place",
                [
                    profile.id,
                    profile.name,
                    profile.base_url,
                    profile.family,
                    profile.installation,
                    profile.attribution,
                    day(profile.valid_from),
                    day(profile.valid_to),
                    profile.successor,
                    profile.place,
                ],
            )
            for section in profile.sections:
                self._connection.execute(
                    "insert into sections (id, portal, name, url, topic) values (?, ?, ?, ?, ?) on conflict (id) "
                    "do update set name = excluded.name, url = excluded.url, topic = excluded.topic",
                    [f"{profile.id}/{section.id}", profile.id, section.name, section.url, section.topic],
                )

    def know(self, places: Sequence[Place]) -> None:
        """Bring ``places`` up to the configuration; one that it has no longer stays, for portals point to it.

        ``today`` is where the successors lead to: the place itself where it goes on, nothing where it was divided.
        """
        known = {row["id"]: row for row in self._connection.rows("select * from places")}
        by_id = {one.id: one for one in places}
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "valid_from": day(one.valid_from),
                "valid_to": day(one.valid_to),
                "successor": one.successor,
                "today": _today(one, by_id),
                "source": one.source,
            }
            for one in places
        ]
        if all(known.get(row["id"]) == row for row in rows):
            return
        with self._connection.writing():
            # Those that point to others come after those: first without, then with what they point to.
            for row in rows:
                self._connection.execute(
                    "insert into places (id, name, kind) values (:id, :name, :kind) on conflict do nothing", row
                )
            for row in rows:
                self._connection.execute(
                    "update places set name = :name, kind = :kind, valid_from = :valid_from, valid_to = :valid_to, "
                    "successor = :successor, today = :today, source = :source where id = :id",
                    row,
                )
            # Which province a figure is about hangs on names and spans of all of them, so no trigger follows one.
            self._connection.execute("delete from _current_figures")
            self._connection.execute("insert into _current_figures select * from _figures_that_count order by id")

    def note_publisher(self, portal: str, publisher: Publisher) -> None:
        """Keep what the footer says; a configured attribution stays."""
        with self._connection.writing():
            self._connection.execute(
                "update portals set publisher = coalesce(:publisher, publisher), "
                "address = coalesce(:address, address), phone = coalesce(:phone, phone), "
                "email = coalesce(:email, email), attribution = coalesce(attribution, :attribution) where id = :portal",
                {"portal": portal, **asdict(publisher)},
            )

    def note_past_publisher(self, portal: str, publisher: Publisher) -> None:
        """Keep what the footer of a page of the past says, where nothing is known that was said later."""
        with self._connection.writing():
            self._connection.execute(
                "update portals set publisher = coalesce(publisher, :publisher), "
                "address = coalesce(address, :address), phone = coalesce(phone, :phone), "
                "email = coalesce(email, :email), attribution = coalesce(attribution, :attribution) where id = :portal",
                {"portal": portal, **asdict(publisher)},
            )


def _today(place: Place, by_id: Mapping[str, Place]) -> str | None:
    # The configuration has made sure that this ends.
    while place.successor is not None:
        place = by_id[place.successor]
    return place.id if place.valid_to is None else None
