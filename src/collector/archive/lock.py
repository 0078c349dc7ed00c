"""One collector per archive, for as long as it lives."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

from collector.errors import ArchiveHeld, ArchiveUnwritable


class ArchiveLock:
    """A lock on ``ARCHIVE.lock``, released by the kernel however the process ends.

    A file beside the archive and not the archive itself: SQLite drops every POSIX lock of a process on a file as soon
    as any of its handles is closed.
    """

    def __init__(self, archive: Path, *, command: str, now: datetime, pid: int | None = None) -> None:
        """Take the lock or say who has it; ``pid``: the process to be named to others, by default this one.

        Raises:
            ArchiveHeld: another process holds it.
            ArchiveUnwritable: the lock file cannot be made.
        """
        path = archive.with_name(archive.name + ".lock")
        try:
            # The file stays: removing it would let two processes lock two different files of one name.
            self._file = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise ArchiveUnwritable(
                f"{path} cannot be written: {error.strerror} (this program runs as user {os.geteuid()})"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = _described(self._file.read())
            self._file.close()
            raise ArchiveHeld(f"{archive} is held by {holder}; one collector works on an archive at a time") from error
        note = {"pid": pid or os.getpid(), "command": command, "since": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        # On a full disk it is held all the same, and the archive says what is wrong; a buffer would fail on closing.
        with suppress(OSError):
            self._file.truncate(0)
            os.write(self._file.fileno(), json.dumps(note).encode())

    def fileno(self) -> int:
        """Return the file that is locked: whichever process has it holds the lock, until the last of them ends."""
        return self._file.fileno()

    def release(self) -> None:
        """Let go; calling it again does nothing."""
        self._file.close()

    def __enter__(self) -> ArchiveLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _described(note: str) -> str:
    try:
        holder = json.loads(note)
        return f"`collector {holder['command']}` (process {holder['pid']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        return "another collector"
