"""Expressions of time in a text, and the period that each of them speaks of.

``năm 2023`` is 2023, ``6 tháng đầu năm`` the first half of a year that the context names, ``đến 30/9/2023`` the nine
months that a report of that day covers (CONTRACT 3, ``period``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_YEAR = r"(?:19|20)\d{2}(?!\d|[.,]\d)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_MONTH = r"(?:1[0-2]|0?[1-9])(?!\d)"
_SEP = r" ?[/.-] ?"
_DASH = r" ?[-–—] ?"
_DAY_WORDS = (
    r"(?:(?:sáng|chiều|tối|trưa|đêm|hôm|dịp|lễ|kỷ niệm|quốc khánh)(?: nay| qua)? ?,? ?\(?(?:hết )?(?:ngày )?"
    r"|(?:các )?ngày(?: lễ)? |mùng |mồng )"
)
#: Before a day as often as before a share: "đến 5/6", "từ 5-7 người", "tăng đến 5/6 chỉ tiêu".
_LOOSE_DAY_WORDS = r"(?:từ|đến|hết|vào|trước|sau|nhân|và|tính đến|tới) (?:hết )?"
_NO_DAY = (
    r"(?! *(?:[%/]|xã|phường|thị|huyện|quận|chỉ tiêu|tiêu chí|hộ|người|lao động|thôn|ấp|bản|đơn vị|doanh nghiệp"
    r"|nhiệm vụ|nội))"
)
_MONTHS_AS_WORDS = {"ba": 3, "sáu": 6, "chín": 9, "bốn": 4, "năm": 5, "bảy": 7, "tám": 8, "mười": 10}
_NUMBER_WORD = "|".join(_MONTHS_AS_WORDS)
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}

_FULL_DATE = (
    # 15/9/2023, 19-04-2021, 28/6/ 2016; two days of one month: 28/2-1/3/2022, 15 - 16/9/2023
    rf"(?P<d1>{_DAY})(?: ?[/.-] ?{_MONTH})?(?:{_DASH}{_DAY})?{_SEP}(?P<m1>{_MONTH}){_SEP}(?P<y1>{_YEAR})"
    # 21 tháng 09 năm 2025
    rf"|(?P<d2>{_DAY})(?:{_DASH}{_DAY})? +tháng +(?P<m2>{_MONTH})(?: +năm +|{_SEP}| *, *)(?P<y2>{_YEAR})"
)
_MONTHS = (
    # 6 tháng đầu năm 2023, 11 tháng năm 2022, chín tháng đầu năm, 6 tháng cuối năm
    rf"(?P<n>{_MONTH}|{_NUMBER_WORD}) +tháng +(?P<half>đầu|cuối|qua)(?: +(?:của +)?năm)?(?: +nay)?"
    rf"(?: *(?:[,(] *)?(?P<y3>{_YEAR}))?"
    rf"|(?P<n2>{_MONTH}|{_NUMBER_WORD}) +tháng(?: +của)?(?: +năm +|{_SEP})(?P<y4>{_YEAR})"
)
_YEARS = (
    # 2021 - 2025, 2016-2020, 2016 đến năm 2020, 2016 2020
    rf"(?P<y7>{_YEAR})(?:{_DASH}| +đến +(?:năm +)?| +tới +(?:năm +)?|(?<=\d) )(?P<y8>{_YEAR})"
)

#: Times that begin with a digit, on text in lower case; tried where a digit run begins.
DIGITS_TIME = "|".join(
    (
        _FULL_DATE,
        _MONTHS,
        # a headline's "6 tháng, …"; "8 tháng là 14 vụ"
        rf"(?:(?<=: )|(?<=\n)|(?<!.))(?P<n3>{_MONTH}) +tháng(?= ?,)",
        rf"(?:(?<=; )|(?<=, )|(?<=[.] ))(?P<n5>{_MONTH}) +tháng(?= +(?:là|có|đã|chiếm|toàn|đạt))",
        _YEARS,
        rf"(?P<d5>{_DAY}) +tháng +(?P<m6>{_MONTH})(?![.,]?\d)",
        rf"(?<![.,/])(?P<m7>{_MONTH})/(?P<y10>{_YEAR})",
        # judged by what stands beside it
        rf"(?<![.,/])(?P<bare>{_YEAR})",
        r"(?P<clock>\d{1,2} ?(?:giờ|h|g|:) ?\d{2}(?: ?: ?\d{2})?(?!\d)(?: ?(?:phút|am|pm|sa|ch)(?![^\W_]))?'?)",
    )
)
#: Times that begin with a word.
WORDS_TIME = "|".join(
    (
        rf"ngày +(?:{_FULL_DATE})",
        _MONTHS,
        rf"nửa +(?P<half2>đầu|cuối) +năm(?: +(?P<y5>{_YEAR}))?",
        # quý I/2022, quý 3 năm 2021, quý II
        rf"quý +(?P<q>iv|i{{1,3}}|[1-4])(?![^\W_])(?: *(?:[,/(-] *)?(?:năm +)?(?P<y6>{_YEAR})| +năm +nay)?",
        rf"năm +{_YEARS}",
        rf"từ +(?:năm +)?(?P<since>{_YEAR}) +(?:đến|tới) +nay",
        # tháng 9/2023, tháng 11-2023, tháng 3 năm 2024; tháng 9
        rf"tháng +(?P<m3>{_MONTH})(?:(?: +năm +|{_SEP}| *, *năm +)(?P<y9>{_YEAR})| +năm +nay)?",
        # ngày 15/9, sáng 29.10, dịp 27/7, sáng nay (7/10), từ 5 đến 10/6: only behind a word that announces a day
        (
            rf"{_DAY_WORDS}(?:{_DAY}(?:{_DASH}| đến | và )(?:ngày )?)?(?P<d3>{_DAY}){_SEP}(?P<m4>{_MONTH})"
            r"(?![.,]?\d| ?[/-] ?\d)"
        ),
        rf"{_LOOSE_DAY_WORDS}(?P<d6>{_DAY})/(?P<m8>{_MONTH})(?![.,]?\d| ?/ ?\d){_NO_DAY}",
        rf"(?:ngày|mùng|mồng) +(?P<d4>{_DAY})(?![.,/]?\d)(?: +tháng +(?P<m5>{_MONTH}))?",
        (
            rf"(?:lũy kế|luỹ kế|kết quả|tính chung|qua|trong) +(?P<n4>{_MONTH}) +tháng"
            r"(?! *(?:đến|trở|tuổi|liên|đầu|cuối|năm|qua|/))"
        ),
        rf"(?:năm +|đầu +|cuối +|giữa +)(?P<y11>{_YEAR})",
        r"(?P<last>(?:trong +)?năm +(?:vừa +)?(?:qua|trước|ngoái))(?![^\W_])|(?P<coming>năm +(?:sau|tới))(?![^\W_])",
        r"(?P<this>năm +nay|cả +năm|trong +năm)(?![^\W_]| *\d)",
    )
)
#: The words that :data:`WORDS_TIME` begins with; a digit follows soon, or the second kind.
TIME_WORDS = frozenset(
    "ngày tháng quý từ đến hết vào trước sau nhân và tính tới sáng chiều tối trưa đêm hôm dịp lễ kỷ quốc các mùng "
    "mồng lũy luỹ kết qua trong năm đầu cuối giữa".split()
)
TIME_PHRASES = frozenset({"nửa", "năm", "cả", "trong", "quý", *_MONTHS_AS_WORDS})


@dataclass(slots=True)
class When:
    """One expression of time; never changed, but a frozen one takes two microseconds more."""

    year: int | None = None
    last_year: int | None = None  #: of several years
    part: str = ""  #: ``H1``, ``Q3``, ``M09``: of a year
    month: int | None = None
    day: int | None = None
    shift: int | None = None  #: years from the context's: ``năm qua`` -1, ``năm nay`` 0
    bare: bool = False  #: four digits that may also be a quantity
    clock: bool = False
    since: bool = False  #: up to now: the last year is that of the page

    @property
    def dated(self) -> bool:
        """Whether it names a day."""
        return self.day is not None

    def with_year(self, year: int | None) -> When:
        """Return it with the context's year where it names none."""
        if self.year is not None or year is None:
            return self
        year += self.shift or 0  # ``replace`` takes four times as long
        return When(
            year, self.last_year, self.part, self.month, self.day, self.shift, self.bare, self.clock, self.since
        )

    def period(self, *, stock: bool = False) -> str | None:
        """Return the period as CONTRACT 3 writes it, or None while its year is unknown.

        Args:
            stock: it stands behind "đến", "hết", "cuối": the months up to it, not the month or day alone.
        """
        if self.year is None:
            return None
        if self.last_year is not None:
            return f"{self.year}-{self.last_year}"
        if self.part:
            part = _UP_TO[3 * int(self.part[1])] if stock and self.part[0] == "Q" else f"-{self.part}"
            return f"{self.year}{part}"
        if self.month is not None and stock:
            return f"{self.year}{_UP_TO[self.month]}"
        if self.month is not None and self.day is None:
            return f"{self.year}-{self.month:02d}"
        return str(self.year)


