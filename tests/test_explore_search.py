"""Searching in Datasette: its own box and the question ``search`` find every spelling, and take anything for a query."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import pytest

import stored
from collector.archive import Archive
from explored import Explored, Page, explored
from stored import BULLETIN, PROFILE

TEXTS = {
    "1": "Tỉnh giải quyết việc làm cho 29.412 lao động.",
    "2": "Xã Hòa Bình có 12 hộ nghèo; đường về xã đã xong.",
    "3": "Trợ cấp thường xuyên cho người có công.",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explored]:
    path = tmp_path_factory.mktemp("search") / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        for number, text in TEXTS.items():
            url = f"https://portal.example/tin/{number}"
            stored.append(archive, replace(BULLETIN, source_id=number, url=url, body=text))
    with explored(path) as found:
        yield found


def both_ways(served: Explored, query: str) -> list[set[str]]:
    boxed = served.ask("/archive/articles.json", params={"_search": query, "_shape": "array"})
    asked = served.ask("/archive/search.json", params={"q": query, "_shape": "array"})
    assert (boxed.status_code, asked.status_code) == (200, 200), (query[:40], boxed.text[:200], asked.text[:200])
    return [{row["source_id"] for row in answer.json()} for answer in (boxed, asked)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("việc làm", {"1"}),
        ("viec lam", {"1"}),
        ("VIỆC LÀM", {"1"}),
        (unicodedata.normalize("NFD", "việc làm"), {"1"}),
        ('"việc làm"', {"1"}),
        ("“viec lam”", {"1"}),
        ("29412", {"1"}),
        ("29.412", {"1"}),
        ("hoà bình", {"2"}),
        ("hòa bình", {"2"}),
        ("duong", {"2"}),
        ("ngheo AND xong", set()),
        ("thuong*", {"3"}),
        ("title:hội", {"1", "2", "3"}),
    ],
)
def test_every_spelling_finds_the_same_both_ways(served: Explored, query: str, found: set[str]) -> None:
    assert both_ways(served, query) == [found, found]


@pytest.mark.parametrize(
    "query",
    [
        '"',
        '""',
        "'",
        "*",
        "(",
        "NEAR(",
        "a:b",
        "-",
        "^",
        "{title}:",
        "việc\x00làm",
        "\ud83d",
        "?",
        "OR",
        "viec " * 10_000,
        '"' * 20_001,
    ],
)
def test_no_query_is_an_error(served: Explored, query: str) -> None:
    query = query.encode("utf-8", "replace").decode()
    both_ways(served, query)
    assert served.get("/archive/articles", params={"_search": query[:2_000]})
    assert list(Page(served.get("/archive/search", params={"q": query[:2_000]})).faults()) == []


def test_what_was_found_is_marked(served: Explored) -> None:
    page = served.get("/archive/search", params={"q": "viec lam 29412"}).text
    assert "<mark>việc</mark> <mark>làm</mark>" in page
    assert "<mark>29.412</mark>" in page
