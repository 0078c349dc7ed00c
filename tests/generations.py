"""One portal through three generations of its pages: WebForms, a NukeViet-like system, and a system of its own.

The ids of its bulletins survived both rebuildings; addresses, markup, pager and host did not. The province is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import escape

from collector.demo.loopback import LoopbackSite, Request, Response
from collector.model import Page

OLD, MIDDLE, TODAY = "webforms", "nukeviet", "own"
GENERATIONS = (OLD, MIDDLE, TODAY)
BASE = "https://thuanbinh.example/"
OLD_HOST = "vpub.thuanbinh.example"


@dataclass(frozen=True, slots=True)
class Post:
    """One bulletin, whatever its pages look like."""

    id: int
    title: str
    lead: str
    text: str
    day: date


POSTS = tuple(
    Post(
        id=735_810 + 7 * number,
        title=f"Xã Long Hòa đợt {number} trao {number * 12} căn nhà tình thương",
        lead=f"Đợt {number}, xã Long Hòa trao {number * 12} căn nhà tình thương cho hộ nghèo của xã.",
        text=f"Mỗi căn nhà trị giá {40 + number} triệu đồng, do các nhà hảo tâm trong tỉnh đóng góp.",
        day=date(2012, 1, 9 + number),
    )
    for number in range(1, 8)
)


def address(generation: str, post: Post, *, base: str = BASE) -> str:
    """Return the form that a generation's own pages link to."""
    if generation == OLD:
        return f"{base}vpubnd/1292/32237/63645/{post.id}/Tin-tuc/Trao-nha.aspx"
    if generation == MIDDLE:
        return f"{base}vi/news/an-sinh/trao-nha-{post.id}.html"
    return f"{base}bai-viet/{post.id}/trao-nha"


def other_addresses(post: Post) -> tuple[str, ...]:
    """Return further forms: mobile, by parameters, on the old host."""
    return (
        f"https://{OLD_HOST}/mDefault.aspx?sid=1292&pageid=6591&catid=63645&id={post.id}&catname=tin-tuc&title=trao-nha",
        f"https://{OLD_HOST}/tin-tuc/trao-nha-{post.id}",
        f"{BASE}index.php?language=vi&nv=news&op=an-sinh/trao-nha-{post.id}",
    )


def listing_address(generation: str, *, base: str = BASE) -> str:
    """Return where a generation lists its bulletins."""
    if generation == OLD:
        return f"{base}Default.aspx?sname=vpubnd&sid=1292&pageid=32237&catid=63645&catname=an-sinh"
    return f"{base}vi/news/an-sinh/" if generation == MIDDLE else f"{base}chuyen-muc/an-sinh"


def article(generation: str, post: Post, *, linking: str = "") -> str:
    """Draw a bulletin's page; ``linking`` goes below it."""
    title, lead, text = escape(post.title), escape(post.lead), escape(post.text)
    if generation == OLD:
        main = (
            f'<div class="ArticleDetail"><div class="ArticleTitle">{title}</div>'
            f'<div class="DateCreate">Ngày {post.day:%d/%m/%Y}</div><div class="ArticleContent">'
            f"<p><strong>{lead}</strong></p><p>{text}</p></div></div>"
        )
    elif generation == MIDDLE:
        main = (
            f'<div class="news_column panel panel-default"><div class="panel-body"><h1 class="title" itemprop="headline">'
            f'{title}</h1><div class="row"><span class="h5">Thứ hai - {post.day:%d/%m/%Y} 07:30</span></div>'
            f'<div class="hometext">{lead}</div><div id="news-bodyhtml" class="bodytext"><p>{text}</p></div></div></div>'
        )
    else:
        main = (
            f'<main class="tb-bai"><h1>{title}</h1><time>{post.day:%d/%m/%Y}</time>'
            f'<div class="tb-noi-dung"><p class="tb-mo-dau">{lead}</p><p>{text}</p></div></main>'
        )
    return frame(generation, main + linking)


