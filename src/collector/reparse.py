"""The way of a bulletin that is read again, in order.

what today's reading has not seen (``archive.rereading``) ─ handed out in batches to processes that read
(``workers``) ─ each page read, held against the stored row, its words examined (``rereader``) ─ written by this process
alone, a batch a transaction, with the mark that it was seen (``applying``) ─ counted (``plan.rereading``). So it may be
stopped at any moment, and the same command goes on from there. A dry run goes the same way and leaves out the writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from collector import plan
from collector.applying import Applying
from collector.archive import Archive
from collector.archive.rereading import LooseCapture
from collector.errors import Interrupted, WorkerLost
from collector.examining import Examining
from collector.model import Outcome, RunReport, Task, Verdict
from collector.plan.rereading import Rereadings
from collector.portal.identity import identity, source_id
from collector.profile import Profile
from collector.rereader import Making
from collector.rereading import Answer, Asked
from collector.workers import in_order

#: What a run of this kind calls itself, and where it takes its pages from.
KIND, SOURCE = "reparse", "archive"
#: Bulletins read and written at once: half a second of one process between two moments at which it can be stopped.
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Scope:
    """Which bulletins are read again, and how."""

    since: date | None = None  #: published on this local day or later, or undated
    until: date | None = None
    limit: int | None = None  #: bulletins of each portal at most
    again: bool = False  #: also what today's reading has seen already
    dry_run: bool = False
    processes: int = 1
    examples: int = 0  #: kept of each kind of difference


@dataclass(frozen=True, slots=True)
class Reparsed:
    """How reading one portal again ended."""

    report: RunReport
    examples: Sequence[dict[str, str | None]]  #: of what is read otherwise


def reparse(
    profiles: Sequence[Profile],
    scope: Scope,
    *,
    configured: Sequence[Profile],
    archive: Archive,
    examining: Examining,
    now: Callable[[], datetime],
    checkpoint: Callable[[], None] = lambda: None,
    progress: Callable[[str, int, int], None] = lambda _portal, _done, _all: None,
) -> list[Reparsed]:
    """Read the stored captures of ``profiles`` again and return how it ended, in their order.

    Args:
        profiles: the portals to be read again.
        scope: which of their bulletins, and how.
        configured: all portals that are configured: a bulletin's states may be pages of several.
        archive: a file; for a dry run it may be open for reading only.
        examining: today's examination.
        now: the clock.
        checkpoint: called between batches; raises :class:`Interrupted` to stop there.
        progress: told after each batch: portal, how much of how much is done.

    Raises:
        ArchiveError: the archive cannot be read or written; every batch that was written is whole.
        WorkerLost: a process ended by itself; the same holds.
    """
    archive.rereading.refuse_older_schema()
    if not scope.dry_run:
        archive.findings.know(examining.measures)
    captured = archive.rereading.portals()
    done: list[Reparsed] = []
    for profile in profiles:
        portal = _Portal(profile, scope, configured, archive, examining, now)
        done.append(portal.read_again(checkpoint, progress, known=profile.id in captured))
        if done[-1].report.verdict is Verdict.INTERRUPTED:
            break
    return done


class _Portal:
    """One run over one portal's captures."""

    def __init__(
        self,
        profile: Profile,
        scope: Scope,
        configured: Sequence[Profile],
        archive: Archive,
        examining: Examining,
        now: Callable[[], datetime],
    ) -> None:
        self._profile, self._scope, self._archive, self._examining, self._now = profile, scope, archive, examining, now
        assert archive.path is not None, "other processes read a file"
        self._making = Making(
            path=archive.path,
            profiles=tuple(configured),
            vocabulary=examining.vocabulary,
            threshold=examining.threshold,
            since=scope.since,
            until=scope.until,
            again=scope.again,
        )
        self._readings = self._making.readings
        self._applying = Applying(profile, archive=archive, examining=examining, now=now)
        self._tally = Rereadings(examples=scope.examples)
        self._room = scope.limit  # bulletins that may still be read; None: all

    def read_again(
        self, checkpoint: Callable[[], None], progress: Callable[[str, int, int], None], *, known: bool
    ) -> Reparsed:
        """Read, count and write; ``known``: the archive has pages of this portal."""
        writes = known and not self._scope.dry_run
        portal, interrupted = self._profile.id, False
        run = self._archive.ledger.begin_run(kind=KIND, portal=portal, source=SOURCE, now=self._now()) if writes else 0
        try:
            bulletins, pages = self._asked() if known else ([], [])
            done, whole = 0, min(len(bulletins), self._room or len(bulletins)) + len(pages)
            progress(portal, done, whole)
            for part in self._parts(bulletins, pages):
                for answers in self._answers(part, checkpoint):
                    if writes:
                        self._applying.write(answers, run=run)
                    for answer in answers:
                        self._count(answer)
                    done += len(answers)
                    progress(portal, done, max(done, whole))
        except Interrupted:
            interrupted = True
        except WorkerLost as error:
            self._tally.stopped_early = str(error)
            self._end(run, interrupted=False)
            raise
        return self._end(run, interrupted=interrupted)

    def _parts(self, bulletins: Sequence[Asked], pages: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
        """Yield what is read next: as many bulletins as there is room for, again and again, then the single pages.

        A bulletin that cannot be read is due in every run: it takes no room, or a few of them would bar the way.
        """
        while bulletins and self._room != 0:
            room = len(bulletins) if self._room is None else self._room
            part, bulletins = bulletins[:room], bulletins[room:]
            yield part
        if bulletins:
            self._tally.limit_reached = True
        else:
            yield pages

    def _answers(self, asked: Sequence[Asked], checkpoint: Callable[[], None]) -> Iterator[Sequence[Answer]]:
        return in_order(
            self._making,
            [tuple(asked[start : start + _BATCH]) for start in range(0, len(asked), _BATCH)],
            processes=self._scope.processes,
            here=lambda: self._making.beside(self._archive),
            checkpoint=checkpoint,
        )

    # --- what is due ----------------------------------------------------------------------------------------------

    def _asked(self) -> tuple[list[Asked], list[Asked]]:
        """Return what is to be read: bulletin by bulletin in the order of their articles, and single pages."""
        archive, scope, portal = self._archive.rereading, self._scope, self._profile.id
        due = archive.due(
            portal=portal,
            readings=self._readings,
            examination=self._examining.version,
            since=scope.since,
            until=scope.until,
            again=scope.again,
        )
        unread: dict[int, list[LooseCapture]] = {}
        missing: dict[str, list[LooseCapture]] = {}
        pages: list[LooseCapture] = []
        for loose, article, name in self._loose():
            if article is not None:
                unread.setdefault(article, []).append(loose)
            elif name is not None:
                missing.setdefault(name, []).append(loose)
            elif loose.unlisted or not loose.counted:
                pages.append(loose)
        articles = sorted({*due, *unread})
        asked = [_asked(portal, unread.get(one, ()), article=one) for one in articles]
        asked += [_asked(portal, found, source_id=name) for name, found in missing.items()]
        # A page that is no bulletin's has no day that it could be asked for by.
        return asked, [] if scope.since or scope.until else [_page(portal, one) for one in pages]

    def _loose(self) -> Iterator[tuple[LooseCapture, int | None, str | None]]:
        """Yield the pages that no revision was read from: with an article, an id that nothing is known of, or neither.

        A bulletin out of the range that a run asked for was read, and left out on purpose; and where an address led to
        another bulletin, that one is in the archive.
        """
        archive, profile = self._archive.rereading, self._profile
        articles, listed = archive.articles(profile.installation), archive.listed(profile.id)
        task = Task(since=self._scope.since, until=self._scope.until)
        for loose in archive.loose(portal=profile.id, reading=self._readings[profile.id], again=self._scope.again):
            name = source_id(loose.final_url, profile) or source_id(loose.url, profile)
            if name is None and loose.failing and not loose.unlisted:
                name = identity(loose.url, profile)
            if name in articles:
                article, day = articles[name]
                worth = (loose.failing or loose.untaken) and plan.in_range(day, task)
                yield loose, article if worth else None, None
            elif loose.settled or listed.get(name or "", set()) & {"out_of_range", "archived"}:
                yield loose, None, None
            else:
                yield loose, None, name

    # --- what came of it ------------------------------------------------------------------------------------------

    def _count(self, answer: Answer) -> None:
        tally = self._tally
        tally.bulletins += not answer.asked.pages
        if self._room and not answer.asked.pages:
            self._room -= answer.settled
        tally.pages += answer.pages
        tally.examined += answer.texts
        tally.visits += len(answer.counted)
        tally.listings += len(answer.listed)
        tally.unread += answer.faults
        for state in answer.states:
            tally.add(state.differences, title=state.title, url=state.url)
            tally.lost += [state.lost] if state.lost else []
            tally.unexamined += [state.crash] if state.crash else []
            tally.technical += state.bulletin is not None
            tally.evidence += state.bulletin is None and state.examined
            tally.unchanged += state.bulletin is None and not (state.examined or state.lost)
        for found in answer.recovered:
            tally.unread += [found.error] if found.error and found.failing else []
            tally.unexamined += [found.crash] if found.crash else []
            if found.change is not None:
                seen = found.change.outcome is Outcome.UNCHANGED or found.began
                added = found.change.outcome is Outcome.ADDED and answer.asked.article is None
                tally.seen += seen
                tally.added += added and not seen
                tally.revised += not (added or seen)
            elif found.bulletin is not None:
                tally.out_of_range += 1

    def _end(self, run: int, *, interrupted: bool) -> Reparsed:
        tally = self._tally
        report = RunReport(
            run=run,
            portal=self._profile.id,
            source=SOURCE,
            verdict=tally.verdict(interrupted=interrupted),
            evidence=tally.summary(),
            listed=tally.bulletins,
            added=tally.added,
            revised=tally.revised,
            unchanged=tally.unchanged,
            failed=len(tally.lost) + len(tally.unread) + len(tally.unexamined),
        )
        if run:
            self._archive.ledger.finish_run(report, self._now())
        return Reparsed(report, tally.shown())


def _asked(portal: str, captures: Sequence[LooseCapture], **whose: Any) -> Asked:
    failing = frozenset(one.id for one in captures if one.failing)
    return Asked(portal, unread=tuple(one.id for one in captures), failing=failing, **whose)


def _page(portal: str, one: LooseCapture) -> Asked:
    listings, failing = (frozenset({one.id} if so else ()) for so in (one.unlisted, one.unlisted and one.failing))
    return Asked(portal, pages=(one.id,), listings=listings, failing=failing)


def unconfigured(archive: Archive, profiles: Sequence[Profile]) -> dict[str, int]:
    """Return how many captures there are of portals that nobody has configured: those cannot be read again."""
    known = {profile.id for profile in profiles}
    return {name: number for name, number in archive.rereading.portals().items() if name not in known}
