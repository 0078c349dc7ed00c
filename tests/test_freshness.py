"""How long each section of an archive has been silent, and which of them somebody should look at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import plan
from collector.archive import Archive
from collector.cli import cli
from collector.config import load_shipped
from collector.freshness import quiet_sections, silences
from collector.model import ArticleRef, Change, Outcome, RunReport, Validators, Verdict
from collector.plan.rhythm import is_working
from stored import BULLETIN, EXAMINING, PROFILE, append

HOLIDAYS = load_shipped().holidays
#: A Wednesday without a holiday near it.
LAST = date(2024, 3, 20)
DAYS = [
    day for day in (date(2023, 10, 2) + timedelta(days=number) for number in range(171)) if is_working(day, HOLIDAYS)
]


def at(day: date, hour: int = 3) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


class Story:
    """An archive whose portal is polled on the days that a test chooses."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        archive.portals.register(PROFILE)
        archive.findings.know(EXAMINING.measures)

    def bulletins(self, days: Sequence[date | None], *, first: int = 1) -> list[str]:
        """Put one bulletin a day into section ``tin`` and return their ids."""
        ids = [str(number) for number in range(first, first + len(days))]
        for source_id, day in zip(ids, days, strict=True):
            bulletin = replace(BULLETIN, source_id=source_id, url=f"https://portal.example/tin/{source_id}",
                               title=f"Tin {source_id}", published_on=day)  # fmt: skip
            append(self.archive, bulletin, change=Change(Outcome.ADDED, plan.content_hash(bulletin)))
        return ids

    def poll(
        self, now: datetime, *ids: str, section: str = "tinh/tin", kind: str = "poll", day: date | None = None,
        unchanged: bool = False,
    ) -> None:  # fmt: skip
        """Poll a section that lists these ids; ``unchanged``: the portal says that its first page is as it was."""
        run = self.archive.ledger.begin_run(kind=kind, portal="tinh", source="live", now=now)
        refs = [ArticleRef(f"https://portal.example/tin/{one}", one, f"Tin {one}", day) for one in ids]
        if not unchanged:
            self.archive.ledger.note_items(refs, portal="tinh", section=section, first_position=0, run=run, now=now)
        self.archive.ledger.caught_up(section, run=run, validators=Validators(), items_hash="x")
        self.archive.ledger.finish_run(RunReport(run, "tinh", "live", Verdict.COMPLETE, {}), now)

    def fail(self, now: datetime) -> None:
        """Poll without an answer."""
        run = self.archive.ledger.begin_run(kind="poll", portal="tinh", source="live", now=now)
        self.archive.ledger.finish_run(RunReport(run, "tinh", "live", Verdict.UNREACHABLE, {}), now)

    def silence(self, today: date, section: str = "tinh/tin") -> plan.Silence:
        return silences(self.archive, "tinh", today, HOLIDAYS)[section]

    def quiet(self, today: date) -> list[str]:
        return [one.section for one in quiet_sections(self.archive, "tinh", today, HOLIDAYS)]


@pytest.fixture
def story() -> Iterator[Story]:
    with Archive(None) as archive:
        yield Story(archive)


def test_a_section_that_is_polled_and_brings_nothing_becomes_quiet(story: Story) -> None:
    story.poll(at(LAST), *story.bulletins(DAYS))
    assert story.quiet(LAST) == []
    weeks = [LAST + timedelta(weeks=week) for week in (1, 2, 3)]
    told = []
    for day in weeks:
        story.poll(at(day), unchanged=True)
        told.append((story.silence(day).working_days, story.quiet(day)))
    assert told == [(4, []), (9, ["tinh/tin"]), (14, ["tinh/tin"])]
    story.poll(at(weeks[-1], 9), *story.bulletins([weeks[-1]], first=900))
    assert story.quiet(weeks[-1]) == []


def test_polls_that_fail_make_no_section_quiet_and_end_no_alarm(story: Story) -> None:
    story.poll(at(LAST), *story.bulletins(DAYS))
    later = LAST + timedelta(days=30)
    story.fail(at(later))
    assert (story.silence(later).until, story.quiet(later)) == (LAST, [])
    story.poll(at(later), unchanged=True)
    assert story.quiet(later) == ["tinh/tin"]
    for days in (1, 10, 100):
        story.fail(at(later + timedelta(days=days)))
        found = story.silence(later + timedelta(days=days))
        assert (found.until, found.unusual) == (later, True)


def test_an_archive_that_was_polled_tomorrow_is_judged_by_today(story: Story) -> None:
    story.poll(at(LAST + timedelta(days=60)), *story.bulletins(DAYS))
    assert story.silence(LAST + timedelta(days=2)).working_days == 1


