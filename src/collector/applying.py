"""What a second reading found, written: by one process, all that was read together in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from collector.archive import Archive
from collector.archive.ledger import LOOKS
from collector.examining import Examining
from collector.profile import Profile
from collector.rereading import Answer, Listed, Recovered, Reread


class Applying:
    """Writes what came of one portal's bulletins."""

    def __init__(
        self, profile: Profile, *, archive: Archive, examining: Examining, now: Callable[[], datetime]
    ) -> None:
        self._profile, self._archive, self._examining, self._now = profile, archive, examining, now

    def write(self, answers: Sequence[Answer], *, run: int) -> None:
        """Write what came of a batch, all of it or nothing; ``run`` reads it again."""
        with self._archive.connection.writing():
            for answer in answers:
                for state in answer.states:
                    self._write_state(answer, state)
                for found in answer.recovered:
                    if found.change is not None:
                        self._write_recovered(answer, found)
                for one in answer.counted:
                    self._archive.visits.record_past(one.visits, one.page, portal=one.portal, capture=one.capture)
                for listed in answer.listed:
                    self._write_listed(listed, run)
                self._archive.rereading.seen(answer.seen)

    def _write_state(self, answer: Answer, state: Reread) -> None:
        archive, article, revision = self._archive, answer.asked.article, state.revision
        assert article is not None
        if state.bulletin is not None:
            revision = archive.rereading.revise(
                article,
                state.bulletin,
                content_hash=state.content_hash,
                capture=state.capture,
                reading=next(version for capture, version, _ in answer.seen if capture == state.capture),
                latest=state.latest,
                now=self._now(),
            )
        if state.examined:
            archive.rereading.examine(
                article,
                revision,
                state.evidence,
                version=self._examining.version,
                topic=state.topic,
                latest=state.latest,
            )
            if state.evidence is not None and state.latest:
                archive.ledger.examined(portal=self._profile.id, source_id=answer.source_id, now=self._now())

    def _write_listed(self, listed: Listed, run: int) -> None:
        archive, portal = self._archive, self._profile.id
        archive.ledger.note_past_items(
            listed.items, portal=portal, section=listed.section, run=run, at=listed.captured_at
        )
        self._settle(listed.url, None, listed.capture, stages={"history"})

    def _settle(self, url: str, source_id: str | None, capture: int, *, stages: Collection[str]) -> None:
        """Note that a page was read that could not be."""
        archive, portal, now = self._archive, self._profile.id, self._now()
        archive.ledger.resolve(portal=portal, url=url, source_id=source_id, stages=stages, now=now, capture=capture)
        archive.rereading.recovered(capture, now=now)

    def _write_recovered(self, answer: Answer, found: Recovered) -> None:
        """Write a page that could not be read as the capture of the past that it is by now."""
        archive, portal, bulletin, change = self._archive, self._profile.id, found.bulletin, found.change
        assert bulletin is not None
        assert change is not None
        stored = archive.bulletins.stored(installation=self._profile.installation, source_id=answer.source_id)
        before, after = (None, None) if stored is None else archive.bulletins.around(stored.id, found.captured_at)
        version = self._examining.version
        if stored is not None and after is not None:
            archive.bulletins.insert_earlier(
                stored.id,
                bulletin,
                change,
                before=before,
                following=after,
                began=found.began,
                corrections=found.corrections,
                portal=portal,
                listed_url=found.url,
                capture=found.capture,
                captured_at=found.captured_at,
                evidence=found.evidence,
                evidence_version=version,
            )
        else:
            gone = archive.rereading.called_gone(portal, answer.source_id)
            article = archive.bulletins.append(
                bulletin,
                change,
                portal=portal,
                installation=self._profile.installation,
                section=answer.section,
                listed_url=found.url,
                capture=found.capture,
                now=found.captured_at,
                evidence=found.evidence,
                evidence_version=version,
                topic=found.topic,
                past=True,
            )
            if stored is None and gone:
                archive.rereading.still_gone(article, portal=portal, source_id=answer.source_id)
        # As long as another page of it cannot be read, what was noted of the bulletin stays open.
        waits = any(one.failing and one.bulletin is None for one in answer.recovered)
        stages = {"history"} if waits else {*LOOKS, "history"}
        self._settle(found.url, answer.source_id, found.capture, stages=stages)
