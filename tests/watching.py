"""A watch to try things on: an archive with a portal, runs as they may end, a clock, and somebody who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collector.alerting import Delivery
from collector.archive import Archive
from collector.model import RunReport, Verdict
from collector.plan.incidents import Notice
from collector.watch import Watch
from stored import PROFILE
from story_clock import StoryClock

OK = [Delivery("json://127.0.0.1")]
DEAD = [Delivery("json://127.0.0.1", "refused")]
DOWN: dict[str, object] = {
    "sections": [{"section": "tinh/tin", "stopped": "failed", "cause": "unreachable", "reason": "timeout"}]
}
LOGIN: dict[str, object] = {
    "sections": [{"section": "tinh/tin", "stopped": "failed", "cause": "blocked", "reason": "login"}]
}
WELL: dict[str, object] = {
    "sections": [{"section": "tinh/tin", "stopped": "known_page", "pages": 1}],
    "outcomes": {"added": 1},
}
RUNS: dict[str, tuple[Verdict, dict[str, object]]] = {
    "down": (Verdict.UNREACHABLE, DOWN),
    "blocked": (Verdict.BLOCKED, LOGIN),
    "well": (Verdict.COMPLETE, WELL),
    "unread": (Verdict.INCOMPLETE, {**WELL, "outcomes": {"failed": 1}}),
    "crashed": (Verdict.INCOMPLETE, {**WELL, "outcomes": {"crashed": 1}}),
    "stopped": (Verdict.INTERRUPTED, {}),
}


def run(what: str) -> RunReport:
    verdict, evidence = RUNS[what]
    return RunReport(1, "tinh", "live", verdict, evidence)


class Place:
    """An archive with a portal, a clock, somebody who listens, and a watch that can be started again."""

    def __init__(self, path: Path | None = None) -> None:
        self.archive = Archive(path)
        self.archive.portals.register(PROFILE)
        self.clock = StoryClock()
        self.heard: list[tuple[str, str]] = []
        self.answer: Callable[[], Sequence[Delivery]] = lambda: OK
        self.watch = self.begin()

    def begin(self) -> Watch:
        self.watch = Watch(self.archive, self.tell, strikes=3, remind=86_400, now=self.clock.now)
        return self.watch

    def tell(self, notices: Sequence[Notice]) -> Sequence[Delivery]:
        answer = self.answer()
        if any(one.error is None for one in answer):
            self.heard += [(one.kind, one.incident.trouble.cause) for one in notices]
        return answer

    def polls(self, *whats: str) -> None:
        for what in whats:
            self.clock.pass_time(minutes=30)
            self.watch.after_run(run(what))
            self.watch.settle()

    def rows(self) -> list[dict[str, Any]]:
        return self.archive.connection.rows("select * from incidents order by id")

    @contextmanager
    def readonly(self) -> Iterator[None]:
        self.archive.connection.db.execute("pragma query_only = on")
        yield
        self.archive.connection.db.execute("pragma query_only = off")
