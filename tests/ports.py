"""Ports of this machine, for tests with neighbours: one that is free, or was closed, may be given to somebody else."""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port of 127.0.0.1 for a server that is about to start.

    It lies below those that are given to whoever asks for any (from 32768 on Linux, from 49152 elsewhere): while the
    server starts, nobody comes before it.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def kept_closed(port: int) -> socket.socket:
    """Take a port of 127.0.0.1 that was closed and do not listen: connections are refused, and nobody is given it."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", port))
    return kept
