"""Feeds and sitemaps as ways of discovery: read as they are, mended as browsers would, refused when hostile."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from collector.cli import cli
from collector.config import load
from collector.demo.loopback import Request, Response
from collector.demo.newsroom import SECTIONS
from collector.errors import PageTooDeep, ReadError, WrongPage
from collector.fetch import HttpSettings
from collector.model import Listing, Page, PageKind, PageRequest, RunKind, Task, Verdict
from collector.portal import open_page
from collector.profile import Profile, SectionProfile
from conftest import Replica
from workplace import Workplace

EVERYTHING = Task(RunKind.BACKFILL)
BASE = "https://vpub.soctrang.gov.vn/"
ITEM = f"{BASE}viec-lam/ngay-hoi-viec-lam-693472"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return load(None, environ={}, cwd=tmp_path_factory.mktemp("nothing")).profiles[0]


def page(body: str | bytes, content_type: str = "application/xml", url: str = f"{BASE}rss.aspx") -> Page:
    data = body.encode() if isinstance(body, str) else body
    return Page(url, url, datetime(2024, 7, 1, tzinfo=UTC), 200, {"content-type": content_type}, data)


def read(body: str | bytes, profile: Profile, request: PageRequest | None = None, **kind: str) -> Listing:
    return open_page(page(body, **kind), profile).listing(request or PageRequest(f"{BASE}rss.aspx"))


def rss(*items: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Tin</title>{"".join(items)}</channel></rss>'


def item(link: str = ITEM, title: str = "Ngày hội việc làm", when: str = "Mon, 08 Jan 2024 18:30:00 GMT") -> str:
    return f"<item><title>{title}</title><link>{link}</link><pubDate>{when}</pubDate></item>"


def test_an_rss_item_has_address_id_title_and_the_local_day(profile: Profile) -> None:
    (ref,) = read(rss(item()), profile).items
    assert (ref.url, ref.source_id, ref.title) == (ITEM, "693472", "Ngày hội việc làm")
    assert ref.published_on == date(2024, 1, 9), "18:30 in Greenwich is the next day in Sóc Trăng"


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("2024-01-08T09:00:00+07:00", date(2024, 1, 8)),
        ("2024-01-08", date(2024, 1, 8)),
        ("08/01/2024 09:50", date(2024, 1, 8)),
        ("Thứ 2, 08/01/2024 | 16:20:48 [GMT +7]", date(2024, 1, 8)),
        ("Mon, 08 Jan 2024 09:00:00 +0700", date(2024, 1, 8)),
        ("hôm qua", None),
        ("Mon, 99 Jan 2024 99:00:00 GMT", None),
        ("", None),
    ],
)
def test_a_date_in_whatever_form_is_a_day_or_none(profile: Profile, when: str, day: date | None) -> None:
    (ref,) = read(rss(item(when=when)), profile).items
    assert ref.published_on == day


def test_atom_and_rdf_are_read_too(profile: Profile) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">Hộ &lt;b&gt;nghèo</title>'
        f'<link rel="self" href="/x"/><link href="{ITEM}"/><id>tag:x,1</id><updated>2024-02-08T01:00:00Z</updated><published>2024-01-08T01:00:00Z</published></entry></feed>'
    )
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><item><title>Tin</title><link>{ITEM}</link><dc:date>2024-01-08</dc:date></item></rdf:RDF>'
    )
    for text in (atom, rdf):
        (ref,) = read(text, profile).items
        assert (ref.source_id, ref.published_on) == ("693472", date(2024, 1, 8))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("<![CDATA[Việc làm & đời sống]]>", "Việc làm & đời sống"),
        ("Vi&amp;ecirc;̣c làm", "Việc làm"),
        ("Việc làm & đời sống", "Việc làm & đời sống"),
        ("Vi&ecirc;n chức&nbsp;2024", "Viên chức 2024"),
        ("Tiền\x0b lương", "Tiền lương"),
        ("<media:b>Tiền</media:b> lương", "Tiền lương"),
        ("  nhiều\n   dòng ", "nhiều dòng"),
    ],
)
def test_usual_mistakes_of_feeds_are_mended(profile: Profile, title: str, expected: str) -> None:
    (ref,) = read(rss(item(title=title)), profile).items
    assert ref.title == expected


def test_what_stands_in_cdata_stays_as_it_is_when_the_rest_is_mended(profile: Profile) -> None:
    address = f"{BASE}Default.aspx?sid=1&id=693472"
    (ref,) = read(rss(item(link=f"<![CDATA[{address}]]>", title="Việc làm & đời sống")), profile).items
    assert (ref.url, ref.source_id) == (address, "693472")


def test_a_guid_that_is_no_address_is_none(profile: Profile) -> None:
    elsewhere = "https://elsewhere.example/a-12345"
    for guid in ("<guid>12345</guid>", f'<guid isPermaLink="false">{ITEM}</guid>', "<id>tin/12345</id>"):
        listing = read(rss(item(link=elsewhere).replace("</item>", f"{guid}</item>")), profile)
        assert (listing.items, listing.unreadable) == ((), 1)
    (ref,) = read(rss(item(link=elsewhere).replace("</item>", f"<guid>{ITEM}</guid></item>")), profile).items
    assert ref.url == ITEM


def test_a_pictures_caption_before_the_title_is_not_the_title(profile: Profile) -> None:
    media = item().replace(
        "<title>", '<media:title xmlns:media="http://search.yahoo.com/mrss/">Ảnh</media:title><title>'
    )
    (ref,) = read(rss(media), profile).items
    assert ref.title == "Ngày hội việc làm"


def test_the_day_of_an_edit_is_not_the_day_of_publication(profile: Profile) -> None:
    """Taken for one, a backfill of January would pass over what was published in January and edited in July."""
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="{ITEM}"/><updated>2024-07-01T01:00:00Z</updated></entry></feed>'
    (ref,) = read(atom, profile).items
    assert ref.published_on is None


def test_a_feed_is_known_by_what_it_is_not_by_its_content_type(profile: Profile) -> None:
    for kind in ("text/html; charset=utf-8", "text/plain", "application/rss+xml", ""):
        assert len(read("\ufeff \r\n" + rss(item()), profile, content_type=kind).items) == 1


def test_a_feed_in_another_charset_says_which(profile: Profile) -> None:
    text = rss(item(title="VIỆC LÀM".replace("Ệ", "E").replace("À", "A") + " é")).replace("utf-8", "windows-1252")
    (ref,) = read(text.encode("windows-1252"), profile).items
    assert ref.title == "VIEC LAM é"


def test_a_page_that_speaks_of_feeds_is_a_page(profile: Profile) -> None:
    text = "<!DOCTYPE html><html><body><pre>&lt;rss&gt;</pre><rss version=2></rss></body></html>"
    assert open_page(page(text, "text/html"), profile).kind is PageKind.FOREIGN


def test_a_feed_is_no_bulletin(profile: Profile) -> None:
    reading = open_page(page(rss(item()), url=ITEM), profile)
    with pytest.raises(WrongPage):
        reading.article()
    assert reading.visits() is None


def test_links_elsewhere_and_scripts_are_no_items(profile: Profile) -> None:
    listing = read(
        rss(item(link="https://elsewhere.example/a-12345"), item(link="javascript:alert(1)"), item()), profile
    )
    assert [ref.url for ref in listing.items] == [ITEM]
    assert listing.unreadable == 2


@pytest.mark.parametrize(
    "hostile",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><channel><item><title>&b;</title></item></channel></rss>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel>&a;</channel></rss>',
        "<rss><channel><item>",
        "<rss>" + "<a>" * 5_000 + "</a>" * 5_000 + "</rss>",
        "<rss></channel></rss>",
        "<rss \x00",
    ],
)
def test_hostile_and_cut_feeds_are_refused_whole(profile: Profile, hostile: str) -> None:
    with pytest.raises(ReadError):
        read(hostile, profile)


def test_a_small_file_that_stands_for_millions_of_elements_is_refused(profile: Profile) -> None:
    """50 KB of gzip: twelve million elements were a tree of 1.2 GB."""
    with pytest.raises(PageTooDeep, match="elements"):
        read(gzip.compress(b"<urlset>" + b"<a/>" * 12_000_000 + b"</urlset>"), profile)


@pytest.mark.parametrize("opening", ["<![CDATA[", "<a:", "&", "<!--", "<?xml "])
def test_a_feed_that_opens_without_end_is_refused_in_time(profile: Profile, opening: str) -> None:
    """Mending looks for ends: a search from each of a million openings to the end would never come back."""
    started = time.perf_counter()
    with pytest.raises(ReadError):
        read("<rss><channel>" + opening * 200_000, profile)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("charset", ["idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7"])
def test_a_charset_that_no_browser_knows_is_not_believed(profile: Profile, charset: str) -> None:
    """Python's codecs of that name raise, yield halves of characters or take quadratic time."""
    text = rss(item(title="Tin +2AA- \\ud800")).replace("utf-8", charset).encode()
    (ref,) = read(text.replace(b"Tin", b"Tin \xff"), profile).items
    assert ref.source_id == "693472"
    assert ref.title is not None
    assert ref.title.startswith("Tin")


