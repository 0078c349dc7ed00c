"""Hostile content all the way, from a portal's page through a real run to pages, feeds, JSON and CSV: it is text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import feedparser
import pytest

from collector.archive import Archive
from collector.archive.connection import Connection
from collector.config import load
from collector.explore.bundle import metadata
from collector.exports.cells import restored
from collector.fetch import HttpSettings
from collector.model import RunKind, Task, Verdict
from conftest import Collecting
from explored import BUNDLE, Explored, Page, explored, pages_without_faults
from hostile_portal import FIGURES, MEGABYTE, TEXTS, HostilePortal, HugePortal
from second_portal import SecondPortal, profile
from story_clock import StoryClock

QUERIES = sorted(metadata(BUNDLE)["databases"]["archive"]["queries"])
TABLES = sorted(
    name for name, one in metadata(BUNDLE)["databases"]["archive"]["tables"].items() if not one.get("hidden")
)
FEEDS = [name for name in QUERIES if name.startswith("feed_")]
FACETED = {
    "articles": "title",
    "indicators": "label",
    "attachments": "label",
    "corrections": "after",
    "captures": "headers",
    "portals": "name",
    "measures": "name_vi",
    "revisions": "body",
}
EVERYTHING = Task(RunKind.BACKFILL)
LOOKING_AGAIN = Task(recheck_days=36_500, recheck_per_run=500)


def collecting(folder: Path, site: SecondPortal, archive: Archive, clock: StoryClock) -> Collecting:
    config = folder / "config"
    (config / "portals").mkdir(parents=True)
    (config / "collector.toml").write_text('portals = ["tan-giang"]\n', encoding="utf-8")
    (config / "portals" / "tan-giang.toml").write_text(profile(site.base_url), encoding="utf-8")
    return Collecting(site, load(config, environ={}, cwd=folder).profiles[0], archive, clock)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a portal's editors can put into an archive, in its first state, corrected, and gone."""
    folder, clock = tmp_path_factory.mktemp("hostile"), StoryClock()
    path = folder / "archive.db"
    with HostilePortal(now=clock.now) as site, Archive(path) as opened:
        run = collecting(folder, site, opened, clock)
        assert run.run(EVERYTHING).verdict is Verdict.COMPLETE
        site.edit_all()
        run.years_pass()
        assert run.run(LOOKING_AGAIN, http=HttpSettings(delay=0, timeout=5)).revised == len(TEXTS)
        for number in list(site.expected())[::2]:
            site.delete(number)
        run.years_pass()
        run.run(LOOKING_AGAIN)
        run.years_pass()
        assert run.run(LOOKING_AGAIN).gone == len(TEXTS) // 2
    return path


