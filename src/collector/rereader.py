"""One bulletin at a time: its kept pages read again, its texts examined again, both held against what is stored.

Nothing is written here, so that any number of processes may do it: what is to be written goes to the one that asked.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from collector import plan
from collector.archive import Archive
from collector.archive.histories import StoredHistory, StoredState
from collector.errors import ReadError
from collector.examining import Examining
from collector.findings import Evidence
from collector.judging import Judge
from collector.model import Bulletin, Page, PageRequest, Task
from collector.plan.rereading import changes_text, evidence_differs, reading_differs, topic_differs
from collector.portal import Reading, Sections, open_page
from collector.profile import Profile
from collector.recovering import Sighting, recover
from collector.rereading import Answer, Asked, Counted, Listed, Recovered, Reread, reading_version
from collector.vocabulary import Vocabulary

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Making:
    """What a process needs to read again: calling it opens the archive for reading."""

    path: Path
    profiles: tuple[Profile, ...]  #: all that are configured: a bulletin's states may be pages of several portals
    vocabulary: Vocabulary
    threshold: float
    since: date | None = None
    until: date | None = None
    again: bool = False  #: what today's reading has seen is read all the same

    def __call__(self) -> Rereader:
        """Open the archive, and make the examiner of the vocabulary; closing the rereader closes the archive.

        Only in a process that does not have the archive open: whoever opens a file a second time and closes it lets go
        of all locks that the process has on it, and another program that reads it deletes the WAL under the writer.
        """
        return Rereader(self, Archive(self.path, readonly=True))

    def beside(self, archive: Archive) -> Rereader:
        """Read from an archive that is open already, and stays so."""
        return Rereader(self, archive, lent=True)

    @property
    def readings(self) -> Mapping[str, str]:
        """Today's reading of each portal."""
        return {profile.id: reading_version(profile) for profile in self.profiles}


