"""A portal unlike the replica: other classes, other addresses, ``?page=N``, validators, dates with a time.

It stands for any further portal that is added by one TOML file (``profile``). The province is invented.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from urllib.parse import urlsplit

import httpx

from collector.demo.composing import Block, composed_series
from collector.demo.documents import pdf
from collector.demo.loopback import LOCAL, OPENING, LoopbackSite, Request, Response
from collector.demo.newsroom import slug_of

PER_PAGE = 12
#: Section slug → name.
SECTIONS = {"lao-dong-viec-lam": "Lao động - Việc làm", "tin-tuc": "Tin tức"}
#: A path that robots.txt forbids.
DISALLOWED = "/tim-kiem"
ATTRIBUTION = "Trang thông tin điện tử tỉnh Tân Giang"
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


@dataclass(frozen=True, slots=True)
class Post:
    """One article as it is expected to be read."""

    source_id: str
    path: str
    section: str
    title: str
    lead: str
    paragraphs: tuple[str, ...]  #: without the lead
    byline: str | None
    published_at: datetime  #: local, to the minute
    changed_at: datetime
    file: tuple[str, str] | None = None  #: path and label

    @property
    def published_on(self) -> date:
        return self.published_at.date()

    @property
    def body(self) -> str:
        return "\n".join((self.lead, *self.paragraphs))


class SecondPortal(LoopbackSite):
    """See the module. ``charset``: ``utf-8`` or ``windows-1258`` (named in the header then, not in the page)."""

    def __init__(
        self,
        *,
        count: int = 40,
        now: Callable[[], datetime] = lambda: OPENING,
        latency: float = 0.0,
        charset: str = "utf-8",
        crawl_delay: float = 0.05,
    ) -> None:
        super().__init__(now=now, latency=latency)
        self.charset = charset
        self.crawl_delay = crawl_delay
        self._posts: dict[str, Post] = {}
        for place, story in enumerate(composed_series(date(2023, 2, 1), date(2024, 6, 20), count)):
            lines = [_line(block) for block in story.blocks]
            number = str(20_417 + 7 * place)
            slug = slug_of(story.title).lower()
            moment = datetime(story.dated.year, story.dated.month, story.dated.day, tzinfo=LOCAL)
            moment += timedelta(minutes=430 + place * 37 % 600)
            self._posts[number] = Post(
                source_id=number,
                path=f"/bai-viet/{slug}-{number}.html",
                section="lao-dong-viec-lam" if story.labour else "tin-tuc",
                title=story.title,
                lead=lines[0],
                paragraphs=tuple(lines[1:]),
                byline=story.byline,
                published_at=moment,
                changed_at=moment,
                file=(f"/tep/{number}/van-ban.pdf", "Văn bản kèm theo") if place % 9 == 0 else None,
            )

    def expected(self) -> Mapping[str, Post]:
        """By source id."""
        return dict(self._posts)

    def listing(self, section: str) -> list[Post]:
        posts = [post for post in self._posts.values() if post.section == section]
        return sorted(posts, key=lambda post: post.published_at, reverse=True)

    def edit(self, source_id: str, old: str, new: str) -> None:
        post = self._posts[source_id]
        edited = replace(
            post,
            title=post.title.replace(old, new),
            lead=post.lead.replace(old, new),
            paragraphs=tuple(line.replace(old, new) for line in post.paragraphs),
        )
        assert edited != post, f"{old!r} does not stand in post {source_id}"
        self._posts[source_id] = replace(edited, changed_at=self.now())

    def delete(self, source_id: str) -> None:
        del self._posts[source_id]

    def answer(self, request: Request) -> Response:
        path = request.path
        if path == "/robots.txt":
            rules = f"User-agent: *\nDisallow: {DISALLOWED}\nDisallow: /quan-tri/\nCrawl-delay: {self.crawl_delay}\n"
            return Response(200, rules.encode(), (("Content-Type", "text/plain"),))
        if path.startswith("/chuyen-muc/") and path.removeprefix("/chuyen-muc/") in SECTIONS:
            return self._listing_page(request, path.removeprefix("/chuyen-muc/"))
        for post in self._posts.values():
            if path == post.path:
                return self._conditional(request, _article(post), post.changed_at)
            if post.file is not None and path == post.file[0]:
                return Response(200, pdf(post.path), (("Content-Type", "application/pdf"),))
        if path in {"/", DISALLOWED}:
            return self._conditional(request, "<p>Trang chủ</p>", OPENING)
        return self._html(404, "<h2>Không tìm thấy trang</h2>")

    def _listing_page(self, request: Request, section: str) -> Response:
        asked = request.query.get("page", "1")
        number = max(1, int(asked)) if asked.isdecimal() else 1
        posts = self.listing(section)
        last = max(1, -(-len(posts) // PER_PAGE))
        shown = posts[(number - 1) * PER_PAGE : number * PER_PAGE]
        entries = "\n".join(
            f'<article class="post"><h3 class="post-title"><a href="{post.path}">{escape(post.title)}</a></h3>'
            f'<time class="post-date">{post.published_at:%d/%m/%Y | %H:%M}</time>'
            f'<p class="post-excerpt">{escape(post.lead)}</p></article>'
            for post in shown
        )
        numbers = "\n".join(f'<a class="page" href="?page={n}">{n}</a>' for n in range(1, last + 1) if n != number)
        newest = max((post.changed_at for post in posts), default=OPENING)
        body = f'<h2>{SECTIONS[section]}</h2>\n<div class="news-feed">\n{entries}\n</div>\n'
        return self._conditional(request, f'{body}<nav class="pagination">{numbers}</nav>', newest)

    def _conditional(self, request: Request, main: str, changed: datetime) -> Response:
        """304 when the content is what the client has: its ETag, else its date (RFC 9110, 13.1.3)."""
        tag = f'"{hashlib.sha256(main.encode()).hexdigest()[:20]}"'
        modified = changed.astimezone(UTC).replace(microsecond=0)
        validators = (("ETag", tag), ("Last-Modified", format_datetime(modified, usegmt=True)))
        known, since = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
        if known == tag or (known is None and since is not None and parsedate_to_datetime(since) >= modified):
            return Response(304, b"", validators)
        return self._html(200, main, validators)

    def _html(self, status: int, main: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
        views = 5_204_361 + len(self.requests)
        text = f"""<!DOCTYPE html>
