"""One capture of the past at a time: fetched, kept raw, read, judged between its neighbours in time, written there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from collector import plan
from collector.archive import Archive
from collector.archive.mementos import FoundMemento
from collector.errors import ArchiveError, CaptureAbsent, FetchError, FetchRefused, FieldMissing, Interrupted, WrongPage
from collector.examining import Examining
from collector.findings import Evidence
from collector.intake import Taken
from collector.judging import Judge
from collector.layoutwatch import ABSENT
from collector.model import Bulletin, Change, Correction, Outcome, Page, PageKind, PageRequest, StandingRevision, Task
from collector.portal import Reading, open_page
from collector.profile import Profile
from collector.sources import Source

#: Origins of captures that a collector fetched from the portal itself; what others were answered is no look of ours.
_OURS = frozenset({"live", "demo"})
#: What a capture becomes by what came of it; everything else stays ``failed`` and is tried again.
_STATES = {Outcome.OUT_OF_RANGE: "out_of_range", Outcome.NO_CONTENT: "no_content"}
#: By so much whoever captured a page may be ahead of us.
_CLOCKS_DIFFER = timedelta(days=1)


class Retrieval:
    """The way from somebody else's capture into the archive, for one run over one portal."""

    def __init__(
        self,
        profile: Profile,
        *,
        source: Source,
        archive: Archive,
        examining: Examining,
        run: int,
        now: Callable[[], datetime],
    ) -> None:
        self._profile, self._source, self._archive, self._run, self._now = profile, source, archive, run, now
        self._examining = examining
        self._judge = Judge(profile, archive=archive, examining=examining, run=run, now=now)

    def take(self, found: FoundMemento, *, listing: tuple[str, int] | None, task: Task) -> Taken:
        """Take one capture in: an expected error and a crash are outcomes, recorded with the page they happened on.

        Args:
            found: the capture.
            listing: of a listing, whose it is, and which of its pages.
            task: its days.

        Raises:
            ArchiveError, Interrupted: the run cannot go on.
        """
        captured: list[int] = []
        try:
            taken = self._take(found, listing, task, captured)
        except (ArchiveError, Interrupted):
            raise
        except Exception as error:  # noqa: BLE001 - a bug on one page must not cost the others; it is recorded as one
            taken = self._failed(found, error, captured[0] if captured else None)
        else:
            url, now = found.memento.url, self._now()
            state = _STATES.get(taken.outcome, "imported")
            if state == "imported":
                # The bulletin is here, so nobody waits for the portal's page of it any more. A look at it of today that
                # failed stays failed, and so does the listing.
                self._archive.ledger.resolve(
                    portal=self._profile.id,
                    url=url,
                    source_id=found.source_id,
                    stages={"history"} if found.source_id is None else {"history", "article"},
                    now=now,
                    capture=captured[0],
                )
            self._archive.mementos.settle(found.id, state, now=now, capture=captured[0])
            if taken.unexamined is not None:
                self._judge.fail(url, found.source_id, "evidence", taken.unexamined, captured[0])
        return taken

    def settle(self, found: FoundMemento, state: str, *, like: int | None) -> bool:
        """Write what becomes of a capture that is not fetched; False: nothing, it must be fetched after all.

        Args:
            found: the capture.
            state: what becomes of it.
            like: the capture before it, whose page it is again. Where the bulletin was seen in another state between
                the two, this one tells of an edit, and an edit is told by a page of its own.
        """
        if self._has_not_come(found):
            return False
        if state == "same" and like is not None and found.source_id is not None:
            capture = self._archive.mementos.became(like)[1]
            url, at = found.memento.url, found.memento.captured_at
            if capture is None or not self._archive.bulletins.seen_again(capture, url=url, at=at):
                return False
        self._archive.mementos.settle(found.id, state, now=self._now())
        return True

    def _failed(self, found: FoundMemento, error: Exception, capture: int | None) -> Taken:
        now = self._now()
        if isinstance(error, WrongPage):
            # A login, an error, a maintenance page was captured: it will be one for ever.
            self._archive.mementos.settle(found.id, "no_content", now=now, capture=capture)
            return Taken(Outcome.NO_CONTENT, error=error)
        if isinstance(error, CaptureAbsent):
            self._archive.mementos.settle(found.id, "absent", now=now)
            return Taken(Outcome.ABSENT, error=error)
        if not isinstance(error, FetchError):
            # An answer that did not come is the source's trouble, told by the run; what cannot be read is the page's.
            self._judge.fail(found.memento.url, None, "history", error, capture)
        self._archive.mementos.settle(found.id, "failed", now=now, capture=capture)
        return Taken(plan.outcome_of(error), error=error)

    def _take(self, found: FoundMemento, listing: tuple[str, int] | None, task: Task, captured: list[int]) -> Taken:
        archive, profile = self._archive, self._profile
        if self._has_not_come(found):
            told = f"captured at {found.memento.captured_at:%Y-%m-%d %H:%M} UTC, they say: that moment has not come"
            raise FetchRefused(told, cause="moment", url=found.memento.url)
        # A page that an earlier run has kept is not asked for again: its reading failed, or its day was out of range.
        page = self._source.page(found.memento) if found.capture is None else archive.captures.page(found.capture)
        known = found.capture or archive.captures.known(page)
        kind = "article" if found.kind == "article" else "listing"
        with archive.connection.writing():
            capture = known or archive.captures.keep(page, portal=profile.id, kind=kind, imported_at=self._now())
            # Together: who is killed before the page is read goes on with it, and asks nobody again.
            archive.mementos.settle(found.id, found.state, now=self._now(), capture=capture)
        captured.append(capture)
        reading = open_page(page, profile)
        if reading.kind is not PageKind.CONTENT:
            self._look_of_ours(found, page, reading)
            if self._is_unread(found, page, reading):
                told = f"{reading.why}: if it is built as the portal was then, [[layouts]] says how to read it"
                raise FieldMissing(told, field="body")
            return Taken(Outcome.NO_CONTENT, error=WrongPage(reading.why, kind=reading.kind.value))
        bulletin = reading.article() if found.kind == "article" else None
        self._observe(reading, page, capture)
        if bulletin is not None:
            return self._article(bulletin, page, capture, task)
        return Taken(Outcome.UNCHANGED) if listing is None else self._listing(reading, page, *listing)

    def _listing(self, reading: Reading, page: Page, section: str, number: int) -> Taken:
        try:
            items = reading.listing(PageRequest(page.url, number=number)).items
        except FieldMissing as error:
            if number == 1:
                raise
            # Behind a pager's end many portals answer with a page of no list; how they are built the first page tells.
            return Taken(Outcome.NO_CONTENT, error=error)
        self._archive.ledger.note_past_items(
            items, portal=self._profile.id, section=section, run=self._run, at=page.fetched_at
        )
        return Taken(Outcome.UNCHANGED)

    def _is_unread(self, found: FoundMemento, page: Page, reading: Reading) -> bool:
        """Say whether a page may be that of a bulletin which we have no other of, in a form that nobody described.

        Errors and logins tell what they are; a page without the portal's marks tells nothing, and to take it for no
        bulletin made a run over a rebuilt portal's 38 captures `empty_expected`.
        """
        if reading.kind is not PageKind.FOREIGN or found.source_id is None:
            return False
        if "html" not in page.headers.get("content-type", "").lower():
            return False
        installation = self._profile.installation
        return self._archive.bulletins.stored(installation=installation, source_id=found.source_id) is None

    def _has_not_come(self, found: FoundMemento) -> bool:
        """Say whether a capture claims a moment to come: it would be what the bulletin says until then."""
        return found.memento.captured_at > self._now() + _CLOCKS_DIFFER

    def _look_of_ours(self, found: FoundMemento, page: Page, reading: Reading) -> None:
        """Let an answer that a bulletin is not there count as a look, where a collector asked the portal itself."""
        if page.origin not in _OURS or reading.kind not in ABSENT or found.source_id is None:
            return
        stored = self._archive.bulletins.stored(installation=self._profile.installation, source_id=found.source_id)
        if stored is not None:
            self._archive.looks.strike_then(stored.id, kind=reading.kind.value, run=self._run, at=page.fetched_at)

    def _observe(self, reading: Reading, page: Page, capture: int) -> None:
        visits, publisher = reading.visits(), reading.publisher()
        if visits is not None:
            self._archive.visits.record_past(visits, page, portal=self._profile.id, capture=capture)
        if publisher is not None:
            self._archive.portals.note_past_publisher(self._profile.id, publisher)

    def _article(self, bulletin: Bulletin, page: Page, capture: int, task: Task) -> Taken:
        archive, profile = self._archive, self._profile
        if not plan.in_range(bulletin.published_on, task):
            return Taken(Outcome.OUT_OF_RANGE, bulletin.title, provenance=bulletin.provenance)
        stored = archive.bulletins.stored(installation=profile.installation, source_id=bulletin.source_id)
        if stored is not None and archive.bulletins.was_seen(stored.id, capture=capture, at=page.fetched_at):
            # By another source's name, or before a kill: of two looks in one second it might be taken for a third.
            return Taken(Outcome.UNCHANGED, bulletin.title, provenance=bulletin.provenance)
        before, after = (None, None) if stored is None else archive.bulletins.around(stored.id, page.fetched_at)
        previous = None if before is None else self._judge.reread(before.capture)
        change = plan.judge(bulletin, stored_hash=None if before is None else before.content_hash, previous=previous)
        if after is not None and change.outcome is Outcome.REREAD:
            # What only our reading changed in the past is a re-parse's work.
            change = replace(change, outcome=Outcome.UNCHANGED)
        evidence, crash = (None, None) if change.outcome is Outcome.UNCHANGED else self._judge.examined(bulletin)
        if evidence is not None and previous is not None:
            change = self._judge.with_figures(change, previous, bulletin, evidence)
        if stored is not None and after is not None:
            outcome = self._between(stored.id, bulletin, change, evidence, (before, after), page, capture)
        else:
            outcome = change.outcome
            section = archive.ledger.section_of(profile.id, bulletin.source_id)
            declared = archive.findings.declared_topic(portal=profile.id, source_id=bulletin.source_id, section=section)
            # Listed once, never read, and not there any more: what somebody kept of it does not bring it back.
            gone = stored is None and archive.rereading.called_gone(profile.id, bulletin.source_id)
            with archive.connection.writing():
                article = archive.bulletins.append(
                    bulletin,
                    change,
                    portal=profile.id,
                    installation=profile.installation,
                    section=section,
                    listed_url=page.url,
                    capture=capture,
                    now=page.fetched_at,
                    evidence=evidence,
                    evidence_version=self._examining.version,
                    topic=self._examining.topic(evidence, declared=declared),
                    past=True,
                    asked_by_us=page.origin in _OURS,
                )
                if gone:
                    archive.rereading.still_gone(article, portal=profile.id, source_id=bulletin.source_id)
        undated = bulletin.published_on is None and bool(task.since or task.until)
        return Taken(outcome, bulletin.title, undated=undated, provenance=bulletin.provenance, unexamined=crash)

    def _between(
        self,
        article: int,
        bulletin: Bulletin,
        change: Change,
        evidence: Evidence | None,
        around: tuple[StandingRevision | None, StandingRevision],
        page: Page,
        capture: int,
    ) -> Outcome:
        """Write a state before a sighting that is known already, and tell anew what was changed by then."""
        before, following = around
        later = self._judge.reread(following.shown_by)
        began = change.content_hash == following.content_hash
        corrections: tuple[Correction, ...] = ()
        if later is not None and change.outcome is not Outcome.UNCHANGED:
            told = plan.judge(later, stored_hash=change.content_hash, previous=bulletin)
            began = began or told.outcome is Outcome.UNCHANGED
            then = None if began else self._judge.examined(later)[0]
            corrections = (told if then is None else self._judge.with_figures(told, bulletin, later, then)).corrections
        self._archive.bulletins.insert_earlier(
            article,
            bulletin,
            change,
            before=before,
            following=following,
            began=began,
            corrections=corrections,
            portal=self._profile.id,
            listed_url=page.url,
            capture=capture,
            captured_at=page.fetched_at,
            evidence=evidence,
            evidence_version=self._examining.version,
        )
        return Outcome.UNCHANGED if change.outcome is Outcome.UNCHANGED or began else Outcome.REVISED
