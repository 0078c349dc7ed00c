"""What the archive's codes are called in Vietnamese and in English. Pure: words only."""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[str, str]

DIRECTIONS: Mapping[str, Pair] = {
    "level": ("mức đạt được", "level"),
    "increase": ("tăng", "increase"),
    "decrease": ("giảm", "decrease"),
    "target_attainment": ("so với kế hoạch", "of the plan"),
    "plan_target": ("kế hoạch", "planned"),
}
QUALIFIERS: Mapping[str, Pair] = {
    "exact": ("đúng", "exact"),
    "over": ("trên", "over"),
    "nearly": ("gần", "nearly"),
    "about": ("khoảng", "about"),
    "estimated": ("ước", "estimated"),
    "at_least": ("ít nhất", "at least"),
    "at_most": ("nhiều nhất", "at most"),
}
#: Of runs (CONTRACT 4).
VERDICTS: Mapping[str, Pair] = {
    "complete": ("đầy đủ", "complete"),
    "empty_expected": ("không có gì mới", "nothing new"),
    "incomplete": ("còn thiếu", "incomplete"),
    "empty_suspect": ("trống đáng ngờ", "suspiciously empty"),
    "truncated": ("dừng giữa chừng", "stopped short"),
    "layout_changed": ("trang đổi bố cục", "layout changed"),
    "blocked": ("bị chặn", "blocked"),
    "unreachable": ("không kết nối được", "unreachable"),
    "interrupted": ("bị ngừng", "interrupted"),
    "unfinished": ("chưa kết thúc", "not ended"),  # of none yet, in the question of the runs
}
#: ``measures.field``, and the fields of a bulletin that an edit may change.
FIELDS: Mapping[str, Pair] = {
    "(all)": ("(tất cả)", "(all)"),
    "children": ("trẻ em", "children"),
    "employment": ("việc làm", "employment"),
    "gender": ("bình đẳng giới", "gender equality"),
    "insurance": ("bảo hiểm", "insurance"),
    "merit": ("người có công", "people with merit"),
    "poverty": ("giảm nghèo", "poverty"),
    "rehabilitation": ("cai nghiện", "rehabilitation"),
    "safety": ("an toàn lao động", "work safety"),
    "social_protection": ("bảo trợ xã hội", "social protection"),
    "training": ("đào tạo nghề", "vocational training"),
    "title": ("tiêu đề", "title"),
    "lead": ("đoạn dẫn", "lead"),
    "body": ("toàn văn", "text"),
    "published_on": ("ngày đăng", "published on"),
    "attachments": ("tệp đính kèm", "attachments"),
}
STATES: Mapping[str, Pair] = {"live": ("còn trên cổng", "on the portal"), "gone": ("đã bị gỡ", "gone")}
TOPICS: Mapping[str, Pair] = {"labour": ("lao động – xã hội", "labour and social affairs")}
#: Who captured a page.
ORIGINS: Mapping[str, Pair] = {
    "live": ("từ cổng", "from the portal"),
    "wayback": ("từ Wayback Machine", "from the Wayback Machine"),
    "commoncrawl": ("từ Common Crawl", "from Common Crawl"),
    "warc": ("từ tệp WARC", "from a WARC file"),
    "demo": ("từ cổng mẫu", "from the demo's portal"),
}
#: Of columns that tell yes from no by 1 and 0.
FLAGS: Mapping[str, Pair] = {"1": ("có", "yes"), "0": ("không", "no")}

#: By the column that holds them.
CODES: Mapping[str, Mapping[str, Pair]] = {
    "direction": DIRECTIONS,
    "qualifier": QUALIFIERS,
    "verdict": VERDICTS,
    "last_verdict": VERDICTS,
    "field": FIELDS,
    "state": STATES,
    "topic": TOPICS,
    "origin": ORIGINS,
    "whole_province": FLAGS,
    "ambiguous": FLAGS,
    "relative": FLAGS,
}
#: From which number on an axis counts in them.
SCALES: tuple[tuple[float, Pair], ...] = (
    (1e12, ("nghìn tỷ", "trillion")),
    (1e9, ("tỷ", "billion")),
    (1e6, ("triệu", "million")),
)


def coded(code: object, column: str, language: str) -> str | None:
    """Return what a code of a column is called; None: it is none that has a name."""
    pair = CODES.get(column, {}).get(str(code)) if isinstance(code, str | int) else None
    return None if pair is None else pair[0 if language == "vi" else 1]


def words(column: str | None, language: str) -> dict[str, str]:
    """Return the names of every code of a column."""
    which = 0 if language == "vi" else 1
    return {code: pair[which] for code, pair in CODES.get(column or "", {}).items()}
