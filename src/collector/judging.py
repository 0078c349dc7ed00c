"""What a page says against what the archive holds: earlier pages read anew, edits told from readings, words examined.

Shared by everybody who takes pages in, whenever they were fetched.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from collector import plan
from collector.archive import Archive
from collector.errors import ReadError
from collector.examining import Examining
from collector.findings import Evidence
from collector.model import Bulletin, Change, Outcome
from collector.portal import open_page
from collector.profile import Profile


class Judge:
    """Judges the pages of one portal in one run."""

    def __init__(
        self, profile: Profile, *, archive: Archive, examining: Examining, run: int, now: Callable[[], datetime]
    ) -> None:
        self._profile, self._archive, self._examining, self._run, self._now = profile, archive, examining, run, now

    def reread(self, capture: int) -> Bulletin | None:
        """Read a page that is kept by today's parser: our own changes are no edits; None: it cannot be read."""
        try:
            return open_page(self._archive.captures.page(capture), self._profile).article()
        except ReadError:
            return None

    def examined(self, bulletin: Bulletin) -> tuple[Evidence | None, Exception | None]:
        """Return what a bulletin's words say; or the crash, for a bug of ours must not cost the bulletin."""
        try:
            found = self._examining.evidence(bulletin.title, bulletin.body, published_on=bulletin.published_on)
        except Exception as error:  # noqa: BLE001
            return None, error
        return found, None

    def with_figures(self, change: Change, before: Bulletin, after: Bulletin, evidence: Evidence) -> Change:
        """Return an editor's change with the figures that it changed: both texts read by today's examination."""
        earlier = self.examined(before)[0] if change.corrections else None
        if earlier is None:
            return change
        figures = plan.figures_corrected((before, earlier), (after, evidence), change.corrections)
        return replace(change, corrections=(*change.corrections, *figures))

    def fail(self, url: str, source_id: str | None, stage: str, error: Exception, capture: int | None = None) -> int:
        """Record a failure and return in how many runs this page has failed."""
        crashed = plan.outcome_of(error) is Outcome.CRASHED
        return self._archive.ledger.fail(
            portal=self._profile.id,
            url=url,
            source_id=source_id,
            stage=stage,
            error=error,
            trace="".join(traceback.format_exception(error)) if crashed else None,
            capture=capture,
            run=self._run,
            now=self._now(),
            backoff=plan.next_try,
        )
