"""What people come for, done as they do it: with a keyboard, a mouse and a browser."""

from __future__ import annotations

import csv
import re
import sqlite3
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Site, drawn

pytestmark = pytest.mark.browser

SPELLINGS = {
    "without accents": "viec lam",
    "with accents": "việc làm",
    "letters and marks apart (NFD)": unicodedata.normalize("NFD", "việc làm"),
    "a phrase": '"giải quyết việc làm"',
}


def _search(page: Page, words: str) -> None:
    page.locator("#find").fill(words)
    page.locator("#find").press("Enter")
    page.wait_for_url("**/archive/search?**")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_words_are_found_however_they_are_typed(site: Site, spelling: str) -> None:
    with site.page() as page:
        page.goto("/")
        _search(page, SPELLINGS[spelling])
        assert page.locator("ol.results > li").count() >= 20
        marked = {text.lower() for text in page.locator("ol.results mark").all_inner_texts()}
        assert any("việc" in text for text in marked), marked


def test_the_tone_may_stand_on_either_vowel(site: Site) -> None:
    with site.page() as page:
        found = []
        for spelling in ("Xuân Hòa", "Xuân Hoà"):
            page.goto("/")
            _search(page, f'"{spelling}"')
            found.append(page.locator("ol.results h2 a").evaluate_all("links => links.map(link => link.href).sort()"))
        assert found[0] == found[1]
        assert len(found[0]) > 0


def test_a_number_is_found_with_and_without_its_separator(site: Site) -> None:
    with site.page() as page:
        for spelling in ("12.454", "12454"):
            page.goto("/")
            _search(page, spelling)
            expect(page.locator("ol.results mark").first).to_have_text("12.454")


def test_from_a_word_to_an_article_to_the_record_of_a_number_and_back(site: Site) -> None:
    with site.page() as page:
        page.goto("/")
        _search(page, "12.454")
        page.locator("ol.results h2 a").first.click()
        expect(page.locator("article h1")).to_contain_text("Mỹ Xuyên")
        number = page.locator("article a.figure", has_text="12.454").first
        place = number.get_attribute("id")
        assert place is not None
        number.click()  # to its line beside the text
        beside = page.locator("li:target")
        expect(beside).to_contain_text("12.454")
        beside.locator("a.record").click()
        assert page.url.endswith(f"/archive/indicators/{place[1:]}")
        expect(page.locator("blockquote mark")).to_have_text("12.454")
        page.get_by_role("link", name="To its place in the bulletin").click()
        assert page.url.endswith(f"/bulletins/demo/757065#{place}")
        target = page.locator("a.figure:target")
        expect(target).to_have_text("12.454")
        expect(target).to_be_in_viewport()


def test_two_clicks_lead_to_the_plot_of_jobs_by_year(site: Site) -> None:
    """Of issue 6: after `collector demo` and `collector explore --open`, which shows the home page."""
    with site.page(language="vi") as page:
        page.goto("/")
        drawn(page)
        # No click at all: it is the first thing that is drawn.
        first = page.locator("figure.plot").first
        expect(first.locator("figcaption")).to_have_text("Số việc làm tạo ra theo năm")
        assert first.locator("svg .mark-rect path").count() >= 3
        first.locator("figcaption a").click()
        drawn(page)
        bars = page.locator("figure.plot svg .mark-rect path")
        years = page.locator("main table tbody tr td:first-child").all_inner_texts()
        assert bars.count() == len(years) >= 3
        assert years == sorted(years) or years == sorted(years, reverse=True)


def test_what_a_plot_shows_is_what_the_table_says(site: Site) -> None:
    with site.page() as page:
        page.goto("/archive/jobs_created_by_year")
        drawn(page)
        told = page.locator("figure.plot svg .mark-rect path").evaluate_all("bars => bars.map(bar => bar.ariaLabel)")
        rows = page.evaluate("async () => (await fetch('/archive/jobs_created_by_year.json?_shape=array')).json()")
        assert len(rows) == len(told) >= 3
        for row in rows:
            assert any(str(row["year"]) in text and f"{row['jobs_created']:,.0f}" in text for text in told), (row, told)


def test_runs_are_counted_in_whole_numbers(site: Site) -> None:
    with site.page() as page:
        page.goto("/archive/collection_health")
        drawn(page)
        labels = page.locator("figure.plot svg .role-axis-label text").all_text_contents()
        assert [label for label in labels if "/" not in label and "-" not in label] == ["0", "1", "2"]


