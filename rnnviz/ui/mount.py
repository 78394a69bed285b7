"""Browser components on a page. Each is registered with Streamlit once, when this module is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from rnnviz.components.actions import ACTIONS
from rnnviz.components.base import Component
from rnnviz.components.strips import STRIPS

AS_WRITTEN: dict[Any, Callable[[Any], Any]] = {dict: repr}
"""`hash_funcs` of what keeps payloads: their words are hashed as one text. Value by value they took a tenth of a run."""


def register(component: Component):
    """Register a component with Streamlit and return what mounts it. Call it once, when a module is imported."""
    return st.components.v2.component(component.name, html=component.html, css=component.css, js=component.js)  # pyright: ignore


def told(key: str, name: str) -> Any:
    """Return what a component has just told Python under this name; None for nothing, and where its page was left meanwhile."""
    return getattr(st.session_state.get(key), name, None)


_STRIPS = register(STRIPS)
_ACTIONS = register(ACTIONS)


def strips(payload: bytes, *, key: str, on_chosen: Callable[[], None], on_attempt: Callable[[], None]) -> Any:
    """Draw a strips picture. `on_chosen` runs before the page when somebody stepped or clicked, `on_attempt` for “Try this”."""
    return _STRIPS(key=key, data=payload, on_chosen_change=on_chosen, on_attempt_change=on_attempt)


def actions(words: dict[str, Any], pages: list[str], language: str, *, presenting: bool) -> Any:
    """Draw the buttons of the context bar that need the browser. Return the address if its code was just asked for."""
    facts = {"pages": pages, "language": language, "presenting": presenting}
    return _ACTIONS(key="actions", data={**words, **facts}, on_code_change=lambda: None).code