def test_a_poll_at_night_belongs_to_the_day_that_begins_in_vietnam(story: Story) -> None:
    story.poll(at(LAST, 18), *story.bulletins(DAYS))
    (tin, viec) = story.archive.freshness.sections("tinh")
    assert (tin.seen_on, tin.days) == (LAST + timedelta(days=1), tuple(DAYS))
    assert (viec.seen_on, viec.days) == (None, ())
    assert set(silences(story.archive, "tinh", LAST, HOLIDAYS)) == {"tinh/tin"}


def test_a_bulletin_counts_in_every_section_that_lists_it(story: Story) -> None:
    ids = story.bulletins(DAYS)
    story.poll(at(LAST), *ids)
    story.poll(at(LAST), *ids[::2], section="tinh/viec")
    days = {one.section: one.days for one in story.archive.freshness.sections("tinh")}
    assert days == {"tinh/tin": tuple(DAYS), "tinh/viec": tuple(DAYS[::2])}


def test_what_only_a_listing_dates_counts_and_a_day_counts_once(story: Story) -> None:
    story.poll(at(LAST), *story.bulletins([LAST, LAST, LAST - timedelta(days=1)]))
    story.poll(at(LAST), "77", day=LAST - timedelta(days=5))
    (tin, _) = story.archive.freshness.sections("tinh")
    assert tin.days == (LAST - timedelta(days=5), LAST - timedelta(days=1), LAST)


@pytest.mark.parametrize("read", [True, False])
def test_what_no_page_dates_is_news_on_the_day_when_a_poll_first_listed_it(story: Story, read: bool) -> None:
    story.poll(at(LAST), *story.bulletins(DAYS))
    later = LAST + timedelta(days=30)
    if read:
        story.bulletins([None], first=900)
    story.poll(at(later), "900")
    assert (story.silence(later).since, story.quiet(later)) == (later, [])


def test_what_is_no_day_hides_no_other(story: Story) -> None:
    story.poll(at(LAST), *story.bulletins(DAYS))
    story.archive.connection.execute("update articles set published_on = '2024' where source_id = '3'")
    (tin, _) = story.archive.freshness.sections("tinh")
    assert tin.days == tuple(day for day in DAYS if day != DAYS[2])


def test_an_old_bulletin_that_a_backfill_brings_is_no_news(story: Story) -> None:
    story.poll(at(LAST), *story.bulletins(DAYS))
    later = LAST + timedelta(days=30)
    story.poll(at(later), "900", kind="backfill")
    assert (story.silence(later).since, story.quiet(later)) == (LAST, ["tinh/tin"])


def test_only_sections_that_are_still_polled_are_told_of(story: Story) -> None:
    story.poll(at(LAST), *story.bulletins(DAYS))
    later = LAST + timedelta(days=30)
    story.poll(at(later), unchanged=True)
    (told,) = quiet_sections(story.archive, "tinh", later, HOLIDAYS, sections={"tinh/tin", "tinh/viec"})
    assert (told.section, told.since, told.working_days, told.usual) == ("tinh/tin", LAST, 20, 0)
    assert quiet_sections(story.archive, "tinh", later, HOLIDAYS, sections={"tinh/viec"}) == []


# --- status -------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        story = Story(archive)
        story.poll(at(LAST), *story.bulletins(DAYS))
        story.poll(at(LAST + timedelta(days=15)), unchanged=True)
    return path


def status(path: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["--archive", str(path), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_status_tells_how_long_a_section_has_been_quiet_and_how_long_it_usually_is(file: Path) -> None:
    assert "10 working days (usual: up to 0): unusual" in status(file, "status")
    tin, viec = json.loads(status(file, "status", "--json"))["sections"]
    told = {
        "silent_working_days": 10,
        "usual_working_days": 0,
        "unusual_above": 5,
        "unusual": True,
        "silent_since": "2024-03-20",
        "silent_until": "2024-04-04",
        "expected_by": "2024-03-21",
        "holidays_known": True,
    }
    assert {name: tin[name] for name in told} == told
    assert not told.keys() & viec.keys(), "of a section that published nothing there is nothing to tell"


def test_status_says_when_the_calendar_has_ended_and_does_without_one(file: Path, tmp_path: Path) -> None:
    config = tmp_path / "config"
    status(file, "config", "init", str(config))
    calendar = config / "holidays.toml"
    text = calendar.read_text(encoding="utf-8")
    calendar.write_text(text[: text.index("  { year = 2024")] + "]\n" + text[text.index("[tet]") :], encoding="utf-8")
    assert "After 2023 no lunar holidays are known" in status(file, "--config", str(config), "status")
    calendar.write_text("years = 7", encoding="utf-8")
    told = json.loads(status(file, "--config", str(config), "status", "--json"))
    assert "unusual" not in told["sections"][0], "a broken configuration hides no archive"
