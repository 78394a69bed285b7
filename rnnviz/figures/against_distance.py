"""How an influence falls with the distance, one line a network: median, and a bar from the first to the third quartile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from rnnviz.figures.scales import SERIES

if TYPE_CHECKING:
    import altair as alt

_SHAPES = {"circle": "circle", "square": "square", "triangle": "triangle-up"}


def against_distance(
    values: Mapping[str, Mapping[int, np.ndarray]],
    *,
    titles: Mapping[str, str],
    x: str,
    y: str,
    floor: float | None = None,
    floor_title: str = "",
    count: str = "n",
    dark: bool = False,
    height: int = 280,
) -> alt.LayerChart | alt.FacetChart:
    """Return a chart of magnitudes {series: {distance: one value a sentence}} on a scale of powers of ten.

    `count` is what the number of sentences is called. Values at or below `floor`, where arithmetic
    can tell nothing, are drawn on a line there that says so.
    """
    import altair as alt
    import pandas as pd

    rows = []
    for series, by_distance in values.items():
        for distance, found in by_distance.items():
            low, middle, high = np.quantile(np.abs(found), (0.25, 0.5, 0.75))
            least = floor if floor is not None else np.finfo(float).tiny
            rows.append(
                {
                    "series": titles[series], "distance": distance, "middle": max(middle, least), "low": max(low, least),
                    "high": max(high, least), "median": middle, "count": len(found),
                }
            )  # fmt: skip
    table = pd.DataFrame(rows)
    names = [titles[series] for series in values]
    looks = [SERIES[series] for series in values]
    legend = alt.Legend(orient="top", symbolOpacity=1, symbolSize=120)
    colours = alt.Scale(domain=names, range=[look["dark" if dark else "colour"] for look in looks])
    colour = alt.Color("series:N", title=None, legend=legend, scale=colours)
    dash = alt.StrokeDash(
        "series:N", title=None, legend=legend,
        scale=alt.Scale(domain=names, range=[[int(part) for part in look["dash"].split()] or [1, 0] for look in looks]),
    )  # fmt: skip
    shape = alt.Shape(
        "series:N", title=None, legend=legend, scale=alt.Scale(domain=names, range=[_SHAPES[look["marker"]] for look in looks])
    )
    across = alt.X("distance:Q", title=x, scale=alt.Scale(type="log", base=2), axis=alt.Axis(values=sorted(set(table["distance"]))))
    tooltip = [
        alt.Tooltip("series:N", title=" "), alt.Tooltip("distance:Q", title=x), alt.Tooltip("median:Q", title=y, format=".2e"),
        alt.Tooltip("count:Q", title=count),
    ]  # fmt: skip
    base = alt.Chart(table)
    low, high = int(np.floor(np.log10(table["low"].min()))), int(np.ceil(np.log10(table["high"].max())))
    up = alt.Scale(type="log", domain=[10.0**low, 10.0**high])
    step = max(1, (high - low) // 7)
    power = alt.Axis(format="~e", values=[10.0**at for at in range(high, low - 1, -step)])
    across_and = {"x": across, "y": alt.Y("middle:Q", title=y, scale=up, axis=power)}
    layers = [
        base.mark_rule(strokeWidth=2, opacity=0.55).encode(x=across, y=alt.Y("low:Q", title=y, scale=up), y2="high:Q", color=colour),
        base.mark_line(strokeWidth=2.5).encode(**across_and, color=colour, strokeDash=dash),
        base.mark_point(size=90, filled=True, opacity=1).encode(**across_and, color=colour, shape=shape, tooltip=tooltip),
    ]
    if floor is not None:
        line = pd.DataFrame({"floor": [floor], "title": [floor_title]})
        layers.append(alt.Chart(line).mark_rule(strokeDash=[4, 4], color="#808080").encode(y=alt.Y("floor:Q", scale=up)))
        layers.append(alt.Chart(line).mark_text(align="left", x=4, dy=-7, fontSize=12).encode(y=alt.Y("floor:Q", scale=up), text="title:N"))
    return alt.layer(*layers).properties(height=height)
