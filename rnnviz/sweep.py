"""One way back through a recorded run, for all losses at once.

The gradient of every loss L_t with respect to every state h_k is ONE reverse sweep that carries all pending losses as a
batch: at step k the loss of step k joins, and the whole block is pulled one step back by the cell's adjoint. Nothing
here is an autograd graph, so the module is never asked to run backward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz.cells import Cell
from rnnviz.network import Sequences
from rnnviz.recording import LayerRun, StackRun

_BLOCK_BYTES = 64 << 20
"""Gradients that pass from one layer to the next are kept for as many losses at once as fit in this."""


@dataclass(frozen=True)
class Truncation:
    """Where gradients stop. `steps` states are reached at most.

    Without `sliding`, the text is cut into pieces of that many steps and no gradient crosses a cut: what a training loop
    does that detaches its state every so many steps. With it, the steps are counted from each loss: TBPTT(1, steps).
    """

    steps: int
    sliding: bool = False

    def passes(self, to: Tensor, losses: Tensor, backward: bool) -> Tensor:
        """Return whether a gradient of these losses may pass on to step `to` (from 0) from its neighbour in the order of computation."""
        if self.sliding:
            return (losses - to).abs() < self.steps
        return (to if backward else to + 1) % self.steps != 0


@dataclass(frozen=True)
class Swept:
    parts: list[list[dict[str, Tensor]]]
    """By layer and direction: (batch, losses, time) norms each, or (batch, losses, time, units), in the text's own order."""
    arriving: Tensor | None
    """What reached the inputs, (time, losses, batch, inputs), where it was asked for."""


def sweep(
    run: StackRun,
    seeds: Tensor,
    losses: range | None,
    *,
    truncation: Truncation | None = None,
    with_input: bool = False,
    vectors: bool = False,
    lowest: int = 0,
) -> Swept:
    """Go back through every layer from the top.

    `seeds` is dL_t/d(output_t), (time, batch, outputs). `losses` are the steps (from 0) whose losses are followed each on
    its own, or None for the sum of all. `vectors` keeps the gradients themselves instead of their norms. Layers below
    `lowest` (from 0) are not gone through, and not among the parts.
    """
    rows = 1 if losses is None else len(losses)
    arriving: Tensor | None = None
    """dL/d(what the layer passed on), (time, losses, batch, outputs); None above the top, where the seeds stand for it."""
    parts: list[list[dict[str, Tensor]]] = []
    order = run.sequences.backward_order()
    for at in reversed(range(lowest, len(run.layers))):
        passed, between = None, run.network.between[at]
        outputs = torch.cat([in_text_order(each.signals["hidden"], order, each.backward, batch_axis=1) for each in run.layers[at]], dim=-1)
        through = None if arriving is None else between.back(arriving, outputs)
        found = []
        for direction, layer in enumerate(run.layers[at]):
            units = slice(direction * run.network.output_size, (direction + 1) * run.network.output_size)
            steps = _Steps(run.sequences, seeds.shape[:2], losses, layer.backward, truncation, seeds.device)
            if through is None:
                source = _FromLoss(seeds[..., units], steps, order)
            else:
                source = _FromAbove(through[..., units], steps, order, causal=run.network.directions == 1)
            want = with_input or at > lowest
            result = _through(run.network.cell, layer, source, rows, with_input=want, vectors=vectors)
            turned = {name: in_text_order(value, order, layer.backward, batch_axis=2) for name, value in result.items()}
            down = turned.pop("input", None)
            found.append({name: value.permute(2, 1, 0, *range(3, value.ndim)) for name, value in turned.items()})
            if down is not None:
                passed = down if passed is None else passed + down
        parts.insert(0, found)
        if passed is not None and between.skips(passed.shape[-1], outputs.shape[-1]):
            passed = passed + (_each_at_its_step(seeds, losses) if arriving is None else arriving)
        arriving = passed
    return Swept(parts, arriving if with_input else None)


def _each_at_its_step(seeds: Tensor, losses: range | None) -> Tensor:
    """Return the seeds as what reaches every step from every loss, (time, losses, batch, outputs): each loss at its own step."""
    if losses is None:
        return seeds[:, None]
    spread = seeds.new_zeros(len(seeds), len(losses), *seeds.shape[1:])
    spread[list(losses), range(len(losses))] = seeds[losses.start : losses.stop]
    return spread


