"""What the links of a pager say: a number, an ellipsis, "next"."""

from __future__ import annotations

import re

from collector.dom import Node

NUMBER = re.compile(r"\[?\s*(?P<number>\d{1,5})\s*\]?")
ELLIPSIS = re.compile(r"\.{2,}|…")
FORWARD = re.compile(
    r"(?:trang\s+)?(?:tiếp|sau|kế|tiếp theo|tiếp tục)(?:\s*[>›»]*)|next(?:\s+page)?|[>›»→]", re.IGNORECASE
)
#: So many pages behind the next one are named too, for a walk that cannot read the next one.
FURTHER = 2


def label_of(node: Node) -> str:
    """Return what a link or a button says; a number without the brackets around it."""
    label = node.text or node.attr("value")
    number = NUMBER.fullmatch(label)
    return number["number"] if number else label


def is_number(label: str) -> bool:
    """Say whether a label is a page's number; ``²`` is a digit for Python and no number."""
    return label.isdecimal() and len(label) <= 5  # noqa: PLR2004
