"""Stored pages read again: what is read otherwise is counted before it is written, and nothing of an editor's is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector import examining, portal, rereader
from collector.archive import Archive, search
from collector.archive.schema import migrations
from collector.archive.stamps import stamp
from collector.config import load_shipped
from collector.demo.newsroom import Newsroom
from collector.errors import ArchiveForeign, Interrupted
from collector.examining import Examining
from collector.model import Verdict
from collector.profile import Profile
from collector.rereading import reading_version
from collector.vocabulary import Vocabulary
from kept_pages import BLIND, NEW, OLD, Keeper, Kept, contents, editorial, evidence, faults
from stored import EXAMINING

NOTHING = {"fields": {}, "measures": {}, "findings": {}, "technical": 0, "evidence": 0, "added": 0, "visits": 0}
_SHIPPED = load_shipped().vocabulary
#: Of a time that knew nothing of poor households, and had other words for two topics.
_POORER = Examining(
    Vocabulary(tuple(one for one in _SHIPPED.measures if one.id != "poor_households"), _SHIPPED.topic_words[2:]),
    threshold=0.5,
)


def kept(folder: Path, profile: Profile = OLD, examined: Examining | None = EXAMINING, **how: Any) -> Kept:
    path = folder / "archive.db"
    archive = Archive(path)
    keeper = Keeper(archive, profile, examined, **how)
    keeper.take_all()
    for article in keeper.newsroom.listing()[:3]:
        keeper.edit(article, 2)
    return Kept(path, archive, keeper)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Kept]:
    """24 bulletins and six edits, read without leads and tables."""
    made = kept(tmp_path)
    yield made
    made.archive.close()


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """The same with 9 bulletins, read in batches of 3."""
    monkeypatch.setattr("collector.reparse._BATCH", 3)
    made = kept(tmp_path, newsroom=Newsroom(count=9))
    yield made
    made.archive.close()


def told(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names or NOTHING}


def test_what_a_dry_run_counts_is_what_is_written_and_then_nothing_is_left(old: Kept) -> None:
    before = contents(old.archive)
    dry = old.again(dry_run=True)
    assert contents(old.archive) == before
    assert old.value("select count(*) from runs where kind = 'reparse'") == 0
    applied = old.again()
    assert evidence(dry) == evidence(applied)
    assert dry.examples == applied.examples
    assert applied.report.verdict is Verdict.COMPLETE
    found = evidence(applied)
    assert (found["bulletins"], found["pages"], found["lost"]) == (24, 30, {"number": 0})
    assert found["fields"]["lead"] > 10
    assert found["fields"]["body"] > 0
    assert found["technical"] == old.value("select count(*) from revisions where kind = 'technical'") > 10
    for again in (False, True):
        after = old.again(dry_run=True, again=again)
        assert told(evidence(after)) == NOTHING
        assert after.report.verdict is Verdict.EMPTY_EXPECTED


def test_the_articles_say_what_the_portal_shows_once_they_are_read_again(old: Kept) -> None:
    expected = old.keeper.newsroom.expected()
    wrong = [row for row in old.rows("select * from articles") if row["body"] != expected[row["source_id"]].body]
    assert wrong, "the parser of then lost something"
    old.again()
    for row in old.rows("select * from articles"):
        one = expected[row["source_id"]]
        assert (row["title"], row["body"], row["lead"]) == (one.title, one.body, one.lead)
    assert list(faults(old.archive)) == []
    tables = [block for row in wrong for block in expected[row["source_id"]].blocks if isinstance(block, tuple)]
    word = next(cell for row in tables for cell in row if any(map(str.isalpha, cell)))
    found = old.rows("select rowid from articles_fts where articles_fts match ?", f'"{word}"')
    assert {row["rowid"] for row in found} & {row["id"] for row in wrong}, "the search finds what is read now"


def test_what_an_editor_did_is_untouched_and_stands_before_its_readings(old: Kept) -> None:
    before, changed = editorial(old.archive), old.rows("select id, changed_at from articles order by id")
    assert len(before) > 30
    old.again()
    assert editorial(old.archive) == before
    assert old.rows("select id, changed_at from articles order by id") == changed, "nobody changed a bulletin"
    for one in old.rows("select * from revisions where kind = 'technical'"):
        assert one["parser_version"] == reading_version(NEW)
        [first] = old.rows("select * from revisions where capture = ? and kind = 'editorial'", one["capture"])
        assert (first["article"], first["parser_version"]) == (one["article"], "1")
        assert first["id"] < one["id"]
        assert one["evidence_version"] == EXAMINING.version
        texts = [(row["title"], row["lead"], row["body"]) for row in (first, one)]
        files = [old.value("select count(*) from attachments where revision = ?", row["id"]) for row in (first, one)]
        assert texts[0] != texts[1] or files[0] < files[1]
    # A state that is past stays past, whatever number its new reading has.
    edited = old.keeper.newsroom.listing()[0]
    states = old.archive.histories.of(old.value("select id from articles where source_id = ?", str(edited.id))).states
    assert [one.bulletin.body.count("đính chính") for one in states] == [0, 1, 2]
    assert [one.latest for one in states] == [False, False, True]


def test_a_page_taken_in_after_a_second_reading_is_no_news(old: Kept) -> None:
    old.again()
    revisions = old.value("select count(*) from revisions")
    old.keeper.profile = NEW
    old.keeper.take_all()
    assert old.value("select count(*) from revisions") == revisions


def test_another_vocabulary_rewrites_evidence_in_place_and_reads_no_page_that_is_known(tmp_path: Path) -> None:
    with (made := kept(tmp_path, NEW, _POORER)).archive:
        first = evidence(made.again(examining=_POORER))
        assert told(first) == NOTHING
        before, revisions = contents(made.archive), made.rows("select id, title, body, kind from revisions")
        dry = made.again(dry_run=True)
        assert contents(made.archive) == before
        applied = evidence(made.again())
        assert evidence(dry) == applied
        assert (applied["pages"], applied["technical"], applied["evidence"]) == (0, 0, 30)
        assert applied["measures"]["poor_households"]["gained"] > 0
        assert made.value("select count(*) from indicators where measure = 'poor_households'") == sum(
            applied["measures"]["poor_households"].values()
        )
        assert made.rows("select id, title, body, kind from revisions") == revisions
        assert made.rows("select distinct evidence_version from revisions") == [{"evidence_version": EXAMINING.version}]
        [example] = [one for one in dry.examples if one["name"] == "poor_households"][:1]
        assert (example["change"], example["before"]) == ("gained", None)
        assert "hộ" in str(example["after"])
        assert str(example["url"]).startswith("http://portal.example/")
        # Exactly what a run with today's vocabulary would have written.
        (tmp_path / "fresh").mkdir()
        with (fresh := kept(tmp_path / "fresh", NEW)).archive:
            columns = "revision, measure, printed, value, unit, direction, period, span_start"
            query = f"select {columns} from indicators order by revision, part, span_start"
            assert made.rows(query) == fresh.rows(query)
            query = "select id, topic, topic_score, topic_words, fields, event_on, place from articles order by id"
            assert made.rows(query) == fresh.rows(query)


def test_a_new_version_of_the_examination_that_finds_the_same_is_only_noted(
    old: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.again()
    before = contents(old.archive)
    monkeypatch.setattr(examining, "EXAMINATION_VERSION", "of tomorrow")
    found = evidence(old.again(examining=Examining(_SHIPPED, threshold=0.5)))
    assert told(found, "fields", "measures", "findings", "technical") == {
        "fields": {}, "measures": {}, "findings": {}, "technical": 0
    }  # fmt: skip
    texts = old.value(
        "select count(*) from revisions r where id = (select max(id) from revisions where capture = r.capture)"
    )
    assert (found["pages"], found["evidence"]) == (0, texts)
    after = contents(old.archive)
    assert after["indicators"] != []
    assert Counter(row[2:] for row in after["indicators"]) == Counter(row[2:] for row in before["indicators"])


def test_another_selector_for_the_same_words_is_counted_and_writes_no_revision(tmp_path: Path) -> None:
    with (made := kept(tmp_path, NEW)).archive:
        title = made.rows("select provenance from revisions limit 1")[0]["provenance"]
        assert '"title": "selector:' in title
        renamed = replace(NEW, article=replace(NEW.article, title=("div[class='ArticleTitle']",)))
        dry, applied = evidence(made.again(renamed, dry_run=True)), evidence(made.again(renamed))
        assert dry == applied
        assert (applied["fields"], applied["technical"]) == ({"provenance": 30}, 0)
        assert made.value("select count(*) from revisions where kind = 'technical'") == 0
        assert evidence(made.again(renamed, dry_run=True, again=True))["fields"] == {}


def test_a_page_that_cannot_be_read_any_more_stays_as_it_was_and_the_run_says_so(old: Kept) -> None:
    before = contents(old.archive)
    for done in (old.again(BLIND, dry_run=True), old.again(BLIND), old.again(BLIND)):
        assert done.report.verdict is Verdict.INCOMPLETE
        assert evidence(done)["lost"]["number"] == 30
        assert "portal.example/vpubnd/" in evidence(done)["lost"]["first"][0]
        assert contents(old.archive) == before
    assert old.again().report.verdict is Verdict.COMPLETE


def test_a_bug_on_one_page_costs_this_page_only(old: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    victim, real = old.value("select max(capture) from revisions"), portal.open_page

    def broken(page: Any, profile: Profile) -> Any:
        opened = real(page, profile)
        if page.fetched_at == old.archive.captures.page(victim).fetched_at:
            monkeypatch.setattr(opened, "article", lambda: 1 / 0)
        return opened

    monkeypatch.setattr(rereader, "open_page", broken)
    done = old.again()
    assert evidence(done)["lost"]["number"] == 1
    assert "a fault of this program: ZeroDivisionError" in evidence(done)["lost"]["first"][0]
    assert evidence(done)["technical"] > 10


def test_a_bug_in_the_reading_of_a_counter_costs_this_counter_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, real = kept(tmp_path, counters=False), portal.open_page
    with old.archive:
        victim = old.archive.captures.page(old.value("select max(capture) from revisions")).fetched_at

        def broken(page: Any, profile: Profile) -> Any:
            opened = real(page, profile)
            if page.fetched_at == victim:
                monkeypatch.setattr(opened, "visits", lambda: 1 / 0)
            return opened

        monkeypatch.setattr(rereader, "open_page", broken)
        done = old.again()
        assert done.report.verdict is Verdict.INCOMPLETE
        assert evidence(done)["unread"]["number"] == 1
        assert "its counter: a fault of this program: ZeroDivisionError" in evidence(done)["unread"]["first"][0]
        assert evidence(done)["visits"] == evidence(done)["pages"] - 1 > 10


def test_an_examination_that_crashes_is_made_good_by_the_next_one(old: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    class Crashing(Examining):
        def evidence(self, title: str, body: str, *, published_on: Any) -> Any:
            raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(rereader, "Examining", Crashing)
    done = old.again()
    assert done.report.verdict is Verdict.INCOMPLETE
    assert evidence(done)["unexamined"]["number"] == evidence(done)["technical"] > 10
    assert old.value("select count(*) from revisions where evidence_version is null") == evidence(done)["technical"]
    monkeypatch.undo()
    mended = old.again()
    assert (mended.report.verdict, evidence(mended)["pages"]) == (Verdict.COMPLETE, 0)
    assert evidence(mended)["evidence"] == evidence(done)["technical"]
    assert list(faults(old.archive)) == []


def test_only_the_bulletins_that_are_asked_for_are_read(old: Kept) -> None:
    assert evidence(old.again(dry_run=True, limit=5))["bulletins"] == 5
    limited = old.again(limit=5)
    assert (limited.report.verdict, evidence(limited)["limit_reached"]) == (Verdict.COMPLETE, True)
    assert evidence(old.again(dry_run=True))["bulletins"] == 19
    days = sorted(row["published_on"] for row in old.rows("select published_on from articles"))
    since, until = days[-4], days[-2]
    some = old.copy("some.db")
    with some.archive:
        found = evidence(some.again(again=True, since=date.fromisoformat(since), until=date.fromisoformat(until)))
        assert found["bulletins"] == sum(since <= one <= until for one in days) < 24


def test_bulletins_that_cannot_be_read_any_more_do_not_use_a_limit_up(
    old: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come first in each run, for they are never done."""
    first = [row["fetched_at"] for row in old.rows(
        "select c.fetched_at from revisions r join captures c on c.id = r.capture where r.article <= 3"
    )]  # fmt: skip
    real = portal.open_page

    def broken(page: Any, profile: Profile) -> Any:
        opened = real(page, profile)
        if stamp(page.fetched_at) in first:
            monkeypatch.setattr(opened, "article", lambda: 1 / 0)
        return opened

    monkeypatch.setattr(rereader, "open_page", broken)
    dry = old.again(dry_run=True, limit=10)
    read = []
    for _ in range(3):
        done = old.again(limit=10)
        read.append((evidence(done)["bulletins"], evidence(done).get("limit_reached", False)))
        assert (done.report.verdict, evidence(done)["lost"]["number"]) == (Verdict.INCOMPLETE, len(first))
        if len(read) == 1:
            assert evidence(dry) == evidence(done)
    assert read == [(13, True), (13, True), (4, False)]


