"""How a query's rows are drawn: Vega-Lite, the same for the pages and for the dashboards."""

from __future__ import annotations

from typing import Any

from collector.config.queries import Plot

#: Of the Vega-Lite that datasette-dashboards 0.8 serves; it says 5 by itself, and then warns.
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
#: `ast`: expressions are walked, not compiled, so that no page needs the right to compile code. SVG, because styles
#: reach its texts and lines: they follow the reader's light or dark.
_EMBEDDING = {"embedOptions": {"renderer": "svg", "actions": False, "ast": True}}


def drawing(plot: Plot) -> dict[str, Any]:
    """Return a Vega-Lite specification without data: mark and encoding."""
    # Bars stand beside one another, which only places in an order can, days too.
    scale = "ordinal" if plot.kind == "bar" else plot.x_scale
    x: dict[str, Any] = {"field": plot.x, "type": scale, "title": None}
    if scale == "ordinal":
        x["axis"] = {"labelAngle": 0, "labelOverlap": "greedy"}
    encoding: dict[str, Any] = {
        "x": x,
        "y": {"field": plot.y, "type": "quantitative", "title": plot.y.replace("_", " "), "axis": {"format": ",~r"}},
        "tooltip": [
            {"field": plot.x, "type": scale},
            {"field": plot.y, "type": "quantitative", "format": ",~r"},
        ],
    }
    if plot.color is not None:
        encoding["color"] = {"field": plot.color, "type": "nominal", "legend": {"orient": "bottom", "title": None}}
        encoding["tooltip"].append({"field": plot.color, "type": "nominal"})
        if plot.kind == "bar":
            # Stacked bars would add up what must not be added up.
            encoding["xOffset"] = {"field": plot.color}
    mark: dict[str, Any] = {"type": plot.kind}
    if plot.kind == "line":
        mark |= {"point": True}
    return {"$schema": _SCHEMA, "mark": mark, "encoding": encoding, "usermeta": _EMBEDDING}
