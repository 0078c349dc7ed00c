"""Article pages in the layouts of many families, with what a reader sees in them: what an extractor is measured by.

Each page has what real ones have around a bulletin: a clock, long menus, a sidebar of legal documents, other bulletins
below, a counter, a footer. The province, the menus and the frame are invented; the bulletins are the replica's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import cycle, islice

from collector.demo.composing import Block, Story, composed_series
from collector.demo.wordpaste import set_body

BASE = "https://tinhmau.example/"
SITE = "Cổng thông tin điện tử tỉnh Hậu Thành"
CLOCK = date(2024, 7, 1)
_MENU = (
    "Trang chủ", "Giới thiệu", "Lịch sử hình thành", "Điều kiện tự nhiên", "Tổ chức bộ máy", "Thường trực Tỉnh ủy",
    "Ủy ban nhân dân tỉnh", "Các sở, ban, ngành", "Ủy ban nhân dân cấp huyện", "Tin tức - Sự kiện", "Tin trong tỉnh",
    "Tin trong nước", "Văn hóa - Thể thao", "Lao động - Việc làm", "An sinh xã hội", "Chỉ đạo điều hành",
    "Văn bản quy phạm pháp luật", "Lấy ý kiến dự thảo văn bản", "Thủ tục hành chính", "Dịch vụ công trực tuyến",
    "Công khai ngân sách", "Quy hoạch, kế hoạch", "Chiến lược phát triển", "Dự án, hạng mục đầu tư", "Đấu thầu, mua sắm công",
    "Thống kê, báo cáo", "Khoa học, công nghệ", "Hỏi đáp, góp ý", "Lịch công tác", "Sơ đồ cổng", "Liên hệ", "English",
)  # fmt: skip
_OTHERS = (
    "Họp mặt kỷ niệm ngày thành lập ngành Lao động", "Trao quà cho gia đình chính sách ở xã Thuận Bình",
    "Khai giảng lớp may công nghiệp cho lao động nông thôn", "Phiên giao dịch việc làm lần thứ ba trong năm",
    "Bàn giao nhà tình nghĩa tại thị trấn An Lộc", "Chi trả trợ cấp qua tài khoản cho người cao tuổi",
    "Tập huấn rà soát hộ nghèo, hộ cận nghèo", "Kiểm tra an toàn lao động tại các công trình xây dựng",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One page and what must be read from it."""

    name: str  #: layout and manner of setting, ``nukeviet/div``
    url: str
    html: str
    title: str
    lines: tuple[str, ...]  #: the body, the lead first, a table's row as one line
    published_on: date | None
    neutral: tuple[str, ...] = ()  #: lines that may stand in a body or not: the byline


#: How a body's paragraphs are set.
Manner = Callable[[tuple[Block, ...], int], str]


def _table(rows: list[tuple[str, ...]], cell: str = "<p>{}</p>") -> str:
    inner = "".join("<tr>" + "".join(f"<td>{cell.format(escape(one))}</td>" for one in row) + "</tr>" for row in rows)
    return f'<table border="1"><tbody>{inner}</tbody></table>'


def _set(blocks: tuple[Block, ...], one: str, between: str = "\n") -> str:
    parts, rows = [], []
    for block in (*blocks, ""):
        if isinstance(block, tuple):
            rows.append(block)
            continue
        if rows:
            parts.append(_table(rows))
            rows = []
        if block:
            parts.append(one.format(escape(block)))
    return between.join(parts)


#: A caption under its picture is the second line of the pages set by ``picture``.
CAPTION = "Đại biểu dự hội nghị tại điểm cầu của tỉnh"
MANNERS: dict[str, Manner] = {
    "p": lambda blocks, _: _set(blocks, '<p style="text-align: justify;">{}</p>'),
    "div": lambda blocks, _: _set(blocks, "<div>{}</div>"),
    "br": lambda blocks, _: _set(blocks, "{}", "<br />\n<br />\n"),
    "spans": lambda blocks, _: _set(
        blocks, '<div class="x"><span style="font-size:14pt"><span style="font-family:arial">{}</span></span></div>'
    ),
    "word": lambda blocks, number: set_body(number - number % 8, blocks, lead=False, picture=None, byline=None),
    "font": lambda blocks, _: _set(blocks, '<div align="justify"><font face="Arial" size="2">{}</font></div>'),
    "picture": lambda blocks, _: (
        _set(blocks[:1], "<p>{}</p>")
        + f'<p style="text-align:center"><img src="/anh/1.jpg" alt=""></p><p style="text-align:center">{CAPTION}</p>'
        + _set(blocks[1:], "<p>{}</p>")
    ),
    "short": lambda blocks, _: _set(blocks, "<p>{}</p>"),
    "cells": lambda blocks, _: "<table><tr><td>" + _set(blocks, "<p>{}</p>") + "</td></tr></table>",
    "figures": lambda blocks, _: _set(blocks, "<p>{}</p>"),
}
_FIGURES: tuple[Block, ...] = (
    ("Đơn vị", "Hộ nghèo", "Tỷ lệ"),
    ("Huyện Thuận Bình", "1.204", "2,31%"),
    ("Thị trấn An Lộc", "318", "0,97%"),
    ("Toàn tỉnh", "7.286", "2,05%"),
)


