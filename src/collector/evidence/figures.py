"""Figures: a number with what is counted, as the text prints them; and which numbers are none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from collector.evidence.lexicon import Role, class_of, unit_length
from collector.evidence.tokens import MARK, NUMBER, TIME_, WORD, WORDS, Token
from collector.vietnamese.numbers import NUMERAL_WORDS, Numeral, numeral


@dataclass(slots=True)
class Figure:
    """One number that counts or measures something."""

    token: int  #: index of its first token
    after: int  #: index of the first token behind it and its unit
    start: int  #: of the number as printed
    end: int
    value: float
    value_max: float | None = None
    unit: str | None = None
    unit_class: str = ""
    unit_end: int = 0  #: where number, scale word and unit end
    qualifier: str = "exact"
    ambiguous: bool = False
    scaled: bool = False
    total: float | None = None  #: y of x/y
    carried: bool = False  #: the unit is not printed here
    opened: int = 0  #: where a unit begins that the lexicon does not know


_LETTERS = re.compile(r" *([^\W\d_]+)(?: +([^\W\d_]+))?")
#: Nouns that count by themselves; behind any other the noun is taken to have two syllables, as most have.
_CLASSIFIERS = frozenset(
    "cuộc buổi đợt chiếc cái con bộ tấm cây quyển cuốn bản tờ chuyến đoàn đội nhóm tổ ban lớp khóa khoá phiên gian ngôi "
    "căn giường suất phần lá vụ ca điểm trạm trường phòng giải thẻ sổ đơn lượt máy xe tin bài hạng lô loại mũi bức".split()
)
#: What a unit never begins with.
_NOT_COUNTED = (
    frozenset(
        "của và cho là được đã trong tại ở so với từ đến do để thì mà có còn giảm tăng đạt năm tháng ngày khi sau trước bằng vào "
        "hoặc hay này đó thuộc nhằm cùng theo về trên dưới gồm bao chiếm nên cũng sẽ vẫn tương tức như ngoài nhưng qua lên xuống "
        "đang bị các những mỗi một nếu thứ phát vì cả nhất hơn bình gần vượt không chưa tới toàn quý giờ phút tuổi ra rất lại hết "
        "ước khoảng hàng trở tất kế chỉ đầu cuối đồng hằng sang làm muốn đi đang xin tự cần có".split()
    )
    | NUMERAL_WORDS
)
_PER = re.compile(
    r" ?/ ?(?:(?:\d+|ba|sáu) (?=tháng|năm|ngày|kỳ|quý|tuần|đợt|giờ|lần))?[^\W\d_]+(?: (?:gia đình|lao động|nhà|trẻ em|em|quà"
    r"|tượng|nghèo|đợt|hợp))?"
)
_LARGEST_NAME = 12  #: "phường 12", "lớp 12"; above that a known unit behind the number makes it a count
_LARGEST_PLACE = 30  #: "Tổ 28," without a unit
_MILLION = 1_000_000
_THOUSAND = 1000
_ENGLISH, _VIETNAMESE = re.compile(r"\d\.\d{1,2} ?%"), re.compile(r"\d,\d{1,2}(?!\d)")
_INNER = 2
_ZEROS = 3  #: "08 lớp", "019 hộ"; longer numbers that begin with 0 are telephones
_MONTHS_A_YEAR, _DAYS_A_MONTH = 12, 31
_LEAST_IN_BRACKETS = 100  #: "(33)" is a note's number, "(41.377)" a figure
#: Classes whose unit may stand once, at the head of a list or a sentence.
_CARRIED = frozenset(
    {"người", "hộ", "căn nhà", "suất", "vụ", "hồ sơ", "doanh nghiệp", "việc làm", "phiên", "lớp", "thẻ"}
)
#: Behind a number whose unit the list's head has told: "9.120 trong nước và 6.180 ngoài nước".
_GOES_ON = frozenset(
    "mỗi trong ngoài ở tại sang thuộc là đã được có chưa bị đang đi làm đạt với cho so từ nữ nam".split()
)


def figures(text: str, low: str, tokens: list[Token]) -> list[Figure]:
    """Return the figures of a text in order.

    Args:
        text: as it is printed.
        low: the text in lower case.
        tokens: of that text.
    """
    found: list[Figure] = []
    index = 0
    while index < len(tokens):
        kind = tokens[index].kind
        figure = None
        if kind in (NUMBER, WORDS) or (kind == TIME_ and tokens[index].value.bare):
            figure = _figure(low, tokens, index, found)
            if figure is not None and not _is_printed_as_count(text, figure):
                figure = None
        if figure is None:
            index += 1
            continue
        found.append(figure)
        index = max(figure.after, index + 1)
    return found


def _figure(low: str, tokens: list[Token], index: int, before: list[Figure]) -> Figure | None:
    token = tokens[index]
    if _is_name(low, tokens, index) or _is_vague(low, tokens, index):
        return None
    figure = Figure(index, index + 1, token.start, token.end, 0.0)
    texts = [low[token.start : token.end]]
    words = token.value if token.kind == WORDS else None
    _take_range(low, tokens, figure, texts)
    if words is None and figure.value_max is None:
        _take_total(low, tokens, figure)
    scale = _take_scale(low, tokens, figure)
    _take_unit(low, tokens, figure, before)
    if figure.unit is None and not figure.carried:
        return None
    if figure.total is None and not figure.carried:
        _take_late_total(low, tokens, figure)
    if figure.unit_class == "none":
        return None
    values = [float(words)] if words is not None else []
    for text in texts if words is None else []:
        said = numeral(
            text.replace(", ", ",").replace(". ", ".").replace(" ,", ","),
            scaled=scale > 1 or figure.unit_class == "kg",
            percent=figure.unit_class == "%",
        )
        if said is None:
            return None
        if scale > 1 and said.value >= _THOUSAND and _ENGLISH.search(low) and not _VIETNAMESE.search(low):
            # "1.875 tỷ đồng" where every share is printed like "41.6%": it may be less than two.
            said = Numeral(said.value, ambiguous=True)
        values.append(said.value)
        figure.ambiguous = figure.ambiguous or said.ambiguous
    if (len(values) > 1 and values[0] >= values[1]) or (values[0] == 0 and figure.unit_class == "đồng"):
        return None  # "gian hàng 0 đồng"
    figure.value = _times(values[0], scale) + figure.value
    figure.value_max = _times(values[1], scale) if len(values) > 1 else None
    figure.scaled = scale > 1
    if token.kind == TIME_ and not _is_count(low, tokens, figure):
        return None
    if _is_small_name(low, tokens, index, figure):
        return None
    _take_qualifier(low, tokens, figure)
    return figure


def _is_printed_as_count(text: str, figure: Figure) -> bool:
    """Tell by capitals what is counted from a name: "8 nghìn HSSV"; not "số 01 Châu Văn Tiếp", not "CIENCO1"."""
    if figure.start and text[figure.start - 1].isupper():
        return False
    if not figure.opened:
        return True
    match = _LETTERS.match(text, figure.opened)
    return match is not None and (match[1][0].islower() or (match[1].isupper() and len(match[1]) > 1))


def _times(value: float, scale: float) -> float:
    return value if scale == 1 else round(value * scale, 2)


def _blank(low: str, start: int, end: int) -> bool:
    return start == end or low[start:end].isspace()


def _is_name(low: str, tokens: list[Token], index: int) -> bool:
    """Tell a number that is a part of a name, a date, a telephone number or a list's numbering."""
    token = tokens[index]
    start, end = token.start, token.end
    if start and low[start - 1].isalpha() and not (start > 1 and low[start - 2].isalpha()):
        return True  # K1, m2; a number glued to a whole word stays: "bắt buộc93 người"
    if start > 1 and low[start - 1] in "-–" and low[start - 2].isalpha():
        return True  # covid-19, U-23
    before = tokens[index - 1] if index else None
    if before is not None and before.kind in (NUMBER, MARK) and _follows_a_name(low, tokens, index):
        return True
    if end < len(low) and low[end].isalpha() and not (index + 1 < len(tokens) and tokens[index + 1].start == end):
        return True  # 12A1
    if token.kind == NUMBER and low[start] == "0" and token.value.isdigit() and end - start > _ZEROS:
        return True  # a telephone number
    if index == 0 or (tokens[index - 1].kind == MARK and tokens[index - 1].value == "\n"):
        line_start = 0 if index == 0 else tokens[index - 1].end
        if (
            _blank(low, line_start, start)
            and low[end : end + 1] in {".", ")", "/"}
            and low[end + 1 : end + 2] in {" ", ""}
        ):
            return True  # "1. ", "2) "
    return False


