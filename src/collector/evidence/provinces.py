"""The place that a bulletin is about: a province by its name, a district by its name with ``huyện``, ``quận`` … before.

Names repeat: Quảng Ninh is a province, and a district of another one; a dozen districts are called Châu Thành. So the
word before a name decides what it names, and only the title and the first sentences are asked: further down stand the
places where the guests came from.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources

from collector.evidence.phrases import pattern_of
from collector.evidence.sentences import opening
from collector.vietnamese.characters import CAPITALS

_FILE = tomllib.loads(resources.files(__package__).joinpath("provinces.toml").read_text(encoding="utf-8"))
_NAMES: dict[str, str] = {name: names[0] for names in _FILE["provinces"] for name in names}
_NAMES |= {name.upper(): given for name, given in _NAMES.items()}
_NO_PLACE = tuple(f" {word}" for word in _FILE["not_after"])
_LONGER = tuple(_FILE["longer"])
_READ = 700  #: characters of the body

_RANKS = {"tx": "thị xã", "tp": "thành phố"}
_SYLLABLE = rf"[{CAPITALS}][^\W\d_]*(?:['’-][^\W\d_]+)?"
_PROVINCE = re.compile(pattern_of(_NAMES))
_DISTRICT = re.compile(
    # Spelled out: beginnings that are plain letters are looked for five times as fast.
    r"(?P<rank>huyện|Huyện|HUYỆN|thị xã|Thị xã|THỊ XÃ|TX|thành phố|Thành phố|THÀNH PHỐ|TP|Tp|quận|Quận|QUẬN)\.? ?"
    rf"(?P<name>{_SYLLABLE}(?: {_SYLLABLE}){{0,3}}|(?<=uận )\d{{1,2}}(?!\d))"
)
#: A district told by the province it lies in: "An Minh (Kiên Giang)", "xã Vũ Lăng (Bắc Sơn, Lạng Sơn)".
_WITHIN = re.compile(rf"(?P<name>{_SYLLABLE}(?: {_SYLLABLE}){{1,2}}) ?[(,] ?(?:tỉnh )?$")
#: "Quan Hóa: …", where the text goes on with "toàn huyện", "UBND huyện".
_HEADING = re.compile(rf"(?P<name>{_SYLLABLE}(?: {_SYLLABLE}){{1,2}}) ?:")
_UNNAMED = re.compile(
    rf"(?:(?<!\w)(?:[Tt]oàn|UBND|HĐND|của|ở|trong)|,) (?P<rank>huyện|thị xã|quận)(?!\w)(?! ?[{CAPITALS}])"
)
#: "Chủ tịch UBND huyện Cầm Văn Huân": three syllables behind an office are a person.
_OFFICE = re.compile(r"(?:chủ tịch|bí thư|trưởng|giám đốc)[^,.;\n]{0,24}$", re.IGNORECASE)
_PERSON = 3
#: Before a province that a title only leads to.
_VISITED = re.compile(r"(?<!\w)(?:ở|tại|với|đến|từ|sang|thăm) tỉnh $", re.IGNORECASE)
_NATIONAL = re.compile(r"(?<!\w)(?:cả nước|toàn quốc|việt nam)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Named:
    """A place where it is named."""

    start: int
    end: int
    name: str  #: as it is given
    bare: str  #: without the rank
    is_district: bool


def place_of(title: str, body: str) -> str | None:
    """Return the province (``Sóc Trăng``) or district (``huyện Sơn Hà``) that a bulletin is about, or None.

    Args:
        title: one line, NFC, as printed: names begin with a capital.
        body: NFC.
    """
    text = opening(body, _READ)
    below = _named(text, title)
    headed = _headed(title, text, below)
    if headed is not None or _NATIONAL.search(title):
        return headed
    return _told(text, below)


def _headed(title: str, text: str, below: list[_Named]) -> str | None:
    """Return the place of the title."""
    named = _named(title)
    districts = {one.bare.casefold(): one.name for one in below if one.is_district}
    first = named[0] if named else None
    if first is not None and first.is_district:
        # "Huyện Quảng Ninh dẫn đầu Quảng Bình" is about the province, "huyện Châu Thành (Trà Vinh)" is not.
        second = next((one for one in named[1:] if not one.is_district), None)
        return first.name if second is None or _lies_in(title, first, second) else second.name
    if first is not None and first.name in _NAMES and title[: first.start].casefold().endswith("tỉnh "):
        # "Học tập mô hình giảm nghèo ở tỉnh Khánh Hòa": the figures may be those of whoever went there.
        others = {one.name for one in below if not one.is_district} - {first.name}
        return None if others and _VISITED.search(title, 0, first.start) else first.name
    if first is not None and first.start == 0:
        namesake = districts.get(first.bare.casefold())
        told = namesake and not any(one.name == first.name for one in below)
        return namesake if told else first.name
    inner = _district_headed(title, text, named, below, districts)
    if inner is not None or first is None:
        return inner
    return first.name if len({one.name for one in named}) == 1 else None


def _district_headed(
    title: str, text: str, named: list[_Named], below: list[_Named], districts: dict[str, str]
) -> str | None:
    """Return a district that the title names without ``huyện``, if the text tells that it is one."""
    folded = title.casefold()
    found = [(folded.find(bare), name) for bare, name in districts.items() if bare in folded]
    if found:
        return min(found)[1]
    for part, places in ((title, named), (text, below)):
        for place in places:
            within = None if place.is_district else _WITHIN.search(part[max(0, place.start - 40) : place.start])
            if within is not None and within["name"] in title and within["name"] not in _NAMES:
                return within["name"]
    heading = _HEADING.match(title)
    unnamed = _UNNAMED.search(text) if heading is not None else None
    if heading is None or unnamed is None or heading["name"] in _NAMES:
        return None
    return f"{unnamed['rank']} {heading['name']}"


def _told(text: str, below: list[_Named]) -> str | None:
    """Return the place of the first sentences, where they name one only."""
    if not below:
        return None
    first = below[0]
    if first.is_district:
        visited = text[: first.start].casefold().rstrip().endswith((" tại", " ở"))
        several = len({one.name for one in below if one.is_district}) > 1
        return None if visited and several else first.name
    return first.name if len({one.name for one in below if not one.is_district}) == 1 else None


def _lies_in(text: str, district: _Named, province: _Named) -> bool:
    """Tell whether the province only says where the district lies: "huyện Châu Thành (Tiền Giang)"."""
    between = text[district.end : province.start].strip(" (,-–").casefold()
    return between in {"", "tỉnh", "của tỉnh"}


def _named(text: str, title: str = "") -> list[_Named]:
    """Return the places of a text in order; a district hides the province in its name.

    Args:
        text: the part to look through.
        title: a name that stands there, too, is a place's for sure.
    """
    found: list[_Named] = []
    for match in _DISTRICT.finditer(text):
        start, named_at = match.start(), match.start("name")
        if start and text[start - 1].isalnum():
            continue
        rank = match["rank"].casefold()
        rank = _RANKS.get(rank, rank)
        province = _NAMES.get(f"TP {match['name']}") or (_NAMES.get(match["name"]) if rank == "thành phố" else None)
        if province is not None:  # a city of the first rank, or a province's capital of the same name
            found.append(_Named(start, match.end(), province, province, is_district=False))
            continue
        behind_office = match["name"] not in title and _OFFICE.search(text, max(0, start - 60), start) is not None
        name = _cut(match["name"], behind_office=behind_office)
        if name:
            given = " ".join(word.capitalize() for word in name.split(" ")) if name.isupper() else name
            found.append(_Named(start, named_at + len(name), f"{rank} {given}", given, is_district=True))
    taken = [(one.start, one.end) for one in found]
    for match in _PROVINCE.finditer(text):
        start, end = match.span()
        if _is_place(text, start) and not any(first <= start < last for first, last in taken):
            province = _NAMES.get(match[0]) or _NAMES[" ".join(match[0].split())]
            found.append(_Named(start, end, province, province, is_district=False))
    return sorted(found, key=lambda one: one.start)


def _is_place(text: str, start: int) -> bool:
    if (start and text[start - 1].isalnum()) or text.startswith(_LONGER, start):
        return False
    return not f" {text[max(0, start - 12) : start].casefold().rstrip()}".endswith(_NO_PLACE)


def _cut(name: str, *, behind_office: bool) -> str:
    """Return a district's name without a person's that follows it: "huyện Sơn Hà Đinh Thị Trà".

    Names of districts have two syllables, few have three (Mù Cang Chải, Hàm Thuận Bắc).
    """
    syllables = name.split(" ")
    if len(syllables) == _PERSON and behind_office:
        return ""
    return " ".join(syllables[:2]) if len(syllables) > _PERSON or name.isupper() else name
