"""What can be taken away from a page: the trace as netCDF, a layer as CSV, the lines that make the same view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.recipe import Recipe, as_python
from rnnviz.trace import Trace


def draw(trace: Trace, recipe: Recipe, words: Mapping[str, Any], *, signal: str, layer: int, direction: str, time: int, unit: int) -> None:
    """Draw the menu. Files are made when they are asked for, not before."""
    name = f"{recipe.model}-trace"
    with st.popover(words["export"]):
        st.download_button(
            words["netcdf"], lambda: as_netcdf(trace), f"{name}.nc", "application/x-netcdf", on_click="ignore", width="stretch"
        )
        st.download_button(
            words["csv"],
            lambda: as_csv(trace, layer, direction),
            f"{name}-layer-{layer}.csv",
            "text/csv",
            on_click="ignore",
            width="stretch",
        )
        st.caption(words["figure"])
        st.markdown(f"**{words['python']}**")
        st.code(as_python(recipe, signal=signal, layer=layer, direction=direction, time=time, unit=unit), language="python")
        st.caption(words["python_help"])


def as_netcdf(trace: Trace) -> bytes:
    return bytes(trace.dataset.to_netcdf(engine="h5netcdf"))


def as_csv(trace: Trace, layer: int, direction: str) -> bytes:
    """Return one layer and direction as a table: t, token, unit, and a column for each signal, in full precision."""
    chosen = trace.dataset[list(trace.unit_signals)].sel(layer=layer, direction=direction, batch=1, drop=True)
    table = chosen.to_dataframe(dim_order=["time", "unit"]).reset_index()
    table.insert(1, "token", [trace.tokens[t - 1] for t in table["time"]])
    return table.to_csv(index=False).encode("utf-8")
