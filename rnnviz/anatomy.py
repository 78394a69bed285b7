"""One unit of one layer taken apart: every number that went into it, at every timestep.

A pre-activation is W x_t + b and U h_{t-1} + b, weight times value, term by term; what follows is the cell's formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from rnnviz.cells import Cell
from rnnviz.models import TextModel
from rnnviz.network import exactly, network_of
from rnnviz.recording import as_numpy
from rnnviz.trace import Trace


@dataclass(frozen=True)
class Anatomy:
    """What one unit computes from. Blocks lie in torch's order, named by `letters`; arrays have the network's type."""

    cell: Cell
    layer: int
    direction: str
    unit: int
    letters: tuple[str, ...]
    input_matrix: np.ndarray
    """W of each block: (block, unit, input)."""
    hidden_matrix: np.ndarray
    """U of each block: (block, unit, unit)."""
    input_biases: np.ndarray
    """(block, unit); zeros where the network has none."""
    hidden_biases: np.ndarray
    inputs: np.ndarray
    """x_t: (time, input)."""
    previous: dict[str, np.ndarray]
    """Every state one step before, `hidden` and where there is one `cell`: (time, unit). Zeros before the first step."""

    @property
    def input_weights(self) -> np.ndarray:
        """This unit's row of W in each block: (block, input)."""
        return self.input_matrix[:, self.unit - 1]

    @property
    def hidden_weights(self) -> np.ndarray:
        """This unit's row of U in each block: (block, unit)."""
        return self.hidden_matrix[:, self.unit - 1]

    @property
    def input_bias(self) -> np.ndarray:
        """(block,)"""
        return self.input_biases[:, self.unit - 1]

    @property
    def hidden_bias(self) -> np.ndarray:
        """(block,)"""
        return self.hidden_biases[:, self.unit - 1]

    @property
    def from_inputs(self) -> np.ndarray:
        """W x_t without the bias, summed in float64: (block, time)."""
        return self.input_weights.astype(float) @ self.inputs.T.astype(float)

    @property
    def from_hidden(self) -> np.ndarray:
        """U h_{t-1} without the bias, summed in float64: (block, time)."""
        return self.hidden_weights.astype(float) @ self.previous["hidden"].T.astype(float)

    def operands(self) -> dict[str, np.ndarray]:
        """Return what the cell's formulas start from: `from_x_…`, `from_h_…` and this unit's states one step before, (time,) each."""
        found = {}
        for at, letter in enumerate(self.letters):
            found[f"from_x_{letter}"] = self.from_inputs[at] + float(self.input_bias[at])
            found[f"from_h_{letter}"] = self.from_hidden[at] + float(self.hidden_bias[at])
        for name, values in self.previous.items():
            found[f"previous_{name}"] = values[:, self.unit - 1].astype(float)
        return found


def anatomy(network: Any, inputs: Any, trace: Trace, *, layer: int = 1, direction: str = "forward", unit: int = 1) -> Anatomy:
    """Take one unit apart along the sequence that `trace` recorded.

    Args:
        network: what was recorded: nn.RNN, nn.LSTM, nn.GRU or a LanguageModel.
        inputs: what it read, as one sequence: a text, or (time, inputs) or a batch of one.
        trace: of that run, with interventions or without; it started from a zero state.

    Raises:
        TypeError, ValueError: as `record`; also for a batch, a projection, and a place that is not there.
    """
    with exactly(network), torch.inference_mode():
        module = network.recurrent if isinstance(network, TextModel) else network
        read = network_of(module)
        if not 1 <= layer <= len(read.layers) or direction not in trace.directions or not 1 <= unit <= read.hidden_size:
            raise ValueError(f"place: layer={layer}, direction={direction!r}, unit={unit} is not in this network")
        sizes = trace.sizes("hidden")
        if set(read.cell.formulas) - set(trace) or sizes.get("unit") not in (None, read.hidden_size) or sizes["layer"] != len(read.layers):
            raise ValueError(f"trace: it is not one of this {read.cell.title} with {len(read.layers)} x {read.hidden_size} units")
        if sizes["batch"] != 1:
            raise ValueError(f"trace: one sequence is taken apart at a time, got a batch of {sizes['batch']}")
        weights = read.layers[layer - 1][trace.directions.index(direction)]
        if weights.projection is not None:
            raise ValueError("network: the hidden state of a projected LSTM does not follow unit by unit")
        if layer > 1 and (read.between[layer - 2].weight is not None or read.between[layer - 2].residual):
            raise ValueError(
                "network: layer normalisation or a residual connection stands between its layers; layer 1 alone can be taken apart"
            )
        if layer > 1:
            x = np.concatenate([trace.layer("hidden", layer - 1, d).values for d in trace.directions], axis=1)
        else:
            x = as_numpy(_first_inputs(network, inputs))
        if len(x) != trace.sizes("hidden")["time"]:
            raise ValueError(f"inputs: {len(x)} timesteps, the trace has {trace.sizes('hidden')['time']}")
        states = [name for name in ("hidden", "cell") if name in trace]
        zeros = weights.hidden.new_zeros(weights.hidden.shape[0])
        blocks = (read.cell.blocks, read.hidden_size)
        return Anatomy(
            read.cell, layer, direction, unit, read.cell.letters,
            input_matrix=as_numpy(weights.input).reshape(*blocks, -1),
            hidden_matrix=as_numpy(weights.hidden).reshape(*blocks, -1),
            input_biases=as_numpy(zeros if weights.input_bias is None else weights.input_bias).reshape(blocks),
            hidden_biases=as_numpy(zeros if weights.hidden_bias is None else weights.hidden_bias).reshape(blocks),
            inputs=x,
            previous={name: _one_step_before(trace.layer(name, layer, direction).values, direction) for name in states},
        )  # fmt: skip


def _first_inputs(network: Any, inputs: Any) -> torch.Tensor:
    if isinstance(network, TextModel):
        return network.embedding(network.inputs([network.vocabulary.encode(inputs)]))[0]
    if not isinstance(inputs, torch.Tensor) or inputs.ndim not in (2, 3):
        raise TypeError(f"inputs: expected a tensor (time, inputs) or a batch of one, got {type(inputs).__name__}")
    if inputs.ndim == 2:
        return inputs
    axis = 0 if network.batch_first else 1
    if inputs.shape[axis] != 1:
        raise ValueError(f"inputs: one sequence is taken apart at a time, got a batch of {inputs.shape[axis]}")
    return inputs.select(axis, 0)


def _one_step_before(values: np.ndarray, direction: str) -> np.ndarray:
    zero = np.zeros_like(values[:1])
    return np.concatenate([zero, values[:-1]] if direction == "forward" else [values[1:], zero])
