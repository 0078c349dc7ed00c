"""A portal that was rebuilt: each page is read by the layout of its time, and stays a page of one portal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.archive import Archive
from collector.config import describe, init, load
from collector.errors import ConfigError, WrongPage
from collector.model import Page, PageKind, PageRequest, RunKind, Task, Verdict
from collector.portal import open_page, source_id
from collector.profile import Profile, SectionProfile
from conftest import Collecting
from generations import (
    BASE,
    GENERATIONS,
    LAYOUTS,
    MIDDLE,
    OLD,
    OLD_HOST,
    POSTS,
    TODAY,
    Post,
    Rebuilt,
    address,
    article,
    frame,
    listing,
    listing_address,
    other_addresses,
    page,
    profile,
)
from story_clock import StoryClock

#: What provenance calls each generation: today's layout has no name there.
NAMES = {OLD: "webforms", MIDDLE: "nukeviet", TODAY: None}
#: A day in the middle of each generation's span.
DAYS = {OLD: date(2012, 6, 1), MIDDLE: date(2018, 6, 1), TODAY: date(2024, 6, 1)}
DAY = st.dates(date(2005, 1, 1), date(2026, 1, 1))
GENERATION = st.sampled_from(GENERATIONS)


@cache
def portal(layouts: str | None = None, base: str = BASE) -> Profile:
    with TemporaryDirectory() as folder:
        return loaded(Path(folder), layouts, base)


def loaded(folder: Path, layouts: str | None = None, base: str = BASE) -> Profile:
    init(folder / "config")
    (folder / "config/collector.toml").write_text('portals = ["thuan-binh"]', encoding="utf-8")
    (folder / "config/portals/thuan-binh.toml").write_text(profile(base, layouts), encoding="utf-8")
    return load(folder / "config", environ={}, cwd=folder).profiles[0]


def capture(generation: str, post: Post, day: date) -> Page:
    return page(address(generation, post), article(generation, post), day)


# --- which layout -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_capture_is_read_by_the_layout_of_its_time(generation: str) -> None:
    bulletin = open_page(capture(generation, POSTS[0], DAYS[generation]), portal()).article()
    assert (bulletin.title, bulletin.lead) == (POSTS[0].title, POSTS[0].lead)
    assert bulletin.body == f"{POSTS[0].lead}\n{POSTS[0].text}"
    assert (bulletin.published_on, bulletin.source_id) == (POSTS[0].day, str(POSTS[0].id))
    assert bulletin.provenance.get("layout") == NAMES[generation]


@given(GENERATION, DAY, st.sampled_from(POSTS))
def test_captures_are_late_and_the_days_are_guesses_and_every_page_is_read_all_the_same(
    generation: str, day: date, post: Post
) -> None:
    bulletin = open_page(capture(generation, post, day), portal()).article()
    assert (bulletin.title, bulletin.lead, bulletin.published_on) == (post.title, post.lead, post.day)
    assert bulletin.provenance.get("layout") == NAMES[generation]
    assert not [source for source in bulletin.provenance.values() if source.startswith("fallback:")]


@given(GENERATION, DAY)
def test_a_listing_too_is_read_by_the_layout_that_it_is_built_in(generation: str, day: date) -> None:
    url = listing_address(generation)
    reading = open_page(page(url, listing(generation, POSTS), day), portal())
    found = reading.listing(PageRequest(url))
    assert [(item.source_id, item.title) for item in found.items] == [(str(post.id), post.title) for post in POSTS]
    assert reading.layout == NAMES[generation]


@pytest.mark.parametrize(
    ("generation", "online", "total"), [(OLD, 3, None), (MIDDLE, 5, None), (TODAY, 9, 1234)], ids=GENERATIONS
)
def test_the_counter_is_read_by_the_words_of_its_time(generation: str, online: int, total: int | None) -> None:
    visits = open_page(capture(generation, POSTS[0], DAYS[generation]), portal()).visits()
    assert visits is not None
    assert (visits.online, visits.total) == (online, total)


@pytest.mark.parametrize(
    ("moment", "layout"),
    [(datetime(2015, 12, 31, 16, 59, tzinfo=UTC), "first"), (datetime(2015, 12, 31, 17, 0, tzinfo=UTC), "second")],
)
def test_the_day_is_the_portals_own_and_its_last_one_counts(moment: datetime, layout: str) -> None:
    both = portal(
        '[[layouts]]\nid = "first"\nfamily = "td-webforms"\nvalid_to = 2015-12-31\n'
        '[[layouts]]\nid = "second"\nfamily = "td-webforms"\nvalid_from = 2016-01-01\nvalid_to = 2016-12-31\n'
    )
    reading = open_page(replace(capture(OLD, POSTS[0], DAYS[OLD]), fetched_at=moment), both)
    assert reading.layout == layout


def test_of_two_layouts_on_one_day_the_one_with_marks_goes_before_the_one_told_by_its_days() -> None:
    both = portal(
        '[[layouts]]\nid = "by-day"\nfamily = "td-webforms"\nvalid_to = 2015-12-31\n'
        '[[layouts]]\nid = "by-marks"\nfamily = "td-webforms"\nvalid_to = 2015-12-31\nmarks = [".ArticleTitle"]\n'
    )
    assert open_page(capture(OLD, POSTS[0], DAYS[OLD]), both).layout == "by-marks"
    without = article(OLD, POSTS[0]).replace("ArticleTitle", "TitleNews")
    assert open_page(page(address(OLD, POSTS[0]), without, DAYS[OLD]), both).layout == "by-day"


def test_as_many_marks_as_are_needed_must_be_there() -> None:
    table = '[[layouts]]\nid = "old"\nfamily = "td-webforms"\nmarks = [".ArticleTitle", ".KhongCo"]\nneeded = {}\n'
    shown = capture(OLD, POSTS[0], DAYS[OLD])
    assert open_page(shown, portal(table.format(1))).layout == "old"
    reading = open_page(shown, portal(table.format(2)))
    assert (reading.layout, reading.kind) == (None, PageKind.FOREIGN)


def test_a_page_of_no_layout_is_refused_as_before() -> None:
    url = address(OLD, POSTS[0])
    stranger = page(url, "<html><body><div class='x'>Bảng giá</div></body></html>", DAYS[TODAY])
    with pytest.raises(WrongPage):
        open_page(stranger, portal()).article()
    gone = replace(capture(OLD, POSTS[0], DAYS[OLD]), status=404)
    assert open_page(gone, portal()).layout is None
    with pytest.raises(WrongPage):
        open_page(gone, portal()).article()


def test_a_portal_without_layouts_says_nothing_of_layouts() -> None:
    bulletin = open_page(capture(TODAY, POSTS[0], DAYS[OLD]), portal("")).article()
    assert "layout" not in bulletin.provenance


def test_a_layout_without_a_family_is_laid_over_the_portals_own() -> None:
    table = (
        '[[layouts]]\nid = "renamed"\nvalid_to = 2022-12-31\nmarks = ["main.cu"]\n'
        '[layouts.article]\ntitle = ["main.cu h2"]\n'
    )
    html = article(TODAY, POSTS[0]).replace('<main class="tb-bai"><h1>', '<main class="cu tb-bai"><h2>')
    bulletin = open_page(
        page(address(TODAY, POSTS[0]), html.replace("</h1>", "</h2>"), date(2021, 1, 1)), portal(table)
    )
    read = bulletin.article()
    assert (read.title, read.lead, read.published_on) == (POSTS[0].title, POSTS[0].lead, POSTS[0].day)
    assert read.provenance["layout"] == "renamed"


# --- one bulletin, whatever its address ---------------------------------------------------------------------------


@pytest.mark.parametrize("post", POSTS[:2])
def test_every_form_of_address_of_every_time_leads_to_one_id(post: Post) -> None:
    forms = [*(address(generation, post) for generation in GENERATIONS), *other_addresses(post)]
    assert {source_id(url, portal()) for url in forms} == {str(post.id)}


@given(GENERATION, GENERATION, DAY)
def test_an_old_link_in_a_new_page_is_known_for_what_it_is(shown: str, linked: str, day: date) -> None:
    html = listing(shown, POSTS[:2])
    for post in POSTS[:2]:
        html = html.replace(address(shown, post), address(linked, post))
    url = listing_address(shown)
    found = open_page(page(url, html, day), portal()).listing(PageRequest(url))
    assert [item.source_id for item in found.items] == [str(post.id) for post in POSTS[:2]]


def test_a_link_to_the_old_host_is_the_portals_own_and_to_another_host_is_not() -> None:
    old, other = other_addresses(POSTS[0])[0], f"https://khac.example/bai-viet/{POSTS[1].id}/x"
    items = "".join(f'<li class="tb-tin"><a href="{url}">{POSTS[0].title}</a></li>' for url in (old, other))
    html = frame(TODAY, f'<ul class="tb-danh-sach">{items}</ul>')
    url = listing_address(TODAY)
    found = open_page(page(url, html, DAYS[TODAY]), portal()).listing(PageRequest(url))
    assert [item.url for item in found.items] == [old]
    assert OLD_HOST in portal().hosts


# --- whole runs ---------------------------------------------------------------------------------------------------


@pytest.fixture
def rebuilt(tmp_path: Path, clock: StoryClock) -> Iterator[Callable[[str], Collecting]]:
    """Give the portal with its listing where a generation has it; the site and the archive stay the same ones."""
    with Rebuilt(now=clock.now) as site, Archive(tmp_path / "archive.db") as archive:

        def _as(generation: str) -> Collecting:
            site.generation = generation
            whole = loaded(tmp_path / generation, base=site.base_url)
            section = SectionProfile("an-sinh", listing_address(generation, base=site.base_url))
            return Collecting(site, replace(whole, sections=(section,)), archive, clock)

        yield _as


def test_a_portal_that_is_rebuilt_twice_stays_one_portal_with_one_bulletin_per_id(
    rebuilt: Callable[[str], Collecting],
) -> None:
    everything = Task(RunKind.BACKFILL, refetch=True)
    reports = []
    for number, generation in enumerate(GENERATIONS):
        now = rebuilt(generation)
        assert isinstance(now.site, Rebuilt)
        now.site.posts = POSTS[: 4 + number]  # each generation brings one bulletin more
        reports.append(now.run(everything))
    assert [report.verdict for report in reports] == [Verdict.COMPLETE] * 3
    assert [report.added for report in reports] == [4, 1, 1]
    assert [(report.revised, report.failed) for report in reports] == [(0, 0)] * 3, "the same words in another layout"
    assert now.value("select count(*) from articles") == 6
    assert now.value("select count(distinct portal) from articles") == 1
    rows = now.archive.connection.rows("select source_id, title from articles order by source_id")
    assert [(row["source_id"], row["title"]) for row in rows] == [(str(post.id), post.title) for post in POSTS[:6]]
    urls = now.value("select count(*) from article_urls where article = (select min(id) from articles)")
    assert urls == 3, "each of its addresses is kept"


def test_an_edit_after_the_rebuilding_is_an_edit_and_names_its_layout(rebuilt: Callable[[str], Collecting]) -> None:
    rebuilt(OLD).run(Task(RunKind.BACKFILL))
    now = rebuilt(MIDDLE)
    assert isinstance(now.site, Rebuilt)
    now.site.edit(POSTS[0], text=POSTS[0].text.replace("41 triệu", "45 triệu"))
    report = now.run(Task(RunKind.BACKFILL, refetch=True))
    assert (report.revised, report.unchanged, report.failed) == (1, 3, 0)
    kinds = now.archive.connection.rows("select kind, provenance from revisions order by id")
    assert [row["kind"] for row in kinds] == ["editorial"] * 5
    assert ['"layout": "webforms"' in row["provenance"] for row in kinds] == [True] * 4 + [False]
    assert '"layout": "nukeviet"' in kinds[-1]["provenance"]


# --- the configuration --------------------------------------------------------------------------------------------

FIRST = '[[layouts]]\nid = "a"\nfamily = "td-webforms"\nvalid_from = 2010-01-01\nvalid_to = 2012-12-31\n'
MISTAKES = [
    (FIRST.replace("2012", "2009"), "layouts[0].valid_to", "expected a day from valid_from, 2010-01-01, on"),
    (FIRST + FIRST.replace("2010", "2013").replace("2012", "2014"), "layouts[1].id", '"a" is the id of layouts[0]'),
    (FIRST + FIRST.replace('"a"', '"b"'), "layouts[1].valid_from", "has days in common with layouts[0]"),
    (FIRST.replace("td-webforms", "td-webform"), "layouts[0].family", "did you mean td-webforms?"),
    (FIRST.replace("valid_to = 2012-12-31\n", ""), "layouts[0].valid_to", "required where no marks are given"),
    (FIRST.replace("2012-12-31", "'2012-12-31'"), "layouts[0].valid_to", "expected a day like 2015-12-31, without"),
    (FIRST.replace("2012-12-31", "2012-12-31T00:00:00"), "layouts[0].valid_to", "expected a day like 2015-12-31"),
    (FIRST + 'marks = ["h1"]\nneeded = 2\n', "layouts[0].needed", "expected at most 1, the number of marks"),
    (FIRST + "mark = ['h1']\n", "layouts[0].mark", "did you mean marks?"),
    (FIRST + "item = ['li']\n", "layouts[0].item", "did you mean layouts.listing.item?"),
    (FIRST + "[layouts.article]\ntitle = []\n", "layouts[0].article.title", "nor by the family td-webforms"),
    (FIRST + "[layouts.pager]\nkind = 'path'\n", "layouts[0].pager.pattern", "required by kind"),
    (FIRST + "[layouts.pager]\nkind = 'none'\nfirst = 0\n", "layouts[0].pager.first", "belongs to"),
    (FIRST + "[layouts.pager]\nkind = 'path'\npattern = '/p(\\d+)'\n", "layouts[0].pager.pattern", "named page"),
]


@pytest.mark.parametrize(("layouts", "key", "message"), MISTAKES)
def test_a_mistake_in_a_layout_is_told_with_its_key(layouts: str, key: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, layouts)
    (mistake,) = caught.value.mistakes
    assert mistake.file.endswith("portals/thuan-binh.toml")
    assert mistake.key == key
    assert message in mistake.message


def test_layouts_that_follow_each_other_without_a_gap_are_no_overlap(tmp_path: Path) -> None:
    second = FIRST.replace('"a"', '"b"').replace("2012-12-31", "2014-12-31").replace("2010-01-01", "2013-01-01")
    assert [layout.id for layout in loaded(tmp_path, FIRST + second).layouts] == ["a", "b"]


def test_a_family_may_have_layouts_of_its_own_and_a_portal_replaces_them_as_a_whole(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "collector.toml").write_text('portals = ["thuan-binh"]', encoding="utf-8")
    text = 'family = "own"\n' + profile(layouts="")
    (tmp_path / "portals/thuan-binh.toml").write_text(text, encoding="utf-8")
    (tmp_path / "families/own.toml").write_text(LAYOUTS, encoding="utf-8")
    assert [layout.id for layout in load(tmp_path, environ={}, cwd=tmp_path).profiles[0].layouts] == [
        "webforms",
        "nukeviet",
    ]
    (tmp_path / "portals/thuan-binh.toml").write_text(text + FIRST, encoding="utf-8")
    assert [layout.id for layout in load(tmp_path, environ={}, cwd=tmp_path).profiles[0].layouts] == ["a"]
    (tmp_path / "families/own.toml").write_text(FIRST.replace("td-webforms", "nowhere"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"families/own.toml: layouts\[0\].family: expected a file"):
        load(tmp_path, environ={}, cwd=tmp_path)


def test_the_effective_configuration_shows_each_layout_whole(tmp_path: Path) -> None:
    loaded(tmp_path)
    shown = describe(load(tmp_path / "config", environ={}, cwd=tmp_path))["profiles"]["thuan-binh"]
    first, second = shown["layouts"]
    assert (first["id"], first["family"], first["valid_from"], first["valid_to"]) == (
        "webforms", "td-webforms", None, "2015-12-31",
    )  # fmt: skip
    assert (first["hosts"], first["marks"]) == ([OLD_HOST], [])
    assert second["pager"]["kind"] == "path"
    assert "#news-bodyhtml" in second["article"]["body"]
    assert shown["article"]["body"] == ["div.tb-noi-dung"]
    assert len(shown["identity"]["patterns"]) == 1 + 4 + 2, "of all times together"


def test_the_span_of_a_layout_is_whole_days(tmp_path: Path) -> None:
    layout = loaded(tmp_path).layouts[0]
    assert layout.valid_to == date(2015, 12, 31)
    assert layout.valid_to + timedelta(days=1) == loaded(tmp_path / "again").layouts[1].valid_from
