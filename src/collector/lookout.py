"""What a poll, the clock, the archive and the configuration come to for those who are to be told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from collector.archive import Archive
from collector.freshness import quiet_sections
from collector.holidays import Holidays
from collector.incident import Trouble
from collector.model import RunReport, Verdict
from collector.plan import Quiet
from collector.plan.troubles import key_of
from collector.profile import Profile
from collector.watch import Tell, Watch


@dataclass(frozen=True, slots=True)
class Telling:
    """When somebody is told, how, and by which calendar a silence is judged."""

    tell: Tell
    strikes: int
    remind: float  #: seconds; 0: never
    holidays: Holidays
    timezone: str  #: an IANA name


class Lookout:
    """Notes troubles and their ends; several portals' threads may call it."""

    def __init__(
        self,
        archive: Archive,
        telling: Telling,
        now: Callable[[], datetime],
        profiles: Sequence[Profile],
        *,
        judged: Mapping[str, date] | None = None,
        failing: Collection[str] = (),
    ) -> None:
        """Go on with what the archive remembers, but for what a new start has settled.

        Args:
            archive: where incidents are kept.
            telling: what the configuration says.
            now: the time, UTC.
            profiles: of the portals that are polled.
            failing: addresses whose failure another lookout has logged (:attr:`failing`).
            judged: what another lookout of the same daemon had judged (:attr:`judged`); None: this is a new start.
        """
        self._archive, self._telling, self._now = archive, telling, now
        self._watch = Watch(
            archive, telling.tell, strikes=telling.strikes, remind=telling.remind, now=now, failing=failing
        )
        self.judged = dict(judged or {})  #: by portal: the day whose silence was judged last
        if judged is None:
            # Whoever starts has accepted the configuration; and it may be mended by a new start as well as a reload.
            self.state("configuration", None)
            self._leave_out_all_but(profiles)

    @property
    def failing(self) -> frozenset[str]:
        """The addresses, redacted, that took no message lately."""
        return self._watch.failing

    def polled(self, profile: Profile, report: RunReport) -> None:
        """Take in a poll whose report was written.

        Raises:
            ArchiveError: the days of publication cannot be read.
        """
        self._watch.after_run(report)
        if report.verdict in {Verdict.UNREACHABLE, Verdict.INTERRUPTED}:
            return
        today = self._now().astimezone(ZoneInfo(self._telling.timezone)).date()
        # What was published ends a silence at once; its beginning is a matter of days, and costs 0.1 s to find.
        if report.added or self.judged.get(profile.id) != today:
            self._judge_silence(profile, today)
            self.judged[profile.id] = today

    def state(self, cause: str, wrong: str | None) -> None:
        """Note what is wrong with the ``archive``, the ``clock`` or the ``configuration``; None: nothing any more."""
        if wrong is None:
            self._watch.clear(cause)
        else:
            self._watch.note(Trouble(cause, wrong))

    def crashed(self, portal: str, detail: str) -> None:
        """Note that a bug of ours, or a lack of memory or files, ended a poll without a report."""
        self._watch.note(Trouble("crashed", detail, portal))

    def settle(self) -> None:
        """Send what is outstanding, as long as that takes."""
        self._watch.settle()

    @property
    def written(self) -> bool:
        """Whether the archive has all that is known of troubles."""
        return self._watch.written

    def silent_until(self) -> datetime | None:
        """Return until when there is nothing to tell; None: for ever, by what is known now."""
        return self._watch.silent_until()

    def change(self, telling: Telling, profiles: Sequence[Profile]) -> None:
        """Go by another configuration from now on: what is not polled any more troubles nobody."""
        self._telling = telling
        self._watch.change(tell=telling.tell, strikes=telling.strikes, remind=telling.remind)
        self._leave_out_all_but(profiles)

    def _leave_out_all_but(self, profiles: Sequence[Profile]) -> None:
        portals = {profile.id for profile in profiles}
        sections = {f"{profile.id}/{section.id}" for profile in profiles for section in profile.sections}
        for incident in self._watch.open():
            portal, section, cause = key_of(incident.trouble)
            if portal is not None and (portal not in portals or (section is not None and section not in sections)):
                self._watch.clear(cause, portal, section)

    def use(self, archive: Archive) -> None:
        """Read the incidents anew from an archive that was opened anew: it may be a backup."""
        self._watch.use(archive)

    def _judge_silence(self, profile: Profile, today: date) -> None:
        sections = [f"{profile.id}/{section.id}" for section in profile.sections]
        found = quiet_sections(self._archive, profile.id, today, self._telling.holidays, sections=set(sections))
        silent = {one.section: one for one in found}
        # A portal of which every section is silent has closed, or nobody works there: that is one incident. Those that
        # were told of before stay open beside it: to say that they are over would be a lie.
        whole = len(silent) == len(sections) > 1
        known = {one.trouble.section for one in self._watch.open() if one.trouble.cause == "quiet"}
        if whole:
            latest = max(found, key=lambda one: one.since)
            self._watch.note(Trouble("quiet", f"all {len(sections)} sections: {_told(latest)}", profile.id))
        else:
            self._watch.clear("quiet", profile.id)
        for section in sections:
            if section not in silent:
                self._watch.clear("quiet", profile.id, section)
            elif not whole or section in known:
                self._watch.note(Trouble("quiet", _told(silent[section]), profile.id, section))


def _told(quiet: Quiet) -> str:
    return (
        f"nothing since {quiet.since}, {quiet.working_days} working days; {quiet.usual} were the longest silence, "
        f"and something was to be expected by {quiet.expected_by}"
    )
