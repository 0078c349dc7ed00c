"""``collector alerts``: whether messages arrive."""

from __future__ import annotations

import sys

import click

from collector.alerting import Alerting, is_installed
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_json
from collector.config import APPRISE
from collector.errors import UsageError


@click.group(epilog="Example: collector alerts test")
def alerts() -> None:
    """Try the addresses that incidents are told to."""


@alerts.command(name="test", epilog="Example: collector --config config alerts test")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_obj
def alerts_test(session: Session, as_json: bool) -> None:
    """Send a test notification through every configured address.

    Prints a line for each, its scheme and host only. Exit code 0 when all of them took it, 1 when one did not, 2 when
    none is configured.
    """
    settings = session.settings
    if not settings.alerts.urls:
        raise UsageError("no address is configured; list one in `urls` under [alerts] of collector.toml")
    if not is_installed():
        raise UsageError(f"alerts are sent by Apprise, which is not installed: {APPRISE}")
    deliveries = Alerting(settings.alerts.urls, timezone=settings.timezone).test(utc_now())
    if as_json:
        print_json([{"address": one.address, "ok": one.error is None, "error": one.error} for one in deliveries])
    else:
        for one in deliveries:
            click.echo(f"{one.address}  {one.error or 'ok'}")
    sys.exit(0 if all(one.error is None for one in deliveries) else 1)
