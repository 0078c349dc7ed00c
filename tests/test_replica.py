"""The replica portal: what is published can be read there, and it misbehaves only as real portals do."""

from __future__ import annotations

import gc
import io
import re
import socket
import threading
import time
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from collector.demo.composing import composed_story, handwritten_stories, opening_stories, vietnamese_number
from collector.demo.counter import VisitCounter, Visits
from collector.demo.loopback import LOCAL, OPENING, LoopbackSite, Request, Response
from collector.demo.newsroom import LINK_FORMS, SECTIONS, SEED_ID, Departure, Newsroom, slug_of
from collector.demo.pages import HOME, pager_links
from collector.demo.site import ReplicaPortal
from collector.demo.viewstate import delta
from collector.demo.wordpaste import Paste, paste_of
from second_portal import DISALLOWED, SecondPortal, mock_transport, profile, windows_1258

LABOUR = SECTIONS[0]
BASE = "http://portal.test"


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    return Newsroom()


@pytest.fixture
def portal() -> ReplicaPortal:
    return ReplicaPortal()


@pytest.fixture
def client(portal: ReplicaPortal) -> Iterator[httpx.Client]:
    with httpx.Client(transport=mock_transport(portal), base_url=BASE) as browser:
        yield browser


def read_body(html: str) -> str:
    """What a reader sees of div.ArticleContent, by other means than the program's own."""
    content = LexborHTMLParser(html).css_first("div.ArticleContent")
    assert content is not None
    text = re.sub(r"<!--.*?-->", "", content.html or "", flags=re.DOTALL)

    def row(match: re.Match[str]) -> str:
        cells = re.findall(r"<td[^>]*>(.*?)</td>", match[1], flags=re.DOTALL)
        return " | ".join(" ".join(re.sub(r"<[^>]*>", "", cell).split()) for cell in cells) + "\x00"

    text = re.sub(r"<tr>(.*?)</tr>", row, text, flags=re.DOTALL)
    text = re.sub(r"<br\s*/?>|</p>|</div>", "\x00", text)
    text = unescape(re.sub(r"<[^>]*>", "", text))
    text = unicodedata.normalize("NFC", text).translate({0xAD: None, 0xFEFF: None, 0xD0: "Đ", 0x1A3: "ư"})
    return "\n".join(line for line in (" ".join(part.split()) for part in text.split("\x00")) if line)


def listed_ids(html: str) -> list[str]:
    links = LexborHTMLParser(html).css("ul.ArticleList li a.Title")
    return [re.findall(r"/(\d{6})/", link.attributes["href"] or "")[0] for link in links]


def hidden_fields(html: str) -> dict[str, str]:
    inputs = LexborHTMLParser(html).css("input[type=hidden]")
    return {field.attributes["name"] or "": field.attributes["value"] or "" for field in inputs}


def press(client: httpx.Client, url: str, html: str, label: str, *, partial: bool = False) -> httpx.Response:
    anchors = [anchor for anchor in LexborHTMLParser(html).css("div.ButtonPage a") if anchor.text(strip=True) == label]
    call = re.search(r"__doPostBack\('([^']*)'", anchors[-1].attributes["href"] or "")
    assert call is not None
    fields = {**hidden_fields(html), "__EVENTTARGET": call[1]}
    return client.post(url, data=fields, headers={"X-MicrosoftAjax": "Delta=true"} if partial else {})


# What is published


def test_the_opening_has_two_hundred_bulletins_and_no_two_alike(newsroom: Newsroom) -> None:
    expected = newsroom.expected().values()
    assert len(expected) == 201
    assert len({bulletin.title for bulletin in expected}) == 201
    assert len({bulletin.body for bulletin in expected}) == 201
    assert len({paragraph for story in handwritten_stories() for paragraph in story.blocks}) > 150
    assert sum(1 for _ in handwritten_stories()) >= 50


