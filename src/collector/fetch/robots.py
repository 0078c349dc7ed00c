"""robots.txt as RFC 9309 and our manners have it."""

from __future__ import annotations

from datetime import datetime, timedelta

from protego import Protego

from collector.model import RobotsCopy

#: The product token that robots.txt addresses us by.
AGENT = "collector"
#: RFC 9309, 2.4: a copy should not be used for longer than 24 hours.
FRESH = timedelta(hours=24)
#: Of a file beyond 500 KiB the rest may be ignored (RFC 9309, 2.5).
LIMIT = 512 * 1024
#: A crawl-delay above this is taken as this: the poll of a few pages would not end within its interval.
LONGEST_DELAY = 120.0


class Rules:
    """What one copy of a robots.txt allows."""

    def __init__(self, copy: RobotsCopy) -> None:
        text = copy.body[:LIMIT].decode("utf-8-sig", errors="replace")
        # A portal that answers every unknown address with its home page has no rules.
        if copy.status != 200 or "<html" in text[:2000].lower():  # noqa: PLR2004
            text = ""
        self._rules = Protego.parse(text)

    def allow(self, url: str) -> bool:
        """Say whether we may fetch this address."""
        return bool(self._rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds asked for between two requests, from crawl-delay and request-rate; 0 when none is."""
        asked = float(self._rules.crawl_delay(AGENT) or 0)
        rate = self._rules.request_rate(AGENT)
        if rate is not None and rate.requests:
            asked = max(asked, rate.seconds / rate.requests)
        return min(asked, LONGEST_DELAY)

    def opens(self, now: datetime) -> str | None:
        """Return None within the visit-time (UTC), else when it opens, as ``HH:MM``."""
        window = self._rules.visit_time(AGENT)
        if window is None or window.start_time == window.end_time:
            return None
        clock = now.time()
        if window.start_time < window.end_time:
            inside = window.start_time <= clock <= window.end_time
        else:
            inside = clock >= window.start_time or clock <= window.end_time
        return None if inside else f"{window.start_time:%H:%M}"