def test_a_bomb_in_gzip_is_not_unpacked(profile: Profile) -> None:
    packed = zlib.compressobj(9, wbits=31)
    bomb = (
        packed.compress(b"<urlset>") + b"".join(packed.compress(b" " * 1_000_000) for _ in range(80)) + packed.flush()
    )
    with pytest.raises(PageTooDeep):
        read(bomb, profile)


@given(
    st.lists(
        st.sampled_from(
            [
                "<item>",
                "</item>",
                "<link>",
                "</link>",
                ITEM,
                "&",
                "&#0;",
                "<![CDATA[",
                "]]>",
                "<a:b>",
                "</a:b>",
                "\x00",
                "<!--",
                "-->",
                "việc",
            ]
        ),
        max_size=25,
    )
)
def test_nothing_else_is_raised_whatever_stands_in_a_feed(profile: Profile, pieces: list[str]) -> None:
    try:
        listing = read("<rss><channel>" + "".join(pieces) + "</channel></rss>", profile)
    except ReadError:
        return
    assert all(ref.url.startswith(BASE) for ref in listing.items)


def test_a_sitemap_gives_the_bulletins_among_its_addresses(profile: Profile) -> None:
    text = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{ITEM}</loc></url><url><loc>{BASE}gioi-thieu-chung</loc></url></urlset>"
    half = len(text) // 2
    members = gzip.compress(text[:half].encode()) + gzip.compress(text[half:].encode())
    for body in (text.encode(), gzip.compress(text.encode()), members):
        listing = read(body, profile)
        assert [ref.source_id for ref in listing.items] == ["693472"]
        assert listing.next is None


