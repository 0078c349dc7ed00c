"""The past of a portal, in order.

somebody's index of captures ─ walked below the portal's addresses → what matters is noted ─ the plan picks what is
worth fetching, missing bulletins first, each one's captures by time → each is taken in (fetched, kept raw, read, judged
between its neighbours in time, written there: ``retrieval``) ─ the verdict says what the run may claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlsplit

import structlog

from collector import plan
from collector.archive import Archive
from collector.archive.mementos import FoundMemento
from collector.errors import EmptyListing, FetchError, Interrupted, Unreachable
from collector.examining import Examining
from collector.model import Memento, Outcome, RunReport, Step, Task
from collector.portal import Sections, is_home, is_own, source_id
from collector.profile import Profile
from collector.retrieval import Retrieval
from collector.sources import Source
from collector.urlkeys import key

#: So many captures in a row whose answer was broken, and it is their keeper that is.
_PATIENCE = 3


class _Enough(Exception):
    pass


def recall(
    profile: Profile,
    task: Task,
    *,
    source: Source,
    archive: Archive,
    examining: Examining,
    now: Callable[[], datetime],
    checkpoint: Callable[[], None] = lambda: None,
    report: Callable[[Step], None] = lambda _: None,
    only: frozenset[str] | None = None,
) -> RunReport:
    """Take in what ``source`` keeps of one portal and return how it ended; the report is in the archive too.

    Args:
        profile: the portal.
        task: its days and limit; a listing's section is not asked for, because an index does not know it.
        source: who keeps captures.
        archive: where they go.
        examining: of their words.
        now: the clock; a capture's own instant is the source's.
        checkpoint: called before each request; raises :class:`Interrupted` to stop between two captures.
        report: told of each step.
        only: ids of the bulletins to be taken in, of those that an earlier walk of the index has named; None: all, and
            the listings and home pages, after the index was asked.

    Raises:
        ArchiveError: the archive cannot be written; everything up to the last capture is in it.
    """
    archive.portals.register(profile)
    archive.findings.know(examining.measures)
    run = _Run(profile, task, source, archive, examining, now, checkpoint, report, only)
    interrupted = False
    try:
        if only is None:
            run.walk_index()
        else:
            run.trust_the_index()
        run.take_all()
    except _Enough:
        pass
    except Interrupted:
        interrupted = True
    return run.end(interrupted=interrupted)


class _Run:
    """One run over one portal's past."""

    def __init__(
        self,
        profile: Profile,
        task: Task,
        source: Source,
        archive: Archive,
        examining: Examining,
        now: Callable[[], datetime],
        checkpoint: Callable[[], None],
        report: Callable[[Step], None],
        only: frozenset[str] | None,
    ) -> None:
        self._profile, self._task, self._source, self._archive = profile, task, source, archive
        self._examining, self._now, self._checkpoint, self._report = examining, now, checkpoint, report
        self._only = only
        self._id = archive.ledger.begin_run(kind=task.kind.value, portal=profile.id, source=source.name, now=now())
        structlog.contextvars.bind_contextvars(run=self._id)
        self._retrieval = Retrieval(profile, source=source, archive=archive, examining=examining, run=self._id, now=now)
        self._unanswered = 0  # captures in a row that did not come
        self._asked = 0  # articles' captures that the source was asked for
        self._became: dict[int, plan.Kept] = {}  # of the bulletin at hand: captures that were taken in this run
        # An earlier layout fills other fields otherwise: fill rates are compared between pages of one time only.
        self._tally = plan.Tally(fields=())
        # By section: captures under addresses that the profile does not know, how many and one of them.
        self._strange: dict[str, tuple[int, str]] = {}
        self._damage: set[str] = set()  # what was told of the index's lines or the files' places
        self._sections = Sections(profile)

    # --- the index ------------------------------------------------------------------------------------------------

    def walk_index(self) -> None:
        """Ask for every address below the portal's hosts and note those that matter; go on where a run was stopped.

        A host that the index gives to nobody is told; the others are asked for all the same.
        """
        for prefix in _prefixes(self._profile):
            end = plan.SectionEnd(f"{self._source.name}:{prefix}")
            self._tally.sections.append(end)
            try:
                self._walk(prefix, end)
            except FetchError as error:
                end.stopped, end.cause, end.message = "failed", plan.cause_of(error, pages=0), str(error)
                if isinstance(error, Unreachable):
                    self._tally.silent = True
                    raise _Enough from error

    def trust_the_index(self) -> None:
        """Ask nothing: what an earlier walk of the index has named is what there is."""
        self._tally.sections.append(plan.SectionEnd(self._source.name, stopped="named_before"))

    def _walk(self, prefix: str, end: plan.SectionEnd) -> None:
        mementos, portal, name = self._archive.mementos, self._profile.id, self._source.keeper
        # A day before: a portal's day begins up to 14 hours before UTC's.
        began = datetime.combine(self._task.since, time(), UTC) - timedelta(days=1) if self._task.since else None
        # Files are read from the beginning: what is damaged before that place is told again, and a folder may have got
        # others that stand before it.
        files = self._source.name == "warc"
        resume = None if files else mementos.resume(portal=portal, source=name, prefix=prefix, since=began)
        self._checkpoint()
        for page in self._source.index(prefix, since=began, resume=resume):
            kinds = [(one, *kind) for one in page.mementos if (kind := self._kind(one)) is not None]
            mementos.note(page, kinds, portal=portal, source=name, prefix=prefix, since=began, now=self._now())
            end.pages, end.listed = end.pages + 1, end.listed + len(kinds)
            if not end.listed and page.mementos:
                known, example = self._strange.get(end.section, (0, ""))
                # The longest: an article's address says more than a picture's or the home page's.
                example = example or max((one.url for one in page.mementos), key=len)
                self._strange[end.section] = known + len(page.mementos), example
            for told in page.unreadable:
                # Files are read once for each host, and say each time what is damaged.
                if not (files and told in self._damage):
                    self._tally.add_unreadable(prefix, told)
                self._damage.add(told)
            self._report(Step(portal, "listing", f"{self._source.name}:{prefix}", page=end.pages, items=len(kinds)))
            self._checkpoint()
        end.stopped = "pager_end"

    def _kind(self, memento: Memento) -> tuple[str, str | None] | None:
        """Tell what of the portal's a captured address leads to; pictures, documents and searches are not ours."""
        if not is_own(memento.url, self._profile):
            return None
        found = source_id(memento.url, self._profile)
        if found is not None:
            return "article", found
        if self._sections.page_of(memento.url) is not None:
            return "listing", None
        return ("home", None) if is_home(memento.url, self._profile) else None

    # --- the captures ---------------------------------------------------------------------------------------------

    def take_all(self) -> None:
        """Take in what is worth it: listings and home pages first, then each bulletin's captures by time.

        What failed in an earlier run comes last: one capture that is broken for ever must not bar the way.
        """
        failed = []
        for found, choice in self._chosen():
            if choice.what == "fetch" and found.state == "failed":
                failed.append(found)
            elif choice.what == "fetch":
                # Of one that lies out of range the page is here: a dry run has nothing to say of it.
                if not (self._task.dry_run and found.state == "out_of_range"):
                    self._take(found)
            elif not self._task.dry_run and not self._retrieval.settle(found, choice.what, like=choice.like):
                self._take(found)
        for found in failed:
            self._take(found)

    def _chosen(self) -> Iterator[tuple[FoundMemento, plan.Choice]]:
        mementos, portal, keeper = self._archive.mementos, self._profile.id, self._source.keeper
        days = self._archive.bulletins.days(self._profile.installation)
        if self._only is None:
            others = sorted(mementos.of(portal=portal, source=keeper, source_id=None), key=_address)
            for _, pages in groupby(others, key=_address):
                yield from self._worth(list(pages), absences=False)
        # Whoever is stopped half-way has what nobody else has.
        for name in sorted(mementos.bulletins(portal=portal, source=keeper), key=lambda name: name in days):
            asked = self._only is None or name in self._only
            if asked and (name not in days or plan.in_range(days[name], self._task)):
                captures = mementos.of(portal=portal, source=keeper, source_id=name)
                yield from self._worth(captures, absences=self._source.name == "warc")

    def _worth(self, captures: Sequence[FoundMemento], *, absences: bool) -> Iterator[tuple[FoundMemento, plan.Choice]]:
        self._became.clear()
        by_id = {one.id: one for one in captures}
        kept = [plan.Kept(one.id, one.memento, one.state, one.capture is not None) for one in captures]
        for choice in plan.choose(kept, absences=absences, became=self._became):
            yield by_id[choice.key], choice

    def _take(self, found: FoundMemento) -> None:
        article = found.kind == "article"
        # A page that is here costs nobody anything: counted, those out of range would use the limit up in every run.
        asks = article and found.capture is None
        if asks and self._task.limit is not None and self._asked >= self._task.limit:
            self._tally.limit_reached = True
            raise _Enough
        self._asked += asks
        self._checkpoint()
        listing = self._sections.page_of(found.memento.url) if found.kind == "listing" else None
        if self._task.dry_run:
            outcome, error, title, taken = Outcome.WANTED, None, "", None
        else:
            taken = self._retrieval.take(found, listing=listing, task=self._task)
            state, capture = self._archive.mementos.became(found.id)
            self._became[found.id] = plan.Kept(found.id, found.memento, state, capture is not None)
            outcome, error, title = taken.outcome, taken.error, taken.title
        stage, url = ("article" if article else "listing"), found.memento.url
        if article or outcome in {Outcome.FAILED, Outcome.CRASHED}:
            undated = taken is not None and taken.undated
            self._tally.add(outcome, stage=stage, url=url, error=error, undated=undated)
        if taken is not None and taken.unexamined is not None:
            self._tally.add_unexamined(url, taken.unexamined)
        self._report(Step(self._profile.id, stage, url, outcome.value, str(error or title)))
        self._unanswered = self._unanswered + 1 if isinstance(error, Unreachable) else 0
        # The source has waited and tried again already: whoever goes on asking is locked out. A single answer that is
        # broken is that capture's fault.
        if isinstance(error, Unreachable) and (error.cause != "broken" or self._unanswered >= _PATIENCE):
            self._tally.silent = True
            raise _Enough

    def end(self, *, interrupted: bool) -> RunReport:
        """Write and return the report."""
        archive = self._archive
        known = archive.mementos.any(portal=self._profile.id, source=self._source.keeper)
        if not (known or interrupted or any(end.stopped == "failed" for end in self._tally.sections)):
            self._nothing_known()
        self._tally.lost = archive.mementos.lost(portal=self._profile.id, source=self._source.keeper)
        archive.findings.decide_topics(portal=self._profile.id, threshold=self._examining.threshold)
        report = plan.report(
            self._tally,
            run=self._id,
            portal=self._profile.id,
            source=self._source.name,
            interrupted=interrupted,
            requests=self._source.requests,
            bytes_read=self._source.bytes,
        )
        archive.ledger.finish_run(report, self._now())
        return report

    def _nothing_known(self) -> None:
        """Call an index that names nothing of the portal a failure: a host's name may be misspelled."""
        for end in self._tally.sections:
            since = f" from {self._task.since} on" if self._task.since else ""
            below = f"below {end.section.partition(':')[2]}{since}"
            told = f"{self._source.name} names no capture {below}"
            if end.section in self._strange:
                # A portal that was rebuilt: its pages are there, under addresses of that time.
                count, example = self._strange[end.section]
                told = (
                    f"{self._source.name} names {count} captures {below}, but none under an address that the portal's "
                    f"file knows, as {example}: add a pattern to [identity], or [[layouts]] for the pages of that time"
                )
            error = EmptyListing(told)
            end.stopped, end.cause, end.message = "failed", plan.cause_of(error, pages=0), str(error)


def _prefixes(profile: Profile) -> list[str]:
    """Return what an index is asked for: everything below the portal's own host and the declared ones."""
    hosts = [urlsplit(profile.base_url).netloc, *profile.hosts]
    return list(dict.fromkeys(f"{host.lower().removesuffix(':80').removesuffix(':443')}/" for host in hosts))


def _address(found: FoundMemento) -> str:
    return key(found.memento.url)
