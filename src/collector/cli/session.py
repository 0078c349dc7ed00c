"""What every command starts from: the configuration, the archive's place, the clock."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from collector.archive.files import affected_build, look_before_opening
from collector.archive.lock import ArchiveLock
from collector.errors import ConfigError, UsageError

# Imported late: the daemon's supervisor has a session, and never reads a configuration or a page (25 MB).
if TYPE_CHECKING:
    from collector import config
    from collector.archive import Archive
    from collector.examining import Examining
    from collector.fetch import HttpSettings
    from collector.profile import Profile

_log = structlog.get_logger()


def utc_now() -> datetime:
    """Return the real time; nothing below the door asks for it by itself."""
    return datetime.now(UTC)


def program_name() -> str:
    """Return what to type to run this program again: a venv that is not activated has no short name."""
    here = Path(sys.argv[0])
    if here.name != "collector":
        return "python -m collector"
    found = shutil.which("collector")
    if found is not None and Path(found).resolve() == here.resolve():
        return "collector"
    with suppress(ValueError):
        return str(here.resolve().relative_to(Path.cwd()))
    return str(here)


@dataclass
class Session:
    """One command's surroundings."""

    config_path: Path | None
    archive_path: Path | None
    log_format: str = "text"
    verbosity: int = 0
    lock: ArchiveLock = field(init=False)  #: while the archive is open for :meth:`writing`

    @cached_property
    def settings(self) -> config.Settings:
        """The configuration, read when a command first needs it.

        Raises:
            ConfigError: with every mistake in it.
        """
        from collector import config  # noqa: PLC0415

        return config.load(self.config_path, environ=os.environ, cwd=Path.cwd())

    def take(self, settings: config.Settings) -> None:
        """Go by a configuration that was accepted before, whatever the files say now; its warnings were told then."""
        self.__dict__ |= {"settings": settings, "_warned": True}

    @cached_property
    def _warned(self) -> bool:
        for warning in self.settings.warnings:
            _log.warning(warning)
        return True

    @property
    def archive_file(self) -> Path:
        """Where the archive is: option or environment, else configuration, else ``archive.db`` here."""
        return self.archive_path or Path(self.settings.archive or "archive.db")

    def profiles(self, ids: Sequence[str], *, unlisted: bool = False) -> list[Profile]:
        """Return the configured portals, or those asked for; ``unlisted``: one that has a file will do.

        Raises:
            UsageError: no such portal, or none configured.
        """
        from collector import config  # noqa: PLC0415

        known = {profile.id: profile for profile in self.settings.profiles}
        files = {path.stem for path in (self.settings.folder / "portals").glob("*.toml")} if unlisted else set()
        if also := [name for name in dict.fromkeys(ids) if name not in known and name in files]:
            every = config.load(self.config_path, environ=os.environ, cwd=Path.cwd(), also=also)
            known = {profile.id: profile for profile in every.profiles}
        for name in ids:
            if name not in known:
                raise UsageError(f"no portal {name!r} is configured; there are: {', '.join(known) or 'none'}")
        if not known:
            raise UsageError("no portal is configured; list one in `portals` of collector.toml")
        return [known[name] for name in ids] if ids else list(known.values())

    def health_door(self) -> config.Health:
        """Return where a running daemon answers; a daemon goes on while its configuration is being edited.

        Of a configuration with mistakes only ``[health]`` is read; where that is one of them, the standard values hold.
        """
        from collector import config  # noqa: PLC0415

        try:
            return self.settings.health
        except ConfigError as error:
            _log.warning("the configuration has mistakes, see `collector config check`", mistakes=len(error.mistakes))
            return config.health_alone(self.config_path, environ=os.environ, cwd=Path.cwd())

    def examining(self) -> Examining:
        """Return the examination of bulletins by the configured vocabulary."""
        from collector.examining import Examining  # noqa: PLC0415

        return Examining(self.settings.vocabulary, threshold=self.settings.topic.threshold)

    def http(self) -> HttpSettings:
        """Return the network's settings as the fetcher takes them; what nobody configures has its standard value.

        Here, because what the configuration warns of concerns portals: who reads a text or a backup need not be told.
        """
        from collector.fetch import HttpSettings  # noqa: PLC0415

        assert self._warned
        return HttpSettings(**self.settings.http.model_dump())

    @contextmanager
    def writing(self, command: str, *, existing: bool = False, pid: int | None = None) -> Iterator[Archive]:
        """Open the archive as its only writer; ``existing``: do not make one. ``pid``: who is named as that writer.

        Raises:
            ArchiveError: held by another collector, not usable, or not there though it must be.
        """
        from collector.archive import Archive  # noqa: PLC0415

        risk = affected_build()
        if risk:
            _log.warning(risk)
        path = self.archive_file
        look_before_opening(path, readonly=existing)
        with ArchiveLock(path, command=command, now=utc_now(), pid=pid) as self.lock, Archive(path) as archive:
            yield archive

    @contextmanager
    def rehearsing(self) -> Iterator[Archive]:
        """Open a copy in memory, to try a run on: nothing is written, and nobody is kept out."""
        from collector.archive import Archive  # noqa: PLC0415

        with Archive.rehearsal(self.archive_file) as archive:
            yield archive

    @contextmanager
    def reading(self, *, current: bool = False) -> Iterator[Archive]:
        """Open the archive to look at it, beside a running collector; ``current``: only one of today's schema.

        Raises:
            ArchiveError: there is none, or it is not one of ours.
        """
        from collector.archive import Archive  # noqa: PLC0415

        with Archive(self.archive_file, readonly=True, current=current) as archive:
            yield archive