def blocks(run: StackRun, seeds: Tensor, *, several: bool) -> list[range]:
    """Cut the losses into blocks whose gradients between two layers fit into memory. `several` says whether there are any."""
    time, batch, _ = seeds.shape
    row_bytes = time * batch * max(run.sequences.values.shape[2], run.network.output_size * 2) * seeds.element_size()
    size = max(1, min(time, _BLOCK_BYTES // row_bytes)) if several else time
    return [range(start, min(start + size, time)) for start in range(0, time, size)]


class _Steps:
    """Which step of the text lies at each place of the sweep, which losses are on their way there, and which stop."""

    def __init__(self, sequences: Sequences, shape, losses: range | None, backward: bool, truncation: Truncation | None, device) -> None:
        time, batch = shape
        self.losses, self.backward, self.time, self.truncation = losses, backward, time, truncation
        self.ragged = sequences.lengths is not None
        steps = torch.arange(time, device=device)[:, None].expand(time, batch)
        self.at = in_text_order(steps, sequences.backward_order(), backward, batch_axis=1)  # (time, batch)
        self.numbers = torch.arange(0, device=device) if losses is None else torch.tensor(list(losses), device=device)

    def stopped(self, place: int) -> Tensor | None:
        """Return which gradients end here instead of going one place back: broadcasts to (losses, batch, units), or None."""
        if self.truncation is None or place == 0:
            return None
        losses = self.at[place] if self.losses is None else self.numbers[:, None]
        before = self.at[place] + (1 if self.backward else -1)
        return ~self.truncation.passes(before, losses, self.backward)[..., None].expand(len(self.numbers) or 1, -1, 1)


class _FromLoss:
    """What reaches the top layer: the loss of step k, at step k, and nothing else."""

    def __init__(self, seeds: Tensor, steps: _Steps, order: Tensor | None) -> None:
        self.steps = steps
        self.seeds = in_text_order(seeds, order, steps.backward, batch_axis=1)

    def active(self, place: int) -> slice:
        """Return which of the losses are pending at this place of the sweep or join there."""
        losses = self.steps.losses
        if losses is None:
            return slice(0, 1)
        if self.steps.backward:
            return slice(0, max(0, min(len(losses), self.steps.time - place - losses.start)))
        return slice(max(0, place - losses.start), len(losses))

    def join(self, place: int, pending: Tensor) -> None:
        losses = self.steps.losses
        if losses is None:
            pending[0] += self.seeds[place]
        elif not self.steps.ragged:
            row = (self.steps.time - 1 - place if self.steps.backward else place) - losses.start
            if 0 <= row < len(losses):
                pending[row] += self.seeds[place]
        else:
            rows = self.steps.at[place] - losses.start
            inside = ((rows >= 0) & (rows < len(losses))).nonzero()[:, 0]
            pending[rows[inside], inside] += self.seeds[place, inside]


class _FromAbove:
    """What reaches a lower layer: at every step, from every loss, what the layer above sent down."""

    def __init__(self, arriving: Tensor, steps: _Steps, order: Tensor | None, *, causal: bool) -> None:
        self.arriving = in_text_order(arriving, order, steps.backward, batch_axis=2)
        self.steps, self.causal = steps, causal

    def active(self, place: int) -> slice:
        losses = self.steps.losses
        if losses is None:
            return slice(0, 1)
        return slice(max(0, place - losses.start) if self.causal else 0, len(losses))

    def join(self, place: int, pending: Tensor) -> None:
        pending += self.arriving[place]


def _through(
    cell: Cell, layer: LayerRun, source: _FromLoss | _FromAbove, losses: int, *, with_input: bool, vectors: bool
) -> dict[str, Tensor]:
    """Go back through one layer in one direction: (time, losses, batch) norms each, or vectors, and `input` as vectors."""
    hidden = layer.signals["hidden"]
    time, batch, outputs = hidden.shape
    units = layer.signals["cell"].shape[-1] if cell.has_cell_state else outputs
    d_hidden, d_cell, d_path = hidden.new_zeros(losses, batch, outputs), None, None
    sizes = {"hidden": outputs}
    if cell.has_cell_state:
        d_cell, d_path = hidden.new_zeros(losses, batch, units), hidden.new_zeros(losses, batch, units)
        sizes |= {"cell": units, "cell_path": units, "state": outputs + units}
    shape, kept_as = (time, losses, batch), hidden.dtype if vectors else torch.float64
    result = {name: hidden.new_zeros(*shape, *([size] if vectors else []), dtype=kept_as) for name, size in sizes.items()}
    if with_input:
        result["input"] = hidden.new_zeros(time, losses, batch, layer.inputs.shape[-1])

    def keep(name: str, place: int, rows: slice, value: Tensor) -> None:
        if vectors:
            result[name][place, rows] = value
        else:
            norms(value, out=result[name][place, rows])

    outside = torch.zeros_like(d_hidden)  # what joins at this step: the path along the cell state is fed by nothing else
    for place, slopes in _steps_back(cell, layer):
        rows = source.active(place)
        if rows.start >= rows.stop:
            continue
        outside.zero_()
        source.join(place, outside)
        now = d_hidden[rows].add_(outside[rows])
        keep("hidden", place, rows, now)
        pulled = cell.adjoint(layer.weights, slopes, now, None if d_cell is None else d_cell[rows], with_input=with_input)
        if d_cell is not None and d_path is not None and pulled.cell_here is not None and pulled.cell is not None:
            if vectors:
                keep("state", place, rows, torch.cat([now, d_cell[rows]], dim=-1))
            else:
                keep("state", place, rows, d_cell[rows])  # joined with the hidden state's below
            keep("cell", place, rows, pulled.cell_here)
            here, before = cell.along_cell(layer.weights, slopes, outside[rows], d_path[rows])
            keep("cell_path", place, rows, here)
            d_cell[rows], d_path[rows] = pulled.cell, before
        d_hidden[rows] = pulled.hidden
        if pulled.input is not None:
            result["input"][place, rows] = pulled.input
        stopped = source.steps.stopped(place)
        if stopped is not None:
            for carried in (d_hidden, d_cell, d_path):
                if carried is not None:
                    carried.masked_fill_(stopped, 0)
    if vectors:
        return result
    if cell.has_cell_state:
        torch.hypot(result["hidden"], result["state"], out=result["state"])
    return {name: value if name == "input" else value.to(hidden.dtype) for name, value in result.items()}


def norms(vectors: Tensor, out: Tensor | None = None) -> Tensor:
    """Return the Euclidean norm over the last axis, in float64.

    The squares of a float32 leave its range below 1e-19 and above 1e19, where gradients that vanish or explode soon are.
    """
    return torch.linalg.vector_norm(vectors, dim=-1, dtype=torch.float64, out=out)


def slopes_of(cell: Cell, layer: LayerRun) -> dict[str, Tensor]:
    """Return the local derivatives of every step of a layer, (time, batch, …) each."""
    signals = {**layer.signals, "previous_hidden": torch.cat([layer.start.hidden[None], layer.signals["hidden"][:-1]])}
    if layer.start.cell is not None:
        signals["previous_cell"] = torch.cat([layer.start.cell[None], layer.signals["cell"][:-1]])
    return cell.slopes(layer.weights, signals)


def _steps_back(cell: Cell, layer: LayerRun) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Yield each place and the local derivatives there, from the last to the first."""
    steps = {name: value.unbind() for name, value in slopes_of(cell, layer).items()}
    for place in reversed(range(len(layer.inputs))):
        yield place, {name: values[place] for name, values in steps.items()}


def in_text_order(values: Tensor, order: Tensor | None, backward: bool, *, batch_axis: int) -> Tensor:
    """Turn the leading time axis around for the backward direction. `order` is (time, batch)."""
    if not backward:
        return values
    if order is None:
        return values.flip(0)
    shape = [1] * values.ndim
    shape[0], shape[batch_axis] = order.shape
    return torch.gather(values, 0, order.view(shape).expand_as(values))


Progress = Callable[[float], None]
"""Called with the share that is done, from 0 to 1."""
