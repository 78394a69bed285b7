"""Gradient flow on a page: from a recipe, or an experiment, to the component and what stands below it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rnnviz import experiment as experiments
from rnnviz.components.base import Choice, Layout
from rnnviz.components.flow import FLOW, payload
from rnnviz.experiment import Experiment
from rnnviz.figures.flow import Line, flow_picture
from rnnviz.figures.numbers import fmt_count
from rnnviz.recipe import RecipeError
from rnnviz.trace import Trace
from rnnviz.ui import engine, glossary, link, mount, playhead, refusals, signals

_FLOW = mount.register(FLOW)

LONG = 200
"""From this many characters on, the wait is announced."""

BYS = {"drop": "drop", "zero": "zero", "space": " "}
"""How occlusion takes a character away, as the link and as the engine call it."""


@dataclass(frozen=True)
class View:
    """Everything that the picture shows of an experiment. Steps count from 1."""

    series: str
    quantity: str
    layer: int
    direction: str
    loss: int
    step: int
    floor: int
    by: str = "drop"


@st.cache_resource(show_spinner=False, max_entries=24)  # a fresh network of one layer is 0.1 MB, an altered one 2 MB
def _network(experiment: Experiment):
    return experiments.network(experiment, load=engine.model)


def network(experiment: Experiment):
    """Return the network of an experiment. It is shared by every session: read it, never change it."""
    return _network(dataclasses.replace(experiment, text="", truncate=0, sliding=False))  # whatever it reads


@st.cache_resource(show_spinner=False, max_entries=12)  # 500 characters of two LSTM layers are 10 MB
def _flow(experiment: Experiment, lowest_layer: int | None = None) -> Trace:
    return experiments.flow(experiment, load=engine.model, lowest_layer=lowest_layer)


def _hidden(experiment: Experiment, layer: int, direction: str, *, beside: bool) -> np.ndarray:
    """Return ‖∂L_t/∂h_k‖ of a layer; of a network that stands `beside` another, no more than that is computed."""
    return _flow(experiment, layer if beside else None).layer("hidden", layer, direction).values


def flow(experiment: Experiment) -> Trace:
    """Return the gradients of an experiment. One that cannot be run stops the page with a sentence."""
    try:
        return _flow(experiment)
    except RecipeError as error:
        refusals.show(error)
    st.stop()


def steps(experiment: Experiment) -> int:
    """Return how many timesteps the text of an experiment is to its network: characters, words or numbers."""
    return len(network(experiment).vocabulary.encode(experiment.text).ids)


def depth(experiment: Experiment) -> int:
    """Return how many layers the network of an experiment has."""
    recurrent: Any = network(experiment).recurrent
    return recurrent.num_layers


def family(experiment: Experiment, activation: str = "rnn") -> dict[str, Experiment]:
    """Return the same experiment on a plain RNN, a GRU and an LSTM of the same budget: {series: experiment}."""
    if experiment.cell:
        return experiments.siblings(experiment, {"rnn": activation, "gru": "gru", "lstm": "lstm"})
    cards = {**engine.cards(), experiment.model: engine.card(experiment.model)}
    stem = experiment.model.rsplit("-", 1)[0]
    related = {series_of(card.cell): name for name, card in cards.items() if name.rsplit("-", 1)[0] == stem}
    related[series_of(cards[experiment.model].cell)] = experiment.model
    return experiments.siblings(experiment, {series: related[series] for series in ("rnn", "gru", "lstm") if series in related})


def series_of(cell: str) -> str:
    """Return which of the three series a cell belongs to."""
    return cell if cell in ("gru", "lstm") else "rnn"


def prepare(members: Mapping[str, Experiment], series: str, layer: int, words: Mapping[str, Any], slot: DeltaGenerator) -> None:
    """Compute what the picture needs; a long text has a bar in `slot` that says how long it will take and how far it is."""
    main = members[series]
    count, key = len(main.text), (tuple(members.items()), series, layer)
    known = st.session_state.get("_prepared") == key
    bar, said = None, ""
    if count > LONG and not known:
        seconds = max(1, round(2.0 * len(members) * (count / 500) ** 2))
        gradients = fmt_count(count * (count + 1) // 2)
        said = words["wait"].format(count=count, gradients=gradients, networks=len(members), seconds=seconds)
        bar = slot.progress(0.0, said)
    flow(main)
    for done, (name, each) in enumerate(members.items(), start=1):
        if bar is not None:
            bar.progress(done / (len(members) + 1), said)
        try:
            _hidden(each, layer, "forward", beside=name != series)
        except RecipeError as error:
            refusals.show(error)
            st.stop()
    if bar is not None:
        slot.empty()
    st.session_state["_prepared"] = key


def draw(members: Mapping[str, Experiment], view: View, *, words: Mapping[str, Any], held: tuple, title: str, key: str) -> None:
    """Draw the picture of one member with the lines of all."""
    choice = playhead.followed((key, tuple(members.items()), view.series, view.quantity, view.layer, view.by), view.step, view.loss)
    layout = "present" if link.presenting() else "page"
    waiting = st.spinner(words["wait_occlusion"]) if view.quantity == "occlusion" else nullcontext()
    with waiting:
        try:
            data = _payload(
                tuple(members.items()), view.series, view.quantity, view.by, view.layer, view.direction, view.floor, choice, held,
                glossary.with_terms(words["picture"]), title, layout, link.language(),
            )  # fmt: skip
        except RecipeError as error:
            refusals.show(error)
            st.stop()
    _FLOW(key=key, data=data, on_chosen_change=playhead.chosen(key, into=("k", "loss")))


@st.cache_data(show_spinner=False, max_entries=16, hash_funcs=mount.AS_WRITTEN)
def _payload(
    members: tuple[tuple[str, Experiment], ...], series: str, quantity: str, by: str, layer: int, direction: str, floor: int,
    choice: Choice, held: tuple[tuple[str, bool], ...], words: Mapping[str, Any], title: str, layout: Layout, language: str,
) -> bytes:  # fmt: skip
    lines = [_line(name, each, layer, direction, beside=name != series) for name, each in members]
    from rnnviz.recording import record

    main = dict(members)[series]
    recorded = record(network(main), main.text)
    taken = occluded(main, by) if quantity == "occlusion" else None
    found = flow_picture(
        signals.spoken(_flow(main), language),
        lines,
        series,
        quantity,
        _bound(main, layer, direction),
        layer=layer,
        direction=direction,
        recorded=recorded,
        occlusion=None if taken is None else signals.spoken(taken, language),
    )
    if quantity == "cell_path":  # its symbol has words in it
        found = dataclasses.replace(found, matrix=dataclasses.replace(found.matrix, symbol=words["path_symbol"]))
    correlation = None
    if taken is not None:
        from rnnviz.occlusion import rank_correlation

        reached = np.tril(np.ones_like(found.tint)) > 0
        correlation = rank_correlation(np.where(reached, found.tint, np.nan), taken.part("occlusion").values[0])
        correlation = None if np.isnan(correlation) else correlation
    return payload(
        found, choice, layer=layer, direction=direction, floor=floor, held=held, correlation=correlation, words=words,
        title=title, layout=layout,
    )  # fmt: skip


def _line(series: str, experiment: Experiment, layer: int, direction: str, *, beside: bool) -> Line:
    own = network(experiment)
    from rnnviz.cells import named

    return Line(
        series, named(own.cell).title, own.readout.in_features, sum(p.numel() for p in own.parameters()),
        _hidden(experiment, layer, direction, beside=beside),
    )  # fmt: skip


@st.cache_resource(show_spinner=False, max_entries=8)
def occluded(experiment: Experiment, by: str) -> Trace:
    """Return what each loss gains or loses when a character is taken away."""
    from rnnviz.occlusion import occlusion

    try:
        return occlusion(network(experiment), experiment.text, by=BYS[by])
    except ValueError as error:
        raise RecipeError.of(error) from error


@st.cache_data(show_spinner=False, max_entries=24)
def _bound(experiment: Experiment, layer: int, direction: str) -> np.ndarray:
    from rnnviz.jacobians import step_jacobians

    own: Any = network(experiment)
    text = experiment.text
    if layer < own.recurrent.num_layers:
        return np.full(steps(experiment), np.nan, dtype=np.float32)
    found = step_jacobians(own, text, of="state", layer=layer, direction=direction, spectral_radius=False)
    return found.part("largest_singular").values


@st.cache_data(show_spinner=False, max_entries=48)
def first_bad(experiment: Experiment, layer: int, direction: str, *, beside: bool) -> dict[str, Any] | None:
    """Return where numbers stopped being finite: `where` (state or gradient), t, k, `what` they are, the first loss `lost`; or None."""
    from rnnviz.recording import record

    flows = _hidden(experiment, layer, direction, beside=beside)
    sound: np.ndarray = np.asarray(np.isfinite(flows).all(axis=1))
    if network(experiment).asks == "last":  # one loss: the rows before are no rows
        sound[:-1] = True
        if sound.all():
            return None
    elif sound[: len(sound) - 1].all():
        return None
    lost = int(np.flatnonzero(~sound)[0]) + 1
    trace = record(network(experiment), experiment.text)
    for name in ("cell", "hidden"):
        if name in trace:
            values = trace.part(name).values[:, :, 0]
            bad = np.flatnonzero(~np.isfinite(values).all(axis=(0, 1, 3)))
            if bad.size:
                t = int(bad[0])
                what = "NaN" if np.isnan(values[:, :, t]).any() else "∞"
                return {"where": "state", "t": t + 1, "k": t + 1, "what": what, "lost": lost}
    row = flows[lost - 1, :lost]
    odd = np.flatnonzero(~np.isfinite(row))
    what = "NaN" if np.isnan(row[odd[-1]]) else "∞"
    return {"where": "gradient", "t": lost, "k": int(odd[-1]) + 1, "what": what, "lost": lost}


def warn(members: Mapping[str, Experiment], view: View, words: Mapping[str, Any]) -> None:
    """Say where numbers stopped being finite in any network of the family, and offer the one click that mends it."""
    said, any_bad = words["bad"], False
    for series, each in members.items():
        found = first_bad(each, view.layer, view.direction, beside=series != view.series)
        if found is None:
            continue
        st.warning(said[found["where"]].format(network=words["picture"]["series"][series], **found))
        any_bad = True
    if any_bad:
        remedy(members[view.series], words)


def remedy(experiment: Experiment, words: Mapping[str, Any]) -> None:
    """Offer the one click that brings the numbers back."""
    fresh = bool(experiment.cell)
    st.button(words["bad"]["remedy_radius" if fresh else "remedy_gain"], on_click=_remedy, args=(fresh,))


def _remedy(fresh: bool) -> None:
    if fresh:
        st.session_state.radius = 1.0
    else:
        st.session_state.gain, st.session_state.shift = 1.0, 0.0
