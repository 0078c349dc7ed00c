"""The configuration that comes with the program: where it is, and a copy of it to edit."""

from __future__ import annotations

import shutil
from pathlib import Path

from collector.errors import UsageError

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder() -> Path:
    """Return the folder of the shipped configuration.

    A wheel carries it inside the package; an editable installation uses the repository's own ``config/``, so that there
    is one copy to edit.
    """
    inside = _PACKAGE / "_config"
    return inside if inside.is_dir() else _PACKAGE.parents[1] / "config"


def bundle_folder(folder: Path) -> Path:
    """Return the folder ``datasette`` of a configuration; the shipped one's where that has none."""
    own = folder / "datasette"
    return own if own.is_dir() else shipped_folder() / "datasette"


def init(dest: Path) -> list[Path]:
    """Copy the shipped configuration into ``dest`` and return the files that were written.

    Raises:
        UsageError: one of them is there already (then none is written), or ``dest`` cannot be written.
    """
    source = shipped_folder()
    files = (path.relative_to(source) for path in source.rglob("*") if path.is_file())
    # Datasette imports its plugins from there, and Python leaves what it has compiled beside them.
    names = sorted(name for name in files if "__pycache__" not in name.parts)
    if taken := [name for name in names if (dest / name).exists()]:
        raise UsageError(f"{dest / taken[0]} is there already and stays as it is: choose another folder")
    try:
        for name in names:
            (dest / name).parent.mkdir(parents=True, exist_ok=True)
            # The contents without the mode: an installed package may be read-only, the copy is there to be edited.
            shutil.copyfile(source / name, dest / name)
    except OSError as error:
        raise UsageError(f"{dest} cannot be written: {error.strerror or error}") from error
    return [dest / name for name in names]
