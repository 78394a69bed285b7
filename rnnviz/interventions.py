"""Lay a hand on a run: hold any signal anywhere, and let the network run on from there for real.

Forcing, clamping and ablating are one thing, a clamp whose bounds may coincide. What came before the first edited step
is taken over from torch's fused run; from there on every later signal follows from the edited values, through the cell's
own `step` while a hand is on it and through the fused kernel again afterwards.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from rnnviz.cells import State
from rnnviz.models import TextModel
from rnnviz.network import Network, Sequences, exactly, reordered, run_layer
from rnnviz.recording import DIRECTIONS, LayerRun, StackRun, TextRun, as_numpy, record_layer, run_stack, run_text, trace_of, trace_of_text
from rnnviz.text import BOUNDARY, WordVocabulary
from rnnviz.trace import Trace


@dataclass(frozen=True)
class Intervention:
    """Hold a signal within [low, high] at some units of one layer and direction, from step `first` to step `last`.

    Layers, units and timesteps count from 1; steps are those of the text, for the backward direction too.
    """

    signal: str
    low: float
    high: float
    layer: int = 1
    direction: str = "forward"
    units: tuple[int, ...] | None = None
    """None for all."""
    first: int = 1
    last: int | None = None
    """The last step held, itself included; None for the end."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"{self.signal}: bounds must be finite and in order, got low={self.low} and high={self.high}")


def force(signal: str, value: float, **where: Any) -> Intervention:
    """Set a signal to a value. `where` is layer, direction, units, first, last."""
    return Intervention(signal, value, value, **where)


def clamp(signal: str, low: float, high: float, **where: Any) -> Intervention:
    """Keep a signal between two values."""
    return Intervention(signal, low, high, **where)


def ablate(signal: str, **where: Any) -> Intervention:
    """Silence a signal: it is 0 wherever the hand lies."""
    return Intervention(signal, 0.0, 0.0, **where)


def released(interventions: Sequence[Intervention]) -> list[Intervention]:
    """Return the same interventions with bounds so wide that they hold nothing.

    A run with these takes the same steps by hand, in the same order of computation. Beside it only what an intervention really
    changed differs; beside `record`, whose steps are torch's fused kernel, everything computed by hand may, in the last bit.
    """
    return [replace(i, low=-_NOTHING, high=_NOTHING) for i in interventions]


_NOTHING = 1e30
"""No signal of a network that works comes near it, and float32 and a link can carry it."""


def intervene(network: Any, inputs: Any, interventions: Sequence[Intervention], *, state: Any = None, lengths: Any = None) -> Trace:
    """Run a network with interventions and return every gate and state, as `record` does.

    Where two of them hold one number, the later one in the sequence has the last word. The trace's residual covers the
    steps that torch's kernel ran; it is NaN where every step was taken by hand.

    Raises TypeError and ValueError as `record` does, and ValueError for an intervention on something that is not there.
    """
    with exactly(network), torch.inference_mode():
        if isinstance(network, TextModel):
            text = run_text(network, inputs, state, lengths)
            return trace_of_text(network, replace(text, stack=edited(text.stack, interventions)))
        return trace_of(edited(run_stack(network, inputs, state, lengths), interventions))


def intervene_each(network: Any, inputs: Any, variants: Sequence[Sequence[Intervention]], *, state: Any = None) -> Trace:
    """Run one sequence under several sets of interventions, all in one pass: axis `batch` counts the variants.

    Raises as `intervene` does, and ValueError when the input is a batch.
    """
    if not variants:
        raise ValueError("variants: there is none")
    with exactly(network), torch.inference_mode():
        if isinstance(network, TextModel):
            text = run_text(network, inputs, state)
            encoded = text.encoded * len(variants)
            return trace_of_text(network, TextRun(encoded, False, _each(text.stack, variants)))
        return trace_of(_each(run_stack(network, inputs, state), variants))


