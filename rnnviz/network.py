"""How a torch.nn recurrent module is built, and its input brought into one form: time first, batched, padding zeroed.

Nothing here calls the module: weights are read, never written, so its mode, gradients, hooks and random state stay.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn.utils.parametrize import is_parametrized
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from rnnviz.cells import CELLS, Between, Cell, LayeredStack, State, Weights, cell_of
from rnnviz.refusal import Refusal

_WEIGHT_HOOKS = (WeightNorm, SpectralNorm, BasePruningMethod)
_Module = TypeVar("_Module", bound=torch.nn.Module)
_WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.uint16, torch.uint32, torch.uint64, torch.int64)


@dataclass(frozen=True)
class Network:
    """A recurrent stack as plain weights: `layers[l][d]`, layers from the bottom, direction 0 forward and 1 backward."""

    cell: Cell
    layers: tuple[tuple[Weights, ...], ...]
    input_size: int
    hidden_size: int
    output_size: int
    """Of one direction: `proj_size` where it is set, else `hidden_size`."""
    batch_first: bool
    between: tuple[Between, ...]
    """What each layer's outputs pass through on their way up."""

    @property
    def directions(self) -> int:
        return len(self.layers[0])


@dataclass(frozen=True)
class Sequences:
    """A batch in one form. `values` is (time, batch, inputs); `lengths` is None when no step is padding."""

    values: Tensor
    lengths: Tensor | None

    def real(self) -> Tensor | None:
        """Return which steps are no padding, (time, batch), or None when all are."""
        if self.lengths is None:
            return None
        return torch.arange(len(self.values), device=self.values.device)[:, None] < self.lengths

    def backward_order(self) -> Tensor | None:
        """Return, for each step and sequence, the step to swap it with to read the sequence from its own end."""
        if self.lengths is None:
            return None
        steps = torch.arange(len(self.values), device=self.values.device)[:, None]
        return torch.where(steps < self.lengths, self.lengths - 1 - steps, steps)


@contextmanager
def exactly(module: Any) -> Iterator[None]:
    """Compute as the module is written, whatever the caller has switched on: no autocast, no inference mode, no graph."""
    device = next(module.parameters(), torch.empty(0)).device.type if isinstance(module, torch.nn.Module) else "cpu"
    with torch.inference_mode(False), torch.no_grad(), torch.autocast(device if device != "meta" else "cpu", enabled=False):
        yield


def calm(module: _Module) -> _Module:
    """Return a module with dropout off: itself, or a copy where any part of it is in training mode."""
    return copy.deepcopy(module).eval() if any(part.training for part in module.modules()) else module


def network_of(module: Any) -> Network:
    """Read a recurrent module.

    Raises TypeError for anything else, and for a module whose weights or forward are not torch's own, so that reading
    it could not be trusted; ValueError when a weight is not finite.
    """
    cell = cell_of(module) if isinstance(module, torch.nn.Module) else None
    if cell is None:
        inside = [name for name, child in module.named_modules() if cell_of(child)] if isinstance(module, torch.nn.Module) else []
        hint = f"; it holds one at {', '.join(repr(name) for name in inside)}, pass that" if inside else ""
        if isinstance(module, torch.nn.Module) and {"encoder", "decoder", "bridge"} <= dict(module.named_children()).keys():
            raise TypeError("network: a Translator is recorded by rnnviz.translate(model, text), which also finds the answer")
        kinds = ", ".join(dict.fromkeys(f"nn.{kind.module.__name__}" for kind in CELLS.values() if kind.module))
        raise TypeError(f"network: expected {kinds} or a rnnviz.models.LanguageModel, got {_full_name(module)}{hint}")
    _check_plain(module, cell)
    stack: Any = module
    suffixes = ("", "_reverse") if stack.bidirectional else ("",)
    layers = tuple(tuple(_weights(stack, layer, suffix) for suffix in suffixes) for layer in range(stack.num_layers))
    if layers[0][0].input.is_meta:
        raise ValueError("network: it is on the meta device and has no values; load its weights first")
    if not all_finite(weight for runs in layers for weights in runs for weight in weights if weight is not None):
        check_finite(module)
    between = tuple(stack.between(layer) if isinstance(stack, LayeredStack) else Between() for layer in range(stack.num_layers))
    return Network(cell, layers, stack.input_size, stack.hidden_size, stack.proj_size or stack.hidden_size, stack.batch_first, between)


