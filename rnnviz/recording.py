"""Run a recurrent network and keep everything: `record`.

The network is never stepped through in Python. torch's fused kernel runs one layer and direction at a time; once every
h_t is known, the gates of all steps are one batched product and the cell state one cheap scan. The equations then give
h_t a second time, and the largest difference from what torch returned is the trace's residual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rnnviz.cells import Cell, State, Weights
from rnnviz.models import TextModel
from rnnviz.network import Network, Sequences, check_finite, exactly, initial_states, network_of, reordered, run_layer, sequences_of
from rnnviz.text import Encoded
from rnnviz.trace import Labelled, Trace

DIRECTIONS = ("forward", "backward")

torch.empty(1 << 24, dtype=torch.uint8)
# Made and dropped once: glibc raises its threshold to the largest block it has seen freed, and from then on keeps the
# buffers of a run for the next one instead of fetching every page anew (1,200 page faults and a fifth of the time).


@dataclass(frozen=True)
class LayerRun:
    """One layer in one direction, as it ran. Time runs in the order of computation: reversed for `backward`."""

    weights: Weights
    backward: bool
    inputs: Tensor
    """(time, batch, inputs)"""
    start: State
    signals: dict[str, Tensor]
    """(time, batch, units) each; `hidden` is what torch returned."""
    residual: Tensor


@dataclass(frozen=True)
class StackRun:
    network: Network
    sequences: Sequences
    layers: list[list[LayerRun]]
    bounded: bool
    """Whether the bounds of the equations hold for certain; an initial state or an intervention may lie beyond them."""
    outputs: Tensor
    """What the top layer passes on, both directions side by side, in the text's own order: (time, batch, outputs)."""


def record(network: Any, inputs: Any, *, state: Any = None, lengths: Any = None) -> Trace:
    """Run a network and return every gate and state of every step.

    Args:
        network: nn.RNN, nn.LSTM or nn.GRU with any options, or a model of rnnviz.models: LanguageModel, Classifier, …
        inputs: what torch.nn takes: (time, batch, inputs), (batch, time, inputs) with batch_first, (time, inputs)
            unbatched, or a PackedSequence. For a model of text: a text, or a list of texts.
        state: the initial state as torch.nn takes it; zeros when left out.
        lengths: how many steps of each padded sequence are real; the others come back as NaN.

    Returns:
        A Trace with dims (layer, direction, batch, time, unit) for every signal of the cell, in torch's definition of
        it. With `proj_size` the hidden state's last axis is `projection`. A LanguageModel adds `probability`
        (batch, time, token): what it expects after each character; a Classifier (batch, time, class): what it would
        answer there.

    Raises:
        TypeError, ValueError: one sentence that names the argument, what came and what was expected.

    Dropout is off. The module is only read: its mode, gradients, hooks and torch's random state stay as they are, and
    any number of threads may record one module at once.
    """
    with exactly(network), torch.inference_mode():
        if isinstance(network, TextModel):
            return trace_of_text(network, run_text(network, inputs, state, lengths))
        return trace_of(run_stack(network, inputs, state, lengths))


def run_any(network: Any, inputs: Any, state: Any = None, lengths: Any = None) -> tuple[StackRun, list[Encoded]]:
    """Run a model of text or a bare module and keep the tensors; how the texts were read, or nothing. Call it with gradients off."""
    if isinstance(network, TextModel):
        text = run_text(network, inputs, state, lengths)
        return text.stack, text.encoded
    return run_stack(network, inputs, state, lengths), []


def run_stack(module: Any, inputs: Any, state: Any = None, lengths: Any = None) -> StackRun:
    """Run every layer and direction and keep the tensors. Call it with gradients off."""
    network = network_of(module)
    sequences = sequences_of(network, inputs, lengths)
    starts = initial_states(network, sequences.values.shape[1], sequences.values, state)
    order = sequences.backward_order()
    x, layers = sequences.values, []
    for weights, states, between in zip(network.layers, starts, network.between, strict=True):
        runs = [
            record_layer(network.cell, w, reordered(x, order, backward=bool(d)), s, backward=bool(d), lengths=sequences.lengths)
            for d, (w, s) in enumerate(zip(weights, states, strict=True))
        ]
        outputs = [reordered(run.signals["hidden"], order, backward=run.backward) for run in runs]
        x = between.onward(x, outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=-1))
        layers.append(runs)
    return StackRun(network, sequences, layers, state is None, x)


