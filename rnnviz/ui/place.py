"""Where in the network a page looks: layer, direction, unit and timestep, the same on every page and in every link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from rnnviz.trace import Trace
from rnnviz.ui import content, link


@dataclass(frozen=True)
class Place:
    """Everything counts from 1. `unit` is None while nobody has chosen one."""

    t: int
    unit: int | None
    layer: int
    direction: str


def asked(trace: Trace) -> Place:
    """Return the place that session and link ask for, corrected to what this trace has. Call it before `draw`."""
    sizes = trace.sizes("hidden")
    if st.session_state.pop("_arrived", False):  # from another page: the place comes along, unless the link names one
        for name, value in st.session_state.get("_place", {}).items():
            if name not in st.query_params:
                st.session_state[name] = value
    return Place(
        direction=link.choice("direction", trace.directions, "forward"),
        layer=link.whole("layer", 1, sizes["layer"], 1) or 1,
        unit=link.whole("unit", 1, sizes["unit"], None),
        t=link.whole("t", 1, sizes["time"], 1) or 1,
    )


def draw(trace: Trace, words: Mapping[str, Any], place: Place, first: int) -> Place:
    """Draw the four controls in the current container and return what they say. `first` is the unit shown for none."""
    sizes = trace.sizes("hidden")
    layers = list(range(1, sizes["layer"] + 1))
    layer = st.segmented_control(words["layer"], layers, key="layer", default=1, bind="query-params", required=True) or 1
    if len(trace.directions) > 1:
        says = content.words("frame", link.language())["directions"].get
        st.segmented_control(
            words["direction"], trace.directions, key="direction", persist_state="session", required=True, format_func=says
        )
    unit = st.number_input(words["unit"], 1, sizes["unit"], value=None, key="unit", bind="query-params", width=120, placeholder=str(first))
    t = st.number_input(words["time"], 1, sizes["time"], value=1, key="t", bind="query-params", width=120)
    st.session_state["_place"] = {"layer": layer, "unit": unit, "t": t or 1}
    return replace(place, layer=layer, unit=unit or first, t=t or 1)


def carried(trace: Trace) -> Place:
    """Keep the place in session and link on a page that has no fields for it."""
    place = asked(trace)
    link.carry("t", place.t if place.t > 1 else None)
    link.carry("unit", place.unit)
    link.carry("layer", place.layer if place.layer > 1 else None)
    return place
