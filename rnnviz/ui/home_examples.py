"""What the lower half of the Home page says of shipped networks, computed when it is asked and kept for everybody."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from rnnviz.components.miniature import Column
from rnnviz.figures.strips import Following, visible_name
from rnnviz.pair_recipe import PairRecipe
from rnnviz.recipe import Recipe
from rnnviz.text import visible
from rnnviz.ui import engine

WRITES, FEELS, MATCHES, TRANSLATES, ORDERS = "shakespeare-lstm", "polarity-lstm", "brackets-lstm", "french-general", "temporal-order-lstm"
"""The networks of the miniatures."""

READS = ("words-lstm", "shakespeare-lstm")
"""Language models that compare two orders of the same words: the first that ships."""

TRIO = ("rnn", "lstm", "gru")
BACK = 30
"""Steps that the gradients are followed back."""


@st.cache_data(show_spinner=False, max_entries=32)
def written(start: str, count: int) -> list[Column]:
    """Return how the language model goes on from one character, the most probable one each time."""
    whole = start + engine.continuation(Recipe(WRITES, start), count)
    trace = engine.trace(Recipe(WRITES, whole[:-1]))
    best = Following(trace, trace.tokens).best(1)
    return [Column(visible(start) if at == 0 else "", token, p) for at, ((token, p),) in enumerate(best)]


@st.cache_data(show_spinner=False, max_entries=256)
def verdict(sentence: str) -> tuple[list[Column], tuple[str, ...]]:
    """Return what a classifier reads and what it says after the last word, and which words it does not know."""
    trace = engine.trace(Recipe(FEELS, sentence))
    ((answer, p),) = Following(trace, trace.tokens).best(1)[-1]
    columns = [Column(token) for token in trace.tokens[:-1]]
    return [*columns, Column(trace.tokens[-1], answer, p)], trace.unknown


@st.cache_data(show_spinner=False, max_entries=32)
def matched(brackets: str) -> list[Column]:
    """Return which bracket must close next, at every step."""
    trace = engine.trace(Recipe(MATCHES, brackets))
    best = Following(trace, trace.tokens).best(1)
    return [Column(read, token, p) for read, ((token, p),) in zip(trace.tokens, best, strict=True)]


@st.cache_data(show_spinner=False, max_entries=32)
def translated(sentence: str) -> tuple[list[Column], str]:
    """Return an input, the answer and its probabilities, token by token, and the answer as one sentence."""
    answer = engine.quiet_translation(PairRecipe(TRANSLATES, sentence))
    said = zip(answer.tokens, answer.probabilities, strict=True)
    read = [Column(visible_name(token)) for token in answer.source]
    return [*read, *(Column("", visible_name(token), float(p), decodes=True) for token, p in said)], answer.text


@st.cache_data(show_spinner=False, max_entries=32)
def ordered(symbols: str) -> tuple[str, float]:
    """Return which of X and Y came first and which second, by a network that has to remember, and how sure it is."""
    trace = engine.trace(Recipe(ORDERS, symbols))
    ((answer, p),) = Following(trace, trace.tokens).best(1)[-1]
    return answer, p


def reader() -> str:
    """Return the language model that compares two orders of the same words."""
    return next(name for name in READS if name in engine.cards())


@st.cache_data(show_spinner=False, max_entries=64)
def bits(model: str, sentence: str) -> float:
    """Return how unlikely a sentence is, in bits: −log₂ of the product of its steps."""
    from rnnviz.scoring import score

    return score(engine.model(model), sentence).bits


@dataclass(frozen=True)
class Sizes:
    """What one layer needs, by kind of cell."""

    inputs: int
    units: int
    parameters: dict[str, int]


@st.cache_data(show_spinner=False, max_entries=4)
def sizes(inputs: int = 64, units: int = 64) -> Sizes:
    """Return the parameters of one layer of each kind, as torch counts them."""
    import torch

    kinds = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    with torch.device("meta"):  # counted, not made
        found = {kind: sum(p.numel() for p in kinds[kind](inputs, units).parameters()) for kind in TRIO}
    return Sizes(inputs, units, found)


@st.cache_data(show_spinner=False, max_entries=8)
def fading(text: str) -> dict[str, list[float]]:
    """Return ‖∂L/∂h‖ of each trained network's top layer, 0, 1, 2, … steps before its last loss, as a share of the first."""
    from rnnviz.gradients import gradient_flow

    found = {}
    for kind in TRIO:
        flow = gradient_flow(engine.model(f"shakespeare-{kind}"), text)
        rows = flow.part("hidden").values[-1, 0, 0]
        last = len(text) - 2  # the last character has no next one, so no loss
        line = rows[last, max(0, last - BACK) : last + 1][::-1].astype(float)
        found[kind] = [float(value) for value in line / line[0]]
    return found


def rightly(name: str) -> float:
    """Return the share of held-out examples that a network of the zoo answered rightly, as its card says."""
    from rnnviz.zoo.cards import TaskCard, card

    found = card(name)
    assert isinstance(found, TaskCard), name
    return found.scores["test"]
