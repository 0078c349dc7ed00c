"""The days on which offices publish nothing, weekends aside. ``config`` reads them from ``holidays.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Holidays:
    """What a calendar knows: whole years from ``first_year`` to ``last_year``, of the others the fixed days only."""

    first_year: int
    last_year: int  #: inclusive; what the moon decides is not known of later ones
    days: frozenset[date]  #: of the known years: Tết and the slow days after it, holidays, and days off for holidays
    yearly: frozenset[tuple[int, int]]  #: (month, day) of the holidays that are the same in every year
