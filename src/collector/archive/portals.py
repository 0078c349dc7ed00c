"""Who the portals are: as configured, and as their own footers say."""

from __future__ import annotations

from dataclasses import asdict

from collector.archive.connection import Connection
from collector.model import Publisher
from collector.profile import Profile


class Portals:
    """``portals`` and ``sections``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, profile: Profile) -> None:
        """Bring a portal and its sections up to what the configuration says; what a footer said stays."""
        with self._connection.writing():
            self._connection.execute(
                "insert into portals (id, name, base_url, family, installation, attribution) values (?, ?, ?, ?, ?, ?) "
                "on conflict (id) do update set name = excluded.name, base_url = excluded.base_url, "
                "family = excluded.family, attribution = coalesce(excluded.attribution, attribution)",
                [
                    profile.id,
                    profile.name,
                    profile.base_url,
                    profile.family,
                    profile.installation,
                    profile.attribution,
                ],
            )
            for section in profile.sections:
                self._connection.execute(
                    "insert into sections (id, portal, name, url, topic) values (?, ?, ?, ?, ?) on conflict (id) "
                    "do update set name = excluded.name, url = excluded.url, topic = excluded.topic",
                    [f"{profile.id}/{section.id}", profile.id, section.name, section.url, section.topic],
                )

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