<html lang="vi"><head><title>{ATTRIBUTION}</title></head><body>
<header class="site-header"><span class="today">{self.now().astimezone(LOCAL):%d/%m/%Y | %H:%M}</span>
<nav class="site-nav">{"".join(f'<a href="/chuyen-muc/{slug}">{name}</a>' for slug, name in SECTIONS.items())}
<a href="{DISALLOWED}">Tìm kiếm</a></nav></header>
<main class="site-main">
{main}
</main>
<aside class="hits"><h4>Lượt truy cập</h4><p>Đang truy cập: 12</p><p>Hôm nay: {345 + len(self.requests)}</p>
<p>Hôm qua: 2.110</p><p>Tháng này: 40.112</p><p>Tổng lượt truy cập: {f"{views:,}".replace(",", ".")}</p></aside>
<footer><p>Cơ quan chủ quản: Ủy ban nhân dân tỉnh Tân Giang</p><p>Địa chỉ: 12 Trần Phú, thành phố Tân Giang</p>
<p>Điện thoại: (0299) 3000 111</p><p>Email: banbientap@tangiang.example</p>
<p>Ghi rõ nguồn "{ATTRIBUTION}" khi phát hành lại thông tin từ trang này.</p></footer>
</body></html>
"""
        body = text.encode() if self.charset == "utf-8" else windows_1258(text)
        return Response(status, body, (("Content-Type", f"text/html; charset={self.charset}"), *headers))


def windows_1258(text: str) -> bytes:
    """Encode as Vietnamese Windows did: letters composed but for their tone, which follows as its own character."""
    pieces = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(part for part in parts if part in _TONES)
        rest = "".join(part for part in parts if part not in _TONES)
        pieces.append(unicodedata.normalize("NFC", rest) + tones)
    return "".join(pieces).encode("windows-1258")


def profile(base_url: str) -> str:
    """Write the one file that makes the collector read this portal."""
    parts = urlsplit(base_url)
    return f"""id = "tan-giang"
name = "Tỉnh Tân Giang"
base_url = "{parts.scheme}://{parts.netloc}/"
attribution = "{ATTRIBUTION}"

[[sections]]
id = "lao-dong-viec-lam"
url = "/chuyen-muc/lao-dong-viec-lam"
topic = "labour"

[[sections]]
id = "tin-tuc"
url = "/chuyen-muc/tin-tuc"

[identity]
patterns = ['^/bai-viet/[^/]*-(?P<id>\\d+)\\.html$']

[listing]
item = ["div.news-feed > article.post"]
link = ["h3.post-title a"]
title = ["h3.post-title a"]
date = ["time.post-date"]
lead = ["p.post-excerpt"]

[pager]
kind = "query"
parameter = "page"

[article]
title = ["h1.post-heading"]
published = ["span.post-time"]
lead = ["div.post-sapo"]
body = ["div.post-body"]
byline = ["p.post-author"]
remove = ["p.post-author", "div.post-share", "div.post-files"]
attachments = ["div.post-files a"]

[visits]
container = ["aside.hits"]

[visits.labels]
online = ["Đang truy cập"]
today = ["Hôm nay"]
yesterday = ["Hôm qua"]
month = ["Tháng này"]
total = ["Tổng lượt truy cập"]
"""


def mock_transport(site: LoopbackSite) -> httpx.MockTransport:
    """Reach a site without a socket, under any host name."""

    def handle(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = site.respond(Request(request.method, target, headers, request.read()))
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)

    return httpx.MockTransport(handle)


def _line(block: Block) -> str:
    return block if isinstance(block, str) else " | ".join(block)


def _article(post: Post) -> str:
    paragraphs = "\n".join(f"<p>{escape(line)}</p>" for line in post.paragraphs)
    author = f'<p class="post-author">{escape(post.byline)}</p>' if post.byline else ""
    file = f'<div class="post-files"><a href="{post.file[0]}">{post.file[1]}</a></div>' if post.file else ""
    return (
        f'<article class="post-detail"><h1 class="post-heading">{escape(post.title)}</h1>\n'
        f'<span class="post-time">{post.published_at:%d/%m/%Y | %H:%M}</span>\n<div class="post-body">\n'
        f'<div class="post-sapo">{escape(post.lead)}</div>\n{paragraphs}\n{author}\n'
        f'<div class="post-share">Chia sẻ</div>\n{file}\n</div></article>'
    )