def test_two_processes_leave_the_same_rows_as_one(few: Kept) -> None:
    one, two = few.copy("one.db"), few.copy("two.db")
    with one.archive, two.archive:
        assert evidence(one.again(processes=1)) == evidence(two.again(processes=2))
        assert contents(one.archive) == contents(two.archive) != contents(few.archive)


def test_one_process_reads_from_the_archive_that_it_has_open(few: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    # Opened a second time, its locks would be gone, and a reader of another program would delete the WAL under us.
    monkeypatch.setattr(rereader.Making, "__call__", lambda _: 1 / 0)
    assert few.again(processes=1).report.verdict is Verdict.COMPLETE
    assert few.value("select count(*) from articles") == 9, "it is still open"


@pytest.mark.slow
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stops=st.lists(st.integers(0, 2), min_size=1, max_size=4))
def test_interrupted_anywhere_and_gone_on_with_the_end_is_the_same(few: Kept, stops: list[int]) -> None:
    whole, torn = few.copy("whole.db"), few.copy("torn.db")
    with whole.archive, torn.archive:
        whole.again()
        for stop in stops:
            left = [None] * stop

            def checkpoint(left: list[None] = left) -> None:
                if not left:
                    raise Interrupted("stopped by a signal")
                left.pop()

            done = torn.again(checkpoint=checkpoint)
            assert done.report.verdict in {Verdict.INTERRUPTED, Verdict.COMPLETE, Verdict.EMPTY_EXPECTED}
            assert list(faults(torn.archive)) == []
        torn.again()
        assert contents(torn.archive) == contents(whole.archive)
    for path in (whole.path, torn.path):
        path.unlink()


