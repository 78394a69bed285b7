"""How far learning reaches back: `gradient_flow`, `gradient_at` and `saliency`.

What is followed, and how it is named, stands here; the way back itself is rnnviz/sweep.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from rnnviz.models import Classifier, LanguageModel, TextModel
from rnnviz.models.classifier import numbers_of
from rnnviz.network import exactly
from rnnviz.recording import DIRECTIONS, StackRun, as_numpy, run_any
from rnnviz.sweep import Progress, Swept, Truncation, blocks, norms, sweep
from rnnviz.text import Encoded
from rnnviz.trace import Labelled, Trace

Loss = Callable[[Tensor], Tensor]
"""Takes the outputs (batch, time, features), returns one loss a step (batch, time); L_t depends on output t alone.

A step without a loss has NaN there: `last_step` makes a Loss of a classifier's criterion that way.
"""

_FOLLOWED = {
    "hidden": ("hidden", "‖∂L_t/∂h_k‖", "gradient at the hidden state"),
    "cell": ("cell", "‖∂L_t/∂c_k‖", "gradient at the cell state"),
    "cell_path": ("cell", "‖∂L_t/∂c_k‖ along c alone", "gradient along the cell state alone"),
    "state": ("cell", "‖∂L_t/∂(h_k, c_k)‖", "gradient at hidden and cell state together"),
    "input_gradient": ("input", "‖∂L_t/∂x_k‖", "gradient at the input"),
    "gradient_times_input": ("input", "∂L_t/∂x_k · x_k", "gradient times input"),
}
"""Role, symbol and title of everything that can come back."""


def gradient_flow(
    network: Any,
    inputs: Any,
    loss: Loss | None = None,
    *,
    state: Any = None,
    lengths: Any = None,
    labels: Sequence[str] | None = None,
    of: Literal["each", "sum"] = "each",
    with_input: bool = False,
    truncate: int | None = None,
    sliding: bool = False,
    lowest_layer: int = 1,
    progress: Progress | None = None,
) -> Trace:
    """Return the norms of dL_t/dh_k and dL_t/dc_k for every loss step t and every step k.

    Args:
        network, inputs, state, lengths: as in `record`.
        loss: see `Loss`. Left out for a Tagger: the cross-entropy of its own answer at each step; for numbers: the answer
            itself. Left out for a LanguageModel: the cross-entropy of the next character, so the last character
            has no loss and its row is NaN. Left out for a Classifier: the cross-entropy of its answer after the last
            character; every other row is NaN.
        labels: the right class of each text, for a Classifier; its own most probable answer when left out.
        of: "each" loss on its own, or the "sum" of all losses, which is what training follows.
        with_input: also `input_gradient` and `gradient_times_input`, as `saliency` returns them.
        truncate: truncated backpropagation through time: gradients stop where a training loop that detaches its state
            every `truncate` steps would stop them (Williams & Peng 1990; torch's `detach`).
        sliding: count the `truncate` steps from each loss instead, itself included: TBPTT(1, truncate).
        lowest_layer: where to stop: the layers below it cost nothing and come back as NaN.
        progress: called with the share that is done, for long texts.

    Returns:
        A Trace with `hidden` and, for cells with a cell state, `cell`, `cell_path` and `state`, each (layer, direction,
        batch, loss_time, time), without loss_time for the sum: Euclidean norms over the units. `cell` is the total
        gradient, the way through h included; `cell_path` follows the cell state alone, a product of forget gates;
        `state` takes h_k and c_k as one vector, each as it is handed to the next step. Where no path leads from k to t
        (a later step of a one-directional network, or one beyond the truncation) the norm is exactly 0; padded steps
        are NaN.

    Raises:
        TypeError, ValueError: one sentence that names the argument, what came and what was expected.
    """
    truncation = _truncation(truncate, sliding, of)
    with exactly(network):
        prepared = prepare(network, inputs, loss, state, lengths, labels)
        run, seeds = prepared.run, prepared.seeds
        if not isinstance(lowest_layer, int) or not 1 <= lowest_layer <= (1 if with_input else len(run.layers)):
            most = "1 where gradients at the inputs are asked for" if with_input else f"1 to {len(run.layers)}"
            raise ValueError(f"lowest_layer: expected {most}, got {lowest_layer!r}")
        lowest = lowest_layer - 1
        if of == "sum":
            found = sweep(run, seeds.values, None, truncation=truncation, with_input=with_input, lowest=lowest)
            parts = _labelled(_from_the_bottom(found.parts, lowest), seeds, run, each=False)
            if found.arriving is not None:
                parts |= _of_inputs([found], seeds, run, each=False)
        else:
            swept, cuts = [], blocks(run, seeds.values, several=len(run.layers) - lowest > 1 or with_input)
            for losses in cuts:
                found = sweep(run, seeds.values, losses, truncation=truncation, with_input=with_input, lowest=lowest)
                swept.append(Swept(found.parts, None) if not with_input else _only_norms(found, run))
                if progress is not None:
                    progress(losses.stop / cuts[-1].stop)
            joined = [
                [{name: torch.cat([s.parts[at][d][name] for s in swept], dim=1) for name in part} for d, part in enumerate(runs)]
                for at, runs in enumerate(swept[0].parts)
            ]
            parts = _labelled(_from_the_bottom(joined, lowest), seeds, run, each=True)
            if with_input:
                parts |= _of_inputs(swept, seeds, run, each=True)
    return _trace(parts, prepared)


def gradient_at(
    network: Any,
    inputs: Any,
    loss: Loss | None = None,
    *,
    loss_time: int,
    state: Any = None,
    lengths: Any = None,
    labels: Sequence[str] | None = None,
    truncate: int | None = None,
    sliding: bool = False,
) -> Trace:
    """Return dL_t/dh_k and dL_t/dc_k of ONE loss, unit by unit and with their signs.

    Takes what `gradient_flow` takes, and `loss_time`, the step t of the loss, from 1; NaN where it has none. Returns a Trace
    with `hidden` and, for cells with a cell state, `cell` and `cell_path`, each (layer, direction, batch, time, unit).
    """
    truncation = _truncation(truncate, sliding, "each")
    with exactly(network):
        prepared = prepare(network, inputs, loss, state, lengths, labels)
        time = len(prepared.seeds.values)
        if not isinstance(loss_time, int | np.integer) or not 1 <= loss_time <= time:
            raise ValueError(f"loss_time: expected a step from 1 to {time}, got {loss_time!r}")
        without = ~prepared.seeds.defined[loss_time - 1]  # by sequence: there is no such loss
        found = sweep(prepared.run, prepared.seeds.values, range(loss_time - 1, loss_time), truncation=truncation, vectors=True)
        parts = {}
        for name in found.parts[0][0]:
            if name == "state":
                continue
            values = torch.stack([torch.stack([each[name][:, 0] for each in runs]) for runs in found.parts])
            values = values.masked_fill(without[:, None, None], torch.nan)
            role, symbol, title = _FOLLOWED[name]
            attrs = {"kind": "gradient", "role": role, "symbol": symbol.replace("‖", ""), "long_name": title}
            dims = ("layer", "direction", "batch", "time", "unit")
            parts[name] = Labelled(dims, _masked(values.movedim(-1, -2), prepared.run, None).swapaxes(-1, -2), attrs)
    return _trace(parts, prepared)


def saliency(network: Any, inputs: Any, loss: Loss | None = None, **options: Any) -> Trace:
    """Return how much each loss L_t depends on each input x_k.

    Takes what `gradient_flow` takes. Returns a Trace with `input_gradient`, the norm of dL_t/dx_k, and
    `gradient_times_input`, the sum of dL_t/dx_k times x_k (signed), both (batch, loss_time, time). For a model of text
    x_k is the embedding of character k.
    """
    flow = gradient_flow(network, inputs, loss, with_input=True, **options)
    parts = {name: flow.part(name) for name in ("input_gradient", "gradient_times_input")}
    return Trace(parts, residual=flow.residual, tokens=flow.tokens, unknown=flow.unknown)


def last_step(criterion: Callable[[Tensor], Tensor], lengths: Any = None) -> Loss:
    """Return a Loss that asks only the last real step, as a classifier does.

    `criterion` takes those outputs (batch, features) and returns one loss a sequence (batch,).
    """

    def loss(outputs: Tensor) -> Tensor:
        batch, time, _ = outputs.shape
        last = torch.as_tensor([time] * batch if lengths is None else lengths, device=outputs.device) - 1
        rows = torch.arange(batch, device=outputs.device)
        if bool(((last < 0) | (last >= time)).any()):
            raise ValueError(f"lengths: expected whole numbers from 1 to {time}, got {lengths}")
        found = criterion(outputs[rows, last])
        if found.shape != (batch,):
            raise ValueError(f"criterion: expected one loss a sequence, shape ({batch},), got {tuple(found.shape)}")
        losses = outputs.new_full((batch, time), torch.nan)
        return losses.index_put((rows, last), found.to(outputs.dtype))

    return loss


@dataclass(frozen=True)
class Seeds:
    """dL_t/d(output_t), the only place where a loss enters: (time, batch, outputs), zero where there is no loss."""

    values: Tensor
    defined: Tensor
    """Which steps have a loss, (time, batch)."""
    losses: Tensor
    """(batch, time)"""


@dataclass(frozen=True)
class Prepared:
    """A run and its losses, ready for the way back."""

    run: StackRun
    seeds: Seeds
    encoded: Sequence[Encoded]
    loss: Loss


def prepare(network: Any, inputs: Any, loss: Loss | None, state: Any, lengths: Any, labels: Sequence[str] | None = None) -> Prepared:
    """Run the network and take the gradient of each loss at its own output. Call it with gradients off."""
    run, encoded = run_any(network, inputs, state, lengths)
    if labels is not None and not isinstance(network, Classifier):
        raise TypeError(f"labels: only a Classifier takes them, not {type(network).__name__}")
    if labels is not None and loss is not None:
        raise ValueError("labels: they belong to the Classifier's own loss; leave out one of loss and labels")
    if loss is None and isinstance(network, LanguageModel):
        loss = next_character(network, encoded)
    if loss is None and isinstance(network, Classifier):
        loss = _right_class(network, run, encoded, labels)
    if loss is None and isinstance(network, TextModel):
        loss = _own_answer(network, run, encoded)
    if not callable(loss):
        raise TypeError(f"loss: expected a function of the outputs (batch, time, features), got {type(loss).__name__}")
    return Prepared(run, _seeds(run, loss), encoded, loss)


def next_character(model: LanguageModel, encoded: Sequence[Encoded]) -> Loss:
    """Return a language model's own loss: the cross-entropy of the next character, in nats; NaN after the last one."""
    most = max(len(each.ids) for each in encoded)
    ids = torch.zeros(len(encoded), most, dtype=torch.long, device=model.device)
    real = torch.zeros_like(ids, dtype=torch.bool)
    for row, each in enumerate(encoded):
        ids[row, : len(each.ids)] = torch.tensor(each.ids, device=ids.device)
        real[row, : len(each.ids)] = True

    def loss(outputs: Tensor) -> Tensor:
        logits = model.readout(outputs[:, :-1]).transpose(1, 2)
        surprise = torch.nn.functional.cross_entropy(logits, ids[:, 1:], reduction="none").masked_fill(~real[:, 1:], torch.nan)
        return torch.cat([surprise, outputs.new_full((len(ids), 1), torch.nan)], dim=1)

    return loss


def _own_answer(model: TextModel, run: StackRun, encoded: Sequence[Encoded]) -> Loss:
    """Return a loss for models whose right answers a text does not tell: how sure of its own answer a tagger is (cross-entropy),
    and the answer itself where it is a number."""
    if model.asks == "last" and run.network.directions > 1:
        raise ValueError("network: a model that also reads backwards answers from both ends at once; give a `loss` of one step's output")
    counts = [len(each.ids) for each in encoded]
    right = model.readout(run.outputs).transpose(0, 1).argmax(dim=-1)

    def at_each(outputs: Tensor) -> Tensor:
        answers = model.readout(outputs)
        if not model.answers:
            return answers[..., 0]
        return torch.nn.functional.cross_entropy(answers.movedim(-1, 1), right, reduction="none")

    return last_step(lambda y: model.readout(y)[:, 0], counts) if model.asks == "last" else at_each


def _right_class(model: Classifier, run: StackRun, encoded: Sequence[Encoded], labels: Sequence[str] | None) -> Loss:
    counts = [len(each.ids) for each in encoded]
    if run.network.directions > 1:
        raise ValueError(
            "network: a Classifier that also reads backwards answers from both ends at once; give a `loss` of one step's output"
        )
    if labels is None:
        last = run.outputs[torch.tensor(counts, device=run.outputs.device) - 1, torch.arange(len(counts), device=run.outputs.device)]
        right = model.readout(last).argmax(dim=-1)
    else:
        right = numbers_of(model, labels, len(counts)).to(run.outputs.device)
    return last_step(lambda y: torch.nn.functional.cross_entropy(model.readout(y), right, reduction="none"), counts)


def _seeds(run: StackRun, loss: Loss) -> Seeds:
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
    values = gradient.masked_fill(~defined[..., None], 0)  # a step without a loss sends nothing, whatever the graph made of its NaN
    return Seeds(values.transpose(0, 1), defined.T, losses.detach())


def _truncation(truncate: int | None, sliding: bool, of: str) -> Truncation | None:
    if of not in ("each", "sum"):
        raise ValueError(f"of: expected 'each' or 'sum', got {of!r}")
    if truncate is None:
        if sliding:
            raise ValueError("sliding: it counts the steps of `truncate`, which was not given")
        return None
    if isinstance(truncate, bool) or not isinstance(truncate, int) or truncate < 1:
        raise ValueError(f"truncate: expected a number of steps from 1, got {truncate!r}")
    if sliding and of == "sum":
        raise ValueError("sliding: each loss stops at another step, so there is no one gradient of their sum; ask for of='each'")
    return Truncation(truncate, sliding)


def _only_norms(found: Swept, run: StackRun) -> Swept:
    """Reduce what reached the inputs to its norm and its product with the input, (time, losses, batch, 2): a block of it is large."""
    assert found.arriving is not None
    product = torch.einsum("klbd,kbd->klb", found.arriving, run.sequences.values)
    return Swept(found.parts, torch.stack([norms(found.arriving).to(product.dtype), product], dim=-1))


def _of_inputs(swept: list[Swept], seeds: Seeds, run: StackRun, *, each: bool) -> dict[str, Labelled]:
    swept = [_only_norms(found, run) for found in swept] if not each else swept
    values = torch.cat([found.arriving for found in swept if found.arriving is not None], dim=1).permute(3, 2, 1, 0)
    values = values if each else values[:, :, 0]
    return {
        name: _named(name, ("batch", *(["loss_time"] if each else []), "time"), _masked(v, run, seeds if each else None))
        for name, v in zip(("input_gradient", "gradient_times_input"), values, strict=True)
    }


def _from_the_bottom(parts: list[list[dict[str, Tensor]]], lowest: int) -> list[list[dict[str, Tensor]]]:
    """Put NaN where the layers are that were not gone through."""
    unknown = [{name: torch.full_like(value, torch.nan) for name, value in part.items()} for part in parts[0]]
    return [unknown] * lowest + parts


def _labelled(parts: list[list[dict[str, Tensor]]], seeds: Seeds, run: StackRun, *, each: bool) -> dict[str, Labelled]:
    dims = ("layer", "direction", "batch", *(["loss_time"] if each else []), "time")
    found = {}
    for name in parts[0][0]:
        values = torch.stack([torch.stack([part[name] for part in runs]) for runs in parts])
        found[name] = _named(name, dims, _masked(values if each else values[:, :, :, 0], run, seeds if each else None))
    return found


def _named(name: str, dims: tuple[str, ...], values: np.ndarray) -> Labelled:
    role, symbol, title = _FOLLOWED[name]
    return Labelled(dims, values, {"kind": "gradient", "role": role, "symbol": symbol, "long_name": title})


def _masked(values: Tensor, run: StackRun, seeds: Seeds | None) -> np.ndarray:
    """Mark what is not defined: rows without a loss, and padded steps. `values` ends in (batch, losses, time) or (batch, …, time)."""
    values = values.clone()
    if seeds is not None:
        values.masked_fill_(~seeds.defined.T[:, :, None], torch.nan)
    real = run.sequences.real()
    if real is not None:
        mask = ~real.T
        values.masked_fill_(mask[:, None, :] if seeds is not None or values.ndim == 5 else mask, torch.nan)
    return as_numpy(values)


def _trace(parts: dict[str, Labelled], prepared: Prepared) -> Trace:
    run, encoded = prepared.run, prepared.encoded
    residual = float(torch.stack([layer.residual for runs in run.layers for layer in runs]).max())
    return Trace(
        parts,
        coords={"direction": list(DIRECTIONS[: run.network.directions])},
        residual=residual,
        tokens=encoded[0].tokens if len(encoded) == 1 else (),
        unknown=encoded[0].unknown if len(encoded) == 1 else (),
    )
