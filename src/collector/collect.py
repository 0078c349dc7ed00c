"""The way of a bulletin, in order.

listing page ─ fetched, read → its items are noted ─ the plan picks the wanted ones → each is taken in (fetched, kept
raw, read, let in, judged, examined, appended: ``intake``) ─ the plan says when the listing is exhausted. Then what
failed earlier is tried again, what is due is looked at again, and the verdict says what the run may claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog

from collector import plan
from collector.archive import Archive
from collector.archive.evidence import UnexaminedText
from collector.archive.ledger import ListedItem
from collector.errors import ArchiveError, Interrupted
from collector.examining import Examining, examine_stored
from collector.fetch import Fetcher
from collector.intake import Intake, ListingPage
from collector.model import Outcome, RunKind, RunReport, Step, Task
from collector.paging import Notes, turn_pages
from collector.profile import Profile, SectionProfile

#: So many pages in a row that are blocked or get no answer, and the rest is left for the next run.
_PATIENCE = 3


class _Enough(Exception):
    pass


def collect(
    profile: Profile,
    task: Task,
    *,
    fetcher: Fetcher,
    archive: Archive,
    examining: Examining,
    now: Callable[[], datetime],
    checkpoint: Callable[[], None] = lambda: None,
    report: Callable[[Step], None] = lambda _: None,
) -> RunReport:
    """Run ``task`` over one portal and return how it ended; the report is in the archive too.

    ``checkpoint`` is called before each request and raises :class:`Interrupted` to stop between two bulletins.

    Raises:
        ArchiveError: the archive cannot be written; everything up to the last bulletin is in it.
    """
    archive.portals.register(profile)
    archive.findings.know(examining.measures)
    run = _Run(profile, task, fetcher, archive, examining, now, checkpoint, report)
    interrupted = False
    try:
        run.examine_stored()
        for section in profile.sections:
            if not task.sections or {section.id, f"{profile.id}/{section.id}"} & task.sections:
                run.walk(section)
        run.look_again()
    except _Enough:
        pass
    except Interrupted:
        interrupted = True
    return run.end(interrupted=interrupted)


class _Run:
    """One run over one portal: its collaborators, and what happened so far."""

    def __init__(
        self,
        profile: Profile,
        task: Task,
        fetcher: Fetcher,
        archive: Archive,
        examining: Examining,
        now: Callable[[], datetime],
        checkpoint: Callable[[], None],
        report: Callable[[Step], None],
    ) -> None:
        self._profile, self._task, self._fetcher, self._archive = profile, task, fetcher, archive
        self._now, self._checkpoint, self._report, self._examining = now, checkpoint, report, examining
        self._ledger = archive.ledger
        self._id = self._ledger.begin_run(kind=task.kind.value, portal=profile.id, source="live", now=now())
        structlog.contextvars.bind_contextvars(run=self._id)
        self._intake = Intake(profile, fetcher=fetcher, archive=archive, examining=examining, run=self._id, now=now)
        self._tally = plan.Tally(
            fields=self._intake.watch.fields,
            watched=self._intake.watch.watched,
            before=archive.bulletins.provenances(portal=profile.id, limit=plan.HISTORY),
        )
        self._done: set[str] = set()  # ids fetched in this run: an item may stand in two sections
        self._refused = 0  # blocked or unanswered pages in a row

    def examine_stored(self) -> None:
        """Examine the texts that nobody has examined: those of an older archive, and those that failed."""

        def examined(texts: Sequence[UnexaminedText]) -> None:
            for text in texts:
                self._ledger.examined(portal=self._profile.id, source_id=text.source_id, now=self._now())
            self._report(Step(self._profile.id, "evidence", self._profile.base_url, detail=f"{len(texts)} texts"))

        def failed(text: UnexaminedText, error: Exception) -> None:
            self._intake.fail(text.url, text.source_id, "evidence", error, text.capture)
            self._tally.add_unexamined(text.url, error)
            self._report(Step(self._profile.id, "evidence", text.url, Outcome.CRASHED.value, str(error)))

        examine_stored(
            self._archive,
            self._examining,
            portal=self._profile.id,
            checkpoint=self._checkpoint,
            examined=examined,
            failed=failed,
        )

    def walk(self, section: SectionProfile) -> None:
        """Read a section's listing to where the plan says stop, taking in what is wanted of each page."""
        name = f"{self._profile.id}/{section.id}"
        end = plan.SectionEnd(name)
        self._tally.sections.append(end)
        gaps = self._task.kind is RunKind.GAPS
        known = {one.id: one for one in self._archive.coverage.sections(portal=self._profile.id)} if gaps else {}
        if gaps and not plan.has_gap(known[name]):
            end.stopped = "no_gap"
        elif not self._walked(section, name, end) and not (gaps and end.pages):
            return
        # What an earlier run listed and could not read, after everything new: a few bad pages never bar the way.
        self._take_wanted(self._ledger.items(name).values(), section)

    def _walked(self, section: SectionProfile, name: str, end: plan.SectionEnd) -> bool:
        """Walk through a section's listing, and say whether it came to where the plan says stop."""
        try:
            first = self._pages(section, name, end)
        except (ArchiveError, Interrupted):
            raise
        except _Enough:
            end.stopped = end.stopped or "limit"
            raise
        except Exception as error:  # noqa: BLE001 - a bug in one section must not cost the others
            end.stopped, end.cause, end.message = "failed", plan.cause_of(error, pages=end.pages), str(error)
            end.reason = plan.reason_of(error)
            self._intake.fail(section.url, None, "listing", error)
            self._report(Step(self._profile.id, "listing", section.url, "failed", str(error), end.pages + 1))
            return False
        self._ledger.resolve(
            portal=self._profile.id, url=section.url, source_id=None, stages={"listing"}, now=self._now()
        )
        if end.stopped in plan.WHOLE_WALK:
            self._ledger.caught_up(
                name,
                run=self._id,
                validators=first.validators,
                items_hash=first.items_hash,
                reached_end=end.stopped == "pager_end",
            )
        return True

    def _pages(self, section: SectionProfile, name: str, end: plan.SectionEnd) -> ListingPage:
        """Walk; return the first page, whose validators hold once everything listed is seen."""
        poll = self._task.kind is RunKind.POLL
        known = self._ledger.items(name)
        last = max((item.last_walk for item in known.values()), default=0)
        before = {item.source_id: item.position for item in known.values() if last and item.last_walk == last}
        # Not of a walk that was interrupted: below the news that it listed, unread news may stand.
        whole = self._ledger.caught_up_run(name)
        walk = plan.Walk(
            self._task,
            first_visit=not self._ledger.ever_caught_up(name),
            before=frozenset(item.source_id for item in known.values() if item.known and item.last_walk >= whole),
            reached_end=self._ledger.reached_end(name),
        )
        notes = Notes(self._ledger, name, ever_listed=frozenset(known))
        listed: dict[str, None] = {}
        first: ListingPage | None = None
        for turned in turn_pages(self._intake, section.url, name, conditional=poll, checkpoint=self._checkpoint):
            read, number = turned.read, turned.request.number
            if read is None:
                notes.passed_over(turned)
                walk.pass_over()
                end.unread = list(notes.bad)
                self._report(
                    Step(self._profile.id, "listing", turned.request.url, "failed", str(turned.error), page=number)
                )
                continue
            first = first or read
            if read.listing is None:
                end.stopped = "not_modified"
                break
            refs = [ref for ref in read.listing.items if not (turned.again and ref.source_id in listed)]
            self._report(Step(self._profile.id, "listing", turned.request.url, page=number, items=len(refs)))
            unread = notes.after(read.listing, number, listed)
            self._ledger.note_items(
                refs,
                portal=self._profile.id,
                section=name,
                first_position=len(listed) + notes.left_out,
                run=self._id,
                now=self._now(),
                unread=unread,
            )
            listed |= dict.fromkeys(ref.source_id for ref in refs)
            end.listed = len(listed)
            end.unreadable += read.listing.unreadable
            items = self._ledger.items(name, [ref.source_id for ref in refs])
            self._take_wanted((item for item in items.values() if item.state != "failed"), section)
            if turned.again:
                end.read_again += 1
                if read.listing.next is None:
                    end.stopped = walk.ended_before(read.listing, number=number)
                continue
            # Asked again: a listing without dates tells a bulletin's day only once it was read.
            items = self._ledger.items(name, [ref.source_id for ref in refs])
            shown = [plan.Item(item.source_id, item.known, item.published_on) for item in items.values()]
            end.pages, end.stopped = number, walk.stop(read.listing, shown) or ""
            end.last_page, end.more = walk.last_page, read.listing.next is not None
            if end.stopped and end.more:
                break  # at the pager's end the pages end by themselves, and say whether one of them was passed over
        assert first is not None
        notes.ended(end.stopped)
        if poll and before and end.stopped in plan.WHOLE_WALK - {"not_modified"}:
            new = sum(source_id not in before for source_id in listed)
            for source_id in plan.unlisted(before, list(listed), new=new):
                self._archive.looks.want_check(portal=self._profile.id, source_id=source_id, why="unlisted")
        return first

    def _take_wanted(self, items: Iterable[ListedItem], section: SectionProfile) -> None:
        for item in items:
            poll = self._task.kind is RunKind.POLL
            if item.source_id in self._done or not plan.wanted(item.state, item.published_on, self._task):
                continue
            if poll and item.state == "listed" and not item.last_walk:
                continue  # only captures of the past have listed it: ten years of them are a backfill's work
            if poll and item.next_try_at is not None and plan.waits(item.next_try_at, self._now()):
                self._tally.waiting += 1
                self._done.add(item.source_id)
                continue
            self._take(item.url, item.source_id, section, "article")

    def _take(self, url: str, source_id: str, section: SectionProfile | None, stage: str) -> None:
        if stage == "article" and self._task.limit is not None and self._tally.fetched >= self._task.limit:
            self._tally.limit_reached = True
            raise _Enough
        self._checkpoint()
        self._done.add(source_id)
        if self._task.dry_run:
            self._tally.add(Outcome.WANTED, stage=stage, url=url, error=None, undated=False)
            self._report(Step(self._profile.id, stage, url, Outcome.WANTED.value))
            return
        taken = self._intake.bulletin(
            url,
            source_id,
            section=None if section is None else f"{self._profile.id}/{section.id}",
            task=self._task,
            stage=stage,
        )
        self._tally.add(
            taken.outcome, stage=stage, url=url, error=taken.error, undated=taken.undated, provenance=taken.provenance
        )
        if taken.unexamined is not None:
            self._tally.add_unexamined(url, taken.unexamined)
        self._report(Step(self._profile.id, stage, url, taken.outcome.value, str(taken.error or taken.title)))
        refusal = plan.refusal(taken.error)
        self._refused = self._refused + 1 if refusal else 0
        if self._refused >= _PATIENCE:
            self._tally.stopped_early = refusal
            raise _Enough

    def look_again(self) -> None:
        """In a poll, fetch again what may be gone, and of the recent bulletins those whose look is due."""
        if self._task.kind is not RunKind.POLL:
            return
        looks, now = self._archive.looks, self._now()
        suspects = looks.suspects(portal=self._profile.id, run=self._id, now=now, longest=plan.LONGEST_RETRY)
        looked_at = looks.looked_at(portal=self._profile.id, now=now, days=self._task.recheck_days)
        due = plan.due_looks(looked_at, now)[: self._task.recheck_per_run]
        for stored in [*suspects, *looks.stored_as(due)]:
            if stored.source_id not in self._done:
                self._take(stored.url, stored.source_id, None, "recheck")

    def end(self, *, interrupted: bool) -> RunReport:
        """Write and return the report."""
        self._intake.close()
        # For all articles: the configuration may have changed, and a section may list what another one brought in.
        self._archive.findings.decide_topics(portal=self._profile.id, threshold=self._examining.threshold)
        if self._task.kind is RunKind.GAPS and not (self._task.dry_run or interrupted):
            known = self._archive.coverage.bulletins(portal=self._profile.id)
            sections = self._archive.coverage.sections(portal=self._profile.id)
            self._tally.still_missing = len(plan.still_missing(known, sections, within=self._task.sections))
        report = plan.report(
            self._tally,
            run=self._id,
            portal=self._profile.id,
            source="live",
            interrupted=interrupted,
            requests=self._fetcher.requests,
            bytes_read=self._fetcher.bytes,
        )
        self._ledger.finish_run(report, self._now())
        return report