@pytest.fixture(scope="module")
def spoiled(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, and then hostile rows where our own writer would put none: of another writer, or of a later mistake."""
    path = tmp_path_factory.mktemp("spoiled") / "archive.db"
    with closing(Connection(archive, readonly=True)) as whole:
        whole.copy_to(path)
    text = TEXTS[1]
    with closing(Connection(path)) as connection, connection.writing():
        for table, columns in {
            "articles": ("byline", "place"),
            "attachments": ("url", "label"),
            "portals": ("name", "attribution", "publisher", "address", "phone", "email"),
            "sections": ("name",),
            "measures": ("name_vi", "name_en", "unit"),
            "indicators": ("label", "place", "unit", "sentence", "period"),
            "appearances": ("title",),
            "documents": ("number",),
            "captures": ("headers",),
        }.items():
            values = ["javascript:alert(1)", text, "\u202e</script>\x01" + text]
            for column in columns:
                chosen = " ".join(f"when {number} then ?" for number in range(len(values)))
                changed = "json_object('content-type', ?)" if column == "headers" else f"case rowid % 3 {chosen} end"
                connection.execute(
                    f"update {table} set {column} = {changed}", [text] if column == "headers" else values
                )
        connection.execute("update articles set url = 'javascript:alert(' || id || ')' where id % 2")
        connection.execute("update articles set url = 'data:text/html,<script>' || id where id % 2 = 0")
        connection.execute("update articles set source_id = ? where id = 1", ['"><x-evil>/../%2F?#é'])
        connection.execute("update article_urls set url = 'javascript:alert(' || article || ')'")
    return path


@pytest.fixture(params=["archive", "spoiled"])
def served(request: pytest.FixtureRequest) -> Iterator[Explored]:
    with explored(request.getfixturevalue(request.param)) as found:
        yield found


def bulletins(served: Explored) -> list[str]:
    rows = served.get("/archive/articles.json?_shape=array&_size=max").json()
    return [f"/bulletins/{quote(row['installation'], safe='')}/{quote(row['source_id'], safe='')}" for row in rows]


def test_no_page_has_an_element_a_script_or_an_address_that_came_from_content(served: Explored) -> None:
    paths = ["/", "/archive", "/-/dashboards", "/-/dashboards/labour", "/-/dashboards/collection", "/-/search?q=x"]
    paths += [path + rest for path in bulletins(served) for rest in ("", "/history")]
    paths += [f"/archive/{name}" for name in (*QUERIES, *TABLES)]
    for table, column in FACETED.items():
        rows = served.get(f"/archive/{table}.json?_shape=objects&_size=5").json()
        keys = rows["primary_keys"]
        paths += [f"/archive/{table}/{quote(str(row[keys[0]]), safe='')}" for row in rows["rows"]]
        paths.append(f"/archive/{table}?_facet={column}&_size=5")
    paths += [f"/archive/search?q={quote(text)}" for text in TEXTS]
    paths += [f"/archive/indicator_series?measure={quote(text)}" for text in TEXTS[:4]]
    paths += ["/archive?sql=" + quote(f"select '{TEXTS[1]}' as title, '1' as article, 2 as printed, 3 as sha256")]
    assert pages_without_faults(served, paths) == {}


def test_the_texts_are_shown_as_they_are(archive: Path) -> None:
    with explored(archive) as served:
        shown = "\n".join(Page(served.get(path)).text for path in bulletins(served))
    for text in TEXTS[:6]:
        assert text in shown
    assert "{{7*7}}" in shown
    assert "\u202e" not in shown


def test_every_request_has_a_nonce_of_its_own_and_no_content_gets_it(served: Explored) -> None:
    pages = [Page(served.get(path)) for path in ("/", "/archive/articles", *bulletins(served)[:3])]
    assert len({page.nonce for page in pages}) == len(pages)
    for page in pages:
        assert all("alert(1)" not in attributes.get("nonce", "") for _, attributes in page.elements)
        tags = [tag for tag, attributes in page.elements if "nonce" in attributes]
        assert set(tags) == {"script"}


def test_what_a_plot_is_told_is_json_in_an_attribute(served: Explored) -> None:
    for path in ("/", "/archive/bulletins_by_month"):
        figures = [one for one in Page(served.get(path)).all("figure") if "data-plot" in one]
        assert figures, path
        assert all(json.loads(one["data-plot"])["mark"] for one in figures)


@pytest.mark.parametrize("name", [*QUERIES, *TABLES])
def test_csv_gives_back_every_cell_and_calculates_none(spoiled: Path, name: str) -> None:
    with explored(spoiled) as served:
        rows = served.get(f"/archive/{name}.json?_shape=arrays&_size=max").json()
        text = served.get(f"/archive/{name}.csv?_size=max").text
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert read[0] == rows["columns"]
    expected = [["" if cell is None else str(cell) for cell in row] for row in rows["rows"]]
    assert [[restored(cell) for cell in row] for row in read[1:]] == expected
    for row, whole in zip(read[1:], rows["rows"], strict=True):
        assert [cell for cell in row if calculated(cell)] == []
        assert [cell for cell, value in zip(row, whole, strict=True) if isinstance(value, int | float)] == [
            str(value) for value in whole if isinstance(value, int | float)
        ], "numbers stay numbers"


def calculated(cell: str) -> bool:
    """Say whether a spreadsheet would do something with a cell; a number is only a number."""
    return cell[:1] in set("=+-@\t\r\n＝＋－＠") and re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell) is None


@pytest.mark.parametrize("name", FEEDS)
def test_feeds_are_valid_and_lead_nowhere_else(served: Explored, name: str) -> None:
    answer = served.get(f"/archive/{name}.atom")
    feed = feedparser.parse(answer.content)
    assert feed.bozo is False
    assert feed.entries
    ids = [entry.id for entry in feed.entries]
    assert len(set(ids)) == len(ids)
    for entry in feed.entries:
        assert all(link.href.startswith(("http://", "https://")) for link in entry.links)
        assert all(content.type == "text/plain" for content in entry.content), "nothing in it is markup"
    again = feedparser.parse(served.get(f"/archive/{name}.atom").content)
    assert [entry.id for entry in again.entries] == ids


def test_what_is_pasted_into_a_spreadsheet_is_not_calculated(archive: Path) -> None:
    with explored(archive) as served:
        text = served.get("/archive/articles.copyable?_raw=1&_size=max").text
    cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t") for cell in row]
    assert "'=cmd|'/c calc'!A1 2" in cells
    assert [cell for cell in cells if calculated(cell)] == []


@pytest.mark.slow
def test_titles_and_paragraphs_of_a_megabyte_and_thousands_of_figures_break_nothing(tmp_path: Path) -> None:
    clock = StoryClock()
    with HugePortal(now=clock.now) as site, Archive(tmp_path / "archive.db") as opened:
        run = collecting(tmp_path, site, opened, clock)
        assert run.run(EVERYTHING).verdict is Verdict.COMPLETE
        assert opened.connection.value("select max(length(title)) from articles") > MEGABYTE * 0.9
        assert opened.connection.value("select max(length(body)) from articles") >= MEGABYTE
        most = "select max(n) from (select count(*) as n from indicators group by revision)"
        assert opened.connection.value(most) >= FIGURES
    with explored(tmp_path / "archive.db") as served:
        paths = bulletins(served)
        assert pages_without_faults(served, [*paths, *(f"{path}/history" for path in paths)]) == {}
        # Where several bulletins are listed none of them takes more than its place.
        for path in ("/", "/archive/articles", "/archive/search?q=việc làm", "/archive/feed_new_bulletins"):
            assert len(served.get(path).content) < 100_000, path
        linked = [one for path in paths for one in Page(served.get(path)).all("a") if one.get("class") == "figure"]
        assert len([one for one in linked if one.get("id")]) >= FIGURES
        whole = list(csv.DictReader(io.StringIO(served.get("/archive/articles.csv").text, newline=""), strict=True))
        assert max(len(row["body"]) for row in whole) >= MEGABYTE, "beyond what csv reads by itself"
        assert feedparser.parse(served.get("/archive/feed_new_bulletins.atom").content).bozo is False


def test_a_csv_that_is_downloaded_tells_excel_its_letters_and_one_that_is_asked_for_has_no_mark(spoiled: Path) -> None:
    with explored(spoiled) as served:
        asked = served.get("/archive/measures.csv").content
        saved = served.get("/archive/measures.csv?_dl=1")
        assert saved.headers["content-disposition"] == 'attachment; filename="measures.csv"'
        assert saved.content == b"\xef\xbb\xbf" + asked
        page = Page(served.get("/archive/measures"))
        assert all("_dl=1" in link["href"] for link in page.all("a") if ".csv?" in link.get("href", ""))
