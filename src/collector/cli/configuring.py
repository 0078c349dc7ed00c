"""``collector config``: the effective configuration, its mistakes, a copy to edit."""

from __future__ import annotations

from pathlib import Path

import click

from collector import config as configuration
from collector.cli.session import Session
from collector.cli.tables import print_json


@click.group(epilog="Example: collector config check")
def config() -> None:
    """Show, check or copy the configuration."""


@config.command(epilog="Example: collector --config config config show")
@click.pass_obj
def show(session: Session) -> None:
    """Print the effective configuration, families merged into portals, as JSON."""
    print_json(configuration.describe(session.settings))


@config.command(name="check", epilog="Example: collector --config config config check")
@click.pass_obj
def check_config(session: Session) -> None:
    """Name every mistake with file, key and what was expected; exit code 2 when there is one."""
    settings = session.settings
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)
    if unseen := [profile.id for profile in settings.profiles if profile.verified is None]:
        click.echo(
            f"warning: nobody has seen these portals answer (no `verified` in their files): {', '.join(unseen)}; "
            f"`collector check --portal {unseen[0]}` looks",
            err=True,
        )
    click.echo(f"{settings.folder}: no mistake; portals: {', '.join(profile.id for profile in settings.profiles)}")


@config.command(epilog="Example: collector config init config")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Copy the shipped configuration to FOLDER, to be edited there."""
    for path in configuration.init(folder):
        click.echo(path)
