"""Legal and party documents that a bulletin cites: 1142/QĐ-UBND, 42-NQ/TW, Nghị quyết số 68, Luật Trẻ em năm 2016.

Programmes are none (Chương trình 135, Đề án 1956): their numbers are names.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import resources

from collector.evidence.blanks import small, spaced
from collector.evidence.phrases import pattern_of, spelled
from collector.findings import CitedDocument

_FILE = tomllib.loads(resources.files(__package__).joinpath("documents.toml").read_text(encoding="utf-8"))
_KINDS: dict[str, str] = {letters: kind for kind, known in _FILE["letters"].items() for letters in known}
_SPOKEN: dict[str, str] = {kind.lower(): kind for kind in (*_FILE["letters"], *_FILE["spoken"]["others"])}
_BARE: tuple[str, ...] = tuple(_FILE["spoken"]["bare"])
_LETTER = "Công văn"  #: what a number is whose letters name an office and no kind: 1142/UBND-VX
_LAWS = ("Bộ luật ", "Luật ", "Pháp lệnh ")
_PROGRAMME = "Chương trình"

#: Whatever is cited has one of these in it: a stroke before letters, "số" before a number, the last syllable of Nghị
#: quyết, Nghị định, Thông tư … before a number, of Luật and Pháp lệnh before a name. Each begins with a plain letter,
#: a rare one: the pattern then skips all others quickly (70 µs in 8,000 characters; with a group or a set of letters at
#: a beginning, ten times as many).
_ANCHOR = re.compile(
    r"/(?= ?[A-ZĐ])|ố ?:? ?(?=\d)|Ố ?:? ?(?=\d)|ết (?=\d)|ịnh (?=\d)|ư (?=\d)|ị (?=\d)|ận (?=\d)|ật (?=\w)|ệnh (?=\w)"
)

_LETTERS = "|".join(sorted(_KINDS, key=len, reverse=True))
#: An office's letters: UBND, TTg, SLĐTBXH, LĐ-TB&XH.
_OFFICE = r"[A-ZĐ][A-Za-zĐđ]{0,14}(?:&[A-ZĐ]{1,6})?"
_OFFICES = rf"(?:[-–/]{_OFFICE}){{0,4}}"
#: Behind the stroke. Blanks may stand around the first dash only: "QĐ - UBND", but "NQ-CP - Sở" is two things.
_BEHIND = re.compile(
    rf" ?(?:(?P<kind>{_LETTERS})\d{{0,2}}(?P<office>(?: ?[-–/] ?[A-ZĐ]{{2}}[A-Za-zĐđ]*| ?[-–/] ?CP){_OFFICES})?"
    rf"|(?P<sender>[A-ZĐ]{{2,12}}(?:&[A-ZĐ]{{1,6}})?[-–]{_OFFICE}{_OFFICES})"
    r"|(?P<assembly>(?:UBTV)?QH\d{1,2}))(?![^\W_])"
)
#: Before the stroke, to its left end: 1142, 30a, 1.142; a year or the kind's letters may come between.
_BEFORE = re.compile(
    rf"(?<![\w.,/-])(?P<number>\d{{1,6}}[a-zA-Z]?|\d{{1,2}}\.\d{{3}}) ?"
    rf"(?:/ ?(?:19|20)\d\d ?|[-–] ?(?P<kind>{_LETTERS})\d{{0,2}} ?)?$"
)
_PARTY = re.compile(rf" ?{_OFFICE}{_OFFICES}(?![^\W_])")
_REACH = 20  #: characters of a number before its last stroke
_KIND_BEFORE = re.compile(
    rf"(?<![^\W_])(?P<kind>{'|'.join(sorted(_SPOKEN, key=len, reverse=True))})(?: ?\(?số)? ?:? ?$"
)
_KIND_REACH = 34

_NUMBER = re.compile(r"(?P<digits>\d{1,4})[a-zA-Z]?(?:/(?:19|20)\d\d)?(?![^\W_]|[%‰/]|[.,]\d)")
_NEXT = re.compile(r"(?:,| và)(?: số)? (?P<number>\d{1,4}[a-z]?(?:/(?:19|20)\d\d)?)(?![^\W_]|[%‰/]|[.,]\d)")
_COUNTED = re.compile(rf" ?{pattern_of(_FILE['spoken']['counted'])}")
_YEARS = range(1990, 2050)
_SEVERAL = ("các ", "hai ", "ba ", "những ")
_MOST = 12  #: numbers of one list

_LAW = re.compile(
    pattern_of(spelling for name in _FILE["laws"]["names"] for spelling in spelled(name))
    + r"(?:(?: \(sửa đổi(?:, bổ sung)?\))?(?: năm)? (?:19|20)\d\d(?![\d/]|[.,]\d))?"
)
_LAW_REACH = 120


def documents(title: str, body: str) -> list[CitedDocument]:
    """Return the documents that a bulletin cites, in its order.

    The kind is the word before the number, else what its letters say; None where neither tells (45/2019/QH14). A law
    that is cited by its name has that as number, with the year behind it.

    Args:
        title: NFC, one line.
        body: NFC, paragraphs separated by a newline.
    """
    return [
        CitedDocument(number=text[start:end], kind=kind, part=part, span_start=start, span_end=end)
        for part, text in (("title", title), ("body", body))
        for start, (end, kind) in sorted(_cited(spaced(text)).items())
    ]


def _cited(text: str) -> dict[int, tuple[int, str | None]]:
    """Return what is cited, by the place it begins at: where it ends, and its kind."""
    found: dict[int, tuple[int, str | None]] = {}
    for match in _ANCHOR.finditer(text):
        at, end = match.span()
        if match[0] == "/":
            cited = _symbol(text, at)
            if cited is not None:
                found[cited[0]] = cited[1:]  # "Nghị quyết số 42-NQ/TW" was taken for "Nghị quyết số 42"
        elif text[at] in "ậệ" and not text[end].isdigit():
            found.update(_law(text, end))
        else:
            found.update(_numbered(text, at, end))
    return found


def _symbol(text: str, stroke: int) -> tuple[int, int, str | None] | None:
    """Return the document whose number has its last stroke before the letters at ``stroke``."""
    following = text[stroke + 1 : stroke + 3].lstrip()
    if not following[:1].isupper():
        return None
    before = _BEFORE.search(text, max(0, stroke - _REACH), stroke)
    if before is None:
        return None
    start = before.start()
    said = _said(text, start)
    if before["kind"]:
        behind = _PARTY.match(text, stroke + 1)
        return (start, behind.end(), said or _KINDS[before["kind"]]) if behind is not None else None
    behind = _BEHIND.match(text, stroke + 1)
    if behind is None or (behind["kind"] and not behind["office"] and said is None):
        return None  # "12/KH": of a plan
    told = _KINDS[behind["kind"]] if behind["kind"] else _LETTER if behind["sender"] else None
    return start, behind.end(), said or told


def _said(text: str, start: int) -> str | None:
    """Return the kind that is said before a number."""
    match = _KIND_BEFORE.search(small(text[max(0, start - _KIND_REACH) : start]))
    return _SPOKEN[match["kind"]] if match is not None else None


def _numbered(text: str, at: int, end: int) -> Iterator[tuple[int, tuple[int, str | None]]]:
    """Yield "Nghị quyết 42", "kế hoạch số 05", "các Nghị định số 20, 21": numbers without letters.

    Args:
        text: blanks as spaces.
        at: where the last syllable before the number has its vowel.
        end: where the number begins.
    """
    kind: str | None
    if text[at] in "ốỐ":
        if text[at - 1 : at] not in ("s", "S"):
            return
        word = at - 1
        kind = _said(text, word)
        number = _NUMBER.match(text, end)
    else:
        kind = next((bare for bare in _BARE if text.endswith(bare, 0, end - 1)), None)
        number = _NUMBER.match(text, end) if kind is not None else None
        if number is not None and (int(number["digits"]) in _YEARS or _COUNTED.match(text, number.end())):
            return  # "Quyết định 5 vấn đề"
        word = end - 1
    if kind is None or number is None or kind == _PROGRAMME:
        return
    yield end, (number.end(), kind)
    if small(text[max(0, word - _KIND_REACH) : word]).rstrip().rpartition(kind.lower())[0].endswith(_SEVERAL):
        until = number.end()
        for _ in range(_MOST):
            following = _NEXT.match(text, until)
            if following is None or _COUNTED.match(text, following.end()):
                return
            until = following.end()
            yield following.start("number"), (until, kind)


def _law(text: str, end: int) -> Iterator[tuple[int, tuple[int, str | None]]]:
    """Yield the law whose name begins at ``end``."""
    word = next((law for law in _LAWS if text.endswith(law, 0, end)), None)
    if word is None or not text[end].isupper():
        return
    match = _LAW.match(small(text[end : end + _LAW_REACH]))
    start = end - len(word)
    if match is not None and not text[start - 1 : start].isalpha():
        yield start, (end + match.end(), word.strip())