def sequences_of(network: Network, x: Any, lengths: Any) -> Sequences:
    """Bring an input into one form. Raises TypeError or ValueError that names what came and what was expected."""
    if isinstance(x, PackedSequence):
        if lengths is not None:
            raise ValueError("lengths: a PackedSequence carries its own, leave it out")
        if x.data.ndim != 2:
            raise ValueError(f"inputs: expected packed steps of shape (steps, inputs), got {tuple(x.data.shape)}")
        x, lengths = pad_packed_sequence(x)
        return _finite(Sequences(*_padded(network, x, lengths)))
    if not isinstance(x, Tensor):
        raise TypeError(f"inputs: expected a torch.Tensor or PackedSequence, got {type(x).__name__}")
    if x.layout != torch.strided:
        raise TypeError(f"inputs: expected a dense tensor, got {x.layout}")
    if x.ndim not in (2, 3):
        raise ValueError(f"inputs: expected 2 axes (time, inputs) or 3 with a batch, got shape {tuple(x.shape)}")
    if x.ndim == 2:
        x = x[:, None]
    elif network.batch_first:
        x = x.transpose(0, 1)
    return _finite(Sequences(*_padded(network, x, lengths)))


def initial_states(network: Network, batch: int, like: Tensor, state: Any) -> list[list[State]]:
    """Return the state before the first step for every layer and direction, zeros where `state` is None.

    `state` is what torch.nn takes: h_0, or (h_0, c_0) for a cell with a cell state, each (layers x directions, batch,
    units), or without the batch axis for unbatched input.
    """
    count = len(network.layers) * network.directions
    has_cell = network.cell.has_cell_state
    wanted = [("h_0", network.output_size)] + ([("c_0", network.hidden_size)] if has_cell else [])
    if state is None:
        given = [like.new_zeros(count, batch, size) for _, size in wanted]
    else:
        given = list(state) if isinstance(state, tuple | list) else [state]
        if len(given) != len(wanted) or not all(isinstance(part, Tensor) for part in given):
            form = "a tuple (h_0, c_0)" if has_cell else "one tensor h_0"
            raise TypeError(f"state: {network.cell.title} takes {form}, got {type(state).__name__} of {len(given)}")
        for place, (name, size) in enumerate(wanted):
            part = given[place][:, None] if given[place].ndim == 2 and batch == 1 else given[place]
            if part.shape != (count, batch, size):
                raise ValueError(f"state: {name} has shape {tuple(given[place].shape)}, expected {(count, batch, size)}")
            if not all_finite([part]):
                raise ValueError(f"state: {name} holds values that are not finite (NaN or infinite)")
            given[place] = part.to(like)
    rows = [State(*(part[row] for part in given)) for row in range(count)]
    return [rows[start : start + network.directions] for start in range(0, count, network.directions)]


def run_layer(cell: Cell, weights: Weights, x: Tensor, start: State) -> tuple[Tensor, State]:
    """Run one layer in one direction over (time, batch, inputs): every h_t and the last state. torch's kernel where there is one."""
    if cell.module is not None:
        return cell.fused(x, start, weights)
    outputs = []
    for x_t in x:
        start, _ = cell.step(weights, x_t, start)
        outputs.append(start.hidden)
    return torch.stack(outputs), start


def reordered(values: Tensor, order: Tensor | None, *, backward: bool) -> Tensor:
    """Turn the time axis around for the backward direction; applied twice it is undone. (time, batch, …)"""
    if not backward:
        return values
    if order is None:
        return values.flip(0)
    return torch.gather(values, 0, order.view(*order.shape, *[1] * (values.ndim - 2)).expand_as(values))


