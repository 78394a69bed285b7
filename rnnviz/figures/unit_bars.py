"""One bar a unit, up for positive, down for negative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnnviz.figures.scales import SCALES

if TYPE_CHECKING:
    import altair as alt


def unit_bars(values: np.ndarray, *, axis: str, value: str, height: int = 130) -> alt.Chart:
    """Return signed values of units (unit,) as bars over the units' numbers. `axis` and `value` title the axes."""
    import altair as alt
    import pandas as pd

    table = pd.DataFrame({"unit": np.arange(1, len(values) + 1), "value": values.astype(float)})
    stops = SCALES["state"].light
    return (
        alt.Chart(table, height=height)
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("unit:O", title=axis, axis=alt.Axis(labelOverlap=True, values=_ticks(len(values)), labelAngle=0)),
            y=alt.Y("value:Q", title=value, axis=alt.Axis(format="~e", tickCount=4)),
            color=alt.condition("datum.value >= 0", alt.value(stops[-2]), alt.value(stops[1])),
            tooltip=[alt.Tooltip("unit:O", title=axis), alt.Tooltip("value:Q", title=value, format=".3e")],
        )
    )


def _ticks(count: int) -> list[int]:
    step = next(step for step in (1, 5, 10, 20, 50, 100, 500) if count / step <= 24)
    return [1, *range(step, count + 1, step)] if step > 1 else list(range(1, count + 1))
