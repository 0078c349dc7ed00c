"""What happens to three portals, written to an archive by the program's own rooms: no row comes in any other way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime

from big_archive_life import Look, Press, Turn, World
from big_archive_pages import Prepared

from collector import plan
from collector.archive import Archive
from collector.archive.ledger import LOOKS
from collector.config import load_shipped
from collector.demo import pages
from collector.demo.newsroom import SECTIONS, Article
from collector.errors import WrongPage
from collector.examining import Examining
from collector.judging import Judge
from collector.model import (
    ArticleRef,
    IndexPage,
    Memento,
    Outcome,
    Page,
    StoredArticle,
    Validators,
    VisitCount,
)
from collector.plan.verdicts import SectionEnd, Tally, report
from collector.portal import open_page


class Growing:
    """Writes what happens to an archive, by its rooms."""

    def __init__(self, archive: Archive, world: World) -> None:
        shipped = load_shipped()
        self.archive, self.press = archive, Press(world)
        self.examining = Examining(shipped.vocabulary, threshold=shipped.topic.threshold)
        self._first_pages: dict[tuple[int, str], deque[Article]] = {}  # what each section's first page shows
        self._listed: dict[str, int] = {}  # how many of each section the backfill has seen
        archive.portals.know(shipped.places)
        archive.findings.know(self.examining.measures)
        for profile in self.press.profiles:
            archive.portals.register(profile)

    def write(self, turns: Sequence[Turn], coming: Iterator[Prepared]) -> int:
        """Write some runs in one transaction and return how many pages they took in."""
        with self.archive.connection.writing():
            return sum(_Writing(self, turn, coming).write() for turn in turns)

    def first_page(self, portal: int, slug: str) -> deque[Article]:
        """Return what a section's first page shows, newest first."""
        return self._first_pages.setdefault((portal, slug), deque(maxlen=pages.PER_PAGE))

    def places(self, section: str, number: int) -> int:
        """Return the place of the first of so many further bulletins that a backfill meets in a section."""
        found = self._listed.get(section, 0)
        self._listed[section] = found + number
        return found


