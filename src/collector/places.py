"""Provinces and cities of the first rank through their changes. ``config`` reads them from ``places.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Place:
    """One province or city between two changes of its boundaries; the same name afterwards is another place."""

    id: str  #: ``soc-trang``; with the year where a name came again: ``can-tho-2025``
    name: str  #: as :attr:`collector.findings.Evidence.place` gives it: ``Sóc Trăng``
    kind: str  #: ``province`` or ``city``
    valid_from: date | None  #: its first day; None: before this list begins
    valid_to: date | None  #: its last day, inclusive; None: it goes on
    successor: str | None  #: id of the place that took all of it over; None: it goes on, or was divided
    source: str | None  #: the legal ground of its end; of one that goes on: of its beginning
