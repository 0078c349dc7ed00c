"""Watching over runs and the machine: troubles are counted, incidents opened, told, remembered, closed.

A look at things (``after_run``, ``note``, ``clear``) ─ the plan says what changes ─ the book in memory ─ written down
in one transaction ─ the log. ``settle`` sends what is outstanding and marks it as told.

The book is what counts within a process, and the archive is its copy: an archive that cannot be written is a trouble
to be told like any other, and what happened meanwhile is written once it can be. What was opened and not told, or
closed and not told, is told after a restart: a message may come twice after a kill, never not at all.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from collector.alerting import Delivery
from collector.archive import Archive
from collector.errors import ArchiveError
from collector.incident import Brewing, Incident, Trouble
from collector.model import RunReport, Verdict
from collector.plan import incidents as plan
from collector.plan.incidents import Notice
from collector.plan.troubles import Key, finding, key_of

_log = structlog.get_logger()

#: Sends notices as one message, and says for each address what became of it; none: the log is all there is.
Tell = Callable[[Sequence[Notice]], Sequence[Delivery]]

#: Notices of one message: ten portals behind one dead line are two messages, and none is too long for a chat.
_BUNDLE = 5


class Watch:
    """The incidents of an archive; several portals' threads may call it."""

    def __init__(
        self,
        archive: Archive | None,
        tell: Tell,
        *,
        strikes: int,
        remind: float,
        now: Callable[[], datetime],
        failing: Collection[str] = (),
    ) -> None:
        """Begin with what the archive remembers.

        Args:
            archive: None: there is none yet, see :meth:`use`.
            tell: how notices are sent.
            strikes: so many looks in a row that see a trouble make an incident of it.
            remind: seconds from the opening's message to the first reminder; 0: none.
            now: the time, UTC.
            failing: addresses whose failure was logged already (:attr:`failing`).
        """
        self._archive, self._tell, self._now = archive, tell, now
        self._strikes, self._remind = strikes, timedelta(seconds=remind)
        self._guard = threading.RLock()  # the book
        self._sending = threading.Lock()
        self._numbers = itertools.count()
        self._incidents: dict[int, Incident] = {}  # by a number of our own: an unwritten one has no id
        self._brewing: dict[Key, Brewing] = {}
        self._unwritten: set[int] = set()
        self._unwritten_keys: set[Key] = set()
        self._read = self._unwritable = False
        self._logged: set[tuple[int, str, int]] = set()
        self._failing = set(failing)
        with self._guard:
            self._write()

    @property
    def failing(self) -> frozenset[str]:
        """The addresses, redacted, that took no message lately."""
        return frozenset(self._failing)

    # --- looks --------------------------------------------------------------------------------------------------------

    def after_run(self, report: RunReport) -> None:
        """Take in what a poll over all sections of a portal shows and proves; its report was written."""
        found = finding(report)
        written: set[Key] = set() if report.verdict is Verdict.INTERRUPTED else {(None, None, "archive")}
        self._look(found.seen, found.absent | written)

    def note(self, trouble: Trouble) -> None:
        """Take in a trouble that was found elsewhere than in a run."""
        self._look([trouble], ())

    def clear(self, cause: str, portal: str | None = None, section: str | None = None) -> None:
        """Take in that a trouble is proven absent."""
        self._look([], [(portal, section, cause)])

    def use(self, archive: Archive | None) -> None:
        """Go on with another connection, or another archive; None: with the book alone until there is one."""
        with self._guard:
            self._archive, self._read = archive, False
            self._unwritten |= self._incidents.keys()
            self._unwritten_keys |= self._brewing.keys()
            self._write()

    def change(self, *, tell: Tell, strikes: int, remind: float) -> None:
        """Go by another configuration from now on."""
        with self._guard:
            self._tell, self._strikes, self._remind = tell, strikes, timedelta(seconds=remind)
            self._failing.clear()

    def open(self) -> list[Incident]:
        """Return the incidents that are open, the oldest first, those among them that could not be written yet."""
        with self._guard:
            found = [one for one in self._incidents.values() if one.closed_at is None]
        return sorted(found, key=lambda one: one.first_at)

    def _look(self, seen: Iterable[Trouble], absent: Collection[Key]) -> None:
        with self._guard:
            if not self._read:
                self._write()  # a book that was never read would count from nothing
            changes = plan.observed(
                seen,
                absent,
                at=self._now(),
                brewing=self._brewing,
                incidents=list(self._incidents.values()),
                strikes=self._strikes,
            )
            by_key = {key_of(one.trouble): number for number, one in self._incidents.items() if one.closed_at is None}
            for key in changes.forgotten:
                del self._brewing[key]
            for brewing in changes.brewing:
                self._brewing[key_of(brewing.trouble)] = brewing
            self._unwritten_keys |= {*changes.forgotten, *(key_of(one.trouble) for one in changes.brewing)}
            opened = [self._put(next(self._numbers), one) for one in changes.opened]
            closed = [self._put(by_key[key_of(one.trouble)], one) for one in changes.closed]
            for one in changes.seen:
                self._put(by_key[key_of(one.trouble)], one)
            if self._unwritten or self._unwritten_keys:
                self._write()
            for number in opened:
                self._say("opened", number)
            for number in closed:
                self._say("recovered", number)

    # --- telling ------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Send what is outstanding; what nobody took is sent again at the next call."""
        if not self._sending.acquire(blocking=False):
            return  # somebody is at it
        try:
            while self._send_some():
                pass
        finally:
            self._sending.release()

    def _send_some(self) -> bool:
        """Send one message, and say whether there may be more to send."""
        with self._guard:
            if not self.written:
                self._write()
            due = self._due()[:_BUNDLE]
            tell = self._tell
            for number, notice in due:
                self._say(notice.kind, number)
        if not due:
            return False
        # Not under the guard: a server that hangs must not stop the polls.
        if not self._taken(tell, [notice for _, notice in due]):
            return False
        with self._guard:
            for number, notice in due:
                if number not in self._incidents:
                    continue
                self._put(number, plan.told(self._incidents[number], notice.kind, self._now()))
            self._write()
        return True

    def _due(self) -> list[tuple[int, Notice]]:
        now = self._now()
        notices = (
            (number, plan.notice_due(one, remind=self._remind, now=now)) for number, one in self._incidents.items()
        )
        return [(number, notice) for number, notice in notices if notice is not None]

    def _taken(self, tell: Tell, notices: Sequence[Notice]) -> bool:
        """Send, and say whether one address at least took it: a dead one must not make the others ring for ever."""
        try:
            deliveries = tell(notices)
        except Exception as error:  # noqa: BLE001 - a bug in the telling must not stop the polls
            deliveries = [Delivery("", f"{type(error).__name__}: {error}")]
        for one in deliveries:
            if one.error is None:
                self._failing.discard(one.address)
            elif one.address not in self._failing:
                self._failing.add(one.address)
                _log.warning("an alert could not be sent, it is tried again", address=one.address, error=one.error)
        return not deliveries or any(one.error is None for one in deliveries)

    def _say(self, kind: str, number: int) -> None:
        incident = self._incidents[number]
        mark = (number, kind, incident.reminders)
        if mark in self._logged:
            return
        self._logged.add(mark)
        say, event = {
            "opened": (_log.error, "incident opened"),
            "reminder": (_log.warning, "incident still open"),
            "recovered": (_log.info, "incident closed"),
        }[kind]
        where = {"portal": incident.trouble.portal, "section": incident.trouble.section}
        say(
            event,
            **{name: value for name, value in where.items() if value is not None},
            cause=incident.trouble.cause,
            incident=incident.id,
            since=incident.first_at.isoformat(timespec="seconds"),
            strikes=incident.strikes,
            detail=incident.trouble.detail,
        )

    @property
    def written(self) -> bool:
        """Whether the archive has all that the book has."""
        with self._guard:
            return self._read and not (self._unwritten or self._unwritten_keys)

    def silent_until(self) -> datetime | None:
        """Return until when there is nothing to send; a moment that has passed: there is something now."""
        with self._guard:
            if self._due():
                return self._now()
            at = (plan.reminder_at(one, remind=self._remind) for one in self._incidents.values())
            return min((one for one in at if one is not None), default=None)

    # --- the book -----------------------------------------------------------------------------------------------------

    def _put(self, number: int, incident: Incident) -> int:
        self._incidents[number] = incident
        self._unwritten.add(number)
        return number

    def _write(self) -> None:
        """Write down what is new; where that cannot be, it stays in the book."""
        if self._archive is None:
            return
        try:
            if not self._read:
                self._join(self._archive)
            numbers, keys = sorted(self._unwritten), sorted(self._unwritten_keys, key=repr)
            ids = self._archive.incidents.keep(
                [self._incidents[number] for number in numbers],
                [self._brewing[key] for key in keys if key in self._brewing],
                [key for key in keys if key not in self._brewing],
            )
        except ArchiveError as error:
            if not self._unwritable:
                _log.warning("incidents are kept in memory until the archive can be written", error=str(error))
            self._unwritable = True
            return
        self._unwritable = False
        self._unwritten_keys.clear()
        for number, row in zip(numbers, ids, strict=True):
            if row is not None:
                self._incidents[number] = replace(self._incidents[number], id=row)
                self._unwritten.discard(number)
        self._leave_out_the_old()

    def _join(self, archive: Archive) -> None:
        """Take from an archive what the book does not have; where both know a trouble, the book is newer."""
        brewing = archive.incidents.brewing()
        incidents = archive.incidents.watched(self._now() - plan.RELAPSE)
        have = {(one.id, key_of(one.trouble)) for one in self._incidents.values()}
        open_keys = {key_of(one.trouble) for one in self._incidents.values() if one.closed_at is None}
        for incident in incidents:
            key = key_of(incident.trouble)
            if (incident.id, key) not in have and not (incident.closed_at is None and key in open_keys):
                self._incidents[next(self._numbers)] = incident
                open_keys |= {key} if incident.closed_at is None else set()
        for one in brewing:
            key = key_of(one.trouble)
            if key in open_keys:
                self._unwritten_keys.add(key)  # it has become an incident meanwhile
            elif key not in self._brewing and key not in self._unwritten_keys:
                self._brewing[key] = one
        self._read = True

    def _leave_out_the_old(self) -> None:
        """Forget what is over, told and no relapse's ground any more: a year must not make the book grow."""
        now = self._now()
        for number, one in list(self._incidents.items()):
            settled = one.told_at is None or one.recovery_told_at is not None
            if one.closed_at and settled and number not in self._unwritten and not plan.is_recent(one, now):
                del self._incidents[number]
        self._logged = {mark for mark in self._logged if mark[0] in self._incidents}
