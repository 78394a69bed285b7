"""Norms of the gradient, one weight matrix a row, before and after clipping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import altair as alt


def clipped_bars(
    before: Mapping[str, float],
    after: Mapping[str, float],
    *,
    titles: tuple[str, str],
    axis: str,
    names: tuple[str, str] = ("weight matrix", "when"),
    dark: bool = False,
) -> alt.Chart:
    """Return one pair of bars a weight matrix, on one scale of powers of ten. Norms of 0 have no bar.

    `names` are what a weight matrix and the choice between the two `titles` are called where the hand points.
    """
    import altair as alt
    import pandas as pd

    rows = [
        {"parameter": name, "when": title, "norm": norms[name], "order": at}
        for at, (title, norms) in enumerate(zip(titles, (before, after), strict=True))
        for name in before
        if norms[name] > 0
    ]
    table = pd.DataFrame(rows, columns=["parameter", "when", "norm", "order"])
    powers = np.log10(table["norm"]) if len(table) else np.zeros(1)
    low, high = int(np.floor(powers.min())), int(np.ceil(powers.max()))
    step = max(1, (high - low) // 10)
    table["least"] = least = 10.0**low
    axis_ = alt.Axis(format="~e", values=[10.0**power for power in range(low, high + 1, step)])
    return (
        alt.Chart(table)
        .mark_bar()
        .encode(
            y=alt.Y("parameter:N", title=None, sort=list(before), axis=alt.Axis(labelLimit=260)),
            yOffset=alt.YOffset("order:O"),
            x=alt.X("norm:Q", title=axis, scale=alt.Scale(type="log", domain=[least, 10.0 ** max(high, low + 1)]), axis=axis_),
            x2="least:Q",
            color=alt.Color(
                "when:N",
                title=None,
                sort=list(titles),
                scale=alt.Scale(domain=list(titles), range=["#9aa0a6", "#D8A6FF" if dark else "#7A1FA2"]),
            ),
            tooltip=[
                alt.Tooltip("parameter:N", title=names[0]),
                alt.Tooltip("when:N", title=names[1]),
                alt.Tooltip("norm:Q", title=axis, format=".3e"),
            ],
        )
    )
