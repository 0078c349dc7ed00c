"""Which language a reader is spoken to in: Vietnamese or English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

COOKIE = "collector_language"
LANGUAGES = ("vi", "en")

#: Takes a text in Vietnamese and in English, and gives the reader's.
Say = Callable[[str, str], str]


def chosen(request: Any) -> str:
    """Return ``vi`` or ``en``: what the reader chose, else what the browser prefers of the two, else Vietnamese."""
    cookie = request.cookies.get(COOKIE)
    if cookie in LANGUAGES:
        return str(cookie)
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> str:
    best, most = "vi", 0.0
    for part in header.split(",")[:20]:
        name, _, quality = part.partition(";q=")
        language = name.strip().lower().partition("-")[0]
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if language in LANGUAGES and weight > most:
            best, most = language, weight
    return best


def speaking(language: str) -> Say:
    """Return what picks the reader's text of two."""
    return (lambda vi, en: vi) if language == "vi" else (lambda vi, en: en)  # noqa: ARG005 - both have the same shape


def both(vi: str, en: str) -> str:
    """Speak both languages, where nobody knows the reader's: pages of errors."""
    return f"{vi} · {en}"
