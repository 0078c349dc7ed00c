"""The replica's HTML, in the manner of the WebForms family: layout tables, one form around everything.

Class names: ``ul.ArticleList``, ``div.DateCreate``, ``div.ButtonPage`` were seen on real pages; ``div.ArticleTitle``
(``h1.TitleNews`` on mobile and short addresses), ``div.ArticleContent`` and ``div.AttachFile`` are ours, in the house
style.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from collector.demo.composing import seed_footer
from collector.demo.counter import Visits
from collector.demo.newsroom import PAGEID, SECTIONS, SID, SNAME, Article, LinkForm, Section
from collector.demo.viewstate import Token, delta
from collector.demo.wordpaste import set_body

PORTAL_NAME = "Cổng thông tin điện tử Văn phòng Ủy ban nhân dân tỉnh Sóc Trăng"
HOME = f"/Default.aspx?sname={SNAME}&sid={SID}&pageid={PAGEID}"
PER_PAGE = 10
_BLOCK = 10
_PANEL = "ctl00_ContentPlaceHolder1_ctl02_UpdatePanel1"
_PAGER_CONTROL = "ctl00$ContentPlaceHolder1$ctl02$rptPaging$ctl{:02d}$lbtPage"


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the content of a page."""

    title: str
    action: str  #: the form posts here: the page's own address
    token: Token
    now: datetime  #: local
    visits: Visits


@dataclass(frozen=True, slots=True)
class PagerLink:
    """One anchor of a pager."""

    label: str
    page: int  #: where it leads
    control: str  #: its event target; by position, so it means another page in another block


def pager_links(page: int, last: int) -> list[PagerLink]:
    """Give the anchors of page ``page`` of ``last``: ten numbers, ``...`` before and after where there are more.

    On later blocks there are two ``...``, of which the second goes forward, as seen on the real portal.
    """
    first = (page - 1) // _BLOCK * _BLOCK + 1
    final = min(first + _BLOCK - 1, last)
    targets = [(str(number), number) for number in range(first, final + 1)]
    if first > 1:
        targets.insert(0, ("...", first - 1))
    if final < last:
        targets.append(("...", final + 1))
    return [PagerLink(label, to, _PAGER_CONTROL.format(place)) for place, (label, to) in enumerate(targets)]


def pager(page: int, last: int) -> str:
    """``div.ButtonPage``; nothing at all for a single page."""
    if last <= 1:
        return ""
    anchors = []
    for link in pager_links(page, last):
        if link.label == str(page):
            anchors.append(f'<a class="aspNetDisabled CurrentPage">{link.label}</a>')
        else:
            call = f"javascript:__doPostBack(&#39;{link.control}&#39;,&#39;&#39;)"
            name = link.control.replace("$", "_")
            anchors.append(f'<a id="{name}" class="PageNumber" href="{call}">{link.label}</a>')
    return '<div class="ButtonPage">\n' + "&nbsp;\n".join(anchors) + "\n</div>"


def article_list(articles: Sequence[Article], section: Section | None, form: LinkForm) -> str:
    """``ul.ArticleList``: in each item the first link holds only the picture, the second the title."""
    items = []
    for article in articles:
        address = escape(article.path(form, section))
        title = escape(article.story.title)
        pictures = [enclosure.path for enclosure in article.enclosures if enclosure.kind == "image"]
        picture = escape(pictures[0] if pictures else "/Images/no-image.png")
        items.append(
            f'<li><a href="{address}"><img class="Thumb" src="{picture}" alt="" width="120" /></a>\n'
            f'<a class="Title" href="{address}" title="{title}">{title}</a></li>'
        )
    return '<ul class="ArticleList">\n' + "\n".join(items) + "\n</ul>"


def listing_panel(heading: str, listing: str, buttons: str) -> str:
    """Wrap what a postback of the pager replaces."""
    return f'<div class="ModuleTitle">{escape(heading)}</div>\n{listing}\n{buttons}'


def panel(content: str) -> str:
    """Wrap ``content`` in the page's one update panel."""
    return f'<div id="{_PANEL}">\n{content}\n</div>'


def article_content(article: Article, section: Section, views: int, *, compact: bool) -> str:
    """Set an article; ``compact`` is the look of mobile and short addresses: another title element, no layout table."""
    story = article.story
    title = escape(story.title)
    heading = f'<h1 class="TitleNews">{title}</h1>' if compact else f'<div class="ArticleTitle">{title}</div>'
    pictures = [enclosure.path for enclosure in article.enclosures if enclosure.kind == "image"]
    body = set_body(
        article.id, article.blocks, lead=story.lead, picture=pictures[0] if pictures else None, byline=story.byline
    )
    files = [
        f'<li><a href="{escape(file.path)}" target="_blank">{escape(file.label)}</a></li>'
        for file in article.enclosures
        if file.kind == "file"
    ]
    attached = f'<div class="AttachFile"><span>Tệp đính kèm:</span>\n<ul>{"".join(files)}</ul></div>' if files else ""
    inner = (
        f'<div class="Breadcrumb"><a href="{escape(HOME)}">Trang chủ</a> &raquo; '
        f'<a href="{escape(section.url)}">{escape(section.name)}</a></div>\n{heading}\n'
        f'<div class="DateCreate">Ngày {story.dated:%d/%m/%Y} <span class="ViewCount">Lượt xem: {views}</span> '
        f'<a href="javascript:window.print()">In trang</a></div>\n'
        f'<div class="ArticleContent">\n{body}\n</div>\n{attached}'
    )
    if compact:
        return f'<div class="ArticleDetail">\n{inner}\n</div>'
    return (
        '<table class="ArticleLayout" cellpadding="0" cellspacing="0" width="100%"><tr>'
        f'<td valign="top"><div class="ArticleDetail">\n{inner}\n</div></td></tr></table>'
    )


