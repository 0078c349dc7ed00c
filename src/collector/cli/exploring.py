"""``collector explore``: the archive in Datasette."""

from __future__ import annotations

import webbrowser
from importlib.util import find_spec

import click

from collector.cli.session import Session
from collector.cli.tables import print_json
from collector.config import bundle_folder
from collector.errors import UsageError


@click.command(epilog="Example: collector --archive demo/archive.db explore --open")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any free one."
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
    if find_spec("datasette") is None or find_spec("datasette_dashboards") is None:
        raise UsageError(
            "explore needs Datasette and its plugins: pip install --require-hashes -r requirements/explore.txt"
        )
    # Imported late: it takes a second, and most commands never need it.
    from collector.explore.bundle import metadata  # noqa: PLC0415
    from collector.explore.serving import application, serve  # noqa: PLC0415

    folder = bundle_folder(session.settings.folder)
    described = metadata(folder)
    if only_metadata:
        print_json(described)
        return
    with session.reading(current=True):
        pass  # whatever is wrong with the file is said before anything is started

    def started(address: str) -> None:
        click.echo(f"{session.archive_file} is shown at {address} until Ctrl-C")
        if opening:
            webbrowser.open(address)

    serve(application(session.archive_file, folder, described), host=host, port=port, started=started)
