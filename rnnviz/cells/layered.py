"""A recurrent stack of our own: for cells that torch does not have, and for layers with something between them.

Same call and same weight names as torch.nn.RNNBase. Each layer runs through torch's fused kernel where its cell has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rnnviz.cells.base import Cell, State, Weights


@dataclass(frozen=True)
class Between:
    """What stands between a layer's outputs and what is passed on: layer normalisation (Ba, Kiros & Hinton 2016), and the
    layer's own input added where the sizes agree (residual connections, He et al. 2016)."""

    weight: Tensor | None = None
    bias: Tensor | None = None
    residual: bool = False

    def onward(self, x: Tensor, outputs: Tensor) -> Tensor:
        """Return what is passed on: (…, features) from the layer's input (…, inputs) and its outputs (…, features)."""
        if self.weight is not None:
            outputs = torch.nn.functional.layer_norm(outputs, self.weight.shape, self.weight, self.bias)
        return outputs + x if self.residual and x.shape[-1] == outputs.shape[-1] else outputs

    def skips(self, inputs: int, outputs: int) -> bool:
        """Return whether the layer's input is added to its outputs."""
        return self.residual and inputs == outputs

    def back(self, d: Tensor, outputs: Tensor) -> Tensor:
        """Return the gradient at the outputs (time, batch, features) from one at what was passed on, (time, losses, batch, features)."""
        if self.weight is None:
            return d
        spread = outputs.var(dim=-1, correction=0, keepdim=True).add(1e-5).rsqrt()  # torch's own epsilon
        normal = ((outputs - outputs.mean(dim=-1, keepdim=True)) * spread)[:, None]
        d = d * self.weight
        return (d - d.mean(dim=-1, keepdim=True) - normal * (d * normal).mean(dim=-1, keepdim=True)) * spread[:, None]


class LayeredStack(torch.nn.Module):
    """Layers of any registered cell, in one direction or both, with layer normalisation and residual connections between.

    Takes (batch, time, inputs) with `batch_first`, else (time, batch, inputs); returns (outputs, last state), the state
    a tuple (hidden, cell) for cells with a cell state and one tensor otherwise, each (layers x directions, batch, hidden).
    The top layer's outputs are not normalised: that is left to what reads them. Sequences of different `lengths` are
    read backwards each from its own end; the last state is then each sequence's own for a cell that torch does not have,
    and after the padding for the others.
    """

    proj_size = 0

    def __init__(
        self,
        cell: Cell,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        layer_norm: bool = False,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.cell, self.input_size, self.hidden_size, self.num_layers = cell, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, dropout
        self.bidirectional, self.layer_norm, self.residual = bidirectional, layer_norm, residual
        bound = hidden_size**-0.5  # torch.nn.RNNBase's own rule
        rows, width = cell.blocks * hidden_size, hidden_size * (2 if bidirectional else 1)
        for layer in range(num_layers):
            shapes = {"weight_ih": (rows, input_size if layer == 0 else width), "weight_hh": (rows, hidden_size)}
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for suffix in self._suffixes:
                for name, shape in shapes.items():
                    parameter = torch.nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
                    self.register_parameter(f"{name}_l{layer}{suffix}", parameter)
            if layer_norm and layer + 1 < num_layers:
                self.register_parameter(f"norm_weight_l{layer}", torch.nn.Parameter(torch.ones(width)))
                self.register_parameter(f"norm_bias_l{layer}", torch.nn.Parameter(torch.zeros(width)))

    @property
    def _suffixes(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def forward(self, x: Tensor, state: Tensor | tuple[Tensor, Tensor] | None = None, lengths: Tensor | None = None):
        x = x.transpose(0, 1) if self.batch_first else x
        count = self.num_layers * len(self._suffixes)
        zeros = x.new_zeros(count, x.shape[1], self.hidden_size)
        if self.cell.has_cell_state:
            hidden, memory = (zeros, zeros) if state is None else state
        else:
            hidden, memory = (zeros if state is None else state), None
        order = _from_the_end(len(x), lengths, x.device) if lengths is not None and self.bidirectional else None
        last = []
        for layer in range(self.num_layers):
            outputs = []
            for direction, suffix in enumerate(self._suffixes):
                at = layer * len(self._suffixes) + direction
                start = State(hidden[at], None if memory is None else memory[at])
                found, end = self._through(_turned(x, order) if direction else x, start, self.weights(layer, suffix), lengths)
                outputs.append(_turned(found, order) if direction else found)
                last.append(end)
            joined = outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=-1)
            x = self.between(layer).onward(x, joined)
            if layer + 1 < self.num_layers:
                x = torch.nn.functional.dropout(x, self.dropout, self.training)
        ends = torch.stack([s.hidden for s in last])
        final = (ends, torch.stack([s.cell for s in last])) if memory is not None else ends
        return (x.transpose(0, 1) if self.batch_first else x), final

    def _through(self, x: Tensor, start: State, weights: Weights, lengths: Tensor | None) -> tuple[Tensor, State]:
        if self.cell.module is not None:
            return self.cell.fused(x, start, weights)
        outputs = []
        for at, x_t in enumerate(x):
            after, _ = self.cell.step(weights, x_t, start)
            if lengths is not None:  # what has ended stays as it is
                real = (at < lengths.to(x.device))[:, None]
                cell = None if after.cell is None or start.cell is None else torch.where(real, after.cell, start.cell)
                after = State(torch.where(real, after.hidden, start.hidden), cell)
            start = after
            outputs.append(start.hidden)
        return torch.stack(outputs), start

    def weights(self, layer: int, suffix: str = "") -> Weights:
        """Return the weights of one layer, counted from 0; of its way back with the suffix `_reverse`."""
        found: list[Any] = [getattr(self, f"{name}_l{layer}{suffix}", None) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        return Weights(*found)

    def between(self, layer: int) -> Between:
        """Return what a layer's outputs, counted from 0, pass through."""
        weight, bias = (getattr(self, f"norm_{name}_l{layer}", None) for name in ("weight", "bias"))
        return Between(weight, bias, self.residual)


def _from_the_end(time: int, lengths: Tensor, device: torch.device) -> Tensor:
    """Return, for each step and sequence, the step to swap it with to read the sequence from its own end: (time, batch, 1)."""
    steps = torch.arange(time, device=device)[:, None]
    return torch.where(steps < lengths.to(device), lengths.to(device) - 1 - steps, steps)[..., None]


def _turned(x: Tensor, order: Tensor | None) -> Tensor:
    return x.flip(0) if order is None else torch.gather(x, 0, order.expand_as(x))
