"""What is told of silences and of a configuration, from one start of a daemon to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from collector import lookout
from collector.config import load_shipped
from collector.incident import Trouble
from collector.lookout import Lookout, Telling
from collector.plan import Quiet
from collector.profile import Profile
from stored import PROFILE
from watching import Place, run

THREE = replace(PROFILE, sections=tuple(replace(PROFILE.sections[0], id=name) for name in ("tin", "van-ban", "lich")))
DAY = date(2024, 1, 2)


@pytest.fixture
def place() -> Place:
    found = Place()
    found.archive.portals.register(THREE)
    return found


def begin(place: Place, profile: Profile) -> Lookout:
    telling = Telling(place.tell, strikes=3, remind=86_400, holidays=load_shipped().holidays, timezone="Etc/UTC")
    return Lookout(place.archive, telling, place.clock.now, [profile])


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def only(*sections: str) -> None:
        found = [Quiet(f"tinh/{one}", DAY, 30, 3, DAY) for one in sections]
        monkeypatch.setattr(lookout, "quiet_sections", lambda *_, **__: found)

    return only


def told(place: Place, one: Lookout) -> list[tuple[str, str]]:
    one.settle()
    heard, place.heard = place.heard, []
    return heard


def still_open(place: Place) -> list[Any]:
    return [row["section"] for row in place.archive.incidents.open() if row["cause"] == "quiet"]


def test_a_section_that_stays_silent_is_never_said_to_be_over(place: Place, silent: Callable[..., None]) -> None:
    """Sections of one portal fall silent one after the other, because each has a rhythm of its own."""
    one = begin(place, THREE)
    steps = [
        (("tin",), [("opened", "quiet")], ["tinh/tin"]),
        (("tin", "van-ban"), [("opened", "quiet")], ["tinh/tin", "tinh/van-ban"]),
        (("tin", "van-ban", "lich"), [("opened", "quiet")], ["tinh/tin", "tinh/van-ban", None]),
        (("tin", "van-ban"), [("recovered", "quiet")], ["tinh/tin", "tinh/van-ban"]),
        ((), [("recovered", "quiet")] * 2, []),
    ]
    for sections, messages, left in steps:
        silent(*sections)
        place.clock.pass_time(hours=30)
        one.polled(THREE, run("well"))
        assert [kind for kind in told(place, one) if kind[0] != "reminder"] == messages
        assert still_open(place) == left


def test_sections_that_fall_silent_on_one_day_are_one_incident(place: Place, silent: Callable[..., None]) -> None:
    one = begin(place, THREE)
    for sections, left in ((("tin", "van-ban", "lich"), [None]), ((), [])):
        silent(*sections)
        place.clock.pass_time(hours=30)
        one.polled(THREE, run("well"))
        assert still_open(place) == left


def test_a_start_settles_what_the_configuration_before_it_left_open(place: Place) -> None:
    """Whoever mends a configuration may as well start the container anew as reload it."""
    before = begin(place, THREE)
    before.state("configuration", "portals[0]: found no such file")
    for section in ("tinh/tin", "tinh/lich"):
        place.watch.note(Trouble("quiet", "nothing since", "tinh", section))
    for _ in range(3):
        place.watch.note(Trouble("no_such_host", "gone", "tinh"))
    assert len(place.archive.incidents.open()) == 4
    begin(place, THREE)
    assert {row["cause"] for row in place.archive.incidents.open()} == {"quiet", "no_such_host"}
    begin(place, replace(THREE, sections=THREE.sections[:2]))
    assert {(row["section"], row["cause"]) for row in place.archive.incidents.open()} == {
        ("tinh/tin", "quiet"),
        (None, "no_such_host"),
    }
    begin(place, replace(THREE, id="khac"))
    assert place.archive.incidents.open() == []
