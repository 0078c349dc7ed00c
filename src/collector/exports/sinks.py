"""Where an export's bytes go: to a new file, counted and hashed on the way."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


class Sink(io.BufferedIOBase):
    """A file that is only appended to."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        #: Bytes so far.
        self.size = 0

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # no other buffers come here
        """Append bytes."""
        self._hash.update(data)
        self.size += len(data)
        return self._stream.write(data)

    def flush(self) -> None:
        """Give what was written to the system."""
        self._stream.flush()

    @property
    def sha256(self) -> str:
        """Digest of everything so far, hexadecimal."""
        return self._hash.hexdigest()


@contextmanager
def sink(path: Path) -> Iterator[Sink]:
    """Make a file, which must not be there, and yield what to write it with; at the end it is on the disk.

    Raises:
        OSError: no room, no permission.
    """
    with path.open("xb") as stream:
        yield Sink(stream)
        stream.flush()
        os.fsync(stream.fileno())
