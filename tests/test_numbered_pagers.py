"""Pagers that count in the path, as NukeViet's do, and in places where a parameter cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import FieldMissing
from collector.model import Listing, Page, PageRequest
from collector.portal import open_page
from collector.profile import ArticleProfile, ListingProfile, PagerProfile, Profile

BASE = "https://portal.example"
PATTERN = r"/page-(?P<page>\d+)/?$"
PROFILE = Profile(
    id="p",
    name="P",
    base_url=f"{BASE}/",
    listing=ListingProfile(item=("li.tin",)),
    article=ArticleProfile(title=("h1",), body=("div",)),
    pager=PagerProfile("path", pattern=PATTERN),
)
#: How a portal writes the address of a listing's page.
FORMS = {
    "a path that ends": ("/vi/news/viec-lam/", "/vi/news/viec-lam/page-{}/", PATTERN),
    "without a slash": ("/viec-lam", "/viec-lam/page-{}", PATTERN),
    "in the parameter op": ("/index.php?nv=news&op=viec-lam", "/index.php?nv=news&op=viec-lam/page-{}", PATTERN),
    "before the name": ("/ChuyenMuc/1747/1/Buu-chinh.html", "/ChuyenMuc/1747/{}/Buu-chinh.html", r"/(?P<page>\d+)/[^/]+\.html$"),
    "as trang-2": ("/tin-tuc/xa-hoi.htm", "/tin-tuc/xa-hoi/trang-{}.htm", r"(?:/trang-(?P<page>\d+))?\.htm$"),
}  # fmt: skip


def read(links: str, url: str, number: int, profile: Profile = PROFILE) -> Listing:
    html = f'<ul><li class="tin"><a href="/vi/news/viec-lam/mot-tin-77.html">Một tin</a></li></ul><p>{links}</p>'
    page = Page(url, url, datetime(2024, 7, 1, tzinfo=UTC), 200, {"content-type": "text/html"}, html.encode())
    return open_page(page, profile).listing(PageRequest(url, number=number))


def shown(number: int, last: int, form: str) -> str:
    """Draw the pager of a page as NukeViet does: the ends, the neighbours, and dots between."""
    first, further, _ = FORMS[form]
    numbers = {1, last, *range(max(1, number - 1), min(last, number + 1) + 1)} | (
        {2} if number < 4 and last > 1 else set()
    )
    links = []
    for one in sorted(numbers):
        url = first if one == 1 else further.format(one)
        links.append("<b>…</b>" if one == number else f'<a href="{url}">{one}</a>')
    return " ".join(links)


@given(st.sampled_from(sorted(FORMS)), st.integers(1, 40))
def test_a_walk_reads_every_page_once_and_ends_with_the_last(form: str, last: int) -> None:
    first, further, pattern = FORMS[form]
    profile = replace(PROFILE, pager=PagerProfile("path", pattern=pattern))
    url, walked = BASE + first, []
    for number in range(1, last + 1):
        walked.append(url)
        listing = read(shown(number, last, form), url, number, profile)
        assert (listing.last_page or 1) == last
        if listing.next is None:
            break
        assert listing.next.number == number + 1
        url = listing.next.url
    assert listing.next is None
    assert walked == [BASE + first, *(BASE + further.format(number) for number in range(2, last + 1))]


def test_a_page_that_is_not_linked_is_found_by_its_neighbours_address() -> None:
    listing = read('<a href="/viec-lam/page-40">40</a>', f"{BASE}/viec-lam", 1)
    assert listing.next == PageRequest(f"{BASE}/viec-lam/page-2", number=2)
    assert listing.last_page == 40


def test_pages_of_another_list_are_none_of_this_one() -> None:
    links = '<a href="/nguoi-co-cong/page-2">2</a> <a href="/viec-lam/page-2/them">2</a>'
    listing = read(links, f"{BASE}/viec-lam", 1)
    assert (listing.next, listing.pager_seen) == (None, False)


def test_a_pager_that_counts_from_0_is_refused_by_name_and_read_when_the_profile_says_so() -> None:
    links = '<a href="/viec-lam/page-1">2</a> <a href="/viec-lam/page-2">3</a>'
    with pytest.raises(FieldMissing, match=r'link "2" leads to /viec-lam/page-1, and .* it would be /viec-lam/page-2'):
        read(links, f"{BASE}/viec-lam", 1)
    from_0 = replace(PROFILE, pager=replace(PROFILE.pager, first=0))
    assert read(links, f"{BASE}/viec-lam", 1, from_0).next == PageRequest(f"{BASE}/viec-lam/page-1", number=2)


@pytest.mark.parametrize("href", ["/viec-lam/page-99999999999999999999", "/viec-lam/page-²", "/viec-lam/page-", "#"])
def test_what_is_no_number_leads_nowhere(href: str) -> None:
    assert read(f'<a href="{href}">2</a>', f"{BASE}/viec-lam", 1).next is None


def test_vietnamese_letters_in_the_path_stay_as_they_are_encoded() -> None:
    listing = read('<a href="/việc làm/page-2">2</a>', f"{BASE}/vi%E1%BB%87c%20l%C3%A0m", 1)
    assert listing.next == PageRequest(f"{BASE}/vi%E1%BB%87c%20l%C3%A0m/page-2", number=2)
