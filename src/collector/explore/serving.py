"""Starts Datasette on an archive with the shipped bundle; any file name, one name in addresses."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.database import Database

from collector.errors import UsageError
from collector.explore.reading import DATABASE


def application(archive: Path, folder: Path, metadata: dict[str, Any]) -> Datasette:
    """Return Datasette over an archive. ``folder`` is the bundle: settings, plugins, templates, static files."""
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    # Added by hand, and not as files=[…]: that would name the database after the file. Without files Datasette adds an
    # empty database in memory; nobody came for that.
    datasette = Datasette(
        [],
        metadata=metadata,
        template_dir=str(folder / "templates"),
        plugins_dir=str(folder / "plugins"),
        static_mounts=[("static", str(folder / "static"))],
        settings=settings,
    )
    datasette.remove_database("_memory")
    # Never immutable: a collector may be writing, and Datasette would go on showing the counts of its start.
    datasette.add_database(Database(datasette, path=str(archive.absolute()), is_mutable=True), name=DATABASE)
    return datasette


def serve(datasette: Datasette, *, host: str, port: int, started: Callable[[str], None]) -> None:
    """Serve until a signal; ``started`` is told the address once it answers. ``port`` 0: any that is free.

    Raises:
        UsageError: the address is taken, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --port"
        ) from error
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    config = uvicorn.Config(datasette.app(), log_level="warning", lifespan="on", workers=1)
    _Server(config, lambda: started(address)).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._started()
