"""When and where: the day of the event that a bulletin tells of, and the province or district that it is about.

Most days in a bulletin are not the event's: figures are as of a day, documents and anniversaries have one, plans end on
one. What stands before a day tells them apart, and where several are left the likeliest wins: told with its part of the
day, at a sentence's beginning, early, not long before the bulletin was published.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from collector.evidence.provinces import place_of
from collector.evidence.sentences import opening
from collector.evidence.tokens import lowered

#: Characters of the body that are read: who tells of an event does so at the beginning.
READ = 1200
_OPENING = 450  #: characters in which most events are told
#: A day and month further ahead of the publication than this belong to the year before; a nearer one may be announced.
_AHEAD = timedelta(days=14)
_FRESH = timedelta(days=12)  #: so soon after an event bulletins appear
_STALE = timedelta(days=75)
_LEAST = 3  #: points that a day needs
_SURE = 6  #: points after which no other day is asked for

_D, _M, _Y = r"(?:3[01]|[12]\d|0?[1-9])(?!\d)", r"(?:1[0-2]|0?[1-9])(?!\d)", r"(?:19|20)\d{2}(?!\d)"
_SEP = r" ?[/.-] ?"
_JOIN = r"(?:(?: ?[-–&] ?| (?:và|đến|tới) (?:hết )?)(?:ngày )?|, ?)"
_DAY = (
    # 28-02-01-3-2022, 14/10 - 16/10
    rf"(?P<d1>{_D}){_SEP}(?P<m1>{_M}) ?(?:[-–]|đến|và) ?(?:ngày )?{_D}{_SEP}(?P<last>{_M})"
    rf"(?:{_SEP}(?P<y1>{_Y}))?(?!{_SEP}\d)"
    # 15 -16/9, 20 và 21.5.2023
    rf"|(?P<d2>{_D}){_JOIN}{_D}{_SEP}(?P<m2>{_M})(?:{_SEP}(?P<y2>{_Y}))?(?!{_SEP}\d)"
    # 08/01/2024, 5-7, 29.10
    rf"|(?P<d3>{_D}){_SEP}(?P<m3>{_M})(?:{_SEP}(?P<y3>{_Y}))?(?![/.-]?\d)"
    # 21 tháng 09 năm 2025, 15 và 16 tháng 9
    rf"|(?P<d4>{_D})(?:{_JOIN}{_D})? +tháng +(?P<m4>{_M})(?:(?: ?, ?| +)năm +(?P<y4>{_Y})|{_SEP}(?P<y5>{_Y}))?"
)
_WEEKDAY = r"(?:,? ?\(?(?:thứ (?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ nhật),?)?"
#: A day with what announces it: "chiều thứ Sáu (12/5)", "hôm nay, 6/6", "ngày 15/11".
_TOLD = re.compile(
    rf"(?:(?P<part>sáng|trưa|chiều|tối|đêm|hôm)(?: (?:sớm|nay|qua|kia|tối))*{_WEEKDAY}[ ,]*\(?(?:tức )?(?:ngày )?\(?"
    rf"|ngày +\(?|mùng +|mồng +)(?:{_DAY})"
)
_CUES = ("ngày", "sáng", "chiều", "tối", "trưa", "hôm", "đêm", "mùng", "mồng")

# What stands before the announcement, and tells that the day is another one than the event's.
#: Of a stock, a term, a deadline, the beginning of a rule.
_BOUND = re.compile(
    r"(?<!\w)(?:đến|tới|hết|trước|sau|kể từ|từ|chậm nhất|hạn chót|thời hạn|thời điểm|tính|vào lúc|cuối)"
    r"(?: (?:là|hết|cuối|nay|thời điểm|vào|khoảng|các))*(?: \d{1,2} ?(?:giờ|h|g|:)(?: ?\d{1,2})?(?: ?phút)?,?)?$"
)
#: "Từ ngày 26 đến 28/7": of a range the beginning is the event's day.
_FROM = re.compile(r"(?<!\w)từ$")
_TO = re.compile(r"[-–]|đến|tới")
_DOCUMENT = re.compile(
    r"(?:(?<!\w)(?:quyết định|nghị quyết|nghị định|thông tư|chỉ thị|công văn|công điện|kế hoạch|thông báo|tờ trình"
    r"|hướng dẫn|luật|pháp lệnh|văn bản)[^.,;:\n]{0,24}|\d/(?:\d{4}/)?[a-zđ][^ ,]*|ban hành|ký|(?<!\w)số [^ ,]{1,20})$"
)
_COMMEMORATED = re.compile(
    r"(?<!\w)(?:kỷ niệm|kỉ niệm|nhân|dịp|mừng|hưởng ứng|truyền thống|quốc tế|quốc khánh|thành lập|lần thứ|thương binh"
    r"|tháng hành động|giải phóng|ngày vì|ngày hội|toàn thắng)[^.;,\n]{0,60}$"
)
_LIVES = re.compile(
    r"(?<!\w)(?:sinh|mất|hy sinh|từ trần|hiệu lực|áp dụng|thi hành|thực hiện|thành lập|bắt đầu|nhập ngũ)"
    r"(?: kể)?(?: từ| vào)?$"
)
# What stands behind it.
_NOT_THEN = re.compile(
    r" ?\)?,? ?(?:của (?!huyện|tỉnh|xã)|của|về việc|hằng năm|hàng năm|trở đi|trở về|âm lịch|\(âm lịch)(?!\w)"
)
_SPAN_OF_YEARS = re.compile(rf" ?[-–] ?\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_Y}")  # 1/10/1990 - 1/10/2024
_CLAUSE_END = re.compile(r"[.;\n]")
_COMING = re.compile(r"(?<!\w)(?:sẽ|dự kiến|hạn nộp|đăng ký trước)(?!\w)")
_HAPPENED = re.compile(
    r"(?<!\w)(?:tổ chức|khai mạc|khai giảng|bế giảng|bế mạc|diễn ra|phát động|ra quân|trao|tặng|thăm|họp|làm việc"
    r"|chủ trì|hội nghị|lễ|bàn giao|khởi công|phiên|đến|đã|tại|công bố|biểu dương)(?!\w)"
)
_RELATIVE = re.compile(
    r"(?<!\w)(?:(?P<today>(?:sáng|trưa|chiều|tối|hôm) nay)|(?:sáng|chiều|tối|đêm|hôm) qua)(?!\w)"
    r"(?! ?,? ?\(?(?:ngày )?\(?\d)"
)
_YEAR = re.compile(
    rf"(?<![\d/.-])(?<!đến )(?<!đến năm )(?<!tiêu năm )(?<!vụ năm )(?P<first>{_Y})"
    rf"(?P<range> ?(?:[-–]|đến(?: năm)?) ?(?:{_Y}|\d\d(?!\d)))?(?!/)"
)
_REVIEWED = re.compile(rf"(?<!\w)(?:tổng kết|kết quả|đánh giá)[^.;\n]{{0,80}}?năm (?P<year>{_Y})")
_SPRING = 3  #: up to this month last year is reviewed
#: A line that is nothing but the page's own date.
_DATE_LINE = re.compile(
    r"[\W\d]*(?:(?:thứ|hai|ba|tư|năm|sáu|bảy|chủ nhật|ngày|tháng|đăng|cập nhật|lúc|gmt|am|pm|sa|ch|lượt xem"
    r"|đã xem|giờ|phút)[\W\d]*)*"
)
_LONGEST_DATE_LINE = 80


def occasion(title: str, body: str, published_on: date | None = None) -> tuple[date | None, str | None]:
    """Return the day of the event and the place of a bulletin, as far as its words tell them.

    Args:
        title: one line, NFC.
        body: NFC, paragraphs separated by one newline.
        published_on: local; it gives a day its year, and "sáng nay" its day. It is never the answer by itself.
    """
    title, body = opening(title, READ), opening(body, READ)
    return _event_on(lowered(title), lowered(body), published_on), place_of(title, body)


def _event_on(title: str, body: str, published_on: date | None) -> date | None:
    years = _Years(title, body, published_on)
    best: date | None = None
    most = _LEAST - 1
    for text in (body, title):
        for match in _told(text):
            day = years.day(match)
            points = 0 if day is None else _points(text, match) + years.points(day)
            if points > most and not _is_other(text, match):
                best, most = day, points
            if most >= _SURE:
                return best
    return best or (None if published_on is None else _relative(body, published_on))


def _told(text: str) -> list[re.Match[str]]:
    """Return the days that a word announces, in order.

    The words are looked for one by one, the pattern is tried only there: numbers are many in a bulletin, and days few.
    """
    places = []
    for cue in _CUES:
        place = text.find(cue)
        while place >= 0:
            places.append(place)
            place = text.find(cue, place + len(cue))
    found: list[re.Match[str]] = []
    for place in sorted(places):
        match = _TOLD.match(text, place)
        if match is not None and not (found and place < found[-1].end()) and not (place and text[place - 1].isalnum()):
            found.append(match)
    return found


def _is_other(text: str, match: re.Match[str]) -> bool:
    """Tell whether a day is another one than the event's."""
    start, end = match.span()
    said = text[max(0, start - 80) : start].rstrip(" (")
    after = text[end : end + 70]
    if _BOUND.search(said) and not (_FROM.search(said) and _TO.search(match[0] + after[:7])):
        return True
    if _NOT_THEN.match(after) or _LIVES.search(said) or _SPAN_OF_YEARS.match(after):
        return True
    if match["part"] is None and (_DOCUMENT.search(said) or _COMMEMORATED.search(f"{said} ")):
        return True
    clause = _CLAUSE_END.split(said)[-1][-45:] + " " + _CLAUSE_END.split(after, maxsplit=1)[0]
    return _COMING.search(clause) is not None or _is_date_line(text, start, end)


