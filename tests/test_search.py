"""Search: every spelling that a reader types finds what it should and nothing else, in SQL alone."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlite_utils
from hypothesis import given
from hypothesis import strategies as st

from collector import plan
from collector.archive import Archive
from collector.archive.schema import migrations
from collector.model import Change, Outcome
from collector.vietnamese import spellings
from collector.vietnamese.characters import without_accents
from ports import free_port
from stored import BULLETIN, PROFILE, append

TEXTS = {
    "việc": "Năm 2023 giải quyết việc làm cho 29.412 lao động.",
    "đường": "Khởi công tuyến đường vào xã, dài 1204 mét.",
    "dương": "Ngày hội việc làm tại tỉnh Bình Dương có 29412 người dự.",
    "thế": "Tăng cường giáo dục thế hệ trẻ; hoà bình, khoẻ mạnh.",
    "thể": "Phong trào thể dục, thể thao; dân số hòa hợp, 7 286 lượt người.",
    "hội": "Họp xã hội hóa; văn hoá; thuỷ lợi và quý vị. LAO ĐỘNG nữ chiếm 1,204,369.",
}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        opened.portals.register(PROFILE)
        for name, text in TEXTS.items():
            append(opened, replace(BULLETIN, source_id=name, title=f"Tin {name[0]}", body=text))
        yield opened


def hits(connection: object, words: str) -> set[str]:
    sql = (
        "select articles.source_id from articles join articles_fts on articles.id = articles_fts.rowid "
        "where articles_fts match ? order by rank"
    )
    return {row[0] for row in connection.execute(sql, [words])}  # type: ignore[attr-defined]


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ('"viec lam"', {"việc", "dương"}),
        ('"việc làm"', {"việc", "dương"}),
        ("VIỆC LÀM", {"việc", "dương"}),
        (f'"{nfd("việc làm")}"', {"việc", "dương"}),
        (nfd("VIỆC"), {"việc", "dương"}),
        ('"lam viec"', set()),
        ("duong", {"đường", "dương"}),
        ("đường", {"đường"}),
        ("ĐƯỜNG", {"đường"}),
        ("dương", {"dương"}),
        ("thế", {"thế"}),
        ("thể", {"thể"}),
        (nfd("thể"), {"thể"}),
        ("the", {"thế", "thể"}),
        ("29412", {"việc", "dương"}),
        ('"29.412"', {"việc", "dương"}),
        ('"29 412"', {"việc", "dương"}),
        ('"29,412"', {"việc", "dương"}),
        ("7286", {"thể"}),
        ("1204369", {"hội"}),
        ('"1.204.369"', {"hội"}),
        ('"1.204"', {"đường", "hội"}),
        ("hòa", {"thế", "thể"}),
        ("hoà", {"thế", "thể"}),
        (nfd("hòa"), {"thế", "thể"}),
        ("khỏe", {"thế"}),
        ('"thủy lợi"', {"hội"}),
        ('"xã hội hoá"', {"hội"}),
        ('"văn hóa"', {"hội"}),
        ("qúy", set()),
        ("quý", {"hội"}),
        ('"lao dong nu"', {"hội"}),
        ("lao AND động", {"việc", "hội"}),
    ],
)
def test_a_reader_finds_what_was_meant(archive: Archive, words: str, expected: set[str]) -> None:
    assert hits(archive.connection.db.conn, words) == expected


def test_a_title_counts_more_than_a_body_and_accents_more_than_none(archive: Archive) -> None:
    append(archive, replace(BULLETIN, source_id="tên", title="Thất nghiệp", body="Số liệu quý một."))
    append(archive, replace(BULLETIN, source_id="thân", title="Số liệu quý một", body="Bàn về thất nghiệp."))
    sql = "select a.source_id from articles a join articles_fts f on f.rowid = a.id where articles_fts match ? order by {}"
    for words in ('"thất nghiệp"', '"that nghiep"'):
        rows = archive.connection.db.execute(sql.format("rank"), [words]).fetchall()
        assert {row[0] for row in rows} == {"tên", "thân"}
    assert archive.connection.db.execute(sql.format("rank"), ['"thất nghiệp"']).fetchone()[0] == "tên"


def test_an_edit_moves_the_article_in_the_index_and_a_look_again_does_not_double_it(archive: Archive) -> None:
    edited = replace(BULLETIN, source_id="đường", title="Tin đ", body="Khởi công cầu vào xã.")
    stored = archive.bulletins.stored(installation="tinh", source_id="đường")
    assert stored is not None
    append(archive, edited, change=Change(Outcome.REVISED, plan.content_hash(edited)))
    append(archive, edited, change=Change(Outcome.UNCHANGED, plan.content_hash(edited)))
    connection = archive.connection.db.conn
    assert hits(connection, "đường") == set()
    assert hits(connection, "duong") == {"dương"}
    assert hits(connection, nfd("cầu")) == {"đường"}
    assert archive.connection.value("select count(*) from articles_fts where articles_fts match 'cau'") == 1


def test_a_write_that_fails_leaves_the_index_as_it_was(archive: Archive) -> None:
    broken = replace(
        BULLETIN, source_id="hỏng", body="không ai thấy", attachments=(replace(BULLETIN.attachments[0], kind="x"),)
    )
    with pytest.raises(Exception, match="CHECK"):
        append(archive, broken)
    assert hits(archive.connection.db.conn, '"khong ai thay"') == set()


def test_an_archive_from_before_search_is_filled_when_it_is_opened(archive: Archive, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    db = sqlite_utils.Database(old)
    migrations.apply(db, stop_before="full_text_search")
    db.execute("pragma user_version = 1")
    db.conn.execute("attach database ? as full", [str(archive.path)])
    with db.conn:
        for table in ("portals", "sections", "articles"):
            names = ", ".join(row[1] for row in db.conn.execute(f"pragma main.table_info([{table}])"))
            db.conn.execute(f"insert into main.[{table}] select {names} from full.[{table}]")
    db.close()
    with Archive(old) as upgraded:
        assert hits(upgraded.connection.db.conn, '"viec lam"') == {"việc", "dương"}
        assert (
            upgraded.connection.value("select count(*) from pragma_integrity_check where integrity_check = 'ok'") == 1
        )


def test_tools_know_that_articles_can_be_searched(archive: Archive) -> None:
    assert sqlite_utils.Database(archive.connection.db.conn)["articles"].detect_fts() == "articles_fts"  # type: ignore[union-attr]


def test_the_standard_library_searches_it_too(archive: Archive) -> None:
    """The index needs no function of ours and no newer SQLite than Python brings."""
    code = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); "
        "print(sum(1 for _ in db.execute('select rowid from articles_fts where articles_fts match ?', sys.argv[2:])))"
    )
    asked = [sys.executable, "-c", code, str(archive.path), f'"{nfd("việc làm")}"']
    assert subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip() == "2"


def test_numbers_are_respelled_as_readers_write_them() -> None:
    text = "29.412 và 3.000.000; 7 286; 1,204,369; 2024; 0299382; 12.5; 1.2.3; 7,25%; 12.345,67"
    assert spellings.numbers_respelled(text) == ("29412", "3000000", "7286", "1204369", "12345", "2.024")


@given(st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "Z")), max_size=60))
def test_any_text_can_be_indexed_and_taken_out_again(text: str) -> None:
    with Archive(None) as archive:
        archive.portals.register(PROFILE)
        append(archive, replace(BULLETIN, title="Một", body=text))
        other = replace(BULLETIN, title="Hai", body="khác")
        append(archive, other, change=Change(Outcome.REVISED, plan.content_hash(other)))
        db = archive.connection.db
        assert db.execute("select count(*) from articles_fts where articles_fts match 'mot'").fetchone() == (0,)
        # What is left of the index is exactly the edited article.
        left = (
            {row[0] for row in db.execute("select term from (select * from temp.words)")} if _words(archive) else set()
        )
        assert left <= {"hai", "khác", "khac", nfd("khác")}


def _words(archive: Archive) -> bool:
    archive.connection.db.execute("create virtual table temp.words using fts5vocab(main, articles_fts, row)")
    return True


@given(st.sampled_from(sorted({*"hoà hòa Hoà HÒA khoẻ khỏe thuỷ thủy tuỳ tùy loá lóa".split()})))
def test_moving_a_tone_there_and_back_gives_the_word_again(word: str) -> None:
    (moved,) = spellings.tones_moved(word)
    assert word in spellings.tones_moved(moved)
    assert without_accents(moved) == without_accents(word)


@pytest.mark.parametrize("word", ["quý", "hoàn", "khoản", "toán", "thuyền", "việc", "thừa"])
def test_a_tone_that_has_one_place_stays(word: str) -> None:
    assert spellings.tones_moved(word) == ()


def test_datasette_finds_the_same_over_http_while_the_archive_is_open(archive: Archive) -> None:
    port = free_port()
    command = [sys.executable, "-m", "datasette", "serve", str(archive.path), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            assert server.stdout is not None
            assert any("Uvicorn running" in line for line in server.stdout)
            for words, expected in {
                "viec lam": {"việc", "dương"},
                nfd("việc làm"): {"việc", "dương"},
                "duong": {"đường", "dương"},
                "thế": {"thế"},
                "29412": {"việc", "dương"},
                "29.412": {"việc", "dương"},
                "khỏe": {"thế"},
            }.items():
                found = httpx.get(
                    f"http://127.0.0.1:{port}/archive/articles.json",
                    params={"_search": words, "_shape": "array", "_col": "source_id"},
                    trust_env=False,
                )
                assert {row["source_id"] for row in found.json()} == expected, words
        finally:
            server.terminate()
            server.wait(timeout=20)
            assert server.stdout is not None
            server.stdout.close()
