"""Whether a layout is sound: pages that are known, read once more and held against what they said.

An editor changes one bulletin, a redesign all of them. So a bulletin that reads unlike itself is asked about at another
one: if that reads as it is stored, the selectors still hit what they are meant to hit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

from collector.model import Bulletin
from collector.plan.fills import by_fallback, by_selector
from collector.plan.usual import Oddity

#: Pages that are asked for at most to learn whether a layout is sound.
CONTROLS = 3
#: Words that two bodies of one bulletin have in common, of the longer one. A corrected figure or name leaves 0.95 and
#: more; a first paragraph alone, or a menu, has less than half.
_SAME_BODY = 0.8
#: The same of two titles, by characters: a corrected number leaves 0.95, another bulletin's title or a site's name 0.5.
_SAME_TITLE = 0.7


class Layout(StrEnum):
    """What controls tell of a layout."""

    SOUND = "sound"  #: a known page reads as it is stored
    READABLE = "readable"  #: only the fallback reads it, and what it reads is what is stored
    CHANGED = "changed"  #: known pages read otherwise than they are stored
    UNKNOWN = "unknown"  #: no control came back, or they do not agree
    UNTOLD = "untold"  #: there is no known page that could tell


@dataclass(frozen=True, slots=True)
class Control:
    """One look at a known bulletin."""

    url: str
    strays: tuple[Oddity, ...] | None  #: in what it reads otherwise than it is stored; None: no page of it came
    told: str = ""  #: why none came
    absent: bool = False  #: the bulletin may have been taken away

    def evidence(self) -> dict[str, object]:
        """Return it ready for JSON."""
        if self.strays is None:
            return {"url": self.url, "reads": "not", "told": self.told}
        found: dict[str, object] = {"url": self.url, "reads": "otherwise" if self.strays else "as stored"}
        return {**found, "strays": [one.evidence() for one in self.strays]} if self.strays else found


@dataclass(slots=True)
class Watched:
    """What a run saw of bulletins that read unlike the portal's own."""

    odd: list[dict[str, object]] = field(default_factory=list)  #: each with what became of it, ready for JSON
    controls: list[Control] = field(default_factory=list)
    changed: bool = False  #: a layout has changed, whether or not the fallback reads the new one


def strayed(now: Bulletin, stored: Bulletin) -> tuple[Oddity, ...]:
    """Return in what a bulletin reads otherwise than it is stored, beyond what editors correct.

    ``fallback``: only what fills the field has changed; ``empty``, ``other``: what it says.
    """
    found = []
    if (alike := _alike_titles(now.title, stored.title)) < _SAME_TITLE:
        found.append(Oddity("title", "other", f"{now.title!r}, stored as {stored.title!r} (alike: {alike:.2f})"))
    if (common := _common(now.body, stored.body)) < _SAME_BODY:
        told = f"{len(now.body)} characters, stored with {len(stored.body)}; {common:.0%} of the words in common"
        found.append(Oddity("body", "other", told))
    if stored.published_on is not None and now.published_on != stored.published_on:
        mark = "empty" if now.published_on is None else "other"
        found.append(Oddity("published_on", mark, f"{now.published_on or 'none'}, stored as {stored.published_on}"))
    told_of = {one.field for one in found}
    guessed = (
        Oddity(name, "fallback", "filled by the fallback with what a selector had filled in")
        for name in ("title", "body", "published_on")
        if name not in told_of and by_fallback(now.provenance, name) and by_selector(stored.provenance, name)
    )
    return (*found, *guessed)


def only_the_way(oddities: Sequence[Oddity]) -> bool:
    """Say whether nothing is odd but that the fallback filled what selectors used to fill."""
    return all(one.mark == "fallback" for one in oddities)


def layout_told(controls: Sequence[Control], *, more: bool) -> Layout | None:
    """Return what the controls tell; None: another one is to be asked.

    One that reads as stored is enough when it is the first. One that does not may have been edited, so two must agree.

    Args:
        controls: those that were looked at, in order.
        more: whether there is another one to be asked.
    """
    read = [one.strays for one in controls if one.strays is not None]
    astray = [one for one in read if one]
    sound = len(read) - len(astray)
    if sound and (not astray or sound > 1):
        return Layout.SOUND
    if len(astray) > 1 or (astray and not sound and not more):
        return Layout.READABLE if all(only_the_way(one) for one in astray) else Layout.CHANGED
    return None if more else Layout.UNKNOWN


def _alike_titles(one: str, other: str) -> float:
    a, b = (" ".join(text.split()).casefold() for text in (one, other))
    return 1.0 if a == b else SequenceMatcher(None, a, b, autojunk=False).ratio()


def _common(one: str, other: str) -> float:
    a, b = Counter(one.split()), Counter(other.split())
    return (a & b).total() / max(a.total(), b.total(), 1)
