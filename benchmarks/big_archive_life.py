"""What happens around a generated archive, in order of time: bulletins appear, are looked at, edited and taken away.

A collector comes to three portals that have published for twelve years, reads everything back to the beginning, and
from then on polls every hour. How long it polls grows with the number of bulletins, so that an archive ten times as
large is ten times as large in every table. All is drawn from the seed; nothing here knows the archive.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal

from big_archive_texts import edited, full_story
from big_archive_words import PROVINCES

from collector.config import demo_profile
from collector.demo import pages
from collector.demo.composing import Story
from collector.demo.counter import Visits
from collector.demo.loopback import LOCAL
from collector.demo.newsroom import SECTIONS, Article, slug_of
from collector.demo.viewstate import Token
from collector.model import Page
from collector.profile import Profile, SectionProfile

#: Years of publishing.
YEARS = 12
#: Days of hourly polls of an archive of 50,000 bulletins.
_DAYS_AT_50_000 = 365
#: Share of the bulletins of each portal.
_SHARES = (50, 30, 20)
#: Of a thousand bulletins so many …
_EDITED, _GONE, _LOOKED_AT, _FAILING, _FAILED_FIRST, _KEPT_ELSEWHERE = 20, 10, 30, 3, 15, 40
#: Of ten bulletins that a web archive kept so many are fetched from there.
_FETCHED = 4
#: Bulletins of one run of the backfill: ``--limit``.
PER_RUN = 200
_OFFICE_HOURS = range(7, 18)
#: Polls of ten thousand that nobody answers.
_SILENT = 40

#: ``take``: its page is fetched and read; ``same``: 304; ``absent``: 404; ``failed``: an error page; ``elsewhere``: a
#: web archive's index names a capture; ``past``: and it is fetched from there.
What = Literal["take", "same", "absent", "failed", "elsewhere", "past"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A bulletin before it is written."""

    number: int
    portal: int  #: its place in :data:`PROVINCES`
    source_id: str
    published: datetime  #: local


