"""The bundle in a plain ``datasette``: with the archive, beside other databases, and where there is no archive at all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from datasette.app import Datasette
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the one that the archive uses

import stored
from collector.archive import Archive
from collector.explore.bundle import metadata
from collector.explore.phrasing import query_path
from explored import BUNDLE, Page, archived, explored
from stored import BULLETIN

_Answer = TypeVar("_Answer")


def other(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table notes (id integer primary key, title text, article integer, sha256 text)")
        connection.execute("insert into notes values (1, '<x-evil onclick=alert(1)>', 1, 'abc'), (2, '=1+1', 1, 'abc')")
    return path


def plain(*files: Path) -> Datasette:
    return Datasette(
        [str(file) for file in files],
        metadata={"databases": {"other": {"queries": {"q": "select * from notes"}}}},
        template_dir=str(BUNDLE / "templates"),
        plugins_dir=str(BUNDLE / "plugins"),
        static_mounts=[("static", str(BUNDLE / "static"))],
    )


def asked(made: Datasette, *paths: str) -> list[httpx.Response]:
    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=made.app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [await client.get(path) for path in paths]

    try:
        return run(answers())
    finally:
        made.executor.shutdown()
        for database in made.databases.values():
            database.close()


def run(asking: Coroutine[Any, Any, _Answer]) -> _Answer:
    with asyncio.Runner() as runner:
        return runner.run(asking)


def test_a_plain_datasette_shows_the_archive(tmp_path: Path) -> None:
    archive = archived(tmp_path / "archive.db")
    for answer in asked(plain(archive), "/", "/bulletins/tinh/7", "/archive/articles", "/articles/1", "/nowhere"):
        assert answer.status_code in (200, 302, 404)
        assert "content-security-policy" in answer.headers
        if answer.headers["content-type"].startswith("text/html"):
            assert list(Page(answer).faults()) == []


def test_a_plain_datasette_answers_every_question_with_a_page(tmp_path: Path) -> None:
    told = {**metadata(BUNDLE), "plugins": {}}
    made = Datasette(
        [str(archived(tmp_path / "archive.db"))],
        metadata=told,
        template_dir=str(BUNDLE / "templates"),
        plugins_dir=str(BUNDLE / "plugins"),
        static_mounts=[("static", str(BUNDLE / "static"))],
    )
    questions = [{"name": name, **query} for name, query in told["databases"]["archive"]["queries"].items()]
    answers = asked(made, *(f"/archive/{query_path(question)}" for question in questions))
    for question, answer in zip(questions, answers, strict=True):
        assert answer.status_code == 200, question["name"]
        assert list(Page(answer).faults()) == []


def test_another_database_beside_the_archive_is_shown_as_datasette_does(tmp_path: Path) -> None:
    made = plain(archived(tmp_path / "archive.db"), other(tmp_path / "other.db"))
    home, notes, query, row, table, listed = asked(
        made, "/", "/other/notes", "/other/q", "/other/notes/1", "/other/notes.csv", "/other"
    )
    for answer in (home, notes, query, row, listed):
        assert answer.status_code == 200
        assert list(Page(answer).faults()) == []
        assert all("/articles/" not in one.get("href", "") for one in Page(answer).all("a")), (
            "its rows are none of ours"
        )
    assert table.text.splitlines()[-1] == "2,'=1+1,1,abc"


@pytest.mark.parametrize("file", [True, False])
def test_where_no_archive_is_served_the_plugin_keeps_silent(tmp_path: Path, file: bool) -> None:
    made = plain(*([other(tmp_path / "other.db")] if file else []))
    home, bulletin, language, capture, nowhere = asked(
        made, "/", "/bulletins/tinh/7", "/-/language?to=en", "/captures/1", "/nowhere"
    )
    assert home.status_code == 200
    assert {one.status_code for one in (bulletin, language, capture, nowhere)} == {404}
    assert all("content-security-policy" not in one.headers for one in (home, bulletin))


def test_beside_a_collector_at_work_every_page_is_whole_and_counts_grow(tmp_path: Path) -> None:
    path = archived(tmp_path / "archive.db")
    with Archive(path) as archive, explored(path) as served, ThreadPoolExecutor(1) as pool:

        def collect() -> None:
            for number in range(100, 160):
                stored.append(
                    archive, replace(BULLETIN, source_id=str(number), url=f"https://portal.example/tin/{number}")
                )

        writing = pool.submit(collect)
        counts: list[int] = []
        while not writing.done() or not counts:
            counts.append(served.get("/archive.json?sql=select+count(*)+from+articles&_shape=arrayfirst").json()[0])
            for page in ("/", "/bulletins/tinh/7", "/archive/articles", "/archive/feed_new_bulletins.atom"):
                assert served.get(page)
        writing.result()
        assert counts == sorted(counts)
        assert served.get("/archive/articles.json").json()["filtered_table_rows_count"] == 61
