"""``collector daemon``, ``health`` and ``demo``."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click
import structlog

from collector.alerting import Alerting
from collector.archive.onlooker import Onlooker
from collector.cli.exploring import require_extra, show
from collector.cli.running import log_step
from collector.cli.session import Session, program_name, utc_now
from collector.cli.tables import print_json
from collector.daemon import Daemon, Duty
from collector.diagnosis import diagnose
from collector.errors import UsageError
from collector.health import ask_health, serving_health
from collector.lookout import Telling
from collector.model import RunKind, Task
from collector.rota import Clocks
from collector.stop import Bell, Stop
from collector.sweep import Sweep

_log = structlog.get_logger()


@click.command(epilog="Example: collector --archive /data/archive.db --log-format json daemon")
@click.pass_obj
def daemon(session: Session) -> None:
    """Poll on the schedule until SIGTERM; one daemon per archive.

    SIGHUP reads the configuration anew; with a mistake in it the old one stays in force. Where health and metrics are
    served, and which archive is written, is decided at the start.
    """
    # Imported late: of all commands only this one has metrics to show, and prometheus-client costs 30 ms.
    from collector.metrics import exposition  # noqa: PLC0415

    stop, bell = Stop(), Bell()
    health = session.settings.health
    with stop.on_signals(hang_up=bell.hang_up, overdue=0), session.writing("daemon") as archive:
        sweep = Sweep(
            archive=archive, http=session.http(), stop=stop, now=utc_now, examining=session.examining(), report=log_step
        )
        made = Daemon(
            sweep,
            _duty(session),
            clocks=Clocks(utc_now, time.monotonic),
            reread=lambda: _duty(_reread(session)),
            bell=bell,
        )
        with (
            Onlooker(session.archive_file) as onlooker,
            serving_health(
                health.host,
                health.port,
                lambda: diagnose(made.state(), onlooker, utc_now()),
                lambda: exposition(made.state(), onlooker, utc_now()),
            ) as port,
        ):
            _log.info("health and metrics are served", address=f"http://{health.host}:{port}/health")
            made.run()


def _duty(session: Session) -> Duty:
    settings = session.settings
    return Duty(
        profiles=session.profiles([]),
        task=Task(RunKind.POLL, recheck_days=settings.recheck.days, recheck_per_run=settings.recheck.per_run),
        schedule=settings.schedule,
        timezone=settings.timezone,
        http=session.http(),
        examining=session.examining(),
        places=settings.places,
        telling=Telling(
            tell=Alerting(
                settings.alerts.urls,
                names={profile.id: profile.name for profile in settings.profiles},
                timezone=settings.timezone,
            ),
            strikes=settings.alerts.strikes,
            remind=settings.alerts.remind,
            holidays=settings.holidays,
            timezone=settings.timezone,
        ),
    )


def _reread(session: Session) -> Session:
    """Read the configuration of a running daemon anew, and say what of it only a new start brings.

    Raises:
        ConfigError: with every mistake in it.
    """
    anew = Session(session.config_path, session.archive_path)
    if anew.archive_file != session.archive_file:
        _log.warning("the archive is another one only after a new start", archive=str(session.archive_file))
    if anew.settings.health != session.settings.health:
        _log.warning("health and metrics move only with a new start", host=session.settings.health.host)
    return anew


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


@click.command(epilog="Example: collector demo ./demo-archive")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--open", "opening", is_flag=True, help="Then serve the archive in Datasette and open the browser on it.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="For --open; 0: any free one.",
)
@click.pass_obj
def demo(session: Session, folder: Path | None, opening: bool, port: int) -> None:
    """Run the whole job offline on a replica portal, and show what was recorded.

    The replica is started on loopback, backfilled, and polled while it publishes, edits and deletes bulletins. The
    archive stays in FOLDER (default: a new temporary folder).
    """
    if opening:
        require_extra()
    # Imported late: nobody but the demo needs the replica and its bulletins.
    from collector.demo.tour import tour  # noqa: PLC0415

    place = folder or Path(tempfile.mkdtemp(prefix="collector-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    path = place / "archive.db"
    if path.exists():
        raise UsageError(f"{path} exists; the demo starts from nothing: choose another folder")
    stop = Stop()
    with stop.on_signals():
        tour(path, stop=stop, say=click.echo)
    if opening:
        show(session, path, port=port, opening=True)
    else:
        ways = "status", "explore --open"
        click.echo("Look around: " + "   or: ".join(f"{program_name()} --archive {path} {way}" for way in ways))