def listing(generation: str, posts: tuple[Post, ...], *, base: str = BASE) -> str:
    """Draw a page that lists bulletins, in the generation's own form of address."""
    links = [(address(generation, post, base=base), escape(post.title), post.day) for post in posts]
    if generation == OLD:
        items = "".join(f'<li><a href="{url}">{title}</a></li>' for url, title, _ in links)
        return frame(generation, f'<ul class="ArticleList">{items}</ul>')
    if generation == MIDDLE:
        items = "".join(
            f'<div class="news_column"><div class="panel"><div class="panel-body"><h3><a href="{url}">{title}</a></h3>'
            f'<div class="text-muted">{day:%d/%m/%Y}</div></div></div></div>'
            for url, title, day in links
        )
        return frame(generation, items)
    items = "".join(f'<li class="tb-tin"><a href="{url}">{title}</a></li>' for url, title, _ in links)
    return frame(generation, f'<ul class="tb-danh-sach">{items}</ul>')


def frame(generation: str, main: str) -> str:
    """Put around a page's centre what tells its generation."""
    if generation == OLD:
        head, foot = '<input type="hidden" name="__VIEWSTATE" value="/wEP">', "<p>Đang online: 3</p><p>Hôm nay: 41</p>"
    elif generation == MIDDLE:
        head, foot = '<meta name="generator" content="NukeViet v4.5">', "<p>Đang truy cập 5</p><p>Tháng hiện tại 77</p>"
    else:
        head, foot = '<link rel="stylesheet" href="/tb/chu.css">', "<p>Trực tuyến: 9</p><p>Tổng: 1.234</p>"
    return f'<!DOCTYPE html><html lang="vi"><head>{head}<title>Tỉnh Thuận Bình</title></head><body>{main}{foot}</body></html>'


def page(url: str, html: str, day: date) -> Page:
    """Return a capture of a local day's noon."""
    return Page(
        url,
        url,
        datetime(day.year, day.month, day.day, 5, tzinfo=UTC),
        200,
        {"content-type": "text/html"},
        html.encode(),
    )


def profile(base: str = BASE, layouts: str | None = None) -> str:
    """Write the portal's one file; ``layouts`` stands in for the tables of its past."""
    return f"""
id = "thuan-binh"
name = "Tỉnh Thuận Bình"
base_url = "{base}"

[[sections]]
id = "an-sinh"
url = "/chuyen-muc/an-sinh"

[identity]
patterns = ['^/bai-viet/(?P<id>\\d+)/']

[recognise]
marks = ["main.tb-bai", "ul.tb-danh-sach", "link[href='/tb/chu.css']"]
needed = 1

[listing]
container = ["ul.tb-danh-sach"]
item = ["li.tb-tin"]

[article]
title = ["main.tb-bai h1"]
published = ["main.tb-bai time"]
lead = ["p.tb-mo-dau"]
body = ["div.tb-noi-dung"]

[visits.labels]
online = ["Trực tuyến"]
total = ["Tổng"]
{LAYOUTS if layouts is None else layouts}"""


#: The guesses of somebody who looked at a few captures.
LAYOUTS = f"""
[[layouts]]
id = "webforms"
family = "td-webforms"
valid_to = 2015-12-31
hosts = ["{OLD_HOST}"]

[[layouts]]
id = "nukeviet"
family = "nukeviet"
valid_from = 2016-01-01
valid_to = 2020-12-31
marks = ["meta[name='generator'][content^='NukeViet']", ".news_column"]
needed = 1
"""


class Rebuilt(LoopbackSite):
    """The portal itself: ``generation`` says how it is built today; old addresses lead nowhere any more."""

    generation = OLD
    posts: tuple[Post, ...] = POSTS[:4]

    def answer(self, request: Request) -> Response:
        base = f"http://{request.headers.get('host', '')}/"
        if request.target == listing_address(self.generation, base="/"):
            return self._html(listing(self.generation, self.posts, base=base))
        for post in self.posts:
            if request.target == address(self.generation, post, base="/"):
                return self._html(article(self.generation, post))
        return Response(404, b"<h1>404</h1>", (("Content-Type", "text/html"),))

    def _html(self, text: str) -> Response:
        return Response(200, text.encode(), (("Content-Type", "text/html; charset=utf-8"),))

    def edit(self, post: Post, **changes: str) -> None:
        """Change one bulletin."""
        self.posts = tuple(replace(one, **changes) if one.id == post.id else one for one in self.posts)  # type: ignore[arg-type]
