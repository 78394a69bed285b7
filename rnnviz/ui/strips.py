"""The strips picture on a page: from a recipe and the choice in the link to the component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.components.strips import Choice, payload, payload_is_coarse
from rnnviz.figures.strips import picture
from rnnviz.trace import Trace
from rnnviz.ui import mount


def _followed(picture: tuple, t: int, unit: int) -> dict[str, Any]:
    """Return where the picture's playhead was last put by Python: {"shown": (t, unit), "turn": how often}.

    Steps in the browser are known there already. Only when Python moves the choice, or another picture is drawn, does
    the choice in the payload change; so a step or a click sends nothing back.
    """
    moved = st.session_state.setdefault("_moved", {"picture": None, "known": None, "shown": None, "turn": 0})
    if moved["picture"] != picture or moved["known"] != (t, unit):
        moved.update(picture=picture, known=(t, unit), shown=(t, unit), turn=moved["turn"] + 1)
    return moved


@st.cache_data(show_spinner=False, max_entries=64)
def _payload(_trace: Trace, key: tuple, choice: Choice, rows: int, words: Mapping[str, Any], title: str, compact: bool) -> bytes:
    # `key` holds all of the recipe, so the trace itself need not be hashed
    _, layer, direction, signals, sort, sort_by, robust = key
    drawn = picture(_trace, layer=layer, direction=direction, signals=signals, sort=sort, sort_by=sort_by, robust=robust)
    return payload(drawn, choice, rows=rows, words=words, title=title, compact=compact)


def draw(
    trace: Trace,
    recipe,
    *,
    words: Mapping[str, Any],
    title: str,
    t: int,
    unit: int,
    layer: int = 1,
    direction: str = "forward",
    signals: tuple[str, ...] | None = None,
    signal: str,
    sort: str = "mean",
    rows: int = 10,
    robust: bool = True,
    compact: bool = False,
    attempt: str = "",
    key: str,
) -> None:
    """Draw the picture. Steps and clicks in it come back as `t` and `unit` of the session; `attempt` is the text of “Try this”."""
    steps, units = len(trace.tokens), trace[signal].sizes["unit"]
    coarse = payload_is_coarse(len(signals or [n for n in trace if "unit" in trace[n].dims]), units, steps)
    asked = (recipe, layer, direction, signals, sort, signal, robust)
    moved = _followed((key, asked, rows, unit if coarse else None), t, unit)
    choice = Choice(*moved["shown"], signal, moved["turn"])
    data = _payload(trace, asked, choice, rows, dict(words), title, compact)

    def chosen() -> None:
        place = st.session_state[key].chosen
        if not isinstance(place, Mapping):
            return
        st.session_state.t, st.session_state.unit = int(place["t"]), int(place["unit"])
        moved["known"] = (st.session_state.t, st.session_state.unit)

    def attempted() -> None:
        if attempt:
            st.session_state.text = attempt

    mount.strips(data, key=key, on_chosen=chosen, on_attempt=attempted)
