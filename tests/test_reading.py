"""Reading single pages: addresses, pagers, body text, counters, footers, and pages that are not what they should be."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.charset import to_utf8
from collector.config import demo_profile
from collector.demo.loopback import Request
from collector.demo.newsroom import LINK_FORMS, SEED_ID, Newsroom
from collector.demo.site import ReplicaPortal
from collector.dom import parse, selector_error
from collector.errors import FieldMissing, PageCut, PageTooDeep, ReadError, WrongPage
from collector.model import Page, PageKind, PageRequest, VisitCount
from collector.portal import open_page, source_id
from collector.portal.delta import delta_to_html
from collector.portal.links import absolute
from collector.profile import PagerProfile
from collector.vietnamese.characters import clean, fold_key, one_line
from collector.vietnamese.dates import printed_date

BASE = "https://vpub.example/"
PROFILE = demo_profile(BASE)
LISTING = BASE + "Default.aspx?sname=vpubnd&sid=1&pageid=2&catid=63645&catname=tin"
ARTICLE = BASE + "vpubnd/1292/32237/63645/735814/Cat/Tieu-de.aspx"
MARKS = '<input type="hidden" name="__VIEWSTATE" value="x"><div class="DateCreate">Ngày 08/01/2024</div>'


def page(body: str | bytes, url: str = ARTICLE, *, status: int = 200, final: str | None = None) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    moved = () if final is None else (url,)
    headers = {"content-type": "text/html"}
    return Page(url, final or url, datetime(2024, 1, 8, tzinfo=UTC), status, headers, raw, moved)


def article(body: str, *, title: str = "Tin mới về việc làm", extra: str = "") -> Page:
    return page(
        f'<html><body><form>{MARKS}<div class="ArticleTitle">{title}</div>'
        f'<div class="ArticleContent">{body}</div>{extra}</form></body></html>'
    )


def body_of(html: str) -> str:
    return open_page(article(html), PROFILE).article().body


# --- addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "vpubnd/1292/32237/63645/735814/Hoat-dong/Tieu-de-ngay-106-6-2023.aspx",
        "1292/32237/63645/735814/hoat-dong/tieu-de",
        "hoat-dong/tieu-de-nam-2023-735814",
        "mDefault.aspx?sid=1444&pageid=6591&catid=71012&id=735814&catname=a&title=b",
        "Default.aspx?sname=vpubnd&sid=1292&pageid=32237&catid=63645&id=735814",
    ],
)
def test_every_form_of_address_gives_the_same_id(path: str) -> None:
    assert source_id(BASE + path, PROFILE) == "735814"


@pytest.mark.parametrize(
    "path",
    [
        "Default.aspx?sname=vpubnd&sid=1292&pageid=32237&catid=63645",
        "",
        "gioi-thieu-chung",
        "vpubnd/1292/32237/63645/tin/",
    ],
)
def test_what_is_no_article_has_no_id(path: str) -> None:
    assert source_id(BASE + path, PROFILE) is None


# --- listings and pagers ------------------------------------------------------------------------------------------


def pager(*labels: str, current: str) -> str:
    cells = "".join(
        f"<span>{label}</span>"
        if label == current
        else f'<a href="javascript:__doPostBack(&#39;P${place}&#39;,&#39;&#39;)">{label}</a>'
        for place, label in enumerate(labels)
    )
    return f'<div class="ButtonPage">{cells}</div>'


def listing_page(inner: str, items: str = '<li><a href="/a/tin-100001">Tin</a></li>') -> Page:
    form = f'<form action="Default.aspx?catid=63645">{MARKS}<input type="hidden" name="__EVENTTARGET" value="old">'
    return page(f'<html><body>{form}<ul class="ArticleList">{items}</ul>{inner}</form></body></html>', LISTING)


def target(html: str, number: int) -> str | None:
    following = open_page(listing_page(html), PROFILE).listing(PageRequest(LISTING, number=number)).next
    if following is None:
        return None
    assert following.number == number + 1
    assert [name for name, _ in following.form] == ["__EVENTTARGET", "__EVENTARGUMENT", "__VIEWSTATE"]
    return dict(following.form)["__EVENTTARGET"]


def test_the_pager_is_followed_by_number_then_by_the_ellipsis_that_goes_forward() -> None:
    first = pager("1", "2", "3", "...", current="1")
    assert target(first, 1) == "P$1"
    assert target(pager("1", "2", "3", "...", current="3"), 3) == "P$3"
    assert target(pager("...", "4", "5", "6", "...", current="6"), 6) == "P$4"
    assert target(pager("...", "7", "8", current="8"), 8) is None, "a single ellipsis before the numbers goes back"
    assert target(pager("...", "9", current="9"), 9) is None
    assert target(pager("9", "...", current="9"), 9) == "P$1"


@pytest.mark.parametrize("label", ["²", "٣²", "9" * 5000, "１"])
def test_what_only_looks_like_a_number_does_not_break_the_pager(label: str) -> None:
    assert target(pager("1", "2", label, current="1"), 1) == "P$1"


def test_a_calendar_beside_the_list_is_no_pager() -> None:
    days = "".join(
        f"<td><a href=\"javascript:__doPostBack('cal','{8000 + day}')\">{day}</a></td>" for day in range(1, 32)
    )
    profile = replace(PROFILE, pager=PagerProfile(kind="postback"))
    reading = open_page(listing_page(f"<table><tr>{days}</tr></table>"), profile)
    assert reading.listing(PageRequest(LISTING)).next is None
    both = listing_page(f"<table><tr>{days}</tr></table>" + pager("1", "2", current="1"))
    following = open_page(both, profile).listing(PageRequest(LISTING)).next
    assert following is not None
    assert dict(following.form)["__EVENTTARGET"] == "P$1"


def test_an_ordinary_link_where_a_postback_was_expected_is_followed() -> None:
    html = '<div class="ButtonPage"><span>1</span><a href="/Default.aspx?catid=63645&p=2">2</a></div>'
    following = open_page(listing_page(html), PROFILE).listing(PageRequest(LISTING)).next
    assert following == PageRequest(BASE + "Default.aspx?catid=63645&p=2", number=2)


def test_numbers_that_cannot_be_clicked_still_tell_how_many_pages_there_are() -> None:
    html = '<div class="ButtonPage"><a>1</a><a href="javascript:other(2)">2</a><a>7</a></div>'
    found = open_page(listing_page(html), PROFILE).listing(PageRequest(LISTING))
    assert (found.next, found.last_page) == (None, 7)


def test_a_listing_takes_the_link_with_text_and_drops_foreign_hosts() -> None:
    items = (
        '<li><a href="/x/tin-100001"><img src="a.png"></a><a href="/x/tin-100001">Một</a></li>'
        '<li><a href="/x/tin-100002" title="Hai"><img src="b.png"></a></li>'
        '<li><a href="https://elsewhere.example/x/tin-100003">Ba</a></li>'
        '<li><a href="javascript:void(0)">Bốn</a></li>'
    )
    found = open_page(listing_page("", items), PROFILE).listing(PageRequest(LISTING))
    assert [(ref.source_id, ref.title, ref.url) for ref in found.items] == [
        ("100001", "Một", BASE + "x/tin-100001"),
        ("100002", "Hai", BASE + "x/tin-100002"),
    ]
    assert found.unreadable == 2


def test_an_empty_container_is_told_apart_from_a_missing_one() -> None:
    assert open_page(listing_page("", ""), PROFILE).listing(PageRequest(LISTING)).items == ()
    with pytest.raises(ReadError):
        open_page(page(f"<html>{MARKS}<p>x</p></html>", LISTING), PROFILE).listing(PageRequest(LISTING))


@pytest.mark.parametrize("first", [0, 1])
def test_a_query_pager_counts_from_its_first_number(first: int) -> None:
    profile = replace(PROFILE, pager=PagerProfile(kind="query", parameter="page", first=first))
    links = "".join(f'<a href="/list?c=1&page={number + first}">{number + 1}</a>' for number in (1, 39))
    request = PageRequest(BASE + "list?c=1")
    html = f'<html>{MARKS}<ul class="ArticleList"><li><a href="/a/tin-100001">Tin</a></li></ul>{links}</html>'
    found = open_page(page(html, request.url), profile).listing(request)
    assert found.next == PageRequest(f"{BASE}list?c=1&page={first + 1}", number=2)
    assert found.last_page == 40
    beyond = open_page(page(html, request.url), profile).listing(PageRequest(request.url, number=7))
    assert beyond.next == PageRequest(f"{BASE}list?c=1&page={first + 7}", number=8), (
        "a gap of linked numbers is bridged"
    )
    assert open_page(page(html, request.url), profile).listing(PageRequest(request.url, number=40)).next is None


@pytest.mark.parametrize(
    ("first", "values"), [(0, (2, 3, 40)), (1, (1, 2, 39)), (1, (10, 20, 390))], ids=["0 for 1", "1 for 0", "offsets"]
)
def test_a_query_pager_that_counts_otherwise_than_the_profile_says_is_refused(
    first: int, values: tuple[int, ...]
) -> None:
    """Read as it were, every second page or all of them would be passed over in silence."""
    profile = replace(PROFILE, pager=PagerProfile(kind="query", parameter="page", first=first))
    shown = zip((2, 3, 40), values, strict=True)
    links = "".join(f'<a href="/list?c=1&page={value}"> {number} </a>' for number, value in shown)
    html = f'<html>{MARKS}<ul class="ArticleList"><li><a href="/a/tin-100001">Tin</a></li></ul>{links}</html>'
    request = PageRequest(BASE + "list?c=1")
    with pytest.raises(FieldMissing, match=r'link "2" leads to page='):
        open_page(page(html, request.url), profile).listing(request)


@pytest.mark.parametrize("numbers", [(10, 20, 50), (20,), (1, 2, 31)], ids=["entries a page", "one choice", "days"])
def test_numbers_that_all_lead_to_the_first_page_are_no_pager(numbers: tuple[int, ...]) -> None:
    profile = replace(PROFILE, pager=PagerProfile(kind="query", parameter="page"))
    links = "".join(f'<a href="/list?c=1&page=1&so={number}">{number}</a>' for number in numbers)
    html = f'<html>{MARKS}<ul class="ArticleList"><li><a href="/a/tin-100001">Tin</a></li></ul>{links}</html>'
    request = PageRequest(BASE + "list?c=1")
    assert open_page(page(html, request.url), profile).listing(request).next is None


@pytest.mark.parametrize("start", ["", "1|#||4|", "\ufeff1|#||4|"])
def test_a_partial_reply_is_read_with_its_new_view_state(start: str) -> None:
    panel = (
        f'<ul class="ArticleList"><li><a href="/a/tin-100009">𠮷 Tin</a></li></ul>{pager("1", "2", "3", current="2")}'
    )

    def part(kind: str, name: str, content: str) -> str:
        return f"{len(content.encode('utf-16-le')) // 2}|{kind}|{name}|{content}|"

    body = (
        start
        + part("updatePanel", "p1", panel)
        + part("hiddenField", "__VIEWSTATE", "new")
        + part("asyncPostBackTimeout", "", "90")
    )
    found = open_page(page(body, LISTING), PROFILE).listing(PageRequest(LISTING, number=2))
    assert [ref.source_id for ref in found.items] == ["100009"]
    assert found.next is not None
    assert dict(found.next.form)["__VIEWSTATE"] == "new"
    for bad in (
        body[:-30],
        "²|updatePanel|p1|x|",
        f"{'9' * 5000}|updatePanel|p1|x|",
        part("error", "500", "Invalid viewstate"),
        part("pageRedirect", "", "/PageNotFound"),
    ):
        with pytest.raises(WrongPage):
            delta_to_html(bad.encode())


# --- articles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p class=MsoNormal><span>Đ</span><span>ồng chí</span><o:p></o:p></p><p>&nbsp;</p>", "Đồng chí"),
        ("<p>&nbsp;&nbsp; Một&nbsp;hai&#8239;ba&shy;</p>", "Một hai ba"),
        ("Một<br>Hai<br/><br>Ba", "Một\nHai\nBa"),
        ("<div>Một<div>Hai</div></div>", "Một\nHai"),
        ("<table><tr><td><p>Huyện</p></td><td>Hộ</td></tr><tr><td>Kế Sách</td><td>1.234</td></tr></table>",
         "Huyện | Hộ\nKế Sách | 1.234"),
        ("<table><tr><td><table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table></td></tr></table>",
         "a | b\nc | d"),
        ("<ul><li>Một</li><li>Hai</li></ul>", "Một\nHai"),
        ("<p>Một</p><p style='display:none'>ẩn</p><script>x</script><style>y</style><!-- z -->", "Một"),
        (unicodedata.normalize("NFD", "<p>Việc làm ở Sóc Trăng</p>"), "Việc làm ở Sóc Trăng"),
        ("<p>Ðồng chí, người dƣới</p>", "Đồng chí, người dưới"),
        ("<p>Một</p><p>Tin liên quan:</p><ul><li>Khác</li></ul>", "Một"),
        ("<p>Một</p><p>Hai</p><p style='text-align:right'><strong>Tổng hợp: Thu Hà</strong></p>", "Một\nHai"),
        ("<p>Một</p><p style='text-align:right'><strong>Hải Đăng</strong></p>", "Một"),
        ("<p>Một</p><p style='text-align:right'><strong>Tỷ lệ hộ nghèo còn 2%.</strong></p>", "Một\nTỷ lệ hộ nghèo còn 2%."),
    ],
)  # fmt: skip
def test_a_body_reads_as_a_reader_sees_it(html: str, text: str) -> None:
    assert body_of(html) == text


def test_a_lead_outside_the_body_goes_before_it_and_one_inside_stays() -> None:
    inside = open_page(article("<p><strong>Mở đầu.</strong></p><p>Tiếp.</p>"), PROFILE).article()
    assert (inside.lead, inside.body) == ("Mở đầu.", "Mở đầu.\nTiếp.")
    profile = replace(PROFILE, article=replace(PROFILE.article, lead=(".Sapo",)))
    outside = open_page(article("<p>Tiếp.</p>", extra='<div class="Sapo">Mở đầu.</div>'), profile).article()
    assert (outside.lead, outside.body) == ("Mở đầu.", "Mở đầu.\nTiếp.")


def test_an_address_is_written_as_everybody_compares_it() -> None:
    base = "https://vpub.soctrang.gov.vn/tin/"
    assert absolute("HTTPS://vpub.soctrang.gov.vn/a", base) == "https://vpub.soctrang.gov.vn/a"
    assert absolute("\x00 \x1fhttp://vpub.soctrang.gov.vn/a\x00", base) == "http://vpub.soctrang.gov.vn/a"
    assert absolute("HTTP://[", base) is None


def test_attachments_are_links_and_hostile_addresses_are_dropped() -> None:
    found = open_page(
        article(
            '<p>Một</p><img src="/a.png" alt="Ảnh"><a href="/Tệp số 1.pdf">Tệp</a><a href="javascript:alert(1)">x.pdf</a>'
            '<img src="data:image/png;base64,AA"><a href="/a.png">lại</a><a href="/trang">không phải tệp</a>'
        ),
        PROFILE,
    ).article()
    assert [(one.url, one.label, one.kind) for one in found.attachments] == [
        (BASE + "a.png", "Ảnh", "image"),
        (BASE + "T%E1%BB%87p%20s%E1%BB%91%201.pdf", "Tệp", "file"),
    ]


def test_the_clock_of_the_page_is_no_publication_date() -> None:
    clock = '<div class="DateTimeNow">Ngày 01/07/2024 07:30</div>'
    html = f'<html>{clock}<input name="__VIEWSTATE"><ul class="ArticleList"></ul>'
    html += '<div class="ArticleTitle">T</div><div class="ArticleContent">B</div></html>'
    assert open_page(page(html), PROFILE).article().published_on is None


@pytest.mark.parametrize("missing", ["ArticleTitle", "ArticleContent"])
def test_without_title_or_body_there_is_no_bulletin(missing: str) -> None:
    whole = article("<p>Một</p>")
    with pytest.raises(FieldMissing):
        open_page(replace(whole, body=whole.body.replace(missing.encode(), b"Other")), PROFILE).article()


# --- pages that are not what they should be -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_page", "kind"),
    [
        (page("", status=304), PageKind.NOT_MODIFIED),
        (page("x", status=410), PageKind.GONE),
        (page("x", status=403), PageKind.WAF),
        (page("x", status=503), PageKind.ERROR),
        (page("<h1>Server Error in '/' Application.</h1>"), PageKind.ERROR),
        (page("<p>Lỗi</p>", final=BASE + "GenericError.htm?aspxerrorpath=/x"), PageKind.ERROR),
        (page("<p>Lỗi</p>", final=BASE + "PageNotFoundError.aspx"), PageKind.SOFT_404),
        (page("<h1>Không tìm thấy trang yêu cầu</h1>"), PageKind.SOFT_404),
        (page("<p>Bài viết này không tồn tại hoặc đã bị xóa.</p>"), PageKind.SOFT_404),
        (page("<title>404 Not Found</title><h1>Error 404</h1>"), PageKind.SOFT_404),
        (article("Bài viết không tồn tại."), PageKind.SOFT_404),
        (page(f"<head><title>Lỗi 404</title></head>{MARKS}" + "<p>Tin trong tỉnh và cả nước hôm nay</p>" * 60), PageKind.SOFT_404),
        (page("<p>trang chủ</p>", final=BASE), PageKind.HOME),
        (page("<p>trang chủ</p>", final=BASE + "Default.aspx?sname=vpubnd&sid=1292&pageid=32237"), PageKind.HOME),
        (page("<h2>Cổng thông tin đang được nâng cấp, mời quay lại sau</h2>"), PageKind.MAINTENANCE),
        (page("<p>The site is down for maintenance</p>"), PageKind.MAINTENANCE),
        (page("<form>Đăng nhập <input type=password></form>"), PageKind.LOGIN),
        (page("<p>x</p>", final=BASE + "login.aspx?ReturnUrl=%2fx"), PageKind.LOGIN),
        (page("<title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/x'></script>"), PageKind.WAF),
        (page("<html><script>document.cookie=\"D1N=abc\";location.reload()</script></html>"), PageKind.WAF),
        (page("The requested URL was rejected. Your support ID is: 17", LISTING), PageKind.WAF),
        (page(b"%PDF-1.7 ..."), PageKind.FOREIGN),
        (page(b""), PageKind.FOREIGN),
        (page("<html><body><div id='app'></div></body></html>", LISTING), PageKind.FOREIGN),
        (article("<p>Một</p>"), PageKind.CONTENT),
        (listing_page(""), PageKind.CONTENT),
    ],
)  # fmt: skip
def test_a_page_is_recognised_by_its_marks_and_not_by_its_status(given_page: Page, kind: PageKind) -> None:
    reading = open_page(given_page, PROFILE)
    assert reading.kind is kind
    assert reading.why
    if kind is not PageKind.CONTENT:
        with pytest.raises(WrongPage):
            reading.article()


def test_a_bulletin_that_speaks_of_errors_and_maintenance_is_content() -> None:
    words = "Hệ thống đang bảo trì, nâng cấp; người dân đăng nhập không được, lỗi 404, không tìm thấy trang tra cứu. "
    reading = open_page(article(f"<p>{words * 3}</p><p>{words}</p>", extra="<input type=password>"), PROFILE)
    assert reading.kind is PageKind.CONTENT


def test_a_template_that_never_closes_its_body_is_read_and_a_page_cut_in_a_bulletin_is_not() -> None:
    whole = (
        "<html><body><ul class='ArticleList'><li><a href='/a/tin-100001'>Tin</a></li></ul><div class='DateCreate'>Ngày "
        "08/01/2024</div><h1 class='ArticleTitle'>Tin mới về việc làm</h1><div class='ArticleContent'><p>Đoạn một.</p>"
        "<p>Đoạn hai của bài.</p>{}<div>Đang online: 4</div>{}"
    )
    for end in ("</div>{}</body></html>", "</div>{}", "</div>{}</BODY>"):
        found = open_page(page(whole.format("", "").replace("<div>Đang", end.format("<div>Đang"))), PROFILE).article()
        assert found.body == "Đoạn một.\nĐoạn hai của bài."
    for cut in (
        whole.split("{}", maxsplit=1)[0],
        whole.split("{}", maxsplit=1)[0] + "</div>",
        whole.split(" của bài", maxsplit=1)[0],
        whole.split("một.", maxsplit=1)[0],
    ):
        with pytest.raises(PageCut):
            open_page(page(cut), PROFILE).article()
    with pytest.raises(PageCut):
        open_page(page(whole.split("</ul>", maxsplit=1)[0], LISTING), PROFILE).listing(PageRequest(LISTING))


def test_a_listing_that_leads_home_is_refused() -> None:
    with pytest.raises(WrongPage):
        open_page(replace(listing_page(""), final_url=BASE, redirects=(LISTING,)), PROFILE).listing(
            PageRequest(LISTING)
        )


# --- counters and footers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "counts"),
    [
        ("<ul><li>Đang online: 47<li>Hôm nay: 974<li>Trong tuần: 7&nbsp;286<li>Tất cả: 1204369</ul>", (47, 974, 7286, 1204369)),
        ("<table><tr><td>Đang truy cập</td><td>47</td></tr><tr><td>Hôm nay</td><td>974</td></tr>"
         "<tr><td>Tuần này</td><td>7.286</td></tr><tr><td>Tổng lượt truy cập</td><td>1.204.369</td></tr></table>",
         (47, 974, 7286, 1204369)),
        ("<p>Đang online: 47 Hôm nay: 974 Trong tuần: 7&#8239;286 Tất cả: 1,204,369</p>", (47, 974, 7286, 1204369)),
        ("<div>Đang online</div><div>47</div><div>Hôm nay</div><div>974</div>", (47, 974, None, None)),
        ("<p>Lượt truy cập hôm nay: 974</p><p>Lượt truy cập: 1204369</p>", (None, 974, None, 1204369)),
        ("<p>Hôm nay: 12 người đến</p>", None),
        ("<p>Lượt xem: 98</p><p>Điện thoại: 0299 3822339</p>", None),
    ],
)  # fmt: skip
def test_the_counter_is_read_by_its_labels(html: str, counts: tuple[int | None, ...] | None) -> None:
    found = open_page(article("<p>Một</p>", extra=html), PROFILE).visits()
    if counts is None:
        assert found is None
    else:
        online, today, week, total = counts
        assert found == VisitCount(online=online, today=today, week=week, total=total)


@pytest.mark.parametrize("quotes", ['""', "“”", "«»"])
def test_the_footer_names_publisher_and_condition(quotes: str) -> None:
    footer = (
        "<p>Địa chỉ: ở trong bài</p><p>Cơ quan chủ quản: Văn phòng tỉnh</p><p>Địa chỉ: 01 Đường A, phường 2</p>"
        "<p>Điện thoại: (0299) 3822339 - 622225&nbsp; Email: van.phong@tinh.example</p>"
        f"<p>@ Ghi rõ nguồn {quotes[0]}Cổng tỉnh{quotes[1]} khi phát hành lại</p>"
    )
    found = open_page(article("<p>Một</p>", extra=footer), PROFILE).publisher()
    assert found is not None
    assert (found.publisher, found.address, found.email) == (
        "Văn phòng tỉnh",
        "01 Đường A, phường 2",
        "van.phong@tinh.example",
    )
    assert (found.phone, found.attribution) == ("(0299) 3822339 - 622225", "Cổng tỉnh")


# --- characters, dates, charsets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day", "clock"),
    [
        ("Ngày 08/01/2024", date(2024, 1, 8), None),
        ("08/01/2024 04:20 CH", date(2024, 1, 8), time(16, 20)),
        ("08/01/2024 16:20 CH", date(2024, 1, 8), time(16, 20)),
        ("Thứ 2, 17/07/2023 | 16:20:48 [GMT +7]", date(2023, 7, 17), time(16, 20, 48)),
        ("01/11/2024 - 09:50", date(2024, 11, 1), time(9, 50)),
        ("19-12-2023, 06:55", date(2023, 12, 19), time(6, 55)),
        ("09:19 04/01/2017", date(2017, 1, 4), time(9, 19)),
        ("ngày 21 tháng 09 năm 2025", date(2025, 9, 21), None),
        ("28/6/ 2016", date(2016, 6, 28), None),
        ("Ngày đăng: 05/03/2023 / Lượt xem: 98", date(2023, 3, 5), None),
    ],
)
def test_printed_dates_are_read_day_first(text: str, day: date, clock: time | None) -> None:
    found = printed_date(text)
    assert found is not None
    assert (found.day, found.time) == (day, clock)


@pytest.mark.parametrize(
    "text", ["31/02/2024", "01/01/0001", "28/6", "tháng 11-2023", "1142/2024/QĐ", "106-6-2023", ""]
)
def test_what_is_no_full_date_is_none(text: str) -> None:
    assert printed_date(text) is None


def test_charsets_are_read_whatever_the_label_says() -> None:
    text = "<p>Sóc Trăng: giải quyết việc làm</p>"
    assert to_utf8(text.encode(), "text/html; charset=iso-8859-1")[0].decode() == text
    assert to_utf8(text.encode("utf-16"), None)[0].decode() == text
    assert to_utf8("<p>café</p>".encode("latin-1"), "text/html; charset=iso-8859-1")[0].decode() == "<p>café</p>"
    assert "giải" in to_utf8(text.encode()[:200] + b"\xff", None)[0].decode()


@pytest.mark.parametrize("name", ["undefined", "idna", "punycode", "unicode_escape", "utf-7", "hex", "", "x\0"])
def test_what_python_calls_a_charset_and_browsers_do_not_is_none(name: str) -> None:
    body = "việc làm".encode("windows-1258", "replace") + b"\\ud800 +2AU- \xff"
    text, charset = to_utf8(body, f"text/html; charset={name}")
    assert "vi" in text.decode()
    assert charset.lower() not in {"undefined", "idna", "punycode", "unicode-escape", "utf-7", "hex"}


def test_a_page_says_its_title_in_its_head_and_is_silent_without_one() -> None:
    assert parse("<title>\n Lỗi &amp; 404 </title><h1>Khác</h1>".encode()).title == "Lỗi & 404"
    assert parse(b"<h1>x</h1>").title == ""


def test_search_keys_meet_across_spellings() -> None:
    assert fold_key("Đường  Việc làm") == fold_key(unicodedata.normalize("NFD", "duong viec lam")) == "duong viec lam"


def test_a_wrong_selector_is_told_and_a_right_one_is_not() -> None:
    assert selector_error("div > a[href]") is None
    assert all(selector_error(bad) for bad in ("", "a[", "::nope", "]]"))


# --- hostile pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("markup", ["<div>", "<b><i>", "<table><tr><td>", "<ul><li><ul>"])
def test_a_page_nested_without_end_is_refused_before_it_is_parsed(markup: str) -> None:
    with pytest.raises(PageTooDeep):
        parse((markup * 50_000).encode())


def test_thousands_of_unclosed_paragraphs_are_no_depth() -> None:
    assert parse(b"<p>a" * 20_000).readable().count("\n") == 19_999


def read_everything(given_page: Page) -> None:
    reading = open_page(given_page, PROFILE)
    for ask in (
        lambda: reading.kind,
        reading.article,
        lambda: reading.listing(PageRequest(given_page.url)),
        reading.visits,
        reading.publisher,
        reading.sections,
    ):
        try:
            ask()
        except ReadError:
            continue


REPLICA = ReplicaPortal(newsroom=Newsroom(count=12), session_bound=False)
REAL = [
    REPLICA.answer(Request("GET", target, {}, b"")).body
    for target in (
        "/Default.aspx?sname=vpubnd&sid=1292&pageid=32237&catid=63651",
        *(one.path(form) for one in [REPLICA.newsroom.get(SEED_ID)] if one for form in LINK_FORMS),
    )
]


@given(st.data())
def test_no_mutation_of_a_page_raises_anything_but_a_read_error(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(REAL)))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 400)))
        body[start:end] = data.draw(st.binary(max_size=60))
    for url in (ARTICLE, LISTING):
        read_everything(page(bytes(body), url))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_raise_anything_but_a_read_error(body: bytes) -> None:
    read_everything(page(body))
    read_everything(page(body, LISTING))


@given(st.text())
def test_cleaning_is_idempotent_and_dates_never_raise(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert "\n" not in one_line(text)
    printed_date(text)


def test_a_heap_of_marks_is_cleared_and_a_dotted_line_stays() -> None:
    assert clean("Ti" + "e\u0302\u0301" + "n") == "Tiến"
    assert len(clean("a" + "\u0323\u0301" * 250_000)) < 40
    assert clean("…" * 200) == "…" * 200
    assert clean("ƣ" * 200_000) == "ư" * 200_000


@given(st.lists(st.text("abcđêơ ,.12", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=8))
def test_paragraphs_come_back_one_a_line(paragraphs: list[str]) -> None:
    html = "".join(f"<p class='MsoNormal'>{one}</p>\n" for one in paragraphs)
    assert parse(html.encode()).readable().split("\n") == [one_line(one) for one in paragraphs]
