"""The daemon: a poll whenever one is due, until somebody says stop."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from collector import __version__
from collector.archive.onlooker import Onlooker
from collector.diagnosis import diagnose
from collector.errors import CollectorError, Interrupted
from collector.health import DaemonState, PortalState, serving_health
from collector.model import Task
from collector.profile import Profile
from collector.sweep import Sweep

_log = structlog.get_logger()

#: Seconds that a poll under way gets to finish or roll back after SIGTERM; the orchestrators' own limit is 10.
_GRACE = 8.0


class ScheduleSettings(Protocol):
    """``[schedule]`` of the configuration: one of ``every`` (seconds) and ``cron``."""

    @property
    def every(self) -> float | None: ...  # noqa: D102
    @property
    def cron(self) -> str | None: ...  # noqa: D102
    @property
    def jitter(self) -> float: ...  # noqa: D102


def trigger(schedule: ScheduleSettings, timezone: str) -> BaseTrigger:
    """Return APScheduler's trigger for a schedule, in the portal's own time zone: a container's clock is UTC."""
    zone = ZoneInfo(timezone)
    jitter = int(schedule.jitter) or None
    if schedule.cron is not None:
        made = CronTrigger.from_crontab(schedule.cron, timezone=zone)
        made.jitter = jitter
        return made
    assert schedule.every is not None
    return IntervalTrigger(seconds=max(1, round(schedule.every)), timezone=zone, jitter=jitter)


def runs_a_day(schedule: ScheduleSettings, timezone: str, now: datetime) -> int:
    """Return how many polls a schedule brings in the day that begins at ``now``."""
    if schedule.every is not None:
        return math.ceil(86_400 / max(1, round(schedule.every)))
    assert schedule.cron is not None
    plain = CronTrigger.from_crontab(schedule.cron, timezone=ZoneInfo(timezone))
    number, at = 0, plain.get_next_fire_time(None, now)
    while at is not None and at < now + timedelta(days=1):
        number, at = number + 1, plain.get_next_fire_time(at, at + timedelta(seconds=1))
    return number


class Daemon:
    """Polls on schedule; one poll at a time, none dropped for being late."""

    def __init__(
        self, sweep: Sweep, profiles: Sequence[Profile], task: Task, *, schedule: ScheduleSettings, timezone: str
    ) -> None:
        self._sweep, self._profiles, self._task = sweep, profiles, task
        self._idle = threading.Event()
        self._idle.set()
        self._started_at = sweep.now()
        self._polling_since: datetime | None = None
        self._trouble: str | None = None  # why the last poll could not do its work; a portal's faults are its verdict
        # misfire_grace_time=None: by default a job more than a second late is dropped (APScheduler 3, issue 146).
        self._scheduler = BackgroundScheduler(
            timezone=ZoneInfo(timezone),
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(_heard, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._job = self._scheduler.add_job(
            self._poll, trigger(schedule, timezone), id="poll", next_run_time=sweep.now().astimezone(ZoneInfo(timezone))
        )

    def run(self, *, host: str, port: int) -> None:
        """Poll until a stop is requested; then finish or roll back the bulletin under way.

        Raises:
            UsageError: the health port cannot be had.
        """
        stop = self._sweep.stop
        # Imported late: nobody but the daemon needs Prometheus' library, which takes 30 ms.
        from collector.metrics import exposition  # noqa: PLC0415

        path = self._sweep.archive.path
        assert path is not None
        with (
            Onlooker(path) as onlooker,
            serving_health(
                host,
                port,
                lambda: diagnose(self.state(), onlooker, self._sweep.now()),
                lambda: exposition(self.state(), onlooker, self._sweep.now()),
            ) as bound,
        ):
            _log.info("daemon started", version=__version__, health=f"http://{host}:{bound}/health")
            self._scheduler.start()
            try:
                while True:
                    stop.sleep(60.0)
            except Interrupted:
                _log.info("stopping")
            finally:
                # Not wait=True: it has no timeout (APScheduler 3, issue 157).
                self._scheduler.shutdown(wait=False)
                stop.request()
                if not self._idle.wait(_GRACE):
                    _log.warning("the poll under way did not end in time; what it had not committed is rolled back")
                    # A connection attempt cannot be aborted, and the interpreter would wait for its thread: the
                    # archive is safe against an end at any moment, an orchestrator's patience is not.
                    os._exit(0)
        _log.info("daemon stopped")

    def _poll(self) -> None:
        if self._sweep.stop.requested:
            return
        self._idle.clear()
        self._polling_since = self._sweep.now()
        try:
            for report in self._sweep.over(self._profiles, self._task):
                _log.info(
                    "run finished",
                    portal=report.portal,
                    run=report.run,
                    verdict=report.verdict.value,
                    added=report.added,
                    revised=report.revised,
                    gone=report.gone,
                    failed=report.failed,
                    requests=report.requests,
                )
            self._trouble = None
        except Interrupted:
            pass
        except CollectorError as error:
            # A full disk or a locked file passes: the next poll tries again, and the health says so meanwhile.
            self._trouble = str(error)
            _log.error("poll failed", error=str(error))
        except Exception as error:
            self._trouble = f"the last poll crashed: {error!r}"
            raise
        finally:
            self._polling_since = None
            self._idle.set()

    def state(self) -> DaemonState:
        """Return what the daemon knows of itself; all portals are polled together."""
        due = self._job.next_run_time if self._scheduler.running else None
        since = self._polling_since
        return DaemonState(
            started_at=self._started_at,
            portals=tuple(PortalState(one.id, due, since, None) for one in self._profiles),
            clock_steps=0,
            clock=None,
            configuration=None,
            trouble=self._trouble,
        )


def _heard(event: JobEvent) -> None:
    names = {
        EVENT_JOB_ERROR: "poll crashed",
        EVENT_JOB_MISSED: "poll missed",
        EVENT_JOB_MAX_INSTANCES: "poll overlapped",
    }
    trace = getattr(event, "traceback", None)
    (_log.error if trace else _log.warning)(names[event.code], detail=trace or "")
