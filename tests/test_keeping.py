"""Backups, their proof, and pages that become tests."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from collector.archive import Archive
from collector.archive.connection import Connection
from collector.archive.safekeeping import backup, examine
from collector.archive.schema import APPLICATION_ID
from collector.cli import cli
from collector.cli.evidence import KEYS
from collector.demo.loopback import Response
from collector.demo.newsroom import SECTIONS, Newsroom
from collector.demo.site import ReplicaPortal
from collector.errors import ArchiveCorrupt, ArchiveForeign, ArchiveUnwritable
from collector.findings import Appearance, CitedDocument, Evidence, Indicator, TopicScore
from collector.model import RunKind, Task, Verdict, VisitCount
from conftest import Replica
from stored import BULLETIN, EXAMINING, NOW, PROFILE, append, page
from story_clock import StoryClock
from workplace import Workplace

EVERYTHING = Task(kind=RunKind.BACKFILL)
FOUND = Evidence(
    (Indicator("jobs_created", "việc làm", "body", "Đoạn", 2000.0, None, "người", "exact", "level", "2023", None,
               "Đoạn một.", 0, 4, "test"),),
    (Appearance("Đoạn", "Chủ tịch", "body", 0, 4),),
    (CitedDocument("Đoạn", "Quyết định", "body", 0, 4),),
    topic=TopicScore(0.9, fields=("employment",)),
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        for number in range(5):
            append(archive, replace(BULLETIN, source_id=str(number), body=f"Đoạn số {number}. " * 40))
    return path


def change(path: Path, sql: str, *parameters: object) -> None:
    """Do behind the archive's back what it never would."""
    connection = sqlite3.connect(path)
    connection.execute(sql, parameters)
    connection.commit()
    connection.close()


def examined(path: Path) -> dict[str, list[str]]:
    connection = Connection(path, readonly=True, any_version=True)
    found = examine(connection)
    connection.close()
    return {
        name: getattr(found, name)
        for name in ("integrity", "foreign_keys", "captures", "search", "evidence", "kept")
        if getattr(found, name)
    }


def test_a_backup_while_a_run_writes_is_whole_and_a_run_goes_on_from_it(replica: Replica, tmp_path: Path) -> None:
    """FAULTS 33, the restore rehearsed: copies taken between any two bulletins, and the last one used as the archive."""
    assert replica.archive.path is not None
    source = Connection(replica.archive.path, readonly=True)
    copies: list[Path] = []

    def copy() -> None:
        if len(replica.site.requests) % 12 == 0:
            copies.append(tmp_path / f"copy-{len(copies)}.db")
            backup(source, copies[-1])

    assert replica.run(EVERYTHING, checkpoint=copy).verdict is Verdict.COMPLETE
    source.close()
    assert len(copies) >= 4
    assert all(examined(one) == {} for one in copies)
    sizes = []
    for one in copies:
        with Archive(one, readonly=True) as restored:
            sizes.append(restored.connection.value("select count(*) from articles"))
    assert sizes == sorted(sizes)
    assert 0 < sizes[1] < 60, "they were taken on the way"

    replica.archive.close()
    copies[1].replace(replica.archive.path)
    for rest in ("-wal", "-shm"):
        Path(f"{replica.archive.path}{rest}").unlink(missing_ok=True)
    with Archive(replica.archive.path) as restored:
        replica.archive = restored
        assert replica.run(EVERYTHING).verdict is Verdict.COMPLETE
        assert set(replica.rows()) == set(replica.newsroom.expected())


def test_a_backup_does_not_hold_up_the_writer(path: Path, tmp_path: Path) -> None:
    """A copy under way in another thread and a write: both come to their end."""
    source = Connection(path, readonly=True)
    done: list[int] = []
    copying = threading.Thread(target=lambda: done.append(backup(source, tmp_path / "copy.db")))
    with Archive(path) as archive:
        copying.start()
        for number in range(5, 25):
            append(archive, replace(BULLETIN, source_id=str(number)))
        copying.join(timeout=30)
    source.close()
    assert done == [(tmp_path / "copy.db").stat().st_size]
    assert examined(tmp_path / "copy.db") == {}