def _follows_a_name(low: str, tokens: list[Token], index: int) -> bool:
    """Tell by the number or mark before it: "0908 123 400", "(0290) 3550.226", “3 tại chỗ”, “4 trong 1”."""
    token, before = tokens[index], tokens[index - 1]
    if before.kind == MARK and before.value in '“"':
        return before.end == token.start and token.end - token.start == 1
    if before.kind == MARK and before.value == ")" and index > 1:
        before = tokens[index - 2]
    telephone = before.kind == NUMBER and low[before.start] == "0" and before.end - before.start > _ZEROS
    return telephone and token.start - before.end <= len(") ")


def _is_vague(low: str, tokens: list[Token], index: int) -> bool:
    """Tell "hàng trăm nghìn"."""
    before = tokens[index - 1] if index else None
    return (
        before is not None
        and before.kind == WORD
        and bool(before.value.roles & Role.VAGUE)
        and tokens[index].kind == WORDS
        and _blank(low, before.end, tokens[index].start)
    )


def _is_small_name(low: str, tokens: list[Token], index: int, figure: Figure) -> bool:
    """Tell "phường 2", "Nghị quyết 42" and the like from counts."""
    if index == 0 or figure.scaled or figure.unit_class in {"%", "đồng"} or figure.value_max is not None:
        return False
    before = tokens[index - 1]
    if before.kind == MARK and before.value == ":" and index > 1:
        colon, before = before, tokens[index - 2]
        return _blank(low, before.end, colon.start) and before.kind == WORD and bool(before.value.roles & Role.NUMBERED)
    if before.kind != WORD or not _blank(low, before.end, figure.start):
        return False
    if before.value.roles & Role.NUMBERED:
        return "." not in low[figure.start : figure.end] or figure.carried
    if before.value.roles & Role.PERHAPS_NUMBERED:
        largest = _LARGEST_PLACE if figure.carried else _LARGEST_NAME
        return figure.value <= largest and low[figure.start] != "0"
    return False


