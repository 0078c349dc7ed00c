"""The door before the archive: what reads unlike the portal's own is taken in only while the layout is sound.

bulletin ─ the plan names what is odd of it → nothing: in ─ something, or an earlier one still waits out there: known
bulletins of its section are fetched once more, three at most → they read as they are stored: in, for an odd bulletin is
a bulletin → they do not: kept raw only, and read again once the profile is mended.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from collector import plan
from collector.archive import Archive
from collector.errors import FetchError, FieldMissing, LayoutChanged, OddBulletin, ReadError, WrongPage
from collector.fetch import Fetcher
from collector.judging import Judge
from collector.model import Bulletin, Page, PageKind, StoredArticle, StoredReading
from collector.plan import Control, Layout, Oddity
from collector.portal import Reading, open_page
from collector.profile import Profile
from collector.rereading import reading_version

#: An article's address answering with one of these may mean that the bulletin was taken away.
ABSENT = frozenset({PageKind.GONE, PageKind.SOFT_404, PageKind.HOME})
#: So long an answer holds: a poll asks once, a backfill of two days goes on asking.
_HOLDS = timedelta(hours=1)


class LayoutWatch:
    """Watches the layout of one portal during one run."""

    def __init__(
        self,
        profile: Profile,
        *,
        fetcher: Fetcher,
        archive: Archive,
        judge: Judge,
        observe: Callable[[Reading, Page, int | None], None],
    ) -> None:
        self._profile, self._fetcher, self._archive, self._judge = profile, fetcher, archive, judge
        self._observe = observe
        #: What must be filled by selectors. A profile without selectors for the date expects none.
        self.fields = ("title", "body", *(["published_on"] if profile.article.published else []))
        self.watched = plan.Watched()
        self._usual: plan.Usual | None = None  # not before something was read: most polls bring nothing
        self._late: frozenset[str] = frozenset()
        self._wary = False
        self._told: dict[str | None, tuple[Layout, datetime]] = {}  # by section

    def refusal(
        self, bulletin: Bulletin, stored: StoredArticle | None, *, section: str | None, news: bool, at: datetime
    ) -> LayoutChanged | OddBulletin | None:
        """Return why a bulletin must not be taken in; None: it may.

        Args:
            bulletin: as its page of today reads.
            stored: what the archive holds of it.
            section: where it is listed; None: not known.
            news: it is read because it is new.
            at: when its page came, UTC.

        Raises:
            ArchiveError, Interrupted: the run cannot go on.
        """
        if stored is not None and plan.content_hash(bulletin) == stored.content_hash:
            return None
        usual = self._custom()
        oddities = self._oddities(usual, bulletin, stored, news=news, at=at)
        usual.note(bulletin)
        if not oddities and not self._wary:
            return None
        layout = self._layout(section, bulletin, at)
        taken = layout in {Layout.SOUND, Layout.UNTOLD}
        taken = taken or (layout is Layout.READABLE and plan.only_the_way(oddities))
        self.watched.odd.append(
            {
                "url": bulletin.url,
                "oddities": [one.evidence() for one in oddities],
                "layout": layout.value,
                "became": "taken" if taken else "refused",
            }
        )
        if taken:
            return None
        what = "".join(f"{one.field}: {one.told}; " for one in oddities)
        if layout is Layout.UNKNOWN:
            return OddBulletin(f"{what}no known bulletin could be read to tell whether the layout is sound")
        return LayoutChanged(f"{what}known bulletins read otherwise than they are stored")

    def note_missing(self, url: str, source_id: str, *, section: str | None, at: datetime) -> None:
        """Ask whether the layout has changed where a bulletin's page shows no title or no text: it is none either way.

        Raises:
            ArchiveError, Interrupted: the run cannot go on.
        """
        if self._custom().known >= plan.LEAST_HISTORY:
            self._layout(section, Bulletin(url, source_id, "", ""), at)

    def keep_from_reparse(self, capture: int) -> None:
        """Leave a refused page alone until its portal is read by other selectors: today's read it wrongly."""
        self._archive.rereading.seen([(capture, reading_version(self._profile), None)])

    def _custom(self) -> plan.Usual:
        if self._usual is None:
            history = self._archive.customs.readings(portal=self._profile.id, limit=plan.HISTORY)
            self._usual = plan.Usual(history, self.fields)
            # What one page has shown wrongly, another shows wrongly without being odd: until what was refused is read.
            self._wary = self._archive.customs.refused(portal=self._profile.id)
            self._late = frozenset(one.bulletin.source_id for one in history[: plan.LEAST_HISTORY])
        return self._usual

    def _oddities(
        self, usual: plan.Usual, bulletin: Bulletin, stored: StoredArticle | None, *, news: bool, at: datetime
    ) -> tuple[Oddity, ...]:
        if stored is not None:
            return self._strays(bulletin, self._archive.customs.reading(stored.id))
        title, day = self._archive.customs.listed(portal=self._profile.id, source_id=bulletin.source_id)
        return usual.oddities(bulletin, listed_title=title, listed_on=day, news=news, now=at)

    def _strays(self, bulletin: Bulletin, stored: StoredReading) -> tuple[Oddity, ...]:
        """Return in what a page reads otherwise than the one before it; the profile may have changed in between."""
        strays = plan.strayed(bulletin, stored.bulletin)
        before = self._judge.reread(stored.capture) if strays else None
        return () if before is not None and not plan.strayed(bulletin, before) else strays

    def _layout(self, section: str | None, odd: Bulletin, at: datetime) -> Layout:
        section = section or self._archive.ledger.section_of(self._profile.id, odd.source_id)
        told = self._told.get(section)
        if told is None or at - told[1] > _HOLDS:
            self._told[section] = told = (self._look(section, odd), at)
            if told[0] in {Layout.READABLE, Layout.CHANGED}:
                self.watched.changed = self._wary = True
        return told[0]

    def _look(self, section: str | None, odd: Bulletin) -> Layout:
        known = self._known(section, odd, late=False)
        if not known:
            return Layout.UNTOLD
        before = len(self.watched.controls)
        layout = self._told_by(known)
        if layout is not Layout.UNKNOWN or not all(one.absent for one in self.watched.controls[before:]):
            return layout
        # A portal that keeps its newest only: what is older can never tell, and what was read last is all there is.
        late = [one for one in self._known(section, odd, late=True) if one not in known] if self._late else []
        return self._told_by(late)

    def _known(self, section: str | None, odd: Bulletin, *, late: bool) -> list[StoredReading]:
        return self._archive.customs.controls(
            portal=self._profile.id,
            section=section,
            but=odd,
            fields=self._custom().by_selector,
            late=self._late,
            only_late=late,
            limit=plan.CONTROLS,
        )

    def _told_by(self, known: list[StoredReading]) -> Layout:
        looks: list[Control] = []
        for place, one in enumerate(known, 1):
            looks.append(self._control(one))
            self.watched.controls.append(looks[-1])
            layout = plan.layout_told(looks, more=place < len(known))
            if layout is not None:
                return layout
        return Layout.UNKNOWN

    def _control(self, known: StoredReading) -> Control:
        """Look at a known bulletin once more; nothing that it says is taken in, its page is kept where it strays."""
        url = known.bulletin.url
        try:
            page = self._fetcher.get(url)
        except FetchError as error:
            return Control(url, None, str(error))
        reading = open_page(page, self._profile)
        if reading.kind in ABSENT:
            # One look proves nothing (CONTRACT 3), and until two have, the next odd bulletin would ask for it again.
            self._archive.looks.want_check(portal=self._profile.id, source_id=known.bulletin.source_id, why="control")
            return Control(url, None, reading.why, absent=True)
        strays, told = self._read(reading, known)
        capture = self._archive.captures.keep(page, portal=self._profile.id, kind="article") if strays else None
        if strays is not None:
            self._observe(reading, page, capture)
        return Control(url, strays, told)

    def _read(self, reading: Reading, known: StoredReading) -> tuple[tuple[Oddity, ...] | None, str]:
        try:
            bulletin = reading.article()
        except ReadError as error:
            foreign = isinstance(error, WrongPage) and error.kind == PageKind.FOREIGN.value
            if foreign or isinstance(error, FieldMissing):
                return (Oddity("page", "empty", str(error)),), ""
            return None, str(error)
        if bulletin.source_id != known.bulletin.source_id:
            return None, f"it led to {bulletin.source_id}"
        return self._strays(bulletin, known), ""