def test_about_one_bulletin_in_seven_is_off_topic(newsroom: Newsroom) -> None:
    others = [bulletin for bulletin in newsroom.expected().values() if not bulletin.labour]
    assert 0.12 < len(others) / 201 < 0.18


def test_the_bulletin_of_the_user_is_there_word_for_word(newsroom: Newsroom) -> None:
    seed = newsroom.expected()[str(SEED_ID)]
    assert seed.published_on == date(2024, 1, 8)
    assert seed.title.startswith("HỘI NGHỊ TỔNG KẾT CÔNG TÁC LAO ĐỘNG, NGƯỜI CÓ CÔNG")
    assert len(seed.blocks) == 4
    assert "giải quyết việc làm cho 29.412 lao động, đạt 105,04% kế hoạch" in seed.body
    assert seed.body.endswith("trong Nghị quyết Đại hội Đảng bộ tỉnh.")


def test_every_text_is_composed_and_filled(newsroom: Newsroom) -> None:
    for bulletin in newsroom.expected().values():
        text = f"{bulletin.title}\n{bulletin.body}\n{bulletin.byline}"
        assert unicodedata.is_normalized("NFC", text)
        assert not re.search(r"[{}=\x00]|\s{2}|\.\.(?!\.)", text), text
        assert bulletin.title.strip() == bulletin.title
        assert len(bulletin.blocks) >= 2


def test_the_same_bulletins_come_every_time(newsroom: Newsroom) -> None:
    assert dict(Newsroom().expected()) == dict(newsroom.expected())
    assert list(opening_stories(60)) == list(opening_stories(60))


@pytest.mark.parametrize("serial", range(40))
def test_a_composed_bulletin_tells_nothing_of_the_future(serial: int) -> None:
    day = date(2024, 4, 3)
    text = "\n".join(str(block) for block in composed_story(serial, day).blocks)
    for found in re.findall(r"\b(\d{1,2})/(\d{1,2})/(20\d\d)\b", text):
        assert date(int(found[2]), int(found[1]), int(found[0])) <= day
    assert not re.search(r"(?:[4-9]|1[0-2]) tháng đầu năm 2024|tháng (?:[4-9]|1[0-2])/2024", text)


def test_some_bulletins_are_listed_in_two_sections(newsroom: Newsroom) -> None:
    twice = [bulletin for bulletin in newsroom.expected().values() if len(bulletin.sections) == 2]
    assert len(twice) >= 5
    for bulletin in twice:
        for slug in bulletin.sections:
            assert int(bulletin.source_id) in {article.id for article in newsroom.listing(slug)}


def test_ids_grow_with_the_days_but_for_an_import(newsroom: Newsroom) -> None:
    oldest_first = list(reversed(newsroom.listing()))
    imported = [article for article in oldest_first if article.id < 600_000]
    assert imported
    own = [article for article in oldest_first if article not in imported]
    assert [article.id for article in own] == sorted(article.id for article in own)


def test_numbers_are_printed_the_vietnamese_way() -> None:
    assert vietnamese_number(1204369) == "1.204.369"
    assert vietnamese_number(1514.6, 2) == "1.514,60"


def test_addresses_are_folded_titles() -> None:
    assert slug_of("HỘI NGHỊ TỔNG KẾT: Người có công") == "HOI-NGHI-TONG-KET-Nguoi-co-cong"
    assert len(slug_of("đào tạo " * 40)) <= 90


# How it looks