def _is_count(low: str, tokens: list[Token], figure: Figure) -> bool:
    """Tell "2020 suất quà" from a year: a unit stands behind it, and no word for a year before it."""
    if figure.carried or figure.opened:
        return False
    figure.ambiguous = True
    return (
        not low[: figure.start]
        .rstrip()
        .endswith(("năm", "tháng", "quý", "-", "–", "và", ",", "đến", "hồi", "từ", "cuối", "đầu", "giữa", "kỳ"))
    )


def _take_range(low: str, tokens: list[Token], figure: Figure, texts: list[str]) -> None:
    """Take "2 đến 3", "0,6 - 1,0", "575- 655", "2% - 3" with the number before it."""
    position = figure.after
    end = figure.end
    inner: list[str] = []  # "90 triệu đồng đến 130 triệu đồng", "2% đến 3%"
    while position < len(tokens) and len(inner) < _INNER and _blank(low, end, tokens[position].start):
        token = tokens[position]
        is_percent = token.kind == MARK and token.value == "%"
        if not (is_percent or (token.kind == WORD and token.value.roles & (Role.SCALE | Role.UNIT | Role.MONEY))):
            break
        inner.append("%" if is_percent else token.value.text)
        position, end = position + 1, token.end
    if position + 1 >= len(tokens):
        return
    link, second = tokens[position], tokens[position + 1]
    is_dash = link.kind == MARK and link.value in "-–—"
    is_word = link.kind == WORD and link.value.roles & Role.TO
    if not (is_dash or is_word) or second.kind != NUMBER:
        return
    if not (_blank(low, end, link.start) and _blank(low, link.end, second.start)):
        return
    if any(not _same_behind(tokens, position + 2 + number, text) for number, text in enumerate(inner)):
        return
    texts.append(low[second.start : second.end])
    figure.end, figure.after = second.end, position + 2
    figure.value_max = 0.0


def _same_behind(tokens: list[Token], index: int, inner: str) -> bool:
    if index >= len(tokens):
        return False
    token = tokens[index]
    return (token.kind == MARK and token.value == inner) or (token.kind == WORD and token.value.text == inner)


