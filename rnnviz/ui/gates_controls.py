"""The controls of the Gates page: which layer, unit, step and signal, and how the units are drawn. All of it is in the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from rnnviz.figures.order import ORDERS
from rnnviz.recipe import Recipe
from rnnviz.trace import Trace
from rnnviz.ui import downloads, link, strips

ROWS: Mapping[str, int] = {"10": 10, "24": 24, "all": 0}
"""How many units are drawn at once; 0 stands for all."""


def draw(trace: Trace, recipe: Recipe, words: Mapping[str, Any], signals: Sequence[str]) -> strips.View:
    """Draw the controls and return what they say, corrected to what this trace has."""
    sizes, directions = trace.sizes(signals[0]), trace.directions
    link.choice("direction", directions, "forward")
    link.choice("signal", signals, signals[0])
    link.choice("sort", list(ORDERS), "mean")
    link.choice("rows", list(ROWS), "10")
    link.choice("scale", list(words["scales"]), "robust")
    layer = link.whole("layer", 1, sizes["layer"], 1)
    unit = link.whole("unit", 1, sizes["unit"], lambda: strips.first_unit(trace, signals[0], layer))
    t = link.whole("t", 1, sizes["time"], 1)
    state = st.session_state
    if link.presenting():  # nothing but the picture; what the link said stays in force
        return strips.View(
            t, unit, layer, state.get("direction", "forward"), state.get("signal", signals[0]), state.get("sort", "mean"),
            ROWS[state.get("rows", "10")], state.get("scale", "robust") == "robust",
        )  # fmt: skip
    direction = "forward"
    with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
        layer = (
            st.segmented_control(words["layer"], list(range(1, sizes["layer"] + 1)), key="layer", bind="query-params", required=True)
            or layer
        )
        if len(directions) > 1:
            direction = st.segmented_control(
                words["direction"], directions, key="direction", default="forward", bind="query-params", required=True
            )
        unit = st.number_input(words["unit"], 1, sizes["unit"], key="unit", bind="query-params", width=120)
        t = st.number_input(words["time"], 1, sizes["time"], key="t", bind="query-params", width=120)
        signal = st.selectbox(
            words["signal"], signals, key="signal", bind="query-params", width=150, help=words["signal_help"],
            format_func=lambda name: trace.part(name).attrs["long_name"],
        )  # fmt: skip
        with st.popover(words["view"]):  # set once, if at all: out of the way on a phone
            sort = st.selectbox(words["sort"], list(ORDERS), key="sort", bind="query-params", format_func=words["sorts"].get)
            rows = st.segmented_control(
                words["rows"], list(ROWS), key="rows", default="10", bind="query-params", required=True,
                format_func=lambda name: words["rows_all"] if name == "all" else name,
            )  # fmt: skip
            scale = st.selectbox(words["scale"], list(words["scales"]), key="scale", bind="query-params", format_func=words["scales"].get)
        downloads.draw(trace, recipe, words, signal=signal, layer=layer, direction=direction, time=t, unit=unit)
    return strips.View(t, unit, layer, direction, signal, sort, ROWS[rows], scale == "robust")
