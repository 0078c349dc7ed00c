"""Rows of a CDX index: what they say of a capture, and what they say wrongly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from collector.model import Memento, Page
from collector.sources import answers
from collector.urlkeys import cleaned, is_address

#: What is asked for, and what the first row of an answer names.
FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest")
_DIGEST = re.compile(r"[A-Z2-7]{32}")
_TIMESTAMP = re.compile(r"\d{4,}")
#: Filled up so where a timestamp is short; month and day are sometimes 00.
_LEAST = "00000101000000"
_REVISIT = "warc/revisit"


@dataclass(frozen=True, slots=True)
class Rows:
    """One answer, read."""

    mementos: tuple[Memento, ...]
    first: str | None  #: key and timestamp of the first row, ``vn,gov,soctrang,vpub)/ 20200102030405``
    last: str | None  #: and of the last
    resume: str | None  #: what the index says to go on with, decoded; None: it says that there is no more
    unreadable: tuple[str, ...]


def rows(page: Page, what: str) -> Rows:
    """Read an answer of the Wayback Machine: a list of lists, names first, at the end perhaps ``[]`` and ``[key]``.

    ``[]`` means that there is nothing; an empty body is no answer.

    Raises:
        Unreachable: ``broken``: it is no such list.
    """
    found = answers.parsed(page, page.body.decode("utf-8", "replace"), what)
    if not isinstance(found, list) or not all(isinstance(row, list) and _flat(row) for row in found):
        raise answers.broken(page, what, "not a list of rows")
    if not found:
        return Rows((), None, None, None, ())
    names, *lines = found
    resume = None
    if len(lines) > 1 and lines[-2] == [] and len(lines[-1]) == 1:
        resume = unquote_plus(str(lines[-1][0]))
        lines = lines[:-2]
    missing = [name for name in FIELDS if name not in names]
    if missing or resume == "":
        raise answers.broken(page, what, f"rows without {', '.join(missing) or 'a key to go on with'}")
    whole = [dict(zip(names, line, strict=True)) for line in lines if len(line) == len(names)]
    mementos = [_memento(row) for row in whole]
    odd = [line for line in lines if len(line) != len(names)]
    odd += [list(row.values()) for row, memento in zip(whole, mementos, strict=True) if memento is None]
    places = [f"{row['urlkey']} {row['timestamp']}" for row in whole]
    return Rows(
        mementos=tuple(memento for memento in mementos if memento is not None),
        first=places[0] if places else None,
        last=places[-1] if places else None,
        resume=resume,
        unreadable=tuple(f"{what}, a row that tells no capture: {str(line)[:200]}" for line in odd),
    )


def _flat(row: list[Any]) -> bool:
    return not any(isinstance(cell, list | dict) for cell in row)


def _memento(row: dict[str, Any]) -> Memento | None:
    timestamp, original = str(row["timestamp"]), str(row["original"])
    instant = moment(timestamp)
    if instant is None or not is_address(original):
        return None
    url = cleaned(original)
    status, mimetype, digest = str(row["statuscode"]), str(row["mimetype"]), str(row["digest"])
    plain = timestamp == stamp(instant) and url == original
    return Memento(
        url=url,
        captured_at=instant,
        # A revisit prints "-": it is what an earlier capture was.
        status=int(status) if re.fullmatch(r"\d{3}", status) else None,
        mimetype=None if mimetype in {"-", "", _REVISIT, "unk"} else mimetype,
        digest=digest if _DIGEST.fullmatch(digest) else None,
        locator="" if plain else f"{timestamp} {original}",
    )


def moment(timestamp: str) -> datetime | None:
    """Return the instant of ``yyyyMMddhhmmss``; the earliest that a shorter one can mean, the latest part dropped."""
    if not _TIMESTAMP.fullmatch(timestamp):
        return None
    text = timestamp[:14] + _LEAST[len(timestamp) :]
    month, day = text[4:6], text[6:8]
    text = f"{text[:4]}{month if month != '00' else '01'}{day if day != '00' else '01'}{text[8:]}"
    try:
        return datetime.strptime(f"{text}+0000", "%Y%m%d%H%M%S%z").astimezone(UTC)
    except ValueError:
        return None


def stamp(instant: datetime) -> str:
    """Return ``yyyyMMddhhmmss``."""
    return instant.astimezone(UTC).strftime("%Y%m%d%H%M%S")
