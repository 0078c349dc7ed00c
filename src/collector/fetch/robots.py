"""robots.txt as RFC 9309 and our manners have it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from protego import Protego

from collector.model import RobotsCopy

#: The product token that robots.txt addresses us by.
AGENT = "collector"
#: RFC 9309, 2.4: a copy should not be used for longer than 24 hours.
FRESH = timedelta(hours=24)
#: Of a file beyond 500 KiB the rest may be ignored (RFC 9309, 2.5).
LIMIT = 512 * 1024
#: A crawl-delay above this is taken as this: a poll of a few pages would not end within its interval, and who wants no
#: visits at all has Disallow to say so.
LONGEST_DELAY = 120.0


class Rules:
    """What one copy of a robots.txt allows; anything but a 2xx answer has no rules (4xx: RFC 9309, 2.3.1.3)."""

    def __init__(self, copy: RobotsCopy) -> None:
        text = copy.body[:LIMIT].decode("utf-8-sig", errors="replace")
        # A portal that answers every unknown address with its home page has no rules.
        if not 200 <= copy.status < 300 or text.lstrip().startswith("<"):  # noqa: PLR2004
            text = ""
        if len(copy.body) >= LIMIT:
            text = text.rpartition("\n")[0]  # half of "Disallow: /private" is "Disallow: /"
        self._rules = Protego.parse(text)

    def allow(self, url: str) -> bool:
        """Say whether we may fetch this address."""
        return bool(self._rules.can_fetch(url, AGENT))

    def delay(self, now: datetime) -> float:
        """Seconds asked for between two requests, from crawl-delay and request-rate; 0 when none is."""
        asked = float(self._rules.crawl_delay(AGENT) or 0)
        rate = self._rules.request_rate(AGENT)
        if rate is not None and rate.requests and _within(rate.start_time, rate.end_time, now):
            asked = max(asked, rate.seconds / rate.requests)
        return min(asked, LONGEST_DELAY)

    def opens(self, now: datetime) -> str | None:
        """Return None within the visit-time (UTC), else when it opens, as ``HH:MM``."""
        window = self._rules.visit_time(AGENT)
        if window is None or _within(window.start_time, window.end_time, now):
            return None
        return f"{window.start_time:%H:%M}"


def _within(start: time | None, end: time | None, now: datetime) -> bool:
    """Say whether it is between two times of the day, the last minute included; a window may lie over midnight."""
    if start is None or end is None or start == end:
        return True
    clock = now.time().replace(second=0, microsecond=0)
    return start <= clock <= end if start < end else clock >= start or clock <= end
