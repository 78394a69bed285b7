"""The hand laid on a run: interventions kept in the session and in the link, and the component's wishes turned into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from rnnviz.ui import link, mount, signals

LARGEST = 1000.0
"""Largest value, in magnitude, that a state is held at."""


def current(words: Mapping[str, Any], trace, model) -> str:
    """Return the interventions in force, as a Recipe takes them.

    What cannot be read is dropped. What does not fit this model and text rests until it fits again. Both are said.
    """
    from rnnviz.interventions import parsed, written

    asked = link.from_link("edits")
    if asked is not None and "edits" not in st.session_state:
        st.session_state.edits = asked
    kept, active = [], []
    for part in st.session_state.get("edits", "").split(";"):
        try:
            found = parsed(part)
        except ValueError:
            link.notice(words["unreadable"].format(given=link.short(part)))
            continue
        for intervention in found:
            kept.append(intervention)
            if why := _misfit(intervention, trace, model, words):
                link.notice(words["rests"].format(why=why))
            else:
                active.append(intervention)
    st.session_state.edits = written(kept)
    st.session_state["_edits_active"] = written(active)
    link.write("edits", st.session_state.edits or None)
    return st.session_state["_edits_active"]


def elsewhere(words: Mapping[str, Any]) -> None:
    """Say on a page that shows the run as it was that a hand is laid on it on the cell page."""
    if st.session_state.get("_edits_active"):
        link.notice(words["edits_elsewhere"])


def _misfit(i, trace, model, words: Mapping[str, Any]) -> str:
    """Return in plain words why an intervention cannot be carried out here, or nothing if it can."""
    from rnnviz.cells import named

    cell = named(model.cell)
    signal = next((each for each in cell.signals if each.name == i.signal), None)
    sizes, steps = trace.sizes("hidden"), trace.sizes("hidden")["time"]
    low, high = (signal.valid_range if signal is not None else None) or (-LARGEST, LARGEST)
    name = signals.of_a_cell(i.signal, link.language())
    reasons = {
        "no_signal": signal is None,
        "no_layer": i.layer > sizes["layer"] or i.layer < 1,
        "no_direction": i.direction not in trace.directions,
        "no_unit": i.units is not None and not all(1 <= unit <= sizes["unit"] for unit in i.units),
        "no_step": not 1 <= i.first <= (steps if i.last is None else i.last) <= steps,
        "no_value": not low <= i.low <= i.high <= high,
    }
    facts = {"name": name, "cell": cell.title, "layers": sizes["layer"], "units": sizes["unit"], "steps": steps, "low": low, "high": high}
    return next((words[reason].format(**facts) for reason, found in reasons.items() if found), "")


def taken(key: str, layer: int, direction: str) -> Callable[[], None]:
    """Return the callback for a quantity that was dragged: one hand a signal and scope, the latest wins."""

    def take() -> None:
        wish = mount.told(key, "edit")
        if isinstance(wish, Mapping):
            _add(layer, direction, wish, {str(wish["signal"]): float(wish["value"])})

    return take


def carried(key: str, layer: int, direction: str, values: Mapping[str, float]) -> Callable[[], None]:
    """Return the callback that holds the memory: forget gate open and input gate closed, or update gate open."""

    def take() -> None:
        wish = mount.told(key, "carry")
        if isinstance(wish, Mapping):
            _add(layer, direction, wish, values)

    return take


def let_go(key: str) -> Callable[[], None]:
    """Return the callback that takes one hand off, or all."""

    def take() -> None:
        wish = mount.told(key, "letgo")
        if not isinstance(wish, Mapping):
            return
        parts = st.session_state.get("edits", "").split(";")
        st.session_state.edits = "" if wish.get("all") else ";".join(part for part in parts if part != wish.get("edit"))

    return take


def _add(layer: int, direction: str, wish: Mapping[str, Any], values: Mapping[str, float]) -> None:
    from rnnviz.interventions import force, parsed, written

    units = None if wish["unit"] is None else (int(wish["unit"]),)
    where = {"layer": layer, "direction": direction, "units": units, "first": int(wish["first"]), "last": _whole(wish["last"])}
    made = [force(signal, round(value, 4), **where) for signal, value in values.items()]
    same = {(i.signal, i.layer, i.direction, i.units, i.first) for i in made}
    kept = [i for i in parsed(st.session_state.get("edits", "")) if (i.signal, i.layer, i.direction, i.units, i.first) not in same]
    st.session_state.edits = written([*kept, *made])


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