@dataclass(frozen=True, slots=True)
class Look:
    """One page asked for, and what comes back."""

    what: What
    notice: Notice
    at: datetime
    edition: int = 0  #: 1: as it was put right

    @property
    def has_page(self) -> bool:
        """Whether a bulletin stands on what comes back."""
        return self.what in {"take", "past"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One run over one portal."""

    kind: Literal["backfill", "poll"]
    portal: int
    at: datetime
    looks: tuple[Look, ...]
    source: str = "live"
    answered: bool = True


@dataclass(frozen=True)
class World:
    """Three portals and one collector; ``until`` is the last day."""

    bulletins: int
    seed: int
    until: date

    @cached_property
    def live_from(self) -> datetime:
        """When the polls begin."""
        days = max(2, round(self.bulletins * _DAYS_AT_50_000 / 50_000))
        return datetime(self.until.year, self.until.month, self.until.day, tzinfo=LOCAL) - timedelta(days=days - 1)

    @cached_property
    def end(self) -> datetime:
        """When they end."""
        return datetime(self.until.year, self.until.month, self.until.day, 23, 59, tzinfo=LOCAL)

    @cached_property
    def notices(self) -> list[Notice]:
        """All bulletins by the moment of publication: on working days, spread evenly over the years."""
        chance = random.Random(f"{self.seed} notices")
        first = self.until.replace(year=self.until.year - YEARS)
        span = (self.until - first).days
        found = []
        for number in range(self.bulletins):
            day = first + timedelta(days=number * span // max(1, self.bulletins - 1))
            day -= timedelta(days=max(0, day.weekday() - 4))
            moment = datetime(day.year, day.month, day.day, tzinfo=LOCAL) + timedelta(minutes=chance.randint(450, 1020))
            portal = chance.choices(range(len(PROVINCES)), _SHARES)[0]
            found.append(Notice(number, portal, str(400_000 + 13 * number + portal), moment))
        return sorted(found, key=lambda one: (one.published, one.number))

    def turns(self) -> Iterator[list[Turn]]:
        """Yield the runs in order of time, those together that are written in one transaction."""
        yield from self._backfill()
        yield [self._elsewhere(portal) for portal in range(len(PROVINCES))]
        yield from self._polls()

    def _backfill(self) -> Iterator[list[Turn]]:
        """Every portal's pager to its end: the newest come first."""
        old = [one for one in reversed(self.notices) if one.published < self.live_from]
        by_portal = [[one for one in old if one.portal == portal] for portal in range(len(PROVINCES))]
        for start in range(0, max(map(len, by_portal)), PER_RUN):
            at = self.live_from - timedelta(days=3) + timedelta(minutes=start // PER_RUN * 12)
            for portal, found in enumerate(by_portal):
                taken = found[start : start + PER_RUN]
                looks = [Look("take", one, at + timedelta(seconds=3 * place)) for place, one in enumerate(taken, 1)]
                if looks:
                    yield [Turn("backfill", portal, at, tuple(looks))]

    def _elsewhere(self, portal: int) -> Turn:
        """What a web archive kept of the portal before the collector came, and what of it is fetched."""
        chance = random.Random(f"{self.seed} elsewhere {portal}")
        looks = []
        for one in self.notices:
            limit = (self.live_from - timedelta(days=5) - one.published) // timedelta(days=1)
            if one.portal != portal or limit < 1 or chance.randrange(1000) >= _KEPT_ELSEWHERE:
                continue
            for place in range(chance.choice((1, 1, 2, 3))):
                at = one.published + timedelta(days=chance.randint(1, min(limit, 900)), minutes=place)
                fetched = place == 0 and chance.randrange(10) < _FETCHED
                looks.append(Look("past" if fetched else "elsewhere", one, at))
        return Turn("backfill", portal, self.live_from - timedelta(hours=2), tuple(looks), source="wayback")

    def _polls(self) -> Iterator[list[Turn]]:
        """Every hour each portal: what is new, and what is looked at again; a day together."""
        chance = random.Random(f"{self.seed} polls")
        due = sorted(self._due(), key=lambda one: (one.at, one.notice.number, one.what), reverse=True)
        waiting: list[list[Look]] = [[] for _ in PROVINCES]
        at, day = self.live_from, []
        while at <= self.end:
            while due and due[-1].at <= at:
                look = due.pop()
                waiting[look.notice.portal].append(look)
            for portal, looks in enumerate(waiting):
                answered = chance.randrange(10_000) >= _SILENT
                told = [replace(one, at=at + timedelta(seconds=3 * place)) for place, one in enumerate(looks, 4)]
                day.append(Turn("poll", portal, at, tuple(told) if answered else (), answered=answered))
                if answered:
                    looks.clear()
            at += timedelta(hours=1)
            if at.astimezone(LOCAL).hour == 0:
                yield day
                day = []
        if day:
            yield day

    def _due(self) -> Iterator[Look]:
        """Yield every look of the polls, each due from its moment on; two of one bulletin are hours apart."""
        hours = (self.end - self.live_from) // timedelta(hours=1)
        for one in self.notices:
            chance = random.Random(f"{self.seed} life {one.number}")
            fate = chance.randrange(1000)
            known_from = self.live_from
            if one.published >= self.live_from:
                known_from = one.published
                if chance.randrange(1000) < _FAILED_FIRST:
                    yield Look("failed", one, known_from)
                    known_from += timedelta(hours=2)
                yield Look("take", one, known_from)
                yield from (Look("same", one, known_from + timedelta(days=days)) for days in (1, 5))
            later = known_from + timedelta(hours=chance.randint(3, max(4, hours - 6)))
            if fate < _EDITED:
                yield Look("take", one, later, edition=1)
            elif fate < _EDITED + _GONE:
                yield Look("absent", one, later)
                yield Look("absent", one, later + timedelta(hours=2))
            elif fate < _EDITED + _GONE + _LOOKED_AT:
                yield Look("same", one, later)
            elif fate < _EDITED + _GONE + _LOOKED_AT + _FAILING:
                yield Look("failed", one, later)


class Counter:
    """A portal's visit counter as a function of the moment; it began again from one at some moments."""

    def __init__(self, world: World, portal: int) -> None:
        chance = random.Random(f"{world.seed} counter {portal}")
        self._first = world.until.replace(year=world.until.year - YEARS) - timedelta(days=7)
        days = (world.until - self._first).days + 2
        self._hours = [chance.uniform(1, 3) + (6 if hour in _OFFICE_HOURS else 0) for hour in range(24)]
        weekly = (1.0, 1.05, 1.1, 1.0, 0.9, 0.5, 0.45)
        self._days = [
            int(chance.uniform(500, 1600) * weekly[(self._first + timedelta(days=n)).weekday()]) for n in range(days)
        ]
        self._before = [0]
        for one in self._days:
            self._before.append(self._before[-1] + one)
        live = max(1, (world.until - world.live_from.date()).days)
        # One of each portal while nobody watched, and two while the collector polls.
        at = [chance.randint(100, max(101, days - live - 30))]
        at += [days - 2 - chance.randint(0, live) for _ in range(2)]
        self._resets = sorted(self._before[day] + self._days[day] // 2 for day in at)

    def at(self, moment: datetime) -> Visits:
        """Return what the page prints at a moment."""
        local = moment.astimezone(LOCAL)
        day = (local.date() - self._first).days
        gone = sum(self._hours[: local.hour]) + self._hours[local.hour] * (local.minute * 60 + local.second) / 3600
        today = int(self._days[day] * gone / sum(self._hours))
        ever = self._before[day] + today
        last = bisect_right(self._resets, ever)
        total = ever + 300_000 if last == 0 else ever - self._resets[last - 1] + 1
        monday = max(0, day - local.weekday())
        online = int(2 + self._hours[local.hour] * (1 + self._days[day] % 7))
        return Visits(online, max(1, today), max(1, ever - self._before[monday]), total)


class Press:
    """Writes the pages that the portals show."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.profiles = tuple(profile_of(place) for place in range(len(PROVINCES)))
        self.counters = tuple(Counter(world, place) for place in range(len(PROVINCES)))

    def article(self, look: Look) -> Article:
        """Return a bulletin as it stands at the moment of a look."""
        one = look.notice
        story = full_story(one.number, one.published.date(), PROVINCES[one.portal], seed=self.world.seed)
        said = edited(story) if look.edition else story
        return Article(int(one.source_id), said, slug_of(story.title), edits=look.edition)

    def page(self, look: Look, article: Article) -> Page:
        """Return its page."""
        url = self.url(look.notice.portal, article)
        centre = pages.article_content(article, article.sections[0], 1, compact=False)
        origin = "wayback" if look.what == "past" else "live"
        return self._page(look.notice.portal, url, article.story.title, centre, look.at, origin=origin)

    def listing(self, portal: int, section: int, articles: list[Article], at: datetime) -> Page:
        """Return the first page of a section's listing."""
        where = SECTIONS[section]
        centre = pages.panel(pages.listing_panel(where.name, pages.article_list(articles, where, "aspx"), ""))
        return self._page(portal, self.profiles[portal].sections[section].url, where.name, centre, at)

    def url(self, portal: int, article: Article) -> str:
        """Return a bulletin's address."""
        return self.profiles[portal].base_url.rstrip("/") + article.path()

    def _page(self, portal: int, url: str, title: str, centre: str, at: datetime, *, origin: str = "live") -> Page:
        # A real view state is random letters by the thousand; a short one is a page of its own all the same.
        state = hashlib.sha256(f"{url} {at}".encode()).hexdigest()
        frame = pages.Frame(
            title, url, Token(state, "CA0B0334", state[:16]), at.astimezone(LOCAL), self.counters[portal].at(at)
        )
        headers = {"content-type": "text/html; charset=utf-8"}
        return Page(url, url, at, 200, headers, pages.page(frame, centre).encode(), origin=origin)


def profile_of(portal: int) -> Profile:
    """Return one of the portals, as its configuration would say."""
    province = PROVINCES[portal]
    topics = ["labour", None, None]
    sections = [
        SectionProfile(one.slug, one.url, name=one.name, topic=topic)
        for one, topic in zip(SECTIONS, topics, strict=True)
    ]
    return replace(
        demo_profile(f"https://{province.id}.example/", sections),
        id=province.id,
        installation=province.id,
        name=f"Cổng thông tin điện tử tỉnh {province.name}",
        attribution=f"Cổng thông tin điện tử tỉnh {province.name}",
        place=province.id,
    )


def headline(article: Article) -> Article:
    """Return what a listing shows of an article."""
    story = article.story
    return replace(article, story=Story(story.title, ("",), story.dated, story.section, story.also))
