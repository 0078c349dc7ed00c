"""Provinces through their mergers and divisions, and where a portal stands among them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import describe, init, load, load_shipped
from collector.config.places import circles
from collector.errors import ConfigError, Mistake
from collector.places import Place

PLACES = {place.id: place for place in load_shipped().places}
BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


def there(day: date) -> list[Place]:
    return [one for one in PLACES.values() if (one.valid_from or day) <= day <= (one.valid_to or day)]


def now(place: Place) -> Place:
    """Follow the successors to what is there today."""
    while place.successor is not None:
        place = PLACES[place.successor]
    return place


# --- the shipped crosswalk ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "count", "cities"),
    [
        (date(2003, 12, 31), 61, 4),
        (date(2004, 1, 1), 64, 5),
        (date(2008, 7, 31), 64, 5),
        (date(2008, 8, 1), 63, 5),
        (date(2024, 12, 31), 63, 5),
        (date(2025, 1, 1), 63, 6),
        (BEFORE, 63, 6),
        (AFTER, 34, 6),
        (date(2030, 1, 1), 34, 6),
    ],
)
def test_so_many_provinces_and_cities_were_there(day: date, count: int, cities: int) -> None:
    assert (len(there(day)), sum(1 for place in there(day) if place.kind == "city")) == (count, cities)


def test_each_of_the_63_leads_to_one_of_the_34_and_each_of_the_34_comes_from_one_or_more() -> None:
    heirs = {place.id: now(place) for place in there(BEFORE)}
    assert {heir.id for heir in heirs.values()} == {place.id for place in there(AFTER)}
    stayed = [name for name, heir in heirs.items() if heir.id == name]
    assert len(stayed) == 11, "those that were not merged with another"


@pytest.mark.parametrize(
    ("name", "olds"),
    [
        ("Cần Thơ", {"Cần Thơ", "Sóc Trăng", "Hậu Giang"}),
        ("Vĩnh Long", {"Vĩnh Long", "Trà Vinh", "Bến Tre"}),
        ("Ninh Bình", {"Ninh Bình", "Nam Định", "Hà Nam"}),
        ("Bắc Ninh", {"Bắc Ninh", "Bắc Giang"}),
        ("Lào Cai", {"Lào Cai", "Yên Bái"}),
        ("Cà Mau", {"Cà Mau", "Bạc Liêu"}),
        ("Thành phố Hồ Chí Minh", {"Thành phố Hồ Chí Minh", "Bình Dương", "Bà Rịa - Vũng Tàu"}),
        ("Lâm Đồng", {"Lâm Đồng", "Đắk Nông", "Bình Thuận"}),
        ("Huế", {"Huế"}),
        ("Hà Nội", {"Hà Nội"}),
    ],
)
def test_the_mergers_of_2025(name: str, olds: set[str]) -> None:
    assert {place.name for place in there(BEFORE) if now(place).name == name} == olds


def test_what_ended_before_leads_on_too_unless_it_was_divided() -> None:
    assert now(PLACES["ha-tay"]).id == "ha-noi"
    assert now(PLACES["thua-thien-hue"]).id == "hue"
    divided = [place.name for place in PLACES.values() if place.valid_to is not None and place.successor is None]
    assert sorted(divided) == ["Cần Thơ", "Lai Châu", "Đắk Lắk"]


def test_a_place_is_called_what_the_evidence_calls_it() -> None:
    known = tomllib.loads(resources.files("collector.evidence").joinpath("provinces.toml").read_text(encoding="utf-8"))
    assert {place.name for place in PLACES.values()} == {names[0] for names in known["provinces"]} | {"Hà Tây"}


@given(st.dates(date(1997, 1, 1), date(2040, 1, 1)))
def test_on_one_day_a_name_means_one_place(day: date) -> None:
    names = [place.name for place in there(day)]
    assert len(names) == len(set(names))


def test_whoever_ends_is_followed_the_next_day_and_every_change_has_its_legal_ground() -> None:
    for place in PLACES.values():
        if place.successor is not None:
            assert place.valid_to is not None
            assert PLACES[place.successor] in there(place.valid_to + timedelta(days=1))
        if place.valid_from is not None or place.valid_to is not None:
            assert place.source is not None
            assert place.source.startswith("Nghị quyết số ")


# --- mistakes -----------------------------------------------------------------------------------------------------

ONE = '{ id = "a", name = "A", kind = "province", valid_to = 2007-12-31, successor = "b", source = "x" }'
TWO = '{ id = "b", name = "B", kind = "city", valid_from = 2008-01-01 }'
GROUND = '[sources]\nx = "Nghị quyết số 1"\n'
Found = Callable[..., list[Mistake]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """Give the mistakes of a configuration with these places."""

    def _found(*places: str, portal: str = "") -> list[Mistake]:
        init(tmp_path)
        (tmp_path / "places.toml").write_text(f"places = [{', '.join(places)}]\n{GROUND}", encoding="utf-8")
        path = tmp_path / "portals/soctrang-vpub.toml"
        text = path.read_text(encoding="utf-8").replace('place = "soc-trang"', portal)
        path.write_text(text, encoding="utf-8")
        try:
            load(tmp_path, environ={}, cwd=tmp_path)
        except ConfigError as error:
            return error.mistakes
        return []

    return _found


@pytest.mark.parametrize(
    ("places", "key", "message"),
    [
        ((ONE, TWO.replace('"b"', '"a"'), TWO), "places[1].id", '"a" is the id of places[0] already'),
        ((ONE.replace('"b"', '"c"'), TWO), "places[0].successor", "expected the id of another of [[places]]"),
        ((ONE.replace("2007", "2006"), TWO), "places[0].successor", "is there on 2007-01-01, the day after"),
        ((ONE.replace("valid_to", "valid_from"), TWO), "places[0].successor", "a place that goes on has no successor"),
        ((ONE, TWO.replace('"B"', '"A"').replace("valid_from = 2008-01-01", "valid_from = 2007-12-31")),
         "places[1].name", '"A" is the name of places[0] on the same days'),
        ((ONE.replace('"x"', '"y"'), TWO), "places[0].source", "expected a key of [sources]"),
        ((ONE, TWO.replace("}", ", valid_to = 2007-01-01 }")), "places[1].valid_to", "expected a day from valid_from"),
        ((ONE.replace("province", "huyện"), TWO), "places[0].kind", "expected 'province' or 'city'"),
        ((ONE.replace("2007-12-31", '"2007"'), TWO), "places[0].valid_to", "expected a day like 2015-12-31"),
    ],
)  # fmt: skip
def test_a_mistake_among_the_places_is_told_with_its_key(
    found: Found, places: tuple[str, ...], key: str, message: str
) -> None:
    mistakes = [mistake for mistake in found(*places) if mistake.key == key]
    assert len(mistakes) == 1
    assert mistakes[0].file == "places.toml"
    assert message in mistakes[0].message


def test_places_without_a_mistake_are_taken_and_told_in_numbers(found: Found, tmp_path: Path) -> None:
    assert found(ONE, TWO) == []
    settings = load(tmp_path, environ={}, cwd=tmp_path)
    assert settings.places[0] == Place("a", "A", "province", None, date(2007, 12, 31), "b", "Nghị quyết số 1")
    assert describe(settings)["places"] == 2


def test_successors_in_a_circle_are_told_once(found: Found) -> None:
    back = TWO.replace("valid_from = 2008-01-01", 'valid_from = 2008-01-01, valid_to = 2008-12-31, successor = "a"')
    told = [mistake for mistake in found(ONE, back) if "circle" in mistake.message]
    assert [(one.key, one.message) for one in told] == [("places[0].successor", "leads in a circle: a → b → a")]


@given(st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.sampled_from("abcdef"))))
def test_a_circle_is_found_where_a_walk_along_the_successors_never_ends(successors: dict[str, str | None]) -> None:
    def endless(start: str) -> bool:
        here: str | None = start
        for _ in range(len(successors) + 1):
            here = successors.get(here) if here is not None else None
        return here is not None and here in successors

    told = circles(successors)
    members = {member for circle in told.values() for member in circle}
    assert all(endless(member) for member in members)
    assert bool(told) == any(endless(start) for start in successors)
    assert sum(len(circle) - 1 for circle in told.values()) == len(members), "each circle once"


def test_a_folder_that_was_copied_before_there_were_places_has_the_shipped_ones(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "places.toml").unlink()
    assert load(tmp_path, environ={}, cwd=tmp_path).places == load_shipped().places


# --- portals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("portal", "key", "message"),
    [
        ('place = "soc-trangg"', "place", "found \"soc-trangg\"; did you mean soc-trang?"),
        ('successor = "canthoo"', "successor", "expected a file portals/canthoo.toml, found none; did you mean cantho?"),
        ("valid_from = 2012-01-01\nvalid_to = 2011-01-01", "valid_to", "expected a day from valid_from, 2012-01-01, on"),
        ('successor = "soctrang-vpub"', "successor", "leads in a circle: soctrang-vpub → soctrang-vpub"),
        ("valid_to = 'gestern'", "valid_to", "expected a day like 2015-12-31, without quotes"),
        ("verified = true", "verified", "expected a day like 2015-12-31, without quotes, found true"),
    ],
)  # fmt: skip
def test_a_portals_place_span_and_successor_are_checked(tmp_path: Path, portal: str, key: str, message: str) -> None:
    init(tmp_path)
    path = tmp_path / "portals/soctrang-vpub.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('place = "soc-trang"', portal), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ={}, cwd=tmp_path)
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.key) == ("portals/soctrang-vpub.toml", key)
    assert message in mistake.message


def test_a_portal_that_ended_names_who_took_over(tmp_path: Path) -> None:
    init(tmp_path)
    path = tmp_path / "portals/soctrang-vpub.toml"
    given = 'place = "soc-trang"\nvalid_from = 2009-05-01\nvalid_to = 2025-06-30\nsuccessor = "cantho"'
    path.write_text(path.read_text(encoding="utf-8").replace('place = "soc-trang"', given), encoding="utf-8")
    (profile,) = load(tmp_path, environ={}, cwd=tmp_path).profiles
    assert (profile.place, profile.successor) == ("soc-trang", "cantho")
    assert (profile.valid_from, profile.valid_to) == (date(2009, 5, 1), date(2025, 6, 30))
    (shipped,) = load_shipped().profiles
    assert (shipped.place, shipped.valid_to, shipped.successor) == ("soc-trang", None, None), "unknown, and said so"
