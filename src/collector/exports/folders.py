"""A folder that is there whole or not at all, and that never takes the place of somebody's files."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from collector.archive.safekeeping import to_the_disk
from collector.errors import ArchiveUnwritable, UsageError

DESCRIPTOR = "datapackage.json"
#: What :data:`DESCRIPTOR` says of itself in a folder that we made.
OURS = "collector"
#: What tells a folder that is being written from somebody's of the same name.
_MARK = ".collector-export"


@contextmanager
def replacing(dest: Path, *, archive: Path | None) -> Iterator[Path]:
    """Yield an empty folder beside ``dest``; where the block ends well, it takes the place of ``dest``.

    ``dest`` must be new, empty or an earlier export that nobody has touched since. Killed on the way, what was there is
    there still, and what was begun is taken away by the next export to the same place.

    Raises:
        UsageError: something else is at ``dest``, or ``dest`` is the archive or one of its files.
        ArchiveUnwritable: no folder, no room, no permission.
    """
    try:
        place = dest.resolve()
        partial, replaced = (place.with_name(f".{place.name}.{word}") for word in ("partial", "replaced"))
        _refuse_the_archive(place, dest, archive)
        if not place.parent.is_dir():
            raise ArchiveUnwritable(f"the folder {dest.parent} does not exist")
        if not place.exists() and replaced.exists():
            replaced.rename(place)  # killed between the two renames below
        _refuse_what_is_not_ours(place, dest)
        if replaced.exists():
            _refuse_what_is_not_ours(replaced, replaced)
            shutil.rmtree(replaced)
        with _written(partial):
            yield partial
            _refuse_what_is_not_ours(place, dest)  # it took minutes: somebody may have put something there
            (partial / _MARK).unlink()
            to_the_disk(partial)
            _put(partial, place, replaced)
    except OSError as error:
        raise ArchiveUnwritable(f"{dest} cannot be written: {error.strerror or error}") from error


def _refuse_the_archive(place: Path, dest: Path, archive: Path | None) -> None:
    if archive is None:
        return
    own = archive.resolve()
    # A folder by the name of a file that SQLite makes when it needs it would lock everybody out.
    files = [own, *(own.with_name(own.name + rest) for rest in ("-wal", "-shm", "-journal", ".lock"))]
    if any(place == file or file in place.parents for file in files):
        raise UsageError(f"{dest} is the archive, or a file of it; choose another folder")


def _refuse_what_is_not_ours(place: Path, dest: Path) -> None:
    """Let pass what is not there, empty, or an export of ours as we left it."""
    if place.exists() and not place.is_dir():
        raise UsageError(f"{dest} is a file; it was not touched: choose a folder")
    names = {one.name for one in place.iterdir()} if place.exists() else set()
    if not names:
        return
    described = _described(place)
    if described is None:
        raise UsageError(f"{dest} holds other files than an export; it was not touched: choose another folder")
    if others := sorted(names - {DESCRIPTOR, *described}):
        raise UsageError(f"{dest} also holds {others[0]}, which is no part of the export there; it was not touched")
    for name, resource in described.items():
        if name in names and not _as_described(place / name, resource):
            raise UsageError(f"{dest}/{name} was changed since it was exported; it was not touched")


def _described(place: Path) -> dict[str, dict[str, Any]] | None:
    """Return the resources of an export of ours by file; None: it is none."""
    try:
        found = json.loads((place / DESCRIPTOR).read_bytes())
        return {str(one["path"]): one for one in found["resources"]} if found[OURS]["version"] else None
    except (FileNotFoundError, IsADirectoryError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _as_described(file: Path, resource: dict[str, Any]) -> bool:
    if not file.is_file() or file.stat().st_size != resource.get("bytes"):
        return False
    with file.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}" == resource.get("hash")


@contextmanager
def _written(partial: Path) -> Iterator[None]:
    """Make a folder that only we write to; taken away again unless the block has moved it."""
    mark = partial / _MARK
    with suppress(FileExistsError):
        partial.mkdir()
    # Killed in its first or its last moment it has no mark.
    if not mark.is_file() and any(partial.iterdir()) and _described(partial) is None:
        raise UsageError(f"{partial} is in the way, and no export made it; move it elsewhere")
    with mark.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"another export writes {partial} just now") from error
        for one in partial.iterdir():
            if one != mark:
                one.unlink()
        try:
            yield
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _put(partial: Path, place: Path, replaced: Path) -> None:
    if not place.exists() or not any(place.iterdir()):
        partial.rename(place)  # also onto an empty folder
    else:
        place.rename(replaced)
        try:
            partial.rename(place)
        except OSError:
            replaced.rename(place)
            raise
        shutil.rmtree(replaced, ignore_errors=True)  # what is left of it the next export takes away
    to_the_disk(place.parent)
