"""The hand laid on a run: interventions kept in the session and in the link, and the component's wishes turned into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from rnnviz.ui import link


def current(words: Mapping[str, Any], trace, model) -> str:
    """Return the interventions in force, as a Recipe takes them. What does not fit this model and text is left out, and said."""
    from rnnviz.interventions import check, parsed, written
    from rnnviz.network import network_of

    asked = link.from_link("edits")
    if asked is not None and "edits" not in st.session_state:
        st.session_state.edits = asked
    kept = []
    for part in st.session_state.get("edits", "").split(";"):
        try:
            for intervention in parsed(part):
                check(network_of(model.recurrent), trace.sizes("hidden")["time"], intervention)
                kept.append(intervention)
        except ValueError as error:
            link.notice(words["notice"]["edits"].format(why=link.short(str(error), 120)))
    st.session_state.edits = written(kept)
    link.write("edits", st.session_state.edits or None)
    return st.session_state.edits


def taken(key: str, layer: int, direction: str) -> Callable[[], None]:
    """Return the callback for a quantity that was dragged: one hand a signal and scope, the latest wins."""

    def take() -> None:
        wish = st.session_state[key].edit
        if isinstance(wish, Mapping):
            _add(layer, direction, wish, {str(wish["signal"]): float(wish["value"])})

    return take


def carried(key: str, layer: int, direction: str, values: Mapping[str, float]) -> Callable[[], None]:
    """Return the callback that holds the memory: forget gate open and input gate closed, or update gate open."""

    def take() -> None:
        wish = st.session_state[key].carry
        if isinstance(wish, Mapping):
            _add(layer, direction, wish, values)

    return take


def let_go(key: str) -> Callable[[], None]:
    """Return the callback that takes one hand off, or all."""

    def take() -> None:
        wish = st.session_state[key].letgo
        if not isinstance(wish, Mapping):
            return
        parts = [part for part in st.session_state.get("edits", "").split(";") if part]
        at = int(wish["at"])
        st.session_state.edits = ";".join(parts[:at] + parts[at + 1 :]) if 0 <= at < len(parts) else ""

    return take


def _add(layer: int, direction: str, wish: Mapping[str, Any], values: Mapping[str, float]) -> None:
    from rnnviz.interventions import force, parsed, written

    units = None if wish["unit"] is None else (int(wish["unit"]),)
    where = {"layer": layer, "direction": direction, "units": units, "first": int(wish["first"]), "last": int(wish["last"])}
    made = [force(signal, round(value, 4), **where) for signal, value in values.items()]
    same = {(i.signal, i.layer, i.direction, i.units, i.first) for i in made}
    kept = [i for i in parsed(st.session_state.get("edits", "")) if (i.signal, i.layer, i.direction, i.units, i.first) not in same]
    st.session_state.edits = written([*kept, *made])
