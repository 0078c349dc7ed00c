"""The visit counter that such portals print on every page, under ``Thống kê truy cập``."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Visits:
    """What the counter prints."""

    online: int
    today: int
    week: int
    total: int


#: The numbers that stand on the page that the user gave.
SEED_VISITS = Visits(online=47, today=974, week=7286, total=1204369)


class VisitCounter:
    """Counts page views on top of where it stood at the opening: the first page shows those very numbers.

    ``today`` starts again on another day, ``week`` on another ISO week. A frozen counter counts nothing.
    """

    def __init__(self, opening: Visits = SEED_VISITS, *, frozen: bool = False) -> None:
        self.frozen = frozen
        self._next = opening
        self._day: date | None = None
        self._lock = threading.Lock()

    def view(self, day: date) -> Visits:
        """Count one page view on ``day`` and return what that page prints."""
        with self._lock:
            if self.frozen:
                return self._next
            if self._day is not None and day != self._day:
                same_week = day.isocalendar()[:2] == self._day.isocalendar()[:2]
                self._next = replace(self._next, today=1, week=self._next.week if same_week else 1)
            self._day = day
            shown = self._next
            # Own views are visible in all but ``online``, as on the real page.
            self._next = replace(shown, today=shown.today + 1, week=shown.week + 1, total=shown.total + 1)
            return shown

    def reset(self, to: Visits | None = None) -> None:
        """Set the counter back, as happens when a portal is moved: to ``to``, else to its first visitor."""
        with self._lock:
            self._next = to or Visits(online=1, today=1, week=1, total=1)