def test_every_article_page_shows_what_the_newsroom_expects(portal: ReplicaPortal, client: httpx.Client) -> None:
    pastes = set()
    for bulletin in portal.newsroom.expected().values():
        html = client.get(bulletin.path).text
        tree = LexborHTMLParser(html)
        title, dated = tree.css_first("div.ArticleTitle"), tree.css_first("div.DateCreate")
        assert title is not None
        assert dated is not None
        assert title.text(strip=True) == bulletin.title
        assert dated.text().startswith(f"Ngày {bulletin.published_on:%d/%m/%Y}")
        seen = bulletin.body if bulletin.byline is None else f"{bulletin.body}\n{bulletin.byline}"
        assert read_body(html) == seen
        lead = tree.css_first("div.ArticleContent > p:first-child > strong")
        assert (lead is not None) == (bulletin.lead is not None), bulletin.path
        links = [link.attributes["href"] for link in tree.css("div.AttachFile a")]
        assert links == [file.path for file in bulletin.attachments if file.kind == "file"]
        pictures = [image.attributes["src"] for image in tree.css("div.ArticleContent img")]
        assert pictures == [file.path for file in bulletin.attachments if file.kind == "image"]
        pastes.add(paste_of(int(bulletin.source_id)))
    assert pastes == set(Paste)


def test_bodies_carry_the_marks_of_word(portal: ReplicaPortal, client: httpx.Client) -> None:
    every = "".join(client.get(bulletin.path).text for bulletin in portal.newsroom.expected().values())
    for mark in (
        "MsoNormal",
        "<o:p>",
        "&ecirc;",
        "&nbsp; &nbsp;",
        "letter-spacing",
        "<font",
        "e\u0302",
        "\u00d0",
        "\u01a3",
    ):
        assert mark in every, mark


def test_all_forms_of_an_address_lead_to_the_same_article(portal: ReplicaPortal, client: httpx.Client) -> None:
    article = portal.newsroom.get(SEED_ID)
    assert article is not None
    bodies = {read_body(client.get(article.path(form)).text) for form in LINK_FORMS}
    assert bodies == {portal.newsroom.expected()[str(SEED_ID)].body}
    assert 'class="TitleNews"' in client.get(article.path("short")).text


def test_listing_links_follow_the_chosen_form(portal: ReplicaPortal, client: httpx.Client) -> None:
    portal.link_form = "short"
    first = LexborHTMLParser(client.get(LABOUR.url).text).css("ul.ArticleList li a")
    assert first[0].text(strip=True) == ""
    assert first[0].css_first("img") is not None
    assert re.fullmatch(r"/tin-lao-dong-xa-hoi/[a-z0-9-]+-\d+", first[1].attributes["href"] or "")


def test_the_page_of_the_seed_shows_the_counter_and_the_footer_of_the_seed(client: httpx.Client) -> None:
    html = client.get(f"/vpubnd/1292/32237/{LABOUR.catid}/{SEED_ID}/Tin/x.aspx").text
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
    assert "Đang online: 47 Hôm nay: 974 Trong tuần: 7 286 Tất cả: 1204369" in text
    assert "<b>7&nbsp;286</b>" in html
    assert "Cơ quan chủ quản: Văn phòng UBND tỉnh Sóc Trăng" in text
    assert "Điện thoại: (02993) 822339 - 622225 Email: phonghanhchinh-soctrang@chinhphu.vn" in text
    assert (
        '@ Ghi rõ nguồn "Cổng thông tin điện tử Văn phòng Ủy ban nhân dân tỉnh Sóc Trăng" khi phát hành lại '
        "thông tin từ Cổng thông tin này." in text
    )


def test_the_clock_of_the_page_looks_like_a_date_of_publication(client: httpx.Client) -> None:
    clock = LexborHTMLParser(client.get(HOME).text).css_first("div.DateTimeNow")
    assert clock is not None
    assert clock.text().startswith("Ngày 01/07/2024")


def test_the_home_page_shows_the_newest_of_each_section(portal: ReplicaPortal, client: httpx.Client) -> None:
    home = client.get("/", follow_redirects=True)
    assert str(home.url) == BASE + HOME
    newest = [str(article.id) for section in SECTIONS for article in portal.newsroom.listing(section.slug)[:5]]
    assert listed_ids(home.text) == newest


