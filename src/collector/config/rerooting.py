"""A portal's profile pointed at another address: a replica, a mirror, a portal that moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from collector.config.loading import load_shipped
from collector.profile import Profile, SectionProfile

#: The portal whose family the replica imitates.
REPLICATED = "soctrang-vpub"


def replace_base(profile: Profile, base_url: str) -> Profile:
    """Return the profile at another ``base_url``, its sections with it; a section on another host stays there."""
    base_url = base_url if base_url.endswith("/") else f"{base_url}/"
    return replace(
        profile,
        base_url=base_url,
        sections=tuple(replace(s, url=_moved(s.url, profile.base_url, base_url)) for s in profile.sections),
    )


def _moved(url: str, old: str, new: str) -> str:
    if url.startswith(old):
        return urljoin(new, f"./{url[len(old) :]}")
    if urlsplit(url)[:2] != urlsplit(old)[:2]:
        return url
    return urljoin(new, urlsplit(url)._replace(scheme="", netloc="").geturl())


def demo_profile(base_url: str, sections: Sequence[SectionProfile] = ()) -> Profile:
    """Return the shipped portal's profile for a replica of it at ``base_url``, with the id ``demo``.

    Args:
        base_url: the replica's address.
        sections: its sections, addresses relative to ``base_url`` or absolute; none: the shipped portal's.
    """
    model = next(profile for profile in load_shipped().profiles if profile.id == REPLICATED)
    moved = replace_base(model, base_url)
    named = tuple(replace(section, url=urljoin(moved.base_url, section.url)) for section in sections)
    return replace(moved, id="demo", installation="demo", sections=named or moved.sections)
