"""One address at a time: its page fetched, kept raw, read, judged and appended. What happens, not what to do next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from collector import plan
from collector.archive import Archive
from collector.archive.ledger import LOOKS
from collector.errors import ArchiveError, FieldMissing, Interrupted, PageMixedUp, ReadError, WrongPage
from collector.examining import Examining
from collector.fetch import Fetcher
from collector.judging import Judge
from collector.layoutwatch import ABSENT, LayoutWatch
from collector.model import (
    Bulletin,
    Listing,
    Outcome,
    Page,
    PageRequest,
    RunKind,
    StoredArticle,
    Task,
    Validators,
)
from collector.portal import Reading, open_page
from collector.profile import Profile


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one bulletin's page."""

    outcome: Outcome
    title: str = ""
    error: Exception | None = None
    undated: bool = False
    provenance: Mapping[str, str] | None = None  #: what filled the fields; None: no page was read
    unexamined: Exception | None = None  #: the crash that kept its words from being examined; it was taken in


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One listing page, read."""

    listing: Listing | None  #: None: 304, nothing changed since the last whole walk
    validators: Validators
    items_hash: str


class Intake:
    """The way from an address into the archive, for one run over one portal."""

    def __init__(
        self,
        profile: Profile,
        *,
        fetcher: Fetcher,
        archive: Archive,
        examining: Examining,
        run: int,
        now: Callable[[], datetime],
    ) -> None:
        self._profile, self._fetcher, self._archive, self._run, self._now = profile, fetcher, archive, run, now
        self._examining = examining
        self._judge = Judge(profile, archive=archive, examining=examining, run=run, now=now)
        #: Asked of each bulletin before it is appended.
        self.watch = LayoutWatch(profile, fetcher=fetcher, archive=archive, judge=self._judge, observe=self._observe)
        self._bad_page: tuple[Exception, int] | None = None  # the last listing page that could not be read: its capture
        self._views = 0  # of the fetcher's page views, those already written beside an observation

    # --- listing pages --------------------------------------------------------------------------------------------

    def listing(self, request: PageRequest, section: str, *, conditional: bool) -> ListingPage:
        """Fetch and read one page of a section's listing; its capture is kept when its items changed.

        Raises:
            FetchError: no page came back.
            ReadError: the page is not a listing.
        """
        validators, items_hash = self._archive.ledger.first_page(section)
        asked = validators if conditional else Validators()
        page = self._listing_page(request, asked)
        if page.status == 304 and asked != Validators():  # noqa: PLR2004
            return ListingPage(None, validators, items_hash or "")
        reading = open_page(page, self._profile)
        try:
            listing = reading.listing(request)
            plan.refuse_emptiness(listing, number=request.number)
        except Exception as error:
            self._bad_page = error, self._archive.captures.keep(page, portal=self._profile.id, kind="listing")
            raise
        found = _items_hash(listing)
        capture = None
        if found != items_hash and self._has_news(listing, section, first=request.number == 1):
            capture = self._archive.captures.keep(page, portal=self._profile.id, kind="listing")
        self._observe(reading, page, capture)
        sent = Validators(page.headers.get("etag"), page.headers.get("last-modified"))
        if listing.unordered and listing.next is not None:
            sent = Validators()  # an index may stay as it is for years while the files that it names change
        return ListingPage(listing, sent, found)

    def _listing_page(self, request: PageRequest, validators: Validators) -> Page:
        if request.form:
            return self._fetcher.post(request.url, request.form, referer=request.url)
        return self._fetcher.get(request.url, validators=validators)

    def _has_news(self, listing: Listing, section: str, *, first: bool) -> bool:
        known = self._archive.ledger.items(section, [ref.source_id for ref in listing.items])
        return first or any(
            ref.source_id not in known or (known[ref.source_id].title, known[ref.source_id].url) != (ref.title, ref.url)
            for ref in listing.items
        )

    # --- bulletins ------------------------------------------------------------------------------------------------

    def bulletin(self, url: str, source_id: str, *, section: str | None, task: Task, stage: str) -> Taken:
        """Take one bulletin in: an expected error and a crash are outcomes, recorded with the page they happened on.

        Raises:
            ArchiveError, Interrupted: the run cannot go on.
        """
        capture: list[int] = []
        try:
            taken = self._take(url, source_id, section, task, stage, capture)
        except (ArchiveError, Interrupted):
            raise
        except Exception as error:  # noqa: BLE001 - a bug on one page must not cost the others; it is recorded as one
            self.fail(url, source_id, stage, error, capture[0] if capture else None)
            return Taken(plan.outcome_of(error), error=error)
        # Not there for the first time: what was noted of it is the first of the two signs.
        if taken.outcome not in {Outcome.MISSING, Outcome.FAILED}:
            self._archive.ledger.resolve(
                portal=self._profile.id, url=url, source_id=source_id, stages=LOOKS, now=self._now()
            )
        if taken.unexamined is not None:
            self.fail(url, source_id, "evidence", taken.unexamined, capture[0])
        return taken

    def _take(
        self, url: str, source_id: str, section: str | None, task: Task, stage: str, captured: list[int]
    ) -> Taken:
        archive, profile = self._archive, self._profile
        stored = archive.bulletins.stored(installation=profile.installation, source_id=source_id)
        asked = self._validators(stored)
        page = self._fetcher.get(url, validators=asked)
        # A 304 that answers no condition says nothing about what we have: it is read, and refused, like any page.
        if page.status == 304 and stored is not None and asked != Validators():  # noqa: PLR2004
            archive.bulletins.unchanged(stored.id, page.fetched_at)
            return Taken(Outcome.UNCHANGED)
        capture = archive.captures.keep(page, portal=profile.id, kind="article")
        captured.append(capture)
        reading = open_page(page, profile)
        if reading.kind in ABSENT:
            return self._absent(reading, url, source_id, stored, capture)
        try:
            bulletin = reading.article()
        except FieldMissing:
            self.watch.note_missing(url, source_id, section=section, at=page.fetched_at)
            raise
        self._observe(reading, page, capture)
        self._refuse_mix_up(bulletin, source_id)
        if bulletin.source_id != source_id:
            stored = archive.bulletins.stored(installation=profile.installation, source_id=bulletin.source_id)
        news = task.kind is RunKind.POLL
        refusal: ReadError | None = None
        # Who fetches known bulletins anew by hand has looked at the portal, and says that it reads right.
        if stored is None or not task.refetch:
            refusal = self.watch.refusal(bulletin, stored, section=section, news=news, at=page.fetched_at)
        if refusal is not None:
            self.watch.keep_from_reparse(capture)
            self.fail(url, source_id, stage, refusal, capture)
            return Taken(Outcome.FAILED, bulletin.title, error=refusal, provenance=bulletin.provenance)
        if not plan.in_range(bulletin.published_on, task):
            archive.ledger.out_of_range(profile.id, source_id, bulletin.published_on)
            return Taken(Outcome.OUT_OF_RANGE, bulletin.title, provenance=bulletin.provenance)
        if bulletin.source_id != source_id:
            # The address led to another bulletin: that one is taken in, and this id is settled with it.
            archive.ledger.settle(profile.id, source_id, "archived")
        previous = None if stored is None else self._judge.reread(stored.revision_capture)
        change = plan.judge(bulletin, stored_hash=None if stored is None else stored.content_hash, previous=previous)
        evidence, crash = None, None
        if change.outcome is not Outcome.UNCHANGED:
            evidence, crash = self._judge.examined(bulletin)
        if evidence is not None and previous is not None:
            change = self._judge.with_figures(change, previous, bulletin, evidence)
        declared = archive.findings.declared_topic(portal=profile.id, source_id=bulletin.source_id, section=section)
        archive.bulletins.append(
            bulletin,
            change,
            portal=profile.id,
            installation=profile.installation,
            section=section,
            listed_url=url,
            capture=capture,
            now=page.fetched_at,  # a file of our captures, taken in here again, tells the same moment
            evidence=evidence,
            evidence_version=self._examining.version,
            topic=self._examining.topic(evidence, declared=declared),
        )
        if evidence is not None:
            archive.ledger.examined(portal=profile.id, source_id=bulletin.source_id, now=self._now())
        undated = bulletin.published_on is None and bool(task.since or task.until)
        return Taken(change.outcome, bulletin.title, undated=undated, provenance=bulletin.provenance, unexamined=crash)

    def _refuse_mix_up(self, bulletin: Bulletin, source_id: str) -> None:
        """Refuse a page under whose title another bulletin is listed, and this one is not.

        Raises:
            PageMixedUp: the portal sent another bulletin's page.
        """
        if bulletin.source_id != source_id:
            return
        others = self._archive.ledger.belongs_to(self._profile.id, source_id, bulletin.title)
        if others:
            raise PageMixedUp(
                f"{bulletin.url} shows {bulletin.title!r}, which is listed as {', '.join(sorted(others))}"
            )

    def _validators(self, stored: StoredArticle | None) -> Validators:
        return Validators() if stored is None else self._archive.captures.validators(stored.checked_capture)

    def _absent(self, reading: Reading, url: str, source_id: str, stored: StoredArticle | None, capture: int) -> Taken:
        error = WrongPage(reading.why, kind=reading.kind.value)
        if stored is not None:
            outcome = self._archive.looks.strike(stored.id, kind=reading.kind.value, run=self._run, now=self._now())
            return Taken(outcome, error=error)
        # Listed, never read, and not there: the same two strikes before it is believed.
        if self.fail(url, source_id, "article", error, capture) < 2:  # noqa: PLR2004
            return Taken(Outcome.FAILED, error=error)
        self._archive.ledger.settle(self._profile.id, source_id, "gone")
        return Taken(Outcome.GONE, error=error)

    # --- both -----------------------------------------------------------------------------------------------------

    def fail(self, url: str, source_id: str | None, stage: str, error: Exception, capture: int | None = None) -> int:
        """Record a failure and return in how many runs this page has failed."""
        if self._bad_page is not None and self._bad_page[0] is error:
            capture = self._bad_page[1]
        return self._judge.fail(url, source_id, stage, error, capture)

    def _observe(self, reading: Reading, page: Page, capture: int | None) -> None:
        visits = reading.visits()
        if visits is not None:
            views, self._views = self._fetcher.page_views - self._views, self._fetcher.page_views
            self._archive.visits.record(visits, page, portal=self._profile.id, own_views=views, capture=capture)
        publisher = reading.publisher()
        if publisher is not None:
            self._archive.portals.note_publisher(self._profile.id, publisher)

    def close(self) -> None:
        """Keep the page views that no observation carries yet."""
        self._archive.visits.remember_views(self._fetcher.page_views - self._views, portal=self._profile.id)


def _items_hash(listing: Listing) -> str:
    items = "\n".join(f"{ref.source_id}\t{ref.url}\t{ref.title}" for ref in listing.items)
    return hashlib.sha256(items.encode()).hexdigest()
