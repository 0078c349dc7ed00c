"""Bulletins without selectors: found in every layout, and never where none is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import demo_profile
from collector.demo.loopback import Request
from collector.demo.newsroom import SECTIONS, Newsroom
from collector.demo.site import ReplicaPortal
from collector.dom import parse
from collector.errors import FieldMissing, ReadError, WrongPage
from collector.maincontent import MAX_SKELETON, main_content
from collector.model import Bulletin, Page, PageKind
from collector.portal import open_page
from collector.profile import ArticleProfile, Profile, RecogniseProfile, SectionProfile
from layouts import BASE, SITE, Sample, frame, related, samples

#: The shipped labels of the counter and forms of address, and not one selector of an article.
BLIND = replace(
    demo_profile(BASE),
    name=SITE,
    article=ArticleProfile(title=(), body=()),
    recognise=RecogniseProfile(),
    sections=(SectionProfile("tin", BASE + "tin", name="Tin tức và sự kiện trong tỉnh"),),
)
ARTICLE = f"{BASE}tin-tuc/bai-viet-73216"
FIRST = "Ngày 12/6/2024, Sở Lao động tỉnh Hậu Thành tổ chức phiên giao dịch việc làm với 42 doanh nghiệp tham gia."
SECOND = (
    "Có 1.204 lao động được tư vấn, 318 người được tuyển dụng ngay tại chỗ; số còn lại hẹn phỏng vấn trong tháng 7."
)
TITLE = "Hơn một nghìn lao động được tư vấn việc làm"
PROSE = f"<p>{FIRST}</p><p>{SECOND}</p>"


def page(html: str | bytes, url: str = ARTICLE, *, final: str | None = None) -> Page:
    body = html.encode() if isinstance(html, str) else html
    moved = () if final is None else (url,)
    headers = {"content-type": "text/html"}
    return Page(url, final or url, datetime(2024, 7, 1, tzinfo=UTC), 200, headers, body, moved)


def read(html: str | bytes, url: str = ARTICLE, profile: Profile = BLIND) -> Bulletin:
    return open_page(page(html, url), profile).article()


def bulletin_page(inner: str, **around: str) -> str:
    return frame(f'<div class="khung">{inner}</div>', **around)


# --- what is found ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", list(samples()), ids=lambda sample: sample.name)
def test_a_bulletin_is_found_in_every_layout_without_a_selector(sample: Sample) -> None:
    found = read(sample.html, sample.url)
    assert (found.title, found.published_on) == (sample.title, sample.published_on)
    assert found.body.split("\n") == list(sample.lines)
    assert found.byline in {None, *sample.neutral}
    assert all(found.provenance[name].startswith("fallback:") for name in ("title", "body", "published_on"))


def test_the_text_is_shaped_by_the_same_rules_as_any_other() -> None:
    rows = "<table><tr><td>Huyện</td><td>Hộ nghèo</td></tr><tr><td>Thuận Bình</td><td>1.204</td></tr></table>"
    hidden = '<p style="display:none">Đoạn này không ai thấy trên trang, dù nó là một câu văn đầy đủ.</p>'
    inner = f"<h1>{TITLE}</h1><div><p>Một&nbsp;câu đ<span>ầu</span> về phiên giao dịch việc làm ở tỉnh.</p>{PROSE}{rows}{hidden}</div>"
    assert read(bulletin_page(inner)).body.split("\n") == [
        "Một câu đầu về phiên giao dịch việc làm ở tỉnh.", FIRST, SECOND, "Huyện | Hộ nghèo", "Thuận Bình | 1.204",
    ]  # fmt: skip


def test_no_word_is_taken_out_of_a_sentence() -> None:
    sentence = (
        "<p>Tại <st1:place w:st='on'>Hậu Thành</st1:place>, <span class='extra'>Sở Lao động</span> và "
        "<b class='comment'>Tỉnh đoàn</b><o:p> trao 42 suất học bổng</o:p> cho con công nhân <span class='menu'>nghèo</span>.</p>"
    )
    found = read(bulletin_page(f"<h1>{TITLE}</h1><div>{sentence}{PROSE}</div>"))
    assert found.body.split("\n")[0] == (
        "Tại Hậu Thành, Sở Lao động và Tỉnh đoàn trao 42 suất học bổng cho con công nhân nghèo."
    )


def test_what_the_profile_removes_is_removed_and_files_and_pictures_are_kept() -> None:
    inner = (
        f'<h1>{TITLE}</h1><div>{PROSE}<p><img src="/anh/1.jpg" alt="Ảnh"></p><p class="note">Câu này là lời rao của cổng.</p>'
        '<p>Toàn văn có trong <a href="/tep/bao-cao.pdf">Báo cáo</a> của Sở gửi kèm theo bản tin này.</p></div>'
    )
    found = read(bulletin_page(inner), profile=replace(BLIND, article=replace(BLIND.article, remove=(".note",))))
    assert "lời rao" not in found.body
    assert [(one.url.removeprefix(BASE), one.kind) for one in found.attachments] == [
        ("anh/1.jpg", "image"), ("tep/bao-cao.pdf", "file"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "Đường về xã được nâng cấp, hệ thống thủy lợi đang được nâng cấp, chợ tạm ngừng hoạt động để sửa chữa.",
        "Sở Giao thông làm cơ quan chủ quản dự án; các trang thiết bị dạy nghề cũng được bảo dưỡng.",
        "Người dân không tìm thấy việc làm phù hợp được giới thiệu sang doanh nghiệp khác.",
    ],
)
def test_a_short_bulletin_that_only_sounds_like_a_notice_is_found(sentence: str) -> None:
    found = read(bulletin_page(f"<h2>{TITLE}</h2><div><p>{sentence}</p>{PROSE}</div>", related=related()))
    assert found.body == f"{sentence}\n{FIRST}\n{SECOND}"


@pytest.mark.parametrize("missing", ["title", "body", "published"])
def test_only_what_no_selector_filled_comes_from_the_fallback(missing: str) -> None:
    whole = ArticleProfile(title=(".t",), body=(".b",), published=(".d",))
    html = bulletin_page(f'<h2 class="t">{TITLE}</h2><p class="d">12/06/2024</p><div class="b">{PROSE}</div>')
    profile = replace(BLIND, article=replace(whole, **{missing: (".other",)}))
    found, expected = read(html, profile=profile), read(html, profile=replace(BLIND, article=whole))
    name = "published_on" if missing == "published" else missing
    assert {field for field, by in found.provenance.items() if by.startswith("fallback:")} == {name}
    assert replace(found, provenance={}) == replace(expected, provenance={})


# --- dates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("between", "day"),
    [
        ("<p>Ngày 12/06/2024</p>", date(2024, 6, 12)),
        ("<p>Thứ tư, 12/06/2024 | 16:20 [GMT+7]</p>", date(2024, 6, 12)),
        ("<p>Ngày đăng: 12-06-2024 - Lượt xem: 98</p>", date(2024, 6, 12)),
        ("<p>Cập nhật lúc 07:15 ngày 12/6/2024</p>", date(2024, 6, 12)),
        ("", None),
        ("<p>Lượt xem: 98</p>", None),
        ("<p>Ngày 12/06/2024</p><p>Ngày 13/06/2024</p>", None),
        ("<p>Quyết định số 15/QĐ-UBND ngày 12/06/2024</p>", None),
        ("<p>Ngày 12/06/2024, Sở Lao động họp</p>", None),
        ("<p>Hạn nộp hồ sơ: 12/06/2024</p>", None),
    ],
)
def test_a_date_is_one_that_stands_alone_between_title_and_text(between: str, day: date | None) -> None:
    found = read(bulletin_page(f"<h1>{TITLE}</h1>{between}<div>{PROSE}</div>"))
    assert found.published_on == day
    assert ("published_on" in found.provenance) is (day is not None)


def test_the_pages_clock_is_never_a_date_even_beside_the_title() -> None:
    clock = "<div>Thứ hai, 01/07/2024 07:30</div>"
    assert read(bulletin_page(f"{clock}<h1>{TITLE}</h1><div>{PROSE}</div>{clock}")).published_on is None


# --- titles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        "",
        f"<h1>{SITE}</h1>",
        "<h1>Cổng thông tin điện tử tỉnh khác</h1>",
        "<h1>Tin tức và sự kiện trong tỉnh</h1>",
        "<h1>Tin tức</h1>",
        "<h1>Ngày 12/06/2024</h1>",
        '<h2><a href="/tin-tuc/tin-khac-81000">Trao quà cho gia đình chính sách ở xã Thuận Bình</a></h2>',
        "<p>Đây là một câu văn đứng trên thân bài, không phải đầu đề.</p>",
    ],
)
def test_a_text_without_a_title_of_its_own_is_no_bulletin(heading: str) -> None:
    with pytest.raises(FieldMissing) as raised:
        read(bulletin_page(f"{heading}<div>{PROSE}</div>"))
    assert raised.value.field == "title"


def test_the_title_is_the_pages_own_line_whatever_the_head_adds() -> None:
    html = bulletin_page(f"<div>{TITLE}</div><div>{PROSE}</div>", title=f"{TITLE.upper()} | {SITE}")
    assert read(html).title == TITLE


# --- what is no bulletin ------------------------------------------------------------------------------------------

_EXCERPTS = "".join(
    f'<div><h3><a href="/tin-tuc/tin-{81_000 + n}">Phiên giao dịch việc làm lần thứ {n} trong năm của tỉnh</a></h3>'
    f"<p>{FIRST}</p></div>"
    for n in range(12)
)
_ENGLISH = (
    "This domain may be for sale by its owner. The request was blocked by the security policy of this web site, "
    "because it looks like an automated one. Please contact the administrator and name the support id below. "
)
_PHONES = "".join(f"<p>Phòng Lao động huyện số {n}: (0299) 3000 1{n}</p>" for n in range(10, 30))
_DOCUMENTS = "".join(
    f'<p><a href="/van-ban/{n}.pdf">Quyết định số {n}/QĐ-UBND về việc ban hành kế hoạch giải quyết việc làm trong năm.</a></p>'
    for n in range(11, 31)
)
_EVENTS = "".join(f"<div>Thứ {n % 6 + 2}: Chủ tịch tỉnh làm việc với huyện số {n}</div>" for n in range(30))
_LETTER = (
    "<p>Kính thưa quý bạn đọc, để phục vụ người dân và doanh nghiệp ngày một tốt hơn, từ 0 giờ ngày mai cổng thông tin "
    "được nâng cấp toàn bộ phần mềm và máy chủ.</p><p>Trong thời gian đó một số chuyên mục không xem được. Ban biên tập "
    "xin cáo lỗi và mong bạn đọc thông cảm.</p>"
)
_FEATURED = '<a href="/tin-tuc/tin-81000">Trao quà cho gia đình chính sách ở xã Thuận Bình</a>'
_POSTBACKS = "".join(
    f'<div><h3><a href="javascript:__doPostBack(&#39;x{n}&#39;,&#39;&#39;)">Phiên giao dịch việc làm lần thứ {n} của tỉnh</a></h3>'
    f"<p>{FIRST}</p><p>{SECOND}</p><span>Xem tiếp »</span></div>"
    for n in range(6)
)
NO_BULLETIN = {
    "one bulletin featured on a home page": f"<h1>Tin nổi bật trong ngày</h1><h2>{_FEATURED}</h2><p>{FIRST} {SECOND}</p>",
    "the same, its picture between": f"<h1>Tin nổi bật trong ngày</h1><div><div>{_FEATURED}</div><img src='/a.png'><div>{FIRST} {SECOND}</div></div>",
    "a list whose links are postbacks": f"<h1>Tin trong tỉnh mới cập nhật</h1>{_POSTBACKS}",
    "menus only": "",
    "a list of bulletins with their leads": _EXCERPTS,
    "the same under a title": f"<h1>{TITLE}</h1>{_EXCERPTS}",
    "one lead above a list": f"<h1>{TITLE}</h1><p>{FIRST}</p>{_EXCERPTS}",
    "a list of documents": f"<h1>Văn bản mới ban hành trong tháng</h1>{_DOCUMENTS}",
    "a telephone book": f"<h1>Danh bạ điện thoại của ngành</h1>{_PHONES}",
    "a calendar": f"<h1>Lịch làm việc của lãnh đạo tỉnh</h1>{_EVENTS}",
    "not found, in words nobody foresaw": "<h1>Thông báo của ban biên tập</h1><p>Tin bạn chọn nay không có nữa.</p>",
    "not found, said at length": f"<h1>Thông báo của ban biên tập</h1><p>Bài viết này đã bị gỡ theo yêu cầu. {'Mời bạn đọc các tin khác của cổng. ' * 5}</p>",
    "maintenance, in a letter": f"<h1>Thông báo về cổng thông tin</h1>{_LETTER}",
    "a login without a field for a password": "<h1>Khu vực của cán bộ, công chức</h1><p>Nội dung này dành cho cán bộ của tỉnh. Bạn vui lòng đăng nhập bằng tài khoản định danh điện tử VNeID để xem tiếp nội dung của bản tin này.</p>",
    "a session that ended": "<h1>Thông báo của hệ thống</h1><p>Phiên làm việc của bạn đã hết hạn vì đã lâu không có thao tác nào trên trang. Bạn mở lại trang chủ rồi chọn tin cần xem, hoặc đóng trình duyệt.</p>",
    "an error in prose": "<h1>Thông báo của hệ thống</h1><p>Đã xảy ra lỗi trong khi máy chủ xử lý yêu cầu của bạn. Chúng tôi đã ghi nhận sự việc này và sẽ khắc phục trong thời gian ngắn nhất có thể.</p>",
    "a robot's test": "<h1>Kiểm tra truy cập của bạn</h1><p>Hãy xác nhận rằng bạn không phải là người máy bằng cách chọn vào ô bên dưới, sau đó trang sẽ tự mở lại cho bạn xem tin đã chọn.</p>",
    "English": f"<h1>Access to this page was denied</h1><p>{_ENGLISH * 3}</p>",
    "a slogan": "<h1>Chào mừng quý vị và các bạn</h1><p>Đoàn kết, kỷ cương, sáng tạo, phát triển!</p>",
    "a search form": "<h1>Tìm kiếm tin tức trên cổng</h1><p>Từ khóa</p><p>Từ ngày</p><p>Đến ngày</p><p>Chuyên mục</p>",
    "a footer for a text": f"<h1>{TITLE}</h1><div><p>Ghi rõ nguồn khi phát hành lại thông tin từ trang này, theo quy định của pháp luật về báo chí.</p>{PROSE}</div>",
    "a counter in the text": f"<h1>{TITLE}</h1><div>{PROSE}<p>Đang online: 47, hôm nay: 974, tất cả: 1204369 lượt.</p></div>",
}  # fmt: skip


@pytest.mark.parametrize("inner", NO_BULLETIN.values(), ids=NO_BULLETIN.keys())
@pytest.mark.parametrize("below", ["", related()], ids=["bare", "with related"])
@pytest.mark.parametrize("head", [SITE, f"{TITLE} - {SITE}"], ids=["site's title", "bulletin's title"])
def test_what_is_no_bulletin_is_never_recorded_as_one(inner: str, below: str, head: str) -> None:
    with pytest.raises(ReadError):
        read(bulletin_page(inner, title=head, related=below))


@pytest.mark.parametrize("sample", list(samples(2)), ids=lambda sample: sample.name)
def test_a_page_whose_bulletin_was_taken_out_is_none(sample: Sample) -> None:
    """The frame, the menus, the title in the head and the related bulletins remain."""
    emptied = re.sub(r'(<div class="col-main">).*?(<div class="block">)', r"\1\2", sample.html, flags=re.DOTALL)
    assert len(emptied) < len(sample.html)
    with pytest.raises(ReadError):
        read(emptied, sample.url)


REPLICA = ReplicaPortal(newsroom=Newsroom(count=30), session_bound=False)


@pytest.mark.parametrize(
    "target",
    ["/Default.aspx?sname=vpubnd&sid=1292&pageid=32237", "/gioi-thieu-chung", "/nope", *(one.url for one in SECTIONS)],
)
def test_another_page_of_the_portal_at_a_bulletins_address_is_none(target: str) -> None:
    answer = REPLICA.answer(Request("GET", target, {}, b""))
    with pytest.raises(ReadError):
        read(answer.body, f"{BASE}vpubnd/1292/32237/63645/735814/Cat/Tieu-de.aspx", demo_profile(BASE))


GOOD = bulletin_page(f"<h1>{TITLE}</h1><p>12/06/2024</p><div>{PROSE}</div>")


@pytest.mark.parametrize(
    ("url", "final"),
    [
        (BASE, None),
        (f"{BASE}gioi-thieu-chung", None),
        (f"{BASE}Default.aspx?sname=x&sid=1&pageid=2&catid=63645", None),
        (ARTICLE, f"{BASE}gioi-thieu-chung"),
        (ARTICLE, f"{BASE}tin-tuc/bai-khac-73217"),
    ],
)
def test_an_address_that_promises_no_bulletin_gets_none(url: str, final: str | None) -> None:
    assert read(GOOD).title == TITLE
    with pytest.raises(ReadError):
        open_page(page(GOOD, url, final=final), BLIND).article()


def test_a_page_without_the_familys_marks_is_not_read_by_the_fallback() -> None:
    marked = replace(BLIND, recognise=RecogniseProfile(marks=(".ArticleList", ".ButtonPage"), needed=1))
    with pytest.raises(WrongPage) as raised:
        read(GOOD, profile=marked)
    assert raised.value.kind == PageKind.FOREIGN.value
    assert read(GOOD.replace("</form>", '<ul class="ArticleList"></ul></form>'), profile=marked).title == TITLE


def test_the_fallback_never_says_what_kind_of_page_it_is() -> None:
    login = GOOD.replace("</form>", "<input type=password></form>")
    with pytest.raises(WrongPage) as raised:
        read(login)
    assert raised.value.kind == PageKind.LOGIN.value


# --- hostile pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("html", ["", "<html>", "<p>", "<body></body>", "<script>x</script>", "<frameset>", "<!-- -->"])
def test_where_there_is_nothing_nothing_is_found(html: str) -> None:
    assert main_content(parse(html.encode())) is None


def _monsters() -> Iterator[tuple[str, str]]:
    yield "deep", "<div>" * 990 + PROSE * 20
    yield "deep spans", "<div>" + "<span>" * 900 + FIRST * 20
    yield "pictures", "<div>" + PROSE * 5 + "<div><img></div>" * 4_000 + "</div>"
    yield "large", f"<div>{PROSE * (MAX_SKELETON // len(PROSE) + 1)}</div>"
    yield "one long word", f"<div><p>{'a' * 400_000}</p></div>"
    yield "white space", f"<div><p>{' ' * 400_000}x</p>{PROSE}</div>"
    yield "attributes", f'<div class="{"color=a style=b " * 5_000}" id="{"<" * 5_000}">{PROSE * 3}</div>'
    yield "links", "<div>" + f'<a href="{"x " * 2_000}">{FIRST}</a>' * 50 + "</div>"
    yield "keys of its own", '<div x="1"><p x="99999999999999999999">' + PROSE + ' x="12"</p></div>'
    yield "clocks", f"<h1>{TITLE}</h1><p>1/1/2024 {'10:30 ' * 17}x</p><div>{PROSE}</div>"
    yield "buttons", f"<h1>{TITLE}</h1><div><p>{'đã xem 1. ' * 12}x</p><p>{'Đã xem : 1. ' * 9_000}x</p>{PROSE}</div>"
    yield "dates", f"<h1>{TITLE}</h1>" + "<p>" + "1/" * 50_000 + f"</p>{PROSE}"


@pytest.mark.parametrize("html", [html for _, html in _monsters()], ids=[name for name, _ in _monsters()])
def test_a_monster_costs_one_page_and_no_more(html: str) -> None:
    document = parse(html.encode())
    found = main_content(document)
    assert found is None or len(document.skeleton()) <= MAX_SKELETON
    with suppress(ReadError):
        read(html)


PAGES = [sample.html.encode() for sample in samples(3)]


@given(st.data())
def test_no_mutation_of_a_page_without_selectors_raises_anything_but_a_read_error(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(PAGES)))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 2_000)))
        body[start:end] = data.draw(st.binary(max_size=60))
    try:
        found = read(bytes(body))
    except ReadError:
        return
    assert found.title
    assert found.title not in found.body.split("\n")[:1]
    assert len(found.body) >= 100


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_raise_anything_but_a_read_error(body: bytes) -> None:
    with pytest.raises(ReadError):
        read(body)