#: The months from January up to this one.
_UP_TO = {month: f"-M{month:02d}" for month in range(1, 12)} | {6: "-H1", 12: ""}
_HALF = 6


def when(match: re.Match[str]) -> When:
    """Return what a match of :data:`DIGITS_TIME` or :data:`WORDS_TIME` says; they may be alternatives of a pattern."""
    return _READERS[match.lastgroup or ""](match)


_Reader = Callable[[re.Match[str]], "When"]


def _full(number: str) -> _Reader:
    day, month, year = f"d{number}", f"m{number}", f"y{number}"
    return lambda said: When(int(said[year]), month=int(said[month]), day=int(said[day]))


def _day(day: str, month: str) -> _Reader:
    return lambda said: When(month=_int(said[month]), day=int(said[day]))


def _first_months(name: str) -> _Reader:
    return lambda said: _months(said[name], first=True, year=None)


def _some_months(said: re.Match[str]) -> When:
    return _months(said["n"], first=said["half"] != "cuối", year=_int(said["y3"]))


def _half_year(said: re.Match[str]) -> When:
    return When(_int(said["y5"]), part="H1" if said["half2"] == "đầu" else "H2")


def _quarter(said: re.Match[str]) -> When:
    return When(_int(said["y6"]), part=f"Q{_QUARTERS[said['q']]}")


