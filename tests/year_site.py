"""A portal of the simulated year: it lives, fails and is rebuilt, and remembers all that it ever showed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from collector.demo.composing import Story, composed_story
from collector.demo.counter import Visits
from collector.demo.loopback import LOCAL, Request, Response
from collector.demo.newsroom import SECTIONS, Departure, Newsroom
from collector.demo.site import ReplicaPortal
from year_clock import SECOND, YearClock
from year_daemon import RENAMED

_ARTICLE = re.compile(r"/(\d+)/[^/]+/[^/]+\.aspx$")
_DEPARTURES: tuple[Departure, ...] = ("404", "410", "home", "soft_404")
_DOWN = b"<html><body><h1>Cong thong tin dang bao tri, xin quay lai sau</h1></body></html>"
_REPAIR = (
    "<html><head><title>Thông báo</title></head><body><h1>Hệ thống đang bảo trì, xin quay lại sau</h1></body></html>"
)
_HTML = ("Content-Type", "text/html; charset=utf-8")
#: How a portal is out of order: nobody listens, 503 on everything, answers cut off, a page about maintenance with 200.
OUTAGES = ("refused", "503", "broken", "maintenance")

Text = tuple[str, str]  #: title and body


@dataclass
class Standing:
    """One bulletin's life on the portal: what it showed from when on; None: its page was taken away."""

    states: list[tuple[int, Text | None]] = field(default_factory=list)  #: microseconds since the opening

    def texts(self) -> list[Text]:
        return [state for _, state in self.states if state is not None]


@dataclass(frozen=True)
class Shown:
    """A bulletin's page as the collector was given it."""

    source_id: str
    text: Text


class Site:
    """A replica under the year's clock."""

    def __init__(
        self, portal: str, *, clock: YearClock, chance: random.Random, sections: int, etags: bool, opening: int
    ) -> None:
        self.id, self._clock, self._chance, self.sections = portal, clock, chance, sections
        self.newsroom = Newsroom(count=0, now=clock.true)
        self.site = ReplicaPortal(newsroom=self.newsroom, now=clock.true, etags=etags)
        self.site.fault = self._answered
        self.asked: Callable[[], None] = lambda: None  #: called with each request, before it is answered
        self.outage: str | None = None
        self.redesigned = False
        self.rebuilt: tuple[int, int] | None = None  #: from when to when no profile knew its pages
        self.silent: frozenset[str] = frozenset()  #: sections in which nobody writes
        self.history: dict[str, Standing] = {}
        self.shown: list[Shown] = []  #: since the last poll ended
        self.served: list[tuple[int, int, int]] = []  #: pages that counted: total shown, others so far, resets so far
        self.uncounted = 0  #: pages with 200 that the portal's counter does not count
        self.others = self.resets = 0
        self._serial, self._edits, self._titles = 0, 0, set[str]()
        for _ in range(opening):
            self.publish()
        self.site.start()
        self.base = self.site.base_url
        self._port = int(self.site.host.rpartition(":")[2])

    # --- what the collector is given ------------------------------------------------------------------------------

    def _answered(self, request: Request) -> Response | None:
        self._clock.passes(SECOND)
        self.asked()
        if self.outage == "503" or (self.outage is None and self._chance.random() < 0.002):
            return Response(503, _DOWN, (_HTML,))
        if self.outage == "maintenance":
            self.uncounted += request.path != "/robots.txt"
            return Response(200, _REPAIR.encode(), (_HTML,))
        if self.outage == "broken":
            self.uncounted += request.path != "/robots.txt"
            return Response(200, _DOWN, (_HTML,), cut_after=10)
        before = self._total()
        answer = self._in_new_clothes(request) if self.redesigned else self.site.answer(request)
        if answer.status == 200 and answer.headers[0] == _HTML:
            if self._total() != before:
                self.served.append((before, self.others, self.resets))
            else:
                self.uncounted += 1
        found = _ARTICLE.search(request.path)
        if found and answer.status in {200, 304}:
            self.shown.append(Shown(found[1], self._text(found[1])))
        return answer

    def _in_new_clothes(self, request: Request) -> Response:
        tag = request.headers.get("if-none-match", "")
        headers = {**request.headers, "if-none-match": tag.removesuffix('-2"') + '"' if tag.endswith('-2"') else ""}
        answer = self.site.answer(replace(request, headers=headers))
        body = answer.body
        for old, new in RENAMED.items():
            body = body.replace(old.encode(), new.encode())
        tagged = tuple((name, value[:-1] + '-2"' if name == "ETag" else value) for name, value in answer.headers)
        return replace(answer, body=body, headers=tagged)

    def _total(self) -> int:
        return self.site.counter._next.total

    def _text(self, source_id: str) -> Text:
        one = self.newsroom.expected()[source_id]
        return one.title, one.body

    # --- what happens to it ---------------------------------------------------------------------------------------

    def goes_down(self, how: str) -> None:
        if how == "refused":
            self.site.stop()
        self.outage = how

    def comes_back(self) -> None:
        if self.outage == "refused":
            self.site.start(self._port)
        self.outage = None

    def counter_is_reset(self) -> None:
        self.site.counter.reset(Visits(online=1, today=1, week=1, total=1))
        self.resets += 1

    def visited(self, times: int) -> None:
        """Let other readers come."""
        today = self._clock.true().astimezone(LOCAL).date()
        for _ in range(times):
            self.site.counter.view(today)
        self.others += times

    def publish(self) -> None:
        """Write a bulletin of today for one of the polled sections in which somebody writes."""
        open_ones = [one.slug for one in SECTIONS[: self.sections] if one.slug not in self.silent]
        section = self._chance.choice(open_ones)
        (number,) = self.newsroom.publish(self._fresh(section))
        self._note(str(number))

    def publish_in(self, section: str) -> None:
        if section not in self.silent:
            (number,) = self.newsroom.publish(self._fresh(section))
            self._note(str(number))

    def _fresh(self, section: str) -> Story:
        while True:
            self._serial += 1
            serial = 1_000_000 + 7 * self._serial + len(self.id)
            story = composed_story(serial, self._clock.true().astimezone(LOCAL).date())
            if story.title not in self._titles:
                self._titles.add(story.title)
                return replace(story, section=section, also=(), lead=False)

    def edit(self, oldest: int) -> None:
        """Let an editor add a line to a bulletin that was published after ``oldest``."""
        if (one := self._recent(oldest)) is not None:
            article = self.newsroom.get(int(one))
            assert article is not None
            line = next(block for block in article.story.blocks if isinstance(block, str))
            self._edits += 1
            self.newsroom.edit(int(one), line, f"{line} (đính chính lần {self._edits})")
            self._note(one)

    def delete(self, oldest: int) -> None:
        if (one := self._recent(oldest)) is not None:
            self.newsroom.delete(int(one), self._chance.choice(_DEPARTURES))
            self.history[one].states.append((self._clock.elapsed, None))

    def restore(self, oldest: int) -> None:
        gone = [one for one in sorted(self.newsroom.gone()) if self.history[one].states[0][0] >= oldest]
        if gone:
            one = self._chance.choice(gone)
            self.newsroom.restore(int(one))
            self._note(one)

    def _recent(self, oldest: int) -> str | None:
        listed = [str(one.id) for one in self.newsroom.listing()]
        found = [one for one in listed if self.history[one].states[0][0] >= oldest]
        return self._chance.choice(found) if found else None

    def _note(self, source_id: str) -> None:
        standing = self.history.setdefault(source_id, Standing())
        standing.states.append((self._clock.elapsed, self._text(source_id)))

    def close(self) -> None:
        self.site.stop()