_SELECTORS = {
    "lead": st.sampled_from([NEW.article.lead, (), ("p",)]),
    "byline": st.sampled_from([NEW.article.byline, (), ("p strong",)]),
    "remove": st.sampled_from([NEW.article.remove, ("table",), ("p img",)]),
    "published": st.sampled_from([NEW.article.published, ()]),
}


@pytest.mark.slow
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=st.fixed_dictionaries(_SELECTORS))
def test_whatever_changes_in_a_profile_it_is_counted_first_and_applied_once(few: Kept, changed: dict[str, Any]) -> None:
    profile = replace(NEW, article=replace(NEW.article, **changed))
    before = editorial(few.archive)
    dry, applied = evidence(few.again(profile, dry_run=True)), evidence(few.again(profile))
    assert dry == applied
    after = contents(few.archive)
    assert told(evidence(few.again(profile, again=True))) == NOTHING
    assert contents(few.archive) == after
    assert editorial(few.archive) == before
    assert list(faults(few.archive)) == []


def test_a_run_of_its_own_is_recorded_and_is_no_look_at_the_portal(old: Kept) -> None:
    before = old.archive.status.portals()[0]["last_success_at"]
    done = old.again()
    [run] = old.rows("select * from runs where kind = 'reparse'")
    assert (run["source"], run["verdict"], run["requests"]) == ("archive", "complete", 0)
    assert f'"technical": {evidence(done)["technical"]}' in run["evidence"]
    [status] = old.archive.status.portals()
    assert (status["last_kind"], status["last_verdict"]) == ("reparse", "complete")
    assert status["last_success_at"] == before


