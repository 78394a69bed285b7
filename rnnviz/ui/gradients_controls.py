"""The controls of the Gradients page. All of them stand in the link."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rnnviz.experiment import Experiment, repeated
from rnnviz.figures.numbers import fmt_count
from rnnviz.recipe import LONGEST_TEXT, Recipe
from rnnviz.ui import context_bar, engine, frame, gradients, link

VIEWS = ("flow", "experiment", "clip", "words")
FLOORS = ("-8", "-4", "-16", "-38")
"""Powers of ten at the low end of the colours; float32 ends at the last one."""
ACTIVATIONS = {"tanh": "rnn", "relu": "rnn-relu", "sigmoid": "rnn-sigmoid"}
SERIES = ("rnn", "gru", "lstm")
LIMITS: Mapping[str, tuple[float, float, float]] = {
    "radius": (0.3, 2.0, 0.6),
    "gain": (0.0, 3.0, 1.0),
    "keep": (-5.0, 8.0, 5.0),
    "shift": (-5.0, 5.0, 0.0),
}
"""Lowest, highest and first value of the sliders."""


@dataclass(frozen=True)
class Asked:
    """What is to be looked at: every network of the family, and which of them the matrix shows."""

    members: dict[str, Experiment]
    series: str
    held: tuple[tuple[str, bool], ...]


def view() -> str:
    """Return which part of the page is asked for."""
    return link.choice("view", VIEWS, VIEWS[0])


def trained(recipe: Recipe, words: Mapping[str, Any]) -> Asked:
    """Return the trained network that the context bar names, with its siblings of other cells."""
    steps, sliding = _truncation(len(recipe.text))
    members = gradients.family(Experiment(recipe.model, recipe.text, truncate=steps, sliding=sliding))
    return Asked(members, gradients.series_of(engine.card(recipe.model).cell), _held(members, words, trained=True))


def experiment(recipe: Recipe, words: Mapping[str, Any], *, cell_label: str, net: str = "fresh") -> tuple[Asked, DeltaGenerator | None]:
    """Draw the sliders, and say which network they make; return the family of it, and the menu in which other controls may stand.

    Fresh networks read the text again and again until it has the length asked for. `net` is what a person begins with.
    """
    own = words["experiment"]
    fresh = link.choice("net", ("fresh", "trained"), net) == "fresh"
    steps, sliding = _truncation(LONGEST_TEXT)
    with st.container(key="experiment", horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            own["net"], ("fresh", "trained"), key="net", persist_state="session", required=True, format_func=own["nets"].get
        )
        if fresh:
            made, series, menu = _fresh(recipe, words, cell_label)
            activation = ACTIVATIONS[st.session_state.act]
        else:
            gain = _slider(own["gain"], "gain", *LIMITS["gain"], help=own["gain_help"])
            shift = _slider(own["keep_add"], "shift", *LIMITS["shift"], step=0.5, help=own["keep_help"])
            made = Experiment(recipe.model, recipe.text, gain=gain, keep_bias=shift)
            series, activation, menu = gradients.series_of(engine.card(recipe.model).cell), "rnn", None
    members = gradients.family(dataclasses.replace(made, truncate=steps, sliding=sliding), activation)
    frame.summarise_line(about(members[series], own))
    return Asked(members, series, _held(members, words, trained=not fresh)), menu


def _fresh(recipe: Recipe, words: Mapping[str, Any], cell_label: str) -> tuple[Experiment, str, DeltaGenerator]:
    own, series = words["experiment"], words["picture"]["series"]
    link.choice("act", list(ACTIVATIONS), "tanh")
    init, cell = link.choice("init", list(own["inits"]), "orthogonal"), link.choice("cell", SERIES, "rnn")
    for name, low, high, first in (("depth", 1, 4, 1), ("seed", 0, 9999, 1), ("length", 10, 300, 100)):
        link.whole(name, low, high, first)
    radius = _slider(own["radius"], "radius", *LIMITS["radius"], help=own["radius_help"])
    bias = _slider(own["keep"], "keep", *LIMITS["keep"], step=0.5, help=own["keep_help"])
    st.segmented_control(
        own["activation"], list(ACTIVATIONS), key="act", persist_state="session", required=True, format_func=own["activations"].get
    )
    st.segmented_control(cell_label, SERIES, key="cell", persist_state="session", required=True, format_func=series.get)
    menu = st.popover(words["options"])
    with menu:
        st.selectbox(own["init"], list(own["inits"]), key="init", persist_state="session", format_func=own["inits"].get)
        depth = st.slider(own["depth"], 1, 4, 1, key="depth", bind="query-params")
        length = st.slider(own["length"], 10, 300, 100, step=10, key="length", bind="query-params", help=own["length_help"])
        seed = st.number_input(own["seed"], 0, 9999, 1, key="seed", bind="query-params")
    made = Experiment(
        recipe.model,
        repeated(recipe.text, length),
        cell="lstm",
        radius=radius,
        keep_bias=bias,
        init=init,
        layers=depth,
        seed=int(seed or 0),
    )
    return made, cell, menu


def about(made: Experiment, own: Mapping[str, Any]) -> str:
    """Return in one line which network an experiment is about, and what it reads."""
    network = gradients.network(made)
    recurrent: Any = network.recurrent
    note = own["untrained"].format(seed=made.seed) if made.cell else own["changed" if made.touched else "as_trained"]
    cell = made.cell or engine.card(made.model).cell
    count = sum(weight.numel() for weight in network.parameters())
    return context_bar.network_line(cell, recurrent.num_layers, recurrent.hidden_size, count, "characters", gradients.steps(made), note)


def options(
    asked: Asked, words: Mapping[str, Any], carried_step: int, waiting: DeltaGenerator, menu: DeltaGenerator | None = None
) -> gradients.View:
    """Draw layer, loss, step and what the matrix shows, and return them corrected to what there is.

    With a `menu`, all but loss and step go there; otherwise the rest gets one of its own. `waiting` is where a long wait is said.
    """
    main = asked.members[asked.series]
    layers, time, asks = gradients.depth(main), gradients.steps(main), gradients.network(main).asks
    if "layer" not in st.query_params:  # the loss enters at the top layer: there the chain is a chain of Jacobians alone
        st.session_state.setdefault("layer", layers)
    layer = link.whole("layer", 1, layers, layers) or layers
    gradients.prepare(asked.members, asked.series, layer, words, waiting)
    flow = gradients.flow(main)
    quantities = [name for name in words["quantities"] if name in flow or name == "occlusion"]
    quantity = link.choice("quantity", quantities, "hidden")
    floor, by = link.choice("floor", FLOORS, FLOORS[0]), link.choice("by", list(gradients.BYS), "drop")
    last = max(1, time - 1 if asks == "next" else time)
    earliest = last if asks == "last" else 1  # a classifier has one loss
    state, asked_for = st.session_state, st.query_params
    first = min(carried_step, last)
    if state.get("loss") == state.get("_last_loss"):  # nobody chose it: it stays the last one of another text, too
        state.pop("loss", None)
    state["_last_loss"] = last
    for name, value in (("loss", last), ("k", first)):
        if name not in asked_for:
            state.setdefault(name, value)
    link.whole("loss", earliest, last, last)
    link.whole("k", 1, last, first)
    with menu or st.container(horizontal=True, vertical_alignment="bottom", width="content"):
        if layers > 1 or menu is None:
            st.segmented_control(
                words["layer"], list(range(1, layers + 1)), key="layer", default=layers, bind="query-params", required=True
            )
        st.selectbox(
            words["quantity"], quantities, key="quantity", persist_state="session", width=220 if menu is None else "stretch",
            help=words["quantity_help"], format_func=words["quantities"].get,
        )  # fmt: skip
    loss = st.number_input(words["loss"], earliest, last, value=last, key="loss", bind="query-params", width=110, help=words["loss_help"])
    step = st.number_input(words["step"], 1, last, value=first, key="k", bind="query-params", width=110, help=words["step_help"])
    with menu or st.popover(words["options"]):
        st.selectbox(words["floor"], FLOORS, key="floor", persist_state="session", format_func=lambda power: f"1e{power}".replace("-", "−"))
        st.number_input(words["truncate"], 0, LONGEST_TEXT, value=0, key="truncate", bind="query-params", help=words["truncate_help"])
        st.toggle(words["sliding"], key="sliding", bind="query-params")
        st.selectbox(words["by"], list(gradients.BYS), key="by", persist_state="session", format_func=words["bys"].get)
    loss = int(loss or last)
    return gradients.View(asked.series, quantity, layer, "forward", loss, min(int(step or 1), loss), int(floor), by)


def _truncation(most: int) -> tuple[int, bool]:
    steps = link.whole("truncate", 0, LONGEST_TEXT, 0) or 0
    if link.from_link("sliding") in ("true", "1") and "sliding" not in st.session_state:
        st.session_state.sliding = True
    return min(steps, most), bool(st.session_state.get("sliding")) and steps > 0


def _slider(label: str, key: str, low: float, high: float, first: float, *, step: float = 0.05, help: str) -> float:
    link.number(key, low, high, first)
    return st.slider(label, low, high, first, step=step, key=key, bind="query-params", help=help, width=210)


def _held(members: dict[str, Experiment], words: Mapping[str, Any], *, trained: bool) -> tuple[tuple[str, bool], ...]:
    """Return what the networks of a family share, each with whether they really do."""
    if len(members) == 1 and not engine.reads_letters(next(iter(members.values())).model):
        return ()  # one network that answers with classes or numbers: nothing is compared
    held = words["held"]
    networks = [gradients.network(each) for each in members.values()]
    counts = [sum(parameter.numel() for parameter in each.parameters()) for each in networks]
    units = {each.readout.in_features for each in networks}
    one = next(iter(members.values()))
    even = max(counts) <= 1.05 * min(counts)
    chips = [(held["text"], True), (held["length"].format(count=len(one.text)), True), (held["loss"], True)]
    if trained:
        chips.append((held["data"], True))
    if len(units) == 1:
        chips.append((held["units"].format(units=units.pop()), True))
        chips.append((held["parameters"].format(counts=" / ".join(map(fmt_count, counts))), even))
    else:
        chips.append((held["parameters"].format(counts=" / ".join(map(fmt_count, counts))), even))
    if one.cell:
        chips += [
            (held["radius"].format(radius=f"{one.radius:g}"), True), (held["keep"].format(bias=f"{one.keep_bias:g}"), True),
            (held["init"].format(init=words["experiment"]["inits"][one.init]), True), (held["seed"].format(seed=one.seed), True),
        ]  # fmt: skip
    elif one.touched:
        chips += [(held["gain"].format(gain=f"{one.gain:g}"), True), (held["keep"].format(bias=f"{one.keep_bias:+g}"), True)]
    if one.truncate:
        chips.append((held["truncate"].format(steps=one.truncate), True))
    return tuple(chips)


def words_of(words: Mapping[str, Any], asked: Asked, view: str) -> Mapping[str, Any]:
    """Return the words with the picture's card for this view and cell."""
    if link.presenting():
        return words
    cards = words["cards"]
    fresh = bool(asked.members[asked.series].cell)
    notice = cards[f"notice_{asked.series}" if view != "experiment" else "notice_experiment" if fresh else "notice_changed"]
    return {**words, "picture": {**words["picture"], "notice_title": cards["notice_title"], "notice": notice}}
