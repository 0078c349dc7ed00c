"""The demo: the whole job on a replica portal, offline, and what the archive holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import shorten

from collector.archive import Archive
from collector.archive.lock import ArchiveLock
from collector.config import demo_profile, load_shipped
from collector.demo.loopback import OPENING
from collector.demo.newsroom import SECTIONS, Newsroom
from collector.demo.site import ReplicaPortal
from collector.examining import Examining
from collector.fetch import HttpSettings
from collector.model import RunKind, RunReport, Task
from collector.profile import Profile, SectionProfile
from collector.stop import Stop
from collector.sweep import Sweep

_POLLS = 6
#: Before which of them an editor corrects a figure.
_CORRECTED = 2
#: Other readers between two polls, so that the counter's series has a shape.
_READERS = (23, 61, 44, 97, 70, 35)
_BARS = "▁▂▃▄▅▆▇█"


@dataclass
class _Clock:
    """The story's own time: it begins when the replica opens, and passes without anybody waiting."""

    elapsed: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        self.elapsed += timedelta(milliseconds=200)
        return OPENING + self.elapsed

    def skip(self, time: timedelta) -> None:
        self.elapsed += time


def tour(path: Path, *, stop: Stop, say: Callable[[str], None]) -> None:
    """Collect a replica portal into a new archive at ``path``, and tell what happened.

    Raises:
        ArchiveError: the archive cannot be written.
        Interrupted: somebody asked to stop.
    """
    clock = _Clock()
    newsroom = Newsroom(now=clock.now)
    with (
        ArchiveLock(path, command="demo", now=clock.now()),
        Archive(path) as archive,
        ReplicaPortal(newsroom=newsroom, now=clock.now) as portal,
    ):
        # The first category is about labour as a whole; of the others the words decide.
        topics = ["labour", None, None]
        sections = [
            SectionProfile(one.slug, one.url, name=one.name, topic=topic)
            for one, topic in zip(SECTIONS, topics, strict=True)
        ]
        profile = demo_profile(portal.base_url, sections)
        shipped = load_shipped()
        sweep = Sweep(
            archive=archive,
            http=HttpSettings(delay=0),
            stop=stop,
            now=clock.now,
            examining=Examining(shipped.vocabulary, threshold=shipped.topic.threshold),
            origin="demo",
            places=shipped.places,
        )
        say(f"A replica portal with {len(newsroom.expected())} bulletins answers at {portal.base_url}\n")
        say(_row("", "verdict", "listed", "added", "revised", "gone", "failed", "requests"))
        _told("backfill", sweep.over([profile], Task(RunKind.BACKFILL))[0], stop, say)
        for number in range(_POLLS):
            # A bulletin of two weeks is looked at again after five days; what was corrected in it is seen then.
            clock.skip(timedelta(days=5) if number == _CORRECTED else timedelta(hours=1))
            news = _life(number, portal)
            poll = Task(RunKind.POLL, recheck_days=30, recheck_per_run=20)
            _told(f"poll {number + 1}", sweep.over([profile], poll)[0], stop, say, news)
        _show(archive, profile, say)
    say(f"\nThe archive: {path}")


def _life(number: int, portal: ReplicaPortal) -> str:
    """Let the portal live for an hour: other readers, and news."""
    for _ in range(_READERS[number]):
        portal.counter.view(OPENING.date())
    newsroom = portal.newsroom
    if number == 1:
        newsroom.publish(3)
        return "three bulletins were published"
    if number == _CORRECTED:
        article = newsroom.listing(SECTIONS[0].slug)[3]
        words = [word for block in article.blocks if isinstance(block, str) for word in block.split()]
        figure = next(word for word in words if word[0].isdigit() and "." in word.strip("."))
        newsroom.edit(article.id, figure, f"1{figure}")
        return "a figure was corrected"
    if number == 3:  # noqa: PLR2004
        newsroom.delete(newsroom.listing(SECTIONS[0].slug)[5].id)
        return "a bulletin was deleted"
    return ""


def _told(what: str, report: RunReport, stop: Stop, say: Callable[[str], None], news: str = "") -> None:
    counts = (report.listed, report.added, report.revised, report.gone, report.failed, report.requests)
    say(_row(what, report.verdict.value, *counts) + (f"   {news}" if news else ""))
    stop.checkpoint()


def _row(what: str, verdict: str, *counts: object) -> str:
    return f"{what:<10}{verdict:<16}" + "".join(f"{count!s:>9}" for count in counts)


def _show(archive: Archive, profile: Profile, say: Callable[[str], None]) -> None:
    recent = archive.status.newest(limit=4)
    say("\nNewest bulletins")
    for row in recent:
        say(f"  {row['published_on']}  {shorten(row['title'], 96, placeholder=' …')}")
    say("\nWhat an editor changed")
    for row in archive.status.corrections():
        say(f"  {row['title']}: {row['field']}")
        say(f"  - {shorten(row['before'] or '', 150, placeholder=' …')}")
        say(f"  + {shorten(row['after'] or '', 150, placeholder=' …')}")
    say("\nWhat disappeared")
    for row in archive.status.gone():
        say(f"  {shorten(row['title'], 80, placeholder=' …')}")
        say(f"  last seen {row['last_seen_at']}, gone {row['gone_at']}; its text and page are kept")
    say("\nVisits of the portal, hour by hour")
    hours = archive.status.visits_by_hour(profile.id)
    most = max((row["others"] for row in hours), default=1) or 1
    for row in hours:
        bar = _BARS[min(len(_BARS) - 1, row["others"] * len(_BARS) // (most + 1))] * max(1, row["others"] * 40 // most)
        say(f"  {row['hour']}  total {row['total']}  +{row['others']:>3} others  +{row['own']:>3} ours  {bar}")
    facts = archive.status.size()
    say("\nWhat the bulletins say of households in poverty, month by month")
    for row in archive.status.figures_by_month("poor_households", limit=6):
        figure = f"{row['printed']} {row['unit']}"
        sentence = shorten(row["sentence"], 100, placeholder=" …")
        say(f"  {row['month']}  {row['direction']:<19}{row['period'] or '':<11}{figure:>17}   {sentence}")
    say(
        f"  in all {facts['figures']} figures of {facts['measures']} measures, {facts['people']} officials and "
        f"{facts['documents']} documents in what is about labour and social affairs (views current_*)"
    )
    say(
        f"\n{facts['articles']} bulletins, {facts['revisions']} revisions, {facts['captures']} pages kept raw: "
        f"{facts['bytes'] / 1e6:.1f} MB stored in {facts['stored_bytes'] / 1e6:.1f} MB"
    )