def ablation_map(
    network: Any,
    inputs: Any,
    *,
    signal: str = "hidden",
    layer: int = 1,
    direction: str = "forward",
    first: int = 1,
    last: int | None = None,
) -> xr.DataArray:
    """Return what each unit is good for: how far silencing it moves what the network says, (unit, time).

    For a LanguageModel that is the Kullback-Leibler divergence D(as it was || ablated) of the next character, in bits;
    for a bare module the Euclidean distance of its outputs. Each unit is silenced from `first` to `last` (the end), one
    unit a run, all units in one pass. Before `first` the map of a
    network that reads one way is exactly 0.

    Raises as `intervene_each` does.
    """
    with exactly(network), torch.inference_mode():
        text = run_text(network, inputs) if isinstance(network, TextModel) else None
        run = text.stack if text is not None else run_stack(network, inputs)
        units = run.network.output_size if signal == "hidden" else run.network.hidden_size
        where: dict[str, Any] = {"layer": layer, "direction": direction, "first": first, "last": last}
        rows = max(1, 4_000_000 // (len(run.sequences.values) * max(units, run.outputs.shape[-1])))  # 16 MB an array
        parts = []
        for start in range(1, units + 1, rows):
            variants = [[ablate(signal, units=(unit,), **where)] for unit in range(start, min(units, start + rows - 1) + 1)]
            outputs = _each(run, variants, lean=True).outputs
            if isinstance(network, TextModel) and network.answers:
                before, after = (network.readout(o).log_softmax(dim=-1) for o in (run.outputs, outputs))
                parts.append((before.exp() * (before - after)).sum(dim=-1).clamp_min(0) / math.log(2))
            else:
                parts.append((outputs - run.outputs).norm(dim=-1))
        values = torch.cat(parts, dim=1).T
    name, unit_of = (
        ("divergence of the next character", "bits") if text is not None and network.answers else ("distance of the outputs", "")
    )
    attrs = {"kind": "effect", "symbol": "Δ", "long_name": name, "units": unit_of, "signal": signal, "layer": layer, "direction": direction}
    coords = {"unit": range(1, units + 1), "time": range(1, values.shape[1] + 1)}
    return xr.DataArray(as_numpy(values), coords=coords, dims=("unit", "time"), name="ablation", attrs=attrs)


def continuation(model: TextModel, text: str, length: int, interventions: Sequence[Intervention] = ()) -> str:
    """Return how the model would go on after a text, the most probable token each time: `length` of them, or up to the end of the
    sentence for a model of sentences.

    The hand is laid on the text alone: what follows runs free, from the state that the edited run has left behind.
    """
    vocabulary = model.vocabulary
    with exactly(model), torch.inference_mode():
        read = run_text(model, text)
        run = edited(read.stack, interventions)
        said = list(takewhile(lambda token: token != BOUNDARY, (vocabulary.tokens[number] for number in _greedily(model, run, length))))
    if not isinstance(vocabulary, WordVocabulary):
        return "".join(said)
    before = read.encoded[0].tokens  # how a word is written depends on what stands before it
    return vocabulary.text([*before, *said]).removeprefix(vocabulary.text(before))


def _greedily(model: TextModel, run: StackRun, length: int) -> Iterator[int]:
    """Go on from the end of a run, token by token, through the kernels: no dropout, whatever mode the model is in."""
    states, output = last_states(run), run.outputs[-1]
    for _ in range(length):
        number = 1 + int(model.readout(output)[0, 1:].argmax())  # ⟨unk⟩ is never chosen
        yield number
        x = model.embedding(torch.tensor([[number]], device=output.device))
        for layer, (weights,) in enumerate(run.network.layers):
            found, states[layer] = run_layer(run.network.cell, weights, x, states[layer])
            x = run.network.between[layer].onward(x, found)
        output = x[-1]


def written(interventions: Sequence[Intervention]) -> str:
    """Return interventions as a link carries them: `forget_gate=1@1:12:3-40`, one after another with `;` between.

    That is signal=value@layer:unit:first-last; `low..high` for a clamp, `b` after the layer for the backward direction,
    `all` for all units, nothing after the dash for the end.
    """
    return ";".join(_written(i) for i in interventions)


def parsed(text: str) -> list[Intervention]:
    """Return what `written` wrote. Raises ValueError with the part that cannot be read."""
    return [_parsed(part) for part in text.split(";") if part]


_NUMBER = r"-?\d{1,9}(?:\.\d{1,20})?(?:e[-+]?\d{1,3})?"
_WRITTEN = re.compile(
    rf"(?P<signal>[a-z_]+)=(?P<low>{_NUMBER})(\.\.(?P<high>{_NUMBER}))?"
    r"@(?P<layer>\d{1,3})(?P<backward>b?):(?P<units>all|\d{1,5}(,\d{1,5})*):(?P<first>\d{1,6})-(?P<last>\d{0,6})"
)


def _written(i: Intervention) -> str:
    value = f"{i.low:.9g}" + ("" if i.low == i.high else f"..{i.high:.9g}")
    units = "all" if i.units is None else ",".join(map(str, i.units))
    layer = f"{i.layer}b" if i.direction == "backward" else str(i.layer)
    return f"{i.signal}={value}@{layer}:{units}:{i.first}-{'' if i.last is None else i.last}"


def _parsed(part: str) -> Intervention:
    found = _WRITTEN.fullmatch(part)
    try:
        assert found is not None
        low = float(found["low"])
        units = None if found["units"] == "all" else tuple(int(unit) for unit in found["units"].split(","))
        last = int(found["last"]) if found["last"] else None
        assert last is None or int(found["first"]) <= last
        direction = "backward" if found["backward"] else "forward"
        return Intervention(
            found["signal"], low, float(found["high"] or low), int(found["layer"]), direction, units, int(found["first"]), last
        )
    except (AssertionError, ValueError):
        raise ValueError(f"edits: {part[:60]!r} cannot be read; it looks like forget_gate=1@1:12:3-40") from None


def edited(run: StackRun, interventions: Sequence[Intervention]) -> StackRun:
    """Return a run as it goes on under interventions. Call it with gradients off."""
    return _rerun(run, [list(interventions)], lean=False)


def last_states(run: StackRun) -> list[State]:
    """Return what the last step of each layer, in the forward direction, hands on: (batch, units) each."""
    return [State(runs[0].signals["hidden"][-1], runs[0].signals["cell"][-1] if "cell" in runs[0].signals else None) for runs in run.layers]


def _each(run: StackRun, variants: Sequence[Sequence[Intervention]], *, lean: bool = False) -> StackRun:
    if run.sequences.values.shape[1] != 1:
        raise ValueError(f"inputs: variants need one sequence, got a batch of {run.sequences.values.shape[1]}")
    count = len(variants)
    grown = [
        [
            replace(
                old,
                inputs=old.inputs.expand(-1, count, -1),
                start=_grown(old.start, count),
                signals={name: value.expand(-1, count, -1) for name, value in old.signals.items()},
            )
            for old in runs
        ]
        for runs in run.layers
    ]
    sequences = Sequences(run.sequences.values.expand(-1, count, -1), None)
    grown_run = replace(run, sequences=sequences, layers=grown, outputs=run.outputs.expand(-1, count, -1))
    return _rerun(grown_run, variants, lean=lean)


def _grown(state: State, count: int) -> State:
    """Return one sequence's state for several. Laid out row by row: cuDNN takes no other."""
    return State(state.hidden.expand(count, -1).contiguous(), None if state.cell is None else state.cell.expand(count, -1).contiguous())


def _rerun(run: StackRun, variants: Sequence[Sequence[Intervention]], *, lean: bool) -> StackRun:
    """Run on from the first thing that changes, layer by layer. One variant serves the whole batch, several one row each."""
    largest = torch.finfo(run.sequences.values.dtype).max
    for intervention in (i for variant in variants for i in variant):
        if max(abs(intervention.low), abs(intervention.high)) > largest:
            raise ValueError(f"{intervention.signal}: {intervention.low:g} … {intervention.high:g} is beyond {run.sequences.values.dtype}")
        check(run.network, len(run.sequences.values), intervention)
    order = run.sequences.backward_order()
    x, layers = run.sequences.values, []
    for number, runs in enumerate(run.layers, start=1):
        changed = [
            _rerun_layer(run, old, reordered(x, order, backward=old.backward), _holds(run, old, variants, number), lean=lean)
            for old in runs
        ]
        outputs = [reordered(new.signals["hidden"], order, backward=new.backward) for new in changed]
        joined = outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=-1)
        x = run.network.between[number - 1].onward(x, joined)
        layers.append(changed)
    return replace(run, layers=layers, outputs=x, bounded=False)