def test_measures_are_named_in_the_readers_language_and_one_of_them_is_drawn(site: Site) -> None:
    with site.page() as page:
        page.goto("/archive/merit_and_allowances?measure=social_allowance_recipients")
        drawn(page)
        assert page.locator("figure.plot .legend li").all_inner_texts() == [
            "People who draw a monthly social allowance"
        ]


def test_a_correction_is_shown_with_what_was_and_what_is(site: Site) -> None:
    with site.page() as page:
        page.goto("/archive/what_was_corrected")
        listed = page.locator(".corrected li", has_text="People with voluntary social insurance")
        expect(listed.locator("del")).to_have_text("2.454")
        expect(listed.locator("ins")).to_have_text("12.454")
        listed.get_by_role("link").click()
        page.get_by_role("link", name="Compare the versions").click()
        assert page.url.endswith("/history")
        difference = page.locator(".difference")
        expect(difference.locator("del")).to_have_text("2.454")
        expect(difference.locator("ins")).to_have_text("12.454")
        expect(difference).to_contain_text("Đến hết tháng 5/2024")


def test_a_bulletin_that_is_gone_is_still_read_and_says_so(site: Site) -> None:
    with site.page() as page:
        page.goto("/archive/disappearances")
        page.locator("main tbody a").first.click()
        expect(page.locator(".state.gone")).to_contain_text("gone from the portal")
        assert len(page.locator("article.text > p:not(.meta)").all_inner_texts()) >= 1


def test_csv_is_downloaded_and_holds_what_the_archive_holds(site: Site) -> None:
    with site.page() as page, sqlite3.connect(site.archive) as archive:
        page.goto("/archive/indicators?_sort=id")
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV of all rows").click()
        assert download.value.suggested_filename == "indicators.csv"
        text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(text.splitlines(), strict=True))
        known = archive.execute("select id, printed, sentence from indicators order by id").fetchall()
        assert [(int(row["id"]), row["printed"]) for row in rows] == [(row[0], row[1]) for row in known]
    archive.close()


def test_the_raw_page_is_downloaded_whole(site: Site) -> None:
    with site.page() as page:
        page.goto("/articles/1")
        digest = page.locator("dl.proof code").first.inner_text().removeprefix("sha256 ")
        with page.expect_download() as download:
            page.get_by_role("link", name="download", exact=True).click()
        assert re.fullmatch(r"capture-\d+\.html", download.value.suggested_filename)
        assert download.value.path().read_bytes().startswith(b"<")
        assert len(digest) == 64


def test_the_language_is_switched_and_stays(site: Site) -> None:
    with site.page(language="vi") as page:
        page.goto("/articles/1")
        expect(page.locator("html")).to_have_attribute("lang", "vi")
        page.get_by_role("link", name="English").click()
        assert page.url.endswith("/bulletins/demo/757065")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("article.text")).to_have_attribute("lang", "vi")
        page.goto("/archive")
        expect(page.locator("h1")).to_have_text("Data")


def test_questions_are_asked_by_choosing(site: Site) -> None:
    with site.page() as page:
        page.goto("/")
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Figures").click()
        chosen = page.get_by_label("Measure", exact=True)
        assert chosen.input_value() == "jobs_created"
        chosen.select_option(label="Poor households")
        page.get_by_role("button", name="Show").click()
        assert "measure=poor_households" in page.url
        drawn(page)
        assert page.locator("figure.plot svg .mark-symbol path").count() >= 5
        assert page.locator("main tbody tr").count() >= 5


def test_everything_works_from_the_keyboard(site: Site) -> None:
    with site.page() as page:
        page.goto("/articles/1")
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        expect(skip).to_have_text("Skip to content")
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator("main :focus")).to_have_class("figure")
        # What has the focus is framed: at least 2 px, and not by colour alone.
        width, style = page.locator(":focus").evaluate(
            "node => [parseFloat(getComputedStyle(node).outlineWidth), getComputedStyle(node).outlineStyle]"
        )
        assert width >= 2
        assert style == "solid"


def test_the_tab_key_reaches_every_link_and_field_and_leaves_again(site: Site) -> None:
    with site.page() as page:
        page.goto("/archive/indicator_series?measure=poor_households&direction=level")
        drawn(page)
        reachable = page.evaluate(
            "() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]"
            ".filter(node => node.checkVisibility() && !node.closest('details:not([open]) > :not(summary)')).length"
        )
        page.evaluate(
            "() => { window.reached = new Set(); document.addEventListener('focusin', e => reached.add(e.target)); }"
        )
        for _ in range(reachable + 10):
            page.keyboard.press("Tab")
        assert (
            page.evaluate(
                "() => [...reached].filter(node => node.matches('a[href], button, input, select, textarea, summary')).length"
            )
            == reachable
        )
