"""Families whose markup is documented from source: a portal of one of them is one TOML file that names it."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.config import load, shipped_folder
from collector.errors import WrongPage
from collector.model import Page, PageKind, PageRequest
from collector.portal import open_page, source_id
from test_pages import PAGES, PORTALS, profile_of

INVENTED = sorted(path.stem for path in PORTALS.glob("*.toml"))
#: Listing of a portal → the address of its next page.
NEXT = {
    "ninh-thanh/listing": "https://snv.ninhthanh.example/vi/news/lao-dong-viec-lam/page-2/",
    "ninh-thanh/listing-of-version-3": "https://snv.ninhthanh.example/vi/news/nguoi-co-cong/page-3/",
    "hau-thanh/listing": "https://sldtbxh.hauthanh.example/Article/ViewList.aspx?pageid=673&mid=1082&pagenumber=2",
    "cuc-viec-lam/listing": "https://vieclam.bomau.example/Pages/tintuc/chuyenmuc.aspx?ChuyenMucID=32&page=2",
    "trung-tam-lao-dong/listing": "https://colab.bomau.example/vn/chuyen-muc/39/tin-tuc.aspx?page=3",
    "y-te-mau/listing": "https://soyte.bomau.example/web/guest/tin-tong-hop?p_p_id=101_INSTANCE_k206Q9qkZOqn"
    "&p_p_lifecycle=0&p_p_state=normal&_101_INSTANCE_k206Q9qkZOqn_delta=20&p_r_p_564233524_resetCur=false"
    "&_101_INSTANCE_k206Q9qkZOqn_cur=2",
    "bo-mau/listing": "https://noivu.bomau.example/tin-tuc-su-kien.html?page=2",
}
#: Those that are a second page.
SECOND = {"ninh-thanh/listing-of-version-3", "trung-tam-lao-dong/listing"}


def page_of(path: Path, url: str | None = None) -> Page:
    url = url or path.with_suffix(".url").read_text(encoding="utf-8").split("\n")[0]
    return Page(url, url, datetime(2024, 7, 1, tzinfo=UTC), 200, {"content-type": "text/html"}, path.read_bytes())


@pytest.mark.parametrize("portal", INVENTED)
def test_a_portal_of_a_family_says_nothing_of_how_it_is_read(portal: str, tmp_path: Path) -> None:
    written = tomllib.loads((PORTALS / f"{portal}.toml").read_text(encoding="utf-8"))
    assert written.keys() == {"id", "family", "name", "base_url", "sections"}
    assert profile_of(portal, tmp_path).family == written["family"]


def test_every_family_but_the_replicas_own_has_an_invented_portal() -> None:
    families = {path.stem for path in (shipped_folder() / "families").glob("*.toml")}
    written = {tomllib.loads((PORTALS / f"{one}.toml").read_text(encoding="utf-8"))["family"] for one in INVENTED}
    assert families == written | {"td-webforms"}


@pytest.mark.parametrize(("name", "address"), NEXT.items())
def test_the_familys_pager_leads_on(name: str, address: str, tmp_path: Path) -> None:
    page = page_of(PAGES / f"{name}.html")
    request = PageRequest(page.url, number=2 if name in SECOND else 1)
    listing = open_page(page, profile_of(name.partition("/")[0], tmp_path)).listing(request)
    assert listing.next == PageRequest(address, number=request.number + 1)
    assert listing.pager_seen


def test_every_listing_of_an_invented_portal_has_its_next_page_here() -> None:
    listings = {f"{path.parent.name}/{path.stem}" for one in INVENTED for path in (PAGES / one).glob("listing*.html")}
    assert listings == NEXT.keys()


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("ninh-thanh/listing", {"lao-dong-viec-lam": "Lao động - Việc làm", "nguoi-co-cong": "Người có công"}),
        ("cuc-viec-lam/listing", {"chuyenmucid-32": "Việc làm", "chuyenmucid-40": "Giảm nghèo"}),
        ("hau-thanh/listing", {"mid-1082": "Lao động"}),
        ("trung-tam-lao-dong/listing", {"tin-tuc": "Tin tức"}),
    ],
)
def test_the_categories_that_a_page_links_to_are_told(name: str, sections: dict[str, str], tmp_path: Path) -> None:
    reading = open_page(page_of(PAGES / f"{name}.html"), profile_of(name.partition("/")[0], tmp_path))
    assert {section: title for _, section, title in reading.sections()} == sections


@pytest.mark.parametrize("path", [path for one in INVENTED for path in sorted((PAGES / one).glob("bulletin*.html"))])
def test_no_family_takes_another_familys_bulletin_for_its_own(path: Path, tmp_path: Path) -> None:
    """Each is told by its marks: a portal that changes its system is noticed, and not half read."""
    for number, portal in enumerate(INVENTED):
        if portal == path.parent.name:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        profile = profile_of(portal, folder)
        reading = open_page(page_of(path, f"{profile.base_url}{path.stem}"), profile)
        assert reading.kind is PageKind.FOREIGN, portal
        with pytest.raises(WrongPage, match="marks"):
            reading.article()


def test_the_digits_of_a_date_at_the_end_of_a_slug_are_no_id_on_the_citys_portal(tmp_path: Path) -> None:
    both = load(shipped_folder(), environ={}, cwd=tmp_path, also=["cantho", "cantho-sonoivu"]).profiles[1:]
    assert [(one.id, one.place, one.verified) for one in both] == [
        ("cantho", "can-tho-2025", None), ("cantho-sonoivu", "can-tho-2025", None),
    ]  # fmt: skip
    assert source_id("https://www.cantho.gov.vn/quy-dinh-ve-tien-luong-tu-1882025", both[0]) is None
    assert source_id("https://sonoivu.cantho.gov.vn/vi/news/viec-lam/tu-ngay-1882025-77.html", both[1]) == "77"


def test_every_shipped_portal_is_named_in_the_settings_if_only_in_a_comment() -> None:
    main = (shipped_folder() / "collector.toml").read_text(encoding="utf-8")
    files = [path.stem for path in (shipped_folder() / "portals").glob("*.toml")]
    assert [name for name in files if f'"{name}"' not in main] == []