def test_attachments_are_real_files(portal: ReplicaPortal, client: httpx.Client) -> None:
    files = [file for bulletin in portal.newsroom.expected().values() for file in bulletin.attachments]
    heads = {"png": b"\x89PNG\r\n", "pdf": b"%PDF-1.4", "docx": b"PK\x03\x04"}
    for ending, head in heads.items():
        found = client.get(next(file.path for file in files if file.path.endswith(ending)))
        assert found.content.startswith(head)
        if ending == "docx":
            assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(found.content)).namelist()


def test_robots_forbid_the_administration_only(client: httpx.Client) -> None:
    assert client.get("/robots.txt").text.splitlines() == ["User-agent: *", "Allow: /", "Disallow: /Admin"]


# The pager


def test_walking_the_pager_finds_every_bulletin_of_a_section(portal: ReplicaPortal, client: httpx.Client) -> None:
    page, found, number = client.get(LABOUR.url), list[str](), 1
    while True:
        found += listed_ids(page.text)
        number += 1
        labels = [anchor.text(strip=True) for anchor in LexborHTMLParser(page.text).css("div.ButtonPage a")]
        label = str(number) if str(number) in labels else "..." if labels[-1] == "..." else None
        if label is None:
            break
        page = press(client, LABOUR.url, page.text, label)
        assert page.status_code == 200
    assert found == [str(article.id) for article in portal.newsroom.listing(LABOUR.slug)]
    assert number > 11, "the pager has a second block"


def test_on_a_later_block_the_second_dots_go_forward() -> None:
    assert [(link.label, link.page) for link in pager_links(11, 25)][:2] == [("...", 10), ("11", 11)]
    assert [(link.label, link.page) for link in pager_links(11, 25)][-1] == ("...", 21)
    assert pager_links(1, 25)[1].control == pager_links(11, 25)[1].control, "one control, another page"


def test_a_partial_postback_answers_with_the_panel_and_new_hidden_fields(client: httpx.Client) -> None:
    first = client.get(LABOUR.url)
    reply = press(client, LABOUR.url, first.text, "2", partial=True)
    parts = dict[str, str]()
    rest = reply.text
    while rest:
        head = re.match(r"(\d+)\|([^|]*)\|([^|]*)\|", rest)
        assert head is not None, rest[:60]
        length = int(head[1])
        parts[head[3] or head[2]] = rest[head.end() : head.end() + length]
        assert rest[head.end() + length] == "|"
        rest = rest[head.end() + length + 1 :]
    panel = next(content for content in parts.values() if "ArticleList" in content)
    assert len(listed_ids(panel)) == 10
    assert listed_ids(panel) != listed_ids(first.text)
    assert parts["__VIEWSTATE"] != hidden_fields(first.text)["__VIEWSTATE"]


def test_a_delta_counts_its_lengths_as_javascript_does() -> None:
    assert delta([("updatePanel", "p", "a😀")]) == "1|#||4|3|updatePanel|p|a😀|"


@pytest.mark.parametrize("status", [500, 200])
def test_a_view_state_is_good_for_one_use(status: int) -> None:
    portal = ReplicaPortal(error_status=status, count=60)
    with httpx.Client(transport=mock_transport(portal), base_url=BASE) as client:
        page = client.get(LABOUR.url).text
        assert len(hidden_fields(page)["__VIEWSTATE"]) > 2000
        assert press(client, LABOUR.url, page, "2").status_code == 200
        again = press(client, LABOUR.url, page, "2")
    assert again.status_code == status
    assert "Server Error in '/' Application" in again.text


def test_a_view_state_belongs_to_its_session_and_section(client: httpx.Client, portal: ReplicaPortal) -> None:
    page = client.get(LABOUR.url).text
    stranger = httpx.Client(transport=mock_transport(portal), base_url=BASE)
    assert press(stranger, LABOUR.url, page, "2").status_code == 500
    page = client.get(LABOUR.url).text
    assert press(client, SECTIONS[1].url, page, "2").status_code == 500
    portal.session_bound = False
    page = client.get(LABOUR.url).text
    assert press(stranger, LABOUR.url, page, "2").status_code == 200