def page(frame: Frame, centre: str) -> str:
    """Put a page together."""
    hidden = "\n".join(
        f'<input type="hidden" name="{name}" id="{name}" value="{escape(value)}" />'
        for name, value in (("__EVENTTARGET", ""), ("__EVENTARGUMENT", ""), *frame.token.fields())
    )
    menu = "\n".join(f'<li><a href="{escape(section.url)}">{escape(section.name)}</a></li>' for section in SECTIONS)
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head id="ctl00_Head1"><meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{escape(frame.title)}</title>
<link href="/App_Themes/vpubnd/style.css" type="text/css" rel="stylesheet" />
</head>
<body>
<form name="aspnetForm" method="post" action="{escape(frame.action)}" id="aspnetForm">
<div>
{hidden}
</div>
<script type="text/javascript">
//<![CDATA[
var theForm = document.forms['aspnetForm'];
function __doPostBack(eventTarget, eventArgument) {{
    theForm.__EVENTTARGET.value = eventTarget; theForm.__EVENTARGUMENT.value = eventArgument; theForm.submit();
}}
//]]>
</script>
<table class="LayoutTable" align="center" width="1000" cellpadding="0" cellspacing="0">
<tr><td colspan="3" class="Header">
<a href="{escape(HOME)}"><img src="/Images/banner.png" alt="{PORTAL_NAME}" /></a>
<div class="DateTimeNow">Ngày {frame.now:%d/%m/%Y} <span id="clock">{frame.now:%H:%M:%S}</span></div>
<ul class="MenuTop">
<li><a href="{escape(HOME)}">Trang chủ</a></li>
<li><a href="/gioi-thieu-chung">Giới thiệu chung</a></li>
{menu}
<li><a href="{escape(HOME)}&amp;p_steering=3">Chỉ đạo điều hành</a></li>
</ul></td></tr>
<tr>
<td class="LeftColumn" valign="top" width="190">
<div class="ModuleTitle">Chuyên mục</div>
<ul class="MenuLeft">
{menu}
</ul>
<input name="ctl00$txtSearch" type="text" id="ctl00_txtSearch" />
<input type="submit" name="ctl00$btnSearch" value="Tìm kiếm" id="ctl00_btnSearch" />
</td>
<td class="CenterColumn" valign="top">
{centre}
</td>
<td class="RightColumn" valign="top" width="190">
<div class="ModuleTitle">Văn bản mới</div>
<ul class="ListItem">
<li class="Item"><a class="TitleDoc" href="/Upload/vpubnd/van-ban/15-2024-qd-ubnd.pdf">Quyết định số 15/2024/QĐ-UBND</a>
<span class="DateDoc">Ngày 18/06/2024</span></li>
<li class="Item"><a class="TitleDoc" href="/Upload/vpubnd/van-ban/87-kh-ubnd.pdf">Kế hoạch số 87/KH-UBND</a>
<span class="DateDoc">Ngày 03/06/2024</span></li>
</ul>
<a href="#"><img src="/Images/dich-vu-cong.png" alt="Dịch vụ công trực tuyến" /></a>
{visit_box(frame.visits)}
</td>
</tr>
<tr><td colspan="3" class="Footer">
{footer()}
</td></tr>
</table>
</form>
</body>
</html>
"""


def visit_box(visits: Visits) -> str:
    """The counter; the week alone has its thousands apart, by a no-break space, as on the user's page."""
    week = f"{visits.week:,}".replace(",", "&nbsp;")
    rows = (("Đang online", visits.online), ("Hôm nay", visits.today), ("Trong tuần", week), ("Tất cả", visits.total))
    items = "\n".join(f"<li>{label}: <b>{number}</b></li>" for label, number in rows)
    return f'<div class="ModuleTitle">Thống kê truy cập</div>\n<ul class="Statistic">\n{items}\n</ul>'


def footer() -> str:
    """The footer's lines as on the user's page."""
    return "\n".join(f"<p>{escape(line, quote=False).replace(chr(160), '&nbsp;')}</p>" for line in seed_footer())


def delta_reply(frame: Frame, content: str) -> str:
    """Answer a postback that came with ``X-MicrosoftAjax: Delta=true``: the panel and the new hidden fields."""
    hidden = [("hiddenField", name, value) for name, value in frame.token.fields()]
    return delta(
        [
            ("updatePanel", _PANEL, "\n" + content + "\n"),
            ("hiddenField", "__EVENTTARGET", ""),
            ("hiddenField", "__EVENTARGUMENT", ""),
            *hidden,
            ("asyncPostBackControlIDs", "", ""),
            ("postBackControlIDs", "", ""),
            ("updatePanelIDs", "", f"t{_PANEL.replace('_', '$')},"),
            ("childUpdatePanelIDs", "", ""),
            ("panelsToRefreshIDs", "", f"{_PANEL.replace('_', '$')},"),
            ("asyncPostBackTimeout", "", "90"),
            ("formAction", "", frame.action),
            ("pageTitle", "", frame.title),
        ]
    )


def server_error(message: str) -> str:
    """The yellow page of ASP.NET."""
    return f"""<!DOCTYPE html>
<html>
<head><title>{escape(message)}</title></head>
<body bgcolor="white">
<span><h1>Server Error in '/' Application.<hr width="100%" size="1" color="silver"></h1>
<h2><i>{escape(message)}</i></h2></span>
<b>Description: </b>An unhandled exception occurred during the execution of the current web request.<br><br>
<b>Exception Details: </b>System.Web.HttpException: {escape(message)}<br><br>
<hr width="100%" size="1" color="silver"><b>Version Information:</b>&nbsp;Microsoft .NET Framework Version:4.0.30319
</body>
</html>
"""
