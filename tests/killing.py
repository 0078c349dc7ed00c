"""A collector that is killed again and again while its portal lives, and what must hold after each kill and at the end.

A story has three parts: kills during a backfill, during polls of a portal that publishes, edits, deletes and restores,
and during rechecks. ``test_interruptions`` tells a short one, ``.ci/soak`` many: python tests/killing.py --kills 500
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from collector.demo.newsroom import SECTIONS, Departure, Newsroom
from collector.demo.site import ReplicaPortal
from workplace import Workplace

_BACKFILL = ("-q", "run", "--since", "2000-01-01", "--json")
_POLL = ("-q", "run", "--json")
_DEPARTURES: tuple[Departure, ...] = ("404", "410", "home", "soft_404")
#: Kills of one story; more of them are told as several stories, each with an archive of its own.
_A_STORY = 50
#: Seconds that every answer of the portal takes, so that a kill finds something under way.
_LATENCY = 0.01
#: Seconds from one request to the next: reading and writing a bulletin, and the answer to the next request.
_A_BULLETIN = 0.06


@dataclass
class Toll:
    """What the kills came to."""

    kills: Counter[str] = field(default_factory=Counter)  #: by the part of the story
    articles: int = 0
    revisions: int = 0
    gone: int = 0
    captures: int = 0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = ", ".join(f"{part} {number}" for part, number in self.kills.items())
        return (
            f"{self.kills.total()} kills ({parts}): {self.articles} articles, {self.revisions} revisions, "
            f"{self.gone} gone, {self.captures} captures, {len(self.violations)} violations"
        )


def kill(folder: Path, kills: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> Toll:
    """Tell stories until so many processes were killed; the folder takes their archives."""
    toll = Toll()
    chance = random.Random(seed)
    for number, start in enumerate(range(0, kills, _A_STORY)):
        now = min(_A_STORY, kills - start)
        # So many that the backfill is never done before it was killed often enough.
        with ReplicaPortal(newsroom=Newsroom(count=20 + 2 * now), latency=_LATENCY) as portal:
            _Story(portal, folder / f"story-{number}", chance, toll).told(now)
        tell(str(toll))
    return toll


class _Story:
    """One portal, one archive, and the kills between them."""

    def __init__(self, portal: ReplicaPortal, folder: Path, chance: random.Random, toll: Toll) -> None:
        folder.mkdir()
        self._portal, self._newsroom, self._chance, self._toll = portal, portal.newsroom, chance, toll
        self._place = Workplace(folder, portal.base_url)
        self._states: dict[str, list[tuple[str, str]]] = {}  # id → the titles and bodies it ever had, in order
        self._edits = 0
        self._remember()

    def told(self, kills: int) -> None:
        """Kill in all three parts, let the last runs end, and compare the archive with the newsroom."""
        third = kills // 3
        self._killed("backfill", kills - 2 * third, _BACKFILL, most=12)
        self._ended(_BACKFILL)
        self._killed("poll", third, _POLL, most=4, before=self._live)
        self._place.recheck(days=10_000, per_run=40)
        self._killed("recheck", third, _POLL, most=30, before=self._live_long)
        # What is gone needs two looks in two runs; the third shows that nothing is left to say.
        self._place.recheck(days=10_000, per_run=10_000)
        # What is gone needs two looks in two runs, and asked for by hand nothing waits for its turn.
        for _ in range(2):
            self._place.run(*_BACKFILL)
        for command in (_BACKFILL, _POLL, _POLL, _POLL):
            self._place.looks_are_due()
            self._ended(command)
        self._toll.violations += self._differences()

    def _killed(
        self, part: str, times: int, command: tuple[str, ...], *, most: int, before: Callable[[], None] = lambda: None
    ) -> None:
        left, patience = times, 5 * times
        while left and patience:
            patience -= 1
            before()
            asked = len(self._portal.requests)
            with self._place.start(*command) as process:
                # One in ten dies anywhere, on the way to its first request too; the others while they work.
                if self._chance.random() < 0.1:
                    time.sleep(self._chance.uniform(0, 1))
                else:
                    enough = asked + self._chance.randint(1, most)
                    while process.poll() is None and len(self._portal.requests) < enough:
                        time.sleep(0.002)
                    time.sleep(self._chance.uniform(0, _A_BULLETIN))
                alive = process.poll() is None
                process.kill()
                process.communicate()
            left -= alive
            self._toll.kills[part] += alive
            self._toll.violations += [f"{part}, kill {times - left}: {fault}" for fault in self._place.faults()]
        if left:
            self._toll.violations.append(f"{part}: {left} of {times} processes ended before they could be killed")

    def _ended(self, command: tuple[str, ...]) -> None:
        done = self._place.run(*command)
        if done.returncode:
            self._toll.violations.append(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-300:]}")

    def _live_long(self) -> None:
        """Let the portal live, and so much time pass that every bulletin is looked at again."""
        self._live()
        self._place.looks_are_due()

    def _live(self) -> None:
        """Let the portal publish, edit, delete and restore as chance has it."""
        chance, newsroom = self._chance, self._newsroom
        if chance.random() < 0.5:
            newsroom.publish(chance.randint(1, 3))
        if chance.random() < 0.5:
            # Near the top, where an editor still cares.
            article = chance.choice(newsroom.listing(SECTIONS[0].slug)[:12])
            line = next(block for block in article.story.blocks if isinstance(block, str))
            self._edits += 1
            newsroom.edit(article.id, line, f"{line} (đính chính lần {self._edits})")
        if chance.random() < 0.25:
            newsroom.delete(chance.choice(newsroom.listing()).id, chance.choice(_DEPARTURES))
        gone = sorted(newsroom.gone())
        if gone and chance.random() < 0.15:
            newsroom.restore(int(chance.choice(gone)))
        self._remember()

    def _remember(self) -> None:
        for source_id, one in self._newsroom.expected().items():
            states = self._states.setdefault(source_id, [])
            if (one.title, one.body) not in states:
                states.append((one.title, one.body))

    def _differences(self) -> Iterator[str]:
        """Yield what is lost, there twice, or not as the newsroom has it."""
        place, toll = self._place, self._toll
        expected = self._newsroom.expected()
        rows = {
            str(row[0]): row[1:]
            for row in place.rows("select source_id, state, title, body, published_on from articles")
        }
        for source_id, one in expected.items():
            if rows.get(source_id) != ("live", one.title, one.body, one.published_on.isoformat()):
                yield f"bulletin {source_id} is not as the portal shows it: {str(rows.get(source_id))[:100]}"
        for source_id in rows.keys() - expected.keys():
            if source_id not in self._newsroom.gone() or rows[source_id][0] != "gone":
                yield f"bulletin {source_id} is {rows[source_id][0]}, and the portal does not show it"
        seen: dict[str, list[tuple[str, str]]] = {}
        for row in place.rows(
            "select a.source_id, r.title, r.body from revisions r join articles a on a.id = r.article order by r.id"
        ):
            seen.setdefault(str(row[0]), []).append((str(row[1]), str(row[2])))
        for source_id, states in seen.items():
            had = iter(self._states[source_id])
            if not all(state in had for state in states):
                yield f"the revisions of {source_id} are not states that it had, each once and in order"
        for what, sql in {
            "a run without an end": "select 1 from runs where finished_at is null",
            "an item still to be read": "select 1 from listings where state not in ('archived', 'gone')",
            "an open failure": "select 1 from failures where resolved_at is null",
            "a revision that no editor made": "select 1 from revisions where kind <> 'editorial'",
        }.items():
            if number := len(place.rows(sql)):
                yield f"{what}: {number}"
        toll.articles += len(rows)
        toll.revisions += sum(map(len, seen.values()))
        toll.gone += sum(row[0] == "gone" for row in rows.values())
        toll.captures += len(place.rows("select 1 from captures"))


def main() -> int:
    """Kill, and say what came of it; 1 when anything was violated."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        toll = kill(Path(folder), given.kills, given.seed, lambda line: print(line, flush=True))
    for violation in toll.violations:
        print(violation)
    return 1 if toll.violations else 0


if __name__ == "__main__":
    sys.exit(main())
