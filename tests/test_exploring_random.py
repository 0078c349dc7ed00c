"""What is kept of views is what they say after whatever the rooms of the archive write, in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector import plan
from collector.archive import Archive
from collector.config import load_shipped
from collector.findings import TopicScore
from collector.model import ArticleRef, Change, IndexPage, Memento, Outcome
from collector.vocabulary import Measure
from stored import BULLETIN, NOW, PROFILE, note, page
from test_exploring import FIGURE, FOUND, kept

#: Two portals number their bulletins together.
PORTALS = ("tinh", "so")
SHIPPED = load_shipped()
RENAMED = tuple(replace(one, name="Ba Xuyên") if one.id == "soc-trang" else one for one in SHIPPED.places)
EVIDENCE = (
    None,
    FOUND,
    replace(FOUND, indicators=(FIGURE, replace(FIGURE, place="Cà Mau", ambiguous=True, period=None)), people=()),
    replace(FOUND, place="huyện Kế Sách", topic=TopicScore(0.2), documents=()),
)
STEP = st.tuples(st.integers(0, 15), st.integers(0, 2), st.integers(0, 3), st.integers(0, 40))


class Story:
    """One archive that much is done to; ``which`` of three bulletins, ``how`` of four ways, at an hour."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.steps: list[Callable[[int, int, int], None]] = [
            self.append, self.append_past, self.insert_earlier, self.strike, self.unchanged, self.list_, self.list_past,
            self.settle, self.fail, self.examine, self.reread, self.decide, self.place, self.measure, self.memento, self.end,
        ]  # fmt: skip

    def article(self, which: int) -> dict[str, Any] | None:
        return self.archive.connection.row("select * from articles where source_id = ?", [str(which)])

    def capture(self, portal: str, hour: int) -> int:
        at = NOW + timedelta(hours=hour)
        return self.archive.captures.keep(
            replace(page(f"{portal}{hour}".encode()), fetched_at=at), portal=portal, kind="article"
        )

    def append(self, which: int, how: int, hour: int, *, past: bool = False) -> None:
        portal = PORTALS[how % 2]
        bulletin = replace(
            BULLETIN, source_id=str(which), body=f"Đoạn {hour % 3}.", title="Cả nước" if hour % 2 else "Hội nghị",
            published_on=None if how == 3 else date(2024, 1 + hour % 3, 1),
        )  # fmt: skip
        evidence = EVIDENCE[how]
        self.archive.bulletins.append(
            bulletin, Change(Outcome.REVISED, plan.content_hash(bulletin)), portal=portal, installation="tinh",
            section=f"{portal}/tin", listed_url=bulletin.url, capture=self.capture(portal, hour),
            now=NOW + timedelta(hours=hour), evidence=evidence, evidence_version="1",
            topic="labour" if evidence and evidence.topic.score > 0.5 else None, past=past,
        )  # fmt: skip

    def append_past(self, which: int, how: int, hour: int) -> None:
        self.append(which, how, hour, past=True)

    def insert_earlier(self, which: int, how: int, hour: int) -> None:
        row = self.article(which)
        at = NOW - timedelta(hours=hour + 1)
        before, following = (None, None) if row is None else self.archive.bulletins.around(row["id"], at)
        if row is None or following is None:
            return
        bulletin = replace(BULLETIN, source_id=str(which), body=f"Trước {hour}.")
        self.archive.bulletins.insert_earlier(
            row["id"], bulletin, Change(Outcome.REVISED, plan.content_hash(bulletin)), before=before,
            following=following, began=how == 3, corrections=(), portal=row["portal"], listed_url=bulletin.url,
            capture=self.capture(row["portal"], -hour - 1), captured_at=at, evidence=EVIDENCE[how], evidence_version="1",
        )  # fmt: skip

    def strike(self, which: int, how: int, hour: int) -> None:
        if row := self.article(which):
            for portal in PORTALS:
                run = self.run(portal)
                self.archive.looks.strike(row["id"], kind="gone", run=run, now=NOW + timedelta(hours=hour))
        del how

    def unchanged(self, which: int, how: int, hour: int) -> None:
        if row := self.article(which):
            self.archive.bulletins.unchanged(row["id"], NOW + timedelta(hours=hour))
        del how

    def run(self, portal: str) -> int:
        return self.archive.ledger.begin_run(kind="poll", portal=portal, source="live", now=NOW)

    def list_(self, which: int, how: int, hour: int) -> None:
        del hour
        note(self.archive, self.run("tinh"), str(which), section="tinh/tin" if how % 2 else "tinh/viec")

    def list_past(self, which: int, how: int, hour: int) -> None:
        ref = ArticleRef("https://portal.example/tin/0", str(which), "Tin", None if how % 2 else date(2023, 5, 1))
        self.archive.ledger.note_past_items(
            [ref], portal="so", section="so/tin", run=self.run("so"), at=NOW - timedelta(hours=hour)
        )

    def settle(self, which: int, how: int, hour: int) -> None:
        state = ("gone", "failed", "listed", "out_of_range")[how]
        if hour % 2:
            self.archive.ledger.settle(PORTALS[hour % 4 // 2], str(which), state)
        else:
            self.archive.ledger.out_of_range(PORTALS[hour % 4 // 2], str(which), date(2020, 1, 1) if how else None)

    def fail(self, which: int, how: int, hour: int) -> None:
        del how
        self.archive.ledger.fail(
            portal="tinh", url="https://portal.example/tin/0", source_id=str(which), stage="article",
            error=ValueError("x"), trace=None, capture=None, run=self.run("tinh"), now=NOW + timedelta(hours=hour),
            backoff=lambda attempts, now: now,
        )  # fmt: skip

    def examine(self, which: int, how: int, hour: int) -> None:
        if row := self.article(which):
            revisions = self.archive.connection.rows("select id from revisions where article = ?", [row["id"]])
            revision = revisions[hour % len(revisions)]["id"]
            self.archive.rereading.examine(
                row["id"], revision, EVIDENCE[how], version="2", topic="labour" if hour % 2 else None,
                latest=revision == row["revision"],
            )  # fmt: skip

    def reread(self, which: int, how: int, hour: int) -> None:
        if row := self.article(which):
            bulletin = replace(BULLETIN, source_id=str(which), body=f"Lại {hour}.", published_on=date(2022, 1, 1))
            before = self.archive.connection.row("select * from revisions where id = ?", [row["revision"]])
            assert before is not None
            revision = self.archive.rereading.revise(
                row["id"], bulletin, content_hash=plan.content_hash(bulletin), capture=before["capture"], reading="2",
                latest=how != 0, now=NOW + timedelta(hours=hour),
            )  # fmt: skip
            self.archive.rereading.examine(
                row["id"], revision, EVIDENCE[how], version="2", topic="labour", latest=how != 0
            )
            if how == 1:
                self.archive.rereading.still_gone(row["id"], portal=row["portal"], source_id=str(which))

    def decide(self, which: int, how: int, hour: int) -> None:
        del which, hour
        self.archive.findings.decide_topics(portal=PORTALS[how % 2], threshold=0.1 if how > 1 else 0.5)

    def place(self, which: int, how: int, hour: int) -> None:
        if hour % 2:
            self.archive.portals.know(SHIPPED.places if how % 2 else RENAMED)
        else:
            self.archive.portals.register(profile(PORTALS[which % 2], (None, "soc-trang", "ca-mau", "an-giang")[how]))

    def measure(self, which: int, how: int, hour: int) -> None:
        del which, hour
        unit, field = ("%", "người")[how % 2], ("employment", "poverty")[how // 2]
        self.archive.findings.know([Measure("jobs_created", field, "Việc", "Jobs", unit, ("việc",))])

    def memento(self, which: int, how: int, hour: int) -> None:
        found = Memento(
            f"https://portal.example/tin/{which}", NOW - timedelta(days=hour % 2), (200, 404, None, 200)[how]
        )
        self.archive.mementos.note(
            IndexPage((found,), None), [(found, "article", str(which))], portal="so", source="wayback", prefix="x",
            since=None, now=NOW,
        )  # fmt: skip

    def end(self, which: int, how: int, hour: int) -> None:
        del which
        for row in self.archive.connection.rows("select id from mementos order by id")[hour % 3 :][:1]:
            state = ("failed", "out_of_range", "no_content", "absent")[how]
            self.archive.mementos.settle(row["id"], state, now=NOW)


def profile(portal: str, place: str | None) -> Any:
    return replace(PROFILE, id=portal, installation="tinh", place=place)


@pytest.fixture
def stories() -> Iterator[list[Archive]]:
    opened: list[Archive] = []
    yield opened
    for archive in opened:
        archive.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(STEP, min_size=3, max_size=16))
def test_whatever_is_written_is_followed(stories: list[Archive], steps: list[tuple[int, int, int, int]]) -> None:
    archive = Archive(None)
    stories.append(archive)
    archive.portals.know(SHIPPED.places)
    for portal in PORTALS:
        archive.portals.register(profile(portal, "soc-trang"))
    archive.findings.know(SHIPPED.vocabulary.measures)
    story = Story(archive)
    story.append(0, 1, 0)
    story.append(1, 2, 1)
    for what, which, how, hour in steps:
        story.steps[what](which, how, hour)
        kept(archive)
    assert archive.connection.rows("pragma foreign_key_check") == []
