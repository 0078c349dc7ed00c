"""An archive full of a replica's pages, as runs of earlier versions left it: read by another profile, no network asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from collector import plan
from collector.archive import Archive
from collector.config import demo_profile
from collector.demo.loopback import Request
from collector.demo.newsroom import SECTIONS, Article, Newsroom
from collector.demo.site import ReplicaPortal
from collector.errors import ReadError
from collector.examining import Examining
from collector.findings import Evidence
from collector.judging import Judge
from collector.model import ArticleRef, Bulletin, Outcome, Page
from collector.portal import open_page
from collector.profile import Profile, RecogniseProfile, SectionProfile
from collector.reparse import Reparsed, Scope, reparse
from stored import EXAMINING

OPENED = datetime(2024, 1, 9, 1, 0, tzinfo=UTC)


@dataclass
class Keeper:
    """Takes a replica's pages into an archive as a run does, by the profile and the examination of its time."""

    archive: Archive
    profile: Profile
    examining: Examining | None  #: None: nobody examined the texts
    newsroom: Newsroom = field(default_factory=lambda: Newsroom(count=24))
    counters: bool = True  #: the counters are read, too
    dress: Callable[[bytes], bytes] = lambda body: body  #: what else stands on each page
    now: datetime = OPENED

    def __post_init__(self) -> None:
        self.portal = ReplicaPortal(newsroom=self.newsroom, now=lambda: self.now)
        self.archive.portals.register(self.profile)
        if self.examining is not None:
            self.archive.findings.know(self.examining.measures)
        self.run = self.archive.ledger.begin_run(kind="poll", portal=self.profile.id, source="live", now=self.now)

    def url(self, article: Article) -> str:
        return self.profile.base_url.rstrip("/") + article.path()

    def page(self, article: Article) -> Page:
        """Fetch, three seconds after the last one."""
        self.now += timedelta(seconds=3)
        answer = self.portal.answer(Request("GET", article.path()))
        headers = {name.lower(): value for name, value in answer.headers}
        url = self.url(article)
        return Page(url, url, self.now, answer.status, headers, self.dress(answer.body))

    def take_all(self) -> None:
        """Take everything that is listed in, in transactions of 200."""
        articles = self.newsroom.listing()
        for start in range(0, len(articles), 200):
            with self.archive.connection.writing():
                for article in articles[start : start + 200]:
                    self.take(article)

    def take(self, article: Article, page: Page | None = None) -> int:
        """Take one page in and return its capture; one that cannot be read is a failure."""
        archive, profile, page = self.archive, self.profile, page or self.page(article)
        section = f"{profile.id}/{profile.sections[0].id}"
        ref = ArticleRef(page.url, str(article.id), article.story.title)
        archive.ledger.note_items(
            [ref], portal=profile.id, section=section, first_position=0, run=self.run, now=self.now
        )
        capture = archive.captures.keep(page, portal=profile.id, kind="article")
        reading = open_page(page, profile)
        judge = Judge(profile, archive=archive, examining=self.examining, run=self.run, now=lambda: self.now)  # type: ignore[arg-type]
        try:
            bulletin = reading.article()
        except ReadError as error:
            judge.fail(page.url, str(article.id), "article", error, capture)
            return capture
        if self.counters and (visits := reading.visits()) is not None:
            archive.visits.record(visits, page, portal=profile.id, own_views=1, capture=capture)
        stored = archive.bulletins.stored(installation=profile.installation, source_id=bulletin.source_id)
        previous = None if stored is None else judge.reread(stored.revision_capture)
        change = plan.judge(bulletin, stored_hash=None if stored is None else stored.content_hash, previous=previous)
        evidence = self._evidence(bulletin) if change.outcome is not Outcome.UNCHANGED else None
        archive.bulletins.append(
            bulletin,
            change,
            portal=profile.id,
            installation=profile.installation,
            section=section,
            listed_url=page.url,
            capture=capture,
            now=self.now,
            evidence=evidence,
            evidence_version="0" if self.examining is None else self.examining.version,
            topic=None if self.examining is None else self.examining.topic(evidence, declared=None),
        )
        return capture

    def edit(self, article: Article, times: int = 1) -> None:
        """Let an editor change a bulletin so many times, each change taken in."""
        for number in range(times):
            line = next(one for one in self.newsroom.get(article.id).story.blocks if isinstance(one, str))  # type: ignore[union-attr]
            self.newsroom.edit(article.id, line, f"{line} (đính chính lần {number + 1})")
            changed = self.newsroom.get(article.id)
            assert changed is not None
            self.now += timedelta(hours=7)
            self.take(changed)

    def _evidence(self, bulletin: Bulletin) -> Evidence | None:
        if self.examining is None:
            return None
        return self.examining.evidence(bulletin.title, bulletin.body, published_on=bulletin.published_on)


