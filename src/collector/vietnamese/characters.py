"""Characters: one spelling for what readers see as one text."""

from __future__ import annotations

import re
import unicodedata

#: Not white space for Python, and nothing for a reader: zero width space and (non-)joiners, word joiner, byte order
#: mark, soft hyphen, and the direction marks that pasted text carries.
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
#: No letter bears more than two marks, and ordering them takes quadratic time: half a million behind one letter (1 MB)
#: hold ``normalize`` for minutes. Unicode's Stream-Safe Text Format (UAX 15, 13) allows 30 as well.
_MOST_MARKS = 30
#: Marks are neither letters nor spaces; so are symbols, of which a dotted line has as many.
_HEAP = re.compile(rf"[^\w\s\x00-\u02ff]{{{_MOST_MARKS},}}")
#: Control characters: JSON, SQLite tools and terminals stumble over them; tab and line ends stay.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LOOK_ALIKE = re.compile("[Ðƣ]")
_WORD = re.compile(r"\w+")
#: U+00D0 is Icelandic Eth and U+01A3 Latin Gha; PDF and legacy fonts put them for Đ and ư (VIETNAMESE, "Characters").
_LOOK_ALIKES = str.maketrans({"Ð": "Đ", "ƣ": "ư"})
#: Letters that no Vietnamese word has: a word with one of them is left as it is.
_FOREIGN = re.compile("[þÞðæÆøØßœŒ]")

#: The capitals of Vietnamese, for a set in a pattern: the names of the language begin with one.
CAPITALS = "A-ZĐÂĂÊÔƠƯÁÀẢÃẠẤẦẨẪẬẮẰẲẴẶÉÈẺẼẸẾỀỂỄỆÍÌỈĨỊÓÒỎÕỌỐỒỔỖỘỚỜỞỠỢÚÙỦŨỤỨỪỬỮỰÝỲỶỸỴ"


def clean(text: str) -> str:
    """Return text in NFC without invisible characters, look-alike letters put right; line ends and spaces stay."""
    if not text.isascii():
        text = _HEAP.sub(_cleared, text)
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        text = _INVISIBLE.sub("", text)
        if _LOOK_ALIKE.search(text):
            text = _WORD.sub(_put_right, text)
    return _CONTROL.sub("", text)


def _put_right(match: re.Match[str]) -> str:
    word = match.group()
    return word if _FOREIGN.search(word) else word.translate(_LOOK_ALIKES)


def _cleared(heap: re.Match[str]) -> str:
    """Keep what bears no mark on anything, and of marks in a row the first of them."""
    kept: list[str] = []
    marks = 0
    for letter in heap.group():
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks < _MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def one_line(text: str) -> str:
    """Return :func:`clean` text with every run of white space (NBSP and U+202F too) as one space."""
    return " ".join(clean(text).split())


def without_accents(text: str) -> str:
    """Return text in lower case without accents, ``đ`` as ``d``; white space and everything else stays."""
    bare = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def fold_key(text: str) -> str:
    """Return the key under which spellings meet: no case, no accents, ``đ`` as ``d``, white space as one space."""
    return without_accents(one_line(text))
