"""The cells of a table as HTML. A function and no macro: 2,000 rows of 18 columns take Jinja's macros 1.4 s. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from collector.explore.phrasing import accented, amount, instant, local_day, local_hour, month, period
from collector.explore.words import coded

_LONG, _WORDS, _CODE = 60, 14, 26
_EMPTY = Markup('<span aria-hidden="true">–</span>')


def cell(name: str, value: Any, raw: Any, title: str, language: str, *, wording: bool = False) -> Markup:
    """Return one ``<td>``.

    Args:
        name: of the column.
        value: as Datasette shows it, safe as HTML, or text to be escaped.
        raw: as it is stored; of a foreign key that Datasette has looked up the key.
        title: the column's, for narrow screens, where a row is a card.
        language: the reader's; text that is not English is marked as Vietnamese on an English page.
        wording: whether codes, instants and days are told as people say them (what is stored stays in ``title``).
    """
    shown = _EMPTY if raw is None or raw == "" else escape(value)
    if "<" not in shown and (written := amount(raw, name, language)) is not None:
        shown = escape(written)
    if wording and (word := _worded(raw, name, language)):
        shown = Markup('<span title="{}">{}</span>').format(raw, word)
    spoken = ' lang="vi"' if language != "vi" and isinstance(raw, str) and accented(raw) else ""
    # Markup.format() is safer to write, and takes five times as long: a page has thousands of cells.
    head = f'<td role="cell" data-title="{escape(title)}" class="{_kind(raw)}"{spoken}>'
    return Markup(f'{head}<div class="cell">{shown}</div></td>')  # noqa: S704 - each of its parts is escaped


def _worded(raw: Any, name: str, language: str) -> str | None:
    """Return a code, an instant, an hour, a day, a month or a period as people say it; None: it is none of them."""
    if not isinstance(raw, str):
        return coded(raw, name, language)
    for ending, told in _TOLD.items():
        if name == ending or name.endswith(f"_{ending}"):
            return told(raw, language)
    return coded(raw, name, language)


#: By the last word of a column's name.
_TOLD: Mapping[str, Callable[[str, str], str]] = {
    "at": instant,
    "on": local_day,
    "day": local_day,
    "hour": local_hour,
    "month": month,
    "period": period,
}


def shown_columns(columns: Sequence[str], language: str) -> list[int]:
    """Return which columns of a question's answer a page shows, by their places; the data has them all.

    Of a pair in both languages the reader's; of a measure, portal or section with its name the name; no address beside
    a bulletin's page.
    """
    known = set(columns)
    hidden = {f"{name[:-3]}_{'en' if language == 'vi' else 'vi'}" for name in known if name.endswith(f"_{language}")}
    names = {"measure": f"name_{language}", "portal": "portal_name", "section": "section_name"}
    hidden |= {code for code, name in names.items() if name in known}
    if "article" in known:
        hidden |= {"url", "installation", "source_id"}
    return [place for place, name in enumerate(columns) if name not in hidden]


def _kind(raw: Any) -> str:
    if raw is None or raw == "":
        return "empty"
    if isinstance(raw, int | float):
        return "number"
    if not isinstance(raw, str):
        return ""
    if len(raw) > _LONG:
        return "long"
    if " " not in raw and len(raw) < _CODE:
        return "code"
    return "words" if len(raw) > _WORDS else ""
