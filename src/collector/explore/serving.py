"""Starts Datasette on an archive with the shipped bundle; any file name, one name in addresses."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette, DatasetteClient

from collector.errors import UsageError
from collector.explore.bundle import settings
from collector.explore.database import ArchiveDatabase
from collector.explore.reading import DATABASE

#: More than any archive has: whatever people ask by must not fill the memory.
_MOST_TABLES = 1000


class _Served(Datasette):  # type: ignore[misc]  # Datasette ships no types
    """Datasette whose metadata stays as it is while it is served.

    Datasette 0.65.5 copies all of it at each question whether somebody may see a table: for the page of the archive 117
    times, 230 of its 270 ms.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._allowed: dict[tuple[str, str], list[Any]] = {}
        self._unset: set[tuple[Any, ...]] = set()

    def plugin_config(self, *asked: Any, **named: Any) -> Any:
        """Return what a plugin is told; that it is told nothing is remembered.

        One asks at each cell of each table, a third of the time of a page of 1,000 rows.
        """
        key = (*asked, *named.items())
        if key in self._unset:
            return None
        found = super().plugin_config(*asked, **named)
        if found is None and len(self._unset) < _MOST_TABLES:
            self._unset.add(key)
        return found

    def _table_permission_allows(self, database: str, table: str) -> list[Any]:
        """Return who may see a table, as the metadata says."""
        key = database, table
        if key not in self._allowed:
            if len(self._allowed) > _MOST_TABLES:
                self._allowed.clear()
            self._allowed[key] = super()._table_permission_allows(database, table)
        return self._allowed[key]


def application(archive: Path, folder: Path, metadata: dict[str, Any]) -> Datasette:
    """Return Datasette over an archive. ``folder`` is the bundle: settings, plugins, templates, static files.

    Raises:
        ConfigError: the settings are none of Datasette's.
    """
    # Added by hand, and not as files=[…]: that would name the database after the file. Without files Datasette adds an
    # empty database in memory; nobody came for that.
    datasette = _Served(
        [],
        metadata=metadata,
        template_dir=str(folder / "templates"),
        plugins_dir=str(folder / "plugins"),
        static_mounts=[("static", str(folder / "static"))],
        settings=settings(folder),
    )
    datasette.remove_database("_memory")
    datasette.add_database(ArchiveDatabase(datasette, archive), name=DATABASE)
    # What plugins ask Datasette by was made before there was an archive: it has none of our pages.
    datasette.client = DatasetteClient(datasette)
    return datasette


def serve(datasette: Datasette, *, host: str, port: int, started: Callable[[str, bool], None]) -> None:
    """Serve until SIGTERM, or until SIGINT, which raises KeyboardInterrupt as everywhere; answers are finished first.

    Args:
        datasette: what is served.
        host: a name or address of this machine.
        port: 0: any that is free.
        started: is told once it answers: the address, and whether only this machine can ask there.

    Raises:
        UsageError: the address is taken, or is none of this machine's.
    """
    listening = _listening(host, port)
    alone = ipaddress.ip_address(listening.getsockname()[0]).is_loopback
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    # An answer that takes longer to leave than that is one that nobody fetches.
    config = uvicorn.Config(
        datasette.app(), log_config=None, log_level="warning", lifespan="on", timeout_graceful_shutdown=5
    )
    # uvicorn gives a signal back when it has ended; SIGTERM would then kill us, and it is no failure.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        _Server(config, lambda: started(address, alone)).run(sockets=[listening])
    finally:
        signal.signal(signal.SIGTERM, before)


def _listening(host: str, port: int) -> socket.socket:
    # With its protocol named: of sockets without one asyncio leaves Nagle's algorithm on, and each answer, whose head
    # is sent before its body, waits 40 ms for the browser's delayed acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()  # now, and not when Datasette has started: until then another one could bind to it, too
    except (OSError, UnicodeError, TypeError) as error:  # TypeError: a name that no host can have
        listening.close()
        which = "--port" if getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES) else "--host"
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot listen on {host}:{port}: {why}; choose another with {which}") from error
    return listening


class _Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._started()
