"""What web archives answer in place of an answer, told apart: throttled, excluded, broken."""

from __future__ import annotations

import json
import re
from typing import Any

from collector.errors import RobotsForbid, Unreachable
from collector.model import Page

#: The Wayback Machine's own words for a site that its owner or a robots.txt took out; they stand in a header, in the
#: body, or in what calls itself a result.
_EXCLUDED = re.compile(rb"AdministrativeAccessControlException|RobotAccessControlException|URL has been excluded")
_BY_ROBOTS = b"RobotAccessControlException"
_RUNTIME_ERROR = "x-archive-wayback-runtime-error"
#: 429, and 503 with "slow down" behind it; Common Crawl hands its storage's 503 on as a 500 that says so.
_SLOW_DOWN = re.compile(rb"slow\s*down|too many requests|rate limit", re.IGNORECASE)
_THROTTLED = frozenset({429, 503, 509})
_SERVER_ERROR = 500
#: Of an error page, what is looked through.
_HEAD = 4096


def exclusion(page: Page) -> str | None:
    """Return ``robots`` or ``excluded`` where the archive says that it gives a site to nobody."""
    text = page.headers.get(_RUNTIME_ERROR, "").encode() + page.body[:_HEAD]
    if not _EXCLUDED.search(text):
        return None
    return "robots" if _BY_ROBOTS in text else "excluded"


def no_answer(page: Page, what: str) -> Unreachable:
    """Return what to raise for an answer that is none: ``throttled`` or ``broken``; ``what`` was asked for."""
    if page.status in _THROTTLED or (page.status >= _SERVER_ERROR and _SLOW_DOWN.search(page.body[:_HEAD])):
        return Unreachable(
            f"{what} answers {page.status}: it asks us to slow down; go on later with the same command",
            cause="throttled",
            url=page.url,
        )
    return broken(page, what, f"it answers {page.status}")


def broken(page: Page, what: str, why: str) -> Unreachable:
    """Return what to raise for an answer that cannot be what was asked for."""
    return Unreachable(
        f"{what} gave no answer: {why}; that says nothing of what is there", cause="broken", url=page.url
    )


def refuse_excluded(page: Page, what: str, prefix: str) -> None:
    """Raise where an index says that a site is given to nobody.

    Raises:
        RobotsForbid: so it is.
    """
    cause = exclusion(page)
    if cause is not None:
        why = "a robots.txt asked for it" if cause == "robots" else "its owner or the archive took it out"
        raise RobotsForbid(f"{what} gives {prefix} to nobody: {why}", cause=cause, url=page.url)


def parsed(page: Page, text: str, what: str) -> Any:
    """Return what a JSON answer says.

    Raises:
        Unreachable: ``broken``: it is none, or it was cut in its middle.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        begins = " ".join(text[:60].split())
        raise broken(page, what, f"not JSON, or cut off: {begins!r}") from error
