"""A recurrent stack for cells that torch does not have: same call, same weight names as torch.nn.RNNBase, one step at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnviz.cells.base import Cell, State, Weights


class SteppedStack(torch.nn.Module):
    """Layers of any registered cell. Slower than torch's fused modules, and trains and records like them.

    Takes (batch, time, inputs) with `batch_first`, else (time, batch, inputs); returns (outputs, last state), the state
    a tuple (hidden, cell) for cells with a cell state and one tensor otherwise, each (layers, batch, hidden).
    """

    bidirectional = False
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
    ) -> None:
        super().__init__()
        self.cell, self.input_size, self.hidden_size, self.num_layers = cell, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, dropout
        bound = hidden_size**-0.5  # torch.nn.RNNBase's own rule
        rows = cell.blocks * hidden_size
        for layer in range(num_layers):
            shapes = {"weight_ih": (rows, input_size if layer == 0 else hidden_size), "weight_hh": (rows, hidden_size)}
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for name, shape in shapes.items():
                self.register_parameter(f"{name}_l{layer}", torch.nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))

    def forward(self, x: Tensor, state: Tensor | tuple[Tensor, Tensor] | None = None):
        x = x.transpose(0, 1) if self.batch_first else x
        zeros = x.new_zeros(self.num_layers, x.shape[1], self.hidden_size)
        if self.cell.has_cell_state:
            hidden, memory = (zeros, zeros) if state is None else state
        else:
            hidden, memory = (zeros if state is None else state), None
        last = []
        for layer in range(self.num_layers):
            now = State(hidden[layer], None if memory is None else memory[layer])
            outputs = []
            for x_t in x:
                now, _ = self.cell.step(self.weights(layer), x_t, now)
                outputs.append(now.hidden)
            x = torch.stack(outputs)
            if layer + 1 < self.num_layers:
                x = torch.nn.functional.dropout(x, self.dropout, self.training)
            last.append(now)
        ends = torch.stack([s.hidden for s in last])
        final = (ends, torch.stack([s.cell for s in last])) if memory is not None else ends
        return (x.transpose(0, 1) if self.batch_first else x), final

    def weights(self, layer: int) -> Weights:
        """Return the weights of one layer, counted from 0."""
        found: list[Any] = [getattr(self, f"{name}_l{layer}", None) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        return Weights(*found)
