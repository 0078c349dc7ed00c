"""Which sections of a portal are silent for longer than they use to be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from collector import plan
from collector.archive import Archive
from collector.holidays import Holidays


def silences(archive: Archive, portal: str, today: date, holidays: Holidays) -> dict[str, plan.Silence]:
    """Return how long each section of a portal has been silent, by its id; those without any bulletin are left out.

    Silence is counted up to the day on which a section's listing was read last: where polls fail, nobody knows whether
    it is silent. So an outage makes no section quiet, and one that was quiet before stays so.

    Args:
        archive: the archive, read only.
        portal: its id.
        today: the local day.
        holidays: the calendar.
    """
    found = {
        one.section: plan.silence(one.days, min(one.seen_on, today), holidays)
        for one in archive.freshness.sections(portal)
        if one.seen_on is not None
    }
    return {section: one for section, one in found.items() if one is not None}


def quiet_sections(
    archive: Archive, portal: str, today: date, holidays: Holidays, *, sections: Collection[str] | None = None
) -> list[plan.Quiet]:
    """Return the sections of a portal that have published nothing for unusually long, by their ids.

    Args:
        archive: the archive, read only.
        portal: its id.
        today: the local day.
        holidays: the calendar.
        sections: full ids (``portal/section``) of those that are still polled; None: all that ever were.
    """
    found = (
        plan.quiet(section, silence)
        for section, silence in silences(archive, portal, today, holidays).items()
        if sections is None or section in sections
    )
    return [one for one in found if one is not None]
