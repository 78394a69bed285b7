"""Who moved the choice last, the browser or Python. Steps in the browser are known there already, and send nothing back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from rnnviz.components.base import Choice
from rnnviz.ui import mount


def followed(picture: tuple, t: int, unit: int, signal: str = "", *, who: str = "main") -> Choice:
    """Return where the picture's playhead was last put by Python.

    Only when Python moves the choice, or another picture is drawn, does the choice in the payload change; so a step or a
    click in the browser leaves the payload as it was. `who` tells two pictures of one page apart.
    """
    moved = _moved(who)
    if moved["picture"] != picture or moved["known"] != (t, unit):
        moved.update(picture=picture, known=(t, unit), shown=(t, unit), turn=moved["turn"] + 1)
    shown_t, shown_unit = moved["shown"]
    return Choice(shown_t, shown_unit, signal, moved["turn"])


def chosen(key: str, *, redraws_for_unit: bool = False, into: tuple[str, str] = ("t", "unit"), who: str = "main") -> Callable[[], None]:
    """Return the callback that takes the component's choice over into the session: `t` and `unit`, or what `into` names.

    With `redraws_for_unit` another unit is another picture, so only steps are known to the browser already.
    """

    def take() -> None:
        place = mount.told(key, "chosen")
        if not isinstance(place, Mapping):
            return
        drawn = _moved(who)["shown"]
        t, unit = int(place["t"]), int(place["unit"])
        st.session_state[into[0]], st.session_state[into[1]] = t, unit
        if not redraws_for_unit or drawn is None or drawn[1] == unit:
            _moved(who)["known"] = (t, unit)

    return take


def _moved(who: str) -> dict[str, Any]:
    return st.session_state.setdefault(f"_moved-{who}", {"picture": None, "known": None, "shown": None, "turn": 0})
