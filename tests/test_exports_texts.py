"""Every public table, view and column has its words in Vietnamese and English, and nothing that is gone has any."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.archive import Archive
from collector.archive.snapshot import Relation
from collector.config import load_texts
from collector.exports.fields import fields_of

TEXTS = load_texts()


@pytest.fixture(scope="module")
def relations() -> Iterator[dict[str, Relation]]:
    with Archive(None) as archive, archive.snapshot() as snapshot:
        yield snapshot.relations


def test_every_table_and_view_and_column_has_a_text(relations: dict[str, Relation]) -> None:
    """What is missing is named here: write it into config/datasette/texts.toml."""
    missing = [f"[tables.{name}]" for name in relations if name not in TEXTS]
    missing += [
        f"[tables.{name}.columns] {column.name}"
        for name, relation in relations.items()
        if name in TEXTS
        for column in relation.columns
        if column.name not in TEXTS[name].columns
    ]
    assert missing == []


def test_no_text_tells_of_what_is_not_there(relations: dict[str, Relation]) -> None:
    gone = [f"[tables.{name}]" for name in TEXTS if name not in relations]
    gone += [
        f"[tables.{name}.columns] {column}"
        for name, text in TEXTS.items()
        if name in relations
        for column in text.columns
        if not relations[name].has(column)
    ]
    assert gone == []


def test_columns_stand_in_the_order_of_the_table(relations: dict[str, Relation]) -> None:
    for name, relation in relations.items():
        assert list(TEXTS[name].columns) == [column.name for column in relation.columns], name


def test_what_a_view_computes_says_its_type(relations: dict[str, Relation]) -> None:
    """SQLite knows no type of an expression, and a file's type must not hang on what today's rows happen to be."""
    untyped = [
        f"[tables.{name}.columns] {column.name}: type"
        for name, relation in relations.items()
        for column in relation.columns
        if not column.declared and TEXTS[name].columns[column.name].type is None
        if not column.name.endswith(("_at", "_on"))
    ]
    assert untyped == []


def test_since_and_key_name_columns(relations: dict[str, Relation]) -> None:
    for name, text in TEXTS.items():
        for column in (*([text.since] if text.since else []), *text.key):
            assert relations[name].has(column), (name, column)
        if relations[name].view:
            assert text.key or not relations[name].has("id"), f"[tables.{name}] key"
        else:
            assert not text.key, f"[tables.{name}] has its key from the schema"


def test_what_belongs_to_a_bulletin_leaves_with_it(relations: dict[str, Relation]) -> None:
    for name, relation in relations.items():
        if relation.has("article"):
            assert TEXTS[name].since == "article", f"[tables.{name}] since"


def test_numbers_that_count_something_say_what(relations: dict[str, Relation]) -> None:
    keys = {
        (name, one)
        for name, relation in relations.items()
        for one in (*relation.key, *(r.column for r in relation.references))
    }
    plain = {"ambiguous", "reset", "position", "http_status", "topic_score", "id"}
    plain |= {"year", "whole_province", "relative", "indicator", "correction"}
    for name, relation in relations.items():
        for field in fields_of(relation, TEXTS[name]):
            if field.type in ("integer", "number") and field.name not in plain and (name, field.name) not in keys:
                assert field.text is not None
                assert field.text.unit, f"[tables.{name}.columns] {field.name}: unit"


def test_texts_are_composed_and_say_more_than_the_name() -> None:
    for name, text in TEXTS.items():
        for column, said in text.columns.items():
            for words in (said.vi, said.en):
                assert unicodedata.is_normalized("NFC", words)
                assert words.strip() == words, (name, column)
            assert said.vi != column
            assert len(said.title_en) <= 40, (name, column, said.title_en)
            assert len(said.title_vi) <= 40, (name, column, said.title_vi)


def test_the_documentation_says_what_since_means_for_every_table() -> None:
    said = (Path(__file__).parent.parent / "docs" / "EXPORTS.md").read_text(encoding="utf-8")
    rows = said.split("## Which rows")[1].split("\n## ")[0]
    for name, text in TEXTS.items():
        if name != "articles" and not name.startswith("current_"):
            by_its_own = text.since not in (None, "article")
            assert f"`{name}.{text.since}`" in rows if by_its_own else f"`{name}`" in rows, name
