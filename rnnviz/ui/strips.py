"""The strips picture on a page: from a recipe and the choice in the link to the component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from rnnviz.components.base import Choice, Layout
from rnnviz.components.strips import is_coarse, payload
from rnnviz.figures.order import ORDERS, order_units
from rnnviz.figures.strips import picture
from rnnviz.recipe import Recipe
from rnnviz.trace import Trace
from rnnviz.ui import glossary, link, mount, playhead
from rnnviz.ui import signals as said


def first_unit(trace: Trace, signal: str, layer: int, sort: str) -> int:
    """Return the unit to start with: the top row of the picture."""
    return int(order_units(trace.layer(signal, layer), sort)[0])


def usual_unit(trace: Trace, layer: int) -> int:
    """Return the unit that every page shows while nobody has chosen one: the top row of the Gates page as it comes up."""
    return first_unit(trace, trace.unit_signals[0], layer, next(iter(ORDERS)))


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs=mount.AS_WRITTEN)
def _payload(
    _trace: Trace, key: tuple, choice: Choice, rows: int, words: Mapping[str, Any], title: str, layout: Layout, keys: bool
) -> bytes:  # fmt: skip
    # `key` holds all of the recipe, so the trace itself need not be hashed
    _, layer, direction, signals, sort, sort_by, robust, grey = key
    drawn = picture(_trace, layer=layer, direction=direction, signals=signals, sort=sort, sort_by=sort_by, robust=robust)
    return payload(drawn, choice, rows=rows, words=words, title=title, layout=layout, keys=keys, grey=grey)


@dataclass(frozen=True)
class View:
    """What is chosen and how it is drawn. Steps, units and layers count from 1; `rows` is 0 for all units."""

    t: int
    unit: int
    layer: int = 1
    direction: str = "forward"
    signal: str = "hidden"
    sort: str = "mean"
    rows: int = 10
    robust: bool = True
    grey: bool = False
    """Whether signs are told apart by lightness."""


def draw(
    trace: Trace,
    recipe: Recipe,
    *,
    words: Mapping[str, Any],
    title: str,
    view: View,
    signals: tuple[str, ...] | None = None,
    layout: Layout = "page",
    attempt: str = "",
    second: bool = False,
    key: str,
) -> None:
    """Draw the picture. Steps and clicks in it come back as `t` and `unit` of the session; `attempt` is the text of “Try this”.

    A `second` picture stands beside one that steps: it leaves the keys to that one, and its steps are its own.
    """
    who, into = ("second", ("_second_t", "unit")) if second else ("main", ("t", "unit"))
    coarse = is_coarse(trace.sizes(view.signal)["unit"], len(trace.tokens))
    asked = (recipe, view.layer, view.direction, signals, view.sort, view.signal, view.robust, view.grey)
    choice = playhead.followed((key, asked, view.rows, view.unit if coarse else None), view.t, view.unit, view.signal, who=who)
    shown: Layout = "present" if link.presenting() else layout
    data = _payload(said.spoken(trace, link.language()), asked, choice, view.rows, glossary.with_terms(words), title, shown, not second)

    def attempted() -> None:
        if attempt:
            st.session_state.text = attempt

    mount.strips(data, key=key, on_chosen=playhead.chosen(key, into=into, who=who), on_attempt=attempted)
