"""The values that a configuration is made of, each with its own rule; every refusal says what was expected.

A validator here raises ``ValueError`` with a whole sentence for the user; ``mistakes`` adds file and key.
"""

from __future__ import annotations

import ipaddress
import math
import re
import unicodedata
import warnings
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from apscheduler.triggers.cron import CronTrigger
from pydantic import AfterValidator, BeforeValidator

from collector.dom import selector_error

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
#: Beyond a year a duration is a slip of the keyboard, and timers overflow.
_LONGEST = 366 * 24 * 3600
#: Python refuses to print an int of more than 4,300 digits, which TOML can write in hexadecimal.
_TOO_LONG_TO_SHOW = 10**30
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: A weekday by number: ``1-5``, ``0``, ``*/2``; the step of ``mon-fri/2`` is none.
_NUMBERED_WEEKDAY = re.compile(r"(?<![/0-9])[0-9]|\*/")


def shown(value: object) -> str:
    """Name a TOML value in a message: ``the number 3``, ``"abc"``, ``a list``."""
    match value:
        case bool():
            return str(value).lower()
        case int() if abs(value) >= _TOO_LONG_TO_SHOW:
            return "a number of more than 30 digits"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'  # noqa: PLR2004
        case list() | tuple():
            return "a list" if value else "an empty list"
        case dict():
            return "a table"
        case datetime() | date() | time():
            return f"the date {value}"
        case _:
            return "nothing" if value is None else str(value)


def duration(value: object) -> float:
    """Return the seconds of ``45``, ``"45s"``, ``"30m"`` or ``"2h"``.

    >>> duration("1.5h"), duration(2)
    (5400.0, 2.0)

    Raises:
        ValueError: anything else, below zero, or longer than a year.
    """
    wanted = f'expected a number of seconds or a duration like "45s", "30m" or "2h", found {shown(value)}'
    if isinstance(value, str):
        parts = _DURATION.fullmatch(value.strip())
        if parts is None:
            raise ValueError(wanted)
        seconds = float(parts[1]) * _SECONDS[parts[2]]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        # An int of a thousand digits is valid TOML, and no float.
        seconds = float(value) if 0 <= value <= _LONGEST else math.inf
    else:
        raise ValueError(wanted)  # noqa: TRY004 - pydantic collects ValueErrors, and lets TypeErrors through
    if not 0 <= seconds <= _LONGEST:
        raise ValueError(f"expected between 0 seconds and a year, found {shown(value)}")
    return seconds


def _more_than_zero(seconds: float) -> float:
    if seconds == 0:
        raise ValueError("expected more than 0 seconds")
    return seconds


