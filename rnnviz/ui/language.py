"""The language page's model: the one of the context bar if it predicts the next token, and the others it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rnnviz.figures.numbers import fmt_count
from rnnviz.recipe import Recipe
from rnnviz.ui import engine, link

ASKED = ("score", "complete", "generate")


def suited(recipe: Recipe, words: Mapping[str, Any]) -> Recipe:
    """Return the recipe with a model that predicts what comes next; another kind is replaced by the default one, and that is said."""
    if is_language_model(recipe.model):
        return replace(recipe, edits="")
    link.notice(words["notice"]["other_kind"].format(given=link.short(recipe.model), shown=Recipe().model))
    return Recipe(Recipe().model, recipe.text)


def is_language_model(name: str) -> bool:
    from rnnviz.models import LanguageModel

    return isinstance(engine.model(name), LanguageModel)


def reads_letters(name: str) -> bool:
    return engine.reads(name) == "characters"


def family(name: str) -> list[str]:
    """Return the models that were trained alike but for their cell, the one that is asked for first: shakespeare-lstm, -gru, -rnn."""
    stem, _, cell = name.rpartition("-")
    others = [f"{stem}-{kind}" for kind in ("lstm", "gru", "rnn") if kind != cell]
    return [name, *(other for other in others if other in engine.cards() and engine.trained(name) is None)]


def label(name: str) -> str:
    """Return a model's cell as it is written: LSTM."""
    from rnnviz.cells import named

    return named(engine.card(name).cell).title


def note(name: str, words: Mapping[str, Any]) -> str:
    """Return what tells a model from its siblings."""
    card = engine.card(name)
    seconds = getattr(card, "cpu_seconds", None)
    count = fmt_count(card.parameters)
    return (
        words["parameters_run"].format(count=count)
        if seconds is None
        else words["parameters"].format(count=count, seconds=fmt_count(round(seconds)))
    )
