"""An archive after a simulated year, compared with what the world remembers of it."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from collector.archive import Archive
from collector.archive.safekeeping import examine
from collector.archive.stamps import stamp
from collector.demo.loopback import OPENING
from workplace import archive_faults
from year_daemon import RECHECK_DAYS, REMIND
from year_site import Site, Text
from year_story import Expected
from year_ticks import due_times
from year_world import DAY, HOUR, World

_ENDED_WELL = frozenset({"complete", "empty_expected"})
_OWN = ("ran", "late")
#: Instants in the archive are those of the machine's clock, which may be wrong by two hours, and of a steady one.
_SLACK = 3 * HOUR


class Truth:
    """Compares; what is wrong goes into ``violations``, what was counted into ``figures``."""

    def __init__(self, world: World, expected: list[Expected]) -> None:
        self._world, self._record, self._expected = world, world.record, expected
        self.violations = list(world.record.violations)
        self.figures: dict[str, object] = {}
        self._connection: sqlite3.Connection

    def compare(self) -> None:
        with closing(sqlite3.connect(self._world.archive)) as connection:
            connection.row_factory = sqlite3.Row
            self._connection = connection
            for site in self._world.sites.values():
                self.violations += self._bulletins(site)
                self.violations += self._visits(site)
                self.violations += self._ticks(site.id)
            self.violations += self._runs()
            self.violations += self._incidents()
        self.violations += archive_faults(self._world.archive)
        with Archive(self._world.archive, readonly=True) as archive:
            found = examine(archive.connection)
        if not found.sound:
            self.violations.append(f"verify: {found}")
        self.figures["checked by verify"] = found.checked
        if self._record.steps != self._record.counted_steps:
            self.violations.append(f"{self._record.steps} steps of the clock, and {self._record.counted_steps} counted")

    def _rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    # --- bulletins ------------------------------------------------------------------------------------------------

    def _bulletins(self, site: Site) -> Iterator[str]:
        rows = {row["source_id"]: row for row in self._rows("select * from articles where portal = ?", site.id)}
        revisions = defaultdict(list)
        for one in self._rows(
            "select a.source_id, r.title, r.body, r.kind, r.seen_at from revisions r "
            "join articles a on a.id = r.article where a.portal = ? order by r.id",
            site.id,
        ):
            revisions[one["source_id"]].append(one)
        certain, expected = self._certainly_seen(site), site.newsroom.expected()
        for source_id, standing in site.history.items():
            row, had = rows.get(source_id), standing.texts()
            if row is None:
                if source_id in expected or self._up_long_enough(site, source_id):
                    yield f"{site.id} {source_id} is not in the archive"
                continue
            state = "live" if source_id in expected else "gone"
            if row["state"] != state:
                yield f"{site.id} {source_id} is {row['state']} and not {state}"
            if source_id in expected and (row["title"], row["body"]) != had[-1]:
                yield f"{site.id} {source_id} does not have the text that stands on the portal"
            sure = {
                "was given to a poll that ended": certain[source_id],
                "stood for long": self._long_enough(site, source_id),
            }
            for fault in _faults_of(revisions[source_id], had, sure, site.rebuilt or (0, 0)):
                yield f"{site.id} {source_id}: {fault}"
        for source_id in rows.keys() - site.history.keys():
            yield f"{site.id} {source_id} was never published"
        every = [revision for some in revisions.values() for revision in some]
        count = self.figures.setdefault("bulletins", Counter())
        assert isinstance(count, Counter)
        count.update(
            published=len(site.history), archived=len(rows), gone=len(site.newsroom.gone()),
            states=sum(len(set(one.texts())) for one in site.history.values()), revisions=len(every),
        )  # fmt: skip
        count["read by the fallback"] += sum(one["kind"] != "editorial" for one in every)

    def _certainly_seen(self, site: Site) -> dict[str, list[Text]]:
        """Return the states that the portal gave to polls which came to their end."""
        found: dict[str, list[Text]] = defaultdict(list)
        for poll in self._record.polls:
            if poll.portal == site.id and poll.verdict in _ENDED_WELL:
                for shown in poll.shown:
                    found[shown.source_id].append(shown.text)
        return found

    def _up_long_enough(self, site: Site, source_id: str) -> bool:
        """Say whether a bulletin stood on the portal while a poll that ended well went on."""
        states = site.history[source_id].states
        return any(
            text is not None and begin < poll.begun and poll.ended < end
            for (begin, text), (end, _) in zip(states, [*states[1:], (self._world.clock.elapsed, None)], strict=True)
            for poll in self._record.polls
            if poll.portal == site.id and poll.verdict in _ENDED_WELL
        )

    def _long_enough(self, site: Site, source_id: str) -> Iterator[Text]:
        """Yield the states that stood for longer than looks leave a bulletin of that age alone.

        A look comes after a quarter of the age, at least every six hours; then at the next poll that ends well, and
        some more, for only so many looks are taken in one poll.
        """
        states = site.history[source_id].states
        published = states[0][0]
        polls = [one for one in self._record.polls if one.portal == site.id and one.verdict in _ENDED_WELL]
        ends = [*states[1:], (self._world.clock.elapsed, None)]
        for (begin, text), (end, _) in zip(states, ends, strict=True):
            due = begin + max(begin - published, DAY) // 3 + 18 * HOUR  # a day's beginning counts as its publication
            within = [one for one in polls if due < one.begun and one.ended < end]
            young = due - published < (RECHECK_DAYS - 3) * DAY
            if text is not None and young and len(within) >= 3:
                yield text

    # --- visits ---------------------------------------------------------------------------------------------------

    def _visits(self, site: Site) -> Iterator[str]:
        rows = self._rows(
            "select total, own_requests, reset from visit_counts where portal = ? and total is not null order by id",
            site.id,
        )
        served = iter(site.served)
        matched = []
        for row in rows:
            one = next((one for one in served if one[0] == row["total"]), None)
            if one is None:
                yield f"{site.id}: a counter of {row['total']} was never shown, or not in that order"
                return
            matched.append(one)
        pairs = list(zip(matched, matched[1:], rows[1:], strict=False))
        truth = sum(now[1] - before[1] for before, now, _ in pairs if before[2] == now[2])
        marked = sum(row["reset"] for row in rows)
        if marked != site.resets:
            yield f"{site.id}: {site.resets} resets of the counter, {marked} are marked"
        others = sum(now[0] - before[0] - row["own_requests"] for before, now, row in pairs if not row["reset"])
        yield from self._visit_hours(site)
        # Pages that a killed process had been given and could not write down count as others' views, and pages that
        # the portal does not count as ours.
        lost = len(site.served) - len(rows)
        if not -site.uncounted <= others - truth <= lost:
            yield f"{site.id}: {others} others' views, in truth {truth} ({lost} of ours were lost, {site.uncounted} not counted)"
        self.figures[f"others' views of {site.id}"] = {
            "truth": truth, "archive": others, "all": site.others, "ours lost by kills": lost, "resets": marked,
        }  # fmt: skip

    def _visit_hours(self, site: Site) -> Iterator[str]:
        """In the order of their instants: what a clock showed that was days ahead stands among later ones."""
        rows = self._rows(
            "select total, own_requests, reset from visit_counts where portal = ? and total is not null "
            "order by observed_at, id",
            site.id,
        )
        risen = sum(0 if row["reset"] else row["total"] - before["total"] for before, row in pairwise(rows))
        own = sum(row["own_requests"] for row in rows[1:])
        (kept,) = self._rows(
            "select sum(risen) as risen, sum(own_risen) as own from visit_hours where portal = ?", site.id
        )
        if (kept["risen"], kept["own"]) != (risen, own):
            yield f"{site.id}: visit_hours come to {tuple(kept)}, visit_counts to {(risen, own)}"

    # --- ticks ----------------------------------------------------------------------------------------------------

    def _ticks(self, portal: str) -> Iterator[str]:
        rows = self._rows("select * from ticks where portal = ? order by id", portal)
        due = due_times(self._record.moments, portal)
        found = [datetime.fromisoformat(row["due_at"]) for row in rows]
        for number, (mine, its) in enumerate(zip(due, found, strict=False)):
            if mine != its:
                yield f"{portal}: due time {number} is {its}, reckoned {mine.astimezone(its.tzinfo)}"
                break
        else:
            if len(due) != len(found):
                yield f"{portal}: {len(found)} due times, reckoned {len(due)}; {(due + found)[-1]}"
        states = Counter(row["state"] for row in rows)
        self.figures[f"due times of {portal}"] = dict(states)
        for row in rows:
            if row["state"] in _OWN:
                late = (
                    datetime.fromisoformat(row["started_at"]) - datetime.fromisoformat(row["due_at"])
                ).total_seconds()
                if not (0 <= late <= 61) if row["state"] == "ran" else late < 60:
                    yield f"{portal}: {row['due_at']} {row['state']} after {late} s"
        last = max((number for number, row in enumerate(rows) if row["run"] is not None), default=0)
        for row in rows[:last]:
            if (row["run"] is None) != (row["state"] == "missed"):
                yield f"{portal}: {row['due_at']} {row['state']} has run {row['run']}"
        if self._away() == 0 and states["missed"]:
            yield f"{portal}: {states['missed']} missed, and a daemon was there all the time"

    def _away(self) -> int:
        return self._world.away(0, self._world.clock.elapsed)

    def _runs(self) -> Iterator[str]:
        own = Counter(row["run"] for row in self._rows("select run from ticks where state in ('ran', 'late')"))
        runs = {row["id"]: row for row in self._rows("select * from runs where kind = 'poll'")}
        for run, number in own.items():
            if number > 1 or (run is not None and run not in runs):
                yield f"run {run} has {number} due times of its own"
        for run in runs.keys() - own.keys():
            yield f"run {run} ({runs[run]['started_at']}) has no due time of its own"
        self.figures["polls"] = dict(Counter(row["verdict"] for row in runs.values()))
        self.figures["requests"] = sum(row["requests"] or 0 for row in runs.values())

    # --- incidents ------------------------------------------------------------------------------------------------

    def _incidents(self) -> Iterator[str]:
        left = list(self._expected)
        told = defaultdict(list)
        for one in self._record.told:
            key = (one.trouble.cause, one.trouble.portal, one.trouble.section, stamp(one.first_at))
            told[key].append(one)
        lines = []
        for row in self._rows("select * from incidents order by id"):
            name = (
                f"incident {row['id']} ({row['cause']}, {row['section'] or row['portal'] or 'all'}, {row['opened_at']})"
            )
            opened, closed = _elapsed(row["opened_at"]), row["closed_at"] and _elapsed(row["closed_at"])
            match = next((one for one in left if self._is(one, row, opened)), None)
            lines.append(f"{row['opened_at'][:16]} to {(row['closed_at'] or '')[:16]} {row['cause']:<15}"
                         f"{row['section'] or row['portal'] or '':<26} {row['reminders']} reminders")  # fmt: skip
            if match is None:
                yield f"{name} is none of the story's: {row['detail']}"
            else:
                left.remove(match)
                if closed is None or not match.closes[0] - _SLACK <= closed <= self._until(match.closes):
                    yield f"{name} closed at {row['closed_at']}, not within {_shown(match.closes)}"
            notices = told.pop((row["cause"], row["portal"], row["section"], row["first_at"]), [])
            yield from self._notices(name, row, notices)
        for match in left:
            if match.certain:
                yield f"no incident {match.cause} of {match.section or match.portal}, expected {_shown(match.opens)}"
        for key in told:
            yield f"told of {key}, which is not in the table"
        self.figures["incidents"] = lines

    def _is(self, one: Expected, row: Any, opened: int) -> bool:
        same = (one.cause, one.portal, one.section) == (row["cause"], row["portal"], row["section"])
        return same and one.opens[0] - _SLACK <= opened <= self._until(one.opens)

    def _until(self, span: tuple[int, int]) -> int:
        """Return a span's end, put off by as long as no daemon was there."""
        return span[1] + _SLACK + self._world.away(span[0] - 6 * HOUR, span[1] + 6 * HOUR)

    def _notices(self, name: str, row: Any, notices: list[Any]) -> Iterator[str]:
        kinds = Counter(one.kind for one in notices)
        wanted = {"opened": 1, "recovered": int(row["closed_at"] is not None), "reminder": row["reminders"]}
        if any(kinds[kind] != number for kind, number in wanted.items()):
            yield f"{name} was told as {dict(kinds)}, not {wanted}"
        if not (row["told_at"] and row["closed_at"]):
            return
        # After a day, two, four, then weekly, each from the message before it; sent at the next look.
        lasted = (datetime.fromisoformat(row["closed_at"]) - datetime.fromisoformat(row["told_at"])).total_seconds()
        reminders, distance = 0, REMIND
        while lasted > distance + 7200:
            lasted, reminders = lasted - distance, reminders + 1
            distance = min(2 * distance, 7 * REMIND)
        if row["reminders"] not in {reminders, reminders + (lasted > distance - 7200)} and not (
            self._nobody_there(row) or self._days_ahead(row)
        ):
            yield f"{name} has {row['reminders']} reminders, and {reminders} were due"

    def _nobody_there(self, row: Any) -> bool:
        return self._world.away(_elapsed(row["opened_at"]), _elapsed(row["closed_at"])) > 2 * HOUR

    def _days_ahead(self, row: sqlite3.Row) -> bool:
        """Say whether the clock that reminders go by was wrong by days meanwhile."""
        begin, end = self._world.days_ahead
        return _elapsed(row["opened_at"]) < end and begin < _elapsed(row["closed_at"])


