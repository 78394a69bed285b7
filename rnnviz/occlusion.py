"""What an input is really worth: take it away, run again, and see what changes. The control for every gradient.

A gradient says what an infinitely small change would do. Here the change is as large as it gets, so the two may
disagree; `rank_correlation` says by how much.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnviz.cells import State
from rnnviz.gradients import Loss, Prepared, prepare
from rnnviz.models import TextModel
from rnnviz.network import exactly, reordered, run_layer
from rnnviz.recording import StackRun, as_numpy
from rnnviz.sweep import Progress
from rnnviz.trace import Labelled, Trace

_BLOCK_BYTES = 64 << 20


def occlusion(
    network: Any,
    inputs: Any,
    loss: Loss | None = None,
    *,
    by: str | Tensor = "drop",
    spans: Sequence[tuple[int, int]] | None = None,
    state: Any = None,
    labels: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Trace:
    """Return how much each loss L_t changes when input x_k is taken away, by running the network again for each k.

    Args:
        network, inputs, loss, state, labels: as in `gradient_flow`, for one sequence.
        by: "drop" leaves the step out, as if it had never been there; "zero" puts zeros in its place; for a model of text
            any single character, which is put in its place; or a tensor (inputs,).
        spans: take away several steps at once, (first, last) each, from 1; one step after another when left out.
        progress: called with the share that is done.

    Returns:
        A Trace with `occlusion` (batch, loss_time, time): the loss with the input taken away, less the loss as it was;
        `time` is the step taken away, or the number of the span. Positive where the input helped. For losses before the
        input it is exactly 0 in a network that reads one way; NaN where there is no loss, and for a dropped first step
        that leaves nothing to answer from.

    Raises:
        TypeError, ValueError: as `gradient_flow`, and for a `by` or `spans` that cannot be carried out.
    """
    with exactly(network), torch.no_grad():
        prepared = prepare(network, inputs, loss, state, None, labels)
        run = prepared.run
        time, batch, _ = run.sequences.values.shape
        if batch != 1:
            raise ValueError(f"inputs: expected one sequence, got a batch of {batch}")
        ranges = [(k, k) for k in range(1, time + 1)] if spans is None else _spans(spans)
        for first, last in ranges:
            if not 1 <= first <= last <= time:
                raise ValueError(f"spans: expected steps from 1 to {time} in order, got ({first}, {last})")
        value = _replacement(network, run, by)
        columns = []
        rows = max(1, _BLOCK_BYTES // (time * max(5 * run.network.hidden_size, run.outputs.shape[-1]) * run.outputs.element_size()))
        for at in range(0, len(ranges), rows):
            outputs = _without(run, ranges[at : at + rows], value)
            columns.append(_losses(prepared, outputs, value is None, ranges[at : at + rows]))
            if progress is not None:
                progress(min(1.0, (at + rows) / len(ranges)))
        change = torch.cat(columns, dim=0).T - prepared.seeds.losses[0][:, None]  # (losses, steps taken away)
        if run.network.directions == 1:  # a kernel may round a larger batch otherwise; nothing that comes later can matter
            steps, firsts = torch.arange(1, time + 1), torch.tensor([first for first, _ in ranges])
            change.masked_fill_((steps[:, None] < firsts).to(change.device), 0)
        change.masked_fill_(~prepared.seeds.defined[:, 0][:, None], torch.nan)
    attrs = {"kind": "effect", "role": "input", "symbol": "ΔL_t", "long_name": "change of the loss when x_k is taken away"}
    return Trace(
        {"occlusion": Labelled(("batch", "loss_time", "time"), as_numpy(change)[None], attrs)},
        tokens=prepared.encoded[0].tokens if prepared.encoded else (),
    )


def rank_correlation(gradient: np.ndarray, effect: np.ndarray) -> float:
    """Return Spearman's rank correlation of the magnitudes of two maps, over the places where both are defined.

    1 says that the gradient puts the inputs into the same order as taking them away does, 0 that it knows nothing of it.
    NaN when there are fewer than three places, or one of the maps is the same everywhere.
    """
    import pandas as pd

    if np.shape(gradient) != np.shape(effect):
        raise ValueError(f"effect: expected the gradient's shape {np.shape(gradient)}, got {np.shape(effect)}")
    a, b = np.abs(np.asarray(gradient, dtype=float)).ravel(), np.abs(np.asarray(effect, dtype=float)).ravel()
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 3:
        return float("nan")
    first, second = (pd.Series(values[both]).rank() for values in (a, b))
    return float(first.corr(second)) if first.nunique() > 1 and second.nunique() > 1 else float("nan")


def _spans(spans: Any) -> list[tuple[int, int]]:
    found: list[tuple[Any, ...]] = [tuple(span) if isinstance(span, tuple | list) else (span,) for span in spans]
    if not found or not all(len(span) == 2 and all(isinstance(step, int | np.integer) for step in span) for span in found):
        raise ValueError(f"spans: expected pairs of steps (first, last), got {spans!r}")
    return [(int(span[0]), int(span[1])) for span in found]


def _replacement(network: Any, run: StackRun, by: str | Tensor) -> Tensor | None:
    """Return what is put in a step's place, (inputs,), or None to leave it out."""
    like = run.sequences.values
    if isinstance(by, Tensor):
        if by.shape != like.shape[-1:]:
            raise ValueError(f"by: expected a tensor of shape {tuple(like.shape[-1:])}, got {tuple(by.shape)}")
        return by.to(like)
    if isinstance(by, str) and by == "drop":
        return None
    if isinstance(by, str) and by == "zero":
        return like.new_zeros(like.shape[-1])
    if isinstance(by, str) and len(by) == 1 and isinstance(network, TextModel):
        encoded = network.vocabulary.encode(by)
        if encoded.unknown:
            raise ValueError(f"by: the model does not know the character {by!r}")
        return network.embedding(torch.tensor(encoded.ids[0], device=like.device))
    raise ValueError(f"by: expected 'drop', 'zero', one character for a model of text, or a tensor, got {by!r}")


