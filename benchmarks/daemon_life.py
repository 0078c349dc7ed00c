"""A daemon that lives beside a portal that publishes and fails: memory, files, processor, and whether anything is lost.

All of its processes are counted together: the supervisor, and the shift that polls.

From the source: ``python benchmarks/daemon_life.py --minutes 20``. In the built image, with docker or podman::

    ENGINE="podman --runtime runc" OPTIONS=--no-healthcheck python benchmarks/daemon_life.py --image collector
"""

from __future__ import annotations

import argparse
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from collector.demo.loopback import Request, Response
from collector.demo.newsroom import SECTIONS, Newsroom
from collector.demo.site import ReplicaPortal
from ports import free_port
from workplace import Workplace

#: How likely something is published, or else deleted, between two samples.
_PUBLISHES, _DELETES = 0.3, 0.03
#: Seconds at the end in which nothing happens and nothing fails, and seconds after which a start has settled.
_QUIET, _SETTLED = 60, 60
#: How much faster the portal's clock goes: three bulletins a day are published then.
_HASTE = 3000
_TICKS = os.sysconf("SC_CLK_TCK")
_MAINTENANCE = "<html><title>Bảo trì</title><body><h1>Hệ thống đang bảo trì, xin quay lại sau</h1></body></html>"
#: As container engines harden what they run: see ``.ci/image``. The portal is on the host's loopback.
_HARDENED = (
    "--network host --read-only --tmpfs /tmp:size=64m --cap-drop ALL --security-opt no-new-privileges "
    "--memory 256m --pids-limit 256"
)


@dataclass(frozen=True)
class Sample:
    """The processes of a daemon at a moment."""

    seconds: float
    resident: float  #: MB
    files: int
    threads: int
    processor: float  #: seconds


def sampled(pid: int, begun: float) -> Sample:
    """Look at a process of this machine, in a container or not, and at those that it has started."""
    kept = looked_at(pid, begun)
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            one = looked_at(int(child), begun)
            kept = Sample(
                kept.seconds,
                kept.resident + one.resident,
                kept.files + one.files,
                kept.threads + one.threads,
                kept.processor + one.processor,
            )
    return kept


def looked_at(pid: int, begun: float) -> Sample:
    """Look at one process; its processor time is with that of its children that have ended."""
    proc = Path(f"/proc/{pid}")
    status = (proc / "status").read_text()
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    return Sample(
        time.monotonic() - begun,
        int(status.split("VmRSS:")[1].split()[0]) / 1024,
        len(list((proc / "fd").iterdir())),
        int(status.split("Threads:")[1].split()[0]),
        sum(int(field) for field in fields[11:15]) / _TICKS,
    )


def failing(share: float, chance: random.Random, met: list[str]) -> Callable[[Request], Response | None]:
    """Return what lets that share of all requests fail, in one of five ways."""

    def fault(request: Request) -> Response | None:
        if request.path == "/robots.txt" or chance.random() >= share:
            return None
        kind = chance.choice(["503", "500", "cut", "maintenance", "empty"])
        met.append(kind)
        page = (("Content-Type", "text/html; charset=utf-8"),)
        if kind in ("503", "500"):
            return Response(int(kind), b"busy", page)
        if kind == "cut":
            return Response(200, b"<html>" + b"x" * 50_000, page, cut_after=9_000)
        return Response(200, _MAINTENANCE.encode() if kind == "maintenance" else b"", page)

    return fault


@contextmanager
def from_source(place: Workplace) -> Iterator[tuple[int, Callable[[], int]]]:
    """Run the daemon of this checkout; yield its pid, and what stops it and returns its exit code."""
    with (place.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "collector", "-q", "daemon"], cwd=place.folder, stdout=log, stderr=log
        )

        def stop() -> int:
            process.send_signal(signal.SIGTERM)
            return process.wait(30)

        try:
            yield process.pid, stop
        finally:
            process.kill()


