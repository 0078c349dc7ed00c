"""Memory that a poll has freed, given back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import cast


def give_back() -> None:
    """Let the C library return the pages that nothing is on; where it has no such call, nothing happens.

    glibc keeps them for the next poll: 13 MB of 105 after a poll with one new bulletin. Where polls are so frequent
    that the process never ends, that is for ever. It costs some milliseconds.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    try:
        found = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # musl, macOS
        return None
    found.argtypes, found.restype = [ctypes.c_size_t], ctypes.c_int
    return cast("Callable[[int], int]", found)
