"""``collector explore``: the archive in Datasette."""

from __future__ import annotations

import threading
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import structlog

from collector.archive import Archive
from collector.cli.session import Session
from collector.cli.tables import print_json
from collector.config import bundle_folder
from collector.errors import UsageError

_log = structlog.get_logger()

#: What `requirements/explore.txt` brings; pages, feeds and dashboards need all of it.
_NEEDED = (
    "datasette",
    "datasette_atom",
    "datasette_block_robots",
    "datasette_copyable",
    "datasette_dashboards",
    "datasette_search_all",
    "datasette_vega",
)
_HOST, _PORT = "127.0.0.1", 8001


@click.command(epilog="Example: collector --archive demo/archive.db explore --open")
@click.option("--host", metavar="ADDRESS", default=_HOST, show_default=True, help="Where to listen.")
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0: any free one."
)
@click.option("--open", "opening", is_flag=True, help="Open the browser once it answers.")
@click.option(
    "--metadata", "only_metadata", is_flag=True, help="Print Datasette's metadata as JSON, and serve nothing."
)
@click.pass_obj
def explore(session: Session, host: str, port: int, opening: bool, only_metadata: bool) -> None:
    """Serve the archive in Datasette: search, articles, figures, plots, feeds; a collector may go on working.

    Titles, texts and units come from the configuration's vocabulary and from its folder `datasette`. Without `--host`
    nobody but this machine is answered.
    """
    if only_metadata:
        print_json(_described(session)[1])
    else:
        show(session, session.archive_file, host=host, port=port, opening=opening)


def require_extra() -> None:
    """Refuse, before anything is done, what cannot be shown in the end.

    Raises:
        UsageError: Datasette or one of its plugins is not installed.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise UsageError(
            f"explore needs Datasette and its plugins, and {missing[0].replace('_', '-')} is not installed: "
            "pip install --require-hashes -r requirements/explore.txt"
        )


def show(session: Session, path: Path, *, host: str = _HOST, port: int = _PORT, opening: bool) -> None:
    """Serve an archive in Datasette until a signal.

    Args:
        session: whose configuration has the bundle.
        path: of the archive.
        host: a name or address of this machine.
        port: 0: any that is free.
        opening: open the browser on it.

    Raises:
        UsageError: the extra is not installed, or the address cannot be listened on.
        ConfigError: the bundle has mistakes.
        ArchiveError: there is no archive of today's schema at the path.
    """
    folder, described = _described(session)
    # Imported late: it takes a second, and most commands never need it.
    from collector.explore.serving import application, serve  # noqa: PLC0415

    with Archive(path, readonly=True, current=True):
        pass  # whatever is wrong with the file is said before anything is started

    def started(address: str, alone: bool) -> None:
        if not alone:
            _log.warning(
                "whoever reaches this machine over the network can read the archive and ask it in SQL; "
                "docs/EXPLORE.md, On the internet, says how to guard it",
                host=host,
            )
        click.echo(f"{path} is shown at {address} until Ctrl-C")
        if opening:
            # Apart: a browser in a terminal returns when it is closed, and meanwhile it wants to be answered.
            threading.Thread(target=_open, args=(address,), daemon=True).start()

    serve(application(path, folder, described), host=host, port=port, started=started)


def _open(address: str) -> None:
    """Open the browser; a machine without a screen has none, and whoever asked for it waits."""
    if not webbrowser.open(address):
        click.echo(f"no browser could be started here: open {address} yourself", err=True)


def _described(session: Session) -> tuple[Path, dict[str, Any]]:
    require_extra()
    from collector.explore.bundle import metadata  # noqa: PLC0415

    folder = bundle_folder(session.settings.folder)
    return folder, metadata(folder)
