"""What happens in a simulated year, and which incidents are to be expected of it.

Chance, by the seed, decides what the offices write and when daemons die; the landmarks stand where they stand, so that
each of them meets a daemon that is given the time to notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial

from collector.config import load_shipped
from collector.demo.loopback import LOCAL, OPENING
from collector.demo.newsroom import SECTIONS
from year_daemon import Configuration
from year_world import DAY, HOUR, MINUTE, World

#: Fewer days are told another story.
YEAR = 365
#: Days at the end in which only new bulletins come, so that every look that is due has been taken.
CALM = 10
#: Bulletins that are older are left alone by their editors: within so many days a look at them is sure to come.
_TOUCHED = 10


@dataclass(frozen=True)
class Expected:
    """An incident that the story makes: when it may open and close, in microseconds since the opening."""

    cause: str
    portal: str | None
    section: str | None
    opens: tuple[int, int]
    closes: tuple[int, int]
    certain: bool = True  #: False: it lasted perhaps too short


class Story:
    """Fills a world with what is to happen."""

    def __init__(self, world: World, *, days: int, kills: int, stops: int) -> None:
        self.world, self.days = world, days
        self.expected: list[Expected] = []
        self._every = world.every * MINUTE
        self._untouched: dict[str, list[tuple[int, int]]] = {one: [] for one in world.sites}
        self._chance = world.chance
        self._holidays = load_shipped().holidays
        (self._tell_a_year if days >= YEAR else self._tell_some_weeks)()
        for number in range(days):
            self._day(number)
        for moment in self._scattered(kills):
            world.at(moment, world.kill)
        for moment in self._scattered(stops):
            world.at(moment, world.stop)

    def _scattered(self, number: int) -> list[int]:
        return [self._chance.randrange(DAY // 4, (self.days - 1) * DAY) for _ in range(number)]

    # --- the landmarks --------------------------------------------------------------------------------------------

    def _tell_a_year(self) -> None:
        hours = timedelta(hours=1)
        self.outage("a", 12, 14, "503")
        self.clock_is_wrong(20, 6, 2 * hours)
        self.outage("b", 33, 20, "broken")
        self.clock_is_wrong(41, 9, -2 * hours)
        self.reset("a", 48)
        self.machine_sleeps(55, 10)
        self.mistake(60, 62)
        self.outage("b", 75, 30, "maintenance")
        self.schedule(85, cron=True)
        self.outage("b", 95, 9 * 24, "refused")
        self.clock_is_wrong(110, 5, 2 * hours)
        self.clock_is_wrong(114, 5, -2 * hours)
        self.silence("a", 1, 120, 185)
        self.reset("b", 125)
        self.schedule(130, cron=False)
        self.disk_is_full(138, 10)
        self.redesign("a", 165, 5)
        self.clock_is_days_ahead(195, "b")
        self.away(215, 72)
        self.schedule(230, cron=True)
        self.outage("a", 240, 26, "refused")
        self.clock_is_wrong(255, 4, -2 * hours)
        self.reset("a", 262)
        self.machine_sleeps(268, 7)
        self.schedule(290, cron=False)
        self.archive_is_full(296, 8)
        self.outage("b", 310, 12, "refused")
        self.outage("a", 322, 40, "503")
        self.clock_is_wrong(330, 3, 2 * hours)

    def _tell_some_weeks(self) -> None:
        hours = timedelta(hours=1)
        self.outage("a", 2, 24, "503")
        self.clock_is_wrong(4, 6, 2 * hours)
        self.machine_sleeps(5, 10)
        self.mistake(6, 7)
        self.redesign("a", 8, 2)
        self.outage("b", 11, 24, "maintenance")
        self.clock_is_wrong(13, 5, -2 * hours)
        self.reset("a", 14)
        self.outage("b", 15, 20, "refused")
        self.disk_is_full(17, 16)
        self.clock_is_days_ahead(19, "b")

    def outage(self, portal: str, day: float, hours: int, how: str, *, wrong: int = 0) -> None:
        """Let a portal be out of order; ``wrong``: by so much may the clock be ahead that tells of it."""
        site, begin = self.world.sites[portal], self.moment(day)
        end = begin + hours * HOUR
        self.world.at(begin, lambda: site.goes_down(how))
        self.world.at(end, site.comes_back)
        self._leave_alone(portal, begin, end)
        cause = "blocked" if how == "maintenance" else "unreachable"
        # The third poll in a row tells it; a silent host is then left alone for six hours at most.
        needed = 3 * self._every + 2 * HOUR
        self._expect(
            cause,
            portal,
            begin,
            end,
            opens=needed + wrong,
            closes=6 * HOUR + 2 * self._every,
            certain=end - begin > needed,
        )

    def _expect(
        self,
        cause: str,
        portal: str | None,
        begin: int,
        end: int,
        *,
        opens: int,
        closes: int,
        certain: bool = True,
        section: str | None = None,
    ) -> None:
        named = None if section is None else f"{portal}/{section}"
        self.expected.append(Expected(cause, portal, named, (begin, begin + opens), (end, end + closes), certain))

    def clock_is_wrong(self, day: float, hours: int, step: timedelta) -> None:
        """Set the clock, and set it right some hours later."""
        world, begin = self.world, self.moment(day)
        world.at(begin, world.when_alive(lambda: self._set_for(step, hours)))
        world.guarded.append((begin - HOUR, begin + (hours + 4) * HOUR))

    def _set_for(self, step: timedelta, hours: int) -> None:
        self.world.step(step)
        self.world.at(self.world.clock.elapsed + hours * HOUR, self.world.when_alive(lambda: self.world.step(-step)))

    def clock_is_days_ahead(self, day: float, portal: str) -> None:
        """Set the clock ahead by three days while a portal is down, and set it right five hours later."""
        world, begin, ahead = self.world, self.moment(day), timedelta(days=3)
        self.outage(portal, day, 14, "503", wrong=3 * DAY)
        back = begin + 12 * HOUR
        world.at(begin + 7 * HOUR, world.when_alive(lambda: world.step(ahead)))
        world.at(back, world.when_alive(lambda: world.step(-ahead)))
        world.guarded.append((begin - HOUR, back + 20 * HOUR))
        world.days_ahead = (begin, back)
        for one in world.sites:
            self._untouched[one].append((begin - 5 * DAY, back + 4 * DAY))
        self._expect("clock", None, back, back + 2 * DAY, opens=HOUR, closes=2 * DAY)

    def machine_sleeps(self, day: float, hours: int) -> None:
        """Let the machine sleep."""
        begin = self.moment(day)
        self.world.at(begin, self.world.when_alive(lambda: self.world.sleeps(hours * HOUR)))
        self.world.guarded.append((begin - HOUR, begin + (hours + 2) * HOUR))

    def mistake(self, day: float, mended: float) -> None:
        """Let an operator make a mistake in the configuration, and mend it later."""
        world, begin, end = self.world, self.moment(day), self.moment(mended)
        world.at(begin, world.when_alive(lambda: world.reconfigure(Configuration(None, mistaken=True))))
        world.at(end, world.when_alive(lambda: world.reconfigure(world.configuration)))
        # A new start reads the configuration too: whoever mends it may as well have started the daemon anew.
        self._expect("configuration", None, begin, begin, opens=HOUR, closes=end - begin + HOUR)
        world.guarded.append((begin - HOUR, begin + 2 * HOUR))

    def schedule(self, day: float, *, cron: bool) -> None:
        """Go over to a cron expression in Berlin's time, or back to an interval."""
        world, every = self.world, self.world.every
        field = f"*/{every} * * * *" if every < 60 else f"0 */{every // 60} * * *"

        def anew() -> None:
            made = replace(world.configuration, every=None, cron=field, timezone="Europe/Berlin")
            if not cron:
                made = replace(world.configuration, every=every, cron=None, timezone="Asia/Ho_Chi_Minh")
            world.reconfigure(made)

        world.at(self.moment(day), world.when_alive(anew))

    def redesign(self, portal: str, day: float, days: int) -> None:
        """Build a portal's pages otherwise for good; the operator mends the profile some days later."""
        world, begin = self.world, self.moment(day)
        site, end = world.sites[portal], begin + days * DAY

        def anew() -> None:
            world.reconfigure(replace(world.configuration, mended=frozenset({portal})))

        def rebuilt() -> None:
            site.redesigned, site.rebuilt = True, (begin, end)

        world.at(begin, rebuilt)
        world.at(end, world.when_alive(anew))
        self._leave_alone(portal, begin, end)
        opens = 3 * self._every + 2 * HOUR
        self._expect(
            "layout_changed", portal, begin, end, opens=opens, closes=2 * self._every, section=SECTIONS[0].slug
        )
        # The looks at known bulletins meet their new pages too, which is a trouble of its own where they are enough.
        self._expect("layout_changed", portal, begin, end, opens=end - begin, closes=DAY, certain=False)

    def reset(self, portal: str, day: float) -> None:
        """Let a counter begin anew."""
        self.world.at(self.moment(day), self.world.sites[portal].counter_is_reset)

    def silence(self, portal: str, section: int, day: int, until: int) -> None:
        """Let nobody write in a section for a long time."""
        site, slug = self.world.sites[portal], SECTIONS[section].slug
        begin, end = self.moment(day), self.moment(until)

        def hush() -> None:
            site.silent = frozenset({slug})

        def speak() -> None:
            site.silent = frozenset()

        self.world.at(begin, hush)
        self.world.at(end, speak)
        # Daily sections are missed after two to four weeks; the first bulletin after it ends the silence.
        self._expect("quiet", portal, begin + 5 * DAY, end, opens=30 * DAY, closes=5 * DAY, section=slug)

    def disk_is_full(self, day: float, hours: int) -> None:
        """Let the kernel refuse what would make a file longer."""
        world, begin = self.world, self.moment(day)
        end = begin + hours * HOUR
        world.at(begin, world.when_alive(lambda: world.disk_is_full(full=True)))
        world.at(end, lambda: world.disk_is_full(full=False))
        world.guarded.append((begin - HOUR, end + 3 * HOUR))
        self._expect("archive", None, begin, end, opens=3 * self._every + HOUR, closes=2 * self._every + HOUR)

    def archive_is_full(self, day: float, hours: int) -> None:
        """Let SQLite find no room for another page, while bulletins come."""
        world, begin = self.world, self.moment(day)
        end = begin + hours * HOUR
        world.at(begin, world.when_alive(lambda: world.archive_is_full(full=True)))
        world.at(end, world.when_alive(lambda: world.archive_is_full(full=False)))
        for number in range(hours):
            for site in world.sites.values():
                world.at(begin + number * HOUR + MINUTE, site.publish)
        world.guarded.append((begin - HOUR, end + 3 * HOUR))
        self._expect("archive", None, begin, end, opens=end - begin, closes=2 * self._every + HOUR, certain=False)

    def away(self, day: float, hours: int) -> None:
        """Let no daemon be there for some days."""
        world = self.world

        def gone() -> None:
            world.stay_away(hours * HOUR)

        begin = self.moment(day)
        world.at(begin, world.when_alive(gone))
        for site in world.sites:
            self._leave_alone(site, begin, begin + hours * HOUR)

    def _leave_alone(self, portal: str, begin: int, end: int) -> None:
        """Let no editor touch what the collector may be kept from seeing until it is too old to be looked at."""
        if end - begin > 4 * DAY:
            self._untouched[portal].append((begin - 8 * DAY, end + DAY))

    # --- an office's day ------------------------------------------------------------------------------------------

    def moment(self, day: float, hour: float = 10 + 7 / 60) -> int:
        """Return when a day's hour is, in microseconds since the opening."""
        date = (OPENING + timedelta(days=int(day))).date()
        at = datetime.combine(date, time(0), LOCAL) + timedelta(hours=hour)
        return int((at - OPENING) / timedelta(microseconds=1))

    def _day(self, number: int) -> None:
        chance, world = self._chance, self.world
        date = (OPENING + timedelta(days=number)).date()
        free = date.weekday() >= 5 or date in self._holidays.days
        for site in world.sites.values():
            for hour in (8, 12, 17, 21):
                times = chance.randint(2, 12 if free else 30)
                world.at(self.moment(number, hour + chance.random()), partial(site.visited, times))
            if free:
                continue
            for section in SECTIONS[: site.sections]:
                if chance.random() < 0.85 and number < self.days - 2:
                    self._in_office(number, partial(site.publish_in, section.slug))
            doings: Sequence[tuple[float, Callable[[int], None]]] = [
                (0.4, site.edit), (0.12, site.delete), (0.08, site.restore),
            ]  # fmt: skip
            spans = [*self._untouched[site.id], ((self.days - CALM) * DAY, self.days * DAY)]
            for share, doing in doings:
                moment = self.moment(number, chance.uniform(8, 17))
                if chance.random() < share and not any(begin <= moment < end for begin, end in spans):
                    world.at(moment, partial(doing, moment - _TOUCHED * DAY))

    def _in_office(self, number: int, doing: Callable[[], None]) -> None:
        self.world.at(self.moment(number, self._chance.uniform(8, 17)), doing)