def trace_of(run: StackRun) -> Trace:
    """Return what a run of a bare module left behind as a Trace."""
    return Trace(_parts(run), coords=_coords(run), residual=_residual(run))


def record_layer(cell: Cell, weights: Weights, x: Tensor, start: State, *, backward: bool, lengths: Tensor | None) -> LayerRun:
    """Run one layer in one direction over (time, batch, inputs), in the order of computation, and keep every signal."""
    returned, last = run_layer(cell, weights, x, start)
    real = None if lengths is None else torch.arange(len(x), device=x.device)[:, None] < lengths
    previous = torch.cat([start.hidden[None], returned[:-1]])
    signals: dict[str, Tensor] = {}
    residual, memory = returned.new_zeros(()), start.cell
    for block in _blocks(x, weights):
        gates = cell.gates(weights, x[block], previous[block])
        states = cell.states(weights, gates, previous[block], memory)
        memory = states["cell"][-1] if memory is not None else None
        difference = (states["hidden"] - returned[block]).abs()
        if real is not None:
            difference = difference.masked_fill(~real[block][..., None], 0)
        residual = torch.maximum(residual, difference.max())
        for name, value in {**gates, **states}.items():
            if name not in signals:
                signals[name] = value if len(value) == len(x) else value.new_empty(len(x), *value.shape[1:])
            if signals[name] is not value:
                signals[name][block] = value
    if last.cell is not None and memory is not None and lengths is None:  # with padding, the last step may be no step at all
        residual = torch.maximum(residual, (memory - last.cell).abs().max())
    return LayerRun(weights, backward, x, start, {**signals, "hidden": returned}, residual)


def _blocks(x: Tensor, weights: Weights) -> list[slice]:
    """Cut the steps into blocks whose pre-activations fit a core's cache: a quarter faster at 1,000 steps."""
    steps = max(1, 131_072 // (x.shape[1] * weights.hidden.shape[0]))
    return [slice(start, start + steps) for start in range(0, len(x), steps)]


def _residual(run: StackRun) -> float:
    found = torch.stack([layer.residual for runs in run.layers for layer in runs])
    found = found[~found.isnan()]  # a layer of which every step was taken by hand has nothing to compare with
    return float(found.max()) if len(found) else float("nan")


def _parts(run: StackRun) -> dict[str, Labelled]:
    """Gather each signal of all layers and directions into one array, in the text's own order, padding as NaN."""
    order, real = run.sequences.backward_order(), run.sequences.real()
    parts = {}
    for signal in run.network.cell.signals:
        ordered = [reordered(layer.signals[signal.name], order, backward=layer.backward) for runs in run.layers for layer in runs]
        gathered = torch.stack(ordered).unflatten(0, (len(run.layers), -1)).transpose(2, 3)
        if real is not None:
            gathered.masked_fill_(~real.T[:, :, None], torch.nan)
        projected = signal.name == "hidden" and run.layers[0][0].weights.projection is not None
        attrs: dict[str, Any] = {"kind": signal.kind, "role": signal.role, "symbol": signal.symbol, "long_name": signal.long_name}
        if signal.valid_range is not None and not projected and _within(gathered, signal.valid_range, run):
            attrs["valid_range"] = signal.valid_range
        parts[signal.name] = Labelled(
            ("layer", "direction", "batch", "time", "projection" if projected else "unit"), as_numpy(gathered), attrs
        )
    return parts


def _within(values: Tensor, bounds: tuple[float, float], run: StackRun) -> bool:
    """Return whether the bounds hold: an initial state beyond them may be carried on, as a GRU does."""
    return run.bounded or bool(((values >= bounds[0]) & (values <= bounds[1]) | values.isnan()).all())


def as_numpy(tensor: Tensor):
    """Return a tensor as NumPy on the CPU; half precision, which NumPy's tools handle poorly, as float32."""
    return (tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor).cpu().numpy()


def _coords(run: StackRun) -> dict[str, Any]:
    return {"direction": list(DIRECTIONS[: run.network.directions])}


@dataclass(frozen=True)
class TextRun:
    """How a model read one text or several."""

    encoded: list[Encoded]
    single: bool
    """Whether it was one text, not a list."""
    stack: StackRun


def run_text(model: TextModel, texts: Any, state: Any = None, lengths: Any = None) -> TextRun:
    """Read texts and keep the tensors. Call it with gradients off."""
    if lengths is not None:
        raise ValueError("lengths: texts know their own, leave it out")
    single = isinstance(texts, str)
    if not single and not (isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts)):
        raise TypeError(f"inputs: a {type(model).__name__} takes a text or a list of texts, got {type(texts).__name__}")
    encoded = [model.vocabulary.encode(text) for text in ([texts] if single else texts)]
    if not encoded:
        raise ValueError("inputs: the list of texts is empty")
    check_finite(model)
    inputs = model.embedding(model.inputs(encoded))
    return TextRun(encoded, single, run_stack(model.recurrent, inputs, state, [len(e.ids) for e in encoded]))