def test_a_sitemap_as_large_as_one_may_be_is_read_whole(profile: Profile) -> None:
    """50,000 addresses, sitemaps.org's limit; the text goes to the parser in slices that cut through them."""
    ids = range(100_000, 150_000)
    text = "".join(f"<url><loc>{BASE}việc-làm/tin-{one}</loc><lastmod>2024-07-01</lastmod></url>" for one in ids)
    listing = read(f"<urlset>{text}</urlset>", profile)
    assert [ref.source_id for ref in listing.items] == [str(one) for one in ids]


def test_an_index_leads_on_to_each_of_its_sitemaps_and_never_in_a_circle(profile: Profile) -> None:
    text = f"<sitemapindex><sitemap><loc>{BASE}a.xml</loc></sitemap><sitemap><loc>{BASE}b.xml</loc></sitemap></sitemapindex>"
    first = read(text, profile).next
    assert first is not None
    assert (first.url, first.number, first.rest) == (f"{BASE}a.xml", 2, (f"{BASE}b.xml",))
    second = read(f"<urlset><url><loc>{ITEM}</loc></url></urlset>", profile, first).next
    assert second is not None
    assert (second.url, second.rest) == (f"{BASE}b.xml", ())
    with pytest.raises(WrongPage, match="inside an index"):
        read(text, profile, second)