#: Everything that a second reading may change or must not, and nothing of when it ran.
_TABLES = (
    "articles revisions corrections attachments indicators appearances documents people visit_counts listings failures "
    "article_urls _readings _sightings _checks _strikes measures mementos captures"
).split()
_WHEN = {"revisions": {"seen_at"}, "failures": {"resolved_at"}, "mementos": {"tried_at"}}


def contents(archive: Archive) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of what matters; of a technical revision not when it was made."""
    found = {}
    for table in _TABLES:
        left_out = _WHEN.get(table, set())
        names = [row["name"] for row in archive.connection.rows("select name from pragma_table_info(?)", [table])]
        columns = ", ".join(
            f"iif(kind = 'technical', '', {name})" if name in left_out and table == "revisions" else name
            for name in names
            if table == "revisions" or name not in left_out
        )
        rows = archive.connection.rows(f"select {columns} from {table} order by rowid")
        found[table] = [tuple(row.values()) for row in rows]
    hits = archive.connection.rows("select rowid from articles_fts where articles_fts match 'hộ OR lao' order by rowid")
    found["articles_fts"] = [tuple(row.values()) for row in hits]
    return found


def editorial(archive: Archive) -> list[dict[str, object]]:
    """Return what an editor did, byte for byte: revisions, corrections, attachments. Evidence is derived."""
    revisions = archive.connection.rows(
        "select id, article, kind, seen_at, content_hash, title, lead, body, byline, published_on, published_at, capture, "
        "parser_version, provenance from revisions where kind = 'editorial' order by id"
    )
    corrections = archive.connection.rows("select * from corrections order by id")
    attached = archive.connection.rows(
        "select a.* from attachments a join revisions r on r.id = a.revision where r.kind = 'editorial' order by a.id"
    )
    return [*revisions, *corrections, *attached]


def faults(archive: Archive) -> Iterator[str]:
    """Yield what is not as it must be."""
    yield from (str(row) for row in archive.connection.rows("pragma foreign_key_check"))
    for what, sql in {
        "an article that does not say what its latest revision says": "select 1 from articles a join revisions r "
        "on r.id = a.revision where (a.title, a.body) <> (r.title, r.body) or a.lead is not r.lead",
        "an article whose latest revision is not the last reading of the state it was last seen in": "select 1 from "
        "articles a where revision <> (select max(r.id) from revisions r where r.article = a.id and r.capture = "
        "(select f.capture from _sightings s join revisions f on f.id = s.revision where s.article = a.id "
        "order by s.seen_at desc, s.id desc limit 1))",
        "a revision count that is wrong": "select 1 from articles a where revision_count <> "
        "(select count(*) from revisions where article = a.id)",
        "a figure outside its text": "select 1 from indicators i join revisions r on r.id = i.revision where substr("
        "iif(part = 'title', title, body), span_start + 1, span_end - span_start) is not printed",
    }.items():
        if archive.connection.rows(sql):
            yield what


# --- how the pages were read then, and how they are now ---------------------------------------------------------------

NEW = demo_profile("http://portal.example/", [SectionProfile(one.slug, one.url, name=one.name) for one in SECTIONS])
#: Without a selector for the lead, and without the bodies' tables and pictures.
OLD = replace(NEW, article=replace(NEW.article, lead=(), remove=(*NEW.article.remove, "table")))
#: That can read nothing: no selector finds anything, and the fallback wants the family's marks.
BLIND = replace(
    NEW,
    article=replace(NEW.article, title=("#nowhere",), body=("#nowhere",)),
    recognise=RecogniseProfile(marks=("#nowhere",), needed=1),
)


@dataclass
class Kept:
    """An archive on disk, the keeper that fills it, and what reads it again."""

    path: Path
    archive: Archive
    keeper: Keeper

    def again(
        self,
        profile: Profile = NEW,
        *,
        examining: Examining = EXAMINING,
        checkpoint: Callable[[], None] = lambda: None,
        **scope: Any,
    ) -> Reparsed:
        """Read again, an hour after whatever was before."""
        self.keeper.now += timedelta(hours=1)
        [done] = reparse(
            [profile],
            Scope(**{"examples": 3, **scope}),
            configured=[profile],
            archive=self.archive,
            examining=examining,
            now=lambda: self.keeper.now,
            checkpoint=checkpoint,
        )
        return done

    def copy(self, name: str) -> Kept:
        """Return a copy, to be read again in another way."""
        path = self.path.with_name(name)
        self.archive.connection.copy_to(path)
        archive = Archive(path)
        return Kept(path, archive, replace(self.keeper, archive=archive))

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        return self.archive.connection.rows(sql, parameters)

    def value(self, sql: str, *parameters: object) -> Any:
        return self.archive.connection.value(sql, parameters)


def evidence(done: Reparsed) -> dict[str, Any]:
    """Return what a run tells of itself."""
    return dict(done.report.evidence)
