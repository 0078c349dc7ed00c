"""The portals that are polled, each with its rota: enrolled and let go as the configuration says."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from collector.archive import Archive
from collector.clock import Clocks
from collector.profile import Profile
from collector.rota import Rota, Standing
from collector.schedule import ScheduleSettings


class Roster:
    """All rotas of a daemon, by portal."""

    def __init__(self, archive: Archive, *, clocks: Clocks, chance: random.Random) -> None:
        self._archive, self._clocks, self._chance = archive, clocks, chance
        self._rotas: dict[str, Rota] = {}
        self._leaving: dict[str, Rota] = {}  # not configured any more, and perhaps polled still

    def __iter__(self) -> Iterator[Rota]:
        return iter(list(self._rotas.values()))

    @property
    def portals(self) -> list[str]:
        """The ids of the portals that are polled."""
        return list(self._rotas)

    @property
    def polling(self) -> bool:
        """Whether any poll is under way."""
        return any(rota.polling_since is not None for rota in self)

    def enrol(self, profiles: Sequence[Profile], schedule: ScheduleSettings, timezone: str) -> None:
        """Make a rota for each portal that has none, and let go of those that are not among the profiles.

        Raises:
            ArchiveError: those enrolled so far stay enrolled.
        """
        wanted = {profile.id: profile for profile in profiles}
        for portal in self._rotas.keys() - wanted.keys():
            self._leaving[portal] = self._rotas.pop(portal)
        self._leaving = {portal: rota for portal, rota in self._leaving.items() if rota.polling_since is not None}
        for portal, profile in wanted.items():
            if portal in self._rotas:
                self._rotas[portal].profile = profile
                continue
            self._archive.portals.register(profile)
            if portal in self._leaving:  # it was taken out and put back during a poll, whose end this rota waits for
                self._rotas[portal] = self._leaving.pop(portal)
                self._rotas[portal].profile = profile
                self._rotas[portal].reschedule(schedule, timezone)
                continue
            self._rotas[portal] = self._rota(profile, schedule, timezone)

    @property
    def standings(self) -> dict[str, Standing] | None:
        """Where every portal's rota stands; None: of one at least something is under way."""
        if any(rota.polling_since is not None for rota in self._leaving.values()):
            return None
        found = {portal: rota.standing for portal, rota in self._rotas.items()}
        known = {portal: standing for portal, standing in found.items() if standing is not None}
        return known if len(known) == len(found) else None

    def resume(
        self,
        standings: Mapping[str, Standing],
        profiles: Sequence[Profile],
        schedule: ScheduleSettings,
        timezone: str,
    ) -> None:
        """Go on from where another roster of the same configuration stood; the archive is not touched."""
        for profile in profiles:
            if profile.id in standings:
                self._rotas[profile.id] = self._rota(profile, schedule, timezone, standings[profile.id])

    def _rota(
        self, profile: Profile, schedule: ScheduleSettings, timezone: str, standing: Standing | None = None
    ) -> Rota:
        return Rota(
            profile,
            archive=self._archive,
            schedule=schedule,
            timezone=timezone,
            clocks=self._clocks,
            chance=self._chance,
            standing=standing,
        )

    def reschedule(self, schedule: ScheduleSettings, timezone: str) -> None:
        """Let every portal go on by another schedule."""
        for rota in self:
            rota.reschedule(schedule, timezone)

    def reopened(self) -> None:
        """Go on in an archive that was opened anew, and may be an older one.

        Raises:
            ArchiveError: it cannot be used.
        """
        for rota in self:
            self._archive.portals.register(rota.profile)
            rota.reopened()

    def stepped(self, step: timedelta) -> None:
        """Arm every portal anew after the wall clock was set."""
        for rota in self:
            rota.stepped(step)