def _full_name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _check_plain(module: torch.nn.Module, cell: Cell) -> None:
    """Refuse a module that computes something else than its weights say: its record would carry a false proof."""
    own = LayeredStack if isinstance(module, LayeredStack) else cell.module
    if own is not None and type(module).forward is not own.forward:
        raise TypeError(f"network: {_full_name(module)} has a forward of its own; pass a plain {own.__name__} with its weights")
    if any(isinstance(hook, _WEIGHT_HOOKS) for hook in module._forward_pre_hooks.values()):
        raise TypeError("network: a hook makes its weights anew at each forward (weight_norm, prune); make them permanent first")


def all_finite(tensors: Iterable[Tensor]) -> bool:
    """Return whether no tensor holds a NaN or an infinity; may err towards False when a sum overflows."""
    # a sum is finite only if every term is, and costs a fortieth of looking at each value
    return bool(torch.stack([tensor.detach().sum() for tensor in tensors]).isfinite().all())


def check_finite(module: torch.nn.Module) -> None:
    """Raise ValueError that names the first parameter with a NaN or an infinity."""
    if all_finite(module.parameters()):
        return
    for name, weight in module.named_parameters():
        bad = int((~torch.isfinite(weight)).sum())
        if bad:
            said = f"network: {name} holds {bad} of {weight.numel()} values that are not finite (NaN or infinite)"
            raise Refusal(said, "not_finite", weight=name, bad=bad)


def _weights(module: Any, layer: int, suffix: str) -> Weights:
    if isinstance(module, LayeredStack):
        return module.weights(layer, suffix)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
    read = _parametrized if is_parametrized(module) else getattr
    found: list[Any] = [read(module, f"{name}_l{layer}{suffix}", None) for name in names]
    return Weights(*found)


def _parametrized(module: Any, name: str, default: None) -> Tensor | None:
    if is_parametrized(module, name):  # a copy, in evaluation mode: spectral_norm updates itself when it is read in training
        return copy.deepcopy(module.parametrizations[name]).eval()()
    return getattr(module, name, default)


def _padded(network: Network, x: Tensor, lengths: Any) -> tuple[Tensor, Tensor | None]:
    time, batch, inputs = x.shape
    weight = network.layers[0][0].input
    if inputs != network.input_size:
        raise ValueError(f"inputs: the last axis has {inputs} values, the network takes {network.input_size}")
    if not time or not batch:
        raise ValueError(f"inputs: there is no step to run, the shape is {tuple(x.shape)}")
    if x.dtype != weight.dtype or x.device != weight.device:
        raise ValueError(f"inputs: {x.dtype} on {x.device}, the network is {weight.dtype} on {weight.device}")
    if lengths is None:
        return x, None
    try:
        counts = torch.as_tensor(lengths, device=x.device)
        counts = counts.long() if counts.dtype in _WHOLE else counts
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"lengths: expected one whole number a sequence, got {type(lengths).__name__}") from None
    if counts.shape != (batch,) or counts.dtype != torch.long:
        raise ValueError(f"lengths: expected {batch} whole numbers, got {counts.dtype} of shape {tuple(counts.shape)}")
    if int(counts.min()) < 1 or int(counts.max()) > time:
        raise ValueError(f"lengths: they go from {int(counts.min())} to {int(counts.max())}, expected 1 to {time}")
    if int(counts.min()) == time:
        return x, None
    padding = torch.arange(time, device=x.device)[:, None] >= counts
    return x.masked_fill(padding[..., None], 0), counts.long()


def _finite(sequences: Sequences) -> Sequences:
    if not all_finite([sequences.values]) and not bool(torch.isfinite(sequences.values).all()):
        step, row, _ = (~torch.isfinite(sequences.values)).nonzero()[0].tolist()
        raise ValueError(f"inputs: a value at batch {row + 1}, time {step + 1} is not finite (NaN or infinite)")
    return sequences
