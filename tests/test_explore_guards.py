"""What guards readers and the archive: headers on every answer, nothing written, faults told plainly, counts fresh."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from http.cookies import CookieError
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

import stored
from collector.archive import Archive
from collector.explore.protection import protected
from explored import BUNDLE, TEXT, Explored, Page, archived, count, explored, pages_without_faults
from stored import PROFILE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return archived(tmp_path / "archive.db")


@pytest.fixture
def served(path: Path) -> Iterator[Explored]:
    with explored(path, sql_time_limit_ms=200) as found:
        yield found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explored]:
    """One for all that only look."""
    with explored(archived(tmp_path_factory.mktemp("shared") / "archive.db"), sql_time_limit_ms=200) as found:
        yield found


ANSWERS = {
    "/": 200,
    "/archive": 200,
    "/archive/articles": 200,
    "/archive/indicators": 200,
    "/archive/articles.json": 200,
    "/archive/articles.csv": 200,
    "/archive/articles.csv?_stream=on&_dl=on": 200,
    "/archive/feed_new_bulletins.atom": 200,
    "/archive/articles.copyable": 200,
    "/archive/search?q=viec+lam": 200,
    "/bulletins/tinh/7": 200,
    "/bulletins/tinh/7/history": 200,
    "/captures/1": 200,
    "/-/dashboards/labour": 200,
    "/static/archive.css": 200,
    "/-/static/app.css": 200,
    "/robots.txt": 200,
    "/articles/1": 302,
    "/-/language?to=en": 302,
    "/archive/": 302,
    "/archive?sql=select+nothing": 400,
    "/archive.csv?sql=select+nothing": 400,
    "/archive.db": 403,
    "/archive/_searched": 403,
    "/nowhere": 404,
    "/nowhere/at/all.csv": 404,
    "/bulletins/tinh/8": 404,
    "/captures/99": 404,
    "/static/../metadata.json": 404,
}


@pytest.mark.parametrize(("asked", "status"), ANSWERS.items())
def test_every_answer_carries_the_policy(shared: Explored, asked: str, status: int) -> None:
    answer = shared.ask(asked)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy or "sandbox" in policy
    assert "unsafe-inline'" not in policy.split("script-src")[-1].split(";")[0]
    assert answer.headers["x-content-type-options"] == "nosniff"
    if "sandbox" not in policy:
        assert "frame-ancestors 'self'" in policy
        assert "object-src 'none'" in policy
    if answer.headers["content-type"].startswith("text/html"):
        assert list(Page(answer).faults()) == []
        assert {"cookie", "accept-language"} <= {one.strip().lower() for one in answer.headers["vary"].split(",")}


def test_what_compiles_code_does_so_on_the_pages_that_need_it_only(shared: Explored) -> None:
    allowed = {path for path in ANSWERS if "unsafe-eval" in shared.ask(path).headers["content-security-policy"]}
    assert "/archive/indicators" in allowed
    assert allowed.isdisjoint(
        {"/", "/bulletins/tinh/7", "/archive/search?q=viec+lam", "/-/dashboards/labour", "/captures/1"}
    )


@pytest.mark.parametrize(
    "asked",
    [
        "/-/databases",
        "/-/databases.json",
        "/-/threads",
        "/-/threads.json",
        "/archive",
        "/archive.json?sql=select+*+from+pragma_database_list",
        "/archive.json?sql=select+file+from+pragma_database_list()",
        "/archive?sql=select+*+from+nothing",
        "/-/metadata.json",
        "/-/versions.json",
        "/-/plugins.json",
    ],
)
def test_where_the_server_keeps_its_files_is_told_to_nobody(shared: Explored, asked: str) -> None:
    answer = shared.ask(asked)
    assert answer.status_code in (200, 400, 404)
    place = str(Path(shared.datasette.get_database("archive").path).parent)
    assert place not in answer.text
    assert str(BUNDLE) not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_written_by_any_way(served: Explored, path: Path, method: str) -> None:
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    for asked in ("/", "/bulletins/tinh/7", "/captures/1", "/archive", "/archive/articles", "/archive/articles/1"):
        assert served.ask(asked, method, content=b"title=x").status_code == 405, asked
    for sql in (
        "delete from articles",
        "insert into articles default values",
        "pragma user_version = 9",
        "attach 'x' as y",
    ):
        assert served.ask("/archive.json", params={"sql": sql}).status_code == 400, sql
    assert served.ask("/archive.json", params={"sql": "select * from pragma_journal_mode('delete')"}).status_code == 400
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_head_is_answered_as_get(shared: Explored) -> None:
    for asked in ("/", "/bulletins/tinh/7", "/captures/1", "/archive/articles"):
        assert shared.ask(asked, "HEAD").status_code == 200


def test_robots_are_kept_out(shared: Explored) -> None:
    assert shared.get("/robots.txt").text.splitlines() == ["User-agent: *", "Disallow: /"]


@pytest.mark.parametrize(
    "asked",
    [
        "/archive/articles?_where=1=1;drop+table+articles",
        "/archive/articles?_where=nothing",
        "/archive/articles?_timelimit=x",
        "/archive?sql=select+1&_timelimit=x",
        "/archive/articles?_size=x",
        "/archive/articles?_sort=nothing",
        "/archive?sql=delete+from+articles",
        "/archive?sql=select+1;select+2",
    ],
)
def test_a_mistake_in_an_address_is_the_askers(shared: Explored, asked: str) -> None:
    assert shared.ask(asked).status_code == 400


SLOW = "with recursive c(n) as (select 1 union all select n + 1 from c) select max(n) from c"


@pytest.mark.parametrize(
    ("asked", "statuses"), [("/archive", {400, 503}), ("/archive.json", {400}), ("/archive.csv", {503})]
)
def test_slow_sql_ends_in_time_and_says_why(shared: Explored, asked: str, statuses: set[int]) -> None:
    answer = shared.ask(asked, params={"sql": SLOW})
    assert answer.status_code in statuses
    assert "sql_time_limit_ms" in answer.text or "too long" in answer.text
    assert "<script>" not in answer.text
    assert count(shared) == 1, "and the next one is answered"


def test_pages_of_bulletins_have_the_time_limit_too(path: Path) -> None:
    with explored(path, sql_time_limit_ms=0) as served:
        answer = served.ask("/bulletins/tinh/7")
    assert answer.status_code == 503
    assert "sql_time_limit_ms" in answer.text


@pytest.mark.parametrize(
    ("back", "place"),
    [
        ("/archive/search?q=vi%E1%BB%87c%20l%C3%A0m&x=%2F", "/archive/search?q=vi%E1%BB%87c%20l%C3%A0m&x=%2F"),
        ("/tin/đây?q=việc", "/tin/%C4%91%C3%A2y?q=vi%E1%BB%87c"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_choosing_a_language_leads_back_and_nowhere_else(shared: Explored, back: str, place: str) -> None:
    answer = shared.ask("/-/language", params={"to": "en", "back": back})
    assert (answer.status_code, answer.headers["location"]) == (302, place)
    assert answer.headers["set-cookie"].startswith("collector_language=en;")
    assert "HttpOnly" in answer.headers["set-cookie"]


def test_a_language_that_there_is_not_is_not_kept(shared: Explored) -> None:
    assert "set-cookie" not in shared.ask("/-/language?to=%3Cscript%3E").headers


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "vi"),
        ("en", "en"),
        ("en-GB, vi; q=0.4", "en"),
        ("fr, vi;q=0.8, en;q=0.9", "en"),
        ("en ; q = 0.2 , vi;q=0.3", "vi"),
        ("en;q=0", "vi"),
        ("en;q=nan, *;q=inf", "vi"),
        (";;;,,,=" * 1000, "vi"),
    ],
)
def test_a_reader_is_spoken_to_in_the_preferred_language(shared: Explored, header: str, language: str) -> None:
    [html] = Page(shared.get("/", headers={"accept-language": header})).all("html")
    assert html["lang"] == language
    [html] = Page(shared.get("/", headers={"accept-language": header, "cookie": "collector_language=en"})).all("html")
    assert html["lang"] == "en"


@pytest.mark.parametrize("number", ["a/b", "việc.làm.json", "%2F", "a b", "~", "x?y#z", "+", "'\"<>"])
def test_a_bulletin_is_found_whatever_its_portal_numbers_it(tmp_path: Path, number: str) -> None:
    with explored(archived(tmp_path / "archive.db", number)) as served:
        place = served.ask("/articles/1").headers["location"]
        page = Page(served.get(place))
        assert "29.412" in page.text
        assert pages_without_faults(served, ["/", place, f"{place}/history"]) == {}
        # The home page and the search lead to the same place.
        for path in ("/", "/archive/search?q=viec+lam"):
            assert place in {attributes.get("href") for attributes in Page(served.get(path)).all("a")}


@pytest.mark.parametrize(
    "asked",
    [
        "/bulletins/tinh/..%2f..%2fetc",
        "/bulletins/tinh/%00",
        "/bulletins/%FF/%FE",
        "/bulletins/tinh/7%20",
        "/articles/0",
        "/captures/999999999999999999",
    ],
)
def test_what_is_not_there_is_a_404_in_one_step(shared: Explored, asked: str) -> None:
    assert shared.ask(asked).status_code == 404


def test_requests_that_cannot_be_read_are_answered_with_the_policy(shared: Explored) -> None:
    answer = shared.ask("/", headers={"cookie": 'a b c=1; expires=x; =; collector_language="><x'})
    assert answer.status_code in (200, 400)
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    ("error", "status"),
    [(UnicodeDecodeError("ascii", b"\xff", 0, 1, "x"), 400), (CookieError("x"), 400), (KeyError("x"), 500)],
)
def test_what_fails_before_it_is_an_answer_has_the_policy_and_is_logged(error: Exception, status: int) -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise error

    transport = httpx.ASGITransport(app=protected(failing))

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/")

    with capture_logs() as logs:
        answer = asyncio.run(asked())
    assert (answer.status_code, "content-security-policy" in answer.headers) == (status, True)
    assert [(log["event"], log["path"], bool(log["exc_info"])) for log in logs] == [
        ("request failed", "/", status == 500)
    ]


def test_a_capture_is_the_bytes_that_were_fetched_and_never_a_page(shared: Explored) -> None:
    answer = shared.get("/captures/1")
    assert answer.content == TEXT.encode()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="capture-1.html"'
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_capture_of_ten_megabytes_is_given_whole(tmp_path: Path) -> None:
    body = b"<p>vi\xe1\xbb\x87c</p>" * 800_000
    with Archive(tmp_path / "archive.db") as archive:
        archive.portals.register(PROFILE)
        kept = archive.captures.keep(
            replace(stored.page(body), headers={"content-type": "application/pdf"}), portal="tinh", kind="article"
        )
    with explored(tmp_path / "archive.db") as served:
        answer = served.get(f"/captures/{kept}")
    assert answer.content == body
    assert answer.headers["content-disposition"].endswith('.pdf"')


def test_below_a_path_of_another_server_every_link_stays_below_it(path: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "datasette"
    shutil.copytree(BUNDLE, bundle)
    (bundle / "settings.json").write_text('{"base_url": "/kho/"}', encoding="utf-8")
    with explored(path, bundle) as served:
        for asked in (
            "/kho/",
            "/kho/bulletins/tinh/7",
            "/kho/bulletins/tinh/7/history",
            "/kho/archive/articles",
            "/kho/archive/search?q=viec+lam",
            "/kho/archive/captures",
        ):
            page = Page(served.get(asked))
            hrefs = {attributes.get("href", "") for attributes in (*page.all("a"), *page.all("link"))}
            astray = {href for href in hrefs if href.startswith("/") and not href.startswith("/kho/")}
            assert astray == set(), asked
        assert served.ask("/kho/articles/1").headers["location"] == "/kho/bulletins/tinh/7"
        assert served.ask("/kho/-/language?to=en&back=//x").headers["location"] == "/kho/"