def test_an_archive_of_an_older_schema_is_brought_up_to_date_and_a_dry_run_refuses_it(
    old: Kept, tmp_path: Path
) -> None:
    whole, source = old.copy("whole.db"), old.copy("source.db")
    source.archive.close()
    path = tmp_path / "older.db"
    _third_schema(path, source.path)
    older = replace(old, path=path)
    with Archive(path, readonly=True) as archive, pytest.raises(ArchiveForeign, match="has the older schema 3"):
        replace(older, archive=archive).again(dry_run=True)
    with Archive(path) as archive, whole.archive:
        upgraded = replace(older, archive=archive)
        assert evidence(upgraded.again()) == evidence(whole.again())
        left = {name: rows for name, rows in contents(archive).items() if name != "_sightings"}
        assert left == {name: rows for name, rows in contents(whole.archive).items() if name != "_sightings"}


def _third_schema(path: Path, source: Path) -> None:
    """Make an archive as the program wrote it before there was a history, of what a later one holds."""
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="history_tables")
    db.execute("pragma user_version = 3")
    db.execute("attach database ? as later", [str(source)])
    tables = [row[0] for row in db.execute("select name from main.sqlite_master where type = 'table'")]
    for table in tables:
        if table.startswith(("_sqlite", "sqlite_", "articles_fts")):
            continue
        names = ", ".join(row[1] for row in db.execute(f"pragma main.table_info([{table}])"))
        db.execute(f"insert into main.[{table}] ({names}) select {names} from later.[{table}]")
    search.rebuild(db)
    db.conn.commit()
    db.close()