@contextmanager
def from_image(place: Workplace, image: str) -> Iterator[tuple[int, Callable[[], int]]]:
    """Run the daemon of an image, hardened, on the folder as its volume."""
    engine = shlex.split(os.environ.get("ENGINE", "docker"))
    options = shlex.split(_HARDENED + " " + os.environ.get("OPTIONS", ""))
    name = f"collector-living-{os.getpid()}"
    # The image's user is none of ours, and is to write what the backfill has made.
    for path in (place.folder, *place.folder.rglob("*")):
        path.chmod(0o777)
    mounts = ["-v", f"{place.folder}:/data", "-e", "COLLECTOR_CONFIG=/data/config"]

    def told(*arguments: str) -> str:
        done = subprocess.run([*engine, *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    told("run", "-d", "--name", name, *options, *mounts, image, "-q", "daemon")
    time.sleep(3)
    if told("inspect", "-f", "{{.State.Running}}", name) != "true":
        raise RuntimeError(told("logs", name))
    try:
        yield (
            int(told("inspect", "-f", "{{.State.Pid}}", name)),
            lambda: (told("stop", "-t", "20", name), int(told("inspect", "-f", "{{.State.ExitCode}}", name)))[1],
        )
    finally:
        subprocess.run([*engine, "rm", "-f", name], capture_output=True, check=False)


def lost(place: Workplace, newsroom: Newsroom) -> Iterator[str]:
    """Yield what the archive does not have as the portal shows it."""
    rows = {
        str(row[0]): row[1:] for row in place.rows("select source_id, state, title, body, published_on from articles")
    }
    for source_id, one in newsroom.expected().items():
        if rows.get(source_id) != ("live", one.title, one.body, one.published_on.isoformat()):
            yield f"bulletin {source_id}: {str(rows.get(source_id))[:80]}"
    for source_id in newsroom.gone():
        if source_id in rows and rows[source_id][0] != "gone":
            yield f"bulletin {source_id} is {rows[source_id][0]}, and is not there any more"
    yield from place.faults()
    for what, sql in {
        "an open failure": "select 1 from failures where resolved_at is null",
        "an open incident": "select 1 from incidents where closed_at is null and cause <> 'quiet'",
        "a tick without a run": "select 1 from ticks where run is null",
        "a poll without a tick of its own": "select 1 from runs where kind = 'poll' and id not in "
        "(select run from ticks where state in ('ran', 'late'))",
    }.items():
        if number := len(place.rows(sql)):
            yield f"{what}: {number}"


def main() -> int:
    """Live, and say what came of it; 1 when something was lost."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--every", default="3s")
    parser.add_argument("--faults", type=float, default=0.01)
    parser.add_argument("--image")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, met = random.Random(given.seed), list[str]()
    whole = given.minutes * 60 + 60
    started = time.monotonic()

    def now() -> datetime:
        # The portal's weeks pass in minutes and end today: an office publishes some bulletins a day, and the newsroom's
        # listing has those of one day in the order of its ids, which are no order of publication.
        return datetime.now(UTC) - timedelta(seconds=max(0.0, started + whole - time.monotonic()) * _HASTE)

    with (
        tempfile.TemporaryDirectory() as folder,
        ReplicaPortal(newsroom=Newsroom(count=60, now=now), now=now) as portal,
    ):
        place = Workplace(Path(folder), portal.base_url, port=free_port())
        settings = place.folder / "config" / "collector.toml"
        settings.write_text(settings.read_text().replace('every = "1s"', f'every = "{given.every}"'))
        place.run("-q", "run", "--since", "2000-01-01")  # a poll takes the first pages only
        portal.fault = failing(given.faults, chance, met)
        running = from_image(place, given.image) if given.image else from_source(place)
        with running as (pid, stop):
            begun, samples = time.monotonic(), list[Sample]()
            end = begun + given.minutes * 60
            while time.monotonic() < end:
                time.sleep(5)
                samples.append(sampled(pid, begun))
                if end - time.monotonic() < _QUIET:
                    portal.fault = None  # what failed is tried again, and can be had
                elif chance.random() < _PUBLISHES:
                    portal.newsroom.publish(chance.randint(1, 2))
                elif chance.random() < _DELETES:
                    portal.newsroom.delete(chance.choice(portal.newsroom.listing(SECTIONS[0].slug)[:6]).id)
            code = stop()
        told(samples, place, met, len(portal.requests), code)
        violations = list(lost(place, portal.newsroom))
    for violation in violations:
        print(violation)
    print(f"{len(violations)} lost or wrong")
    return 1 if violations or code else 0


def told(samples: list[Sample], place: Workplace, met: list[str], requests: int, code: int) -> None:
    """Print the process at the start, in the middle and at the end, and what it did."""
    settled = next(number for number, one in enumerate(samples) if one.seconds > _SETTLED or number == len(samples) - 1)
    print(f"{'':<8}{'minute':>7}{'RSS MB':>8}{'files':>7}{'threads':>9}")
    for name, one in (
        ("start", samples[settled]),
        ("middle", samples[len(samples) // 2]),
        ("end", samples[-1]),
    ):
        print(f"{name:<8}{one.seconds / 60:>7.1f}{one.resident:>8.1f}{one.files:>7}{one.threads:>9}")
    print(f"most RSS {max(one.resident for one in samples):.1f} MB, most files {max(one.files for one in samples)}")
    polls = len(place.rows("select 1 from runs"))
    spent = samples[-1].processor - samples[settled].processor
    share = len(samples[settled:]) / len(samples)
    each = 1000 * spent / (polls * share)
    print(f"{polls} polls, {each:.0f} ms of processor each; {requests} requests, faults: {len(met)}")
    print("verdicts:", place.rows("select verdict, count(*) from runs group by 1"))
    print("ticks:", place.rows("select state, count(*) from ticks group by 1"))
    print("incidents:", place.rows("select cause, detail from incidents"), "exit code", code)
    for verdict, evidence in place.rows(
        "select verdict, evidence from runs where verdict not in ('complete', 'empty_expected', 'incomplete') limit 5"
    ):
        print(verdict, str(evidence)[:1500])


if __name__ == "__main__":
    sys.exit(main())