def _points(text: str, match: re.Match[str]) -> int:
    """Return how much a day looks like the event's by the words around it."""
    start, end = match.span()
    said = text[max(0, start - 40) : start].rstrip(" (")
    opens = not said or said[-1] in ".,-–):\n*+"
    clause = _CLAUSE_END.split(text[end : end + 70], maxsplit=1)[0]
    happened = _HAPPENED.search(clause) or _HAPPENED.search(said)
    return 2 * (match["part"] is not None) + 2 * (start < _OPENING) + opens + (happened is not None)


def _is_date_line(text: str, start: int, end: int) -> bool:
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    return last - first < _LONGEST_DATE_LINE and _DATE_LINE.fullmatch(text[first:start] + text[end:last]) is not None


def _relative(body: str, published_on: date) -> date | None:
    opening = body[:_OPENING]
    match = _RELATIVE.search(opening) if " nay" in opening or " qua" in opening else None
    if match is None:
        return None
    if match["today"] is None:
        return published_on - timedelta(days=1) if published_on > date.min else None
    # "Cuộc sống hôm nay" is no day.
    return None if match["today"] == "hôm nay" and opening[match.end() : match.end() + 1] != "," else published_on


@dataclass(frozen=True, slots=True)
class _Years:
    """Which year a day is of that is printed without one."""

    title: str
    body: str
    published: date | None

    def day(self, match: re.Match[str]) -> date | None:
        """Return the day of a match; of several days the first."""
        get = match.groupdict()
        form = next(form for form in range(1, 5) if get[f"d{form}"])
        day, month = int(get[f"d{form}"]), int(get[f"m{form}"])
        year = get[f"y{form}"] or (get["y5"] if form == 4 else None)  # noqa: PLR2004
        if year:
            over_new_year = form == 1 and month > int(get["last"])
            full = _date(int(year) - over_new_year, month, day)
            return None if full is None or self._is_ahead(full) else full
        if self.published is None:
            context = self._context(month)
            return None if context is None else _date(context, month, day)
        near = _date(self.published.year, month, day)
        return _date(self.published.year - 1, month, day) if near is None or self._is_ahead(near) else near

    def points(self, day: date) -> int:
        """Return how well a day fits the publication."""
        if self.published is None:
            return 0
        ago = self.published - day
        if timedelta() <= ago <= _FRESH:
            return 2
        return -3 if ago > _STALE else -1 if ago < timedelta() else 0

    def _is_ahead(self, day: date) -> bool:
        return self.published is not None and day - self.published > _AHEAD

    def _context(self, month: int) -> int | None:
        """Return the year that the text speaks of: a review of one is held at its end or early in the next."""
        text = f"{self.title}\n{self.body}"
        reviewed = _REVIEWED.search(text)
        if reviewed is not None:
            year = int(reviewed["year"])
            return year + 1 if month <= _SPRING and "tháng đầu năm" not in reviewed[0] else year
        return max((int(match["first"]) for match in _YEAR.finditer(text) if not match["range"]), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