def _take_total(low: str, tokens: list[Token], figure: Figure) -> None:
    """Take y of x/y: "22.151/19.500 lao động", "12 trong tổng số 15 xã"."""
    position = figure.after
    if position + 1 >= len(tokens):
        return
    slash, second = tokens[position], tokens[position + 1]
    if slash.kind == MARK and slash.value == "/" and second.kind in (NUMBER, TIME_) and slash.start == figure.end:
        text = low[second.start : second.end]
        total = numeral(text) if text[0].isdigit() else None
        if total is not None and second.start - slash.end <= 1:
            figure.total = total.value
            figure.after = position + 2
            figure.unit_end = second.end


def _take_late_total(low: str, tokens: list[Token], figure: Figure) -> None:
    """Take y of "320 người/200 (150%)"; "05 lớp/148 học viên" are two figures."""
    position = figure.after
    if position + 1 >= len(tokens) or tokens[position].kind != MARK or tokens[position].value != "/":
        return
    second = tokens[position + 1]
    if second.kind != NUMBER or tokens[position].start != figure.unit_end or _LETTERS.match(low, second.end):
        return
    if position + 2 < len(tokens) and tokens[position + 2].kind != MARK:
        return
    total = numeral(second.value)
    if total is not None:
        figure.total, figure.after, figure.unit_end = total.value, position + 2, second.end


def _take_scale(low: str, tokens: list[Token], figure: Figure) -> float:
    """Take scale words and what is added below them: "1 tỷ 200 triệu"."""
    end = max(figure.end, figure.unit_end)
    position = figure.after
    if not _scale_at(low, tokens, position, end):
        return 1.0
    scale: float = tokens[position].value.scale
    figure.after, figure.unit_end = position + 1, tokens[position].end
    below = position + 1
    if (
        below + 1 < len(tokens)
        and tokens[below].kind == NUMBER
        and _blank(low, tokens[position].end, tokens[below].start)
        and _scale_at(low, tokens, below + 1, tokens[below].end)
        and tokens[below + 1].value.scale < scale
        and (added := numeral(tokens[below].value, scaled=True)) is not None
    ):
        figure.value = added.value * tokens[below + 1].value.scale
        figure.end = tokens[below].end
        figure.after, figure.unit_end = below + 2, tokens[below + 1].end
    return scale


def _scale_at(low: str, tokens: list[Token], position: int, end: int) -> bool:
    return (
        position < len(tokens)
        and tokens[position].kind == WORD
        and bool(tokens[position].value.roles & Role.SCALE)
        and _blank(low, end, tokens[position].start)
    )


def _take_unit(low: str, tokens: list[Token], figure: Figure, before: list[Figure]) -> None:
    end = max(figure.end, figure.unit_end)
    has_scale = figure.unit_end > figure.end and figure.total is None
    figure.unit_end = end
    position = figure.after
    token = tokens[position] if position < len(tokens) else None
    if token is not None and _blank(low, end, token.start):
        if token.kind == MARK and token.value == "%":
            _set_unit(low, figure, "%", "%", token.end, position + 1)
            return
        if token.kind == WORD and not (has_scale and token.value.roles & Role.SCALE):
            roles = token.value.roles
            if roles & Role.PERCENT:
                _set_unit(low, figure, "%", "%", token.end, position + 1)
                return
            if roles & Role.NO_UNIT and not (has_scale and token.value.text == "năm"):
                figure.unit, figure.unit_class = token.value.text, "none"
                return
            if roles & Role.MONEY:
                _set_unit(low, figure, low[token.start : token.end], "đồng", token.end, position + 1)
                return
            length = token.value.unit_length or (len(low[token.start : token.end]) if roles & Role.UNIT else 0)
            if length:
                _set_counted(low, tokens, figure, position, length)
                return
    if has_scale and tokens[figure.after - 1].kind == WORD and tokens[figure.after - 1].value.roles & Role.MONEY:
        _set_unit(low, figure, "đ", "đồng", end, figure.after)  # "2trđ/suất"
        return
    if tokens[figure.token].kind == WORDS and tokens[figure.token].value >= _MILLION:
        has_scale = True  # "sáu triệu rưỡi"
    if has_scale and _money_without_unit(low, tokens, figure, before):
        return
    match = _LETTERS.match(low, end)
    if match and match[1] not in _NOT_COUNTED and match.start(1) > end:
        _open_unit(low, tokens, figure, match)
        return
    _carry(low, tokens, figure, before)


