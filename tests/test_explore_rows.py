"""Rows that leave a page: CSV that is whole or broken off, feeds that are valid whatever the rows are."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
from datasette.views.base import DatasetteError
from hypothesis import given
from hypothesis import strategies as st

from collector.archive.connection import Connection
from collector.explore.feeds import feed
from collector.explore.spreadsheets import _row
from collector.exports.cells import restored
from explored import BUNDLE, Explored, archived, explored

HERE, PAGE = "http://localhost/archive/feed_x.atom", "http://localhost/archive/feed_x"
CELLS = st.text(alphabet="=+-@'\"\t\r\n,;＝＋－＠19. eé\x00\u2028", max_size=8)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explored]:
    with explored(archived(tmp_path_factory.mktemp("rows") / "archive.db", "7", "8")) as found:
        yield found


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def select(served: Explored, sql: str, **more: str) -> list[list[str]]:
    return rows_of(served.get("/archive.csv", params={"sql": sql, **more}).text)


# --- CSV --------------------------------------------------------------------------------------------------------------


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_a_row_comes_back_as_it_was_and_calculates_nothing(cells: list[str]) -> None:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    [row] = rows_of(_row(written.getvalue().encode()).decode())
    assert [restored(cell) for cell in row] == cells
    for cell in row:
        assert cell[:1] not in set("=+-@\t\r\n＝＋－＠") or re.fullmatch(r"-\d+(\.\d+)?(e[+-]?\d+)?", cell)


@pytest.mark.parametrize("number", ["-5", "-0.25", "1e+20", "-1.5e-07", "0", "12345678901234567"])
def test_numbers_stay_numbers(served: Explored, number: str) -> None:
    assert select(served, f"select {number} as n")[1] == [number.replace("1e+20", "1e+20")]


def test_formulas_are_defused_in_cells_and_in_headers(served: Explored) -> None:
    assert select(served, "select '=1+1' as \"@x\", '-2+3' as y, '+84 292' as z, 'a=b' as ok") == [
        ["'@x", "y", "z", "ok"],
        ["'=1+1", "'-2+3", "'+84 292", "a=b"],
    ]


def test_a_cell_of_a_megabyte_is_given_whole(served: Explored) -> None:
    """Python's csv reads 131,072 characters a cell unless it is told otherwise."""
    text = served.get("/archive.csv", params={"sql": "select '=' || printf('%.*c', 1000000, 'x') as big"}).text
    assert len(text) == len("big\r\n'=\r\n") + 1_000_000


def test_every_page_of_a_table_is_streamed(served: Explored) -> None:
    whole = rows_of(served.get("/archive/articles.csv?_stream=on&_dl=on&_size=1").text)
    assert [row[whole[0].index("source_id")] for row in whole[1:]] == ["7", "8"]
    answer = served.get("/archive/articles.csv?_dl=on")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "content-length" not in answer.headers


def test_sql_that_cannot_be_run_is_no_empty_table(served: Explored) -> None:
    """Datasette answers 200 and an empty header, and says nothing of why."""
    for sql in ("select nothing from nowhere", "select 1/", "select * from articles_fts where articles_fts match '\"'"):
        answer = served.ask("/archive.csv", params={"sql": sql})
        assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")
        assert "cannot be run" in answer.text
    assert select(served, "select 1 as n where 0") == [["n"]], "no row is no mistake"
    assert select(served, 'select 1 as ""') == [[""], ["1"]]


def test_csv_that_fails_on_its_way_is_broken_off(served: Explored) -> None:
    """Datasette writes its error as one more row and ends the answer as if it were whole."""
    limit = served.datasette._settings["max_csv_mb"]
    served.datasette._settings["max_csv_mb"] = 1
    try:
        sql = quote("select printf('%.*c', 700000, 'x') as big union all select printf('%.*c', 700000, 'y')")
        status, parts, ended = served.parts(f"/archive.csv?sql={sql}")
    finally:
        served.datasette._settings["max_csv_mb"] = limit
    assert (status, ended) == (200, False)
    assert parts[0] == b"big\r\n"
    assert len(parts[1]) == 700_002
    assert b"more than" in parts[-1]
    status, parts, ended = served.parts(f"/archive.csv?sql={sql}")
    assert (status, ended, len(b"".join(parts))) == (200, True, 5 + 2 * 700_002)


def test_a_mishap_is_told_in_a_line_of_text(served: Explored) -> None:
    for path in ("/archive/nowhere.csv", "/archive/articles.csv?_next=x&_stream=1", "/archive/articles.atom"):
        answer = served.ask(path)
        assert answer.status_code in (400, 404)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert len(answer.text.splitlines()) == 1


def test_a_file_of_ones_own_is_given_as_it_is(tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(BUNDLE, tmp_path / "datasette"))
    content = b"a;=1+1\n" * 2_000
    (bundle / "static" / "own.csv").write_bytes(content)
    with explored(archived(tmp_path / "archive.db"), bundle) as served:
        assert served.get("/static/own.csv").content == content


