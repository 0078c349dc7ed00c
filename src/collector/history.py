"""The past of a portal, in order.

somebody's index of captures ─ walked below the portal's addresses → what matters is noted ─ the plan picks what is
worth fetching, missing bulletins first, each one's captures by time → each is taken in (fetched, kept raw, read, judged
between its neighbours in time, written there: ``retrieval``) ─ the verdict says what the run may claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import groupby
from urllib.parse import urlsplit

from collector import plan
from collector.archive import Archive
from collector.archive.mementos import FoundMemento
from collector.errors import EmptyListing, Interrupted, Unreachable
from collector.examining import Examining
from collector.model import Memento, Outcome, RunReport, Step, Task, Verdict
from collector.portal import address_key, is_home, is_own, source_id
from collector.profile import Profile
from collector.retrieval import Retrieval
from collector.sources import Source


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
        only: ids of the bulletins to be taken in; None: all, and the listings and home pages.

    Raises:
        ArchiveError: the archive cannot be written; everything up to the last capture is in it.
    """
    archive.portals.register(profile)
    archive.findings.know(examining.measures)
    run = _Run(profile, task, source, archive, examining, now, checkpoint, report, only)
    interrupted = False
    try:
        run.walk_index()
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
        self._retrieval = Retrieval(profile, source=source, archive=archive, examining=examining, run=self._id, now=now)
        # An earlier layout fills other fields otherwise: fill rates are compared between pages of one time only.
        self._tally = plan.Tally(fields=())
        self._sections = {address_key(one.url): f"{profile.id}/{one.id}" for one in profile.sections}

    # --- the index ------------------------------------------------------------------------------------------------

    def walk_index(self) -> None:
        """Ask for every address below the portal's hosts and note those that matter; go on where a run was stopped."""
        for prefix in _prefixes(self._profile):
            end = plan.SectionEnd(f"{self._source.name}:{prefix}")
            self._tally.sections.append(end)
            try:
                self._walk(prefix, end)
            except Unreachable as error:
                end.stopped, end.cause, end.message = "failed", Verdict.UNREACHABLE.value, str(error)
                self._tally.silent = True
                raise _Enough from error

    def _walk(self, prefix: str, end: plan.SectionEnd) -> None:
        mementos, portal, name = self._archive.mementos, self._profile.id, self._source.name
        resume = mementos.resume(portal=portal, source=name, prefix=prefix)
        began = datetime.combine(self._task.since, time(), UTC) if self._task.since else None
        self._checkpoint()
        for page in self._source.index(prefix, since=began, resume=resume):
            kinds = [(one, *kind) for one in page.mementos if (kind := self._kind(one)) is not None]
            mementos.note(page, kinds, portal=portal, source=name, prefix=prefix, now=self._now())
            end.pages, end.listed = end.pages + 1, end.listed + len(kinds)
            self._report(Step(portal, "listing", f"{name}:{prefix}", page=end.pages, items=len(kinds)))
            self._checkpoint()
        end.stopped = "pager_end"

    def _kind(self, memento: Memento) -> tuple[str, str | None] | None:
        """Tell what of the portal's a captured address leads to; pictures, documents and searches are not ours."""
        if not is_own(memento.url, self._profile):
            return None
        found = source_id(memento.url, self._profile)
        if found is not None:
            return "article", found
        if address_key(memento.url) in self._sections:
            return "listing", None
        return ("home", None) if is_home(memento.url, self._profile) else None

    # --- the captures ---------------------------------------------------------------------------------------------

    def take_all(self) -> None:
        """Take in what is worth it: listings and home pages first, then each bulletin's captures by time."""
        for found, verdict in self._chosen():
            if verdict == "fetch":
                self._take(found)
            else:
                self._archive.mementos.settle(found.id, verdict, now=self._now())

    def _chosen(self) -> Iterator[tuple[FoundMemento, str]]:
        found = self._archive.mementos.of(portal=self._profile.id, source=self._source.name)
        articles = [one for one in found if one.source_id is not None]
        days = self._archive.bulletins.days(self._profile.installation)
        if self._only is None:
            others = sorted((one for one in found if one.source_id is None), key=_address)
            for _, pages in groupby(others, key=_address):
                yield from _worth(list(pages))
        groups = [(name, list(captures)) for name, captures in groupby(articles, key=lambda one: one.source_id or "")]
        # Whoever is stopped half-way has what nobody else has.
        for name, captures in sorted(groups, key=lambda group: group[0] in days):
            asked = self._only is None or name in self._only
            if asked and (name not in days or plan.in_range(days[name], self._task)):
                yield from _worth(captures)

    def _take(self, found: FoundMemento) -> None:
        article = found.kind == "article"
        if article and self._task.limit is not None and self._tally.fetched >= self._task.limit:
            self._tally.limit_reached = True
            raise _Enough
        self._checkpoint()
        section = self._sections.get(address_key(found.memento.url)) if found.kind == "listing" else None
        if self._task.dry_run:
            outcome, error, title, taken = Outcome.WANTED, None, "", None
        else:
            taken = self._retrieval.take(found, section=section, task=self._task)
            outcome, error, title = taken.outcome, taken.error, taken.title
        stage, url = ("article" if article else "listing"), found.memento.url
        if article or outcome in {Outcome.FAILED, Outcome.CRASHED}:
            undated = taken is not None and taken.undated
            self._tally.add(outcome, stage=stage, url=url, error=error, undated=undated)
        if taken is not None and taken.unexamined is not None:
            self._tally.add_unexamined(url, taken.unexamined)
        self._report(Step(self._profile.id, stage, url, outcome.value, str(error or title)))
        if isinstance(error, Unreachable):
            # The source has waited and tried again already: whoever goes on asking is locked out.
            self._tally.silent = True
            raise _Enough

    def end(self, *, interrupted: bool) -> RunReport:
        """Write and return the report."""
        archive = self._archive
        known = archive.mementos.any(portal=self._profile.id, source=self._source.name)
        if not (known or self._tally.silent or interrupted):
            self._nothing_known()
        self._tally.lost = archive.mementos.lost(portal=self._profile.id, source=self._source.name)
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
            error = EmptyListing(f"{self._source.name} names no capture below {end.section.partition(':')[2]}")
            end.stopped, end.cause, end.message = "failed", plan.cause_of(error, pages=0), str(error)


def _prefixes(profile: Profile) -> list[str]:
    """Return what an index is asked for: everything below the portal's own host and the declared ones."""
    hosts = [urlsplit(profile.base_url).netloc, *profile.hosts]
    return list(dict.fromkeys(f"{host.lower().removesuffix(':80').removesuffix(':443')}/" for host in hosts))


def _address(found: FoundMemento) -> str:
    return address_key(found.memento.url)


def _worth(captures: Sequence[FoundMemento]) -> Iterator[tuple[FoundMemento, str]]:
    by_id = {one.id: one for one in captures}
    for kept, verdict in plan.choose([plan.Kept(one.id, one.memento, one.state) for one in captures]):
        yield by_id[kept.key], verdict
