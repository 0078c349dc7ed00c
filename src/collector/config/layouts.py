"""``[[layouts]]``: how one portal's pages were built at other times, and which of them a page could belong to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from collector.config.mistakes import TomlFile
from collector.config.places import check_order, is_day, overlap
from collector.config.values import shown

#: What a layout may say otherwise than the portal or family that it is laid over.
READING = ("identity", "recognise", "listing", "pager", "article", "visits")


def merged(family: Mapping[str, Any], portal: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a portal over its family: tables key by key, however deep; a list or a value as a whole.

    >>> merged({"article": {"title": ["h1"], "body": [".a", ".b"]}}, {"article": {"body": [".c"]}})
    {'article': {'title': ['h1'], 'body': ['.c']}}
    """
    result = dict(family)
    for key, value in portal.items():
        below = result.get(key)
        both_tables = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = merged(below, value) if both_tables else value  # type: ignore[arg-type]
    return result


def laid_out(
    layout: Mapping[str, Any], whole: Mapping[str, Any], families: Mapping[str, Mapping[str, Any] | None]
) -> dict[str, Any]:
    """Return the tables of a layout laid over its family's; without a family over the portal's own, today's ones."""
    name = layout.get("family")
    base = whole if name is None else (families.get(name) if isinstance(name, str) else None) or {}
    return merged(
        {key: base[key] for key in READING if key in base}, {key: layout[key] for key in READING if key in layout}
    )


def tables_of(content: object, key: str) -> list[Mapping[str, Any]]:
    """Return the tables of a list of tables, as far as they are ones."""
    listed = at(content, key)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def at(content: object, *path: str) -> Any:
    """Return what stands at a path of keys, or None."""
    for key in path:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content


def check_layouts(file: TomlFile) -> None:
    """Note layouts of one id, spans that end before they begin, and layouts that nothing tells from one another."""
    ids: dict[str, int] = {}
    layouts = tables_of(file.content, "layouts")
    for number, layout in enumerate(layouts):
        name, key = layout.get("id"), f"layouts[{number}]"
        if isinstance(name, str) and ids.setdefault(name, number) != number:
            file.add(f"{key}.id", f"{shown(name)} is the id of layouts[{ids[name]}] already")
        check_order(file, key, *_span(layout))
        marks, needed = layout.get("marks"), layout.get("needed")
        if isinstance(needed, int) and needed > (given := _count(marks)):
            file.add(f"{key}.needed", f"expected at most {given}, the number of marks, found {shown(needed)}")
        if not _count(marks):
            _check_unmarked(file, number, layouts)


def _check_unmarked(file: TomlFile, number: int, layouts: list[Mapping[str, Any]]) -> None:
    """Note what a layout lacks that only its days tell: an end, and days that are its own."""
    span = _span(layouts[number])
    if layouts[number].get("valid_to") is None:
        file.add(
            f"layouts[{number}].valid_to",
            "required where no marks are given: without an end the layout of today would never be used",
        )
        return
    for earlier in range(number):
        other = layouts[earlier]
        if not _count(other.get("marks")) and other.get("valid_to") is not None and overlap(span, _span(other)):
            file.add(
                f"layouts[{number}].valid_from",
                f"has days in common with layouts[{earlier}], and neither has marks: nothing tells their pages apart",
            )


def _span(layout: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """Return first and last day, as far as they are days."""
    start, end = (layout.get(key) for key in ("valid_from", "valid_to"))
    return (start if is_day(start) else None), (end if is_day(end) else None)


def _count(marks: object) -> int:
    return 1 if isinstance(marks, str) else len(marks) if isinstance(marks, list) else 0
