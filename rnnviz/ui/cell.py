"""The cell picture on a page: from a recipe, a place and the interventions in force to the component."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.components.base import Choice, Layout
from rnnviz.components.cell import CELL, Downstream, Held, payload, window_around
from rnnviz.figures.cell import CellPicture, cell_picture
from rnnviz.figures.formula import evaluate
from rnnviz.figures.numbers import fmt_prob, fmt_value
from rnnviz.figures.strips import Following
from rnnviz.recipe import Recipe
from rnnviz.trace import Trace
from rnnviz.ui import edits, engine, glossary, link, mount, playhead, signals
from rnnviz.ui.place import Place

CONTINUATION = 48
"""Characters that the model goes on for."""

_CELL = mount.register(CELL)


def draw(recipe: Recipe, place: Place, *, words: Mapping[str, Any], title: str, key: str) -> Trace:
    """Draw the picture and return the trace that it shows, edited where a hand is laid on it."""
    unit, trace = place.unit or 1, engine.trace(recipe)
    ablated = _ablated(recipe, place)
    states = 2 if "cell" in trace else 1
    window = window_around(place.t, time=len(trace.tokens), units=trace.sizes("hidden")["unit"], vectors=len(trace.unit_signals) + states)
    choice = playhead.followed((key, recipe, place.layer, place.direction, unit, ablated, window), place.t, unit)
    layout = "present" if link.presenting() else "page"
    with st.spinner(words["units_waiting"]) if ablated else nullcontext():
        data = _payload(
            recipe, place.layer, place.direction, unit, ablated, window, choice, glossary.with_terms(words), title, layout, link.language()
        )
    roles = {trace.part(name).attrs["role"]: name for name in trace.unit_signals}
    keep = {roles[role]: value for role, value in (("keep", 1.0), ("write", 0.0)) if role in roles and (role == "keep" or states == 2)}
    _CELL(
        key=key,
        data=data,
        on_chosen_change=playhead.chosen(key, redraws_for_unit=True),
        on_edit_change=edits.taken(key, place.layer, place.direction),
        on_carry_change=edits.carried(key, place.layer, place.direction, keep),
        on_letgo_change=edits.let_go(key),
        on_ablate_change=_ablate(key, recipe, place),
    )
    return trace


def _ablated(recipe: Recipe, place: Place) -> bool:
    """Return whether each unit is to be silenced: asked for by link or button, for this text, model and layer alone."""
    here = (recipe.model, recipe.text, place.layer, place.direction)
    if link.choice("ablate", ("no", "yes"), "no") == "yes" and st.session_state.setdefault("_ablated", here) != here:
        st.session_state.ablate = "no"
        link.choice("ablate", ("no", "yes"), "no")
    return st.session_state.ablate == "yes"


def _ablate(key: str, recipe: Recipe, place: Place):
    def take() -> None:
        st.session_state.ablate = "yes" if mount.told(key, "ablate") == "yes" else "no"
        st.session_state["_ablated"] = (recipe.model, recipe.text, place.layer, place.direction)

    return take


@st.cache_data(show_spinner=False, max_entries=16)
def _ablation(model: str, text: str, layer: int, direction: str) -> np.ndarray:
    from rnnviz.interventions import ablation_map

    return ablation_map(engine.model(model), text, layer=layer, direction=direction).values


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs=mount.AS_WRITTEN)
def _payload(
    recipe: Recipe,
    layer: int,
    direction: str,
    unit: int,
    ablated: bool,
    window: tuple[int, int],
    choice: Choice,
    words: Mapping[str, Any],
    title: str,
    layout: Layout,
    language: str,
) -> bytes:
    from rnnviz.anatomy import anatomy
    from rnnviz.interventions import parsed, written

    trace, model = engine.trace(recipe), engine.model(recipe.model)
    found = anatomy(model, recipe.text, trace, layer=layer, direction=direction, unit=unit)
    one_hot = engine.card(recipe.model).embedding == 0
    picture = cell_picture(signals.spoken(trace, language), found, input_names=model.vocabulary.tokens if one_hot else ())
    steps = len(trace.tokens)
    held = [
        Held(i.signal, i.low, i.high, i.units, i.layer, i.direction, i.first, steps if i.last is None else i.last, written([i]))
        for i in parsed(recipe.edits)
    ]
    return payload(
        picture,
        choice,
        window=window,
        held=held,
        downstream=_downstream(recipe, picture, trace) if recipe.edits else None,
        ablation=_ablation(recipe.model, recipe.text, layer, direction) if ablated else None,
        residual=_recombined(picture, found.operands(), held),
        words=words,
        title=title,
        layout=layout,
    )


def _downstream(recipe: Recipe, picture: CellPicture, trace: Trace) -> Downstream:
    from rnnviz.interventions import parsed, released, written

    before = engine.trace(replace(recipe, edits=""))
    layer, direction, at = picture.layer, picture.direction, picture.unit - 1
    twin = engine.trace(replace(recipe, edits=written(released(parsed(recipe.edits)))))  # rounded as the edited run is
    change = trace.layer("hidden", layer, direction).values - twin.layer("hidden", layer, direction).values
    was, now = (each.part("probability").values[0].astype(float) for each in (before, trace))
    following = Following(before, before.tokens)
    return Downstream(
        values=np.stack([before.layer(part.signal, layer, direction).values[:, at] for part in picture.parts]),
        change=change.T,
        next_tokens=following.best(6),
        next_probability=following.given(),
        divergence=np.maximum((was * np.log2(was / now)).sum(axis=1), 0),
        continuation=(engine.continuation(replace(recipe, edits="")), engine.continuation(recipe)),
    )


def _recombined(picture: CellPicture, operands: dict[str, np.ndarray], held: list[Held]) -> float:
    """Return the largest difference between the printed formulas, computed in float64, and what the engine recorded."""
    worst = 0.0
    for part in picture.parts:
        values = evaluate(part.formula, operands)
        free = np.ones(len(part.values), dtype=bool)
        for h in held:
            if h.holds(part.signal, picture.layer, picture.direction, picture.unit):
                free[h.first - 1 : h.last] = False
        if free.any():
            worst = max(worst, float(np.abs(values - part.values)[free].max()))
        operands = {**operands, part.signal: part.values.astype(float)}
    return worst


def conventions(trace: Trace, place: Place, words: Mapping[str, str]) -> None:
    """Print the GRU in torch's convention and in the other, with this unit's numbers in both."""
    unit, t = place.unit or 1, place.t
    z, candidate, hidden = (
        float(trace.layer(name, place.layer, place.direction).values[t - 1, unit - 1]) for name in ("update_gate", "candidate", "hidden")
    )
    before = 0.0 if t == 1 else float(trace.layer("hidden", place.layer, place.direction).values[t - 2, unit - 1])
    with st.expander(words["title"]):
        st.markdown(words["text"])
        st.markdown(
            words["here"].format(
                unit=unit, t=t, z=fmt_value(z, signed=False), keep=fmt_prob(z), other=fmt_value(1 - z, signed=False),
                before=fmt_value(before), candidate=fmt_value(candidate), hidden=fmt_value(hidden),
            )
        )  # fmt: skip