def _faults_of(
    revisions: list[Any], had: list[Text], sure: Mapping[str, Iterable[Text]], rebuilt: tuple[int, int]
) -> Iterator[str]:
    """Yield what is wrong with a bulletin's revisions; ``rebuilt``: from when to when no profile knew its page.

    Then the fallback reads, and what it reads otherwise is called nobody's edit.
    """
    read = [(row["title"], row["body"]) for row in revisions]
    edited = [text for text, row in zip(read, revisions, strict=True) if row["kind"] == "editorial"]
    if not _in_order(edited, had):
        yield "its revisions are not states that it had, in their order"
    for why, texts in sure.items():
        if any(text not in read for text in texts):
            yield f"a state of it {why}, and is no revision"
    begin, end = rebuilt
    if any(row["kind"] != "editorial" and not begin <= _elapsed(row["seen_at"]) < end + 7 * DAY for row in revisions):
        yield "a revision that no editor made"


def _in_order(found: list[Text], had: list[Text]) -> bool:
    """Say whether what was found is among what there was, each once and in that order; a restored state is no other."""
    distinct: list[Text] = []
    for text in had:
        if text not in distinct:
            distinct.append(text)
    rest = iter(distinct)
    return all(text in rest for text in found)


def _elapsed(text: str) -> int:
    return (datetime.fromisoformat(text) - OPENING) // timedelta(microseconds=1)


def _shown(span: tuple[int, int]) -> str:
    return " to ".join(f"{OPENING + timedelta(microseconds=one):%Y-%m-%d %H:%M %z}" for one in span)
