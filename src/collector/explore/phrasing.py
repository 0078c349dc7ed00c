"""How pages word values: days, instants, numbers, directions, addresses. Pure; the templates have them as filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from collector.vietnamese.numbers import numeral

#: Vietnam's time since 1975, without summer time.
_VIETNAM = timezone(timedelta(hours=7))
_UNKNOWN = "–"

_SCALES = ((1e3, "nghìn"), (1e6, "triệu"), (1e9, "tỷ"), (1e12, "nghìn tỷ"))

_DIRECTIONS = {
    "level": ("", ""),
    "increase": ("tăng", "increase"),
    "decrease": ("giảm", "decrease"),
    "target_attainment": ("so với kế hoạch", "of the plan"),
    "plan_target": ("kế hoạch", "planned"),
}
_QUALIFIERS = {
    "exact": ("", ""),
    "over": ("trên", "over"),
    "nearly": ("gần", "nearly"),
    "about": ("khoảng", "about"),
    "estimated": ("ước", "estimated"),
    "at_least": ("ít nhất", "at least"),
    "at_most": ("nhiều nhất", "at most"),
}


def grouped(number: int | None, language: str) -> str:
    """Return a count with its thousands apart, as the language writes them."""
    if number is None:
        return _UNKNOWN
    written = f"{number:,}"
    return written.replace(",", ".") if language == "vi" else written


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


def shortened(text: str | None, length: int) -> str:
    """Return a text on one line, cut at a word where it is longer; a title of 1 MB must not be a page of 1 MB."""
    line = " ".join((text or "")[: length * 4].split())
    if len(line) <= length and len(text or "") <= length * 4:
        return line
    cut = line[:length]
    return (cut.rpartition(" ")[0] if " " in cut[length // 2 :] else cut) + " …"


def bulletin_path(row: Mapping[str, Any]) -> str:
    """Return the path of a bulletin's page; the row has ``installation`` and ``source_id``."""
    return f"/bulletins/{quote(row['installation'], safe='')}/{quote(row['source_id'], safe='')}"


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


def parameter(query: Mapping[str, Any], name: str, language: str) -> dict[str, Any]:
    """Return label and choices (value, label) of a canned query's parameter in a language."""
    known = (query.get("parameters") or {}).get(name, {})
    choices = [(one["value"], one[language]) for one in known.get("choices", ())]
    return {"label": known.get(language) or name, "choices": choices}


def meaning(row: Mapping[str, Any], language: str) -> str:
    """Return in words how a figure is meant: its qualifier, direction, period and place."""
    which = 0 if language == "vi" else 1
    parts = (
        _QUALIFIERS.get(row["qualifier"], (row["qualifier"],) * 2)[which],
        _DIRECTIONS.get(row["direction"], (row["direction"],) * 2)[which],
        row["period"],
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


FILTERS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (grouped, local_day, instant, shortened, bulletin_path, outside, spoken, parameter, meaning, scale_word)
}
