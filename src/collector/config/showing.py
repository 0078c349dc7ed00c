"""The effective configuration as JSON, under the names that the files use."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from collector.config.settings import Settings
from collector.profile import LayoutProfile, Profile
from collector.vocabulary import Vocabulary


def describe(settings: Settings) -> dict[str, Any]:
    """Return what is in force, defaults included, families merged; JSON-able.

    Durations are seconds. Passwords and tokens are left out, because this is what people paste into a bug report.
    """
    tables = ("http", "schedule", "recheck", "topic", "alerts", "health")
    shown: dict[str, Any] = {
        "folder": str(settings.folder),
        "archive": settings.archive,
        "timezone": settings.timezone,
        "portals": list(settings.portals),
        **{name: getattr(settings, name).model_dump(mode="json") for name in tables},
        "vocabulary": _counts(settings.vocabulary),
        "places": len(settings.places),
        "holidays": {"first_year": settings.holidays.first_year, "last_year": settings.holidays.last_year},
        "profiles": {profile.id: _profile(profile) for profile in settings.profiles},
        "warnings": list(settings.warnings),
    }
    if settings.http.proxy:
        shown["http"]["proxy"] = _without_user(settings.http.proxy)
    # In a notification address the token may stand anywhere (tgram://TOKEN/CHAT): only the service is told.
    shown["alerts"]["urls"] = [re.sub(r"://.*", "://…", url) for url in settings.alerts.urls]
    return shown


def _counts(vocabulary: Vocabulary) -> dict[str, int]:
    # In numbers: the words themselves fill twenty screens, and their files say them better.
    return {
        "measures": len(vocabulary.measures),
        "triggers": sum(len(measure.triggers) for measure in vocabulary.measures),
        "topic_words": sum(len(one.words) for one in vocabulary.topic_words),
    }


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _profile(profile: Profile) -> dict[str, Any]:
    keys = ("id", "family", "name", "base_url", "hosts", "installation", "attribution", "timezone")
    lineage = ("verified", "place", "valid_from", "valid_to", "successor")
    return {
        **{key: _plain(getattr(profile, key)) for key in (*keys, *lineage)},
        "sections": [_fields(section) for section in profile.sections],
        **_reading(profile),
        "layouts": [_layout(layout) for layout in profile.layouts],
    }


def _layout(layout: LayoutProfile) -> dict[str, Any]:
    keys = ("id", "family", "valid_from", "valid_to", "hosts", "marks", "needed")
    return {**{key: _plain(getattr(layout, key)) for key in keys}, **_reading(layout)}


def _reading(reading: Profile | LayoutProfile) -> dict[str, Any]:
    tables = ("recognise", "listing", "pager", "article", "visits")
    return {
        "identity": {"patterns": [pattern.pattern for pattern in reading.identity]},
        **{name: _fields(getattr(reading, name)) for name in tables},
    }


def _fields(table: Any) -> dict[str, Any]:
    return {name: _plain(getattr(table, name)) for name in table.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "items"):
        return {key: _plain(item) for key, item in value.items()}
    return value
