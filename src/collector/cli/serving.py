"""``collector daemon`` and ``health``."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
import structlog

from collector import __version__
from collector.cli.session import Session, utc_now
from collector.cli.tables import print_json
from collector.clock import Clocks
from collector.handover import UPGRADED, Inheritance, Orders
from collector.health import ask_health, serving_health
from collector.stop import Bell, Stop

_log = structlog.get_logger()


@click.command(epilog="Example: collector --archive /data/archive.db --log-format json daemon")
@click.pass_obj
def daemon(session: Session) -> None:
    """Poll on the schedule until SIGTERM; one daemon per archive.

    SIGHUP reads the configuration anew; with a mistake in it the old one stays in force. Where health and metrics are
    served, and which archive is written, is decided at the start.

    Polls are done by a second process, which ends when nothing is due for a minute: what waits is small.
    """
    # Imported late: of all commands only this one has metrics to show, and prometheus-client costs 30 ms.
    from collector.archive.onlooker import Onlooker  # noqa: PLC0415
    from collector.diagnosis import diagnose  # noqa: PLC0415
    from collector.metrics import exposition  # noqa: PLC0415
    from collector.supervisor import Supervisor  # noqa: PLC0415

    stop, bell = Stop(), Bell()
    orders = Orders(session.config_path, session.archive_path, session.log_format, session.verbosity)
    supervisor = Supervisor(orders, clocks=Clocks(utc_now, time.monotonic), stop=stop, bell=bell)

    @contextmanager
    def door(told: Inheritance) -> Iterator[Callable[[], None]]:
        with (
            Onlooker(told.archive, supervisor.used) as onlooker,
            serving_health(
                told.host,
                told.port,
                lambda: diagnose(supervisor.state, onlooker, utc_now()),
                lambda: exposition(supervisor.state, onlooker, utc_now()),
            ) as port,
        ):
            _log.info("health and metrics are served", address=f"http://{told.host}:{port}/health")
            yield onlooker.stay

    with stop.on_signals(hang_up=bell.hang_up, overdue=0, last=supervisor.kill):
        code = supervisor.run(door)
    if code == UPGRADED:
        _log.warning("the program was upgraded, and the daemon starts anew", version=__version__)
        try:
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the very command we are
        except OSError as error:  # the new version has another Python
            _log.error("the daemon cannot start anew by itself", error=str(error))
            code = 1
    sys.exit(code)


@click.command(epilog="Example: collector health")
@click.option("--json", "as_json", is_flag=True, help="Print the daemon's whole answer as JSON.")
@click.pass_obj
def health(session: Session, as_json: bool) -> None:
    """Ask the running daemon whether it is well; exit code 0 or 1."""
    door = session.health_door()
    well, facts = ask_health(door.host, door.port)
    if as_json:
        print_json(facts)
    else:
        click.echo(f"{facts.get('status')}" + (f": {facts['detail']}" if "detail" in facts else ""))
    sys.exit(0 if well else 1)