@dataclass(frozen=True)
class _Hold:
    """Interventions of one signal and span, in the order of computation."""

    signal: str
    active: Tensor
    """Whether it holds at a step: (time, 1), or (time, batch) where padding shifts the sequences of a backward run."""
    low: Tensor
    """(rows, units), -inf where nothing is held."""
    high: Tensor

    def __call__(self, value: Tensor, step: int) -> Tensor:
        return torch.where(self.active[step][:, None], value.clamp(self.low, self.high), value)


def _holds(run: StackRun, old: LayerRun, variants: Sequence[Sequence[Intervention]], layer: int) -> list[_Hold]:
    """Gather what holds in one layer and direction; equal spans of several variants become one tensor."""
    place = (layer, DIRECTIONS[old.backward])
    groups: dict[tuple, list[tuple[int, Intervention]]] = {}
    for row, variant in enumerate(variants):
        for at, i in enumerate(variant):
            if (i.layer, i.direction) == place:
                groups.setdefault((at, i.signal, i.first, i.last), []).append((row, i))
    steps = torch.arange(len(old.inputs), device=old.inputs.device)[:, None]
    if old.backward:
        order = run.sequences.backward_order()
        steps = steps.flip(0) if order is None else order
    holds = []
    for (_, signal, first, last), members in sorted(groups.items(), key=lambda group: group[0][0]):
        units = old.signals[signal].shape[-1]
        bounds = old.inputs.new_full((2, len(variants), units), torch.inf)
        bounds[0] = -torch.inf
        for row, i in members:
            chosen = slice(None) if i.units is None else [unit - 1 for unit in i.units]
            bounds[0, row, chosen], bounds[1, row, chosen] = i.low, i.high
        holds.append(_Hold(signal, (steps >= first - 1) & (steps <= (len(steps) if last is None else last) - 1), bounds[0], bounds[1]))
    return holds


