"""What a daemon's supervisor and its shifts say to each other, and what one shift leaves to the next."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from collector import __version__
from collector.archive.connection import Files
from collector.clock import Reading
from collector.health import DaemonState

#: A shift ends when nothing is to be done for so long: to start the next one costs a second of processor, and nobody is
#: helped by 60 MB that are free for less than a minute.
RESTS = timedelta(seconds=60)

#: What a supervisor says: begin to poll; read the configuration anew; stop.
GO, HANG_UP, STOP = "go", "hang up", "stop"

#: Exit code of a shift that is of another program than its supervisor: somebody has upgraded it.
UPGRADED = 100


def _program() -> bytes:
    """Return what tells this program from another one: the version, and which files it is of."""
    place = Path(__file__).parent
    files = sorted(place.rglob("*.py")) or [one for one in place.parents if one.is_file()]
    found = [f"{one}:{one.stat().st_size}:{one.stat().st_mtime_ns}" for one in files]
    return hashlib.sha256("\n".join([__version__, sys.version, *found]).encode()).digest()


#: Which program this is; two versions may bear one number, between releases.
PROGRAM = _program()


@dataclass(frozen=True, slots=True)
class Loss:
    """A shift that ended otherwise than it should."""

    how: str
    state: DaemonState  #: as it was last told

    @property
    def portals(self) -> list[str]:
        """The ids of the portals that it was polling."""
        return [one.portal for one in self.state.portals if one.polling_since is not None]


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a shift has from the one before it; what is packed is unpacked by shifts only."""

    archive: Path
    host: str  #: where health and metrics are served
    port: int
    files: Files
    configuration: bytes  #: the accepted one
    memory: bytes | None = None  #: None: it ended otherwise than it should, or this is the first one
    loss: Loss | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """What a shift is told at its start: how its supervisor was started, and what it inherits."""

    config_path: Path | None
    archive_path: Path | None
    log_format: str
    verbosity: int
    inheritance: Inheritance | None = None  #: None: it is the first one, and nothing is decided yet
    reread: bool = False  #: read the configuration anew at once


@dataclass(frozen=True, slots=True)
class Begun:
    """A shift has its archive and its configuration; the first one waits for ``GO``."""

    inheritance: Inheritance
    state: DaemonState
    locked: bool  #: whether the locked file comes next, to be held for all shifts


@dataclass(frozen=True, slots=True)
class News:
    """What a shift knows of itself; it comes twice a minute at least, and is the sign that it lives."""

    state: DaemonState
    files: Files


@dataclass(frozen=True, slots=True)
class Reread:
    """The configuration was read anew; None: it was refused."""

    configuration: bytes | None
    number: int  #: of the latest ``HANG_UP`` that this answers


@dataclass(frozen=True, slots=True)
class Rested:
    """A shift has closed everything and ends, because there is nothing to do until then."""

    inheritance: Inheritance
    state: DaemonState
    until: datetime
    seen: Reading | None  #: of the clocks, at its last look: the supervisor looks out for steps from there on