def test_a_postback_without_event_validation_is_refused(client: httpx.Client) -> None:
    fields = hidden_fields(client.get(LABOUR.url).text)
    del fields["__EVENTVALIDATION"]
    assert client.post(LABOUR.url, data=fields).status_code == 500


def test_an_article_page_opens_its_whole_section(portal: ReplicaPortal, client: httpx.Client) -> None:
    path = portal.newsroom.expected()[str(SEED_ID)].path
    page = client.get(path).text
    assert "Tin mới" in page
    second = press(client, path, page, "2").text
    assert listed_ids(second) == [str(article.id) for article in portal.newsroom.listing(LABOUR.slug)[10:20]]
    assert read_body(second) == read_body(page)


# The newsroom at work


def test_a_published_bulletin_stands_first(portal: ReplicaPortal, client: httpx.Client) -> None:
    fresh = portal.newsroom.publish(3)
    assert len(portal.newsroom.expected()) == 204
    newest = {str(article.id) for article in portal.newsroom.listing()[:3]}
    assert newest == {str(number) for number in fresh}
    for number in fresh:
        bulletin = portal.newsroom.expected()[str(number)]
        assert bulletin.published_on == OPENING.date()
        assert bulletin.body in read_body(client.get(bulletin.path).text)


def test_publishing_goes_on_for_ever_without_a_repeated_title() -> None:
    newsroom = Newsroom(count=10)
    newsroom.publish(400)
    assert len({bulletin.title for bulletin in newsroom.expected().values()}) == 410


def test_an_edit_changes_the_text_and_keeps_the_address(portal: ReplicaPortal, client: httpx.Client) -> None:
    before = portal.newsroom.expected()[str(SEED_ID)]
    portal.newsroom.edit(SEED_ID, "29.412 lao động", "29.421 lao động")
    after = portal.newsroom.expected()[str(SEED_ID)]
    assert (after.path, after.revisions) == (before.path, 2)
    assert after.body == before.body.replace("29.412", "29.421")
    assert read_body(client.get(after.path).text) == after.body


def test_an_edit_of_words_that_are_not_there_is_an_error(portal: ReplicaPortal) -> None:
    with pytest.raises(ValueError, match="does not stand"):
        portal.newsroom.edit(SEED_ID, "không có câu này", "x")


@pytest.mark.parametrize(
    ("how", "statuses", "final"),
    [
        ("404", [404], "/Tin-Lao-dong"),
        ("410", [410], "/Tin-Lao-dong"),
        ("home", [302, 200], "/Default.aspx"),
        ("soft_404", [302, 200], "/PageNotFoundError.aspx"),
    ],
)
def test_a_deleted_bulletin_departs_in_one_of_four_ways(
    how: Departure, statuses: list[int], final: str, portal: ReplicaPortal, client: httpx.Client
) -> None:
    path = portal.newsroom.expected()[str(SEED_ID)].path
    portal.newsroom.delete(SEED_ID, how=how)
    answer = client.get(path, follow_redirects=True)
    assert [reply.status_code for reply in (*answer.history, answer)] == statuses
    assert final in answer.url.path
    assert ("aspxerrorpath=" in str(answer.url)) == (how == "soft_404")
    assert portal.newsroom.gone() == {str(SEED_ID)}
    assert SEED_ID not in {article.id for article in portal.newsroom.listing()}
    portal.newsroom.restore(SEED_ID)
    assert client.get(path).status_code == 200
    assert portal.newsroom.gone() == set()


def test_an_unlisted_bulletin_keeps_its_page(portal: ReplicaPortal, client: httpx.Client) -> None:
    newest = portal.newsroom.listing(LABOUR.slug)[0]
    portal.newsroom.unlist(newest.id)
    assert str(newest.id) not in listed_ids(client.get(LABOUR.url).text)
    assert client.get(newest.path()).status_code == 200
    assert str(newest.id) in portal.newsroom.expected()


