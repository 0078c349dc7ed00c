"""The replica's bulletins: those written by hand, the one that the user gave, and any number of composed ones.

All is deterministic: the same serial number and day always give the same bulletin. The texts are data
(``bulletins/*.toml``); this file knows how they are put together and nothing of the web.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

#: A paragraph, or the cells of one table row; rows that follow each other are one table.
Block = str | tuple[str, ...]

#: District → its kind, and some of its communes (public names of the province before July 2025).
DISTRICTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Kế Sách": ("huyện", ("Thới An Hội", "Đại Hải", "Kế Thành", "Trinh Phú", "Xuân Hòa", "Phong Nẫm", "Nhơn Mỹ")),
    "Mỹ Xuyên": ("huyện", ("Đại Tâm", "Tham Đôn", "Thạnh Phú", "Thạnh Quới", "Gia Hòa 1", "Hòa Tú 1", "Ngọc Tố")),
    "Long Phú": ("huyện", ("Tân Thạnh", "Song Phụng", "Trường Khánh", "Châu Khánh", "Long Đức", "Tân Hưng")),
    "Trần Đề": ("huyện", ("Đại Ân 2", "Lịch Hội Thượng", "Liêu Tú", "Viên An", "Tài Văn", "Thạnh Thới An")),
    "Cù Lao Dung": ("huyện", ("An Thạnh 1", "An Thạnh 2", "An Thạnh 3", "An Thạnh Đông", "An Thạnh Nam", "Đại Ân 1")),
    "Vĩnh Châu": ("thị xã", ("Vĩnh Hải", "Lạc Hòa", "Vĩnh Hiệp", "Hòa Đông", "Lai Hòa", "Vĩnh Tân")),
    "Ngã Năm": ("thị xã", ("Tân Long", "Long Bình", "Mỹ Quới", "Mỹ Bình", "Vĩnh Quới")),
    "Thạnh Trị": ("huyện", ("Thạnh Tân", "Tuân Tức", "Lâm Tân", "Lâm Kiết", "Vĩnh Lợi", "Vĩnh Thành")),
    "Mỹ Tú": ("huyện", ("Mỹ Hương", "Mỹ Phước", "Mỹ Thuận", "Phú Mỹ", "Thuận Hưng", "Hưng Phú", "Long Hưng")),
    "Châu Thành": ("huyện", ("Phú Tâm", "Phú Tân", "Thuận Hòa", "Hồ Đắc Kiện", "An Hiệp", "An Ninh", "Thiện Mỹ")),
}
_SURNAMES = ("Trần", "Lâm", "Thạch", "Danh", "Quách", "Trịnh", "Tăng", "Lý", "Dương", "Kim", "Mã", "Hồ", "Đặng", "Phan")
_MEN = ("Văn Sửu", "Hoàng Điệp", "Minh Khởi", "Quốc Trực", "Thanh Hậu", "Chí Nhẫn", "Sà Rết", "Hữu Duyệt", "Tấn Lành")
_WOMEN = ("Thị Mỹ Xinh", "Ngọc Diệu", "Thị Sa Vane", "Cẩm Nhung", "Thị Bích Tuyền", "Kim Thoại", "Thị Hồng Gấm")
_BYLINES = ("Thanh Nhã", "Ngọc Hạnh", "Lê Khả", "Thành Lợi", "Hải Đăng", "Sơn Thị Ái")
_PLACEHOLDER = re.compile(r"\{(?:(\w+)=)?(\w+)(?::([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Story:
    """One bulletin as its author wrote it, before it has an address."""

    title: str
    blocks: tuple[Block, ...]  #: what stands in the body, the caption and the byline left out
    dated: date  #: the day it is published
    section: str  #: slug of the section it is written for
    also: tuple[str, ...] = ()  #: further sections that list it
    labour: bool = True  #: whether a reader would file it under labour and social affairs
    lead: bool = True  #: whether the first paragraph is set as a lead
    byline: str | None = None
    caption: str | None = None  #: a picture stands after the first paragraph, with this under it
    files: tuple[str, ...] = ()  #: names of attached documents
    handwritten: bool = False  #: written as a whole, not composed from patterns


def _data(name: str) -> str:
    return resources.files(__package__).joinpath("bulletins", name).read_text(encoding="utf-8")


def blocks_of(text: str) -> tuple[Block, ...]:
    """Read the notation of the data files: paragraphs apart by an empty line, ``| a | b |`` a table row."""
    blocks: list[Block] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        for line in part.splitlines():
            row = line.strip()
            if row.startswith("|"):
                blocks.append(tuple(cell.strip() for cell in row.strip("|").split("|")))
            else:
                blocks.append(" ".join(row.split()))
    return tuple(blocks)


def seed_story() -> Story:
    """The bulletin that the user of this program gave, word for word (published on 8 January 2024)."""
    lines = [" ".join(line.split()) for line in _data("seed.txt").splitlines()]
    paragraphs = [line for line in lines[1 : lines.index("Thống kê truy cập")] if line]
    return Story(lines[0], tuple(paragraphs), date(2024, 1, 8), "tin-lao-dong-xa-hoi", lead=False, handwritten=True)


def seed_footer() -> tuple[str, ...]:
    """Give the footer of the page that the user gave: publisher, address, telephone and e-mail, condition of use."""
    lines = [line.strip("\n ") for line in _data("seed.txt").splitlines()]
    return tuple(
        line for line in lines[next(n for n, line in enumerate(lines) if line.startswith("Cơ quan")) :] if line
    )


def handwritten_stories() -> Iterator[Story]:
    """The bulletins that were written as a whole, in the order of their files."""
    for name in ("employment", "poverty", "merit", "protection", "insurance", "elsewhere"):
        for entry in tomllib.loads(_data(f"{name}.toml"))["bulletin"]:
            yield Story(
                title=entry["title"],
                blocks=blocks_of(entry["text"]),
                dated=entry["date"],
                section=entry.get("section", "tin-lao-dong-xa-hoi"),
                also=tuple(entry.get("also", ())),
                labour=entry.get("topic", True),
                lead=entry.get("lead", True),
                byline=entry.get("byline"),
                caption=entry.get("picture"),
                files=tuple(entry.get("files", ())),
                handwritten=True,
            )


@cache
def _patterns() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(_data("patterns.toml"))["pattern"])


def composed_story(serial: int, day: date) -> Story:
    """Bulletin number ``serial`` of an endless series, told as of ``day``."""
    rng = random.Random(f"bulletin {serial}")  # noqa: S311 - a reproducible draw, no secret
    patterns = _patterns()
    pattern = rng.choices(patterns, [entry["weight"] for entry in patterns])[0]
    drawing = _Drawing(rng, *_circumstances(rng, day))
    title = drawing.fill(rng.choice(pattern["titles"]))
    text = "\n\n".join(drawing.fill(rng.choice(variants)) for variants in pattern["paragraphs"])
    section: str = pattern["section"]
    labour: bool = pattern.get("topic", True)
    return Story(
        title=title[0].upper() + title[1:],
        blocks=blocks_of(text),
        dated=day,
        section=section,
        also=("tin-tong-hop",) if section != "tin-tong-hop" and rng.random() < 0.05 else (),  # noqa: PLR2004
        labour=labour,
        lead=rng.random() < 0.8,  # noqa: PLR2004
        byline=_byline(rng),
        caption=drawing.fill("Quang cảnh buổi làm việc tại {xa}, {huyen}") if rng.random() < 0.3 else None,  # noqa: PLR2004
        files=(f"Báo cáo số {rng.randint(11, 480)}.pdf",) if rng.random() < 0.08 else (),  # noqa: PLR2004
    )


def _byline(rng: random.Random) -> str | None:
    """Sign two in five, one of five of these with the bare name."""
    name = rng.choice(_BYLINES)
    return rng.choices((None, f"Tổng hợp: {name}", name), (60, 32, 8))[0]


def _person(rng: random.Random) -> str:
    surname = rng.choice(_SURNAMES)
    if rng.random() < 0.6:  # noqa: PLR2004
        return f"ông {surname} {rng.choice(_MEN)}"
    return f"bà {surname} {rng.choice(_WOMEN)}"


def _elapsed(day: date) -> tuple[str, str]:
    """What of the year is over on ``day``: the span as headlines put it, and its last month."""
    months = day.month - 1
    if months == 0:
        return f"năm {day.year - 1}", f"tháng 12/{day.year - 1}"
    spans = {1: f"tháng 1/{day.year}", 3: f"quý I/{day.year}"}
    return spans.get(months, f"{months} tháng đầu năm {day.year}"), f"tháng {months}/{day.year}"


def _circumstances(rng: random.Random, day: date) -> tuple[dict[str, str], float]:
    """Where and when the story happens and who speaks in it; and how much of the reported year is over."""
    name = rng.choice(sorted(DISTRICTS))
    kind, communes = DISTRICTS[name]
    first, second, third = rng.sample(communes, 3)
    event = day - timedelta(days=rng.randint(0, 3))
    span, last_month = _elapsed(event)
    speaker, guest = _person(rng), _person(rng)
    words = {
        "h": name,
        "loai": kind,
        "huyen": f"{kind} {name}",
        "Huyen": f"{kind.capitalize()} {name}",
        "HUYEN": f"{kind} {name}".upper(),
        "Capuy": "Huyện ủy" if kind == "huyện" else "Thị ủy",
        "capxa": "xã, thị trấn" if kind == "huyện" else "xã, phường",
        "xa": f"xã {first}",
        "Xa": f"Xã {first}",
        "xa2": f"xã {second}",
        "xa3": f"xã {third}",
        "xaten": first,
        "xaten2": second,
        "xaten3": third,
        "ngay": rng.choice([f"{event:%d/%m/%Y}", f"{event.day}/{event.month}/{event.year}"]),
        "ngaythang": rng.choice([f"{event.day}/{event.month}", f"ngày {event:%d-%m}", f"ngày {event:%d/%m/%Y}"]),
        "Buoi": rng.choice(["Sáng", "Chiều"]),
        "nam": str(event.year),
        "namtruoc": str(event.year - 1),
        "namsau": str(event.year + 1),
        "ky": span,
        "Ky": span[0].upper() + span[1:],
        "KY": span.upper(),
        "het": last_month,
        "ong": speaker,
        "Ong": speaker[0].upper() + speaker[1:],
        "ong2": guest,
        "chucvu": rng.choice(["Chủ tịch", "Phó Chủ tịch"]),
    }
    return words, ((event.month - 1) or 12) / 12


@dataclass(slots=True)
class _Drawing:
    """Fills the placeholders of one story; a figure that has a name is drawn once.

    ``n:a..b`` a whole number · ``z:a..b`` the same, two digits at least (``02``) · ``r:a..b`` the same, rounded, for
    "about" · ``d1:a..b``, ``d2:a..b`` with decimals · ``ytd:a..b`` a whole number that grows with the year ·
    ``plan:1``, ``plan:2`` per cent of the year's plan, that many decimals · ``part:x,a..b`` a to b per cent of x ·
    ``pct:x/y`` · ``less:x-y`` · ``times:x*y`` · ``any:this|that``.
    """

    rng: random.Random
    words: dict[str, str]
    elapsed: float  #: share of the reported year that is over, above 0 to 1
    numbers: dict[str, float] = field(default_factory=dict)

    def fill(self, template: str) -> str:
        return _PLACEHOLDER.sub(self._replace, template)

    def _replace(self, match: re.Match[str]) -> str:
        name, kind, arguments = match.groups()
        if arguments is None:
            return self.words[kind]
        if name is not None and name in self.words:
            return self.words[name]
        number, printed = self._draw(kind, arguments)
        if name is not None:
            self.words[name] = printed
            self.numbers[name] = number
        return printed

    def _draw(self, kind: str, arguments: str) -> tuple[float, str]:
        if kind == "any":
            printed = self.rng.choice(arguments.split("|"))
            return (float(printed) if printed.isdigit() else 0.0), printed
        if kind == "part":
            whole, _, span = arguments.partition(",")
            number = round(self.numbers[whole] * self._between(span) / 100)
        elif kind in {"pct", "less", "times"}:
            left, right = (self.numbers[name] for name in re.split(r"[-/*]", arguments))
            if kind == "pct":
                return left / right * 100, vietnamese_number(left / right * 100, 2)
            number = round(left - right if kind == "less" else left * right)
        elif kind == "plan":
            rate = self.elapsed * self._between("82..118")
            return rate, vietnamese_number(rate, int(arguments))
        elif kind in {"d1", "d2"}:
            decimal = self._between(arguments)
            return decimal, vietnamese_number(decimal, int(kind[1]))
        elif kind == "ytd":
            number = round(self._between(arguments) * (0.2 + 0.8 * self.elapsed))
        elif kind == "r":
            number = int(float(f"{self._between(arguments):.1e}"))
        else:
            number = round(self._between(arguments))
            if kind == "z":
                return number, f"{number:02d}"
        return number, vietnamese_number(number)

    def _between(self, span: str) -> float:
        low, high = (float(end) for end in span.split(".."))
        return self.rng.uniform(low, high)


def vietnamese_number(number: float, decimals: int = 0) -> str:
    """Print as the portals do: ``.`` between thousands, ``,`` before decimals.

    >>> vietnamese_number(1514.6, 1)
    '1.514,6'
    """
    return f"{number:,.{decimals}f}".translate({ord(","): ".", ord("."): ","})


def opening_stories(count: int) -> Sequence[Story]:
    """The ``count`` bulletins that are there when the portal opens, oldest first; no two with the same title or body.

    The hand-written ones and the seed come first; the rest is composed for days from January 2022 to June 2024.
    """
    stories = [seed_story(), *handwritten_stories()][:count]
    composed = composed_series(date(2022, 1, 5), date(2024, 6, 26), count - len(stories))
    return sorted([*stories, *composed], key=lambda story: story.dated)


def composed_series(first: date, last: date, count: int) -> Iterator[Story]:
    """Compose ``count`` bulletins on working days spread over the span, skipping any whose title was used."""
    titles: set[str] = set()
    span = (last - first).days
    serial = 0
    while len(titles) < count:
        day = first + timedelta(days=len(titles) * span // max(count, 1))
        day -= timedelta(days=max(0, day.weekday() - 4))
        story = composed_story(serial, day)
        serial += 1
        if story.title not in titles:
            titles.add(story.title)
            yield story
