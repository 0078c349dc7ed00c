"""How a query's rows are drawn: Vega-Lite, the same for the pages and for the dashboards."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from collector.config.queries import Plot
from collector.explore.headings import Heading
from collector.explore.words import SCALES, words

#: Of the Vega-Lite that datasette-dashboards 0.8 serves; it says 5 by itself, and then warns.
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
#: `ast`: expressions are walked, not compiled, so that no page needs the right to compile code. SVG, because styles
#: reach its texts and lines: they follow the reader's light or dark.
_EMBEDDING = {"embedOptions": {"renderer": "svg", "actions": False, "ast": True}}
#: Colours are the stylesheet's, which has them for light and for dark.
_COLOURS = [f"var(--series-{number})" for number in range(1, 9)]

_MIDNIGHT = "utchours(datum.value) == 0 && utcminutes(datum.value) == 0"
#: Times as Vietnamese writes them: by the format of d3; where labels are places in an order, by the column's last word.
_FORMATS = {"%Y-%m": "%m/%Y", "%Y-%m-%d": "%d/%m/%Y"}
_MONTH = "slice(datum.label, 5, 7) + '/' + slice(datum.label, 0, 4)"
_DAY = f"slice(datum.label, 8, 10) + '/' + {_MONTH}"
_LABELS = {"month": _MONTH, "day": _DAY, "hour": f"slice(datum.label, 11, 16) + ', ' + {_DAY}"}
#: Vietnamese, as d3-time-format takes it.
_TIMES = {
    "dateTime": "%H:%M, %d/%m/%Y",
    "date": "%d/%m/%Y",
    "time": "%H:%M",
    "periods": ["SA", "CH"],
    "days": ["Chủ nhật", "Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy"],
    "shortDays": ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
    "months": [f"tháng {number}" for number in range(1, 13)],
    "shortMonths": [f"th {number}" for number in range(1, 13)],
}


def drawing(plot: Plot) -> dict[str, Any]:
    """Return a Vega-Lite specification without data: mark and encoding."""
    # Bars stand beside one another, which only places in an order can, days too.
    scale = "ordinal" if plot.kind == "bar" else plot.x_scale
    x: dict[str, Any] = {"field": plot.x, "type": scale, "title": None}
    if scale == "ordinal":
        x["axis"] = {"labelAngle": 0, "labelOverlap": "greedy", "ticks": False}
    else:
        # Days are the portal's own, and must not become the day before in a browser west of it.
        x["scale"] = {"type": "utc"}
        # By itself Vega tells the year at Januaries only, and a series of even months has none.
        months = plot.x.endswith("month")
        x["axis"] = {"format": "%Y-%m" if months else "%Y-%m-%d", "labelOverlap": "greedy", "labelSeparation": 8}
        # Of two days it has ticks at each six hours, and nothing was counted there.
        x["axis"]["labelExpr"] = f"{'utcdate(datum.value) == 1 && ' if months else ''}{_MIDNIGHT} ? datum.label : ''"
    y = {"field": plot.y, "type": "quantitative", "title": plot.y.replace("_", " "), "axis": {"format": ",~r"}}
    encoding: dict[str, Any] = {
        "x": x,
        "y": y,
        "tooltip": [
            {"field": plot.x, "type": "nominal"},
            {"field": plot.y, "type": "quantitative", "format": ",~r"},
        ],
    }
    if plot.color is not None:
        encoding["color"] = {
            "field": plot.color,
            "type": "nominal",
            "scale": {"range": _COLOURS},
            # The page writes its own, which wraps: Vega cuts what is wider than a telephone.
            "legend": None,
        }
        encoding["tooltip"].append({"field": plot.color, "type": "nominal"})
        if plot.kind == "bar":
            # Stacked bars would add up what must not be added up.
            encoding["xOffset"] = {"field": plot.color}
    mark: dict[str, Any] = {"type": plot.kind}
    if plot.color is None:
        mark["color"] = _COLOURS[0]
    if plot.kind == "line":
        mark |= {"point": {"size": 36} | ({} if plot.color else {"color": _COLOURS[0]}), "strokeWidth": 2}
    if plot.kind == "bar":
        mark |= {"cornerRadiusEnd": 2}
    if plot.kind == "point":
        mark |= {"filled": True, "size": 70, "opacity": 0.85}
    return {"$schema": _SCHEMA, "mark": mark, "encoding": encoding, "usermeta": _EMBEDDING}


def worded(spec: dict[str, Any], heading: Callable[[str], Heading], language: str) -> dict[str, Any]:
    """Return a specification in the reader's language: titles of axes and of what is told when pointing.

    ``usermeta`` gets the names of the series' codes, ``words``, and what an axis counts in, ``scales``.
    """
    spoken = deepcopy(spec)
    encoding = spoken.get("encoding", {})
    for channel in (encoding.get("color", {}), encoding.get("xOffset", {}), *encoding.get("tooltip", ())):
        # A series is called in the reader's language, where rows have both.
        if language != "vi" and str(channel.get("field", "")).endswith("name_vi"):
            channel["field"] = channel["field"].removesuffix("vi") + language
    for channel in (encoding.get("y", {}), *encoding.get("tooltip", ())):
        if "field" in channel:
            channel["title"] = heading(channel["field"]).title
    which = 0 if language == "vi" else 1
    meta = spoken.setdefault("usermeta", {})
    meta["words"] = words(encoding.get("color", {}).get("field"), language)
    meta["scales"] = [[size, pair[which]] for size, pair in SCALES]
    if language == "vi":
        locale = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " ₫"]}
        _dated(encoding.get("x", {}))
        meta["embedOptions"] = {**meta.get("embedOptions", {}), "formatLocale": locale, "timeFormatLocale": _TIMES}
    return spoken


def _dated(x: dict[str, Any]) -> None:
    """Word the days, months and hours of an axis in Vietnamese; a dashboard of one's own may have other axes."""
    axis = x.setdefault("axis", {}) if x else None
    if not isinstance(axis, dict):
        return
    word = str(x.get("field", "")).rpartition("_")[2]
    if axis.get("format") in _FORMATS:
        axis["format"] = _FORMATS[axis["format"]]
    elif x.get("type") == "ordinal" and word in _LABELS and "labelExpr" not in axis:
        axis["labelExpr"] = _LABELS[word]
