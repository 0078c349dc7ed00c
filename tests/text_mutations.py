"""Mutations of bulletins' texts: what typists, fonts, pasting and malice make of figures and names."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

#: What the extraction looks for: put where it does not belong, it shows what was taken for granted.
_CUES = (
    "giảm |giảm còn |tăng |từ |đến |xuống còn |lên |so với |cùng kỳ |kế hoạch |chỉ tiêu |phấn đấu |dự kiến |đạt |vượt |bằng |"
    "trong đó |tương ứng |lần lượt |và |trên |dưới |gần |ước |hàng |mỗi |tổng số |trong tổng số |trở lên |%|% |‰|triệu |tỷ |"
    "nghìn |rưỡi |vạn |hộ |hộ nghèo |người |lao động |lượt |đồng |đồng/người/tháng|trđ|tuổi |ha |năm |năm 2020 |năm qua |năm nay |"
    "6 tháng đầu năm |quý III/2021 |tháng 9/2023 |ngày 30/2/2022 |ngày 15/9 |giai đoạn 2021 - 2025 |9 giờ 30 |sáng nay |hôm qua |"
    "Quyết định số |Nghị quyết |1142/QĐ-UBND|42-NQ/TW|30a/2008/NQ-CP|Luật Trẻ em |số 01 |khoản 3 |Covid-19 |K1|1. |2) |- |+ |• |"
    "đồng chí |Đ/c |ông |bà |Chủ tịch UBND tỉnh |Phó Giám đốc |Bí thư |Nguyễn Văn A|HUỲNH THỊ B|huyện |thị xã |TP.|Sóc Trăng |"
    "một |hai mươi |năm trăm |mười lăm |không |linh |(|)|[|“|”|\"|'|…|;|:|/|-|–|+|. |, |\n|\n\n|\n- |2/3 |1.234,5 |10,117 |48. 730 |"
    "0 |00000|1e9 |-5 |3,5 - 4 |950-1050 |22.151/19.500 |12 trên 15 |100%|101.86%|1,204,369 |7 286 "
).split("|")
_BLANKS = "\u00a0\u202f\u2009\u3000\t\u2028\u0085\u200b\ufeff\u00ad"
#: Letters whose lower case is longer, whose upper case is, that stand for several, that look like others.
_LETTERS = "İßŉǰΐﬁﬃǅΣσςſKÅẞıÐƣðđĐꭐ𝟗𝐀Ⅳ№㎡½²₫ªµ"
_MARKS = "\u0301\u0309\u0323\u031b\u0302\u0345\u20e3\u0488\ufe0f\u200d"
_DIGITS = ("０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "⁰¹²³⁴⁵⁶⁷⁸⁹", "①②③④⑤⑥⑦⑧⑨⑩", "០១២៣៤៥៦៧៨៩")
_FOREIGN = (
    "Jobs were created for 29,412 workers (105.04% of the plan), up 2.5% on 2022.",
    "2023年新增就业29,412人,完成计划的105.04%。",
    "В 2023 году создано 29 412 рабочих мест, на 2,5 % больше.",
    "ឆ្នាំ២០២៣ ក្រសួងបានផ្ដល់ការងារដល់ ២៩.៤១២ នាក់។",
    "ในปี 2566 มีผู้ได้งานทำ 29,412 คน คิดเป็น 105.04%",
    "تم توفير ٢٩٬٤١٢ فرصة عمل في عام ٢٠٢٣.",
    "İSTANBUL'DA 3.000 İŞÇİ",
    "👷🏽‍♀️ 29.412 lao động 🎉🎉 ➕2% 🇻🇳",
    "Giai quyet viec lam cho 29.412 lao dong, dat 105,04% ke hoach.",
    "<td>1.234</td><td>5,6%</td>",
    "Tên | Số hộ | Tỷ lệ\nxã A | 35 | 2,1%\nxã B | 40 | 3,2%",
)
_MOST = 20_000  #: characters of most texts; one in two hundred may have ten times as many
_NUMBER = re.compile(r"\d+")
_AMONG_DIGITS = re.compile(r"(?<=\d)[.,/ %-](?=\d)")
_BRACKETS = re.compile(r"[()\[\]“”\"'‘’«»]")


def _place(text: str, chance: random.Random) -> int:
    return chance.randrange(len(text) + 1)


def _span(text: str, chance: random.Random, most: int) -> tuple[int, int]:
    start = _place(text, chance)
    return start, min(len(text), start + chance.randint(1, most))


def _some(pattern: re.Pattern[str], new: Callable[[str], str], share: float) -> Callable[[str, random.Random], str]:
    """Replace a share of what a pattern finds."""

    def mutate(text: str, chance: random.Random) -> str:
        return pattern.sub(lambda match: new(match[0]) if chance.random() < share else match[0], text)

    return mutate


def _digits(text: str, chance: random.Random) -> str:
    """Move, double, remove and lengthen digits."""

    def other(match: re.Match[str]) -> str:
        digits = list(match[0])
        what = chance.randrange(7)
        if what == 0:
            chance.shuffle(digits)
        elif what == 1:
            digits *= chance.choice((2, 2, 3, 20, 400))
        elif what == 2:
            digits.pop(chance.randrange(len(digits)))
        elif what == 3:
            digits.insert(0, "0")
        elif what == 4:
            digits = [chance.choice("0123456789") for _ in range(chance.randint(1, 9))]
        return "".join(digits)

    return _NUMBER.sub(other, text)


def _separators(text: str, chance: random.Random) -> str:
    return _AMONG_DIGITS.sub(lambda match: chance.choice((match[0], ".", ",", " ", "\u00a0", "/", "-", "")), text)


def _spelled(text: str, chance: random.Random) -> str:
    """Write the digits of another script, here and there or everywhere."""
    table = str.maketrans("0123456789", chance.choice(_DIGITS))
    start, end = _span(text, chance, len(text) + 1)
    return text[:start] + text[start:end].translate(table) + text[end:]


def _inserted(choices: str | tuple[str, ...] | list[str], most: int) -> Callable[[str, random.Random], str]:
    def mutate(text: str, chance: random.Random) -> str:
        for _ in range(chance.randint(1, most)):
            place = _place(text, chance)
            text = text[:place] + chance.choice(choices) * chance.choice((1, 1, 1, 1, 2, 40)) + text[place:]
        return text

    return mutate


def _repeated(text: str, chance: random.Random) -> str:
    """Repeat some words, at times thousands of times."""
    start, end = _span(text, chance, chance.choice((5, 20, 100)))
    times = chance.choice((2, 3, 10, 10, 100, 10_000))
    return text[:end] + text[start:end] * min(times, _MOST * 10 // (end - start + 1)) + text[end:]


def _shuffled(text: str, chance: random.Random) -> str:
    """Put words, clauses or lines into another order."""
    pieces = re.split(chance.choice((r"( )", r"(, )", r"(\. )", r"(\n)", r"(\d+)")), text)
    start, end = _span(text, chance, 40)
    chosen = pieces[start:end]
    chance.shuffle(chosen)
    return "".join([*pieces[:start], *chosen, *pieces[end:]])


def _joined(text: str, chance: random.Random) -> str:
    return text.replace(*chance.choice((("\n", " "), ("\n", ""), (" ", ""), (". ", "\n"), (" ", "\n"), (".", ""))))


def _cut(text: str, chance: random.Random) -> str:
    start, end = _span(text, chance, len(text) + 1)
    return text[start:end]


def _cased(text: str, chance: random.Random) -> str:
    start, end = _span(text, chance, len(text) + 1)
    return text[:start] + chance.choice((str.upper, str.title, str.lower, str.swapcase))(text[start:end]) + text[end:]


def _decomposed(text: str, chance: random.Random) -> str:
    return unicodedata.normalize(chance.choice(("NFD", "NFKD", "NFKC")), text)


def _unaccented(text: str, chance: random.Random) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


def _any(text: str, chance: random.Random) -> str:
    """Put any characters here and there, surrogates apart: no text that is read from UTF-8 has them."""
    for _ in range(chance.randint(1, 20)):
        place = _place(text, chance)
        code = chance.choice((chance.randrange(0x20), chance.randrange(0x300), chance.randrange(0x110000)))
        text = text[:place] + (chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd") + text[place:]
    return text


_MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (
    _digits,
    _digits,
    _separators,
    _spelled,
    _inserted(_CUES, 12),
    _inserted(_CUES, 12),
    _inserted(_FOREIGN, 3),
    _inserted(_LETTERS, 12),
    _inserted(_MARKS, 12),
    _inserted(_BLANKS, 12),
    _inserted("()[]“”\"'‘’«»", 6),
    _some(_BRACKETS, lambda _: "", 0.5),
    _some(re.compile(" "), lambda _: "\u00a0", 0.3),
    _repeated,
    _shuffled,
    _joined,
    _cut,
    _cased,
    _decomposed,
    _unaccented,
    _any,
)


def mutated_text(text: str, chance: random.Random) -> str:
    """Return a text after one to five mutations, cut so that inputs stay comparable."""
    most = _MOST if chance.random() < 0.995 else 10 * _MOST
    for _ in range(chance.randint(1, 5)):
        text = chance.choice(_MUTATIONS)(text, chance)[:most]
    return text
