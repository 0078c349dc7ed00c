"""The door: reads the command line, builds the collaborators, holds the real clock."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from collector import __version__
from collector.cli.session import Session
from collector.errors import CollectorError, ConfigError
from collector.logs import configure_logging

#: Where each command is, in the order of README's table.
_COMMANDS = {
    "run": "running:run",
    "daemon": "serving:daemon",
    "health": "serving:health",
    "alerts": "alerts:alerts",
    "demo": "touring:demo",
    "parse": "reading:parse",
    "check": "checking:check",
    "status": "looking:status",
    "coverage": "covering:coverage",
    "schedule": "scheduling:schedule",
    "explore": "exploring:explore",
    "cite": "leaving:cite",
    "reparse": "rereading:reparse_command",
    "export": "leaving:export",
    "backup": "keeping:backup",
    "verify": "keeping:verify",
    "fixture": "fixtures:fixture",
    "config": "configuring:config",
}

_EPILOG = "Example: collector run --since 2024-01-01 --until 2024-12-31"


class _Commands(Mapping[str, click.Command]):
    """The commands by name, each imported when it is wanted: all together are 25 MB, and take half a second."""

    def __getitem__(self, name: str) -> click.Command:
        module, _, attribute = _COMMANDS[name].partition(":")
        return cast("click.Command", getattr(import_module(f"collector.cli.{module}"), attribute))

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=_EPILOG)
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="COLLECTOR_CONFIG",
    help="Folder or collector.toml. Default: config/collector.toml here, else the copy inside the package.",
)
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path),
    envvar="COLLECTOR_ARCHIVE",
    help="The SQLite archive. Default: the configuration's `archive`, else archive.db here.",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-v", "--verbose", count=True, help="More log lines; twice for every request.")
@click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")
@click.version_option(__version__, prog_name="collector")
@click.pass_context
def cli(
    context: click.Context,
    config_path: Path | None,
    archive_path: Path | None,
    log_format: str,
    verbose: int,
    quiet: bool,
) -> None:
    """Keep the bulletins of Vietnamese provincial portals in a SQLite archive, word for word, with proof.

    Data goes to standard output, progress and logs to standard error. Exit codes: 0 complete, 1 something is missing,
    2 usage or configuration, 3 portal unreachable or blocked, 4 archive, 130 interrupted.
    """
    verbosity = -1 if quiet else verbose
    configure_logging(log_format, verbosity=verbosity)
    context.obj = Session(config_path, archive_path, log_format, verbosity)


cli.commands = cast("MutableMapping[str, click.Command]", _Commands())  # click only looks things up in it


def main() -> None:
    """Run the command line and end the process with the contract's exit code."""
    sys.exit(exit_code(lambda: cli.main(standalone_mode=False)))


def exit_code(work: Callable[[], object]) -> int:
    """Do something, say in a line each what went wrong, and return the contract's exit code."""
    try:
        code = work()
    except click.ClickException as error:
        # One line, as for every other mistake; click's own show() prints three.
        click.echo(f"Error: {error.format_message()}", err=True)
        code = error.exit_code
    except click.Abort:
        code = 130
    except ConfigError as error:
        for mistake in error.mistakes:
            click.echo(f"Error: {mistake}", err=True)
        code = error.exit_code
    except CollectorError as error:
        click.echo(f"Error: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, and nothing more can be said.
        sys.stderr.close()
        code = 0
    return code if isinstance(code, int) else 0