def test_a_backup_replaces_an_earlier_one_only_when_it_is_whole(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    source = Connection(path, readonly=True)
    backup(source, target)
    first = target.read_bytes()
    (tmp_path / "copy.db.partial").write_text("was killed here")
    with Archive(path) as archive:
        append(archive, replace(BULLETIN, source_id="mới"))
    backup(source, target)
    assert target.read_bytes() != first
    assert sorted(one.name for one in tmp_path.iterdir() if "copy" in one.name) == ["copy.db"]
    source.close()


def test_a_backup_overwrites_nothing_that_is_no_archive(path: Path, tmp_path: Path) -> None:
    notes, other = tmp_path / "notes.txt", tmp_path / "other.db"
    notes.write_text("của ai đó")
    change(other, "create table theirs (x)")
    (tmp_path / "link.db").symlink_to(path)
    source = Connection(path, readonly=True)
    before = {one: one.read_bytes() for one in (notes, other, path)}
    for target in (notes, other, path, tmp_path / "link.db"):
        with pytest.raises(ArchiveForeign):
            backup(source, target)
    with pytest.raises(ArchiveUnwritable, match="does not exist"):
        backup(source, tmp_path / "no" / "copy.db")
    assert {one: one.read_bytes() for one in (notes, other, path)} == before
    source.close()


def test_a_damaged_archive_gives_no_backup_and_the_earlier_one_stays(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    source = Connection(path, readonly=True)
    backup(source, target)
    source.close()
    first = target.read_bytes()
    data = bytearray(path.read_bytes())
    data[8192 : 8192 + 12 * 4096] = b"\xa5" * (12 * 4096)
    path.write_bytes(data)
    result = CliRunner().invoke(cli, ["--archive", str(path), "backup", str(target)])
    assert isinstance(result.exception, ArchiveCorrupt)
    assert str(path) in str(result.exception), "the archive is named, not the copy"
    assert target.read_bytes() == first
    assert not list(tmp_path.glob("*.partial*"))


def test_a_full_disk_is_named_by_the_copys_place(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Connection(path, readonly=True)

    def no_room(self: Connection, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Connection, "copy_to", no_room)
    with pytest.raises(ArchiveUnwritable, match=r"copy\.db cannot be written: No space left"):
        backup(source, tmp_path / "copy.db")
    source.close()


def test_a_sound_archive_is_sound(path: Path) -> None:
    assert examined(path) == {}


def test_every_kind_of_damage_is_named(path: Path) -> None:
    digest = "select sha256 from captures where id = {}"
    change(path, f"update _capture_bodies set body = x'00' where sha256 = ({digest.format(2)})")
    change(path, "update captures set size = 1 where id = 3")
    change(path, "update captures set sha256 = 'abc' where id = 4")
    change(path, "update revisions set article = 77 where id = 5")
    change(path, "delete from articles_fts_docsize where id = 3")
    found = examined(path)
    assert set(found) == {"foreign_keys", "captures", "search"}
    assert [text.split()[1] for text in found["captures"]] == ["2", "3", "4"]
    assert found["foreign_keys"] == ["revisions row 5 points to a row of articles that is not there"]
    assert found["search"] == ["article 3 is not in the index"]


def test_one_changed_byte_of_a_page_is_found(path: Path) -> None:
    """A body that decompresses well and is another one: only its sha256 tells."""
    change(path, "update captures set sha256 = (select sha256 from captures where id = 2), size = size where id = 1")
    assert examined(path) == {}, "a whole other page is the same as itself"
    change(path, "update _capture_bodies set body = (select body from _capture_bodies order by sha256 desc limit 1)")
    assert len(examined(path)["captures"]) >= 4


@pytest.mark.parametrize(
    ("sql", "table", "lacking", "surplus"),
    [
        ("delete from _known_bulletins where source_id = '3'", "_known_bulletins", 1, 0),
        ("update _known_bulletins set standing = 'gone'", "_known_bulletins", 5, 5),
        ("update _current_figures set value = value + 1 where id = 2", "_current_figures", 1, 1),
        ("update _current_figures set year = null", "_current_figures", 5, 5),
        ("insert into _current_offices select * from _current_offices where article = 1",
            "_current_offices", 0, 1),
        ("delete from _current_citations", "_current_citations", 5, 0),
        ("insert into _current_fields values ('2023-12', 'training', 1)", "_current_fields", 0, 1),
        ("update visit_hours set risen = risen + 1", "visit_hours", 1, 1),
        ("insert into visit_hours values ('tinh', '2024-01-08T11:00Z', '2024-01-08', 1, 0, 9, 0, 0, 0)",
            "visit_hours", 0, 1),
    ],
)  # fmt: skip
def test_what_is_kept_and_is_not_what_it_must_be_is_damage_with_how_much(
    tmp_path: Path, sql: str, table: str, lacking: int, surplus: int
) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.portals.register(PROFILE)
        archive.findings.know(EXAMINING.vocabulary.measures)
        for number in range(5):
            append(archive, replace(BULLETIN, source_id=str(number)), evidence=FOUND)
        for minutes, total in enumerate((100, 103, 50, 58)):
            seen = replace(page(b"%d" % total), fetched_at=NOW + timedelta(minutes=minutes))
            capture = archive.captures.keep(seen, portal="tinh", kind="article")
            archive.visits.record(VisitCount(total=total), seen, portal="tinh", own_views=1, capture=capture)
    assert examined(path) == {}
    change(path, sql)
    found = examined(path)
    assert set(found) == {"kept"}
    line, _, mending = "; ".join(found["kept"]).partition("; mend it with: ")
    assert line == f"{table}: rows missing or otherwise: {lacking}, rows that should not be there: {surplus}"
    if mending:
        for statement in mending.split('"')[1].split(";"):
            change(path, statement)
        assert examined(path) == {}


def test_a_text_that_is_no_utf8_is_damage_with_its_place_and_the_rest_is_looked_at(path: Path) -> None:
    """One flipped bit in an address: SQLite finds nothing wrong, and Python cannot read it."""
    change(path, "update captures set url = cast(x'68747470f03a' as text) where id = 2")
    change(path, "update captures set sha256 = cast(x'ff' as text) where id = 3")
    change(path, "update _capture_bodies set body = x'00' where sha256 = (select sha256 from captures where id = 4)")
    found = examined(path)
    assert [text.split()[1].rstrip(":") for text in found["captures"]] == ["2", "3", "4"]
    assert all("\n" not in text for text in found["captures"])


def test_a_damaged_schema_is_told_in_one_line(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b"CREATE TABLE captures (", b"CREATE TABLE captures \xf7"))
    for command in ("verify", "status"):
        result = CliRunner().invoke(cli, ["--archive", str(path), command])
        assert isinstance(result.exception, ArchiveCorrupt), command
        assert "\n" not in str(result.exception)


def test_verify_prints_counts_and_exits_with_four_on_damage(path: Path, tmp_path: Path) -> None:
    def verify(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["--archive", str(path), "verify", *arguments])
        return result.exit_code, result.stdout

    assert verify() == (0, f"{path}: sound; 5 articles, 5 revisions, 5 captures, 0 indicators\n")
    result = CliRunner().invoke(cli, ["--archive", str(path), "backup", str(tmp_path)])
    assert result.exit_code == 0
    copy = next(tmp_path.glob("archive-*Z.db"))
    assert verify(str(copy))[0] == 0
    change(path, "update _capture_bodies set body = x'00'")
    code, text = verify()
    assert code == 4
    assert "DAMAGED" in text
    code, text = verify("--json")
    assert code == 4
    assert json.loads(text)["sound"] is False
    assert len(json.loads(text)["captures"]) == 5


def test_a_backup_of_an_older_schema_is_verified_as_it_is(path: Path) -> None:
    for statement in ("drop table articles_fts", "drop view _searched", "pragma user_version = 1"):
        change(path, statement)
    assert examined(path) == {}
    change(path, f"pragma application_id = {APPLICATION_ID + 1}")
    with pytest.raises(ArchiveForeign):
        examined(path)


# --- fixtures -----------------------------------------------------------------------------------------------------

EMPTY_PAGE = (
    "<html><head><meta charset=utf-8></head><body><form><input name='__VIEWSTATE'></form><div class='ArticleDetail'>"
    "<div class='DateCreate'>Ngày 08/01/2024</div></div><div>Đang online: 4 Hôm nay: 17</div></body></html>"
)


@pytest.fixture
def failed(tmp_path: Path) -> tuple[Workplace, dict[str, int]]:
    """A workplace after a run in which one article and, in the next, a listing could not be read: failures by stage."""
    newsroom = Newsroom(count=3, now=StoryClock().now)
    victim = newsroom.listing(SECTIONS[0].slug)[0].id
    with ReplicaPortal(newsroom=newsroom, now=StoryClock().now) as portal:
        workplace = Workplace(tmp_path, portal.base_url)
        page = Response(200, EMPTY_PAGE.encode(), (("Content-Type", "text/html; charset=utf-8"),))
        for mark in (f"/{victim}/", "catid="):
            portal.fault = lambda request, mark=mark: page if mark in request.target else None
            assert workplace.inside("run").returncode == 1
    found = json.loads(workplace.inside("status", "--json").stdout)["failures"]
    return workplace, {row["stage"]: row["id"] for row in found}


def test_a_failed_article_becomes_a_test_that_fails_until_somebody_has_filled_it_in(
    failed: tuple[Workplace, dict[str, int]], tmp_path: Path
) -> None:
    workplace, numbers = failed
    done = workplace.run(
        "fixture", "add", "--from-failure", str(numbers["article"]), "--to", "pages", "--name", "trống"
    )
    assert done.returncode == 0
    html, url, expected = (Path(tmp_path, line) for line in done.stdout.split())
    assert (html.name, url.name, expected.name) == ("trống.html", "trống.url", "trống.json")
    assert html.read_text(encoding="utf-8") == EMPTY_PAGE
    address, content_type = url.read_text(encoding="utf-8").split("\n")[:2]
    assert address.startswith("http://127.0.0.1:")
    assert content_type == "text/html; charset=utf-8"
    record = json.loads(expected.read_text(encoding="utf-8"))
    assert record.pop("_fill_in")
    assert record["title"] is None
    assert record["body"] is None
    assert record["source_id"] in address
    again = workplace.inside(
        "fixture", "add", "--from-failure", str(numbers["article"]), "--to", "pages", "--name", "trống"
    )
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_a_record_to_fill_in_has_the_keys_of_a_read_page(
    failed: tuple[Workplace, dict[str, int]], tmp_path: Path
) -> None:
    workplace, numbers = failed
    workplace.inside("fixture", "add", "--from-failure", str(numbers["article"]), "--to", "pages")
    empty = json.loads(next(tmp_path.glob("pages/tinh/failure-*.json")).read_text(encoding="utf-8"))
    full = json.loads(next(Path(__file__).parent.glob("pages/soctrang-vpub/seed.json")).read_text(encoding="utf-8"))
    assert set(empty) - {"_fill_in"} == set(full) | set(KEYS)


def test_a_page_on_which_our_own_code_crashes_becomes_a_test(
    failed: tuple[Workplace, dict[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workplace, numbers = failed

    def crash(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("collector.portal.read_article", crash)
    monkeypatch.setattr("collector.portal.read_listing", crash)
    for number in numbers.values():
        arguments = ["--config", str(tmp_path / "config"), "--archive", str(workplace.archive), "fixture", "add"]
        done = CliRunner().invoke(cli, [*arguments, "--from-failure", str(number), "--to", str(tmp_path / "pages")])
        assert done.exit_code == 0
        assert "_fill_in" in json.loads(Path(done.stdout.split()[2]).read_text(encoding="utf-8"))


def test_a_failed_listing_becomes_a_test_too(failed: tuple[Workplace, dict[str, int]], tmp_path: Path) -> None:
    workplace, numbers = failed
    assert (
        workplace.inside("fixture", "add", "--from-failure", str(numbers["listing"]), "--to", "pages").returncode == 0
    )
    expected = json.loads(next(tmp_path.glob("pages/tinh/failure-*.json")).read_text(encoding="utf-8"))
    assert expected["items"] == []
    assert expected["_fill_in"]


def test_a_failure_without_a_page_and_one_that_is_not_there_are_told(
    failed: tuple[Workplace, dict[str, int]], tmp_path: Path
) -> None:
    workplace, numbers = failed
    missing = workplace.inside("fixture", "add", "--from-failure", "999")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert "there is no failure 999" in missing.stderr
    change(workplace.archive, "update captures set http_status = 503")
    refused = workplace.inside("fixture", "add", "--from-failure", str(numbers["listing"]))
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "status 503" in refused.stderr
    change(workplace.archive, "update failures set capture = null where id = ?", numbers["article"])
    pageless = workplace.inside("fixture", "add", "--from-failure", str(numbers["article"]))
    assert pageless.returncode == 2
    assert "left no page behind" in pageless.stderr
