"""The cell picture on a page: from a recipe, a place and the interventions in force to the component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.components.base import Choice, Layout
from rnnviz.components.cell import CELL, Downstream, Held, payload
from rnnviz.figures.cell import CellPicture, cell_picture
from rnnviz.figures.formula import names
from rnnviz.figures.numbers import fmt_prob, fmt_value
from rnnviz.figures.strips import Following
from rnnviz.recipe import Recipe
from rnnviz.trace import Trace
from rnnviz.ui import edits, engine, link, mount, playhead
from rnnviz.ui.place import Place

CONTINUATION = 48
"""Characters that the model goes on for."""

_CELL = mount.register(CELL)


def draw(recipe: Recipe, place: Place, *, words: Mapping[str, Any], title: str, key: str) -> Trace:
    """Draw the picture and return the trace that it shows, edited where a hand is laid on it."""
    unit = place.unit or 1
    ablated = link.choice("ablate", ("no", "yes"), "no") == "yes"
    choice = playhead.followed((key, recipe, place.layer, place.direction, unit, ablated), place.t, unit)
    layout = "present" if link.presenting() else "page"
    data = _payload(recipe, place.layer, place.direction, unit, ablated, choice, dict(words), title, layout)
    keep = {"gru": {"update_gate": 1.0}}.get(engine.cards()[recipe.model].cell, {"forget_gate": 1.0, "input_gate": 0.0})
    _CELL(
        key=key,
        data=data,
        on_chosen_change=playhead.chosen(key, redraws_for_unit=True),
        on_edit_change=edits.taken(key, place.layer, place.direction),
        on_carry_change=edits.carried(key, place.layer, place.direction, keep),
        on_letgo_change=edits.let_go(key),
        on_ablate_change=_ablate,
    )
    return engine.trace(recipe)


def _ablate() -> None:
    st.session_state.ablate = "yes"


@st.cache_data(show_spinner=False, max_entries=16)
def _ablation(model: str, text: str, layer: int, direction: str) -> np.ndarray:
    from rnnviz.interventions import ablation_map

    return ablation_map(engine.model(model), text, layer=layer, direction=direction).values


@st.cache_data(show_spinner=False, max_entries=64)
def _payload(
    recipe: Recipe,
    layer: int,
    direction: str,
    unit: int,
    ablated: bool,
    choice: Choice,
    words: Mapping[str, Any],
    title: str,
    layout: Layout,
) -> bytes:
    from rnnviz.anatomy import anatomy
    from rnnviz.interventions import parsed

    trace, model = engine.trace(recipe), engine.model(recipe.model)
    found = anatomy(model, recipe.text, trace, layer=layer, direction=direction, unit=unit)
    one_hot = engine.cards()[recipe.model].embedding == 0
    picture = cell_picture(trace, found, input_names=model.vocabulary.tokens if one_hot else ())
    steps = len(trace.tokens)
    held = [
        Held(i.signal, i.low, None if i.units is None else i.units[0], i.layer, i.direction, i.first, i.last or steps)
        for i in parsed(recipe.edits)
    ]
    return payload(
        picture,
        choice,
        held=held,
        downstream=_downstream(recipe, picture, trace) if recipe.edits else None,
        ablation=_ablation(recipe.model, recipe.text, layer, direction) if ablated else None,
        residual=_recombined(picture, found.operands(), held),
        words=words,
        title=title,
        layout=layout,
    )


def _downstream(recipe: Recipe, picture: CellPicture, trace: Trace) -> Downstream:
    before = engine.trace(replace(recipe, edits=""))
    layer, direction, at = picture.layer, picture.direction, picture.unit - 1
    change = trace.part("hidden").values[:, trace.directions.index(direction), 0] - before.part("hidden").values[:, 0, 0]
    was, now = (each.part("probability").values[0].astype(float) for each in (before, trace))
    following = Following(before, before.tokens)
    return Downstream(
        values=np.stack([before.layer(part.signal, layer, direction).values[:, at] for part in picture.parts]),
        change=change[layer - 1].T,
        by_layer=np.linalg.norm(change, axis=-1),
        next_tokens=following.best(6),
        next_probability=following.given(),
        divergence=np.maximum((was * np.log2(was / now)).sum(axis=1), 0),
        continuation=(engine.continuation(replace(recipe, edits="")), engine.continuation(recipe)),
    )


def _recombined(picture: CellPicture, operands: dict[str, np.ndarray], held: list[Held]) -> float:
    """Return the largest difference between the printed formulas, computed in float64, and what the engine recorded."""
    worst = 0.0
    for part in picture.parts:
        values = _value(part.formula, operands)
        free = np.ones(len(part.values), dtype=bool)
        for h in held:
            if (h.signal, h.layer, h.direction) == (part.signal, picture.layer, picture.direction) and h.unit in (None, picture.unit):
                free[h.first - 1 : h.last] = False
        if free.any():
            worst = max(worst, float(np.abs(values - part.values)[free].max()))
        operands = {**operands, part.signal: part.values.astype(float)}
    assert all(name in operands for part in picture.parts for name in names(part.formula))
    return worst


_FUNCTIONS = {"sigmoid": lambda v: 1 / (1 + np.exp(-v)), "tanh": np.tanh, "relu": lambda v: np.maximum(v, 0)}


def _value(formula: Any, values: Mapping[str, np.ndarray]) -> Any:
    if isinstance(formula, str):
        return values[formula]
    if not isinstance(formula, list):
        return formula
    parts = [_value(part, values) for part in formula[1:]]
    match formula[0]:
        case "+":
            return sum(parts[1:], parts[0])
        case "-":
            return parts[0] - parts[1]
        case "*":
            return parts[0] * parts[1]
    return _FUNCTIONS[formula[0]](parts[0])


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
