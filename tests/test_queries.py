"""All canned queries: they stand beside the tables, answer on an empty archive, go by indexes, and bear hostile input."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from asked import QUERIES, Asked, asked
from collector.archive import Archive
from collector.archive.search import matching
from collector.explore.feeds import feed
from collector.explore.hooks import prepare_connection

#: Tables that grow with every bulletin or every page: none of them is read from one end to the other.
GROWING = set(
    "articles indicators appearances documents revisions captures visit_counts listings mementos corrections failures "
    "article_urls attachments _sightings _capture_bodies _current_figures".split()
)
#: Indexes that are read in their order: until a page of rows is full, or because all of it is counted (they hold all that
#: is used, and are narrow).
IN_ORDER = set(
    "idx_articles_current idx_articles_latest idx_articles_gone_at idx_articles_first_seen_at idx_articles_published_on "
    "idx_corrections_seen_at idx_corrections_field idx_runs_day idx__current_figures_series idx__current_figures_published_on "
    "idx__current_offices_person idx__current_citations_number idx__known_bulletins_month idx_visit_hours_day "
    "idx_visit_hours_portal_day".split()
)


@pytest.fixture(scope="module")
def demo(demo_archive: Path) -> Iterator[Asked]:
    with asked(demo_archive) as opened:
        yield opened


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    path = tmp_path_factory.mktemp("empty") / "archive.db"
    Archive(path).close()
    with asked(path) as opened:
        yield opened


def defaults(name: str) -> dict[str, object]:
    return {one.name: one.default for one in QUERIES[name].parameters}


@pytest.mark.parametrize("name", QUERIES)
def test_an_empty_archive_answers_with_nothing(empty: Asked, name: str) -> None:
    assert empty.ask(name) == []
    assert empty.ask(name, **defaults(name)) == []
    for parameter in QUERIES[name].parameters:
        if parameter.choices is not None:
            empty.rows(parameter.choices)


def test_no_query_hides_a_table_or_a_view(empty: Asked) -> None:
    """In Datasette both are ``/archive/NAME``, and the query wins."""
    tables = {row["name"] for row in empty.rows("select name from sqlite_master")}
    assert tables & QUERIES.keys() == set()


@pytest.mark.parametrize("name", QUERIES)
def test_columns_are_plain_words_and_each_stands_once(empty: Asked, name: str) -> None:
    columns = empty.columns(QUERIES[name])
    assert all(re.fullmatch("[a-z][a-z0-9_]*", column) for column in columns)
    assert len(columns) == len(set(columns))
    plot = QUERIES[name].plot
    if plot is not None:
        assert {plot.x, plot.y, plot.color or plot.x} <= set(columns)


@pytest.mark.parametrize("name", [name for name, one in QUERIES.items() if any(it.choices for it in one.parameters)])
def test_every_choice_can_be_made_and_a_default_is_one(demo: Asked, name: str) -> None:
    for parameter in QUERIES[name].parameters:
        if parameter.choices is not None:
            values = [next(iter(row.values())) for row in demo.rows(parameter.choices)]
            assert values
            assert len(values) == len(set(values))
            assert parameter.default in {"", *values}
            for value in values[:20]:
                demo.ask(name, **(defaults(name) | {parameter.name: str(value)}))


def check(archive: Asked, sql: str, **parameters: object) -> None:
    whole = archive.read_whole(sql, **parameters)
    assert whole & GROWING == set()
    indexes = {row["name"] for row in archive.rows("select name from sqlite_master where type = 'index'")}
    of_growing = {
        row["name"]
        for row in archive.rows("select name, tbl_name from sqlite_master where type = 'index'")
        if row["tbl_name"] in GROWING
    }
    assert whole & indexes & of_growing <= IN_ORDER


def test_what_is_read_whole_is_seen(demo: Asked) -> None:
    assert demo.read_whole("select count(*) from articles a where a.body like '%x%'") == {"articles"}
    assert demo.read_whole("select i.id from indicators i join articles a on a.id = i.article") == {
        "idx_indicators_article"
    }
    assert demo.read_whole("select * from articles where id = 5") == set()
    with pytest.raises(AssertionError):
        check(demo, "select * from articles where title = 'x'")


@pytest.mark.parametrize("name", QUERIES)
def test_what_grows_is_read_by_an_index(demo: Asked, name: str) -> None:
    empty, given = dict.fromkeys(defaults(name), ""), dict.fromkeys(defaults(name), "x")
    for parameters in (empty, given, defaults(name)):
        check(demo, QUERIES[name].sql, **parameters)
    for parameter in QUERIES[name].parameters:
        if parameter.choices is not None:
            check(demo, parameter.choices)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from {} where article = 5",
        "select * from {} where measure = 'jobs_created' limit 101",
        "select * from {} order by published_on desc limit 101",
        "select * from {} where measure = 'jobs_created' order by published_on desc limit 101",
        "select * from {} where province = 'x' order by published_on desc limit 101",
        "select * from {} where province_now = 'x' order by published_on desc limit 101",
        "select * from {} where field = 'poverty' order by published_on desc limit 101",
        "select count(*) from {} where measure = 'jobs_created'",
        "select count(*) from {}",
    ],
)
@pytest.mark.parametrize("view", ["current_indicators", "figure_series"])
def test_figures_are_looked_at_by_an_index(demo: Asked, view: str, sql: str) -> None:
    asked = sql.format(view)
    whole = demo.read_whole(asked)
    assert whole & GROWING == set()
    assert not demo.sorts(asked)
    if "count" in asked:
        tables = {row[3].split()[1] for row in demo.connection.execute(f"explain query plan {asked}")}
        assert tables <= {"f", "_current_figures"}, "nothing is looked up for each row that is counted"


@pytest.mark.parametrize(
    "sql",
    [
        "select * from current_appearances order by published_on desc limit 101",
        "select count(*) from current_appearances",
        "select * from current_documents order by published_on desc limit 101",
        "select count(*) from current_documents",
        "select * from corrected order by seen_at desc limit 101",
        "select * from disappeared order by gone_at desc limit 101",
        "select count(*) from disappeared",
        "select * from visits_daily where portal = 'x'",
        "select count(*) from visits_daily",
        "select * from visits_hourly where day = '2024-07-01'",
        "select * from coverage_by_month where section = 'x'",
        "select * from section_freshness",
        "select * from runs_by_day where day >= '2024-01-01'",
    ],
)
def test_the_other_views_are_looked_at_by_an_index(demo: Asked, sql: str) -> None:
    check(demo, sql)


@example("\x00").via("a NUL")
@example('"').via("a lone quote")
@example("title:").via("an empty title")
@example("a AND OR NOT NEAR(b, 3) ^c {title}: d* -e + f").via("FTS5's language")
@example(" ".join(f"w{number}" for number in range(5000))).via("deep")
@example('"' * 999).via("quotes")
@given(st.text())
def test_whatever_is_typed_is_searched_for(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("create virtual table f using fts5 (title, body)")
    connection.execute("insert into f values ('Hộ nghèo', 'Việc làm')")
    connection.execute("select * from f where f match ?", [matching(text)]).fetchall()
    connection.close()


@given(st.lists(st.text(st.characters(categories=("L", "N")), min_size=1), min_size=1, max_size=4))
def test_what_is_typed_is_found_where_it_stands(words: list[str]) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("create virtual table f using fts5 (title, body, tokenize='unicode61 remove_diacritics 0')")
    whole = unicodedata.normalize("NFC", f"x {' '.join(words)} y")
    connection.execute("insert into f values ('', ?)", [whole])
    for typed in (" ".join(words), " ".join(reversed(words)), f'"{" ".join(words)}"'):
        found = connection.execute("select count(*) from f where f match ?", [matching(typed)]).fetchone()[0]
        searchable = matching(typed) != '""'
        assert found == searchable
    connection.close()


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ("hộ nghèo", '"hộ" AND "nghèo"'),
        ('"hộ nghèo" 2023', '"hộ nghèo" AND "2023"'),
        ("“hộ  nghèo”", '"hộ nghèo"'),
        ('"hộ nghèo', '"hộ nghèo"'),
        (unicodedata.normalize("NFD", "việc"), '"việc"'),
        ("vi\u200bệc", '"việc"'),
        ("việc* làm*", '"việc" * AND "làm" *'),
        ('"hộ ng"*', '"hộ ng" *'),
        ("title:nghèo Title:\"hộ cận\"", '({title} : "nghèo") AND ({title} : "hộ cận")'),
        ("21/2023/NQ-HĐND", '"21/2023/NQ-HĐND"'),
        ("lao động - xã hội", '"lao" AND "động" AND "xã" AND "hội"'),
        ("a a A", '"a" AND "A"'),
        ("OR", '"OR"'),
        ("", '""'),
        ("* - \x00 ☃", '""'),
    ],
)  # fmt: skip
def test_an_expression_says_what_was_meant(typed: str, expression: str) -> None:
    assert matching(typed) == expression


@given(st.text(st.characters(codec="utf-8"), max_size=300))
@example("".join(map(chr, range(32))))
@example("\ufffe\uffff <b>&amp;</b> ]]>")
def test_a_feed_is_xml_whatever_a_bulletin_says(hostile: Archive, text: str) -> None:
    """Not what a page is read as, for reading cleans it: what somebody writes into the file himself."""
    with hostile.connection.writing():
        hostile.connection.execute(
            "update articles set title = ?, lead = ?, body = ?, url = ?", [text, text, text, text]
        )
        hostile.connection.execute("update corrections set before = ?, after = ?", [text, text])
        hostile.connection.execute("update portals set attribution = ?", [text])
    for name in ("feed_new_bulletins", "feed_corrections", "feed_disappearances"):
        rows = hostile.connection.rows(QUERIES[name].sql)
        written = feed(rows, title=text, here="http://localhost/archive/f.atom", page="http://localhost/archive/f")
        links = [link.get("href", "") for link in ET.fromstring(written).iterfind(".//{*}entry/{*}link")]
        assert len(links) == len(rows) > 0
        assert all(link.startswith(("http://", "https://")) for link in links)


@pytest.fixture(scope="module")
def hostile(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """One live bulletin that was corrected, and one that is gone."""
    path = tmp_path_factory.mktemp("hostile") / "archive.db"
    with Archive(demo_archive, readonly=True) as whole:
        whole.connection.copy_to(path)
    with Archive(path) as archive:
        prepare_connection(archive.connection.db.conn, "archive")
        with archive.connection.writing():
            archive.connection.execute("update articles set state = 'live', topic = null where id not in (1, 3)")
        yield archive
