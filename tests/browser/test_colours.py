"""The colours of archive.css: what is written in one on another can be read, in light and in dark (WCAG 2.2, 1.4.3 and
1.4.11); what moves stops for those who asked for it."""

from __future__ import annotations

import pytest

from browser.conftest import Site, drawn

pytestmark = pytest.mark.browser

WRITTEN = [
    *((ink, ground) for ink in ("ink", "soft", "link", "accent", "warn") for ground in ("paper", "sheet")),
    *(("ink", ground) for ground in ("figure", "target", "added", "removed", "accent-soft")),
    ("soft", "accent-soft"),
    ("accent-ink", "accent"),
    ("bar-ink", "bar"),
]
DRAWN = [
    *((f"series-{number}", "sheet") for number in range(1, 9)),
    ("focus", "paper"),
    ("edge", "sheet"),
    ("figure-line", "paper"),
    ("added-line", "paper"),
]
_CONTRAST = """([one, other]) => {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const luminance = (name) => {
    pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...pen.getImageData(0, 0, 1, 1).data].map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_is_written_and_drawn_stands_out(site: Site, dark: bool) -> None:
    with site.page(dark=dark) as page:
        page.goto("/archive/search")
        contrasts = {pair: page.evaluate(_CONTRAST, list(pair)) for pair in (*WRITTEN, *DRAWN)}
    pale = {pair: round(found, 2) for pair, found in contrasts.items() if found < (4.5 if pair in WRITTEN else 3)}
    assert pale == {}


def test_a_plot_follows_the_scheme(site: Site) -> None:
    fills = []
    for dark in (False, True):
        with site.page(dark=dark) as page:
            page.goto("/archive/jobs_created_by_year")
            drawn(page)
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            bar = page.locator("figure.plot svg .mark-rect path").first
            fills.append((background, bar.evaluate("node => getComputedStyle(node).fill")))
    assert fills == [("rgb(251, 250, 246)", "rgb(27, 122, 98)"), ("rgb(20, 24, 26)", "rgb(95, 196, 165)")]


def test_nothing_moves_for_those_who_asked_for_stillness(site: Site) -> None:
    with site.page() as page:
        page.goto("/articles/1")
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "smooth"
        page.emulate_media(reduced_motion="reduce")
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_paper_gets_the_article_and_not_the_frame(site: Site) -> None:
    with site.page(dark=True) as page:
        page.goto("/articles/1")
        page.emulate_media(media="print")
        assert not page.locator("header.top").is_visible()
        assert page.locator("article.text").is_visible()
        assert page.locator("p.citation").is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
