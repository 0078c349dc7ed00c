"""Which of a portal's layouts a page is built in: today's, or one of its past.

The order of asking, which ends at the first answer:

1. a layout whose span holds the page's local day and whose ``marks`` are on the page, in the profile's order;
2. the layout without marks whose span holds the day (the configuration sees to it that there is one at most);
3. the layout of today, the profile's own selectors.

A layout so chosen that does not fill the page was chosen wrongly: web archives capture late, and the day on which a
portal was rebuilt is somebody's guess. Then

4. the layouts that are told by marks (their own, else those of their ``[recognise]``) are asked whatever their span, in
   the profile's order, and the layout of today after them: the first whose marks are on the page and which fills it;
5. if none does, it stays with the first answer, and reading says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from collector.dom import Document
from collector.model import Page
from collector.profile import LayoutProfile, Profile, RecogniseProfile

Fills = Callable[[Profile], bool]


def layout_of(page: Page, document: Document, profile: Profile, fills: Fills) -> LayoutProfile | None:
    """Return the layout of the past that a page is built in; None: today's.

    ``fills`` says whether a profile's selectors find what the page's address promises.
    """
    day = page.fetched_at.astimezone(ZoneInfo(profile.timezone)).date()
    chosen = _by_marks_and_day(document, profile, day)
    if fills(laid(profile, chosen)):
        return chosen
    for layout in _told_by_marks(document, profile):
        if layout != chosen and fills(laid(profile, layout)):
            return layout
    return chosen


def laid(profile: Profile, layout: LayoutProfile | None) -> Profile:
    """Return the profile as it reads a page of a layout; addresses and hosts stay those of all times."""
    if layout is None:
        return profile
    return replace(
        profile,
        family=layout.family or profile.family,
        listing=layout.listing,
        pager=layout.pager,
        article=layout.article,
        visits=layout.visits,
        recognise=layout.recognise,
    )


def _by_marks_and_day(document: Document, profile: Profile, day: date) -> LayoutProfile | None:
    then = [layout for layout in profile.layouts if _holds(layout, day)]
    marked = (layout for layout in then if layout.marks and _shows(document, layout.marks, layout.needed))
    unmarked = (layout for layout in then if not layout.marks)
    return next(marked, None) or next(unmarked, None)


def _told_by_marks(document: Document, profile: Profile) -> Iterator[LayoutProfile | None]:
    for layout in profile.layouts:
        told = RecogniseProfile(layout.marks, layout.needed) if layout.marks else layout.recognise
        if told.marks and _shows(document, told.marks, told.needed):
            yield layout
    # Today's layout may have no marks: that its selectors fill must do.
    if _shows(document, profile.recognise.marks, profile.recognise.needed if profile.recognise.marks else 0):
        yield None


def _holds(layout: LayoutProfile, day: date) -> bool:
    return (layout.valid_from or day) <= day <= (layout.valid_to or day)


def _shows(document: Document, marks: tuple[str, ...], needed: int) -> bool:
    return sum(1 for mark in marks if document.every(mark)) >= needed