def _set_counted(low: str, tokens: list[Token], figure: Figure, position: int, length: int) -> None:
    token = tokens[position]
    text = " ".join(low[token.start : token.start + length].split())
    _set_unit(low, figure, text, token.value.unit_class or class_of(text) or text, token.start + length, position)
    if token.end == figure.unit_end:
        figure.after = position + 1


def _set_unit(low: str, figure: Figure, unit: str, unit_class: str, end: int, after: int) -> None:
    figure.unit_class, figure.after = unit_class, after
    # "đồng/người/3 tháng": the 3 is no number of its own.
    rest = end
    while match := _PER.match(low, rest):
        rest = match.end()
    figure.unit = unit + "".join(low[end:rest].split(" ")) if rest == end else unit + _tidy(low[end:rest])
    figure.unit_end = rest


def _tidy(per: str) -> str:
    return "/".join(part.strip() for part in per.split("/"))


def _money_without_unit(low: str, tokens: list[Token], figure: Figure, before: list[Figure]) -> bool:
    """Tell what "0,1 triệu" is of: of people where the figure before it was, else of đồng."""
    last = before[-1] if before else None
    match = _LETTERS.match(low, figure.unit_end)
    if match and match[1] not in _NOT_COUNTED and match.start(1) > figure.unit_end:
        return False
    if (
        last is not None
        and last.scaled
        and last.unit_class not in {"%", "đồng"}
        and "\n" not in low[last.end : figure.start]
    ):
        figure.unit, figure.unit_class, figure.carried = last.unit, last.unit_class, True
        return True
    figure.unit, figure.unit_class = "đồng", "đồng"
    return True


def _open_unit(low: str, tokens: list[Token], figure: Figure, match: re.Match[str]) -> None:
    first, second = match[1], match[2]
    pair = second is not None and first not in _CLASSIFIERS and second not in _NOT_COUNTED
    unit = f"{first} {second}" if pair else first
    end = match.end(2) if pair else match.end(1)
    figure.unit, figure.unit_class, figure.unit_end, figure.opened = unit, unit, end, match.start(1)
    while figure.after < len(tokens) and tokens[figure.after].end <= end:
        figure.after += 1


_ENDS = frozenset(",;.!?()[]\n…:")


def _carry(low: str, tokens: list[Token], figure: Figure, before: list[Figure]) -> None:
    """Give a number without a unit that of the list's head: "hồ sơ quản lý là 912, giảm 360"."""
    printed = low[figure.start : figure.end]
    if printed.endswith(".000.000") and _may_be_bare(low, tokens, figure):
        figure.unit, figure.unit_class, figure.carried = "đồng", "đồng", True
        return
    ahead = _list_unit(low, tokens, figure)
    if ahead is not None:
        _carry_from(low, figure, ahead)
        return
    if not _may_be_bare(low, tokens, figure):
        return
    index = figure.token - 1
    heads: list[Token] = []  # from the figure back to the sentence's beginning
    since_last = len(tokens)
    last = before[-1] if before else None
    while index >= 0 and not (tokens[index].kind == MARK and tokens[index].value in ".!?\n"):
        token = tokens[index]
        if token.kind == WORD and class_of(_head(low, token)) in _CARRIED:
            heads.append(token)
            if last is not None and index >= last.after:
                since_last = index
        index -= 1
    if since_last < len(tokens) and _is_number_of(low, tokens[since_last]):
        _carry_from(low, figure, tokens[since_last])  # "Số người chết: 31"
        return
    line = low.rfind("\n", 0, figure.start)
    listed = low[line + 1 : line + 3].strip()[:1] in {"-", "+", "•", "*", "–"}
    reach = line if not listed else max(0, line - 400)
    known = next((one for one in reversed(before) if one.unit_class not in {"%", "đồng"} and one.start > reach), None)
    if known is not None:
        figure.unit, figure.unit_class, figure.carried = known.unit, known.unit_class, True
    elif heads:
        _carry_from(low, figure, heads[-1])


def _head(low: str, token: Token) -> str:
    """Return the unit that a phrase begins with, "số" passed over: ``người`` of "số người chết"."""
    text = token.value.text
    for prefix in ("tổng số ", "số "):
        if text.startswith(prefix):
            rest = text[len(prefix) :]
            return rest[: unit_length(rest)]
    length = token.value.unit_length or (token.end - token.start if token.value.roles & Role.UNIT else 0)
    return " ".join(low[token.start : token.start + length].split())