class Rereader:
    """Reads again what it is asked for, batch by batch."""

    def __init__(self, making: Making, archive: Archive, *, lent: bool = False) -> None:
        self._again, self._task = making.again, Task(since=making.since, until=making.until)
        self._readings = making.readings
        self._profiles = {profile.id: profile for profile in making.profiles}
        self._examining = Examining(making.vocabulary, threshold=making.threshold)
        self._archive, self._lent = archive, lent
        self._bulletins: dict[int, Bulletin | None] = {}  # of the one that is being read, by capture
        self._sections = {profile.id: Sections(profile) for profile in making.profiles}
        # They judge and examine. What fails is told to the one that asked, so they need neither run nor clock.
        self._judges = {
            name: Judge(profile, archive=self._archive, examining=self._examining, run=0, now=_never)
            for name, profile in self._profiles.items()
        }

    def close(self) -> None:
        """Close the archive, unless it is lent."""
        if not self._lent:
            self._archive.close()

    def __call__(self, batch: tuple[Asked, ...]) -> list[Answer]:
        """Return what came of each.

        Raises:
            ArchiveError: the archive cannot be read, or a capture is damaged.
        """
        return [self._answer(asked) for asked in batch]

    def _answer(self, asked: Asked) -> Answer:
        answer = Answer(asked, source_id=asked.source_id or "")
        for capture in asked.pages:
            self._single(capture, answer)
        sightings: list[Sighting] = []
        self._bulletins = {}
        if asked.article is not None:
            history = self._archive.histories.of(asked.article)
            answer.source_id, answer.section = history.source_id, history.section
            for stored in history.states:
                self._state(stored, history, asked.portal, answer)
            if asked.unread:
                sightings = [
                    Sighting(one.seen_at, one.capture, one.content_hash, one.shown_by)
                    for one in self._archive.histories.sightings(asked.article)
                ]
        elif asked.source_id is not None:
            answer.section = self._archive.ledger.section_of(asked.portal, asked.source_id)
        for capture in asked.unread:
            self._unread(capture, sightings, answer)
        return answer

    # --- states that are there ------------------------------------------------------------------------------------

    def _state(self, stored: StoredState, history: StoredHistory, owner: str, answer: Answer) -> None:
        """Read one state again where that is due."""
        portal = stored.portal if stored.portal in self._profiles else owner
        known = stored.read_by == self._readings[portal] and not self._again
        if known and stored.evidence_version == self._examining.version:
            return
        reread = Reread(stored.revision, stored.capture, stored.latest, stored.bulletin.title, stored.bulletin.url)
        bulletin: Bulletin | None = stored.bulletin
        if not known:
            page, reading = self._opened(stored.capture, portal, answer)
            bulletin, error = read(reading)
            self._bulletins[stored.capture] = bulletin
            if bulletin is None:
                answer.states.append(replace(reread, lost=f"{page.url}: {error}"))
                return
            if not stored.counted:
                self._count(stored.capture, portal, page, reading, answer)
        assert bulletin is not None
        differences = reading_differs(stored.bulletin, bulletin)
        new = changes_text(differences)
        reread = replace(
            reread,
            title=bulletin.title,
            content_hash=plan.content_hash(bulletin),
            bulletin=bulletin if new else None,
            differences=differences,
        )
        if not known:
            moved = bulletin.provenance if differences and not new else None
            # Where the text is as before, what filled it may have been noted by an earlier reading: it still holds.
            found_by = moved if moved is not None or new else stored.found_by
            answer.seen.append((stored.capture, self._readings[portal], found_by))
        if new or self._again or stored.evidence_version != self._examining.version:
            reread = self._examined(reread, stored, history, portal, answer)
        answer.states.append(reread)

    def _examined(
        self, reread: Reread, stored: StoredState, history: StoredHistory, portal: str, answer: Answer
    ) -> Reread:
        """Add what the text says, and what of it is not as stored."""
        # What stands is examined as it stands: its evidence points to places in the stored text.
        text = reread.bulletin or stored.bulletin
        evidence, crash = self._judges[portal].examined(text)
        answer.texts += 1
        if evidence is None:
            # The evidence of before is better than none, as long as the text is the same.
            return replace(reread, crash=f"{reread.url}: {told(crash)}", examined=reread.bulletin is not None)
        found = evidence_differs((stored.bulletin, stored.evidence), (text, evidence), whole=stored.latest)
        topic = None
        if stored.latest:
            topic = self._topic(evidence, history.portal, history.source_id, history.section)
            found += topic_differs(history.topic, topic)
        due = bool(found) or reread.bulletin is not None or stored.evidence_version != self._examining.version
        # A figure's rule or label may be another though nobody would count it as a difference.
        due = due or _findings(evidence) != _findings(stored.evidence)
        return replace(
            reread,
            examined=due,
            evidence=evidence if due else None,
            topic=topic,
            differences=(*reread.differences, *found),
        )

    def _topic(self, evidence: Evidence | None, portal: str, source_id: str, section: str | None) -> str | None:
        declared = self._archive.findings.declared_topic(portal=portal, source_id=source_id, section=section)
        return self._examining.topic(evidence, declared=declared)

    # --- pages that no state was read from ------------------------------------------------------------------------

    def _unread(self, capture: int, sightings: list[Sighting], answer: Answer) -> None:
        """Read a page that could not be read, and judge it between its neighbours in time."""
        asked, portal = answer.asked, answer.asked.portal
        page, reading = self._opened(capture, portal, answer)
        bulletin, error = read(reading)
        found = Recovered(capture, page.fetched_at, page.url, failing=capture in asked.failing)
        if bulletin is not None and (others := self._mixed_up(bulletin, portal, answer.source_id)):
            error, bulletin = f"shows {bulletin.title!r}, which is bulletin {others}", None
        if bulletin is None:
            if not found.failing:
                answer.seen.append((capture, self._readings[portal], None))  # no bulletin, and nobody waits for one
            answer.recovered.append(replace(found, error=f"{page.url}: {error}"))
            return
        if asked.article is None and not plan.in_range(bulletin.published_on, self._task):
            answer.recovered.append(replace(found, bulletin=bulletin))
            return
        self._count(capture, portal, page, reading, answer)
        found, texts = recover(
            replace(found, bulletin=bulletin),
            sightings,
            judge=self._judges[portal],
            read_again=lambda one: self._read_again(one, portal, answer),
        )
        answer.texts += texts
        topic = self._topic(found.evidence, portal, answer.source_id, answer.section)
        self._bulletins[capture] = bulletin
        answer.recovered.append(replace(found, topic=topic))
        answer.seen.append((capture, self._readings[portal], None))

    def _mixed_up(self, bulletin: Bulletin, portal: str, source_id: str) -> str:
        """Return which other bulletins' page stands at this address; empty: its own does."""
        if bulletin.source_id != source_id:
            return bulletin.source_id
        return ", ".join(sorted(self._archive.ledger.belongs_to(portal, source_id, bulletin.title)))

    def _single(self, capture: int, answer: Answer) -> None:
        """Read a page of no bulletin: its counter, and of a captured listing the items."""
        asked, portal = answer.asked, answer.asked.portal
        page, reading = self._opened(capture, portal, answer)
        self._count(capture, portal, page, reading, answer)
        place = self._sections[portal].page_of(page.url) if capture in asked.listings else None
        if place is not None:
            section, number = place
            listing, error = attempt(lambda: reading.listing(PageRequest(page.url, number=number)))
            if listing is not None:
                answer.listed.append(Listed(capture, page.fetched_at, page.url, section, listing.items))
            elif capture in asked.failing:
                found = Recovered(capture, page.fetched_at, page.url, failing=True, error=f"{page.url}: {error}")
                answer.recovered.append(found)
                return
        answer.seen.append((capture, self._readings[portal], None))

    # --- both -----------------------------------------------------------------------------------------------------

    def _opened(self, capture: int, portal: str, answer: Answer) -> tuple[Page, Reading]:
        page = self._archive.captures.page(capture)
        answer.pages += 1
        return page, open_page(page, self._profiles[portal])

    def _read_again(self, capture: int, portal: str, answer: Answer) -> Bulletin | None:
        """Read a page that was not due, once for all that it is compared with."""
        if capture not in self._bulletins:
            self._bulletins[capture] = read(self._opened(capture, portal, answer)[1])[0]
        return self._bulletins[capture]

    def _count(self, capture: int, portal: str, page: Page, reading: Reading, answer: Answer) -> None:
        """Read the counter of a page, unless it is recorded; one that cannot be read in bounded time is none."""
        if self._archive.rereading.counted(capture):
            return
        try:
            visits = reading.visits()
        except ReadError:
            return
        except Exception as error:  # noqa: BLE001 - as for a bulletin: it costs this page only
            answer.faults.append(f"{page.url}, its counter: {told(error)}")
            return
        if visits is not None:
            answer.counted.append(Counted(capture, portal, replace(page, body=b""), visits))


def _never() -> datetime:
    return datetime.max.replace(tzinfo=UTC)


def _findings(evidence: Evidence) -> tuple[object, ...]:
    return evidence.indicators, evidence.people, evidence.documents


def read(reading: Reading) -> tuple[Bulletin | None, str]:
    """Return the bulletin, or why there is none."""
    return attempt(reading.article)


def attempt(reads: Callable[[], Found]) -> tuple[Found | None, str]:
    """Return what is read, or why it cannot be: an expected error, or a bug, which costs this page only."""
    try:
        return reads(), ""
    except ReadError as error:
        return None, str(error)
    except Exception as error:  # noqa: BLE001 - it is told and counted, and the page stays as it is stored
        return None, told(error)


def told(error: BaseException | None) -> str:
    """Return a bug in one line, with its place: a traceback does not travel."""
    if error is None:
        return ""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"a fault of this program: {type(error).__name__}: {error} ({place.name}, line {place.lineno})"