def _without(run: StackRun, ranges: list[tuple[int, int]], value: Tensor | None) -> Tensor:
    """Run the network once for each range taken away, all in one batch: outputs (time, ranges, features).

    A range that is left out closes up: what followed moves forward, and the steps at the end are filled up.
    """
    x = run.sequences.values.expand(-1, len(ranges), -1).clone()
    kept = torch.full((len(ranges),), len(x), device=x.device)
    for row, (first, last) in enumerate(ranges):
        if value is not None:
            x[first - 1 : last, row] = value
        else:
            kept[row] = len(x) - (last - first + 1)
            x[first - 1 : int(kept[row]), row] = run.sequences.values[last:, 0]
    # a network that reads one way has not met the change before the first of these steps: start from what it had there
    start = min(first for first, _ in ranges) - 1 if run.network.directions == 1 else 0
    sequences = dataclasses.replace(run.sequences, values=x, lengths=None if value is not None else kept)
    order = sequences.backward_order()
    below = x[start:]
    for layer in run.layers:
        outputs = []
        for each in layer:
            before = _before(each, start)
            memory = None if before.cell is None else before.cell.expand(len(ranges), -1).contiguous()
            begin = State(before.hidden.expand(len(ranges), -1).contiguous(), memory)
            hidden, _ = run_layer(run.network.cell, each.weights, reordered(below, order, backward=each.backward), begin)
            outputs.append(reordered(hidden, order, backward=each.backward))
        below = outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=-1)
    return torch.cat([run.outputs[:start].expand(-1, len(ranges), -1), below])


def _before(layer, step: int) -> State:
    """Return the state that a step (from 0, in the order of computation) started from."""
    if step == 0:
        return layer.start
    return State(layer.signals["hidden"][step - 1], layer.signals["cell"][step - 1] if layer.start.cell is not None else None)


def _losses(prepared: Prepared, outputs: Tensor, dropped: bool, ranges: list[tuple[int, int]]) -> Tensor:
    """Return the losses of the steps of the text as it was, (ranges, time), from the outputs of each changed run."""
    time, count, _ = outputs.shape
    if dropped:
        # the loss of step t is asked of the output after the same characters, the ones left out excepted
        index = torch.arange(time, device=outputs.device)[:, None].expand(time, count).clone()
        for row, (first, last) in enumerate(ranges):
            index[last:, row] -= last - first + 1
            index[first - 1 : last, row] = first - 2
        known = index >= 0
        outputs = torch.gather(outputs, 0, index.clamp_min(0)[..., None].expand_as(outputs))
        losses = _asked(prepared, outputs)
        return losses.masked_fill(~known.T, torch.nan)
    return _asked(prepared, outputs)


def _asked(prepared: Prepared, outputs: Tensor) -> Tensor:
    """Return the loss of every changed run; a Loss knows its one sequence, so it is asked for one at a time."""
    return torch.cat([prepared.loss(outputs[:, row : row + 1].transpose(0, 1)) for row in range(outputs.shape[1])])