def _rerun_layer(run: StackRun, old: LayerRun, x: Tensor, holds: list[_Hold], *, lean: bool) -> LayerRun:
    moved = (x != old.inputs).flatten(1).any(dim=1)
    held = torch.stack([moved.new_zeros(len(x)), *(hold.active.any(dim=1) for hold in holds)]).any(dim=0)
    touched = (moved | held).nonzero()
    if not len(touched):
        return old
    start = int(touched[0])
    names = ("hidden", "cell") if lean else tuple(old.signals)
    signals = {name: old.signals[name].clone(memory_format=torch.contiguous_format) for name in names if name in old.signals}
    state = old.start
    if start:  # contiguous: the rows of a grown run are one, and cuDNN wants them laid out
        cell = old.signals["cell"][start - 1].contiguous() if state.cell is not None else None
        state = State(old.signals["hidden"][start - 1].contiguous(), cell)
    residual = old.residual if start else old.residual.new_full((), torch.nan)  # nothing of it was torch's kernel yet
    for span, by_hand in _spans(held, start):
        if by_hand:
            for step in range(span.start, span.stop):
                state, now = _step(run.network, old, x[step], state, [hold for hold in holds if bool(hold.active[step].any())], step)
                for name, kept in signals.items():
                    kept[step] = now[name]
        elif lean:
            signals["hidden"][span], state = run_layer(run.network.cell, old.weights, x[span].contiguous(), state)
        else:
            rest = record_layer(run.network.cell, old.weights, x[span].contiguous(), state, backward=old.backward, lengths=None)
            residual = torch.fmax(residual, rest.residual)
            for name, kept in signals.items():
                kept[span] = rest.signals[name]
            state = State(rest.signals["hidden"][-1], rest.signals["cell"][-1] if state.cell is not None else None)
    return LayerRun(old.weights, old.backward, x, old.start, signals, residual)


def _step(network: Network, old: LayerRun, x: Tensor, state: State, holds: list[_Hold], step: int) -> tuple[State, dict[str, Tensor]]:
    def edit(name: str, value: Tensor) -> Tensor:
        for hold in holds:
            if hold.signal == name:
                value = hold(value, step)
        return value

    return network.cell.step(old.weights, x, state, edit)


def _spans(held: Tensor, start: int) -> Iterator[tuple[slice, bool]]:
    """Cut the steps from `start` on where a hand is laid on or taken off: (steps, whether it is on)."""
    marks = held.tolist()
    at = start
    while at < len(marks):
        end = next((step for step in range(at, len(marks)) if marks[step] != marks[at]), len(marks))
        yield slice(at, end), marks[at]
        at = end


def check(network: Network, steps: int, i: Intervention) -> None:
    """Raise ValueError for an intervention on something that a network and a text of so many steps do not have."""
    names = [signal.name for signal in network.cell.signals]
    if i.signal not in names:
        raise ValueError(f"signal: {i.signal!r} is not computed by {network.cell.title}; there are {', '.join(names)}")
    if not 1 <= i.layer <= len(network.layers):
        raise ValueError(f"layer: {i.layer} of {i.signal} is not there; layers go from 1 to {len(network.layers)}")
    if i.direction not in DIRECTIONS[: network.directions]:
        raise ValueError(f"direction: {i.direction!r} is not there; the network runs {', '.join(DIRECTIONS[: network.directions])}")
    last = steps if i.last is None else i.last
    if not 1 <= i.first <= last <= steps:
        raise ValueError(f"steps: {i.signal} was to be held from {i.first} to {last}; the text goes from 1 to {steps}")
    units = network.output_size if i.signal == "hidden" else network.hidden_size
    if i.units is not None and not (i.units and all(1 <= unit <= units for unit in i.units)):
        raise ValueError(f"units: {list(i.units)} of {i.signal} are not all there; they go from 1 to {units}")
