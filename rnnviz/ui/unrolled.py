"""The unrolled network on a page: from a recipe, a place and a mode to the component."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.components.base import Choice, Layout
from rnnviz.components.unrolled import UNROLLED, ChainPicture, chain_payload, payload
from rnnviz.figures.unrolled import unrolled
from rnnviz.recipe import LONGEST_TEXT, Recipe
from rnnviz.text import visible
from rnnviz.ui import engine, glossary, link, mount, playhead, signals
from rnnviz.ui.place import Place

WRITTEN = 16
"""Characters that the model writes itself in the modes where it does."""

CHAIN_MODEL, CHAIN_LENGTH = "tiny-rnn", 8
"""The chain is drawn with a network whose every number fits."""

_UNROLLED = mount.register(UNROLLED)


def read(recipe: Recipe, mode: str) -> tuple[Recipe, int]:
    """Return what the network reads in a mode, and how many steps of it were typed: the rest is its own output, fed back."""
    if mode == "one-to-many":
        words = [] if engine.reads(recipe.model) == "characters" else recipe.text.split(maxsplit=1)
        start = replace(recipe, text=words[0] if words else recipe.text[:1])
        steps = len(engine.trace(start).tokens)
        return replace(recipe, text=start.text + engine.continuation(start, 2 * WRITTEN)), steps
    if mode == "encoder-decoder":
        typed = replace(recipe, text=recipe.text[: LONGEST_TEXT - WRITTEN])
        steps = len(engine.trace(typed).tokens)
        return replace(recipe, text=typed.text + engine.continuation(typed, WRITTEN)), steps
    return recipe, len(engine.trace(recipe).tokens)


def draw(
    recipe: Recipe, typed: int, place: Place, *, mode: str, signal: str, swap: tuple[int, str] | None,
    words: Mapping[str, Any], title: str, key: str,
) -> None:  # fmt: skip
    """Draw the picture. A box that was clicked opens the cell page there; a character that was put in becomes `swap`."""
    layout = "present" if link.presenting() else "page"
    words = glossary.with_terms(words)
    if mode == "chain":  # its eight steps and four units are its own: the place in the text stays
        data, chosen = _chain_payload(recipe.text[:CHAIN_LENGTH], words, title, layout), _ignored
    else:
        choice = playhead.followed((key, recipe, mode, signal, swap, place.layer), place.t, place.unit or 1)
        data = _payload(recipe, typed, mode, signal, swap, place.layer, choice, words, title, layout, link.language())
        chosen = playhead.chosen(key)
    _UNROLLED(
        key=key, data=data, on_chosen_change=chosen, on_open_change=_opened(key, recipe.text), on_swap_change=_swapped(key),
    )  # fmt: skip
    if st.session_state.pop("_open", False):
        st.switch_page("pages/cell.py", query_params={})  # without a mapping it refuses: t and unit are bound


def asked_swap(text: str) -> tuple[int, str] | None:
    """Return the character that session or link put in the place of another, (t, character), or None."""
    asked = link.from_link("swap")
    if asked is not None and "swap" not in st.session_state:
        found = re.fullmatch(r"(\d{1,4})\.(.)", asked, re.DOTALL)
        st.session_state.swap = (int(found[1]), found[2]) if found else None
        if st.session_state.swap is None or not 1 <= st.session_state.swap[0] <= len(text):
            link.notice(_words()["notice"]["swap"].format(given=link.short(asked)))
    swap = st.session_state.get("swap")
    if swap is not None and (not 1 <= swap[0] <= len(text) or text[swap[0] - 1] == swap[1]):
        swap = st.session_state.swap = None
    link.write("swap", f"{swap[0]}.{swap[1]}" if swap else None)
    return swap


def _words() -> Mapping[str, Any]:
    from rnnviz.ui import content

    return content.words("unrolled", link.language())


def _ignored() -> None:
    """Take no notice of a step that is not one of the text."""


def _opened(key: str, text: str):
    """Return the callback that opens the cell page at a box; it then reads all of `text`, what the model wrote included."""

    def take() -> None:
        box = mount.told(key, "open")
        if not isinstance(box, Mapping):
            return
        state = st.session_state
        state.t, state.layer, state.direction = int(box["t"]), int(box["layer"]), str(box["direction"])
        if box["unit"]:
            state.unit = int(box["unit"])
        if state.get("text") != text and len(text) <= LONGEST_TEXT:
            state.text = text
        state["_open"] = True

    return take


def _swapped(key: str):
    def take() -> None:
        wish = mount.told(key, "swap")
        if isinstance(wish, Mapping):
            st.session_state.swap = (int(wish["t"]), str(wish["character"])[:1]) if wish["t"] and wish["character"] else None

    return take


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs=mount.AS_WRITTEN)
def _payload(
    recipe: Recipe, typed: int, mode: str, signal: str, swap: tuple[int, str] | None, layer: int, choice: Choice,
    words: Mapping[str, Any], title: str, layout: Layout, language: str,
) -> bytes:  # fmt: skip
    other = None
    if swap is not None:
        t, character = swap
        other = (t, engine.trace(replace(recipe, text=recipe.text[: t - 1] + character + recipe.text[t:])))
    picture = unrolled(signals.spoken(engine.trace(recipe), language), mode=mode, signal=signal, typed=typed, other=other)
    recurrent = engine.model(recipe.model).recurrent
    parameters = sum(parameter.numel() for parameter in recurrent.parameters())
    return payload(picture, choice, layer=layer, parameters=parameters, words=words, title=title, layout=layout)


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs=mount.AS_WRITTEN)
def _chain_payload(text: str, words: Mapping[str, Any], title: str, layout: Layout) -> bytes:
    import torch

    from rnnviz.chain import chain

    model = engine.model(CHAIN_MODEL)
    own = chain(model, text, generator=torch.Generator().manual_seed(0))
    shared = chain(model, text)
    recorded = engine.trace(Recipe(CHAIN_MODEL, text)).layer("hidden", 1).values
    picture = ChainPicture(
        tuple(visible(character) for character in text), own.weights, own.hidden, own.parameters, shared.weights, shared.hidden,
        shared.parameters, float(np.abs(shared.hidden - recorded).max()), CHAIN_MODEL,
    )  # fmt: skip
    return chain_payload(picture, Choice(1, 1), words=words, title=title, layout=layout)
