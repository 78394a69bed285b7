"""Clipping on a page: the gradient that training would follow on this text, before and after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.clipping import Clipped, clip, parameter_gradients
from rnnviz.experiment import Experiment
from rnnviz.figures.clipped_bars import clipped_bars
from rnnviz.figures.numbers import fmt_odd, fmt_prob, fmt_small
from rnnviz.recipe import Recipe
from rnnviz.ui import charts, engine, gradients, link
from rnnviz.ui import gradients_controls as controls

WAYS = ("norm", "value", "none")
FIRST = {"norm": 0.25, "value": 0.01}
"""Thresholds to begin with: small enough to show what clipping does to a gradient that neither vanishes nor explodes."""


@st.cache_resource(show_spinner=False, max_entries=8)  # a shipped model's gradients are 2 MB
def _gradients(experiment: Experiment):
    return parameter_gradients(gradients.network(experiment), experiment.text, truncate=experiment.truncate or None)


@st.cache_data(show_spinner=False, max_entries=64)
def _clipped(experiment: Experiment, way: str, threshold: float) -> Clipped:
    found = _gradients(experiment)
    return clip(found, norm=threshold if way == "norm" else None, value=threshold if way == "value" else None)


def draw(recipe: Recipe, words: Mapping[str, Any], all_words: Mapping[str, Any]) -> None:
    """Draw the sliders of the experiment, the clip's own, and the norms."""
    net = "fresh" if engine.trained(recipe.model) is None else "trained"  # whoever brings a run has that one in mind
    asked, _ = controls.experiment(recipe, all_words, cell_label=all_words["experiment"]["cell_clip"], net=net)
    main = asked.members[asked.series]
    way = link.choice("clipby", WAYS, "norm")
    threshold = link.number(f"clip{way}", 1e-6, 1e6, FIRST[way]) if way != "none" else math.inf
    with st.container(key="clip", horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(words["by"], WAYS, key="clipby", persist_state="session", required=True, format_func=words["bys"].get)
        if way != "none":
            threshold = st.number_input(
                words[way], 1e-6, 1e6, FIRST[way], key=f"clip{way}", bind="query-params", format="%g", width=160, step=FIRST[way] / 2
            )
    if len(main.text) < 2:
        st.info(words["one"])
        return
    found = _clipped(main, way, float(threshold))
    st.html(_totals(found, way, words))
    if not math.isfinite(found.total_before):
        st.error(words["bad"].format(what=fmt_odd(found.total_before)))
        gradients.remedy(main, all_words)
        return
    columns = words["columns"]
    chart = clipped_bars(
        found.before,
        found.after,
        titles=(columns["before"], columns["after"]),
        axis=columns["axis"],
        names=(columns["parameter"], columns["when"]),
        dark=st.context.theme.type == "dark",
    )
    charts.draw(chart, key="clipped", alt=columns["axis"])
    st.caption(words["read"])


def _totals(found: Clipped, way: str, words: Mapping[str, Any]) -> str:
    """Return the numbers as one row. Only numbers and our own words stand in it."""
    cells = [
        (words["before"], "norm-before", found.total_before, fmt_small(found.total_before)),
        (words["after"], "norm-after", found.total_after, fmt_small(found.total_after)),
        (words["angle"], "angle", _degrees(found.cosine), f"{_degrees(found.cosine):.1f}°" if math.isfinite(found.cosine) else "–"),
    ]
    if way == "value":  # by norm, every value is made smaller
        cells.append((words["share"], "share", found.share, fmt_prob(found.share)))
    shown = "".join(
        f'<div><span>{title}</span><b data-stat="{stat}" data-value="{value!r}">{text}</b></div>' for title, stat, value, text in cells
    )
    return f'<div class="rnnviz-totals">{shown}</div>'


def _degrees(cosine: float) -> float:
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) if math.isfinite(cosine) else math.nan