# --- whole runs ---------------------------------------------------------------------------------------------------


class Feeds:
    """The replica's bulletins as feed, sitemap and index, beside its pages."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self.broken: set[str] = set()
        self.empty = False
        self.etag = ""
        replica.site.fault = self.respond
        replica.profile = replace(replica.profile, sections=())

    def listed(self, name: str) -> None:
        url = f"{self.replica.site.base_url}{name}"
        self.replica.profile = replace(self.replica.profile, sections=(SectionProfile("nguon", url),))

    def respond(self, request: Request) -> Response | None:
        newsroom, base = self.replica.newsroom, self.replica.site.base_url.rstrip("/")
        name = request.path.strip("/")
        if name in self.broken:
            return Response(200, b"<urlset><url><loc>", (("Content-Type", "text/xml"),))
        if name == "sitemap.xml" and self.etag and request.headers.get("if-none-match") == self.etag:
            return Response(304, b"")
        articles = [] if self.empty else newsroom.listing()
        urls = {str(one.id): base + one.path() for one in articles}
        if name == "rss.xml":
            text = rss(
                *(
                    item(escape(base + one.path()), escape(one.story.title), f"{one.story.dated:%d/%m/%Y}")
                    for one in articles[:20]
                )
            )
        elif name == "sitemap.xml":
            text = "".join(f"<sitemap><loc>{base}/part-{part}.xml</loc></sitemap>" for part in range(4))
            text = f"<sitemapindex>{text}</sitemapindex>"
        elif name.startswith("part-"):
            part = int(name[5])
            text = "".join(f"<url><loc>{escape(url)}</loc></url>" for one, url in urls.items() if int(one) % 4 == part)
            text = f"<urlset><url><loc>{base}/gioi-thieu-chung</loc></url>{text}</urlset>"
        else:
            return None
        tag = (("ETag", self.etag),) if self.etag and name == "sitemap.xml" else ()
        return Response(200, text.encode(), (("Content-Type", "text/xml; charset=utf-8"), *tag))


def test_a_section_may_be_a_feed_and_news_of_it_are_taken_in(replica: Replica) -> None:
    feeds = Feeds(replica)
    feeds.listed("rss.xml")
    report = replica.run()
    assert (report.verdict, report.added) == (Verdict.COMPLETE, 20)
    replica.newsroom.publish(2)
    assert replica.run().added == 2
    asked = len(replica.site.requests)
    assert replica.run().verdict is Verdict.EMPTY_EXPECTED
    assert len(replica.requested(asked)) == 1
    assert replica.value("select count(*) from articles where published_on is null") == 0


def test_a_sitemap_is_read_to_its_end_and_finds_what_no_listing_shows(replica: Replica) -> None:
    Feeds(replica).listed("sitemap.xml")
    report = replica.run(EVERYTHING)
    assert report.verdict is Verdict.COMPLETE
    assert replica.rows().keys() == replica.newsroom.expected().keys()
    new = replica.newsroom.publish(3)
    assert replica.run().added == 3
    assert {str(one) for one in new} <= replica.rows().keys()
    assert replica.run().verdict is Verdict.EMPTY_EXPECTED


def test_one_bad_file_of_a_sitemap_hides_no_other_and_the_run_says_so(replica: Replica) -> None:
    feeds = Feeds(replica)
    feeds.listed("sitemap.xml")
    feeds.broken.add("part-1.xml")
    report = replica.run(EVERYTHING)
    assert report.verdict is Verdict.TRUNCATED
    assert {int(one) % 4 for one in replica.rows()} == {0, 2, 3}
    feeds.broken.clear()
    assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
    assert replica.rows().keys() == replica.newsroom.expected().keys()


def test_the_page_of_a_bad_file_is_kept_with_the_failure(replica: Replica) -> None:
    feeds = Feeds(replica)
    feeds.listed("sitemap.xml")
    feeds.broken.add("part-1.xml")
    replica.run(EVERYTHING)
    row = replica.archive.connection.row("select capture, message from failures")
    assert row is not None
    assert replica.archive.captures.page(row["capture"]).url.endswith("part-1.xml")
    assert "part-1.xml" in row["message"]


def test_a_file_of_a_sitemap_that_is_larger_than_what_is_taken_hides_no_other(replica: Replica) -> None:
    feeds = Feeds(replica)
    feeds.listed("sitemap.xml")
    respond = feeds.respond

    def padded(request: Request) -> Response | None:
        answer = respond(request)
        if answer is not None and request.path == "/part-1.xml":
            return replace(answer, body=answer.body + b" " * 400_000)
        return answer

    replica.site.fault = padded
    report = replica.run(EVERYTHING, http=HttpSettings(delay=0, retries=0, timeout=5, deadline=10, max_bytes=300_000))
    assert report.verdict is Verdict.TRUNCATED
    assert {int(one) % 4 for one in replica.rows()} == {0, 2, 3}


def test_a_sitemap_whose_files_name_no_bulletin_is_not_believed(replica: Replica) -> None:
    feeds = Feeds(replica)
    feeds.listed("sitemap.xml")
    feeds.empty = True
    assert replica.run(EVERYTHING).verdict is Verdict.EMPTY_SUSPECT
    feeds.empty = False
    assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
    feeds.empty = True
    assert replica.run().verdict is Verdict.EMPTY_SUSPECT


def test_an_index_that_has_not_changed_says_nothing_of_its_files(replica: Replica) -> None:
    feeds = Feeds(replica)
    feeds.listed("sitemap.xml")
    feeds.etag = '"1"'
    assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
    replica.newsroom.publish(2)
    assert replica.run().added == 2


def test_a_feed_beside_a_listing_still_brings_news_when_the_listing_is_broken(replica: Replica) -> None:
    listings = replica.profile.sections
    feeds = Feeds(replica)
    feeds.listed("rss.xml")
    replica.profile = replace(replica.profile, sections=(*listings, *replica.profile.sections))
    assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
    replica.newsroom.publish(2)

    def no_list(request: Request) -> Response | None:
        answer = feeds.respond(request)
        if answer is None and "catid=" in request.target:
            whole = replica.site.answer(request)
            return replace(whole, body=whole.body.replace(b"ArticleList", b"Neu"))
        return answer

    replica.site.fault = no_list
    report = replica.run()
    assert report.verdict is Verdict.LAYOUT_CHANGED
    assert report.added == 2
    assert len(SECTIONS) == len(listings)


def test_check_lists_the_feeds_that_the_home_page_and_robots_name(replica: Replica, tmp_path: Path) -> None:
    base = replica.site.base_url

    def named(request: Request) -> Response | None:
        if request.path == "/robots.txt":
            return Response(
                200, f"User-agent: *\nSitemap: {base}sitemap.xml\n".encode(), (("Content-Type", "text/plain"),)
            )
        answer = replica.site.answer(request)
        link = b'<link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>'
        return replace(answer, body=answer.body.replace(b"</head>", link))

    replica.site.fault = named
    folder = Workplace(tmp_path / "work", base).folder
    result = CliRunner().invoke(cli, ["--config", str(folder / "config"), "check", "--sections", "--json"])
    (checked,) = json.loads(result.stdout)
    feeds = [one["url"] for one in checked["sections"] if one["id"].startswith("feed-")]
    assert feeds == [f"{base}rss.xml", f"{base}sitemap.xml"]