def _month(said: re.Match[str]) -> When:
    return When(_int(said["y9"]), month=int(said["m3"]))


def _several(said: re.Match[str]) -> When:
    first, last = int(said["y7"]), int(said["y8"])
    return When(first, last_year=last) if first < last else When(last)


#: By the last group of a form that matched.
_READERS: Mapping[str, _Reader] = {
    "y1": _full("1"),
    "y2": _full("2"),
    "bare": lambda said: When(int(said["bare"]), bare=True),
    "y11": lambda said: When(int(said["y11"])),
    "clock": lambda _: When(clock=True),
    "y8": _several,
    "half": _some_months,
    "y3": _some_months,
    "y4": lambda said: _months(said["n2"], first=True, year=int(said["y4"])),
    "n3": _first_months("n3"),
    "n4": _first_months("n4"),
    "n5": _first_months("n5"),
    "since": lambda said: When(int(said["since"]), since=True),
    "half2": _half_year,
    "y5": _half_year,
    "q": _quarter,
    "y6": _quarter,
    "m3": _month,
    "y9": _month,
    "y10": lambda said: When(int(said["y10"]), month=int(said["m7"])),
    "m4": _day("d3", "m4"),
    "d4": _day("d4", "m5"),
    "m5": _day("d4", "m5"),
    "m6": _day("d5", "m6"),
    "m8": _day("d6", "m8"),
    "last": lambda _: When(shift=-1),
    "coming": lambda _: When(shift=1),
    "this": lambda _: When(shift=0),
}


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _months(count: str, *, first: bool, year: int | None) -> When:
    months = _MONTHS_AS_WORDS.get(count) or int(count)
    if first:
        return When(year, part=_UP_TO[months].lstrip("-")) if months < 12 else When(year)  # noqa: PLR2004
    return When(year, part={6: "H2", 3: "Q4"}.get(months, ""))
