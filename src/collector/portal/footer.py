"""The footer: who publishes, and on which condition a bulletin may be published again."""

from __future__ import annotations

import re

from collector.dom import Document
from collector.model import Publisher

_LABELS = {
    "publisher": r"cơ quan chủ quản|đơn vị chủ quản|cơ quan quản lý",
    "address": r"địa chỉ|trụ sở",
    "phone": r"điện thoại|đt|tel|phone",
    "email": r"e-?mail|thư điện tử|hộp thư",
}
_ANY = "|".join(_LABELS.values())
#: A footer's labels stand on few lines; the text above it may name an address too, so the last block counts.
_FIELD = re.compile(
    rf"(?<!\w)(?P<label>{_ANY})\s*:\s*(?P<value>.*?)\s*[-|;,]?\s*(?=(?<!\w)(?:{_ANY}|fax|website)\s*:|$)",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"ghi\s+rõ\s+nguồn\s*[:\s]\s*[\"“”„'‘«]\s*(?P<name>[^\"“”„'’»\n]{3,200}?)\s*[\"“”'’»]", re.IGNORECASE
)
_EMAIL = re.compile(r"[\w.+-]+\s?(?:@|\[at\]|\(at\))\s?[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"[+(]?\d[\d\s().,/–-]{5,}\d")
_LONGEST = 300
#: All of a footer on one line is some 400 letters.
_LONGEST_LINE = 4_000


def read_publisher(document: Document) -> Publisher | None:
    """Return what the page's footer says, or None when it names neither publisher nor condition."""
    lines = document.readable().split("\n")
    start = max(
        (number for number, line in enumerate(lines) if re.search(_LABELS["publisher"], line, re.IGNORECASE)),
        default=None,
    )
    found: dict[str, str] = {}
    for line in lines[start:] if start is not None else []:
        for match in _FIELD.finditer(line[:_LONGEST_LINE]):
            name = next(key for key, label in _LABELS.items() if re.fullmatch(label, match["label"], re.IGNORECASE))
            # An e-mail address is looked for from every letter of a word: 100 KB of one took 30 s.
            value = _valid(name, match["value"][: _LONGEST + 1])
            if value:
                found.setdefault(name, value)
    condition = list(_CONDITION.finditer("\n".join(lines)))
    if condition:
        found["attribution"] = " ".join(condition[-1]["name"].split())
    return Publisher(**found) if "publisher" in found or "attribution" in found else None


def _valid(name: str, value: str) -> str | None:
    if name == "email":
        match = _EMAIL.search(value)
        return match.group() if match else None
    if name == "phone":
        match = _PHONE.search(value)
        return match.group().strip(" -,.") if match else None
    return value if 0 < len(value) <= _LONGEST else None
