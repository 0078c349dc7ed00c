"""The archive: everything that knows SQL. One writer; any number of readers beside it (Datasette)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collector.archive.rooms import Archive

__all__ = ["Archive"]


def __getattr__(name: str) -> Any:
    """Import the rooms when somebody wants them: the supervisor of a daemon, which only looks on, is spared 2 MB."""
    if name != "Archive":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from collector.archive.rooms import Archive  # noqa: PLC0415

    globals()[name] = Archive
    return Archive