@dataclass(frozen=True, slots=True)
class _Text:
    """What a layout puts into its elements."""

    number: int
    title: str
    lead: str | None  #: set apart from the body
    body: str  #: HTML
    day: date
    byline: str | None


def _webforms(text: _Text) -> str:
    """The replica's own frame of tables, every class renamed: a silent change of layout."""
    lead = f"<p><b>{text.lead}</b></p>" if text.lead else ""
    by = f'<p align="right"><b>{text.byline}</b></p>' if text.byline else ""
    return (
        f'<table width="100%"><tr><td class="khung-giua"><div class="tt-bai">{text.title}</div>'
        f'<div class="ngay">Ngày {text.day:%d/%m/%Y} <span>Lượt xem: 98</span></div>'
        f'<div class="nd-bai">{lead}{text.body}{by}</div></td></tr></table>'
    )


def _sharepoint(text: _Text) -> str:
    lead = f'<div id="divArticleDescription"><strong>{text.lead}</strong></div>' if text.lead else ""
    return (
        f'<div class="article"><h1>{text.title}</h1><div class="date-detail"><span>{text.day:%d/%m/%Y} | 16:20</span></div>'
        f'{lead}<div id="divArticleContent"><div class="ExternalClass0A1B">{text.body}</div></div></div>'
    )


def _second_sharepoint(text: _Text) -> str:
    lead = f'<div id="divArticleDescription1">{text.lead}</div>' if text.lead else ""
    return (
        f'<div class="News_Detail"><h1 class="News_Detail_Title">{text.title}</h1>'
        f'<span class="News_Time_Post">Thứ hai, {text.day:%d/%m/%Y}, 07:30 (GMT+7)</span>'
        f'{lead}<div id="divArticleDescription2">{text.body}</div></div>'
    )


def _liferay(text: _Text) -> str:
    lead = f'<div class="sapo">{text.lead}</div>' if text.lead else ""
    return (
        f'<div class="portlet-body"><div class="asset-full-content"><h2 class="tieu-de">{text.title}</h2>'
        f'<p class="ngay-dang">Ngày đăng: {text.day:%d-%m-%Y} 08:15</p>{lead}'
        f'<div class="journal-content-article">{text.body}</div></div></div>'
    )


def _nukeviet(text: _Text) -> str:
    lead = f'<div class="hometext m-bottom" itemprop="description">{text.lead}</div>' if text.lead else ""
    return (
        f'<div class="news_column panel"><div class="panel-body"><h1 class="title margin-bottom-lg">{text.title}</h1>'
        f'<em class="pull-left" itemprop="datePublished">Thứ tư - {text.day:%d/%m/%Y} 09:21</em>'
        f'{lead}<div id="news-bodyhtml" class="bodytext margin-bottom-lg">{text.body}</div></div></div>'
    )


def _mojo(text: _Text) -> str:
    lead = f'<div class="sapo">{text.lead}</div>' if text.lead else ""
    by = f'<div class="article-author">{text.byline}</div>' if text.byline else ""
    return (
        f'<div class="panelwrapper articleview"><h2 class="articletitle">{text.title}</h2>'
        f'<div class="article-date">Cập nhật lúc: {text.day:%d/%m/%Y}</div>{lead}'
        f'<div id="article_text">{text.body}</div>{by}</div>'
    )


def _ministry(text: _Text) -> str:
    lead = f'<div id="show_description">{text.lead}</div>' if text.lead else ""
    return (
        f'<div id="detail_news"><div class="title_detail">{text.title}</div>'
        f'<div class="time_detail">{text.day:%d/%m/%Y} 14:05</div>{lead}<div id="show_content">{text.body}</div></div>'
    )


LAYOUTS: dict[str, Callable[[_Text], str]] = {
    "webforms": _webforms,
    "sharepoint": _sharepoint,
    "sharepoint2": _second_sharepoint,
    "liferay": _liferay,
    "nukeviet": _nukeviet,
    "mojoportal": _mojo,
    "ministry": _ministry,
}


