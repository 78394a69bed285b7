"""The controls of the Gates page: which layer, unit, step and signal, and how the units are drawn. All of it is in the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from rnnviz.figures.order import ORDERS
from rnnviz.recipe import Recipe
from rnnviz.trace import Trace
from rnnviz.ui import downloads, link, strips

ROWS: Mapping[str, int] = {"9": 9, "24": 24, "all": 0}
"""How many units are drawn at once; 0 stands for all."""


def draw(trace: Trace, recipe: Recipe, words: Mapping[str, Any], signals: Sequence[str]) -> strips.View:
    """Draw the controls and return what they say, corrected to what this trace has."""
    sizes, directions = trace.sizes(signals[0]), trace.directions
    signal = link.choice("signal", signals, signals[0])
    sort = link.choice("sort", list(ORDERS), next(iter(ORDERS)))
    rows = link.choice("rows", list(ROWS), next(iter(ROWS)))
    scale = link.choice("scale", list(words["scales"]), "robust")
    direction = link.choice("direction", directions, "forward")
    layer = link.whole("layer", 1, sizes["layer"], 1) or 1
    unit = link.whole("unit", 1, sizes["unit"], None)
    t = link.whole("t", 1, sizes["time"], 1) or 1
    first = strips.first_unit(trace, signal, layer, sort)
    # drawn on a projector too, where present.css hides them: a widget that is not drawn drops out of the link
    with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
        layers = list(range(1, sizes["layer"] + 1))
        layer = st.segmented_control(words["layer"], layers, key="layer", default=1, bind="query-params", required=True) or 1
        if len(directions) > 1:
            st.segmented_control(words["direction"], directions, key="direction", persist_state="session", required=True)
        unit = st.number_input(
            words["unit"], 1, sizes["unit"], value=None, key="unit", bind="query-params", width=120, placeholder=str(first)
        )
        t = st.number_input(words["time"], 1, sizes["time"], value=1, key="t", bind="query-params", width=120)
        st.selectbox(
            words["signal"], signals, key="signal", persist_state="session", width=150, help=words["signal_help"],
            format_func=lambda name: trace.part(name).attrs["long_name"],
        )  # fmt: skip
        with st.popover(words["view"]):  # set once, if at all: out of the way on a phone
            st.selectbox(words["sort"], list(ORDERS), key="sort", persist_state="session", format_func=words["sorts"].get)
            st.segmented_control(
                words["rows"], list(ROWS), key="rows", persist_state="session", required=True,
                format_func=lambda name: words["rows_all"] if name == "all" else name,
            )  # fmt: skip
            st.selectbox(words["scale"], list(words["scales"]), key="scale", persist_state="session", format_func=words["scales"].get)
        view = strips.View(t or 1, unit or first, layer, direction, signal, sort, ROWS[rows], scale == "robust")
        downloads.draw(trace, recipe, words, signal=signal, layer=layer, direction=direction, time=view.t, unit=view.unit)
    return view
