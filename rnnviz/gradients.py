"""How far learning reaches back: `gradient_flow` and `saliency`.

The gradient of every loss L_t with respect to every state h_k is ONE reverse sweep that carries all pending losses as a
batch: at step k the loss of step k joins, and the whole block is pulled one step back by the cell's adjoint. The
module is never asked to run backward, so nothing of it changes, and cuDNN's training-mode rule does not apply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnviz.cells import Cell
from rnnviz.models import LanguageModel
from rnnviz.network import Sequences, check_finite, exactly
from rnnviz.recording import DIRECTIONS, LayerRun, StackRun, as_numpy, run_stack
from rnnviz.trace import Labelled, Trace

Loss = Callable[[Tensor], Tensor]
"""Takes the outputs (batch, time, features), returns one loss a step (batch, time); L_t depends on output t alone."""

_BLOCK_BYTES = 64 << 20
"""Gradients that pass from one layer to the next are kept for as many losses at once as fit in this."""


def gradient_flow(network: Any, inputs: Any, loss: Loss | None = None, *, state: Any = None, lengths: Any = None) -> Trace:
    """Return the norms of dL_t/dh_k and dL_t/dc_k for every loss step t and every step k.

    Args:
        network, inputs, state, lengths: as in `record`.
        loss: see `Loss`. Left out for a LanguageModel: the cross-entropy of the next character, so the last character
            has no loss and its row is NaN.

    Returns:
        A Trace with `hidden` and, for cells with a cell state, `cell` and `cell_path`, each (layer, direction, batch,
        loss_time, time): Euclidean norms over the units. `cell` is the total gradient, the way through h included;
        `cell_path` follows the cell state alone, a product of forget gates. Where no path leads from k to t (a later
        step of a one-directional network) the norm is exactly 0; padded steps are NaN.

    Raises:
        TypeError, ValueError: one sentence that names the argument, what came and what was expected.
    """
    with exactly(network):
        run, seeds = _prepare(network, inputs, loss, state, lengths)
        layers = _all_layers(run, seeds, with_input=False)
        cell = run.network.cell
        names = ["hidden"] + (["cell", "cell_path"] if cell.has_cell_state else [])
        symbols = {"hidden": "‖∂L_t/∂h_k‖", "cell": "‖∂L_t/∂c_k‖", "cell_path": "‖∂L_t/∂c_k‖ along c alone"}
        titles = {
            "hidden": "gradient at the hidden state",
            "cell": "gradient at the cell state",
            "cell_path": "gradient along the cell state alone",
        }
        parts = {}
        for name in names:
            norms = torch.stack([torch.stack([layer[name] for layer in runs]) for runs in layers.norms])
            attrs = {
                "kind": "gradient",
                "role": "hidden" if name == "hidden" else "cell",
                "symbol": symbols[name],
                "long_name": titles[name],
            }
            parts[name] = Labelled(("layer", "direction", "batch", "loss_time", "time"), _masked(norms, run, seeds), attrs)
    return _trace(parts, run, network, inputs)


def saliency(network: Any, inputs: Any, loss: Loss | None = None, *, state: Any = None, lengths: Any = None) -> Trace:
    """Return how much each loss L_t depends on each input x_k.

    Takes what `gradient_flow` takes. Returns a Trace with `input_gradient`, the norm of dL_t/dx_k, and
    `gradient_times_input`, the sum of dL_t/dx_k times x_k (signed), both (batch, loss_time, time). For a LanguageModel
    x_k is the embedding of character k.
    """
    with exactly(network):
        run, seeds = _prepare(network, inputs, loss, state, lengths)
        layers = _all_layers(run, seeds, with_input=True)
        parts = {
            "input_gradient": (layers.input_norms, "‖∂L_t/∂x_k‖", "gradient at the input"),
            "gradient_times_input": (layers.input_products, "∂L_t/∂x_k · x_k", "gradient times input"),
        }
        labelled = {
            name: Labelled(
                ("batch", "loss_time", "time"),
                _masked(values, run, seeds),
                {"kind": "gradient", "role": "input", "symbol": symbol, "long_name": title},
            )
            for name, (values, symbol, title) in parts.items()
        }
    return _trace(labelled, run, network, inputs)


@dataclass(frozen=True)
class _Seeds:
    """dL_t/d(output_t), the only place where a loss enters: (time, batch, outputs), zero where there is no loss."""

    values: Tensor
    defined: Tensor
    """Which steps have a loss, (time, batch)."""


@dataclass(frozen=True)
class _Layers:
    norms: list[list[dict[str, Tensor]]]
    """By layer and direction: (batch, losses, time) each, in the text's own order."""
    input_norms: Tensor
    input_products: Tensor