def time_zone(name: str) -> str:
    """Return an IANA zone's name if the system or ``tzdata`` knows it.

    Raises:
        ValueError: unknown; the nearest known name is proposed.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(name, available_timezones(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"expected a time zone like Asia/Ho_Chi_Minh, found {shown(name)}{hint}") from None
    return name


def cron(expression: str) -> str:
    """Return a five-field cron expression that APScheduler reads as its author means it.

    Raises:
        ValueError: it cannot be read, never comes due, or names weekdays by number: APScheduler 3 counts them from
            Monday = 0, cron from Sunday = 0, so that its ``1-5`` is Tuesday to Saturday.
    """
    fields = expression.split()
    if len(fields) != 5:  # noqa: PLR2004
        raise ValueError(f"expected five fields (minute hour day month weekday), found {shown(expression)}")
    if _NUMBERED_WEEKDAY.search(fields[4]):
        raise ValueError(
            f"expected weekdays by name, for instance mon-fri, found {shown(fields[4])}: cron counts them from Sunday, "
            "the scheduler from Monday (its 1-5 is Tuesday to Saturday)"
        )
    try:
        trigger = CronTrigger.from_crontab(" ".join(fields), timezone=UTC)
    except ValueError as error:
        raise ValueError(f"expected a cron expression, found {shown(expression)}: {error}") from None
    # A leap year's first day: what does not come due from here never does.
    if trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise ValueError(f"expected a day that exists, found {shown(expression)}, which never comes due")
    return " ".join(fields)


def _text(value: str) -> str:
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        raise ValueError("expected some text, found none")
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError("expected one line of text, found a line break or another control character")
    return text


def is_identifier(value: str) -> bool:
    """Tell whether a text can be an id; ids are file names too, so that none leads out of its folder."""
    return _ID.fullmatch(value) is not None


def _identifier(value: str) -> str:
    if not is_identifier(value):
        raise ValueError(f"expected an id of letters, digits, '.', '-' and '_', found {shown(value)}")
    return value


def _header_text(value: str) -> str:
    # It goes into the User-Agent, where HTTP allows nothing else.
    if not value.isascii() or (value and not value.isprintable()):
        raise ValueError(f"expected plain ASCII (it is sent in the User-Agent), found {shown(value)}")
    return value.strip()


def address(value: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """Return an absolute address.

    Raises:
        ValueError: another scheme, no host, a bad port, or white space.
    """
    wanted = f"expected an address beginning with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    try:
        parts = urlsplit(value)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", value):
        raise ValueError(f"{wanted}, found {shown(value)}")
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(address(value))
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"expected an address without user, query and fragment, found {shown(value)}")
    # Without the slash a relative section address would replace the last segment instead of following it.
    return value if value.endswith("/") else f"{value}/"


def _relative_address(value: str) -> str:
    if not value or re.search(r"\s", value):
        raise ValueError(f'expected an address relative to base_url ("/" is the home page), found {shown(value)}')
    return value


def _host(value: str) -> str:
    wanted = f"expected a host or host:port, without scheme and path, found {shown(value)}"
    try:
        parts = urlsplit(f"//{value}")
        usable = bool(parts.hostname) and parts.netloc == value and "@" not in value and parts.port != 0
        if value.startswith("["):
            ipaddress.IPv6Address(parts.hostname)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s*_%,]", value):
        raise ValueError(wanted)
    return value.lower()


def _notification(value: str) -> str:
    # Apprise's own forms: mailto://…, json://…, tgram://…; which services there are is for it to say.
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", value, re.IGNORECASE):
        raise ValueError("expected a notification address like mailto://user:password@example.vn (see Apprise)")
    return value


def _selector(value: str) -> str:
    if selector_error(value) is not None:
        raise ValueError(f"expected a CSS selector, found {shown(value)}")
    return value


def _identity_pattern(value: str) -> str:
    return _pattern_with(value, "id")


def _page_pattern(value: str) -> str:
    return _pattern_with(value, "page")


def _pattern_with(value: str, group: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set" is the pattern's author's business
            groups = re.compile(value).groupindex
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"expected a regular expression, found {shown(value)}: {error}") from None
    if group not in groups:
        raise ValueError(f"expected a group named {group}, (?P<{group}>…), found none in {shown(value)}")
    return value


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def listed(value: object) -> object:
    """Turn a TOML list, or one text standing for a list of one, into a tuple.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(value)
    raise ValueError(f"expected text or a list of texts, found {shown(value)}")


def as_tuple(value: object) -> object:
    """Turn a TOML list into a tuple.

    Raises:
        ValueError: it is no list.
    """
    if isinstance(value, list | tuple):
        return tuple(value)
    raise ValueError(f"expected a list, found {shown(value)}")


def _day(value: object) -> object:
    # TOML has dates of its own, 2015-12-31 without quotes; one with a time, or in quotes, was meant otherwise.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError(f"expected a day like 2015-12-31, without quotes, found {shown(value)}")


Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, AfterValidator(_text)]
OptionalText = Annotated[Text | None, BeforeValidator(_empty_is_none)]
HeaderText = Annotated[str, AfterValidator(_header_text)]
Identifier = Annotated[str, AfterValidator(_identifier)]
Identifiers = Annotated[tuple[Identifier, ...], BeforeValidator(as_tuple)]
Duration = Annotated[float, AfterValidator(_more_than_zero), BeforeValidator(duration)]
DurationOrZero = Annotated[float, BeforeValidator(duration)]
TimeZone = Annotated[str, AfterValidator(time_zone)]
Cron = Annotated[str, AfterValidator(cron)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
ProxyUrl = Annotated[Annotated[str, AfterValidator(address)] | None, BeforeValidator(_empty_is_none)]
RelativeUrl = Annotated[str, AfterValidator(_relative_address)]
Hosts = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], BeforeValidator(as_tuple)]
Notifications = Annotated[tuple[Annotated[str, AfterValidator(_notification)], ...], BeforeValidator(as_tuple)]
Selectors = Annotated[tuple[Annotated[str, AfterValidator(_selector)], ...], BeforeValidator(listed)]
Patterns = Annotated[tuple[Annotated[str, AfterValidator(_identity_pattern)], ...], BeforeValidator(listed)]
PagePattern = Annotated[str, AfterValidator(_page_pattern)]
Labels = Annotated[tuple[Text, ...], BeforeValidator(listed)]