class _Writing:
    """One run."""

    def __init__(self, growing: Growing, turn: Turn, coming: Iterator[Prepared]) -> None:
        self._growing, self._turn, self._coming = growing, turn, coming
        self._archive = growing.archive
        self._profile = growing.press.profiles[turn.portal]
        self._tally = Tally()
        self._bytes = 0
        self._run = self._archive.ledger.begin_run(
            kind=turn.kind, portal=self._profile.id, source=turn.source, now=turn.at
        )
        self._judge = Judge(
            self._profile, archive=self._archive, examining=growing.examining, run=self._run, now=lambda: turn.at
        )

    def write(self) -> int:
        """Write what the run saw and how it ended; return how many pages it took in."""
        pages_taken = [next(self._coming) if one.has_page else None for one in self._turn.looks]
        news = [
            one.shown
            for look, one in zip(self._turn.looks, pages_taken, strict=True)
            if one is not None and look.what == "take" and not look.edition
        ]
        self._walk(news)
        self._note_elsewhere()
        for look, one in zip(self._turn.looks, pages_taken, strict=True):
            self._look(look, one)
        done = report(
            self._tally,
            run=self._run,
            portal=self._profile.id,
            source=self._turn.source,
            interrupted=False,
            requests=len(self._turn.looks) + len(SECTIONS),
            bytes_read=self._bytes,
        )
        self._archive.ledger.finish_run(done, max([self._turn.at, *(one.at for one in self._turn.looks)]))
        return sum(one is not None for one in pages_taken)

    def _walk(self, news: Sequence[Article]) -> None:
        """Write what the listings show: the counter on each, and items where there is something new."""
        turn, archive = self._turn, self._archive
        if turn.source != "live":
            self._tally.sections.append(SectionEnd("", stopped="end"))
            return
        for place, section in enumerate(SECTIONS):
            name = f"{self._profile.id}/{section.slug}"
            if not turn.answered:
                end = SectionEnd(name, stopped="failed", cause="unreachable", message="no answer within 30 s")
                self._tally.sections.append(end)
                continue
            own = [one for one in news if one.story.section == section.slug]
            shown = self._growing.first_page(turn.portal, section.slug)
            if turn.kind == "backfill":
                shown.extend(own[: pages.PER_PAGE - len(shown)])
                self._note(own, name, first=self._growing.places(name, len(own)))
            elif own:
                shown.extendleft(own)
                self._note(list(shown), name, first=0)
            page = self._growing.press.listing(turn.portal, place, list(shown), turn.at)
            capture = archive.captures.keep(page, portal=self._profile.id, kind="listing") if own else None
            self._counted(open_page(page, self._profile).visits() if own else self._count(turn.at), page, capture)
            if own:
                archive.ledger.caught_up(
                    name, run=self._run, validators=Validators(), items_hash=str(capture), reached_end=True
                )
            self._tally.sections.append(SectionEnd(name, pages=1, listed=len(shown), stopped="known"))

    def _count(self, at: datetime) -> VisitCount:
        shown = self._growing.press.counters[self._turn.portal].at(at)
        return VisitCount(online=shown.online, today=shown.today, week=shown.week, total=shown.total)

    def _counted(self, visits: VisitCount | None, page: Page, capture: int | None) -> None:
        assert visits is not None
        self._bytes += len(page.body)
        self._archive.visits.record(visits, page, portal=self._profile.id, own_views=1, capture=capture)

    def _note(self, articles: Sequence[Article], section: str, *, first: int) -> None:
        refs = [ArticleRef(self._url(one), str(one.id), one.story.title) for one in articles]
        self._archive.ledger.note_items(
            refs, portal=self._profile.id, section=section, first_position=first, run=self._run, now=self._turn.at
        )

    def _url(self, article: Article) -> str:
        return self._growing.press.url(self._turn.portal, article)

    def _stored(self, look: Look) -> StoredArticle | None:
        return self._archive.bulletins.stored(installation=self._profile.installation, source_id=look.notice.source_id)

    def _look(self, look: Look, one: Prepared | None) -> None:
        """Write what one look brought."""
        if one is not None and look.what == "take":
            outcome = self._take(look, one)
            self._tally.add(outcome, stage="article", url=one.page.url, error=None, undated=False)
            return
        if one is not None:
            self._take_past(look, one)
            return
        if look.what == "elsewhere":
            return
        stored = self._stored(look)
        if look.what == "failed":
            outcome = self._fail(look, stored)
        elif stored is None:
            return
        elif look.what == "same":
            self._archive.bulletins.unchanged(stored.id, look.at)
            outcome = Outcome.UNCHANGED
        else:
            self._keep_error(stored.url, look.at, 404)
            outcome = self._archive.looks.strike(stored.id, kind="gone", run=self._run, now=look.at)
        self._tally.add(outcome, stage="recheck", url="", error=None, undated=False)

    def _take(self, look: Look, one: Prepared) -> Outcome:
        """Take a page in as :class:`collector.intake.Intake` does."""
        archive, profile, bulletin = self._archive, self._profile, one.bulletin
        capture = archive.captures.keep(one.page, portal=profile.id, kind="article")
        self._counted(one.visits, one.page, capture)
        stored = self._stored(look)
        previous = None if stored is None else self._judge.reread(stored.revision_capture)
        change = plan.judge(bulletin, stored_hash=None if stored is None else stored.content_hash, previous=previous)
        if previous is not None:
            change = self._judge.with_figures(change, previous, bulletin, one.evidence)
        section = f"{profile.id}/{one.shown.story.section}"
        declared = archive.findings.declared_topic(portal=profile.id, source_id=bulletin.source_id, section=section)
        archive.bulletins.append(
            bulletin,
            change,
            portal=profile.id,
            installation=profile.installation,
            section=section,
            listed_url=one.page.url,
            capture=capture,
            now=look.at,
            evidence=one.evidence,
            evidence_version=self._growing.examining.version,
            topic=self._growing.examining.topic(one.evidence, declared=declared),
        )
        archive.ledger.resolve(
            portal=profile.id, url=one.page.url, source_id=bulletin.source_id, stages=LOOKS, now=look.at
        )
        return change.outcome

    def _fail(self, look: Look, stored: StoredArticle | None) -> Outcome:
        url = f"{self._profile.base_url}Default.aspx?id={look.notice.source_id}" if stored is None else stored.url
        capture = self._keep_error(url, look.at, 500)
        error = WrongPage("the portal shows an error page (Server Error in '/' Application)", kind="error")
        self._judge.fail(url, look.notice.source_id, "article" if stored is None else "recheck", error, capture)
        return Outcome.FAILED

    def _keep_error(self, url: str, at: datetime, status: int) -> int:
        body = pages.server_error("The resource cannot be found." if status == 404 else "Runtime Error")  # noqa: PLR2004
        page = Page(url, url, at, status, {"content-type": "text/html; charset=utf-8"}, body.encode())
        return self._archive.captures.keep(page, portal=self._profile.id, kind="article")

    # --- a web archive ----------------------------------------------------------------------------------------------

    def _note_elsewhere(self) -> None:
        """Write what a web archive's index names."""
        if self._turn.source == "live":
            return
        named = []
        for look in self._turn.looks:
            stored = self._stored(look)
            assert stored is not None
            named.append((self._memento(stored.url, look), "article", look.notice.source_id))
        self._archive.mementos.note(
            IndexPage(tuple(one for one, _, _ in named), None),
            named,
            portal=self._profile.id,
            source=self._turn.source,
            prefix=self._profile.base_url,
            since=None,
            now=self._turn.at,
        )

        for look in self._turn.looks:
            if look.what == "elsewhere" and look.notice.number % 3 == 0:
                self._settle(look, "absent", None)

    def _settle(self, look: Look, state: str, capture: int | None) -> None:
        mementos, names = self._archive.mementos, {"portal": self._profile.id, "source": self._turn.source}
        for found in mementos.of(**names, source_id=look.notice.source_id):
            if found.memento.captured_at == look.at:
                mementos.settle(found.id, state, now=self._turn.at, capture=capture)

    def _memento(self, url: str, look: Look) -> Memento:
        return Memento(url, look.at, 200, "text/html", f"SHA1{look.notice.number:028d}")

    def _take_past(self, look: Look, one: Prepared) -> None:
        """Take in what a bulletin was before the collector came: the same, on an earlier day."""
        archive, profile, stored = self._archive, self._profile, self._stored(look)
        assert stored is not None
        capture = archive.captures.keep(one.page, portal=profile.id, kind="article", imported_at=self._turn.at)
        if one.visits is not None:
            archive.visits.record_past(one.visits, one.page, portal=profile.id, capture=capture)
        before, following = archive.bulletins.around(stored.id, look.at)
        assert following is not None
        change = plan.judge(one.bulletin, stored_hash=following.content_hash, previous=None)
        archive.bulletins.insert_earlier(
            stored.id,
            one.bulletin,
            change,
            before=before,
            following=following,
            began=following.content_hash == change.content_hash,
            corrections=(),
            portal=profile.id,
            listed_url=one.page.url,
            capture=capture,
            captured_at=look.at,
            evidence=one.evidence,
            evidence_version=self._growing.examining.version,
        )
        self._settle(look, "imported", capture)
        self._tally.add(change.outcome, stage="article", url=one.page.url, error=None, undated=False)