def _prepare(network: Any, inputs: Any, loss: Loss | None, state: Any, lengths: Any) -> tuple[StackRun, _Seeds]:
    if isinstance(network, LanguageModel):
        if not isinstance(inputs, str):
            raise TypeError(f"inputs: a LanguageModel takes one text here, got {type(inputs).__name__}")
        if lengths is not None:
            raise ValueError("lengths: a text knows its own, leave it out")
        check_finite(network)
        ids = torch.tensor([network.vocabulary.encode(inputs).ids], device=network.embedding.weight.device)
        run = run_stack(network.recurrent, network.embedding(ids), state)
        loss = _next_character(network, ids) if loss is None else loss
    else:
        run = run_stack(network, inputs, state, lengths)
    if not callable(loss):
        raise TypeError(f"loss: expected a function of the outputs (batch, time, features), got {type(loss).__name__}")
    return run, _seeds(run, loss)


def _next_character(model: LanguageModel, ids: Tensor) -> Loss:
    def loss(outputs: Tensor) -> Tensor:
        surprise = torch.nn.functional.cross_entropy(model.readout(outputs[:, :-1]).transpose(1, 2), ids[:, 1:], reduction="none")
        return torch.cat([surprise, outputs.new_full((len(ids), 1), torch.nan)], dim=1)

    return loss


def _seeds(run: StackRun, loss: Loss) -> _Seeds:
    outputs = run.outputs.transpose(0, 1).detach().clone().requires_grad_()
    with torch.enable_grad():
        losses = loss(outputs)
        if not isinstance(losses, Tensor) or losses.shape != outputs.shape[:2]:
            shape = tuple(losses.shape) if isinstance(losses, Tensor) else type(losses).__name__
            raise ValueError(f"loss: expected one loss a step, shape {tuple(outputs.shape[:2])} (batch, time), got {shape}")
        if not losses.requires_grad:
            raise ValueError("loss: it does not depend on the outputs, so there is no gradient to follow")
        defined = losses.isfinite()
        (gradient,) = torch.autograd.grad(losses[defined].sum(), outputs)
    real = run.sequences.real()
    if real is not None:
        defined = defined & real.T
    return _Seeds((gradient * defined[..., None]).transpose(0, 1), defined.T)