# The counter


def test_each_page_view_raises_the_counter_by_one(client: httpx.Client) -> None:
    def shown() -> list[int]:
        numbers = re.findall(r": <b>([\d&nbsp;]+)</b>", client.get(HOME).text)
        return [int(number.replace("&nbsp;", "")) for number in numbers]

    assert [shown(), shown()] == [[47, 974, 7286, 1204369], [47, 975, 7287, 1204370]]


def test_a_partial_postback_and_a_file_are_no_page_views(portal: ReplicaPortal, client: httpx.Client) -> None:
    page = client.get(LABOUR.url).text
    press(client, LABOUR.url, page, "2", partial=True)
    client.get("/robots.txt")
    assert portal.counter.view(OPENING.date()).today == 975


def test_a_frozen_counter_shows_the_same_numbers_for_ever() -> None:
    counter = VisitCounter(Visits(1, 2, 3, 4), frozen=True)
    assert counter.view(OPENING.date()) == counter.view(OPENING.date() + timedelta(1)) == Visits(1, 2, 3, 4)


def test_day_and_week_start_again_and_a_reset_goes_backwards() -> None:
    counter, monday = VisitCounter(), OPENING.date()
    counter.view(monday)
    assert counter.view(monday + timedelta(1)) == Visits(47, 1, 7287, 1204370)
    assert counter.view(monday + timedelta(7)) == Visits(47, 1, 1, 1204371)
    counter.reset()
    assert counter.view(monday + timedelta(7)).total == 1


# Validators, faults, the socket


def test_no_validator_is_sent_unless_asked_for(client: httpx.Client) -> None:
    assert not client.get(HOME).headers.keys() & {"etag", "last-modified"}


def test_with_etags_only_an_edit_makes_a_page_new() -> None:
    portal = ReplicaPortal(etags=True)
    path = portal.newsroom.expected()[str(SEED_ID)].path
    with httpx.Client(transport=mock_transport(portal), base_url=BASE) as client:
        tag = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
        portal.newsroom.edit(SEED_ID, "29.412", "29.421")
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_fault_stands_in_for_the_site(portal: ReplicaPortal, client: httpx.Client) -> None:
    def maintenance(request: Request) -> Response | None:
        return Response(503, b"", (("Retry-After", "7"),)) if request.path != "/robots.txt" else None

    portal.fault = maintenance
    assert client.get(HOME).headers["retry-after"] == "7"
    assert client.get("/robots.txt").status_code == 200
    portal.fault = None
    assert client.get(HOME).status_code == 200
    assert [served.status for served in portal.requests] == [503, 200, 200]


def test_it_serves_over_a_socket_and_keeps_the_connection() -> None:
    with ReplicaPortal() as portal, httpx.Client(base_url=portal.base_url) as client:
        for _ in range(3):
            answer = client.get(LABOUR.url)
            assert answer.http_version == "HTTP/1.1"
            assert int(answer.headers["content-length"]) == len(answer.content)
        assert answer.headers["date"] == "Mon, 01 Jul 2024 00:30:00 GMT"
        assert press(client, LABOUR.url, answer.text, "3").status_code == 200
        assert client.head(LABOUR.url).content == b""
        log = [(served.method, served.status) for served in portal.requests]
        assert log == [("GET", 200)] * 3 + [("POST", 200), ("HEAD", 200)]
        assert portal.requests[0].target == LABOUR.url


def test_stopping_leaves_no_thread_and_no_socket_behind() -> None:
    before = threading.active_count()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        portal = ReplicaPortal(count=60, latency=30.0).start()
        port = int(portal.host.rpartition(":")[2])
        idle = socket.create_connection(("127.0.0.1", port))
        busy = socket.create_connection(("127.0.0.1", port))
        busy.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.05)
        started = time.monotonic()
        portal.stop()
        assert time.monotonic() - started < 5
        idle.close()
        busy.close()
        gc.collect()
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_cut_answer_is_shorter_than_promised(portal: ReplicaPortal) -> None:
    portal.fault = lambda _: Response(200, b"x" * 5000, (("Content-Type", "text/html"),), cut_after=1200)
    with portal, httpx.Client() as client, pytest.raises(httpx.RemoteProtocolError):
        client.get(portal.base_url)