def frame(main: str, *, title: str = SITE, related: str = "") -> str:
    """Put around a page's centre what portals put around it."""
    menu = "".join(f'<li><a href="/muc/{place}">{name}</a></li>' for place, name in enumerate(_MENU))
    documents = "".join(
        f'<li><a href="/van-ban/{n}">Quyết định số {n}/2024/QĐ-UBND ngày {n:02d}/06/2024 về việc quy định mức chi</a></li>'
        for n in range(11, 17)
    )
    return f"""<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{escape(title)}</title></head><body><form id="aspnetForm">
<div class="header"><h1 class="site">{SITE}</h1><div class="clock">Thứ hai, {CLOCK:%d/%m/%Y} 07:30:12</div>
<ul class="menu">{menu}</ul></div>
<div class="wrap"><div class="col-left"><ul>{menu}</ul><p>Văn bản mới</p><ul class="docs">{documents}</ul></div>
<div class="col-main">{main}{related}</div>
<div class="col-right"><p>Liên kết</p><ul>{menu}</ul><div class="counter"><p>Thống kê truy cập</p><p>Đang online: 47</p>
<p>Hôm nay: 974</p><p>Trong tuần: 7 286</p><p>Tất cả: 1204369</p></div></div></div>
<div class="footer"><ul>{menu}</ul><p>Cơ quan chủ quản: Ủy ban nhân dân tỉnh Hậu Thành. Giấy phép số 12/GP-TTĐT ngày 08/3/2021.</p>
<p>Địa chỉ: số 5 đường Trần Phú, thành phố Hậu Thành. Điện thoại: (0299) 3000 111. Email: cong@tinhmau.example</p>
<p>Ghi rõ nguồn "{SITE}" khi phát hành lại thông tin từ trang này.</p></div></form></body></html>
"""


def related(heading: str = "Tin liên quan") -> str:
    """List other bulletins, as portals do below each one."""
    items = "".join(
        f'<li><a href="/tin-tuc/tin-khac-{81_000 + place}">{name}</a> <span>({CLOCK:%d/%m/%Y})</span></li>'
        for place, name in enumerate(_OTHERS)
    )
    return f'<div class="block"><div class="block-title">{heading}</div><ul>{items}</ul></div>'


def _blocks(manner: str, story: Story) -> tuple[Block, ...]:
    if manner == "short":
        # Two sentences, and that is all: many real bulletins say no more.
        sentences = str(story.blocks[0]).split(". ")
        return (". ".join(sentences[:2]).rstrip(".") + ".",)
    return (*story.blocks[:2], *_FIGURES, *story.blocks[2:]) if manner == "figures" else story.blocks


def samples(per_layout: int = 10) -> Iterator[Sample]:
    """Give ``per_layout`` pages of every layout, the manners in turn; always the same ones."""
    stories = composed_series(date(2023, 1, 9), date(2024, 6, 21), per_layout * len(LAYOUTS))
    manners = cycle(MANNERS)
    for layout, draw in LAYOUTS.items():
        for place, (story, manner) in enumerate(zip(islice(stories, per_layout), manners, strict=False)):
            yield _sample(layout, draw, manner, story, place)


def _sample(layout: str, draw: Callable[[_Text], str], manner: str, story: Story, place: int) -> Sample:
    blocks = _blocks(manner, story)
    # Every other page sets its lead apart, where one is left over for a body.
    apart = place % 2 == 0 and len(blocks) > 1 and isinstance(blocks[0], str)
    number = 73_000 + 8 * place + 100 * list(LAYOUTS).index(layout)
    rest = blocks[1:] if apart else blocks
    main = draw(
        _Text(
            number=number,
            title=escape(story.title),
            lead=escape(str(blocks[0])) if apart else None,
            body=MANNERS[manner](rest, number),
            day=story.dated,
            byline=story.byline,
        )
    )
    lines = [block if isinstance(block, str) else " | ".join(block) for block in blocks]
    if manner == "picture":
        lines.insert(2 if apart else 1, CAPTION)
    heading = ("Tin liên quan", "Các tin khác", "Bài viết khác")[place % 3]
    # The page's title: the bulletin's, with the site's behind it, or the site's alone, as on the WebForms family.
    titles = (SITE, f"{story.title} - {SITE}", story.title)
    return Sample(
        name=f"{layout}/{manner}",
        url=f"{BASE}tin-tuc/bai-viet-{number}",
        html=frame(main, title=titles[place % 3], related=related(heading)),
        title=story.title,
        lines=tuple(lines),
        published_on=story.dated,
        neutral=() if story.byline is None else (story.byline,),
    )
