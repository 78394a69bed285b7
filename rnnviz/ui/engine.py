"""Engine calls, cached by recipe. Only values cross a cache: a flat recipe in, a frozen Trace out, shared by everybody."""

from __future__ import annotations

import streamlit as st

from rnnviz.pair_recipe import PairRecipe, run_pair
from rnnviz.recipe import Recipe, RecipeError, run
from rnnviz.trace import Trace
from rnnviz.ui import refusals


@st.cache_resource(show_spinner=False, max_entries=16)
def model(name: str):
    """Return a model of the zoo, or the network of a run. It is shared by every session: read it, never change it."""
    if (found := trained(name)) is not None:
        from rnnviz.training.folder import load as load_run

        return load_run(*found)
    from rnnviz.zoo import load

    return load(name)


def trained(name: str):
    """Return the run and the frame that a name like run-1a2b3c4d-500 stands for, or None where it is none."""
    kind, _, rest = name.partition("-")
    run, _, step = rest.partition("-")
    if kind != "run" or not (step.isascii() and step.isdecimal() and len(step) < 12):
        return None
    from rnnviz.training.jobs import find

    try:
        found = find(run)
    except ValueError:
        return None
    return (found, int(step)) if found.frame(int(step)).exists() else None


@st.cache_resource(show_spinner=False, max_entries=24)  # 500 characters of a 192-unit LSTM are 5 MB
def _trace(recipe: Recipe) -> Trace:
    return run(recipe, load=model)


def trace(recipe: Recipe) -> Trace:
    """Return the trace of a recipe, computed once. One that cannot be run stops the page with a sentence."""
    try:
        return _trace(recipe)
    except RecipeError as error:
        refusals.show(error)
    st.stop()


@st.cache_resource(show_spinner=False, max_entries=128)
def _translation(recipe: PairRecipe):
    return run_pair(recipe, load=model)


def quiet_translation(recipe: PairRecipe):
    """Return what a translator makes of a recipe, computed once. Raises RecipeError with a sentence."""
    return _translation(recipe)


def translation(recipe: PairRecipe):
    """Do the same; one that cannot be run stops the page with its sentence."""
    try:
        return _translation(recipe)
    except RecipeError as error:
        refusals.show(error)
    st.stop()


@st.cache_data(show_spinner=False, max_entries=64)
def continuation(recipe: Recipe, length: int = 48) -> str:
    """Return how the model goes on after the text, the most probable token each time."""
    from rnnviz.interventions import continuation as on
    from rnnviz.interventions import parsed

    return on(model(recipe.model), recipe.text, length, parsed(recipe.edits))


def reads(name: str) -> str:
    """Return what a model reads, a token a step: characters, words, sentences (words, and ⟨s⟩ before them) or numbers."""
    from rnnviz.models import describe

    return describe(model(name)).reads


def reads_letters(name: str) -> bool:
    """Return whether a model predicts the next character, as those do that the pages' other experiments are made for."""
    from rnnviz.models import LanguageModel
    from rnnviz.text import CharacterVocabulary

    found = model(name)
    return isinstance(found, LanguageModel) and isinstance(found.vocabulary, CharacterVocabulary)


@st.cache_resource(show_spinner=False, max_entries=64)
def card(name: str):
    """Return what is known of a model: its card, or the description of a run's network."""
    if (found := trained(name)) is None:
        return _every_card()[name]
    from rnnviz.ui.trained import RunCard

    return RunCard.of(name, *found)


@st.cache_resource(show_spinner=False, max_entries=1)
def cards():
    """Return the card of every model that reads one text, by name, in the order in which they are offered."""
    return {name: card for name, card in _every_card().items() if name not in translators()}


@st.cache_resource(show_spinner=False, max_entries=1)
def translators():
    """Return the card of every translator that ships, by name."""
    return {name: card for name, card in _every_card().items() if card.description.kind == "Translator"}


def is_translator(name: str) -> bool:
    """Return whether a model, or the network of a run, reads one sequence and says another."""
    if name in translators():
        return True
    return trained(name) is not None and getattr(card(name), "kind", "") == "Translator"


@st.cache_resource(show_spinner=False, max_entries=1)
def _every_card():
    from rnnviz.zoo.cards import card, names

    return {name: card(name) for name in names()}