def test_what_datasette_traces_is_html_and_stays_so(served: Explored) -> None:
    answer = served.get("/archive.csv", params={"sql": "select '<x-evil>=1' as t", "_trace": "1"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "&lt;x-evil&gt;=1" in answer.text


# --- Atom -------------------------------------------------------------------------------------------------------------


def made(*rows: dict[str, Any]) -> Any:
    parsed = feedparser.parse(feed(rows, title="Tin mới · New", subtitle="Về", here=HERE, page=PAGE))
    assert parsed.bozo is False
    return parsed


ROW = {"atom_id": "tag:x,2024:1", "atom_title": "Tin", "atom_updated": "2024-01-08T10:00:00Z"}


@pytest.mark.parametrize("name", ["feed_new_bulletins", "feed_corrections", "feed_disappearances"])
def test_a_feed_in_which_nothing_has_happened_is_valid(tmp_path: Path, name: str) -> None:
    """datasette-atom takes the latest of no rows, and answers 500."""
    with closing(Connection(tmp_path / "archive.db")):
        pass
    with explored(tmp_path / "archive.db") as served:
        answer = served.get(f"/archive/{name}.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(answer.content)
    assert (parsed.bozo, parsed.entries) == (False, [])
    assert parsed.feed.updated == "1970-01-01T00:00:00Z"
    assert "·" in parsed.feed.title, "in both languages"
    assert parsed.feed.title != name


def test_a_feed_says_where_it_is_and_where_people_read_it(served: Explored) -> None:
    parsed = feedparser.parse(served.get("/archive/feed_new_bulletins.atom").content)
    links = {link.rel: link.href for link in parsed.feed.links}
    assert links == {
        "self": "http://localhost/archive/feed_new_bulletins.atom",
        "alternate": "http://localhost/archive/feed_new_bulletins",
    }
    assert parsed.feed.id == links["self"]
    assert [entry.link for entry in parsed.entries] == ["https://portal.example/tin/8", "https://portal.example/tin/7"]
    assert {entry.author for entry in parsed.entries} == {"Tỉnh"}
    for entry in (parsed.feed, *parsed.entries):
        assert datetime.fromisoformat(entry.updated).tzinfo is not None


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_in_a_row_is_text(title: str, content: str, link: str) -> None:
    parsed = made({**ROW, "atom_title": title, "atom_content": content, "atom_link": link, "atom_author_name": title})
    [entry] = parsed.entries
    assert entry.link.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://portal.example/tin?a=1&b=2", "https://portal.example/tin?a=1&b=2"),
        ("/bulletins/tinh/7", "http://localhost/bulletins/tinh/7"),
        ("javascript:alert(1)", PAGE),
        (" JaVaScRiPt:alert(1)", PAGE),
        ("java\nscript:alert(1)", PAGE),
        ("data:text/html,<script>alert(1)</script>", PAGE),
        ("http://[::1", PAGE),
        ("about:blank", PAGE),
        (None, PAGE),
    ],
)
def test_an_entry_leads_to_a_page_and_nowhere_else(address: str | None, link: str) -> None:
    [entry] = made({**ROW, "atom_link": address}).entries
    assert entry.link == link


def test_markup_in_a_content_is_cleaned_as_datasette_atom_does() -> None:
    html = '<p onclick="alert(1)">Tin<script>alert(1)</script> <a href="javascript:alert(1)">a</a></p>\x01'
    raw = feed([{**ROW, "atom_content_html": html}], title="x", here=HERE, page=PAGE).decode()
    assert "&lt;p&gt;Tin&lt;script" not in raw
    assert "onclick" not in raw
    assert "javascript" not in raw


def test_instants_are_written_with_their_zone_and_a_day_is_a_local_one() -> None:
    rows = [{**ROW, "atom_updated": at} for at in ("2024-01-08", "2024-01-08T10:00:00", "2024-01-08T10:00:00+07:00")]
    parsed = made(*rows)
    assert [entry.updated for entry in parsed.entries] == [
        "2024-01-08T00:00:00+07:00",
        "2024-01-08T10:00:00Z",
        "2024-01-08T10:00:00+07:00",
    ]
    assert parsed.feed.updated == "2024-01-08T10:00:00Z", "the latest of them, whatever its zone"


@pytest.mark.parametrize("value", [None, "", "hôm qua", "2024-13-01", 5])
def test_what_is_no_instant_is_told(value: object) -> None:
    with pytest.raises(DatasetteError, match="atom_updated is no instant"):
        feed([{**ROW, "atom_updated": value}], title="x", here=HERE, page=PAGE)


def test_any_sql_with_the_columns_is_a_feed(served: Explored) -> None:
    sql = "select 'tag:x,2024:1' as atom_id, '2024-01-08' as atom_updated, 'a' || char(1) || '<x-evil>' as atom_title"
    parsed = feedparser.parse(served.get("/archive.atom", params={"sql": sql, "_feed_title": "Tin"}).content)
    assert (parsed.bozo, parsed.feed.title, len(parsed.entries)) == (False, "Tin", 1)
    assert served.ask("/archive.atom", params={"sql": "select 1 as atom_id"}).status_code == 400
    told = served.ask("/archive.json", params={"sql": "select 'a\x00b'"})
    assert (told.status_code, told.json()["error"]) == (400, "the query contains a null character")


def test_as_many_rows_as_a_question_gives_are_not_said_to_be_all(tmp_path: Path) -> None:
    """``search`` ends after 50 bulletins, of however many that have the word."""
    path = archived(tmp_path / "archive.db", *map(str, range(50)))
    with explored(path) as served:
        assert "<strong>50 bản tin đầu</strong>" in served.get("/archive/search?q=viec+lam").text
    (tmp_path / "fewer").mkdir()
    with explored(archived(tmp_path / "fewer" / "archive.db", *map(str, range(49)))) as served:
        assert "<strong>49 bản tin</strong>" in served.get("/archive/search?q=viec+lam").text
