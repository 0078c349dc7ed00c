"""Evidence in the archive: rows that point to their words, views that count each text once, topics that can be undone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlite_utils
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from collector import plan
from collector.archive import Archive, search
from collector.archive.safekeeping import examine
from collector.archive.schema import migrations
from collector.cli import cli
from collector.findings import Appearance, CitedDocument, Evidence, Indicator, TopicScore
from collector.model import Change, Outcome
from collector.profile import SectionProfile
from collector.vocabulary import Measure
from stored import BULLETIN, NOW, PROFILE, append, begin, note

POOR = Measure("poor_households", "poverty", "Hộ nghèo", "Poor households", "hộ", ("hộ nghèo",))
TEXT = replace(
    BULLETIN,
    title="Giảm 500 hộ nghèo",
    body="Bà Huỳnh Thị Lan, Phó Chủ tịch UBND tỉnh, cho biết đã giảm 500 hộ nghèo.\nTheo Quyết định 12/QĐ-UBND.",
)


def figure(text: str, printed: str, **more: object) -> Indicator:
    start = text.index(printed)
    values: dict[str, object] = {
        "measure": "poor_households", "label": "hộ nghèo", "part": "body", "printed": printed, "value": 500.0,
        "value_max": None, "unit": "hộ", "qualifier": "exact", "direction": "decrease", "period": "2023", "place": None,
        "sentence": text.partition("\n")[0], "span_start": start, "span_end": start + len(printed), "rule": "by hand",
    }  # fmt: skip
    return Indicator(**{**values, **more})  # type: ignore[arg-type]


def evidence(body: str = TEXT.body, *indicators: Indicator, score: float = 0.9) -> Evidence:
    lan, number = body.find("Huỳnh Thị Lan"), body.find("12/QĐ-UBND")
    return Evidence(
        indicators=indicators,
        people=(Appearance("Huỳnh Thị Lan", "Phó Chủ tịch UBND tỉnh", "body", lan, lan + 13),) if lan >= 0 else (),
        documents=(CitedDocument("12/QĐ-UBND", "Quyết định", "body", number, number + 10),) if number >= 0 else (),
        event_on=date(2024, 1, 7),
        place="Sóc Trăng",
        topic=TopicScore(score, ("hộ nghèo", "giảm nghèo"), ("poverty",)),
    )


FOUND = evidence(TEXT.body, figure(TEXT.body, "500"))


@pytest.fixture
def knowing(archive: Archive) -> Archive:
    archive.findings.know([POOR])
    return archive


def rows(archive: Archive, view: str) -> list[dict[str, object]]:
    return archive.connection.rows(f"select * from {view}")


def test_what_a_bulletin_says_is_rows_that_point_to_its_words(knowing: Archive) -> None:
    append(knowing, TEXT, evidence=FOUND)
    for table, words in (("indicators", "printed"), ("appearances", "person"), ("documents", "number")):
        (row,) = rows(knowing, table)
        assert TEXT.body[int(str(row["span_start"])) : int(str(row["span_end"]))] == row[words]
        assert (row["article"], row["revision"]) == (1, 1)
    assert knowing.connection.value("select name from people") == "Huỳnh Thị Lan"
    assert knowing.connection.row(
        "select event_on, place, topic, topic_score, topic_words, fields, evidence_version from articles "
        "join revisions on revisions.article = articles.id"
    ) == {
        "event_on": "2024-01-07",
        "place": "Sóc Trăng",
        "topic": "labour",
        "topic_score": 0.9,
        "topic_words": '["hộ nghèo", "giảm nghèo"]',
        "fields": '["poverty"]',
        "evidence_version": "1",
    }


def test_the_views_have_at_hand_what_people_ask_for(knowing: Archive) -> None:
    append(knowing, TEXT, evidence=FOUND)
    (shown,) = rows(knowing, "current_indicators")
    assert {name: shown[name] for name in ("measure", "name_en", "field", "value", "period", "direction")} == {
        "measure": "poor_households",
        "name_en": "Poor households",
        "field": "poverty",
        "value": 500,
        "period": "2023",
        "direction": "decrease",
    }
    for view in ("current_indicators", "current_appearances", "current_documents"):
        (shown,) = rows(knowing, view)
        assert (shown["url"], shown["published_on"], shown["portal"]) == (TEXT.url, "2024-01-08", "tinh")
        assert TEXT.title in (shown["title"], shown.get("article_title"))


def test_a_sum_over_a_view_counts_only_the_latest_revision_and_the_tables_keep_the_earlier_one(
    knowing: Archive,
) -> None:
    append(knowing, TEXT, evidence=FOUND)
    edited = replace(TEXT, body=TEXT.body.replace("500", "510"))
    found = evidence(edited.body, figure(edited.body, "510", value=510.0))
    change = Change(Outcome.REVISED, plan.content_hash(edited))
    append(knowing, edited, at=NOW + timedelta(days=1), change=change, evidence=found)
    assert knowing.connection.value("select sum(value) from current_indicators") == 510
    assert [row["printed"] for row in rows(knowing, "indicators")] == ["500", "510"]
    assert len(rows(knowing, "current_appearances")) == 1
    assert len(rows(knowing, "people")) == 1


def test_what_is_gone_or_off_topic_is_in_no_view(knowing: Archive) -> None:
    article = append(knowing, TEXT, evidence=FOUND)
    assert len(rows(knowing, "current_indicators")) == 1
    knowing.findings.decide_topics(portal="tinh", threshold=0.95)
    assert rows(knowing, "current_indicators") == []
    assert knowing.connection.value("select topic_score from articles") == 0.9, "and the decision can be undone"
    knowing.findings.decide_topics(portal="tinh", threshold=0.5)
    for _ in range(2):
        knowing.looks.strike(article, kind="gone", run=begin(knowing), now=NOW)
    for view in ("current_indicators", "current_appearances", "current_documents"):
        assert rows(knowing, view) == []


def test_a_bulletin_seen_again_unchanged_keeps_its_evidence(knowing: Archive) -> None:
    append(knowing, TEXT, evidence=FOUND)
    append(knowing, TEXT, change=Change(Outcome.UNCHANGED, plan.content_hash(TEXT)), evidence=None)
    assert len(rows(knowing, "current_indicators")) == 1
    assert knowing.connection.value("select topic_score from articles") == 0.9


def test_an_edit_that_could_not_be_examined_keeps_nothing_of_the_text_before(knowing: Archive) -> None:
    append(knowing, TEXT, evidence=FOUND)
    edited = replace(TEXT, body="Một tin khác hẳn.")
    append(knowing, edited, change=Change(Outcome.REVISED, plan.content_hash(edited)), evidence=None)
    assert rows(knowing, "current_indicators") == []
    assert knowing.connection.row("select event_on, topic_score, topic_words, fields from articles") == {
        "event_on": None,
        "topic_score": None,
        "topic_words": None,
        "fields": None,
    }
    assert [text.body for text in knowing.findings.unexamined(portal="tinh", after=0, limit=9)] == [edited.body]


def test_evidence_that_cannot_be_written_leaves_nothing_of_its_bulletin(knowing: Archive) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        append(knowing, TEXT, evidence=evidence(TEXT.body, figure(TEXT.body, "500", measure="nobody_knows_it")))
    for table in ("articles", "revisions", "indicators", "people", "appearances"):
        assert rows(knowing, table) == []


def test_measures_follow_the_vocabulary_and_are_never_deleted(knowing: Archive) -> None:
    append(knowing, TEXT, evidence=FOUND)
    other = Measure("children", "children", "Trẻ em", "Children", "trẻ em", ("trẻ em",))
    knowing.findings.know([other])
    knowing.findings.know([replace(POOR, name_en="Households in poverty"), other])
    assert knowing.connection.rows("select id, name_en, unit from measures order by id") == [
        {"id": "children", "name_en": "Children", "unit": "trẻ em"},
        {"id": "poor_households", "name_en": "Households in poverty", "unit": "hộ"},
    ]
    before = knowing.connection.value("select total_changes()")
    knowing.findings.know([other])
    assert knowing.connection.value("select total_changes()") == before, "where nothing is new nothing is written"


def test_texts_of_an_older_archive_are_given_out_once_each_and_only_the_latest(knowing: Archive) -> None:
    for number in range(5):
        append(knowing, replace(TEXT, source_id=str(number)), evidence=None)
    edited = replace(TEXT, source_id="3", body="Bản sửa.")
    append(knowing, edited, change=Change(Outcome.REVISED, plan.content_hash(edited)), evidence=None)
    first = knowing.findings.unexamined(portal="tinh", after=0, limit=3)
    rest = knowing.findings.unexamined(portal="tinh", after=first[-1].article, limit=9)
    assert [text.source_id for text in (*first, *rest)] == ["0", "1", "2", "3", "4"]
    assert rest[0].body == "Bản sửa."
    assert rest[0].published_on == date(2024, 1, 8)
    knowing.findings.note_all([(text, Evidence(), None) for text in first], version="1")
    assert len(knowing.findings.unexamined(portal="tinh", after=0, limit=9)) == 2
    assert knowing.findings.unexamined(portal="khac", after=0, limit=9) == []


def test_a_text_examined_anew_has_its_evidence_once(knowing: Archive) -> None:
    append(knowing, TEXT, evidence=None)
    (text,) = knowing.findings.unexamined(portal="tinh", after=0, limit=9)
    for version in ("1", "2"):
        knowing.findings.note_all([(text, FOUND, "labour")], version=version)
    for table in ("indicators", "appearances", "documents"):
        assert len(rows(knowing, table)) == 1
    assert knowing.connection.value("select evidence_version from revisions") == "2"


# --- topics -------------------------------------------------------------------------------------------------------

_SECTIONS = ("tinh/tin", "tinh/viec")
_ARTICLES = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(0, 1)),  # score
        st.sampled_from([None, *_SECTIONS]),  # the section that brought it in
        st.sets(st.sampled_from(_SECTIONS)),  # those that list it
        st.booleans(),  # whether it was on topic before
    ),
    max_size=6,
)


@given(_ARTICLES, st.sets(st.sampled_from(["tin", "viec"])), st.floats(0, 1))
def test_the_statement_decides_as_the_plan_does(
    articles: Sequence[tuple[float | None, str | None, set[str], bool]], labour: set[str], threshold: float
) -> None:
    with Archive(None) as archive:
        archive.portals.register(
            replace(
                PROFILE,
                sections=tuple(
                    SectionProfile(one.id, one.url, topic="labour" if one.id in labour else None)
                    for one in PROFILE.sections
                ),
            )
        )
        run = begin(archive)
        wanted = []
        for number, (score, section, listing, before) in enumerate(articles):
            source_id = str(number)
            for name in listing:
                note(archive, run, source_id, section=name)
            append(archive, replace(TEXT, source_id=source_id), evidence=None)
            archive.connection.execute(
                "update articles set section = ?, topic_score = ?, topic = ? where source_id = ?",
                [section, score, "labour" if before else None, source_id],
            )
            declared = archive.findings.declared_topic(portal="tinh", source_id=source_id, section=None)
            assert (declared == "labour") == bool({f"tinh/{one}" for one in labour} & {section, *listing})
            wanted.append(plan.topic(score, declared=declared, threshold=threshold))
        changed = archive.findings.decide_topics(portal="tinh", threshold=threshold)
        found = [row["topic"] for row in archive.connection.rows("select topic from articles order by id")]
        assert found == wanted
        assert changed == sum((topic == "labour") != one[3] for topic, one in zip(wanted, articles, strict=True))


def test_deciding_again_leaves_other_portals_alone(knowing: Archive) -> None:
    append(knowing, TEXT, evidence=FOUND)
    assert knowing.findings.decide_topics(portal="khac", threshold=1.0) == 0
    assert knowing.connection.value("select topic from articles") == "labour"


# --- the file -----------------------------------------------------------------------------------------------------


def test_verify_finds_a_figure_that_does_not_stand_where_it_says(knowing: Archive) -> None:
    append(knowing, TEXT, evidence=FOUND)
    assert examine(knowing.connection).sound
    with knowing.connection.writing():
        knowing.connection.execute("update indicators set span_start = span_start + 1")
        knowing.connection.execute("update appearances set part = 'title'")
    found = examine(knowing.connection)
    assert not found.sound
    assert [line.split(" does not")[0] for line in found.evidence] == [
        "indicators row 1 (500)",
        "appearances row 1 (Huỳnh Thị Lan)",
    ]


@pytest.fixture
def second_schema(tmp_path: Path) -> Path:
    """An archive as the program wrote it before there was evidence: one bulletin with two revisions."""
    path = tmp_path / "old.db"
    with Archive(tmp_path / "new.db") as archive:
        archive.portals.register(PROFILE)
        append(archive, BULLETIN)
        append(archive, TEXT, change=Change(Outcome.REVISED, plan.content_hash(TEXT)))
        note(archive, begin(archive), "7")
    db = sqlite_utils.Database(path)
    migrations.apply(db, stop_before="evidence_tables")
    db.execute("pragma user_version = 2")
    db.execute("attach database ? as full", [str(tmp_path / "new.db")])
    tables = "portals sections runs captures _capture_bodies listings articles article_urls revisions _checks".split()
    for table in tables:
        names = ", ".join(row[1] for row in db.execute(f"pragma main.table_info([{table}])"))
        db.execute(f"insert into main.[{table}] ({names}) select {names} from full.[{table}]")
    search.rebuild(db)
    db.conn.commit()
    db.close()
    return path


def test_an_archive_of_before_there_was_evidence_is_looked_at_and_rehearsed_on_as_it_is(second_schema: Path) -> None:
    before = second_schema.read_bytes()
    for command in ("status", "verify"):
        result = CliRunner().invoke(cli, ["--archive", str(second_schema), command, "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)
    with Archive.rehearsal(second_schema) as rehearsal:
        assert list(rehearsal.ledger.items("tinh/tin")) == ["7"]
        assert rehearsal.connection.value("select topic_words from articles") is None
    assert second_schema.read_bytes() == before


def test_an_archive_of_before_there_was_evidence_is_brought_up_to_date_with_all_its_texts_to_examine(
    second_schema: Path,
) -> None:
    with Archive(second_schema) as archive:
        (text,) = archive.findings.unexamined(portal="tinh", after=0, limit=9)
        assert (text.title, text.source_id) == (TEXT.title, "7")
        assert rows(archive, "current_indicators") == []
        assert archive.connection.value("select count(*) from revisions") == 2
