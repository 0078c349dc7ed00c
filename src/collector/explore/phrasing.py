"""How pages word values: days, instants, numbers, directions, addresses. Pure; the templates have them as filters."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, unquote, urlencode

from markupsafe import Markup

from collector.explore.words import coded
from collector.vietnamese.numbers import numeral

#: Vietnam's time since 1975, without summer time.
_VIETNAM = timezone(timedelta(hours=7))
_UNKNOWN = "–"
#: 1,234.5 as Vietnamese writes it.
_SWAPPED = str.maketrans(",.", ".,")

_SCALES = ((1e3, "nghìn"), (1e6, "triệu"), (1e9, "tỷ"), (1e12, "nghìn tỷ"))

_MONTHS = re.compile(r"(?P<year>\d{4})-(?P<kind>[HQM]?)(?P<number>\d{1,2})")
_YEAR = 12
#: Quarters are counted so in Vietnamese.
_ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}
#: Columns whose numbers are names: they are not grouped.
_NAMES = re.compile(r"(?:^|_)(?:id|article|position|revision|capture|run|year|hour|indicator|source|status|start|end)$")


def grouped(number: int | None, language: str) -> str:
    """Return a count with its thousands apart, as the language writes them."""
    if number is None:
        return _UNKNOWN
    written = f"{number:,}"
    return written.translate(_SWAPPED) if language == "vi" else written


def amount(value: Any, column: str, language: str) -> str | None:
    """Return a number of a table as the language writes it; None: it is no number, or one that only names something."""
    if isinstance(value, bool) or not isinstance(value, int | float) or _NAMES.search(column):
        return None
    written = f"{value:,}" if isinstance(value, int) else f"{value:,.12g}"
    return written.translate(_SWAPPED) if language == "vi" else written


def local_day(day: str | None, language: str) -> str:
    """Return a local day ``YYYY-MM-DD`` as a reader writes it; what is no such day is given back as it is."""
    if not day:
        return ""
    try:
        read = datetime.strptime(day, "%Y-%m-%d")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return day
    return f"{read:%d/%m/%Y}" if language == "vi" else f"{read.day} {read:%B %Y}"


def instant(at: str | None, language: str) -> str:
    """Return a UTC instant in Vietnam's time."""
    if not at:
        return _UNKNOWN
    try:
        read = datetime.fromisoformat(at).astimezone(_VIETNAM)
    except ValueError:
        return at
    return f"{read:%H:%M}, {local_day(f'{read:%Y-%m-%d}', language)}"


def month(code: str, language: str) -> str:
    """Return a month ``YYYY-MM`` as a reader writes it; what is no such month is given back as it is."""
    try:
        read = datetime.strptime(code, "%Y-%m")  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return code
    return f"{read:%m/%Y}" if language == "vi" else f"{read:%B %Y}"


def local_hour(hour: str, language: str) -> str:
    """Return a local hour ``YYYY-MM-DDTHH:MM`` as a reader writes it; what is none is given back as it is."""
    day, _, clock = hour.partition("T")
    return f"{clock}, {local_day(day, language)}" if clock else hour


