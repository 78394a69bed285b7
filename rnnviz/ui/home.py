"""The first picture on a page: from a recipe and a place to the component, and the letter that is put in another's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from rnnviz.components.base import Choice, Layout
from rnnviz.components.home import HOME, payload
from rnnviz.figures.home import reading
from rnnviz.recipe import Recipe
from rnnviz.ui import engine, link, mount, playhead, unrolled
from rnnviz.ui.place import Place

_HOME = mount.register(HOME)


def draw(recipe: Recipe, place: Place, *, words: Mapping[str, Any], title: str, key: str) -> None:
    """Draw the picture. A letter that was put in comes back as `swap`, the same one that the Unrolled page shows.

    Its rows are no choice of a unit: only the step comes back.
    """
    letters = engine.reads(recipe.model) == "characters"
    swap = unrolled.asked_swap(recipe.text) if letters else None
    choice = playhead.followed((key, recipe, swap), place.t, place.unit or 1)
    layout = "present" if link.presenting() else "compact"
    data = _payload(recipe, swap, choice, dict(words), title, letters, layout)
    _HOME(key=key, data=data, on_chosen_change=playhead.chosen(key, into=("t", "_home_unit")), on_swap_change=_swapped(key))


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs=mount.AS_WRITTEN)
def _payload(
    recipe: Recipe, swap: tuple[int, str] | None, choice: Choice, words: Mapping[str, Any], title: str, letters: bool, layout: Layout
) -> bytes:
    other = None
    if swap is not None:
        t, letter = swap
        other = (t, engine.trace(replace(recipe, text=recipe.text[: t - 1] + letter + recipe.text[t:])))
    picture = reading(engine.trace(recipe), other=other)
    return payload(picture, choice, words=words, title=title, swaps=letters, layout=layout)


def _swapped(key: str):
    def take() -> None:
        wish = mount.told(key, "swap")
        if isinstance(wish, Mapping):
            st.session_state.swap = (int(wish["t"]), str(wish["token"])[:1]) if wish["t"] and wish["token"] else None
            st.session_state.t = int(wish["at"])

    return take
