"""Evidence in whole runs: taken with each bulletin, made good for older ones, decided anew, and never at a bulletin's cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from collector.config import load_shipped
from collector.demo.newsroom import SECTIONS, SEED_ID
from collector.errors import Interrupted
from collector.examining import Examining
from collector.findings import Appearance, Evidence, Indicator, TopicScore
from collector.model import RunKind, Task, Verdict
from conftest import Replica
from stored import EXAMINING

EVERYTHING = Task(RunKind.BACKFILL)
RECHECK = Task(recheck_days=36_500, recheck_per_run=500)


class Scoring(Examining):
    """Finds nothing but a score: of a bulletin with an even number of letters in its title 0.8, else 0.2."""

    def __init__(self, threshold: float = 0.5) -> None:
        super().__init__(load_shipped().vocabulary, threshold=threshold)

    def evidence(self, title: str, body: str, *, published_on: date | None) -> Evidence:
        return Evidence(topic=TopicScore(0.2 if len(title) % 2 else 0.8, ("lao động",), ("employment",)))


class Crashing(Scoring):
    """Has a bug on the seed bulletin."""

    def evidence(self, title: str, body: str, *, published_on: date | None) -> Evidence:
        if "Huỳnh Thị Diễm Ngọc" in body:
            raise ZeroDivisionError("a bug of ours")
        return super().evidence(title, body, published_on=published_on)


def forgotten(replica: Replica) -> None:
    """Leave the archive as one of before there was evidence is left by the migration."""
    connection = replica.archive.connection
    with connection.writing():
        for table in ("indicators", "appearances", "documents"):
            connection.execute(f"delete from {table}")
        connection.execute("update revisions set evidence_version = null")
        connection.execute("update articles set topic = null, topic_score = null, topic_words = null, fields = null")


def unexamined(replica: Replica) -> object:
    return replica.value("select count(*) from revisions where evidence_version is null")


def on_topic(replica: Replica) -> set[str]:
    return {source_id for source_id, row in replica.rows().items() if row["topic"] == "labour"}


def even(replica: Replica) -> set[str]:
    return {source_id for source_id, row in replica.rows().items() if len(str(row["title"])) % 2 == 0}


def test_every_bulletin_comes_with_its_figures_where_they_stand(backfilled: Replica) -> None:
    assert unexamined(backfilled) == 0
    assert backfilled.value("select count(distinct article) from indicators") == len(backfilled.rows())
    found = backfilled.archive.connection.rows(
        "select i.printed, i.part, i.span_start, i.span_end, r.title, r.body from indicators i "
        "join revisions r on r.id = i.revision"
    )
    for row in found:
        assert row[row["part"]][row["span_start"] : row["span_end"]] == row["printed"]
    seed = backfilled.archive.connection.rows(
        "select printed, value, unit, direction from indicators where article = ?",
        [backfilled.rows()[str(SEED_ID)]["id"]],
    )
    assert {"printed": "29.412", "value": 29412, "unit": "lao động", "direction": "level"} in seed


def test_the_vocabularys_measures_are_there_after_a_run(replica: Replica) -> None:
    replica.run()
    assert replica.value("select count(*) from measures") == len(EXAMINING.measures)


def test_a_bulletin_is_on_topic_by_its_score_or_by_its_section(replica: Replica) -> None:
    replica.examining = Scoring()
    sections = replica.profile.sections
    replica.profile = replace(replica.profile, sections=(replace(sections[0], topic="labour"), *sections[1:]))
    replica.run(EVERYTHING)
    # Also what another section brought in before: the one about labour lists it, too.
    listed = {str(one.id) for one in replica.newsroom.listing(SECTIONS[0].slug)}
    assert on_topic(replica) == even(replica) | listed
    assert replica.value("select count(*) from articles where topic_words is not '[\"lao động\"]'") == 0


def test_an_off_topic_decision_is_undone_by_configuration_without_asking_the_portal_again(replica: Replica) -> None:
    replica.examining = Scoring()
    replica.run(EVERYTHING)
    assert on_topic(replica) == even(replica)
    asked = len(replica.requested())
    replica.examining = Scoring(threshold=0.1)
    replica.run()
    assert on_topic(replica) == replica.rows().keys()
    assert len(replica.requested()) - asked == len(SECTIONS)
    replica.examining = Scoring(threshold=0.9)
    replica.run()
    assert on_topic(replica) == set()
    sections = replica.profile.sections
    replica.profile = replace(replica.profile, sections=tuple(replace(one, topic="labour") for one in sections))
    replica.run()
    assert on_topic(replica) == replica.rows().keys()


def test_an_archive_of_before_there_was_evidence_is_examined_by_the_next_run_without_asking_the_portal(
    backfilled: Replica,
) -> None:
    figures = backfilled.value("select count(*) from indicators")
    rows = backfilled.rows()
    forgotten(backfilled)
    asked = len(backfilled.requested())
    assert backfilled.run().verdict is Verdict.EMPTY_EXPECTED
    assert len(backfilled.requested()) - asked == len(SECTIONS)
    assert unexamined(backfilled) == 0
    assert backfilled.value("select count(*) from indicators") == figures
    assert backfilled.rows() == rows


def test_examining_what_is_there_can_be_stopped_and_goes_on(
    backfilled: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.examining._BATCH", 25)
    forgotten(backfilled)
    batches = 0

    def stop_at_the_second_batch() -> None:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise Interrupted("stop")

    assert backfilled.run(checkpoint=stop_at_the_second_batch).verdict is Verdict.INTERRUPTED
    left = unexamined(backfilled)
    assert isinstance(left, int)
    assert 0 < left < len(backfilled.rows())
    backfilled.run()
    assert unexamined(backfilled) == 0


def test_a_bulletin_on_which_the_examination_crashes_is_kept_and_the_run_says_so(replica: Replica) -> None:
    replica.examining = Crashing()
    report = replica.run(EVERYTHING)
    assert (report.verdict, report.added, report.failed) == (Verdict.INCOMPLETE, 60, 0)
    assert report.evidence["unexamined"] == 1
    assert replica.rows()[str(SEED_ID)]["body"] == replica.newsroom.expected()[str(SEED_ID)].body
    failure = replica.archive.connection.row("select stage, error, traceback, capture, resolved_at from failures")
    assert failure is not None
    assert (failure["stage"], failure["error"], failure["resolved_at"]) == ("evidence", "ZeroDivisionError", None)
    assert "a bug of ours" in failure["traceback"]
    assert failure["capture"] is not None


def test_a_crash_is_tried_again_in_each_run_and_made_good_once_it_is_mended(replica: Replica) -> None:
    replica.examining = Crashing()
    replica.run(EVERYTHING)
    asked = len(replica.requested())
    replica.years_pass()
    # Seen again unchanged, which says nothing about the examination.
    assert replica.run(RECHECK).verdict is Verdict.INCOMPLETE
    assert replica.value("select attempts from failures where resolved_at is null") == 2
    assert replica.value("select capture from failures where resolved_at is null") == replica.value(
        "select capture from revisions where evidence_version is null"
    )
    replica.examining = Scoring()
    assert replica.run().verdict is Verdict.EMPTY_EXPECTED
    assert replica.value("select count(*) from failures where resolved_at is null") == 0
    assert unexamined(replica) == 0
    assert replica.value("select count(*) from revisions") == len(replica.rows()), "and no revision came of it"
    assert asked < len(replica.requested())


def test_an_edit_that_is_examined_closes_the_failure_of_the_text_before(replica: Replica) -> None:
    replica.examining = Crashing()
    replica.run(EVERYTHING)
    replica.newsroom.edit(SEED_ID, "Huỳnh Thị Diễm Ngọc", "Huỳnh Thị Ngọc")
    replica.years_pass()
    replica.run(RECHECK)
    assert replica.value("select count(*) from failures where resolved_at is null") == 0
    assert unexamined(replica) == 1, "the earlier text; it stays as it was"


FIGURE = Indicator(
    "poor_households", "hộ nghèo", "body", "500", 500.0, None, "hộ", "exact", "decrease", None, None,
    "Giảm 500 hộ nghèo.", 5, 8, "by hand",
)  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        Evidence((replace(FIGURE, span_start=6),)),
        Evidence((replace(FIGURE, part="title"),)),
        Evidence((replace(FIGURE, value=float("nan")),)),
        Evidence((replace(FIGURE, value_max=float("inf")),)),
        Evidence((replace(FIGURE, direction="sideways"),)),
        Evidence((replace(FIGURE, qualifier="maybe"),)),
        Evidence((replace(FIGURE, measure="nobody_knows_it"),)),
        Evidence(people=(Appearance("Huỳnh", None, "body", 0, 5),)),
    ],
)
def test_what_is_not_in_the_text_or_the_contract_is_a_bug_and_no_evidence(
    wrong: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    examining = Examining(load_shipped().vocabulary, threshold=0.5)
    for found in (Evidence((FIGURE,)), wrong):
        monkeypatch.setattr(examining._examiner, "examine", lambda *_, found=found, **__: found)
        if found is wrong:
            with pytest.raises(ValueError, match=r"500|Huỳnh"):
                examining.evidence("Tin", "Giảm 500 hộ nghèo.", published_on=None)
        else:
            assert examining.evidence("Tin", "Giảm 500 hộ nghèo.", published_on=None) == found


def test_another_vocabulary_is_another_version() -> None:
    words = load_shipped().vocabulary
    fewer = replace(words, measures=words.measures[1:])
    versions = {Examining(one, threshold=0.5).version for one in (words, fewer, words)}
    assert len(versions) == 2