def shortened(text: str | None, length: int) -> str:
    """Return a text on one line, cut at a word where it is longer; a title of 1 MB must not be a page of 1 MB."""
    line = " ".join((text or "")[: length * 4].split())
    if len(line) <= length and len(text or "") <= length * 4:
        return line
    cut = line[:length]
    return (cut.rpartition(" ")[0] if " " in cut[length // 2 :] else cut) + " …"


def middle(text: str, length: int) -> str:
    """Return a text with its middle left out where it is longer: what stands between two changes."""
    if len(text) <= length:
        return text
    return f"{text[: length // 2].rpartition(' ')[0]} … {text[-length // 2 :].partition(' ')[2]}"


def bulletin_path(row: Mapping[str, Any]) -> str:
    """Return the path of a bulletin's page; the row has ``installation`` and ``source_id``."""
    return f"/bulletins/{_segment(row['installation'])}/{_segment(row['source_id'])}"


def _segment(name: str) -> str:
    """Return a name as one part of a path; :func:`named` reads it."""
    # Browsers go up at `..` and at `%2E%2E`, too.
    return ("~" if name in (".", "..") or name.startswith("~") else "") + quote(name, safe="")


def named(segment: str) -> str:
    """Return the name that a part of a path stands for."""
    return unquote(segment.removeprefix("~"))


def outside(url: str | None, label: str) -> Markup:
    """Return a link that leads to another server, if it is one: what a portal calls an address may be a script."""
    shown = shortened(label, 120)
    if not url or not url.lower().startswith(("http://", "https://")):
        return Markup("{}").format(shown)
    return Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>').format(url, shown)


def spoken(query: Mapping[str, Any], language: str) -> dict[str, str]:
    """Return title and explanation of a canned query in a language."""
    return {
        "title": query.get(f"title_{language}") or query.get("title") or query.get("name", ""),
        "about": query.get(f"about_{language}") or query.get("description") or "",
    }


def parameter(query: Mapping[str, Any], name: str, language: str) -> str:
    """Return the label of a canned query's parameter in a language."""
    known = (query.get("parameters") or {}).get(name, {})
    return str(known.get(language) or name)


def query_path(query: Mapping[str, Any], suffix: str = "", **asked: str) -> str:
    """Return the path of a canned query below its database, asked with its defaults and with what is given besides.

    An empty parameter means all, so that only a link can tell the default; ``suffix``: ``.json``, ``.csv``.
    """
    parameters = query.get("parameters") or {}
    given = {name: asked.get(name) or about.get("default") or "" for name, about in parameters.items()}
    told = urlencode({name: value for name, value in given.items() if value})
    return f"{quote(query['name'])}{suffix}" + (f"?{told}" if told else "")


def period(code: str | None, language: str) -> str:
    """Return a period as people say it: ``2024-M05`` is the first five months of 2024; what is no code stays."""
    if not code:
        return ""
    if match := _MONTHS.fullmatch(code):
        year, kind, number = match["year"], match["kind"], int(match["number"])
        if language == "vi":
            return {
                "H": f"6 tháng {'đầu' if number == 1 else 'cuối'} năm {year}",
                "Q": f"quý {_ROMAN.get(number, number)}/{year}",
            }.get(kind, f"{number} tháng đầu năm {year}" if kind else f"tháng {number}/{year}")
        last = month_name[number] if kind in ("M", "") and 1 <= number <= _YEAR else ""
        half = f"{'first' if number == 1 else 'second'} half of {year}"
        return {"H": half, "Q": f"Q{number} {year}", "M": f"January to {last} {year}"}.get(kind, f"{last} {year}")
    return code.replace("-", "–")


def meaning(row: Mapping[str, Any], language: str) -> str:
    """Return in words how a figure is meant: its qualifier, direction, period and place."""
    parts = (
        # What is the usual thing goes without saying.
        row["qualifier"] != "exact" and (coded(row["qualifier"], "qualifier", language) or row["qualifier"]),
        row["direction"] != "level" and (coded(row["direction"], "direction", language) or row["direction"]),
        period(row["period"], language),
        row["place"],
    )
    return " · ".join(str(part) for part in parts if part)


def scale_word(row: Mapping[str, Any]) -> str:
    """Return the scale word that stood behind a figure's printed number (``tỷ``), told by its value; else ``""``.

    ``printed`` is the number alone: "213,1 đồng" would say a billion times less than the bulletin does.
    """
    first = row["printed"].split("-")[0].split("–")[0].strip()
    for factor, word in _SCALES:
        read = numeral(first, scaled=True)
        if read is not None and read.value and abs(read.value * factor - row["value"]) <= abs(row["value"]) * 1e-9:
            return word
    return ""


def one(text: str, language: str) -> str:
    """Return the reader's half of a text of the metadata, ``Vietnamese · English``; of any other text all."""
    halves = text.split(" · ")
    if len(halves) % 2:
        return text
    half = len(halves) // 2
    return " · ".join(halves[:half] if language == "vi" else halves[half:])


def accented(text: str) -> bool:
    """Say whether a text is likely Vietnamese: a page in English has to say so to who reads it aloud."""
    return not text[:2000].isascii()


def around(sentence: str | None, printed: str | None) -> Markup:
    """Return a sentence with its number marked, where it stands first."""
    before, found, after = (sentence or "").partition(printed or "\x00")
    return Markup("{}<mark>{}</mark>{}").format(before, found, after) if found else Markup("{}").format(before)


def open_ones(named: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the tables or views that are not machinery."""
    return [item for item in named if not item["name"].startswith("_")]


def verdict(code: str | None, language: str) -> str:
    """Return a run's verdict in words."""
    running = "đang chạy" if language == "vi" else "running"
    return coded(code, "verdict", language) or code or running


def field(name: str, language: str) -> str:
    """Return what a corrected field of a bulletin is called."""
    word = coded(name, "field", language) or name
    return word[:1].upper() + word[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    filtering.__name__: filtering
    for filtering in (
        accented,
        amount,
        around,
        bulletin_path,
        coded,
        field,
        grouped,
        instant,
        local_day,
        meaning,
        middle,
        one,
        open_ones,
        outside,
        parameter,
        period,
        query_path,
        scale_word,
        shortened,
        spoken,
        verdict,
    )
}
