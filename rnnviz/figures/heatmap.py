"""One signal as units over time, for notebooks: a Plotly heatmap whose colours follow from the signal's kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from rnnviz.figures.scales import SCALES, domain_of
from rnnviz.text import visible

if TYPE_CHECKING:
    import plotly.graph_objects as go


def heatmap(values: xr.DataArray, *, tokens: Sequence[str] = (), robust: bool = True, dark: bool = False) -> go.Figure:
    """Return a heatmap of an array with dims (time, unit), in either order.

    `tokens` label the time axis; the colour bar spans `domain_of(values)`. Raises ValueError when other axes are left.
    """
    import plotly.graph_objects as go

    if values.ndim != 2 or "time" not in values.dims:
        sizes = " ".join(f"{dim}={size}" for dim, size in values.sizes.items())
        raise ValueError(
            f"values: expected dims (time, unit), got {sizes}; fix the others first, as in .sel(layer=1, direction='forward', batch=1)"
        )
    (other,) = (dim for dim in values.dims if dim != "time")
    grid = values.transpose(other, "time")
    domain, scale = domain_of(values, robust=robust), SCALES[values.attrs.get("kind", "state")]
    stops = scale.dark if dark else scale.light
    figure = go.Figure(
        go.Heatmap(
            z=grid.values.astype(np.float32),
            x=grid["time"].values,
            y=grid[other].values,
            zmin=domain.low,
            zmax=domain.high,
            colorscale=[[at / (len(stops) - 1), stop] for at, stop in enumerate(stops)],
            colorbar={"title": values.attrs.get("symbol", "")},
            hovertemplate=f"t = %{{x}}, {other} %{{y}}<br>%{{z:.4f}}<extra></extra>",
        )
    )
    figure.update_layout(title=values.attrs.get("long_name", values.name), xaxis_title="t", yaxis_title=other)
    figure.update_yaxes(autorange="reversed")
    if tokens:
        figure.update_xaxes(tickvals=grid["time"].values, ticktext=[visible(token) for token in tokens])
    return figure
