"""Complete: the model reads along while a person types. Each pause of the hand reruns this fragment alone, not the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rnnviz.components.typing import TYPING, data
from rnnviz.recipe import LONGEST_TEXT, Recipe
from rnnviz.ui import engine, glossary, language, language_export, link, mount

LEAST = 0.1
"""A suggestion that is less probable is listed, but not put behind the cursor."""

_TYPING = mount.register(TYPING)


def draw(recipe: Recipe, words: Mapping[str, Any], controls) -> None:
    """Draw the field, and into the row of controls what can be taken away."""
    with controls:
        language_export.draw(words, recipe.model, None, language_export.complete_lines(recipe, beginning(recipe.text)))
    _field(recipe, words)


@st.fragment
def _field(recipe: Recipe, words: Mapping[str, Any]) -> None:
    """Draw the field, and answer what was typed last."""
    state = st.session_state
    turn = f"{recipe.model}/{recipe.text}"
    typed = state.get("_typed")
    if not typed or typed["turn"] != turn:
        typed = {"text": beginning(recipe.text), "number": 0, "turn": turn}
    found = _suggestions(recipe.model, typed["text"])
    begin = beginning(recipe.text)
    layout = "present" if link.presenting() else "page"
    _TYPING(
        key="typing",
        on_typed_change=_take,
        data=data(
            begin,
            turn,
            typed["text"],
            typed["number"],
            found,
            _siblings(recipe.model, typed["text"]),
            least=LEAST,
            words=glossary.with_terms({**words["typing"], "cards": words["cards"]["complete"]}),
            layout=layout,
        ),
    )


def beginning(text: str) -> str:
    """Return the first half of a text, cut inside a word where it can be, so that there is something to complete."""
    cut = max(1, len(text) // 2)
    while 1 < cut < len(text) and not (text[cut - 1].isalnum() and text[cut].isalnum()):
        cut += 1
    return text[:cut]


def _take() -> None:
    told = mount.told("typing", "typed")
    if isinstance(told, Mapping) and isinstance(told.get("text"), str):
        st.session_state["_typed"] = {
            "text": told["text"][:LONGEST_TEXT],
            "number": int(told.get("number") or 0),
            "turn": str(told.get("turn")),
        }


def _siblings(name: str, text: str) -> list[tuple[str, str, float]]:
    return [(language.label(other), *_suggestions(other, text)[0]) for other in language.family(name)[1:] if _suggestions(other, text)]


@st.cache_data(show_spinner=False, max_entries=512)
def _suggestions(name: str, text: str) -> list[tuple[str, float]]:
    from rnnviz.completing import complete

    return [(each.added, each.probability) for each in complete(engine.model(name), text)]