def _if_it_ended(model: TextModel, run: StackRun) -> Tensor:
    """Return what a model that also reads backwards would answer if the text ended at each step: each beginning is read anew."""
    inputs, lengths = run.sequences.values, run.sequences.lengths
    found = inputs.new_zeros(inputs.shape[1], len(inputs), model.readout.out_features)
    for row in range(inputs.shape[1]):
        time = len(inputs) if lengths is None else int(lengths[row])
        ends = torch.arange(1, time + 1, device=inputs.device)
        again = run_stack(model.recurrent, inputs[:time, row].unsqueeze(0).expand(time, -1, -1), None, ends)
        half = again.network.output_size
        top = torch.cat([again.outputs[ends - 1, ends - 1, :half], again.outputs[0, :, half:]], dim=-1)
        found[row, :time] = model.readout(top)
    return found


_ANSWERS = {
    "next": ("token", "next token"),
    "every": ("class", "answer at this step"),
    "last": ("class", "class, if the text ended here"),
}
"""By what a model is asked for: the axis of its probabilities, and what they are of."""


def trace_of_text(model: TextModel, text: TextRun) -> Trace:
    """Return what reading left behind as a Trace, with what the model would say after each character."""
    run = text.stack
    answer = (
        _if_it_ended(model, run) if model.asks == "last" and run.network.directions == 2 else model.readout(run.outputs).transpose(0, 1)
    )
    answer = answer.softmax(dim=-1) if model.answers else answer[..., 0]
    real = run.sequences.real()
    if real is not None:
        answer = answer.masked_fill(~real.T[:, :, None] if model.answers else ~real.T, torch.nan)
    parts, coords = _parts(run), _coords(run)
    if model.answers:
        axis, said = _ANSWERS[model.asks]
        attrs: dict[str, Any] = {"kind": "probability", "symbol": "p", "long_name": f"probability of the {said}", "valid_range": (0.0, 1.0)}
        parts["probability"] = Labelled(("batch", "time", axis), as_numpy(answer), attrs)
        coords[axis] = list(model.answers)
    else:
        attrs = {"kind": "answer", "symbol": "y", "long_name": "prediction"}
        parts["prediction"] = Labelled(("batch", "time"), as_numpy(answer), attrs)
    return Trace(
        parts,
        coords=coords,
        residual=_residual(run),
        tokens=text.encoded[0].tokens if text.single else (),
        unknown=tuple(dict.fromkeys(u for e in text.encoded for u in e.unknown)),
    )
