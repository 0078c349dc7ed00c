"""Bulletins of the length that real ones have, for a generated archive: the demo's composed ones, told at full length.

A composed bulletin of the demo has some 430 characters and nine figures. Here it gets what stands around the figures in
real ones: the province's own figures, who led the meeting, which documents were carried out, what is hard and what
comes next. The demo's districts are those of one province; the other provinces get theirs in place of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import big_archive_words as words
from big_archive_words import PROVINCES, Province

from collector.demo.composing import DISTRICTS, Block, Story, composed_story, vietnamese_number

#: Characters of a body at least; a little more than is asked for, because readings drop what nobody sees.
LEAST = 3_060
_LONGEST = 5_200
#: Of a hundred bulletins so many are on labour and social affairs.
_LABOUR = 80
#: Of ten on topic so many tell a second story, too.
_WITH_SECOND = 3
#: Numbers of composed bulletins that are kept for one of ours: some are of another topic than the one that is wanted.
_SERIALS = 256
#: Persons of a province who are named in its bulletins.
_OFFICIALS = 320
_SLOT = re.compile(r"\{(\w+?)(?:\.(\d))?:([\d.]+)\.\.([\d.]+)\}")
_THOUSANDS = re.compile(r"(?<![\d.,/])\d{1,3}(?:\.\d{3})+(?![\d.,])")


def full_story(number: int, day: date, province: Province, *, seed: int) -> Story:
    """Return bulletin ``number`` of a generated archive as it was first published: at least :data:`LEAST` characters.

    On topic are :data:`_LABOUR` of a hundred. The same arguments always give the same bulletin.
    """
    chance = random.Random(f"{seed} story {number}")
    labour = chance.randrange(100) < _LABOUR
    serials = iter(range((seed * 1_000_003 + number) * _SERIALS, (seed * 1_000_003 + number + 1) * _SERIALS))
    story = _composed(serials, day, labour=labour)
    slots = _slots(story, day, province, chance)
    blocks = [*story.blocks]
    if labour:
        blocks += [_told(one, slots, chance) for one in chance.sample(words.OF_THE_PROVINCE, chance.choice((1, 1, 2)))]
        if chance.randrange(10) < _WITH_SECOND:
            blocks += _composed(serials, day, labour=True).blocks[:2]
    wanted = int(LEAST + (_LONGEST - LEAST) * chance.random() ** 3)
    blocks += _around(wanted - sum(map(_length, blocks)), slots, labour=labour, chance=chance)
    told = replace(story, blocks=tuple(blocks), handwritten=False)
    return told if not province.communes else _moved(told, province)


def edited(story: Story) -> Story:
    """Return a bulletin as its editor put it right: one figure, or where there is none of some size, one sentence."""
    for place, block in enumerate(story.blocks):
        if isinstance(block, str) and (found := _THOUSANDS.search(block)):
            figure = round(int(found[0].replace(".", "")) * 1.07) + 1
            mended = block[: found.start()] + vietnamese_number(figure) + block[found.end() :]
            return replace(story, blocks=(*story.blocks[:place], mended, *story.blocks[place + 1 :]))
    return replace(story, blocks=(*story.blocks, "Bản tin đã được cập nhật theo báo cáo của địa phương."))


def _composed(serials: Iterable[int], day: date, *, labour: bool) -> Story:
    return next(story for serial in serials if (story := composed_story(serial, day)).labour is labour)


def _slots(story: Story, day: date, province: Province, chance: random.Random) -> dict[str, str]:
    told = " ".join([story.title, *(block for block in story.blocks if isinstance(block, str))])
    # The composed bulletin does not say which district it drew; it names it.
    name = next((one for one in DISTRICTS if one in told or one.upper() in told), chance.choice(sorted(DISTRICTS)))
    tinh = f"tỉnh {province.name}"
    return {
        "huyen": f"{DISTRICTS[name][0]} {name}",
        "tinh": tinh,
        "Tinh": tinh[0].upper() + tinh[1:],
        "nam": str(day.year),
        "truoc": str(day.year - 1),
        "ky": f"{day.month - 1} tháng đầu năm {day.year}" if day.month > 2 else f"năm {day.year - 1}",  # noqa: PLR2004
        "province": province.id,
    }


def _around(missing: int, slots: Mapping[str, str], *, labour: bool, chance: random.Random) -> list[str]:
    """Return paragraphs of so many characters together, or a little more."""
    pools = [
        words.SPOKEN,
        words.GROUNDS,
        words.MANNER,
        words.HARD,
        words.NEXT,
        words.MANNER,
        *([words.LABOUR_TALK, words.LABOUR_TALK] if labour else []),
    ]
    left = {id(pool): chance.sample(pool, len(pool)) for pool in pools}
    found: list[str] = []
    while missing > 0:
        sentences = []
        for pool in chance.sample(pools, 3):
            rest = left[id(pool)]
            if not rest:
                rest += chance.sample(pool, len(pool))
            sentences.append(_told(rest.pop(), slots, chance))
        found.append(" ".join(sentences))
        missing -= len(found[-1]) + 1
    return found


def _told(template: str, slots: Mapping[str, str], chance: random.Random) -> str:
    def drawn(match: re.Match[str]) -> str:
        _, decimals, low, high = match.groups()
        number = chance.uniform(float(low), float(high))
        return vietnamese_number(number if decimals else round(number), int(decimals or 0))

    text = _SLOT.sub(drawn, template)
    # Numbers rise with the year and come again now and then, as those of real documents.
    number, small = chance.choice((chance.randint(3, 60), chance.randint(61, 2400))), chance.randint(1, 145)
    vb = chance.choice(words.CALLED).format(n=number, s=f"{small:02d}", nam=slots["nam"])
    official = chance.choice(_officials(slots["province"])).format(**slots)
    return text.format(**slots, vb=vb, ong=official, Ong=official[0].upper() + official[1:])


@cache
def _officials(province: str) -> tuple[str, ...]:
    """Who holds which office in a province: ``đồng chí Lê Văn Bé, Giám đốc Sở Nội vụ``."""
    chance = random.Random(f"officials of {province}")
    return tuple(
        f"{chance.choice(('đồng chí', 'ông' if 'Thị' not in middle else 'bà'))} "
        f"{chance.choice(words.SURNAMES)} {middle} {chance.choice(words.GIVEN)}, {chance.choice(words.OFFICES)}"
        for middle in chance.choices(words.MIDDLE, k=_OFFICIALS)
    )


@cache
def _names(name: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds the demo's districts and communes in a text, and what this province has in their places."""
    province = next(one for one in PROVINCES if one.id == name)
    communes = sorted({one for _, names in DISTRICTS.values() for one in names})
    told = {**province.districts}
    for place, one in enumerate(communes):
        told.setdefault(one, province.communes[place % len(province.communes)])
    told |= {old.upper(): new.upper() for old, new in told.items()}
    longest_first = sorted(told, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"), told


def _moved(story: Story, province: Province) -> Story:
    """Return the bulletin with the province's districts and communes in place of the demo's."""
    pattern, told = _names(province.id)

    def moved(text: str) -> str:
        return pattern.sub(lambda match: told[match[0]], text)

    return replace(
        story,
        title=moved(story.title),
        blocks=tuple(moved(one) if isinstance(one, str) else tuple(map(moved, one)) for one in story.blocks),
        caption=None if story.caption is None else moved(story.caption),
    )


def _length(block: Block) -> int:
    return 1 + (len(block) if isinstance(block, str) else sum(map(len, block)) + 3 * (len(block) - 1))