def _is_number_of(low: str, token: Token) -> bool:
    """ "Số người chết: 31": whatever was counted before, this is of people."""
    return token.value.text.startswith("số ") or low[max(0, token.start - 4) : token.start].rstrip().endswith("số")


def _list_unit(low: str, tokens: list[Token], figure: Figure) -> Token | None:
    """Return the unit that stands behind the last of several numbers: "tương ứng 350, 300 và 180 hộ"."""
    index, end = figure.after, figure.unit_end
    while index + 1 < len(tokens):
        link, number = tokens[index], tokens[index + 1]
        joins = (link.kind == MARK and link.value == ",") or (link.kind == WORD and link.value.roles & Role.AND)
        if not joins or number.kind != NUMBER or low[end : link.start].strip() or low[link.end : number.start].strip():
            return None
        index, end = index + 2, number.end
        token = tokens[index] if index < len(tokens) else None
        if token is not None and token.kind == WORD and _blank(low, end, token.start):
            return token if class_of(_head(low, token)) in _CARRIED else None
    return None


def _carry_from(low: str, figure: Figure, token: Token) -> None:
    text = _head(low, token)
    figure.unit, figure.unit_class, figure.carried = text, class_of(text) or text, True


def _may_be_bare(low: str, tokens: list[Token], figure: Figure) -> bool:
    """Tell whether a number without a unit stands as the member of a list or a sentence does."""
    printed = low[figure.start : figure.end]
    if (
        "," in printed
        and figure.value_max is None
        and not printed.endswith(("000",))
        and len(printed.split(",")[-1]) != 3
    ):  # noqa: PLR2004
        return False
    index = figure.token - 1
    if figure.total is not None and figure.value <= _DAYS_A_MONTH and figure.total <= _MONTHS_A_YEAR:
        return False  # "Ngày vì người nghèo 17/10"
    if index >= 0 and tokens[index].kind == MARK and tokens[index].value == "(" and figure.total is not None:
        return True
    if index >= 0 and tokens[index].kind == MARK and tokens[index].value in "([/":
        return tokens[index].value != "/" and (numeral(printed) or _NOTHING).value >= _LEAST_IN_BRACKETS
    token = tokens[figure.after] if figure.after < len(tokens) else None
    if token is None or token.start > figure.unit_end + 1:
        match = _LETTERS.match(low, figure.unit_end)
        return token is None and match is None or (match is not None and match[1] in _GOES_ON)
    if not _blank(low, figure.unit_end, token.start):
        return False
    if token.kind == MARK:
        return token.value in _ENDS and not _of_ages(tokens, figure.after)
    if token.kind == TIME_:
        # "trong 2 năm 2021 - 2022" is a span of time.
        return not (len(printed) <= len("12") and low.startswith("năm", token.start))
    return token.kind == WORD and (
        bool(token.value.roles & (Role.AGAINST | Role.REACHED | Role.AND | Role.DOWN | Role.UP))
        or token.value.text.partition(" ")[0] in _GOES_ON
    )


def _of_ages(tokens: list[Token], comma: int) -> bool:
    """ "các em 13, 14 tuổi": of what the next number is."""
    if comma + 2 >= len(tokens) or tokens[comma].value != "," or tokens[comma + 1].kind != NUMBER:
        return False
    behind = tokens[comma + 2]
    return behind.kind == WORD and bool(behind.value.roles & Role.NO_UNIT)


_NOTHING = Numeral(0.0)


def _take_qualifier(low: str, tokens: list[Token], figure: Figure) -> None:
    index = figure.token - 1
    if index >= 0 and tokens[index].kind == WORD and _blank(low, tokens[index].end, figure.start):
        figure.qualifier = tokens[index].value.qualifier if tokens[index].value.roles & Role.QUALIFIER else "exact"
    if (
        figure.after < len(tokens)
        and tokens[figure.after].kind == WORD
        and tokens[figure.after].value.roles & Role.SUFFIX
    ):
        if _blank(low, figure.unit_end, tokens[figure.after].start):
            figure.qualifier = tokens[figure.after].value.qualifier
