"""A text that somebody pasted: title, date line and body told apart, without a page around them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from collector.charset import to_utf8
from collector.errors import UsageError
from collector.vietnamese.characters import one_line
from collector.vietnamese.dates import printed_date

#: A line longer than that is prose, whatever date it begins with.
_LONGEST_DATE_LINE = 120
_LONGEST_TITLE = 250
#: What portals print beside a date: ``Cập nhật: Thứ ba, 1/11/2022 | 2:07:39 PM``, ``18/11/2024 18:37    33``,
#: ``Ngày đăng: 08/01/2024 / Lượt xem: 98``, ``Thứ 2, 17/07/2023 | 16:20:48 [GMT +7]``. All that is left must be digits
#: and marks: ``Ngày 08/01/2024, Sở tổ chức hội nghị`` is the body's first line.
_BESIDE_A_DATE = re.compile(
    r"(?:ngày|tháng|năm|giờ|phút|lúc|vào|thứ|hai|ba|tư|năm|sáu|bảy|chủ|nhật|gmt|sa|ch|am|pm|đăng|tải|viết|tạo|cập|gửi|xuất"
    r"|bản|phát|hành|đăng\s+tin|lượt|xem|đọc|số|truy|view|views|posted|updated|on|at|h|g|t[2-7]|cn|bởi|lần|in|cỡ|chữ)",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PastedText:
    """A text as a bulletin's parts."""

    title: str  #: NFC, one line
    body: str  #: NFC, paragraphs separated by one newline; empty where the text is one line
    published_on: date | None  #: of the date line
    url: str | None = None  #: where the text begins with its address
    charset: str = "utf-8"  #: what the bytes were read as


def pasted(raw: bytes, *, name: str) -> PastedText:
    """Read a text: its first line is the title, a line with nothing but a date above or beneath it is left out.

    Args:
        raw: the bytes, of whatever charset.
        name: how messages call it.

    Raises:
        UsageError: it is empty, or no plain text.
    """
    recoded, charset = to_utf8(raw, None)
    text = recoded.decode("utf-8-sig", errors="replace")
    if "\0" in text or raw.startswith(b"%PDF"):
        raise UsageError(f"{name} is no plain text; copy the text out of it and give that")
    if re.match(r"\s*<(?:!doctype|html|\?xml)", text, re.IGNORECASE):
        raise UsageError(f"{name} is a page and no plain text; leave --text away, and its text is found")
    lines = [line for one in text.splitlines() if (line := one_line(one))]
    url = lines.pop(0) if lines and _ADDRESS.fullmatch(lines[0]) else None
    if not lines:
        raise UsageError(f"{name} is empty; expected a text whose first line is the title")
    published_on = _only_a_date(lines[0]) if len(lines) > 1 else None
    if published_on is not None:
        # Some pages print the day above the headline; what follows may be the text itself.
        title, rest = ("", lines[1:]) if len(lines[1]) > _LONGEST_TITLE else (lines[1], lines[2:])
    else:
        title, rest = lines[0], lines[1:]
        published_on = _only_a_date(rest[0]) if rest else None
        rest = rest if published_on is None else rest[1:]
    return PastedText(title, "\n".join(rest), published_on, url, charset)


def _only_a_date(line: str) -> date | None:
    if len(line) > _LONGEST_DATE_LINE:
        return None
    found = printed_date(line)
    if found is None or not all(_BESIDE_A_DATE.fullmatch(word) for word in _LETTERS.findall(line)):
        return None
    return found.day
