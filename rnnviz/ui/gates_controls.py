"""The controls of the Gates page: which layer, unit, step and signal, and how the units are drawn. All of it is in the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from rnnviz.figures.order import ORDERS
from rnnviz.recipe import Recipe
from rnnviz.trace import Trace
from rnnviz.ui import downloads, link, strips
from rnnviz.ui import place as places
from rnnviz.ui import signals as said

ROWS: Mapping[str, int] = {"9": 9, "24": 24, "all": 0}
"""How many units are drawn at once; 0 stands for all."""


def signs(words: Mapping[str, Any]) -> str:
    """Return how plus and minus are told apart: by "colour" or by "lightness" as well."""
    return link.choice("signs", list(words["sign_colours"]), "colour")


def draw(trace: Trace, recipe: Recipe, words: Mapping[str, Any], signals: Sequence[str]) -> strips.View:
    """Draw the controls and return what they say, corrected to what this trace has."""
    signal = link.choice("signal", signals, signals[0])
    sort = link.choice("sort", list(ORDERS), next(iter(ORDERS)))
    rows = link.choice("rows", list(ROWS), next(iter(ROWS)))
    scale = link.choice("scale", list(words["scales"]), "robust")
    grey = signs(words) == "lightness"
    place = places.asked(trace)
    first = strips.first_unit(trace, signal, place.layer, sort)
    # drawn on a projector too, where present.css hides them: a widget that is not drawn drops out of the link
    with st.container(key="controls", horizontal=True, vertical_alignment="bottom"):
        place = places.draw(trace, words, place, first)
        st.selectbox(
            words["signal"], signals, key="signal", persist_state="session", width=150, help=words["signal_help"],
            format_func=said.names(trace, link.language()).__getitem__,
        )  # fmt: skip
        with st.popover(words["view"]):  # set once, if at all: out of the way on a phone
            st.selectbox(words["sort"], list(ORDERS), key="sort", persist_state="session", format_func=words["sorts"].get)
            st.segmented_control(
                words["rows"], list(ROWS), key="rows", persist_state="session", required=True,
                format_func=lambda name: words["rows_all"] if name == "all" else name,
            )  # fmt: skip
            st.selectbox(words["scale"], list(words["scales"]), key="scale", persist_state="session", format_func=words["scales"].get)
            st.selectbox(
                words["signs"], list(words["sign_colours"]), key="signs", persist_state="session", format_func=words["sign_colours"].get
            )
        view = strips.View(place.t, place.unit or first, place.layer, place.direction, signal, sort, ROWS[rows], scale == "robust", grey)
        downloads.draw(trace, recipe, words, signal=signal, layer=view.layer, direction=view.direction, time=view.t, unit=view.unit)
    return view
