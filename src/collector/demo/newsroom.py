"""What the replica publishes, and what a reader is expected to find there: the ground truth of the tests.

The newsroom knows its articles as values; how they look on a page is told in ``pages`` and ``wordpaste``. Nothing here
uses the program's own parsers, so that an archive can be compared with :meth:`Newsroom.expected` honestly.
"""

from __future__ import annotations

import random
import re
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from collector.demo.composing import Block, Story, composed_story, opening_stories, seed_story
from collector.demo.loopback import LOCAL, OPENING
from collector.demo.wordpaste import has_lead_style

SNAME, SID, PAGEID, MOBILE_PAGEID = "vpubnd", 1292, 32237, 32299
#: How a page of a deleted bulletin answers: 404, 410, a redirect to the home page, or one to an error page with 200.
Departure = Literal["404", "410", "home", "soft_404"]
#: The forms of an article's address, see :meth:`Article.path`.
LinkForm = Literal["aspx", "plain", "short", "query", "mobile"]
LINK_FORMS: tuple[LinkForm, ...] = ("aspx", "plain", "short", "query", "mobile")


@dataclass(frozen=True, slots=True)
class Section:
    """A category of the portal."""

    slug: str
    catid: int
    name: str

    @property
    def url(self) -> str:
        """Its listing, relative to the root."""
        return f"/Default.aspx?sname={SNAME}&sid={SID}&pageid={PAGEID}&catid={self.catid}&catname={self.slug}"


SECTIONS = (
    Section("tin-lao-dong-xa-hoi", 63651, "Tin Lao động - Xã hội"),
    Section("hoat-dong-dang-doan-the", 63645, "Hoạt động Đảng, đoàn thể"),
    Section("tin-tong-hop", 63648, "Tin tổng hợp"),
)
_BY_SLUG = {section.slug: section for section in SECTIONS}
#: Id of the bulletin that the user gave.
SEED_ID = 735814