def test_a_dripping_answer_arrives_whole_but_late(portal: ReplicaPortal) -> None:
    portal.fault = lambda _: Response(200, b"x" * 9000, (("Content-Type", "text/html"),), drip=0.03)
    with portal, httpx.Client() as client:
        started = time.monotonic()
        assert len(client.get(portal.base_url).content) == 9000
        assert time.monotonic() - started >= 0.09


def test_a_bug_of_a_site_is_raised_when_it_stops() -> None:
    class Broken(LoopbackSite):
        def answer(self, request: Request) -> Response:
            raise ZeroDivisionError

    site = Broken().start()
    assert httpx.get(site.base_url).status_code == 500
    with pytest.raises(ZeroDivisionError):
        site.stop()


# The second portal


def test_the_second_portal_pages_by_query_and_ends_with_an_empty_page() -> None:
    portal = SecondPortal()
    found = list[str]()
    with httpx.Client(transport=mock_transport(portal), base_url=BASE) as client:
        for number in range(1, 5):
            tree = LexborHTMLParser(client.get(f"/chuyen-muc/lao-dong-viec-lam?page={number}").text)
            found += [link.attributes["href"] or "" for link in tree.css("h3.post-title a")]
        assert tree.css("h3.post-title") == []
    assert found == [post.path for post in portal.listing("lao-dong-viec-lam")]
    assert len(found) > 24


@pytest.mark.parametrize("charset", ["utf-8", "windows-1258"])
def test_the_second_portal_shows_what_it_expects(charset: str) -> None:
    portal = SecondPortal(charset=charset)
    with portal, httpx.Client(base_url=portal.base_url) as client:
        for post in list(portal.expected().values())[:12]:
            html = unicodedata.normalize("NFC", client.get(post.path).content.decode(charset))
            body = LexborHTMLParser(html).css_first("div.post-body")
            assert body is not None
            for line in (post.lead, *post.paragraphs):
                assert line in body.text()
            assert f"{post.published_at:%d/%m/%Y | %H:%M}" in html


def test_the_second_portal_answers_conditional_requests() -> None:
    now = datetime(2024, 7, 1, 9, 0, tzinfo=LOCAL)
    portal = SecondPortal(now=lambda: now)
    post = next(iter(portal.expected().values()))
    with httpx.Client(transport=mock_transport(portal), base_url=BASE) as client:
        first = client.get(post.path)
        by_tag, by_date = (
            {"If-None-Match": first.headers["etag"]},
            {"If-Modified-Since": first.headers["last-modified"]},
        )
        assert [client.get(post.path, headers=known).status_code for known in (by_tag, by_date)] == [304, 304]
        portal.edit(post.source_id, post.lead, post.lead + " (đính chính)")
        assert [client.get(post.path, headers=known).status_code for known in (by_tag, by_date)] == [200, 200]
        portal.delete(post.source_id)
        assert client.get(post.path).status_code == 404
        assert f"Disallow: {DISALLOWED}" in client.get("/robots.txt").text


def test_windows_1258_keeps_every_vietnamese_letter() -> None:
    text = "Tỷ lệ hộ nghèo giảm, người được hưởng trợ cấp ưu đãi – Đồng chí Ỷ, ữ, ẵ, ậ"
    assert unicodedata.normalize("NFC", windows_1258(text).decode("windows-1258")) == text


def test_the_second_portal_brings_its_profile() -> None:
    assert f'base_url = "{urlsplit("http://127.0.0.1:5/x").scheme}://127.0.0.1:5/"' in profile("http://127.0.0.1:5/x")
