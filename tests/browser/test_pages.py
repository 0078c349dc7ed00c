"""Every kind of page, on a desktop and on a telephone, light and dark, in Vietnamese and in English."""

from __future__ import annotations

import pytest

from browser.conftest import CHECKER, Site, drawn

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/",
    "a bulletin that was edited": "/articles/1",
    "a bulletin that is gone": "/articles/3",
    "its history": "/bulletins/demo/757065/history",
    "the bulletins": "/archive/articles?_sort_desc=published_on",
    "the bulletins as a table": "/archive/articles?_as=table&_size=10",
    "a view": "/archive/current_indicators?_size=10&_facet=direction",
    "a table that is empty": "/archive/failures",
    "a row": "/archive/indicators/1",
    "the catalogue": "/archive",
    "one's own SQL": "/archive?sql=select+id,+title,+topic_score+from+articles+limit+3",
    "a mistake in it": "/archive?sql=select+1+as+one",
    "search": "/archive/search?q=viec+lam",
    "search without words": "/archive/search",
    "nothing found": "/archive/search?q=khongcogicả",
    "search of all tables": "/-/search?q=viec",
    "a question with a plot": "/archive/jobs_created_by_year",
    "a series": "/archive/indicator_series?measure=jobs_created&direction=level",
    "corrections": "/archive/what_was_corrected",
    "dashboards": "/-/dashboards",
    "a dashboard": "/-/dashboards/labour",
    "one of its plots": "/-/dashboards/labour/jobs_created_by_year",
}
MANNERS = {
    "desktop, light, Vietnamese": {"width": 1280, "dark": False, "language": "vi"},
    "telephone, dark, English": {"width": 390, "dark": True, "language": "en"},
}


@pytest.mark.parametrize("manner", MANNERS)
def test_every_page_can_be_used_by_everybody(site: Site, manner: str) -> None:
    wrong = {}
    with site.page(**MANNERS[manner]) as page:  # type: ignore[arg-type]
        for name, path in PAGES.items():
            answer = page.goto(path)
            assert answer is not None
            assert answer.ok, (name, answer.status)
            drawn(page)
            if found := page.evaluate(CHECKER.read_text(encoding="utf-8")):
                wrong[name] = found
    assert wrong == {}


def test_every_question_is_a_page_that_can_be_used(site: Site) -> None:
    wrong = {}
    with site.page(width=390, dark=False) as page:
        page.goto("/archive")
        paths = page.locator("#questions + ul a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        assert len(paths) > 15
        for path in paths:
            answer = page.goto(path)
            assert answer is not None
            assert answer.ok, path
            drawn(page)
            found = page.evaluate(CHECKER.read_text(encoding="utf-8"))
            # Asked with its defaults, a link shows something; the search needs a word.
            if "/search" not in path and page.locator("main tbody tr, ol.corrected > li").count() == 0:
                found.append("no rows")
            if found:
                wrong[path] = found
    assert wrong == {}


def test_a_page_that_is_not_there_is_a_page_too(site: Site) -> None:
    with site.page(expected="status of 404") as page:
        answer = page.goto("/bulletins/demo/none")
        assert answer is not None
        assert answer.status == 404
        assert page.locator("h1").inner_text() == "There is no such page"
        assert page.evaluate(CHECKER.read_text(encoding="utf-8")) == []


def test_the_checker_finds_what_is_wrong(site: Site) -> None:
    with site.page() as page:
        page.goto("/archive/search")
        page.evaluate(
            """() => {
              const main = document.querySelector("main");
              main.insertAdjacentHTML("beforeend", `<h1>again</h1><h4>deep</h4><input name="x"><a href="/"></a>
                <p id="content" style="color:#999;background:#aaa">pale</p><div style="width:3000px">wide</div>
                <nav></nav><table><tr><td>1</td></tr></table>`);
            }"""
        )
        found = "\n".join(page.evaluate(CHECKER.read_text(encoding="utf-8")))
    for mistake in (
        "2 times h1",
        "from h1 to h4",
        "no label",
        "no name",
        "2 times id content",
        "contrast 1.",
        "wide, the window",
    ):
        assert mistake in found, mistake
    assert "a table without heads" in found
    assert "a landmark without name" in found


def test_a_plot_without_rows_says_so(site: Site) -> None:
    with site.page() as page:
        page.route("**/archive/poverty_by_year.json*", lambda route: route.fulfill(json=[]))
        page.goto("/-/dashboards/labour")
        drawn(page)
        without = page.locator("figure.plot", has_text="Poverty by year")
        assert without.locator(".drawing").inner_text() == "No figures yet."
        assert page.locator("figure.plot svg").count() == page.locator("figure.plot").count() - 1


def test_ones_own_plot_is_drawn_of_a_table(site: Site) -> None:
    # datasette-vega warns of its own Vega.
    with site.page(expected="The compiled spec uses Vega") as page:
        page.goto("/archive/visit_counts")
        page.get_by_role("button", name="Show charting options").click()
        page.get_by_label("Bar").check()
        page.locator(".vega-embed canvas, .vega-embed svg").first.wait_for()