def _all_layers(run: StackRun, seeds: _Seeds, *, with_input: bool) -> _Layers:
    """Sweep every layer from the top, in blocks of losses."""
    time, batch, _ = seeds.values.shape
    several = len(run.layers) > 1 or with_input
    row_bytes = time * batch * max(run.sequences.values.shape[2], run.network.output_size * 2) * seeds.values.element_size()
    size = max(1, min(time, _BLOCK_BYTES // row_bytes)) if several else time
    blocks = [_one_block(run, seeds, range(start, min(start + size, time)), with_input) for start in range(0, time, size)]
    norms = [
        [{name: torch.cat([b.norms[at][d][name] for b in blocks], dim=1) for name in layer} for d, layer in enumerate(runs)]
        for at, runs in enumerate(blocks[0].norms)
    ]
    return _Layers(norms, torch.cat([b.input_norms for b in blocks], dim=1), torch.cat([b.input_products for b in blocks], dim=1))


def _one_block(run: StackRun, seeds: _Seeds, losses: range, with_input: bool) -> _Layers:
    time, batch, _ = seeds.values.shape
    arriving: Tensor | None = None  # (time, losses, batch, outputs): what reaches this layer's outputs from above
    norms: list[list[dict[str, Tensor]]] = []
    for at in reversed(range(len(run.layers))):
        passed = None
        found = []
        for direction, layer in enumerate(run.layers[at]):
            units = slice(direction * run.network.output_size, (direction + 1) * run.network.output_size)
            if arriving is None:
                source = _FromLoss(seeds.values[..., units], run.sequences, losses, layer.backward)
            else:
                source = _FromAbove(arriving[..., units], run.sequences, losses, layer.backward, run.network.directions == 1)
            want = with_input or at > 0
            result = _sweep(run.network.cell, layer, source, len(losses), with_input=want)
            order = run.sequences.backward_order()
            found.append(
                {
                    name: _in_text_order(value, order, layer.backward, batch_axis=2).permute(2, 1, 0)
                    for name, value in result.items()
                    if name != "input"
                }
            )
            if want:
                down = _in_text_order(result["input"], order, layer.backward, batch_axis=2)
                passed = down if passed is None else passed + down
        norms.insert(0, found)
        arriving = passed
    empty = seeds.values.new_zeros(batch, len(losses), time)
    if not with_input or arriving is None:
        return _Layers(norms, empty, empty)
    times_input = torch.einsum("klbd,kbd->blk", arriving, run.sequences.values)
    return _Layers(norms, torch.linalg.vector_norm(arriving, dim=-1).permute(2, 1, 0), times_input)


class _FromLoss:
    """What reaches the top layer: the loss of step k, at step k, and nothing else."""

    def __init__(self, seeds: Tensor, sequences: Sequences, losses: range, backward: bool) -> None:
        self.losses, self.backward = losses, backward
        time, batch, _ = seeds.shape
        steps = torch.arange(time, device=seeds.device)[:, None].expand(time, batch)
        self.step_of = _in_text_order(
            steps, sequences.backward_order(), backward, batch_axis=1
        )  # the text's step at each place, (time, batch)
        self.seeds = _in_text_order(seeds, sequences.backward_order(), backward, batch_axis=1)
        self.ragged = sequences.lengths is not None

    def active(self, place: int) -> slice:
        """Return which of the losses are pending at this place of the sweep or join there."""
        if self.backward:
            return slice(0, max(0, min(len(self.losses), len(self.seeds) - place - self.losses.start)))
        return slice(max(0, place - self.losses.start), len(self.losses))

    def join(self, place: int, pending: Tensor) -> None:
        if not self.ragged:
            row = (len(self.seeds) - 1 - place if self.backward else place) - self.losses.start
            if 0 <= row < len(self.losses):
                pending[row] += self.seeds[place]
            return
        rows = self.step_of[place] - self.losses.start
        inside = ((rows >= 0) & (rows < len(self.losses))).nonzero()[:, 0]
        pending[rows[inside], inside] += self.seeds[place, inside]


class _FromAbove:
    """What reaches a lower layer: at every step, from every loss, what the layer above sent down."""

    def __init__(self, arriving: Tensor, sequences: Sequences, losses: range, backward: bool, causal: bool) -> None:
        self.arriving = _in_text_order(arriving, sequences.backward_order(), backward, batch_axis=2)
        self.losses, self.causal = losses, causal

    def active(self, place: int) -> slice:
        return slice(max(0, place - self.losses.start) if self.causal else 0, len(self.losses))

    def join(self, place: int, pending: Tensor) -> None:
        pending += self.arriving[place]


def _sweep(cell: Cell, layer: LayerRun, source: _FromLoss | _FromAbove, losses: int, *, with_input: bool) -> dict[str, Tensor]:
    """Go back through one layer in one direction: norms (time, losses, batch), `input` (time, losses, batch, inputs)."""
    hidden = layer.signals["hidden"]
    time, batch, outputs = hidden.shape
    units = layer.signals["cell"].shape[-1] if cell.has_cell_state else outputs
    result = {"hidden": hidden.new_zeros(time, losses, batch)}
    d_hidden, d_cell, d_path = hidden.new_zeros(losses, batch, outputs), None, None
    if cell.has_cell_state:
        d_cell, d_path = hidden.new_zeros(losses, batch, units), hidden.new_zeros(losses, batch, units)
        result |= {"cell": hidden.new_zeros(time, losses, batch), "cell_path": hidden.new_zeros(time, losses, batch)}
    if with_input:
        result["input"] = hidden.new_zeros(time, losses, batch, layer.inputs.shape[-1])
    outside = torch.zeros_like(d_hidden)  # what joins at this step: the path along the cell state is fed by nothing else
    for place, slopes in _steps_back(cell, layer):
        rows = source.active(place)
        if rows.start >= rows.stop:
            continue
        outside.zero_()
        source.join(place, outside)
        now = d_hidden[rows].add_(outside[rows])
        torch.linalg.vector_norm(now, dim=-1, out=result["hidden"][place, rows])
        pulled = cell.adjoint(layer.weights, slopes, now, None if d_cell is None else d_cell[rows], with_input=with_input)
        if d_cell is not None and d_path is not None and pulled.cell_here is not None and pulled.cell is not None:
            torch.linalg.vector_norm(pulled.cell_here, dim=-1, out=result["cell"][place, rows])
            here, before = cell.along_cell(layer.weights, slopes, outside[rows], d_path[rows])
            torch.linalg.vector_norm(here, dim=-1, out=result["cell_path"][place, rows])
            d_cell[rows], d_path[rows] = pulled.cell, before
        d_hidden[rows] = pulled.hidden
        if pulled.input is not None:
            result["input"][place, rows] = pulled.input
    return result


def _steps_back(cell: Cell, layer: LayerRun) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Yield each place and the local derivatives there, from the last to the first."""
    signals = {**layer.signals, "previous_hidden": torch.cat([layer.start.hidden[None], layer.signals["hidden"][:-1]])}
    if layer.start.cell is not None:
        signals["previous_cell"] = torch.cat([layer.start.cell[None], layer.signals["cell"][:-1]])
    steps = {name: value.unbind() for name, value in cell.slopes(layer.weights, signals).items()}
    for place in reversed(range(len(layer.inputs))):
        yield place, {name: values[place] for name, values in steps.items()}


def _in_text_order(values: Tensor, order: Tensor | None, backward: bool, *, batch_axis: int) -> Tensor:
    """Turn the leading time axis around for the backward direction. `order` is (time, batch)."""
    if not backward:
        return values
    if order is None:
        return values.flip(0)
    shape = [1] * values.ndim
    shape[0], shape[batch_axis] = order.shape
    return torch.gather(values, 0, order.view(shape).expand_as(values))


def _masked(values: Tensor, run: StackRun, seeds: _Seeds) -> np.ndarray:
    """Mark what is not defined: rows without a loss, and padded steps. `values` ends in (batch, losses, time)."""
    values = values.clone()
    values.masked_fill_(~seeds.defined.T[:, :, None], torch.nan)
    real = run.sequences.real()
    if real is not None:
        values.masked_fill_(~real.T[:, None, :], torch.nan)
    return as_numpy(values)


def _trace(parts: dict[str, Labelled], run: StackRun, network: Any, inputs: Any) -> Trace:
    read = network.vocabulary.encode(inputs) if isinstance(network, LanguageModel) else None
    residual = float(torch.stack([layer.residual for runs in run.layers for layer in runs]).max())
    return Trace(
        parts,
        coords={"direction": list(DIRECTIONS[: run.network.directions])},
        residual=residual,
        tokens=read.tokens if read else (),
        unknown=read.unknown if read else (),
    )