def slug_of(text: str) -> str:
    """Fold a title as the portal's addresses do: no marks, hyphens, cut at 90 characters.

    >>> slug_of("Đào tạo nghề: 02 lớp")
    'Dao-tao-nghe-02-lop'
    """
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    ascii_only = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", ascii_only)[:90].strip("-")


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A picture or a document of an article."""

    path: str  #: root-relative, percent-encoded as in the page
    label: str  #: the link's text, the picture's ``alt``
    kind: Literal["image", "file"]


@dataclass(frozen=True, slots=True)
class Article:
    """A published story."""

    id: int
    story: Story
    slug: str  #: of the title at publication: an edited title keeps its address
    edits: int = 0
    changed_at: datetime = OPENING
    departure: Departure | None = None
    listed: bool = True

    @property
    def sections(self) -> tuple[Section, ...]:
        """Where it is listed; the first is its own."""
        return tuple(_BY_SLUG[slug] for slug in (self.story.section, *self.story.also))

    def path(self, form: LinkForm = "aspx", section: Section | None = None) -> str:
        """Its address in one of the family's forms, root-relative; ``section``: as that section links to it."""
        place = section or self.sections[0]
        small = self.slug.lower()
        if form == "plain":
            return f"/{SID}/{PAGEID}/{place.catid}/{self.id}/{place.slug}/{small}"
        if form == "short":
            return f"/{place.slug}/{small}-{self.id}"
        if form == "query":
            return f"{place.url}&id={self.id}&title={small}"
        if form == "mobile":
            return (
                f"/mDefault.aspx?sid={SID}&pageid={MOBILE_PAGEID}&catid={place.catid}&id={self.id}"
                f"&catname={place.slug}&title={small}"
            )
        return f"/{SNAME}/{SID}/{PAGEID}/{place.catid}/{self.id}/{slug_of(place.name)}/{self.slug}.aspx"

    @property
    def enclosures(self) -> tuple[Enclosure, ...]:
        """Its picture and its documents, in the page's order."""
        folder = f"/Upload/{SNAME}/{self.story.dated.year}/{self.story.dated.month}/{self.id}/"
        files = [Enclosure(folder + quote(name), name, "file") for name in self.story.files]
        if self.story.caption is None:
            return tuple(files)
        return (Enclosure(folder + "anh-minh-hoa.png", self.story.caption, "image"), *files)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The body from top to bottom, the picture's caption in its place; the byline is not part of it."""
        first, *rest = self.story.blocks
        caption = () if self.story.caption is None else (self.story.caption,)
        return (first, *caption, *rest)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a faultless reader records of one article: NFC, white space folded."""

    source_id: str
    path: str  #: as its first section's listing links to it (form ``aspx``)
    sections: tuple[str, ...]
    title: str
    blocks: tuple[Block, ...]  #: paragraphs and table rows, the lead first
    lead: str | None
    byline: str | None
    published_on: date
    attachments: tuple[Enclosure, ...]
    labour: bool
    revisions: int  #: 1 for a bulletin that was never edited

    def text(self, between_cells: str = " | ") -> str:
        """Give the body, a paragraph or table row a line."""
        return "\n".join(block if isinstance(block, str) else between_cells.join(block) for block in self.blocks)

    @property
    def body(self) -> str:
        """``text()`` as it is compared with the archive."""
        return self.text()


class Newsroom:
    """The articles of the replica; safe to use while it is being read."""

    def __init__(self, *, count: int = 201, now: Callable[[], datetime] = lambda: OPENING) -> None:
        self._now = now
        self._lock = threading.RLock()
        self._articles: dict[int, Article] = {}
        self._titles: set[str] = set()
        self._serial = 100_000  # of the next composed bulletin; the opening ones are far below
        seed = seed_story()
        for story in opening_stories(count):
            self._add(story, SEED_ID if story == seed else None)

    def publish(self, what: int | Story = 1) -> list[int]:
        """Publish a story, or so many new ones of today; returns the ids, oldest first."""
        with self._lock:
            if isinstance(what, Story):
                return [self._add(what)]
            return [self._add(self._fresh()) for _ in range(what)]

    def edit(self, id: int, old: str, new: str) -> None:  # noqa: A002 - the portal's own word
        """Replace ``old`` by ``new`` in the title and the body.

        Raises:
            ValueError: ``old`` does not stand there.
            KeyError: there is no such article.
        """
        with self._lock:
            article = self._articles[id]
            story = article.story
            blocks = tuple(
                block.replace(old, new) if isinstance(block, str) else tuple(cell.replace(old, new) for cell in block)
                for block in story.blocks
            )
            edited = replace(story, title=story.title.replace(old, new), blocks=blocks)
            if edited == story:
                raise ValueError(f"{old!r} does not stand in bulletin {id}")
            self._articles[id] = replace(article, story=edited, edits=article.edits + 1, changed_at=self._now())

    def delete(self, id: int, how: Departure = "404") -> None:  # noqa: A002
        """Take an article off the listings, and its page off the web in one of four ways."""
        self._change(id, departure=how)

    def restore(self, id: int) -> None:  # noqa: A002
        """Bring a deleted or unlisted article back as it was."""
        self._change(id, departure=None, listed=True)

    def unlist(self, id: int) -> None:  # noqa: A002
        """Take an article off the listings; its page stays."""
        self._change(id, listed=False)

    def get(self, id: int) -> Article | None:  # noqa: A002
        """Look an article up, deleted or not."""
        with self._lock:
            return self._articles.get(id)

    def listing(self, slug: str | None = None) -> list[Article]:
        """What a section lists (None: the whole portal), newest first."""
        with self._lock:
            articles = list(self._articles.values())
        found = [
            article
            for article in articles
            if article.departure is None
            and article.listed
            and (slug is None or slug in (article.story.section, *article.story.also))
        ]
        return sorted(found, key=lambda article: (article.story.dated, article.id), reverse=True)

    def expected(self) -> Mapping[str, Expected]:
        """What stands on the portal now, by source id: every article whose page can be read."""
        with self._lock:
            articles = [article for article in self._articles.values() if article.departure is None]
        return {str(article.id): _expectation(article) for article in articles}

    def gone(self) -> set[str]:
        """Source ids of the deleted articles."""
        with self._lock:
            return {str(article.id) for article in self._articles.values() if article.departure is not None}

    def _change(self, id: int, **state: object) -> None:  # noqa: A002
        with self._lock:
            self._articles[id] = replace(self._articles[id], **state)  # type: ignore[arg-type]

    def _fresh(self) -> Story:
        while True:
            self._serial += 1
            story = composed_story(self._serial, self._now().astimezone(LOCAL).date())
            if story.title not in self._titles:
                return story

    def _add(self, story: Story, id: int | None = None) -> int:  # noqa: A002
        number = id if id is not None else self._free_id(story)
        self._articles[number] = Article(number, story, slug_of(story.title), changed_at=self._now())
        self._titles.add(story.title)
        return number

    def _free_id(self, story: Story) -> int:
        """Give ids that grow with the days, 130 a day, as one installation's sites share them.

        One in thirty was imported from an older site and has a number far below its date, as seen on the real portal.
        """
        rng = random.Random(story.title)  # noqa: S311 - a reproducible draw, no secret
        number = 640_000 + (story.dated - date(2022, 1, 1)).days * 130 + rng.randint(0, 90)
        if not story.handwritten and rng.random() < 1 / 30 and story.dated < OPENING.date():
            number = 593_192 + rng.randint(0, 5000)
        while number in self._articles or number == SEED_ID:
            number += 1
        return number


def _expectation(article: Article) -> Expected:
    first = article.story.blocks[0]
    return Expected(
        source_id=str(article.id),
        path=article.path(),
        sections=tuple(section.slug for section in article.sections),
        title=article.story.title,
        blocks=article.blocks,
        lead=first if article.story.lead and has_lead_style(article.id) and isinstance(first, str) else None,
        byline=article.story.byline,
        published_on=article.story.dated,
        attachments=article.enclosures,
        labour=article.story.labour,
        revisions=article.edits + 1,
    )
